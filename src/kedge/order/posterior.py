"""Posterior draws in the layout that ArviZ reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.order.fit import PositionFit

if TYPE_CHECKING:
    import xarray as xr


def draws_dataset(fit: PositionFit, count: int, rng: np.random.Generator) -> xr.Dataset:
    """Draw positions from their joint posterior as a dataset: chain, draw, state, session.

    Parameters
    ----------
    fit
        From `fit_positions`.
    count
        Draws; they are independent, so there is one chain.
    rng
        Chance comes in here.

    Returns
    -------
    xarray.Dataset
        `ideal_point`, standard deviations; NaN where a state cast no vote.  `arviz.from_dict` and
        `arviz.summary` take it as posterior group.
    """
    import xarray as xr

    # Single precision: far finer than any spread, at half the size.
    drawn = fit.draws(count, rng)[None].astype(np.float32)
    dims = ("chain", "draw", "state", "session")
    coords = {
        "chain": [0],
        "draw": np.arange(count),
        "state": list(fit.positions.states),
        "session": fit.positions.sessions,
    }
    return xr.Dataset({"ideal_point": (dims, drawn)}, coords, {"inference_library": "kedge"})
