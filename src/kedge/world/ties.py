"""How deep several defence ties knit two states' forces together."""

from __future__ import annotations

import math
from collections.abc import Iterable

# Layers of the embedded table of ties that are no defence tie.
CIVIL_LAYERS = ("trade",)
# An obligation alone plans and trains together about half as far as it binds (assumed): the North
# Atlantic Treaty with its standing command counts for one half, as an access agreement does.
OBLIGATION_KNITS = 0.5


def knit_depth(ties: Iterable[tuple[str, float]]) -> float:
    """Combine defence ties of one pair of states, each a layer and a depth, into one depth.

    Several thin ties knit more than the thickest alone, but never fully: one less the product of
    what each leaves loose.

    Parameters
    ----------
    ties
        Layer and depth (0 to 1) of each tie; civil layers count for nothing.

    Returns
    -------
    float
        0 to 1.

    Examples
    --------
    >>> knit_depth([("access", 0.5), ("logistics", 0.2), ("trade", 0.8)])
    0.6
    >>> knit_depth([("obligation", 1.0)])
    0.5
    """
    loose = math.prod(
        1.0 - (OBLIGATION_KNITS * depth if layer == "obligation" else depth)
        for layer, depth in ties
        if layer not in CIVIL_LAYERS
    )
    return round(1.0 - loose, 3)
