"""Tariffs and what they cost whom."""

from kedge.trade.aggregate import aggregate_economy, aggregate_flows
from kedge.trade.calibrate import Economy, LabourTargets, SmallEconomy, calibrate_economy
from kedge.trade.cases import CaseResults, solve_cases
from kedge.trade.equilibrium import Equilibrium, Prepared, prepare, solve_equilibrium
from kedge.trade.formula import FormulaRate, formula_rate, formula_rates
from kedge.trade.outcomes import Outcomes, outcomes_of
from kedge.trade.provisions import GoodsShare, Provision, Schedule, check_schedule
from kedge.trade.records import read_provisions
from kedge.trade.scenarios import Scenario, find_scenario, formula_tariff, scenario_tariffs, scenarios
from kedge.trade.schedule import TariffRow, exempt, read_rows, tariffs_on
from kedge.trade.simulate import Simulation, simulate
from kedge.trade.stack import Due, average_rates, rates_on, stack_on
from kedge.trade.tables import announced_from_table, flows_from_table, gdp_from_table, rates_from_table
from kedge.trade.timeline import Change, change_between, status_on, timeline
from kedge.trade.variant import Variant, tariff_exponent

__all__ = [
    "CaseResults",
    "Change",
    "Due",
    "Economy",
    "Equilibrium",
    "FormulaRate",
    "GoodsShare",
    "LabourTargets",
    "Outcomes",
    "Prepared",
    "Provision",
    "Scenario",
    "Schedule",
    "Simulation",
    "SmallEconomy",
    "TariffRow",
    "Variant",
    "aggregate_economy",
    "aggregate_flows",
    "announced_from_table",
    "average_rates",
    "calibrate_economy",
    "change_between",
    "check_schedule",
    "exempt",
    "find_scenario",
    "flows_from_table",
    "formula_rate",
    "formula_rates",
    "formula_tariff",
    "gdp_from_table",
    "outcomes_of",
    "prepare",
    "rates_from_table",
    "rates_on",
    "read_provisions",
    "read_rows",
    "scenario_tariffs",
    "scenarios",
    "simulate",
    "solve_cases",
    "solve_equilibrium",
    "stack_on",
    "status_on",
    "tariff_exponent",
    "tariffs_on",
    "timeline",
]
