"""The answer in three sentences, and the other sentences that follow from findings."""

from __future__ import annotations

from kedge.brief.findings import Findings
from kedge.brief.flipping import Decider
from kedge.brief.judgement import Subset, WeightChange
from kedge.brief.ledger import Piece, Quote, Text, join, say, sentence
from kedge.brief.teller import Teller
from kedge.brief.wording import in_words

FLIP = "kedge.strategy.flip_boundary"
MOST_DECIDERS = 2
MOST_CHANGES = 3


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
    """First sentence: the preferred plan and by what rule."""
    findings = teller.findings
    first, second = findings.order[:2]
    if findings.preferred_tied:
        return say(
            "{} and {} score alike in every future, so nothing studied here decides between them; "
            "both fall short of "
            "the best plan by at most {} in nine futures of ten.",
            teller.plan(first),
            teller.plan(second),
            teller.rule_regret(first),
        )
    most = max(range(len(findings.plans)), key=lambda plan: (findings.plans[plan].best_share.value, -plan))
    though = (
        say("")
        if most == first
        else say(
            ", although {} is the best in more futures ({} against {})",
            teller.plan(most),
            teller.best_share(most),
            teller.best_share(first),
        )
    )
    return say(
        "Of the {} plans, {} is the safest choice while nobody knows which future comes: in nine "
        "futures of ten it "
        "falls short of the best plan by at most {}, against {} for the next, {}{}{}.",
        in_words(len(findings.plans)),
        teller.plan(first),
        teller.rule_regret(first),
        teller.rule_regret(second),
        teller.plan(second),
        " (a near tie)" if findings.leader.regret[1].high >= findings.rival.regret[1].low else "",
        though,
    )


def hinge(teller: Teller) -> Text:
    """Second sentence: the uncertainties that decide between the two leading plans, with thresholds."""
    findings, flip = teller.findings, teller.findings.flip
    first, second = (teller.plan(plan) for plan in findings.order[:2])
    if flip is None:
        return say("No uncertainty tells the two apart.")
    leads = teller.number(
        flip.leads,
        "share of futures",
        "kedge.strategy.mean_interval",
        of=f"{findings.leader.label} better than {findings.rival.label}",
    )
    named = [decider for decider in flip.deciders if decider.threshold] or list(flip.deciders)
    if not named:
        return say(
            "{} is better than {} in {} of futures, and no single assumption tells which futures these are.",
            first,
            second,
            leads,
        )
    named = named[:MOST_DECIDERS]
    verdict = (
        "; the choice between them hinges on"
        if flip.leads.value >= 0.5
        else (" only, but falls short by less in its bad ones; the choice between them hinges on")
    )
    return say(
        "{} beats {} in {} of futures{} {}: {} {}.",
        first,
        second,
        leads,
        verdict,
        join([teller.name(decider.parameter) for decider in named]),
        first,
        _thresholds(teller, named),
    )


def _thresholds(teller: Teller, named: list[Decider]) -> Text:
    """Say on which sides of which thresholds the leading plan leads."""
    if not all(decider.threshold for decider in named):
        return join([threshold_phrase(teller, decider) for decider in named], last=", and ")
    places = [place_phrase(teller, decider) for decider in named]
    return say("leads in most futures {}", join(places, last=", and likewise "))


def popular(teller: Teller) -> Text:
    """Say where the preferred plan beats the one that is best in most futures, if that is a third plan."""
    findings, flip, third = teller.findings, teller.findings.popular_flip, teller.findings.popular
    if flip is None or third is None:
        return say("")
    first = teller.plan(findings.order[0])
    leads = teller.number(
        flip.leads,
        "share of futures",
        "kedge.strategy.mean_interval",
        of=f"{findings.leader.label} better than {findings.plans[third].label}",
    )
    opening = say(
        "The plan that is best in the most futures is a third one, {} ({} of futures). "
        "{} beats it in {} of futures",
        teller.plan(third),
        teller.best_share(third),
        first,
        leads,
    )
    sure = [decider for decider in flip.deciders if decider.threshold][:3]
    if not sure:
        return say("{}; no single assumption tells which.", opening)
    places = [place_phrase(teller, decider, third) for decider in sure]
    return say("{}, and leads in most futures {}.", opening, join(places, last=", and likewise "))


