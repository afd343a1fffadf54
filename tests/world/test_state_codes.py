"""Whose rows are whose where publishers know states that are no more."""

import polars as pl

from kedge.world.state_codes import cow_codes, sipri_by_state

CODES = pl.DataFrame(
    {"iso3": ["RUS", "DEU", "JPN", "XXX"], "ccode": [365, 255, 740, None],
     "pattern": [r"\brussia", r"germany", r"japan", r"nowhere"]}
)  # fmt: skip


def test_halves_count_as_the_state_they_became():
    codes = cow_codes(CODES)
    assert (codes[255], codes[260], codes[740]) == ("DEU", "DEU", "JPN")
    assert None not in codes


def test_the_whole_soviet_union_counts_once_and_strangers_drop_out():
    frame = pl.DataFrame(
        {"name": ["Russia", "USSR", "Russia", "European Union"], "year": [1990, 1990, 1992, 1992],
         "musd": [1.0, 9.0, 2.0, 5.0]}
    )  # fmt: skip
    found = sipri_by_state(frame, CODES)
    assert found.select("iso3", "year", "musd").rows() == [("RUS", 1990, 9.0), ("RUS", 1992, 2.0)]
