"""Chart of what drives an outcome."""

from __future__ import annotations

from typing import Any

import polars as pl

from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.brief.theme import COLOURS, FAINT, INK

ROW, MOST = 26, 15


def sensitivity_chart(table: pl.DataFrame, outcome: str, index: str, futures: int) -> Figure:
    """Draw one index of the strongest uncertainties, with intervals and what chance alone would show.

    Parameters
    ----------
    table
        label, value, low, high, noise (shares; noise may be missing), stands_out.
    outcome, index
        In words.
    futures
        How many it rests on.
    """
    percent = [pl.col(name) * 100 for name in ("value", "low", "high", "noise")]
    data = table.select("label", *percent, "stands_out").sort("value", descending=True).head(MOST)
    order = data["label"].to_list()

    def chart(width: int) -> Any:
        import altair as alt

        shown = alt.Chart(rows(data))
        axis = alt.Axis(ticks=False, domain=False, labelLimit=300)
        y = alt.Y("label:N", sort=order, title=None, axis=axis)
        x = alt.X("value:Q", title=f"{index}, %")
        colour = alt.condition("datum.stands_out", alt.value(COLOURS[0]), alt.value("#B8BEC6"))
        bars = shown.mark_bar(height=ROW - 10).encode(x=x, y=y, color=colour)
        spread = shown.mark_rule(color=INK, strokeWidth=1.4).encode(x=alt.X("low:Q"), x2="high:Q", y=y)
        layers = [bars, spread]
        if data["noise"].is_not_null().any():
            chance = shown.transform_aggregate(noise="max(noise)")
            layers.append(chance.mark_rule(strokeDash=[4, 3], color=FAINT).encode(x="noise:Q"))
        return alt.layer(*layers).properties(width=width - 330, height=ROW * len(order))

    standing = data.filter("stands_out")
    first = standing if standing.height else data
    named = [f"{label} ({value:.0f} %)" for label, value in first.select("label", "value").head(3).rows()]
    title = (
        f"What drives {outcome}: {', '.join(named)}"
        if standing.height
        else f"Nothing stands out in {outcome}"
    )
    subtitle = (
        f"{index} over {futures:,} futures; thin line: interval; grey, or below the dashed line: no more "
        "than chance alone would show."
    )
    said = "; ".join(f"{label} {value:.1f} %" for label, value in data.select("label", "value").rows())
    return Figure("sensitivity", words(title), words(subtitle), words(f"{title}. {said}."), data, chart)
