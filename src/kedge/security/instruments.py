"""Two-stage least squares with one endogenous variable, errors clustered, weak instruments told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

Column = Float[np.ndarray, " row"]
Columns = Float[np.ndarray, "row column"]
SLOPES = np.linspace(-3.0, 3.0, 1201)
"""Slopes tried for the interval that holds with weak instruments; its ends say no more than these."""


@dataclass(frozen=True)
class Clusters:
    """Which rows may hang together.

    Parameters
    ----------
    of_row
        Cluster of each row, from 0 without gaps.
    absorbed
        Number of effects that were taken out of the data before.
    across
        A second way to hang together, such as the year; the two variances are then added up,
        which errs on the side of caution.
    """

    of_row: Int[np.ndarray, " row"]
    absorbed: int
    across: Int[np.ndarray, " row"] | None = None

    @property
    def ways(self) -> list[Int[np.ndarray, " row"]]:
        """One or two groupings of the rows."""
        return [self.of_row] if self.across is None else [self.of_row, self.across]

    @property
    def count(self) -> int:
        """Number of clusters, of the way that has fewer."""
        return min(int(way.max()) + 1 for way in self.ways)


@dataclass(frozen=True)
class Instrumented:
    """Coefficients with what is needed to judge them.

    Parameters
    ----------
    coefficients, covariance
        The endogenous variable first; covariance clustered.
    first_stage
        Effective F of the instruments (Montiel Olea & Pflueger 2013), robust to clustering.
    over_p : probability
        Of instruments at odds as much as these by chance (Hansen's J, clustered); NaN where
        there is one instrument, or not more clusters than instruments.
    robust
        Ends of the 95 % interval of the first coefficient that holds however weak the
        instruments are (Anderson & Rubin 1949); NaN where no slope fits, and at the ends of
        `SLOPES` where it is open.
    clusters
        Number of clusters.
    """

    coefficients: Float[np.ndarray, " coefficient"]
    covariance: Float[np.ndarray, "coefficient coefficient"]
    first_stage: float
    over_p: float
    robust: tuple[float, float]
    clusters: int

    @property
    def errors(self) -> Float[np.ndarray, " coefficient"]:
        """Standard errors."""
        return np.sqrt(np.diag(self.covariance))


def partial_out(
    values: Columns, effects: Float[np.ndarray, "row effect"]
) -> tuple[Float[np.ndarray, "row column"], int]:
    """Take out of columns what effects explain; also give the number of independent effects."""
    basis, size, _ = np.linalg.svd(effects, full_matrices=False)
    basis = basis[:, size > size[0] * 1e-10]
    return values - basis @ (basis.T @ values), basis.shape[1]


def fit_instrumented(
    own: Column, endogenous: Column, exogenous: Columns, excluded: Columns, clusters: Clusters
) -> Instrumented:
    """Fit one equation by two-stage least squares; with the variable as its own instrument, by OLS.

    Parameters
    ----------
    own, endogenous
        What is explained, and what depends on it in turn.
    exogenous, excluded
        Given variables of the equation, and instruments outside it.
    clusters
        Rows that hang together.

    References
    ----------
    Cluster-robust errors: Cameron & Miller (2015), Journal of Human Resources 50; effective F:
    Montiel Olea & Pflueger (2013), Journal of Business & Economic Statistics 31.
    """
    # Only the endogenous variable is instrumented, so what the given ones explain may go first.
    swept, _ = partial_out(np.column_stack([own, endogenous, excluded]), exogenous)
    y, x, z = swept[:, 0], swept[:, 1], swept[:, 2:]
    length = np.linalg.norm(z, axis=0)
    z = z[:, length > 0.0] / length[length > 0.0]
    first = np.linalg.lstsq(z, x, rcond=None)[0]
    regressors = np.column_stack([endogenous, exogenous])
    whole, _, _, _ = np.linalg.lstsq(exogenous, endogenous - z @ first, rcond=None)
    fitted = np.column_stack([z @ first + exogenous @ whole, exogenous])
    inverse = np.linalg.inv(fitted.T @ fitted)
    coefficients = inverse @ (fitted.T @ own)
    error = own - regressors @ coefficients
    factor = _factor(own.size, regressors.shape[1] + clusters.absorbed, clusters.count)
    meat = _meat(fitted * error[:, None], fitted * error[:, None], clusters)
    return Instrumented(
        coefficients,
        factor * inverse @ meat @ inverse,
        _effective_f(x, z, first, clusters, factor),
        _hansen(y, x, z, clusters),
        _anderson_rubin(y, x, z, clusters, factor),
        clusters.count,
    )


def _factor(rows: int, columns: int, clusters: int) -> float:
    return clusters / (clusters - 1) * (rows - 1) / (rows - columns)


def _meat(left: Columns, right: Columns, clusters: Clusters) -> Float[np.ndarray, "column column"]:
    """Sum the products of scores that may hang together."""
    total = np.zeros((left.shape[1], right.shape[1]))
    for way in clusters.ways:
        one, two = (_summed(values, way) for values in (left, right))
        total += one.T @ two
    return total


def _summed(values: Columns, way: Int[np.ndarray, " row"]) -> Float[np.ndarray, "cluster column"]:
    summed = np.zeros((int(way.max()) + 1, values.shape[1]))
    np.add.at(summed, way, values)
    return summed


def _effective_f(x: Column, z: Columns, first: np.ndarray, clusters: Clusters, factor: float) -> float:
    moment = z.T @ z
    scores = z * (x - z @ first)[:, None]
    noise = factor * np.trace(np.linalg.pinv(moment) @ _meat(scores, scores, clusters))
    # Least squares instruments a variable by itself: no noise, and no limit to F.
    return float(first @ moment @ first / noise) if noise > 1e-12 else float("inf")


def _hansen(y: Column, x: Column, z: Columns, clusters: Clusters) -> float:
    instruments = z.shape[1]
    if instruments < 2 or clusters.count <= instruments + 1:
        return float("nan")
    start = np.linalg.lstsq(z, x, rcond=None)[0]
    slope = (z @ start) @ y / ((z @ start) @ x)
    scores = z * (y - slope * x)[:, None]
    weight = np.linalg.pinv(_meat(scores, scores, clusters))
    slope = (x @ z @ weight @ z.T @ y) / (x @ z @ weight @ z.T @ x)
    moment = z.T @ (y - slope * x)
    return float(stats.chi2.sf(moment @ weight @ moment, instruments - 1))


def _anderson_rubin(
    y: Column, x: Column, z: Columns, clusters: Clusters, factor: float
) -> tuple[float, float]:
    instruments = z.shape[1]
    if clusters.count <= instruments + 1:
        return float(SLOPES[0]), float(SLOPES[-1])
    inverse = np.linalg.pinv(z.T @ z)
    effect = inverse @ (z.T @ np.column_stack([y, x]))
    left = np.column_stack([y, x]) - z @ effect
    by_y, by_x = z * left[:, [0]] @ inverse, z * left[:, [1]] @ inverse
    own, both, other = (_meat(a, b, clusters) for a, b in ((by_y, by_y), (by_y, by_x), (by_x, by_x)))
    # Hotelling's law: with few clusters their covariance is itself uncertain.
    count = clusters.count
    limit = instruments * (count - 1) / (count - instruments)
    limit *= stats.f.ppf(0.95, instruments, count - instruments)
    slopes = SLOPES[:, None, None]
    noise = factor * (own - slopes * (both + both.T) + slopes**2 * other)
    gap = effect[:, 0] - SLOPES[:, None] * effect[:, 1]
    misfit = np.einsum("sk,skl,sl->s", gap, np.linalg.pinv(noise, hermitian=True), gap)
    kept = SLOPES[misfit <= limit]
    return (float(kept[0]), float(kept[-1])) if kept.size else (float("nan"), float("nan"))
