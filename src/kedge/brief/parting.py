"""Where the preferred plan changes, by its own rule, as one uncertainty at a time is narrowed down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.brief.sampling import Estimate, Sampling
from kedge.world.assessment import Assessment

RULE_LEVEL = 0.9
PARTS = 10
"""Parts of equal numbers of futures that a range is split into to look for a threshold."""

FEWEST = 20
"""Futures that each part must hold at least."""

SURE = 0.9
"""Share of resamples in which a threshold must be found again to be told."""


@dataclass(frozen=True)
class Half:
    """The preferred plan in one half of an uncertainty's range, or under one of its alternatives.

    Parameters
    ----------
    parameter
        Place of the uncertainty.
    part
        `lower half`, `upper half`, or the alternative's name.
    limits : the parameter's unit
        Ends of the part.
    preferred, leader
        Places of the plan preferred there and of the one preferred over all futures.
    regret : value
        By plan, at the rule's level within the part.
    holds : share of resamples
        In which the same plan is preferred there; 1 if it is the one preferred over all.
    """

    parameter: int
    part: str
    limits: tuple[float, float]
    preferred: int
    leader: int
    regret: tuple[float, ...]
    holds: float

    @property
    def flips(self) -> bool:
        """Whether another plan is preferred than over all futures."""
        return self.preferred != self.leader


@dataclass(frozen=True)
class RuleThreshold:
    """Value of one uncertainty at which the preferred plan changes by the rule.

    Parameters
    ----------
    parameter
        Place of the uncertainty.
    at : the parameter's unit
        With its resampling interval.
    above
        Whether the other plan takes over above it.
    plan
        Preferred on the other side.
    strength : value
        Regret at the rule's level that changing plans there saves, averaged over all parts.
    """

    parameter: int
    at: Estimate
    above: bool
    plan: int
    strength: float


def halves(
    shortfall: Float[np.ndarray, "plan future"], leader: int, assessment: Assessment, sampling: Sampling
) -> tuple[Half, ...]:
    """Apply the rule within each half of every range, and under every alternative of a choice.

    Parameters
    ----------
    shortfall : value
        Regret of each plan in each future.
    leader
        Place of the plan preferred over all futures.
    assessment, sampling
        Futures, and how to resample; `search` futures of a part at most are resampled.
    """
    rng = np.random.default_rng(sampling.seed)
    found = []
    for place in range(len(assessment.parameters)):
        for part, held, limits in _parts(place, assessment):
            within = shortfall[:, held]
            level = _level(within)
            preferred = int(np.argmin(level))
            holds = (
                1.0
                if preferred == leader
                else _holds(within[:, : sampling.search], preferred, sampling.rule_resamples, rng)
            )
            found.append(Half(place, part, limits, preferred, leader, tuple(level.tolist()), holds))
    return tuple(found)


def _parts(place: int, assessment: Assessment) -> list[tuple[str, np.ndarray, tuple[float, float]]]:
    parameter, column = assessment.parameters[place], assessment.futures[:, place]
    if parameter.low == parameter.high:
        return []
    if parameter.categories:
        parts = [
            (name, column == code, (float(code), float(code)))
            for code, name in enumerate(parameter.categories)
        ]
    else:
        middle = float(np.median(column))
        below = column <= middle
        parts = [
            ("lower half", below, (parameter.low, middle)),
            ("upper half", ~below, (middle, parameter.high)),
        ]
    return [part for part in parts if part[1].sum() >= FEWEST]


def _holds(within: np.ndarray, preferred: int, resamples: int, rng: np.random.Generator) -> float:
    count = within.shape[1]
    again = [np.argmin(_level(within[:, rng.integers(0, count, count)])) for _ in range(resamples)]
    return float(np.mean(np.array(again) == preferred))


def _level(within: np.ndarray) -> np.ndarray:
    """Order statistic at the rule's level, along the last axis."""
    place = min(int(RULE_LEVEL * within.shape[-1]), within.shape[-1] - 1)
    return np.partition(within, place, axis=-1)[..., place]