def threshold_phrase(teller: Teller, decider: Decider) -> Text:
    """Say where the leading plan is the better one more often than not, by one uncertainty."""
    if decider.threshold:
        return say("leads in most futures {}", place_phrase(teller, decider))
    about = about_flip(teller, teller.findings.order[1])
    ends = [
        teller.number(
            share,
            "share of futures",
            FLIP,
            uncertainty=teller.parameter(decider.parameter).name,
            end=end,
            **about,
        )
        for share, end in ((decider.lowest, "lowest"), (decider.highest, "highest"))
    ]
    if decider.categories:
        return say("leads in {} to {} of futures depending on {}", *ends, teller.name(decider.parameter))
    return say(
        "leads in {} of futures at the low end of {} and in {} at its high end, without a sure "
        "crossing of one half",
        ends[0],
        teller.name(decider.parameter),
        ends[1],
    )


def about_flip(teller: Teller, rival: int) -> dict[str, object]:
    """Give what a number on two plans' order rests on: which plans, how many futures."""
    findings = teller.findings
    used = min(findings.sampling.search, len(findings.assessment.futures))
    return {"between": f"{findings.leader.label} and {findings.plans[rival].label}", "futures": used}


def place_phrase(teller: Teller, decider: Decider, rival: int | None = None) -> Text:
    """Say on which side of its threshold an uncertainty has to lie for the leading plan."""
    if decider.threshold is None:
        return say("whatever {} may be", teller.name(decider.parameter))
    place = decider.parameter
    at = teller.at(
        place,
        decider.threshold,
        FLIP,
        **about_flip(teller, teller.findings.order[1] if rival is None else rival),
    )
    side = "above" if decider.leads_above else "under"
    return say(
        "where {} {} {} {}",
        teller.name(place),
        teller.verb(place),
        side,
        teller.value(place, at, ranged=True),
    )


def change(teller: Teller) -> Text:
    """Third sentence: what among weights and forms of the model would change the preferred plan."""
    findings = teller.findings
    first = teller.plan(findings.order[0])
    moved = [found for found in findings.changes if found.preferred != findings.order[0] and not found.close]
    moved.sort(key=lambda found: abs(found.after - found.before))
    flips: list[Piece] = [change_phrase(teller, found) for found in moved]
    forms: list[Piece] = [
        form_phrase(teller, found) for found in findings.subsets if found.order[0] != findings.order[0]
    ]
    stays = say("{} stays first under every form of the model compared", first)
    if not flips and not forms:
        return say(
            "Neither dropping nor doubling any weight clearly changes the answer, and {}; the ranges of the "
            "assumptions, not the form of the model, carry it.",
            stays,
        )
    named = flips[:MOST_CHANGES] + forms[:MOST_CHANGES]
    more = len(flips) + len(forms) - len(named)
    also = say(", and in {} more cases shown below", in_words(more)) if more else say("")
    opening = say("Another plan would come first {}{}.", join(named, last=", or "), also)
    return opening if forms else say("{} Otherwise {}.", opening, stays)


def change_phrase(teller: Teller, found: WeightChange) -> Text:
    """Say one change of a weight and the plan preferred after it."""
    label = Quote(teller.assessment.measures[found.measure].label)
    how = "did not count" if found.after == 0 else "counted double" if found.before else "counted in full"
    return say("if “{}” {} (then {})", label, how, teller.plan(found.preferred))


def form_phrase(teller: Teller, found: Subset) -> Text:
    """Say one form of the model under which another plan is preferred."""
    where = Quote(found.category.replace("_", " "))
    return say("where {} is “{}” (then {})", teller.name(found.parameter), where, teller.plan(found.order[0]))


def same_order(teller: Teller) -> Text:
    """Say whether the whole order of plans is the same within each form of the model."""
    findings = teller.findings
    if not findings.subsets:
        return say("The study fixes every form of the model, so there is nothing to compare.")
    different = [found for found in findings.subsets if found.order != findings.order]
    if not different:
        return say("The order of all plans is the same in every one of these parts.")
    listed = join(
        [say("{}: {}", teller.name(f.parameter), Quote(f.category.replace("_", " "))) for f in different],
        between="; ",
        last="; ",
    )
    return sentence(
        say(
            "the order of plans differs in {} of {} parts ({}).",
            in_words(len(different)),
            in_words(len(findings.subsets)),
            listed,
        )
    )
