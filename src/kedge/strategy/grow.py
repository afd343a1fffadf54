"""Growing and pruning of a classification tree, compiled: columns stay sorted within every node."""

from __future__ import annotations

import numba
import numpy as np

from kedge.strategy.peel import CATEGORICAL, INTEGER, rank_falling


@numba.njit(cache=True)
def _purity(n, k):  # pragma: no cover - compiled
    """Give what a part adds to the purity of a split; for two classes, as good as the Gini index."""
    return k * (k / n)


@numba.njit(cache=True)
def _best_cut(values, order, holds, span, least):  # pragma: no cover - compiled
    """Best cut of one column in one node: purity and place."""
    begin, end, cases = span
    best, place = -np.inf, -1
    n, k = end - begin, 0
    for at in range(begin, end - least):
        k += holds[order[at]]
        left = at + 1 - begin
        if left < least or values[order[at]] == values[order[at + 1]]:
            continue
        found = _purity(left, k) + _purity(n - left, cases - k)
        if found > best:
            best, place = found, at + 1
    return best, place


@numba.njit(cache=True)
def _best_group(values, order, holds, span, least, goes):  # pragma: no cover - compiled
    """Best two groups of categories: with two classes, one of the cuts by rising rate (Fisher 1958)."""
    begin, end, cases = span
    codes = len(goes)
    sizes, held = np.zeros(codes, dtype=np.int64), np.zeros(codes, dtype=np.int64)
    for at in range(begin, end):
        code = int(values[order[at]])
        sizes[code] += 1
        held[code] += holds[order[at]]
    share = np.full(codes, -1.0)
    for code in range(codes):
        if sizes[code] > 0:
            share[code] = 1 - held[code] / sizes[code]
    rank = rank_falling(share)
    best, taken, n, k = -np.inf, 0, 0, 0
    for at in range(codes):
        n += sizes[rank[at]]
        k += held[rank[at]]
        if n < least or end - begin - n < max(least, 1):
            continue
        found = _purity(n, k) + _purity(end - begin - n, cases - k)
        if found > best:
            best, taken = found, at + 1
    goes[:] = False
    goes[rank[:taken]] = True
    return best


@numba.njit(cache=True)
def _best_split(state, span, least, goes):  # pragma: no cover - compiled
    """Best split of a node: column, place in its order (-1 for categories), which codes go left."""
    columns, order, kinds, holds = state
    best, which, place = -np.inf, -1, -1
    group = np.zeros(len(goes), dtype=np.bool_)
    for column in range(len(kinds)):
        if kinds[column] == CATEGORICAL:
            at = -1
            found = _best_group(columns[column], order[column], holds, span, least, group)
        else:
            found, at = _best_cut(columns[column], order[column], holds, span, least)
        if found > best:
            best, which, place = found, column, at
            goes[:] = group
    return which, place


@numba.njit(cache=True)
def _mark(state, span, split, goes, left):  # pragma: no cover - compiled
    """Mark the futures that go left; gives how many, and the cases among them."""
    columns, order, kinds, holds = state
    column, place = split
    n, k = 0, 0
    for at in range(span[0], span[1]):
        future = order[column, at]
        going = goes[int(columns[column, future])] if kinds[column] == CATEGORICAL else at < place
        left[future] = going
        n += going
        k += going and holds[future]
    return n, k


@numba.njit(cache=True)
def _part_orders(order, span, left, spare):  # pragma: no cover - compiled
    """Bring the futures that go left before the others in every column, both still in rising order."""
    begin, end = span[0], span[1]
    for column in range(len(order)):
        row = order[column]
        put, held = begin, 0
        for at in range(begin, end):
            future = row[at]
            if left[future]:
                row[put] = future
                put += 1
            else:
                spare[held] = future
                held += 1
        row[put:end] = spare[:held]


@numba.njit(cache=True)
def _ends(state, split):  # pragma: no cover - compiled
    """Highest value that goes left and lowest that goes right: both midway, or whole numbers."""
    columns, order, kinds, _ = state
    column, place = split
    below, above = columns[column, order[column, place - 1]], columns[column, order[column, place]]
    middle = below + (above - below) / 2
    if kinds[column] == INTEGER:
        return np.floor(middle), np.floor(middle) + 1
    if below < middle < above:
        return middle, middle
    return below, above


