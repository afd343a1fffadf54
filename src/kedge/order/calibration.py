"""Make stated chances match what happened, from earlier forecasts alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import minimize

RIDGE = 5.0
TAIL = np.array([-4.0, -3.5, -3.0, -2.5, -2.0, -1.5, -1.0])
PRIOR_EVENTS = 5.0
MOST = 60_000


@dataclass(frozen=True)
class Calibration:
    """Chances are raised to a power and moved towards the state's last vote on the text, with a lapse.

    Parameters
    ----------
    power
        Above 1 sharpens, below 1 blunts: where the state voted on the text before, on the subject, or on
        neither.
    pull
        Added to the log chance of each vote: rows 0-2 by last vote on the text, 3-5 by last vote on the
        subject where the text is new to the state, 6 where both are.
    lapse : share
        Votes that follow nothing.
    tail
        Factor of small chances, at the logarithms `TAIL`: how often such votes came, over how often they
        were to come.
    """

    power: Float[np.ndarray, " 3"]
    pull: Float[np.ndarray, "7 3"]
    lapse: float
    tail: Float[np.ndarray, " knot"]

    def stated(self, chances: Float[np.ndarray, "vote 3"], last: Int[np.ndarray, " vote"]) -> np.ndarray:
        """Give chances before the tail is mended."""
        return _chances(self.power, self.pull, self.lapse, np.log(chances), _rows(last))

    def with_tail(
        self,
        chances: Float[np.ndarray, "vote 3"],
        last: Int[np.ndarray, " vote"],
        vote: Int[np.ndarray, " vote"],
    ) -> Calibration:
        """Learn the tail anew from some votes."""
        return replace(self, tail=_tail(self.stated(chances, last), vote)) if vote.size else self

    def apply(self, chances: Float[np.ndarray, "vote 3"], last: Int[np.ndarray, " vote"]) -> np.ndarray:
        """Give calibrated chances."""
        found = self.stated(chances, last)
        factor = np.exp(np.interp(np.log10(found), TAIL, np.log(self.tail)))
        # The likeliest vote makes up for what the others gain or lose.
        top = found.argmax(1)[:, None]
        np.put_along_axis(factor, top, 0.0, 1)
        found = found * factor
        np.put_along_axis(found, top, 1.0 - found.sum(1, keepdims=True), 1)
        return found


def fit_calibration(
    chances: Float[np.ndarray, "vote 3"], last: Int[np.ndarray, " vote"], vote: Int[np.ndarray, " vote"]
) -> Calibration:
    """Fit by maximum likelihood with a weak pull to no change; without votes nothing is changed."""
    if vote.size == 0:
        return Calibration(np.ones(3), np.zeros((7, 3)), 1e-3, np.ones(TAIL.size))
    thin = max(vote.size // MOST, 1)
    logs, rows, vote = np.log(chances[::thin]), _rows(last[::thin]), vote[::thin]

    def cost(theta: np.ndarray) -> tuple[float, np.ndarray]:
        return _cost(theta, logs, rows, vote)

    found = minimize(
        cost, np.r_[1.0, 1.0, 1.0, np.zeros(21), -6.0], jac=True, method="L-BFGS-B", options={"maxiter": 60}
    )
    power, pull = found.x[:3], found.x[3:24].reshape(7, 3)
    lapse = float(1 / (1 + np.exp(-found.x[24])))
    return Calibration(power, pull, lapse, np.ones(TAIL.size))


def _tail(stated: np.ndarray, vote: np.ndarray) -> np.ndarray:
    """Compare small chances with what came, each counted to the nearest knots."""
    came = np.arange(3)[None] == vote[:, None]
    small = stated < 10.0 ** TAIL[-1]
    place = np.clip((np.log10(stated[small]) - TAIL[0]) / (TAIL[1] - TAIL[0]), 0, TAIL.size - 1)
    low = np.minimum(place.astype(np.int64), TAIL.size - 2)
    share = place - low
    ends = np.r_[low, low + 1]
    weight = np.r_[1 - share, share]
    expected = np.bincount(ends, weight * np.tile(stated[small], 2), TAIL.size)
    seen = np.bincount(ends, weight * np.tile(came[small], 2), TAIL.size)
    factor = (seen + PRIOR_EVENTS) / (expected + PRIOR_EVENTS)
    factor[-1] = 1.0
    return factor


def _rows(last: np.ndarray) -> np.ndarray:
    return np.where(last < 0, 6, last)


def _chances(power, pull, lapse, logs, rows) -> np.ndarray:
    score = power[rows // 3][:, None] * logs + pull[rows]
    score -= score.max(1, keepdims=True)
    chances = np.exp(score)
    chances /= chances.sum(1, keepdims=True)
    return (1 - lapse) * chances + lapse / 3


def _cost(
    theta: np.ndarray, logs: np.ndarray, rows: np.ndarray, vote: np.ndarray
) -> tuple[float, np.ndarray]:
    power, pull, lapse = theta[:3], theta[3:24].reshape(7, 3), 1 / (1 + np.exp(-theta[24]))
    pure = _chances(power, pull, 0.0, logs, rows)
    at = np.arange(vote.size)
    one = pure[at, vote]
    mixed = (1 - lapse) * one + lapse / 3
    meant = (1 - lapse) * one / mixed
    # d log p / d score = meant * (indicator - pure)
    off = -pure * meant[:, None]
    off[at, vote] += meant
    slope = np.empty(25)
    slope[:3] = np.bincount(rows // 3, (off * logs).sum(1), 3)
    moved = np.zeros((7, 3))
    np.add.at(moved, rows, off)
    slope[3:24] = moved.ravel()
    slope[24] = np.sum((1 / 3 - one) / mixed) * lapse * (1 - lapse)
    away = theta - np.r_[1.0, 1.0, 1.0, np.zeros(21), -6.0]
    value = -np.log(mixed).sum() + 0.5 * RIDGE * away @ away
    return value / vote.size, (-slope + RIDGE * away) / vote.size
