"""Defence effort against tariffs: what a deal between an ally and its patron would be worth to each.

The ally spends e more on defence (percent of its GDP), the patron cuts its tariff from t0 to t.  Both
gains are in percent of the ally's GDP, so that they can be set against each other:

    ally    A(t) - a e        A: real income won by the cut;   a: cost of effort, net of its use at home
    patron  b e - L(t)        L: what the cut loses the patron; b: worth of effort to the patron

Without a deal both gain nothing.  The Nash bargaining solution divides the surplus by power pi: it
maximises (ally gain)^(1 - pi) (patron gain)^pi.  Where an ally gains from effort itself (a <= 0), it
makes the effort with a deal or without: effort is then no concession, and counts as none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from kedge.core.errors import DomainError

Draws = Float[np.ndarray, " draw"]
FINE = 97
"""Tariffs tried between none and the present one."""
LEAST = 1e-9
"""Percent of GDP below which nothing is gained."""


@dataclass(frozen=True)
class Curves:
    """Real income of both by the patron's tariff on the ally, all else as it is.

    Parameters
    ----------
    tariffs : share, ad valorem
        From none (first) to the present one (last), increasing.
    ally, patron : percent of own GDP
        Real income at each, [draw, tariff], against any common baseline.
    """

    tariffs: Float[np.ndarray, " tariff"]
    ally: Float[np.ndarray, "draw tariff"]
    patron: Float[np.ndarray, "draw tariff"]

    def __post_init__(self) -> None:
        if self.tariffs.ndim != 1 or self.tariffs.size < 2 or (np.diff(self.tariffs) <= 0).any():
            raise DomainError("tariffs of a bargain should increase from none to the present one")
        for name in ("ally", "patron"):
            values = getattr(self, name)
            if values.shape != self.ally.shape or values.shape[1:] != self.tariffs.shape:
                raise DomainError(
                    f"{name}: {self.tariffs.size} tariffs want as many a draw, got {values.shape}"
                )
            if not np.isfinite(values).all():
                raise DomainError(f"{name}: every real income must be a number; leave unsolved draws out")


@dataclass(frozen=True)
class Terms:
    """What effort costs and is worth, and who has how much power; one entry a draw.

    Parameters
    ----------
    cost
        Percent of the ally's GDP that it loses by one percent of GDP more in defence: the cost of public
        funds, less what the forces are worth to itself, less what they do to the patron's commitment.
    worth
        Percent of the *ally's* GDP that the same is worth to the patron.
    tariff_taste : percent of the ally's GDP
        What the patron's government gains from the whole tariff besides real income.
    power : share
        Of the surplus that goes to the patron.
    most_effort : percent of GDP
        The ally can add no more than this.
    patron_size
        GDP of the patron over the ally's.
    """

    cost: Draws
    worth: Draws
    tariff_taste: Draws
    power: Draws
    most_effort: float
    patron_size: float


@dataclass(frozen=True)
class Deals:
    """What comes of a bargain in each draw; without a deal tariff and effort stay as they are.

    Parameters
    ----------
    agreed
        Whether there is anything to agree on.
    tariff : share, ad valorem
        In the deal.
    effort : percent of the ally's GDP
        Added in the deal.
    ally_gain, patron_gain : percent of the ally's GDP
    tariff_cost : percent of the ally's GDP
        What the present tariff costs the ally.
    willing : percent of GDP
        The most effort the ally would add to be spared the tariff; infinite where effort costs nothing
        and is made in any case.
    ask : percent of the ally's GDP
        The least effort for which the patron would drop the tariff; infinite where effort is worth nothing.
    rate : percent of GDP per percentage point
        Effort over tariff points cut in the deal; not a number without a cut.
    """

    agreed: Bool[np.ndarray, " draw"]
    tariff: Draws
    effort: Draws
    ally_gain: Draws
    patron_gain: Draws
    tariff_cost: Draws
    willing: Draws
    ask: Draws
    rate: Draws


def strike_deals(curves: Curves, terms: Terms) -> Deals:
    """Find the Nash bargaining solution of every draw.

    Parameters
    ----------
    curves, terms
        With the same number of draws.

    Raises
    ------
    DomainError
        Numbers of draws differ, or a power lies outside 0 to 1.

    References
    ----------
    Nash (1950), Econometrica 18(2); linkage of issues: Tollison & Willett (1979), International
    Organization 33(4); Conconi & Perroni (2002), J. International Economics 57(2).

    Examples
    --------
    >>> curves = Curves(np.array([0.0, 0.2]), np.array([[0.0, -0.4]]), np.array([[0.0, 0.01]]))
    >>> terms = Terms(*(np.array([x]) for x in (1.0, 0.5, 0.0, 0.5)), most_effort=3.0, patron_size=6.0)
    >>> deal = strike_deals(curves, terms)
    >>> deal.willing.round(2), deal.ask.round(2), deal.effort.round(2)
    (array([0.4]), array([0.12]), array([0.26]))
    """
    draws = curves.ally.shape[0]
    from scipy.special import xlogy

    _check(terms, draws)
    tariffs, won, lost = _on_fine_grid(curves, terms)
    cost, worth, power = (each[:, None] for each in (terms.cost, terms.worth, terms.power))
    effort = _effort(won, lost, (cost, worth, power), terms.most_effort)
    ally, patron = won - cost * effort, worth * effort - lost
    gains = (ally >= -LEAST) & (patron >= -LEAST) & (ally + patron > LEAST)
    value = xlogy(1.0 - power, np.maximum(ally, 0.0)) + xlogy(power, np.maximum(patron, 0.0))
    best = np.where(gains, value, -np.inf).argmax(axis=1)
    at = np.arange(draws)
    agreed = gains[at, best] & np.isfinite(value[at, best])
    tariff = np.where(agreed, tariffs[best], tariffs[-1])
    added = np.where(agreed, effort[at, best], 0.0)
    cut = 100.0 * (tariffs[-1] - tariff)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        willing = np.where(terms.cost > 0, won[:, 0] / terms.cost, np.inf)
        ask = np.where(terms.worth > 0, np.maximum(lost[:, 0], 0.0) / terms.worth, np.inf)
        rate = np.where(cut > 0, added / cut, np.nan)
    return Deals(
        agreed, tariff, added,
        ally_gain=np.where(agreed, ally[at, best], 0.0),
        patron_gain=np.where(agreed, patron[at, best], 0.0),
        tariff_cost=won[:, 0], willing=willing, ask=ask, rate=rate,
    )  # fmt: skip


def _on_fine_grid(curves: Curves, terms: Terms) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Interpolate what each tariff wins the ally and loses the patron, in percent of the ally's GDP."""
    first, last = curves.tariffs[0], curves.tariffs[-1]
    kept = np.linspace(0.0, 1.0, FINE)
    tariffs = first + kept * (last - first)
    # The polynomial through all points, in Chebyshev's basis for the sake of its condition.
    degree, at = curves.tariffs.size - 1, (curves.tariffs - first) / (last - first)
    known = np.polynomial.chebyshev.chebvander(2.0 * at - 1.0, degree)
    fine = np.polynomial.chebyshev.chebvander(2.0 * kept - 1.0, degree)
    weights = np.linalg.solve(known.T, fine.T)
    ally, patron = curves.ally @ weights, curves.patron @ weights
    won = ally - ally[:, -1:]
    lost = terms.patron_size * (patron[:, -1:] - patron) + terms.tariff_taste[:, None] * (1.0 - kept)
    return tariffs, won, lost


