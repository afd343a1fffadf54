"""What several runs of a search found together, and how far they agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.archive import unbeaten
from kedge.strategy.search_axes import CandidateCounts, Candidates, Objectives, PerObjective, PerSeed
from kedge.strategy.searching import SearchResult, SearchRun
from kedge.strategy.volume import measure_hypervolume


@dataclass(frozen=True)
class Agreement:
    """The merged front of all seeds, and who reached what.

    Parameters
    ----------
    candidates : the levers' units
        Of all seeds, without those that another seed's candidate beats.
    objectives : units of the objectives
        By candidate.
    seed
        That found the candidate.
    reached : count
        Seeds with a candidate that is as good within the tolerance in every objective: low
        numbers mark regions that only lucky runs found.
    reference : units of the objectives
        From which hypervolume is measured.
    by_seed, merged : product of the objectives' units
        Hypervolume of each seed's archive, in the order of the seeds, and of all together;
        exact in up to four objectives, an estimate beyond.
    """

    candidates: Candidates
    objectives: Objectives
    seed: CandidateCounts
    reached: CandidateCounts
    reference: PerObjective
    by_seed: PerSeed
    merged: float


def agree(
    result: SearchResult,
    reference: PerObjective | None = None,
    *,
    tolerance: float = 0.05,
    most: int = 2_000,
) -> Agreement:
    """Merge the seeds' archives, and say how many seeds reach each candidate of the merged front.

    Parameters
    ----------
    result
        From `search`.
    reference : units of the objectives
        For the hypervolumes; if not given, a tenth of the front's range beyond its worst.
    tolerance : share
        Of the front's range in each objective, by which a seed may fall short.
    most : candidates
        A larger merged front is thinned, evenly along the first objective, before it is
        compared with the seeds; hypervolumes are of all.

    Returns
    -------
    Agreement
        Agreement between seeds is no proof that the front is the best there is.

    Raises
    ------
    StudyError
        No run found a candidate that meets all constraints.
    DomainError
        Tolerance or `most` out of range, or the reference does not fit.

    References
    ----------
    Empirical attainment, Grunert da Fonseca, Fonseca & Hall (2001), EMO 2001, with a slack.
    """
    runs = _feasible_runs(result, tolerance, most)
    objectives = np.concatenate([run.objectives for run in runs])
    best = unbeaten(objectives)
    front = objectives[best]
    low, span = front.min(axis=0), np.ptp(front, axis=0)
    end = low + 1.1 * span if reference is None else np.asarray(reference, dtype=float)
    order = np.lexsort(front.T[::-1])
    kept = order[np.unique(np.linspace(0, len(order) - 1, min(most, len(order))).astype(int))]
    candidates = np.concatenate([run.candidates for run in runs])[best]
    seeds = np.repeat([run.seed for run in runs], [len(run.objectives) for run in runs])[best]
    return Agreement(
        candidates=candidates[kept],
        objectives=front[kept],
        seed=seeds[kept],
        reached=_reached(runs, front[kept] + tolerance * span),
        reference=end,
        by_seed=np.array([_volume(run, end) for run in result.runs]),
        merged=measure_hypervolume(front, end),
    )


def _reached(runs: list[SearchRun], limits: Objectives) -> CandidateCounts:
    counts = np.zeros(len(limits), dtype=np.int64)
    for run in runs:
        counts += [(run.objectives <= limit).all(axis=1).any() for limit in limits]
    return counts


def _volume(run: SearchRun, end: PerObjective) -> float:
    return measure_hypervolume(run.objectives, end) if run.feasible else 0.0


def _feasible_runs(result: SearchResult, tolerance: float, most: int) -> list[SearchRun]:
    if not (tolerance >= 0 and np.isfinite(tolerance) and most >= 1):
        raise DomainError(f"tolerance is a share from 0 and most is 1 or more, got {tolerance} and {most}")
    runs = [run for run in result.runs if run.feasible]
    if not runs:
        raise StudyError(
            "no seed found a candidate that meets all constraints; give more evaluations or loosen them"
        )
    return runs
