"""The part of a study file that says which plan is begun with and when it gives way to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from kedge.world.ground import SERIES
from kedge.world.quantities import (
    Finite,
    Label,
    Lead,
    Moving,
    PlanKey,
    Prose,
    Running,
    Sunk,
    Switches,
    Year,
)
from kedge.world.study_base import Model
from kedge.world.study_problems import Problem, nearest_hint, shown_key

MOST_SWITCHES = 6
SERIES_NAMES = tuple(name for name, _, _ in SERIES)


class When(Model):
    """A yearly series beyond a level, for so many years running."""

    series: str
    """A yearly series of the model."""
    below: Finite | None = None
    """Holds under this level; give either this or `above`."""
    above: Finite | None = None
    """Holds over this level."""
    years: Running = 1
    """Years running."""
    mean_years: Running = 1
    """Years of the running mean that is compared; 1 is the year's own number."""


class SunkCost(Model):
    """What a switch costs once, in percent of one year's GDP, charged when decided; it never helps."""

    fiscal_cost: Sunk = 0.0
    real_income: Sunk = 0.0
    security_loss: Sunk = 0.0


class PathwaySwitch(Model):
    """A change to another plan, taken once at most."""

    to: PlanKey
    """Key of the plan."""
    name: PlanKey | None = None
    """What `after` calls this switch; left out, the plan's key."""
    when: tuple[When, ...] = Field(min_length=1, max_length=6)
    """Conditions."""
    join: Literal["all", "any"] = "all"
    """Whether all conditions must hold in one year, or any."""
    lead_years: Lead = 0
    """Years between decision and effect."""
    move_years: Moving | None = None
    """Years over which spending, alliance and accommodation move; left out, the plan's own."""
    cost: SunkCost = SunkCost()
    """Sunk cost, in percent of one year's GDP."""
    not_before: Year | None = None
    """First year of decision."""
    not_after: Year | None = None
    """Last year of decision."""
    after: PlanKey | None = None
    """Name of a switch that must have been decided before."""

    @property
    def key(self) -> str:
        """What `after` calls it."""
        return self.name or self.to


class Pathway(Model):
    """An adaptive plan: where it begins, and what it turns to when signposts call for it."""

    label: Label
    """Short name, unique among plans and pathways."""
    description: Prose = ""
    """In neutral words."""
    start: PlanKey
    """Key of the plan on which it begins."""
    switches: tuple[PathwaySwitch, ...] = Field(min_length=1, max_length=MOST_SWITCHES)
    """If several are called for in one year, the first is taken."""
    most: Switches | None = None
    """Switches taken in one future, at most; left out, all of them."""


def pathway_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Find what is wrong between a pathway's fields and the rest of the study."""
    plans, pathways = _table(document, "plans"), _table(document, "pathways")
    labels = {
        plan["label"].strip().casefold()
        for plan in plans.values()
        if isinstance(plan, dict) and isinstance(plan.get("label"), str)
    }
    for key, pathway in pathways.items():
        if not isinstance(pathway, dict):
            continue
        place = f"pathways.{shown_key(key)}"
        if key in plans:
            yield Problem(place, "a plan has this key already; give the pathway another")
        label = pathway.get("label")
        if isinstance(label, str):
            if label.strip().casefold() in labels:
                yield Problem(f"{place}.label", "a plan or pathway has this label already", label)
            labels.add(label.strip().casefold())
        yield from _unknown_plan(f"{place}.start", pathway.get("start"), plans)
        yield from _switches(place, pathway, document)


def _switches(place: str, pathway: dict[str, Any], document: dict[str, Any]) -> Iterator[Problem]:
    found = pathway.get("switches")
    switches = [each for each in found if isinstance(each, dict)] if isinstance(found, list | tuple) else []
    names = [each.get("name") or each.get("to") for each in switches]
    for number, switch in enumerate(switches, 1):
        where = f"{place}.switches[{number}]"
        yield from _unknown_plan(f"{where}.to", switch.get("to"), _table(document, "plans"))
        yield from _naming(where, switch, names, number - 1)
        yield from _span(where, switch, document)
        yield from _conditions(where, switch)


def _naming(where: str, switch: dict[str, Any], names: list[Any], place: int) -> Iterator[Problem]:
    """Names are unique, and a switch follows another one."""
    name, after = names[place], switch.get("after")
    if name in names[:place]:
        yield Problem(where, "another switch has this name; give it a `name` of its own", name)
    others = [other for other in names if isinstance(other, str) and other != name]
    if isinstance(after, str) and after not in others:
        yield Problem(f"{where}.after", f"no other switch has this name{nearest_hint(after, others)}", after)


def _span(where: str, switch: dict[str, Any], document: dict[str, Any]) -> Iterator[Problem]:
    first, last = _year(document, "first_year"), _year(document, "last_year")
    begin, end = _year(switch, "not_before"), _year(switch, "not_after")
    for key, year in (("not_before", begin), ("not_after", end)):
        if year is not None and not (first or year) <= year <= (last or year):
            yield Problem(f"{where}.{key}", f"expected a year of the study, {first} to {last}", year)
    if begin is not None and end is not None and end < begin:
        yield Problem(f"{where}.not_after", f"lies before not_before = {begin}; swap them", end)


def _year(table: dict[str, Any], key: str) -> int | None:
    found = table.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _conditions(where: str, switch: dict[str, Any]) -> Iterator[Problem]:
    found = switch.get("when")
    for number, when in enumerate(found if isinstance(found, list | tuple) else (), 1):
        if not isinstance(when, dict):
            continue
        series = when.get("series")
        if isinstance(series, str) and series not in SERIES_NAMES:
            hint = nearest_hint(series, SERIES_NAMES)
            yield Problem(f"{where}.when[{number}].series", f"no yearly series has this name{hint}", series)
        given = [side for side in ("below", "above") if when.get(side) is not None]
        if len(given) != 1:
            yield Problem(
                f"{where}.when[{number}]", f"give either below or above, found {len(given)} of them"
            )


def _unknown_plan(key: str, named: Any, plans: dict[str, Any]) -> Iterator[Problem]:
    if isinstance(named, str) and plans and named not in plans:
        yield Problem(key, f"no plan has this key{nearest_hint(named, plans)}", named)


def _table(parent: Any, key: str) -> dict[str, Any]:
    found = parent.get(key) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}
