"""Search for plans of a study or problem file, and keep what was found so that it can go on."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kedge.core.errors import OutputError, StudyError
from kedge.core.files import write_text, written_aside
from kedge.strategy import (
    FoundPlans,
    SearchGround,
    SearchProgress,
    SearchSettings,
    Sought,
    code_checksum,
    draw_futures,
    fingerprint_of,
    problem_to_json,
    search_plans,
)
from kedge.world.rerun import Rerun

TABLE, PLANS, STATE = "search.parquet", "search-plans.toml", "search-state.npz"
FRESH = 4
"""Fresh futures on which plans are judged, as a multiple of those searched on."""

STATE_EVERY = 1_000
"""Plans tried between two savings of the state."""

MARK = "belongs_to"


@dataclass(frozen=True)
class SearchOptions:
    """How plans are searched for.

    Parameters
    ----------
    folder
        Gets `search.parquet`, `search-plans.toml` and, while running, the state to go on from.
    futures, seed
        Futures searched on, and their seed; those that plans are judged on have the next.
    evaluations, seeds
        Of the search: plans tried a seed, and independent runs.
    restart
        Throw away an unfinished search of something else in that folder.
    """

    folder: Path
    futures: int = 256
    seed: int = 1
    evaluations: int = 5_000
    seeds: int = 2
    restart: bool = False


def find_plans(
    rerun: Rerun,
    sought: Sought,
    options: SearchOptions,
    progress: Callable[[int, int], None] | None = None,
) -> FoundPlans:
    """Search, keep what was found in a folder, and give it.

    Parameters
    ----------
    rerun
        From `rerun_of`.
    sought
        Objectives and bounds.
    options
        Folder, futures, length.
    progress
        Called with (plans tried, plans in all).

    Raises
    ------
    StudyError
        There is nothing to decide, or no plan keeps the limits.
    OutputError
        The folder cannot be written to, or holds an unfinished search of something else.
    """
    if options.futures < 2 or options.seeds < 1:
        raise StudyError(f"a search needs two futures and one seed, got {options.futures}, {options.seeds}")
    problem = rerun.searched
    futures = tuple(
        draw_futures(problem.uncertainties, count, seed, correlation=problem.correlation)
        for count, seed in (
            (options.futures, options.seed),
            (FRESH * options.futures, options.seed + 1),
        )
    )
    settings = SearchSettings(evaluations=options.evaluations, seeds=tuple(range(options.seeds)))
    mark = fingerprint_of(
        problem=problem_to_json(problem),
        sought=repr(sought),
        settings=repr(settings),
        futures=[options.futures, options.seed],
        code=code_checksum("kedge"),
    )
    present = rerun.model(np.concatenate(futures)) if rerun.problem.plans else None
    found = search_plans(
        SearchGround(problem, rerun.lever_model, futures[0], futures[1], present),
        sought,
        settings,
        state=_stored(options, mark),
        watch=_watch(options, mark, progress),
    )
    _write(found, rerun, options.folder)
    return found


def _watch(options: SearchOptions, mark: str, progress: Callable[[int, int], None] | None) -> Any:
    total, last = options.evaluations * options.seeds, [0]

    def watch(now: SearchProgress) -> bool:
        done = now.seed * options.evaluations + now.evaluations
        if progress is not None:
            progress(min(done, total), total)
        if done - last[0] >= STATE_EVERY:
            last[0] = done
            _store(options.folder / STATE, mark, now.take_state())
        return True

    return watch


def _store(path: Path, mark: str, state: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {**state, MARK: np.array(mark)}
    np.savez(buffer, **arrays)
    with written_aside(path) as aside:
        aside.write_bytes(buffer.getvalue())


def _stored(options: SearchOptions, mark: str) -> dict[str, Any] | None:
    path = options.folder / STATE
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as held:
            state = {name: held[name] for name in held.files}
    except (OSError, ValueError) as error:
        if options.restart:
            return None
        raise OutputError(f"{path} is damaged; remove it, or search anew with --restart") from error
    if str(state.pop(MARK, "")) == mark:
        return state
    if options.restart:
        return None
    raise OutputError(
        f"{path} belongs to an unfinished search of something else (objectives, limits, futures, length or "
        "code differ); choose another folder with --out, or search anew with --restart"
    )


def _write(found: FoundPlans, rerun: Rerun, folder: Path) -> None:
    with written_aside(folder / TABLE) as aside:
        found.table().write_parquet(aside)
    plans = [
        _as_toml(f"plans.found_{k + 1}", rerun.as_plan(found.agreement.candidates[row]))
        for k, row in enumerate(found.outstanding())
    ]
    head = "# Plans found by a search, in the layout of the file that was searched; label them before use.\n"
    write_text(folder / PLANS, head + "\n".join(plans))
    (folder / STATE).unlink(missing_ok=True)


def _as_toml(key: str, plan: dict[str, Any]) -> str:
    lines = [f"[{key}]"]
    for name, value in plan.items():
        lines.append(f"{name} = {_toml_value(value)}")
    return "\n".join(lines) + "\n"


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
