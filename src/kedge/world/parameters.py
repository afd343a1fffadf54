"""The joint model's uncertain parameters: their table, and a study's overrides."""

from __future__ import annotations

import importlib.resources
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kedge.core.errors import StudyError, UnknownName
from kedge.strategy import Uncertainty

Kind = Literal["measured", "published", "assumed"]
Distribution = Literal["uniform", "log_uniform", "normal", "triangular", "choice"]


@dataclass(frozen=True)
class Parameter:
    """An uncertain parameter of the joint model, with what stands behind its range.

    Parameters
    ----------
    name, label, symbol, unit
        Code name, words, symbol of the model's equations, unit.
    low, high
        Limits of the range; for a choice, the first and last index.
    distribution
        How futures are spread over the range.
    kind
        `measured` from a dataset, `published` in a paper, or `assumed`.
    source
        What the range rests on, in words.
    group
        Part of the model it belongs to.
    mean, sd
        Of a normal distribution before truncation to the range.
    categories
        Names of a choice.
    """

    name: str
    label: str
    symbol: str
    unit: str
    low: float
    high: float
    distribution: Distribution
    kind: Kind
    source: str
    group: str
    mode: float | None = None
    mean: float | None = None
    sd: float | None = None
    categories: tuple[str, ...] = ()


def default_parameters() -> tuple[Parameter, ...]:
    """Read the package's own table of parameters, in model order."""
    text = importlib.resources.files("kedge.world").joinpath("parameters.toml").read_text("utf-8")
    return tuple(_parameter(name, row) for name, row in tomllib.loads(text).items())


def _parameter(name: str, row: dict[str, Any]) -> Parameter:
    categories = tuple(row.get("categories", ()))
    if categories:
        row = row | {"low": 0.0, "high": len(categories) - 1.0, "categories": categories}
    fields: dict[str, Any] = {"name": name, "distribution": "uniform"}
    return Parameter(**(fields | row))


# Beyond these a parameter has no meaning, whatever a study says; see `possible_range`.
_POSSIBLE = {
    "decisiveness": (0.0, 20.0),
    "defender_advantage": (0.01, 100.0),
    "draw_width": (1.0, 100.0),
    "reach_km": (10.0, 1e6),
    "tariff_challenger": (0.0, 3.0),
    "trade_elasticity": (0.5, 50.0),
}
_UNIT_INTERVAL = ("draw", "probability", "probability a year", "share", "share a year")


def possible_range(parameter: Parameter) -> tuple[float, float]:
    """Say between which numbers a parameter has a meaning: shares and probabilities in [0, 1].

    Examples
    --------
    >>> possible_range({p.name: p for p in default_parameters()}["draw_width"])
    (1.0, 100.0)
    """
    if parameter.name in _POSSIBLE:
        return _POSSIBLE[parameter.name]
    if parameter.unit in _UNIT_INTERVAL:
        return (0.0 if parameter.low >= 0.0 else -1.0), 1.0
    return -math.inf, math.inf


def _refuse_impossible(default: Parameter, changed: Parameter) -> None:
    least, most = possible_range(default)
    if changed.low < least or changed.high > most:
        raise StudyError(
            f"uncertainties.{default.name}: expected {default.unit} from {least:g} to {most:g}, "
            f"got {changed.low:g} to {changed.high:g}; the model has no meaning for it beyond"
        )


def apply_overrides(
    parameters: tuple[Parameter, ...], overrides: Mapping[str, Mapping[str, Any]]
) -> tuple[Parameter, ...]:
    """Replace fields of the named parameters by a study's own.

    Raises
    ------
    UnknownName
        No parameter has that name.
    StudyError
        The range that results is upside down, or leaves what the parameter can mean.
    """
    known = {p.name: p for p in parameters}
    for name, fields in overrides.items():
        if name not in known:
            raise UnknownName("uncertainty", name, known)
        fields = dict(fields)
        if "value" in fields:
            fields["low"] = fields["high"] = fields.pop("value")
        if isinstance(fields.get("categories"), list):
            fields["categories"] = tuple(fields["categories"])
        default = known[name]
        known[name] = changed = replace(default, **fields)
        if changed.low > changed.high:
            raise StudyError(
                f"uncertainties.{name}: low {changed.low:g} is above high {changed.high:g} "
                f"({changed.unit}); swap them, or give both"
            )
        if default.distribution != "choice":
            _refuse_impossible(default, changed)
    return tuple(known.values())


def as_uncertainty(parameter: Parameter) -> Uncertainty:
    """Drop what the strategy room need not know: it samples, and asks no more."""
    fixed = parameter.low == parameter.high
    return Uncertainty(
        name=parameter.name,
        low=parameter.low,
        high=parameter.high,
        distribution="uniform" if fixed else parameter.distribution,
        mode=None if fixed else parameter.mode,
        mean=None if fixed else parameter.mean,
        sd=None if fixed else parameter.sd,
        categories=() if fixed else parameter.categories,
        unit=parameter.unit,
        label=parameter.label,
    )
