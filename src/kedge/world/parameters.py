"""The joint model's uncertain parameters: their table, and a study's overrides."""

from __future__ import annotations

import importlib.resources
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


def apply_overrides(
    parameters: tuple[Parameter, ...], overrides: Mapping[str, Mapping[str, Any]]
) -> tuple[Parameter, ...]:
    """Replace fields of the named parameters by a study's own.

    Raises
    ------
    UnknownName
        No parameter has that name.
    StudyError
        The range that results is upside down.
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
        known[name] = changed = replace(known[name], **fields)
        if changed.low > changed.high:
            raise StudyError(
                f"uncertainties.{name}: low {changed.low:g} is above high {changed.high:g} "
                f"({changed.unit}); swap them, or give both"
            )
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
