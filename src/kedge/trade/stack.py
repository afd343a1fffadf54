"""What a schedule charges on one day: each good pays what is left after rules of stacking."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError, UnknownName
from kedge.trade.provisions import (
    EVERYONE,
    EVERYTHING,
    GOODS_SECTIONS,
    SUSPENDS,
    Provision,
    Schedule,
    is_sector,
)

Rates = Float[np.ndarray, "exporter importer sector"]
Sectors = Sequence[str] | Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Part:
    """A part of a sector that every provision treats as one: a group of goods, or the rest."""

    sector: str
    goods: str
    share: float


@dataclass(frozen=True)
class Due:
    """What one provision adds to a sector's rate.

    Parameters
    ----------
    provision
    goods
        Group of goods within the sector; empty for the rest of it.
    share : share
        Part of the sector's trade that pays.
    rate : share, ad valorem
        What this trade pays under the provision.
    """

    provision: Provision
    goods: str
    share: float
    rate: float

    @property
    def points(self) -> float:
        """Contribution to the sector's average rate, as a share."""
        return self.share * self.rate


def rates_on(
    schedule: Schedule,
    day: datetime.date,
    iso3: Sequence[str],
    sectors: Sectors = (EVERYTHING,),
    base: Rates | None = None,
) -> Rates:
    """Work out what each pair pays on one day, by sector.

    Parameters
    ----------
    schedule
    iso3
        Codes of the first two axes.
    sectors
        Codes of ISIC rev. 4 as in the OECD's tables (C24, C10T12), groups of goods (steel), or
        `all`: the headline, which knows only measures on all goods.  A mapping builds other lists:
        `{"metals": {"C24": 0.6, "C25": 0.4}}` by weight.  Services pay nothing.
    base : share, ad valorem
        Ordinary duty, which a `total` includes; none if left out.

    Returns
    -------
    Rates
        Shares, on top of the ordinary duty; zero on the diagonal.

    Raises
    ------
    UnknownName
        A sector is no code and no group of goods.
    DomainError
        `base` has another shape.

    Examples
    --------
    >>> steel = Provision("steel", "USA", goods=("C24",), rate=0.25)
    >>> rest = Provision("rest", "USA", rate=0.1, yields_to=("steel",))
    >>> rates_on(Schedule((steel, rest)), datetime.date(2025, 5, 1), ["USA", "JPN"], ["C24", "C29"])[1, 0]
    array([0.25, 0.1 ])
    """
    labels = list(sectors)
    shape = (len(iso3), len(iso3), len(labels))
    if base is not None and base.shape != shape:
        raise DomainError(f"base duty should have the shape {shape}, got {base.shape}")
    parts = [parts_of(schedule, label, sectors) for label in labels]
    live, known, rates = _live(schedule, day), _memberships(schedule), np.zeros(shape)
    for i, importer in enumerate(iso3):
        mine = [row for row in live if _closeness((row.importer,), importer, known) is not None]
        for j, exporter in enumerate(iso3):
            if i != j and mine:
                ordinary = np.zeros(len(labels)) if base is None else base[j, i]
                rates[j, i] = _pair_rates(_of_pair(mine, importer, exporter, known), parts, ordinary)
    return rates


def stack_on(
    schedule: Schedule,
    day: datetime.date,
    pair: tuple[str, str],
    sector: str = EVERYTHING,
    base: float = 0.0,
) -> tuple[Due, ...]:
    """List the provisions that make one pair's rate in one sector; their `points` add up to it.

    Parameters
    ----------
    pair
        Importer, exporter.
    sector, base
        As in `rates_on`.

    Raises
    ------
    UnknownName
        The sector is no code and no group of goods.
    """
    rows = _of_pair(_live(schedule, day), *pair, _memberships(schedule))
    parts = parts_of(schedule, sector)
    dues = [due for part in parts for due in _stack(rows, part, base)]
    return tuple(sorted(dues, key=lambda due: (-due.points, due.provision.measure, due.goods)))


def average_rates(rates: Rates, weights: Rates) -> Float[np.ndarray, "exporter importer"]:
    """Average rates over sectors, weighted by trade; pairs without trade get the plain mean.

    Parameters
    ----------
    rates : share, ad valorem
    weights : any unit
        Imports by sector, before duty.

    Raises
    ------
    DomainError
        Shapes differ, or a weight is negative.
    """
    if rates.shape != weights.shape or (weights < 0).any():
        raise DomainError(
            f"weights should be trade of the shape {rates.shape}, none negative; got {weights.shape}"
        )
    total = weights.sum(axis=-1)
    filled = np.where(total[..., None] > 0, weights, 1.0)
    return (rates * filled).sum(axis=-1) / filled.sum(axis=-1)


def parts_of(schedule: Schedule, label: str, sectors: Sectors = ()) -> tuple[Part, ...]:
    """Split a sector into its groups of goods and the rest; services have no part that pays.

    Raises
    ------
    UnknownName
        The label is no code, no group of goods and not `all`.
    DomainError
        Weights of a mapping are not positive.
    """
    if isinstance(sectors, Mapping):
        return _mixed(schedule, label, sectors[label])
    groups = schedule.kinds_of_goods
    whole = {EVERYTHING: Part(EVERYTHING, "", 1.0), **{name: Part("", name, 1.0) for name in groups}}
    if label in whole:
        return (whole[label],)
    if not is_sector(label):
        raise UnknownName("sector or group of goods", label, {*groups, EVERYTHING, "C24", "C10T12"})
    if label[0] not in GOODS_SECTIONS:
        return ()
    found = sorted((each.goods, each.share) for each in schedule.goods if each.sector == label)
    rest = 1.0 - math.fsum(share for _, share in found)
    return (*(Part(label, name, share) for name, share in found), Part(label, "", max(rest, 0.0)))


