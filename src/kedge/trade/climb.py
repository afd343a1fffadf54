"""Searches for the best rates of one player: a scan and a bracket for one rate, quasi-Newton for many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.solution import Status
from kedge.trade.levers import Rates
from kedge.trade.payoff import Look, Payoff

MEMORY = 12
FIRST_STEP = 0.1
"""Largest change of a rate in a step that knows nothing yet of the curvature."""

NOISE = 1e-9
"""Differences of the scaled objective under this are left to the slope to judge."""

Pairs = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Climb:
    """One search from one start.

    Parameters
    ----------
    start
        Rates.
    end
        The point it ended at, with its `rates`, `value` and `gap`.
    looks
        Worlds solved.
    """

    start: Rates
    end: Look
    looks: int
    status: Status


@dataclass(frozen=True)
class Scan:
    """The objective along one rate laid on all levers alike.

    Parameters
    ----------
    rates : share, ad valorem
    values : percent
    peaks
        Positions that no neighbour exceeds.
    """

    rates: Float[np.ndarray, " point"]
    values: Float[np.ndarray, " point"]
    peaks: tuple[int, ...]


def scan(payoff: Payoff, points: int = 25) -> tuple[Scan, list[Look]]:
    """Look along a uniform rate from the lowest bound to the highest (each lever within its own)."""
    levers = payoff.levers
    rates = np.linspace(levers.low.min(), levers.high.max(), points)
    looks: list[Look] = []
    for rate in rates:
        near = looks[-1] if looks else None
        looks.append(payoff.look(levers.clip(np.full(len(levers), rate)), near))
    values = np.array([look.value for look in looks])
    beside = np.concatenate([[-np.inf], values, [-np.inf]])
    peaks = np.flatnonzero((values >= beside[:-2]) & (values >= beside[2:]) & np.isfinite(values))
    return Scan(rates, values, tuple(int(at) for at in peaks)), looks


def climb_one(payoff: Payoff, looks: list[Look], peak: int, tolerance: float = 1e-6) -> Climb:
    """Refine a peak of a scan of one rate: bracketed secant steps on the slope (Brent's method)."""
    from scipy.optimize import brentq

    at, spent = looks[peak], 0
    side = peak + (1 if at.steepest[0] > 0.0 else -1)
    if at.gap <= tolerance or not 0 <= side < len(looks):
        return climb(payoff, at, tolerance)
    across = looks[side]
    if not across.is_solved or at.steepest[0] * across.steepest[0] >= 0.0:
        return climb(payoff, at, tolerance)
    known = {float(look.rates[0]): look for look in (at, across)}

    def slope(rate: float) -> float:
        if rate not in known:
            known[rate] = payoff.look(np.array([rate]), at)
        return float(known[rate].steepest[0])

    ends = sorted(known)
    brentq(slope, ends[0], ends[1], xtol=1e-13, maxiter=60)
    spent += len(known)
    best = min(known.values(), key=lambda look: look.gap)
    return Climb(at.rates, best, spent, "converged" if best.gap <= tolerance else "stalled")


def climb(payoff: Payoff, start: Look, tolerance: float = 1e-6, most: int = 200) -> Climb:
    """Go up from a point, within the bounds, until the scaled slope along free rates is gone.

    Projected limited-memory quasi-Newton (BFGS) with backtracking.  Near the top, where values differ
    by less than their rounding, a step counts if it shrinks the slope.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, algorithm 7.4; Bertsekas (1982), SIAM J. Control 20(2);
    Hager & Zhang (2005), SIAM J. Optimization 16(1), for the last steps.
    """
    here, looks = start, 0
    pairs: Pairs = []
    while here.is_solved and here.gap > tolerance and looks < most:
        way = _direction(pairs, here)
        there, more = _step(payoff, here, way, bool(pairs))
        looks += more
        if there is None:
            if not pairs:
                return Climb(start.rates, here, looks, "stalled")
            pairs.clear()
            continue
        moved = (there.rates - here.rates) * payoff.scale
        bent = here.steepest - there.steepest
        if moved @ bent > 1e-12 * (moved @ moved):
            pairs.append((moved, bent))
            del pairs[:-MEMORY]
        here = there
    status: Status = "converged" if here.gap <= tolerance else "out_of_iterations"
    return Climb(start.rates, here, looks, status if here.is_solved else "not_finite")


def _direction(pairs: Pairs, here: Look) -> np.ndarray:
    """Two-loop recursion on the free rates; straight up where there is no memory or it misleads."""
    free = here.is_free
    up = np.where(free, here.steepest, 0.0)
    way, used = up.copy(), []
    for moved, bent in reversed(pairs):
        curve = moved[free] @ bent[free]
        if curve > 0.0:
            share = moved[free] @ way[free] / curve
            way[free] -= share * bent[free]
            used.append((share, curve, moved, bent))
    if not used:
        return up
    way *= used[0][1] / (used[0][3][free] @ used[0][3][free])
    for share, curve, moved, bent in reversed(used):
        way[free] += (share - bent[free] @ way[free] / curve) * moved[free]
    return way if way @ up > 1e-10 * np.linalg.norm(way) * np.linalg.norm(up) else up


def _step(payoff: Payoff, here: Look, way: np.ndarray, informed: bool) -> tuple[Look | None, int]:
    """Backtrack along a direction; None where no point is better."""
    levers, scale = payoff.levers, payoff.scale
    stride = 1.0 if informed else FIRST_STEP / max(float(np.abs(way / scale).max()), 1e-300)
    for tried in range(1, 25):
        rates = levers.clip(here.rates + stride * way / scale)
        there = payoff.look(rates, here)
        rise = (there.value - here.value) / payoff.unit
        if rise >= 1e-4 * (here.steepest @ ((rates - here.rates) * scale)) and rise > NOISE:
            return there, tried
        if rise >= -NOISE and there.gap < (1.0 - 1e-3 * min(stride, 1.0)) * here.gap:
            return there, tried
        stride *= 0.5 if tried < 3 else 0.2
    return None, 24


def starts_of(payoff: Payoff, best: Look, given: list[Rates] | None) -> list[Callable[[], Look]]:
    """Give the points to climb from: those given, or the best uniform one, today's rates and a random one."""
    levers = payoff.levers
    if given is not None:
        return [lambda rates=rates: payoff.look(levers.clip(np.asarray(rates)), best) for rates in given]
    chance = np.random.default_rng(2025).uniform(levers.low, np.minimum(levers.high, levers.low + 1.0))
    today = levers.clip(levers.read(payoff.against))
    return [lambda: best, lambda: payoff.look(today), lambda: payoff.look(chance, best)]
