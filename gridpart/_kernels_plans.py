"""The compiled loops over whole plans: pieces, first plans, two grids divided anew.

They call no kernel of another module, and what ``_kernels`` says of kernels holds here.
"""

import math

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import NO, ONE, YES, ZERO, compiled, inner
from gridpart._kernels import LOAD, MASS, Instance, X, Y
from gridpart.model import Graph

__all__ = ["bisect", "join_orphans", "label_components", "recut"]


def label_components(graph: Graph, labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the connected pieces of every grid: piece of each unit, 0..n_pieces-1.

    Numbered in order of their first unit. O(n_units + n_edges).
    """
    piece = np.full(labels.size, -1, np.int32)
    _flood(graph.indptr, graph.indices, labels, piece, np.empty_like(piece))
    return piece


@compiled
def _flood(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    labels: NDArray[np.int32],
    piece: NDArray[np.int32],
    queue: NDArray[np.int32],
) -> None:
    """Fill `piece`, which is -1 throughout; `queue` is scratch of the same length."""
    n_pieces = ZERO
    for root in range(labels.size):
        if piece[root] >= 0:
            continue
        piece[root] = n_pieces
        label = labels[root]
        queue[0] = root
        head, tail = ZERO, ONE
        while head < tail:
            at = queue[head]
            head += 1
            for e in range(indptr[at], indptr[at + 1]):
                other = indices[e]
                if piece[other] < 0 and labels[other] == label:
                    piece[other] = n_pieces
                    queue[tail] = other
                    tail += 1
        n_pieces += 1


@inner
def _sort(
    order: NDArray[np.int64],
    key: NDArray[np.float64],
    begin: int,
    end: int,
    spare: NDArray[np.int64],
) -> None:
    """Sort order[begin:end] by the key of each unit, equal keys as they stand, in n log n steps.

    By merging ever longer runs; that of numpy takes five times as long to compile.
    """
    length = ONE
    while length < end - begin:
        for low in range(begin, end, 2 * length):
            middle = low + length if low + length < end else end
            high = middle + length if middle + length < end else end
            one, two = low, middle
            for to in range(low, high):
                if one < middle and (two == high or not key[order[two]] < key[order[one]]):
                    spare[to] = order[one]
                    one += 1
                else:
                    spare[to] = order[two]
                    two += 1
        for i in range(begin, end):
            order[i] = spare[i]
        length *= 2


def bisect(
    xy: NDArray[np.float64], mass: NDArray[np.float64], size: NDArray[np.float64], n_grids: int
) -> NDArray[np.int32]:
    """Return labels by recursive bisection across the longest principal axis.

    Each cut divides `size` in proportion to the grids on either side; every grid
    gets at least one unit, but may be in pieces. O(n_units * log(n_units)**2).
    """
    labels, order = np.zeros(mass.size, np.int32), np.arange(mass.size)
    stack = np.zeros((64, 4), np.int64)
    stack[0] = 0, mass.size, 0, n_grids
    _bisect(xy, mass, size, labels, order, np.empty_like(order), np.empty(mass.size), stack)
    return labels


@compiled
def _bisect(
    xy: NDArray[np.float64],
    mass: NDArray[np.float64],
    size: NDArray[np.float64],
    labels: NDArray[np.int32],
    order: NDArray[np.int64],
    spare: NDArray[np.int64],
    along: NDArray[np.float64],
    stack: NDArray[np.int64],
) -> None:
    """Fill `labels`; the first row of `stack` holds all of `order` and all grids.

    Memory comes from the caller: to ask for some takes long to compile.
    """
    depth = ONE
    while depth > 0:
        depth -= 1
        begin, end = stack[depth, 0], stack[depth, 1]
        label, parts = stack[depth, 2], stack[depth, 3]
        if parts == 1:
            for i in range(begin, end):
                labels[order[i]] = label
            continue
        total = mean_x = mean_y = whole = 0.0
        for i in range(begin, end):
            unit = order[i]
            own = mass[unit]
            total += own
            mean_x += own * xy[unit, 0]
            mean_y += own * xy[unit, 1]
            whole += size[unit]
        mean_x /= total
        mean_y /= total
        xx = yy = xy_ = 0.0
        for i in range(begin, end):
            unit = order[i]
            dx, dy = xy[unit, 0] - mean_x, xy[unit, 1] - mean_y
            own = mass[unit]
            xx += own * dx * dx
            yy += own * dy * dy
            xy_ += own * dx * dy
        angle = 0.5 * math.atan2(2 * xy_, xx - yy)
        right, up = math.cos(angle), math.sin(angle)
        for i in range(begin, end):
            unit = order[i]
            along[unit] = xy[unit, 0] * right + xy[unit, 1] * up
        _sort(order, along, begin, end, spare)
        left = parts // 2
        want = whole * left / parts
        cut, sofar = begin, 0.0
        while cut < end and (
            cut - begin < left
            or (sofar + 0.5 * size[order[cut]] <= want and end - cut > parts - left)
        ):
            sofar += size[order[cut]]
            cut += 1
        stack[depth, 0], stack[depth, 1] = begin, cut
        stack[depth, 2], stack[depth, 3] = label, left
        depth += 1
        stack[depth, 0], stack[depth, 1] = cut, end
        stack[depth, 2], stack[depth, 3] = label + left, parts - left
        depth += 1


def join_orphans(
    graph: Graph, labels: NDArray[np.int32], mass: NDArray[np.float64], n_grids: int
) -> None:
    """Give every piece but the heaviest of each grid to its lightest neighbor, in place.

    On a connected graph every grid ends in one piece. A sweep settles all orphans
    next to a settled unit; O((n_units + n_edges) * sweeps).
    """
    piece = label_components(graph, labels)
    weight = np.bincount(piece, mass)
    owner = np.empty(weight.size, np.int32)
    owner[piece] = labels
    # The first of the heaviest pieces of each grid.
    by = np.lexsort((np.arange(weight.size), -weight, owner))
    stays = np.zeros(weight.size, bool)
    stays[by[np.flatnonzero(np.diff(owner[by], prepend=-1))]] = True
    orphan = ~stays[piece]
    labels[orphan] = -1
    total = np.bincount(labels[~orphan], mass[~orphan], n_grids).tolist()
    waiting = np.flatnonzero(orphan).tolist()
    settled = True
    while waiting and settled:
        left = []
        for unit in waiting:
            around = labels[graph.neighbors(unit)].tolist()
            beside = [label for label in around if label >= 0]
            if beside:
                best = min(beside, key=total.__getitem__)
                labels[unit] = best
                total[best] += float(mass[unit])
            else:
                left.append(unit)
        settled = len(left) < len(waiting)
        waiting = left


@inner
def _add(units: NDArray[np.float64], unit: int, sums: NDArray[np.float64]) -> None:
    """Add a unit to sums of mass, mass times x, times y, times squared distance, load, sizes."""
    mass, x, y = units[unit, MASS], units[unit, X], units[unit, Y]
    sums[0] += mass
    sums[1] += mass * x
    sums[2] += mass * y
    sums[3] += mass * (x * x + y * y)
    for column in range(LOAD, units.shape[1]):
        sums[4 + column - LOAD] += units[unit, column]


@inner
def _breach(span: NDArray[np.float64], sums: NDArray[np.float64]) -> float:
    """Return how far one grid with these sums is out of range, in mean grids."""
    total = 0.0
    for m in range(span.shape[1]):
        size, low, high = sums[5 + m], span[0, m], span[1, m]
        if size < low:
            total += span[2, m] * (low - size)
        elif size > high:
            total += span[2, m] * (size - high)
    return float(total)


@inner
def _about_center(sums: NDArray[np.float64]) -> float:
    """Return what the inertia of a set with these sums is less than about the origin."""
    return float((sums[1] * sums[1] + sums[2] * sums[2]) / sums[0])


def recut(
    instance: Instance,
    members: NDArray[np.int64],
    side: NDArray[np.bool_],
    place: NDArray[np.int64],
    n_trees: int,
    balance: float,
    random: NDArray[np.uint64],
) -> bool:
    """Divide two neighboring grids anew along random spanning trees; return success.

    `members` are the units of both, `side` tells those of the second and is overwritten
    by a division that is less out of range, or no more and with less inertia and `balance`
    times the squared loads together. `place` is scratch of shape (n_units,), -1 throughout.
    O(n_trees * edges). The move is that of recombination
    (DeFord, Duchin and Solomon 2021, *Harvard Data Science Review* 3(1)), made greedy.
    """
    indptr = instance.graph.indptr
    n, columns = members.size, 5 + instance.lower.size
    most_edges = 1 + 2 * int((indptr[members + 1] - indptr[members]).sum())
    tree, edges = np.empty((2, n), np.int64), np.empty((most_edges, 2), np.int64)
    sums = np.zeros((n + 4, columns))
    span = np.stack([instance.lower, instance.upper, instance.per_size])
    done: bool = _recut(
        indptr, instance.graph.indices, instance.units, span, members, side, place, tree, edges,
        sums, n_trees, balance, random,
    )  # fmt: skip
    return done


@compiled
def _recut(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    units: NDArray[np.float64],
    span: NDArray[np.float64],
    members: NDArray[np.int64],
    side: NDArray[np.bool_],
    place: NDArray[np.int64],
    tree: NDArray[np.int64],
    edges: NDArray[np.int64],
    sums: NDArray[np.float64],
    n_trees: int,
    balance: float,
    random: NDArray[np.uint64],
) -> bool:
    """Do what ``recut`` says, in memory that comes from the caller.

    `span` has the rows lower, upper and one over the mean grid. The last four rows of
    `sums` are 0.
    """
    n, columns = members.size, sums.shape[1]
    s13, s7, s17 = np.uint64(13), np.uint64(7), np.uint64(17)
    s32 = np.uint64(32)
    parent, order, below = tree[0], tree[1], sums
    one, two = sums[n], sums[n + 1]
    whole, rest = sums[n + 2], sums[n + 3]
    word = random[0]
    for i in range(n):
        place[members[i]] = i
        _add(units, members[i], two if side[i] else one)
    for column in range(columns):
        whole[column] = one[column] + two[column]
    best = _breach(span, one) + _breach(span, two)
    least = whole[3] - _about_center(one) - _about_center(two)
    least += balance * (one[4] * one[4] + two[4] * two[4])
    least *= 1 - 1e-9
    improved = NO
    for _ in range(n_trees):
        # A tree that grows over a random edge of its frontier at a time.
        word ^= word << s13
        word ^= word >> s7
        word ^= word << s17
        for i in range(n):
            parent[i] = -2
        edges[0, 0], edges[0, 1] = -1, np.int64(((word >> s32) * np.uint64(n)) >> s32)
        n_edges, n_order = ONE, ZERO
        while n_edges > 0:
            word ^= word << s13
            word ^= word >> s7
            word ^= word << s17
            pick = np.int64(((word >> s32) * np.uint64(n_edges)) >> s32)
            before, at = edges[pick, 0], edges[pick, 1]
            n_edges -= 1
            edges[pick, 0], edges[pick, 1] = edges[n_edges, 0], edges[n_edges, 1]
            if parent[at] != -2:
                continue
            parent[at] = before
            order[n_order] = at
            n_order += 1
            for e in range(indptr[members[at]], indptr[members[at] + 1]):
                other = place[indices[e]]
                if other >= 0 and parent[other] == -2:
                    edges[n_edges, 0], edges[n_edges, 1] = at, other
                    n_edges += 1
        if n_order < n:
            break
        for i in range(n):
            for column in range(columns):
                below[i, column] = 0.0
            _add(units, members[i], below[i])
        cut = -ONE
        for step in range(n - 1, 0, -1):
            at = order[step]
            for column in range(columns):
                below[parent[at], column] += below[at, column]
                rest[column] = whole[column] - below[at, column]
            out = _breach(span, below[at]) + _breach(span, rest)
            cost = whole[3] - _about_center(below[at]) - _about_center(rest)
            cost += balance * (below[at, 4] * below[at, 4] + rest[4] * rest[4])
            if (out < best - 1e-9) | ((out <= best) & (cost < least)):
                best, least = out, cost
                cut, improved = at, YES
        if cut >= 0:
            for i in range(n):
                side[i] = i == cut
            for step in range(1, n):
                at = order[step]
                if at != cut:
                    side[at] = side[parent[at]]
    for i in range(n):
        place[members[i]] = -1
    random[0] = word
    return improved
