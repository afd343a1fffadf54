"""From goods flows and GDP to a balanced economy that the model reproduces without a shock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError, NotConverged, UnknownName
from kedge.trade.model import find_economy

Flows = Float[np.ndarray, "exporter importer"]


@dataclass(frozen=True)
class LabourTargets:
    """What fixes the local labour shares: how much of sales value is earned by labour at the place of sale.

    Parameters
    ----------
    home, rest : share
        Average over the sales of firms of the home economy, and of all others together.

    References
    ----------
    Ignatenko et al. (2025): 0.26 for the United States, 0.12 for the rest of the world.
    """

    home: float = 0.26
    rest: float = 0.12


@dataclass(frozen=True)
class Economy:
    """A calibrated one-sector world; without a shock the model returns exactly this.

    Parameters
    ----------
    iso3
        Codes, in the order of every axis.
    flows : current US$
        Before duty, own trade on the diagonal; no column and no row is empty.
    local_labour : share
        Part of the value of all purchases that is earned by labour of the buying economy (nu).
    """

    iso3: tuple[str, ...]
    flows: Flows
    local_labour: Float[np.ndarray, " importer"]

    @property
    def expenditure(self) -> Float[np.ndarray, " importer"]:
        """Spending of each economy, current US$."""
        return self.flows.sum(axis=0)

    @property
    def income(self) -> Float[np.ndarray, " exporter"]:
        """GDP as the model has it, current US$: sales less what labour abroad earns on them, and back."""
        return self.flows @ (1.0 - self.local_labour) + self.local_labour * self.expenditure

    @property
    def transfers(self) -> Float[np.ndarray, " economy"]:
        """What an economy spends beyond its income, current US$; they sum to zero."""
        return self.expenditure - self.income

    @property
    def expenditure_share(self) -> Flows:
        """Share of each importer's spending that goes to each exporter; columns sum to one."""
        return self.flows / self.expenditure

    def index(self, iso3: str) -> int:
        """Give the position of an economy.

        Raises
        ------
        UnknownName
            The code is not in this economy.
        """
        return find_economy(iso3, self.iso3)


SmallEconomy = Economy
"""An `Economy` of few members, as `solve_cases` wants it."""


def calibrate_economy(
    flows: Flows,
    gdp: Float[np.ndarray, " economy"],
    iso3: Sequence[str],
    home: str = "USA",
    targets: LabourTargets | None = None,
) -> Economy:
    """Fill in own trade and local labour shares, so that goods flows and GDP fit one another.

    Parameters
    ----------
    flows : current US$
        Goods, exporter by importer.  The diagonal may hold trade among the members of a region:
        it counts as imports and exports of that region, and stays in its own trade.
    gdp : current US$
    iso3
        Codes in the order of both.
    home
        The economy whose local labour share differs from all others'.
    targets
        Averages over sales that the two shares must meet.

    Returns
    -------
    Economy
        `local_labour` takes one value for `home` and one for the rest.  Own trade is spending less
        imports, and never below zero.  As in the source, the model's GDP exceeds the data's by
        `local_labour` times net exports receipts; see docs/trade.md.

    Raises
    ------
    DomainError
        Shapes do not fit, a number is negative or not finite, or an economy buys or sells nothing.
    NotConverged
        No local labour shares meet the targets.

    References
    ----------
    Ignatenko et al. (2025), section 5 (calibration).

    Examples
    --------
    >>> world = calibrate_economy(np.array([[0.0, 2.0], [3.0, 0.0]]), np.array([20.0, 30.0]), ["USA", "XRW"])
    >>> bool(abs(world.transfers.sum()) < 1e-12)
    True
    """
    iso3 = tuple(iso3)
    flows, gdp = np.asarray(flows, dtype=np.float64), np.asarray(gdp, dtype=np.float64)
    _check(flows, gdp, iso3)
    if home not in iso3:
        raise UnknownName("economy", home, iso3)
    at_home = np.array([code == home for code in iso3])
    share_rest, share_home = _local_labour_shares(flows, gdp, at_home, targets or LabourTargets())
    local = np.where(at_home, share_home, share_rest)
    balance = (1.0 - local) * (flows.sum(axis=0) - flows @ (1.0 - local))
    own = np.maximum(gdp + balance - flows.sum(axis=0), 0.0)
    full = flows + np.diag(own)
    if (full.sum(axis=0) <= 0).any() or (full.sum(axis=1) <= 0).any():
        empty = [
            c for c, a, b in zip(iso3, full.sum(axis=0), full.sum(axis=1), strict=True) if a <= 0 or b <= 0
        ]
        raise DomainError(
            f"every economy must buy and sell something; {', '.join(empty)} does not: leave it out"
        )
    return Economy(iso3, full, local)


