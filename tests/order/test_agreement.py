"""Agreement of votes: hand-worked values, laws, and the warning of a year unlike those before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kedge.core.errors import DomainError, UnknownName
from kedge.order.agreement import MEASURES, agree, agree_by_year
from kedge.order.comparable import (
    SelectionSettings,
    compare_matched,
    find_selection_breaks,
    matched_roll_calls,
)

NAMES = ("AAA", "BBB", "CCC", "DDD")
VOTES = hnp.arrays(np.int8, st.tuples(st.just(4), st.integers(1, 12)), elements=st.integers(-2, 2))
# Ten common votes: six yes-yes, one yes-abstain, one yes-no, one abstain-no, one no-no; two not common.
ONE = [2, 2, 2, 2, 2, 2, 2, 2, 1, 0, -1, 2]
TWO = [2, 2, 2, 2, 2, 2, 1, 0, 0, 0, 2, -2]


def pair(**options) -> dict[str, float]:
    found = agree(np.array([ONE, TWO], np.int8), ("AAA", "BBB"), focal=("AAA",), **options)
    return {name: float(getattr(found, name)[0, 1]) for name in (*MEASURES, "common")}


def test_the_measures_are_those_worked_out_by_hand() -> None:
    got = pair()
    assert got["common"] == 10
    assert got["raw"] == pytest.approx(0.7)
    # Distances: 0.5 + 1 + 0.5 over ten votes.
    assert got["s"] == pytest.approx(1 - 2 * 0.2)
    # One: yes 0.8, abstain 0.1, no 0.1; two: yes 0.6, abstain 0.1, no 0.3.
    chance = 0.8 * (0.1 * 0.5 + 0.3) + 0.1 * (0.6 + 0.3) * 0.5 + 0.1 * (0.6 + 0.1 * 0.5)
    assert got["kappa"] == pytest.approx(1 - 0.2 / chance)
    # Both together: yes 0.7, abstain 0.1, no 0.2.
    pooled = 2 * (0.7 * 0.1 * 0.5 + 0.7 * 0.2 + 0.1 * 0.2 * 0.5)
    assert got["pi"] == pytest.approx(1 - 0.2 / pooled)


def test_squared_distances_weigh_an_abstention_less() -> None:
    got = pair(spacing="squared")
    chance = 0.8 * (0.1 * 0.25 + 0.3) + 0.1 * (0.6 + 0.3) * 0.25 + 0.1 * (0.6 + 0.1 * 0.25)
    assert got["kappa"] == pytest.approx(1 - 0.15 / chance)
    assert pair(abstention=1.0)["s"] == pytest.approx(1 - 2 * 0.2)
    assert pair(abstention=0.0)["s"] == pytest.approx(1 - 2 * 0.2)


def test_two_choices_give_cohens_kappa() -> None:
    # The textbook table of 20, 5, 10, 15: observed 0.70, chance 0.50, kappa 0.40.
    one = [2] * 25 + [0] * 25
    two = [2] * 20 + [0] * 5 + [2] * 10 + [0] * 15
    found = agree(np.array([one, two], np.int8), ("AAA", "BBB"))
    assert found.kappa[0, 1] == pytest.approx(0.4)


@given(VOTES)
def test_measures_are_symmetric_and_bounded(votes: np.ndarray) -> None:
    found = agree(votes, NAMES)
    for name in MEASURES:
        value = getattr(found, name)
        assert np.allclose(value, value.T, equal_nan=True, atol=1e-12)
        assert np.nanmax(value, initial=-1.0) <= 1.0 + 1e-12
        assert np.isnan(value[found.common == 0]).all()
    assert np.nanmin(found.s, initial=1.0) >= -1.0 - 1e-12
    assert np.nanmin(found.raw, initial=1.0) >= 0.0
    assert (np.nan_to_num(found.kappa, nan=1.0) >= np.nan_to_num(found.pi, nan=-9.0) - 1e-9).all()


@given(VOTES)
def test_a_state_agrees_with_itself_in_full(votes: np.ndarray) -> None:
    found = agree(votes, NAMES)
    cast = (votes >= 0).any(axis=1)
    assert np.allclose(np.diag(found.s)[cast], 1.0)
    assert np.allclose(np.diag(found.raw)[cast], 1.0)


@given(VOTES, st.permutations(range(4)))
def test_the_order_of_states_does_not_matter(votes: np.ndarray, order: list[int]) -> None:
    first = agree(votes, NAMES)
    second = agree(votes[order], tuple(NAMES[at] for at in order))
    for name in (*MEASURES, "common"):
        assert np.allclose(getattr(second, name), getattr(first, name)[np.ix_(order, order)], equal_nan=True)


@given(VOTES)
def test_absences_and_years_before_membership_change_nothing(votes: np.ndarray) -> None:
    padded = np.concatenate([votes, np.full((4, 3), -1, np.int8), np.full((4, 2), -2, np.int8)], axis=1)
    assert np.allclose(agree(padded, NAMES).s, agree(votes, NAMES).s, equal_nan=True)


def test_standard_errors_match_the_bootstrap() -> None:
    rng = np.random.default_rng(7)
    first = rng.choice(3, 300, p=[0.3, 0.2, 0.5])
    second = np.where(rng.random(300) < 0.6, first, rng.choice(3, 300))
    votes = np.array([first, second], np.int8)
    found = agree(votes, ("AAA", "BBB"))
    draws = {name: [] for name in MEASURES}
    for _ in range(1500):
        again = agree(votes[:, rng.integers(0, 300, 300)], ("AAA", "BBB"), focal=("AAA",))
        for name in MEASURES:
            draws[name].append(getattr(again, name)[0, 1])
    for name in MEASURES:
        assert found.errors[name][0, 1] == pytest.approx(np.std(draws[name]), rel=0.08), name


def test_a_year_has_the_agreement_of_its_own_votes() -> None:
    votes = np.array([[2, 2, 0, 0], [2, 2, 2, 2], [-2, 1, 1, 1]], np.int8)
    table = agree_by_year(votes, np.array([2001, 2001, 2002, 2002]), NAMES[:3], ("AAA",))
    rows = {(year, other): s for year, other, s in table.select("year", "other", "s").rows()}
    assert rows == {(2001, "BBB"): 1.0, (2001, "CCC"): 0.0, (2002, "BBB"): -1.0, (2002, "CCC"): 0.0}
    assert table.filter(table["other"] == "CCC")["common"].to_list() == [1, 2]


def test_what_is_no_votes_matrix_is_refused() -> None:
    votes = np.zeros((2, 3), np.int8)
    with pytest.raises(DomainError, match=r"one row a state: 3 states, but an array of shape \(2, 3\)"):
        agree(votes, ("AAA", "BBB", "CCC"))
    with pytest.raises(DomainError, match="found 0 to 7"):
        agree(votes + np.int8([[0], [7]]), ("AAA", "BBB"))
    with pytest.raises(UnknownName, match="no state with votes is called 'AAB'; did you mean AAA"):
        agree(votes, ("AAA", "BBB"), focal=("AAB",))
    with pytest.raises(DomainError, match="between no"):
        agree(votes, ("AAA", "BBB"), abstention=2.0)
    with pytest.raises(DomainError, match="3 roll calls need as many years, found 2"):
        agree_by_year(votes, np.array([1, 2]), ("AAA", "BBB"), ("AAA",))


def assembly(last: int, new: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ten years of twenty recurring texts, then a year with `last` more votes, `new` of them on new texts."""
    rng = np.random.default_rng(3)
    years = np.concatenate([np.repeat(np.arange(2001, 2011), 20), np.full(20 + last, 2011)])
    text = np.concatenate([np.tile(np.arange(20), 11), np.arange(last) + (100 if new else 0)])
    votes = rng.choice(np.array([0, 2], np.int8), (3, years.size))
    votes[0, years == 2011] = 0
    return votes, years, text


