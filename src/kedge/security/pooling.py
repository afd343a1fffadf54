"""What a common stock saves: closed forms of inventory pooling."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from scipy import special

from kedge.core.errors import DomainError


def newsvendor_stock(mean: float, spread: float, fill: float) -> float:
    """Give the stock that covers normal demand with a given chance.

    Parameters
    ----------
    mean, spread : units
        Of demand; the spread is its standard deviation.
    fill : probability, between 0 and 1
        That demand does not exceed the stock: the critical fractile of cost of want over the
        sum of costs of want and of surplus.

    Raises
    ------
    DomainError
        A chance not between 0 and 1.

    Examples
    --------
    >>> round(newsvendor_stock(100.0, 20.0, 0.95), 1)
    132.9
    """
    if not 0.0 < fill < 1.0:
        raise DomainError(f"the chance of enough should lie between 0 and 1, is {fill}")
    return mean + spread * float(special.ndtri(fill))


def normal_shortfall(mean: float, spread: float, stock: float) -> float:
    """Give the expected units of want when demand is normal.

    Parameters
    ----------
    mean, spread, stock : units

    Examples
    --------
    >>> round(normal_shortfall(100.0, 20.0, 100.0), 3)
    7.979
    """
    if spread == 0.0:
        return max(0.0, mean - stock)
    z = (stock - mean) / spread
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return spread * (density - z * float(special.ndtr(-z)))


def normal_pooling_gain(partners: int, correlation: float) -> float:
    """Say how many times the safety stock of one pool that of separate, equal stocks is.

    `sqrt(n / (1 + (n - 1) rho))`: the square root of n for independent demand, one for perfectly
    correlated demand.

    Parameters
    ----------
    partners
        n, at least 1.
    correlation
        rho, above -1 / (n - 1) to 1.

    References
    ----------
    Eppen (1979), Management Science 25.

    Examples
    --------
    >>> normal_pooling_gain(4, 0.0), normal_pooling_gain(4, 1.0)
    (2.0, 1.0)
    """
    shared = 1.0 + (partners - 1) * correlation
    if partners < 1 or shared <= 0.0:
        raise DomainError(f"correlation {correlation} is impossible among {partners} partners")
    return math.sqrt(partners / shared)


def stable_pooling_gain(partners: int, tail: float) -> float:
    """Say the same for independent demand whose tail is heavy: `n ** ((alpha - 1) / alpha)`.

    Parameters
    ----------
    partners
        n, at least 1.
    tail
        alpha, above 1 to 2: the chance of demand above x falls like `x ** -alpha`; at 2 demand is
        normal again, at 1 a pool saves nothing.

    References
    ----------
    Bimpikis & Markakis (2016), Management Science 62: for stable demand.

    Examples
    --------
    >>> round(stable_pooling_gain(4, 1.5), 3), stable_pooling_gain(4, 2.0)
    (1.587, 2.0)
    """
    if not 1.0 < tail <= 2.0:
        raise DomainError(f"the tail index should lie above 1 and at most at 2, is {tail}")
    return float(partners) ** ((tail - 1.0) / tail)


def measured_pooling_gain(demand: Float[np.ndarray, "draw partner"], fill: float) -> float:
    """Measure the same on draws: sum of separate safety stocks over the pool's.

    Parameters
    ----------
    demand : units
    fill : probability
        That each stock, and the pool, is to suffice.

    Examples
    --------
    >>> same = np.repeat(np.arange(101.0)[:, None], 3, axis=1)
    >>> round(measured_pooling_gain(same, 0.95), 12)
    1.0
    """
    apart = (np.quantile(demand, fill, axis=0) - demand.mean(axis=0)).sum()
    pooled = demand.sum(axis=1)
    return float(apart / (np.quantile(pooled, fill) - pooled.mean()))


def stockout_week(stock: float, production: float, demand: float) -> float:
    """Give the weeks after which a stock is used up at a constant rate; infinite if output suffices.

    Parameters
    ----------
    stock : units
    production, demand : units a week

    Examples
    --------
    >>> stockout_week(100.0, 5.0, 15.0)
    10.0
    """
    return stock / (demand - production) if demand > production else math.inf