@numba.njit(cache=True)
def grow(state, rules, tree):  # pragma: no cover - compiled
    """Split nodes until they are pure, too small, or as deep as allowed; gives the number of nodes.

    `order` is changed.  `tree`: split column (-1 for a leaf), highest value going left,
    lowest going right, left child (the right one follows it), futures and cases, codes going left.
    """
    least, deepest = rules
    order, holds = state[1], state[3]
    split_column, ends, child, counts, goes = tree
    futures = order.shape[1]
    spans = np.empty((len(child), 3), dtype=np.int64)
    depth = np.zeros(len(child), dtype=np.int64)
    left, spare = np.zeros(futures, dtype=np.bool_), np.empty(futures, dtype=np.int32)
    spans[0, 0], spans[0, 1], spans[0, 2] = 0, futures, holds.sum()
    nodes, node = 1, 0
    while node < nodes:
        begin, end, cases = spans[node]
        split_column[node], counts[node, 0], counts[node, 1] = -1, end - begin, cases
        pure = cases in (0, end - begin)
        if not pure and end - begin >= 2 * least and depth[node] < deepest:
            span = (begin, end, cases)
            which, place = _best_split(state, span, least, goes[node])
            if which >= 0:
                split = (which, place)
                if place >= 0:
                    ends[node, 0], ends[node, 1] = _ends(state, split)
                n, k = _mark(state, span, split, goes[node], left)
                _part_orders(order, span, left, spare)
                split_column[node], child[node] = which, nodes
                spans[nodes] = np.array([begin, begin + n, k])
                spans[nodes + 1] = np.array([begin + n, end, cases - k])
                depth[nodes : nodes + 2] = depth[node] + 1
                nodes += 2
        node += 1
    return nodes


@numba.njit(cache=True)
def _cut_back(top, child, split_column, cost, whole, floor):  # pragma: no cover - compiled
    """Make a node a leaf, and note the cost for every split under it."""
    under = np.zeros(len(child), dtype=np.bool_)
    under[top] = True
    for node in range(top, len(child)):
        if under[node] and split_column[node] >= 0:
            under[child[node]], under[child[node] + 1] = True, True
            cost[node] = min(cost[node], floor)
            whole[node] = True


@numba.njit(cache=True)
def weakest_links(child, split_column, risk):  # pragma: no cover - compiled
    """Cost of a leaf at which each split is cut back, by weakest-link pruning; infinite for leaves.

    References: Breiman et al. (1984), §3.3.
    """
    nodes = len(risk)
    cost = np.full(nodes, np.inf)
    whole = split_column < 0
    below, leaves = np.empty(nodes), np.empty(nodes)
    floor = 0.0
    while not whole[0]:
        least, weakest = np.inf, 0
        for node in range(nodes - 1, -1, -1):
            below[node], leaves[node] = risk[node], 1.0
            if whole[node]:
                continue
            left = child[node]
            below[node] = below[left] + below[left + 1]
            leaves[node] = leaves[left] + leaves[left + 1]
            link = (risk[node] - below[node]) / (leaves[node] - 1)
            if link <= least:
                least, weakest = link, node
        floor = max(floor, least)
        _cut_back(weakest, child, split_column, cost, whole, floor)
    return cost


@numba.njit(cache=True)
def leaves_of(columns, kinds, tree, cost, penalty):  # pragma: no cover - compiled
    """Leaf of each future in the tree cut back where a split costs no more than the penalty."""
    split_column, ends, child, _, goes = tree
    found = np.empty(columns.shape[1], dtype=np.int64)
    for future in range(columns.shape[1]):
        node = 0
        while split_column[node] >= 0 and cost[node] > penalty:
            column = split_column[node]
            value = columns[column, future]
            if kinds[column] == CATEGORICAL:
                code = int(value)
                left = code < goes.shape[1] and goes[node, code]
            else:
                left = value <= ends[node, 0]
            node = child[node] + (not left)
        found[future] = node
    return found
