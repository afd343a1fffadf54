from __future__ import annotations

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from kedge.brief.ledger import Number, Printer, Quote, join, ledger_csv, say
from kedge.brief.wording import NBSP, format_value
from kedge.core.errors import OutputError
from kedge.core.evidence import Evidence

EVIDENCE = Evidence("computed", "kedge.test", {"seed": 1})


def template(text: str):
    printer = Printer()
    environment = jinja2.Environment(autoescape=True, finalize=printer.hook, undefined=jinja2.StrictUndefined)
    return environment.from_string(text), printer


@pytest.mark.parametrize("value", [5, 5.0, "about 5", True, None, object(), [1]])
def test_what_has_no_evidence_is_not_printed(value):
    page, _ = template("<p>{{ x }}</p>")
    with pytest.raises(OutputError, match="needs its evidence"):
        page.render(x=value)


def test_even_a_number_written_in_the_template_is_refused():
    page, _ = template("{{ 6 * 7 }}")
    with pytest.raises(OutputError, match="42"):
        page.render()


def test_a_number_is_printed_with_id_value_and_evidence():
    page, printer = template("{{ x }}")
    text = page.render(x=Number(0.413, "share", EVIDENCE, 0.40, 0.42))
    assert 'id="n1"' in text
    assert 'value="0.413"' in text
    assert "kedge.test" in text
    assert f"41{NBSP}%" in text
    assert [entry.id for entry in printer.entries()] == ["n1"]


def test_a_number_printed_twice_is_one_entry_and_one_id():
    page, printer = template("{{ x }} and {{ x }}")
    text = page.render(x=Number(2.0, "ratio", EVIDENCE))
    assert text.count('id="n1"') == 1
    assert text.count('data-n="n1"') == 2
    assert len(printer.entries()) == 1


def test_a_sentence_refuses_bare_numbers():
    with pytest.raises(OutputError, match="needs its evidence"):
        say("There are {} plans.", 4)  # pyright: ignore[reportArgumentType]


def test_a_sentence_needs_a_piece_for_each_place():
    with pytest.raises(OutputError, match="2 places, got 1"):
        say("{} and {}", "one")


def test_quoted_words_are_escaped_and_may_hold_digits():
    page, _ = template("{{ x }}")
    assert page.render(x=Quote("<b>2</b>")) == '<span class="quoted">&lt;b&gt;2&lt;/b&gt;</span>'
    assert page.render(x=Markup("<b>ours</b>")) == "<b>ours</b>"


def test_the_ledger_keeps_value_interval_and_detail():
    page, printer = template("{{ x }}")
    page.render(x=Number(1 / 3, "share", EVIDENCE, 0.3, 0.4))
    lines = ledger_csv(printer.entries()).splitlines()
    assert lines[0] == "id,value,low,high,unit,kind,source,detail"
    assert lines[1] == f'n1,{1 / 3!r},0.3,0.4,share,computed,kedge.test,"{{""seed"": 1}}"'


@given(st.lists(st.text(alphabet="abc", min_size=1), min_size=1, max_size=6))
def test_joining_keeps_every_piece_in_order(words):
    text = str(join(words))
    assert text.replace(" and ", ", ").split(", ") == words


@given(st.floats(-1e9, 1e9), st.sampled_from(["percent of GDP", "km", "ratio", "log-odds", "percent a year"]))
def test_written_numbers_are_within_half_a_unit_of_their_last_digit(value, unit):
    text = format_value(value, unit, bare=True).replace("\N{MINUS SIGN}", "-").replace(",", "")
    assert float(text) == pytest.approx(value, rel=0.06, abs=1e-6)


@given(st.floats(0, 1))
def test_a_share_is_never_rounded_to_nothing_or_all(share):
    text = format_value(share, "share", bare=True)
    assert (text == "0") == (share == 0)
    assert (text == "100") == (share == 1)
