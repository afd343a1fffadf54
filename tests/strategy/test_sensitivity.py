"""One table of four indices: it finds the few that matter among many, and knows groups."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.copula import correlate, correlation_matrix
from kedge.strategy.problem import Uncertainty
from kedge.strategy.sensitivity import SensitivitySettings, find_sensitivities

MANY = tuple(Uncertainty(f"u{column}", 0, 1) for column in range(35))
NAMES = [uncertainty.name for uncertainty in MANY]
X = np.random.default_rng(1).random((3000, 35))
OUTCOMES = np.stack([2 * X[:, 3] + X[:, 9] + 4 * (X[:, 20] - 0.5) * (X[:, 21] - 0.5), X[:, 30] ** 2])


@pytest.fixture(scope="module")
def found():
    return find_sensitivities(OUTCOMES, X, MANY)


def test_the_few_that_matter_are_found_among_many(found):
    # Variances: 4/12, 1/12, and 16/144 for the pair, half of it each.
    whole = 4 / 12 + 1 / 12 + 16 / 144
    shares = dict(zip(found.shapley.players, found.shapley.effect[0], strict=True))
    assert {"u3", "u9", "u20", "u21", "u30"} <= set(shares)
    assert len(shares) <= 8
    assert shares["u3"] == pytest.approx(4 / 12 / whole, abs=0.05)
    assert shares["u9"] == pytest.approx(1 / 12 / whole, abs=0.05)
    assert shares["u20"] == pytest.approx(8 / 144 / whole, abs=0.05)
    assert sum(shares.values()) + found.shapley.rest[0] == pytest.approx(1.0)
    # The pair acts together alone: unseen by first order, seen by the others.
    assert found.drivers.first_order[0, 20] < 0.02
    assert found.delta.delta[0, 20] > found.delta.noise[0]


def test_each_index_ranks_what_it_is_asked_for(found):
    for index in ("first_order", "shapley", "delta", "pawn"):
        assert found.ranked(0, index)[0] == "u3"
        assert found.ranked(1, index)[0] == "u30"
    with pytest.raises(DomainError, match="first_order, shapley, delta, pawn"):
        found.ranked(0, "total")


def test_the_table_holds_every_number_once(found):
    table = found.table(["regret", "cost"])
    assert len(table) == 2 * (3 * 35 + len(found.shapley.players))
    assert table.select("outcome", "name", "index").is_unique().all()
    row = table.filter(outcome="cost", name="u30", index="delta").row(0, named=True)
    assert row["value"] == found.delta.delta[1, 30]
    assert row["low"] <= row["value"] <= row["high"]
    assert row["noise"] == found.delta.noise[1]
    assert row["stands_out"]
    with pytest.raises(DomainError, match="2 names"):
        found.table(["regret"])


def test_groups_share_as_one():
    groups = {"patron": ("u3", "u9"), "pair": ("u20", "u21")}
    found = find_sensitivities(OUTCOMES[:1], X, MANY, groups)
    whole = 4 / 12 + 1 / 12 + 16 / 144
    assert found.ranked(0) == ("patron", "pair")
    assert found.shapley.effect[0] == pytest.approx([5 / 12 / whole, 16 / 144 / whole], abs=0.04)
    assert found.shapley.rest[0] < 0.1
    with pytest.raises(StudyError, match="no uncertainty: nobody"):
        find_sensitivities(OUTCOMES, X, MANY, {"odd": ("nobody",)})


def test_correlated_futures_are_taken_as_they_are():
    tied = correlate(X[:, :3], correlation_matrix(NAMES[:3], {("u0", "u1"): 0.9}))
    found = find_sensitivities(tied[:, 0][None], tied, MANY[:3])
    assert found.shapley.effect.sum() == pytest.approx(1.0)
    # The second causes nothing but tells almost all, so it shares; the third does neither.
    assert found.shapley.effect[0, 1] > 0.3
    assert found.shapley.effect[0, 2] < found.shapley.noise[0]
    assert found.drivers.first_order[0, 1] > 0.7


def test_an_outcome_that_never_varies_is_driven_by_nothing():
    found = find_sensitivities(np.full((1, 200), 0.1), X[:200], MANY)
    assert found.shapley.players == ("u0",)
    assert not found.table(["still"])["stands_out"].any()


def test_settings_without_players_are_refused():
    with pytest.raises(DomainError, match="most_players"):
        SensitivitySettings(most_players=0)
