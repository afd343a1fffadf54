"""Charts of the space of futures: what drives regret, and boxes."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from kedge.brief.charts_plans import scale_of
from kedge.brief.drawing import Figure, rows, wrap
from kedge.brief.ledger import Number, Text, join, say
from kedge.brief.searches import Driver, Limit
from kedge.brief.teller import Teller
from kedge.brief.theme import FAINT, INK
from kedge.brief.wording import in_words

MOST_DRIVERS = 10


def driver_number(teller: Teller, driver: Driver) -> Number:
    """Share of the preferred plan's regret that one uncertainty moves by itself."""
    return teller.number(
        driver.strength,
        "share",
        "kedge.strategy.find_drivers",
        uncertainty=teller.parameter(driver.parameter).name,
        plan=teller.findings.leader.label,
        futures=min(teller.findings.sampling.search, len(teller.assessment.futures)),
    )


def drivers(teller: Teller) -> Figure:
    """Rank what moves the preferred plan's regret, with the level that chance alone reaches."""
    strongest = [driver for driver in teller.findings.drivers if driver.strength.value > driver.noise][
        :MOST_DRIVERS
    ]
    drawn = strongest or list(teller.findings.drivers[:3])
    table = pl.DataFrame(
        [
            {
                "uncertainty": teller.parameter(d.parameter).label,
                "share": 100 * d.strength.value,
                "low": 100 * d.strength.low,
                "high": 100 * d.strength.high,
                "chance": 100 * d.noise,
            }
            for d in drawn
        ]
    )

    def chart(width: int) -> Any:
        import altair as alt

        shown, lines = _over_bars(table, table["uncertainty"].to_list(), width)
        y = alt.Y("uncertainty:N", sort=table["uncertainty"].to_list(), axis=None)
        x = alt.X(
            "share:Q",
            title="% of the variation of regret",
            scale=alt.Scale(domain=[0, max(table["high"].to_list() + table["chance"].to_list())], clamp=True),
            axis=alt.Axis(tickCount=6),
        )
        base = alt.Chart(shown)
        chance = base.transform_aggregate(chance="max(chance)")
        layers = [
            base.mark_bar(height=11, color="#4A6FA5", yOffset=11).encode(x=x, y=y),
            base.mark_rule(strokeWidth=1.6, color=INK, yOffset=11).encode(x="low:Q", x2="high:Q", y=y),
            chance.mark_rule(strokeDash=[4, 3], color=FAINT).encode(x="chance:Q"),
            _words_above(base).encode(x=alt.value(4), y=y, text="line:N"),
        ]
        return alt.layer(*layers).properties(width=width - 30, height=(26 + 14 * lines) * table.height)

    title, words = _driver_words(teller, strongest)
    return Figure(
        name="drivers",
        title=title,
        subtitle=say(
            "Share of the variation of regret that one uncertainty moves by itself; thin line: "
            "interval; dashed line: what chance alone would show."
        ),
        words=words,
        data=table,
        chart=chart,
    )


def _driver_words(teller: Teller, strongest: list[Driver]) -> tuple[Text, Text]:
    """Name the strongest driver, and list the next."""
    leader = teller.plan(teller.findings.order[0])
    if not strongest:
        title = say("No single uncertainty moves the regret of {} by itself more than chance would", leader)
        return title, title
    top = strongest[0]
    title = say(
        "What moves the regret of {} most: {} ({} of its variation)",
        leader,
        teller.name(top.parameter),
        driver_number(teller, top),
    )
    parts = [say("{} ({})", teller.name(d.parameter), driver_number(teller, d)) for d in strongest[:5]]
    words = say(
        "Strongest first: {}. The rest comes from assumptions acting together.",
        join(parts),
    )
    return title, words


