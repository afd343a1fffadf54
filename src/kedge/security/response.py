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


@dataclass(frozen=True)
class Response:
    """Changes of effort in logs, with the interval that the coefficients' covariance gives.

    Parameters
    ----------
    short, long
        In the year of the impulse, and when effort has settled; at the estimated coefficients.
    short_draws, long_draws
        [draw, state]: the same at coefficients drawn from their covariance.
    unstable : share
        Of draws in which effort would never settle; they are left out.
    """

    short: States
    long: States
    short_draws: Float[np.ndarray, "draw state"]
    long_draws: Float[np.ndarray, "draw state"]
    unstable: float

    def made_good(self, spending: States, withdrawn: float) -> dict[str, tuple[float, float, float]]:
        """Say which share of what is withdrawn all states together make good: estimate, 5 %, 95 %.

        Parameters
        ----------
        spending : money
            Of each state before; zero for whoever should not count.
        withdrawn : same money
            What the patron no longer spends.
        """
        found: dict[str, tuple[float, float, float]] = {}
        for when, centre, drawn in (
            ("short", self.short, self.short_draws),
            ("long", self.long, self.long_draws),
        ):
            low, high = np.quantile(np.expm1(np.minimum(drawn, _MOST)) @ spending, [0.05, 0.95])
            at = float(np.expm1(centre) @ spending)
            found[when] = (at / withdrawn, float(low) / withdrawn, float(high) / withdrawn)
        return found


def effort_response(
    reaction: Reaction,
    impulse: Impulse,
    weights: Float[np.ndarray, "state state"],
    rng: np.random.Generator,
    draws: int = 4000,
) -> Response:
    """Work out how efforts change after an impulse, allies reacting to one another.

    In the year: `d = (I - rho W)^-1 b z`; settled, with rho and b divided by 1 - phi.

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
        No coefficient of that name, or the estimate itself never settles.
    """
    if impulse.name not in reaction.names:
        raise DomainError(f"no coefficient {impulse.name!r}; known: {', '.join(reaction.names)}")
    at = [0, 1, reaction.names.index(impulse.name)]
    centre, covariance = reaction.fit.coefficients[at], reaction.fit.covariance[np.ix_(at, at)]
    most = float(np.abs(weights).sum(axis=1).max(initial=0.0))
    if not _settles(centre, most):
        raise DomainError(
            f"effort never settles: reaction {centre[0]:.2f} a year, lag {centre[1]:.2f}; "
            "take a longer period or a larger group"
        )
    noise = rng.standard_normal((draws, 3)) @ _root(covariance).T
    freedom = max(reaction.fit.clusters - 1, 1)
    drawn = centre + noise / np.sqrt(rng.chisquare(freedom, (draws, 1)) / freedom)
    stable = np.array([row for row in drawn if _settles(row, most)])
    if len(stable) < 20:
        raise DomainError("effort settles in hardly any draw of the coefficients: nothing can be said")
    short, long = (
        np.array([_solve(row, impulse, weights, late) for row in stable]) for late in (False, True)
    )
    return Response(
        _solve(centre, impulse, weights, False),
        _solve(centre, impulse, weights, True),
        short,
        long,
        1.0 - len(stable) / draws,
    )


def _settles(coefficients: np.ndarray, most: float) -> bool:
    # No root of W is above its largest sum along a row.
    rho, phi = coefficients[:2]
    return bool(abs(phi) + most * abs(rho) < 1.0)


def _solve(coefficients: np.ndarray, impulse: Impulse, weights: np.ndarray, late: bool) -> States:
    rho, phi, through = coefficients
    gap = 1.0 - phi if late else 1.0
    system = np.eye(len(weights)) - rho / gap * weights
    return np.linalg.solve(system, through / gap * impulse.size)


def _root(covariance: np.ndarray) -> np.ndarray:
    # The same coefficient may be asked for twice, which leaves the covariance without full rank.
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))
