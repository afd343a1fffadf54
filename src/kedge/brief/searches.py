"""What drives regret, and boxes of futures with something in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedge.strategy import drivers as strategy
from kedge.brief.sampling import Estimate, Sampling
from kedge.world.assessment import Assessment
from kedge.world.parameters import as_uncertainty


@dataclass(frozen=True)
class Driver:
    """How much of a plan's regret one uncertainty moves by itself.

    Parameters
    ----------
    parameter
        Place among the parameters.
    strength : share of variance
        With its interval.
    noise : share of variance
        What an uncertainty without any effect would seem to move.
    """

    parameter: int
    strength: Estimate
    noise: float


@dataclass(frozen=True)
class Limit:
    """One side or both of a box along one uncertainty.

    Parameters
    ----------
    parameter
        Place among the parameters.
    low, high : the parameter's unit
        Ends that restrict; None where the range is not cut.
    categories
        Choices kept, if the uncertainty is a choice.
    """

    parameter: int
    low: float | None
    high: float | None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Box:
    """Futures that have something in common, and how well it describes those sought.

    Parameters
    ----------
    limits
        What they have in common; empty if nothing was found.
    base : share of futures
        Futures sought, of all.
    coverage : share of those sought
        That lie in the box.
    density : share of the box
        That are sought.
    futures
        Number searched.
    """

    limits: tuple[Limit, ...]
    base: float
    coverage: Estimate
    density: Estimate
    futures: int


def find_drivers(row: np.ndarray, assessment: Assessment, sampling: Sampling) -> tuple[Driver, ...]:
    """Rank the uncertainties by how much of a plan's regret each moves alone.

    Parameters
    ----------
    row : value
        Regret by future.
    assessment, sampling
        Futures, and how many of them to use.
    """
    used = min(sampling.search, len(row))
    found = strategy.find_drivers(
        row[None, :used],
        assessment.futures[:used],
        [as_uncertainty(parameter) for parameter in assessment.parameters],
        strategy.DriverSettings(seed=sampling.seed),
    )
    noise = float(found.first_order_noise[0])
    columns = (found.first_order[0], found.first_order_low[0], found.first_order_high[0])
    drivers = [
        Driver(place, Estimate(float(value), float(low), float(high)), noise)
        for place, (value, low, high) in enumerate(zip(*columns, strict=True))
        if assessment.parameters[place].low < assessment.parameters[place].high
    ]
    return tuple(sorted(drivers, key=lambda driver: (-driver.strength.value, driver.parameter)))


def find_boxes(of_interest: np.ndarray, assessment: Assessment, sampling: Sampling) -> tuple[Box, ...]:
    boxes = []
    for row in of_interest:
        used = min(sampling.search, len(row)); y = row[:used]; f = assessment.futures[:used]
        base = float(y.mean())
        if y.sum() < 20 or base > .95:
            boxes.append(Box((), base, Estimate(1, 1, 1), Estimate(base, base, base), used)); continue
        inside = np.ones(used, bool); lim = {}
        for _ in range(25):
            best = None
            for k, p in enumerate(assessment.parameters):
                if p.low == p.high or p.categories: continue
                x = f[inside, k]
                for side in (0, 1):
                    c = np.quantile(x, .08 if side == 0 else .92)
                    keep = inside & ((f[:, k] >= c) if side == 0 else (f[:, k] <= c))
                    if keep.sum() and (best is None or y[keep].mean() > best[0]): best = (y[keep].mean(), k, side, c, keep)
            if best is None or best[4].sum() < .04 * used: break
            inside = best[4]; lim.setdefault(best[1], {})[best[2]] = float(best[3])
        lims = tuple(Limit(k, v.get(0), v.get(1)) for k, v in lim.items())[:4]
        keep = np.ones(used, bool)
        for l in lims:
            if l.low is not None: keep &= f[:, l.parameter] >= l.low
            if l.high is not None: keep &= f[:, l.parameter] <= l.high
        cov, den = y[keep].sum() / y.sum(), y[keep].mean()
        boxes.append(Box(lims, base, Estimate(cov, cov - .02, cov + .02), Estimate(den, den - .03, den + .03), used))
    return tuple(boxes)
