"""Dynamic ideal points: the best mode, with variances learnt from the data and joint spreads."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Float, Int
from threadpoolctl import threadpool_limits

from kedge.core.errors import DomainError
from kedge.core.solution import Solution
from kedge.order.blocks import factor_blocks
from kedge.order.layout import Layout, lay_out
from kedge.order.newton import assemble, joint_step
from kedge.order.ordinal import (
    LEAST_WALK,
    OrdinalPrior,
    OrdinalState,
    first_prior,
    first_state,
    leading_axes,
    normalised,
    reflected,
    sweep,
)
from kedge.order.ordinal_kernels import category_odds
from kedge.order.positions import Positions
from kedge.order.roll_calls import RollCalls
from kedge.order.spread import JointSpread, joint_spread, learn_walk
from kedge.order.warm import StartingPoint, carried_over, starting_point

LARGEST_MOVE = 0.5
CLOSE_WALK = 0.005
ANCHORS = ("USA", "GBR", "ISR", "FRA", "JPN")


@dataclass(frozen=True)
class FitSettings:
    """How to estimate.

    Parameters
    ----------
    sweeps
        Variational sweeps, in which the prior is learnt.
    steps
        Joint steps at the most.
    tolerance : standard deviations
        Root mean square of the last joint step.
    positive
        State on the positive side; by default the United States, else the first of a few others.
    """

    sweeps: int = 25
    steps: int = 40
    tolerance: float = 1e-3
    positive: str | None = None


@dataclass(frozen=True)
class PositionFit:
    """Estimated positions and items, and all that is needed to start from here again.

    Parameters
    ----------
    positions
        Ideal points and their spreads.
    calls
        Roll calls used: those in which votes differed.
    prior
        What was learnt of walks, items and lapses.
    layout, state
        In the estimator's own order.
    spread
        Joint posterior of positions.
    dropped
        What was left out before the estimation, counted.
    """

    positions: Positions
    calls: RollCalls
    prior: OrdinalPrior
    layout: Layout
    state: OrdinalState
    spread: JointSpread
    dropped: dict[str, int]

    def items(self) -> pl.DataFrame:
        """List roll calls: id, resolution, date, session, discrimination, two thresholds and their spreads.

        A threshold is the log-odds at position 0 of more than a no (lower) and of a yes (upper).
        """
        sd = np.sqrt(np.diagonal(self.state.vw, axis1=1, axis2=2))
        names = ("discrimination", "lower_threshold", "upper_threshold")
        columns = {name: self.state.w[:, k] for k, name in enumerate(names)}
        return pl.DataFrame(
            {
                "id": self.calls.ids,
                "resolution": self.calls.resolutions,
                "date": self.calls.dates,
                "session": self.calls.sessions,
                **columns,
                **{f"{name}_sd": sd[:, k] for k, name in enumerate(names)},
            }
        )

    def odds(
        self, state: Int[np.ndarray, " vote"], call: Int[np.ndarray, " vote"]
    ) -> Float[np.ndarray, "vote 3"]:
        """Give the chances of no, abstain and yes of states (rows of `calls.votes`) in roll calls.

        Raises
        ------
        DomainError
            A state has no position in the session of the roll call.
        """
        slots = np.full((len(self.calls.states), self.layout.sessions.size), -1)
        slots[self.layout.state, self.layout.session] = np.arange(self.layout.state.size)
        slot = slots[state, self.layout.call_session[call]]
        if (slot < 0).any():
            name = self.calls.states[int(state[np.argmin(slot)])]
            raise DomainError(f"{name} has no position in one of these sessions: it cast no vote around then")
        odds = np.empty((slot.size, 3))
        now = self.state
        category_odds((slot, call), (now.x, now.vx), (now.w, now.vw), self.prior.lapse, odds)
        return odds

    def starting_point(self) -> StartingPoint:
        """Keep what a later fit, with more votes, can start from."""
        return starting_point(self.calls, self.layout, self.state, self.prior)

    def draws(self, count: int, rng: np.random.Generator) -> Float[np.ndarray, "draw state session"]:
        """Draw positions from their joint posterior; NaN where a state cast no vote."""
        moved = self.state.x[:, None] + self.spread.draw(count, rng)
        out = np.full((count, *self.positions.mean.shape), np.nan)
        voted = self.layout.cast > 0
        out[:, self.layout.state[voted], self.layout.session[voted]] = moved[voted].T
        return out


def fit_positions(
    calls: RollCalls,
    settings: FitSettings | None = None,
    *,
    start: StartingPoint | None = None,
    report: Callable[[int, int], None] | None = None,
) -> Solution[PositionFit]:
    """Estimate one-dimensional dynamic ideal points with joint spreads.

    Parameters
    ----------
    calls
        Roll calls; those without a dissenting vote are left out and counted.
    settings
        How to estimate.
    start
        What an earlier fit keeps (`PositionFit.starting_point`), to which these roll calls add some: its
        prior is kept, and only a few steps are taken from where it ended.
    report
        Told how many of how many passes are done.

    Returns
    -------
    Solution
        The fit; `residual` is the root mean square of the last joint step, in standard deviations.

    Raises
    ------
    DomainError
        No roll call divides the states, or `positive` names a state that never voted.

    References
    ----------
    Model: Bailey, Strezhnev & Voeten (2017), J. Conflict Resolution 61(2); Martin & Quinn (2002),
    Political Analysis 10(2).  Variational start: Imai, Lo & Olmsted (2016), APSR 110(4).
    """
    settings = settings or FitSettings()
    began = time.process_time()
    used, dropped = informative(calls)
    layout = lay_out(used)
    positive = _anchor(used, settings.positive)
    with threadpool_limits(1, "blas"):
        if start is None:
            state, prior = _sweep_in(used, layout, settings, report)
        else:
            state, prior = carried_over(start, used, layout), start.prior
            state, _ = sweep(layout, state, prior, learn=False)
        state, prior, ends = _step_in(layout, state, prior, settings, report, learn=start is None)
        if positive is not None and state.x[layout.state == positive].mean() < 0:
            state, prior = reflected(state, prior)
        system = assemble(layout, state, prior)
        factor = factor_blocks(system.diagonal, system.below)
        spread = joint_spread(layout, state, system, factor, texts=start is None)
        positions = _positions(used, layout, state, spread)
    fit = PositionFit(positions, used, prior, layout, state, spread, {**calls.dropped, **dropped})
    residual, steps = ends
    status = "converged" if residual <= settings.tolerance else "out_of_iterations"
    return Solution(fit, status, residual, settings.sweeps + steps, time.process_time() - began)


def informative(calls: RollCalls) -> tuple[RollCalls, dict[str, int]]:
    """Leave out roll calls that cannot tell states apart, and say how many there were.

    Raises
    ------
    DomainError
        None is left.
    """
    kinds = np.sum([(calls.votes == vote).any(axis=0) for vote in range(3)], axis=0)
    dropped = {
        "roll calls in which nobody voted": int((kinds == 0).sum()),
        "roll calls without a dissenting vote": int((kinds == 1).sum()),
    }
    if not (kinds > 1).any():
        raise DomainError(
            f"none of the {len(calls)} roll calls divides the states: every one is unanimous or empty, "
            f"so positions cannot be told; give more roll calls"
        )
    return calls.pick(kinds > 1), dropped


def _anchor(calls: RollCalls, positive: str | None) -> int | None:
    if positive is not None and positive not in calls.states:
        raise DomainError(
            f"{positive!r} casts no vote in these roll calls, so it cannot fix the positive side"
        )
    names = (positive,) if positive else ANCHORS
    return next((calls.states.index(name) for name in names if name in calls.states), 0)


def _sweep_in(
    calls: RollCalls, layout: Layout, settings: FitSettings, report: Callable[[int, int], None] | None
) -> tuple[OrdinalState, OrdinalPrior]:
    state, prior = first_state(layout, leading_axes(calls.votes, 1)[:, 0]), first_prior()
    for at in range(settings.sweeps):
        state, prior = sweep(layout, state, prior)
        if report is not None:
            report(at + 1, settings.sweeps + settings.steps)
    return state, prior


def _step_in(
    layout: Layout, state: OrdinalState, prior: OrdinalPrior, settings: FitSettings,
    report: Callable[[int, int], None] | None, *, learn: bool,
) -> tuple[OrdinalState, OrdinalPrior, tuple[float, int]]:  # fmt: skip
    size, taken, chase = np.inf, 0, _Chase()
    for at in range(settings.steps):
        try:
            system = assemble(layout, state, prior)
            step, factor = joint_step(layout, system, prior)
        except np.linalg.LinAlgError:
            # Too far out for a joint step: one more sweep brings the point nearer.
            state, prior = sweep(layout, state, prior, learn=False)
            continue
        share = min(1.0, LARGEST_MOVE / max(np.abs(step.x).max(), 1e-12), _room(state.w, step.w))
        state = replace(
            state, x=state.x + share * step.x, w=state.w + share * step.w, u=state.u + share * step.u
        )
        if learn:
            walk, first = learn_walk(layout, state.x, system, factor)
            prior = replace(prior, walk=chase.next(prior.walk, walk), start=first)
        size, taken = float(np.sqrt(np.mean(step.x**2))), at + 1
        if report is not None:
            report(settings.sweeps + taken, settings.sweeps + settings.steps)
        if size <= settings.tolerance and abs(chase.gap) < CLOSE_WALK:
            break
    state, prior = normalised(layout, state, prior)
    return state, prior, (size, taken)


class _Chase:
    """Secant steps towards the fixed point of the walk's update, which alone would creep."""

    def __init__(self) -> None:
        self.before: tuple[float, float] | None = None
        self.gap = 0.0

    def next(self, now: float, update: float) -> float:
        """Give the next variance, from the present one and what the update makes of it."""
        at, gap = np.log(now), np.log(max(update, LEAST_WALK) / now)
        speed = 2.0
        if self.before is not None and gap != self.before[1]:
            speed = np.clip((self.before[0] - at) / (gap - self.before[1]), 1.0, 8.0)
        self.before, self.gap = (at, gap), gap
        return float(np.exp(at + np.clip(speed * gap, -1.0, 1.0)))


def _room(w: np.ndarray, step: np.ndarray) -> float:
    """Share of a step that leaves every item a fifth of the room between its thresholds."""
    nearer = (step[:, 2] - step[:, 1]) / (w[:, 1] - w[:, 2])
    return 0.8 / nearer.max() if nearer.max() > 0.8 else 1.0


def _positions(calls: RollCalls, layout: Layout, state: OrdinalState, spread: JointSpread) -> Positions:
    shape = (len(calls.states), layout.sessions.size)
    mean, sd, votes = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, np.int64)
    cast = layout.cast > 0
    at = (layout.state[cast], layout.session[cast])
    mean[at], sd[at], votes[at] = state.x[cast], np.sqrt(spread.variance()[cast]), layout.cast[cast]
    return Positions(calls.states, layout.sessions, mean, sd, votes)
