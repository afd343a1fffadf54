"""Adaptive plans: begin on one path of levers, watch signposts, and change course when they call for it.

The model is any function from lever paths over years, and futures, to measures and yearly
signposts.  Futures that took the same decisions in the same years share a path and are run
together.  Nothing is assumed about levers except that a path up to a year fixes what is seen
up to that year, which is checked at every run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from kedge.core.errors import DomainError, UnknownName
from kedge.strategy.triggers import Signposts, Timeline, Trigger, first_year, trigger_met

LeverPath = Float[np.ndarray, "year lever"]
LeverPaths = Float[np.ndarray, "path year lever"]
PathOf = Int[np.ndarray, " future"]
Rows = Float[np.ndarray, "future column"]
Outcome = Float[np.ndarray, "future measure"]

NEVER = -1
"""Stands for the year of a decision that is never taken."""

BLOCK = 2**15
"""Futures followed at a time, which bounds memory and changes nothing else."""


@dataclass(frozen=True)
class Staged:
    """What a staged model gives.

    Parameters
    ----------
    values : units of the measures, [future, measure]
    signposts : their own units, [future, signpost, year]
        Year t's may depend on levers up to t only.
    """

    values: Outcome
    signposts: Signposts


PathModel = Callable[[LeverPaths, PathOf, Rows], Staged]
"""Lever paths, which of them each future runs under, and futures; a future's results depend on no other's."""

Switch = Callable[[LeverPath, int], LeverPath]
"""The present path and the index of the first year that may change; gives the path from then on."""

Cost = Callable[[int, Rows], Outcome]
"""The index of the year of decision, and futures; gives what is added to each measure."""


@dataclass(frozen=True)
class Action:
    """A change of course that an adaptive plan may take, once.

    Parameters
    ----------
    name
        Unique in the plan; never `start`.
    switch
        How the path goes on; see `switch_to`.
    trigger
        When it is called for.
    lead : years
        Between decision and effect.  Decided on what is seen in year t, levers change from
        year t + 1 + lead.
    cost
        Sunk, charged when decided; see `sunk_cost`.  None for no cost.
    after
        Name of an action that must have been taken before.

    Raises
    ------
    DomainError
        An empty or reserved name, or a negative lead.
    """

    name: str
    switch: Switch
    trigger: Trigger
    lead: int = 0
    cost: Cost | None = None
    after: str | None = None

    def __post_init__(self) -> None:
        if not self.name or self.name == "start":
            raise DomainError(f"an action needs a name other than 'start', got {self.name!r}")
        if self.lead < 0:
            raise DomainError(f"the lead of {self.name!r} must be zero years or more, got {self.lead}")


@dataclass(frozen=True)
class AdaptivePlan:
    """A path to begin with and the actions that may follow.

    Parameters
    ----------
    name
    start
        Lever path of the static plan on which it begins.
    actions
        If several are called for in one year, the first in this order is taken.
    most
        Actions taken in one future, at most; None for as many as there are.

    Raises
    ------
    DomainError
        Names given twice, an action after itself, a path that is not a finite table, or no action allowed.
    UnknownName
        An action is to follow one that is not there.
    """

    name: str
    start: LeverPath
    actions: tuple[Action, ...]
    most: int | None = None

    def __post_init__(self) -> None:
        names = [action.name for action in self.actions]
        if len(set(names)) < len(names):
            raise DomainError(f"actions of {self.name!r} need names of their own, got {', '.join(names)}")
        if self.start.ndim != 2 or not np.isfinite(self.start).all():
            raise DomainError(
                f"the start of {self.name!r} must be finite and [year, lever], got shape {self.start.shape}"
            )
        if self.most is not None and self.most < 1:
            raise DomainError(
                f"{self.name!r} must allow one action or more, got most={self.most}; a plan without actions "
                "is static"
            )
        self._check_order(names)

    def _check_order(self, names: list[str]) -> None:
        for action in self.actions:
            if action.after == action.name:
                raise DomainError(f"action {action.name!r} cannot come after itself")
            if action.after is not None and action.after not in names:
                raise UnknownName("action", action.after, names)


@dataclass(frozen=True)
class PathwayRun:
    """An adaptive plan run through futures.

    Parameters
    ----------
    name, actions
        Of the plan and its actions, in order.
    years : year
    values : units of the measures, [future, measure]
        Costs of switching included; they stack beside a static plan's.
    costs : units of the measures, [future, measure]
        Of switching alone.
    decided : year, [future, action]
        In which each action was decided; `NEVER` where it was not.
    line : index, [future, year]
        On which line each future is: zero on the start, k + 1 once action k is in effect.
    """

    name: str
    actions: tuple[str, ...]
    years: tuple[int, ...]
    values: Outcome
    costs: Outcome
    decided: Int[np.ndarray, "future action"]
    line: Int[np.ndarray, "future year"]

    @property
    def switched(self) -> np.ndarray:
        """Mark the futures in which any action was taken."""
        return (self.decided != NEVER).any(axis=1)


@dataclass(frozen=True)
class PathwayShare:
    """One sequence of actions and how often it came about.

    Parameters
    ----------
    actions
        Names in the order in which they were decided; empty for the static plan.
    share : share of futures
    years : year
        Middle year of each decision.
    """

    actions: tuple[str, ...]
    share: float
    years: tuple[float, ...]


def switch_to(target: LeverPath) -> Switch:
    """Make a switch that leaps onto a static plan's path: the old one before, the new one from the effect on.

    Examples
    --------
    >>> switch_to(np.ones((3, 1)))(np.zeros((3, 1)), 2).ravel()
    array([0., 0., 1.])
    """

    def switch(path: LeverPath, effect: int) -> LeverPath:
        return np.concatenate([path[:effect], target[effect:]])

    return switch


def sunk_cost(amounts: Mapping[str, float | Sequence[float]], measures: Sequence[str]) -> Cost:
    """Make a cost that is the same in every future.

    Parameters
    ----------
    amounts : units of the measures
        By measure, one number or one for each year of decision; added to the measure, so that
        what is lost of a measure to be maximised is negative.
    measures
        Names, in order.

    Raises
    ------
    UnknownName
        An amount for a measure that is not there.
    """
    for name in amounts:
        if name not in measures:
            raise UnknownName("measure", name, measures)

    def cost(year: int, futures: Rows) -> Outcome:
        charged = np.zeros((len(futures), len(measures)))
        for name, amount in amounts.items():
            charged[:, measures.index(name)] = np.ravel(amount)[year if np.ndim(amount) else 0]
        return charged

    return cost


def run_pathway(
    plan: AdaptivePlan, model: PathModel, futures: Rows, timeline: Timeline, started: Staged | None = None
) -> PathwayRun:
    """Follow an adaptive plan through futures.

    In each future the present path is run; the first year in which a trigger is met, once the
    last action is in effect, is the year of a decision; from its effect on the path is the
    action's, and the future is run again.  An action that would take effect after the last year
    is not decided.  Where no trigger is met the values are the static plan's, bit for bit.

    Parameters
    ----------
    plan
    model
        See `PathModel`.
    futures
        One row a future; handed to the model as they are.
    timeline
        Years and names.
    started
        The start's own run through these futures, if it is at hand.

    Raises
    ------
    DomainError
        Shapes do not fit, a number is not finite, a switch changes years before its effect, or
        what is seen before an action's effect differs: the model looks ahead.
    UnknownName
        A trigger watches a signpost that is not there.

    References
    ----------
    Haasnoot et al. (2013), doi:10.1016/j.gloenvcha.2012.12.006; Kwakkel, Haasnoot & Walker (2015),
    doi:10.1007/s10584-014-1210-4.

    Examples
    --------
    >>> from kedge.strategy.triggers import Condition
    >>> timeline = Timeline((2025, 2026, 2027), ("level",), ("sum",))
    >>> def model(paths, path_of, futures):
    ...     seen = paths[path_of][:, :, 0] + futures
    ...     return Staged(seen.sum(axis=1)[:, None], seen[:, None])
    >>> trigger = Trigger((Condition("level", "above", 0.5),))
    >>> plan = AdaptivePlan("wait", np.zeros((3, 1)), (Action("up", switch_to(np.ones((3, 1))), trigger),))
    >>> run = run_pathway(plan, model, np.array([[0.0], [0.6]]), timeline)
    >>> run.decided.ravel(), run.values.ravel()
    (array([  -1, 2025]), array([0. , 3.8]))
    """
    _check_plan(plan, futures, timeline)
    course = _Course(plan, model, timeline)
    parts = []
    for first in range(0, len(futures), BLOCK):
        rows = slice(first, first + BLOCK)
        known = started and Staged(started.values[rows], started.signposts[rows])
        parts.append(_follow(course, futures[rows], known or None))
    values, costs, decided, line = (np.concatenate(each) for each in zip(*parts, strict=True))
    return PathwayRun(
        plan.name, tuple(a.name for a in plan.actions), timeline.years, values, costs, decided, line
    )


def pathway_shares(run: PathwayRun) -> tuple[PathwayShare, ...]:
    """List the sequences of actions that came about, the most frequent first."""
    order = np.argsort(np.where(run.decided == NEVER, np.inf, run.decided), axis=1, kind="stable")
    taken = np.take_along_axis(run.decided, order, axis=1)
    sequence = np.where(taken == NEVER, NEVER, order)
    rows, place = np.unique(sequence, axis=0, return_inverse=True)
    found = []
    for number, row in enumerate(rows):
        here = place.ravel() == number
        length = int((row != NEVER).sum())
        years = tuple(float(year) for year in np.median(taken[here][:, :length], axis=0)) if length else ()
        found.append(PathwayShare(tuple(run.actions[k] for k in row[:length]), float(here.mean()), years))
    return tuple(sorted(found, key=lambda share: (-share.share, share.actions)))


@dataclass(frozen=True)
class _Course:
    """What one run holds fast."""

    plan: AdaptivePlan
    model: PathModel
    timeline: Timeline


def _check_plan(plan: AdaptivePlan, futures: Rows, timeline: Timeline) -> None:
    if len(plan.start) != timeline.span:
        raise DomainError(
            f"the start of {plan.name!r} must have a row for each of {timeline.span} years, "
            f"got {len(plan.start)}"
        )
    if not len(futures):
        raise DomainError("an adaptive plan needs at least one future to run through, got none")
    for action in plan.actions:
        for condition in action.trigger.conditions:
            if condition.signpost not in timeline.signposts:
                raise UnknownName("signpost", condition.signpost, timeline.signposts)


def _follow(course: _Course, futures: Rows, started: Staged | None) -> tuple[np.ndarray, ...]:
    plan, span = course.plan, course.timeline.span
    count, actions = len(futures), len(plan.actions)
    paths = plan.start[None]
    path_of = np.zeros(count, dtype=np.int64)
    found = started or course.model(paths, path_of, futures)
    _check_staged(found, count, course.timeline)
    values, signposts = found.values.copy(), found.signposts.copy()
    costs = np.zeros_like(values)
    decided = np.full((count, actions), NEVER)
    line = np.zeros((count, span), dtype=np.int64)
    free_from, moving = np.zeros(count, dtype=np.int64), np.arange(count)
    for _ in range(actions if plan.most is None else min(plan.most, actions)):
        action, when = _next_decision(course, signposts[moving], decided[moving], free_from[moving])
        calling = action != NEVER
        moving, action, when = moving[calling], action[calling], when[calling]
        if not moving.size:
            break
        keys, group = np.unique(
            np.stack([path_of[moving], action, when], axis=1), axis=0, return_inverse=True
        )
        fresh = np.stack([_switched(plan.actions[a], paths[p], t) for p, a, t in keys])
        found = course.model(fresh, group.ravel(), futures[moving])
        _check_staged(found, moving.size, course.timeline)
        effect = when + 1 + np.array([each.lead for each in plan.actions])[action]
        _check_causal(plan.name, signposts[moving], found.signposts, effect)
        for number, (_, a, t) in enumerate(keys):
            charge, here = plan.actions[a].cost, moving[group.ravel() == number]
            if charge is not None:
                costs[here] += charge(int(t), futures[here])
        values[moving], signposts[moving] = found.values, found.signposts
        decided[moving, action], free_from[moving] = when, effect
        line[moving] = np.where(np.arange(span) >= effect[:, None], action[:, None] + 1, line[moving])
        path_of[moving] = len(paths) + group.ravel()
        paths = np.concatenate([paths, fresh])
    switched = (decided != NEVER).any(axis=1)
    # Only where something was decided: adding nothing could still turn a negative zero.
    values[switched] += costs[switched]
    years = np.array(course.timeline.years)
    return values, costs, np.where(decided == NEVER, NEVER, years[decided]), line


def _next_decision(
    course: _Course, signposts: Signposts, decided: np.ndarray, free_from: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give each future's next action and its year's index; `NEVER` where none is called for."""
    plan, span = course.plan, course.timeline.span
    names, place = [action.name for action in plan.actions], np.arange(span)
    when = np.full((len(plan.actions), len(signposts)), span)
    for number, action in enumerate(plan.actions):
        open_to = decided[:, number] == NEVER
        if action.after is not None:
            open_to &= decided[:, names.index(action.after)] != NEVER
        in_time = (place >= free_from[:, None]) & (place + 1 + action.lead < span)
        met = trigger_met(action.trigger, signposts, course.timeline)
        when[number] = first_year(met & in_time & open_to[:, None])
    action = when.argmin(axis=0)
    first = when[action, np.arange(len(signposts))]
    return np.where(first < span, action, NEVER), first


