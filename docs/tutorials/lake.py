"""The shallow lake: a town may let phosphorus into its lake, and too much of it turns the lake for good.

After Carpenter, Ludwig & Brock (1999), in the form with four measures and deep uncertainty of Singh, Reed &
Keller (2015) and Quinn, Reed & Keller (2017).  Phosphorus `X` and releases `a` are dimensionless, a step is
a year:

    X' = (1 - b) X + X^q / (1 + X^q) + a + natural inflow.

Everything is worked out for many cases at once: `[case, realisation]`, a case being one plan in one future.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

YEARS = 100
LEAST_RELEASE, MOST_RELEASE = 0.01, 0.1
UTILITY_OF_RELEASE = 0.4
SHARPEST_CUT = 0.02
"""A cut in releases from one year to the next that is deeper than this strains the town: inertia."""

REALISATIONS, SEED = 20, 2017
"""Courses of natural inflow in each future, and the seed that makes them the same for every plan."""

CHUNK = 100_000
"""Cases times realisations that are worked out together, so that they fit the processor's cache."""

HOPELESS = -1e3
"""Utility of a lake that has tipped, for the dynamic programme: far below any other, yet finite."""

Rule = Callable[[np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class Lakes:
    """Lakes side by side, one a case; every field is an array over cases.

    Parameters
    ----------
    b : share a year
        Phosphorus that leaves the lake.
    q
        Steepness of recycling from the sediment.
    inflow_mean, inflow_sd : phosphorus a year
        Of natural inflows, which are lognormal.
    delta : share a year
        Discount factor: what next year is worth this year.
    start : phosphorus
        In the lake before the first year.
    """

    b: np.ndarray
    q: np.ndarray
    inflow_mean: np.ndarray
    inflow_sd: np.ndarray
    delta: np.ndarray
    start: np.ndarray


def lake(levers: np.ndarray, futures: np.ndarray) -> np.ndarray:
    """Judge rules of release in futures, `[plan, future, measure]`; what lake.toml names as its model.

    Parameters
    ----------
    levers
        Two centres, radii and weights; see `radial_rule`.
    futures
        The fields of `Lakes`, in their order.

    Returns
    -------
    np.ndarray
        Most phosphorus, utility, inertia and reliability.
    """
    plans, many = len(levers), len(futures)
    noise = inflow_noise()
    values = np.empty((plans * many, 4))
    step = max(1, CHUNK // len(noise))
    for first in range(0, plans * many, step):
        cases = np.arange(first, min(first + step, plans * many))
        lakes = Lakes(*futures[cases % many].T)
        values[cases] = follow(radial_rule(levers[cases // many]), lakes, noise)
    return values.reshape(plans, many, 4)


def follow(rule: Rule, lakes: Lakes, noise: np.ndarray) -> np.ndarray:
    """Let each lake run under a rule and take the four measures, `[case, measure]`.

    Parameters
    ----------
    rule
        From phosphorus `[case, realisation]` and the year to releases of the same shape, or `[case, 1]`.
    lakes
        One a case.
    noise : standard normal
        `[realisation, year]`; every case meets the same.
    """
    shape = (len(lakes.b), len(noise))
    b, q = lakes.b[:, None], lakes.q[:, None]
    critical = critical_phosphorus(lakes.b, lakes.q)[:, None]
    phosphorus = np.repeat(lakes.start[:, None], len(noise), axis=1)
    most, utility, steady, reliable = (np.zeros(shape[0]) for _ in range(4))
    before = np.zeros(1)
    for year in range(noise.shape[1]):
        release = rule(phosphorus, year)
        recycled = phosphorus**q
        inflow = natural_inflow(lakes, noise[:, year])
        phosphorus = phosphorus * (1 - b) + recycled / (1 + recycled) + release + inflow
        most = np.maximum(most, phosphorus.mean(axis=1))
        utility += UTILITY_OF_RELEASE * release.mean(axis=1) * lakes.delta**year
        reliable += (phosphorus < critical).mean(axis=1)
        if year:
            steady += (release - before > -SHARPEST_CUT).mean(axis=1)
        before = release
    years = noise.shape[1]
    return np.stack([most, utility, steady / (years - 1), reliable / years], axis=1)


def natural_inflow(lakes: Lakes, noise: np.ndarray) -> np.ndarray:
    """Turn standard normal draws of one year into lognormal inflows, `[case, realisation]`."""
    spread = np.sqrt(np.log1p((lakes.inflow_sd / lakes.inflow_mean) ** 2))[:, None]
    return lakes.inflow_mean[:, None] * np.exp(spread * noise - spread**2 / 2)


def radial_rule(levers: np.ndarray) -> Rule:
    """Release by what is in the lake: two cubic radial basis functions, as Quinn et al. (2017) have it.

    Parameters
    ----------
    levers
        `[case, 6]`: centre, radius and weight of one function, then of the other.  Weights are made to
        add up to one; a radius of zero switches its function off.
    """
    centre, radius, weight = (levers[:, place::3, None] for place in range(3))
    total = weight.sum(axis=1, keepdims=True)
    share = np.where(total > 0, weight / np.where(total > 0, total, 1.0), 1 / centre.shape[1])
    scale = np.where(radius > 0, share / np.where(radius > 0, radius, 1.0) ** 3, 0.0)

    def release(phosphorus: np.ndarray, year: int) -> np.ndarray:
        wanted = np.zeros_like(phosphorus)
        for one in range(centre.shape[1]):
            distance = np.abs(phosphorus - centre[:, one])
            wanted += scale[:, one] * distance * distance * distance
        return np.clip(wanted, LEAST_RELEASE, MOST_RELEASE)

    return release


def schedule(releases: np.ndarray) -> Rule:
    """Release what was laid down in advance, whatever happens to the lake; `[case, year]`."""
    return lambda phosphorus, year: releases[:, [year]]


def critical_phosphorus(b: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Find the level beyond which the lake turns by itself: the lowest X > 0 with `X^q / (1 + X^q) = b X`.

    Parameters
    ----------
    b, q
        Arrays of one shape.  Where more leaves the lake than is ever recycled there is no such level, and
        the answer is infinite.
    """
    b, q = np.broadcast_arrays(np.asarray(b, dtype=float), np.asarray(q, dtype=float))
    # Recycling a unit of phosphorus, X^(q-1) / (1 + X^q), rises up to X = (q - 1)^(1/q) and falls beyond.
    low, high = np.zeros(b.shape), (q - 1) ** (1 / q)
    turns = _recycled_a_unit(high, q) >= b
    for _ in range(60):
        middle = (low + high) / 2
        enough = _recycled_a_unit(middle, q) >= b
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(turns, high, np.inf)


def _recycled_a_unit(phosphorus: np.ndarray, q: np.ndarray) -> np.ndarray:
    return phosphorus ** (q - 1) / (1 + phosphorus**q)


def utility_with_foresight(lakes: Lakes, cells: int = 61, releases: int = 31) -> np.ndarray:
    """Work out the most utility that keeps each lake from tipping, had one known it: dynamic programming.

    Parameters
    ----------
    lakes
        One a case.  Natural inflow is at its mean every year, so that a rule which meets chance does worse
        as a rule, though not in every case.
    cells, releases
        Of the grids between nothing and the tipping point, and between the least and the most release.

    Returns
    -------
    np.ndarray
        By case; minus infinity where the lake tips whatever is done.
    """
    critical = critical_phosphorus(lakes.b, lakes.q)[:, None]
    ceiling = np.minimum(critical, 10.0)
    level = ceiling * np.linspace(0, 1, cells)
    q, b, inflow = (column[:, None] for column in (lakes.q, lakes.b, lakes.inflow_mean))
    kept = level * (1 - b) + level**q / (1 + level**q) + inflow
    release = np.linspace(LEAST_RELEASE, MOST_RELEASE, releases)
    place = (kept[:, :, None] + release) / ceiling[:, :, None] * (cells - 1)
    tips = place >= cells - 1
    below = np.where(tips, 0, place).astype(np.int64)
    part, rows = place - below, np.arange(len(critical))[:, None, None]
    worth = np.zeros_like(level)
    for _ in range(YEARS):
        later = (1 - part) * worth[rows, below] + part * worth[rows, np.minimum(below + 1, cells - 1)]
        gained = UTILITY_OF_RELEASE * release + lakes.delta[:, None, None] * later
        worth = np.where(tips, HOPELESS, gained).max(axis=2)
    found = np.array(
        [np.interp(x, at, value) for x, at, value in zip(lakes.start, level, worth, strict=True)]
    )
    return np.where((found > 0) & (lakes.start < critical[:, 0]), found, -np.inf)


def inflow_noise(realisations: int = REALISATIONS, seed: int = SEED) -> np.ndarray:
    """Draw standard normal courses of natural inflow, `[realisation, year]`."""
    return np.random.default_rng(seed).standard_normal((realisations, YEARS))
