"""The brief's annex: parameters, baseline facts, and how to reproduce the run."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from kedge.brief.ledger import Number, Quote, Text, say
from kedge.brief.levers import state_name
from kedge.brief.teller import Teller
from kedge.brief.wording import unit_words
from kedge.core.evidence import Evidence
from kedge.world.parameters import Parameter

TABLES = {
    "Military": "military_spending",
    "GDP": "economies",
    "Population": "economies",
    "Distance to": "distances",
    "Tie": "ties",
    "Obligation": "ties",
    "Distance of ideal": "ideal_points",
}
"""Embedded table that a baseline fact comes from, by the beginning of its name."""

GROUPS = {
    "patron": "The patron",
    "partners": "Partners and ties",
    "capability": "Capability and reach",
    "contest": "The contest",
    "deterrence": "Deterrence and loss",
    "trade": "Trade",
    "costs": "Costs",
}


def parameter_groups(teller: Teller) -> list[dict[str, Any]]:
    """All uncertainties by part of the model, with range, kind and source."""
    groups: dict[str, list[dict[str, Any]]] = {}
    overridden = teller.assessment.study.uncertainties
    for parameter in teller.assessment.parameters:
        groups.setdefault(parameter.group, []).append(
            {
                "label": Quote(parameter.label),
                "symbol": Quote(parameter.symbol),
                "range": _range(parameter),
                "unit": Quote(unit_words(parameter.unit)),
                "kind": parameter.kind,
                "source": Quote(parameter.source),
                "own": parameter.name in overridden,
            }
        )
    return [
        {"name": Quote(GROUPS.get(group, group.capitalize())), "rows": rows} for group, rows in groups.items()
    ]


def _range(parameter: Parameter) -> Text:
    if parameter.categories:
        return say("{}", Quote(" or ".join(name.replace("_", " ") for name in parameter.categories)))
    low, high = (
        Number(
            end,
            parameter.unit,
            Evidence(parameter.kind, f"parameters: {parameter.name}.{name}", {"source": parameter.source}),
        )
        for end, name in ((parameter.low, "low"), (parameter.high, "high"))
    )
    return (
        say("{}, fixed", low.bare)
        if parameter.low == parameter.high
        else say("{} to {}", low.bare, high.bare)
    )


def kind_counts(teller: Teller) -> list[dict[str, Any]]:
    """How many uncertainties are measured, published and assumed."""
    kinds = [parameter.kind for parameter in teller.assessment.parameters]
    return [
        {
            "kind": kind,
            "verb": "is" if kinds.count(kind) == 1 else "are",
            "count": teller.number(kinds.count(kind), "count", "kedge.world.parameters", kind=kind),
        }
        for kind in ("measured", "published", "assumed")
    ]


def fact_rows(teller: Teller) -> list[dict[str, Any]]:
    """Baseline figures with state, year and sources."""
    checksums = teller.assessment.provenance.data_checksums
    rows = []
    for fact in teller.assessment.facts:
        table = next((table for start, table in TABLES.items() if fact["name"].startswith(start)), "")
        detail = {"state": fact["state"], "name": fact["name"]}
        detail["year"] = fact.get("year")
        if table in checksums:
            detail |= {"table": f"{table}.csv", "sha256": checksums[table][:16]}
        evidence = Evidence("assumed" if fact["source"] == "study" else "measured", fact["source"], detail)
        since = fact.get("year")
        year = Markup("<time>{}</time>").format(since) if since is not None else "not dated"
        rows.append(
            {
                "state": Quote(state_name(fact["state"])),
                "name": Quote(fact["name"]),
                "unit": Quote(unit_words(fact["unit"])),
                "value": Number(float(fact["value"]), fact["unit"], evidence),
                "year": year,
                "source": _citation(fact["source"]),
            }
        )
    return rows


def _sources() -> dict[str, dict[str, Any]]:
    from kedge.data.baseline import load_table

    return {row["key"]: row for row in load_table("sources").to_dicts()}


def _citation(keys: str) -> Markup:
    """Link each source key to its entry in the list of sources."""
    links = [Markup('<a href="#source-{0}">{0}</a>').format(key) for key in keys.split("+")]
    return Markup('<span class="quoted">{}</span>').format(Markup(", ").join(links))


def source_rows(teller: Teller) -> list[dict[str, Any]]:
    """Every source of a baseline fact shown, with its citation and address."""
    used = {key for fact in teller.assessment.facts for key in fact["source"].split("+")}
    known = _sources()
    rows = []
    for key in sorted(used):
        entry = known.get(key, {})
        address = entry.get("url") or ""
        link = Markup("")
        if address.startswith(("https://", "http://")):
            link = Markup('<a class="quoted" href="{0}" rel="noreferrer noopener">{0}</a>').format(address)
        rows.append(
            {
                "key": Quote(key),
                "anchor": Markup("source-{}").format(key),
                "citation": Quote(entry.get("citation") or _uncited(key)),
                "licence": Quote(entry.get("licence") or ""),
                "link": link,
            }
        )
    return rows


def _uncited(key: str) -> str:
    return "Given by the author of the study." if key == "study" else "No entry in the table of sources."


def reproduce(teller: Teller, command: str) -> dict[str, Any]:
    """Command, seed, versions and checksums."""
    provenance = teller.assessment.provenance
    return {
        "command": Markup("<code>{}</code>").format(command),
        "seed": teller.number(provenance.seed, "count", "kedge.strategy.draw_futures", of="seed"),
        "started": Markup("<time>{}</time>").format(provenance.started),
        "study": Markup("<code>{}</code>").format(provenance.study_sha256),
        "versions": [
            {"name": Quote(name), "value": Quote(value)} for name, value in provenance.versions.items()
        ],
        "data": [
            {"name": Quote(name), "value": Markup("<code>{}</code>").format(value)}
            for name, value in provenance.data_checksums.items()
        ],
    }
