"""Dated legal measures: one provision charges a rate on some goods, or lifts what others charge."""

from __future__ import annotations

import dataclasses
import datetime
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from kedge.core.errors import DomainError, UnknownName

EVERYONE, EVERYTHING = "*", "all"
CHARGES, SUSPENDS = ("additional", "total"), ("suspension", "annulment")
KINDS = (*CHARGES, *SUSPENDS, "exemption")
STATUSES = ("adopted", "announced")
CODE = re.compile(r"(?P<section>[A-U])(?:(?P<division>\d\d)[0-9A-Z_]*)?")
DIVISIONS = {
    "A": (1, 3), "B": (5, 9), "C": (10, 33), "D": (35, 35), "E": (36, 39), "F": (41, 43), "G": (45, 47),
    "H": (49, 53), "I": (55, 56), "J": (58, 63), "K": (64, 66), "L": (68, 68), "M": (69, 75),
    "N": (77, 82), "O": (84, 84), "P": (85, 85), "Q": (86, 88), "R": (90, 93), "S": (94, 96),
    "T": (97, 98), "U": (99, 99),
}  # fmt: skip
"""First and last division of every section of ISIC rev. 4."""
GOODS_SECTIONS = "ABC"

Kind = Literal["additional", "total", "suspension", "annulment", "exemption"]


@dataclass(frozen=True)
class Provision:
    """One provision of a measure: it charges a rate on some goods, or lifts what others charge.

    Parameters
    ----------
    measure
        Name of the law or programme.  Of a measure's provisions that fit the same goods of the same
        pair one counts: that which names the pair most closely, then the goods, then the latest.
    importer
        Code, group or `*`.
    exporters, goods
        Codes or groups; `*` is everyone, `all` is every good, and `-X` takes X out.  Goods are
        groups of a schedule (steel, cars) or codes of sectors (C24).
    rate : share, ad valorem
    kind
        `additional` comes on top.  `total` includes the ordinary duty: what is missing to `rate` is
        charged.  `suspension` and `annulment` (by a court) take other measures out of force;
        `exemption` frees goods that stay within another measure's scope.
    start, end
        First day in force, and first day no longer in force (None: open).
    coverage : share
        Part of the trade in these goods that the provision reaches, between `low` and `high`.
    yields_to
        Measures that a good pays instead of this one.
    lifts
        Measures that a suspension, annulment or exemption works on.
    status
        `announced` is a threat: never in force unless asked for.
    law, url, source, note
        Legal citation, address, key of the source, remark.
    """

    measure: str
    importer: str
    exporters: tuple[str, ...] = (EVERYONE,)
    goods: tuple[str, ...] = (EVERYTHING,)
    rate: float = 0.0
    kind: Kind = "additional"
    start: datetime.date = datetime.date.min
    end: datetime.date | None = None
    coverage: float = 1.0
    low: float = math.nan
    high: float = math.nan
    yields_to: tuple[str, ...] = ()
    lifts: tuple[str, ...] = ()
    status: Literal["adopted", "announced"] = "adopted"
    law: str = ""
    url: str = ""
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        wrong = [message for is_wrong, message in self._checks() if is_wrong]
        if wrong:
            raise DomainError(f"{self.measure or 'a measure without a name'}: {'; '.join(wrong)}")

    def _checks(self) -> list[tuple[bool, str]]:
        charges, bounds = self.kind in CHARGES, (self.low, self.high)
        ordered = all(math.isnan(each) or 0.0 <= each <= 1.0 for each in bounds) and not (
            self.low > self.coverage or self.high < self.coverage
        )
        return [
            (not self.measure, "measure is empty; give it a name"),
            (not self.importer, "importer is empty; name a state such as USA"),
            (not self.exporters, "exporters are empty; name states, or * for everyone"),
            (not self.goods, "goods are empty; name goods, or all"),
            (self.kind not in KINDS, f"kind should be one of {', '.join(KINDS)}, found {self.kind!r}"),
            (self.status not in STATUSES, f"status should be adopted or announced, found {self.status!r}"),
            (not 0.0 <= self.rate < 100.0, f"rate should be a share (0.25 is 25 %), found {self.rate}"),
            (not 0.0 <= self.coverage <= 1.0, f"coverage should be from 0 to 1, found {self.coverage}"),
            (not ordered, f"low and high should enclose the coverage {self.coverage}, found {bounds}"),
            (
                self.end is not None and self.end < self.start,
                f"ends on {self.end}, before it starts on {self.start}; swap the dates",
            ),
            (charges and bool(self.lifts), f"a {self.kind} duty lifts nothing; leave out `lifts`"),
            (not charges and not self.lifts, f"says not what the {self.kind} works on; give `lifts`"),
            (not charges and self.rate != 0.0, f"has a rate, but no {self.kind} charges; leave it out"),
            (self.measure in (*self.yields_to, *self.lifts), "works on itself; name others"),
        ]  # fmt: skip

    @property
    def charges(self) -> bool:
        """Whether it charges a rate rather than lifting one."""
        return self.kind in CHARGES

    def is_in_force(self, day: datetime.date) -> bool:
        """Say whether its dates and status let it count on that day, before any suspension."""
        return self.status == "adopted" and self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True)
