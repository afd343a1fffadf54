"""What an estimated reaction implies for allies' effort when the patron's effort or presence falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.security.reaction import Reaction

_MOST = 50.0
# Beyond this change of a logarithm no number means anything, and sums would overflow.

States = Float[np.ndarray, " state"]


@dataclass(frozen=True)
class Impulse:
    """Something that happens to every state's effort, times a coefficient that was estimated.

    Parameters
    ----------
    name
        Coefficient that it works through: `allies`, or a driver of the reaction.
    size : unit of the driver
        For each state; for `allies`, the change of its average over allies.
    """

    name: str
    size: States


HORIZONS = ("year", "decade", "settled")
"""After one year, after ten, and when nothing moves any more."""
_YEARS = 10


@dataclass(frozen=True)
class Response:
    """Changes of effort in logs, with the draws that the coefficients' covariance gives.

    Parameters
    ----------
    change
        [horizon, state], in the order of `HORIZONS`, at the estimated coefficients; NaN for what
        never settles.
    draws
        [horizon, draw, state]: the same at drawn coefficients; NaN for what never settles.
    unstable : share
        Of draws in which effort never settles.
    """

    change: Float[np.ndarray, "horizon state"]
    draws: Float[np.ndarray, "horizon draw state"]
    unstable: float

    def interval(self) -> Float[np.ndarray, "end horizon state"]:
        """Give the 5th and 95th percentile of every change; what never settles is left out."""
        return _ends(self.draws, 1)

    def made_good(self, spending: States, withdrawn: float) -> Float[np.ndarray, "value horizon"]:
        """Say which share of what is withdrawn all states together make good: estimate, 5 %, 95 %.

        Parameters
        ----------
        spending : money
            Of each state before; zero for whoever should not count.
        withdrawn : same money
            What the patron no longer spends.
        """
        drawn = np.expm1(np.minimum(self.draws, _MOST)) @ spending
        centre = np.expm1(np.minimum(self.change, _MOST)) @ spending
        return np.vstack([centre[None], _ends(drawn, 1)]) / withdrawn


def _ends(values: np.ndarray, axis: int) -> np.ndarray:
    # A horizon that no draw reaches has no percentiles, which is not worth a warning.
    blank = np.isnan(values).all(axis=axis, keepdims=True)
    ends = np.nanquantile(np.where(blank, 0.0, values), [0.05, 0.95], axis=axis)
    return np.where(np.squeeze(blank, axis=axis), np.nan, ends)


def effort_response(
    reaction: Reaction,
    impulse: Impulse,
    weights: Float[np.ndarray, "state state"],
    rng: np.random.Generator,
    draws: int = 4000,
) -> Response:
    """Work out how efforts change after an impulse, allies reacting to one another.

    `d_t = (I - rho W)^-1 (b z + phi d_t-1)`, from no change, for an impulse that stays.

    Parameters
    ----------
    reaction
        Its coefficients are drawn from a t law with one degree of freedom less than clusters.
    impulse
        b is its coefficient, z its size.
    weights
        W: rows sum to one or less; rows of zeros for whoever does not react, and columns of zeros
        for whoever is given; all zeros for the direct response, others' efforts as they were.
    rng
        Source of chance.
    draws
        Number of draws.

    Returns
    -------
    Response

    Raises
    ------
    DomainError
        No coefficient of that name.
    """
    if impulse.name not in reaction.names:
        raise DomainError(f"no coefficient {impulse.name!r}; known: {', '.join(reaction.names)}")
    at = [0, 1, reaction.names.index(impulse.name)]
    centre, covariance = reaction.fit.coefficients[at], reaction.fit.covariance[np.ix_(at, at)]
    noise = rng.standard_normal((draws, 3)) @ _root(covariance).T
    freedom = max(reaction.fit.clusters - 1, 1)
    drawn = centre + noise / np.sqrt(rng.chisquare(freedom, (draws, 1)) / freedom)
    found = np.stack([_path(row, impulse, weights) for row in drawn], axis=1)
    return Response(_path(centre, impulse, weights), found, float(np.isnan(found[2, :, 0]).mean()))


def _path(
    coefficients: np.ndarray, impulse: Impulse, weights: np.ndarray
) -> Float[np.ndarray, "horizon state"]:
    """Follow efforts for ten years, and to rest if they come to rest."""
    rho, phi, through = coefficients
    states = len(weights)
    push = through * impulse.size
    answer = np.linalg.inv(np.eye(states) - rho * weights)
    first = moved = answer @ push
    for _ in range(_YEARS - 1):
        moved = answer @ (push + phi * moved)
    # No root of W is above its largest sum along a row.
    most = float(np.abs(weights).sum(axis=1).max(initial=0.0))
    if abs(phi) + most * abs(rho) >= 1.0:
        return np.stack([first, moved, np.full(states, np.nan)])
    return np.stack([first, moved, np.linalg.solve((1.0 - phi) * np.eye(states) - rho * weights, push)])


def _root(covariance: np.ndarray) -> np.ndarray:
    # The same coefficient may be asked for twice, which leaves the covariance without full rank.
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))
