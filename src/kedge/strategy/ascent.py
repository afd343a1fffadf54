"""Coordinate ascent of a box's limits on the two-rate likelihood, compiled.

One rate holds in the box and a lower one outside.  With all other uncertainties held, the
best range of one of them is found by walking once or a few times along its sorted values,
so a step costs as much as reading a column.
"""

from __future__ import annotations

import numba
import numpy as np

from kedge.strategy.peel import CATEGORICAL, INTEGER, rank_falling

GAIN = 1e-9
"""Least rise of the penalised log likelihood that counts as one; rounding makes smaller ones."""


LEVELS = 3
"""Levels of the rate, evenly between the sample's and one, at which ranges of both ends are sought."""


@numba.njit(cache=True)
def _part(n, k):  # pragma: no cover - compiled
    if k <= 0 or k >= n:
        return 0.0
    return k * np.log(k / n) + (n - k) * np.log((n - k) / n)


@numba.njit(cache=True)
def two_rates(inside_n, inside_k, n, k):  # pragma: no cover - compiled
    """Log likelihood of the outcome with one rate in the box and one outside, each at its best."""
    return _part(inside_n, inside_k) + _part(n - inside_n, k - inside_k)


@numba.njit(cache=True)
def _worth(n1, k1, totals):  # pragma: no cover - compiled
    """Log likelihood of a box, or minus infinity if it is too small or the denser part is outside."""
    n, k, least = totals
    if n1 < least or (n1 < n and k1 * n < k * n1):
        return -np.inf
    return two_rates(n1, k1, n, k)


@numba.njit(cache=True)
def _breaks(value, limits, kept, categorical):  # pragma: no cover - compiled
    if categorical:
        return not kept[int(value)]
    return value < limits[0] or value > limits[1]


@numba.njit(cache=True)
def _eligible(column, state, box, scratch):  # pragma: no cover - compiled
    """List values and running cases of futures that keep every other limit, and their present range."""
    ranked, order, kinds, holds = state
    limits, kept, broken = box
    values, cases = scratch
    count, first, last = 0, 0, 0
    categorical = kinds[column] == CATEGORICAL
    for at in range(len(holds)):
        future, value = order[column, at], ranked[column, at]
        breaks = _breaks(value, limits[column], kept[column], categorical)
        if broken[future] > breaks:
            continue
        values[count] = value
        cases[count + 1] = cases[count] + holds[future]
        count += 1
        if breaks and last == 0:
            first = count
        elif not breaks:
            last = count
    return count, min(first, last), last


@numba.njit(cache=True)
def _best_end(scratch, count, fixed, upper, totals):  # pragma: no cover - compiled
    """Best place of one end, the other held: cuts lie between values that differ."""
    values, cases = scratch
    best, place = -np.inf, count if upper else 0
    begin, end = (fixed + 1, count + 1) if upper else (0, fixed)
    for at in range(begin, end):
        if 0 < at < count and values[at] == values[at - 1]:
            continue
        low, high = (fixed, at) if upper else (at, fixed)
        found = _worth(high - low, cases[high] - cases[low], totals)
        if found > best:
            best, place = found, at
    return place, best


@numba.njit(cache=True)
def _best_run(scratch, count, level):  # pragma: no cover - compiled
    """Range with most cases above what a level would give: the run of highest sum (Kadane).

    At given rates in and out of the box the log likelihood is such a sum, and its level lies
    between the two, so that the best range of all is the best run at some level.
    """
    values, cases = scratch
    run, begin, best, first, last = 0.0, 0, 0.0, 0, count
    for at in range(count):
        if run <= 0 and (at == 0 or values[at] != values[at - 1]):
            run, begin = 0.0, at
        run += cases[at + 1] - cases[at] - level
        if run > best and (at + 1 == count or values[at + 1] != values[at]):
            best, first, last = run, begin, at + 1
    return first, last


