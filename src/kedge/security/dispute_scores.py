"""How well dispute outcomes are foretold: on pairs held out, and forward in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError, UnknownName
from kedge.security.disputes import BLOCKS, KNOTS, DisputeSample, dispute_columns
from kedge.security.penalised import (
    Columns,
    Likelihood,
    PenalisedFit,
    chances_of,
    decisive,
    fit_penalised,
    with_draws,
)

HALF_LIVES = (2.0, 5.0, 10.0, 20.0, 40.0)
"""Years among which the drifting base rate's memory is chosen, by its forecasts within the training years."""

PSEUDO = 1.0
"""Disputes that the drifting base rate begins with, spread evenly over outcomes."""

FEWEST = 30
"""Disputes before the memory of the drifting base rate is judged."""

ANTE = ("components", "size", "place", "aims", "parties")
COURSE = ("all came", "hostility", "toll")


@dataclass(frozen=True)
class Specification:
    """Which blocks of columns each index holds.

    Parameters
    ----------
    lead
        Who is ahead.  In a decisive sample the only index.
    room
        How much room there is for a draw.
    drift
        Whether the drifting base rate stands in for the year; `score_held_out` does not take it.
    """

    lead: tuple[str, ...]
    room: tuple[str, ...] = ()
    drift: bool = False

    @property
    def known(self) -> str:
        """When the last of its columns is known: `ex ante`, `onset` or `course`."""
        when = {BLOCKS[block] for block in (*self.lead, *self.room)}
        return next((each for each in ("course", "onset") if each in when), "ex ante")


def _both(*blocks: str) -> Specification:
    return Specification(blocks, blocks)


SPECIFICATIONS = {
    "capability ratio": Specification(("cinc",), ("cinc", "size")),
    "components": Specification(("components",), ("components", "size")),
    "components and place": Specification(("components", "place"), ("components", "size", "place")),
    "year": _both("year"),
    "components and year": _both("components", "size", "year"),
    "onset": _both(*ANTE),
    "onset and year": _both(*ANTE, "year"),
    "hostility and year": _both(*ANTE, "hostility", "year"),
    "course and year": _both(*ANTE, *COURSE, "year"),
}
"""Models by name.  `onset` is all that is known when a dispute begins; the last two hold what comes after."""

FORECASTS = {
    "drift": Specification((), (), drift=True),
    "drift and components": Specification(("components",), ("components", "size"), drift=True),
    "drift and onset": Specification(ANTE, ANTE, drift=True),
}
"""Models for `score_forward` alone: the drifting base rate in the year's place."""


@dataclass(frozen=True)
class Score:
    """Log loss against a base rate.

    Parameters
    ----------
    reduction : share
        One minus log loss over the base rate's.
    low, high : share
        Middle 95 % of the reduction when pairs are drawn again with replacement.
    log_loss, base_log_loss : nats a dispute
    cases, pairs
        Disputes scored, and pairs of leaders among them.
    first_year, last_year : calendar years
        Of the disputes scored.
    """

    reduction: float
    low: float
    high: float
    log_loss: float
    base_log_loss: float
    cases: int
    pairs: int
    first_year: int
    last_year: int


def score_held_out(
    sample: DisputeSample,
    specification: str | Specification,
    *,
    folds: int = 10,
    seed: int = 0,
    ridge: float | None = None,
) -> Score:
    """Score a model on pairs that its fit did not see, against shares of outcomes in the training folds.

    Parameters
    ----------
    sample
        Disputes; one whose outcomes are two counts as decisive.
    specification
        Name in `SPECIFICATIONS` (or `FORECASTS`), or blocks of columns.
    folds
        Parts that pairs of leaders are dealt to.  A dispute of many states goes with the pair of its
        two strongest original members, so a war's other pairs may be in another fold.
    seed
        Of the dealing.
    ridge
        See `fit_penalised`; by default the prior is learnt, from the training folds alone.

    Raises
    ------
    UnknownName
        No model is called so.
    DomainError
        More folds than pairs, or a model that only forecasts.
    """
    wanted = _named(specification)
    if wanted.drift:
        raise DomainError("a model with a drifting base rate looks back in time; score it with score_forward")
    parts = _columns(sample, wanted, KNOTS)
    fold = deal_folds(sample.dyad, folds, np.random.default_rng(seed))
    loss, base = np.empty(len(sample)), np.empty(len(sample))
    for each in range(folds):
        out = fold == each
        chances = _fit_and_tell(parts, sample.outcome, ~out, out, ridge)
        loss[out] = _loss(chances, sample.outcome[out])
        shares = _shares(sample.outcome[~out], sample.outcome.max() + 1)
        base[out] = _loss(np.tile(shares, (int(out.sum()), 1)), sample.outcome[out])
    return summarise(loss, base, sample)


