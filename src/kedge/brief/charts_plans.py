"""Charts that compare plans: measures, regret, paths through time."""

from __future__ import annotations

from typing import Any

import polars as pl

from kedge.brief.drawing import WIDE, Figure, rows, wrap
from kedge.brief.ledger import Quote, Text, join, say
from kedge.brief.sampling import order_interval
from kedge.brief.teller import Teller
from kedge.brief.theme import COLOURS, DASHES, INK, SHAPES, cycle
from kedge.brief.wording import SHARE_RATES, SHARES, in_words, unit_words

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
STRIP = 26
"""Pixels from one plan's strip to the next."""


def scale_of(labels: list[str], kind: str) -> Any:
    """One colour, shape or dash a plan, the same in every chart."""
    import altair as alt

    choices = {"colour": COLOURS, "shape": SHAPES, "dash": DASHES}[kind]
    return alt.Scale(
        domain=labels, range=[list(c) if kind == "dash" else c for c in cycle(choices, len(labels))]
    )


def room(labels: list[str]) -> int:
    """Pixels that the plans' names take beside a chart."""
    return min(7 * max(len(label) for label in labels) + 22, 122)


def drawn_unit(unit: str) -> tuple[float, str]:
    """Factor and words for a unit on an axis: shares are drawn in percent."""
    is_share = unit in SHARES or unit in SHARE_RATES
    return (100.0 if is_share else 1.0), unit_words(unit)


def tradeoffs(teller: Teller) -> Figure:
    """Every measure by plan: median and the middle nine tenths of futures."""
    assessment, findings = teller.assessment, teller.findings
    data = []
    for place, measure in enumerate(assessment.measures):
        factor, unit = drawn_unit(measure.unit)
        for plan, finding in enumerate(findings.plans):
            low, middle, high = (factor * estimate.value for estimate in findings.measures[plan][place])
            data.append(
                {
                    "measure": measure.label,
                    "unit": unit,
                    "plan": finding.label,
                    "p05": low,
                    "median": middle,
                    "p95": high,
                    "better": "more" if measure.sign > 0 else "less",
                }
            )
    table = pl.DataFrame(data)
    labels = [finding.label for finding in findings.plans]

    def chart(width: int) -> Any:
        import altair as alt

        columns = 2 if width >= WIDE else 1
        panels = [
            _measure_panel(
                table.filter(pl.col("measure") == measure.label),
                labels,
                (width - 24 * (columns - 1)) // columns - room(labels) - 14,
            )
            for measure in assessment.measures
        ]
        return alt.concat(*panels, columns=columns)

    return Figure(
        name="tradeoffs",
        title=_tradeoff_title(teller),
        subtitle=say(
            "Each measure by plan, as a yearly mean over the years studied: the mark is the middle value "
            "over explored futures, the bar leaves out the lowest and the highest twentieth."
        ),
        words=_tradeoff_words(teller),
        data=table,
        chart=chart,
    )


def _measure_panel(table: pl.DataFrame, labels: list[str], width: int) -> Any:
    import altair as alt

    first = table.row(0, named=True)
    shown = rows(table)
    y = alt.Y(
        "plan:N",
        sort=labels,
        title=None,
        axis=alt.Axis(labelLimit=100, ticks=False, domain=False, labelPadding=8),
    )
    colour = alt.Color("plan:N", scale=scale_of(labels, "colour"), legend=None)
    x = alt.X(
        "p05:Q", title=None, scale=alt.Scale(zero=False, nice=False, padding=8), axis=alt.Axis(tickCount=5)
    )
    band = (
        alt.Chart(shown)
        .mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round")
        .encode(x=x, x2="p95:Q", y=y, color=colour)
    )
    dot = (
        alt.Chart(shown)
        .mark_point(filled=True, size=75, opacity=1)
        .encode(
            x="median:Q",
            y=y,
            color=colour,
            shape=alt.Shape("plan:N", scale=scale_of(labels, "shape"), legend=None),
        )
    )
    arrow = "more is better →" if first["better"] == "more" else "← less is better"
    title = alt.Title(wrap(first["measure"], 36), subtitle=f"{first['unit']}; {arrow}")
    return (band + dot).properties(width=width, height=STRIP * len(labels), title=title)


def _alike(teller: Teller, place: int, plan: int) -> list[int]:
    """Plans whose middle value by a measure is the same as another's within both intervals."""
    own = teller.findings.measures[plan][place][1]
    return [
        other
        for other, found in enumerate(teller.findings.measures)
        if found[place][1].low <= own.high and found[place][1].high >= own.low
    ]


def _best_on(teller: Teller, place: int, sign: float) -> list[int]:
    """Plans with the best middle value by a measure, ties within sampling included."""
    middles = [sign * plan[place][1].value for plan in teller.findings.measures]
    return _alike(teller, place, middles.index(max(middles)))