@numba.njit(cache=True)
def _climb(scratch, count, ends, moves, totals):  # pragma: no cover - compiled
    """Move the ends that may move, in turn, until neither gains."""
    low, high = ends
    best, found = -np.inf, -np.inf
    while True:
        if moves[1]:
            high, found = _best_end(scratch, count, low, True, totals)
        if moves[0]:
            low, found = _best_end(scratch, count, high, False, totals)
        if not found > best + GAIN:
            return low, high, found
        best = found


@numba.njit(cache=True)
def _best_range(scratch, count, ends, totals, rules):  # pragma: no cover - compiled
    """Best range of one column: open, one end, or both; each end costs the penalty."""
    penalty, forced = rules
    cases, base = scratch[1], totals[1] / totals[0]
    best, low, high = -np.inf, 0, count
    if not forced:
        best = _worth(count, cases[count], totals)
    for turn in range(3 + LEVELS):
        i, j = ends
        if turn == 0:
            j = count
        elif turn == 1:
            i = 0
        elif turn > 2:
            i, j = _best_run(scratch, count, base + (1 - base) * (turn - 2) / (LEVELS + 1))
        i, j, found = _climb(scratch, count, (i, j), (turn != 1, turn != 0), totals)
        found -= penalty * ((i > 0) + (j < count))
        if found > best + GAIN and (not forced or i > 0 or j < count):
            best, low, high = found, i, j
    return low, high, best


@numba.njit(cache=True)
def _best_set(scratch, count, present, totals, rules):  # pragma: no cover - compiled
    """Best set of categories: by falling rate, the first so many; each of the fewer costs the penalty."""
    penalty, forced = rules
    values, cases = scratch
    sizes, held = np.zeros(len(present)), np.zeros(len(present))
    for at in range(count):
        sizes[int(values[at])] += 1
        held[int(values[at])] += cases[at + 1] - cases[at]
    rate = np.full(len(present), totals[1] / totals[0])
    for code in range(len(present)):
        if not present[code]:
            rate[code] = -1.0
        elif sizes[code] > 0:
            rate[code] = held[code] / sizes[code]
    ranks = rank_falling(rate)
    several, best, keep = present.sum(), -np.inf, 0
    n1, k1 = 0.0, 0.0
    for at in range(several):
        n1 += sizes[ranks[at]]
        k1 += held[ranks[at]]
        found = _worth(n1, k1, totals) - penalty * min(at + 1, several - at - 1)
        if found > best + GAIN and not (forced and at + 1 == several):
            best, keep = found, at + 1
    kept = np.zeros(len(present), dtype=np.bool_)
    kept[ranks[:keep]] = True
    return kept, best


@numba.njit(cache=True)
def _edge(scratch, at, upper, whole):  # pragma: no cover - compiled
    """Turn a cut before place `at` into a limit: midway between its neighbours, or the whole number kept."""
    values = scratch[0]
    if whole:
        return values[at - 1] if upper else values[at]
    middle = (values[at - 1] + values[at]) / 2
    return middle if values[at - 1] < middle < values[at] else values[at - 1 if upper else at]


@numba.njit(cache=True)
def _cost(limits, kept, start, present, categorical):  # pragma: no cover - compiled
    """Count the limits that one column has, as the penalty does."""
    if categorical:
        return min(kept.sum(), present.sum() - kept.sum())
    return (limits[0] != start[0]) + (limits[1] != start[1])


@numba.njit(cache=True)
def _inside(scratch, count, kept, ends, categorical):  # pragma: no cover - compiled
    """Futures and cases of the box, counted among the eligible."""
    values, cases = scratch
    if not categorical:
        return ends[1] - ends[0], cases[ends[1]] - cases[ends[0]]
    n1, k1 = 0, 0
    for at in range(count):
        if kept[int(values[at])]:
            n1 += 1
            k1 += cases[at + 1] - cases[at]
    return n1, k1


