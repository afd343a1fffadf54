"""Military capability as a stock bought by past spending, at purchasing power."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numba import njit

from kedge.core.lanes import exp, log


@njit(cache=True, error_model="numpy")
def price_multiplier(income_per_head: float, reference_income: float, elasticity: float) -> float:
    """Say how much more force a unit of money buys than in the reference state.

    Prices of what forces need rise with income per head (the Penn effect), so a state with
    lower income buys more: `(reference_income / income_per_head) ** elasticity`.

    Parameters
    ----------
    income_per_head, reference_income : current US$ a head
        Of the state, and of the state whose prices are the unit (the patron).
    elasticity : pure number
        Of price to income per head; 0 means market exchange rates.

    Returns
    -------
    float
        Units of force a US$, relative to the reference state's.

    References
    ----------
    Robertson (2024), "The military rise of China: the real defence budget over two decades",
    Defence and Peace Economics: about 1.6 for China, which an elasticity of 0.25 gives.  Method:
    Robertson (2022), "The real military balance", Review of Income and Wealth.

    Examples
    --------
    >>> round(price_multiplier(12_600.0, 82_800.0, 0.25), 2)
    1.6
    """
    return exp(elasticity * log(reference_income / income_per_head))


@njit(cache=True, error_model="numpy")
def initial_stock(spending: Float[np.ndarray, " year"], depreciation: float, growth: float) -> float:
    """Accumulate past spending into today's stock by perpetual inventory.

    The first year's stock is the one that its spending would keep in steady state.

    Parameters
    ----------
    spending : billion US$ a year
        In time order, the last year being the present.
    depreciation, growth : share a year
        Decay of the stock; growth of spending before the first year.

    Returns
    -------
    float
        Stock at the end of the last year, billion US$.

    References
    ----------
    Design: K' = (1 - delta) K + m Y; the usual perpetual inventory of capital stocks.

    Examples
    --------
    >>> initial_stock(np.array([8.0, 8.0]), 0.08, 0.0)
    100.0
    """
    stock = steady_stock(spending[0], depreciation, growth)
    for year in range(1, spending.size):
        stock = next_stock(stock, depreciation, spending[year])
    return stock


@njit(cache=True, error_model="numpy")
def steady_stock(spending: float, depreciation: float, growth: float) -> float:
    """Stock at the end of a year whose spending keeps it growing as spending does.

    Parameters
    ----------
    spending : billion US$
        Of that year.
    depreciation, growth : share a year
        Decay of the stock; growth of spending.

    Examples
    --------
    >>> steady_stock(8.0, 0.08, 0.0)
    100.0
    """
    return spending * (1.0 + growth) / (depreciation + growth)


@njit(cache=True, error_model="numpy")
def next_stock(stock: float, depreciation: float, effort: float) -> float:
    """Carry a stock over one year: what is left of it, and what this year's effort adds.

    Parameters
    ----------
    stock, effort : billion US$
        Stock at the year's start; spending at purchasing power during the year.
    depreciation : share a year

    Examples
    --------
    >>> next_stock(100.0, 0.1, 5.0)
    95.0
    """
    return (1.0 - depreciation) * stock + effort
