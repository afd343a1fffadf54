"""The joint model under paths of levers: what the strategy room's adaptive plans run through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.lanes import LANES, pack
from kedge.strategy import PathModel, Staged, Timeline
from kedge.world.assessment import MEASURES
from kedge.world.economy import solve_responses
from kedge.world.ground import SERIES
from kedge.world.lever_paths import path_rows
from kedge.world.model import as_records
from kedge.world.parameters import Parameter
from kedge.world.pathway_year import Lanes, run_paths
from kedge.world.setting import Setting


@dataclass(frozen=True)
class StagedWorld:
    """The joint model bound to some futures.

    Parameters
    ----------
    model
        Takes rows of `places` as its futures.
    places : index, [future, 1]
        Stand for the futures, whose trade equilibria are solved once.
    timeline
        Years, yearly series as signposts, measures.
    records : record array, [future]
        One field a parameter.
    """

    model: PathModel
    places: Float[np.ndarray, "future 1"]
    timeline: Timeline
    records: np.ndarray


def stage_world(
    setting: Setting, parameters: Sequence[Parameter], futures: Float[np.ndarray, "future uncertainty"]
) -> StagedWorld:
    """Bind a study's setting and futures into a model of lever paths; see `lever_paths` for columns."""
    records = as_records(parameters, futures)
    responses = solve_responses(
        setting.market, records["trade_elasticity"], records["tariff_others"], records["tariff_challenger"]
    )

    def model(paths: np.ndarray, path_of: np.ndarray, places: np.ndarray) -> Staged:
        where, block_path, back = _blocks(path_of, places[:, 0].astype(np.int64), len(paths))
        values = np.empty((where.size, len(MEASURES)))
        series = np.empty((where.size, len(SERIES), setting.ground.years))
        blocks = pack(records[where])
        lanes = Lanes(block_path, where.reshape(-1, LANES), values, series)
        run_paths(setting.ground, *path_rows(paths), blocks, responses, lanes)
        return Staged(values[back], series[back])

    first, span = setting.ground.first_year, setting.ground.years
    timeline = Timeline(
        tuple(range(first, first + span)),
        tuple(name for name, _, _ in SERIES),
        tuple(measure.name for measure in MEASURES),
    )
    return StagedWorld(model, np.arange(len(futures), dtype=float)[:, None], timeline, records)


def _blocks(path_of: np.ndarray, places: np.ndarray, paths: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lay futures side by side, one path a block; say which each lane holds and where each future lies."""
    order = np.argsort(path_of, kind="stable")
    counts = np.bincount(path_of, minlength=paths)
    needed = -(-counts // LANES)
    starts = np.concatenate([[0], np.cumsum(needed)[:-1]]) * LANES
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    lanes = np.empty(len(path_of), dtype=np.int64)
    lanes[order] = starts[path_of[order]] + np.arange(len(order)) - first[path_of[order]]
    block_path = np.repeat(np.arange(paths), needed)
    # Lanes without a future of their own run the last of their path once more.
    filled = first + np.maximum(counts - 1, 0)
    where = places[order[filled[np.repeat(block_path, LANES)]]]
    where[lanes] = places
    return where, block_path, lanes
