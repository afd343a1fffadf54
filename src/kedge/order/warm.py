"""Start from an earlier fit: what of it is kept, and how it is carried over to more votes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from kedge.core.errors import DomainError
from kedge.order.layout import Layout
from kedge.order.ordinal import OrdinalPrior, OrdinalState, first_state
from kedge.order.roll_calls import RollCalls


@dataclass(frozen=True)
class StartingPoint:
    """What an earlier fit knew, by names that outlive it; plain arrays, fit to be kept in a file.

    Parameters
    ----------
    states, sessions, ids
        Rows and columns of positions, and roll calls.
    x
        Positions, NaN where a state had none.
    w, vw
        Items and their covariances.
    text
        Number of the recurring text of each roll call, -1 for none.
    u, vu
        Texts and their covariances.
    prior
        What was learnt, one array a field of `OrdinalPrior`.
    spread : standard deviations, squared
        Typical variance of a position.
    """

    states: np.ndarray
    sessions: Int[np.ndarray, " session"]
    ids: np.ndarray
    x: Float[np.ndarray, "state session"]
    w: Float[np.ndarray, "roll_call 3"]
    vw: Float[np.ndarray, "roll_call 3 3"]
    text: Int[np.ndarray, " roll_call"]
    u: Float[np.ndarray, "text 3"]
    vu: Float[np.ndarray, "text 3 3"]
    prior: OrdinalPrior
    spread: float

    def arrays(self) -> dict[str, np.ndarray]:
        """Give everything as arrays by name, for `numpy.savez`."""
        own = {name: np.asarray(getattr(self, name)) for name in OWN}
        return own | {f"prior_{name}": np.asarray(getattr(self.prior, name)) for name in LEARNT}


OWN = tuple(f.name for f in fields(StartingPoint) if f.name != "prior")
LEARNT = tuple(f.name for f in fields(OrdinalPrior))


def starting_point(
    calls: RollCalls, layout: Layout, state: OrdinalState, prior: OrdinalPrior
) -> StartingPoint:
    """Keep what a later fit can start from."""
    x = np.full((len(calls.states), layout.sessions.size), np.nan)
    x[layout.state, layout.session] = state.x
    return StartingPoint(
        states=np.array(calls.states, str),
        sessions=layout.sessions,
        ids=np.array(calls.ids, str),
        x=x,
        w=state.w,
        vw=state.vw,
        text=layout.text,
        u=state.u,
        vu=state.vu,
        prior=prior,
        spread=float(np.median(state.vx)),
    )


def start_from_arrays(arrays: Mapping[str, np.ndarray]) -> StartingPoint:
    """Read a starting point back from arrays by name.

    Raises
    ------
    DomainError
        An array is missing or has the wrong shape.
    """
    missing = [name for name in (*OWN, *(f"prior_{n}" for n in LEARNT)) if name not in arrays]
    if missing:
        raise DomainError(f"not an earlier fit: {', '.join(missing[:3])} missing; fit anew without it")
    numbers: dict[str, Any] = {n: np.asarray(arrays[f"prior_{n}"]) for n in LEARNT}
    prior: dict[str, Any] = {n: value if value.ndim else float(value) for n, value in numbers.items()}
    values = {name: np.asarray(arrays[name]) for name in OWN if name != "spread"}
    shapes = (values["states"].size, values["sessions"].size)
    if values["x"].shape != shapes or values["w"].shape != (values["ids"].size, 3):
        raise DomainError("not an earlier fit: its arrays do not fit one another; fit anew without it")
    return StartingPoint(**values, prior=OrdinalPrior(**prior), spread=float(arrays["spread"]))


def carried_over(start: StartingPoint, calls: RollCalls, layout: Layout) -> OrdinalState:
    """Carry an earlier fit over to a layout with more votes; what is new starts beside what was known."""
    state = first_state(layout, np.zeros(len(calls.states)))
    x = _positions(start, calls, layout)
    of_call = {name: at for at, name in enumerate(start.ids)}
    pairs = np.array([(new, of_call[name]) for new, name in enumerate(calls.ids) if name in of_call])
    new, old = pairs.reshape(-1, 2).T
    w, vw = state.w.copy(), state.vw.copy()
    w[new], vw[new] = start.w[old], start.vw[old]
    u = np.tile(start.prior.text_mean, (layout.texts, 1))
    vu = np.tile(start.prior.text_cov, (layout.texts, 1, 1))
    both = (layout.text[new] >= 0) & (start.text[old] >= 0)
    u[layout.text[new[both]]] = start.u[start.text[old[both]]]
    vu[layout.text[new[both]]] = start.vu[start.text[old[both]]]
    return replace(state, x=x, vx=np.full(x.size, start.spread), w=w, vw=vw, u=u, vu=vu)


def _positions(start: StartingPoint, calls: RollCalls, layout: Layout) -> np.ndarray:
    """Give each slot's position in the earlier fit; else that of the slot before it, else 0."""
    row = {name: at for at, name in enumerate(start.states)}
    column = {int(session): at for at, session in enumerate(start.sessions)}
    known = np.full((start.states.size + 1, start.sessions.size + 1), np.nan)
    known[:-1, :-1] = start.x
    rows = np.array([row.get(name, -1) for name in calls.states])[layout.state]
    columns = np.array([column.get(int(session), -1) for session in layout.sessions])[layout.session]
    x = known[rows, columns]
    for slot in np.flatnonzero(np.isnan(x)):
        follows = slot > 0 and layout.state[slot - 1] == layout.state[slot]
        x[slot] = x[slot - 1] if follows else 0.0
    return x
