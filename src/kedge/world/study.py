"""The study file: whose plans are compared, against whom, where, and what counts.

A study is TOML, read by `load_study` into frozen models.  Every refusal lists what
is wrong by key path, with the value found and what would be right.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from kedge.core.errors import KedgeError, StudyError
from kedge.core.fields import MOST_SHOWN, Table, field_faults, nearest_hint, refusal
from kedge.core.quantities import Finite, Flag, Label, Line, PlainKey, Positive, Prose
from kedge.core.toml import FileKind, read_toml_text, toml_table
from kedge.world.quantities import (
    FIRST_YEAR,
    USUAL_TIES_YEAR,
    PercentOfGdp,
    PlanKey,
    Share,
    State,
    Weight,
    Year,
)
from kedge.world.study_cross import PATHS, cross_problems
from kedge.world.study_pathways import Pathway

MOST_PARTNERS = 8
FEWEST_PLANS, MOST_PLANS = 2, 12
MOST_PATHWAYS = 12
STUDY_FILE = FileKind("study", "docs/studies.md", "`kedge study new ISO3` writes one")
LAYOUTS: dict[str, str] = dict.fromkeys(PATHS, "{ target = …, year = … }")


class SharePath(Table):
    """A share that moves in a straight line from today's level to `target` in `year`, then stays."""

    target: Share
    """Level reached, 0 to 1."""
    year: Year
    """Year in which it is reached."""


class DefencePath(Table):
    """Military spending that moves in a straight line from today's share of GDP to `target` in `year`."""

    target: PercentOfGdp
    """Level reached, in percent of GDP: 2.0 is two percent."""
    year: Year
    """Year in which it is reached."""


class ExtraMix(Table):
    """How spending above the present share is split; what is left over goes to ordinary forces."""

    strike: Share = 0.0
    """Stand-off strike, as a share of the extra spending."""
    cyber_space: Share = 0.0
    """Cyber and space, as a share of the extra spending."""
    research: Share = 0.0
    """Research and development, as a share of the extra spending."""


class PlanLevers(Table):
    """One plan: the levers the country holds.  What is left out stays as it is today."""

    label: Label
    """Short name, unique in the study."""
    description: Prose = ""
    """What the plan does, in neutral words."""
    defence_share: DefencePath | None = None
    """Military spending in percent of GDP; left out, today's share."""
    extra_mix: ExtraMix = ExtraMix()
    """Split of spending above today's share."""
    alliance: SharePath = SharePath(target=1.0, year=FIRST_YEAR)
    """Depth of the alliance with the patron: 1 as today, 0 ended."""
    ties: dict[State, Share] = Field(default={})
    """Depth of defence ties sought with partners, by state; unnamed ones stay as today."""
    ties_year: Year = USUAL_TIES_YEAR
    """Year in which the ties sought are mature."""
    interchange: Share = 0.0
    """Common munition and equipment standards with partners."""
    linkage: Share = 0.0
    """How far defence effort is made a negotiated condition against the patron's tariffs."""
    retaliation: Share = 0.0
    """Share of the patron's tariff answered in kind."""
    concession: Share = 0.0
    """Concessions outside defence offered against the patron's tariffs."""
    diversification: Share = 0.0
    """How far trade with partners is deepened."""
    accommodation: SharePath = SharePath(target=0.0, year=FIRST_YEAR)
    """How far the challenger is accommodated: 0 not at all, 1 fully."""


class DomainWeights(Table):
    """What each domain counts for in the theatre; the five sum to one."""

    land: Share = 0.0
    sea: Share = 0.0
    air: Share = 0.0
    cyber: Share = 0.0
    space: Share = 0.0


class Theatre(Table):
    """Where a war would be fought."""

    name: Line
    """The theatre in words."""
    location: State
    """State to which distances are measured."""
    protege: State | None = None
    """State that is attacked, if it is not the country itself."""
    patron_priority: Flag = True
    """Whether this is the theatre that the patron's prioritisers put first."""
    domain_weights: DomainWeights
    """What each domain counts for; they sum to one."""


class MeasureWeights(Table):
    """What one unit of each measure counts for in the overall value: a judgement, shown in the brief.

    Expected security loss already holds what failed deterrence costs, and the two
    exposures are losses that may never come; so by default they count for nothing.
    """

    real_income: Weight = 1.0
    fiscal_cost: Weight = 1.0
    security_loss: Weight = 1.0
    deterrence_holds: Weight = 0.0
    patron_leverage: Weight = 0.0
    coercion_exposure: Weight = 0.0
    network_resilience: Weight = 0.0


class Partner(Table):
    """A state whose help the country seeks."""

    state: State
    """ISO code."""
    stake: Share = 0.5
    """What is at stake for the partner in the theatre: 0 nothing, 1 as much as for the country."""
    obligation: Share | None = None
    """Strength of its present obligation; left out, read from the baseline's ties."""
    tie_depth: Share | None = None
    """Present depth of its other defence ties; left out, read from the baseline's ties."""
    note: Prose = ""
    """Source or reason."""


class Override(Table):
    """What a study changes in one uncertainty; `value` fixes it."""

    low: Finite | None = None
    high: Finite | None = None
    mode: Finite | None = None
    mean: Finite | None = None
    sd: Positive | None = None
    distribution: Literal["uniform", "log_uniform", "normal", "triangular", "choice"] | None = None
    value: Finite | None = None
    kind: Literal["measured", "published", "assumed"] | None = None
    source: Prose | None = None
    note: Prose | None = None


