"""One scenario on one economy, from start to finish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.solution import Solution
from kedge.trade.calibrate import Economy
from kedge.trade.equilibrium import Equilibrium, prepare, solve_equilibrium
from kedge.trade.outcomes import Outcomes, outcomes_of
from kedge.trade.scenarios import Scenario, find_scenario, scenario_tariffs


@dataclass(frozen=True)
class Simulation:
    """What a scenario did, with the solver's account of itself."""

    scenario: Scenario
    solution: Solution[Equilibrium]
    outcomes: Outcomes


def simulate(
    economy: Economy, announced: Float[np.ndarray, " exporter"], scenario: str, home: str = "USA"
) -> Simulation:
    """Solve a named scenario.

    Parameters
    ----------
    economy
        From `calibrate_economy`.
    announced : share, ad valorem
        Tariff of `home` announced on each exporter.
    scenario
        A name that `scenarios()` lists.

    Raises
    ------
    UnknownName
        No such scenario, or `home` is not in the economy.
    NotConverged
        The solver stopped short; nothing is handed out.

    Examples
    --------
    >>> from kedge.trade.calibrate import calibrate_economy
    >>> world = calibrate_economy(np.array([[0.0, 2.0], [3.0, 0.0]]), np.array([20.0, 30.0]), ["USA", "XRW"])
    >>> simulate(world, np.array([0.0, 0.2]), "announced").outcomes.welfare.round(2)
    array([ 2.49, -1.48])
    """
    chosen = find_scenario(scenario)
    tariffs = scenario_tariffs(economy, announced, chosen, home)
    solution = solve_equilibrium(prepare(economy, chosen.variant), tariffs)
    return Simulation(chosen, solution, outcomes_of(solution.unwrap()))
