"""An assessment made up for tests: plausible measures with known flips, no model run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kedge.strategy import draw_futures
from kedge.world.assessment import MEASURES, Assessment, Paths, Provenance, Series
from kedge.world.parameters import apply_overrides, as_uncertainty, default_parameters
from kedge.world.study import parse_study, study_fingerprint

STATES = ("AAA", "BBB", "CCC", "DDD", "EEE")

STUDY = """
schema = 1
title = "Arcadia: four plans for a doubtful alliance"
question = "Between 2025 and 2040, which plan serves Arcadia while nobody knows how far its ally stands?"
country = "AAA"
patron = "BBB"
challenger = "CCC"
first_year = 2025
last_year = 2040
reference_plan = "keep"
[theatre]
name = "The Narrows"
location = "AAA"
domain_weights = {{ land = 0.1, sea = 0.3, air = 0.3, cyber = 0.15, space = 0.15 }}
[weights]
real_income = 1.0
fiscal_cost = 1.0
security_loss = 1.0
patron_leverage = 0.25
coercion_exposure = 0.25
[[partners]]
state = "DDD"
stake = 0.6
[[partners]]
state = "EEE"
stake = 0.3
[plans.keep]
label = "{keep}"
description = "The alliance as it is, and the build-up already decided."
defence_share = {{ target = 2.0, year = 2027 }}
extra_mix = {{ strike = 0.15, cyber_space = 0.1, research = 0.05 }}
[plans.knit]
label = "{knit}"
description = "The alliance, more own effort, and a network of partners."
defence_share = {{ target = 3.0, year = 2035 }}
extra_mix = {{ strike = 0.3, cyber_space = 0.2, research = 0.15 }}
ties = {{ DDD = 0.8, EEE = 0.5 }}
interchange = 0.6
linkage = 0.7
diversification = 0.3
[plans.bend]
label = "{bend}"
description = "An understanding with the challenger; the alliance loosened."
alliance = {{ target = 0.3, year = 2035 }}
accommodation = {{ target = 0.7, year = 2033 }}
[plans.alone]
label = "{alone}"
description = "Own strength in place of the alliance."
defence_share = {{ target = 4.5, year = 2038 }}
alliance = {{ target = 0.0, year = 2035 }}
retaliation = 0.3
"""

LABELS = {"keep": "Keep", "knit": "Knit", "bend": "Bend", "alone": "Alone"}


def assessment(count: int = 3000, seed: int = 3, labels: dict[str, str] | None = None) -> Assessment:
    study = parse_study(STUDY.format(**(LABELS | (labels or {}))), "synthetic", STATES)
    parameters = apply_overrides(default_parameters(), {"host_support": {"value": 0.1}})
    futures = draw_futures([as_uncertainty(parameter) for parameter in parameters], count, seed)
    return Assessment(
        study=study,
        parameters=parameters,
        futures=futures,
        values=_values(futures, [parameter.name for parameter in parameters]),
        measures=MEASURES,
        paths=_paths(),
        provenance=Provenance(
            seed=seed,
            versions={"kedge": "0.1.0", "numpy": "2.3.1"},
            data_checksums={"economies": "ab" * 32, "trade": "cd" * 32},
            study_sha256=study_fingerprint(study),
            started="2026-11-23T10:00:00Z",
            timings={"futures": 1.2},
        ),
        facts=FACTS,
    )


FACTS = (
    {
        "state": "AAA",
        "name": "GDP",
        "value": 4213.2,
        "unit": "US$ billion",
        "year": 2023,
        "source": "worldbank",
    },
    {
        "state": "AAA",
        "name": "Military spending",
        "value": 1.37,
        "unit": "percent of GDP",
        "year": 2024,
        "source": "sipri",
    },
    {
        "state": "CCC",
        "name": "GDP",
        "value": 17794.8,
        "unit": "US$ billion",
        "year": 2023,
        "source": "worldbank",
    },
)


def with_values(base: Assessment, values: np.ndarray) -> Assessment:
    return replace(base, values=values)


def _values(futures: np.ndarray, names: list[str]) -> np.ndarray:
    p = {name: futures[:, place] for place, name in enumerate(names)}
    restrained = (
        sum((p[f"patron_{year}"] < p["restrainer_share"]).astype(float) for year in (2029, 2033, 2037)) / 3
    )
    commitment = p["commitment_engaged"] * (1 - restrained) + p["commitment_restrainer"] * restrained
    form = np.where(p["contest_form"] == 1, 1.15, 1.0)
    # plan: own strength, alliance kept, network, accommodation, effort cost
    rows = [
        (0.25, 1.0, 0.1, 0.0, 0.5),
        (0.45, 1.0, 0.7, 0.0, 1.4),
        (0.15, 0.3, 0.1, 0.7, 0.0),
        (0.75, 0.0, 0.05, 0.0, 2.6),
    ]
    plans = []
    for own, alliance, network, bend, effort in rows:
        help_ = commitment * (0.3 + 0.7 * alliance) + network * p["reliability"] * p["tie_realised"]
        strength = own + help_ * (1 - 0.3 * p["challenger_cooperation"])
        hazard = p["base_hazard"] * np.exp(
            p["deterrence_slope"] * 0.25 * (1 - strength) * form - bend * p["accommodation_effect"] * 3
        )
        attack = 1 - np.exp(-15 * hazard)
        loss = attack * p["defeat_loss"] * np.clip(0.7 - 0.35 * strength, 0.02, 1) * 0.06
        fiscal = effort * (1 + p["independence_premium"] * (1 - alliance)) + bend * p["accommodation_price"]
        income = -10 * p["tariff_later"] / p["trade_elasticity"] * (1 + 0.3 * (1 - alliance)) + effort * p[
            "linkage_points"
        ] * 3 * (network > 0.5)
        leverage = alliance * commitment * 2 * (1 - 0.5 * network)
        coercion = bend * 3 + p["challenger_growth"] * 0.2
        plans.append(
            np.stack(
                [
                    income,
                    fiscal,
                    loss,
                    1 - attack,
                    leverage,
                    coercion,
                    np.clip(own + network * p["reliability"], 0, 1),
                ],
                axis=1,
            )
        )
    return np.stack(plans)


def _paths() -> Paths:
    years = np.arange(2025, 2041)
    series = (
        Series("defence_share", "Military spending", "percent of GDP"),
        Series("attack_risk", "Yearly chance of an attack", "probability a year"),
        Series("commitment", "Chance that the patron comes", "probability"),
    )
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    time = (years - 2025) / 15
    quantiles = np.zeros((4, 3, len(years), 5))
    for plan, (target, risk, commit) in enumerate(
        [(2.0, 0.02, 0.6), (3.0, 0.012, 0.65), (1.4, 0.015, 0.3), (4.5, 0.025, 0.1)]
    ):
        for place, level in enumerate(levels):
            quantiles[plan, 0, :, place] = 1.4 + (target - 1.4) * np.minimum(time * 1.5, 1) + 0.0 * level
            quantiles[plan, 1, :, place] = risk * (0.3 + 1.4 * level) * (1 + 0.5 * time)
            quantiles[plan, 2, :, place] = np.clip(0.7 + (commit - 0.7) * time + 0.4 * (level - 0.5), 0, 1)
    return Paths(years=years, series=series, levels=levels, quantiles=quantiles, futures_used=1000)
