"""Exact Bayesian change points of a Poisson rate, by dynamic programming over all divisions of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError

NEVER = -np.inf
SLIGHT = 1e-7
GRID = 240


@dataclass(frozen=True)
class ChangeSettings:
    """Priors of rates and of changes.

    Parameters
    ----------
    most
        Most changes considered.
    another : probability
        Each further change is this likely against one fewer, before the data.
    shape
        Shape of the Gamma prior of each period's rate; 1 is the exponential.
    mean : events a year
        Mean of that prior; by default the rate over the whole span.
    shortest : cells
        Least length of a period.
    """

    most: int = 5
    another: float = 0.5
    shape: float = 1.0
    mean: float | None = None
    shortest: int = 1


@dataclass(frozen=True)
class Changes:
    """Posterior of changes in a rate.

    Parameters
    ----------
    number : probability
        Of 0, 1, … changes.
    at : probability
        That the rate changed at the start of each cell; zero for the first.
    best
        Cells at whose start it changed, in the most probable division with the most probable number.
    rate, low, high : events a year
        Posterior mean and interval of the rate in each cell, over all divisions.
    log_evidence
        Logarithm of the probability of the counts, by number of changes.
    """

    number: Float[np.ndarray, " changes"]
    at: Float[np.ndarray, " cell"]
    best: tuple[int, ...]
    rate: Float[np.ndarray, " cell"]
    low: Float[np.ndarray, " cell"]
    high: Float[np.ndarray, " cell"]
    log_evidence: Float[np.ndarray, " changes"]


def find_changes(
    counts: Sequence[int],
    years: Sequence[float],
    settings: ChangeSettings | None = None,
    level: float = 0.9,
) -> Changes:
    """Work out when the rate of a Poisson process changed, summing over every division into periods.

    A period from cell i to j with n events in T years has marginal likelihood
    `b^a / Gamma(a) * Gamma(a + n) / (b + T)^(a + n)` times factors that no division changes.  With k
    changes every division is as likely as any other; sums over divisions are built up cell by cell, so
    that nothing is sampled or approximated.

    Parameters
    ----------
    counts : events
        In each cell of time.
    years
        Length of each cell.
    settings
        Priors; see `ChangeSettings`.
    level : probability
        Of the interval of the rate.

    Raises
    ------
    DomainError
        No cells, lengths that do not match, or a setting out of range.

    References
    ----------
    Fearnhead (2006), Statistics and Computing 16(2), 203-213; Chib (1998), Journal of
    Econometrics 86(2); Gamma-Poisson likelihood as in Raftery & Akman (1986), Biometrika 73(1).
    """
    chosen = settings or ChangeSettings()
    events, lengths = np.asarray(counts, float), np.asarray(years, float)
    _check(events, lengths, chosen)
    overall = max(events.sum(), 0.5) / lengths.sum()
    prior = chosen.shape, chosen.shape / (chosen.mean or overall)
    likelihood = _segments(events, lengths, prior, chosen.shortest)
    cells = events.size
    most = min(chosen.most, cells // chosen.shortest - 1)
    ahead = _forward(likelihood, most)
    behind = _forward(likelihood[::-1, ::-1].T, most)[:, ::-1]
    # Number of divisions of the cells into k + 1 periods of at least the shortest length.
    ways = np.array([math.comb(cells - (k + 1) * (chosen.shortest - 1) - 1, k) for k in range(most + 1)])
    evidence = ahead[1:, cells] - np.log(ways)
    posterior = evidence + np.arange(most + 1) * math.log(chosen.another)
    number = np.exp(posterior - _log_sum(posterior))
    weight = _period_weights(likelihood, ahead, behind, number)
    rate, low, high = _rates(weight, events, lengths, prior, level)
    best = _best_division(likelihood, int(np.argmax(number)))
    at = weight.sum(axis=1)
    at[0] = 0.0
    return Changes(number, at, best, rate, low, high, evidence)


def rate_interval(
    events: float, years: float, prior: tuple[float, float], level: float
) -> tuple[float, float, float]:
    """Give mean and equal-tailed interval of Gamma(a + n, b + T), events a year."""
    from scipy.special import gammaincinv

    shape, exposure = prior[0] + events, prior[1] + years
    low, high = (float(gammaincinv(shape, tail)) / exposure for tail in ((1 - level) / 2, (1 + level) / 2))
    return shape / exposure, low, high


def _segments(
    events: np.ndarray, years: np.ndarray, prior: tuple[float, float], shortest: int
) -> Float[np.ndarray, "first last"]:
    """Log marginal likelihood of a period from one cell to another, both included."""
    from scipy.special import gammaln

    shape, scale = prior
    sums = np.concatenate([[0.0], events.cumsum()]), np.concatenate([[0.0], years.cumsum()])
    number, exposure = (each[None, 1:] - each[:-1, None] for each in sums)
    length = np.arange(events.size)[None, :] - np.arange(events.size)[:, None] + 1
    possible = length >= shortest
    number, exposure = np.where(possible, number, 0.0), np.where(possible, exposure, 0.0)
    value = (
        shape * math.log(scale)
        - gammaln(shape)
        + gammaln(shape + number)
        - (shape + number) * np.log(scale + exposure)
    )
    return np.where(possible, value, NEVER)


def _forward(likelihood: np.ndarray, most: int) -> Float[np.ndarray, "periods end"]:
    """Log of the sum, over divisions of the first cells into so many periods, of their likelihoods."""
    cells = likelihood.shape[0]
    table = np.full((most + 2, cells + 1), NEVER)
    table[0, 0] = 0.0
    for periods in range(1, most + 2):
        joined = table[periods - 1, :cells, None] + likelihood
        table[periods, 1:] = _log_sum(joined, axis=0)
    return table


def _period_weights(
    likelihood: np.ndarray, ahead: np.ndarray, behind: np.ndarray, number: np.ndarray
) -> Float[np.ndarray, "first last"]:
    """Posterior probability that a period runs from one cell to another."""
    weight = np.zeros_like(likelihood)
    for changes, share in enumerate(number):
        total = ahead[changes + 1, -1]
        for before in range(changes + 1):
            left, right = ahead[before, :-1], behind[changes - before, 1:]
            weight += share * np.exp(left[:, None] + likelihood + right[None, :] - total)
    return weight


def _rates(
    weight: np.ndarray, events: np.ndarray, years: np.ndarray, prior: tuple[float, float], level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and interval of the rate in each cell: a mixture of Gammas over the periods that hold it."""
    from scipy.special import gammainc

    # Periods below this probability move no quantile that is printed, nor a mean.
    first, last = np.nonzero(weight > SLIGHT)
    share = weight[first, last]
    sums = np.concatenate([[0.0], events.cumsum()]), np.concatenate([[0.0], years.cumsum()])
    shape = prior[0] + sums[0][last + 1] - sums[0][first]
    exposure = prior[1] + sums[1][last + 1] - sums[1][first]
    cells = events.size
    # From below every period's rate to above it, so that the ends of the interval lie in between.
    top = float(((shape + 8.0 * np.sqrt(shape) + 15.0) / exposure).max())
    bottom = 1e-3 * float((shape / exposure).min())
    grid = np.geomspace(bottom, top, GRID)
    # A period's part is added at its first cell and taken away after its last; running sums do the rest.
    steps = np.zeros((cells + 1, GRID + 2))
    for start in range(cells):
        here = first == start
        below = gammainc(shape[here, None], exposure[here, None] * grid)
        columns = [below, (shape[here] / exposure[here])[:, None], np.ones((int(here.sum()), 1))]
        part = share[here, None] * np.concatenate(columns, axis=1)
        steps[start] += part.sum(axis=0)
        np.add.at(steps, last[here] + 1, -part)
    running = steps[:-1].cumsum(axis=0)
    running /= running[:, -1:]
    tails = (1 - level) / 2, (1 + level) / 2
    ends = np.array([np.interp(tails, row[:GRID], grid) for row in running])
    return running[:, GRID], ends[:, 0], ends[:, 1]


