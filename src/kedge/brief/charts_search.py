"""Chart of plans found by a search against those there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.brief.theme import COLOURS, FAINT, INK
from kedge.strategy import FoundPlans


def search_chart(found: FoundPlans, plans: Sequence[str]) -> Figure:
    """Draw the first two objectives of all plans found, with the problem's own plans beside them."""
    names = list(found.names[:2])
    table = found.table().filter("kept").select(pl.col(names[0]).alias("x"), pl.col(names[1]).alias("y"))
    own = found.of_present(plans).select("plan", pl.col(names[0]).alias("x"), pl.col(names[1]).alias("y"))
    data = pl.concat([own, table.with_columns(plan=pl.lit(""))], how="diagonal").select("plan", "x", "y")

    def chart(width: int) -> Any:
        import altair as alt

        x = alt.X("x:Q", title=names[0], scale=alt.Scale(zero=False))
        y = alt.Y("y:Q", title=names[1], scale=alt.Scale(zero=False))
        base = alt.Chart(rows(data)).encode(x=x, y=y)
        dots = base.transform_filter("datum.plan === ''").mark_point(filled=True, size=34, color=COLOURS[0])
        there = base.transform_filter("datum.plan !== ''")
        marks = there.mark_point(filled=True, size=110, color=COLOURS[1], stroke=INK, shape="diamond")
        text = there.mark_text(align="left", dx=9, color=FAINT, fontSize=12).encode(text="plan:N")
        return alt.layer(dots, marks, text).properties(width=width - 110, height=330)

    better = found.beaten(plans)
    title = (
        f"The search found plans that beat {', '.join(better)} on every objective at once"
        if better
        else "The search found no plan that beats one of those there are on every objective at once"
    )
    subtitle = "Each dot a plan that no other found beats, on futures that the search did not see; diamonds: own plans."
    said = "; ".join(f"{plan} {x:.3g}, {y:.3g}" for plan, x, y in own.rows())
    return Figure("search", words(title), words(subtitle), words(f"{title}. {said}."), data, chart)
