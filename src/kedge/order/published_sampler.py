"""The authors' sampler, warm-started: chains, and what they say of their own mixing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.order.published_fast import Resting
from kedge.order.published_layout import Ballots
from kedge.order.published_sweep import CUT_RANGE, sweep_texts

PARTS = 4
FARTHEST = 5.0
_REACH = 1.5


@dataclass(frozen=True)
class SamplerPlan:
    """How long and from where to sample.

    Parameters
    ----------
    chains
        Chains of their own, each with its own streams of chance.
    burn, sweeps
        Sweeps of each chain that are thrown away, and kept.
    thin
        A draw is stored every so many sweeps.
    seed
        Same seed, same result to the last bit, on any number of threads.
    scatter : standard deviations over all seats
        Noise on the starting positions, to test that starts are forgotten.
    """

    chains: int = 2
    burn: int = 500
    sweeps: int = 2500
    thin: int = 10
    seed: int = 1946
    scatter: float = 0.0


@dataclass(frozen=True)
class Draws:
    """What the chains left behind.

    Parameters
    ----------
    mean, sd : standard deviations over all seats
        Of each seat; means of the conditional means, spreads by the law of total variance.
    kept : same unit
        Stored draws.
    accepted : share
        Of proposed cut-points.
    """

    mean: Float[np.ndarray, " seat"]
    sd: Float[np.ndarray, " seat"]
    kept: Float[np.ndarray, "chain draw seat"]
    accepted: float


class _Chain:
    """State of one chain between sweeps."""

    def __init__(
        self, ballots: Ballots, rest: Resting, opening: float | None, key: tuple[SamplerPlan, int]
    ) -> None:
        plan, number = key
        self.ballots, self.opening = ballots, opening
        self.rng = np.random.default_rng([plan.seed, number])
        self.seed, self.count = int(self.rng.integers(2**62)), 0
        noise = plan.scatter * self.rng.standard_normal(rest.mean.size)
        self.raw, self.position = rest.raw + noise, rest.mean + noise
        sizes = np.diff(ballots.bounds[:, [0, 3]], axis=1)[:, 0]
        ends = np.cumsum(sizes)
        self.parts = np.searchsorted(ends, np.linspace(0, ends[-1], PARTS + 1))
        self.parts[0], self.parts[-1] = 0, ends.size
        gap = np.where(rest.items.low == rest.items.high, 1e-3, 0.0)
        low = np.clip(rest.items.low - gap, -CUT_RANGE + 0.01, CUT_RANGE - 0.02)
        high = np.clip(rest.items.high + gap, low + 1e-6, CUT_RANGE - 0.01)
        self.items = (rest.items.slope.copy(), low, high, _REACH / np.sqrt(sizes), np.zeros(ends.size))
        self.sums = (np.zeros((PARTS, self.raw.size)), np.zeros((PARTS, self.raw.size)))
        self._draw_items()

    def _draw_items(self) -> None:
        self.count += 1
        votes = (self.ballots.seat, self.ballots.bounds)
        sweep_texts((self.seed, self.count), self.parts, votes, self.position, self.items, self.sums)

    def advance(self) -> tuple[np.ndarray, np.ndarray]:
        """Draw positions, then items; give conditional means and variances on the fixed scale."""
        b = self.ballots
        precision = 1.0 / b.variance
        lagged = np.where(b.lag >= 0, self.raw[b.lag], 0.0)
        variance = 1.0 / (self.sums[1].sum(0) + precision)
        self.raw = variance * (self.sums[0].sum(0) + lagged * precision)
        if self.opening is not None and b.opening.size:
            self.raw[b.opening] += self.opening - self.raw[b.opening].mean()
        drawn = self.raw + np.sqrt(variance) * self.rng.standard_normal(variance.size)
        drawn = np.clip(drawn, -FARTHEST, FARTHEST)
        centre, scale = drawn.mean(), drawn.std(ddof=1)
        self.position = (drawn - centre) / scale
        self._draw_items()
        return (self.raw - centre) / scale, variance / scale**2


def sample(ballots: Ballots, rest: Resting, opening: float | None, plan: SamplerPlan) -> Draws:
    """Run the chains one after another, each sweep on all threads.

    Parameters
    ----------
    ballots
        Votes laid out.
    rest
        Where to start.
    opening : standard deviations over all seats
        Mean of session 1, or None to leave it open.
    plan
        How long.
    """
    seats = rest.mean.size
    first, second, inner = np.zeros(seats), np.zeros(seats), np.zeros(seats)
    kept = np.empty((plan.chains, plan.sweeps // plan.thin, seats), np.float32)
    accepted = 0.0
    for number in range(plan.chains):
        chain = _Chain(ballots, rest, opening, (plan, number))
        for _ in range(plan.burn):
            chain.advance()
        for at in range(plan.sweeps):
            mean, variance = chain.advance()
            first += mean
            second += mean**2
            inner += variance
            if at % plan.thin == plan.thin - 1:
                kept[number, at // plan.thin] = chain.position
        accepted += float(chain.items[4].mean()) / chain.count / plan.chains
    total = plan.chains * plan.sweeps
    mean = first / total
    spread = np.sqrt(inner / total + np.maximum(second / total - mean**2, 0.0))
    return Draws(mean=mean, sd=spread, kept=kept, accepted=accepted)


def split_r_hat(kept: Float[np.ndarray, "chain draw seat"]) -> Float[np.ndarray, " seat"]:
    """Compare halves of chains: near 1 where they agree.

    References
    ----------
    Gelman & Rubin (1992), Statistical Science 7(4); halves as in Gelman et al. (2013), Bayesian Data
    Analysis, 3rd edition, section 11.4.
    """
    half = kept.shape[1] // 2
    if half < 2:
        return np.full(kept.shape[2], np.nan)
    halves = np.concatenate((kept[:, :half], kept[:, half : 2 * half])).astype(float)
    within = halves.var(axis=1, ddof=1).mean(0)
    between = halves.mean(1).var(axis=0, ddof=1)
    return np.sqrt((half - 1) / half + between / within)


def effective_draws(kept: Float[np.ndarray, "chain draw seat"]) -> Float[np.ndarray, " seat"]:
    """Count the independent draws that the stored ones are worth.

    References
    ----------
    Geyer (1992), Statistical Science 7(4): sums of pairs of autocorrelations, until one is negative.
    """
    chains, draws, seats = kept.shape
    if draws < 4:
        return np.full(seats, np.nan)
    off = kept.astype(float) - kept.mean(axis=(0, 1), dtype=float)
    wave = np.fft.rfft(off, 2 * draws, axis=1)
    lagged = np.fft.irfft((wave * wave.conj()).real.mean(0), axis=0)[:draws]
    lagged /= np.maximum(lagged[0], 1e-300)
    pairs = lagged[0 : draws - draws % 2 : 2] + lagged[1::2][: draws // 2]
    going = np.logical_and.accumulate(pairs > 0.0, axis=0)
    length = np.maximum(2.0 * (pairs * going).sum(0) - 1.0, 1.0)
    return chains * draws / length