@numba.njit(cache=True)
def try_column(column, state, box, whole, scratch, rules):  # pragma: no cover - compiled
    """Give the rise of the penalised likelihood by one column's best limits, and those limits."""
    start, present = whole
    limits, kept = box[0][column].copy(), box[1][column].copy()
    kind = state[2][column]
    totals, penalty, forced = rules[0], rules[1], rules[3][column]
    count, first, last = _eligible(column, state, box, scratch)
    n1, k1 = _inside(scratch, count, kept, (first, last), kind == CATEGORICAL)
    cost = _cost(limits, kept, start[column], present[column], kind == CATEGORICAL)
    now = two_rates(n1, k1, totals[0], totals[1]) - penalty * cost
    if kind == CATEGORICAL:
        chosen, found = _best_set(scratch, count, present[column], totals, (penalty, forced))
        return found - now, limits, chosen
    low, high, found = _best_range(scratch, count, (first, last), totals, (penalty, forced))
    limits[0] = _edge(scratch, low, False, kind == INTEGER) if low > 0 else start[column, 0]
    limits[1] = _edge(scratch, high, True, kind == INTEGER) if high < count else start[column, 1]
    return found - now, limits, kept


@numba.njit(cache=True)
def _move(column, state, box, limits, kept):  # pragma: no cover - compiled
    ranked, order, kinds, holds = state
    categorical = kinds[column] == CATEGORICAL
    for at in range(len(holds)):
        value = ranked[column, at]
        before = _breaks(value, box[0][column], box[1][column], categorical)
        after = _breaks(value, limits, kept, categorical)
        box[2][order[column, at]] += np.int16(after) - np.int16(before)
    box[0][column] = limits
    box[1][column] = kept


@numba.njit(cache=True)
def _best_column(among, state, box, whole, scratch, rules):  # pragma: no cover - compiled
    """Column whose best limits raise the penalised likelihood most, or -1."""
    best, which = GAIN, -1
    for column in range(len(among)):
        if not among[column]:
            continue
        rise = try_column(column, state, box, whole, scratch, rules)[0]
        if rise > best:
            best, which = rise, column
    return which


@numba.njit(cache=True)
def ascend(state, box, whole, rules):  # pragma: no cover - compiled
    """Move, drop and add limits, a column at a time, until the penalised likelihood rises no more.

    `box` is limits, kept categories and how many columns each future breaks; it is changed
    in place.  `rules`: (futures, cases, least futures), penalty, columns that may not be
    limited, that must be, and the most.  Gives how often a column's limits were changed.
    """
    kinds, holds = state[2], state[3]
    start, present = whole
    scratch = (np.empty(len(holds)), np.zeros(len(holds) + 1, dtype=np.int64))
    shut, most = rules[2], rules[4]
    limited = np.zeros(len(kinds), dtype=np.bool_)
    moves = 0
    while True:
        for column in range(len(kinds)):
            cost = _cost(
                box[0][column], box[1][column], start[column], present[column], kinds[column] == CATEGORICAL
            )
            limited[column] = cost > 0
        which = _best_column(limited, state, box, whole, scratch, rules)
        if which < 0 and limited.sum() < most:
            which = _best_column(~(limited | shut), state, box, whole, scratch, rules)
        if which < 0:
            return moves
        _, limits, kept = try_column(which, state, box, whole, scratch, rules)
        _move(which, state, box, limits, kept)
        moves += 1


@numba.njit(cache=True)
def end_range(column, upper, state, box, rules, drop):  # pragma: no cover - compiled
    """Where else one end could lie without losing more than `drop` of the log likelihood."""
    holds = state[3]
    scratch = (np.empty(len(holds)), np.zeros(len(holds) + 1, dtype=np.int64))
    values, cases = scratch
    count, first, last = _eligible(column, state, box, scratch)
    totals = rules[0]
    best = two_rates(last - first, cases[last] - cases[first], totals[0], totals[1])
    begin, end = (first + 1, count + 1) if upper else (0, last)
    least, most = count, 0
    for at in range(begin, end):
        if 0 < at < count and values[at] == values[at - 1]:
            continue
        low, high = (first, at) if upper else (at, last)
        if _worth(high - low, cases[high] - cases[low], totals) >= best - drop:
            least, most = min(least, at), max(most, at)
    return values[max(least - 1, 0)], values[min(most, count - 1)]
