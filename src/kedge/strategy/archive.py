"""Archives of candidates that no other beats, compiled.

An archive keeps rows in arrays with room to spare; `count` of them are in use.  The boxes of
epsilon-dominance are kept as keys; in a plain archive the objectives are their own keys.
"""

from __future__ import annotations

import numba
import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.search_axes import CandidateMarks, Objectives


@numba.njit(cache=True)
def compare(first, second):  # pragma: no cover - compiled
    """Give 1 if the first dominates, -1 if the second does, 2 if they are equal, 0 if neither."""
    better, worse = False, False
    for column in range(len(first)):
        if first[column] < second[column]:
            better = True
        elif first[column] > second[column]:
            worse = True
        if better and worse:
            return 0
    if better:
        return 1
    return -1 if worse else 2


@numba.njit(cache=True)
def apart(first, second, scale):  # pragma: no cover - compiled
    """Squared distance of two rows, each objective in parts of its range."""
    total = 0.0
    for column in range(len(first)):
        step = (first[column] - second[column]) * scale[column]
        total += step * step
    return total


@numba.njit(cache=True)
def _nearer_corner(first, second, key, epsilons):  # pragma: no cover - compiled
    """Whether the first of two in one box is the better: it dominates, or lies nearer the box's corner."""
    order = compare(first, second)
    if order != 0:
        return order == 1
    own, other = 0.0, 0.0
    for column in range(len(first)):
        corner = key[column] * epsilons[column]
        own += ((first[column] - corner) / epsilons[column]) ** 2
        other += ((second[column] - corner) / epsilons[column]) ** 2
    return own < other


@numba.njit(cache=True)
def key_of(objectives, epsilons, key):  # pragma: no cover - compiled
    """Write the box of a row, or the row itself where epsilon is zero."""
    for column in range(len(objectives)):
        width = epsilons[column]
        key[column] = np.floor(objectives[column] / width) if width > 0 else objectives[column]


@numba.njit(cache=True)
def _refused(rows, count, objectives, key, epsilons):  # pragma: no cover - compiled
    """Whether a row of the archive is as good; and whether the new one's box was taken by one that is not."""
    shared, boxed, size = False, epsilons[0] > 0, len(key)
    keys = rows[1]
    for row in range(count):
        column = 0
        while column < size and keys[row, column] <= key[column]:
            column += 1
        if column < size:
            continue
        if compare(keys[row], key) == 1:
            return True, shared
        shared = True
        if not (boxed and _nearer_corner(objectives, rows[0][row], key, epsilons)):
            return True, shared
    return False, shared


@numba.njit(cache=True)
def _beaten(keys, row, key):  # pragma: no cover - compiled
    """Whether a row of the archive is nowhere better than the new key."""
    column = 0
    while column < len(key) and keys[row, column] >= key[column]:
        column += 1
    return column == len(key)


@numba.njit(cache=True)
def insert(rows, count, new, epsilons, scale):  # pragma: no cover - compiled
    """Add a candidate unless the archive holds one as good; drop what it beats.

    Parameters
    ----------
    rows
        Objectives, keys, levers, distance to the nearest other (squared, by `scale`) and label.
    new
        Objectives, key, levers and label of the candidate.

    Returns
    -------
    The number of rows in use, the squared distance to the nearest other (below zero if refused),
    and whether the box is a new one.

    References
    ----------
    Laumanns, Thiele, Deb & Zitzler (2002), Evolutionary Computation 10(3), algorithm 3.
    """
    objectives, key, levers, label = new
    refused, shared = _refused(rows, count, objectives, key, epsilons)
    if refused:
        return count, -1.0, False
    kept, nearest, others = 0, np.inf, rows[0]
    for row in range(count):
        if _beaten(rows[1], row, key):
            continue
        gap = 0.0
        for column in range(len(scale)):
            step = (objectives[column] - others[row, column]) * scale[column]
            gap += step * step
        rows[3][row] = min(rows[3][row], gap)
        nearest = min(nearest, gap)
        if kept != row:
            move(rows, row, kept)
        kept += 1
    rows[0][kept], rows[1][kept], rows[2][kept] = objectives, key, levers
    rows[3][kept], rows[4][kept] = nearest, label
    return kept + 1, nearest, not shared


