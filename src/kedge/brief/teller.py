"""Make numbers with their evidence, and phrases about plans and uncertainties, from one assessment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kedge.brief.findings import RULE_LEVEL, Findings
from kedge.brief.ledger import Number, Quote, Text, join, say
from kedge.brief.sampling import Estimate
from kedge.brief.searches import Box, Limit
from kedge.brief.wording import PER_HUNDRED, SHARE_RATES, SHARES, format_value, unit_words
from kedge.core.evidence import Evidence
from kedge.core.evidence import Kind as EvidenceKind
from kedge.world.assessment import Assessment
from kedge.world.parameters import Parameter

VALUE_UNIT = "percent of GDP"

PLAIN = {*SHARES, *PER_HUNDRED, *SHARE_RATES, "km", "years", "choice"}
"""Units that need no explanation."""


def keys_of(source: str) -> tuple[str, ...]:
    """Split a list of source keys joined by `+`; each once, in order.

    Examples
    --------
    >>> keys_of("a+b+a")
    ('a', 'b')
    """
    return tuple(dict.fromkeys(key.strip() for key in source.split("+") if key.strip()))


@dataclass(frozen=True)
class Teller:
    """An assessment and its findings, able to speak.

    Parameters
    ----------
    findings
        What is told.
    """

    findings: Findings

    @property
    def assessment(self) -> Assessment:
        """What was assessed."""
        return self.findings.assessment

    def number(self, value: Estimate | float, unit: str, function: str, **detail: Any) -> Number:
        """Wrap a computed number with the function, sample and seed that made it."""
        sampling = self.findings.sampling
        about: dict[str, Any] = {**detail}
        about.setdefault("futures", len(self.assessment.futures))
        about["seed"] = self.assessment.provenance.seed
        if isinstance(value, Estimate):
            about["resamples"] = sampling.resamples
            about["interval"] = f"{sampling.level:.0%}"
            return Number(value.value, unit, Evidence("computed", function, about), value.low, value.high)
        return Number(float(value), unit, Evidence("computed", function, about))

    def given(
        self, value: float, unit: str, place: str, kind: EvidenceKind = "assumed", **detail: Any
    ) -> Number:
        """Wrap a number that the study's author chose."""
        about = {**detail, "study_sha256": self.assessment.provenance.study_sha256[:12]}
        return Number(float(value), unit, Evidence(kind, f"study: {place}", about))

    def sourced(self, value: float, unit: str, fact: dict[str, Any], detail: dict[str, Any]) -> Number:
        """Wrap a figure of the baseline, or one worked out from it, with its source."""
        kind = fact.get("kind") or ("assumed" if fact["source"] == "study" else "measured")
        return Number(value, unit, Evidence(kind, "+".join(keys_of(fact["source"])), detail))

    def plan(self, place: int) -> Quote:
        """Name a plan."""
        return Quote(self.findings.plans[place].label)

    def parameter(self, place: int) -> Parameter:
        """Look up an uncertainty by its place."""
        return self.assessment.parameters[place]

    def name(self, place: int) -> Quote:
        """Name an uncertainty inside a sentence."""
        label = self.parameter(place).label
        keep = len(label) > 1 and label[1].isupper()
        words = label if keep else label[:1].lower() + label[1:]
        first = label.split(maxsplit=1)[0]
        whole = first in {"How", "Which", "Whether", "What", "The"}
        owned = first.endswith(("’", "’s"))
        return Quote(label if owned else words if whole else f"the {words}", name=True)

    def verb(self, place: int) -> str:
        """`is` or `are`, as the uncertainty's name asks."""
        words = self.parameter(place).label.split(" (")[0].split()
        words = words[words[0] == "The" :]
        nouns = words[:2] if words[0] in {"Tariff"} else words[:1]
        return "are" if nouns[-1].endswith("s") and not nouns[-1].endswith(("ss", "'s", "’s")) else "is"

    def on_range(self, place: int) -> Text:
        """Where a unit means little to most readers, the range a value lies on."""
        parameter = self.parameter(place)
        if parameter.unit in PLAIN or parameter.categories:
            return say("")
        ends = (
            Number(
                end,
                parameter.unit,
                Evidence(
                    parameter.kind, f"parameters: {parameter.name}.{side}", {"source": parameter.source}
                ),
            ).bare
            for end, side in ((parameter.low, "low"), (parameter.high, "high"))
        )
        return say(" on its range of {} to {}", *ends)

    def value(self, place: int, number: Number, *, ranged: bool = False) -> Text:
        """Write a value of an uncertainty: with its unit if that is plain, else on its range."""
        plain = self.parameter(place).unit in PLAIN
        shown = (
            (number.ranged if ranged else number)
            if plain
            else (number.bare_ranged if ranged else number.bare)
        )
        return say("{}{}", shown, self.on_range(place))

    def at(self, place: int, value: Estimate | float, function: str, **detail: Any) -> Number:
        """Wrap a value of an uncertainty, in its unit."""
        parameter = self.parameter(place)
        return self.number(value, parameter.unit, function, uncertainty=parameter.name, **detail)

    def rule_regret(self, plan: int) -> Number:
        """Regret of a plan at the rule's level."""
        return self.regret_at(plan, 1)

    def regret_at(self, plan: int, level: int) -> Number:
        """Regret of a plan against the best of each future, at one of the levels."""
        estimate = self.findings.plans[plan].regret[level]
        return self.number(
            estimate,
            VALUE_UNIT,
            "kedge.strategy.quantile_interval",
            of="regret against the best plan of each future",
            plan=self._key(plan),
            level=(0.5, RULE_LEVEL)[level],
        )

    def best_share(self, plan: int) -> Number:
        """Share of futures in which a plan is the best of the set."""
        estimate = self.findings.plans[plan].best_share
        return self.number(estimate, "share of futures", "kedge.strategy.best_shares", plan=self._key(plan))

    def limit(self, limit: Limit, function: str, **detail: Any) -> Text:
        """Say one restriction of a box: name is under, above, between or one of."""
        subject, verb = self.name(limit.parameter), self.verb(limit.parameter)
        if limit.categories:
            names = [Quote(name.replace("_", " ")) for name in limit.categories]
            return say("{} {} {}", subject, verb, join(names, last=" or "))
        low = (
            None if limit.low is None else self.at(limit.parameter, limit.low, function, end="low", **detail)
        )
        high = (
            None
            if limit.high is None
            else self.at(limit.parameter, limit.high, function, end="high", **detail)
        )
        if low and high:
            return say("{} {} between {} and {}", subject, verb, low.bare, self.value(limit.parameter, high))
        end = low or high
        return say(
            "{} {} {} {}",
            subject,
            verb,
            "above" if low else "under",
            self.value(limit.parameter, end) if end else "",
        )

    def limits(self, box: Box, plan: int, kind: str) -> Text:
        """Say all restrictions of a box."""
        found = [
            self.limit(limit, "kedge.strategy.find_box", plan=self._key(plan), box=kind, futures=box.futures)
            for limit in box.limits
        ]
        return join(found, between="; ", last="; and ")

    def plain_limit(self, limit: Limit) -> str:
        """Say one restriction in a few plain words, for a chart."""
        parameter = self.parameter(limit.parameter)
        if limit.categories:
            return f"{parameter.label}: {' or '.join(name.replace('_', ' ') for name in limit.categories)}"
        plain = parameter.unit in PLAIN
        ends = [
            None if end is None else format_value(end, parameter.unit, bare=not plain)
            for end in (limit.low, limit.high)
        ]
        if ends[0] and ends[1]:
            low = format_value(limit.low or 0.0, parameter.unit, bare=True)
            return f"{parameter.label}: {low} to {ends[1]}"
        return f"{parameter.label}: {'above' if ends[0] else 'under'} {ends[0] or ends[1]}"

    def axis_title(self, place: int) -> str:
        """Label of an axis for an uncertainty, with its unit."""
        parameter = self.parameter(place)
        unit = unit_words(parameter.unit)
        return parameter.label if unit in {"choice", "draw", ""} else f"{parameter.label}, {unit}"

    def _key(self, plan: int) -> str:
        return self.findings.plans[plan].label