def _tradeoff_title(teller: Teller) -> Text:
    """Say on how many measures the preferred plan alone is best, and on how many alone worst."""
    findings, measures = teller.findings, teller.assessment.measures
    leader = [findings.order[0]]
    first = sum(_best_on(teller, place, m.sign) == leader for place, m in enumerate(measures))
    last = sum(_best_on(teller, place, -m.sign) == leader for place, m in enumerate(measures))
    return say(
        "No plan is best on everything: {} alone leads on {} of {} measures and alone comes last on {}"
        if first < len(measures)
        else "{} alone leads on {} of {} measures, and comes last on {}",
        teller.plan(leader[0]),
        in_words(first) if first else "none",
        in_words(len(measures)),
        in_words(last) if last else "none",
    )


def _tradeoff_words(teller: Teller) -> Text:
    """Name the plan with the best middle value by each measure."""
    parts = []
    for place, measure in enumerate(teller.assessment.measures):
        best = _best_on(teller, place, measure.sign)
        who = (
            join([teller.plan(plan) for plan in best])
            if len(best) < len(teller.findings.plans)
            else say("all")
        )
        parts.append(
            say("{}: {} ({})", measure_quote(measure.label), who, measure_number(teller, best[0], place, 1))
        )
    return say("Best by the middle value. {}.", join(parts, last="; ", between="; "))


def measure_quote(label: str, *, name: bool = False) -> Quote:
    """Quote a measure's label."""
    return Quote(label, name=name)


def measure_number(teller: Teller, plan: int, place: int, level: int) -> Any:
    """One quantile of one measure of one plan."""
    measure = teller.assessment.measures[place]
    return teller.number(
        teller.findings.measures[plan][place][level],
        measure.unit,
        "kedge.brief.sampling.order_interval",
        measure=measure.name,
        plan=teller.findings.plans[plan].label,
        level=(0.05, 0.5, 0.95)[level],
    )


def regrets(teller: Teller) -> Figure:
    """Regret by plan as quantile strips: against the best of each future, and against the reference plan."""
    findings = teller.findings
    reference = findings.value[findings.reference]
    panels = {
        "Against the best plan of each future": findings.regret,
        f"Against {findings.plans[findings.reference].label}, the reference (left of zero: better)": reference
        - findings.value,
    }
    data = []
    for panel, shortfall in panels.items():
        for plan, finding in enumerate(findings.plans):
            found = order_interval(shortfall[plan], QUANTILES, findings.sampling.level)
            row = {
                f"p{round(100 * level):02d}": estimate.value
                for level, estimate in zip(QUANTILES, found, strict=True)
            }
            data.append({"against": panel, "plan": finding.label} | row)
    table = pl.DataFrame(data)
    labels = [finding.label for finding in findings.plans]

    def chart(width: int) -> Any:
        import altair as alt

        shown = [
            _regret_panel(table.filter(pl.col("against") == panel), labels, panel, width) for panel in panels
        ]
        return alt.vconcat(*shown)

    first, second = findings.order[:2]
    title = say(
        "Guarding against nine explored futures in ten: {} falls short by at most {}, {} by {}",
        teller.plan(first),
        teller.rule_regret(first).bare,
        teller.plan(second),
        teller.rule_regret(second),
    )
    return Figure(
        name="regret",
        title=title,
        subtitle=say(
            "Regret: how far a plan falls short in overall value, in % of GDP a year. Black mark and number: "
            "nine explored futures in ten stay under it; pale bar: from the level that one in ten stays "
            "under; dark bar: the middle half; white line: the middle."
        ),
        words=_regret_words(teller),
        data=table,
        chart=chart,
    )


def _regret_panel(table: pl.DataFrame, labels: list[str], panel: str, width: int) -> Any:
    import altair as alt

    shown = rows(table)
    y = alt.Y(
        "plan:N",
        sort=labels,
        title=None,
        axis=alt.Axis(labelLimit=100, ticks=False, domain=False, labelPadding=8),
    )
    colour = alt.Color("plan:N", scale=scale_of(labels, "colour"), legend=None)
    x = alt.X(
        "p10:Q", title="% of GDP a year", scale=alt.Scale(zero=True, nice=True), axis=alt.Axis(tickCount=6)
    )
    base = alt.Chart(shown)
    layers = [
        base.mark_bar(height=14, opacity=0.3).encode(x=x, x2="p90:Q", y=y, color=colour),
        base.mark_bar(height=14, opacity=0.95).encode(x="p25:Q", x2="p75:Q", y=y, color=colour),
        base.mark_tick(thickness=2.5, size=14, color="white").encode(x="p50:Q", y=y),
        base.mark_tick(thickness=3, size=22, color="black").encode(x="p90:Q", y=y),
        base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(
            x="p90:Q", y=y, text=alt.Text("p90:Q", format=".2f")
        ),
    ]
    title = alt.Title(wrap(panel, max(width // 8, 30)))
    return alt.layer(*layers).properties(
        width=width - room(labels) - 44, height=(STRIP + 4) * len(labels), title=title
    )


def _regret_words(teller: Teller) -> Text:
    parts = [
        say(
            "{}: at most {} in half the futures, {} in nine of ten",
            teller.plan(plan),
            teller.regret_at(plan, 0),
            teller.rule_regret(plan),
        )
        for plan in teller.findings.order
    ]
    return say("Regret against the best plan of each future. {}.", join(parts, last="; ", between="; "))
