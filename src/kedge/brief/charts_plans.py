"""Charts that compare plans: measures, regret, paths through time."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from kedge.brief.drawing import WIDE, Figure, rows, wrap
from kedge.brief.ledger import Number, Quote, Text, join, say
from kedge.brief.sampling import order_interval
from kedge.brief.teller import VALUE_UNIT, Teller
from kedge.brief.theme import COLOURS, DASHES, SHAPES, cycle, spread_apart
from kedge.brief.wording import SHARE_RATES, SHARES, in_words, unit_words

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95)
MOST_SERIES = 6
"""Yearly series drawn, at most."""

STRIP = 26
"""Pixels from one plan's strip to the next."""


def scale_of(labels: list[str], kind: str) -> Any:
    """One colour, shape or dash a plan, the same in every chart."""
    import altair as alt

    choices = {"colour": COLOURS, "shape": SHAPES, "dash": DASHES}[kind]
    return alt.Scale(domain=labels, range=[list(c) if kind == "dash" else c for c in cycle(choices, len(labels))])


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
            data.append({"measure": measure.label, "unit": unit, "plan": finding.label, "p05": low, "median": middle,
                         "p95": high, "better": "more" if measure.sign > 0 else "less"})  # fmt: skip
    table = pl.DataFrame(data)
    labels = [finding.label for finding in findings.plans]

    def chart(width: int) -> Any:
        import altair as alt

        columns = 2 if width >= WIDE else 1
        panels = [
            _measure_panel(table.filter(pl.col("measure") == measure.label), labels, (width - 24 * (columns - 1)) // columns - room(labels) - 14)
            for measure in assessment.measures
        ]
        return alt.concat(*panels, columns=columns)

    return Figure(
        name="tradeoffs",
        title=_tradeoff_title(teller),
        subtitle=say("Each measure by plan: the mark is the median future, the bar holds nine futures in ten."),
        words=_tradeoff_words(teller),
        data=table,
        chart=chart,
    )


def _measure_panel(table: pl.DataFrame, labels: list[str], width: int) -> Any:
    import altair as alt

    first = table.row(0, named=True)
    shown = rows(table)
    y = alt.Y("plan:N", sort=labels, title=None, axis=alt.Axis(labelLimit=100, ticks=False, domain=False, labelPadding=8))
    colour = alt.Color("plan:N", scale=scale_of(labels, "colour"), legend=None)
    x = alt.X("p05:Q", title=None, scale=alt.Scale(zero=False, nice=False, padding=8), axis=alt.Axis(tickCount=5))
    band = alt.Chart(shown).mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round").encode(
        x=x, x2="p95:Q", y=y, color=colour)  # fmt: skip
    dot = alt.Chart(shown).mark_point(filled=True, size=75, opacity=1).encode(
        x="median:Q", y=y, color=colour, shape=alt.Shape("plan:N", scale=scale_of(labels, "shape"), legend=None))  # fmt: skip
    arrow = "more is better →" if first["better"] == "more" else "← less is better"
    title = alt.Title(wrap(first["measure"], 36), subtitle=f"{first['unit']}; {arrow}")
    return (band + dot).properties(width=width, height=STRIP * len(labels), title=title)


def _tradeoff_title(teller: Teller) -> Text:
    """Say how many measures the preferred plan leads, and how many the worst."""
    findings, measures = teller.findings, teller.assessment.measures
    medians = [[plan[place][1].value * measure.sign for plan in findings.measures] for place, measure in enumerate(measures)]
    leader = findings.order[0]
    first = sum(row[leader] == max(row) for row in medians)
    last = sum(row[leader] == min(row) for row in medians)
    return say(
        "No plan is best on everything: {} leads on {} of {} measures and comes last on {}"
        if first < len(measures) else "{} leads on {} of {} measures in the median future, and comes last on {}",
        teller.plan(leader), in_words(first), in_words(len(measures)), in_words(last) if last else "none",
    )  # fmt: skip


def _tradeoff_words(teller: Teller) -> Text:
    """Name the plan with the best median by each measure."""
    parts = []
    for place, measure in enumerate(teller.assessment.measures):
        medians = [plan[place][1].value * measure.sign for plan in teller.findings.measures]
        best = max(range(len(medians)), key=lambda plan: (medians[plan], -plan))
        tied = sum(value == medians[best] for value in medians) > 1
        who = say("several plans alike") if tied else say("{}", teller.plan(best))
        parts.append(say("{}: {} ({})", measure_quote(measure.label), who, measure_number(teller, best, place, 1)))
    return say("Best in the median future. {}.", join(parts, last="; ", between="; "))


def measure_quote(label: str) -> Quote:
    """Quote a measure's label."""
    return Quote(label)


def measure_number(teller: Teller, plan: int, place: int, level: int) -> Any:
    """One quantile of one measure of one plan."""
    measure = teller.assessment.measures[place]
    return teller.number(
        teller.findings.measures[plan][place][level], measure.unit, "kedge.brief.sampling.order_interval",
        measure=measure.name, plan=teller.findings.plans[plan].label, level=(0.05, 0.5, 0.95)[level],
    )  # fmt: skip


