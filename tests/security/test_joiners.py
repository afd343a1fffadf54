"""The fast way through the sets of joiners equals going through them one by one."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.core.lanes import LANES
from kedge.security import Balance, join_sets, joiner_odds
from kedge.security.joiners import (
    COARSE,
    COARSE_LIMITS,
    CONTEST,
    FINE,
    FINE_LIMITS,
    average_contest,
    draw_lines,
    meet_joiners,
    new_joiners,
)

CLOSE = 1e-7


def worst_error(table, curves):
    """Largest distance, over all joining strengths, between odds and a grid's polynomial."""
    decay, share = float(table["decay"][0]), table["share"][0]
    x = np.concatenate([np.linspace(0.0, 1.0, 2001), np.geomspace(1e-5, 1.0, 400)])
    least = np.exp(-decay)
    place = np.clip((2.0 * np.exp(-decay * x) - 1.0 - least) / (1.0 - least), -1.0, 1.0)
    coefficients = curves(share) @ table["to_weight"][0]
    basis = np.cos(np.outer(np.arange(share.size), np.arccos(place)))
    return np.abs(coefficients @ basis - curves(x)).max()


@pytest.mark.parametrize(("table", "limits"), [(COARSE, COARSE_LIMITS), (FINE, FINE_LIMITS)])
def test_within_its_limits_a_grid_is_within_1e_7_whatever_the_chances(table, limits):
    level = 10.0 ** np.arange(-4.0, 4.01, 0.1)[:, None]
    for decisiveness in (0.05, 0.2, 0.35, 0.5, 0.7, 0.85, limits.decisiveness):
        for core in (limits.core, 1.5 * limits.core, 0.5, 1.0, 3.0, 30.0):
            ratio = worst_error(table, lambda x, m=decisiveness, c=core: 1 / (1 + level * (c + x) ** m))
            assert ratio < CLOSE, (decisiveness, core)
    for steepness in limits.steepness * np.array([0.01, 0.1, 0.3, 0.6, 0.8, 1.0]):
        assert worst_error(table, lambda x, k=steepness: 1 / (1 + level * np.exp(k * x))) < CLOSE, steepness


def drawn(rng, partners, smallest):
    """One block of random contests: partners, then the contest record."""
    joiners, contest = new_joiners(partners), np.zeros(1, CONTEST)
    strength = rng.lognormal(0.0, rng.uniform(0.0, 2.0), (partners, LANES))
    joiners.partner["strength"] = strength
    joiners.partner["chance"] = rng.uniform(0.0, 1.0, (partners, 2, LANES)) ** rng.choice([1.0, 4.0])
    contest["total"] = strength.sum(axis=0) + 1e-300
    contest["core"] = 10.0 ** rng.uniform(smallest, 1.5, LANES) * np.maximum(contest["total"], 0.01)
    contest["challenger"] = contest["core"] * 10.0 ** rng.uniform(-1.5, 1.5, LANES)
    contest["form"] = rng.integers(0, 2, LANES)
    contest["decisiveness"] = rng.uniform(0.05, 1.2, LANES)
    contest["advantage"] = 4.0 ** rng.uniform(0.0, 1.0, LANES)
    contest["draw"] = rng.uniform(1.0, 2.5, LANES)
    contest["scale"] = contest["challenger"] * rng.uniform(0.5, 1.5, LANES)
    return joiners, contest


def one_by_one(joiners, contest, patron, b):
    partner, c = joiners.partner, contest[0]
    total, weight = np.empty(1 << partner.size), np.empty(1 << partner.size)
    join_sets(partner["strength"][:, b].copy(), partner["chance"][:, patron, b].copy(), total, weight)
    names = ("decisiveness", "advantage", "draw", "scale")
    balance = Balance(int(c["form"][b]), *(float(c[name][b]) for name in names))
    return tuple(joiner_odds(c["challenger"][b], c["core"][b], total, weight, balance))


@pytest.mark.parametrize("smallest", [-2.0, -0.7, 0.0])
@pytest.mark.parametrize("partners", [0, 1, 2, 5, 8])
def test_the_average_equals_going_through_all_sets(partners, smallest):
    rng = np.random.default_rng(partners)
    for _ in range(10):
        joiners, contest = drawn(rng, partners, smallest)
        draw_lines(contest[0])
        meet_joiners(joiners, contest[0])
        for patron in (0, 1):
            average_contest(joiners, patron, contest[0])
            exact = np.array([one_by_one(joiners, contest, patron, b) for b in range(LANES)])
            assert contest["lost"][0] == pytest.approx(exact[:, 0], abs=CLOSE)
            assert contest["held"][0] == pytest.approx(exact[:, 1], abs=CLOSE)
