"""The contingency file: who attacks where, and who may join the defence, in which domains, from where."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from kedge.core.errors import StudyError, UnknownName
from kedge.core.fields import Fault, Table, field_faults, nearest_hint, refusal
from kedge.core.quantities import Flag, Line, PlainKey, Prose, quantity
from kedge.core.toml import FileKind, read_toml_text, toml_table
from kedge.security import DOMAINS
from kedge.world.parameters import Parameter, apply_overrides, default_parameters
from kedge.world.quantities import Share, State
from kedge.world.study import DomainWeights, Override, known_states

MOST_MEMBERS = 14
CONTINGENCY_FILE = FileKind("contingency", "docs/security.md")
Domain = Literal["land", "sea", "air", "cyber", "space"]
Kilometres = Annotated[float, quantity("a distance in km", 0, 20_050)]
Probability = Annotated[float, quantity("a probability", 0, 1)]
Spending = Annotated[float, quantity("billion US$ a year", 0, 5000)]


def _pair(value: Any) -> Any:
    return [value, value] if isinstance(value, int | float) and not isinstance(value, bool) else value


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError(f"expected the lower end first, found {list(value)}")
    return value


Range = Annotated[tuple[Probability, Probability], BeforeValidator(_pair), AfterValidator(_ordered)]


class Member(Table):
    """A state that may join the defence."""

    state: State
    """ISO code."""
    domains: tuple[Domain, ...] = DOMAINS
    """Domains in which it would fight."""
    start: State | None = None
    """State from which its forces come; left out, its own territory."""
    distance: Kilometres | None = None
    """Distance to the theatre in km, if it is not that of two capitals."""
    available: Range | None = None
    """Lowest and highest share of its forces free for this; left out, the model's range."""
    probability: Range | None = None
    """Lowest and highest chance that it joins; left out, from obligation, ties and stake."""
    obligation: Share | None = None
    """Strength of its obligation; left out, read from the baseline's ties with `anchor`."""
    tie_depth: Share | None = None
    """Depth of its defence ties with `anchor`; left out, read from the baseline."""
    stake: Share = 0.5
    """What is at stake for it: 0 nothing, 1 as much as for the state attacked."""
    note: Prose = ""
    """Source or reason."""


class Patron(Member):
    """The state whose coming brings others along; its chance to come is that of its schools."""

    priority: Flag = True
    """Whether this is the theatre that its prioritisers put first."""
    base: State | None = None
    """State from whose territory its forward forces work; left out, they come from home."""


class Contingency(Table):
    """Everything a contingency file says."""

    schema_version: Literal[1] = Field(alias="schema")
    """Version of this layout; 1."""
    name: Line
    question: Prose = ""
    location: State
    """State to which distances are measured."""
    challenger: State
    """The state that attacks."""
    helpers: tuple[State, ...] = Field(default=(), max_length=4)
    """States on whose strength the challenger may draw."""
    attacked: State | None = None
    """The state attacked, which fights in any case; left out, only `attacked_spending` counts."""
    attacked_spending: Spending | None = None
    """Military spending of those attacked, billion US$ a year, where the baseline has none."""
    anchor: State
    """State whose treaties and ties bring the others: the state attacked, or its protector."""
    out_of_area: tuple[Line, ...] = Field(default=(), max_length=20)
    """Treaties, by their name in the package's ties, that do not oblige anybody in this theatre."""
    domain_weights: DomainWeights
    """What each domain counts for in the theatre; they sum to one."""
    patron: Patron | None = None
    partners: tuple[Member, ...] = Field(max_length=MOST_MEMBERS)
    groups: dict[Line, tuple[State, ...]] = Field(default={}, max_length=20)
    """Partners whose worth is added up, by name: Europe = ["GBR", "FRA"]."""
    uncertainties: dict[PlainKey, Override] = Field(default={}, max_length=200)

    @model_validator(mode="after")
    def _fits_together(self) -> Contingency:
        problems = contingency_problems(self.model_dump(by_alias=True, exclude_unset=True))
        if problems:
            raise ValueError("; ".join(problem.line() for problem in problems))
        return self

    @property
    def states(self) -> tuple[str, ...]:
        """Every state that takes part: partners, then the patron, those attacked, challenger and helpers."""
        named = [each.state for each in self.partners]
        named += [self.patron.state] if self.patron else []
        named += [self.attacked] if self.attacked else []
        return (*named, self.challenger, *self.helpers)


def shipped_contingencies() -> tuple[str, ...]:
    """Name the contingencies that come with the package."""
    folder = importlib.resources.files("kedge.world").joinpath("contingencies")
    return tuple(sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if ".toml" in each.name))


def load_contingency(which: str | Path) -> Contingency:
    """Read a contingency: one of the package's by name, or a file of one's own.

    Parameters
    ----------
    which
        A name such as `taiwan-strait`, or the path of a TOML file.

    Raises
    ------
    UnknownName
        Neither a file nor a contingency of the package.
    StudyError
        The file cannot be read, is not TOML, or says what a contingency cannot say; lists up to ten
        problems by file and key.
    """
    path = Path(which)
    if str(which) in shipped_contingencies():
        folder = importlib.resources.files("kedge.world").joinpath("contingencies")
        return parse_contingency(folder.joinpath(f"{which}.toml").read_text("utf-8"), f"{which}.toml")
    if path.suffix != ".toml" and not path.exists():
        raise UnknownName("contingency (or file that ends in .toml)", str(which), shipped_contingencies())
    return parse_contingency(read_toml_text(path, CONTINGENCY_FILE), str(path))


