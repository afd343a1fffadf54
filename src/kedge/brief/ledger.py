"""Numbers that carry their evidence, text made of them, and the ledger of what was printed.

A number reaches the page only as a `Number`.  The page's printer (`Printer.hook`, for
Jinja's `finalize`) refuses bare numbers and plain text with digits in it; words quoted from
a study or a source, which may hold digits, are marked as such with `Quote`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import jinja2
import jinja2.nodes
from markupsafe import Markup, escape

from kedge.brief.wording import format_range, format_value
from kedge.core.errors import OutputError
from kedge.core.evidence import Evidence

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Number:
    """One number fit to print: value, unit, interval and where it comes from.

    Parameters
    ----------
    value : `unit`
        As computed or read, not rounded.
    unit
        Decides how it is written; see `kedge.brief.wording.format_value`.
    evidence
        Function and parameters, or source row.
    low, high : `unit`, optional
        Ends of its resampling interval.
    """

    value: float
    unit: str
    evidence: Evidence
    low: float | None = None
    high: float | None = None

    @property
    def key(self) -> str:
        """Identity: two numbers with one key are one entry of the ledger."""
        parts = [self.value, self.unit, self.low, self.high]
        parts += [self.evidence.kind, self.evidence.source, self.evidence.detail]
        return json.dumps(parts, sort_keys=True, default=str)

    @property
    def bare(self) -> Shown:
        """The number without its unit, for columns whose head names it."""
        return Shown(self, format_value(self.value, self.unit, bare=True))

    @property
    def ranged(self) -> Shown:
        """The number with its interval in brackets."""
        return Shown(self, str(self) + _interval(self))

    @property
    def bare_ranged(self) -> Shown:
        """The number without its unit, its interval in brackets."""
        return Shown(self, format_value(self.value, self.unit, bare=True) + _interval(self))

    def __str__(self) -> str:
        return format_value(self.value, self.unit)


@dataclass(frozen=True)
class Shown:
    """A number in a certain rendering."""

    number: Number
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Quote:
    """Words taken from a study, a table or a source; they may hold digits.

    Parameters
    ----------
    text
        The words.
    name
        Whether they name something inside a sentence, and are set apart from it.
    """

    text: str
    name: bool = False

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Text:
    """A run of words and numbers, printable as plain text and as HTML."""

    parts: tuple[str | Number | Shown | Quote | Text, ...]

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)


Piece = str | Number | Shown | Quote | Text


def say(template: str, *pieces: Piece) -> Text:
    """Put pieces into the `{}` places of a template.

    Raises
    ------
    OutputError
        Places and pieces differ in number, or a piece is not one that can be printed.

    Examples
    --------
    >>> str(say("{} leads.", Quote("Plan 2")))
    'Plan 2 leads.'
    """
    words = template.split("{}")
    if len(words) != len(pieces) + 1:
        raise OutputError(f"the sentence {template!r} has {len(words) - 1} places, got {len(pieces)} pieces")
    for piece in pieces:
        if not isinstance(piece, Piece):
            raise OutputError(
                f"cannot print {piece!r} in {template!r}: a number needs its evidence; wrap it in Number"
            )
    parts: list[Piece] = [words[0]]
    for piece, following in zip(pieces, words[1:], strict=True):
        parts += [piece, following]
    return Text(tuple(part for part in parts if part != "" and part != Text(())))


def join(pieces: Iterable[Piece], last: str = " and ", between: str = ", ") -> Text:
    """Join pieces as English does: a, b and c.

    Examples
    --------
    >>> str(join(["a", "b", "c"]))
    'a, b and c'
    """
    listed = list(pieces)
    parts: list[Piece] = []
    for place, piece in enumerate(listed):
        if place:
            parts.append(last if place == len(listed) - 1 else between)
        parts.append(piece)
    return Text(tuple(parts))


def sentence(text: Text) -> Text:
    """Make the first letter a capital, if the text starts with plain words."""
    if not text.parts:
        return text
    first = text.parts[0]
    if isinstance(first, str):
        first = first[:1].upper() + first[1:]
    elif isinstance(first, Quote) and first.name:
        first = replace(first, text=first.text[:1].upper() + first.text[1:])
    elif isinstance(first, Text):
        first = sentence(first)
    return Text((first, *text.parts[1:]))


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    id: str
    number: Number

    @property
    def anchor(self) -> Markup:
        """Id of the ledger's line."""
        return Markup("e{}").format(self.id)

    @property
    def place(self) -> Markup:
        """Link back to where the number is printed."""
        return Markup('<a href="#{}">{}</a>').format(self.id, self.id)

    @property
    def shown(self) -> Markup:
        """Value and interval in code, as the page prints them."""
        return Markup("{}{}").format(str(self.number), _interval(self.number))

    @property
    def kind(self) -> str:
        """What stands behind it, in one word."""
        return self.number.evidence.kind

    @property
    def source(self) -> Quote:
        """Function or source row."""
        return Quote(self.number.evidence.source)

    @property
    def detail(self) -> Quote:
        """Parameters, seed, row, checksum."""
        return Quote(detail_text(self.number.evidence))


