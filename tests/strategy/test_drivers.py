"""Drivers: shares of variance known in closed form are recovered, noise stays under its floor."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.core.errors import DomainError
from kedge.strategy import DriverSettings, Uncertainty, choice, draw_futures, find_drivers

RANGES = tuple(Uncertainty(name, -np.pi, np.pi) for name in ("a", "b", "c", "d"))
FUTURES = draw_futures(RANGES, 20_000, 2)


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_first_order_shares_of_the_ishigami_function_are_recovered():
    found = find_drivers(ishigami(FUTURES)[None], FUTURES, RANGES, DriverSettings(bins=64))
    assert found.first_order[0] == pytest.approx([0.3139, 0.4424, 0.0, 0.0], abs=0.015)
    assert found.ranked(0)[:2] == ("b", "a")
    assert (found.first_order_low[0] <= found.first_order[0]).all()
    # The third acts by interaction alone: unseen by the mean, seen by the distribution.
    assert found.first_order[0, 2] < 0.01
    assert found.pawn[0, 2] > 2 * found.pawn_noise[0]
    assert found.pawn[0, 3] < 1.2 * found.pawn_noise[0]


def test_the_interval_covers_a_known_share():
    covered = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = rng.random((2000, 2))
        outcome = x[:, 0] + x[:, 1]
        found = find_drivers(outcome[None], x, RANGES[:2], DriverSettings(seed=seed, bins=40))
        covered += found.first_order_low[0, 0] <= 0.5 <= found.first_order_high[0, 0]
    assert covered >= 33


def test_noise_passes_its_floor_about_as_rarely_as_it_says():
    rng = np.random.default_rng(1)
    found = find_drivers(rng.random((20, 2000)), FUTURES[:2000], RANGES)
    assert (found.first_order > found.first_order_noise[:, None]).mean() < 0.2
    assert (found.pawn > found.pawn_noise[:, None]).mean() < 0.2


def test_the_unit_of_an_outcome_does_not_matter():
    outcome = ishigami(FUTURES[:3000])[None]
    plain, scaled = (find_drivers(y, FUTURES[:3000], RANGES) for y in (outcome, 1000 * outcome))
    assert plain.first_order == pytest.approx(scaled.first_order, abs=1e-9)
    assert plain.pawn == pytest.approx(scaled.pawn, abs=1e-9)


def test_categories_drive_too():
    ranges = (choice("regime", ("a", "b", "c")), Uncertainty("x", 0, 1))
    futures = draw_futures(ranges, 3000, 1)
    found = find_drivers((futures[:, 0] == 1).astype(float)[None], futures, ranges)
    assert found.first_order[0] == pytest.approx([1.0, 0.0], abs=0.01)


def test_a_rare_outcome_among_a_heap_of_zeros_is_seen():
    rare = (FUTURES[:, 3] > 0.99 * np.pi).astype(float)
    found = find_drivers(rare[None], FUTURES, RANGES)
    assert found.pawn[0, 3] > 3 * found.pawn_noise[0]
    assert found.ranked(0)[0] == "d"


@pytest.mark.parametrize("futures", [1, 2, 5, 40])
def test_an_outcome_that_never_varies_is_driven_by_nothing(futures):
    found = find_drivers(np.full((1, futures), 0.1), FUTURES[:futures], RANGES)
    assert (found.first_order == 0).all()
    assert (found.pawn == 0).all()
    assert np.isfinite(found.first_order_high).all()


def test_malformed_input_is_refused():
    with pytest.raises(DomainError, match="finite table"):
        find_drivers(np.array([[np.inf]]), FUTURES[:1], RANGES)
    with pytest.raises(DomainError, match=r"of shape \(5, 4\)"):
        find_drivers(np.ones((1, 5)), FUTURES, RANGES)
    with pytest.raises(DomainError, match="two bins"):
        DriverSettings(bins=1)
