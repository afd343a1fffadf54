"""How one player's best tariff moves with another's."""

from __future__ import annotations

import numpy as np
import polars as pl

from kedge.core.errors import DomainError
from kedge.trade.levers import Levers, Tariffs
from kedge.trade.model import TradeModel
from kedge.trade.optimal import best_tariff

POINTS = 9


def answer_curve(
    model: TradeModel, player: Levers, rival: Levers, top: float, against: Tariffs, points: int = POINTS
) -> pl.DataFrame:
    """Trace a player's best uniform tariff over a rival's, everyone else's as they are.

    Parameters
    ----------
    player, rival
        Levers of one rate each.
    top : share, ad valorem
        The rival's rates run from zero to this.
    against : share, ad valorem
        Everyone's tariffs; those of the two are overwritten.
    points
        Rates of the rival, evenly spread.

    Returns
    -------
    DataFrame
        rival, best (shares); welfare of the player and rival_welfare (percent).

    Raises
    ------
    DomainError
        A player has more than one lever, or `top` is not above zero.
    NotConverged
        A best answer was not found.
    """
    if len(player) != 1 or len(rival) != 1:
        raise DomainError("best answers are traced for one rate each; take levers of the kind uniform")
    if not top > 0.0:
        raise DomainError(f"top should be a share above zero, got {top}")
    rows = []
    for rate in np.linspace(0.0, top, points):
        found = best_tariff(model, player, against=rival.lay(np.array([rate]), against)).unwrap()
        there = found.welfare[list(rival.importers)].mean()
        rows.append((rate, float(found.rates[0]), found.value, float(there)))
    return pl.DataFrame(rows, schema=["rival", "best", "welfare", "rival_welfare"], orient="row")
