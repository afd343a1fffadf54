"""Exact hypervolume, compiled: sweeps in two to four objectives, slices by one objective beyond."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True)
def _place(xs, count, x):  # pragma: no cover - compiled
    """How many of the staircase's steps lie at or to the left of x."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if xs[middle] <= x:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(cache=True)
def _shift(xs, ys, span, by):  # pragma: no cover - compiled
    """Move steps from `span[0]` up to `span[1]` by so many places, without overwriting any."""
    first, end = span
    if by > 0:
        for step in range(end - 1, first - 1, -1):
            xs[step + by], ys[step + by] = xs[step], ys[step]
    elif by < 0:
        for step in range(first, end):
            xs[step + by], ys[step + by] = xs[step], ys[step]


@numba.njit(cache=True)
def _add_step(xs, ys, count, corner, end):  # pragma: no cover - compiled
    """Add a corner to a staircase (x rising, y falling); give the number of steps and the area gained.

    The area is that of what lies above and to the right of the corners, up to `end`.
    """
    x, y = corner
    at = _place(xs, count, x)
    if at > 0 and ys[at - 1] <= y:
        return count, 0.0
    gone, gained = at, 0.0
    left, height = x, (ys[at - 1] if at > 0 else end[1])
    while gone < count and ys[gone] >= y:
        gained += (xs[gone] - left) * (height - y)
        left, height = xs[gone], ys[gone]
        gone += 1
    right = xs[gone] if gone < count else end[0]
    gained += (right - left) * (height - y)
    # A step at the same x lies to the left of its place and has become idle.
    if at > 0 and xs[at - 1] == x:
        at -= 1
    _shift(xs, ys, (gone, count), at + 1 - gone)
    xs[at], ys[at] = x, y
    return count + at + 1 - gone, gained


@numba.njit(cache=True)
def _area(points, end):  # pragma: no cover - compiled
    """Area dominated in two objectives."""
    xs, ys = np.empty(len(points) + 1), np.empty(len(points) + 1)
    count, area = 0, 0.0
    for row in range(len(points)):
        count, gained = _add_step(xs, ys, count, (points[row, 0], points[row, 1]), (end[0], end[1]))
        area += gained
    return area


@numba.njit(cache=True)
def _volume(points, end):  # pragma: no cover - compiled
    """Volume dominated in three objectives: a staircase that grows as the third one rises."""
    order = np.argsort(points[:, 2])
    xs, ys = np.empty(len(points) + 1), np.empty(len(points) + 1)
    count, area, volume = 0, 0.0, 0.0
    for place in range(len(order)):
        row = order[place]
        count, gained = _add_step(xs, ys, count, (points[row, 0], points[row, 1]), (end[0], end[1]))
        area += gained
        above = points[order[place + 1], 2] if place + 1 < len(order) else end[2]
        volume += area * (above - points[row, 2])
    return volume


@numba.njit(cache=True)
def own_volume(floor, count, point, end, stairs):  # pragma: no cover - compiled
    """Volume that a point adds in three objectives to `count` others, sorted by the third.

    References
    ----------
    The one-contribution step of the sweep in four objectives, Guerreiro & Fonseca (2018),
    Computing and updating hypervolume contributions in up to four dimensions.
    """
    xs, ys = stairs
    corner = (end[0], end[1])
    whole = (end[0] - point[0]) * (end[1] - point[1])
    steps, area, volume, level = 0, 0.0, 0.0, point[2]
    for row in range(count):
        x, y, z = floor[row, 0], floor[row, 1], floor[row, 2]
        if z > level:
            volume += (whole - area) * (z - level)
            level = z
        x, y = max(x, point[0]), max(y, point[1])
        if x == point[0] and y == point[1]:
            return volume
        steps, gained = _add_step(xs, ys, steps, (x, y), corner)
        area += gained
    return volume + (whole - area) * (end[2] - level)


@numba.njit(cache=True)
def _raise_floor(floor, count, point):  # pragma: no cover - compiled
    """Put a point among those sorted by the third objective, and drop those that it dominates."""
    kept, at = 0, -1
    for row in range(count):
        if at < 0 and floor[row, 2] >= point[2]:
            at = kept
        beaten = at >= 0 and floor[row, 0] >= point[0] and floor[row, 1] >= point[1]
        if not beaten:
            floor[kept] = floor[row]
            kept += 1
    at = kept if at < 0 else at
    for row in range(kept, at, -1):
        floor[row] = floor[row - 1]
    floor[at] = point[:3]
    return kept + 1


@numba.njit(cache=True)
def _four(points, end):  # pragma: no cover - compiled
    """Hypervolume in four objectives: a volume that grows as the fourth one rises."""
    order = np.argsort(points[:, 3])
    floor = np.empty((len(points) + 1, 3))
    stairs = (np.empty(len(points) + 2), np.empty(len(points) + 2))
    count, volume, total = 0, 0.0, 0.0
    for place in range(len(order)):
        point = points[order[place]]
        own = own_volume(floor, count, point, end, stairs)
        if own > 0:
            count = _raise_floor(floor, count, point)
            volume += own
        above = points[order[place + 1], 3] if place + 1 < len(order) else end[3]
        total += volume * (above - point[3])
    return total


@numba.njit(cache=True)
def _limited(points, count, point, size):  # pragma: no cover - compiled
    """Limit the first `count` points to what lies within the reach of a point, in `size` objectives.

    Each is moved up to the point where it is better; what is then dominated is left out.
    """
    kept = np.empty((count, size))
    found = 0
    moved = np.empty(size)
    for row in range(count):
        for column in range(size):
            moved[column] = max(points[row, column], point[column])
        found = _keep(kept, found, moved)
    return kept[:found]


@numba.njit(cache=True)
def _keep(kept, found, moved):  # pragma: no cover - compiled
    """Add a row to a non-dominated set unless it is weakly dominated; drop what it dominates."""
    size = len(moved)
    left = 0
    for row in range(found):
        beats, beaten = True, True
        for column in range(size):
            if kept[row, column] > moved[column]:
                beats = False
            elif kept[row, column] < moved[column]:
                beaten = False
        if beats:
            return found
        if not beaten:
            if left != row:
                kept[left] = kept[row]
            left += 1
    kept[left] = moved
    return left + 1


@numba.njit(cache=True)
def volume_of(points, end):  # pragma: no cover - compiled
    """Hypervolume of points that all lie below `end`.

    References
    ----------
    While, Bradstreet & Barone (2012), IEEE Transactions on Evolutionary Computation 16:
    exclusive hypervolumes of limited sets, one objective fewer at each level.
    """
    size = points.shape[1]
    if len(points) == 0:
        return 0.0
    if size == 1:
        return end[0] - points[:, 0].min()
    if size == 2:
        return _area(points, end)
    if size == 3:
        return _volume(points, end)
    if size == 4:
        return _four(points, end)
    ranked = points[np.argsort(points[:, size - 1])]
    total = 0.0
    for row in range(len(ranked)):
        own = 1.0
        for column in range(size - 1):
            own *= end[column] - ranked[row, column]
        limited = _limited(ranked, row, ranked[row], size - 1)
        own -= volume_of(limited, end[: size - 1])
        total += own * (end[size - 1] - ranked[row, size - 1])
    return total