def parse_contingency(text: str, name: str = "contingency") -> Contingency:
    """Read a contingency from text; `name` is what messages call it.

    Raises
    ------
    StudyError
        As `load_contingency`.
    """
    document = toml_table(text, name, CONTINGENCY_FILE)
    problems = contingency_problems(document)
    try:
        found = Contingency.model_validate(document, context={"states": known_states()})
    except ValidationError as error:
        raise StudyError(refusal(name, field_faults(error, Contingency) + problems)) from None
    try:
        contingency_ranges(found)
    except (StudyError, UnknownName) as error:
        raise StudyError(f"{name}: {error}") from None
    return found


def contingency_ranges(contingency: Contingency) -> tuple[Parameter, ...]:
    """Give the ranges that a contingency is drawn from, its own changes made.

    Raises
    ------
    UnknownName, StudyError
        It changes a range that nobody knows, or beyond what it can mean.
    """
    return apply_overrides((*default_parameters(), *_own()), _overrides(contingency))


def _overrides(contingency: Contingency) -> dict[str, dict[str, float | str]]:
    return {
        name: each.model_dump(exclude_none=True, exclude={"note"})
        for name, each in contingency.uncertainties.items()
    }


@cache
def _own() -> tuple[Parameter, ...]:
    text = importlib.resources.files("kedge.world").joinpath("contingency_ranges.toml").read_text("utf-8")
    return tuple(
        Parameter(
            name, row["label"], "", row["unit"], row["low"], row["high"], "uniform", row["kind"],
            row["source"], "contingency",
        )
        for name, row in tomllib.loads(text).items()
    )  # fmt: skip


def contingency_problems(document: dict[str, Any]) -> list[Fault]:
    """Find what is wrong between fields, in a table whose fields may themselves be wrong."""
    checks = (_roles, _sides, _members, _weights, _groups)
    return [problem for check in checks for problem in check(document)]


def _entries(document: dict[str, Any]) -> list[dict[str, Any]]:
    found = document.get("partners")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list | tuple) else []


def _roles(document: dict[str, Any]) -> Iterator[Fault]:
    """One state plays one part only, and somebody may join."""
    if document.get("partners") in ([], ()):
        yield Fault("partners", "expected at least one; write [[partners]] and its state")
    parts: dict[str, str] = {}
    patron, helpers = document.get("patron"), document.get("helpers")
    named = [("challenger", document.get("challenger")), ("attacked", document.get("attacked"))]
    listed = helpers if isinstance(helpers, list | tuple) else []
    named += [(f"helpers[{n}]", state) for n, state in enumerate(listed, 1)]
    if isinstance(patron, dict):
        named.append(("patron.state", patron.get("state")))
    named += [(f"partners[{n}].state", each.get("state")) for n, each in enumerate(_entries(document), 1)]
    for key, state in named:
        if not isinstance(state, str):
            continue
        if state in parts:
            yield Fault(key, f"is already {parts[state]}; a state plays one part, once", state)
        parts.setdefault(state, key)


def _sides(document: dict[str, Any]) -> Iterator[Fault]:
    """Somebody is attacked, stated in one way, and the attackers bring nobody to the defence."""
    attacked, spending = document.get("attacked"), document.get("attacked_spending")
    if attacked is not None and spending is not None:
        yield Fault("attacked_spending", "give attacked or attacked_spending, not both", spending)
    if attacked is None and spending is None:
        yield Fault("attacked", "is missing; name the state attacked, or give attacked_spending")
    helpers = document.get("helpers")
    hostile = [document.get("challenger"), *(helpers if isinstance(helpers, list | tuple) else [])]
    if document.get("anchor") is not None and document.get("anchor") in hostile:
        yield Fault(
            "anchor", "is one of the attackers; name whose ties bring the defence", document["anchor"]
        )


def _members(document: dict[str, Any]) -> Iterator[Fault]:
    patron = document.get("patron")
    named = [("patron", patron)] if isinstance(patron, dict) else []
    named += [(f"partners[{n}]", each) for n, each in enumerate(_entries(document), 1)]
    for key, each in named:
        domains = each.get("domains")
        if domains in ([], ()):
            yield Fault(f"{key}.domains", "expected at least one; leave it out for all five")
        if isinstance(domains, list | tuple) and len({str(d) for d in domains}) < len(domains):
            yield Fault(f"{key}.domains", "names a domain twice; once is enough", list(domains))
        if each.get("start") is not None and each.get("distance") is not None:
            yield Fault(f"{key}.distance", "give start or distance, not both", each["distance"])


def _weights(document: dict[str, Any]) -> Iterator[Fault]:
    weights = document.get("domain_weights")
    if not isinstance(weights, dict):
        return
    numbers = [each for each in weights.values() if isinstance(each, int | float)]
    if abs(sum(numbers) - 1.0) > 1e-6:
        yield Fault("domain_weights", f"expected weights that sum to 1, found {sum(numbers):g}")


def _groups(document: dict[str, Any]) -> Iterator[Fault]:
    groups = document.get("groups")
    known = [each["state"] for each in _entries(document) if isinstance(each.get("state"), str)]
    for name, members in groups.items() if isinstance(groups, dict) else ():
        if isinstance(members, list | tuple) and len({str(each) for each in members}) < len(members):
            yield Fault(f"groups.{name}", "names a partner twice; it would count twice", list(members))
        for state in members if isinstance(members, list | tuple) else ():
            if state not in known:
                yield Fault(
                    f"groups.{name}", f"no partner is called so{nearest_hint(str(state), known)}", state
                )
