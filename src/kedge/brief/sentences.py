"""The answer in three sentences, and the other sentences that follow from findings."""

from __future__ import annotations

from kedge.brief.attitudes import Takeover
from kedge.brief.findings import RULE_LEVEL, Findings
from kedge.brief.flipping import Decider
from kedge.brief.ledger import Number, Quote, Text, join, say
from kedge.brief.naming import in_sentence
from kedge.brief.parting import RuleThreshold
from kedge.brief.reweighing import WeightFlip
from kedge.brief.teller import VALUE_UNIT, Teller
from kedge.brief.wording import in_words

FLIP = "kedge.strategy.flip_boundary"
MOST_THRESHOLDS = 3
MOST_WEIGHTS = 3


def answer(teller: Teller) -> tuple[Text, Text, Text]:
    """Say which plan is preferred, what the choice hinges on, and what would change it."""
    return preferred(teller), hinge(teller), change(teller)


def headline(findings: Findings) -> str:
    """Say the answer in three lines of plain text, for a terminal.

    Parameters
    ----------
    findings
        From `find`.
    """
    lines = [str(text) for text in answer(Teller(findings))]
    return "\n".join(line.replace("\N{NO-BREAK SPACE}", " ") for line in lines)


def preferred(teller: Teller) -> Text:
    """First sentence: the preferred plan, the attitude to risk it rests on, and where that tips."""
    findings = teller.findings
    first, second = findings.order[:2]
    if findings.preferred_tied:
        return say(
            "{} and {} score alike in every explored future, so nothing studied here decides between "
            "them; both fall short of the best plan by at most {} in nine explored futures of ten.",
            teller.plan(first),
            teller.plan(second),
            teller.rule_regret(first),
        )
    near = " (a near tie)" if findings.leader.regret[1].high >= findings.rival.regret[1].low else ""
    return say(
        "If one guards against nine explored futures in ten, which is a choice of attitude to risk and no "
        "forecast, {} comes first of {} plans: it then falls short of the best plan by at most {}, the next, "
        "{}, by {}{}{}{}.",
        teller.plan(first),
        in_words(len(findings.plans)),
        teller.rule_regret(first),
        teller.plan(second),
        teller.rule_regret(second).bare,
        near,
        attitudes(teller),
        _most_often(teller),
    )


def attitudes(teller: Teller) -> Text:
    """Say at which attitude to risk another plan takes over."""
    found = teller.findings.takeovers
    if not found:
        return say("; whatever share of futures from half to all one guards against, it stays first")
    return say(
        "; {}",
        join(
            [
                say(
                    "whoever guards against {} than {} of explored futures gets {}",
                    "more" if takeover.cautious else "fewer",
                    takeover_number(teller, takeover).ranged,
                    teller.plan(takeover.plan),
                )
                for takeover in found
            ]
        ),
    )


def takeover_number(teller: Teller, found: Takeover) -> Number:
    """Level at which another plan takes over."""
    return teller.number(
        found.level,
        "share of futures",
        "kedge.brief.attitudes.takeovers",
        plan=teller.findings.plans[found.plan].label,
        side="more cautious" if found.cautious else "less cautious",
    )


def _most_often(teller: Teller) -> Text:
    findings = teller.findings
    most = max(range(len(findings.plans)), key=lambda plan: (findings.plans[plan].best_share.value, -plan))
    if most == findings.order[0]:
        return say("; it is also the best plan in most explored futures ({})", teller.best_share(most))
    return say(
        "; the plan most often best is {} ({} of explored futures, against {})",
        teller.plan(most),
        teller.best_share(most),
        teller.best_share(findings.order[0]),
    )


def hinge(teller: Teller) -> Text:
    """Second sentence: at which values of which assumptions the preferred plan changes, by its own rule."""
    findings = teller.findings
    if findings.preferred_tied:
        return say("No assumption tells the two apart.")
    told = findings.thresholds[:MOST_THRESHOLDS]
    if not told:
        return say(
            "By the same rule no single assumption, narrowed down to any tenth of its range, surely puts "
            "another plan before {}{}.",
            teller.plan(findings.order[0]),
            against_popular(teller),
        )
    parts = []
    for plan in dict.fromkeys(found.plan for found in told):
        places = [threshold_place(teller, found) for found in told if found.plan == plan]
        parts.append(say("{} comes first {}", teller.plan(plan), join(places, last=", or ")))
    settled = findings.popular is None or any(found.plan == findings.popular for found in told)
    return say(
        "By the same rule, {}{}.",
        join(parts, last="; and ", between="; "),
        say("") if settled else against_popular(teller),
    )


def threshold_number(teller: Teller, found: RuleThreshold) -> Number:
    """Value of an uncertainty at which the preferred plan changes."""
    return teller.at(
        found.parameter,
        found.at,
        "kedge.brief.parting.rule_thresholds",
        level=RULE_LEVEL,
        plan=teller.findings.plans[found.plan].label,
    )


def threshold_place(teller: Teller, found: RuleThreshold) -> Text:
    """Say on which side of which value another plan is preferred."""
    return say(
        "where {} {} {} {}",
        teller.name(found.parameter),
        teller.verb(found.parameter),
        "above" if found.above else "under",
        teller.value(found.parameter, threshold_number(teller, found), ranged=True),
    )


