"""Tariffs and what they cost whom."""

from kedge.trade.aggregate import aggregate_economy, aggregate_flows
from kedge.trade.calibrate import Economy, LabourTargets, SmallEconomy, calibrate_economy
from kedge.trade.cases import CaseResults, solve_cases
from kedge.trade.equilibrium import Equilibrium, Prepared, prepare, solve_equilibrium
from kedge.trade.variant import Variant, tariff_exponent

__all__ = [
    "CaseResults",
    "Economy",
    "Equilibrium",
    "LabourTargets",
    "Prepared",
    "SmallEconomy",
    "Variant",
    "aggregate_economy",
    "aggregate_flows",
    "calibrate_economy",
    "prepare",
    "solve_cases",
    "solve_equilibrium",
    "tariff_exponent",
]
