"""Tariffs and what they cost whom."""

from kedge.trade.aggregate import aggregate_economy, aggregate_flows
from kedge.trade.answers import answer_curve
from kedge.trade.bargain import Curves, Deals, Terms, bargaining_set, strike_deals
from kedge.trade.batch import Batch, prepare_batch, solve_batch
from kedge.trade.calibrate import Economy, LabourTargets, SmallEconomy, calibrate_economy
from kedge.trade.cases import CaseResults, solve_cases
from kedge.trade.decompose import Decomposition, decompose
from kedge.trade.equilibrium import Equilibrium, Prepared, prepare, solve_equilibrium
from kedge.trade.formula import FormulaRate, formula_rate, formula_rates
from kedge.trade.levers import Levers, Player, find_player, make_levers, spending_weights
from kedge.trade.model import Response, TradeModel
from kedge.trade.one_sector import OneSector, OneSectorResponse, one_sector
from kedge.trade.optimal import Ascent, BestTariff, best_tariff
from kedge.trade.outcomes import Outcomes, outcomes_of
from kedge.trade.provisions import GoodsShare, Provision, Schedule, check_schedule
from kedge.trade.records import read_provisions
from kedge.trade.scenarios import Scenario, find_scenario, formula_tariff, scenario_tariffs, scenarios
from kedge.trade.schedule import TariffRow, exempt, read_rows, tariffs_on
from kedge.trade.sector_aggregate import aggregate_elasticity, aggregate_sectors
from kedge.trade.sector_calibrate import calibrate_sectors, rebalance
from kedge.trade.sector_model import SectorModel, SectorResponse
from kedge.trade.sector_nash import FormulaWar, formula_tariffs, formula_war
from kedge.trade.sector_solve import PreparedSectors, SectorEquilibrium, prepare_sectors, solve_sectors
from kedge.trade.sectors import SectorEconomy
from kedge.trade.simulate import Simulation, simulate
from kedge.trade.stack import Due, average_rates, rates_on, stack_on
from kedge.trade.tables import announced_from_table, flows_from_table, gdp_from_table, rates_from_table
from kedge.trade.timeline import Change, change_between, status_on, timeline
from kedge.trade.variant import Variant, tariff_exponent

__all__ = [
    "Ascent",
    "Batch",
    "BestTariff",
    "CaseResults",
    "Change",
    "Curves",
    "Deals",
    "Decomposition",
    "Due",
    "Economy",
    "Equilibrium",
    "FormulaRate",
    "FormulaWar",
    "GoodsShare",
    "LabourTargets",
    "Levers",
    "OneSector",
    "OneSectorResponse",
    "Outcomes",
    "Player",
    "Prepared",
    "PreparedSectors",
    "Provision",
    "Response",
    "Scenario",
    "Schedule",
    "SectorEconomy",
    "SectorEquilibrium",
    "SectorModel",
    "SectorResponse",
    "Simulation",
    "SmallEconomy",
    "TariffRow",
    "Terms",
    "TradeModel",
    "Variant",
    "aggregate_economy",
    "aggregate_elasticity",
    "aggregate_flows",
    "aggregate_sectors",
    "announced_from_table",
    "answer_curve",
    "average_rates",
    "bargaining_set",
    "best_tariff",
    "calibrate_economy",
    "calibrate_sectors",
    "change_between",
    "check_schedule",
    "decompose",
    "exempt",
    "find_player",
    "find_scenario",
    "flows_from_table",
    "formula_rate",
    "formula_rates",
    "formula_tariff",
    "formula_tariffs",
    "formula_war",
    "gdp_from_table",
    "make_levers",
    "one_sector",
    "outcomes_of",
    "prepare",
    "prepare_batch",
    "prepare_sectors",
    "rates_from_table",
    "rates_on",
    "read_provisions",
    "read_rows",
    "rebalance",
    "scenario_tariffs",
    "scenarios",
    "simulate",
    "solve_batch",
    "solve_cases",
    "solve_equilibrium",
    "solve_sectors",
    "spending_weights",
    "stack_on",
    "status_on",
    "strike_deals",
    "tariff_exponent",
    "tariffs_on",
    "timeline",
]
