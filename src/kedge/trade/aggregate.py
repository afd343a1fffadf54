"""Fold many economies into fewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError, UnknownName
from kedge.trade.calibrate import Economy


def aggregate_flows(
    flows: Float[np.ndarray, "exporter importer"],
    gdp: Float[np.ndarray, " economy"],
    iso3: Sequence[str],
    groups: Mapping[str, str],
    rest: str | None = None,
) -> tuple[Float[np.ndarray, "group group"], Float[np.ndarray, " group"], tuple[str, ...]]:
    """Add up flows and GDP by group; trade inside a group lands on the diagonal.

    Parameters
    ----------
    groups
        Economy to group; groups come out in order of first mention here.
    rest
        Group of the economies that `groups` does not name; without it they are an error.

    Returns
    -------
    tuple
        Flows, GDP (units of the input) and the groups' names.

    Raises
    ------
    UnknownName
        `groups` names an economy that is not there.
    DomainError
        An economy has no group and `rest` is not given.

    Examples
    --------
    >>> flows = np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 4.0], [5.0, 6.0, 0.0]])
    >>> aggregate_flows(flows, np.ones(3), ["USA", "FRA", "DEU"], {"USA": "USA"}, rest="XRW")[0]
    array([[ 0.,  3.],
           [ 8., 10.]])
    """
    pick, names = _pick(iso3, groups, rest)
    return pick @ flows @ pick.T, pick @ gdp, names


def aggregate_economy(economy: Economy, groups: Mapping[str, str], rest: str | None = None) -> Economy:
    """Fold a calibrated economy, so that each group's income, spending and transfers are its members' sums.

    The local labour share of a group is its members' mean by purchases; sums are exact only where
    the members' shares are equal, which calibration makes true of all but the home economy.

    Raises
    ------
    UnknownName, DomainError
        As `aggregate_flows`.
    """
    pick, names = _pick(economy.iso3, groups, rest)
    bought = economy.expenditure
    local = pick @ (bought * economy.local_labour) / (pick @ bought)
    return Economy(names, pick @ economy.flows @ pick.T, local)


def _pick(
    iso3: Sequence[str], groups: Mapping[str, str], rest: str | None
) -> tuple[Float[np.ndarray, "group economy"], tuple[str, ...]]:
    known = set(iso3)
    for code in groups:
        if code not in known:
            raise UnknownName("economy", code, known)
    left = [code for code in iso3 if code not in groups]
    if left and rest is None:
        raise DomainError(f"no group for {', '.join(left[:8])}; name them, or give `rest`")
    mentioned: list[str] = list(groups.values())
    if left and rest is not None:
        mentioned.append(rest)
    names: tuple[str, ...] = tuple(dict.fromkeys(mentioned))
    pick = np.zeros((len(names), len(iso3)))
    for column, code in enumerate(iso3):
        pick[names.index(groups.get(code, rest or "")), column] = 1.0
    return pick, names
