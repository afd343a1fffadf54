"""The one-sector model as tariff games ask for it: answers to tariffs, and exact slopes of welfare.

The slope of welfare in every tariff of an importer comes from one transposed linear solve (the
adjoint), whatever the number of tariffs; docs/trade-answers.md has the derivation.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.core.solution import Solution
from kedge.trade.calibrate import Economy
from kedge.trade.equilibrium import Equilibrium, Found, Prepared, Tariffs, find_point, prepare, restate
from kedge.trade.variant import Variant

if TYPE_CHECKING:
    from kedge.trade.kernels import Slope, Work
    from kedge.trade.model import Response

ByEconomy = Float[np.ndarray, " economy"]


@dataclass(frozen=True)
class OneSector:
    """A calibrated one-sector world that answers tariffs; it fits the protocol `TradeModel`.

    Parameters
    ----------
    prepared
        From `prepare`; `one_sector` makes both at once.
    tolerance
        Largest absolute residual of an answer, see `solve_equilibrium`.

    Examples
    --------
    >>> from kedge.trade.calibrate import calibrate_economy
    >>> world = calibrate_economy(np.array([[0.0, 2.0], [3.0, 0.0]]), np.array([20.0, 30.0]), ["USA", "XRW"])
    >>> model = one_sector(world)
    >>> answer = model.respond(np.array([[0.0, 0.0], [0.2, 0.0]])).unwrap()
    >>> answer.welfare.round(2)
    array([ 2.49, -1.48])
    >>> answer.pull(np.array([1.0, 0.0]), importer=0).round(2)
    array([0.  , 2.04])
    """

    prepared: Prepared
    tolerance: float = 1e-12

    @property
    def iso3(self) -> tuple[str, ...]:
        """Codes, in the order of every axis."""
        return self.prepared.economy.iso3

    @property
    def tariffs(self) -> Tariffs:
        """Tariffs of the baseline: none, since the model counts them from whatever the baseline holds."""
        return np.zeros_like(self.prepared.share)

    @property
    def imports(self) -> Float[np.ndarray, "exporter importer"]:
        """Flows of the baseline before duty, current US$."""
        return self.prepared.economy.flows

    def respond(self, tariffs: Tariffs, near: Response | None = None) -> Solution[OneSectorResponse]:
        """Solve for new tariffs, from `near` if it is an answer of this world.

        Parameters
        ----------
        tariffs : share, ad valorem
            Levels; the diagonal must be zero.
        near
            A response to tariffs near by.  It saves steps and moves the result by no more than the tolerance.

        Raises
        ------
        DomainError
            The tariffs have the wrong shape, fall below -90 %, or are not finite.
        """
        started = time.thread_time()
        start = None
        if isinstance(near, OneSectorResponse) and near.prepared is self.prepared:
            start = near.found.point
        found = find_point(self.prepared, tariffs, start, self.tolerance)
        answer = OneSectorResponse(self.prepared, found)
        spent = time.thread_time() - started
        return Solution(answer, found.status(self.tolerance), found.residual, found.steps, spent)


def one_sector(economy: Economy, variant: Variant | None = None) -> OneSector:
    """Prepare a one-sector world for tariff games.

    Raises
    ------
    DomainError
        As `prepare`.
    """
    return OneSector(prepare(economy, variant))


@dataclass(frozen=True)
class OneSectorResponse:
    """An answer of the one-sector world; the first slope asked for costs a factorisation, others little."""

    prepared: Prepared
    found: Found

    @property
    def welfare(self) -> ByEconomy:
        """Change of real income against the baseline, percent; equals `Outcomes.welfare`."""
        real, _, _, price = self._welfare_parts
        return 100.0 * (real / price - 1.0)

    @property
    def equilibrium(self) -> Equilibrium:
        """Wages, prices, flows and revenue, for `outcomes_of`."""
        return restate(self.prepared, self.found.tariffs, self.found.duties, self.found.point)

    def pull(self, weights: ByEconomy, importer: int) -> Float[np.ndarray, " exporter"]:
        """Give the slope of `weights @ welfare` in each tariff of one importer, percent per unit of tariff.

        Raises
        ------
        DomainError
            `weights` has not one entry an economy, or there is no such importer.
        """
        size = self.prepared.share.shape[0]
        weights = np.ascontiguousarray(weights, dtype=np.float64)
        if weights.shape != (size,) or not 0 <= importer < size:
            raise DomainError(
                f"{size} economies want as many weights and an importer from 0 to {size - 1}, "
                f"got {weights.shape} and {importer}"
            )
        market, labour = self._multipliers(weights)
        world, work, i = self.prepared.world, self._work, importer
        by_gross, by_net, _, _ = self._welfare_slopes
        fall = -1.0 / (1.0 + self.found.tariffs[:, i])
        bought = self._slope.bought[i] * (world.exponent[i] + 1.0) * fall
        share = self._slope.share[i] * world.exponent[i] * fall
        labour_gross, labour_net = self._labour_slopes
        slope = (weights[i] * by_gross[i] - labour[i] * labour_gross[i]) * share
        slope += (weights[i] * by_net[i] - labour[i] * labour_net[i]) * bought
        worth = market / self._earned
        paid = (1.0 - world.local[i]) * (work.output[i] + world.transfers[i])
        slope -= paid * bought * (worth - worth @ self._slope.bought[i])
        slope[i] = 0.0
        return slope

    @cached_property
    def _work(self) -> Work:
        """Sums of the equations at the point found."""
        from kedge.trade.kernels import evaluate, new_work

        point = self.found.point
        work = new_work(point.size // 2)
        evaluate(self.prepared.world, self.found.duties, point, work, np.empty(point.size))
        return work

    @cached_property
    def _slope(self) -> Slope:
        from kedge.trade.kernels import jacobian, new_slope

        slope = new_slope(self.prepared.share.shape[0])
        jacobian(self.prepared.world, self.found.duties, self._work, slope)
        return slope

    @cached_property
    def _spent(self) -> ByEconomy:
        """Spending after the change, in the numeraire of `kernels`."""
        work = self._work
        return (work.output + self.prepared.world.transfers) * work.gross / work.net

    @cached_property
    def _earned(self) -> ByEconomy:
        """What each economy earns: sales of its goods, and of its labour on purchases at home."""
        world, work = self.prepared.world, self._work
        return work.supply * work.sold + world.local * (work.output + world.transfers)

    @cached_property
    def _welfare_parts(self) -> tuple[ByEconomy, ByEconomy, ByEconomy, ByEconomy]:
        """Consumption net of effort, its weight on spending, earnings over the baseline, and prices."""
        world, work = self.prepared.world, self._work
        size = world.income.size
        ease = world.labour / (1.0 + world.labour) * (1.0 - work.relief) * world.income
        lean = world.spending / (world.spending - ease)
        earned = np.exp(self.found.point[size:])
        real = lean * self._spent / world.spending + (1.0 - lean) * earned
        return real, lean, earned, np.exp(work.price)

    @cached_property
    def _welfare_slopes(self) -> tuple[ByEconomy, ByEconomy, ByEconomy, ByEconomy]:
        """Slopes of each welfare in its own log `gross`, log `net`, output and (direct) cost."""
        world, work = self.prepared.world, self._work
        real, lean, earned, price = self._welfare_parts
        taxing = 0.0 if world.lump_sum else 1.0
        ratio = self._spent / world.spending
        by_price = -100.0 * real / price
        lean_relief = -(lean**2) * world.labour / (1.0 + world.labour) * world.income / world.spending
        by_relief = taxing * 100.0 * lean_relief * (ratio - earned) / price
        by_spent = 100.0 * lean * ratio / price
        by_spent += by_relief * self._spent / work.output + by_price * world.wedge
        wage_output = world.psi / (1.0 + world.psi)
        by_output = by_spent * work.output / (work.output + world.transfers)
        by_output += 100.0 * (1.0 - lean) * earned / price
        by_output -= by_relief * (1.0 + work.relief) + by_price * world.wedge * wage_output
        by_cost = -by_price * world.wedge / (1.0 + world.psi)
        return by_spent - by_price / world.elasticity, -by_spent, by_output, by_cost

    @cached_property
    def _labour_slopes(self) -> tuple[ByEconomy, ByEconomy]:
        """Slopes of each labour equation in its own log `gross` and log `net`."""
        world, work = self.prepared.world, self._work
        taxing = 0.0 if world.lump_sum else 1.0
        freed = taxing * self._spent / work.output / (1.0 - work.relief)
        by_spent = world.labour * (world.wedge - freed)
        return by_spent - world.labour / world.elasticity, -by_spent

    @cached_property
    def _factor(self) -> tuple[Any, Any]:
        """Factors of the Jacobian after its diagonal block, labour by output, is eliminated."""
        from scipy.linalg import lu_factor

        slope = self._slope
        thin = slope.market_output / slope.labour_output[0]
        return lu_factor(slope.market_cost - thin @ slope.labour_cost, check_finite=False)

    @cached_property
    def _known(self) -> dict[bytes, tuple[ByEconomy, ByEconomy]]:
        return {}

    def _multipliers(self, weights: ByEconomy) -> tuple[ByEconomy, ByEconomy]:
        """Solve for what a gap in each market and labour equation is worth to `weights @ welfare`."""
        key = weights.tobytes()
        if key not in self._known:
            self._known[key] = self._solve_multipliers(weights)
        return self._known[key]

    def _solve_multipliers(self, weights: ByEconomy) -> tuple[ByEconomy, ByEconomy]:
        from scipy.linalg import lu_solve

        slope, elasticity = self._slope, self.prepared.world.elasticity
        by_gross, by_net, by_output, by_cost = self._welfare_slopes
        drawn = (weights * by_gross) @ slope.share + (weights * by_net) @ slope.bought
        cost, output = weights * by_cost - elasticity * drawn, weights * by_output
        diagonal = slope.labour_output[0]
        market = lu_solve(
            self._factor, cost - (output / diagonal) @ slope.labour_cost, trans=1, check_finite=False
        )
        return market, (output - market @ slope.market_output) / diagonal