def _switched(action: Action, path: LeverPath, when: int) -> LeverPath:
    effect = int(when) + 1 + action.lead
    changed = np.asarray(action.switch(path, effect), dtype=float)
    if changed.shape != path.shape or not np.isfinite(changed).all():
        raise DomainError(
            f"action {action.name!r} must give a finite path of shape {path.shape}, got {changed.shape}"
        )
    if not np.array_equal(changed[:effect], path[:effect]):
        raise DomainError(
            f"action {action.name!r} changes levers before its effect; leave the first {effect} years alone"
        )
    return changed


def _check_staged(found: Staged, count: int, timeline: Timeline) -> None:
    shapes = (count, len(timeline.measures)), (count, len(timeline.signposts), timeline.span)
    if found.values.shape != shapes[0] or found.signposts.shape != shapes[1]:
        raise DomainError(
            f"the model must give values {shapes[0]} and signposts {shapes[1]}, "
            f"got {found.values.shape} and {found.signposts.shape}"
        )
    if not (np.isfinite(found.values).all() and np.isfinite(found.signposts).all()):
        raise DomainError(
            "the model gave values or signposts that are not finite; narrow the futures' ranges"
        )


def _check_causal(name: str, before: Signposts, after: Signposts, effect: np.ndarray) -> None:
    """Refuse a model whose signposts change before the levers do."""
    past = np.arange(before.shape[2]) < effect[:, None]
    differs = ((before != after) & past[:, None]).any(axis=(1, 2))
    if differs.any():
        raise DomainError(
            f"the model looks ahead: in {int(differs.sum())} futures of {name!r} signposts differ in years "
            "before an action takes effect; signposts of a year may depend on levers up to that year only"
        )
