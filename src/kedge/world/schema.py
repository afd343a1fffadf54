"""The study file's layout as a JSON Schema, for editors that complete and check TOML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kedge.world.quantities import STATE_PATTERN
from kedge.world.study import Study


def study_json_schema(states: Iterable[str] = ()) -> dict[str, Any]:
    """Write the layout of a study file as JSON Schema (draft 2020-12).

    The schema knows keys, units and ranges.  What holds between keys (weights that
    sum to one, ties with partners only) is left to `kedge study check`.

    Parameters
    ----------
    states
        ISO codes to offer; left out, any three capitals pass.

    Examples
    --------
    >>> study_json_schema()["properties"]["title"]["type"]
    'string'
    """
    schema = Study.model_json_schema(by_alias=True)
    _tighten(schema, sorted(states))
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Kedge study"}
    return head | {key: value for key, value in schema.items() if key != "title"}


def _tighten(node: Any, states: list[str]) -> None:
    """List known states where a code is wanted, and close tables whose keys follow a pattern."""
    if isinstance(node, dict):
        if states and node.get("pattern") == STATE_PATTERN:
            del node["pattern"]
            node["enum"] = states
        if "patternProperties" in node:
            node["additionalProperties"] = False
        for child in node.values():
            _tighten(child, states)
    elif isinstance(node, list):
        for child in node:
            _tighten(child, states)