def _mixed(schedule: Schedule, label: str, members: Mapping[str, float]) -> tuple[Part, ...]:
    total = math.fsum(members.values())
    if not total > 0 or min(members.values()) < 0:
        raise DomainError(f"sector {label}: weights should be positive, got {dict(members)}")
    return tuple(
        Part(part.sector, part.goods, part.share * weight / total)
        for code, weight in members.items()
        for part in parts_of(schedule, code)
    )


def fits_pair(schedule: Schedule, row: Provision, pair: tuple[str, str]) -> bool:
    """Say whether a provision is about this importer and exporter."""
    known = _memberships(schedule)
    return bool(_of_pair([row], *pair, known))


def fits_goods(row: Provision, part: Part) -> int | None:
    """Say how closely a provision names the goods: 1 by name, 0 as all goods, None not at all."""
    return None if any(_names(e[1:], part) for e in row.goods if e[:1] == "-") else _named(row, part)


def _named(row: Provision, part: Part) -> int | None:
    if any(_names(entry, part) for entry in row.goods):
        return 1
    return 0 if EVERYTHING in row.goods else None


def _names(entry: str, part: Part) -> bool:
    """Compare an entry with a part; C24 names C24A as well, but not C24T25."""
    if part.goods and entry == part.goods:
        return True
    rest = part.sector.removeprefix(entry)
    return (
        part.sector.startswith(entry) and entry != EVERYTHING and bool(entry) and rest[:1] not in ("T", "_")
    )


def _live(schedule: Schedule, day: datetime.date) -> list[Provision]:
    return [row for row in schedule.provisions if row.is_in_force(day)]


def _memberships(schedule: Schedule) -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    for group, members in schedule.groups.items():
        for member in members:
            known.setdefault(member, set()).add(group)
    return known


def _closeness(entries: Iterable[str], state: str, known: Mapping[str, set[str]]) -> int | None:
    """Say how closely entries name a state: 2 itself, 1 its group, 0 everyone, None not at all."""
    groups, entries = known.get(state, set()), set(entries)
    if f"-{state}" in entries or any(f"-{group}" in entries for group in groups):
        return None
    if state in entries:
        return 2
    return 1 if groups & entries else (0 if EVERYONE in entries else None)


Close = tuple[int, int]


def _of_pair(
    rows: Iterable[Provision], importer: str, exporter: str, known: Mapping[str, set[str]]
) -> list[tuple[Close, Provision]]:
    found: list[tuple[Close, Provision]] = []
    for row in rows:
        here = _closeness((row.importer,), importer, known)
        there = _closeness(row.exporters, exporter, known)
        if here is not None and there is not None:
            found.append(((there, here), row))
    return found


def _pair_rates(
    rows: list[tuple[Close, Provision]], parts: list[tuple[Part, ...]], base: np.ndarray
) -> list[float]:
    if not rows:
        return [0.0] * len(parts)
    return [
        math.fsum(due.points for part in of_sector for due in _stack(rows, part, float(base[k])))
        for k, of_sector in enumerate(parts)
    ]


def _stack(rows: list[tuple[Close, Provision]], part: Part, base: float) -> list[Due]:
    """Apply the rules of stacking to one part: lift, stand aside, then charge."""
    chosen = _chosen(rows, part)
    charges = [row for row in chosen if row.charges]
    lifting = [row for row in chosen if not row.charges]
    scope = {row.measure: row.coverage * _left(row, lifting, exempt=False) for row in charges}
    dues = []
    for row in charges:
        aside = math.prod(1.0 - scope.get(name, 0.0) for name in sorted(set(row.yields_to)))
        pays = part.share * scope[row.measure] * _left(row, lifting, exempt=True) * aside
        rate = max(row.rate - base, 0.0) if row.kind == "total" else row.rate
        if pays > 0.0:
            dues.append(Due(row, part.goods, pays, rate))
    return dues


def _left(row: Provision, lifting: list[Provision], *, exempt: bool) -> float:
    """Give the share of a measure's trade that suspensions (or exemptions) leave."""
    kinds = ("exemption",) if exempt else SUSPENDS
    return math.prod(
        sorted(1.0 - each.coverage for each in lifting if each.kind in kinds and row.measure in each.lifts)
    )


def _chosen(rows: list[tuple[Close, Provision]], part: Part) -> list[Provision]:
    """Pick, of each measure, the provision that names pair and goods most closely, then the latest."""
    best: dict[tuple[str, tuple[str, ...]], tuple[tuple, Provision]] = {}
    for close, row in rows:
        goods = fits_goods(row, part)
        if goods is None:
            continue
        key = (row.measure, tuple(sorted(row.lifts)))
        rank = (*close, goods, row.start, row.rate, row.coverage, row.kind, row.yields_to, row.note)
        if key not in best or rank > best[key][0]:
            best[key] = (rank, row)
    return [best[key][1] for key in sorted(best)]