def _effort(
    won: np.ndarray, lost: np.ndarray, terms: tuple[np.ndarray, np.ndarray, np.ndarray], most: float
) -> np.ndarray:
    """Give the effort of the solution at each tariff: between the least and the most acceptable one."""
    cost, worth, power = terms
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        highest = np.where(cost > 0, np.minimum(won / cost, most), 0.0)
        lowest = np.where(worth > 0, lost / worth, np.where(lost > 0, np.inf, 0.0))
        inner = np.where(cost > 0, power * won / cost + (1.0 - power) * lowest, 0.0)
    lowest = np.maximum(lowest, 0.0)
    return np.where(lowest <= highest, np.clip(inner, lowest, highest), 0.0)


def _check(terms: Terms, draws: int) -> None:
    for name in ("cost", "worth", "tariff_taste", "power"):
        values = getattr(terms, name)
        if values.shape != (draws,):
            raise DomainError(f"{name}: {draws} draws want {draws} values, got {values.shape}")
        if not np.isfinite(values).all():
            raise DomainError(f"{name} must be a number in every draw")
    if not ((terms.power >= 0) & (terms.power <= 1)).all():
        raise DomainError("power should lie between 0 and 1 in every draw: it is the patron's share")
    if not (terms.most_effort > 0 and terms.patron_size > 0):
        raise DomainError("most_effort and patron_size should be above zero")


def bargaining_set(
    curves: Curves, terms: Terms, points: int = 121
) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """Give the frontier of what both can gain: gains of the ally, and the patron's best at each.

    Parameters
    ----------
    curves, terms
        Of one draw.
    points
        Of the frontier, from the least to the most that the ally can have.

    Returns
    -------
    tuple
        Both in percent of the ally's GDP; the patron's is not a number where the ally cannot have that much.

    Raises
    ------
    DomainError
        There is more than one draw.
    """
    if curves.ally.shape[0] != 1:
        raise DomainError(f"a bargaining set is drawn for one draw, got {curves.ally.shape[0]}")
    _, won, lost = _on_fine_grid(curves, terms)
    cost, worth = float(terms.cost[0]), float(terms.worth[0])
    effort = np.linspace(0.0, terms.most_effort, 4 * points)[None, :]
    ally = (won[0][:, None] - cost * effort).ravel()
    patron = (worth * effort - lost[0][:, None]).ravel()
    edges = np.linspace(ally.min(), ally.max(), points)
    # The best for the patron among all that leave the ally at least this much.
    order = np.argsort(-ally)
    best = np.maximum.accumulate(patron[order])
    at = np.searchsorted(-ally[order], -edges, side="right") - 1
    return edges, np.where(at >= 0, best[np.maximum(at, 0)], np.nan)
