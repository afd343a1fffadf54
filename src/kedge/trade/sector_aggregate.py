"""Fold economies and sectors of a world of many sectors into fewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError, UnknownName
from kedge.trade.sectors import SectorEconomy


def aggregate_sectors(
    world: SectorEconomy,
    economies: Mapping[str, str] | None = None,
    sectors: Mapping[str, str] | None = None,
) -> SectorEconomy:
    """Fold a world by tables of economies and of sectors; folding twice equals folding once.

    Parameters
    ----------
    world
    economies, sectors
        Code to group; groups come out in order of first mention.  Without a table each stays itself;
        a table names every code.

    Returns
    -------
    SectorEconomy
        Flows add up.  Tariffs are weighted by trade before duty; duty between members of one group is
        gone, as in a customs union.  Value added, inputs and elasticities are weighted by output.
        Final spending is what is left after inputs.

    Raises
    ------
    UnknownName
        A table names a code that is not there.
    DomainError
        A table leaves a code out, or one group would be left.

    Examples
    --------
    >>> flows = np.ones((3, 3, 2))
    >>> one, none = np.ones((3, 2)), np.zeros((3, 2, 2))
    >>> args = (np.full(2, 4.0), one, none, np.full((3, 2), 0.5))
    >>> world = SectorEconomy(("A", "B", "C"), ("x", "y"), flows, np.zeros((3, 3, 2)), *args)
    >>> aggregate_sectors(world, {"A": "AB", "B": "AB", "C": "C"}).flows[:, :, 0]
    array([[4., 2.],
           [2., 1.]])
    """
    iso3, states = _pick(world.iso3, economies, "economy")
    names, kinds = _pick(world.sectors, sectors, "sector")
    if len(iso3) < 2:
        raise DomainError("at least two economies must be left")

    def fold(values: Float[np.ndarray, "exporter importer sector"]) -> np.ndarray:
        return np.einsum("an,bm,ck,nmk->abc", states, states, kinds, values, optimize=True)

    flows, duty = fold(world.flows), fold(world.flows * world.tariffs)
    tariffs = np.divide(duty, flows, out=np.zeros_like(duty), where=flows > 0)
    np.einsum("iik->ik", tariffs)[:] = 0.0
    output = states @ world.output @ kinds.T
    made = np.where(output > 0, output, 1.0)
    value_added = np.where(output > 0, states @ (world.value_added * world.output) @ kinds.T / made, 1.0)
    bought = np.einsum(
        "an,cm,bk,nmk,nk->acb", states, kinds, kinds, world.inputs, world.output, optimize=True
    )
    inputs = bought / made[:, None, :]
    elasticity = aggregate_elasticity(world, world.elasticity, sectors)
    rough = SectorEconomy(iso3, names, flows, tariffs, elasticity, value_added, inputs, np.ones_like(output))
    left = np.maximum(rough.spending - np.einsum("nmk,nk->nm", inputs, output), 0.0)
    return SectorEconomy(
        iso3, names, flows, tariffs, elasticity, value_added, inputs, left / left.sum(axis=1, keepdims=True)
    )


def aggregate_elasticity(
    world: SectorEconomy, elasticity: Float[np.ndarray, " sector"], sectors: Mapping[str, str] | None
) -> Float[np.ndarray, " group"]:
    """Fold any set of elasticities as `aggregate_sectors` folds the world's own: weighted by output.

    Raises
    ------
    UnknownName, DomainError
        As `aggregate_sectors`.
    """
    _, kinds = _pick(world.sectors, sectors, "sector")
    weight = world.output.sum(axis=0)
    return kinds @ (weight * elasticity) / (kinds @ weight)


def _pick(
    codes: Sequence[str], table: Mapping[str, str] | None, kind: str
) -> tuple[tuple[str, ...], Float[np.ndarray, "group code"]]:
    """Give the groups, and which code is in which."""
    table = {code: code for code in codes} if table is None else table
    for code in table:
        if code not in codes:
            raise UnknownName(kind, code, codes)
    left = [code for code in codes if code not in table]
    if left:
        raise DomainError(f"the table has no group for {kind} {', '.join(left[:8])}; name every one")
    groups = tuple(dict.fromkeys(table[code] for code in codes if code in table))
    pick = np.zeros((len(groups), len(codes)))
    for column, code in enumerate(codes):
        pick[groups.index(table[code]), column] = 1.0
    return groups, pick
