"""The search for rates that are everyone's best answer at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from kedge.core.solution import Status
from kedge.trade.climb import climb, scan
from kedge.trade.levers import Tariffs, join_levers
from kedge.trade.mixing import mixed_step
from kedge.trade.model import TradeModel
from kedge.trade.payoff import Look, Payoff

Joint = Float[np.ndarray, " lever"]
Tell = Callable[[str], None]

MEMORY = 8
LARGEST_STEP, PROBE = 0.5, 0.02
MOST_STEPS, MOST_ROUNDS, PATIENCE = 60, 10, 10
SCAN_POINTS = 13
RESTING = 1e-4
"""Change of rates in a round of best responses under which the quicker search takes over."""


@dataclass(frozen=True)
class War:
    """Several players, each with its own levers and objective, over one table of tariffs."""

    model: TradeModel
    payoffs: tuple[Payoff, ...]
    base: Tariffs

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """Each player's part of the joint rates."""
        ends = np.cumsum([0, *(len(payoff.levers) for payoff in self.payoffs)])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))

    @cached_property
    def low(self) -> Joint:
        """Lowest rates."""
        return np.concatenate([payoff.levers.low for payoff in self.payoffs])

    @cached_property
    def high(self) -> Joint:
        """Highest rates."""
        return np.concatenate([payoff.levers.high for payoff in self.payoffs])

    @cached_property
    def scale(self) -> Joint:
        """Rates times this are the coordinates in which the search measures lengths."""
        return np.concatenate([payoff.scale for payoff in self.payoffs])

    def look(self, rates: Joint, near: Scene | None = None) -> Scene:
        """Solve the world at everyone's rates, once for all players."""
        laid = self._levers.lay(rates, self.base)
        start = None if near is None else near.looks[0].answer
        solution = self.model.respond(laid, start)
        solved = solution.status == "converged"
        looks = tuple(
            Look(payoff, rates[part], solution.value, solved, solution.residual)
            for payoff, part in zip(self.payoffs, self.slices, strict=True)
        )
        return Scene(rates, looks, laid)

    def facing(self, scene: Scene, player: int) -> Look:
        """Give one player's point with the others' rates held as in `scene`."""
        payoff, look = self.payoffs[player], scene.looks[player]
        held = Payoff(self.model, payoff.levers, scene.tariffs, payoff.weights)
        return Look(held, look.rates, look.answer, look.is_solved, look.residual)

    @cached_property
    def _levers(self):
        return join_levers(self.model, [payoff.levers for payoff in self.payoffs])


@dataclass(frozen=True)
class Scene:
    """One point of a war: everyone's rates, and each player's look at the one world they make."""

    rates: Joint
    looks: tuple[Look, ...]
    tariffs: Tariffs

    @property
    def is_solved(self) -> bool:
        """Whether the model answered."""
        return self.looks[0].is_solved

    @cached_property
    def gap(self) -> float:
        """Largest of the players' scaled slopes along free rates; zero where no one gains at the margin."""
        return max(look.gap for look in self.looks) if self.is_solved else np.inf

    @cached_property
    def push(self) -> Joint:
        """Each player's own slopes, per unit of tariff and import share."""
        return np.concatenate([look.steepest / look.payoff.scale for look in self.looks])


@dataclass(frozen=True)
class Campaign:
    """One search of a war.

    Parameters
    ----------
    worlds
        Solved on the way.
    method
        `anderson`, or `best_responses` where that did not settle.
    """

    start: Joint
    end: Scene
    worlds: int
    status: Status
    method: str


def wage(war: War, start: Joint, tolerance: float = 1e-6, tell: Tell | None = None) -> Campaign:
    """Search from a start: accelerated steps along everyone's own slope; best responses behind it.

    References
    ----------
    Walker & Ni (2011), SIAM J. Numerical Analysis 49(4), for Anderson's acceleration.
    """
    scene, worlds = _accelerate(war, war.look(start), tolerance)
    if scene.gap <= tolerance:
        return Campaign(start, scene, worlds, "converged", "anderson")
    settled = settle(war, start, tolerance, tell)
    return Campaign(start, settled.end, worlds + settled.worlds, settled.status, settled.method)


def settle(war: War, start: Joint, tolerance: float = 1e-6, tell: Tell | None = None) -> Campaign:
    """Let one player after the other take its best response until no one moves, then polish.

    The first round looks over all of each player's bounds, later ones go up from where it stands.
    """
    scene, worlds = war.look(start), 1
    for number in range(1, MOST_ROUNDS + 1):
        if tell is not None:
            tell(f"best responses, round {number}")
        before = scene.rates
        for player, part in enumerate(war.slices):
            end, more = _answer(war.facing(scene, player), wide=number == 1, tolerance=tolerance)
            worlds += more + 1
            rates = scene.rates.copy()
            rates[part] = end.rates
            scene = war.look(rates, scene)
        if not scene.is_solved or np.abs(scene.rates - before).max() < RESTING:
            break
    if scene.is_solved and scene.gap > tolerance:
        scene, more = _accelerate(war, scene, tolerance)
        worlds += more
    status: Status = "converged" if scene.gap <= tolerance else "stalled"
    return Campaign(start, scene, worlds, status if scene.is_solved else "not_finite", "best_responses")


def _answer(look: Look, wide: bool, tolerance: float) -> tuple[Look, int]:
    """Give a player's best response, and the worlds it took."""
    begin, worlds = look, 0
    if wide:
        _, looks = scan(look.payoff, SCAN_POINTS)
        worlds = len(looks)
        begin = max([look, *looks], key=lambda one: one.value)
    found = climb(look.payoff, begin, tolerance, most=60)
    return found.end, worlds + found.looks


def _accelerate(war: War, begin: Scene, tolerance: float) -> tuple[Scene, int]:
    """Find the fixed point of `rates + push / bend` within the bounds, by Anderson's acceleration."""
    here, worlds = begin, 1
    if not here.is_solved or here.gap <= tolerance:
        return here, worlds
    bend, worlds = _bend(war, here), worlds + 1
    best, points, steps = here, [], []
    damp, reached = 1.0, [here.gap]
    while worlds < MOST_STEPS and here.gap > tolerance:
        step = np.clip(here.rates + damp * here.push / bend, war.low, war.high) - here.rates
        points.append(here.rates)
        steps.append(step)
        del points[: -MEMORY - 1], steps[: -MEMORY - 1]
        move = np.clip(mixed_step(points, steps, war.scale), -LARGEST_STEP, LARGEST_STEP)
        there = war.look(np.clip(here.rates + move, war.low, war.high), here)
        worlds += 1
        if there.gap > 5.0 * best.gap:
            points, steps, damp = [], [], damp / 2.0
            if here is best and damp < 1e-3:
                break
            here = best
            continue
        here = there
        best = min(best, here, key=lambda scene: scene.gap)
        reached.append(best.gap)
        if len(reached) > PATIENCE and best.gap > 0.5 * reached[-PATIENCE]:
            break
    return best, worlds


def _bend(war: War, scene: Scene) -> Joint:
    """Guess how fast each player's own slope falls, from one look with everyone's rates moved a little."""
    up = scene.rates + PROBE <= war.high
    there = war.look(scene.rates + np.where(up, PROBE, -PROBE), scene)
    fall = (scene.push - there.push) / np.where(up, PROBE, -PROBE) if there.is_solved else scene.push * 0.0
    bend = np.empty_like(fall)
    for part in war.slices:
        weight = war.scale[part] ** 2
        mean = float(weight @ fall[part])
        bend[part] = mean if mean > 0.2 else 4.0
    return bend
