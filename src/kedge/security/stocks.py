"""Stocks of munitions under surge demand, apart and with a common standard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from numba import njit
from scipy import special

from kedge.core.errors import DomainError

Partners = Float[np.ndarray, " partner"]
Tail = Literal["normal", "lognormal", "pareto"]


@dataclass(frozen=True)
class Surge:
    """How hard a war falls on each partner, around what is expected.

    Every partner's demand is what it expects times an intensity of mean one (for `normal`, before
    negative draws are set to zero), drawn once a war.

    Parameters
    ----------
    tail
        Law of the intensity.
    spread
        Standard deviation of its logarithm (`lognormal`), its standard deviation (`normal`); the
        tail index alpha, above 1 (`pareto`: from (alpha - 1) / alpha upwards).
    correlation : 0 to 1
        Of the normal scores behind the intensities, by one common factor: 1 is one war for all.
    """

    tail: Tail
    spread: float
    correlation: float


@dataclass(frozen=True)
class Stockpile:
    """What partners hold, make and need.

    Parameters
    ----------
    stock : units
    production, demand : units a week
        Demand is what is expected in a war.
    transferable : share, 0 to 1
        Of stock and output that each may send to others in all.
    delay : weeks
        From sending to arrival.
    """

    stock: Partners
    production: Partners
    demand: Partners
    transferable: Partners
    delay: int


@dataclass(frozen=True)
class Depletion:
    """What happened in all draws.

    Parameters
    ----------
    needed, served : units
        Over all weeks, means over draws, by partner.
    first_want : week, from 1
        [draw, partner]: first week in which demand was not met; weeks + 1 if always met.
    unmet : units
        By draw, over all weeks and partners.
    shares : share
        Of each partner's demand that was met, mean over draws; one where there was no demand.
    total_share : share
        The same of all partners' demand.
    weeks
        How long each draw ran.
    """

    needed: Partners
    served: Partners
    first_want: Int[np.ndarray, "draw partner"]
    unmet: Float[np.ndarray, " draw"]
    shares: Partners
    total_share: float
    weeks: int

    @property
    def fill_rate(self) -> float:
        """Mean demand met over mean demand; with a heavy tail, `total_share` is the steadier figure."""
        total = self.needed.sum()
        return float(self.served.sum() / total) if total > 0.0 else 1.0

    def stockout_odds(self, partners: list[int] | None = None) -> Float[np.ndarray, " week"]:
        """Give the chance that one of the partners (all by default) has been in want by each week."""
        chosen = self.first_want if partners is None else self.first_want[:, partners]
        weeks = np.arange(1, self.weeks + 1)
        return np.searchsorted(np.sort(chosen.min(axis=1)), weeks, side="right") / len(chosen)


def draw_intensity(
    surge: Surge, partners: int, draws: int, rng: np.random.Generator
) -> Float[np.ndarray, "draw partner"]:
    """Draw how hard wars fall on partners: mean one, one common factor.

    Raises
    ------
    DomainError
        A correlation outside 0 to 1, a spread below 0, or a tail index of 1 or less.
    """
    if not 0.0 <= surge.correlation <= 1.0:
        raise DomainError(f"the correlation should lie between 0 and 1, is {surge.correlation}")
    common = rng.standard_normal((draws, 1))
    own = rng.standard_normal((draws, partners))
    score = np.sqrt(surge.correlation) * common + np.sqrt(1.0 - surge.correlation) * own
    if surge.tail == "pareto":
        if surge.spread <= 1.0:
            raise DomainError(f"the tail index should be above 1, is {surge.spread}: no mean below that")
        least = (surge.spread - 1.0) / surge.spread
        return least * special.ndtr(-score) ** (-1.0 / surge.spread)
    if surge.spread < 0.0:
        raise DomainError(f"the spread should not be negative, is {surge.spread}")
    if surge.tail == "lognormal":
        return np.exp(surge.spread * score - 0.5 * surge.spread**2)
    return np.maximum(0.0, 1.0 + surge.spread * score)


def run_stocks(
    pile: Stockpile, intensity: Float[np.ndarray, "draw partner"], standard: float, weeks: int
) -> Depletion:
    """Run stocks down week by week, each partner serving itself first, then others.

    A partner that would be in want when help could arrive asks for it; those with more than they
    need until then send, in proportion, up to what they may.  Demand not met in its week is lost.

    Parameters
    ----------
    pile
        Stocks, output, demand, shares that may be sent, delay.
    intensity
        From `draw_intensity`.
    standard : share, 0 to 1
        Of what may be sent that fits others' weapons: 0 keeps stocks apart.
    weeks
        How long a war lasts.

    Raises
    ------
    DomainError
        A share outside 0 to 1, or a negative quantity.
    """
    shares = np.append(pile.transferable, standard)
    if np.any(shares < 0.0) or np.any(shares > 1.0):
        raise DomainError("the standard and shares that may be sent should lie between 0 and 1")
    amounts = (pile.stock, pile.production, pile.demand)
    if any(np.any(amount < 0.0) for amount in amounts) or pile.delay < 0 or weeks < 1:
        raise DomainError("stocks, output, demand and delay should not be negative, and weeks at least 1")
    stock, production, demand = (np.asarray(amount, dtype=np.float64) for amount in amounts)
    share = np.asarray(pile.transferable * standard, dtype=np.float64)
    wars = np.ascontiguousarray(intensity, dtype=np.float64)
    served, first, unmet, shares = _run(stock, production, demand, share, wars, pile.delay, weeks)
    needed = weeks * demand * wars
    total = needed.sum(axis=1)
    met = 1.0 - np.divide(unmet, total, out=np.zeros_like(unmet), where=total > 0.0)
    return Depletion(needed.mean(axis=0), served, first, unmet, shares, float(met.mean()), weeks)


@njit(cache=True, error_model="numpy")
def _run(stock0, production, demand, share, intensity, delay, weeks):
    draws, partners = intensity.shape
    served, shares, got = np.zeros(partners), np.zeros(partners), np.empty(partners)
    first = np.full((draws, partners), weeks + 1, dtype=np.int32)
    unmet = np.zeros(draws)
    stock, sent, coming = np.empty(partners), np.empty(partners), np.empty((delay + 1, partners))
    wants, balances = np.empty(partners), np.empty(partners)
    for d in range(draws):
        stock[:] = stock0
        sent[:] = 0.0
        coming[:] = 0.0
        got[:] = 0.0
        for week in range(weeks):
            slot = week % (delay + 1)
            for j in range(partners):
                stock[j] += production[j] + coming[slot, j]
                coming[slot, j] = 0.0
                wants[j] = demand[j] * intensity[d, j]
            # What would arrive after the war helps nobody.
            if week + delay < weeks:
                _share_out(stock, sent, coming, wants, balances, (stock0, production, share, week, delay))
            for j in range(partners):
                met = min(stock[j], wants[j])
                stock[j] -= met
                got[j] += met
                # Rounding in what is shared out is no want.
                if wants[j] - met > 1e-9 * wants[j]:
                    unmet[d] += wants[j] - met
                    first[d, j] = min(first[d, j], week + 1)
        for j in range(partners):
            served[j] += got[j]
            shares[j] += min(1.0, got[j] / (weeks * wants[j])) if wants[j] > 0.0 else 1.0
    return served / draws, first, unmet, shares / draws


@njit(cache=True, error_model="numpy")
def _share_out(stock, sent, coming, wants, balances, terms):
    """Move what is asked for from those who can spare it; it arrives after the delay."""
    stock0, production, share, week, delay = terms
    partners = stock.size
    asked, spare = 0.0, 0.0
    for j in range(partners):
        balances[j] = _balance(stock[j], coming[:, j], (wants[j], production[j]), week, delay)
        asked += max(0.0, -balances[j])
    if asked <= 0.0:
        return
    for j in range(partners):
        limit = share[j] * (stock0[j] + (week + 1) * production[j]) - sent[j]
        spare += _spare(balances[j], stock[j], limit)
    if spare <= 0.0:
        return
    moved = min(asked, spare)
    slot = (week + delay) % (delay + 1)
    for j in range(partners):
        balance = balances[j]
        if balance >= 0.0:
            limit = share[j] * (stock0[j] + (week + 1) * production[j]) - sent[j]
            gives = moved * _spare(balance, stock[j], limit) / spare
            stock[j] -= gives
            sent[j] += gives
        elif delay == 0:
            stock[j] += moved * (-balance) / asked
        else:
            coming[slot, j] += moved * (-balance) / asked


@njit(cache=True, error_model="numpy")
def _balance(stock, coming, rates, week, delay):
    """Say what is left, or lacking, in the week in which help asked for now would arrive."""
    want, made = rates
    left = stock
    for k in range(delay):
        left = max(0.0, left - want) + made + coming[(week + k + 1) % (delay + 1)]
    return left - want


@njit(cache=True, error_model="numpy")
def _spare(balance, stock, limit):
    return max(0.0, min(balance, stock, limit))
