"""Bargains: the Nash solution against brute force, and what must hold of any deal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.trade.bargain import Curves, Terms, strike_deals

TARIFFS = np.array([0.0, 0.08, 0.16, 0.24])
share = st.floats(0.0, 1.0)


def one(ally_loss, patron_gain, bend, cost, worth, taste, power):
    """One draw: both curves are straight up to a bend."""
    at = TARIFFS / TARIFFS[-1]
    ally = -ally_loss * at
    patron = patron_gain * (at - bend * at**2)
    curves = Curves(TARIFFS, ally[None], patron[None])
    terms = Terms(
        *(np.array([each]) for each in (cost, worth, taste, power)), most_effort=3.0, patron_size=6.0
    )
    return curves, terms


@given(
    st.floats(0.01, 2.0),
    st.floats(0.0, 0.3),
    share,
    st.floats(-0.5, 1.5).map(lambda cost: round(cost, 3)),
    share,
    st.floats(0.0, 0.3),
    st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.8, 1.0]),
)
def test_deals_are_the_best_there_are(ally_loss, patron_gain, bend, cost, worth, taste, power):
    curves, terms = one(ally_loss, patron_gain, bend, cost, worth, taste, power)
    deal = strike_deals(curves, terms)
    assert deal.ally_gain[0] >= -1e-9
    assert deal.patron_gain[0] >= -1e-9
    assert 0 <= deal.effort[0] <= 3.0
    assert 0 <= deal.tariff[0] <= 0.24
    # By brute force over both tariffs and efforts.
    kept = np.linspace(0, 1, 97)[:, None]
    effort = np.linspace(0, 3, 601)[None] if cost > 0 else np.zeros((1, 1))
    won = ally_loss * (1 - kept)
    lost = 6.0 * patron_gain * ((1 - bend) - (kept - bend * kept**2)) + taste * (1 - kept)
    ally, patron = won - cost * effort, worth * effort - lost
    value = np.maximum(ally, 0) ** (1 - power) * np.maximum(patron, 0) ** power
    best = np.where((ally >= 0) & (patron >= 0), value, 0.0).max()
    if deal.agreed[0]:
        mine = max(deal.ally_gain[0], 0) ** (1 - power) * max(deal.patron_gain[0], 0) ** power
        assert mine >= best - 1e-6
    else:
        assert best < 2e-2
        assert deal.tariff[0] == 0.24
        assert deal.effort[0] == 0


def test_power_shifts_effort_from_one_to_the_other():
    efforts = [
        strike_deals(*one(0.5, 0.01, 0.0, 0.8, 0.5, 0.0, power)).effort[0] for power in (0.1, 0.5, 0.9)
    ]
    assert efforts == sorted(efforts)
    assert efforts[0] < efforts[2]


def test_known_deal():
    # Straight curves, a full cut: halfway between what is asked (0.12) and what would be paid (0.625).
    deal = strike_deals(*one(0.5, 0.01, 0.0, 0.8, 0.5, 0.0, 0.5))
    assert deal.tariff[0] == 0.0
    assert deal.willing[0] == pytest.approx(0.625)
    assert deal.ask[0] == pytest.approx(0.12)
    assert deal.effort[0] == pytest.approx(0.5 * (0.625 + 0.12))
    assert deal.rate[0] == pytest.approx(deal.effort[0] / 24.0)


def test_effort_wanted_anyway_is_no_concession():
    deal = strike_deals(*one(0.5, 0.01, 0.0, -0.1, 0.9, 0.0, 0.5))
    assert not deal.agreed[0]
    assert deal.willing[0] == np.inf


def test_worthless_effort_buys_nothing():
    deal = strike_deals(*one(0.5, 0.01, 0.0, 0.5, 0.0, 0.0, 0.5))
    assert not deal.agreed[0]
    assert deal.ask[0] == np.inf


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"power": np.array([1.5])}, "power should lie"),
        ({"cost": np.array([np.nan])}, "cost must be a number"),
        ({"worth": np.array([0.1, 0.2])}, "want 1 values"),
        ({"most_effort": 0.0}, "above zero"),
    ],
)
def test_terms_that_cannot_be_are_refused(wrong, told):
    curves, terms = one(0.5, 0.01, 0.0, 0.8, 0.5, 0.0, 0.5)
    given_ = {**terms.__dict__, **wrong}
    with pytest.raises(DomainError, match=told):
        strike_deals(curves, Terms(**given_))


def test_curves_that_cannot_be_are_refused():
    with pytest.raises(DomainError, match="increase"):
        Curves(TARIFFS[::-1], np.zeros((1, 4)), np.zeros((1, 4)))
    with pytest.raises(DomainError, match="must be a number"):
        Curves(TARIFFS, np.full((1, 4), np.nan), np.zeros((1, 4)))
    with pytest.raises(DomainError, match="as many a draw"):
        Curves(TARIFFS, np.zeros((1, 4)), np.zeros((1, 3)))
