"""Where the order of the two leading plans flips, as places among the parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from kedge.brief.sampling import Estimate, Sampling, estimates, share_interval
from kedge.strategy import FlipGrid, FlipSettings, Separation, flip_boundary, mean_interval
from kedge.world.assessment import Assessment
from kedge.world.parameters import as_uncertainty

LEAST_TOLD = 0.005
"""Share of the variance of the order that an uncertainty must explain to be named."""

MOST_NAMED = 5


@dataclass(frozen=True)
class Decider:
    """One uncertainty that tells where the leading plan is the better of two.

    Parameters
    ----------
    parameter
        Place among the parameters.
    told : share of variance
        Of the order of the two plans, explained by this uncertainty alone.
    threshold : the parameter's unit
        Where the share of futures in which the leading plan is better crosses one half;
        None if it does not surely do so.
    leads_above
        Whether the leading plan gains as the uncertainty rises.
    lowest, highest : share of futures
        In which the leading plan is better, in the lowest and the highest tenth of the
        range drawn; for a choice, in its least and most favourable category.
    categories : share of futures
        Of a choice, by category, in index order; empty otherwise.
    """

    parameter: int
    told: float
    threshold: Estimate | None
    leads_above: bool
    lowest: Estimate
    highest: Estimate
    categories: tuple[Estimate, ...]


@dataclass(frozen=True)
class FlipMap:
    """How often the leading plan is the better one, over two uncertainties.

    Parameters
    ----------
    across, down
        Places of the parameters.
    across_edges, down_edges : the parameters' units
        Lower and upper ends of the cells, which hold equal numbers of futures each way;
        half-steps about the index for a choice.
    share : share of futures
        `[down, across]`; not a number where no future falls.
    count
        Futures in each cell.
    """

    across: int
    down: int
    across_edges: tuple[tuple[float, float], ...]
    down_edges: tuple[tuple[float, float], ...]
    share: Float[np.ndarray, "down across"]
    count: Int[np.ndarray, "down across"]


@dataclass(frozen=True)
class Flip:
    """What decides between the two leading plans.

    Parameters
    ----------
    leads : share of futures
        Where the preferred plan is better than the next.
    ties : share of futures
        Where the two are equal.
    deciders
        Deciding uncertainties, the most telling first; may be empty.
    map
        Over the two most telling; None if fewer than two tell anything.
    score_auc : share
        How often a score of all uncertainties together, on futures it has not seen,
        ranks a future won above a future lost; None if one plan (almost) always wins.
    futures
        Number used, besides for `leads`, which uses all.
    """

    leads: Estimate
    ties: float
    deciders: tuple[Decider, ...]
    map: FlipMap | None
    score_auc: Estimate | None
    futures: int


def find_flip(difference: np.ndarray, assessment: Assessment, sampling: Sampling) -> Flip:
    """Find what decides between two plans.

    Parameters
    ----------
    difference : value
        The leading plan's value less the next plan's, by future.
    assessment, sampling
        Futures, and how many of them to use.
    """
    used = min(sampling.search, len(difference))
    uncertainties = [as_uncertainty(parameter) for parameter in assessment.parameters]
    report = flip_boundary(
        difference[:used],
        assessment.futures[:used],
        uncertainties,
        FlipSettings(resampling=sampling.resampling),
    )
    place = {parameter.name: index for index, parameter in enumerate(assessment.parameters)}
    telling = [
        found for found in report.separations if found.explained >= LEAST_TOLD and len(found.counts) > 1
    ]
    grid = report.grid if len(telling) > 1 else None
    auc = report.score.auc if report.score else None
    return Flip(
        leads=estimates(mean_interval((difference > 0)[None, :], sampling.resampling))[0],
        ties=float((difference == 0).mean()),
        deciders=tuple(_decider(found, place, assessment, sampling.level) for found in telling[:MOST_NAMED]),
        map=_map(grid, place, assessment) if grid else None,
        score_auc=Estimate(auc.value, auc.low, auc.high) if auc else None,
        futures=used,
    )


def _decider(found: Separation, place: dict[str, int], assessment: Assessment, level: float) -> Decider:
    parameter = place[found.uncertainty]
    shares = [
        share_interval(float(s), int(n), level) for s, n in zip(found.shares, found.counts, strict=True)
    ]
    is_choice = bool(assessment.parameters[parameter].categories)
    ends = sorted(shares, key=lambda share: share.value) if is_choice else shares
    crossing = found.threshold
    return Decider(
        parameter=parameter,
        told=found.explained,
        threshold=Estimate(crossing.value, crossing.low, crossing.high) if crossing else None,
        leads_above=found.auc.value > 0.5,
        lowest=ends[0],
        highest=ends[-1],
        categories=tuple(shares) if is_choice else (),
    )


def _map(grid: FlipGrid, place: dict[str, int], assessment: Assessment) -> FlipMap:
    across, down = place[grid.first], place[grid.second]
    return FlipMap(
        across=across,
        down=down,
        across_edges=_edges(grid.first_lower, grid.first_upper, across, assessment),
        down_edges=_edges(grid.second_lower, grid.second_upper, down, assessment),
        share=grid.shares.T,
        count=grid.counts.T,
    )


def _edges(lower: np.ndarray, upper: np.ndarray, place: int, assessment: Assessment) -> tuple:
    half = 0.5 if assessment.parameters[place].categories else 0.0
    return tuple((float(low) - half, float(high) + half) for low, high in zip(lower, upper, strict=True))
