"""Chart of the plan that each robustness metric chooses, and how firmly."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl

from kedge.brief.charts_plans import scale_of
from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.strategy import Verdicts

ROW = 26


def robustness_chart(found: Verdicts) -> Figure:
    """Draw how often each plan comes first by each metric when futures are drawn anew."""
    labels = dict(zip(found.plans, found.labels, strict=True))
    data = found.table().select(
        pl.col("label").alias("metric"),
        pl.col("plan").replace(labels),
        (100 * pl.col("chosen_share")).alias("share"),
        "score",
        "unit",
        "chosen",
    )
    metrics = data["metric"].unique(maintain_order=True).to_list()

    def chart(width: int) -> Any:
        import altair as alt

        axis = alt.Axis(ticks=False, domain=False, labelLimit=260)
        x = alt.X(
            "share:Q",
            title="% of resamples in which the plan comes first",
            stack="zero",
            scale=alt.Scale(domain=[0, 100]),
        )
        colour = alt.Color(
            "plan:N",
            scale=scale_of(list(found.labels), "colour"),
            legend=alt.Legend(title=None, orient="top"),
        )
        places = {name: place for place, name in enumerate(found.labels)}
        placed = rows(data.with_columns(pl.col("plan").replace_strict(places).alias("place")))
        y, order = alt.Y("metric:N", sort=metrics, title=None, axis=axis), alt.Order("place:Q")
        bars = alt.Chart(placed).mark_bar(height=ROW - 8).encode(x=x, y=y, color=colour, order=order)
        return bars.properties(width=width - 290, height=ROW * len(metrics))

    title = _title(found)
    told = data.filter("chosen").group_by("metric", maintain_order=True).agg(pl.col("plan").str.join(" and "))
    said = "; ".join(f"{metric}: {plan}" for metric, plan in told.rows())
    subtitle = (
        f"{found.subject}, {found.futures:,} futures. Bars: how often each plan comes first by a metric when "
        "futures are drawn anew; one colour: the choice is firm."
    )
    return Figure("robustness", words(title), words(subtitle), words(f"{title}. {said}."), data, chart)


def _title(found: Verdicts) -> str:
    chosen = found.robustness.chosen[list(found.judged)]
    first = Counter(found.labels[place] for row in chosen for place in row.nonzero()[0] if row.sum() == 1)
    parts = [f"{count} choose {label}" for label, count in first.most_common()]
    tied = int((chosen.sum(axis=1) > 1).sum())
    if tied:
        parts.append(f"{tied} cannot tell plans apart")
    unsure = int((found.robustness.flips[list(found.judged)] > 0.05).sum())
    firm = f"; {unsure} would often choose otherwise with other futures" if unsure else ""
    return f"Of {len(chosen)} robustness metrics {', '.join(parts)}{firm}"
