"""Run a study's pathways on the futures of an assessment, beside its static plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError, StudyError, UnknownName
from kedge.data.baseline import load_baseline
from kedge.strategy import (
    AdaptivePlan,
    PathwayMap,
    PathwayRun,
    Resampling,
    SignpostReport,
    SignpostSettings,
    Staged,
    Target,
    Trial,
    TunedPlan,
    TuneSettings,
    best_shares,
    draw_map,
    mean_interval,
    regret,
    run_pathway,
    score_signposts,
    tipping_points,
    tune_triggers,
    value_of,
)
from kedge.strategy.triggers import trigger_met
from kedge.strategy.tune import Criterion
from kedge.world.assessment import MEASURES
from kedge.world.lever_paths import plan_paths
from kedge.world.pathway_model import StagedWorld, stage_world
from kedge.world.pathway_plans import Crossroads, adaptive_plan, level_names
from kedge.world.run import study_parameters
from kedge.world.setting import build_setting
from kedge.world.study import Study
from kedge.world.study_pathways import Pathway

MOST_SETS = 130
"""Sets of trigger levels tried for one pathway, about."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PathwayOptions:
    """What is asked of pathways.

    Parameters
    ----------
    tune
        Look for better trigger levels on half of the futures.
    criterion
        What levels are tuned for.
    margin : unit of the value
        By how much turning must pay for the signposts' event to hold.
    seed
        Of halves and intervals.
    """

    tune: bool = False
    criterion: Criterion = "mean"
    margin: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class PathwayResult:
    """One pathway in all futures.

    Parameters
    ----------
    key, pathway, plan, run
        From the study, as an adaptive plan, and what came out.
    drawn
        Its map, with tipping points: when half of the futures call for leaving a line.
    value : overall value, [future]
    turned : year
        In which turning to the first switch's plan is judged against staying.
    signposts
        How well each series tells, by then, whether turning pays; None if it always or never does.
    tuned
        None unless asked for.
    """

    key: str
    pathway: Pathway
    plan: AdaptivePlan
    run: PathwayRun
    drawn: PathwayMap
    value: Float[np.ndarray, " future"]
    turned: int
    signposts: SignpostReport | None
    tuned: TunedPlan | None


@dataclass(frozen=True)
class PathwayAnswer:
    """Adaptive beside static plans.

    Parameters
    ----------
    study
    values : units of the measures, [plan, future, measure]
        Of the static plans.
    value : overall value, [plan, future]
        Of the static plans.
    results
        One a pathway.
    options
    """

    study: Study
    values: Float[np.ndarray, "plan future measure"]
    value: Float[np.ndarray, "plan future"]
    results: tuple[PathwayResult, ...]
    options: PathwayOptions

    def table(self) -> pl.DataFrame:
        """Sum up static plans and pathways, one row each; regret is against the best of them all."""
        values = np.concatenate([self.values, *(r.run.values[None] for r in self.results)])
        value = np.vstack([self.value, *(r.value for r in self.results)])
        resampling = Resampling(seed=self.options.seed)
        mean, short, best = mean_interval(value, resampling), regret(value), best_shares(value, resampling)
        still = len(self.value)
        rows = []
        for k, (key, label) in enumerate(self._names()):
            run = self.results[k - still].run if k >= still else None
            rows.append(
                {
                    "key": key,
                    "label": label,
                    "kind": "static" if run is None else "adaptive",
                    "value": float(mean.estimate[k]),
                    "value_low": float(mean.low[k]),
                    "value_high": float(mean.high[k]),
                    "mean_regret": float(short[k].mean()),
                    "regret_p90": float(np.quantile(short[k], 0.9)),
                    "best_share": float(best.estimate[k]),
                    "switched": 0.0 if run is None else float(run.switched.mean()),
                    **{m.name: float(values[k, :, j].mean()) for j, m in enumerate(MEASURES)},
                }
            )
        return pl.DataFrame(rows)

    def gains(self) -> pl.DataFrame:
        """Mean value of each pathway less each static plan's, with intervals, over all futures."""
        rows = []
        for result in self.results:
            found = mean_interval(result.value - self.value, Resampling(seed=self.options.seed))
            for k, plan in enumerate(self.study.plan_keys):
                gain = (float(each[k]) for each in (found.estimate, found.low, found.high))
                rows.append((result.key, plan, *gain))
        return pl.DataFrame(rows, schema=["pathway", "plan", "gain", "low", "high"], orient="row")

    def _names(self) -> list[tuple[str, str]]:
        plans = zip(self.study.plan_keys, self.study.plan_labels, strict=True)
        return [*plans, *((r.key, r.pathway.label) for r in self.results)]


def run_pathways(
    study: Study,
    futures: Float[np.ndarray, "future uncertainty"],
    options: PathwayOptions | None = None,
    only: str | None = None,
    progress: Progress | None = None,
) -> PathwayAnswer:
    """Run a study's pathways through futures.

    Parameters
    ----------
    study
        With pathways.
    futures
        In the order and units of `study_parameters`.
    options
        Tuning, margin, seed.
    only
        Key of the one pathway wanted; None for all.
    progress
        Called with (steps done, steps in all).

    Raises
    ------
    StudyError
        The study has no pathways.
    UnknownName
        It has none with that key.
    """
    options = options or PathwayOptions()
    if not study.pathways:
        raise StudyError("the study has no pathways; add a table [pathways.KEY] (docs/studies.md)")
    if only is not None and only not in study.pathways:
        raise UnknownName("pathway", only, study.pathways)
    chosen = {key: each for key, each in study.pathways.items() if only in (None, key)}
    step = _counter(study, chosen, options, progress)
    setting = build_setting(study, load_baseline())
    world = stage_world(setting, study_parameters(study), futures)
    crossroads = Crossroads(plan_paths(study, setting.levers), world)
    stayed = []
    for path in crossroads.paths.path:
        stayed.append(world.model(path[None], np.zeros(len(futures), dtype=np.int64), world.places))
        step()
    values = np.stack([each.values for each in stayed])
    ground = _Ground(crossroads, tuple(stayed), _value(study, values), options, step)
    results = tuple(_one(ground, key, pathway) for key, pathway in chosen.items())
    return PathwayAnswer(study, values, ground.value, results, options)


