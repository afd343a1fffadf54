"""How often allies kept their word in war: rates by group with intervals, and what goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from scipy.stats import beta, norm

from kedge.core.errors import DomainError, UnknownName
from kedge.security.dispute_scores import deal_folds
from kedge.security.penalised import Columns, PenalisedFit, chances_of, decisive, fit_penalised

OBLIGATIONS = ("defense", "offense", "neutral", "nonagg", "consul")
RULES = ("leeds", "authors")
"""Rules of coding: Leeds, Long & Mitchell's (2000), and Berkemeier & Fuhrmann's (2018) own."""

Interval = Literal["wilson", "jeffreys", "wars"]
DRAWS = 2000
"""Resamples of wars behind an interval."""

REQUIRED = ("war", "year", "before_1945", "multilateral", *OBLIGATIONS)


@dataclass(frozen=True)
class Rate:
    """A rate of honoured commitments.

    Parameters
    ----------
    group
        Whose.
    cases, wars
        Alliances in a war that asked something of them, and wars among those.
    honoured
        Cases in which they did it.
    rate, low, high : share
        With a 95 % interval.
    """

    group: str
    cases: int
    wars: int
    honoured: int
    rate: float
    low: float
    high: float


def honour_rates(
    opportunities: pl.DataFrame,
    by: str | None = None,
    *,
    rule: str = "leeds",
    interval: Interval = "wilson",
    where: pl.Expr | None = None,
) -> tuple[Rate, ...]:
    """Give the share of commitments honoured where they applied, by group.

    Parameters
    ----------
    opportunities
        One row an alliance and war, in the columns of `REQUIRED` and of the rule: `applied_R` and
        `honoured_R` (null where the treaty asked for nothing).
    by
        A column whose values make groups; `obligation` for one group a promise, in which a treaty
        with two promises stands twice; by default all together.
    rule
        `leeds` or `authors`.
    interval
        `wilson` or `jeffreys`, which take cases as independent, or `wars`, which draws whole wars
        again: two world wars hold a third of the cases.
    where
        Which rows to use.

    Returns
    -------
    tuple of Rate
        In the order of the groups' names; promises in the order of `OBLIGATIONS`.

    Raises
    ------
    UnknownName
        No such rule or interval.
    DomainError
        A column is missing, or no commitment applied.

    References
    ----------
    Berkemeier & Fuhrmann (2018), Research & Politics 5(2), under both rules; Brown, Cai & DasGupta
    (2001), Statistical Science 16, on the intervals.  Reproduced in
    tests/security/test_reliability.py.
    """
    if interval not in ("wilson", "jeffreys", "wars"):
        raise UnknownName("interval", interval, ("wilson", "jeffreys", "wars"))
    asked = applied(opportunities if where is None else opportunities.filter(where), rule)
    groups = _groups(asked, by)
    return tuple(_rate(name, part, f"honoured_{rule}", interval) for name, part in groups if part.height)


def applied(opportunities: pl.DataFrame, rule: str = "leeds") -> pl.DataFrame:
    """Keep the rows in which a treaty asked for something under a rule.

    Raises
    ------
    UnknownName
        No such rule.
    DomainError
        A column is missing, or no row is left.
    """
    if rule not in RULES:
        raise UnknownName("rule of coding", rule, RULES)
    needed = [*REQUIRED, f"applied_{rule}", f"honoured_{rule}"]
    missing = [name for name in needed if name not in opportunities.columns]
    if missing:
        raise DomainError(f"the table of alliances in war lacks {', '.join(missing)}; see read_reliability")
    asked = opportunities.filter(pl.col(f"applied_{rule}"))
    if asked.height == 0:
        raise DomainError(f"under {rule!r} no treaty asked for anything in these {opportunities.height} rows")
    return asked


def wilson_interval(honoured: int, cases: int, level: float = 0.95) -> tuple[float, float]:
    """Give Wilson's score interval of a share.

    Parameters
    ----------
    honoured, cases
        Successes and trials, at least one.
    level : probability
        Of covering the true share.

    Examples
    --------
    >>> tuple(round(end, 3) for end in wilson_interval(73, 146))
    (0.42, 0.58)
    """
    z = float(norm.ppf(0.5 + level / 2.0))
    share, more = honoured / cases, z**2 / cases
    middle = (share + more / 2.0) / (1.0 + more)
    half = z / (1.0 + more) * np.sqrt(share * (1.0 - share) / cases + more / (4.0 * cases))
    # At 0 and 1 the end is exact; rounding alone would leave the unit interval.
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def jeffreys_interval(honoured: int, cases: int, level: float = 0.95) -> tuple[float, float]:
    """Give the middle of the Beta posterior of a share under Jeffreys' prior; ends at 0 and 1 if all agree.

    Parameters
    ----------
    honoured, cases
        Successes and trials, at least one.
    level : probability
        Within the interval.
    """
    a, b, tail = honoured + 0.5, cases - honoured + 0.5, (1.0 - level) / 2.0
    low = 0.0 if honoured == 0 else float(beta.ppf(tail, a, b))
    high = 1.0 if honoured == cases else float(beta.ppf(1.0 - tail, a, b))
    return low, high


@dataclass(frozen=True)
class ReliabilityLogit:
    """Log-odds of honouring, and how well they tell wars held out.

    Parameters
    ----------
    names
        Of the columns.
    slopes, errors : log-odds a unit of the column
        With a prior learnt from the data, so that weak ones are near zero.
    reduction : share
        Of log loss below the base rate, on wars that the fit did not see.
    cases, wars
        Behind it.
    fit
        The fit to all cases.
    """

    names: tuple[str, ...]
    slopes: np.ndarray
    errors: np.ndarray
    reduction: float
    cases: int
    wars: int
    fit: PenalisedFit


def fit_reliability(
    opportunities: pl.DataFrame,
    *,
    rule: str = "leeds",
    also: Sequence[str] = (),
    folds: int = 10,
    seed: int = 0,
) -> ReliabilityLogit:
    """Regress honouring on promises, era and size of the alliance, and score it on wars held out.

    Parameters
    ----------
    opportunities
        As `honour_rates`.
    rule
        `leeds` or `authors`.
    also
        More columns of numbers, such as those of `kedge.world.reliability.reliability_table`; a
        case without one takes its mean.
    folds, seed
        Wars are dealt to folds whole.

    Raises
    ------
    UnknownName, DomainError
        As `honour_rates`; a column of `also` is missing.
    """
    asked = applied(opportunities, rule)
    missing = [name for name in also if name not in asked.columns]
    if missing:
        raise DomainError(f"the table of alliances in war lacks {', '.join(missing)}")
    names = (*OBLIGATIONS, "before_1945", "multilateral", *also)
    values = [asked.get_column(name).cast(pl.Float64) for name in names]
    table = np.stack([each.fill_null(each.mean()).to_numpy() for each in values], axis=1)
    groups = ("promise",) * len(OBLIGATIONS) + ("era", "size") + ("also",) * len(also)
    columns = Columns(table, groups)
    honoured = asked.get_column(f"honoured_{rule}").cast(pl.Int64).to_numpy()
    war = asked.get_column("war").to_numpy()
    fit = fit_penalised(decisive, (columns,), honoured)
    slopes, covariance = fit.in_units()
    reduction = _held_out(columns, honoured, deal_folds(war, folds, np.random.default_rng(seed)))
    errors = np.sqrt(np.diag(covariance)[1:])
    return ReliabilityLogit(names, slopes[1:], errors, reduction, len(honoured), len(np.unique(war)), fit)


def _held_out(columns: Columns, honoured: np.ndarray, fold: np.ndarray) -> float:
    loss = base = 0.0
    for each in np.unique(fold):
        out = fold == each
        fit = fit_penalised(decisive, (columns.pick(~out),), honoured[~out])
        told = chances_of(decisive, fit.indices((columns.pick(out),)))[:, 1]
        loss += _log_loss(told, honoured[out])
        base += _log_loss(np.full(int(out.sum()), honoured[~out].mean()), honoured[out])
    return 1.0 - loss / base


def _log_loss(chance: np.ndarray, came: np.ndarray) -> float:
    return float(-np.log(np.where(came == 1, chance, 1.0 - chance)).sum())


def _groups(asked: pl.DataFrame, by: str | None) -> list[tuple[str, pl.DataFrame]]:
    if by is None:
        return [("all", asked)]
    if by == "obligation":
        return [(name, asked.filter(pl.col(name))) for name in OBLIGATIONS]
    if by not in asked.columns:
        raise DomainError(f"the table of alliances in war has no column {by!r} to group by")
    values = asked.get_column(by).unique().sort().to_list()
    return [(str(value), asked.filter(pl.col(by) == value)) for value in values if value is not None]


def _rate(name: str, part: pl.DataFrame, column: str, interval: Interval) -> Rate:
    honoured, cases = int(part.get_column(column).sum()), part.height
    if interval == "wars":
        low, high = _by_war(part, column)
    else:
        low, high = (wilson_interval if interval == "wilson" else jeffreys_interval)(honoured, cases)
    wars = part.get_column("war").n_unique()
    return Rate(name, cases, wars, honoured, honoured / cases, low, high)


def _by_war(part: pl.DataFrame, column: str) -> tuple[float, float]:
    sums = part.group_by("war").agg(kept=pl.col(column).sum(), n=pl.len()).sort("war")
    kept, n = sums.get_column("kept").to_numpy(), sums.get_column("n").to_numpy()
    rng = np.random.default_rng(0)
    counts = rng.multinomial(len(n), np.full(len(n), 1.0 / len(n)), size=DRAWS)
    low, high = np.quantile((counts @ kept) / (counts @ n), [0.025, 0.975])
    return float(low), float(high)