@dataclass(frozen=True)
class Printer:
    """Prints what may be printed and notes each number in order of printing.

    The notes are the one thing here that changes; a printer lives for one page.
    """

    noted: dict[str, Entry] = field(default_factory=dict)

    @property
    def hook(self) -> Callable[[jinja2.nodes.EvalContext, object], object]:
        """`print` as Jinja wants it for `finalize`.

        Asking for the context keeps Jinja from escaping a template's own constants
        when it compiles, which would pass them by the check.
        """

        @jinja2.pass_eval_context
        def finalize(_: jinja2.nodes.EvalContext, value: object) -> object:
            return self.print(value)

        return finalize

    def print(self, value: object) -> object:
        """Render one expression of a template; see the module's text for what is refused.

        Raises
        ------
        OutputError
            A bare number, a plain text with digits, or an object nobody meant to print.
        """
        if isinstance(value, Markup):
            return value
        if isinstance(value, Number | Shown):
            return self._number(value if isinstance(value, Shown) else Shown(value, str(value)))
        if isinstance(value, Text):
            return Markup("").join(self._part(part) for part in value.parts)
        if isinstance(value, Quote):
            tag = "i" if value.name else "span"
            return Markup('<{0} class="quoted">{1}</{0}>').format(tag, value.text)
        if isinstance(value, str) and not _DIGIT.search(value):
            return value
        raise OutputError(
            f"refused to print {value!r}: a number needs its evidence, so wrap it in Number; "
            "words quoted from a study or source belong in Quote"
        )

    def _part(self, part: Piece) -> Markup:
        """Print a part of running text, where a number also links to its entry."""
        printed = Markup(escape(self.print(part)))
        if not isinstance(part, Number | Shown):
            return printed
        number = part.number if isinstance(part, Shown) else part
        return Markup('<a class="why" href="#{}">{}</a>').format(self.noted[number.key].anchor, printed)

    def _number(self, shown: Shown) -> Markup:
        number = shown.number
        known = number.key in self.noted
        entry = self.noted.setdefault(number.key, Entry(f"n{len(self.noted) + 1}", number))
        # An id may stand once in a page: the first place a number is printed gets it.
        mark = (
            Markup('data-n="{}"').format(entry.id)
            if known
            else Markup('id="{0}" data-n="{0}"').format(entry.id)
        )
        return Markup('<data class="num" {} value="{}" title="{}">{}</data>').format(
            mark, repr(float(number.value)), _title(entry), shown.text
        )

    def entries(self) -> tuple[Entry, ...]:
        """Everything printed so far, in order."""
        return tuple(self.noted.values())


def ledger_csv(entries: Iterable[Entry]) -> str:
    """Write the ledger as CSV: id, value, low, high, unit, kind, source, detail (JSON)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "value", "low", "high", "unit", "kind", "source", "detail"])
    writer.writerows(_row(entry) for entry in entries)
    return out.getvalue()


def detail_text(evidence: Evidence) -> str:
    """Parameters of a piece of evidence on one line."""
    return "; ".join(f"{key} = {value}" for key, value in evidence.detail.items())


def _row(entry: Entry) -> Iterator[object]:
    number = entry.number
    yield entry.id
    for value in (number.value, number.low, number.high):
        yield "" if value is None else repr(float(value))
    yield number.unit
    yield number.evidence.kind
    yield number.evidence.source
    yield json.dumps(number.evidence.detail, ensure_ascii=False, default=str)


def _interval(number: Number) -> str:
    if number.low is None or number.high is None:
        return ""
    return f" ({format_range(number.low, number.high, number.unit)})"


def _title(entry: Entry) -> str:
    number = entry.number
    spread = f", resampling interval {_interval(number).strip(' ()')}" if number.low is not None else ""
    return f"{entry.id}: {number.evidence.kind}{spread}; {number.evidence.source}"
