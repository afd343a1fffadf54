"""Search over levers for candidates that no other beats, with several independent runs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kedge.core.errors import StudyError
from kedge.strategy.breeding import WAYS
from kedge.strategy.levers import Lever, check_levers
from kedge.strategy.search_axes import (
    CandidateCounts,
    Candidates,
    CheckpointCounts,
    Objectives,
    PerCandidate,
    PerCheckpoint,
    WayShares,
)
from kedge.strategy.search_settings import Evaluate, SearchProgress, SearchSettings, State, Watch
from kedge.strategy.search_state import RunState, to_units, unpack
from kedge.strategy.search_step import advance, begin


@dataclass(frozen=True)
class SearchTrace:
    """How a run went, by checkpoint.

    Parameters
    ----------
    evaluations, archive, progress, restarts : count
        So far: candidates evaluated, candidates in the archive, steps of progress (new boxes
        with epsilons, else leaders that were clearly beaten), and restarts.
    hypervolume : product of the objectives' units
        Of the archive; exact in up to four objectives, an estimate beyond, not a number
        where the settings gave no reference.
    shares : share
        Of the ways of breeding, in the order of `ways`.
    ways
        An operator with parents from anywhere (`wide`) or from one neighbourhood (`near`).
    """

    evaluations: CheckpointCounts
    hypervolume: PerCheckpoint
    archive: CheckpointCounts
    progress: CheckpointCounts
    restarts: CheckpointCounts
    shares: WayShares
    ways: tuple[str, ...]


@dataclass(frozen=True)
class SearchRun:
    """The archive of one seed.

    Parameters
    ----------
    seed
        Of the run.
    candidates : the levers' units
        No one is beaten by another; if none met all constraints, those that broke them least.
    objectives : units of the objectives
        By candidate.
    violations : parts of the largest violation among the first candidates
        Added up over constraints; zero where all are met.
    found : count
        Evaluations of the run before the candidate's own; -1 for a candidate that breaks a constraint.
    evaluations : count
        Of the whole run.
    trace
        By checkpoint.
    """

    seed: int
    candidates: Candidates
    objectives: Objectives
    violations: PerCandidate
    found: CandidateCounts
    evaluations: int
    trace: SearchTrace

    @property
    def feasible(self) -> bool:
        """Whether the candidates meet all constraints."""
        return bool((self.violations == 0).all())


@dataclass(frozen=True)
class SearchResult:
    """Runs of all seeds, and what is needed to carry them on.

    Parameters
    ----------
    levers
        In column order.
    runs
        By seed, in the order given.
    state
        Plain arrays by name; hand them to `search` with more evaluations or seeds.
    complete
        Whether all runs reached their evaluations, rather than being stopped by the caller.
    """

    levers: tuple[Lever, ...]
    runs: tuple[SearchRun, ...]
    state: State
    complete: bool


def search(
    evaluate: Evaluate,
    levers: Sequence[Lever],
    settings: SearchSettings | None = None,
    *,
    state: State | None = None,
    watch: Watch | None = None,
) -> SearchResult:
    """Search for candidates that trade the objectives off best, in independent runs by seed.

    Each run breeds in batches.  Parents are the leaders of niches around evenly spread
    reference directions and, now and then, lonely candidates of the archive; eleven ways of
    breeding share the batch by how much room their children have filled in the archive.

    Parameters
    ----------
    evaluate
        Takes candidates `[candidate, lever]` in the levers' units and gives an `Evaluation`.
        The same candidate must always give the same outcome.
    levers
        In column order.
    settings
        Evaluations, seeds, epsilons, reference, and the like.
    state
        Of an earlier call, to carry on: what follows is then bit for bit what one longer
        call would have given.
    watch
        Called after every batch; a search stops if it gives False.

    Returns
    -------
    SearchResult
        Candidates are the best **found**; nothing says that there are no better ones.  See
        `agree` for how far the seeds agree.

    Raises
    ------
    StudyError
        No levers, or a state of another search.
    DomainError
        The outcome has the wrong shape or numbers that are not finite.

    References
    ----------
    Adaptive operators, restarts and epsilon-progress: Hadka & Reed (2013), Evolutionary
    Computation 21(2).  Niches: Deb & Jain (2014), IEEE Transactions on Evolutionary
    Computation 18(4).  An archive that guides decomposition: Cai, Li, Fan & Zhang (2015),
    same journal 19(4).  Epsilon-boxes: Laumanns et al. (2002), Evolutionary Computation 10(3).

    Examples
    --------
    >>> from kedge.strategy.search_settings import Evaluation
    >>> def two_goals(candidates):
    ...     return Evaluation(np.stack([candidates[:, 0] ** 2, (candidates[:, 0] - 2) ** 2], axis=1))
    >>> found = search(two_goals, [Lever("x", -5.0, 5.0)], SearchSettings(evaluations=500))
    >>> best = found.runs[0].candidates
    >>> bool(best.min() > -0.01 and best.max() < 2.01)
    True
    """
    settings, levers = settings or SearchSettings(), check_levers(levers)
    mark = _mark(levers, settings)
    if state is not None and not np.array_equal(state.get("mark", mark[:0]), mark):
        raise StudyError(
            "the stored state belongs to other levers or settings; only evaluations and seeds may differ"
        )
    base = {**(state or {}), "mark": mark}
    done: dict[int, RunState] = {}
    complete = True
    for seed in settings.seeds:
        stored = _of_seed(state or {}, seed)
        done[seed] = unpack(stored) if stored else begin(evaluate, levers, settings, seed)
        complete = _carry_on(evaluate, levers, settings, (seed, done, base), watch)
        if not complete:
            break
    runs = tuple(_run(seed, run, levers) for seed, run in done.items())
    return SearchResult(levers, runs, _pack(done, base), complete)


def _carry_on(
    evaluate: Evaluate,
    levers: tuple[Lever, ...],
    settings: SearchSettings,
    under_way: tuple[int, dict[int, RunState], State],
    watch: Watch | None,
) -> bool:
    """Carry one run to its end; give whether it got there rather than being stopped."""
    seed, done, base = under_way
    while done[seed].count("evaluations") + settings.batch <= settings.evaluations:
        advance(done[seed], evaluate, levers, settings, seed)
        if watch is not None and watch(_progress(seed, done, base)) is False:
            return False
    return True


def _mark(levers: tuple[Lever, ...], settings: SearchSettings) -> np.ndarray:
    same = replace(settings, evaluations=settings.initial, seeds=(0,))
    return np.frombuffer(hashlib.sha256(repr((levers, same)).encode()).digest(), dtype=np.uint8)


def _of_seed(state: State, seed: int) -> State:
    start = f"{seed}/"
    return {name.removeprefix(start): rows for name, rows in state.items() if name.startswith(start)}


def _pack(done: dict[int, RunState], base: State) -> State:
    # Seeds of an earlier call that this one has not come to, or does not ask for, stay as they were.
    named = {f"{seed}/{name}": rows for seed, run in done.items() for name, rows in run.pack().items()}
    return {**base, **named}


def _progress(seed: int, done: dict[int, RunState], base: State) -> SearchProgress:
    run = done[seed]
    counts = (run.count("evaluations"), run.count("held"), run.count("restarts"))
    return SearchProgress(seed, *counts, take_state=lambda: _pack(done, base))


def _run(seed: int, state: RunState, levers: tuple[Lever, ...]) -> SearchRun:
    held = state.count("held")
    units, objectives, found = state.units[:held], state.objectives[:held], state.labels[:held, 0]
    violations = np.zeros(held)
    if not held:
        least = state.leader_broken == state.leader_broken.min()
        units, objectives = state.leader_units[least], state.leader_objectives[least]
        violations = state.leader_broken[least]
        found = np.full(len(units), -1)
    order = np.lexsort(objectives.T[::-1])
    whole = state.trace[:, [0, 2, 3, 4]].astype(np.int64).T
    trace = SearchTrace(whole[0], state.trace[:, 1].copy(), whole[1], whole[2], whole[3], state.shares, WAYS)
    return SearchRun(
        seed=seed,
        candidates=to_units(units, levers)[order],
        objectives=objectives[order],
        violations=violations[order],
        found=found[order],
        evaluations=state.count("evaluations"),
        trace=trace,
    )
