"""What a study's country can decide, as levers to be searched over, and the joint model as their function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from kedge.strategy import Lever, LeverLimit, Problem
from kedge.world.decision import study_problem
from kedge.world.ground import Responses
from kedge.world.model import as_records, run_model, solve_income
from kedge.world.parameters import Parameter
from kedge.world.plans import build_levers
from kedge.world.setting import Setting
from kedge.world.study import PlanLevers, Study

PATH_YEARS = 10
"""Years from the study's first in which a searched path reaches its target."""

MIX = ("strike", "cyber_space", "research")
PLAIN = ("interchange", "linkage", "concession", "diversification")
LEAST_SHARE, MOST_SHARE = 0.5, 2.5
"""Range of a searched defence share, as multiples of today's."""

StudyLevers = Callable[[Float[np.ndarray, "plan lever"], Float[np.ndarray, "future uncertainty"]], np.ndarray]


def search_problem(study: Study, parameters: Sequence[Parameter], setting: Setting) -> Problem:
    """Declare what can be decided in a study, beside its uncertainties and measures.

    Levers are those of the study file: the defence share (half to two and a half times today's),
    its mix, the depth of the alliance, of ties with each partner (from today's up), standards,
    linkage, concessions, diversification and accommodation.  Retaliation takes the levels that
    the study's plans use, since equilibria are solved for those.

    Parameters
    ----------
    study
        As read; its plans are not searched over, but stay the ones to be compared with.
    parameters, setting
        Its uncertainties, and the baseline's figures.

    Returns
    -------
    Problem
        Without plans: a plan's paths have target years of their own.
    """
    today = float(setting.ground.defence_share[0])
    levers = [
        Lever("defence_share", round(LEAST_SHARE * today, 2), round(MOST_SHARE * today, 2), unit="% of GDP"),
        *(Lever(name, 0.0, 1.0, unit="share of added spending") for name in MIX),
        Lever("alliance", 0.0, 1.0, unit="share"),
        Lever("accommodation", 0.0, 1.0, unit="share"),
        *(
            Lever(f"tie_{state.lower()}", float(depth), 1.0, unit="share", label=f"tie with {state}")
            for state, depth in zip(study.partner_states, setting.ground.tie, strict=True)
        ),
        *(Lever(name, 0.0, 1.0, unit="share") for name in PLAIN),
        _retaliation(setting.market.retaliation),
    ]
    mix = LeverLimit("mix of added spending", tuple((name, 1.0) for name in MIX), 1.0)
    problem = study_problem(study, parameters)
    return replace(problem, levers=tuple(levers), plans=(), reference="", limits=(mix,))


def study_lever_model(study: Study, parameters: Sequence[Parameter], setting: Setting) -> StudyLevers:
    """Bind a study into a function of levers and futures, `[plan, future, measure]`.

    Equilibria do not depend on the levers, so those of the futures last seen are kept.
    """
    seen: list[tuple[np.ndarray, np.ndarray, Responses]] = []

    def model(levers: np.ndarray, futures: np.ndarray) -> np.ndarray:
        if not seen or seen[0][0] is not futures:
            records = as_records(parameters, futures)
            seen[:] = [(futures, records, solve_income(setting, records))]
        _, records, responses = seen[0]
        plans = {f"plan_{row}": setting_of(each, study, setting) for row, each in enumerate(levers)}
        whole = study.model_copy(update={"plans": plans})
        ground = setting.ground
        laid = build_levers(whole, float(ground.defence_share[0]), ground.tie, setting.market.retaliation)
        return run_model(replace(setting, levers=laid), records, 0, responses)[0]

    return model


def setting_of(levers: Float[np.ndarray, " lever"], study: Study, setting: Setting) -> PlanLevers:
    """Turn one searched setting of the levers into a plan as a study file has it."""
    names = ["defence_share", *MIX, "alliance", "accommodation"]
    names += [f"tie_{state.lower()}" for state in study.partner_states]
    names += [*PLAIN, "retaliation"]
    given = dict(zip(names, (round(float(each), 4) for each in levers), strict=True))
    year = min(study.first_year + PATH_YEARS, study.last_year)
    return PlanLevers.model_validate(
        {
            "label": "searched",
            "defence_share": {"target": given["defence_share"], "year": year},
            "extra_mix": {name: given[name] for name in MIX},
            "alliance": {"target": given["alliance"], "year": year},
            "accommodation": {"target": given["accommodation"], "year": year},
            "ties": {state: given[f"tie_{state.lower()}"] for state in study.partner_states},
            "ties_year": year,
            "retaliation": setting.market.retaliation[int(given["retaliation"])],
            **{name: given[name] for name in PLAIN},
        }
    )


def _retaliation(levels: tuple[float, ...]) -> Lever:
    last = len(levels) - 1.0
    return Lever("retaliation", 0.0, last, "choice", tuple(f"{level:g}" for level in levels))
