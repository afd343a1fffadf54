"""What each part of the page holds, as words and numbers for the templates."""

from __future__ import annotations

from typing import Any

from kedge.brief.judgement import Subset
from kedge.brief.ledger import Number, Quote, Text, join, say, sentence
from kedge.brief.levers import state_name
from kedge.brief.searches import Box
from kedge.brief.sentences import FLIP, threshold_phrase
from kedge.brief.teller import VALUE_UNIT, Teller
from kedge.brief.wording import unit_words


def asked(teller: Teller) -> dict[str, Any]:
    """Say what was asked: roles, years, futures, weights."""
    study = teller.assessment.study
    named = {role: Quote(state_name(getattr(study, role))) for role in ("country", "patron", "challenger")}
    weights = study.weights.model_dump()
    return named | {
        "helpers": join([Quote(state_name(state)) for state in study.challenger_partners]),
        "partners": join([Quote(state_name(partner.state)) for partner in study.partners]),
        "theatre": Quote(study.theatre.name),
        "first": teller.given(study.first_year, "year", "first_year"),
        "last": teller.given(study.last_year, "year", "last_year"),
        "futures": teller.number(len(teller.assessment.futures), "count", "kedge.strategy.draw_futures"),
        "uncertainties": teller.number(
            sum(p.low < p.high for p in teller.assessment.parameters),
            "count",
            "kedge.world.parameters.default_parameters",
        ),
        "reference": teller.plan(teller.findings.reference),
        "weights": [
            {
                "label": Quote(m.label),
                "unit": _unit(m.unit),
                "direction": "more" if m.sign > 0 else "less",
                "weight": teller.given(weights[m.name], "number", f"weights.{m.name}"),
            }
            for m in teller.assessment.measures
        ],
    }


def _unit(unit: str) -> Quote:
    return Quote(unit_words(unit))


def which_when(teller: Teller) -> list[dict[str, Any]]:
    """For each plan: where it is best, where it fails worst, and how often."""
    findings = teller.findings
    return [
        {
            "label": teller.plan(plan),
            "best_share": teller.best_share(plan),
            "near": teller.number(
                findings.plans[plan].near_best,
                "share of futures",
                "kedge.strategy.regret",
                of="regret within the tolerance",
                plan=findings.plans[plan].label,
            ),
            "rule": teller.rule_regret(plan),
            "half": teller.regret_at(plan, 0),
            "against": _against(teller, plan),
            "best": box_words(teller, findings.winning[plan], plan, "best"),
            "fails": box_words(teller, findings.failing[plan], plan, "failing"),
            "best_short": short_words(teller, findings.winning[plan], plan, "best"),
            "fails_short": short_words(teller, findings.failing[plan], plan, "failing"),
            "is_reference": plan == findings.reference,
        }
        for plan in findings.order
    ]


def _against(teller: Teller, plan: int) -> dict[str, Number]:
    finding = teller.findings.plans[plan]
    about = {"plan": finding.label, "reference": teller.findings.plans[teller.findings.reference].label}
    return {
        "better": teller.number(
            finding.better_than_reference,
            "share of futures",
            "kedge.strategy.mean_interval",
            of="better than the reference",
            **about,
        ),
        "rule": teller.number(
            finding.regret_to_reference[1],
            VALUE_UNIT,
            "kedge.strategy.regret_to_reference",
            level=0.9,
            **about,
        ),
    }


def short_words(teller: Teller, box: Box, plan: int, kind: str) -> Text:
    """Say a box's limits alone, or that there is no common description."""
    if box.limits:
        return sentence(teller.limits(box, plan, kind))
    return say("In no future studied" if box.base == 0 else "No common description found")


def box_words(teller: Teller, box: Box, plan: int, kind: str) -> Text:
    """Say a box as a sentence, with how well it fits; or why there is none."""
    about = {"plan": teller.findings.plans[plan].label, "box": kind, "futures": box.futures}
    base = teller.number(
        box.base, "share of futures", "kedge.strategy.find_box", of="futures sought", **about
    )
    if not box.limits:
        return say("{}", _no_box(box, kind, base))
    coverage, density = (
        teller.number(estimate, "share of futures", "kedge.brief.searches.find_boxes", of=what, **about)
        for estimate, what in ((box.coverage, "coverage"), (box.density, "density"))
    )
    limits = teller.limits(box, plan, kind)
    if kind == "best":
        return say(
            "When {}. These futures hold {} of those in which it is best; there it is best in {}, "
            "against {} overall.",
            limits,
            coverage,
            density,
            base,
        )
    return say(
        "When {}. These futures hold {} of its worst tenth; there {} are among its worst, against {} "
        "overall.",
        limits,
        coverage,
        density,
        base,
    )


