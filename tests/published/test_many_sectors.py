"""Published results of worlds of many sectors: NAFTA (Caliendo & Parro 2015)."""

import numpy as np
import pytest

from kedge.trade import decompose, prepare_sectors, solve_sectors
from kedge.world.trade_data import sector_world

# Table 2 of the article, percent: welfare, terms of trade, volume of trade, real wage; then the exact
# change of real income in the same equilibrium, which the article does not print.
TABLE = {
    "MEX": (1.31, -0.41, 1.72, 1.72, 0.007),
    "CAN": (-0.06, -0.11, 0.04, 0.32, -0.110),
    "USA": (0.08, 0.04, 0.04, 0.11, 0.074),
}


@pytest.mark.mirror
@pytest.mark.usefixtures("mirror")
def test_nafta_both_welfare_figures():
    world, tables = sector_world("nafta-1993")
    after = solve_sectors(prepare_sectors(world), tables.scenarios["nafta"]).unwrap()
    parts = decompose(after)
    for code, (welfare, terms, volume, wage, exact) in TABLE.items():
        at = world.index(code)
        # The article prints two digits, cut or rounded: Mexico's real wage is 1.715, the US welfare 0.085.
        assert parts.first_terms_of_trade[at] == pytest.approx(terms, abs=0.0051)
        assert parts.first_volume[at] == pytest.approx(volume, abs=0.0051)
        assert parts.first_welfare[at] == pytest.approx(welfare, abs=0.0056)
        assert 100 * (after.real_wage_hat[at] - 1) == pytest.approx(wage, abs=0.0056)
        assert parts.welfare[at] == pytest.approx(exact, abs=0.0006)
        assert parts.terms_of_trade[at] + parts.volume[at] == pytest.approx(parts.welfare[at], abs=1e-5)
    assert np.abs(world.transfers).max() < 1e-9 * world.value.sum()