def _best_division(likelihood: np.ndarray, changes: int) -> tuple[int, ...]:
    cells = likelihood.shape[0]
    best = np.full((changes + 2, cells + 1), NEVER)
    origin = np.zeros((changes + 2, cells + 1), int)
    best[0, 0] = 0.0
    for periods in range(1, changes + 2):
        joined = best[periods - 1, :cells, None] + likelihood
        origin[periods, 1:] = joined.argmax(axis=0)
        best[periods, 1:] = joined.max(axis=0)
    starts, end = [], cells
    for periods in range(changes + 1, 0, -1):
        end = int(origin[periods, end])
        starts.append(end)
    return tuple(sorted(starts))[1:]


def _log_sum(values: np.ndarray, axis: int | None = None) -> np.ndarray:
    from scipy.special import logsumexp

    with np.errstate(divide="ignore"):
        return np.asarray(logsumexp(values, axis=axis))


def _check(events: np.ndarray, years: np.ndarray, settings: ChangeSettings) -> None:
    if events.size == 0 or events.shape != years.shape:
        raise DomainError(f"each cell of time needs a count and a length: {events.size} and {years.size}")
    if events.min() < 0 or years.min() <= 0:
        raise DomainError("counts should not be negative, and every cell should last longer than nothing")
    fine = (
        settings.most >= 0,
        0.0 < settings.another <= 1.0,
        min(settings.shape, settings.mean or settings.shape) > 0.0,
        1 <= settings.shortest <= events.size,
    )
    if not all(fine):
        raise DomainError(
            "most changes should not be negative, another lie in (0, 1], shape and mean be positive, and "
            f"the shortest period be between 1 and {events.size} cells"
        )
