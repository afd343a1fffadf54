"""What each part of the page holds, as words and numbers for the templates."""

from __future__ import annotations

from typing import Any

from kedge.brief.flipping import Flip
from kedge.brief.ledger import Number, Quote, Text, join, say, sentence
from kedge.brief.naming import named, state_name
from kedge.brief.searches import Box
from kedge.brief.sentences import FLIP
from kedge.brief.teller import VALUE_UNIT, Teller
from kedge.brief.wording import SHARES, unit_words

MEANINGS = {
    "real_income": "Change of real income against a world without the patron's additional tariffs",
    "fiscal_cost": "Public cost of forces, ties, bases and concessions above today's effort, "
    "with its burden on the economy",
    "security_loss": "Chance of war in each year times what it would cost",
    "deterrence_holds": "Chance that no attack has come by the last year",
    "patron_leverage": "Yearly expected loss without the patron, less that with it: what the patron could "
    "extract by threatening to leave",
    "coercion_exposure": "Real income that an embargo by the challenger would take",
    "network_resilience": "Part of the expected strength, one's own and partners', that would be left "
    "if the patron stayed away",
}
"""What each measure counts, in one line."""


def asked(teller: Teller) -> dict[str, Any]:
    """Say what was asked: roles, years, futures, weights."""
    study = teller.assessment.study
    roles = {role: Quote(state_name(getattr(study, role))) for role in ("country", "patron", "challenger")}
    weights = study.weights.model_dump()
    return roles | {
        "helpers": join([Quote(state_name(state)) for state in study.challenger_partners]),
        "partners": join([Quote(state_name(partner.state)) for partner in study.partners]),
        "codes": _codes(teller),
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
                "meaning": Quote(named(MEANINGS.get(m.name, ""), study)),
                "unit": _unit(m.unit),
                "direction": "more" if m.sign > 0 else "less",
                "per": "per whole share" if m.unit in SHARES else "per percent of GDP",
                "weight": teller.given(weights[m.name], "number", f"weights.{m.name}"),
            }
            for m in teller.assessment.measures
        ],
    }


def _codes(teller: Teller) -> Text:
    """Spell out the codes of the states that figures are given of."""
    codes = sorted({fact["state"] for fact in teller.assessment.facts})
    return join([say("{} {}", Quote(code), Quote(state_name(code))) for code in codes], last=", ")


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
            "When {}. Of the futures so described it is best in {}, against {} overall; "
            "they hold {} of those in which it is best.",
            limits,
            density,
            base,
            coverage,
        )
    return say(
        "When {}. Of the futures so described {} are among its worst tenth, against {} overall; they "
        "hold {} of its worst.",
        limits,
        density,
        base,
        coverage,
    )


def _no_box(box: Box, kind: str, base: Number) -> Text:
    what = "is best" if kind == "best" else "falls short of the best plan"
    if box.base == 0:
        return say("In no future studied.")
    if box.base > 0.9:
        return say("It {} in {} of futures, which have nothing in common but being usual.", what, base)
    return say("Too few of these futures, or too scattered, to have a description in common.")


def deciders(teller: Teller, flip: Flip | None) -> list[dict[str, Any]]:
    """Rows of the table of uncertainties that decide between two plans."""
    rows = []
    for decider in flip.deciders if flip else ():
        parameter = teller.parameter(decider.parameter)
        about = {"uncertainty": parameter.name, "futures": flip.futures if flip else 0}
        low, high = (
            teller.number(share, "share of futures", FLIP, end=end, **about)
            for share, end in ((decider.lowest, "lowest"), (decider.highest, "highest"))
        )
        told = teller.number(decider.told, "share", FLIP, of="variance of the order explained", **about)
        rows.append(
            {"label": Quote(parameter.label), "told": told, "low": low, "high": high, "kind": parameter.kind}
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
