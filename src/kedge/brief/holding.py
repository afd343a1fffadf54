"""Whether the answer holds: rows on attitudes to risk, weights, and halves of single assumptions."""

from __future__ import annotations

from typing import Any

from kedge.brief.attitudes import Rung
from kedge.brief.ledger import Number, Quote, Text, join, say
from kedge.brief.parting import Half
from kedge.brief.sentences import threshold_number, weight_change
from kedge.brief.teller import VALUE_UNIT, Teller
from kedge.brief.wording import in_words

MOST_HALVES = 12  # what a reader takes in; the first page counts them all


def ladder_rows(teller: Teller) -> list[dict[str, Any]]:
    """One row an attitude to risk: each plan's regret, the lowest marked."""
    return [
        {
            "attitude": _attitude(teller, rung),
            "cells": [
                {"regret": _regret(teller, rung, plan).bare, "best": plan == rung.preferred}
                for plan in range(len(rung.regret))
            ],
            "plan": teller.plan(rung.preferred),
            "rule": rung.level == 0.9,
        }
        for rung in teller.findings.rungs
    ]


def _attitude(teller: Teller, rung: Rung) -> Text:
    if rung.level is None:
        return say("on average over all explored futures")
    level = teller.given(100 * rung.level, "count", "kedge.brief.attitudes.LADDER")
    return say("{} of a hundred", level)


def _regret(teller: Teller, rung: Rung, plan: int) -> Number:
    return teller.number(
        rung.regret[plan],
        VALUE_UNIT,
        "kedge.brief.attitudes.ladder",
        plan=teller.findings.plans[plan].label,
        level="mean" if rung.level is None else rung.level,
    )


def weight_rows(teller: Teller) -> list[dict[str, Any]]:
    """One row a weight that counts: how much less and how much more of it changes the choice."""
    rows: dict[int, dict[str, Any]] = {}
    for flip in teller.findings.weight_flips:
        measure = teller.assessment.measures[flip.measure]
        row = rows.setdefault(
            flip.measure,
            {
                "label": Quote(measure.label),
                "own": teller.given(flip.own, "number", f"weights.{measure.name}"),
            },
        )
        row["up" if flip.up else "down"] = (
            say("{}: then {}", weight_change(teller, flip).ranged, teller.plan(flip.plan))
            if flip.factor
            else say("no change")
        )
    return list(rows.values())


def half_rows(teller: Teller) -> list[dict[str, Any]]:
    """One row a half of an assumption in which another plan is preferred, the most telling first."""
    flips = [half for half in teller.findings.halves if half.flips]
    flips.sort(key=lambda half: half.regret[half.preferred] - half.regret[half.leader])
    return [
        {
            "label": Quote(teller.parameter(half.parameter).label),
            "part": _part(teller, half),
            "plan": teller.plan(half.preferred),
            "regret": _half_regret(teller, half, half.preferred).bare,
            "leader": _half_regret(teller, half, half.leader).bare,
            "holds": teller.number(
                half.holds, "share", "kedge.brief.parting.halves", of="resamples", **_about(teller, half)
            ),
        }
        for half in flips[:MOST_HALVES]
    ]


def _about(teller: Teller, half: Half) -> dict[str, Any]:
    return {"uncertainty": teller.parameter(half.parameter).name, "part": half.part}


def _half_regret(teller: Teller, half: Half, plan: int) -> Number:
    return teller.number(
        half.regret[plan],
        VALUE_UNIT,
        "kedge.brief.parting.halves",
        plan=teller.findings.plans[plan].label,
        level=0.9,
        **_about(teller, half),
    )


def _part(teller: Teller, half: Half) -> Text:
    parameter = teller.parameter(half.parameter)
    if parameter.categories:
        return say("{}", Quote(half.part.replace("_", " ")))
    upper = half.part == "upper half"
    end = half.limits[0] if upper else half.limits[1]
    at = teller.at(half.parameter, end, "kedge.brief.parting.halves", part=half.part)
    return say("{} {}", "above" if upper else "up to", teller.value(half.parameter, at))


def forms(teller: Teller) -> Text:
    """Say whether the choice is the same under every form of the model that futures choose among."""
    parts = [half for half in teller.findings.halves if teller.parameter(half.parameter).categories]
    if not parts:
        return say("The study fixes every form of the model, so there is no form to compare.")
    flips = [half for half in parts if half.flips]
    first = teller.plan(teller.findings.order[0])
    names = join([teller.name(place) for place in dict.fromkeys(half.parameter for half in parts)])
    if not flips:
        return say("{} stays first under each form of the model compared ({}).", first, names)
    return say(
        "Of {} forms of the model compared ({}), {} put another plan first.",
        in_words(len(parts)),
        names,
        in_words(len(flips)),
    )


def threshold_rows(teller: Teller) -> list[dict[str, Any]]:
    """One row an assumption at whose value the preferred plan changes."""
    return [
        {
            "label": Quote(teller.parameter(found.parameter).label),
            "side": "above" if found.above else "under",
            "at": teller.value(found.parameter, threshold_number(teller, found), ranged=True),
            "plan": teller.plan(found.plan),
            "kind": teller.parameter(found.parameter).kind,
        }
        for found in teller.findings.thresholds
    ]
