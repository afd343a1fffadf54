"""One run of a search between two batches: nothing but arrays, so that it can be stored and taken up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from kedge.core.errors import StudyError
from kedge.strategy.breeding import WAYS
from kedge.strategy.directions import reference_directions
from kedge.strategy.levers import Lever
from kedge.strategy.search_axes import Candidates
from kedge.strategy.search_settings import SearchSettings, State
from kedge.strategy.variation import CHOICE, INTEGER, REAL

COUNTERS = ("evaluations", "batches", "since", "patience", "restarts", "progress", "held")
TRACED = 5


@dataclass
class RunState:
    """Arrays of one run; `archive` rows beyond the counter `held` are room to grow.

    Parameters
    ----------
    objectives, keys, units, gaps, labels
        Rows of the archive.
    leader_units, leader_objectives, leader_broken, leader_values
        By reference direction; violation is infinite where a niche has no leader yet.
    merits, trials
        By way of breeding, with old ones fading.
    ideal, scale, broken_scale
        Frame of the objectives, and the largest violations of the first candidates.
    counters
        In the order of `COUNTERS`.
    trace, shares
        By checkpoint.
    seen
        Candidates evaluated, if all levers are whole.
    """

    objectives: np.ndarray
    keys: np.ndarray
    units: np.ndarray
    gaps: np.ndarray
    labels: np.ndarray
    leader_units: np.ndarray
    leader_objectives: np.ndarray
    leader_broken: np.ndarray
    leader_values: np.ndarray
    merits: np.ndarray
    trials: np.ndarray
    ideal: np.ndarray
    scale: np.ndarray
    broken_scale: np.ndarray
    counters: np.ndarray
    trace: np.ndarray
    shares: np.ndarray
    seen: np.ndarray

    @property
    def rows(self) -> tuple[np.ndarray, ...]:
        """Arrays of the archive, as the compiled steps take them."""
        return self.objectives, self.keys, self.units, self.gaps, self.labels

    @property
    def leaders(self) -> tuple[np.ndarray, ...]:
        """Arrays of the leaders, as the compiled steps take them."""
        return self.leader_units, self.leader_objectives, self.leader_broken, self.leader_values

    def count(self, name: str) -> int:
        """One of the counters."""
        return int(self.counters[COUNTERS.index(name)])

    def set(self, **values: int) -> None:
        """Change counters."""
        for name, value in values.items():
            self.counters[COUNTERS.index(name)] = value

    def make_room(self, more: int) -> None:
        """Give the archive room for so many rows more."""
        held = self.count("held")
        if held + more <= len(self.gaps):
            return
        size = 2 * (held + more)
        for name in ("objectives", "keys", "units", "gaps", "labels"):
            old = getattr(self, name)
            new = np.zeros((size, *old.shape[1:]), dtype=old.dtype)
            new[:held] = old[:held]
            setattr(self, name, new)

    def pack(self) -> State:
        """Copy the arrays, without the room to grow."""
        held = self.count("held")
        trimmed = ("objectives", "keys", "units", "gaps", "labels")
        names = [field.name for field in fields(self)]
        return {
            name: np.array(getattr(self, name)[:held] if name in trimmed else getattr(self, name))
            for name in names
        }


def unpack(stored: State) -> RunState:
    """Take up arrays that `pack` gave.

    Raises
    ------
    StudyError
        An array is missing.
    """
    names = [field.name for field in fields(RunState)]
    missing = [name for name in names if name not in stored]
    if missing:
        raise StudyError(f"the stored state lacks {', '.join(missing)}; store all of it, or begin anew")
    return RunState(**{name: np.array(stored[name]) for name in names})


def empty_state(levers: int, objectives: int, constraints: int, settings: SearchSettings) -> RunState:
    """Give the state before the first batch."""
    niches = len(reference_directions(objectives, settings.leaders))
    state = RunState(
        objectives=np.zeros((0, objectives)),
        keys=np.zeros((0, objectives)),
        units=np.zeros((0, levers)),
        gaps=np.zeros(0),
        labels=np.zeros((0, 2), dtype=np.int64),
        leader_units=np.zeros((niches, levers)),
        leader_objectives=np.zeros((niches, objectives)),
        leader_broken=np.full(niches, np.inf),
        leader_values=np.full(niches, np.inf),
        merits=np.ones(len(WAYS)),
        trials=np.ones(len(WAYS)),
        ideal=np.full(objectives, np.inf),
        scale=np.ones(objectives),
        broken_scale=np.ones(constraints),
        counters=np.zeros(len(COUNTERS), dtype=np.int64),
        trace=np.zeros((0, TRACED)),
        shares=np.zeros((0, len(WAYS))),
        seen=np.zeros((0, levers)),
    )
    state.set(patience=settings.patience)
    return state


def kinds_of(levers: Sequence[Lever]) -> tuple[np.ndarray, np.ndarray]:
    """Give the kind of each lever, and its number of levels: 0 for a real one, 1 for a fixed one."""
    codes = {"real": REAL, "integer": INTEGER, "choice": CHOICE}
    kinds = np.array([codes[lever.kind] for lever in levers], dtype=np.int64)
    levels = [
        1 if lever.low == lever.high else int(lever.high - lever.low) + 1 if lever.is_whole else 0
        for lever in levers
    ]
    return kinds, np.array(levels, dtype=np.int64)


def to_units(units: np.ndarray, levers: Sequence[Lever]) -> Candidates:
    """Take candidates from the unit cube to the levers' units."""
    low = np.array([lever.low for lever in levers])
    high = np.array([lever.high for lever in levers])
    whole = np.array([lever.is_whole for lever in levers])
    values = np.clip(low + units * (high - low), low, high)
    return np.where(whole, np.rint(values), values)
