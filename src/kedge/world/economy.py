"""The focal state's real income under tariffs: the trade room's equilibria for many futures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.errors import NotConverged
from kedge.trade import SmallEconomy, Variant, solve_cases
from kedge.world.ground import HIGHEST_TARIFF, Responses

# Real income is nearly straight in u = (1 + tariff) ** -4, since import shares are powers of
# 1 + tariff.  Five Chebyshev points in u for tariffs from 0 to 60 %: the polynomial through them
# stays within 0.002 percentage points of the equilibrium (held by a test).
_ENDS = np.array([1.0, (1.0 + HIGHEST_TARIFF) ** -4])
POSITIONS = _ENDS.mean() + 0.5 * (_ENDS[0] - _ENDS[1]) * np.cos(np.pi * np.arange(5) / 4)
NODES = POSITIONS**-0.25 - 1.0
EMBARGO = 3.0
VARIANT = Variant(revenue="lump_sum")


@dataclass(frozen=True)
class Market:
    """A small world economy with the roles its members play.

    Parameters
    ----------
    economy
        Calibrated; focal state, patron and challenger are members of their own.
    focal, patron, challenger
        Positions in `economy.iso3`; no challenger if it has no trade on record.
    retaliation : share of the patron's tariff
        Levels that the plans use, each once.
    """

    economy: SmallEconomy
    focal: int
    patron: int
    challenger: int | None
    retaliation: tuple[float, ...]


def tariff_cases(
    market: Market, others: Float[np.ndarray, " future"], challenger: Float[np.ndarray, " future"]
) -> Float[np.ndarray, "future case exporter importer"]:
    """Lay out the tariff matrices of every future: stances by nodes, and the embargo last.

    Parameters
    ----------
    market
        Economy and roles.
    others, challenger : share, ad valorem
        Patron's tariff on all others; tariff between patron and challenger, both ways.
    """
    size = len(market.economy.iso3)
    cases = len(market.retaliation) * NODES.size + 1
    tariffs = np.zeros((others.size, cases, size, size))
    tariffs[:, :, :, market.patron] = others[:, None, None]
    tariffs[:, :, market.patron, market.patron] = 0.0
    if market.challenger is not None:
        tariffs[:, :, market.challenger, market.patron] = challenger[:, None]
        tariffs[:, :, market.patron, market.challenger] = challenger[:, None]
    rates = np.concatenate([np.tile(NODES, len(market.retaliation)), [0.0]])
    answers = np.concatenate([np.repeat(market.retaliation, NODES.size) * rates[:-1], [0.0]])
    tariffs[:, :, market.focal, market.patron] = rates
    tariffs[:, :, market.patron, market.focal] = answers
    if market.challenger is not None:
        tariffs[:, -1, market.focal, market.challenger] = EMBARGO
        tariffs[:, -1, market.challenger, market.focal] = EMBARGO
    return tariffs


def solve_responses(
    market: Market,
    trade_elasticity: Float[np.ndarray, " future"],
    others: Float[np.ndarray, " future"],
    challenger: Float[np.ndarray, " future"],
) -> Responses:
    """Solve every future's equilibria and read off the focal state's real income.

    Parameters
    ----------
    market
        Economy and roles.
    trade_elasticity
        One a future.
    others, challenger : share, ad valorem
        As in `tariff_cases`.

    Returns
    -------
    Responses
        Real income against a world without additional tariffs, in percent, and what an embargo by
        the challenger would take away.

    Raises
    ------
    NotConverged
        An equilibrium was not found; names the future and its tariffs.
    """
    tariffs = tariff_cases(market, others, challenger)
    futures, cases, size, _ = tariffs.shape
    results = solve_cases(
        market.economy,
        tariffs.reshape(-1, size, size),
        np.repeat(trade_elasticity, cases),
        VARIANT,
    )
    if not results.converged.all():
        worst = int(results.residual.argmax())
        future = worst // cases
        raise NotConverged(
            f"{int((~results.converged).sum())} of {results.converged.size} trade equilibria were not found; "
            f"worst: future {future} with trade elasticity {trade_elasticity[future]:.3g} and "
            f"challenger tariff {challenger[future]:.3g}, residual {results.residual[worst]:.2g}; "
            "narrow these ranges in the study",
            results,
        )
    welfare = results.welfare[:, market.focal].reshape(futures, cases)
    income = welfare[:, :-1].reshape(futures, len(market.retaliation), NODES.size)
    embargo = np.maximum(welfare[:, 0] - welfare[:, -1], 0.0)
    return Responses(POSITIONS, np.ascontiguousarray(income), embargo)