@dataclass(frozen=True)
class _Ground:
    """What all pathways of one answer share."""

    crossroads: Crossroads
    stayed: tuple[Staged, ...]
    value: np.ndarray
    options: PathwayOptions
    step: Callable[[], None]

    @property
    def study(self) -> Study:
        """Study that the plans belong to."""
        return self.crossroads.paths.study

    @property
    def world(self) -> StagedWorld:
        """Joint model bound to the futures."""
        return self.crossroads.world


def _one(ground: _Ground, key: str, pathway: Pathway) -> PathwayResult:
    world, study = ground.world, ground.study
    plan = adaptive_plan(ground.crossroads, key, pathway)
    stayed = ground.stayed[study.plan_keys.index(pathway.start)]
    run = run_pathway(plan, world.model, world.places, world.timeline, stayed)
    ground.step()
    turned, report = _score(ground, pathway, plan, stayed)
    ground.step()
    return PathwayResult(
        key=key,
        pathway=pathway,
        plan=plan,
        run=run,
        drawn=draw_map(run, plan, _ends(ground, pathway, plan)),
        value=_value(study, run.values[None])[0],
        turned=turned,
        signposts=report,
        tuned=_tune(ground, key, pathway, stayed) if ground.options.tune else None,
    )


def _ends(ground: _Ground, pathway: Pathway, plan: AdaptivePlan) -> tuple:
    """Say by when half of the futures have called for leaving each line's plan, were it kept to."""
    study, timeline, found = ground.study, ground.world.timeline, []
    lines = [("start", pathway.start, None), *((s.key, s.to, s.key) for s in pathway.switches)]
    for name, key, after in lines:
        leaving = [action for action in plan.actions if action.after == after]
        if not leaving:
            continue
        seen = ground.stayed[study.plan_keys.index(key)].signposts
        met = np.logical_or.reduce([trigger_met(each.trigger, seen, timeline) for each in leaving])
        found += tipping_points(met[None], (name,), timeline.years)
    return tuple(found)


def _score(
    ground: _Ground, pathway: Pathway, plan: AdaptivePlan, stayed: Staged
) -> tuple[int, SignpostReport | None]:
    """Score signposts by how they tell whether turning in one year pays, its cost included."""
    world, switch, action = ground.world, pathway.switches[0], plan.actions[0]
    timeline = world.timeline
    latest = timeline.span - 2 - action.lead
    turned = max(switch.not_before or 0, timeline.years[0] + timeline.span // 3)
    place = min(turned - timeline.years[0], latest)
    if place < 0:
        return turned, None
    path = action.switch(plan.start, place + 1 + action.lead)
    found = world.model(path[None], np.zeros(len(world.places), dtype=np.int64), world.places)
    values = found.values if action.cost is None else found.values + action.cost(place, world.places)
    gain = (_value(ground.study, values[None]) - _value(ground.study, stayed.values[None]))[0]
    year = timeline.years[place]
    settings = SignpostSettings(rule="value", last=year, seed=ground.options.seed)
    target = Target(gain > ground.options.margin, np.full(len(gain), year + 1), gain)
    try:
        return year, score_signposts(stayed.signposts, target, timeline, settings)
    except DomainError:
        # Turning pays everywhere or nowhere, or there are too few futures: nothing to tell apart.
        return year, None


def _tune(ground: _Ground, key: str, pathway: Pathway, stayed: Staged) -> TunedPlan:
    world, study, own = ground.world, ground.study, level_names(pathway)
    each = max(2, int(MOST_SETS ** (1 / len(own))))
    series = [when.series for switch in pathway.switches for when in switch.when]
    grid = {}
    for (name, level), kind in zip(own.items(), series, strict=True):
        seen = stayed.signposts[:, world.timeline.signposts.index(kind)]
        levels = np.quantile(seen, np.linspace(0.1, 0.9, each - 1))
        grid[name] = sorted({level, *(float(f"{found:.3g}") for found in levels)})

    def build(levels: dict[str, float]) -> AdaptivePlan:
        ground.step()
        return adaptive_plan(ground.crossroads, key, pathway, levels)

    trial = Trial(
        build=build,  # pyright: ignore[reportArgumentType]
        model=world.model,
        futures=world.places,
        timeline=world.timeline,
        value_of_run=lambda run: _value(study, run.values[None])[0],
        static=ground.value,
    )
    settings = TuneSettings(ground.options.criterion, seed=ground.options.seed)
    return tune_triggers(trial, grid, settings)


def _value(study: Study, values: np.ndarray) -> np.ndarray:
    return value_of(values, MEASURES, study.weights.model_dump())


def _counter(
    study: Study, chosen: dict[str, Pathway], options: PathwayOptions, progress: Progress | None
) -> Callable[[], None]:
    counts = [len(level_names(pathway)) for pathway in chosen.values()]
    sets = sum(max(2, int(MOST_SETS ** (1 / count))) ** count + 2 for count in counts)
    total = len(study.plans) + 2 * len(chosen) + (sets if options.tune else 0)
    done = 0

    def step() -> None:
        nonlocal done
        done = min(done + 1, total)
        if progress is not None:
            progress(done, total)

    return step
