"""Roll calls of the UN General Assembly as one matrix, with what was left out counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from jaxtyping import Bool, Int, Int8, Shaped

from kedge.core.errors import DomainError

NO, ABSTAIN, YES, ABSENT, NOT_A_MEMBER = 0, 1, 2, -1, -2
CODES = {"no": NO, "abstain": ABSTAIN, "yes": YES, "absent": ABSENT}
NEEDED = ("iso3", "vote", "date", "session", "resolution", "title")

_TAIL = re.compile(r"\s*[:/]?\s*(draft )?(resolution|decision)s?\b.*$")
_BRACKETS = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_AGENDA = re.compile(r"A/\S+\s+\S+\s+([^.]+)")
LONGEST_PAUSE = 3
_NOT_WORDS = re.compile(r"[^a-z]+")


@dataclass(frozen=True)
class RollCalls:
    """Votes of states on roll calls, in the order of time.

    Parameters
    ----------
    votes
        0 no, 1 abstain, 2 yes, -1 absent (a member that did not vote), -2 not a member (no row).
    states
        ISO3 code of the seat, sorted.
    ids
        Identity of each roll call in its source.
    dates
        Day of each roll call.
    sessions
        Regular session in which each fell; special sessions count to the regular one then under way.
    resolutions
        Symbol, such as `A/RES/ES-11/7`.
    titles
        As recorded.
    text
        Number of the recurring text: two roll calls with one number vote on the same text again.
    subject
        Number of the subject: the agenda item, or the special session; roll calls of one text have one
        subject, and a subject may have many texts.
    dropped
        What was left out on the way here, and how many rows or roll calls.
    """

    votes: Int8[np.ndarray, "state roll_call"]
    states: tuple[str, ...]
    ids: tuple[str, ...]
    dates: Shaped[np.ndarray, " roll_call"]
    sessions: Int[np.ndarray, " roll_call"]
    resolutions: tuple[str, ...]
    titles: tuple[str, ...]
    text: Int[np.ndarray, " roll_call"]
    subject: Int[np.ndarray, " roll_call"]
    dropped: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def pick(self, wanted: Bool[np.ndarray, " roll_call"] | Int[np.ndarray, " wanted"]) -> RollCalls:
        """Give the roll calls that a mask or a list of positions names; all states stay."""
        at = np.flatnonzero(wanted) if wanted.dtype == bool else wanted
        few = {name: tuple(getattr(self, name)[i] for i in at) for name in ("ids", "resolutions", "titles")}
        arrays = {name: getattr(self, name)[at] for name in ("dates", "sessions", "text", "subject")}
        return replace(self, votes=np.ascontiguousarray(self.votes[:, at]), **few, **arrays)

    def before(self, day: str) -> RollCalls:
        """Give the roll calls held before a day, such as `2025-02-24`."""
        return self.pick(self.dates < np.datetime64(day, "D"))

    def find(self, resolution: str) -> int:
        """Find the position of a resolution by its symbol, whatever the case.

        Raises
        ------
        DomainError
            None or several roll calls have that symbol.
        """
        wanted = _bare(resolution)
        hits = [at for at, each in enumerate(self.resolutions) if _bare(each) == wanted]
        if len(hits) == 1:
            return hits[0]
        if hits:
            shown = ", ".join(self.ids[at] for at in hits[:5])
            raise DomainError(
                f"{len(hits)} roll calls have the symbol {resolution!r}: name one by its id ({shown})"
            )
        if resolution in self.ids:
            return self.ids.index(resolution)
        close = [each for each in self.resolutions if wanted in _bare(each)][:5]
        hint = f"did you mean {', '.join(close)}?" if close else "symbols look like A/RES/ES-11/7"
        raise DomainError(f"no roll call has the symbol {resolution!r}; {hint}")


def gather_roll_calls(frame: pl.DataFrame, identity: str = "undl_id") -> RollCalls:
    """Put rows of state and vote into one matrix, in the order of time.

    Parameters
    ----------
    frame
        One row a state and roll call: `identity`, iso3, vote (yes, no, abstain, absent), date,
        session, resolution and title.  The order of rows does not matter.
    identity
        Column that tells roll calls apart.

    Raises
    ------
    DomainError
        A column is missing or blank, a vote is none of the four, the frame is empty, or a state has two
        different votes in one roll call.
    """
    missing = [name for name in (identity, *NEEDED) if name not in frame.columns]
    if missing:
        raise DomainError(
            f"roll calls need the columns {', '.join(missing)}; found {', '.join(frame.columns)}"
        )
    if frame.height == 0:
        raise DomainError("there is no vote in the table; at least one roll call is needed")
    _refuse_blank(frame, identity)
    _refuse_unknown(frame, identity)
    frame, repeated = _without_repeats(frame, identity)
    calls = frame.unique(identity, keep="first", maintain_order=True).sort("date", identity)
    states = sorted(frame.get_column("iso3").unique())
    row_of = {state: at for at, state in enumerate(states)}
    column_of = {call: at for at, call in enumerate(calls.get_column(identity))}
    votes = np.full((len(states), calls.height), NOT_A_MEMBER, np.int8)
    rows = frame.get_column("iso3").replace_strict(row_of, return_dtype=pl.Int64).to_numpy()
    columns = frame.get_column(identity).replace_strict(column_of, return_dtype=pl.Int64).to_numpy()
    votes[rows, columns] = frame.get_column("vote").replace_strict(CODES, return_dtype=pl.Int8).to_numpy()
    dates = calls.get_column("date").to_numpy().astype("datetime64[D]")
    titles = tuple(calls.get_column("title"))
    sessions = regular_sessions(calls.get_column("session").cast(pl.String).to_list(), dates)
    text = match_texts(titles, sessions)
    labels = calls.get_column("session").cast(pl.String).to_list()
    agenda = calls.get_column("agenda").to_list() if "agenda" in calls.columns else [""] * len(titles)
    return RollCalls(
        votes=votes,
        states=tuple(states),
        ids=tuple(map(str, calls.get_column(identity))),
        dates=dates,
        sessions=sessions,
        resolutions=tuple(calls.get_column("resolution")),
        titles=titles,
        text=text,
        subject=match_subjects(agenda, labels, text),
        dropped={"repeated rows": repeated},
    )


def regular_sessions(labels: list[str], dates: np.ndarray) -> Int[np.ndarray, " roll_call"]:
    """Give the regular session of each roll call; special ones go to the session then under way.

    Parameters
    ----------
    labels
        As recorded: `79`, or `S-6`, `ES-11` for special and emergency special sessions.
    dates
        Day of each roll call, in the order of time.

    Raises
    ------
    DomainError
        A label is neither a number nor a special session.
    """
    wrong = [label for label in labels if not re.fullmatch(r"\d+(\.0)?|E?S-\d+", label)]
    if wrong:
        raise DomainError(f"sessions should look like 79, S-6 or ES-11; found {wrong[0]!r}")
    regular = np.array([int(float(label)) if label[0].isdigit() else -1 for label in labels])
    opened = {int(s): dates[regular == s].min() for s in np.unique(regular[regular >= 0])}
    numbers = np.array(sorted(opened), int)
    starts = np.array([opened[s] for s in numbers], "datetime64[D]")
    # Without regular sessions beside them, special ones follow the calendar: session s opens in September.
    years = dates.astype("datetime64[Y]").astype(int) + 1970
    months = dates.astype("datetime64[M]").astype(int) % 12 + 1
    by_calendar = years - 1945 - (months < 9)
    under_way = by_calendar
    if numbers.size:
        at = np.searchsorted(np.maximum.accumulate(starts), dates, side="right") - 1
        under_way = np.where(at >= 0, numbers[np.maximum(at, 0)], by_calendar)
    return np.where(regular >= 0, regular, under_way).astype(np.int64)


def match_texts(
    titles: tuple[str, ...], sessions: Int[np.ndarray, " roll_call"]
) -> Int[np.ndarray, " roll_call"]:
    """Give every text a number, so that a text voted on again in a later session keeps its number.

    Titles are compared without their closing formula, brackets, figures and case.  A title that stands
    over several texts in one session names none of them.  A text that was not voted on for more than
    three sessions counts as new: titles come back, what they stand over has often changed by then.
    """
    keys = [plain_title(title) for title in titles]
    count: dict[tuple[str, int], int] = {}
    for key, session in zip(keys, sessions, strict=True):
        count[key, int(session)] = count.get((key, int(session)), 0) + 1
    last: dict[str, tuple[int, int]] = {}
    numbers = np.arange(len(titles))
    for at, (key, session) in enumerate(zip(keys, sessions, strict=True)):
        if not key or count[key, int(session)] > 1:
            continue
        if key in last and session - last[key][0] <= LONGEST_PAUSE:
            numbers[at] = last[key][1]
        last[key] = (int(session), int(numbers[at]))
    return numbers


def match_subjects(
    agenda: list[str], labels: list[str], text: Int[np.ndarray, " roll_call"]
) -> Int[np.ndarray, " roll_call"]:
    """Give every subject a number: the agenda item by its name, or the special session by its label.

    Parameters
    ----------
    agenda
        As recorded, such as `A/42/251 38 Question of Palestine. PALESTINE QUESTION`; empty if unknown.
    labels
        Sessions as recorded.
    text
        Used where the agenda item is unknown.
    """
    names: dict[object, int] = {}
    numbers = np.empty(len(agenda), np.int64)
    for at, (item, label) in enumerate(zip(agenda, labels, strict=True)):
        heading = _AGENDA.match(item.strip())
        name = plain_title(heading.group(1)) if heading and label.isdigit() else ""
        key: object = name or (label if not label.isdigit() else int(text[at]))
        numbers[at] = names.setdefault(key, len(names))
    return numbers


def plain_title(title: str) -> str:
    """Strip a title down to the words that name its text.

    Examples
    --------
    >>> plain_title("Oceans and the law of the sea : resolution / adopted by the General Assembly")
    'oceans and the law of the sea'
    """
    text = _BRACKETS.sub(" ", title.lower())
    return _NOT_WORDS.sub(" ", _TAIL.sub("", text)).strip()


def _bare(symbol: str) -> str:
    return re.sub(r"\s+", "", symbol).upper()


def _refuse_blank(frame: pl.DataFrame, identity: str) -> None:
    for name in (identity, "iso3", "vote", "date", "session"):
        blank = frame.get_column(name).null_count()
        if blank:
            raise DomainError(f"column {name!r} of the votes is blank in {blank} rows; fill or drop them")


def _refuse_unknown(frame: pl.DataFrame, identity: str) -> None:
    unknown = frame.filter(~pl.col("vote").is_in(list(CODES)))
    if unknown.height:
        call, state, vote = unknown.select(identity, "iso3", "vote").row(0)
        raise DomainError(
            f"votes should be yes, no, abstain or absent; {state} has {vote!r} in roll call {call} "
            f"({unknown.height} such rows)"
        )


def _without_repeats(frame: pl.DataFrame, identity: str) -> tuple[pl.DataFrame, int]:
    once = frame.unique([identity, "iso3", "vote"], keep="first", maintain_order=True)
    clash = once.filter(pl.struct(identity, "iso3").is_duplicated())
    if clash.height:
        call, state = clash.select(identity, "iso3").row(0)
        raise DomainError(f"{state} has two different votes in roll call {call}; keep the right one")
    return once, frame.height - once.height