def regrets(teller: Teller) -> Figure:
    """Regret by plan as quantile strips: against the best of each future, and against the reference plan."""
    findings = teller.findings
    reference = findings.value[findings.reference]
    panels = {
        "Against the best plan of each future": findings.regret,
        f"Against {findings.plans[findings.reference].label}, the reference (left of zero: better)": reference - findings.value,
    }
    data = []
    for panel, shortfall in panels.items():
        for plan, finding in enumerate(findings.plans):
            found = order_interval(shortfall[plan], QUANTILES, findings.sampling.level)
            row = {f"p{round(100 * level):02d}": estimate.value for level, estimate in zip(QUANTILES, found, strict=True)}
            data.append({"against": panel, "plan": finding.label} | row)
    table = pl.DataFrame(data)
    labels = [finding.label for finding in findings.plans]

    def chart(width: int) -> Any:
        import altair as alt

        shown = [_regret_panel(table.filter(pl.col("against") == panel), labels, panel, width) for panel in panels]
        return alt.vconcat(*shown)

    first, second = findings.order[:2]
    title = say(
        "In nine futures of ten {} falls short of the best plan by at most {}; the next, {}, by {}",
        teller.plan(first), teller.rule_regret(first), teller.plan(second), teller.rule_regret(second),
    )  # fmt: skip
    return Figure(
        name="regret",
        title=title,
        subtitle=say(
            "Regret: how far a plan falls short in overall value, in % of GDP. Pale bar: nine futures in ten; "
            "dark bar: the middle half; white line: median; black mark: the level that nine futures in ten stay under."
        ),
        words=_regret_words(teller),
        data=table,
        chart=chart,
    )


