"""Who is tied to whom: one graph a year with several layers, and what each state owes its patron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError, UnknownName
from kedge.order.layers import DIRECTED, LAYERS

LAYER_WEIGHTS = {
    "obligation": 1.0,
    "access": 1.0,
    "exercise": 1.0,
    "arms": 1.0,
    "basing": 1.0,
    "trade": 0.0,
}
"""What a layer counts against another, **an assumption**: security layers alike, trade agreements not
at all, since a patron's trade agreement is no guarantee.  See `dependence_interval` for what it decides."""


@dataclass(frozen=True)
class TieGraph:
    """Ties between states in one year, in several layers.

    Parameters
    ----------
    states
        ISO codes of rows and columns.
    layers
        Names of the layers.
    year
    weights : 0-1
        Tie from one state to another in each layer; nothing on the diagonal.
    directed
        Layers in which a tie has a direction; the others are symmetric.
    ends
        Last year that the source of each layer covers; the layer stands still after it.
    """

    states: tuple[str, ...]
    layers: tuple[str, ...]
    year: int
    weights: Float[np.ndarray, "layer state state"]
    directed: frozenset[str] = DIRECTED
    ends: Mapping[str, int] = field(default_factory=dict)

    def find(self, state: str) -> int:
        """Find the place of a state.

        Raises
        ------
        UnknownName
            It is not in the graph.
        """
        if state not in self.states:
            raise UnknownName("state with ties", state, self.states)
        return self.states.index(state)

    def undirected(self) -> Float[np.ndarray, "layer state state"]:
        """Give ties without direction: the stronger of the two ways."""
        return np.maximum(self.weights, self.weights.transpose(0, 2, 1))

    def without(self, state: str) -> TieGraph:
        """Cut every tie of one state; all others stay as they are."""
        at = self.find(state)
        weights = self.weights.copy()
        weights[:, at, :] = 0.0
        weights[:, :, at] = 0.0
        return replace(self, weights=weights)


def build_graph(
    edges: pl.DataFrame, year: int, states: Sequence[str] = (), ends: Mapping[str, int] | None = None
) -> TieGraph:
    """Put edges of any order into one graph; two edges of a pair in a layer keep the stronger.

    Parameters
    ----------
    edges
        layer, sender, receiver, weight (0-1); see `kedge.order.layers`.
    year
        Year they describe.
    states
        States of the graph, edges with others are left out; by default all that have an edge.
    ends
        Last year that the source of each layer covers.

    Raises
    ------
    DomainError
        A weight is not between 0 and 1, a layer is unknown, or a state is tied to itself.
    """
    _check_edges(edges)
    named = set(edges.get_column("sender")) | set(edges.get_column("receiver"))
    order = tuple(dict.fromkeys(states)) or tuple(sorted(named))
    place = {state: at for at, state in enumerate(order)}
    table = np.zeros((len(LAYERS), len(order), len(order)))
    for layer, sender, receiver, value in edges.select("layer", "sender", "receiver", "weight").rows():
        if sender in place and receiver in place:
            k, a, b = LAYERS.index(layer), place[sender], place[receiver]
            table[k, a, b] = max(table[k, a, b], value)
            if layer not in DIRECTED:
                table[k, b, a] = max(table[k, b, a], value)
    return TieGraph(order, LAYERS, year, table, DIRECTED, dict(ends or {}))


def _check_edges(edges: pl.DataFrame) -> None:
    missing = [name for name in ("layer", "sender", "receiver", "weight") if name not in edges.columns]
    if missing:
        raise DomainError(f"edges need the columns {', '.join(missing)}; found {', '.join(edges.columns)}")
    unknown = sorted(set(edges.get_column("layer")) - set(LAYERS))
    if unknown:
        raise DomainError(f"layers are {', '.join(LAYERS)}; found {unknown[0]!r}")
    weight = edges.get_column("weight")
    if not weight.is_between(0.0, 1.0).fill_null(False).all():
        raise DomainError("the weight of a tie should lie between 0 and 1; scale it within its layer")
    if (edges.get_column("sender") == edges.get_column("receiver")).any():
        raise DomainError("a state cannot be tied to itself; drop the row")


def layer_weights(graph: TieGraph, weights: Mapping[str, float] | None = None) -> Float[np.ndarray, " layer"]:
    """Give the weight of each layer of a graph, adding up to one.

    Raises
    ------
    DomainError
        A layer is unknown, a weight negative, or all are zero.
    """
    chosen = dict(LAYER_WEIGHTS if weights is None else weights)
    unknown = sorted(set(chosen) - set(graph.layers))
    if unknown:
        raise DomainError(f"weights of layers: {unknown[0]!r} is none of {', '.join(graph.layers)}")
    found = np.array([float(chosen.get(layer, 0.0)) for layer in graph.layers])
    if not (np.isfinite(found).all() and found.min() >= 0.0 and found.sum() > 0.0):
        raise DomainError("weights of layers should not be negative, and at least one should be above zero")
    return found / found.sum()


def sum_ties(
    graph: TieGraph, among: Sequence[str], weights: Mapping[str, float] | None = None
) -> pl.DataFrame:
    """List the ties between some states, summed over layers.

    Parameters
    ----------
    graph
    among
        States whose ties with one another are wanted; those not in the graph have none.
    weights
        Weight of each layer; see `LAYER_WEIGHTS`.

    Returns
    -------
    DataFrame
        state_a, state_b (a before b), weight (0-1, above zero).
    """
    strength = np.einsum("k,kij->ij", layer_weights(graph, weights), graph.undirected())
    states = sorted(set(among) & set(graph.states))
    at = [graph.states.index(state) for state in states]
    # Sums in another order differ in the last digits; the same ties should give the same numbers.
    rows = [
        (a, b, round(float(strength[at[i], at[j]]), 12))
        for i, a in enumerate(states)
        for j, b in enumerate(states)
        if i < j and strength[at[i], at[j]] > 0.0
    ]
    schema = {"state_a": pl.String, "state_b": pl.String, "weight": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def keep_without(edges: pl.DataFrame, states: Sequence[str], patron: str) -> pl.DataFrame:
    """Say what each state keeps of its ties if one state's are cut.

    Parameters
    ----------
    edges
        state_a, state_b, weight: one row a pair, as `sum_ties` gives them.
    states
        States wanted.
    patron
        State whose ties are cut.

    Returns
    -------
    DataFrame
        iso3, total (sum of a state's ties), with_patron, kept (share of the total; null without any tie),
        in the order of `states`.
    """
    total, cut = dict.fromkeys(states, 0.0), dict.fromkeys(states, 0.0)
    for a, b, weight in edges.select("state_a", "state_b", "weight").rows():
        for state, other in ((a, b), (b, a)):
            if state in total:
                total[state] += weight
                cut[state] += weight if other == patron else 0.0
    rows = [
        (state, total[state], cut[state], 1.0 - cut[state] / total[state] if total[state] else None)
        for state in total
    ]
    schema = {"iso3": pl.String, "total": pl.Float64, "with_patron": pl.Float64, "kept": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