def score_forward(
    sample: DisputeSample, specification: str | Specification, *, cut: int = 1980, refit: bool = False
) -> dict[str, Score]:
    """Score a model on disputes from `cut` on, having seen only earlier ones.

    Parameters
    ----------
    sample, specification
        As `score_held_out`.
    cut : calendar year
        First year that is scored.
    refit
        Whether every year is told by a fit to all years before it, rather than to those before `cut`.

    Returns
    -------
    dict
        The model's score against `fixed`, the shares of outcomes before `cut`, and against
        `drifting`, the shares of all earlier years with a memory that fades.

    Raises
    ------
    UnknownName
        No model is called so.
    DomainError
        No dispute on one side of the cut.
    """
    year = sample.year
    before, after = year < cut, year >= cut
    chances = tell_forward(sample, specification, cut=cut, refit=refit)
    loss = _loss(chances, sample.outcome[after])
    fixed = np.tile(_shares(sample.outcome[before], chances.shape[1]), (len(chances), 1))
    scored = DisputeSample(sample.table.filter(after), sample.outcome[after])
    bases = {"fixed": fixed, "drifting": drifting_shares(year, sample.outcome, cut)[after]}
    return {name: summarise(loss, _loss(base, scored.outcome), scored) for name, base in bases.items()}


def tell_forward(
    sample: DisputeSample, specification: str | Specification, *, cut: int = 1980, refit: bool = False
) -> np.ndarray:
    """Tell the chances of each outcome of the disputes from `cut` on, having seen only earlier ones.

    Parameters
    ----------
    sample, specification, cut, refit
        As `score_forward`.

    Returns
    -------
    array
        Disputes from `cut` on, in the sample's order, by outcomes.

    Raises
    ------
    UnknownName, DomainError
        As `score_forward`.
    """
    wanted, year = _named(specification), sample.year
    before, after = year < cut, year >= cut
    if not before.any() or not after.any():
        raise DomainError(
            f"expected disputes before and from {cut} on, found {before.sum()} and {after.sum()}"
        )
    # A spline that may bend after the last training year would be fitted to nothing there.
    parts = _columns(sample, wanted, tuple(knot for knot in KNOTS if knot < cut - 10))
    if wanted.drift:
        parts = _with_drift(parts, drifting_shares(year, sample.outcome, cut))
    chances = np.full((len(sample), int(sample.outcome.max()) + 1), np.nan)
    for start, stop in _steps(year, cut) if refit else [(float(cut), np.inf)]:
        told = (year >= start) & (year < stop)
        chances[told] = _fit_and_tell(parts, sample.outcome, year < start, told, None)
    return chances[after]


def drifting_shares(year: np.ndarray, outcome: np.ndarray, cut: int) -> np.ndarray:
    """Give every dispute the shares of outcomes in earlier years, older ones counting less.

    Parameters
    ----------
    year : calendar year
    outcome
        Codes from 0.
    cut : calendar year
        The memory's half-life is the one of `HALF_LIVES` that tells years before `cut` best.
    """
    early = year < cut
    judged = early & (year > np.sort(year)[min(FEWEST, len(year) - 1)])
    tried = [_faded(year, outcome, half_life) for half_life in HALF_LIVES]
    losses = [_loss(each[judged], outcome[judged]).sum() for each in tried]
    return tried[int(np.argmin(losses))]


def deal_folds(group: np.ndarray, folds: int, rng: np.random.Generator) -> np.ndarray:
    """Deal groups to folds at random, all of one group to the same: the fold of every case.

    Raises
    ------
    DomainError
        More folds than groups, or fewer than two.
    """
    names, at = np.unique(group, return_inverse=True)
    if not 2 <= folds <= len(names):
        raise DomainError(f"expected from 2 to {len(names)} folds, one pair each at least, found {folds}")
    return (rng.permutation(len(names)) % folds)[at]