class GoodsShare:
    """How much of a sector's trade is of one group of goods.

    Parameters
    ----------
    goods
        Name of the group, such as steel.
    sector
        Code of the sector, such as C24.
    share, low, high : share
        Best value and range.
    source, note
        Where it is from; `assumption` where nobody measured it.
    """

    goods: str
    sector: str
    share: float
    low: float = math.nan
    high: float = math.nan
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Schedule:
    """Measures, and what is needed to read them: goods within sectors, and groups of states.

    Parameters
    ----------
    provisions
        Order does not matter.
    goods
        Groups of goods as shares of sectors; within a sector they do not overlap.
    groups
        Members of groups of states (EU) and of regions, by name.
    """

    provisions: tuple[Provision, ...]
    goods: tuple[GoodsShare, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sums: dict[str, float] = {}
        for each in self.goods:
            if not 0.0 <= each.share <= 1.0:
                raise DomainError(
                    f"goods {each.goods} in {each.sector}: share {each.share} is not from 0 to 1"
                )
            sums[each.sector] = sums.get(each.sector, 0.0) + each.share
        over = [sector for sector, total in sums.items() if total > 1.0 + 1e-9]
        if over:
            raise DomainError(
                f"goods of sector {over[0]} add up to {sums[over[0]]:.3g}; at most 1 is possible"
            )

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of all measures, sorted."""
        return tuple(sorted({each.measure for each in self.provisions}))

    @property
    def kinds_of_goods(self) -> tuple[str, ...]:
        """Names of all groups of goods, sorted."""
        return tuple(sorted({each.goods for each in self.goods}))

    def of(self, measure: str) -> tuple[Provision, ...]:
        """Give a measure's provisions.

        Raises
        ------
        UnknownName
            No provision is of that measure.
        """
        found = tuple(each for each in self.provisions if each.measure == measure)
        if not found:
            raise UnknownName("tariff measure", measure, self.measures)
        return found

    def without(self, *measures: str) -> Schedule:
        """Give the schedule as if these measures had never been: drop a pause, and it never came.

        Raises
        ------
        UnknownName
            No provision is of such a measure.
        """
        for name in measures:
            self.of(name)
        kept = tuple(each for each in self.provisions if each.measure not in measures)
        return dataclasses.replace(self, provisions=kept)

    def including(self, *measures: str) -> Schedule:
        """Give the schedule as if these announced measures had been adopted.

        Raises
        ------
        UnknownName
            No provision is of such a measure.
        """
        return self._changed(measures, status="adopted")

    def with_coverage(self, measure: str, coverage: float) -> Schedule:
        """Give the schedule with another coverage of one measure, such as an exemption's low end.

        Raises
        ------
        UnknownName, DomainError
            No such measure; not a share.
        """
        return self._changed((measure,), coverage=coverage, low=math.nan, high=math.nan)

    def _changed(self, measures: tuple[str, ...], **fields: object) -> Schedule:
        for name in measures:
            self.of(name)
        made = tuple(
            dataclasses.replace(each, **fields) if each.measure in measures else each  # pyright: ignore[reportArgumentType]
            for each in self.provisions
        )
        return dataclasses.replace(self, provisions=made)

    def with_measures(self, provisions: tuple[Provision, ...]) -> Schedule:
        """Give the schedule with more provisions, such as a user's own."""
        return dataclasses.replace(self, provisions=(*self.provisions, *provisions))


def is_sector(code: str) -> bool:
    """Say whether a code is one of ISIC rev. 4, as the OECD's tables write them.

    Sections of goods want a division; services may do without.

    Examples
    --------
    >>> [is_sector(code) for code in ("C24", "C10T12", "C99", "C", "S")]
    [True, True, False, False, True]
    """
    found = CODE.fullmatch(code)
    if found is None:
        return False
    if found["division"] is None:
        return found["section"] not in GOODS_SECTIONS
    first, last = DIVISIONS[found["section"]]
    return first <= int(found["division"]) <= last


def check_schedule(schedule: Schedule, states: Collection[str] = ()) -> Schedule:
    """Hand the schedule back if every measure, good and state that it mentions exists.

    Parameters
    ----------
    states
        Codes of states; who charges and who pays is not checked without them.

    Raises
    ------
    UnknownName
        A provision stands aside for, or lifts, a measure that is not there; names unknown goods; or it
        or a group names an unknown state.
    """
    measures, goods = set(schedule.measures), {*schedule.kinds_of_goods, EVERYTHING}
    parties = {*states, *schedule.groups, EVERYONE} if states else ()
    for each in schedule.provisions:
        _check_known("tariff measure", (*each.yields_to, *each.lifts), measures)
        named = (entry for entry in each.goods if not is_sector(entry.removeprefix("-")))
        _check_known("goods", named, {*goods, "C24", "C10T12"})
        _check_known("state or group", (each.importer, *each.exporters), parties)
    for members in schedule.groups.values():
        _check_known("state", members, states)
    wrong = [share.sector for share in schedule.goods if not is_sector(share.sector)]
    _check_known("sector", wrong, ("A01", "C10T12", "C24"))
    return schedule


def _check_known(kind: str, named: Iterable[str], known: Collection[str]) -> None:
    for name in (entry.removeprefix("-") for entry in named):
        if known and name not in known:
            raise UnknownName(kind, name, known)
