"""Scenario discovery on a run: boxes of a plan's bad futures, found on some and judged on the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import polars as pl

from kedge.core.errors import DomainError, UnknownName
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.boxes import Box, Limit, in_box
from kedge.strategy.cart import Tree, TreeSettings, grow_tree
from kedge.strategy.compare import BoxComparison, compare_boxes, split_futures
from kedge.strategy.design import Design, prepare_design
from kedge.strategy.levels import find_cover
from kedge.strategy.outcomes import Outcome
from kedge.strategy.prim import PrimResult, find_box
from kedge.strategy.prim_settings import PrimSettings
from kedge.strategy.problem import Uncertainty
from kedge.strategy.refine import LimitRange
from kedge.strategy.reproduce import Reproducibility, reproduce_box
from kedge.strategy.run_folder import Run

Way = Literal["prim", "cart"]
FEWEST = 50
"""Futures of interest in the searched half below which nothing is looked for."""


@dataclass(frozen=True)
class DiscoveryOptions:
    """What is looked for, and how.

    Parameters
    ----------
    way
        `prim` or `cart`.
    boxes
        Boxes at most, each on the futures that the earlier ones leave (PRIM).
    must_limit, stay_open
        Names of uncertainties that a box has to limit, or never limits (PRIM).
    most_limited
        Uncertainties that a box limits at most (PRIM).
    density_floor : share
        Least density of a box, or of a leaf that counts as of interest.
    refine
        Whether limits are refined on the likelihood (PRIM).
    searched : share of futures
        On which boxes are found; they are judged on the others.
    resamples
        Random halves on which the search is repeated (PRIM).
    seed
        Of the split and the halves.

    Raises
    ------
    DomainError
        An unknown way, or no box.
    """

    way: Way = "prim"
    boxes: int = 1
    must_limit: tuple[str, ...] = ()
    stay_open: tuple[str, ...] = ()
    most_limited: int | None = 4
    density_floor: float = 0.0
    refine: bool = True
    searched: float = 0.5
    resamples: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.way not in get_args(Way):
            raise DomainError(f"the way should be one of {', '.join(get_args(Way))}, got {self.way!r}")
        if self.boxes < 1:
            raise DomainError(f"expected one box or more, got {self.boxes}")


@dataclass(frozen=True)
class Found:
    """What was found at one level of acceptability.

    Parameters
    ----------
    level
        In words.
    base : share of futures
        Of interest.
    boxes
        With coverage, density and mass on the futures searched.
    fresh, left
        The same on the futures kept back that no earlier box holds, with intervals, box by box; and
        the shares of the futures of interest, and of all futures, that were left to each box.
    prim
        Result of the first box, with its trajectory; None for a tree.
    ranges
        Where else the first box's limits could lie; empty unless refined.
    again
        How the search ends on random halves; None for a tree.
    """

    level: str
    base: float
    boxes: tuple[Box, ...]
    fresh: tuple[BoxComparison, ...]
    left: tuple[tuple[float, float], ...]
    prim: PrimResult | None
    ranges: tuple[LimitRange, ...]
    again: Reproducibility | None


@dataclass(frozen=True)
class Discovery:
    """Boxes at every level, for one outcome of one plan.

    Parameters
    ----------
    outcome
        What was looked at.
    uncertainties
        In column order.
    found
        By level.
    futures
        How many there are in all.
    """

    outcome: Outcome
    uncertainties: tuple[Uncertainty, ...]
    found: tuple[Found, ...] = field(default=())
    futures: int = 0

    def boxes_table(self) -> pl.DataFrame:
        """One row a box: its level and how it does on the futures searched and on fresh ones."""
        rows = [
            {
                "level": each.level,
                "box": place + 1,
                "base": each.base,
                "coverage": box.coverage,
                "density": box.density,
                "mass": box.mass,
                **_fresh(each.fresh[place], each.left[place]),
            }
            for each in self.found
            for place, box in enumerate(each.boxes)
        ]
        return pl.DataFrame(rows)

    def limits_table(self) -> pl.DataFrame:
        """One row a limit: where it lies, where else it could, quasi-p values, how often found again."""
        return pl.DataFrame(list(self._limits()), infer_schema_length=None)

    def _limits(self) -> Iterator[dict[str, object]]:
        for each in self.found:
            for place, box in enumerate(each.boxes):
                for limit in box.limits:
                    uncertainty = self.uncertainties[limit.column]
                    names = [uncertainty.categories[code] for code in limit.categories]
                    share = None if each.again is None or place else float(each.again.limited[limit.column])
                    yield {
                        "level": each.level,
                        "box": place + 1,
                        "uncertainty": uncertainty.name,
                        "label": uncertainty.label,
                        "unit": uncertainty.unit,
                        "low": limit.low,
                        "high": limit.high,
                        "categories": " or ".join(names) or None,
                        "words": limit_words(limit, uncertainty),
                        "low_range": _range(each.ranges, limit.column, "low") if not place else None,
                        "high_range": _range(each.ranges, limit.column, "high") if not place else None,
                        "quasi_p_low": limit.quasi_p_low,
                        "quasi_p_high": limit.quasi_p_high,
                        "found_again": share,
                    }


def limit_words(limit: Limit, uncertainty: Uncertainty) -> str:
    """Say a limit in words, without the uncertainty's name and unit.

    Examples
    --------
    >>> limit_words(Limit(0, 0.25, None, (), 0.01, None), Uncertainty("a", 0, 1))
    'at least 0.25'
    """
    if limit.categories:
        return " or ".join(uncertainty.categories[code] for code in limit.categories)
    parts = [f"at least {limit.low:.3g}"] if limit.low is not None else []
    parts += [f"at most {limit.high:.3g}"] if limit.high is not None else []
    return " and ".join(parts)


def discover(
    run: Run, outcome: Outcome, levels: dict[str, OfInterest], options: DiscoveryOptions | None = None
) -> Discovery:
    """Find what a plan's bad futures have in common, at each level, and judge it on futures kept back.

    Parameters
    ----------
    run
        Futures and problem.
    outcome
        From `outcome_of`.
    levels
        By words, which futures are of interest: from `Outcome.worst` and `Outcome.beyond`.
    options
        What is looked for, and how.

    Raises
    ------
    UnknownName
        An uncertainty that is not there.
    DomainError
        Too few futures of interest to look for anything, or options that clash.

    References
    ----------
    Bryant & Lempert (2010), Technological Forecasting and Social Change 77.
    """
    options = options or DiscoveryOptions()
    ranges = run.problem.uncertainties
    searched, kept = split_futures(len(run.futures), options.searched, options.seed)
    whole = tuple(k for k, each in enumerate(ranges) if each.is_categorical)
    design = prepare_design(run.futures[searched], categorical=whole)
    found = [
        _search(level, design, run.futures, (holds, searched, kept), (ranges, options))
        for level, holds in levels.items()
    ]
    return Discovery(outcome, ranges, tuple(found), len(run.futures))


def _search(
    level: str,
    design: Design,
    futures: Futures,
    split: tuple[OfInterest, np.ndarray, np.ndarray],
    about: tuple[tuple[Uncertainty, ...], DiscoveryOptions],
) -> Found:
    (holds, searched, kept), (ranges, options) = split, about
    if holds[searched].sum() < FEWEST:
        raise DomainError(
            f"{level}: {int(holds[searched].sum())} of the {len(searched)} futures searched are of interest, "
            f"fewer than {FEWEST}; run more futures, or take a larger share"
        )
    base = float(holds.mean())
    if options.way == "cart":
        settings = TreeSettings(density_floor=_floor(options, base), seed=options.seed)
        boxes = _leaves(grow_tree(design, holds[searched], settings), level)
        fresh, left = _judge(boxes, futures[kept], holds[kept])
        return Found(level, base, boxes, fresh, left, None, (), None)
    settings = _prim_settings(ranges, options)
    first = find_box(design, holds[searched], settings)
    boxes = (first.box,)
    if options.boxes > 1:
        boxes = find_cover(design, holds[searched], settings, most_boxes=options.boxes).boxes
    again = reproduce_box(
        design, holds[searched], first, settings, seed=options.seed, resamples=options.resamples
    )
    found = first.refined.ranges if first.refined else ()
    fresh, left = _judge(boxes, futures[kept], holds[kept])
    return Found(level, base, boxes, fresh, left, first, found, again)


def _judge(
    boxes: tuple[Box, ...], futures: Futures, holds: OfInterest
) -> tuple[tuple[BoxComparison, ...], tuple[tuple[float, float], ...]]:
    """Judge each box on the futures that no earlier box holds, as it was found."""
    open_ = np.ones(len(futures), dtype=bool)
    fresh, left = [], []
    for box in boxes:
        if not holds[open_].any():
            raise DomainError("no bad future kept back is left for another box; ask for fewer (--boxes)")
        fresh.append(compare_boxes([box], futures[open_], holds[open_]))
        left.append((float(holds[open_].sum() / holds.sum()), float(open_.mean())))
        open_ &= ~in_box(futures, box)
    return tuple(fresh), tuple(left)


def _prim_settings(ranges: tuple[Uncertainty, ...], options: DiscoveryOptions) -> PrimSettings:
    names = [each.name for each in ranges]
    for name in (*options.must_limit, *options.stay_open):
        if name not in names:
            raise UnknownName("uncertainty", name, names)
    return PrimSettings(
        density_floor=options.density_floor,
        must_limit=tuple(names.index(name) for name in options.must_limit),
        stay_open=tuple(names.index(name) for name in options.stay_open),
        most_limited=options.most_limited,
        refine=options.refine,
    )


def _leaves(tree: Tree, level: str) -> tuple[Box, ...]:
    leaves = [leaf for leaf, counts in zip(tree.leaves, tree.of_interest, strict=True) if counts]
    if not leaves:
        raise DomainError(f"{level}: no leaf of the tree is dense enough; lower --density")
    return tuple(sorted(leaves, key=lambda leaf: -leaf.coverage))


def _floor(options: DiscoveryOptions, base: float) -> float:
    """Least density of a leaf of interest: as asked, or twice that of all futures."""
    return options.density_floor or min(2 * base, (1 + base) / 2)


def _fresh(found: BoxComparison, left: tuple[float, float]) -> dict[str, float]:
    parts = {"coverage": left[0], "density": 1.0, "mass": left[1]}
    return {
        f"fresh_{name}{end}": part * float(getattr(getattr(found, name), which)[0])
        for name, part in parts.items()
        for end, which in (("", "estimate"), ("_low", "low"), ("_high", "high"))
    }


def _range(ranges: tuple[LimitRange, ...], column: int, end: str) -> str | None:
    for each in ranges:
        if each.column == column and each.end == end:
            return f"{each.low:.4g} to {each.high:.4g}"
    return None
