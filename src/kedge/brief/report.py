"""Write the brief: one HTML file that opens offline, and the data behind each figure."""

from __future__ import annotations

import base64
import importlib.resources
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from kedge.brief import annex, holding, levers, sections, sentences
from kedge.brief.drawing import (
    NARROW,
    WIDE,
    Figure,
    data_csv,
    draw_standalone,
    draw_svg,
    inline,
    specify,
    to_png,
)
from kedge.brief.figures import all_figures
from kedge.brief.findings import TOLERANCE, Findings, find
from kedge.brief.ledger import Entry, Printer, Quote, ledger_csv
from kedge.brief.teller import VALUE_UNIT, Teller
from kedge.core.files import write_text, written_aside
from kedge.world.assessment import Assessment
from kedge.world.manifest import MANIFEST, write_manifest

BRIEF, EVIDENCE, FOLDER = "brief.html", "evidence.csv", "figures"


@dataclass(frozen=True)
class Written:
    """What an assessment's brief and manifest came to.

    Parameters
    ----------
    findings
        What the brief says, as numbers.
    manifest
        Content of the manifest.
    brief, manifest_path
        Where they lie.
    """

    findings: Findings
    manifest: dict[str, Any]
    brief: Path
    manifest_path: Path


def write_assessment(assessment: Assessment, folder: Path, command: str | None = None) -> Written:
    """Work out the findings, write the brief and, last of all, the manifest.

    Parameters
    ----------
    assessment
        All plans in all futures.
    folder
        Of its results.
    command
        What was typed, for the brief to repeat.

    Raises
    ------
    OutputError
        The folder cannot be written to.
    """
    clock = time.perf_counter()
    findings = find(assessment)
    found = time.perf_counter()
    brief = write_brief(assessment, folder, findings=findings, command=command)
    timings = {"findings_s": found - clock, "brief_s": time.perf_counter() - found}
    return Written(findings, write_manifest(assessment, folder, timings), brief, folder / MANIFEST)


def write_brief(
    assessment: Assessment, folder: Path, *, findings: Findings | None = None, command: str | None = None
) -> Path:
    """Write brief.html, evidence.csv and each figure's CSV, SVG and PNG.

    Parameters
    ----------
    assessment
        All plans in all futures.
    folder
        Made if it is not there; each file is written aside and moved into place.
    findings
        From `find`, if already worked out.
    command
        What was typed, for the brief to repeat.

    Returns
    -------
    Path
        Of brief.html.

    Raises
    ------
    OutputError
        The folder cannot be written to, or a number without evidence was to be printed.
    """
    teller = Teller(findings or find(assessment))
    figures = all_figures(teller)
    specs = {name: specify(figure, WIDE) for name, figure in figures.items()}
    html, entries = render(teller, figures, specs, command)
    source = _source_line(teller)
    for figure in figures.values():
        standalone = draw_standalone(figure, specs[figure.name], source)
        write_text(folder / FOLDER / f"{figure.name}.csv", data_csv(figure.data))
        write_text(folder / FOLDER / f"{figure.name}.svg", standalone)
        with written_aside(folder / FOLDER / f"{figure.name}.png") as aside:
            aside.write_bytes(to_png(standalone))
    write_text(folder / EVIDENCE, ledger_csv(entries))
    write_text(folder / BRIEF, html)
    return folder / BRIEF


def render(
    teller: Teller, figures: dict[str, Figure], specs: dict[str, dict[str, Any]], command: str | None = None
) -> tuple[str, tuple[Entry, ...]]:
    """Render the page and give the ledger of the numbers printed.

    Parameters
    ----------
    teller
        What is told.
    figures, specs
        By name, with each figure's specification at full width.
    command
        What was typed, for the brief to repeat.

    Raises
    ------
    OutputError
        Something without evidence was to be printed.
    """
    printer = Printer()
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kedge.brief"),
        autoescape=True,
        finalize=printer.hook,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    page = environment.get_template("brief.html").render(
        **_context(teller, command),
        figures={name: _drawn(figure, specs[name]) for name, figure in figures.items()},
        entries=printer.entries,
    )
    return page, printer.entries()


def _context(teller: Teller, command: str | None) -> dict[str, Any]:
    study, findings = teller.assessment.study, teller.findings
    first, second = findings.order[:2]
    return {
        "title": Quote(study.title),
        "question": Quote(study.question.strip()),
        "style": Markup(_template("style.css")),
        "tab_title": escape(study.title),
        "tags": [escape(plan.label) for plan in findings.plans],
        "tag_first": escape(findings.leader.label),
        "answer": sentences.answer(teller),
        "money": sentences.money(teller),
        "ladder": holding.ladder_rows(teller),
        "thresholds": holding.threshold_rows(teller),
        "weight_rows": holding.weight_rows(teller),
        "halves": holding.half_rows(teller),
        "forms": holding.forms(teller),
        "first": teller.plan(first),
        "second": teller.plan(second),
        "popular": "" if findings.popular is None else teller.plan(findings.popular),
        "asked": sections.asked(teller),
        "plans": levers.plan_rows(teller),
        "when": sections.which_when(teller),
        "deciders": sections.deciders(teller, findings.flip),
        "popular_deciders": sections.deciders(teller, findings.popular_flip),
        "score": sections.score(teller),
        "measures": sections.measure_rows(teller),
        "drawn_counts": annex.drawn_counts(teller),
        "tolerance": teller.number(TOLERANCE, VALUE_UNIT, "kedge.brief.findings.TOLERANCE", of="a judgement"),
        "kinds": annex.kind_counts(teller),
        "parameters": annex.parameter_groups(teller),
        "facts": annex.fact_rows(teller),
        "sources": annex.source_rows(teller),
        "again": annex.reproduce(teller, command or _command(teller)),
        **_sampling(teller),
    }


def _sampling(teller: Teller) -> dict[str, Any]:
    sampling = teller.findings.sampling
    numbers = {
        "resamples": (sampling.resamples, "count"),
        "level": (sampling.level, "share"),
        "searched": (sampling.search, "count"),
        "weighed": (sampling.weighing, "count"),
        "rule_resamples": (sampling.rule_resamples, "count"),
    }
    return {
        name: teller.number(value, unit, f"kedge.brief.sampling.Sampling.{name}")
        for name, (value, unit) in numbers.items()
    }


def _drawn(figure: Figure, spec: dict[str, Any]) -> dict[str, Any]:
    label = f"{figure.title}. {figure.words}"
    data = base64.b64encode(data_csv(figure.data).encode()).decode()
    return {
        "title": figure.title,
        "subtitle": figure.subtitle,
        "words": figure.words,
        "wide": inline(draw_svg(spec), f"{figure.name}-wide", label, "wide"),
        "narrow": inline(draw_svg(specify(figure, NARROW)), f"{figure.name}-narrow", label, "narrow"),
        "data": Markup("data:text/csv;base64,{}").format(data),
    }


def _template(name: str) -> str:
    return importlib.resources.files("kedge.brief").joinpath("templates", name).read_text("utf-8")


def _command(teller: Teller) -> str:
    assessment = teller.assessment
    return f"kedge assess STUDY --futures {len(assessment.futures)} --seed {assessment.provenance.seed}"


def _source_line(teller: Teller) -> str:
    assessment = teller.assessment
    version = assessment.provenance.versions.get("kedge", "")
    count = f"{len(assessment.futures):,}"
    return f"Kedge {version}, {assessment.study.title}; {count} futures, seed {assessment.provenance.seed}"[
        :130
    ]
