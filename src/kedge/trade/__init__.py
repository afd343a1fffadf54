"""Tariffs and what they cost whom."""

from kedge.trade.aggregate import aggregate_economy, aggregate_flows
from kedge.trade.calibrate import Economy, LabourTargets, SmallEconomy, calibrate_economy
from kedge.trade.cases import CaseResults, solve_cases
from kedge.trade.equilibrium import Equilibrium, Prepared, prepare, solve_equilibrium
from kedge.trade.formula import FormulaRate, formula_rate, formula_rates
from kedge.trade.levers import EUROPEAN_UNION, Levers, Player, find_player, make_levers, spending_weights
from kedge.trade.model import Response, TradeModel
from kedge.trade.one_sector import OneSector, OneSectorResponse, one_sector
from kedge.trade.optimal import Ascent, BestTariff, best_tariff
from kedge.trade.outcomes import Outcomes, outcomes_of
from kedge.trade.scenarios import Scenario, find_scenario, formula_tariff, scenario_tariffs, scenarios
from kedge.trade.schedule import TariffRow, exempt, read_rows, tariffs_on
from kedge.trade.simulate import Simulation, simulate
from kedge.trade.tables import announced_from_table, flows_from_table, gdp_from_table, rates_from_table
from kedge.trade.variant import Variant, tariff_exponent

__all__ = [
    "EUROPEAN_UNION",
    "Ascent",
    "BestTariff",
    "CaseResults",
    "Economy",
    "Equilibrium",
    "FormulaRate",
    "LabourTargets",
    "Levers",
    "OneSector",
    "OneSectorResponse",
    "Outcomes",
    "Player",
    "Prepared",
    "Response",
    "Scenario",
    "Simulation",
    "SmallEconomy",
    "TariffRow",
    "TradeModel",
    "Variant",
    "aggregate_economy",
    "aggregate_flows",
    "announced_from_table",
    "best_tariff",
    "calibrate_economy",
    "exempt",
    "find_player",
    "find_scenario",
    "flows_from_table",
    "formula_rate",
    "formula_rates",
    "formula_tariff",
    "gdp_from_table",
    "make_levers",
    "one_sector",
    "outcomes_of",
    "prepare",
    "rates_from_table",
    "read_rows",
    "scenario_tariffs",
    "scenarios",
    "simulate",
    "solve_cases",
    "solve_equilibrium",
    "spending_weights",
    "tariff_exponent",
    "tariffs_on",
]
