"""A plan's levers in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kedge.brief.ledger import Number, Quote, Text, join, say
from kedge.brief.naming import in_sentence, named, state_name
from kedge.brief.teller import Teller
from kedge.world.study import PlanLevers

MIX = {"strike": "stand-off strike", "cyber_space": "cyber and space", "research": "research and development"}


def plan_rows(teller: Teller) -> list[dict[str, Any]]:
    """Each plan with its levers in plain words."""
    return [
        {
            "label": Quote(plan.label),
            "line": plan_line(teller, key, plan),
            "description": Quote(plan.description.strip()),
            "levers": list(_levers(teller, key, plan)),
        }
        for key, plan in teller.assessment.study.plans.items()
    ]


def _levers(teller: Teller, key: str, plan: PlanLevers) -> Iterator[Text]:
    def given(value: float, unit: str, lever: str) -> Number:
        return teller.given(value, unit, f"plans.{key}.{lever}")

    if plan.defence_share:
        target, year = plan.defence_share.target, plan.defence_share.year
        yield say(
            "Military spending: {} by {}",
            given(target, "percent of GDP", "defence_share.target"),
            given(year, "year", "defence_share.year"),
        )
    else:
        yield say("Military spending: today’s share of GDP")
    mix = [
        say("{} {}", given(share, "share", f"extra_mix.{name}"), words)
        for name, words in MIX.items()
        if (share := getattr(plan.extra_mix, name))
    ]
    if mix:
        yield say("Of spending above today’s share: {}; the rest ordinary forces", join(mix))
    yield from _alignment(teller, given, plan)
    if plan.ties:
        ties = [
            say("{} {}", Quote(state_name(state)), given(depth, "share", f"ties.{state}"))
            for state, depth in plan.ties.items()
        ]
        yield say(
            "Depth of ties sought by {}, of full alliance: {}",
            given(plan.ties_year, "year", "ties_year"),
            join(ties),
        )
    for name, words in _SHARES.items():
        if value := getattr(plan, name):
            label = Quote(named(words, teller.assessment.study))
            yield say("{}: {}", label, given(value, "share", name))


_SHARES = {
    "interchange": "Common munition and equipment standards with partners, of all",
    "linkage": "Part of the added effort made a condition in tariff talks",
    "retaliation": "Part of the patron’s tariff answered in kind",
    "concession": "Concessions outside defence offered against tariffs",
    "diversification": "Trade deepened with partners, of the most possible",
}


def _alignment(teller: Teller, given: Any, plan: PlanLevers) -> Iterator[Text]:
    study = teller.assessment.study
    alliance, bend = plan.alliance, plan.accommodation
    patron, challenger = Quote(in_sentence(study.patron)), Quote(in_sentence(study.challenger))
    if alliance.target >= 1:
        yield say("Alliance with {}: as it is today", patron)
    else:
        how = "ended" if alliance.target == 0 else "loosened"
        depth = (
            say("")
            if alliance.target == 0
            else say(" to {} of its present depth", given(alliance.target, "share", "alliance.target"))
        )
        year = given(alliance.year, "year", "alliance.year")
        yield say("Alliance with {}: {}{} by {}", patron, how, depth, year)
    if bend.target:
        target, year = (
            given(bend.target, "share", "accommodation.target"),
            given(bend.year, "year", "accommodation.year"),
        )
        yield say("Accommodation of {}: {} of the most possible, by {}", challenger, target, year)


def plan_line(teller: Teller, key: str, plan: PlanLevers) -> Text:
    """Say in one line what a plan does: effort, alliance, partners, accommodation."""

    def given(value: float, unit: str, lever: str) -> Number:
        return teller.given(value, unit, f"plans.{key}.{lever}")

    parts = [_effort(given, plan)]
    parts += [_uncapped(text) for text in _alignment(teller, given, plan)]
    sought = [state_name(state) for state, depth in plan.ties.items() if depth > 0]
    if sought:
        parts.append(say("deeper ties with {}", join([Quote(name) for name in sought])))
    if plan.retaliation:
        parts.append(say("tariffs answered in kind by {}", given(plan.retaliation, "share", "retaliation")))
    return say("{}.", join(parts, between="; ", last="; "))


def _uncapped(text: Text) -> Text:
    first, *rest = text.parts
    return Text((first[:1].lower() + first[1:], *rest)) if isinstance(first, str) else text


def _effort(given: Any, plan: PlanLevers) -> Text:
    if not plan.defence_share:
        return say("military spending at today’s share of GDP")
    return say(
        "military spending {} by {}",
        given(plan.defence_share.target, "percent of GDP", "defence_share.target"),
        given(plan.defence_share.year, "year", "defence_share.year"),
    )