def _no_box(box: Box, kind: str, base: Number) -> Text:
    what = "is best" if kind == "best" else "falls short of the best plan"
    if box.base == 0:
        return say("In no future studied.")
    if box.base > 0.9:
        return say("It {} in {} of futures, which have nothing in common but being usual.", what, base)
    return say("Too few of these futures, or too scattered, to have a description in common.")


def deciders(teller: Teller) -> list[dict[str, Any]]:
    """Rows of the table of deciding uncertainties."""
    flip = teller.findings.flip
    rows = []
    for decider in flip.deciders if flip else ():
        name = teller.parameter(decider.parameter).name
        shares = [
            teller.number(
                share,
                "share of futures",
                FLIP,
                uncertainty=name,
                end=end,
                futures=flip.futures if flip else 0,
            )
            for share, end in ((decider.lowest, "lowest"), (decider.highest, "highest"))
        ]
        told = teller.number(
            decider.told,
            "share",
            FLIP,
            uncertainty=name,
            of="variance of the order explained",
            futures=flip.futures if flip else 0,
        )
        rows.append(
            {
                "label": Quote(teller.parameter(decider.parameter).label),
                "told": told,
                "low": shares[0],
                "high": shares[1],
                "words": sentence(threshold_phrase(teller, decider)),
                "kind": teller.parameter(decider.parameter).kind,
            }
        )
    return rows


def score(teller: Teller) -> Number | None:
    """How well all assumptions together tell the futures apart; None if there is nothing to tell."""
    flip = teller.findings.flip
    if flip is None or flip.score_auc is None:
        return None
    return teller.number(
        flip.score_auc, "share", FLIP, of="area under the curve of the linear score", futures=flip.futures
    )


def weight_changes(teller: Teller) -> list[dict[str, Any]]:
    """Rows of the table of changed weights."""
    rows = []
    for found in teller.findings.changes:
        measure = teller.assessment.measures[found.measure]
        place = f"weights.{measure.name}"
        rows.append(
            {
                "label": Quote(measure.label),
                "before": teller.given(found.before, "number", place),
                "after": teller.given(
                    found.after, "number", f"{place}, changed by kedge.brief.judgement.change_weights"
                ),
                "plan": teller.plan(found.preferred),
                "changed": found.preferred != teller.findings.order[0],
                "close": found.close,
            }
        )
    return rows


def subset_rows(teller: Teller) -> list[dict[str, Any]]:
    """Rows of the table of parts of the futures."""
    return [
        {
            "label": Quote(teller.parameter(found.parameter).label),
            "part": _part(teller, found),
            "futures": teller.number(
                found.futures,
                "count",
                "kedge.brief.judgement.split_futures",
                uncertainty=teller.parameter(found.parameter).name,
                part=found.category,
            ),
            "order": join([teller.plan(plan) for plan in found.order], last=", "),
            "same": found.order == teller.findings.order,
            "rule": teller.number(
                found.regret[found.order[0]],
                VALUE_UNIT,
                "kedge.brief.judgement.split_futures",
                uncertainty=teller.parameter(found.parameter).name,
                part=found.category,
                plan=teller.findings.plans[found.order[0]].label,
                level=0.9,
            ),
        }
        for found in teller.findings.subsets
    ]


def _part(teller: Teller, found: Subset) -> Text:
    if teller.parameter(found.parameter).categories:
        return say("{}", Quote(found.category.replace("_", " ")))
    ends = [
        teller.at(found.parameter, end, "kedge.brief.judgement.split_futures", part=found.category)
        for end in found.limits
    ]
    return say("{} ({} to {})", found.category, ends[0].bare, ends[1])


def measure_rows(teller: Teller) -> list[dict[str, Any]]:
    """Rows of the table of measures: median and middle nine tenths by plan."""
    from kedge.brief.charts_plans import measure_number

    return [
        {
            "label": Quote(measure.label),
            "unit": _unit(measure.unit),
            "better": "more" if measure.sign > 0 else "less",
            "cells": [
                say(
                    "{} ({} to {})", *(measure_number(teller, plan, place, level).bare for level in (1, 0, 2))
                )
                for plan in range(len(teller.findings.plans))
            ],
        }
        for place, measure in enumerate(teller.assessment.measures)
    ]