def against_popular(teller: Teller) -> Text:
    """Say where the preferred plan beats the one most often best, if that is a third plan."""
    findings, flip, third = teller.findings, teller.findings.popular_flip, teller.findings.popular
    if flip is None or third is None:
        return say("")
    sure = [decider for decider in flip.deciders if decider.threshold][:1]
    if not sure:
        return say("; no single assumption tells where it beats {}, most often the best", teller.plan(third))
    return say(
        "; {} beats {}, most often the best, in most explored futures {}",
        teller.plan(findings.order[0]),
        teller.plan(third),
        place_phrase(teller, sure[0], third),
    )


def about_flip(teller: Teller, rival: int) -> dict[str, object]:
    """Give what a number on two plans' order rests on: which plans, how many futures."""
    findings = teller.findings
    used = min(findings.sampling.search, len(findings.assessment.futures))
    return {"between": f"{findings.leader.label} and {findings.plans[rival].label}", "futures": used}


def place_phrase(teller: Teller, decider: Decider, rival: int) -> Text:
    """Say on which side of its threshold an uncertainty has to lie for the leading plan."""
    if decider.threshold is None:
        return say("whatever {} may be", teller.name(decider.parameter))
    at = teller.at(decider.parameter, decider.threshold, FLIP, **about_flip(teller, rival))
    return say(
        "where {} {} {} {}",
        teller.name(decider.parameter),
        teller.verb(decider.parameter),
        "above" if decider.leads_above else "under",
        teller.value(decider.parameter, at, ranged=True),
    )


def change(teller: Teller) -> Text:
    """Third sentence: the nearest changes of weights, and how many halves of assumptions, change the plan."""
    findings = teller.findings
    if findings.preferred_tied:
        return say("No change of a weight tells the two apart.")
    flips = sorted((flip for flip in findings.weight_flips if flip.factor), key=lambda flip: flip.distance)
    weights = (
        say("no change of a single weight, from nothing to four times, changes the choice")
        if not flips
        else say(
            "the nearest changes of weights that change the choice: {} ({} of {} searches, each weight "
            "down to nothing and up to four times, find one)",
            join([weight_phrase(teller, flip) for flip in flips[:MOST_WEIGHTS]], between="; ", last="; "),
            count_number(teller, len(flips), "weight_flips"),
            count_number(teller, len(findings.weight_flips), "weight_flips", of="searches"),
        )
    )
    return say("What else would change the answer: {}; {}.", weights, halves_phrase(teller))


def count_number(teller: Teller, count: int, what: str, **detail: object) -> Number:
    """Count entries of a finding."""
    return teller.number(count, "count", f"kedge.brief.findings.Findings.{what}", **detail)


def weight_phrase(teller: Teller, flip: WeightFlip) -> Text:
    """Say by how much one weight has to change for another plan to come first."""
    return say(
        "{} if “{}” counts {} {}",
        teller.plan(flip.plan),
        Quote(teller.assessment.measures[flip.measure].label),
        weight_change(teller, flip).ranged,
        "more" if flip.up else "less",
    )


def weight_change(teller: Teller, flip: WeightFlip) -> Number:
    """Size of a change of a weight, as a share of the weight."""
    from kedge.brief.sampling import Estimate

    factor = flip.factor or Estimate(1.0, 1.0, 1.0)
    ends = sorted(
        max(abs(end - 1) if (end > 1) == flip.up else 0.0, 0.0) for end in (factor.low, factor.high)
    )
    return teller.number(
        Estimate(abs(factor.value - 1), ends[0], ends[1]),
        "share",
        "kedge.brief.reweighing.weight_flips",
        measure=teller.assessment.measures[flip.measure].name,
        direction="up" if flip.up else "down",
        plan=teller.findings.plans[flip.plan].label,
    )


def halves_phrase(teller: Teller) -> Text:
    """Count the halves of single assumptions in which another plan is preferred."""
    findings = teller.findings
    flips = [half for half in findings.halves if half.flips]
    total = count_number(teller, len(findings.halves), "halves", of="parts compared")
    first = teller.plan(findings.order[0])
    if not flips:
        return say("{} stays first in each of {} halves of single assumptions", first, total)
    return say(
        "in {} of {} halves of single assumptions another plan comes first",
        count_number(teller, len(flips), "halves", of="other plan preferred"),
        total,
    )


def money(teller: Teller) -> Text:
    """Say what a percent of GDP is in money, and what the lead of the preferred plan comes to; or nothing."""
    findings, study = teller.findings, teller.assessment.study
    fact = next(
        (f for f in teller.assessment.facts if f["state"] == study.country and f["name"] == "GDP"), None
    )
    if fact is None:
        return say("")
    detail = {"state": fact["state"], "name": "GDP", "year": fact.get("year"), "gdp": fact["value"]}
    per_point = teller.sourced(float(fact["value"]) / 100, "billion US$", fact, detail)
    lead = (findings.rival.regret[1].value - findings.leader.regret[1].value) * float(fact["value"]) / 100
    difference = teller.number(
        lead, "billion US$", "kedge.brief.sentences.money", unit_of_difference=VALUE_UNIT
    )
    since = fact.get("year")
    year = teller.sourced(float(since), "year", fact, detail) if since else None
    return say(
        "One percent of the GDP of {} is about {}{}. All amounts are yearly means over the years studied, "
        "later years discounted. By the rule, {} is ahead of {} by {} a year.",
        Quote(in_sentence(study.country)),
        per_point,
        say(" ({})", year) if year else "",
        teller.plan(findings.order[0]),
        teller.plan(findings.order[1]),
        difference,
    )
