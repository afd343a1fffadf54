"""Tune the levels of triggers on half of the futures, and say on the other half what that brought."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.strategy.axes import PerFuture, Value
from kedge.strategy.halves import random_halves
from kedge.strategy.intervals import Interval, mean_interval, statistic_interval
from kedge.strategy.pathways import AdaptivePlan, PathModel, PathwayRun, Rows, run_pathway
from kedge.strategy.robustness import regret
from kedge.strategy.summary import Resampling
from kedge.strategy.triggers import Timeline

Criterion = Literal["mean", "maximin", "mean_regret", "percentile_regret", "minimax_regret"]
CRITERIA: tuple[Criterion, ...] = ("mean", "maximin", "mean_regret", "percentile_regret", "minimax_regret")
MOST_TRIED = 2000
"""Sets of levels tried, at most."""


@dataclass(frozen=True)
class TuneSettings:
    """How levels are chosen.

    Parameters
    ----------
    criterion
        What they are chosen for; regret is against the static plans and the adaptive one together.
    percentile : share
        Of regret, for `percentile_regret`.
    seed
        Of the halves.
    resampling
        For the intervals.

    Raises
    ------
    DomainError
        Another criterion, or a percentile outside [0, 1].
    """

    criterion: Criterion = "mean"
    percentile: float = 0.9
    seed: int = 0
    resampling: Resampling = field(default_factory=Resampling)

    def __post_init__(self) -> None:
        if self.criterion not in CRITERIA:
            raise DomainError(f"the criterion must be one of {', '.join(CRITERIA)}, got {self.criterion!r}")
        if not 0 <= self.percentile <= 1:
            raise DomainError(f"percentile is a share from 0 to 1, got {self.percentile}")


@dataclass(frozen=True)
class TunedPlan:
    """The levels chosen, and what they are worth where the choice never looked.

    Parameters
    ----------
    levels : units of the signposts
        By name.
    plan
        With these levels.
    tried : [set, level], levels of each set
    training : unit of the criterion, [set]
        More being better; regrets with a minus.
    held_out : unit of the criterion, [plan]
        Static plans, then the adaptive one, with interval; more being better.
    gain : unit of the value, [plan]
        Held-out mean of the adaptive plan less each static plan, with interval.
    optimism : unit of the criterion
        Training less held out, of the chosen set.
    """

    levels: dict[str, float]
    plan: AdaptivePlan
    tried: Float[np.ndarray, "set level"]
    training: Float[np.ndarray, " set"]
    held_out: Interval
    gain: Interval
    optimism: float


def criterion_of(value: Value, settings: TuneSettings) -> np.ndarray:
    """Score each plan, more being better, so that regrets carry a minus.

    Examples
    --------
    >>> criterion_of(np.array([[1.0, 5.0], [2.0, 3.0]]), TuneSettings("minimax_regret"))
    array([-1., -2.])
    """
    if settings.criterion == "mean":
        return value.mean(axis=1)
    if settings.criterion == "maximin":
        return value.min(axis=1)
    falls_short = regret(value)
    if settings.criterion == "mean_regret":
        return -falls_short.mean(axis=1)
    level = settings.percentile if settings.criterion == "percentile_regret" else 1.0
    return -np.quantile(falls_short, level, axis=1)


@dataclass(frozen=True)
class Trial:
    """What is tuned, and on what.

    Parameters
    ----------
    build
        From levels by name to an adaptive plan; all plans begin on one path.
    model, futures, timeline
        As `run_pathway` takes them.
    value_of_run
        From a run to the overall value in each of its futures.
    static : unit of the value, [plan, future]
        Of the static plans, in the same futures.
    """

    build: Callable[[Mapping[str, float]], AdaptivePlan]
    model: PathModel
    futures: Rows
    timeline: Timeline
    value_of_run: Callable[[PathwayRun], PerFuture]
    static: Value


def tune_triggers(
    trial: Trial, grid: Mapping[str, Sequence[float]], settings: TuneSettings | None = None
) -> TunedPlan:
    """Try every set of levels on the training half and judge the best on the held-out half.

    Parameters
    ----------
    trial
        The plan to be built, and its model and futures.
    grid : units of the signposts
        Levels to try, by name; all combinations are.
    settings
        Criterion, halves, intervals.

    Raises
    ------
    DomainError
        An empty grid, more than 2,000 sets, or static values of other futures.

    References
    ----------
    Kwakkel, Haasnoot & Walker (2015), doi:10.1007/s10584-014-1210-4, search; the split is ours.
    """
    settings = settings or TuneSettings()
    sets = _sets(grid)
    if trial.static.ndim != 2 or trial.static.shape[1] != len(trial.futures):
        raise DomainError(
            f"static values must be [plan, future] with {len(trial.futures)} futures, "
            f"got shape {trial.static.shape}"
        )
    training, held_out = random_halves(len(trial.futures), settings.seed)
    names = tuple(grid)
    scores = _training_scores(trial, [dict(zip(names, row, strict=True)) for row in sets], training, settings)
    best = int(scores.argmax())
    levels = dict(zip(names, sets[best], strict=True))
    plan = trial.build(levels)
    run = run_pathway(plan, trial.model, trial.futures[held_out], trial.timeline)
    value = np.vstack([trial.static[:, held_out], trial.value_of_run(run)])
    judged = statistic_interval(lambda rows: criterion_of(rows, settings), value, settings.resampling)
    gain = mean_interval(value[-1] - value[:-1], settings.resampling) if len(value) > 1 else judged
    return TunedPlan(
        levels, plan, np.array(sets), scores, judged, gain, float(scores[best] - judged.estimate[-1])
    )


def _sets(grid: Mapping[str, Sequence[float]]) -> list[tuple[float, ...]]:
    if not grid or not all(len(levels) for levels in grid.values()):
        raise DomainError("give at least one level to try for each name of the grid")
    count = int(np.prod([len(levels) for levels in grid.values()], dtype=float))
    if count > MOST_TRIED:
        raise DomainError(f"the grid has {count} sets of levels, at most {MOST_TRIED} are tried; thin it out")
    return [tuple(float(level) for level in row) for row in itertools.product(*grid.values())]


def _training_scores(
    trial: Trial, sets: list[dict[str, float]], training: np.ndarray, settings: TuneSettings
) -> np.ndarray:
    futures, static = trial.futures[training], trial.static[:, training]
    # All sets begin on one path, which is run once.
    start = trial.build(sets[0]).start
    started = trial.model(start[None], np.zeros(len(futures), dtype=np.int64), futures)
    scores = []
    for levels in sets:
        plan = trial.build(levels)
        same = np.array_equal(plan.start, start)
        run = run_pathway(plan, trial.model, futures, trial.timeline, started if same else None)
        scores.append(criterion_of(np.vstack([static, trial.value_of_run(run)]), settings)[-1])
    return np.array(scores)
