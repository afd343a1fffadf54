"""One batch of a search: breed, evaluate, compete, and note how it goes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.archive import measure_gaps, thin
from kedge.strategy.breeding import UM_WAY, WAYS, absorb, breed, value_leaders
from kedge.strategy.directions import reference_directions
from kedge.strategy.levers import Lever
from kedge.strategy.search_settings import Evaluate, Evaluation, SearchSettings
from kedge.strategy.search_state import RunState, empty_state, kinds_of, to_units
from kedge.strategy.variation import scramble
from kedge.strategy.volume import measure_hypervolume

# No way is ever given up, and what a way was worth fades within some twenty batches.
_LEAST_SHARE, _MEMORY = 0.01, 0.95
# Combinations of whole levers that can be listed to find those not yet tried.
_SMALL_SPACE = 10_000


def begin(evaluate: Evaluate, levers: Sequence[Lever], settings: SearchSettings, seed: int) -> RunState:
    """Draw and evaluate the first candidates, a Latin hypercube."""
    rng = np.random.default_rng([seed, 0])
    kinds, size = kinds_of(levers), settings.initial
    strata = np.stack([rng.permutation(size) for _ in levers], axis=1)
    units = (strata + rng.random(strata.shape)) / size
    levels = kinds[1]
    places = np.minimum(np.floor(units * levels), levels - 1) / np.maximum(levels - 1, 1)
    units = np.where(levels > 0, places, units)
    outcome = _outcome(evaluate, units, levers)
    _check_sizes(outcome, settings)
    state = empty_state(len(levers), outcome.objectives.shape[1], outcome.broken.shape[1], settings)
    worst = outcome.broken.max(axis=0, initial=0.0)
    state.broken_scale = np.where(worst > 0, worst, 1.0)
    _compete(state, (units, outcome, np.full(size, UM_WAY)), settings)
    _note_seen(state, kinds[1], units)
    _close(state, units, settings, np.full(len(WAYS), 1 / len(WAYS)))
    return state


def advance(
    state: RunState, evaluate: Evaluate, levers: Sequence[Lever], settings: SearchSettings, seed: int
) -> None:
    """Carry a run on by one batch."""
    rng = np.random.default_rng([seed, state.count("batches")])
    kinds = kinds_of(levers)
    stalled = state.count("since") >= state.count("patience")
    shares = np.eye(len(WAYS))[UM_WAY] if stalled else _shares(state)
    units = np.empty((settings.batch, len(levers)))
    led = np.isfinite(state.leader_broken)
    leaders = (state.leader_units[led], state.leader_objectives[led])
    ways = breed(rng, shares, leaders, (state.rows, state.count("held"), state.scale), kinds, units)
    if kinds[1].all():
        _avoid_seen(rng, state, kinds[1], units)
    outcome = _outcome(evaluate, units, levers)
    if stalled:
        _restart(rng, state, units, outcome)
    _compete(state, (units, outcome, ways), settings)
    _note_seen(state, kinds[1], units)
    _close(state, units, settings, shares)


def _outcome(evaluate: Evaluate, units: np.ndarray, levers: Sequence[Lever]) -> Evaluation:
    outcome = evaluate(to_units(units, levers))
    if not isinstance(outcome, Evaluation) or len(outcome.objectives) != len(units):
        got = f"{len(outcome.objectives)} rows" if isinstance(outcome, Evaluation) else type(outcome).__name__
        raise DomainError(
            f"evaluate must give an Evaluation with {len(units)} rows, one a candidate; got {got}"
        )
    return outcome


def _check_sizes(outcome: Evaluation, settings: SearchSettings) -> None:
    size = outcome.objectives.shape[1]
    for name in ("epsilons", "reference"):
        given = getattr(settings, name)
        if given and len(given) != size:
            raise DomainError(f"{name} must hold one number for each of {size} objectives, got {len(given)}")


def _shares(state: RunState) -> np.ndarray:
    rate = state.merits / state.trials
    return _LEAST_SHARE + (1 - len(rate) * _LEAST_SHARE) * rate / rate.sum()


def _avoid_seen(rng: np.random.Generator, state: RunState, levels: np.ndarray, units: np.ndarray) -> None:
    """Change levers of candidates that were evaluated before, or take what is left of a small space."""
    seen = {row.tobytes() for row in state.seen}
    for row in units:
        for _ in range(20):
            if row.tobytes() not in seen:
                break
            scramble(rng, levels, row)
        if row.tobytes() in seen and np.prod(levels.astype(float)) <= _SMALL_SPACE:
            every = np.stack(np.unravel_index(np.arange(np.prod(levels)), levels), axis=1)
            left = [each for each in every / np.maximum(levels - 1, 1) if each.tobytes() not in seen]
            if left:
                row[:] = left[int(rng.integers(len(left)))]
        seen.add(row.tobytes())


def _note_seen(state: RunState, levels: np.ndarray, units: np.ndarray) -> None:
    if levels.all():
        state.seen = np.concatenate([state.seen, units])


def _restart(rng: np.random.Generator, state: RunState, units: np.ndarray, outcome: Evaluation) -> None:
    """Give up to half of the leaders' places to scrambled candidates; the archive keeps what it has.

    References
    ----------
    Restarts when epsilon-progress stalls, Hadka & Reed (2013), Evolutionary Computation 21(2).
    """
    niches = len(state.leader_broken)
    places = rng.permutation(niches)[: min(len(units), max(niches // 2, 1))]
    state.leader_units[places] = units[: len(places)]
    state.leader_objectives[places] = outcome.objectives[: len(places)]
    state.leader_broken[places] = _total(state, outcome)[: len(places)]
    state.set(
        restarts=state.count("restarts") + 1,
        # A run that has found all there is should not spend what is left on restarts.
        patience=2 * state.count("patience"),
        since=0,
    )


def _total(state: RunState, outcome: Evaluation) -> np.ndarray:
    """Add up violations, each in parts of the largest of the first candidates."""
    return (outcome.broken / state.broken_scale).sum(axis=1)


def _compete(
    state: RunState, batch: tuple[np.ndarray, Evaluation, np.ndarray], settings: SearchSettings
) -> None:
    units, outcome, ways = batch
    objectives, broken = np.ascontiguousarray(outcome.objectives), _total(state, outcome)
    _reframe(state, objectives, broken)
    state.make_room(len(units))
    directions = reference_directions(objectives.shape[1], settings.leaders)
    frame = (state.ideal, state.scale)
    value_leaders(state.leaders, frame, directions)
    numbers = state.count("evaluations") + np.arange(len(units))
    epsilons = np.array(settings.epsilons or np.zeros(objectives.shape[1]))
    held, merit, ahead, boxes = absorb(
        (units, objectives, broken, np.stack([numbers, ways], axis=1)),
        state.leaders,
        (state.rows, state.count("held"), epsilons),
        frame,
        directions,
    )
    while held > settings.archive_limit:
        held = thin(state.rows, held, int(0.9 * settings.archive_limit), state.scale)
    gained = boxes if settings.epsilons else ahead
    state.set(
        held=held,
        progress=state.count("progress") + gained,
        since=0 if gained else state.count("since") + len(units),
    )
    state.merits *= _MEMORY
    state.trials *= _MEMORY
    np.add.at(state.merits, ways, merit)
    np.add.at(state.trials, ways, 1.0)


def _reframe(state: RunState, objectives: np.ndarray, broken: np.ndarray) -> None:
    """Move the ideal point, and the scale where the leaders' range has changed by a fifth."""
    feasible = broken == 0
    held = state.count("held")
    if feasible.any():
        before = state.ideal if held else np.full_like(state.ideal, np.inf)
        state.ideal = np.minimum(before, objectives[feasible].min(axis=0))
    elif not held:
        state.ideal = np.minimum(state.ideal, objectives.min(axis=0))
    led = state.leader_broken == 0
    leading = state.leader_objectives[led if led.any() else np.isfinite(state.leader_broken)]
    if not len(leading):
        leading = objectives[feasible] if feasible.any() else objectives
    span = leading.max(axis=0) - state.ideal
    scale = 1.0 / np.where(span > 1e-12 * np.maximum(np.abs(state.ideal), 1e-200), span, 1.0)
    if not held or (np.maximum(scale / state.scale, state.scale / scale) > 1.2).any():
        state.scale = scale
        measure_gaps(state.objectives, held, scale, state.gaps)


def _close(state: RunState, units: np.ndarray, settings: SearchSettings, shares: np.ndarray) -> None:
    before = state.count("evaluations")
    after = before + len(units)
    state.set(evaluations=after, batches=state.count("batches") + 1)
    if before // settings.trace_every < after // settings.trace_every:
        held = state.count("held")
        volume = np.nan
        if settings.reference:
            volume = measure_hypervolume(state.objectives[:held], np.array(settings.reference))
        row = [after, volume, held, state.count("progress"), state.count("restarts")]
        state.trace = np.concatenate([state.trace, [row]])
        state.shares = np.concatenate([state.shares, [shares]])