class Study(Table):
    """Everything a study file says."""

    schema_version: Literal[1] = Field(alias="schema")
    """Version of this layout; 1."""
    title: Line
    question: Prose = ""
    country: State
    """The country whose plans are compared."""
    patron: State
    """Its main ally."""
    challenger: State
    """The state it must deter."""
    challenger_partners: tuple[State, ...] = Field(default=(), max_length=4)
    """States that may join the challenger."""
    first_year: Year
    last_year: Year
    reference_plan: PlanKey
    """Plan against which the others are compared."""
    theatre: Theatre
    weights: MeasureWeights = MeasureWeights()
    partners: tuple[Partner, ...] = Field(default=(), max_length=MOST_PARTNERS)
    plans: dict[PlanKey, PlanLevers] = Field(min_length=FEWEST_PLANS, max_length=MOST_PLANS)
    uncertainties: dict[PlainKey, Override] = Field(default={}, max_length=200)
    pathways: dict[PlanKey, Pathway] = Field(default={}, max_length=MOST_PATHWAYS)
    """Adaptive plans, run by `kedge pathways`; static results know nothing of them."""

    @model_serializer(mode="wrap")
    def _leave_out_no_pathways(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write, and hash, a study without pathways as it was before there were any."""
        written: dict[str, Any] = write(self)
        if not written.get("pathways"):
            written.pop("pathways", None)
        return written

    @model_validator(mode="after")
    def _fits_together(self) -> Study:
        problems = cross_problems(self.model_dump(by_alias=True, exclude_unset=True))
        if problems:
            raise ValueError("; ".join(problem.line() for problem in problems))
        return self

    @property
    def plan_keys(self) -> tuple[str, ...]:
        """Keys of the plans, in the order of the file."""
        return tuple(self.plans)

    @property
    def plan_labels(self) -> tuple[str, ...]:
        """Labels of the plans, in the order of the file."""
        return tuple(plan.label for plan in self.plans.values())

    @property
    def partner_states(self) -> tuple[str, ...]:
        """Codes of the partners, in the order of the file."""
        return tuple(partner.state for partner in self.partners)

    @property
    def overrides(self) -> dict[str, dict[str, float | str]]:
        """Fields that the study changes in each uncertainty, notes left out."""
        return {
            name: override.model_dump(exclude_none=True, exclude={"note"})
            for name, override in self.uncertainties.items()
        }

    @property
    def years(self) -> tuple[int, ...]:
        """Every year from the first to the last."""
        return tuple(range(self.first_year, self.last_year + 1))


def known_states() -> frozenset[str]:
    """List the states a study may name: every single state of the embedded baseline."""
    from kedge.data import load_table

    economies = load_table("economies")
    return frozenset(economies.filter(economies["kind"] == "state")["iso3"].to_list())


def load_study(path: Path | str, states: Iterable[str] | None = None) -> Study:
    """Read a study file.

    Parameters
    ----------
    path
        A TOML file of at most 1 MiB.
    states
        ISO codes the study may name; left out, those of the embedded baseline.

    Raises
    ------
    StudyError
        The file cannot be read, is not TOML, or says something a study cannot say.
    """
    return parse_study(read_toml_text(Path(path), STUDY_FILE), str(path), states)


def parse_study(text: str, name: str = "study", states: Iterable[str] | None = None) -> Study:
    """Read a study from text; `name` is what messages call it.

    Raises
    ------
    StudyError
        The text is not TOML, or says something a study cannot say; lists up to ten problems.
    """
    document = toml_table(text, name, STUDY_FILE)
    known = known_states() if states is None else frozenset(states)
    problems = cross_problems(document)
    try:
        study = Study.model_validate(document, context={"states": known})
    except ValidationError as error:
        raise StudyError(refusal(name, field_faults(error, Study, LAYOUTS) + problems)) from None
    if problems:
        raise StudyError(refusal(name, problems))
    return study


def check_study(path: Path | str) -> Study:
    """Read a study file and check it against the model's parameters as well.

    Raises
    ------
    StudyError
        As `load_study`; or an uncertainty is unknown, or its range ends up upside down.
    """
    from kedge.world.parameters import apply_overrides, as_uncertainty, default_parameters

    study = load_study(path)
    parameters = default_parameters()
    unknown = check_overrides(study, [parameter.name for parameter in parameters], str(path))
    if unknown:
        raise StudyError("\n  ".join(unknown[:MOST_SHOWN]))
    try:
        for parameter in apply_overrides(parameters, study.overrides):
            as_uncertainty(parameter)
    except KedgeError as error:
        raise StudyError(f"{path}: {error}") from error
    return study


def check_overrides(study: Study, known_names: Iterable[str], name: str = "study") -> tuple[str, ...]:
    """Say which overridden uncertainties nobody knows; empty if all are known.

    Parameters
    ----------
    study
        A valid study.
    known_names
        Names of the model's parameters.
    name
        What the messages call the study.

    Examples
    --------
    >>> check_overrides.__name__
    'check_overrides'
    """
    known = sorted(known_names)
    unknown = [key for key in study.uncertainties if key not in known]
    return tuple(
        f"{name}: uncertainties.{key}: no parameter has this name{nearest_hint(key, known)}"
        for key in unknown
    )


def study_fingerprint(study: Study) -> str:
    """Hash what a study says (hexadecimal SHA-256), whatever the order of its keys or its layout.

    A default written out and a default left out count as the same.  The order of plans
    does not count; that of partners does.
    """
    content = study.model_dump(mode="json", by_alias=True)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


__all__ = [
    "DefencePath",
    "DomainWeights",
    "ExtraMix",
    "MeasureWeights",
    "Override",
    "Partner",
    "PlanLevers",
    "SharePath",
    "Study",
    "Theatre",
    "check_overrides",
    "check_study",
    "known_states",
    "load_study",
    "parse_study",
    "study_fingerprint",
]