def test_a_year_of_new_texts_that_the_patron_opposes_is_marked() -> None:
    found = find_selection_breaks(*assembly(20, 20), patron=0)
    assert [warning.year for warning in found] == [2011]
    assert found[0].holds == ("number of votes", "texts new to the vote", "no votes of the patron")
    assert (found[0].votes, found[0].usual_votes, found[0].new_texts) == (40, 20.0, 0.5)
    assert "do not compare raw agreement of 2011" in found[0].sentence()


def test_a_year_like_those_before_is_not_marked() -> None:
    votes, years, text = assembly(0, 0)
    assert find_selection_breaks(votes, years, text, patron=1) == ()
    # One rule alone (the patron's no votes) is not enough, unless asked for.
    assert find_selection_breaks(votes, years, text, patron=0) == ()
    assert len(find_selection_breaks(votes, years, text, 0, SelectionSettings(rules=1))) == 1


def test_matched_texts_are_compared_with_themselves() -> None:
    years = np.array([2024, 2024, 2025, 2025, 2025, 2025])
    text = np.array([1, 2, 1, 2, 3, 4])
    # On the two texts that recur nothing changed; on the two new ones the states disagree.
    votes = np.array([[2, 0, 2, 0, 0, 0], [2, 0, 2, 0, 2, 2]], np.int8)
    table = compare_matched(votes, years, text, NAMES[:2], "AAA", ((2024, 2024), (2025, 2025)))
    assert table.rows() == [("BBB", 2, 1.0, 1.0, 0.0, 0.0)]
    assert agree(votes[:, years == 2025], NAMES[:2]).s[0, 1] == 0.0
    assert matched_roll_calls(years, text).tolist() == [False, False, True, True, False, False]
    with pytest.raises(DomainError, match="no text was voted on both"):
        compare_matched(votes, years, np.arange(6), NAMES[:2], "AAA", ((2024, 2024), (2025, 2025)))
    with pytest.raises(UnknownName, match="no state with votes is called 'ZZZ'"):
        compare_matched(votes, years, text, NAMES[:2], "ZZZ", ((2024, 2024), (2025, 2025)))


@pytest.mark.mirror
def test_of_all_years_2025_alone_is_marked_and_matched_texts_tell_what_changed(mirror: Path) -> None:
    from kedge.data.readers.order import read_ga_voting
    from kedge.order.roll_calls import gather_roll_calls

    calls = gather_roll_calls(read_ga_voting(mirror / "un_votes/ga_voting.csv.gz"))
    years = calls.dates.astype("datetime64[Y]").astype(int) + 1970
    found = find_selection_breaks(calls.votes, years, calls.text, calls.states.index("USA"))
    assert [warning.year for warning in found] == [2025]
    assert (found[0].votes, len(found[0].holds)) == (192, 3)
    matched = compare_matched(
        calls.votes, years, calls.text, calls.states, "USA", ((2022, 2024), (2025, 2025))
    )
    change = dict(matched.select("other", "change").rows())
    assert change["ARG"] > 0.3
    assert change["JPN"] < -0.2