def boxes(teller: Teller) -> Figure | None:
    """One vulnerable box a plan: the range kept of each restricted uncertainty."""
    data = []
    for plan, box in enumerate(teller.findings.failing):
        for limit in box.limits:
            low, high = _normalised(teller, limit)
            data.append(
                {
                    "plan": teller.findings.plans[plan].label,
                    "uncertainty": teller.parameter(limit.parameter).label,
                    "words": teller.plain_limit(limit),
                    "low": low,
                    "high": high,
                }
            )
    if not data:
        return None
    table = pl.DataFrame(data)
    labels = [finding.label for finding in teller.findings.plans]

    def chart(width: int) -> Any:
        import altair as alt

        panels = [
            _box_panel(table.filter(pl.col("plan") == label), labels, label, width)
            for label in labels
            if table.filter(pl.col("plan") == label).height
        ]
        return alt.vconcat(*panels)

    return Figure(
        name="failing",
        title=_box_title(teller),
        subtitle=say(
            "Each bar: the part of an uncertainty’s range in which the plan’s worst futures gather. "
            "Grey: the whole range studied, in logarithm where futures are drawn so."
        ),
        words=_box_words(teller),
        data=table,
        chart=chart,
    )


def _box_panel(table: pl.DataFrame, labels: list[str], label: str, width: int) -> Any:
    import altair as alt

    shown, lines = _over_bars(table, table["words"].to_list(), width)
    y = alt.Y("words:N", sort=table["words"].to_list(), axis=None)
    scale = alt.Scale(domain=[0, 1], nice=False)
    base = alt.Chart(shown)
    layers = [
        base.mark_rule(strokeWidth=8, color="#E3E6EA", strokeCap="round", yOffset=10)
        .encode(x=alt.X("zero:Q", scale=scale, axis=None), x2="one:Q", y=y)
        .transform_calculate(zero="0", one="1"),
        base.mark_rule(strokeWidth=8, strokeCap="round", yOffset=10).encode(
            x=alt.X("low:Q", scale=scale),
            x2="high:Q",
            y=y,
            color=alt.Color("plan:N", scale=scale_of(labels, "colour"), legend=None),
        ),
        _words_above(base).encode(x=alt.value(0), y=y, text="line:N"),
    ]
    height = (24 + 14 * lines) * table.height
    return alt.layer(*layers).properties(width=width - 30, height=height, title=alt.Title(label))


def _over_bars(table: pl.DataFrame, words: list[str], width: int) -> tuple[Any, int]:
    """Break words into lines that fit over a bar, all with as many lines, the last just above it."""
    broken = [wrap(text, width // 7) for text in words]
    lines = max(len(parts) for parts in broken)
    padded = ["\n".join(["\N{NO-BREAK SPACE}"] * (lines - len(parts)) + parts) for parts in broken]
    return rows(table.with_columns(pl.Series("line", padded), pl.lit(lines).alias("lines"))), lines


def _words_above(base: Any) -> Any:
    lines = base.data.values[0]["lines"]
    return base.mark_text(
        align="left",
        baseline="bottom",
        dy=2 - 14 * (lines - 1),
        fontSize=12,
        lineHeight=14,
        lineBreak="\n",
        color=INK,
    )


def _normalised(teller: Teller, limit: Limit) -> tuple[float, float]:
    """Place the kept part on the range as drawn, zero to one."""
    parameter = teller.parameter(limit.parameter)
    if limit.categories:
        kept = [parameter.categories.index(name) for name in limit.categories]
        return min(kept) / len(parameter.categories), (max(kept) + 1) / len(parameter.categories)
    logarithmic = parameter.distribution == "log_uniform"
    ends = [
        parameter.low if limit.low is None else limit.low,
        parameter.high if limit.high is None else limit.high,
    ]
    low, high, *ends = (math.log(v) if logarithmic else v for v in (parameter.low, parameter.high, *ends))
    share = [min(max((end - low) / (high - low), 0.0), 1.0) for end in ends]
    return share[0], share[1]


def _box_title(teller: Teller) -> Text:
    """Name what the plans' worst futures have most in common."""
    named = [limit.parameter for box in teller.findings.failing for limit in box.limits]
    common = max(set(named), key=lambda place: (named.count(place), -place))
    count = named.count(common)
    if count < 2:
        return say("Each plan fails in futures of its own kind")
    return say(
        "Where plans fail worst: {} marks the worst futures of {} plans of {}",
        teller.name(common),
        in_words(count),
        in_words(len(teller.findings.plans)),
    )


def _box_words(teller: Teller) -> Text:
    """Say for which plans limits are drawn; the text before the chart says each."""
    drawn = [teller.plan(plan) for plan, box in enumerate(teller.findings.failing) if box.limits]
    return say("The limits drawn are those in the list above, for {}.", join(drawn))
