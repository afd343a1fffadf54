"""One player's best deviation, by means that share nothing with the search that it checks."""

from __future__ import annotations

import numpy as np

from kedge.trade.payoff import Look

POINTS = 25
NARROWEST = 1e-6
GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


def best_deviation(look: Look) -> float:
    """Give the highest objective that one player reaches while the others stay, percent.

    One rate: 25 points over the bounds, then golden sections about the highest; no slopes.  Many:
    SciPy's L-BFGS-B from the lower bounds, from a random draw with a fixed seed, and from the point itself.

    References
    ----------
    Kiefer (1953), Proceedings AMS 4(3); Byrd, Lu, Nocedal & Zhu (1995), SIAM J. Scientific Computing 16(5).
    """
    return _by_sections(look) if len(look.rates) == 1 else _by_scipy(look)


def _by_sections(look: Look) -> float:
    payoff, levers = look.payoff, look.payoff.levers

    def value(rate: float) -> float:
        return payoff.look(np.array([rate]), look).value

    rates = np.linspace(levers.low[0], levers.high[0], POINTS)
    values = [value(rate) for rate in rates]
    top = int(np.argmax(values))
    low, high = rates[max(top - 1, 0)], rates[min(top + 1, POINTS - 1)]
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = value(left), value(right)
    best = max(*values, at_left, at_right)
    while high - low > NARROWEST:
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = value(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = value(right)
        best = max(best, at_left, at_right)
    return float(best)


def _by_scipy(look: Look) -> float:
    from scipy.optimize import minimize

    payoff, levers = look.payoff, look.payoff.levers
    scale, reached = payoff.scale, [-np.inf]

    def fall(point: np.ndarray) -> tuple[float, np.ndarray]:
        there = payoff.look(point / scale, look)
        if not there.is_solved:
            return 1e3, np.zeros(point.size)
        reached.append(there.value)
        return -there.value / payoff.unit, -there.steepest

    chance = np.random.default_rng(7).uniform(levers.low, np.minimum(levers.high, levers.low + 1.0))
    limits = list(zip(levers.low * scale, levers.high * scale, strict=True))
    for start in (levers.low, chance, look.rates):
        options = {"ftol": 1e-15, "gtol": 1e-7, "maxiter": 200}
        minimize(fall, start * scale, jac=True, method="L-BFGS-B", bounds=limits, options=options)
    return float(max(reached))
