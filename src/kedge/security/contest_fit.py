"""The contest function estimated from disputes that ended: decisiveness, advantage, draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from kedge.core.errors import DomainError
from kedge.security.contest import Balance
from kedge.security.penalised import Columns, PenalisedFit, decisive, fit_penalised, with_draws

Form = Literal["ratio", "difference"]

ERAS = {"before 1914": (1816, 1913), "1919-1945": (1919, 1945), "after 1945": (1946, 2010)}
"""Years of onset, first and last; disputes that began in the First World War's years are in none."""

FOREGONE = 1e-3
"""Log loss a dispute, in nats, below which outcomes count as foregone."""


@dataclass(frozen=True)
class ContestEstimate:
    """A contest function with the uncertainty of its parameters.

    Parameters
    ----------
    form
        `ratio` or `difference`.
    decisiveness, decisiveness_error
        Exponent m of the ratio form, slope of the other; standard error.
    log_advantage, log_advantage_error
        Log of the factor on side B's strength, as `Balance.advantage`.  Where m is small its error
        is large, since only m times it is seen.
    odds
        Side A's odds at equal strength, no draw: one over the beta of
        `P = A^m / (A^m + beta D^m)`.  1 in the difference form when the advantage is 1.
    draw, draw_error
        Jia's c; 1 and 0 where only decisive disputes were used.
    scale
        Strength that the difference form counts in; 1 for the ratio form.
    cases, log_likelihood
        Disputes, and nats.
    """

    form: Form
    decisiveness: float
    decisiveness_error: float
    log_advantage: float
    log_advantage_error: float
    odds: float
    draw: float
    draw_error: float
    scale: float
    cases: int
    log_likelihood: float

    @property
    def balance(self) -> Balance:
        """The estimate as `kedge.security.contest.outcome_odds` takes it."""
        code = 0 if self.form == "ratio" else 1
        return Balance(code, self.decisiveness, float(np.exp(self.log_advantage)), self.draw, self.scale)


def fit_contest(
    attack: np.ndarray, defence: np.ndarray, outcome: np.ndarray, form: Form = "ratio", *, draws: bool = False
) -> ContestEstimate:
    """Estimate decisiveness and advantage by maximum likelihood, and draws if there are any.

    Parameters
    ----------
    attack, defence : any common unit
        Strength of side A and side B, one a dispute, above zero.
    outcome
        1 where side A prevailed and 0 where side B did; with `draws` 0, 1, 2 for B, neither, A.
    form
        `ratio` (Tullock) or `difference` (Hirshleifer).
    draws
        Whether the outcomes include draws.

    Returns
    -------
    ContestEstimate
        Errors are from the curvature at the maximum, by the delta method for what is a ratio of
        coefficients.

    Raises
    ------
    DomainError
        Strengths not above zero, sides differ in length, nobody's strength differs, or strength
        parts winners from losers, so that no finite decisiveness is best; or, in the difference
        form, strength hurts a side.

    References
    ----------
    Tullock (1980); Hirshleifer (1989), Public Choice 63; Jia (2012), Economic Record 88.

    Examples
    --------
    >>> found = fit_contest(np.array([1.0, 2, 2, 1, 4, 4]), np.ones(6), np.array([0, 0, 1, 1, 1, 1]))
    >>> round(found.decisiveness, 2), found.cases
    (1.86, 6)
    """
    _require(attack, defence, outcome)
    likelihood = with_draws if draws else decisive
    constant = Columns(np.empty((len(outcome), 0)), ())
    if form == "ratio":
        lead = Columns(np.log(attack / defence)[:, None], ("",))
    else:
        lead = Columns(np.stack([attack, defence], axis=1), ("", ""), intercept=False)
    fit = fit_penalised(likelihood, (lead, constant) if draws else (lead,), outcome)
    if fit.log_likelihood > -FOREGONE * len(outcome):
        raise DomainError("strength parts winners from losers in all disputes; more of them are needed")
    scale = 1.0 if form == "ratio" else float(np.mean(np.concatenate([attack, defence])))
    parts = _ratio_parts(fit) if form == "ratio" else _difference_parts(fit, scale)
    draw, draw_error = _draw(fit) if draws else (1.0, 0.0)
    return ContestEstimate(form, *parts, draw, draw_error, scale, len(outcome), fit.log_likelihood)


def fit_by_era(
    year: np.ndarray,
    attack: np.ndarray,
    defence: np.ndarray,
    outcome: np.ndarray,
    *,
    form: Form = "ratio",
    eras: Mapping[str, tuple[int, int]] = ERAS,
) -> dict[str, ContestEstimate]:
    """Estimate the contest of decisive disputes in every era by itself.

    Parameters
    ----------
    year : calendar year
        Of onset.
    attack, defence, outcome, form
        As `fit_contest`.
    eras : calendar years
        First and last of each.
    """
    found = {}
    for name, (first, last) in eras.items():
        inside = (year >= first) & (year <= last)
        found[name] = fit_contest(attack[inside], defence[inside], outcome[inside], form)
    return found


def sides_of(
    table: pl.DataFrame, component: str = "cinc", came: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Give both sides' shares of one component; not a number where a side's is unknown.

    Parameters
    ----------
    table
        Disputes, in the columns of `kedge.security.disputes.REQUIRED`.
    component
        One of `kedge.security.disputes.COMPONENTS`.
    came
        Whether to count all who came in the end.
    """
    of = "_all" if came else ""
    sides = [table.get_column(f"{component}{of}_{side}").cast(pl.Float64).to_numpy() for side in "ab"]
    return sides[0], sides[1]


def _ratio_parts(fit: PenalisedFit) -> tuple[float, float, float, float, float]:
    (constant, slope), covariance = fit.in_units()
    change = np.array([-1.0 / slope, constant / slope**2])
    error = float(np.sqrt(change @ covariance @ change))
    return (
        float(slope),
        float(np.sqrt(covariance[1, 1])),
        float(-constant / slope),
        error,
        float(np.exp(constant)),
    )


def _difference_parts(fit: PenalisedFit, scale: float) -> tuple[float, float, float, float, float]:
    (ahead, behind), covariance = fit.in_units()
    if ahead <= 0.0 or behind >= 0.0:
        raise DomainError(
            f"the difference form needs strength to help both sides, found slopes {ahead:.3g} and "
            f"{behind:.3g}; use the ratio form, or more disputes"
        )
    change = np.array([-1.0 / ahead, 1.0 / behind])
    error = float(np.sqrt(change @ covariance @ change))
    slope, spread = ahead * scale, np.sqrt(covariance[0, 0]) * scale
    return (
        float(slope),
        float(spread),
        float(np.log(-behind / ahead)),
        error,
        float(np.exp(slope + behind * scale)),
    )


def _draw(fit: PenalisedFit) -> tuple[float, float]:
    (room,), covariance = fit.in_units(1)
    draw = 1.0 + np.exp(room)
    return float(draw), float(np.exp(room) * np.sqrt(covariance[0, 0]))


def _require(attack: np.ndarray, defence: np.ndarray, outcome: np.ndarray) -> None:
    if not len(attack) == len(defence) == len(outcome):
        raise DomainError(
            f"expected as many strengths as outcomes, found {len(attack)}, {len(defence)}, {len(outcome)}"
        )
    if not (np.isfinite(attack) & np.isfinite(defence) & (attack > 0) & (defence > 0)).all():
        raise DomainError("every strength should be above zero and finite; drop the disputes without one")
    if np.ptp(attack / defence) == 0.0:
        raise DomainError(
            "no dispute differs in strength from another, so that nothing can be learnt from it"
        )
