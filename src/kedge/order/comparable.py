"""Whether a year's roll calls can be compared with those before, and what to compare if not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool, Int

from kedge.core.errors import DomainError, UnknownName
from kedge.order.agreement import Votes, agree

CHOICE_NO, CHOICE_YES = 0, 2


@dataclass(frozen=True)
class SelectionSettings:
    """When a year's selection of texts counts as unlike that of the years before.

    Each rule compares the year with the `window` years before it.  A year is marked when at least
    `rules` of the three hold.

    Parameters
    ----------
    window : years
    jump : ratio
        Number of recorded votes over the median of the window, at least.
    newness : share
        By how much the share of texts never voted on before exceeds the window's highest, at least.
    opposition : share
        By how much the patron's share of no votes exceeds the window's highest, at least.
    rules
        How many of the three must hold.
    """

    window: int = 8
    jump: float = 1.5
    newness: float = 0.1
    opposition: float = 0.1
    rules: int = 2


@dataclass(frozen=True)
class SelectionWarning:
    """A year whose texts were selected unlike those before: raw agreement must not be compared across it.

    Parameters
    ----------
    year
    votes, usual_votes
        Recorded votes of the year; median of the years before.
    new_texts, usual_new_texts : share
        Texts never voted on before; highest of the years before.
    no_rate, usual_no_rate : share
        The patron's no votes among its votes; highest of the years before.
    holds
        Which of the three rules hold.
    """

    year: int
    votes: int
    usual_votes: float
    new_texts: float
    usual_new_texts: float
    no_rate: float
    usual_no_rate: float
    holds: tuple[str, ...]

    def sentence(self) -> str:
        """Say it in plain words."""
        return (
            f"{self.year}: {self.votes} recorded votes against {self.usual_votes:.0f} in a usual year, "
            f"{100 * self.new_texts:.0f} % of them on texts never voted on before (at most "
            f"{100 * self.usual_new_texts:.0f} % in the years before), and the patron voted no on "
            f"{100 * self.no_rate:.0f} % (at most {100 * self.usual_no_rate:.0f} %). Many texts that used to "
            f"pass without a vote were put to one: do not compare raw agreement of {self.year} with other "
            f"years; use texts that recur, or a model with item parameters."
        )


def find_selection_breaks(
    votes: Votes,
    years: Int[np.ndarray, " roll_call"],
    text: Int[np.ndarray, " roll_call"],
    patron: int,
    settings: SelectionSettings | None = None,
) -> tuple[SelectionWarning, ...]:
    """Find the years whose roll calls were selected unlike those of the years before.

    Parameters
    ----------
    votes
        As in `agree`.
    years
        Calendar year of each roll call, in any order.
    text
        Number of the recurring text of each roll call.
    patron
        Row of the patron.
    settings
        Rules; see `SelectionSettings`.

    Raises
    ------
    DomainError
        Arrays of different length.
    """
    if not votes.shape[1] == years.size == text.size:
        raise DomainError(
            f"votes, years and texts should have one entry a roll call: {votes.shape[1]}, "
            f"{years.size} and {text.size}"
        )
    rules = settings or SelectionSettings()
    first_year: dict[int, int] = {}
    for number, year in zip(text.tolist(), years.tolist(), strict=True):
        first_year[number] = min(year, first_year.get(number, year))
    new = np.array([first_year[number] for number in text.tolist()]) == years
    row = votes[patron]
    spans = np.unique(years).tolist()
    counts = {year: _describe(row[years == year], new[years == year]) for year in spans}
    found = []
    for year in spans:
        before = [counts[each] for each in spans if year - rules.window <= each < year]
        if len(before) < rules.window:
            continue
        warning = _judge(year, counts[year], before, rules)
        if len(warning.holds) >= rules.rules:
            found.append(warning)
    return tuple(found)


def compare_matched(
    votes: Votes,
    years: Int[np.ndarray, " roll_call"],
    text: Int[np.ndarray, " roll_call"],
    states: tuple[str, ...],
    focal: str,
    span: tuple[tuple[int, int], tuple[int, int]],
) -> pl.DataFrame:
    """Compare a state's agreement with others between two periods on texts voted on in both.

    Parameters
    ----------
    votes, years, text, states
        As in `agree` and `find_selection_breaks`.
    focal
        State whose agreement with every other is compared.
    span
        First and last year of the earlier and of the later period.

    Returns
    -------
    DataFrame
        other, texts (that both voted on in both periods), before, after and change of S (each text
        counting once), and se, the standard error of the change over texts.

    Raises
    ------
    UnknownName
        The focal state has no votes.
    DomainError
        The periods share years, or no text was voted on in both.
    """
    if focal not in states:
        raise UnknownName("state with votes", focal, states)
    if span[0][0] <= span[1][1] and span[1][0] <= span[0][1]:
        raise DomainError(
            f"the two periods share years: {span[0]} and {span[1]}; the same votes would stand on both sides"
        )
    masks = [(years >= first) & (years <= last) for first, last in span]
    shared = np.intersect1d(text[masks[0]], text[masks[1]])
    if shared.size == 0:
        raise DomainError(f"no text was voted on both in {span[0]} and in {span[1]}; widen the periods")
    here = states.index(focal)
    before, after = (_by_text(votes, text, mask, shared, here) for mask in masks)
    both = np.isfinite(before) & np.isfinite(after)
    counts = both.sum(axis=1)
    rows = []
    for at in np.flatnonzero(counts > 1):
        if at == here:
            continue
        old, new = before[at, both[at]], after[at, both[at]]
        change = new - old
        rows.append(
            (
                states[at],
                int(counts[at]),
                float(old.mean()),
                float(new.mean()),
                float(change.mean()),
                float(change.std(ddof=1) / np.sqrt(change.size)),
            )
        )
    schema = ["other", "texts", "before", "after", "change", "se"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def matched_roll_calls(
    years: Int[np.ndarray, " roll_call"], text: Int[np.ndarray, " roll_call"], lookback: int = 3
) -> Bool[np.ndarray, " roll_call"]:
    """Mark roll calls whose text was voted on in an earlier year, at most `lookback` years before."""
    seen: dict[int, set[int]] = {}
    for number, year in zip(text.tolist(), years.tolist(), strict=True):
        seen.setdefault(number, set()).add(year)
    return np.array(
        [
            any(year - back in seen[number] for back in range(1, lookback + 1))
            for number, year in zip(text.tolist(), years.tolist(), strict=True)
        ],
        dtype=bool,
    )


def _describe(row: np.ndarray, new: np.ndarray) -> tuple[int, float, float]:
    cast = row >= 0
    no_rate = float((row[cast] == CHOICE_NO).mean()) if cast.any() else 0.0
    return row.size, float(new.mean()), no_rate


def _judge(
    year: int,
    here: tuple[int, float, float],
    before: list[tuple[int, float, float]],
    rules: SelectionSettings,
) -> SelectionWarning:
    usual = float(np.median([count for count, _, _ in before]))
    newest = max(share for _, share, _ in before)
    strictest = max(rate for _, _, rate in before)
    count, new, no_rate = here
    tests = {
        "number of votes": count >= rules.jump * usual,
        "texts new to the vote": new >= newest + rules.newness,
        "no votes of the patron": no_rate >= strictest + rules.opposition,
    }
    return SelectionWarning(
        year=int(year),
        votes=count,
        usual_votes=usual,
        new_texts=new,
        usual_new_texts=newest,
        no_rate=no_rate,
        usual_no_rate=strictest,
        holds=tuple(name for name, true in tests.items() if true),
    )


def _by_text(votes: Votes, text: np.ndarray, mask: np.ndarray, shared: np.ndarray, focal: int) -> np.ndarray:
    """Mean similarity (1 - distance, doubled and centred as S) with the focal state, state by text."""
    table = np.full((votes.shape[0], shared.size), np.nan)
    for place, number in enumerate(shared):
        part = votes[:, mask & (text == number)]
        names = tuple(map(str, range(votes.shape[0])))
        table[:, place] = agree(part, names, focal=(str(focal),)).s[0]
    return table
