"""A study's plans as paths of levers over years, and the turn from one plan to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.strategy import LeverPath, Switch
from kedge.world.ground import Levers
from kedge.world.pathway_year import Turns
from kedge.world.plans import path_to
from kedge.world.study import PlanLevers, Study

MOVING = ("defence_share", "alliance", "accommodation")
LEAPING = ("strike", "cyber_space", "research", "linkage", "retaliation", "concession", "stance")
RIPENING = ("interchange", "diversification", "mature_year")
BEGUN = len(MOVING) + len(LEAPING) + len(RIPENING)
"""Column of the index of the year since which the present ties are sought; ties follow it."""
COLUMNS = {name: k for k, name in enumerate((*MOVING, *LEAPING, *RIPENING))}


@dataclass(frozen=True)
class PlanPaths:
    """Static plans as lever paths.

    Parameters
    ----------
    study
    path : [plan, year, lever]
        Columns: `MOVING`, `LEAPING`, `RIPENING`, the year's index since which ties are sought, ties.
    """

    study: Study
    path: Float[np.ndarray, "plan year lever"]


def plan_paths(study: Study, levers: Levers) -> PlanPaths:
    """Lay out every plan of a study as a path of levers."""
    years = levers.defence_share.shape[1]
    moving = [getattr(levers, name) for name in MOVING]
    flat = [np.repeat(getattr(levers, name)[:, None], years, axis=1) for name in (*LEAPING, *RIPENING)]
    ties = np.repeat(levers.tie[:, None, :], years, axis=1)
    begun = np.zeros_like(levers.alliance)
    path = np.concatenate([np.stack([*moving, *flat, begun], axis=2), ties], axis=2)
    return PlanPaths(study, np.ascontiguousarray(path, dtype=float))


def years_to_move(plan: PlanLevers, first_year: int) -> dict[str, float]:
    """Years that a plan takes to move each of its levers, counted from the year before the first.

    A lever that the plan leaves as it is today goes back there over the longest of the others'
    years, one if there are none.

    Examples
    --------
    >>> from kedge.world.study import SharePath
    >>> plan = PlanLevers(label="B", alliance=SharePath(target=0.3, year=2035))
    >>> years_to_move(plan, 2025)
    {'defence_share': 11.0, 'alliance': 11.0, 'accommodation': 11.0}
    """
    named = {
        "defence_share": plan.defence_share,
        "alliance": plan.alliance if plan.alliance.target != 1.0 else None,
        "accommodation": plan.accommodation if plan.accommodation.target != 0.0 else None,
    }
    before = first_year - 1
    spans = {name: float(max(path.year - before, 1)) for name, path in named.items() if path}
    longest = max(spans.values(), default=1.0)
    return {name: spans.get(name, longest) for name in MOVING}


def turn_to(paths: PlanPaths, key: str, years: int | None = None) -> Switch:
    """Make the turn to a plan from wherever a path stands.

    Spending, alliance and accommodation move in a straight line from their level in the last year
    before the effect to the plan's target, over the years the plan takes when it is begun first, or
    over `years`.  Mix, linkage, retaliation and concession are the plan's from the effect on.  Ties,
    standards and diversification begin to ripen then, unless both plans seek the same, which goes on.
    """
    number = paths.study.plan_keys.index(key)
    target = paths.path[number, -1]
    own = years_to_move(paths.study.plans[key], paths.study.first_year)
    spans = {name: float(years) if years else own[name] for name in MOVING}
    ripening = [COLUMNS[name] for name in RIPENING]
    goals = paths.study.plans[key]
    ends = {
        # In the last year a static path may not have arrived, so the goal is read from the plan.
        "defence_share": goals.defence_share.target if goals.defence_share else target[0],
        "alliance": goals.alliance.target,
        "accommodation": goals.accommodation.target,
    }

    def switch(path: LeverPath, effect: int) -> LeverPath:
        turned = path.copy()
        later = np.arange(effect, len(path), dtype=float)
        for name in MOVING:
            column = COLUMNS[name]
            start = path[effect - 1, column]
            last = int(effect - 1 + spans[name])
            turned[effect:, column] = path_to(start, ends[name], last, later)
        for name in LEAPING:
            turned[effect:, COLUMNS[name]] = target[COLUMNS[name]]
        sought = [*ripening, *range(BEGUN + 1, path.shape[1])]
        if not np.array_equal(path[effect - 1, sought], target[sought]):
            turned[effect:, sought] = target[sought]
            turned[effect:, BEGUN] = effect
        else:
            turned[effect:, [*sought, BEGUN]] = path[effect - 1, [*sought, BEGUN]]
        return turned

    return switch


def path_rows(paths: Float[np.ndarray, "path year lever"]) -> tuple[Levers, Turns]:
    """Cut lever paths into stretches on which all but the moving levers stand still."""
    count, years, _ = paths.shape
    still = paths[:, :, len(MOVING) :]
    changed = np.ones((count, years), dtype=bool)
    changed[:, 1:] = (still[:, 1:] != still[:, :-1]).any(axis=2)
    row = (np.cumsum(changed.ravel()) - 1).reshape(count, years)
    path, year = np.nonzero(changed)
    flat = {name: paths[path, year, COLUMNS[name]] for name in (*LEAPING, *RIPENING)}
    flat["stance"] = flat["stance"].astype(np.int64)
    levers = Levers(
        **{name: np.ascontiguousarray(paths[path, :, COLUMNS[name]]) for name in MOVING},
        tie=np.ascontiguousarray(paths[path, year, BEGUN + 1 :]),
        **flat,
    )
    begins = np.zeros((count, years), dtype=bool)
    begins[:, 1:] = paths[:, 1:, BEGUN] != paths[:, :-1, BEGUN]
    turn = np.cumsum(begins, axis=1)
    seek, begun = (np.zeros((count, int(turn.max()) + 1), dtype=np.int64) for _ in range(2))
    seek[:, 0] = row[:, 0]
    who, when = np.nonzero(begins)
    seek[who, turn[who, when]], begun[who, turn[who, when]] = row[who, when], when
    return levers, Turns(row, turn, seek, begun)
