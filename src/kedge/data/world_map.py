"""Outlines of states for maps, compiled from Natural Earth by scripts/world_map.py."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

Outline = dict[str, Any]
"""A GeoJSON feature: id (ISO code), properties (name), geometry."""


def load_outlines() -> dict[str, Outline]:
    """Read the outline of each state large enough for a world map, by ISO code.

    GeoJSON features in degrees east and north.  Outer rings run clockwise, as d3 and Vega want them
    (RFC 7946 has it the other way round); Antarctica is left out.  States that have none stand in the
    embedded table `map_places`, with the place of their capital.

    Examples
    --------
    >>> load_outlines()["JPN"]["properties"]["name"]
    'Japan'
    """
    return {feature["id"]: feature for feature in read_map()["features"]}


@functools.cache
def read_map() -> dict[str, Any]:
    """Read the whole file: its source with checksums, and the features."""
    text = resources.files("kedge.data").joinpath("baseline", "world_map.json").read_text("utf-8")
    return json.loads(text)
