"""Maximum likelihood with a Gaussian prior on groups of coefficients, each as tight as the data say.

A likelihood here sees a case only through one or two *indices*, each linear in its own columns:
the lead of one side (`decisive`), or the lead and the room for a draw (`with_draws`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import expit, log_expit

from kedge.core.errors import DomainError, NotConverged

SETTLED = 1e-7
"""Newton stops when its next step would raise the penalised log-likelihood by less, in nats."""

MOST_STEPS = 200
MOST_ROUNDS = 12
"""Steps of one fit; rounds of reweighing the prior."""

TIGHTEST, LOOSEST = 1e4, 1e-2
"""Bounds on a group's prior precision, in units of one over the squared coefficient."""

ENOUGH = 0.1
"""Rounds of reweighing end when no precision changes by a larger share."""

FREE = 1e-8
"""Precision of what carries no prior; above zero only so that a column of zeros does no harm."""

LEAST_ROOM = -30.0

Chances = np.ndarray
Part = tuple[np.ndarray, np.ndarray, np.ndarray]
Likelihood = Callable[[np.ndarray, np.ndarray], Part]


@dataclass(frozen=True)
class Columns:
    """What one index is linear in.

    Parameters
    ----------
    values
        Cases by columns, in any unit: fitting standardises them.
    groups
        One label a column; columns of one label share a prior.  `""` carries none.
    intercept
        Whether a constant, without prior, stands before them.
    """

    values: np.ndarray
    groups: tuple[str, ...]
    intercept: bool = True

    def pick(self, rows: np.ndarray) -> Columns:
        """Keep some cases."""
        return Columns(self.values[rows], self.groups, self.intercept)


@dataclass(frozen=True)
class PenalisedFit:
    """Coefficients on standardised columns, index after index, and how to use them.

    Parameters
    ----------
    coefficients, covariance
        At the mode; the covariance is the inverse of expected information plus prior.
    precision : one over squared coefficient
        Prior of each coefficient.
    centre, scale
        Of the columns of each index, taken from the cases of the fit.
    intercepts
        Whether each index has a constant.
    log_likelihood : nats
        Without the prior.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    precision: np.ndarray
    centre: tuple[np.ndarray, ...]
    scale: tuple[np.ndarray, ...]
    intercepts: tuple[bool, ...]
    log_likelihood: float

    def indices(self, columns: tuple[Columns, ...]) -> np.ndarray:
        """Give the indices of any cases, cases by indices."""
        design = [
            _standardised(each, centre, scale)
            for each, centre, scale in zip(columns, self.centre, self.scale, strict=True)
        ]
        return _indices(design, self.coefficients)

    def in_units(self, index: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Give coefficients of one index in the columns' own units, and their covariance.

        The constant stands first, where there is one.
        """
        constant, scale = self.intercepts[index], self.scale[index]
        sizes = [len(s) + i for s, i in zip(self.scale, self.intercepts, strict=True)]
        at = slice(sum(sizes[:index]), sum(sizes[: index + 1]))
        change = np.diag(np.concatenate([np.ones(int(constant)), 1.0 / scale]))
        if constant:
            change[0, 1:] = -self.centre[index] / scale
        return change @ self.coefficients[at], change @ self.covariance[at, at] @ change.T


def decisive(index: np.ndarray, outcome: np.ndarray) -> Part:
    """Give log-likelihood, scores and information of a win (1) or loss (0) at log-odds `index`.

    Parameters
    ----------
    index
        Cases by 1.
    outcome
        0 or 1 a case.
    """
    lead = index[:, 0]
    chance = expit(lead)
    level = np.where(outcome == 1, log_expit(lead), log_expit(-lead))
    return level, (outcome - chance)[:, None], (chance * (1.0 - chance))[:, None, None]


