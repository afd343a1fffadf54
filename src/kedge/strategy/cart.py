"""Boxes as the leaves of a classification tree: CART."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy import grow as compiled
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.boxes import Box, Side, describe
from kedge.strategy.design import Design, as_design, take_futures
from kedge.strategy.peel import CATEGORICAL

Pruning = Literal["one_error", "least_error", "none"]
MOST_CUTS = 50
"""Sizes of tree that cross-validation compares at most."""


@dataclass(frozen=True)
class TreeSettings:
    """How a tree grows and is cut back.

    Parameters
    ----------
    least_leaf : share
        Of all futures that a leaf must hold.
    most_depth
        Splits from the root to a leaf at most.
    pruning
        `least_error`: the size with the least squared error in cross-validation;
        `one_error`: the smallest tree within one standard error of it (Breiman et al., §3.4.3);
        `none`: as grown.
    folds, seed
        Of the cross-validation; folds hold futures of interest in equal shares.
    density_floor : share
        Leaves at least as dense are of interest.
    integer, categorical
        Columns with whole numbers, or with category codes 0, 1, 2, …

    Raises
    ------
    DomainError
        A share outside its range, an unknown pruning, too few folds or no depth.
    """

    least_leaf: float = 0.05
    most_depth: int = 12
    pruning: Pruning = "one_error"
    folds: int = 10
    seed: int = 0
    density_floor: float = 0.5
    integer: tuple[int, ...] = ()
    categorical: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.least_leaf < 1:
            raise DomainError(f"least_leaf is a share between 0 and 1, got {self.least_leaf}")
        if not 0 <= self.density_floor <= 1:
            raise DomainError(f"density_floor is a share from 0 to 1, got {self.density_floor}")
        if self.pruning not in get_args(Pruning):
            raise DomainError(f"pruning must be one of {', '.join(get_args(Pruning))}; got {self.pruning!r}")
        if self.folds < 2 or self.most_depth < 1:
            raise DomainError(
                f"a tree needs two folds and a depth of one or more, got {self.folds} and {self.most_depth}"
            )


@dataclass(frozen=True)
class TreeNodes:
    """The tree as grown, one row a node; the root is row 0.

    Parameters
    ----------
    column
        That the node splits on; -1 for a leaf.
    left_most, right_least : unit of the input
        Values up to the first go left, from the second on right; both the same, midway
        between neighbouring values, unless these are whole numbers.
    left
        Row of the left child; the right child is the next row.
    futures, cases
        In the node, and of interest among them.
    goes_left
        `[node, code]`: categories that go left.
    cost : Gini index a leaf
        The split is cut back where a leaf costs as much; infinite for leaves.
    """

    column: np.ndarray
    left_most: np.ndarray
    right_least: np.ndarray
    left: np.ndarray
    futures: np.ndarray
    cases: np.ndarray
    goes_left: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True)
class Validation:
    """How well trees of each size told the outcome of futures left out.

    Parameters
    ----------
    cost : Gini index a leaf
        At which the tree is cut back to each size.
    leaves
        Of the tree cut back.
    error, spread : share squared
        Mean squared difference of the outcome from the leaf's rate, and its standard error.
    """

    cost: np.ndarray
    leaves: np.ndarray
    error: np.ndarray
    spread: np.ndarray


@dataclass(frozen=True)
class Tree:
    """Leaves as boxes, the densest first.

    Parameters
    ----------
    leaves
        Boxes that share no future and together hold all.
    of_interest
        By leaf: whether its density is at or above the floor.
    coverage, density, mass : share
        Of the leaves of interest together; density is NaN if there are none.
    cost : Gini index a leaf
        At which the tree was cut back.
    nodes
        The tree before it was cut back.
    validation
        None if the tree was not cut back.
    """

    leaves: tuple[Box, ...]
    of_interest: tuple[bool, ...]
    coverage: float
    density: float
    mass: float
    cost: float
    nodes: TreeNodes
    validation: Validation | None


def grow_tree(
    inputs: Futures | Design, of_interest: OfInterest, settings: TreeSettings | None = None
) -> Tree:
    """Grow a classification tree on futures of interest and give its leaves as boxes.

    Splits lower the Gini index most; categories are split exactly, by their rates.  A tree
    can find several boxes at once, but each split is for good: where one box is sought, PRIM
    finds it with fewer limits.

    Parameters
    ----------
    inputs, of_interest
        As in `find_box`.
    settings
        Growth and pruning.

    Raises
    ------
    DomainError
        As `find_box` does; fewer futures of interest, or of the others, than folds.

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), §2.4 for splits, §3 for pruning and
    §9.4 for categories; Lempert, Bryant & Bankes (2008), RAND WR-557, for its use beside PRIM.

    Examples
    --------
    >>> inputs = np.random.default_rng(0).random((2000, 3))
    >>> found = grow_tree(inputs, (inputs[:, 1] > 0.7) & (inputs[:, 2] < 0.5))
    >>> [(limit.column, limit.low and round(limit.low, 1)) for limit in found.leaves[0].limits]
    [(1, 0.7), (2, None)]
    """
    settings = settings or TreeSettings()
    design, holds = as_design(inputs, of_interest, settings.integer, settings.categorical)
    tree = _grow(design, holds, settings)
    cost, validation = -1.0, None
    if settings.pruning != "none":
        validation = _validate(design, holds, tree, settings)
        cost = float(validation.cost[_choose(validation, settings)])
    leaves = sorted(_boxes(design, holds, tree, cost), key=lambda leaf: -leaf.density)
    chosen = tuple(leaf.density >= settings.density_floor for leaf in leaves)
    futures = sum(leaf.futures for leaf, one in zip(leaves, chosen, strict=True) if one)
    cases = sum(leaf.cases for leaf, one in zip(leaves, chosen, strict=True) if one)
    return Tree(
        leaves=tuple(leaves),
        of_interest=chosen,
        coverage=cases / int(holds.sum()),
        density=cases / futures if futures else float("nan"),
        mass=futures / len(holds),
        cost=cost,
        nodes=tree,
        validation=validation,
    )


def _grow(design: Design, holds: OfInterest, settings: TreeSettings) -> TreeNodes:
    least = max(int(np.ceil(settings.least_leaf * design.futures)), 1)
    room = 2 * (design.futures // least) + 1
    column, left = np.full(room, -1), np.zeros(room, dtype=np.int64)
    ends, counts = np.full((room, 2), np.nan), np.zeros((room, 2), dtype=np.int64)
    goes = np.zeros((room, design.present.shape[1]), dtype=np.bool_)
    marks = holds.astype(np.uint8)
    state = (design.columns, design.order.copy(), design.kinds, marks)
    count = compiled.grow(state, (least, settings.most_depth), (column, ends, left, counts, goes))
    column, left, ends, counts = column[:count], left[:count], ends[:count], counts[:count]
    futures, cases = counts.T
    risk = 2 * cases * (futures - cases) / futures / design.futures
    return TreeNodes(
        column=column,
        left_most=ends[:, 0],
        right_least=ends[:, 1],
        left=left,
        futures=futures,
        cases=cases,
        goes_left=goes[:count],
        cost=compiled.weakest_links(left, column, risk),
    )


def _validate(design: Design, holds: OfInterest, tree: TreeNodes, settings: TreeSettings) -> Validation:
    """Compare sizes by the squared error on futures that the tree of each fold did not see."""
    few = min(int(holds.sum()), int((~holds).sum()))
    if few < settings.folds:
        raise DomainError(
            f"cross-validation in {settings.folds} folds needs as many futures of interest and others, got "
            f"{few}; use fewer folds or pruning 'none'"
        )
    cuts = np.unique(np.concatenate([[0.0], tree.cost[np.isfinite(tree.cost)]]))
    if len(cuts) > MOST_CUTS:
        cuts = cuts[np.unique(np.linspace(0, len(cuts) - 1, MOST_CUTS).round().astype(int))]
    # Between two cuts all penalties give the same tree; the geometric mean stands for them.
    between = np.append(np.sqrt(cuts[:-1] * cuts[1:]), np.inf)
    fold = _folds(holds, settings)
    error, square = np.zeros(len(cuts)), np.zeros(len(cuts))
    for one in range(settings.folds):
        out = fold == one
        grown = _grow(take_futures(design, ~out), holds[~out], settings)
        rates = grown.cases / grown.futures
        columns = np.ascontiguousarray(design.columns[:, out])
        for place, penalty in enumerate(between):
            miss = (holds[out] - rates[_leaves_of(columns, design.kinds, grown, penalty)]) ** 2
            error[place] += miss.sum()
            square[place] += (miss**2).sum()
    futures = len(holds)
    mean = error / futures
    leaves = np.array([len(_leaf_nodes(tree, cost)) for cost in cuts])
    return Validation(cuts, leaves, mean, np.sqrt(np.maximum(square / futures - mean**2, 0) / futures))


def _folds(holds: OfInterest, settings: TreeSettings) -> np.ndarray:
    rng = np.random.default_rng(settings.seed)
    fold = np.empty(len(holds), dtype=np.int64)
    for kind in (True, False):
        rows = rng.permutation(np.flatnonzero(holds == kind))
        fold[rows] = np.arange(len(rows)) % settings.folds
    return fold


def _choose(validation: Validation, settings: TreeSettings) -> int:
    best = int(validation.error.argmin())
    slack = validation.spread[best] if settings.pruning == "one_error" else 0.0
    return int(np.flatnonzero(validation.error <= validation.error[best] + slack).max())


def _leaves_of(columns: np.ndarray, kinds: np.ndarray, tree: TreeNodes, penalty: float) -> np.ndarray:
    ends = np.stack([tree.left_most, tree.right_least], axis=1)
    counts = np.stack([tree.futures, tree.cases], axis=1)
    parts = (tree.column, ends, tree.left, counts, tree.goes_left)
    return compiled.leaves_of(columns, kinds, parts, tree.cost, penalty)


def _leaf_nodes(tree: TreeNodes, cost: float) -> list[list[tuple[int, bool]]]:
    """Give the way to each leaf of the tree cut back: nodes passed, and whether to the left."""
    found, pending = [], [(0, [])]
    while pending:
        node, way = pending.pop()
        if tree.column[node] < 0 or tree.cost[node] <= cost:
            found.append(way)
            continue
        left = int(tree.left[node])
        pending += [(left + 1, [*way, (node, False)]), (left, [*way, (node, True)])]
    return found


def _boxes(design: Design, holds: OfInterest, tree: TreeNodes, cost: float) -> list[Box]:
    return [describe(design.columns, holds, _sides(design, tree, way)) for way in _leaf_nodes(tree, cost)]


def _sides(design: Design, tree: TreeNodes, way: list[tuple[int, bool]]) -> list[Side]:
    """Turn a way into limits: of several on one end the last, which is the tightest."""
    limits, groups = {}, {}
    for node, left in way:
        column = int(tree.column[node])
        if design.kinds[column] == CATEGORICAL:
            side = tree.goes_left[node] if left else ~tree.goes_left[node]
            groups[column] = groups.get(column, design.present[column]) & side
        elif left:
            limits[column, 1] = float(tree.left_most[node])
        else:
            limits[column, 0] = float(tree.right_least[node])
    sides = [Side(column, side, limit) for (column, side), limit in limits.items()]
    return sides + [
        Side(column, -1, np.nan, tuple(int(code) for code in np.flatnonzero(kept)))
        for column, kept in groups.items()
    ]
