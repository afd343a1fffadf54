"""Rows become one matrix whatever their order; what is wrong is refused, what is left out is counted."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.order import RollCalls, gather_roll_calls
from kedge.order.layout import lay_out, recurring
from kedge.order.roll_calls import ABSENT, NOT_A_MEMBER, match_subjects, match_texts, plain_title

DAY = dt.date
CLOSING = " : resolution / adopted by the General Assembly"
CALLS = (
    ("12", DAY(2023, 10, 3), "78", "A/RES/78/1", f"Oceans{CLOSING}"),
    ("13", DAY(2024, 10, 1), "79", "A/RES/79/1", f"Oceans{CLOSING}"),
    ("14", DAY(2025, 2, 24), "ES-11", "A/RES/ES-11/7", f"Advancing peace{CLOSING}"),
    ("15", DAY(2025, 2, 24), "ES-11", "A/RES/ES-11/8", f"The path to peace{CLOSING}"),
)
VOTES = {
    "USA": ("no", "no", "no", "abstain"),
    "FRA": ("yes", "abstain", "yes", "yes"),
    "TUV": (None, "yes", "absent", "yes"),
}


def frame() -> pl.DataFrame:
    rows = [
        (iso3, vote, *call)
        for iso3, votes in VOTES.items()
        for vote, call in zip(votes, CALLS, strict=True)
        if vote is not None
    ]
    columns = ["iso3", "vote", "undl_id", "date", "session", "resolution", "title"]
    return pl.DataFrame(rows, columns, orient="row")


def same(one: RollCalls, other: RollCalls) -> bool:
    arrays = all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("votes", "dates", "sessions", "text", "subject")
    )
    names = ("states", "ids", "resolutions", "titles", "dropped")
    return arrays and all(getattr(one, name) == getattr(other, name) for name in names)


def test_absence_is_kept_apart_from_abstention_and_from_not_being_a_member() -> None:
    calls = gather_roll_calls(frame())
    assert calls.states == ("FRA", "TUV", "USA")
    assert calls.votes.tolist() == [[2, 1, 2, 2], [NOT_A_MEMBER, 2, ABSENT, 2], [0, 0, 0, 1]]
    assert calls.ids == ("12", "13", "14", "15")
    assert len(calls) == 4


@given(st.randoms(use_true_random=False))
def test_shuffled_rows_and_columns_give_the_same_matrix(chance) -> None:
    rows, columns = list(range(frame().height)), list(frame().columns)
    chance.shuffle(rows)
    chance.shuffle(columns)
    assert same(gather_roll_calls(frame()[rows].select(columns)), gather_roll_calls(frame()))


def test_repeated_rows_are_counted_and_change_nothing() -> None:
    twice = pl.concat([frame(), frame().head(3)])
    calls = gather_roll_calls(twice)
    assert calls.dropped == {"repeated rows": 3}
    assert np.array_equal(calls.votes, gather_roll_calls(frame()).votes)
    assert gather_roll_calls(frame()).dropped == {"repeated rows": 0}


def test_rows_that_cannot_be_right_are_refused() -> None:
    good = frame()
    clash = pl.concat([good, good.head(1).with_columns(vote=pl.lit("yes"))])
    with pytest.raises(DomainError, match="USA has two different votes in roll call 12; keep the right one"):
        gather_roll_calls(clash)
    odd = good.with_columns(vote=pl.when(pl.col("iso3") == "FRA").then(pl.lit("Z")).otherwise("vote"))
    with pytest.raises(DomainError, match=r"FRA has 'Z' in roll call 12 \(4 such rows\)"):
        gather_roll_calls(odd)
    with pytest.raises(DomainError, match="there is no vote in the table"):
        gather_roll_calls(good.head(0))
    with pytest.raises(DomainError, match="need the columns session, title; found iso3"):
        gather_roll_calls(good.drop("session", "title"))
    with pytest.raises(DomainError, match=r"need the columns call; found"):
        gather_roll_calls(good, identity="call")
    for label in ("79th", "", "ES11", "-3"):
        with pytest.raises(DomainError, match=f"look like 79, S-6 or ES-11; found '{label}'"):
            gather_roll_calls(good.with_columns(session=pl.lit(label)))


@pytest.mark.parametrize("column", ["vote", "session", "iso3", "date", "undl_id"])
def test_a_blank_where_something_is_needed_is_refused(column: str) -> None:
    blank = frame().with_columns(
        pl.when(pl.int_range(pl.len()) == 0).then(None).otherwise(pl.col(column)).alias(column)
    )
    with pytest.raises(DomainError, match=f"column '{column}' of the votes is blank in 1 rows"):
        gather_roll_calls(blank)


def test_special_sessions_fall_in_the_regular_one_under_way() -> None:
    assert gather_roll_calls(frame()).sessions.tolist() == [78, 79, 79, 79]
    alone = frame().filter(pl.col("session") == "ES-11")
    assert gather_roll_calls(alone).sessions.tolist() == [79, 79]
    early = alone.with_columns(date=pl.lit(DAY(1956, 11, 2)), session=pl.lit("S-1"))
    assert gather_roll_calls(
        pl.concat([frame(), early.with_columns(undl_id="9" + pl.col("undl_id"))])
    ).sessions[:2].tolist() == [11, 11]
    number = frame().filter(pl.col("session") != "ES-11").with_columns(pl.col("session").cast(pl.Float64))
    assert gather_roll_calls(number).sessions.tolist() == [78, 79]


def test_a_text_is_matched_only_when_unique_in_a_session_and_within_three_sessions() -> None:
    titles = ("Oceans", "Oceans [Draft A/1]", "Oceans (revised)", "Peace", "Peace", "Peace", "", "")
    sessions = np.array([10, 13, 17, 10, 11, 11, 10, 11])
    assert match_texts(titles, sessions).tolist() == [0, 0, 2, 3, 4, 5, 6, 7]
    text = gather_roll_calls(frame()).text
    assert text[0] == text[1]
    assert len(set(text.tolist())) == 3


def test_a_subject_is_the_agenda_item_or_the_special_session() -> None:
    agenda = [
        "A/42/251 38 Question of Palestine. PALESTINE QUESTION",
        "A/43/251 39 QUESTION OF PALESTINE. PALESTINE QUESTION",
        "",
        "A/ES-11/1 5 Letter. X",
        "",
        "",
    ]
    labels = ["42", "43", "42", "ES-11", "ES-11", "44"]
    text = np.array([0, 1, 2, 3, 4, 2])
    assert match_subjects(agenda, labels, text).tolist() == [0, 0, 1, 2, 2, 1]
    assert gather_roll_calls(frame()).subject.tolist() == [0, 0, 1, 1]


def test_a_resolution_is_found_by_symbol_or_id_and_errors_say_what_to_do() -> None:
    calls = gather_roll_calls(frame())
    assert calls.find("a/res/es-11/7") == 2
    assert calls.find("A/RES/ES-11/ 8") == 3
    assert calls.find("13") == 1
    with pytest.raises(DomainError, match="did you mean A/RES/ES-11/7, A/RES/ES-11/8"):
        calls.find("A/RES/ES-11")
    with pytest.raises(DomainError, match="symbols look like A/RES/ES-11/7"):
        calls.find("nothing")
    twice = gather_roll_calls(frame().with_columns(resolution=pl.lit("A/RES/1")))
    with pytest.raises(DomainError, match=r"4 roll calls have the symbol 'A/RES/1': name one by its id \(12"):
        twice.find("A/RES/1")


def test_plain_titles_hold_only_the_words_of_the_text() -> None:
    assert (
        plain_title("Oceans and the law of the sea : resolution / adopted") == "oceans and the law of the sea"
    )
    assert plain_title("Peace [A/C.1/L.2] (revised), 1999 : draft decisions") == "peace"
    assert plain_title("77 : 12") == ""


def test_days_and_masks_pick_roll_calls_and_keep_all_states() -> None:
    calls = gather_roll_calls(frame())
    assert calls.before("2025-02-24").ids == ("12", "13")
    assert calls.pick(calls.sessions == 79).ids == ("13", "14", "15")
    back = calls.pick(np.array([3, 0]))
    assert back.ids == ("15", "12")
    assert back.votes.tolist() == calls.votes[:, [3, 0]].tolist()
    assert back.states == calls.states


def test_a_layout_points_every_vote_at_its_state_session(simulated) -> None:
    calls, _ = simulated.simulate(3)
    layout = lay_out(calls)
    call = np.repeat(np.arange(len(calls)), np.diff(layout.start))
    rebuilt = np.full(calls.votes.shape, -1)
    rebuilt[layout.state[layout.slot], call] = layout.vote
    assert np.array_equal(rebuilt, np.maximum(calls.votes, -1))
    assert np.array_equal(layout.sessions[layout.session[layout.slot]], calls.sessions[call])
    assert np.array_equal(np.bincount(layout.slot, minlength=layout.cast.size), layout.cast)
    assert layout.texts == 5
    # Who vanishes keeps slots in between, so that neighbours in time stay one session apart.
    assert (layout.cast == 0).any()
    assert (layout.gap == 1.0).all()


def test_a_gap_between_sessions_is_measured_in_sessions(simulated) -> None:
    calls = simulated.assembly(np.array([[2, 0, 2], [0, 2, 0]], np.int8), np.array([3, 4, 9]))
    assert lay_out(calls).gap.tolist() == [1.0, 1.0, 5.0, 1.0, 1.0, 5.0]
    assert recurring(np.array([4, 9, 4, 7, 9])).tolist() == [0, 1, 0, -1, 1]


def test_roll_calls_without_votes_are_refused(simulated) -> None:
    none = simulated.assembly(np.full((3, 2), -1, np.int8), np.array([1, 1]))
    with pytest.raises(DomainError, match="nobody voted"):
        lay_out(none)
    one = simulated.assembly(np.array([[2, -1], [0, -1]], np.int8), np.array([1, 1]))
    with pytest.raises(DomainError, match="roll call 1 holds no vote"):
        lay_out(one)
    assert lay_out(one, empty=True).start.tolist() == [0, 2, 2]
