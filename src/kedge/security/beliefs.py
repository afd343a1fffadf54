"""What the patron is: belief over its types, moved by dated signals and fading between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import logsumexp

from kedge.core.errors import DomainError

# What happens at one moment, in this order: a new administration, its signals, the reading.
_CHANGE, _SIGNAL, _READING = 0, 1, 2


@dataclass(frozen=True)
class Signals:
    """Dated signals, with what each says for and against every type.

    Parameters
    ----------
    time : years
        When each was sent, as a decimal year; any order.
    log_ratio : natural log of a likelihood ratio
        Of each signal under each type, up to a constant a signal; one layer a draw.
    group
        Signals of one group are alike and repeat one another to some extent.
    """

    time: Float[np.ndarray, " signal"]
    log_ratio: Float[np.ndarray, "draw signal type"]
    group: Int[np.ndarray, " signal"]


@dataclass(frozen=True)
class Forgetting:
    """How the type of the administration may change unseen, and so how belief fades.

    Parameters
    ----------
    decay : a year
        Rate at which the type is drawn anew from the prior within a term: belief closes on the prior
        at this rate.
    redraw : probability
        That a new administration's type is drawn anew; the rest inherit.
    changes : years
        When administrations change.
    """

    decay: float | Float[np.ndarray, " draw"]
    redraw: float | Float[np.ndarray, " draw"] = 1.0
    changes: tuple[float, ...] = ()


@dataclass(frozen=True)
class BeliefPaths:
    """Belief over time, one path a draw.

    Parameters
    ----------
    time : years
    probability
        Of each type, given all signals up to and including each moment.
    points : natural log-odds
        What each signal added for each type against the first, after the discount for repetition.
    """

    time: Float[np.ndarray, " time"]
    probability: Float[np.ndarray, "draw time type"]
    points: Float[np.ndarray, "draw signal type"]


@dataclass(frozen=True)
class Bands:
    """Mean and 5, 50 and 95 % points over draws."""

    mean: Float[np.ndarray, ...]
    low: Float[np.ndarray, ...]
    middle: Float[np.ndarray, ...]
    high: Float[np.ndarray, ...]


def belief_paths(
    signals: Signals,
    prior: Float[np.ndarray, "draw type"],
    forgetting: Forgetting,
    dependence: float | Float[np.ndarray, " draw"] = 0.0,
    at: Float[np.ndarray, " time"] | None = None,
) -> BeliefPaths:
    """Work out belief over the patron's types under many readings of the same signals.

    The type is a hidden Markov chain: drawn anew from the prior at rate `decay`, and with
    probability `redraw` when the administration changes.  Between signals belief is therefore
    `prior + (belief - prior) exp(-decay dt)`, and a signal adds its log-likelihood ratio to the
    log-odds: the exact posterior of that chain, given the signals so far.

    Parameters
    ----------
    signals
        Each with one log-likelihood ratio a draw and type.
    prior : probability
        Long-run share of each type among administrations; belief before the first signal.
    forgetting
        Rates, one for all draws or one a draw.
    dependence : 0 to 1
        Correlation of the evidence within a group, see `dependence_weights`: 0 counts every signal
        in full, 1 the first alone.  An assumption, not Bayes' rule.
    at : years
        Moments to read belief at; those of the signals, in order, if left out.

    Raises
    ------
    DomainError
        Shapes that do not fit, a prior that is no distribution with every type possible, a negative
        rate, a probability outside [0, 1], or a likelihood that is no finite number.

    References
    ----------
    Forward recursion: Rabiner (1989).  Design effect: Kish (1965).

    Examples
    --------
    >>> one = Signals(np.array([2025.0]), np.log([[[1.0, 3.0]]]), np.array([0]))
    >>> belief_paths(one, np.array([[0.5, 0.5]]), Forgetting(0.0)).probability.round(2)
    array([[[0.25, 0.75]]])
    """
    _check_shapes(signals, prior)
    _check_numbers(signals, prior, forgetting)
    weight = dependence_weights(signals.time, signals.group, dependence, forgetting.changes)
    score = weight[:, :, None] * signals.log_ratio
    at = np.sort(signals.time) if at is None else np.asarray(at, float)
    probability = _filter(signals.time, score, prior, forgetting, at)
    return BeliefPaths(at, probability, score - score[:, :, :1])


def update_beliefs(
    signals: Signals,
    prior: Float[np.ndarray, " type"],
    forgetting: Forgetting,
    dependence: float = 0.0,
    at: Float[np.ndarray, " time"] | None = None,
) -> Float[np.ndarray, "time type"]:
    """Work out belief along one path, exactly: `belief_paths` with a single draw.

    Raises
    ------
    DomainError
        As `belief_paths`, or more than one draw.

    Examples
    --------
    A signal three to one for the second type, read at once and one half-life later.

    >>> one = Signals(np.array([2025.0]), np.log([[[1.0, 3.0]]]), np.array([0]))
    >>> when = np.array([2025.0, 2026.0])
    >>> update_beliefs(one, np.array([0.5, 0.5]), Forgetting(np.log(2.0)), at=when).round(3)
    array([[0.25 , 0.75 ],
           [0.375, 0.625]])
    """
    if signals.log_ratio.shape[0] != 1:
        raise DomainError(
            f"one path needs likelihoods of one draw, got {signals.log_ratio.shape[0]}; "
            "use belief_paths for more"
        )
    return belief_paths(signals, np.asarray(prior, float)[None, :], forgetting, dependence, at).probability[0]


def dependence_weights(
    time: Float[np.ndarray, " signal"],
    group: Int[np.ndarray, " signal"],
    dependence: float | Float[np.ndarray, " draw"],
    changes: tuple[float, ...] = (),
) -> Float[np.ndarray, "draw signal"]:
    """Say how much of each signal is news, given the ones of its group before it.

    n signals of one group count as `n / (1 + (n - 1) dependence)` independent ones, as n answers
    from one cluster do, and each as what it adds to that; those of one day share what they add
    together.  A new administration starts afresh.  An assumption: how far ten statements repeat one
    another is not measured.

    Parameters
    ----------
    time : years
    group
        Which signals are alike.
    dependence : 0 to 1
        Correlation within a group, one for all draws or one a draw.
    changes : years
        When administrations change.

    Raises
    ------
    DomainError
        A dependence outside [0, 1].

    Examples
    --------
    >>> dependence_weights(np.array([1.0, 2.0, 2.0]), np.array([7, 7, 7]), 1.0)
    array([[1., 0., 0.]])
    """
    rho = np.atleast_1d(np.asarray(dependence, float))[:, None]
    if not ((rho >= 0.0) & (rho <= 1.0)).all():
        raise DomainError(f"dependence must lie in 0 to 1, got {rho.min():g} to {rho.max():g}")
    term = np.searchsorted(np.sort(np.asarray(changes, float)), time, side="right")
    alike = (group[:, None] == group[None, :]) & (term[:, None] == term[None, :])
    before = (alike & (time[None, :] < time[:, None])).sum(axis=1)
    together = (alike & (time[None, :] == time[:, None])).sum(axis=1)
    after = before + together

    def independent(n: Int[np.ndarray, " signal"]) -> Float[np.ndarray, "draw signal"]:
        return n / (1.0 + np.maximum(n - 1, 0) * rho)

    return (independent(after) - independent(before)) / together


def bands_of(values: Float[np.ndarray, "draw ..."]) -> Bands:
    """Sum up draws along the first axis.

    Examples
    --------
    >>> bands_of(np.array([0.0, 0.5, 1.0])).middle
    array(0.5)
    """
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
    return Bands(np.mean(values, axis=0), low, np.asarray(middle), high)


def _filter(
    time: Float[np.ndarray, " signal"],
    score: Float[np.ndarray, "draw signal type"],
    prior: Float[np.ndarray, "draw type"],
    forgetting: Forgetting,
    at: Float[np.ndarray, " time"],
) -> Float[np.ndarray, "draw time type"]:
    draws = score.shape[0]
    decay = np.broadcast_to(np.asarray(forgetting.decay, float), (draws,))
    redraw = np.broadcast_to(np.asarray(forgetting.redraw, float), (draws,))
    events = [(float(t), _CHANGE, 0) for t in forgetting.changes]
    events += [(float(t), _SIGNAL, i) for i, t in enumerate(time)]
    events += [(float(t), _READING, i) for i, t in enumerate(at)]
    events.sort()
    log_prior = np.log(np.broadcast_to(prior, (draws, prior.shape[1])))
    belief = log_prior
    readings = np.empty((draws, at.size, prior.shape[1]))
    clock = events[0][0] if events else 0.0
    for moment, what, index in events:
        if moment > clock:
            belief = _relaxed(belief, log_prior, -decay * (moment - clock))
            clock = moment
        if what == _CHANGE:
            with np.errstate(divide="ignore"):
                log_kept = np.log1p(-redraw)
            belief = _relaxed(belief, log_prior, log_kept)
        elif what == _SIGNAL:
            moved = belief + score[:, index]
            belief = moved - logsumexp(moved, axis=1, keepdims=True)
        else:
            readings[:, index] = np.exp(belief)
    return readings / readings.sum(axis=2, keepdims=True)


def _relaxed(
    belief: Float[np.ndarray, "draw type"],
    log_prior: Float[np.ndarray, "draw type"],
    log_kept: Float[np.ndarray, " draw"],
) -> Float[np.ndarray, "draw type"]:
    # In logs, so that a type all but ruled out can come back however strong the evidence was.
    with np.errstate(divide="ignore"):
        log_drawn = np.log(-np.expm1(log_kept))
    return np.logaddexp(belief + log_kept[:, None], log_prior + log_drawn[:, None])


def _check_shapes(signals: Signals, prior: Float[np.ndarray, "draw type"]) -> None:
    draws, count, types = signals.log_ratio.shape
    if signals.time.shape != (count,) or signals.group.shape != (count,):
        raise DomainError(
            f"likelihoods of {count} signals need as many times and groups, "
            f"got {signals.time.size} and {signals.group.size}"
        )
    if prior.ndim != 2 or prior.shape[0] not in (1, draws) or prior.shape[1] != types:
        raise DomainError(f"expected a prior of shape ({draws}, {types}), got {prior.shape}")


def _check_numbers(signals: Signals, prior: Float[np.ndarray, "draw type"], forgetting: Forgetting) -> None:
    if not (prior > 0.0).all() or not np.allclose(prior.sum(axis=1), 1.0, rtol=0.0, atol=1e-9):
        raise DomainError("a prior gives every type a probability above zero and sums to one")
    if not np.isfinite(signals.log_ratio).all():
        raise DomainError("log-likelihood ratios must be finite; leave out what proves a type for certain")
    if not np.isfinite(signals.time).all() or not np.isfinite(forgetting.changes).all():
        raise DomainError("times must be finite decimal years")
    if not (np.asarray(forgetting.decay) >= 0.0).all():
        raise DomainError("decay is a rate a year, at least 0")
    redraw = np.asarray(forgetting.redraw)
    if not ((redraw >= 0.0) & (redraw <= 1.0)).all():
        raise DomainError("redraw is a probability, 0 to 1")
