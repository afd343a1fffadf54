"""The data room: sources, how they are fetched and verified, their readers, and the embedded baseline."""

from __future__ import annotations

from kedge.data.baseline import Baseline, baseline_checksums, load_baseline, load_table, state_name
from kedge.data.catalogue import Source, cite, find_source, load_catalogue
from kedge.data.world_map import load_outlines

__all__ = [
    "Baseline",
    "Source",
    "baseline_checksums",
    "cite",
    "find_source",
    "load_baseline",
    "load_catalogue",
    "load_outlines",
    "load_table",
    "state_name",
]
