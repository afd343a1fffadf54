"""Ideal points on the published scale: priors, bridges and scale of Bailey, Strezhnev & Voeten (2017)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import UnknownName
from kedge.order.positions import Positions
from kedge.order.published_fast import Resting, find_rest
from kedge.order.published_layout import Ballots, lay_out, signs
from kedge.order.published_sampler import Draws, SamplerPlan, effective_draws, sample, split_r_hat
from kedge.order.roll_calls import RollCalls

OPENING = 1.03
METHODS = ("fast", "exact")
_Z95 = 1.6448536269514722


@dataclass(frozen=True)
class Mixing:
    """What the chains say of themselves; for the fast method, steps alone.

    Parameters
    ----------
    sweeps
        Steps of the fast method, or sweeps of all chains together, burn-in included.
    cpu_seconds
        Of the estimate, all threads together.
    effective
        Independent draws that the stored ones are worth, a state-session; NaN for the fast method.
    r_hat
        Agreement of half chains, near 1; NaN for the fast method.
    accepted : share
        Of proposed cut-points; NaN for the fast method.
    """

    sweeps: int
    cpu_seconds: float
    effective: Float[np.ndarray, "state session"]
    r_hat: Float[np.ndarray, "state session"]
    accepted: float


@dataclass(frozen=True)
class PublishedFit:
    """Positions on the published scale: mean 0 and variance 1 over all state-sessions together.

    Parameters
    ----------
    positions
        Means and spreads; NaN where a state cast no vote that counts.
    median, q05, q95 : standard deviations over all state-sessions
        Quantiles; of the fast method those of a normal.
    method
        `fast` or `exact`.
    mixing
        How far to trust the chains.
    dropped
        What was left out, and how many roll calls or votes.
    """

    positions: Positions
    median: Float[np.ndarray, "state session"]
    q05: Float[np.ndarray, "state session"]
    q95: Float[np.ndarray, "state session"]
    method: str
    mixing: Mixing
    dropped: dict[str, int]

    def table(self) -> pl.DataFrame:
        """List them: iso3, session, year, ideal_point, sd, q05, q95, votes."""
        here = np.isfinite(self.positions.mean)
        frame = self.positions.table()
        return frame.with_columns(pl.Series("q05", self.q05[here]), pl.Series("q95", self.q95[here]))


def estimate_published(
    roll_calls: RollCalls,
    *,
    method: Literal["fast", "exact"] = "fast",
    plan: SamplerPlan | None = None,
    opening: float | None = OPENING,
    poles: tuple[str, str] = ("USA", "RUS"),
) -> PublishedFit:
    """Estimate ideal points as the published ones are estimated.

    Parameters
    ----------
    roll_calls
        Votes; roll calls with one number of text share item parameters (`bridge_texts`).
    method
        `fast` finds the point where the sampler settles on average; `exact` runs the sampler from there.
    plan
        Chains and sweeps of the exact method.
    opening : standard deviations over all state-sessions
        Mean of session 1, which no vote ties to later ones; used only if session 1 is there.  The
        default is read off the published estimates; None leaves it to the algorithm.
    poles
        Two states that fix the sign: the first is on the positive side of the second.

    Returns
    -------
    PublishedFit
        Spreads of the fast method hold the texts' parameters fixed.

    Raises
    ------
    DomainError
        No votes, an unknown vote code, no divided roll call, or poles that do not tell sides apart.
    NotConverged
        The fast method did not come to rest.
    UnknownName
        The method is neither.

    References
    ----------
    Bailey, Strezhnev & Voeten (2017), Estimating Dynamic State Preferences from United Nations Voting
    Data, Journal of Conflict Resolution 61(2), 430-456; Johnson & Albert (1999), Ordinal Data Modeling,
    sections 4.3 and 5.2, for the steps of the sampler.
    """
    if method not in METHODS:
        raise UnknownName("method of the published mode", str(method), METHODS)
    begun = time.process_time()
    ballots = lay_out(roll_calls)
    sign, side = signs(roll_calls, ballots, poles)
    rest = _turned(find_rest(ballots, sign, opening), side)
    if method == "fast":
        return _fast_fit(roll_calls, ballots, rest, begun)
    plan = plan or SamplerPlan()
    return _exact_fit(roll_calls, ballots, (sample(ballots, rest, opening, plan), plan), begun)


def _turned(rest: Resting, side: np.ndarray) -> Resting:
    """Turn the line round if the first pole came out below the second."""
    if rest.mean[side > 0].mean() >= rest.mean[side < 0].mean():
        return rest
    items = rest.items.copy()
    items.slope, items.centre = -items.slope, -items.centre
    return Resting(-rest.raw, -rest.mean, rest.variance, items, rest.steps)


def _grid(roll_calls: RollCalls, ballots: Ballots, values: np.ndarray, empty: float = np.nan) -> np.ndarray:
    sessions = np.unique(ballots.session)
    grid = np.full((len(roll_calls.states), sessions.size), empty)
    grid[ballots.state, np.searchsorted(sessions, ballots.session)] = values
    return grid


def _positions(roll_calls: RollCalls, ballots: Ballots, mean: np.ndarray, sd: np.ndarray) -> Positions:
    return Positions(
        states=roll_calls.states,
        sessions=np.unique(ballots.session),
        mean=_grid(roll_calls, ballots, mean),
        sd=_grid(roll_calls, ballots, sd),
        votes=_grid(roll_calls, ballots, ballots.cast, 0.0).astype(np.int64),
    )


def _fast_fit(roll_calls: RollCalls, ballots: Ballots, rest: Resting, begun: float) -> PublishedFit:
    sd = np.sqrt(rest.variance)
    positions = _positions(roll_calls, ballots, rest.mean, sd)
    unknown = np.full_like(positions.mean, np.nan)
    return PublishedFit(
        positions=positions,
        median=positions.mean,
        q05=positions.mean - _Z95 * positions.sd,
        q95=positions.mean + _Z95 * positions.sd,
        method="fast",
        mixing=Mixing(rest.steps, time.process_time() - begun, unknown, unknown, np.nan),
        dropped=ballots.dropped,
    )


def _exact_fit(
    roll_calls: RollCalls, ballots: Ballots, run: tuple[Draws, SamplerPlan], begun: float
) -> PublishedFit:
    draws, plan = run
    low, middle, high = (
        _grid(roll_calls, ballots, each)
        for each in np.quantile(draws.kept.reshape(-1, draws.mean.size), (0.05, 0.5, 0.95), axis=0)
    )
    return PublishedFit(
        positions=_positions(roll_calls, ballots, draws.mean, draws.sd),
        median=middle,
        q05=low,
        q95=high,
        method="exact",
        mixing=Mixing(
            sweeps=plan.chains * (plan.burn + plan.sweeps),
            cpu_seconds=time.process_time() - begun,
            effective=_grid(roll_calls, ballots, effective_draws(draws.kept)),
            r_hat=_grid(roll_calls, ballots, split_r_hat(draws.kept)),
            accepted=draws.accepted,
        ),
        dropped=ballots.dropped,
    )