def summarise(loss: np.ndarray, base: np.ndarray, sample: DisputeSample, draws: int = 1000) -> Score:
    """Sum losses up, with an interval from drawing pairs again.

    Parameters
    ----------
    loss, base : nats
        Of the model and of the base rate, one a dispute of `sample`.
    draws
        Resamples of pairs; their seed is fixed.
    """
    _, at = np.unique(sample.dyad, return_inverse=True)
    own, null = np.bincount(at, loss), np.bincount(at, base)
    rng = np.random.default_rng(0)
    counts = rng.multinomial(len(own), np.full(len(own), 1.0 / len(own)), size=draws)
    again = 1.0 - (counts @ own) / (counts @ null)
    low, high = np.quantile(again, [0.025, 0.975])
    reduction, years = 1.0 - loss.sum() / base.sum(), sample.year
    span = int(years.min()), int(years.max())
    means = float(loss.mean()), float(base.mean())
    return Score(float(reduction), float(low), float(high), *means, len(loss), len(own), *span)


def fit_specification(sample: DisputeSample, specification: str | Specification) -> PenalisedFit:
    """Fit a model to a whole sample; its columns are those of `dispute_columns`, index after index."""
    parts = _columns(sample, _named(specification), KNOTS)
    return fit_penalised(_likelihood(parts), parts, sample.outcome)


def _named(specification: str | Specification) -> Specification:
    if isinstance(specification, Specification):
        return specification
    known = SPECIFICATIONS | FORECASTS
    if specification not in known:
        raise UnknownName("model of disputes", specification, known)
    return known[specification]


def _columns(sample: DisputeSample, wanted: Specification, knots: tuple[int, ...]) -> tuple[Columns, ...]:
    lead = dispute_columns(sample.table, wanted.lead, knots)
    if sample.outcome.max() == 1:
        return (lead,)
    return lead, dispute_columns(sample.table, wanted.room, knots)


def _likelihood(parts: tuple[Columns, ...]) -> Likelihood:
    return decisive if len(parts) == 1 else with_draws


def _with_drift(parts: tuple[Columns, ...], shares: np.ndarray) -> tuple[Columns, ...]:
    """Add, free of any prior, what each index would be at the drifting shares."""
    odds = np.log(shares / (1.0 - shares))
    if len(parts) == 1:
        now = [odds[:, 1]]
    else:
        k = -(odds[:, 0] + odds[:, 2]) / 2.0
        now = [(odds[:, 2] - odds[:, 0]) / 2.0, np.log(np.expm1(k))]
    return tuple(
        Columns(np.column_stack([part.values, column]), (*part.groups, ""))
        for part, column in zip(parts, now, strict=True)
    )


def _fit_and_tell(
    parts: tuple[Columns, ...], outcome: np.ndarray, seen: np.ndarray, told: np.ndarray, ridge: float | None
) -> np.ndarray:
    likelihood = _likelihood(parts)
    fit = fit_penalised(likelihood, tuple(part.pick(seen) for part in parts), outcome[seen], ridge)
    return chances_of(likelihood, fit.indices(tuple(part.pick(told) for part in parts)))


def _steps(year: np.ndarray, cut: int) -> list[tuple[float, float]]:
    years = np.unique(year[year >= cut])
    return [(start, start + 1.0) for start in years]


def _faded(year: np.ndarray, outcome: np.ndarray, half_life: float) -> np.ndarray:
    came = np.eye(int(outcome.max()) + 1)[outcome]
    age = year[:, None] - year[None, :]
    weight = np.where(age > 0, 0.5 ** (np.maximum(age, 0.0) / half_life), 0.0)
    counts = weight @ came + PSEUDO / came.shape[1]
    return counts / counts.sum(1, keepdims=True)


def _shares(outcome: np.ndarray, kinds: int) -> np.ndarray:
    return np.bincount(outcome, minlength=kinds) / len(outcome)


def _loss(chances: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    return -np.log(np.maximum(chances[np.arange(len(outcome)), outcome], 1e-12))
