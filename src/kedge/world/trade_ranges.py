"""Ranges of what sweeps and bargains do not know, by name."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Sequence
from functools import cache

from kedge.core.errors import UnknownName
from kedge.strategy import Uncertainty
from kedge.world.parameters import default_parameters


def trade_ranges(names: Sequence[str]) -> tuple[Uncertainty, ...]:
    """Give ranges in the order asked for: the joint model's where it has one, else the trade room's own.

    Raises
    ------
    UnknownName
        Neither has a range of that name.

    Examples
    --------
    >>> [each.name for each in trade_ranges(["retaliation", "trade_elasticity"])]
    ['retaliation', 'trade_elasticity']
    """
    known = _known()
    for name in names:
        if name not in known:
            raise UnknownName("range", name, known)
    return tuple(known[name] for name in names)


@cache
def _known() -> dict[str, Uncertainty]:
    text = importlib.resources.files("kedge.world").joinpath("trade_ranges.toml").read_text("utf-8")
    own = {
        name: Uncertainty(name, row["low"], row["high"], unit=row["unit"], label=row["label"])
        for name, row in tomllib.loads(text).items()
    }
    shared = {
        each.name: Uncertainty(each.name, each.low, each.high, unit=each.unit, label=each.label)
        for each in default_parameters()
        if not each.categories
    }
    return own | shared