def rule_thresholds(
    shortfall: Float[np.ndarray, "plan future"],
    leader: int,
    assessment: Assessment,
    sampling: Sampling,
    most: int = 4,
) -> tuple[RuleThreshold, ...]:
    """Find the values of single uncertainties at which the preferred plan changes, the strongest first.

    Futures are sorted by one uncertainty and split into ten parts of equal number; in each,
    the rule is applied.  Where the lead of the preferred plan over the best other changes
    sign once, taking all parts together, lies the threshold, interpolated between the middles of the
    neighbouring parts.  Only those found again in nine resamples of ten are kept.

    Parameters
    ----------
    shortfall, leader, assessment, sampling
        As in `halves`; at most the first `search` futures are used for the resamples.
    most
        Thresholds wanted.
    """
    if shortfall.shape[1] < PARTS * FEWEST:
        return ()
    found = []
    for place, parameter in enumerate(assessment.parameters):
        if parameter.categories or parameter.low == parameter.high:
            continue
        threshold = _threshold(shortfall, assessment.futures[:, place], leader)
        if threshold:
            found.append((place, *threshold))
    found.sort(key=lambda row: (-row[-1], row[0]))
    kept: list[RuleThreshold] = []
    for place, at, above, plan, strength in found:
        spread = _spread(shortfall, assessment.futures[:, place], (leader, above), sampling)
        if spread:
            at_spread = Estimate(at, min(spread[0], at), max(spread[1], at))
            kept.append(RuleThreshold(place, at_spread, above, plan, strength))
        if len(kept) == most:
            break
    return tuple(kept)


def _threshold(
    shortfall: np.ndarray, column: np.ndarray, leader: int
) -> tuple[float, bool, int, float] | None:
    size = len(column) // PARTS
    order = np.argsort(column, kind="stable")[: size * PARTS]
    split = shortfall[:, order].reshape(len(shortfall), PARTS, size)
    middles = column[order].reshape(PARTS, size)[:, size // 2]
    level = _level(split)
    others = np.delete(level, leader, axis=0)
    lead = others.min(axis=0) - level[leader]
    # Gain of changing plans below or above each edge; the edge of the most gain is the threshold.
    sums = np.concatenate([[0.0], np.cumsum(-lead)])
    below, above = int(np.argmax(sums)), int(np.argmax(sums[-1] - sums))
    gains = sums[below], sums[-1] - sums[above]
    is_above = bool(gains[1] > gains[0])
    edge = above if is_above else below
    if not 0 < edge < PARTS or max(gains) <= 0:
        return None
    side = slice(edge, None) if is_above else slice(None, edge)
    chosen = np.argmin(level[:, side], axis=0)
    plan = int(np.bincount(chosen[chosen != leader], minlength=len(shortfall)).argmax())
    at = float(
        np.interp(
            0.0,
            *(
                (lead[[edge, edge - 1]], middles[[edge, edge - 1]])
                if is_above
                else (lead[[edge - 1, edge]], middles[[edge - 1, edge]])
            ),
        )
    )
    return at, is_above, plan, float(max(gains)) / PARTS


def _spread(
    shortfall: np.ndarray, column: np.ndarray, known: tuple[int, bool], sampling: Sampling
) -> tuple[float, float] | None:
    """Resample the futures and look for the threshold again."""
    leader, above = known
    used = min(sampling.search, len(column))
    rng = np.random.default_rng(sampling.seed)
    again = []
    for _ in range(sampling.rule_resamples):
        drawn = rng.integers(0, used, used)
        threshold = _threshold(shortfall[:, drawn], column[drawn], leader)
        if threshold and threshold[1] == above:
            again.append(threshold[0])
    if len(again) < SURE * sampling.rule_resamples:
        return None
    low, high = np.quantile(again, [(1 - sampling.level) / 2, (1 + sampling.level) / 2])
    return float(low), float(high)
