"""The brief's annex: parameters, baseline facts, and how to reproduce the run."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from kedge.brief.ledger import Number, Quote, Text, join, say
from kedge.brief.naming import named, state_name
from kedge.brief.teller import Teller, keys_of
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

DRAWN = {
    "uniform": "evenly",
    "log_uniform": "evenly in logarithm",
    "normal": "normal, cut at the ends",
    "triangular": "triangular",
    "choice": "each alike",
}
"""How futures are spread over a range, in words."""

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
                "drawn": DRAWN[parameter.distribution] if parameter.low < parameter.high else "—",
                "kind": parameter.kind,
                "source": Quote(parameter.source),
                "own": parameter.name in overridden,
            }
        )
    return [
        {"name": Quote(named(GROUPS.get(group, group.capitalize()), teller.assessment.study)), "rows": rows}
        for group, rows in groups.items()
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


def drawn_counts(teller: Teller) -> Text:
    """Count the uncertainties by how futures are spread over their ranges."""
    kinds = [p.distribution for p in teller.assessment.parameters if p.low < p.high]
    parts = [
        say("{} {}", teller.number(kinds.count(kind), "count", "kedge.world.parameters", drawn=kind), words)
        for kind, words in DRAWN.items()
        if kind in kinds
    ]
    return join(parts)


def _table_of(fact: dict[str, Any]) -> str:
    """Embedded table that a figure comes from: its own word for it, or our guess by its name."""
    guess = next((table for start, table in TABLES.items() if fact["name"].startswith(start)), "")
    return str(fact.get("table") or guess).removesuffix(".csv")


def fact_rows(teller: Teller) -> list[dict[str, Any]]:
    """Baseline figures with state, year and sources."""
    checksums = teller.assessment.provenance.data_checksums
    rows = []
    for fact in teller.assessment.facts:
        table = _table_of(fact)
        since = fact.get("year")
        detail = {"state": fact["state"], "name": fact["name"], "year": since}
        if table in checksums:
            detail |= {"table": f"{table}.csv", "sha256": checksums[table][:16]}
        value = teller.sourced(float(fact["value"]), fact["unit"], fact, detail)
        rows.append(
            {
                "state": Quote(state_name(fact["state"])),
                "name": Quote(fact["name"]),
                "unit": Quote(unit_words(fact["unit"])),
                "value": value,
                "kind": value.evidence.kind,
                "year": Markup("<time>{}</time>").format(since) if since is not None else "not dated",
                "source": _citation(fact["source"]),
            }
        )
    return rows


def _sources() -> dict[str, dict[str, Any]]:
    from kedge.data.baseline import load_table

    return {row["key"]: row for row in load_table("sources").to_dicts()}


def _citation(source: str) -> Markup:
    """Link the titles of a figure's sources to their entries in the list of sources; no key twice."""
    known = _sources()
    links = [
        Markup('<a href="#source-{}">{}</a>').format(key, known.get(key, {}).get("title") or key)
        for key in keys_of(source)
    ]
    return Markup('<span class="quoted">{}</span>').format(Markup("; ").join(links))


def source_rows(teller: Teller) -> list[dict[str, Any]]:
    """Every source of a baseline fact shown, with its citation and address, each once."""
    used = {key for fact in teller.assessment.facts for key in keys_of(fact["source"])}
    known = _sources()
    return [_source_row(key, known.get(key, {})) for key in sorted(used)]


def _source_row(key: str, entry: dict[str, Any]) -> dict[str, Any]:
    address = entry.get("url") or ""
    citation = entry.get("citation") or _uncited(key)
    link = Markup("")
    if address.startswith(("https://", "http://")):
        citation = citation.replace(address, "").strip()
        link = Markup('<a class="quoted" href="{0}" rel="noreferrer noopener">{0}</a>').format(address)
    return {
        "title": Quote(entry.get("title") or key),
        "anchor": Markup("source-{}").format(key),
        "citation": Quote(citation),
        "link": link,
    }


def _uncited(key: str) -> str:
    if key == "study":
        return "Given by the author of the study."
    if key == "no-row":
        return "No row in the embedded table: counted as none."
    return "No entry in the table of sources."


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
