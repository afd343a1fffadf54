"""Charts of scenario discovery: boxes with their trade-off, and stacked dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.brief.theme import BLANK, BLUES, COLOURS, INK, cycle
from kedge.strategy import Box, Discovery, Limit, Stacking, Uncertainty, limit_words

ROW = 30


def discovery_chart(found: Discovery) -> Figure:
    """Draw the first box of each level: the part of each range kept, and coverage against density."""
    data = pl.DataFrame(
        [
            {
                "level": each.level,
                "uncertainty": found.uncertainties[limit.column].label,
                **_kept(limit, found.uncertainties[limit.column]),
            }
            for each in found.found
            for limit in each.boxes[0].limits
        ],
        schema={"level": pl.String, "uncertainty": pl.String, "low": pl.Float64, "high": pl.Float64,
                "words": pl.String},
    )  # fmt: skip
    curve = _trade_off(found)
    levels = [each.level for each in found.found]

    def chart(width: int) -> Any:
        import altair as alt

        colour = alt.Color("level:N", scale=alt.Scale(domain=levels, range=cycle(COLOURS, len(levels))),
                           legend=alt.Legend(title=None, orient="top"))  # fmt: skip
        order = data["uncertainty"].unique(maintain_order=True).to_list()
        y = alt.Y("uncertainty:N", sort=order, title=None,
                  axis=alt.Axis(ticks=False, domain=False, labelLimit=300))  # fmt: skip
        x = alt.X("low:Q", title="part of the range kept, %", scale=alt.Scale(domain=[0, 100]))
        offset = alt.YOffset("level:N", sort=levels)
        bars = alt.Chart(rows(data)).mark_bar().encode(x=x, x2="high:Q", y=y, yOffset=offset, color=colour)
        boxes = bars.properties(width=width - 340, height=ROW * max(len(order), 1) * max(len(levels) / 2, 1))
        if not curve.height:
            return boxes
        base = alt.Chart(rows(curve)).encode(
            x=alt.X("coverage:Q", title="coverage, %", scale=alt.Scale(domain=[0, 100])),
            y=alt.Y("density:Q", title="density, %", scale=alt.Scale(domain=[0, 100])),
            color=colour,
        )
        line = base.mark_line(strokeWidth=1.5).encode(order="step:Q")
        dot = base.transform_filter("datum.chosen").mark_point(filled=True, size=110, stroke=INK)
        return alt.vconcat(boxes, alt.layer(line, dot).properties(width=width - 340, height=170))

    title, said = _told(found)
    subtitle = "Bars: the part of each range that the first box keeps; the other uncertainties stay open."
    if curve.height:
        subtitle += " Below: coverage and density while PRIM peels; dots: boxes chosen, before refinement."
    return Figure("discovery", words(title), words(subtitle), words(f"{title}. {said}"), data, chart)


def stacking_chart(found: Stacking, uncertainties: Sequence[Uncertainty], what: str) -> Figure:
    """Draw the share of bad futures in nested bins; the outermost axes come first in each label."""
    labels = {each.name: each for each in uncertainties}
    row_words = _cells(found.row_bins, found.row_axes, labels)
    column_words = _cells(found.column_bins, found.column_axes, labels)
    data = pl.DataFrame(
        [
            {"row": row_words[r], "column": column_words[c],
             "share": None if np.isnan(found.shares[r, c]) else 100 * float(found.shares[r, c]),
             "futures": int(found.counts[r, c])}
            for r in range(len(row_words)) for c in range(len(column_words))
        ]
    )  # fmt: skip

    def chart(width: int) -> Any:
        import altair as alt

        axis = alt.Axis(ticks=False, domain=False, labelLimit=330)
        across, down = (
            " | ".join(_short(labels[each.uncertainty]) for each in axes)
            for axes in (found.column_axes, found.row_axes)
        )
        x = alt.X("column:N", sort=column_words, title=across or None, axis=axis.copy())
        y = alt.Y("row:N", sort=row_words, title=down or None, axis=axis)
        colour = alt.condition(
            "datum.share === null",
            alt.value(BLANK),
            alt.Color("share:Q", scale=alt.Scale(range=list(BLUES)), title="% bad"),
        )
        cells = alt.Chart(rows(data)).mark_rect(stroke="white").encode(x=x, y=y, color=colour)
        return cells.properties(width=width - 240, height=26 * len(row_words))

    axes = [labels[axis.uncertainty].label for axis in (*found.row_axes, *found.column_axes)]
    best = data.filter(pl.col("share").is_not_null()).sort("share").tail(1)
    most = f"{best['share'][0]:.0f} %" if best.height else "none"
    where = [_short(labels[axis.uncertainty]) for axis in (*found.row_axes[:1], *found.column_axes[:1])]
    title = f"Bad futures hang on {' and '.join(where)}: up to {most} in one cell"
    subtitle = (
        f"Share of bad futures ({what}) in nested bins of {', '.join(axes)}; grey: no future fell there."
    )
    return Figure("stacking", words(title), words(subtitle), words(f"{title}."), data, chart)


def _trade_off(found: Discovery) -> pl.DataFrame:
    parts = []
    for each in found.found:
        if each.prim is None:
            continue
        path = each.prim.trajectory
        steps = np.arange(len(path.coverage))
        parts.append(
            pl.DataFrame(
                {"level": [each.level] * len(steps), "step": steps, "coverage": 100 * path.coverage,
                 "density": 100 * path.density, "chosen": steps == each.prim.chosen}
            )
        )  # fmt: skip
    return pl.concat(parts) if parts else pl.DataFrame()


def _kept(limit: Limit, uncertainty: Uncertainty) -> dict[str, float | str]:
    if limit.categories:
        names = [uncertainty.categories[code] for code in limit.categories]
        share = 100 * len(names) / len(uncertainty.categories)
        return {"low": 0.0, "high": share, "words": " or ".join(names)}
    width = uncertainty.high - uncertainty.low
    low = uncertainty.low if limit.low is None else limit.low
    high = uncertainty.high if limit.high is None else limit.high
    ends = [100 * float(np.clip((end - uncertainty.low) / width, 0, 1)) for end in (low, high)]
    return {"low": ends[0], "high": ends[1], "words": f"{low:.3g} to {high:.3g}"}


def _told(found: Discovery) -> tuple[str, str]:
    first = found.found[0]
    box: Box = first.boxes[0]
    named = [_short(found.uncertainties[limit.column]) for limit in box.limits]
    density = 100 * float(first.fresh[0].density.estimate[0])
    if not named:
        title = f"The bad futures of {found.outcome.label} have nothing in common that chance would not show"
    else:
        more = f" and {len(named) - 2} more" if len(named) > 2 else ""
        title = (
            f"{density:.0f} % of the futures in the box are bad by {found.outcome.label}, against "
            f"{100 * first.base:.0f} % of all; it limits {', '.join(named[:2])}{more}"
        )
    said = " ".join(
        f"{each.level}: "
        + "; ".join(_limit_words(limit, found.uncertainties[limit.column]) for limit in each.boxes[0].limits)
        + "."
        for each in found.found
    )
    return title, said


def _limit_words(limit: Limit, uncertainty: Uncertainty) -> str:
    label = uncertainty.label[:1].lower() + uncertainty.label[1:]
    unit = f" {uncertainty.unit}" if uncertainty.unit and not limit.categories else ""
    return f"{label} is {limit_words(limit, uncertainty)}{unit}"


def _short(uncertainty: Uncertainty) -> str:
    return uncertainty.label.split(" (")[0]


def _cells(bins: np.ndarray, axes: Sequence[Any], labels: dict[str, Uncertainty]) -> list[str]:
    if not axes:
        return ["all"]
    return [
        " | ".join(
            labels[axis.uncertainty].categories[int(axis.lower[place])]
            if labels[axis.uncertainty].is_categorical
            else f"{axis.lower[place]:.3g} to {axis.upper[place]:.3g}"
            for place, axis in zip(row, axes, strict=True)
        )
        for row in bins
    ]
