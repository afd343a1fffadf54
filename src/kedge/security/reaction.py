"""How states' military effort answers their allies' and their rivals', estimated on a panel.

    y_it = rho sum_j w_ijt y_jt + phi y_i,t-1 + beta' x_it + state effect + year effect + error

An ally's effort depends on one's own, so least squares would be biased; spatial lags of the
drivers x stand in for it as instruments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from kedge.core.errors import DomainError
from kedge.security.instruments import Clusters, Instrumented, fit_instrumented, partial_out

FEWEST_ROWS = 4
"""Years a state must have to count: fewer leave nothing after its own mean and lag."""


@dataclass(frozen=True)
class ReactionPanel:
    """States by years, with who counts for whom.

    Parameters
    ----------
    effort : log of the share of GDP
        [state, year]; NaN where unknown.
    weights : any unit, at least 0
        [year, state, ally]: how much each ally's effort counts; rows are normalised here, over
        allies whose figures are known.
    drivers
        [driver, state, year]; NaN where unknown.
    names
        Of the drivers.
    spatial
        Names of the drivers whose average over allies is an instrument.
    sample
        [state, year]: which may be explained; others still count as allies.
    """

    effort: Float[np.ndarray, "state year"]
    weights: Float[np.ndarray, "year state state"]
    drivers: Float[np.ndarray, "driver state year"]
    names: tuple[str, ...]
    spatial: tuple[str, ...]
    sample: Bool[np.ndarray, "state year"]


@dataclass(frozen=True)
class Reaction:
    """An estimated reaction function.

    Parameters
    ----------
    names
        `allies` (or the one driver asked about, in `estimate_one`), `lag`, then the drivers.
    fit
        By two-stage least squares.
    ols
        Coefficients by least squares, which takes allies' effort as given.
    ols_error
        Their standard errors, clustered by state.
    long_run, long_run_error : elasticity
        rho / (1 - phi), by the delta method.
    rows, states, years
        Of the sample that is explained.
    used
        [state, year]: that sample.
    caution
        What not to trust; empty if nothing known.
    """

    names: tuple[str, ...]
    fit: Instrumented
    ols: Float[np.ndarray, " coefficient"]
    ols_error: Float[np.ndarray, " coefficient"]
    long_run: float
    long_run_error: float
    rows: int
    states: int
    years: int
    used: Bool[np.ndarray, "state year"]
    caution: tuple[str, ...]

    @property
    def slope(self) -> float:
        """Elasticity of own effort to allies' within the year; below zero is free riding."""
        return float(self.fit.coefficients[0])

    @property
    def slope_error(self) -> float:
        """Standard error of the slope, clustered."""
        return float(self.fit.errors[0])

    def long_run_of(self, at: int) -> tuple[float, float]:
        """Give a coefficient over one less the lag's, and its standard error by the delta method."""
        return _long_run(self.fit, at)


def row_normalised(
    weights: Float[np.ndarray, "year state state"], known: Bool[np.ndarray, "state year"]
) -> Float[np.ndarray, "year state state"]:
    """Scale each state's weights to sum to one over allies whose figures are known that year.

    A state without any ally keeps a row of zeros.

    Examples
    --------
    >>> row_normalised(np.array([[[9.0, 1.0], [3.0, 0.0]]]), np.array([[True], [True]]))[0]
    array([[0., 1.],
           [1., 0.]])
    """
    scaled = weights * known.T[:, None, :]
    scaled = scaled * (1.0 - np.eye(scaled.shape[1]))
    total = scaled.sum(axis=2, keepdims=True)
    return np.divide(scaled, total, out=np.zeros_like(scaled), where=total > 0.0)


def spatial_lag(
    weights: Float[np.ndarray, "year state state"], values: Float[np.ndarray, "state year"]
) -> Float[np.ndarray, "state year"]:
    """Average values over allies, with weights that are zero wherever a value is unknown."""
    return np.einsum("tij,jt->it", weights, np.nan_to_num(values, nan=0.0))


