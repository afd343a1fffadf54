"""Which tariffs a player may set, and how a short vector of rates makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from kedge.core.errors import DomainError, UnknownName
from kedge.trade.model import Response, TradeModel

Tariffs = Float[np.ndarray, "exporter importer ..."]
Rates = Float[np.ndarray, " lever"]
Bound = float | Sequence[float]
Kind = Literal["uniform", "partner", "sector", "partner_sector"]

EUROPEAN_UNION = (
    "AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN",
    "IRL", "ITA", "LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "SWE", "XEU",
)  # fmt: skip
"""Members in 2025, with the code that the package's own tables give to the smaller ones together."""

GROUPS = {"EU": EUROPEAN_UNION}


@dataclass(frozen=True)
class Player:
    """Who sets tariffs: one economy, or several.

    Parameters
    ----------
    name
        For tables.
    members
        Codes; tariffs among members stay as they are.
    common
        Whether all members levy the same rates on outsiders, as a customs union does.
    """

    name: str
    members: tuple[str, ...]
    common: bool = True


def find_player(known: Sequence[str], who: str | Player, common: bool = True) -> Player:
    """Read who sets tariffs.

    Parameters
    ----------
    known
        Codes of the model.
    who
        A code (`USA`), a group (`EU`: its members that the model has), codes joined by `+`
        (`DEU+FRA`), either with a name before it (`Weimar=DEU+FRA+POL`), or a player ready made.
    common
        Of a group that is not ready made: one tariff for all members, or each its own.

    Raises
    ------
    UnknownName
        A code is not in the model, and no group is called that.
    DomainError
        A code comes twice, or there is none.

    Examples
    --------
    >>> find_player(("USA", "DEU", "FRA"), "EU").members
    ('DEU', 'FRA')
    """
    player = who if isinstance(who, Player) else _read_player(known, who, common)
    for code in player.members:
        if code not in known:
            raise UnknownName("economy", code, [*known, *GROUPS])
    if not player.members or len(set(player.members)) < len(player.members):
        raise DomainError(f"{player.name!r} should list at least one economy, none twice: {player.members}")
    return player


def _read_player(known: Sequence[str], who: str, common: bool) -> Player:
    name, _, listed = who.rpartition("=")
    members: list[str] = []
    for code in listed.split("+"):
        is_group = code not in known and code in GROUPS
        members += [member for member in GROUPS[code] if member in known] if is_group else [code]
    return Player(name or listed, tuple(members), common)


@dataclass(frozen=True)
class Levers:
    """Rates that one player sets, and the cells of the tariff table that each of them fills.

    Parameters
    ----------
    labels
        One a lever: `all`, a partner, a sector, `partner/sector`; `member:` before it where members
        differ.
    importers
        Members, by position.
    cell
        Flat position in the table of tariffs, of every cell that the levers fill.
    column
        Flat position of the same cell within its importer's `exporter ...` table.
    owner
        Its importer.
    lever
        Its lever.
    weight : share
        Baseline imports under each lever, in what the members bought together.
    low, high : share, ad valorem
        Bounds of each rate.
    """

    player: Player
    kind: Kind
    labels: tuple[str, ...]
    importers: tuple[int, ...]
    cell: Int[np.ndarray, " cell"]
    column: Int[np.ndarray, " cell"]
    owner: Int[np.ndarray, " cell"]
    lever: Int[np.ndarray, " cell"]
    weight: Rates
    low: Rates
    high: Rates

    def __len__(self) -> int:
        return len(self.labels)

    def lay(self, rates: Rates, tariffs: Tariffs) -> Tariffs:
        """Give a copy of `tariffs` with these rates in the levers' cells."""
        laid = np.array(tariffs, dtype=np.float64)
        laid.reshape(-1)[self.cell] = np.asarray(rates)[self.lever]
        return laid

    def read(self, tariffs: Tariffs) -> Rates:
        """Give the mean of `tariffs` over each lever's cells: the rates, where these levers made them."""
        cells = np.asarray(tariffs).reshape(-1)[self.cell]
        return np.bincount(self.lever, cells, len(self)) / np.bincount(self.lever, minlength=len(self))

    def slope(self, answer: Response, weights: Float[np.ndarray, " economy"]) -> Rates:
        """Give the slope of `weights @ welfare` in each rate, percent per unit of tariff."""
        total = np.zeros(len(self))
        for importer in self.importers:
            mine = self.owner == importer
            pulled = answer.pull(weights, importer).reshape(-1)[self.column[mine]]
            total += np.bincount(self.lever[mine], pulled, len(self))
        return total

    def clip(self, rates: Rates) -> Rates:
        """Give the nearest rates within the bounds."""
        return np.clip(rates, self.low, self.high)