def _check(flows: np.ndarray, gdp: np.ndarray, iso3: tuple[str, ...]) -> None:
    size = len(iso3)
    if flows.shape != (size, size) or gdp.shape != (size,):
        raise DomainError(
            f"{size} codes want flows of {size} x {size} and {size} GDP figures, "
            f"got {flows.shape} and {gdp.shape}"
        )
    if len(set(iso3)) != size or size < 2:
        raise DomainError(f"codes must be at least two and differ from one another, got {', '.join(iso3)}")
    if not (np.isfinite(flows).all() and (flows >= 0).all()):
        raise DomainError("flows must be finite and not negative; fill blanks with 0")
    wrong = ~(np.isfinite(gdp) & (gdp > 0))
    if wrong.any():
        bad = [iso3[k] for k in np.flatnonzero(wrong)]
        raise DomainError(f"GDP must be finite and above zero; look at {', '.join(bad)}")


def _local_labour_shares(
    flows: np.ndarray, gdp: np.ndarray, at_home: np.ndarray, targets: LabourTargets
) -> tuple[float, float]:
    """Solve the two shares (rest, home) by Newton's method on the world of two."""
    pick = np.stack([~at_home, at_home]).astype(np.float64)
    goods, income = pick @ flows @ pick.T, pick @ gdp
    share = np.array([0.1, 0.24])
    for _ in range(60):
        miss = _labour_miss(share, goods, income, targets)
        if not np.isfinite(miss).all():
            break
        if np.abs(miss).max() < 1e-15:
            break
        slope = np.empty((2, 2))
        for k in range(2):
            nudge = np.zeros(2)
            nudge[k] = 1e-6
            slope[:, k] = (
                _labour_miss(share + nudge, goods, income, targets)
                - _labour_miss(share - nudge, goods, income, targets)
            ) / 2e-6
        if abs(np.linalg.det(slope)) < 1e-12:
            break
        share = share - np.linalg.solve(slope, miss)
    miss = _labour_miss(share, goods, income, targets)
    if not (np.isfinite(miss).all() and np.abs(miss).max() < 1e-10 and (share < 1).all()):
        raise NotConverged(
            f"no local labour shares meet the targets {targets.rest:g} (rest) and {targets.home:g} (home); "
            "check that flows and GDP are in the same unit"
        )
    rest, home = np.maximum(share, 0.0)
    return float(rest), float(home)


def _labour_miss(
    share: np.ndarray, goods: np.ndarray, income: np.ndarray, targets: LabourTargets
) -> np.ndarray:
    spending = income + (1.0 - share) * (goods.sum(axis=0) - goods @ (1.0 - share))
    rest_to_rest = spending[0] - goods[1, 0]
    home_to_home = spending[1] - goods[0, 1]
    rest_kept = rest_to_rest / (rest_to_rest + goods[0, 1])
    home_kept = home_to_home / (home_to_home + goods[1, 0])
    return np.array(
        [
            (1 - rest_kept) * share[1] + rest_kept * share[0] - targets.rest,
            home_kept * share[1] + (1 - home_kept) * share[0] - targets.home,
        ]
    )
