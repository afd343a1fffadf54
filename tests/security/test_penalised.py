"""The penalised likelihoods: slopes are slopes, chances sum to one, units do not matter, noise is shrunk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.security.contest import Balance, outcome_odds
from kedge.security.penalised import Columns, chances_of, decisive, fit_penalised, with_draws

number = st.floats(-6.0, 6.0)


@given(number, number, st.integers(0, 2))
def test_slopes_and_bends_of_the_draw_likelihood_are_those_of_its_level(lead, room, outcome):
    index, code, step = np.array([[lead, room]]), np.array([outcome]), 1e-5
    _, slope, bend = with_draws(index, code)
    for at in range(2):
        move = np.zeros((1, 2))
        move[0, at] = step
        (up, up_slope, _), (down, down_slope, _) = (
            with_draws(index + move, code),
            with_draws(index - move, code),
        )
        assert (up - down)[0] / (2 * step) == pytest.approx(slope[0, at], abs=1e-5)
        assert (down_slope - up_slope)[0] / (2 * step) == pytest.approx(bend[0, at], abs=1e-4)


@given(number, number)
def test_chances_sum_to_one_and_are_those_of_the_contest(lead, room):
    chances = chances_of(with_draws, np.array([[lead, room]]))[0]
    assert chances.sum() == pytest.approx(1.0, abs=1e-12)
    balance = Balance(0, 1.0, 1.0, 1.0 + np.exp(room), 1.0)
    won, lost = outcome_odds(np.exp(lead), 1.0, balance)
    assert chances[[2, 0]] == pytest.approx([won, lost], abs=1e-12)


@given(number, number)
def test_swapping_sides_swaps_the_chances(lead, room):
    here, there = (chances_of(with_draws, np.array([[sign * lead, room]]))[0] for sign in (1.0, -1.0))
    assert here == pytest.approx(there[::-1], abs=1e-13)


def simulated(seed=0, cases=400, noise=8):
    rng = np.random.default_rng(seed)
    signal, rest = rng.normal(size=(cases, 1)), rng.normal(size=(cases, noise))
    won = rng.random(cases) < 1 / (1 + np.exp(-1.2 * signal[:, 0]))
    return Columns(np.hstack([signal, rest]), ("signal",) + ("noise",) * noise), won.astype(int)


def test_columns_of_noise_are_shrunk_and_the_signal_is_not():
    columns, won = simulated()
    fit = fit_penalised(decisive, (columns,), won)
    slopes, _ = fit.in_units()
    assert slopes[1] == pytest.approx(1.2, abs=0.3)
    assert np.abs(slopes[2:]).max() < 0.12
    assert fit.precision[2] > 5 * fit.precision[1]


@pytest.mark.parametrize("ridge", [None, 3.0])
def test_units_of_columns_do_not_matter(ridge):
    columns, won = simulated()
    units = np.geomspace(1e-3, 1e3, columns.values.shape[1])
    other = Columns(columns.values * units + 5.0, columns.groups)
    told = [
        chances_of(decisive, fit_penalised(decisive, (each,), won, ridge).indices((each,)))
        for each in (columns, other)
    ]
    assert told[0] == pytest.approx(told[1], abs=1e-7)


def test_a_column_that_does_not_vary_does_no_harm():
    columns, won = simulated(noise=1)
    columns.values[:, 1] = 7.0
    fit = fit_penalised(decisive, (columns,), won)
    assert np.isfinite(fit.coefficients).all()
    assert fit.coefficients[2] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("values", "message"),
    [(np.full((3, 1), np.nan), "not finite"), (np.zeros((2, 1)), "expected 3 cases by 1")],
)
def test_columns_that_do_not_fit_are_refused(values, message):
    with pytest.raises(DomainError, match=message):
        fit_penalised(decisive, (Columns(values, ("a",)),), np.array([0, 1, 1]))
