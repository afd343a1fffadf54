"""What is wrong between the fields of a study file, whether or not each is right by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from kedge.core.fields import Fault, nearest_hint, shown_key
from kedge.world.quantities import USUAL_TIES_YEAR
from kedge.world.study_pathways import pathway_problems

PATHS = ("defence_share", "alliance", "accommodation")
RANGE_KEYS = ("low", "high", "mode", "mean", "sd", "distribution")


def cross_problems(document: dict[str, Any]) -> list[Fault]:
    """Find what is wrong between fields, in a table whose fields may themselves be wrong."""
    checks = (_years, _roles, _theatre, _weights, _partners, _plans, _overrides, pathway_problems)
    return [problem for check in checks for problem in check(document)]


def _table(parent: Any, key: str) -> dict[str, Any]:
    found = parent.get(key) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}


def _number(parent: Any, key: str) -> float | None:
    found = parent.get(key) if isinstance(parent, dict) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return found if abs(found) < 1e15 else None


def _partner_states(document: dict[str, Any]) -> list[str]:
    found = document.get("partners")
    entries = found if isinstance(found, list | tuple) else []
    states = [entry.get("state") for entry in entries if isinstance(entry, dict)]
    return [state for state in states if isinstance(state, str)]


def _years(document: dict[str, Any]) -> Iterator[Fault]:
    first, last = _number(document, "first_year"), _number(document, "last_year")
    if first is not None and last is not None and last <= first:
        yield Fault("last_year", f"expected a year after first_year = {first}", last)


def _roles(document: dict[str, Any]) -> Iterator[Fault]:
    """One state plays one part only."""
    parts: dict[str, str] = {}
    helpers = document.get("challenger_partners")
    helpers = list(helpers) if isinstance(helpers, list | tuple) else []
    named = [(key, document.get(key)) for key in ("country", "patron", "challenger")]
    named += [(f"challenger_partners[{n}]", state) for n, state in enumerate(helpers, 1)]
    named += [(f"partners[{n}].state", state) for n, state in enumerate(_partner_states(document), 1)]
    for key, state in named:
        if not isinstance(state, str):
            continue
        if state in parts:
            yield Fault(key, f"is already {parts[state]}; a state plays one part", state)
        parts.setdefault(state, key)


def _theatre(document: dict[str, Any]) -> Iterator[Fault]:
    theatre = _table(document, "theatre")
    protege = theatre.get("protege")
    if isinstance(protege, str):
        yield from _protege(document, protege)
    weights = theatre.get("domain_weights")
    if isinstance(weights, dict):
        numbers = [_number(weights, key) for key in weights]
        if None not in numbers and abs(sum(n for n in numbers if n is not None) - 1) > 1e-6:
            total = sum(n for n in numbers if n is not None)
            yield Fault("theatre.domain_weights", f"expected weights that sum to 1, these sum to {total:g}")


def _protege(document: dict[str, Any], protege: str) -> Iterator[Fault]:
    for part in ("country", "patron", "challenger"):
        if protege == document.get(part):
            remedy = "leave it out if the country itself is attacked, or name the state that is"
            yield Fault("theatre.protege", f"is the {part}; {remedy}", protege)
    helpers = document.get("challenger_partners")
    if isinstance(helpers, list | tuple) and protege in helpers:
        yield Fault("theatre.protege", "is among challenger_partners; a state is on one side only", protege)


def _weights(document: dict[str, Any]) -> Iterator[Fault]:
    weights = _table(document, "weights")
    main = ("real_income", "fiscal_cost", "security_loss")
    if weights and not any(weights.values()) and all(key in weights for key in main):
        yield Fault("weights", "expected at least one weight above zero")


def _partners(document: dict[str, Any]) -> Iterator[Fault]:
    theatre = _table(document, "theatre").get("protege")
    for number, state in enumerate(_partner_states(document), 1):
        if state == theatre:
            yield Fault(f"partners[{number}].state", "is the protege; its own forces count already", state)


def _plans(document: dict[str, Any]) -> Iterator[Fault]:
    plans = _table(document, "plans")
    reference = document.get("reference_plan")
    if plans and isinstance(reference, str) and reference not in plans:
        yield Fault("reference_plan", f"no plan has this key{nearest_hint(reference, plans)}", reference)
    labels = [plan.get("label") for plan in plans.values() if isinstance(plan, dict)]
    counted = Counter(label.strip().casefold() for label in labels if isinstance(label, str))
    for key, plan in plans.items():
        if not isinstance(plan, dict):
            continue
        label = plan.get("label")
        if isinstance(label, str) and counted[label.strip().casefold()] > 1:
            yield Fault(f"plans.{shown_key(key)}.label", "another plan has this label already", label)
        yield from _one_plan(f"plans.{shown_key(key)}", plan, document)


def _one_plan(place: str, plan: dict[str, Any], document: dict[str, Any]) -> Iterator[Fault]:
    partners = _partner_states(document)
    known = f"; partners are {', '.join(partners)}" if partners else "; the study has no partners"
    for state in _table(plan, "ties"):
        if state not in partners:
            yield Fault(f"{place}.ties.{shown_key(state)}", f"is not among the study's partners{known}")
    mix = _table(plan, "extra_mix")
    total = sum(_number(mix, key) or 0 for key in mix)
    if total > 1 + 1e-9:
        yield Fault(f"{place}.extra_mix", f"expected shares that sum to at most 1, these sum to {total:g}")
    yield from _dated(place, plan, document)


def _dated(place: str, plan: dict[str, Any], document: dict[str, Any]) -> Iterator[Fault]:
    """Years of a plan lie within the study's."""
    first, last = _number(document, "first_year"), _number(document, "last_year")
    if first is None or last is None or last <= first:
        return
    years = [(f"{place}.{key}.year", _number(_table(plan, key), "year")) for key in PATHS]
    if plan.get("ties"):
        years.append((f"{place}.ties_year", _number(plan, "ties_year") or USUAL_TIES_YEAR))
    for key, year in years:
        if year is not None and not first <= year <= last:
            yield Fault(key, f"expected a year of the study, {first} to {last}", year)


def _overrides(document: dict[str, Any]) -> Iterator[Fault]:
    for key, override in _table(document, "uncertainties").items():
        if isinstance(override, dict):
            place = f"uncertainties.{shown_key(key)}"
            yield from _fixed(place, override)
            yield from _range(place, override)


def _fixed(place: str, override: dict[str, Any]) -> Iterator[Fault]:
    clash = [name for name in RANGE_KEYS if name in override]
    if "value" in override and clash:
        yield Fault(place, f"`value` fixes the parameter; leave out {', '.join(clash)}")


def _range(place: str, override: dict[str, Any]) -> Iterator[Fault]:
    low, high = _number(override, "low"), _number(override, "high")
    if low is None or high is None:
        return
    if low >= high:
        yield Fault(f"{place}.low", f"range upside down: low must be under high = {high:g}", low)
        return
    for name in ("mode", "mean"):
        number = _number(override, name)
        if number is not None and not low <= number <= high:
            yield Fault(f"{place}.{name}", f"expected a number from {low:g} to {high:g}", number)
