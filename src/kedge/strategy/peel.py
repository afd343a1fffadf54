"""The peeling of PRIM, compiled: columns are sorted once, and a peel walks inward from the box's edge."""

from __future__ import annotations

import numba
import numpy as np

REAL, INTEGER, CATEGORICAL = 0, 1, 2
LENIENT1, LENIENT2, ORIGINAL = 0, 1, 2


@numba.njit(cache=True)
def gain(objective, old_n, old_k, new_n, new_k):  # pragma: no cover - compiled
    """How good a peel or paste is, by one of the three objectives; above zero to go on."""
    new_mean = new_k / new_n if new_n > 0 else 0.0
    if objective == ORIGINAL:
        return new_mean if new_n > 0 else -1.0
    change = abs(old_n - new_n)
    if change == 0:
        return 0.0
    rise = new_mean - old_k / old_n
    return rise / change if objective == LENIENT1 else new_n * rise / change


@numba.njit(cache=True)
def rank_falling(values):  # pragma: no cover - compiled
    """Places of a few values from the highest down, ties in order; an insertion sort compiles fast."""
    rank = np.arange(len(values))
    for at in range(1, len(values)):
        one, to = rank[at], at
        while to > 0 and values[rank[to - 1]] < values[one]:
            rank[to] = rank[to - 1]
            to -= 1
        rank[to] = one
    return rank


@numba.njit(cache=True)
def _real_cut(edge, n, alpha, upper):  # pragma: no cover - compiled
    """Where a peel of about alpha would cut: limit, futures and cases removed.

    The cut lies midway between two neighbouring values in the box; equal values stay
    together, so a heap of ties is taken as a whole or, if it reaches the far end, left.
    """
    ranked, order, inside, holds, ends = edge
    near = n - 1 - int(np.ceil((n - 1) * (1.0 - alpha))) if upper else int(np.floor((n - 1) * alpha))
    step = -1 if upper else 1
    at = ends[1] if upper else ends[0]
    seen, cases, before, cases_before, last = 0, 0, 0, 0, np.nan
    while seen < n:
        future = order[at]
        if inside[future]:
            value = ranked[at]
            if value != last and seen > near:
                limit = (last + value) / 2
                if limit == last:
                    return limit, before, cases_before
                return limit, seen, cases
            if value != last:
                before, cases_before = seen, cases
            last = value
            seen += 1
            cases += holds[future]
        at += step
    return last, before, cases_before


@numba.njit(cache=True)
def _count_beyond(edge, limit, upper, strict):  # pragma: no cover - compiled
    """Count the box's futures and cases beyond a limit (at it too, if strict); give the next value kept."""
    ranked, order, inside, holds, ends = edge
    step = -1 if upper else 1
    at = ends[1] if upper else ends[0]
    stop = ends[0] - 1 if upper else ends[1] + 1
    count, cases, last = 0, 0, np.nan
    while at != stop:
        future = order[at]
        if inside[future]:
            value = ranked[at]
            beyond = value > limit if upper else value < limit
            if not (beyond or (strict and value == limit)):
                return value, count, cases
            count += 1
            cases += holds[future]
            last = value
        at += step
    return last, count, cases


@numba.njit(cache=True)
def _integer_cut(edge, n, alpha, upper, present):  # pragma: no cover - compiled
    """Cut at the whole number of a real cut's limit, or past the present limit if that is where it lies."""
    limit = float(int(_real_cut(edge, n, alpha, upper)[0]))
    return _count_beyond(edge, limit, upper, limit == present)


@numba.njit(cache=True)
def _remove_beyond(order, inside, ends, count, upper):  # pragma: no cover - compiled
    step = -1 if upper else 1
    at = ends[1] if upper else ends[0]
    while count > 0:
        if inside[order[at]]:
            inside[order[at]] = 0
            count -= 1
        at += step
    if upper:
        ends[1] = at
    else:
        ends[0] = at


@numba.njit(cache=True)
def _category_counts(codes, inside, holds, counts):  # pragma: no cover - compiled
    counts[:] = 0
    for future in range(len(codes)):
        if inside[future]:
            counts[0, codes[future]] += 1
            counts[1, codes[future]] += holds[future]