def with_draws(index: np.ndarray, outcome: np.ndarray) -> Part:
    """Give log-likelihood, scores and information of a loss (0), draw (1) or win (2).

    With lead u and log draw parameter k = log c, side A wins with chance `1 / (1 + exp(k - u))`,
    side B with `1 / (1 + exp(k + u))`, and neither with what is left, which needs k > 0:
    k = log(1 + exp(room)) in the second index.

    Parameters
    ----------
    index
        Cases by 2: lead, room for a draw.
    outcome
        0, 1 or 2 a case.

    References
    ----------
    Jia (2012), Economic Record 88; the form is that of `kedge.security.contest.outcome_odds`.
    """
    chances, slopes, link = _draw_parts(index)
    rows = np.arange(len(outcome))
    level = np.log(np.maximum(chances[rows, outcome], 1e-300))
    loss, win = chances[:, 0] * (1.0 - chances[:, 0]), chances[:, 2] * (1.0 - chances[:, 2])
    # Each outcome's log chance bends by those logistic factors that it holds.
    loss, win = np.where(outcome == 2, 0.0, loss), np.where(outcome == 0, 0.0, win)
    drawn = np.where(outcome == 1, _bend(index), 0.0)
    by_k = slopes[rows, outcome, 1]
    information = np.empty((len(outcome), 2, 2))
    information[:, 0, 0] = loss + win
    information[:, 0, 1] = information[:, 1, 0] = (loss - win) * link
    information[:, 1, 1] = (loss + win + drawn) * link**2 - by_k * link * (1.0 - link)
    slope = slopes[rows, outcome] * np.stack([np.ones_like(link), link], axis=1)
    return level, slope, information


def chances_of(likelihood: Likelihood, index: np.ndarray) -> Chances:
    """Give the chance of each outcome, cases by outcomes, in the order of the outcome's codes."""
    if likelihood is with_draws:
        return _draw_parts(index)[0]
    win = expit(index[:, 0])
    return np.stack([1.0 - win, win], axis=1)