@numba.njit(cache=True)
def move(rows, source, target):  # pragma: no cover - compiled
    """Copy a row of the archive to another place."""
    rows[0][target], rows[1][target], rows[2][target] = rows[0][source], rows[1][source], rows[2][source]
    rows[3][target], rows[4][target] = rows[3][source], rows[4][source]


@numba.njit(cache=True)
def measure_gaps(objectives, count, scale, gaps):  # pragma: no cover - compiled
    """Work out anew how far each row is from its nearest other."""
    gaps[:count] = np.inf
    for row in range(count):
        for other in range(row):
            gap = apart(objectives[row], objectives[other], scale)
            gaps[row] = min(gaps[row], gap)
            gaps[other] = min(gaps[other], gap)


@numba.njit(cache=True)
def _beside_gone(rows, gone, row, scale):  # pragma: no cover - compiled
    """Whether what lay nearest to a row has been taken out."""
    for other in range(len(gone)):
        if gone[other] and apart(rows[0][row], rows[0][other], scale) <= rows[3][row]:
            return True
    return False


@numba.njit(cache=True)
def thin(rows, count, least, scale):  # pragma: no cover - compiled
    """Take out the row nearest to another, again and again, until `least` are left.

    Rows that are the best in some objective stay.  Distances are those to the rows in the
    archive at the start, so that a round costs one pass.
    """
    safe = np.zeros(count, dtype=np.bool_)
    for column in range(rows[0].shape[1]):
        safe[np.argmin(rows[0][:count, column])] = True
    measure_gaps(rows[0], count, scale, rows[3])
    order = np.argsort(rows[3][:count], kind="mergesort")
    gone = np.zeros(count, dtype=np.bool_)
    left = count
    for place in range(count):
        row = order[place]
        if left > least and not safe[row]:
            # Of a close pair only one may go, or both sides of a gap would be lost.
            gone[row] = not _beside_gone(rows, gone, row, scale)
            left -= gone[row]
    kept = 0
    for row in range(count):
        if not gone[row]:
            move(rows, row, kept)
            kept += 1
    measure_gaps(rows[0], kept, scale, rows[3])
    return kept


@numba.njit(cache=True)
def nearest_rows(objectives, count, row, scale, found, gaps):  # pragma: no cover - compiled
    """Fill `found` with the rows nearest to one; give how many there are."""
    size, filled = len(found), 0
    for other in range(count):
        if other == row:
            continue
        gap = apart(objectives[row], objectives[other], scale)
        if filled == size and gap >= gaps[size - 1]:
            continue
        at = filled if filled < size else size - 1
        while at > 0 and gaps[at - 1] > gap:
            gaps[at], found[at] = gaps[at - 1], found[at - 1]
            at -= 1
        gaps[at], found[at] = gap, other
        filled = min(filled + 1, size)
    return filled


@numba.njit(cache=True)
def _unbeaten(objectives, order, keep):  # pragma: no cover - compiled
    """Mark rows that none beats; rows come so that none is beaten by a later one."""
    kept, found = np.empty(len(order), dtype=np.int64), 0
    for place in range(len(order)):
        row, beaten = order[place], False
        for other in range(found):
            if compare(objectives[kept[other]], objectives[row]) > 0:
                # What beats one candidate is apt to beat the next: look there first.
                kept[0], kept[other] = kept[other], kept[0]
                beaten = True
                break
        if not beaten:
            kept[found] = row
            found += 1
            keep[row] = True


def unbeaten(objectives: Objectives) -> CandidateMarks:
    """Mark candidates that no other dominates; of equal ones the first.

    Parameters
    ----------
    objectives
        All to be minimised, each in its own unit.

    Raises
    ------
    DomainError
        Not a table, or values that are not finite.

    Examples
    --------
    >>> unbeaten(np.array([[1.0, 2.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0]]))
    array([ True,  True, False, False])
    """
    objectives = np.asarray(objectives, dtype=float)
    if objectives.ndim != 2 or not np.isfinite(objectives).all():
        raise DomainError(
            f"objectives must be [candidate, objective] with finite numbers, got shape {objectives.shape}"
        )
    keep = np.zeros(len(objectives), dtype=bool)
    # By the first objective, ties by the next ones: a row can only be beaten by an earlier one.
    order = np.lexsort([np.arange(len(objectives)), *objectives.T[::-1]]).astype(np.int64)
    _unbeaten(np.ascontiguousarray(objectives), order, keep)
    return keep
