"""A study's pathways as adaptive plans of the strategy room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kedge.strategy import Action, AdaptivePlan, Condition, Trigger
from kedge.strategy.pathways import Cost
from kedge.world.assessment import MEASURES
from kedge.world.lever_paths import PlanPaths, turn_to
from kedge.world.pathway_model import StagedWorld
from kedge.world.study_pathways import Pathway, PathwaySwitch, When


@dataclass(frozen=True)
class Crossroads:
    """What pathways are made of: the study's plans as paths, and the joint model that runs them."""

    paths: PlanPaths
    world: StagedWorld


def level_names(pathway: Pathway) -> dict[str, float]:
    """List a pathway's trigger levels by name: switch, series, and a number where one would not do.

    Examples
    --------
    >>> when = {"series": "attack_hazard", "above": 0.02}
    >>> switches = [{"to": "plan_b", "when": [when]}]
    >>> level_names(Pathway(label="P", start="plan_a", switches=switches))
    {'plan_b.attack_hazard': 0.02}
    """
    found: dict[str, float] = {}
    for switch in pathway.switches:
        for when in switch.when:
            name, number = f"{switch.key}.{when.series}", 2
            while name in found:
                name, number = f"{switch.key}.{when.series}.{number}", number + 1
            found[name] = _level(when)
    return found


def adaptive_plan(
    crossroads: Crossroads, key: str, pathway: Pathway, levels: Mapping[str, float] | None = None
) -> AdaptivePlan:
    """Turn a pathway into an adaptive plan.

    Parameters
    ----------
    crossroads
        The study's plans as lever paths, and the model bound to futures.
    key, pathway
        From the study.
    levels : units of the series
        Trigger levels by name instead of the pathway's own; see `level_names`.
    """
    study, own = crossroads.paths.study, level_names(pathway)
    names = iter(own)
    chosen = own | dict(levels or {})
    actions = []
    for switch in pathway.switches:
        conditions = tuple(
            Condition(
                when.series,
                "below" if when.below is not None else "above",
                chosen[next(names)],
                when.years,
                when.mean_years,
            )
            for when in switch.when
        )
        actions.append(
            Action(
                name=switch.key,
                switch=turn_to(crossroads.paths, switch.to, switch.move_years),
                trigger=Trigger(conditions, switch.join, switch.not_before, switch.not_after),
                lead=switch.lead_years,
                cost=switch_cost(switch, crossroads.world),
                after=switch.after,
            )
        )
    start = crossroads.paths.path[study.plan_keys.index(pathway.start)]
    return AdaptivePlan(key, start, tuple(actions), pathway.most)


def switch_cost(switch: PathwaySwitch, world: StagedWorld) -> Cost | None:
    """Turn percent of one year's GDP into the measures' discounted means; None if there is no cost.

    The future's own discount rate counts, as in every measure.
    """
    amounts = np.array(
        [-measure.sign * getattr(switch.cost, measure.name, 0.0) for measure in MEASURES], dtype=float
    )
    if not amounts.any():
        return None
    place = np.arange(world.timeline.span)

    def cost(year: int, places: np.ndarray) -> np.ndarray:
        rate = world.records["discount_rate"][places[:, 0].astype(np.int64)] / 100.0
        discount = (1.0 + rate[:, None]) ** -place
        return discount[:, year, None] / discount.sum(axis=1, keepdims=True) * amounts

    return cost


def _level(when: When) -> float:
    return float(when.below if when.below is not None else when.above or 0.0)
