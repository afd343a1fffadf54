"""The brief's figures: one function a chart, all drawn from an assessment and its findings."""

from __future__ import annotations

from kedge.brief.charts_flip import flip_map, popular_map
from kedge.brief.charts_plans import regrets, tradeoffs
from kedge.brief.charts_space import boxes, drivers
from kedge.brief.charts_time import time_paths
from kedge.brief.charts_weights import weights
from kedge.brief.drawing import Figure
from kedge.brief.teller import Teller

FIGURES = (regrets, flip_map, popular_map, tradeoffs, weights, drivers, boxes, time_paths)
"""Every chart, in the order of the brief."""


def all_figures(teller: Teller) -> dict[str, Figure]:
    """Make every figure that this assessment has data for, by name."""
    made = (function(teller) for function in FIGURES)
    return {figure.name: figure for figure in made if figure is not None}
