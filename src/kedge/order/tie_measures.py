"""What a state's ties look like: dependence on the patron, concentration, bridging, what a cut leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.order.ties import TieGraph, layer_weights

Strengths = Float[np.ndarray, "state state"]


@dataclass(frozen=True)
class TieMeasures:
    """Measures of each state of one graph; NaN for a state without any tie.

    Parameters
    ----------
    states, year, patron
    total
        Sum of a state's ties over partners, layers weighted.
    dependence : share
        Part of the total that is with the patron.
    dependence_by_size : share
        The same with each tie multiplied by the partner's size; NaN without sizes.
    concentration : share
        Herfindahl index of the total over partners; 1 if all is with one.
    constraint
        Burt's constraint: how far a state's partners are tied to one another, so that it bridges
        nothing; low for a bridge.
    betweenness : share
        Part of the shortest paths between other states that lead through it.
    left : share
        Part of the total left when the patron's ties are cut.
    reach_left : share
        Part of the states it reached, over any number of steps, that it reaches after the cut.
    """

    states: tuple[str, ...]
    year: int
    patron: str
    total: Float[np.ndarray, " state"]
    dependence: Float[np.ndarray, " state"]
    dependence_by_size: Float[np.ndarray, " state"]
    concentration: Float[np.ndarray, " state"]
    constraint: Float[np.ndarray, " state"]
    betweenness: Float[np.ndarray, " state"]
    left: Float[np.ndarray, " state"]
    reach_left: Float[np.ndarray, " state"]

    def table(self) -> pl.DataFrame:
        """List them, one row a state."""
        names = (
            "total",
            "dependence",
            "dependence_by_size",
            "concentration",
            "constraint",
            "betweenness",
            "left",
            "reach_left",
        )
        columns = {name: getattr(self, name) for name in names}
        frame = pl.DataFrame({"iso3": self.states, **columns}).with_columns(pl.col(pl.Float64).fill_nan(None))
        return frame.with_columns(year=pl.lit(self.year, pl.Int32)).select("iso3", "year", *names)


def measure_ties(
    graph: TieGraph,
    patron: str,
    weights: Mapping[str, float] | None = None,
    sizes: Mapping[str, float] | None = None,
) -> TieMeasures:
    """Measure every state's ties.

    Layers are added with their weights (a tie of direction counts in full for both ends), which
    gives one matrix g.  Dependence is g_ip over the sum of g_i; concentration is the sum of squared
    shares p_ij = g_ij / sum g_i; constraint is the sum over j of (p_ij + sum_q p_iq p_qj)^2.
    Betweenness uses paths of length 1 / g.

    Parameters
    ----------
    graph
    patron
        State whose ties are set apart.
    weights
        Weight of each layer; see `kedge.order.ties.LAYER_WEIGHTS`.
    sizes : any unit
        Size of each state, such as its military spending: thirty shallow ties with small states
        should not hide one deep tie with a large one.  A state that has no size counts nothing.

    Raises
    ------
    UnknownName
        The patron is not in the graph.

    References
    ----------
    Hirschman (1964), American Economic Review 54(5); Burt (1992), Structural Holes, ch. 2; Brandes
    (2001), Journal of Mathematical Sociology 25(2), 163-177.
    """
    strength = _strengths(graph, layer_weights(graph, weights))
    at = graph.find(patron)
    total = strength.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = strength / total[:, None]
    dependence = share[:, at].copy()
    dependence[at] = np.nan
    size = np.array([(sizes or {}).get(state, 0.0) for state in graph.states])
    with np.errstate(divide="ignore", invalid="ignore"):
        by_size = strength[:, at] * size[at] / (strength @ size)
    by_size[at] = np.nan
    cut = strength.copy()
    cut[at, :] = cut[:, at] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        left = cut.sum(axis=1) / total
    left[at] = np.nan
    before, after = _reached(strength), _reached(cut)
    # The patron itself is no loss: it is cut, not lost as a partner of partners.
    others = np.maximum(before.sum(axis=1) - before[:, at], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach_left = np.where(others > 0, after.sum(axis=1) / others, np.nan)
    reach_left[at] = np.nan
    return TieMeasures(
        states=graph.states,
        year=graph.year,
        patron=patron,
        total=total,
        dependence=dependence,
        dependence_by_size=by_size,
        concentration=(share**2).sum(axis=1),
        constraint=_constraint(share),
        betweenness=betweenness(strength),
        left=left,
        reach_left=reach_left,
    )


def dependence_interval(
    graph: TieGraph,
    patron: str,
    rng: np.random.Generator,
    draws: int = 1000,
    weights: Mapping[str, float] | None = None,
    evenness: float = 1.0,
) -> pl.DataFrame:
    """Say how far the weights of layers decide each state's dependence on the patron.

    Weights are drawn from a Dirichlet distribution around the given ones; layers of weight zero
    stay out.

    Parameters
    ----------
    graph, patron, weights
        As in `measure_ties`.
    rng
        Source of chance.
    draws
        How many sets of weights.
    evenness
        Concentration a layer: 1 makes every set of weights as likely as any other where the given
        weights are alike; larger keeps close to them.

    Returns
    -------
    DataFrame
        iso3, dependence (with the given weights), q05, q50, q95, lowest and highest single layer.
    """
    if draws < 1 or evenness <= 0.0:
        raise DomainError("draws should be at least 1, and evenness above zero")
    centre = layer_weights(graph, weights)
    used = np.flatnonzero(centre)
    sets = rng.dirichlet(evenness * used.size * centre[used], draws)
    layers = graph.undirected()[used]
    at = graph.find(patron)
    with_patron, total = layers[:, :, at].T, layers.sum(axis=2).T
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = (with_patron @ sets.T) / (total @ sets.T)
        given = (with_patron @ centre[used]) / (total @ centre[used])
        single = with_patron / total
    rows = []
    for place, state in enumerate(graph.states):
        if place == at or not np.isfinite(given[place]):
            continue
        low, middle, high = np.nanquantile(shares[place], [0.05, 0.5, 0.95])
        alone = single[place][np.isfinite(single[place])]
        rows.append((state, *map(float, (given[place], low, middle, high, alone.min(), alone.max()))))
    schema = ["iso3", "dependence", "q05", "q50", "q95", "lowest_layer", "highest_layer"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def betweenness(strength: Strengths) -> Float[np.ndarray, " state"]:
    """Work out the part of shortest paths between other states that lead through each one.

    Parameters
    ----------
    strength
        Symmetric; a step from one state to another is 1 / strength long.

    References
    ----------
    Brandes (2001), algorithm 1 with Dijkstra's search.
    """
    size = strength.shape[0]
    with np.errstate(divide="ignore"):
        length = np.where(strength > 0, 1.0 / strength, np.inf)
    score = np.zeros(size)
    for source in range(size):
        order, before, paths = _shortest(length, source)
        flow = np.zeros(size)
        for state in reversed(order):
            for earlier in before[state]:
                flow[earlier] += paths[earlier] / paths[state] * (1.0 + flow[state])
            if state != source:
                score[state] += flow[state]
    return score / max((size - 1) * (size - 2), 1)


def _shortest(length: np.ndarray, source: int) -> tuple[list[int], list[list[int]], np.ndarray]:
    """Search all shortest paths from one state: order reached, states just before, number of paths."""
    size = length.shape[0]
    distance, paths = np.full(size, np.inf), np.zeros(size)
    before: list[list[int]] = [[] for _ in range(size)]
    distance[source], paths[source] = 0.0, 1.0
    waiting, order = set(range(size)), []
    while waiting:
        near = min(waiting, key=distance.__getitem__)
        if not np.isfinite(distance[near]):
            break
        waiting.remove(near)
        order.append(near)
        reached = distance[near] + length[near]
        # Ties are settled with a tolerance: equal lengths differ in the last digit.
        for state in np.flatnonzero(np.isfinite(reached) & (reached <= distance * (1.0 + 1e-12))):
            if state not in waiting:
                continue
            if reached[state] < distance[state] * (1.0 - 1e-12):
                distance[state], paths[state], before[state] = reached[state], 0.0, []
            paths[state] += paths[near]
            before[state].append(near)
    return order, before, paths


def _strengths(graph: TieGraph, weights: np.ndarray) -> Strengths:
    return np.einsum("k,kij->ij", weights, graph.undirected())


def _constraint(share: np.ndarray) -> np.ndarray:
    known = np.nan_to_num(share)
    reach = known + known @ known
    found = np.where(known > 0, reach**2, 0.0).sum(axis=1)
    return np.where(np.isfinite(share).all(axis=1), found, np.nan)


def _reached(strength: np.ndarray) -> np.ndarray:
    """Which states each one reaches over any number of steps, itself apart."""
    linked = (strength > 0) | np.eye(strength.shape[0], dtype=bool)
    while True:
        wider = (linked.astype(np.float64) @ linked.astype(np.float64)) > 0
        if (wider == linked).all():
            break
        linked = wider
    return (linked & ~np.eye(strength.shape[0], dtype=bool)).astype(np.float64)
