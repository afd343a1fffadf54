"""Decision analysis that knows no domain: futures, ensembles, robustness, what drives regret, where order flips.

A problem is a set of uncertainties and measures; a model is any function that takes
futures `[future, uncertainty]` and gives values `[plan, future, measure]`.
"""

from kedge.strategy.ensemble import EnsembleSettings, Model, run_ensemble, run_in_memory
from kedge.strategy.futures import draw_futures
from kedge.strategy.problem import Measure, Uncertainty, choice
from kedge.strategy.store import code_checksum, fingerprint_of

__all__ = [
    "EnsembleSettings",
    "Measure",
    "Model",
    "Uncertainty",
    "choice",
    "code_checksum",
    "draw_futures",
    "fingerprint_of",
    "run_ensemble",
    "run_in_memory",
]
