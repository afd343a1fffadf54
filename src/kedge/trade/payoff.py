"""What a player's rates bring it, with everyone else's tariffs as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from kedge.core.errors import DomainError, NotConverged
from kedge.trade.levers import Levers, Rates, Tariffs, spending_weights
from kedge.trade.model import Response, TradeModel


@dataclass(frozen=True)
class Payoff:
    """Objective of one player as a function of its rates.

    Parameters
    ----------
    against : share, ad valorem
        Tariffs of everyone; the levers' cells are overwritten.
    weights
        The objective is `weights @ welfare`, percent.

    Notes
    -----
    Searches work in coordinates `rates * scale` with `scale` the square root of each lever's share of
    the imports under all levers: there the objective curves about equally in all directions.
    """

    model: TradeModel
    levers: Levers
    against: Tariffs
    weights: Float[np.ndarray, " economy"]

    @cached_property
    def scale(self) -> Rates:
        """Rates times this are the coordinates that searches work in."""
        return np.sqrt(self.levers.weight / self.levers.weight.sum())

    @cached_property
    def unit(self) -> float:
        """Percent of welfare that a tariff of one would cost if it were a tax of that much on all imports."""
        return 100.0 * float(self.levers.weight.sum())

    def look(self, rates: Rates, near: Look | None = None) -> Look:
        """Solve the world at these rates."""
        rates = np.asarray(rates, dtype=np.float64)
        start = None if near is None or not near.is_solved else near.answer
        solution = self.model.respond(self.levers.lay(rates, self.against), start)
        solved = solution.status == "converged"
        return Look(self, rates, solution.value, solved, solution.residual)


@dataclass(frozen=True)
class Look:
    """One point of a payoff, with its slope worked out when asked for."""

    payoff: Payoff
    rates: Rates
    answer: Response
    is_solved: bool
    residual: float

    @cached_property
    def value(self) -> float:
        """Objective, percent; minus infinity where the world was not solved, so that searches turn back."""
        return float(self.payoff.weights @ self.answer.welfare) if self.is_solved else -np.inf

    @cached_property
    def slope(self) -> Rates:
        """Slope of the objective in each rate, percent per unit of tariff."""
        return self.payoff.levers.slope(self.answer, self.payoff.weights)

    @cached_property
    def steepest(self) -> Rates:
        """Slope in the coordinates of the search, over `Payoff.unit`: a number without unit."""
        return self.slope / (self.payoff.scale * self.payoff.unit)

    @cached_property
    def is_free(self) -> Bool[np.ndarray, " lever"]:
        """Whether a rate may move the way its slope points, or either way."""
        levers = self.payoff.levers
        low = (self.rates <= levers.low) & (self.steepest <= 0.0)
        return ~(low | ((self.rates >= levers.high) & (self.steepest >= 0.0)))

    @cached_property
    def gap(self) -> float:
        """Norm of the slope along the rates that are free, scaled; zero at an optimum."""
        return float(np.linalg.norm(self.steepest[self.is_free]))


def make_payoff(
    model: TradeModel,
    levers: Levers,
    against: Tariffs | None = None,
    weights: Float[np.ndarray, " economy"] | None = None,
) -> Payoff:
    """Put a player's objective together.

    Parameters
    ----------
    against : share, ad valorem
        Everyone's tariffs; the baseline's where left out.
    weights
        Of welfare; the player's members by baseline spending where left out.

    Raises
    ------
    DomainError
        Shapes do not fit, or a weight is not finite.
    NotConverged
        The model has no answer to `against`.
    """
    base = np.asarray(model.tariffs if against is None else against, dtype=np.float64)
    if base.shape != np.asarray(model.imports).shape:
        raise DomainError(
            f"tariffs should have the model's shape {np.asarray(model.imports).shape}, got {base.shape}"
        )
    if weights is None:
        weights = spending_weights(model, levers.player.members)
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (len(model.iso3),) or not np.isfinite(weights).all() or not weights.any():
        raise DomainError(f"{len(model.iso3)} economies want as many finite weights, not all zero")
    payoff = Payoff(model, levers, base, weights)
    if against is not None:
        solution = model.respond(base)
        if solution.status != "converged":
            raise NotConverged(
                f"the model ended {solution.status} at the tariffs given; smaller ones may work", solution
            )
    return payoff
