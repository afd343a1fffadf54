"""A linear score of all uncertainties together, fitted on some futures and judged on others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from kedge.core.errors import NotConverged
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.binning import Auc, auc_of
from kedge.strategy.problem import Uncertainty

SETTLED = 1e-8
"""Greatest change of a coefficient in the last step."""

RIDGE = 1.0
"""Penalty on squared coefficients; nothing beside thousands of futures, but keeps a clean split finite."""


@dataclass(frozen=True)
class LinearScore:
    """A logistic regression of the sign on ranked inputs.

    Parameters
    ----------
    names
        One a column: the uncertainty, or `uncertainty=category` against the first category.
    coefficients : log odds per standard deviation of rank
        For categories, log odds against the first.
    intercept : log odds
    auc
        On futures that the fit did not see.
    fitted_on, judged_on
        Numbers of futures.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    intercept: float
    auc: Auc
    fitted_on: int
    judged_on: int


def fit_score(
    futures: Futures, holds: OfInterest, uncertainties: tuple[Uncertainty, ...], seed: int, most: int = 20_000
) -> LinearScore | None:
    """Fit on one random half of the futures and judge on the other; None if too few hold or fail.

    The halves are drawn at random, not by even and odd rows: in a Sobol sequence those
    differ in where they lie.

    Parameters
    ----------
    futures, holds
        Inputs in physical units, and the outcome.
    uncertainties
        In column order.
    seed
        Of the split.
    most
        Futures used in each half at most.

    Raises
    ------
    NotConverged
        Newton's method did not settle, which a ridge penalty should rule out.
    """
    rng = np.random.default_rng(seed)
    mixed = rng.permutation(len(holds))[: 2 * most]
    train, test = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
    enough = all(2 <= holds[half].sum() <= len(half) - 2 for half in (train, test))
    if not enough:
        return None
    names, columns = _design(futures[mixed], uncertainties)
    if not names:
        return None
    half = len(train)
    weights = _newton(columns[:half], holds[train].astype(float))
    score = columns[half:] @ weights[1:]
    return LinearScore(
        names, weights[1:], float(weights[0]), auc_of(score, holds[test]), len(train), len(test)
    )


def _design(futures: Futures, uncertainties: tuple[Uncertainty, ...]) -> tuple[tuple[str, ...], np.ndarray]:
    from scipy.stats import rankdata

    names, columns = [], []
    for uncertainty, column in zip(uncertainties, futures.T, strict=True):
        if uncertainty.is_categorical:
            for code, category in enumerate(uncertainty.categories[1:], start=1):
                names.append(f"{uncertainty.name}={category}")
                columns.append((column == code).astype(float))
        elif column.min() < column.max():
            ranks = rankdata(column)
            names.append(uncertainty.name)
            columns.append((ranks - ranks.mean()) / ranks.std())
    return tuple(names), np.stack(columns, axis=1) if columns else np.empty((len(futures), 0))


def _newton(columns: np.ndarray, holds: np.ndarray) -> np.ndarray:
    design = np.column_stack([np.ones(len(columns)), columns])
    penalty = np.full(design.shape[1], RIDGE)
    penalty[0] = 1e-9
    weights = np.zeros(design.shape[1])
    for _ in range(100):
        chance = expit(design @ weights)
        slope = design.T @ (holds - chance) - penalty * weights
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        before = _loss(design, holds, weights, penalty)
        # The loss is convex, so a Newton step that overshoots is only too long.
        while _loss(design, holds, weights + step, penalty) > before and np.abs(step).max() > SETTLED:
            step = step / 2
        weights = weights + step
        if np.abs(step).max() <= SETTLED:
            return weights
    raise NotConverged("the logistic fit did not settle in 100 steps; use more futures", weights)


def _loss(design: np.ndarray, holds: np.ndarray, weights: np.ndarray, penalty: np.ndarray) -> float:
    odds = design @ weights
    return float((np.logaddexp(0, odds) - holds * odds).sum() + 0.5 * (penalty * weights**2).sum())