def make_levers(
    model: TradeModel,
    who: str | Player,
    kind: Kind = "uniform",
    partners: Sequence[str] | None = None,
    bounds: tuple[Bound, Bound] = (0.0, 2.0),
) -> Levers:
    """Say which tariffs a player may set.

    Parameters
    ----------
    model
        Pairs (and sectors) without baseline trade have no lever: no rate there changes anything.
    who
        As `find_player` reads it.
    kind
        One rate for all; one a partner; one a sector; or one a partner and sector.
    partners
        Codes or groups whose goods the player may tax; all outsiders where left out.  Other tariffs stay.
    bounds : share, ad valorem
        Lowest and highest rate, each a number or one a lever; below zero is a subsidy, and -0.9 the end.

    Returns
    -------
    Levers
        In the order members, partners, sectors.  A group's members each have their own where its
        `common` is False.

    Raises
    ------
    UnknownName
        No such economy, or no such kind.
    DomainError
        The player buys nothing from these partners, the model has no sectors, or bounds are the
        wrong way round.
    """
    if kind not in get_args(Kind):
        raise UnknownName("kind of levers", kind, get_args(Kind))
    player = find_player(model.iso3, who)
    imports = np.asarray(model.imports, dtype=np.float64)
    if imports.ndim == 2 and "sector" in kind:
        raise DomainError(f"levers by {kind} want a model of sectors; take uniform or partner with this one")
    count, sectors = len(model.iso3), int(np.prod(imports.shape[2:]))
    members = [model.iso3.index(code) for code in player.members]
    exporters = _outsiders(model.iso3, player, partners)
    table = imports.reshape(count, count, sectors)
    free = np.zeros(table.shape, bool)
    free[np.ix_(exporters, members)] = True
    j, i, s = np.nonzero(free & (table > 0.0))
    if not j.size:
        raise DomainError(f"{player.name} buys nothing from the partners named, so it has no tariff to set")
    key = np.zeros(j.size, np.int64) if player.common else i.copy()
    key = key * count + (j if kind.startswith("partner") else 0)
    key = key * sectors + (s if kind.endswith("sector") else 0)
    _, first, lever = np.unique(key, return_index=True, return_inverse=True)
    bought = (imports * (1.0 + np.asarray(model.tariffs))).reshape(count, count, sectors)[:, members].sum()
    weight = np.bincount(lever, table[j, i, s]) / bought
    labels = tuple(_label(model, player, kind, (int(j[at]), int(i[at]), int(s[at]))) for at in first)
    low, high = _bounds(bounds, labels)
    cell, column = (j * count + i) * sectors + s, j * sectors + s
    return Levers(player, kind, labels, tuple(members), cell, column, i, lever, weight, low, high)


def spending_weights(model: TradeModel, members: Sequence[str]) -> Float[np.ndarray, " economy"]:
    """Give members' shares of what they bought together in the baseline, at prices with duty; zero elsewhere.

    `weights @ welfare` is then the change of the group's joint real income, percent.
    """
    taxed = np.asarray(model.imports) * (1.0 + np.asarray(model.tariffs))
    bought = taxed.reshape(len(model.iso3), len(model.iso3), -1).sum(axis=(0, 2))
    weights = np.where(np.isin(model.iso3, members), bought, 0.0)
    return weights / weights.sum()


def _outsiders(iso3: Sequence[str], player: Player, partners: Sequence[str] | None) -> list[int]:
    named = list(iso3)
    if partners is not None:
        named = [code for who in partners for code in find_player(iso3, who).members]
    return [at for at, code in enumerate(iso3) if code in named and code not in player.members]


def _label(model: TradeModel, player: Player, kind: Kind, at: tuple[int, int, int]) -> str:
    exporter, importer, sector = at
    parts = [model.iso3[exporter]] if kind.startswith("partner") else []
    if kind.endswith("sector"):
        names = getattr(model, "sectors", ())
        parts.append(names[sector] if sector < len(names) else f"sector {sector}")
    label = "/".join(parts) or "all"
    return label if player.common else f"{model.iso3[importer]}:{label}"


def _bounds(bounds: tuple[Bound, Bound], labels: tuple[str, ...]) -> tuple[Rates, Rates]:
    sides = [np.asarray(side, dtype=np.float64) for side in bounds]
    if any(side.shape not in ((), (len(labels),)) for side in sides):
        raise DomainError(f"{len(labels)} levers want bounds of one number, or of as many each")
    low, high = (np.broadcast_to(side, (len(labels),)).copy() for side in sides)
    if not (
        np.isfinite(low).all() and np.isfinite(high).all() and (low >= -0.9).all() and (low < high).all()
    ):
        raise DomainError(
            "bounds are shares (0.25 is 25 %): the low one at least -0.9 and under the high one, "
            f"got {low.min():g} and {high.max():g}"
        )
    return low, high


def join_levers(model: TradeModel, parts: Sequence[Levers], name: str | None = None) -> Levers:
    """Give several players' levers to one, which then sets them all, as allies do who answer together.

    Parameters
    ----------
    name
        Of the player that they make; their names joined by `+` where left out.

    Raises
    ------
    DomainError
        An economy is in two of them, or there are none.
    """
    members = [code for part in parts for code in part.player.members]
    check_apart([part.player for part in parts])
    bought = spending_weights(model, model.iso3)
    sizes = [float(bought[list(part.importers)].sum()) for part in parts]
    first = np.cumsum([0, *map(len, parts)])

    def gather(name: str, by: Sequence[float] | None = None, plus: Sequence[int] | None = None) -> np.ndarray:
        values = [np.asarray(getattr(part, name)) for part in parts]
        if by is not None:
            values = [each * size for each, size in zip(values, by, strict=True)]
        if plus is not None:
            values = [each + more for each, more in zip(values, plus, strict=True)]
        return np.concatenate(values)

    return Levers(
        Player(name or "+".join(part.player.name for part in parts), tuple(members), common=False),
        parts[0].kind,
        tuple(f"{part.player.name}:{label}" for part in parts for label in part.labels),
        tuple(gather("importers").tolist()),
        gather("cell"),
        gather("column"),
        gather("owner"),
        gather("lever", plus=first[:-1].tolist()),
        gather("weight", by=[size / sum(sizes) for size in sizes]),
        gather("low"),
        gather("high"),
    )


def check_apart(players: Sequence[Player]) -> None:
    """Refuse players that share an economy, or no players at all.

    Raises
    ------
    DomainError
        With the economies shared.
    """
    if not players:
        raise DomainError("name at least one player")
    members = [code for player in players for code in player.members]
    twice = sorted({code for code in members if members.count(code) > 1})
    if twice:
        raise DomainError(f"{', '.join(twice)} should be in one player only; leave it out of the others")
