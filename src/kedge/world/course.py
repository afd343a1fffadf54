"""What a block of futures runs through whatever the plan: a record a year, futures side by side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numba import njit

from kedge.core.lanes import LANE, LANES
from kedge.security.joiners import CONTEST, Joiners, new_joiners
from kedge.world.ground import Ground

# One year.  `point` is a percent of the focal state's GDP at purchasing power, `commitment` the
# patron's log-odds of coming by its school.
YEAR = np.dtype(
    [
        (name, *LANE)
        for name in (
            *("challenger", "protege", "patron_near", "patron_far"),
            *("focal_stock", "point", "commitment"),
        )
    ]
)

# What is worked with in one year: the contest, then what surrounds it.  Odds are `[2 * focal + patron]`,
# either out or in.  The contest's fields come last: numba takes a record that begins with another's for a
# kind of that one, and warns.
_PRESENT = (
    *("focal_unit", "strike_unit", "weightless_unit", "reference", "lean", "discount", "discounts"),
    *("mature", "pooled", "joining_out", "joining_in", "commitment", "income", "node"),
)
PRESENT = np.dtype(
    [
        *((name, *LANE) for name in (*_PRESENT, *(CONTEST.names or ()))),
        ("lost_by", "f8", (4, LANES)),
        ("held_by", "f8", (4, LANES)),
    ]
)

# One state's forces: growth factor and GDP, stock, the force a dollar buys, its share of all stocks,
# and strength a billion US$.  `total` is all stocks, `whole` the share of a state that brings all.
FORCE = np.dtype(
    [(name, *LANE) for name in ("factor", "gdp", "level", "price", "share", "unit", "total", "whole")]
)


class Course(NamedTuple):
    """One block of futures before any plan.

    Parameters
    ----------
    year : record array, [year]
        Of `YEAR`.
    partner : strength, [year, partner, lane]
        If it joins, before friction.
    stock : billion US$, [state, year, lane]
        At purchasing power.
    present : record array, [1]
        Of `PRESENT`; scratch.
    force : record array, [1]
        Of `FORCE`; scratch.
    joiners
        Scratch; holds the partners' steady log-odds.
    first : index, [plan]
        Of the first plan that seeks the same ties and standards by the same year.
    node : (1 + tariff) ** -4, [node]
    curve : percent, [stance, node, lane]
        Real income over tariffs, in Newton's form.
    untaxed : percent, [stance, lane]
        Real income without an additional tariff.
    embargo : percent of GDP, [lane]
    """

    year: np.ndarray
    partner: Float[np.ndarray, "year partner lane"]
    stock: Float[np.ndarray, "state year lane"]
    present: np.ndarray
    force: np.ndarray
    joiners: Joiners
    first: np.ndarray
    node: Float[np.ndarray, " node"]
    curve: Float[np.ndarray, "stance node lane"]
    untaxed: Float[np.ndarray, "stance lane"]
    embargo: Float[np.ndarray, " lane"]


@njit(cache=True, error_model="numpy")
def new_course(ground: Ground, first: np.ndarray, node: Float[np.ndarray, " node"], stances: int) -> Course:
    """Make room for a block of futures."""
    return Course(
        np.zeros(ground.years, YEAR),
        np.zeros((ground.years, ground.partners.size, LANES)),
        np.zeros((ground.gdp.size, ground.years, LANES)),
        np.zeros(1, PRESENT),
        np.zeros(1, FORCE),
        new_joiners(ground.partners.size),
        first,
        node,
        np.zeros((stances, node.size, LANES)),
        np.zeros((stances, LANES)),
        np.zeros(LANES),
    )
