"""From tables of burden sharing to the panel that a reaction function is estimated on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError, UnknownName
from kedge.security import ReactionPanel
from kedge.world.burden_data import PATRON, BurdenTables

GROUPS = {
    "nato": "members of NATO but the United States",
    "asia": "allies of the United States in Asia and the Pacific by bilateral treaty",
    "us-allies": "every ally of the United States by treaty, Latin America included",
}
WEIGHTS = {
    "distance": "allies count by the inverse of their distance",
    "size": "allies count by their GDP",
    "size-distance": "allies count by their GDP over their distance",
}
MEASURES = {
    "share": "log of military spending as a share of GDP",
    "spending": "log of military spending at constant prices",
}
DRIVERS = ("gdp", "threat", "presence")
_KINDS = {"nato": ("nato",), "asia": ("bilateral",), "us-allies": ("nato", "bilateral", "rio")}
NEAREST = 100.0
"""Distances below this many km count as this many: capitals across a border are not the front."""


@dataclass(frozen=True)
class NamedPanel:
    """A panel with the names of its axes.

    Parameters
    ----------
    panel
        Effort is the log of the share of GDP in percent.
    states, years
        Its axes; the patron is among the states but never explained.
    share : percent of GDP
        [state, year].
    gdp : US$ million
        [state, year], constant prices.
    troops : persons
        [state, year], of the patron; 0 where none are known.
    """

    panel: ReactionPanel
    states: tuple[str, ...]
    years: tuple[int, ...]
    share: Float[np.ndarray, "state year"]
    gdp: Float[np.ndarray, "state year"]
    troops: Float[np.ndarray, "state year"]

    @property
    def patron(self) -> int:
        """Index of the patron."""
        return self.states.index(PATRON)

    def between(self, first: int, last: int) -> NamedPanel:
        """Explain only the years from first to last; earlier ones still serve as lags."""
        wanted = [first <= year <= last for year in self.years]
        return replace(self, panel=replace(self.panel, sample=self.panel.sample & np.array(wanted)))


def burden_panel(
    tables: BurdenTables,
    group: str,
    weights: str = "distance",
    patron_apart: bool = False,
    measure: str = "share",
) -> NamedPanel:
    """Line up efforts, weights and drivers.

    Drivers: log of GDP at constant prices; log of challengers' spending of the year before over
    their distance; log of one and the patron's troops in the country.

    Parameters
    ----------
    tables
        From `burden_tables`.
    group
        A name of `GROUPS`: whose effort is explained, from the year each joined.
    weights
        A name of `WEIGHTS`, among states bound to defend each other.
    patron_apart
        The patron's effort of the year before is a driver of its own, `patron`, and does not count
        among the allies; fellow allies of one region (NATO, Asia, Latin America) then count for one
        another even where only the patron binds them, as in Asia.
    measure
        A name of `MEASURES`: what effort is.

    Raises
    ------
    UnknownName
        No such group, weights or measure.
    DomainError
        No member of the group has figures.
    """
    _require_names(group, weights, measure)
    kinds = tables.allies.filter(pl.col("group").is_in(_KINDS[group]))
    joined = dict(kinds.select("iso3", "since").rows())
    placed = set(tables.distances["iso3_a"])
    everyone = (set(tables.allies["iso3"]) | {PATRON}) & placed & set(tables.effort["iso3"])
    states = tuple(sorted(everyone))
    years = tuple(range(int(str(tables.effort["year"].min())), int(str(tables.effort["year"].max())) + 1))
    share = _matrix(tables.effort, "share_gdp", states, years)
    size = _matrix(tables.effort, "gdp_musd", states, years)
    troops = np.nan_to_num(_matrix(tables.troops, "personnel", states, years), nan=0.0)
    gdp, presence = np.log(size), np.log1p(troops)
    effort = np.log(share) + (gdp if measure == "spending" else 0.0)
    drivers, names = [gdp, _threat(tables, states, years), presence], DRIVERS
    scaled = _bound(tables, states, years, patron_apart) * _worth(tables, weights, states, gdp)
    at = states.index(PATRON)
    if patron_apart:
        before = np.full_like(effort[at], np.nan)
        before[1:] = effort[at, :-1]
        drivers.append(np.broadcast_to(before, effort.shape).copy())
        names = (*DRIVERS, "patron")
        scaled[:, :, at] = 0.0
    sample = np.array([[year >= joined.get(state, 9999) for year in years] for state in states])
    if not sample.any():
        raise DomainError(f"no member of {group!r} has figures in these tables; try --data full")
    panel = ReactionPanel(effort, scaled, np.stack(drivers), names, DRIVERS, sample)
    return NamedPanel(panel, states, years, share, size, troops)


def _require_names(group: str, weights: str, measure: str) -> None:
    for kind, name, known in (
        ("group of allies", group, GROUPS),
        ("kind of weights", weights, WEIGHTS),
        ("measure of effort", measure, MEASURES),
    ):
        if name not in known:
            raise UnknownName(kind, name, known)


def _matrix(
    frame: pl.DataFrame, value: str, states: tuple[str, ...], years: tuple[int, ...]
) -> Float[np.ndarray, "state year"]:
    found = np.full((len(states), len(years)), np.nan)
    row, column = ({name: k for k, name in enumerate(axis)} for axis in (states, years))
    for iso3, year, number in frame.select("iso3", "year", value).drop_nulls().rows():
        if iso3 in row and year in column:
            found[row[iso3], column[year]] = number
    return found


def _distance(tables: BurdenTables, rows: tuple[str, ...], columns: tuple[str, ...]) -> np.ndarray:
    known = {(a, b): km for a, b, km in tables.distances.select("iso3_a", "iso3_b", "km").rows()}
    far = np.array([[known.get((a, b), np.inf) for b in columns] for a in rows])
    return np.maximum(far, NEAREST)


def _threat(tables: BurdenTables, states: tuple[str, ...], years: tuple[int, ...]) -> np.ndarray:
    rivals = tuple(sorted(set(tables.challengers["iso3"])))
    spending = np.nan_to_num(_matrix(tables.challengers, "musd", rivals, years), nan=0.0)
    near = (1.0 / _distance(tables, states, rivals)) @ spending
    before = np.full_like(near, np.nan)
    before[:, 1:] = np.where(near[:, :-1] > 0.0, near[:, :-1], np.nan)
    return np.log(before)


def _bound(
    tables: BurdenTables, states: tuple[str, ...], years: tuple[int, ...], fellows: bool
) -> Float[np.ndarray, "year state state"]:
    bound = np.zeros((len(years), len(states), len(states)))
    row, column = ({name: k for k, name in enumerate(axis)} for axis in (states, years))
    for year, a, b in tables.pairs.rows():
        if year in column and a in row and b in row:
            bound[column[year], row[a], row[b]] = bound[column[year], row[b], row[a]] = 1.0
    if fellows:
        region = dict(tables.allies.select("iso3", "group").rows())
        alike = np.array([[region.get(a) == region.get(b) for b in states] for a in states])
        to_patron = bound[:, :, row[PATRON]]
        bound = np.maximum(bound, alike * to_patron[:, :, None] * to_patron[:, None, :])
    return bound


def _worth(tables: BurdenTables, kind: str, states: tuple[str, ...], gdp: np.ndarray) -> np.ndarray:
    worth = np.ones((len(states), len(states)))
    if kind != "size":
        worth = worth / _distance(tables, states, states)
    if kind != "distance":
        # One size a state for all years: a size that moved would let prosperity pass for effort.
        known = np.isfinite(gdp)
        total = np.where(known, np.exp(np.where(known, gdp, 0.0)), 0.0).sum(axis=1)
        worth = worth * total / np.maximum(known.sum(axis=1), 1)
    return worth
