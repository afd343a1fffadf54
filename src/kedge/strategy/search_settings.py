"""How a search over levers is run, and what the function under search must give."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.search_axes import Candidates, Objectives, Violations

State = dict[str, np.ndarray]


@dataclass(frozen=True)
class Evaluation:
    """What a function under search gives for candidates.

    Parameters
    ----------
    objectives : units of the objectives
        All to be minimised; turn the sign of what is to be maximised.
    violations : units of the constraints
        Zero where a constraint is met, above zero by how far it is broken; None without constraints.

    Raises
    ------
    DomainError
        Shapes do not fit, a value is not finite, or a violation is below zero.
    """

    objectives: Objectives
    violations: Violations | None = None

    def __post_init__(self) -> None:
        objectives = np.asarray(self.objectives, dtype=float)
        if objectives.ndim != 2 or objectives.shape[1] < 2:
            raise DomainError(
                f"objectives must be [candidate, objective] with two or more, got shape {objectives.shape}"
            )
        given = np.zeros((len(objectives), 0)) if self.violations is None else self.violations
        violations = np.asarray(given, dtype=float)
        if violations.ndim != 2 or len(violations) != len(objectives):
            raise DomainError(
                f"violations must be [candidate, constraint] with {len(objectives)} candidates, got shape "
                f"{violations.shape}"
            )
        for name, values in (("objectives", objectives), ("violations", violations)):
            bad = ~np.isfinite(values).all(axis=1)
            if bad.any():
                raise DomainError(
                    f"{name} of candidate {int(np.argmax(bad))} are not finite: {values[np.argmax(bad)]}; "
                    "give a candidate that cannot be evaluated a violation above zero"
                )
        if (violations < 0).any():
            raise DomainError("violations are zero where met and above zero where broken, got one below zero")
        object.__setattr__(self, "objectives", objectives)
        object.__setattr__(self, "violations", violations)

    @property
    def broken(self) -> Violations:
        """Violations as an array, without columns if there are no constraints."""
        return np.empty((len(self.objectives), 0)) if self.violations is None else self.violations


@dataclass(frozen=True)
class SearchSettings:
    """How long and how widely to search.

    Parameters
    ----------
    evaluations : candidates a seed
        Upper limit; a run stops at the last whole batch within it.
    seeds
        One independent run each.
    epsilons : units of the objectives
        Sides of the boxes in which the archive tells candidates apart; none for an archive
        of all that no other dominates.
    reference : units of the objectives
        For the trace of the hypervolume; without it the trace has no hypervolume.
    batch, initial : candidates
        Evaluated at a time, and drawn (as a Latin hypercube) at the start.
    leaders : count
        Upper limit on reference directions, each with the leader of its niche.
    patience : evaluations
        Without progress before a restart; it doubles with every restart.
    archive_limit : candidates
        A plain archive with more is thinned out where it is densest.
    trace_every : evaluations
        Between the points of the trace.

    Raises
    ------
    StudyError
        A number is out of range, or seeds repeat.
    """

    evaluations: int = 10_000
    seeds: tuple[int, ...] = (0,)
    epsilons: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()
    batch: int = 40
    initial: int = 100
    leaders: int = 60
    patience: int = 2_000
    archive_limit: int = 10_000
    trace_every: int = 1_000

    def __post_init__(self) -> None:
        for name in ("batch", "initial", "leaders", "patience", "trace_every"):
            if getattr(self, name) < 1:
                raise StudyError(f"{name} must be one or more, got {getattr(self, name)}")
        if self.evaluations < self.initial:
            raise StudyError(
                f"evaluations must cover the initial {self.initial} candidates, got {self.evaluations}"
            )
        if self.archive_limit < 100:
            raise StudyError(f"archive_limit must be 100 or more, got {self.archive_limit}")
        _check_lists(self)


@dataclass(frozen=True)
class SearchProgress:
    """How far a search has come, for a caller who watches, stores or stops it.

    Parameters
    ----------
    seed
        Of the run under way.
    evaluations, archive, restarts : count
        So far in this run: candidates evaluated, candidates in the archive, restarts.
    take_state
        Gives all that is needed to take the search up again at this point.
    """

    seed: int
    evaluations: int
    archive: int
    restarts: int
    take_state: Callable[[], State]


Evaluate = Callable[[Candidates], Evaluation]
Watch = Callable[[SearchProgress], bool | None]


def _check_lists(settings: SearchSettings) -> None:
    if not settings.seeds or len(set(settings.seeds)) != len(settings.seeds) or min(settings.seeds) < 0:
        raise StudyError(f"seeds must be one or more different whole numbers from 0, got {settings.seeds}")
    if not all(math.isfinite(side) and side > 0 for side in settings.epsilons):
        raise StudyError(f"epsilons must be above zero, one an objective, got {settings.epsilons}")
    if not all(math.isfinite(value) for value in settings.reference):
        raise StudyError(f"the reference must be finite numbers, one an objective, got {settings.reference}")
