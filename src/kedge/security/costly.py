"""Costly signals: what a sunk cost tells, what tied hands add to commitment, and commitment itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import expit, logit

from kedge.core.errors import DomainError

COST_CLASSES = ("talk", "sunk_cost", "tied_hands")


@dataclass(frozen=True)
class Holding:
    """How long tied hands stay tied.

    Parameters
    ----------
    decay : a year
        Rate at which a public commitment loses its hold.
    survival : 0 to 1
        Share of it that binds the next administration.
    changes : years
        When administrations change.
    """

    decay: float | Float[np.ndarray, " draw"]
    survival: float | Float[np.ndarray, " draw"] = 1.0
    changes: tuple[float, ...] = ()


def sunk_cost_log_ratio(cost: float, worth: Float[np.ndarray, " type"]) -> Float[np.ndarray, " type"]:
    """Say what paying a sunk cost tells of each type, against the first.

    A patron pays `cost` for a signal only if the theatre is worth more to it than that.  If worth is
    exponential around each type's mean, a type sends with probability `exp(-cost / worth)`, and the
    log-likelihood ratio is proportional to the cost: free talk tells nothing, dear deeds much.

    Parameters
    ----------
    cost : any unit of worth, at least 0
    worth : same unit, above 0
        Mean worth of the theatre to each type.

    Raises
    ------
    DomainError
        A negative cost or a worth that is not positive.

    References
    ----------
    Fearon (1997), Signaling foreign policy interests; the exponential form is Kedge's.

    Examples
    --------
    >>> sunk_cost_log_ratio(2.0, np.array([1.0, 0.5]))
    array([ 0., -2.])
    """
    worth = np.asarray(worth, float)
    if cost < 0.0 or not (worth > 0.0).all():
        raise DomainError("a sunk cost is at least 0 and every worth above 0")
    return cost / worth[0] - cost / worth


def evidence_scale(
    cost_class: list[str], cost: Float[np.ndarray, " signal"], talk_weight: Float[np.ndarray, " draw"]
) -> Float[np.ndarray, "draw signal"]:
    """Say what share of its stated log-likelihood ratio each signal carries, by its cost class.

    A sunk cost carries in proportion to its cost (`sunk_cost_log_ratio`); tied hands carry in full,
    as the stake is public; talk carries `talk_weight`, between none (sender and hearer want different
    things: Crawford & Sobel 1982) and all.

    Raises
    ------
    DomainError
        A class that is none of `COST_CLASSES`.

    Examples
    --------
    >>> evidence_scale(["talk", "sunk_cost"], np.array([1.0, 0.5]), np.array([0.2]))
    array([[0.2, 0.5]])
    """
    unknown = sorted(set(cost_class) - set(COST_CLASSES))
    if unknown:
        raise DomainError(f"no cost class is called {unknown[0]!r}; use {', '.join(COST_CLASSES)}")
    of_class = np.array(cost_class)
    scale = np.where(of_class == "sunk_cost", cost, 1.0)[None, :]
    return np.where((of_class == "talk")[None, :], np.asarray(talk_weight, float)[:, None], scale)


def tied_hands(
    time: Float[np.ndarray, " signal"],
    size: Float[np.ndarray, "draw signal"],
    holding: Holding,
    at: Float[np.ndarray, " time"],
) -> Float[np.ndarray, "draw time"]:
    """Add up what public commitments do to the odds of coming, whatever the patron's type.

    A tied-hands signal makes backing down dear to any type, so it shifts commitment itself, beside
    what it tells of the type.  Its hold fades at `decay` and shrinks to `survival` of itself with each
    change of administration.

    Parameters
    ----------
    time : years
    size : log-odds
        Of each signal when fresh; below zero where hands are untied in public.
    holding
        Rates, one for all draws or one a draw.
    at : years

    Raises
    ------
    DomainError
        A negative decay or a survival outside [0, 1].

    References
    ----------
    Fearon (1997): tied hands against sunk costs.

    Examples
    --------
    >>> tied_hands(np.array([2020.0]), np.array([[1.0]]), Holding(0.0, 0.5, (2021.0,)), np.array([2022.0]))
    array([[0.5]])
    """
    decay = np.atleast_1d(np.asarray(holding.decay, float))[:, None, None]
    survival = np.atleast_1d(np.asarray(holding.survival, float))[:, None, None]
    if not (decay >= 0.0).all() or not ((survival >= 0.0) & (survival <= 1.0)).all():
        raise DomainError("a hold fades at a rate of at least 0 and survives with a share of 0 to 1")
    age = at[None, None, :] - time[None, :, None]
    changes = np.sort(np.asarray(holding.changes, float))
    # A signal on the day of a change is the new administration's own.
    terms = (
        np.searchsorted(changes, at, side="right")[None, :]
        - np.searchsorted(changes, time, side="right")[:, None]
    )
    sent = age >= 0.0
    hold = np.exp(-decay * np.where(sent, age, 0.0)) * survival ** np.where(sent[0], terms, 0)[None]
    return np.einsum("ds,dst->dt", size, np.broadcast_to(hold * sent, (size.shape[0], time.size, at.size)))


def mix_commitment(
    probability: Float[np.ndarray, "draw time type"],
    engaged: Float[np.ndarray, "draw type"],
    shift: Float[np.ndarray, "draw time"],
) -> Float[np.ndarray, "draw time"]:
    """Work out the chance that the patron comes: each type's, shifted by tied hands, mixed by belief.

    Parameters
    ----------
    probability
        Belief over types.
    engaged : probability
        That each type comes to this theatre with free hands, strictly between 0 and 1.
    shift : log-odds
        From `tied_hands`, the same for every type.

    Raises
    ------
    DomainError
        A chance that is 0, 1 or outside.

    Examples
    --------
    >>> mix_commitment(np.array([[[0.25, 0.75]]]), np.array([[0.8, 0.4]]), np.zeros((1, 1)))
    array([[0.5]])
    """
    if not ((engaged > 0.0) & (engaged < 1.0)).all():
        raise DomainError("each type's chance of coming lies strictly between 0 and 1")
    moved = expit(logit(engaged)[:, None, :] + shift[:, :, None])
    return np.sum(probability * moved, axis=2)