def estimate_reaction(panel: ReactionPanel, year_effects: bool = True, second: bool = False) -> Reaction:
    """Estimate a reaction function by two-stage least squares with spatial instruments.

    Parameters
    ----------
    panel
        States, years, weights and drivers.
    year_effects
        An effect for every year, which takes up all that moves every ally alike; otherwise a
        common linear trend, which lets a patron's path count but also every other common cause
        (errors are then clustered by state and by year).
    second
        Allies' allies' drivers are instruments too.

    Returns
    -------
    Reaction

    Raises
    ------
    DomainError
        Fewer than three states, too few rows for the coefficients, or allies who are the same for
        all, so that year effects leave nothing to learn from.

    References
    ----------
    Kelejian & Prucha (1998), Journal of Real Estate Finance and Economics 17, on spatial lags
    of drivers as instruments; on military spending: Flores (2011), Defence and Peace Economics 22;
    Yesilyurt & Elhorst (2017), Journal of Peace Research 54; George & Sandler (2018), European
    Journal of Political Economy 53; on the lag: Kuokstyte & Kuokstis (2024), Political Science
    Research and Methods.
    """
    known = np.isfinite(panel.effort) & np.isfinite(panel.drivers).all(axis=0)
    weights = row_normalised(panel.weights, known)
    lag = np.full_like(panel.effort, np.nan)
    lag[:, 1:] = panel.effort[:, :-1]
    has_ally = weights.sum(axis=2).T > 0.0
    rows = _enough(panel.sample & known & np.isfinite(lag) & has_ally)
    at = [panel.names.index(name) for name in panel.spatial]
    stand_ins = [spatial_lag(weights, panel.drivers[k]) for k in at]
    if second:
        stand_ins += [spatial_lag(weights, each) for each in stand_ins]
    given = np.stack([lag, *panel.drivers])
    answer = spatial_lag(weights, panel.effort)
    columns = [array[rows] for array in (panel.effort, answer, *given, *stand_ins)]
    _require_size(rows, len(columns))
    swept, absorbed = partial_out(np.column_stack(columns), _effects(rows, year_effects))
    split = 2 + given.shape[0]
    _require_movement(swept, columns, split)
    own, ally, exogenous, excluded = swept[:, 0], swept[:, 1], swept[:, 2:split], swept[:, split:]
    state, year = (np.unique(axis, return_inverse=True)[1] for axis in np.nonzero(rows))
    # Without year effects, whatever moves all states in a year hangs together too.
    clusters = Clusters(state, absorbed, None if year_effects else year)
    fit = fit_instrumented(own, ally, exogenous, excluded, clusters)
    naive = fit_instrumented(own, ally, exogenous, ally[:, None], clusters)
    long_run, error = _long_run(fit)
    names = ("allies", "lag", *panel.names)
    shape = (int(rows.sum()), int(rows.any(axis=1).sum()), int(rows.any(axis=0).sum()))
    return Reaction(
        names, fit, naive.coefficients, naive.errors, long_run, error, *shape, rows,
        _cautions(fit, shape, long_run),
    )  # fmt: skip


def estimate_one(panel: ReactionPanel, name: str) -> Reaction:
    """Estimate how effort answers one driver, by least squares, with a common linear trend.

    The reduced form of a reaction to a patron: what allies answer to one another is part of it, so
    that it needs no instrument, but takes the driver as given.

    Parameters
    ----------
    panel
        As `estimate_reaction` takes it; its weights do not matter.
    name
        Of the driver, whose coefficient comes first.

    Raises
    ------
    DomainError
        No driver of that name, or too few rows.
    """
    if name not in panel.names:
        raise DomainError(f"no driver {name!r}; known: {', '.join(panel.names)}")
    at = panel.names.index(name)
    others = [k for k in range(len(panel.names)) if k != at]
    lag = np.full_like(panel.effort, np.nan)
    lag[:, 1:] = panel.effort[:, :-1]
    known = np.isfinite(panel.effort) & np.isfinite(panel.drivers).all(axis=0) & np.isfinite(lag)
    rows = _enough(panel.sample & known)
    columns = [array[rows] for array in (panel.effort, panel.drivers[at], lag, *panel.drivers[others])]
    _require_size(rows, len(columns))
    swept, absorbed = partial_out(np.column_stack(columns), _effects(rows, False))
    state, year = (np.unique(axis, return_inverse=True)[1] for axis in np.nonzero(rows))
    clusters = Clusters(state, absorbed, year)
    fit = fit_instrumented(swept[:, 0], swept[:, 1], swept[:, 2:], swept[:, [1]], clusters)
    long_run, error = _long_run(fit)
    shape = (int(rows.sum()), int(rows.any(axis=1).sum()), int(rows.any(axis=0).sum()))
    names = (name, "lag", *(panel.names[k] for k in others))
    return Reaction(
        names, fit, fit.coefficients, fit.errors, long_run, error, *shape, rows,
        _cautions(fit, shape, long_run),
    )  # fmt: skip