def _regret_panel(table: pl.DataFrame, labels: list[str], panel: str, width: int) -> Any:
    import altair as alt

    shown = rows(table)
    y = alt.Y("plan:N", sort=labels, title=None, axis=alt.Axis(labelLimit=100, ticks=False, domain=False, labelPadding=8))
    colour = alt.Color("plan:N", scale=scale_of(labels, "colour"), legend=None)
    x = alt.X("p05:Q", title="% of GDP", scale=alt.Scale(zero=True, nice=True), axis=alt.Axis(tickCount=6))
    base = alt.Chart(shown)
    layers = [
        base.mark_bar(height=14, opacity=0.3).encode(x=x, x2="p95:Q", y=y, color=colour),
        base.mark_bar(height=14, opacity=0.95).encode(x="p25:Q", x2="p75:Q", y=y, color=colour),
        base.mark_tick(thickness=2.5, size=14, color="white").encode(x="p50:Q", y=y),
        base.mark_tick(thickness=3, size=22, color="black").encode(x="p90:Q", y=y),
    ]
    title = alt.Title(wrap(panel, max(width // 8, 30)))
    return alt.layer(*layers).properties(width=width - room(labels) - 24, height=(STRIP + 4) * len(labels), title=title)


def _regret_words(teller: Teller) -> Text:
    parts = [
        say("{}: at most {} in half the futures, {} in nine of ten", teller.plan(plan), teller.regret_at(plan, 0),
            teller.rule_regret(plan))
        for plan in teller.findings.order
    ]  # fmt: skip
    return say("Regret against the best plan of each future. {}.", join(parts, last="; ", between="; "))


def time_paths(teller: Teller) -> Figure:
    """Each yearly series by plan: median line and the middle half of futures."""
    paths, findings = teller.assessment.paths, teller.findings
    low, middle, high = (paths.levels.index(level) for level in (0.25, 0.5, 0.75))
    data = []
    shown = sorted(_by_gap(teller)[:MOST_SERIES])
    for place in shown:
        series = paths.series[place]
        factor, unit = drawn_unit(series.unit)
        for plan, finding in enumerate(findings.plans):
            for step, year in enumerate(paths.years.tolist()):
                found = factor * paths.quantiles[plan, place, step]
                data.append({"series": series.label, "unit": unit, "plan": finding.label, "year": year,
                             "p25": float(found[low]), "median": float(found[middle]), "p75": float(found[high])})  # fmt: skip
    table = pl.DataFrame(data)
    labels = [finding.label for finding in findings.plans]

    def chart(width: int) -> Any:
        import altair as alt

        columns = 2 if width >= WIDE and len(shown) > 1 else 1
        panels = [
            _path_panel(table.filter(pl.col("series") == series.label), labels, (width - 24 * (columns - 1)) // columns - room(labels) - 34)
            for series in (paths.series[place] for place in shown)
        ]
        return alt.concat(*panels, columns=columns)

    first, last = (year_number(teller, paths.years.tolist()[end]) for end in (0, -1))
    return Figure(
        name="paths",
        title=_path_title(teller),
        subtitle=say(
            "{} to {}. Line: median future; band: the middle half of futures.{}", first, last,
            "" if len(shown) == len(paths.series) else " Of all yearly figures, those in which the plans differ most."),
        words=_path_words(teller),
        data=table,
        chart=chart,
    )


def year_number(teller: Teller, year: int) -> Any:
    """A year of the study."""
    return teller.given(year, "year", "first_year, last_year")


def _path_panel(table: pl.DataFrame, labels: list[str], width: int) -> Any:
    import altair as alt

    height = 150
    ends = table.filter(pl.col("year") == pl.col("year").max())
    bottom, top = float(table["p25"].min()), float(table["p75"].max())  # pyright: ignore[reportArgumentType]
    span = (top - bottom) or 1.0
    target = spread_apart((ends["median"].to_numpy() - bottom) / span * height, 14.0)
    ends = ends.with_columns(pl.Series("place", np.asarray(target) / height * span + bottom))
    shown = rows(table)
    x = alt.X("year:Q", title=None, axis=alt.Axis(format="d", tickCount=4, grid=False), scale=alt.Scale(nice=False))
    y = alt.Y("p25:Q", title=None, scale=alt.Scale(domain=[bottom, top], nice=True), axis=alt.Axis(tickCount=4, grid=True))
    colour = alt.Color("plan:N", scale=scale_of(labels, "colour"), legend=None)
    dash = alt.StrokeDash("plan:N", scale=scale_of(labels, "dash"), legend=None)
    band = alt.Chart(shown).mark_area(opacity=0.14).encode(x=x, y=y, y2="p75:Q", color=colour)
    line = alt.Chart(shown).mark_line(strokeWidth=2.2).encode(x=x, y=alt.Y("median:Q"), color=colour, strokeDash=dash)
    name = alt.Chart(rows(ends)).mark_text(align="left", dx=6, fontSize=12, limit=100).encode(
        x=x, y=alt.Y("place:Q"), text="plan:N", color=colour)  # fmt: skip
    first = table.row(0, named=True)
    return alt.layer(band, line, name).properties(
        width=width, height=height, title=alt.Title(wrap(first["series"], 40), subtitle=first["unit"])
    )


def _path_title(teller: Teller) -> Text:
    """Name the series, among those with chance in them, in which plans end up furthest apart."""
    paths = teller.assessment.paths
    low, middle, high = (paths.levels.index(level) for level in (0.25, 0.5, 0.75))
    ends = paths.quantiles[:, :, -1, :]
    chancy = np.mean(ends[:, :, high] - ends[:, :, low], axis=0) > 0
    ranked = _by_gap(teller)
    place = next((place for place in ranked if chancy[place]), ranked[0])
    medians = ends[:, place, middle]
    least, most = int(np.argmin(medians)), int(np.argmax(medians))
    last = year_number(teller, paths.years.tolist()[-1])
    label = measure_quote(paths.series[place].label)
    if medians[least] == medians[most]:
        return say("{} in {}: no difference between the plans", label, last)
    return say("{} in {}: from {} under {} to {} under {}", label, last, _end(teller, least, place), teller.plan(least),
               _end(teller, most, place), teller.plan(most))  # fmt: skip


def _by_gap(teller: Teller) -> list[int]:
    """Rank the series by how far apart the plans' medians end, for the width of their bands."""
    paths = teller.assessment.paths
    low, middle, high = (paths.levels.index(level) for level in (0.25, 0.5, 0.75))
    ends = paths.quantiles[:, :, -1, :]
    apart = np.ptp(ends[:, :, middle], axis=0)
    gaps = apart / (np.mean(ends[:, :, high] - ends[:, :, low], axis=0) + 1e-3 * apart + 1e-12)
    return [int(place) for place in np.argsort(-gaps, kind="stable")]


def _end(teller: Teller, plan: int, place: int) -> Number:
    """Median of a series in the last year."""
    paths = teller.assessment.paths
    series = paths.series[place]
    value = float(paths.quantiles[plan, place, -1, paths.levels.index(0.5)])
    return teller.number(
        value, series.unit, "kedge.world.assessment.Paths", series=series.name, plan=teller.findings.plans[plan].label,
        level=0.5, year=int(paths.years[-1]), futures=paths.futures_used,
    )  # fmt: skip


def _path_words(teller: Teller) -> Text:
    """Say where each series ends, by plan, in the median future."""
    paths = teller.assessment.paths
    parts = []
    for place in sorted(_by_gap(teller)[:MOST_SERIES]):
        series = paths.series[place]
        by_plan = [say("{} {}", teller.plan(plan), _end(teller, plan, place)) for plan in range(len(teller.findings.plans))]
        parts.append(say("{}: {}", measure_quote(series.label), join(by_plan)))
    last = year_number(teller, paths.years.tolist()[-1])
    return say("In the median future of {}. {}.", last, join(parts, last="; ", between="; "))
