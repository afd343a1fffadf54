"""A first study for any state of the baseline: four generic plans, made to be edited."""

from __future__ import annotations

import importlib.resources
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kedge.core.errors import StudyError, UnknownName
from kedge.world.ties import knit_depth

DEFAULT_PATRON = "USA"
USUAL_CHALLENGERS = ("CHN", "RUS", "IRN")
PRIORITY = "CHN"
MOST_TIED, CHOSEN = 4, 6
REACH_KM = 4000.0  # over which a partner's worth to a draft falls to 1/e
REST = {
    "name": "Home territory and its approaches",
    "location": "self",
    "helpers": [],
    "weights": {"land": 0.3, "sea": 0.2, "air": 0.3, "cyber": 0.1, "space": 0.1},
}


@dataclass(frozen=True)
class DraftFacts:
    """What a draft takes from the baseline.

    Parameters
    ----------
    names
        Name of each state, by ISO code.
    defence_share
        Military spending in percent of GDP, latest year, by ISO code.
    share_year
        That year.
    spending
        Military spending of that year in current US$ million, by ISO code.
    tie_depth
        Depth of the defence ties between two states today, by sorted pair, 0 to 1; see `knit_depth`.
    km
        Distance by sorted pair.
    treaty_allies
        Treaty allies of the United States.
    """

    names: Mapping[str, str]
    defence_share: Mapping[str, float]
    share_year: int
    spending: Mapping[str, float]
    tie_depth: Mapping[tuple[str, str], float]
    km: Mapping[tuple[str, str], float]
    treaty_allies: frozenset[str] = field(default_factory=frozenset)


def draft_facts() -> DraftFacts:
    """Read from the embedded baseline what a draft needs."""
    from kedge.data import load_table

    economies = [row for row in load_table("economies").to_dicts() if row["kind"] == "state"]
    spending = load_table("military_spending").to_dicts()
    year = max(row["year"] for row in spending)
    latest = [row for row in spending if row["year"] == year]
    return DraftFacts(
        names={row["iso3"]: row["name"] for row in economies},
        defence_share={row["iso3"]: row["share_gdp"] for row in latest},
        share_year=year,
        spending={row["iso3"]: row["musd"] for row in latest},
        tie_depth=_depths(load_table("ties").to_dicts()),
        km={_pair(row["iso3_a"], row["iso3_b"]): row["km"] for row in load_table("distances").to_dicts()},
        treaty_allies=frozenset(row["iso3"] for row in economies if row["us_treaty_ally"]),
    )


