"""What the preferred plan would be under other attitudes to risk than the rule's."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from kedge.brief.sampling import Estimate, Sampling

LADDER = (0.5, 0.75, 0.9, 0.95, 0.99)
"""Shares of futures that a reader may want to guard against."""

FINEST = 0.005
"""Shortest stretch of levels over which a plan counts as preferred: shorter ones are noise."""


@dataclass(frozen=True)
class Rung:
    """Regret of every plan under one attitude to risk.

    Parameters
    ----------
    level : share of futures
        That regret is guarded against in; None stands for the mean over all futures.
    regret : value
        By plan: what regret stays under in that share of futures.
    preferred
        Place of the plan whose regret is lowest.
    """

    level: float | None
    regret: tuple[float, ...]
    preferred: int


@dataclass(frozen=True)
class Takeover:
    """A level at which another plan becomes the preferred one.

    Parameters
    ----------
    level : share of futures
        The level, with its resampling interval.
    plan
        Preferred beyond it.
    cautious
        Whether beyond means more caution (a higher level).
    """

    level: Estimate
    plan: int
    cautious: bool


def ladder(shortfall: Float[np.ndarray, "plan future"]) -> tuple[Rung, ...]:
    """Find the preferred plan at each share of futures guarded against, and on average."""
    levels = np.quantile(shortfall, LADDER, axis=1)
    rows: list[tuple[float | None, np.ndarray]] = [
        (level, row) for level, row in zip(LADDER, levels, strict=True)
    ]
    rows.append((None, shortfall.mean(axis=1)))
    return tuple(Rung(level, tuple(row.tolist()), int(np.argmin(row))) for level, row in rows)


def takeovers(
    shortfall: Float[np.ndarray, "plan future"], rule: float, sampling: Sampling
) -> tuple[Takeover, ...]:
    """Search over levels for the nearest ones, on either side of the rule's, at which the choice changes.

    Parameters
    ----------
    shortfall : value
        Regret of each plan in each future.
    rule : share of futures
        The rule's own level.
    sampling
        The first `search` futures are used to find the interval.
    """
    leader = int(np.argmin(np.quantile(shortfall, rule, axis=1)))
    choices = _choices(shortfall)
    found = [(cautious, _change(choices, rule, leader, cautious)) for cautious in (False, True)]
    known = [(cautious, change) for cautious, change in found if change]
    if not known:
        return ()
    part = shortfall[:, : sampling.search]
    rng = np.random.default_rng(sampling.seed)
    drawn: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(sampling.rule_resamples):
        again = _choices(part[:, rng.integers(0, part.shape[1], part.shape[1])])
        for cautious, _ in known:
            change = _change(again, rule, leader, cautious)
            drawn[cautious].append(change[0] if change else float(cautious))
    tails = [(1 - sampling.level) / 2, (1 + sampling.level) / 2]
    return tuple(
        Takeover(_held(change[0], np.quantile(drawn[cautious], tails)), change[1], cautious)
        for cautious, change in known
    )


def _held(value: float, ends: np.ndarray) -> Estimate:
    return Estimate(value, min(float(ends[0]), value), max(float(ends[1]), value))


def _choices(shortfall: np.ndarray) -> Int[np.ndarray, " level"]:
    """Plan of the lowest regret at each order statistic."""
    return np.argmin(np.sort(shortfall, axis=1), axis=0)


def _change(
    choices: Int[np.ndarray, " level"], rule: float, leader: int, cautious: bool
) -> tuple[float, int] | None:
    """Walk from the rule's level to the first long stretch in which another plan is preferred."""
    count = len(choices)
    start = min(int(rule * count), count - 1)
    walk = choices[start:] if cautious else choices[start::-1]
    edges = np.flatnonzero(np.diff(walk)) + 1
    bounds = [0, *edges.tolist(), len(walk)]
    least = max(int(FINEST * count), 1)
    for begin, end in itertools.pairwise(bounds):
        if walk[begin] != leader and end - begin >= least:
            return (start + begin if cautious else start - begin) / count, int(walk[begin])
    return None
