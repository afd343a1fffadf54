"""How far pairs of states vote alike: raw agreement, S, kappa and pi, with standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from jaxtyping import Float, Int, Int8

from kedge.core.errors import DomainError, UnknownName

Votes = Int8[np.ndarray, "state roll_call"]
Pairs = Float[np.ndarray, "one other"]
Spacing = Literal["absolute", "squared"]
CHOICES = 3
"""No, abstain and yes, in this order: codes 0, 1 and 2 of a votes matrix; below zero is no vote."""
MEASURES = ("raw", "s", "kappa", "pi")


@dataclass(frozen=True)
class Agreement:
    """Agreement of each state of one list with each of another over a set of roll calls.

    Where two states have no roll call in common every measure is NaN; kappa and pi are NaN too
    where chance alone leaves no room to disagree (both always voted the same way).

    Parameters
    ----------
    one, other
        Positions of the states in the votes matrix, or whatever names the caller gave.
    common : votes
        Roll calls in which both voted yes, abstain or no.
    raw : share
        Votes that are the same.
    s : -1 to 1
        Signorino & Ritter's S.
    kappa, pi : up to 1
        Agreement beyond chance; chance from each state's own votes, or from both together.
    errors
        Standard error of each measure, over roll calls drawn alike and independently.
    """

    one: tuple[str, ...]
    other: tuple[str, ...]
    common: Int[np.ndarray, "one other"]
    raw: Pairs
    s: Pairs
    kappa: Pairs
    pi: Pairs
    errors: dict[str, Pairs]

    def table(self) -> pl.DataFrame:
        """List them, one row a pair: one, other, common, and each measure with its standard error."""
        rows, columns = (axis.ravel() for axis in np.indices(self.common.shape))
        data: dict[str, object] = {
            "one": [self.one[at] for at in rows],
            "other": [self.other[at] for at in columns],
            "common": self.common.ravel(),
        }
        for name in MEASURES:
            data[name] = getattr(self, name).ravel()
            data[f"{name}_se"] = self.errors[name].ravel()
        return pl.DataFrame(data).with_columns(pl.col(pl.Float64).fill_nan(None))


def agree(
    votes: Votes,
    states: Sequence[str],
    *,
    focal: Sequence[str] | None = None,
    spacing: Spacing = "absolute",
    abstention: float = 0.5,
) -> Agreement:
    """Work out the agreement of pairs of states over all roll calls given.

    With d the distance of two votes on the scale no 0, abstain `abstention`, yes 1 (squared if so
    chosen), n common votes, O the mean of d over them and E the mean expected by chance:
    S = 1 - 2 O; kappa = 1 - O / E with chance from each state's own votes on the common roll calls;
    pi = 1 - O / E with chance from both states' votes together.  Standard errors: exact for raw
    agreement and S, the delta method for kappa and pi.

    Parameters
    ----------
    votes
        0 no, 1 abstain, 2 yes; below zero absent or not a member.
    states
        Names of the rows.
    focal
        States to compare with all others; by default every state.
    spacing
        Distance of votes, absolute (as in S) or squared.
    abstention : 0-1
        Place of an abstention between no and yes.

    Raises
    ------
    DomainError
        Names and rows do not match, or a code is none of the five.
    UnknownName
        A focal state is not among the states.

    References
    ----------
    Signorino & Ritter (1999), International Studies Quarterly 43(1), 115-144; Cohen (1968),
    Psychological Bulletin 70(4); Scott (1955), Public Opinion Quarterly 19(3); Häge (2011),
    Political Analysis 19(3), 287-305.  Error of kappa: Fleiss, Cohen & Everitt (1969),
    Psychological Bulletin 72(5).

    Examples
    --------
    >>> votes = np.array([[2, 2, 0, 1], [2, 0, 0, 2]], np.int8)
    >>> agree(votes, ("JPN", "USA"), focal=("JPN",)).s.round(2)
    array([[1.  , 0.25]])
    """
    _check(votes, states, abstention)
    for name in focal or ():
        if name not in states:
            raise UnknownName("state with votes", name, states)
    names = tuple(states) if focal is None else tuple(focal)
    rows = [list(states).index(name) for name in names]
    chosen = _indicators(votes)
    cells = np.einsum("air,bjr->abij", chosen[:, rows], chosen, optimize=True)
    distance = _distances(spacing, abstention)
    with np.errstate(divide="ignore", invalid="ignore"):
        common = cells.sum(axis=(0, 1))
        share = cells / common
        same = np.einsum("aaij->ij", share)
        apart = np.einsum("ab,abij->ij", distance, share)
        spread = np.einsum("ab,abij->ij", distance**2, share) - apart**2
        kappa, kappa_error = _beyond_chance(share, common, distance, pooled=False)
        pi, pi_error = _beyond_chance(share, common, distance, pooled=True)
        errors = {
            "raw": np.sqrt(same * (1.0 - same) / common),
            "s": 2.0 * np.sqrt(np.maximum(spread, 0.0) / common),
            "kappa": kappa_error,
            "pi": pi_error,
        }
    return Agreement(
        one=names,
        other=tuple(states),
        common=common.astype(np.int64),
        raw=same,
        s=1.0 - 2.0 * apart,
        kappa=kappa,
        pi=pi,
        errors=errors,
    )


def agree_by_year(
    votes: Votes,
    years: Int[np.ndarray, " roll_call"],
    states: Sequence[str],
    focal: Sequence[str],
    *,
    spacing: Spacing = "absolute",
) -> pl.DataFrame:
    """List the agreement of focal states with all others by year; see `agree`.

    Pairs without a common vote in a year have no row, nor has a state with itself.
    """
    if votes.shape[1:] != years.shape:
        raise DomainError(f"{votes.shape[1]} roll calls need as many years, found {years.size}")
    if years.size == 0:
        raise DomainError("no roll call falls in these years; the General Assembly's votes begin in 1946")
    tables = []
    for year in np.unique(years).tolist():
        found = agree(votes[:, years == year], states, focal=focal, spacing=spacing).table()
        tables.append(found.with_columns(pl.lit(year, pl.Int32).alias("year")))
    table = pl.concat(tables).filter((pl.col("common") > 0) & (pl.col("one") != pl.col("other")))
    return table.select("year", *(name for name in table.columns if name != "year"))


def _indicators(votes: Votes) -> Float[np.ndarray, "choice state roll_call"]:
    return np.stack([votes == choice for choice in range(CHOICES)]).astype(np.float64)


def _distances(spacing: Spacing, abstention: float) -> Float[np.ndarray, "choice choice"]:
    place = np.array([0.0, abstention, 1.0])
    apart = np.abs(place[:, None] - place[None, :])
    return apart if spacing == "absolute" else apart**2


def _beyond_chance(
    share: np.ndarray, common: np.ndarray, distance: np.ndarray, *, pooled: bool
) -> tuple[Pairs, Pairs]:
    """Give one minus observed over expected distance, and its standard error by the delta method."""
    first, second = share.sum(axis=1), share.sum(axis=0)
    if pooled:
        first = second = (first + second) / 2.0
    apart = np.einsum("ab,abij->ij", distance, share)
    from_first = np.einsum("ab,bij->aij", distance, second)
    from_second = np.einsum("ab,aij->bij", distance, first)
    chance = np.einsum("aij,aij->ij", first, from_first)
    chance = np.where(chance > 1e-12, chance, np.nan)
    ratio = apart / chance
    # What one more vote of each kind would add to the observed and to the expected distance.
    observed = distance[:, :, None, None] - apart
    expected = from_first[:, None] + from_second[None, :] - 2.0 * chance
    influence = -observed / chance + ratio / chance * expected
    variance = np.einsum("abij,abij->ij", share, influence**2) / common
    return 1.0 - ratio, np.sqrt(variance)


def _check(votes: Votes, states: Sequence[str], abstention: float) -> None:
    if votes.ndim != 2 or votes.shape[0] != len(states):
        raise DomainError(
            f"votes should have one row a state: {len(states)} states, but an array of shape {votes.shape}"
        )
    if votes.size and not (votes.min() >= -2 and votes.max() <= 2):
        raise DomainError(
            "votes should be 0 (no), 1 (abstain), 2 (yes), -1 (absent) or -2 (not a member); "
            f"found {int(votes.min())} to {int(votes.max())}"
        )
    if not 0.0 <= abstention <= 1.0:
        raise DomainError(f"an abstention should stand between no (0) and yes (1), not at {abstention}")