@numba.njit(cache=True)
def _better(found, restricted, best):  # pragma: no cover - compiled
    """Whether a cut beats the best so far; on a tie, one that limits no further column does."""
    return found > best[5] or (found == best[5] and restricted and not best[6])


@numba.njit(cache=True)
def _best_amount(state, limits, totals, settings, best):  # pragma: no cover - compiled
    """Try both sides of every column of amounts that may be limited, real ones first."""
    ranked, order, kinds, holds, _, inside, ends, (limited, shut, _) = state
    n, k = totals
    for turn in range(2 * len(kinds)):
        kind, column = turn // len(kinds), turn % len(kinds)
        if kinds[column] != kind or shut[column]:
            continue
        restricted = limited[column]
        edge = (ranked[column], order[column], inside, holds, ends[column])
        for side in (1, 0):
            if kind == REAL:
                limit, count, cases = _real_cut(edge, n, settings[0], side == 1)
            else:
                limit, count, cases = _integer_cut(edge, n, settings[0], side == 1, limits[column, side])
            found = gain(settings[1], n, k, n - count, k - cases)
            if _better(found, restricted, best):
                best = (column, side, count, cases, limit, found, restricted)
    return best


@numba.njit(cache=True)
def _best_category(state, kept, totals, settings, best):  # pragma: no cover - compiled
    """Try to leave out every category that is still in the box."""
    _, _, kinds, holds, codes, inside, _, (limited, shut, _) = state
    n, k = totals
    counts = np.zeros((2, kept.shape[1]), dtype=np.int64)
    for column in range(len(kinds)):
        if kinds[column] != CATEGORICAL or shut[column] or kept[column].sum() < 2:
            continue
        _category_counts(codes[column], inside, holds, counts)
        restricted = limited[column]
        for category in range(kept.shape[1]):
            if not kept[column, category]:
                continue
            count, cases = counts[0, category], counts[1, category]
            found = gain(settings[1], n, k, n - count, k - cases)
            if _better(found, restricted, best):
                best = (column, category, count, cases, 0.0, found, restricted)
    return best


@numba.njit(cache=True)
def _mark_limited(column, rules, most):  # pragma: no cover - compiled
    """Note that a column (none if -1) is limited; with none to spare, shut what is open and need not be."""
    limited, shut, must = rules
    if column >= 0:
        limited[column] = True
    owed, count = 0, 0
    for other in range(len(limited)):
        owed += must[other] and not limited[other]
        count += limited[other]
    if count + owed < most:
        return
    for other in range(len(limited)):
        if not limited[other] and not must[other]:
            shut[other] = True


@numba.njit(cache=True)
def peel(state, box, settings, limits_trail, kept_trail, sizes):  # pragma: no cover - compiled
    """Peel until the box is as small as allowed or no peel helps; gives the number of boxes.

    Box 0 is the whole.  `sizes` gets futures and cases of each box.  The last part of the
    state says which columns are limited, shut, and must be limited.
    """
    _, order, kinds, holds, codes, inside, ends, rules = state
    limits, kept = box
    least = settings[2]
    n, k = len(holds), 0
    for future in range(len(holds)):
        k += holds[future]
    _mark_limited(-1, rules, settings[3])
    boxes = 0
    while boxes < len(sizes):
        limits_trail[boxes], kept_trail[boxes] = limits, kept
        sizes[boxes, 0], sizes[boxes, 1] = n, k
        boxes += 1
        best = _best_amount(state, limits, (n, k), settings, (-1, 0, 0, 0, 0.0, -np.inf, False))
        column, side, count, cases, limit, found, _ = _best_category(state, kept, (n, k), settings, best)
        if column < 0 or count == 0 or found <= 0 or (n - count) / len(holds) < least:
            break
        if kinds[column] == CATEGORICAL:
            kept[column, side] = 0
            for future in range(len(holds)):
                if codes[column, future] == side:
                    inside[future] = 0
        else:
            limits[column, side] = limit
            _remove_beyond(order[column], inside, ends[column], count, side == 1)
        _mark_limited(column, rules, settings[3])
        n, k = n - count, k - cases
    return boxes