def _draw_parts(index: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give chances, slopes of their logarithms in lead and log draw parameter, and of that in room."""
    lead, room = index[:, 0], np.maximum(index[:, 1], LEAST_ROOM)
    k = np.logaddexp(0.0, room)
    win, loss = expit(lead - k), expit(-lead - k)
    # P(draw) = (exp(2k) - 1) P(win) P(loss), which loses no digits as one minus the two would.
    draw = np.exp(2.0 * k + np.log(-np.expm1(-2.0 * k)) + log_expit(lead - k) + log_expit(-lead - k))
    slopes = np.empty((len(lead), 3, 2))
    slopes[:, 0, 0] = slopes[:, 0, 1] = loss - 1.0
    slopes[:, 2, 0], slopes[:, 2, 1] = 1.0 - win, win - 1.0
    slopes[:, 1, 0] = loss - win
    slopes[:, 1, 1] = win + loss - 2.0 - 2.0 / np.expm1(-2.0 * k)
    return np.stack([loss, draw, win], axis=1), slopes, expit(room)


def _bend(index: np.ndarray) -> np.ndarray:
    """Give minus the second derivative of log(exp(2k) - 1) in k."""
    return 1.0 / np.sinh(np.minimum(np.logaddexp(0.0, np.maximum(index[:, 1], LEAST_ROOM)), 300.0)) ** 2


def fit_penalised(
    likelihood: Likelihood, columns: tuple[Columns, ...], outcome: np.ndarray, ridge: float | None = None
) -> PenalisedFit:
    """Fit coefficients, and how tight the prior of each group of columns is.

    Parameters
    ----------
    likelihood
        `decisive` or `with_draws`.
    columns
        One an index.
    outcome
        Code of the likelihood's outcome, one a case.
    ridge : one over squared standardised coefficient
        Precision of every group; by default each group's own is found by evidence
        (MacKay's fixed point), from these cases alone.

    Raises
    ------
    DomainError
        Columns and outcomes differ in length, or a value is not finite.
    NotConverged
        Newton's method did not settle.

    References
    ----------
    MacKay (1992), Neural Computation 4; Fisher scoring: McCullagh & Nelder (1989).
    """
    _require(columns, outcome)
    centre = tuple(each.values.mean(0) for each in columns)
    scale = tuple(_spread(each.values) for each in columns)
    design = [_standardised(each, c, s) for each, c, s in zip(columns, centre, scale, strict=True)]
    labels = _labels(columns)
    precision = np.where(labels == "", FREE, ridge or 1.0)
    groups = [] if ridge else sorted(set(labels) - {""})
    mode, covariance, level = _newton(likelihood, design, outcome, precision, np.zeros(len(labels)))
    for _ in range(MOST_ROUNDS if groups else 0):
        new = _reweighed(precision, labels, groups, mode, covariance)
        if np.abs(np.log(new / precision)).max() < ENOUGH:
            break
        precision = new
        mode, covariance, level = _newton(likelihood, design, outcome, precision, mode)
    intercepts = tuple(each.intercept for each in columns)
    return PenalisedFit(mode, covariance, precision, centre, scale, intercepts, level)


def _reweighed(
    precision: np.ndarray, labels: np.ndarray, groups: list[str], mode: np.ndarray, covariance: np.ndarray
) -> np.ndarray:
    new = precision.copy()
    for label in groups:
        at = labels == label
        learnt = at.sum() - precision[at][0] * np.diag(covariance)[at].sum()
        new[at] = np.clip(max(learnt, 1e-9) / max(float((mode[at] ** 2).sum()), 1e-12), LOOSEST, TIGHTEST)
    return new


def _newton(
    likelihood: Likelihood,
    design: list[np.ndarray],
    outcome: np.ndarray,
    precision: np.ndarray,
    start: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, float]:
    mode = start
    level, slopes, curve = likelihood(_indices(design, mode), outcome)
    worth = level.sum() - 0.5 * precision @ mode**2
    for _ in range(MOST_STEPS):
        system = _information(design, curve) + np.diag(precision)
        uphill = _score(design, slopes) - precision * mode
        step, inverse = _uphill_step(system, uphill)
        if step @ uphill < SETTLED:
            return mode, inverse, float(level.sum())
        length = 1.0
        while True:
            tried = mode + length * step
            level, slopes, curve = likelihood(_indices(design, tried), outcome)
            reached = level.sum() - 0.5 * precision @ tried**2
            if reached >= worth - 1e-10 * abs(worth) or length < 1e-6:
                break
            length /= 2.0
        mode, worth = tried, reached
    raise NotConverged(
        f"the fit did not settle in {MOST_STEPS} steps; drop a column that the others repeat", mode
    )


def _uphill_step(system: np.ndarray, uphill: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Far from the mode the room for a draw can bend the wrong way; damping then keeps the step uphill.
    damp = 0.0
    while True:
        try:
            lower = np.linalg.cholesky(system + damp * np.eye(len(uphill)))
        except np.linalg.LinAlgError:
            damp = max(10.0 * damp, 1e-3)
            continue
        half = solve_triangular(lower, np.eye(len(uphill)), lower=True)
        inverse = half.T @ half
        return inverse @ uphill, inverse


def _indices(design: list[np.ndarray], coefficients: np.ndarray) -> np.ndarray:
    ends = np.cumsum([each.shape[1] for each in design])[:-1]
    parts = np.split(coefficients, ends)
    return np.stack([each @ part for each, part in zip(design, parts, strict=True)], axis=1)


def _score(design: list[np.ndarray], slopes: np.ndarray) -> np.ndarray:
    return np.concatenate([each.T @ slopes[:, at] for at, each in enumerate(design)])


def _information(design: list[np.ndarray], curve: np.ndarray) -> np.ndarray:
    rows = [
        [(left * curve[:, i, j, None]).T @ right for j, right in enumerate(design)]
        for i, left in enumerate(design)
    ]
    return np.block(rows)


def _standardised(columns: Columns, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    values = (columns.values - centre) / scale if columns.intercept else columns.values / scale
    ones = np.ones((len(values), 1 if columns.intercept else 0))
    return np.hstack([ones, values])


def _spread(values: np.ndarray) -> np.ndarray:
    spread = values.std(0)
    return np.where(spread > 1e-12, spread, 1.0)


def _labels(columns: tuple[Columns, ...]) -> np.ndarray:
    labels: list[str] = []
    for at, each in enumerate(columns):
        named = [f"{at}:{label}" if label else "" for label in each.groups]
        labels += ([""] if each.intercept else []) + named
    return np.array(labels)


def _require(columns: tuple[Columns, ...], outcome: np.ndarray) -> None:
    for each in columns:
        if each.values.shape != (len(outcome), len(each.groups)):
            raise DomainError(
                f"expected {len(outcome)} cases by {len(each.groups)} columns, found {each.values.shape}; "
                "give one row an outcome and one group a column"
            )
        if not np.isfinite(each.values).all():
            raise DomainError("a column holds a value that is not finite; fill or drop it before the fit")