def _enough(rows: Bool[np.ndarray, "state year"]) -> Bool[np.ndarray, "state year"]:
    return rows & (rows.sum(axis=1) >= FEWEST_ROWS)[:, None]


def _require_size(rows: Bool[np.ndarray, "state year"], columns: int) -> None:
    states, years = int(rows.any(axis=1).sum()), int(rows.any(axis=0).sum())
    least = states + years + columns + 5
    if states < 3 or rows.sum() < least:
        raise DomainError(
            f"{int(rows.sum())} state-years of {states} states are too few (at least 3 states and {least} "
            "state-years): take a longer period or a larger group"
        )


def _require_movement(swept: Float[np.ndarray, "row column"], raw: list[np.ndarray], split: int) -> None:
    left = np.linalg.norm(swept, axis=0)
    whole = np.array([np.linalg.norm(column) for column in raw])
    moves = left > 1e-9 * np.maximum(whole, 1e-300)
    if not moves[1] or not moves[split:].any():
        raise DomainError(
            "allies' effort cannot be told apart from the effects of years: all states have the same allies "
            "with the same weights; take a larger group, or the patron apart"
        )


def _effects(rows: Bool[np.ndarray, "state year"], year_effects: bool) -> Float[np.ndarray, "row effect"]:
    state, year = np.nonzero(rows)
    own = (state[:, None] == np.unique(state)).astype(float)
    if not year_effects:
        return np.column_stack([own, (year - year.mean()) / max(year.std(), 1.0)])
    # The first year is left out: it is what the states' effects are measured at.
    return np.column_stack([own, (year[:, None] == np.unique(year)[1:]).astype(float)])


def _long_run(fit: Instrumented, at: int = 0) -> tuple[float, float]:
    value, gap = fit.coefficients[at], 1.0 - fit.coefficients[1]
    gradient = np.array([1.0 / gap, value / gap**2])
    covariance = fit.covariance[np.ix_([at, 1], [at, 1])]
    return float(value / gap), float(np.sqrt(gradient @ covariance @ gradient))


def _cautions(fit: Instrumented, shape: tuple[int, int, int], long_run: float) -> tuple[str, ...]:
    rows, states, _ = shape
    low, high = fit.robust
    weak = fit.first_stage < 10.0
    tests = (
        (weak, f"weakly identified: first-stage F is {fit.first_stage:.1f}, below 10"),
        (
            not weak and fit.first_stage < 23.1,
            f"first-stage F is {fit.first_stage:.1f}: bias may exceed a tenth of the worst case (23.1)",
        ),
        (low <= 0.0 <= high, "the interval that holds for weak instruments too does not exclude zero"),
        (np.isnan(low), "no slope fits all instruments: the equation is wrong somewhere"),
        (states < 20, f"only {states} states: errors clustered by state are too small"),
        (rows < 15 * states, "few years a state: the coefficient of the lag is biased towards zero"),
        (fit.over_p < 0.05, f"instruments contradict one another (Hansen test, p = {fit.over_p:.3f})"),
        (fit.coefficients[1] >= 1.0 or abs(long_run) >= 1.0, "long-run reaction of one or more: unstable"),
    )
    return tuple(text for holds, text in tests if holds)
