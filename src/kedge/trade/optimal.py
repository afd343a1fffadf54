"""The tariff that serves a player best while everyone else's stay as they are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from kedge.core.errors import DomainError
from kedge.core.solution import Solution
from kedge.trade.climb import Climb, Scan, climb, climb_one, scan, starts_of
from kedge.trade.curvature import Curvature, curvature
from kedge.trade.levers import Bound, Kind, Levers, Player, Rates, Tariffs, make_levers
from kedge.trade.model import Response, TradeModel
from kedge.trade.payoff import Look, Payoff, make_payoff

SCAN_POINTS, SHORT_SCAN = 25, 9


@dataclass(frozen=True)
class Ascent:
    """One start and where it led.

    Parameters
    ----------
    start, end : share, ad valorem
        Rates.
    value : percent
        Objective at the end.
    gap
        Scaled slope along free rates at the end.
    """

    start: Rates
    end: Rates
    value: float
    gap: float
    status: str


@dataclass(frozen=True)
class BestTariff:
    """The best rates found, and why to believe or doubt them.

    Parameters
    ----------
    rates : share, ad valorem
        One a lever.
    tariffs : share, ad valorem
        Everyone's, with these rates laid on.
    value, before : percent
        Objective at `rates` and at the tariffs it was asked against.
    welfare : percent
        Of every economy, against the baseline.
    gradient_norm
        Norm of the slope along the rates that bounds do not hold, in units of import shares:
        percent of welfare per unit of tariff, over 100 times the share of imports in spending.
    at_low, at_high
        Rates that a bound holds: the objective would rise beyond it, or not fall.
    starts
        Every start tried.
    scan
        Objective along one rate for all; its peaks are where starts come from.
    curvature
        Second-order check; `curvature.holds` at a strict local maximum.
    residual
        Of the model's equations at the best point.
    """

    levers: Levers
    rates: Rates
    tariffs: Tariffs
    value: float
    before: float
    welfare: Float[np.ndarray, " economy"]
    gradient_norm: float
    at_low: Bool[np.ndarray, " lever"]
    at_high: Bool[np.ndarray, " lever"]
    starts: tuple[Ascent, ...]
    scan: Scan
    curvature: Curvature
    residual: float
    answer: Response


def best_tariff(
    model: TradeModel,
    actor: str | Player | Levers,
    levers: Kind = "uniform",
    against: Tariffs | None = None,
    weights: Float[np.ndarray, " economy"] | None = None,
    starts: Sequence[Rates] | None = None,
    bounds: tuple[Bound, Bound] = (0.0, 2.0),
) -> Solution[BestTariff]:
    """Find the tariffs that serve a player best while everyone else's stay as they are.

    Parameters
    ----------
    model
        Any world that fits `TradeModel`; its slopes must be exact.
    actor
        Who sets tariffs (see `find_player`), or levers ready made, which then carry their bounds.
    levers
        Kind of levers, see `make_levers`.
    against : share, ad valorem
        Everyone's tariffs; the baseline's where left out.  The levers' cells are overwritten.
    weights
        The objective is `weights @ welfare`; the members by baseline spending where left out.
    starts : share, ad valorem
        Rates to start from.  Where left out: every peak of the scan for one lever; for many, the best
        uniform rate, the rates of `against`, and a random draw with a fixed seed.
    bounds : share, ad valorem
        Lowest and highest rates.

    Returns
    -------
    Solution[BestTariff]
        `residual` is the value's `gradient_norm`, converged at 1e-6; `iterations` counts solved worlds.

    Raises
    ------
    UnknownName, DomainError
        As `make_levers`; a start has the wrong length.
    NotConverged
        The model has no answer to `against`.

    Notes
    -----
    One lever: a scan of 25 points over the bounds, then Brent's method on the slope at every peak.
    Many: projected quasi-Newton with rates scaled by the square root of import shares.

    Examples
    --------
    >>> from kedge.trade import calibrate_economy, one_sector
    >>> world = calibrate_economy(np.array([[0.0, 2.0], [3.0, 0.0]]), np.array([20.0, 30.0]), ["USA", "XRW"])
    >>> best_tariff(one_sector(world), "USA").unwrap().rates.round(3)
    array([0.239])
    """
    begun = time.thread_time()
    chosen = actor if isinstance(actor, Levers) else make_levers(model, actor, levers, bounds=bounds)
    payoff = make_payoff(model, chosen, against, weights)
    for start in starts or ():
        if np.shape(start) != (len(chosen),):
            raise DomainError(f"{len(chosen)} levers want starts of as many rates, got {np.shape(start)}")
    climbs, scanned, spent = _search(payoff, None if starts is None else list(starts))
    best = max(climbs, key=lambda one: (one.status == "converged", one.end.value))
    higher = max(climbs, key=lambda one: one.end.value)
    if higher.end.value > best.end.value + 1e-7 * payoff.unit:
        best = higher
    bent = curvature(best.end)
    before = payoff.weights @ model.respond(payoff.against).unwrap().welfare
    value = _report(payoff, best.end, climbs, scanned, bent, float(before))
    looks = spent + bent.products + 1
    return Solution(value, best.status, best.end.gap, looks, time.thread_time() - begun)


def _search(payoff: Payoff, starts: list[Rates] | None) -> tuple[list[Climb], Scan, int]:
    """Scan, then climb from every start; also count the worlds solved."""
    one = len(payoff.levers) == 1
    scanned, looks = scan(payoff, SCAN_POINTS if one else SHORT_SCAN)
    if one and starts is None:
        climbs = [climb_one(payoff, looks, peak) for peak in scanned.peaks]
    else:
        best = max(looks, key=lambda look: look.value)
        climbs = [climb(payoff, start()) for start in starts_of(payoff, best, starts)]
    if not climbs:
        climbs = [climb(payoff, payoff.look(payoff.levers.read(payoff.against)))]
    return climbs, scanned, len(looks) + sum(climb.looks for climb in climbs)


def _report(
    payoff: Payoff, end: Look, climbs: list[Climb], scanned: Scan, bent: Curvature, before: float
) -> BestTariff:
    levers = payoff.levers
    tried = [Ascent(one.start, one.end.rates, one.end.value, one.end.gap, one.status) for one in climbs]
    return BestTariff(
        levers,
        end.rates,
        levers.lay(end.rates, payoff.against),
        end.value,
        before,
        end.answer.welfare,
        gradient_norm=end.gap,
        at_low=(end.rates <= levers.low) & ~end.is_free,
        at_high=(end.rates >= levers.high) & ~end.is_free,
        starts=tuple(tried),
        scan=scanned,
        curvature=bent,
        residual=end.residual,
        answer=end.answer,
    )