def _depths(ties: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    pairs: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for row in ties:
        pairs.setdefault(_pair(row["state_a"], row["state_b"]), []).append((row["layer"], row["depth"]))
    return {pair: knit_depth(rows) for pair, rows in pairs.items()}


def draft_study(
    country: str, facts: DraftFacts, patron: str | None = None, challenger: str | None = None
) -> str:
    """Write a study file for a state: Plan A, A+, B and Autonomy with generic levers.

    Parameters
    ----------
    country
        ISO code of a state of the baseline.
    facts
        See `draft_facts`.
    patron, challenger
        ISO codes; left out, those of the table `contingencies.toml`, else the United
        States and the nearest of China, Russia and Iran.

    Raises
    ------
    UnknownName
        A code is no state of the baseline.
    StudyError
        Country, patron and challenger are not three different states.
    """
    for state in (country, patron, challenger):
        if state is not None and state not in facts.names:
            raise UnknownName("state of the baseline", state, facts.names)
    row = _contingency(country)
    ally = patron or str(row.get("patron", DEFAULT_PATRON))
    if ally == country:
        raise StudyError(f"{country} is its own patron here; name its main ally with --patron")
    rival = challenger or _challenger(country, ally, row, facts)
    if rival in (country, ally):
        raise StudyError(f"the challenger {rival} is the country or its patron; name another: --challenger")
    setting = row if rival == row.get("challenger", rival) else REST | {"weights": row["weights"]}
    return _written((country, ally, rival), setting, facts)


def _contingency(country: str) -> dict[str, Any]:
    text = importlib.resources.files("kedge.world").joinpath("contingencies.toml").read_text("utf-8")
    rows = tomllib.loads(text)["contingency"]
    return next((row for row in rows if country in row["states"]), dict(REST))


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


def _challenger(country: str, patron: str, row: Mapping[str, Any], facts: DraftFacts) -> str:
    listed = str(row.get("challenger"))
    if listed in facts.names and listed not in (country, patron):
        return listed
    free = [state for state in USUAL_CHALLENGERS if state in facts.names and state not in (country, patron)]
    if not free:
        raise StudyError("no usual challenger is in the baseline; name one with --challenger")
    return min(free, key=lambda state: facts.km.get(_pair(country, state), math.inf))


def _partners_of(parts: tuple[str, str, str], location: str, taken: set[str], facts: DraftFacts) -> list[str]:
    """Choose partners by ties today, then the patron's treaty allies nearest to the theatre.

    Ties count by depth times the square root of military spending, so that neither a deep tie
    with a small force nor a shallow one with a large force leads, less what distance takes away.
    """
    country, patron, _ = parts
    free = [state for state in facts.names if state not in taken]
    km = {s: 0.0 if s == location else facts.km.get(_pair(location, s), math.inf) for s in free}

    def worth(state: str) -> float:
        force = facts.spending.get(state, 0.0) ** 0.5
        return facts.tie_depth.get(_pair(country, state), 0.0) * force * math.exp(-km[state] / REACH_KM)

    deepest = sorted((s for s in free if worth(s) > 0), key=lambda s: (-worth(s), s))[:MOST_TIED]
    near = sorted(
        (s for s in free if patron == "USA" and s in facts.treaty_allies and s not in deepest),
        key=lambda s: (km[s], s),
    )
    return deepest + near[: CHOSEN - len(deepest)]


def generic_stake(km: float) -> float:
    """Guess what is at stake for a partner: 0.7 next door, falling with distance to 0.2.

    Parameters
    ----------
    km
        From the partner to the theatre.

    Examples
    --------
    >>> generic_stake(0.0), generic_stake(4000.0)
    (0.7, 0.38)
    """
    return round(0.2 + 0.5 * math.exp(-km / 4000.0), 2)


def _written(parts: tuple[str, str, str], setting: Mapping[str, Any], facts: DraftFacts) -> str:
    country, patron, challenger = parts
    location = _location(parts, setting, facts)
    helpers = [s for s in setting["helpers"] if s in facts.names and s not in (*parts, location)]
    partners = _partners_of(parts, location, {*parts, location, *helpers}, facts)
    away = location != country
    blanks = {
        "country": country,
        "country_name": facts.names[country],
        "patron": patron,
        "patron_name": facts.names[patron],
        "challenger": challenger,
        "challenger_name": facts.names[challenger],
        "helpers": ", ".join(f'"{state}"' for state in helpers),
        "theatre": setting["name"],
        "location": location,
        "protege": f'protege = "{location}"' if away else "# protege: left out, the country itself",
        "priority": "true" if challenger == PRIORITY else "false",
        "domain_weights": ", ".join(f"{domain} = {w:g}" for domain, w in setting["weights"].items()),
        "partners": "\n".join(_partner(state, location, facts) for state in partners),
        "ties": "{ " + ", ".join(f"{state} = {_sought(country, state, facts)}" for state in partners) + " }",
        **_efforts(facts.defence_share.get(country), facts.share_year),
    }
    template = importlib.resources.files("kedge.world").joinpath("study_template.toml").read_text("utf-8")
    for name, text in blanks.items():
        template = template.replace(f"@{name}@", text)
    return template


def _location(parts: tuple[str, str, str], setting: Mapping[str, Any], facts: DraftFacts) -> str:
    """Take the table's location if the baseline knows it and nobody there plays another part."""
    listed = setting["location"]
    return listed if listed in facts.names and listed not in parts else parts[0]


def _efforts(share: float | None, year: int) -> dict[str, str]:
    return {
        "today": f"{share:.1f} percent of GDP in {year}" if share else "not in the baseline",
        "more_effort": _effort(share, 1.25, 0.7, 2035),
        "most_effort": _effort(share, 2.0, 2.0, 2038),
    }


def _sought(country: str, state: str, facts: DraftFacts) -> float:
    """Ask for a tie that closes four tenths of the distance from today's depth to the deepest."""
    today = facts.tie_depth.get(_pair(country, state), 0.0)
    return round(today + 0.4 * (1.0 - today), 2)


def _partner(state: str, location: str, facts: DraftFacts) -> str:
    stake = generic_stake(facts.km.get(_pair(state, location), 0.0 if state == location else 8000.0))
    return f'[[partners]]\nstate = "{state}"  # {facts.names[state]}\nstake = {stake}\n'


def _effort(share: float | None, factor: float, at_least: float, year: int) -> str:
    if share is None or share >= 15:
        return "# defence_share: left as it is today"
    target = max(round(max(factor * share, share + at_least), 1), 0.1)
    return f"defence_share = {{ target = {target}, year = {year} }}"
