"""The compiled loops over whole plans: pieces, first plans, two grids divided anew.

They call no kernel of another module, and what ``_kernels`` says of kernels holds here.
"""

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import compiled, inner
from gridpart._kernels import LOAD, MASS, SIZES, Instance, X, Y
from gridpart.model import Graph

__all__ = ["bisect", "join_orphans", "label_components", "recut"]


@compiled
def label_components(graph: Graph, labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the connected pieces of every grid: piece of each unit, 0..n_pieces-1.

    Numbered in order of their first unit. O(n_units + n_edges).
    """
    piece = np.full(labels.size, -1, np.int32)
    queue = np.empty(labels.size, np.int32)
    n_pieces = 0
    for root in range(labels.size):
        if piece[root] >= 0:
            continue
        piece[root] = n_pieces
        queue[0] = root
        head, tail = 0, 1
        while head < tail:
            at = queue[head]
            head += 1
            for e in range(graph.indptr[at], graph.indptr[at + 1]):
                other = graph.indices[e]
                if piece[other] < 0 and labels[other] == labels[root]:
                    piece[other] = n_pieces
                    queue[tail] = other
                    tail += 1
        n_pieces += 1
    return piece


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
    length = 1
    while length < end - begin:
        for low in range(begin, end, 2 * length):
            middle, high = min(low + length, end), min(low + 2 * length, end)
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


@compiled
def bisect(
    xy: NDArray[np.float64], mass: NDArray[np.float64], size: NDArray[np.float64], n_grids: int
) -> NDArray[np.int32]:
    """Return labels by recursive bisection across the longest principal axis.

    Each cut divides `size` in proportion to the grids on either side; every grid
    gets at least one unit, but may be in pieces. O(n_units * log(n_units)**2).
    """
    n_units = mass.size
    labels = np.zeros(n_units, np.int32)
    order, spare = np.empty(n_units, np.int64), np.empty(n_units, np.int64)
    for unit in range(n_units):
        order[unit] = unit
    along = np.empty(n_units)
    stack = np.empty((64, 4), np.int64)
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = 0, n_units, 0, n_grids
    depth = 1
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
            total += mass[unit]
            mean_x += mass[unit] * xy[unit, 0]
            mean_y += mass[unit] * xy[unit, 1]
            whole += size[unit]
        mean_x /= total
        mean_y /= total
        xx = yy = xy_ = 0.0
        for i in range(begin, end):
            unit = order[i]
            dx, dy = xy[unit, 0] - mean_x, xy[unit, 1] - mean_y
            xx += mass[unit] * dx * dx
            yy += mass[unit] * dy * dy
            xy_ += mass[unit] * dx * dy
        angle = 0.5 * np.arctan2(2 * xy_, xx - yy)
        for i in range(begin, end):
            unit = order[i]
            along[unit] = xy[unit, 0] * np.cos(angle) + xy[unit, 1] * np.sin(angle)
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
    return labels


@compiled
def join_orphans(
    graph: Graph, labels: NDArray[np.int32], mass: NDArray[np.float64], n_grids: int
) -> None:
    """Give every piece but the heaviest of each grid to its lightest neighbor, in place.

    On a connected graph every grid ends in one piece. A sweep settles all orphans
    next to a settled unit; O((n_units + n_edges) * sweeps).
    """
    piece = label_components(graph, labels)
    n_pieces = 0
    for unit in range(labels.size):
        n_pieces = max(n_pieces, piece[unit] + 1)
    weight = np.zeros(n_pieces)
    owner = np.zeros(n_pieces, np.int32)
    for unit in range(labels.size):
        weight[piece[unit]] += mass[unit]
        owner[piece[unit]] = labels[unit]
    heaviest = np.full(n_grids, -1, np.int64)
    for p in range(n_pieces):
        best = heaviest[owner[p]]
        if best < 0 or weight[p] > weight[best]:
            heaviest[owner[p]] = p
    total = np.zeros(n_grids)
    n_orphans = 0
    for unit in range(labels.size):
        if heaviest[labels[unit]] != piece[unit]:
            labels[unit] = -1
            n_orphans += 1
        else:
            total[labels[unit]] += mass[unit]
    while n_orphans > 0:
        settled = 0
        for unit in range(labels.size):
            if labels[unit] >= 0:
                continue
            best = -1
            for e in range(graph.indptr[unit], graph.indptr[unit + 1]):
                label = labels[graph.indices[e]]
                if label >= 0 and (best < 0 or total[label] < total[best]):
                    best = label
            if best >= 0:
                labels[unit] = best
                total[best] += mass[unit]
                settled += 1
        if settled == 0:
            break
        n_orphans -= settled


@inner
def _add(instance: Instance, unit: int, sums: NDArray[np.float64]) -> None:
    """Add a unit to sums of mass, mass times x, times y, times squared distance, load, sizes."""
    mass, x, y = instance.units[unit, MASS], instance.units[unit, X], instance.units[unit, Y]
    sums[0] += mass
    sums[1] += mass * x
    sums[2] += mass * y
    sums[3] += mass * (x * x + y * y)
    sums[4] += instance.units[unit, LOAD]
    for m in range(instance.lower.size):
        sums[5 + m] += instance.units[unit, SIZES + m]


@inner
def _breach(instance: Instance, sums: NDArray[np.float64]) -> float:
    """Return how far one grid with these sums is out of range, in mean grids."""
    total = 0.0
    for m in range(instance.lower.size):
        size = sums[5 + m]
        out = max(0.0, instance.lower[m] - size, size - instance.upper[m])
        total += instance.per_size[m] * out
    return float(total)


@inner
def _about_center(sums: NDArray[np.float64]) -> float:
    """Return what the inertia of a set with these sums is less than about the origin."""
    return float((sums[1] * sums[1] + sums[2] * sums[2]) / sums[0])


@compiled
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
    indptr, indices = instance.graph.indptr, instance.graph.indices
    n, columns = members.size, 5 + instance.lower.size
    s13, s7, s17, s32 = np.uint64(13), np.uint64(7), np.uint64(17), np.uint64(32)
    word = random[0]
    parent, order = np.empty(n, np.int64), np.empty(n, np.int64)
    below = np.empty((n, columns))
    whole, rest = np.zeros(columns), np.zeros(columns)
    part = np.zeros((2, columns))
    most_edges = 1
    for i in range(n):
        unit = members[i]
        place[unit] = i
        most_edges += 2 * (indptr[unit + 1] - indptr[unit])
        _add(instance, unit, part[np.int64(side[i])])
    edges = np.empty((most_edges, 2), np.int64)
    for column in range(columns):
        whole[column] = part[0, column] + part[1, column]
    best = _breach(instance, part[0]) + _breach(instance, part[1])
    least = whole[3] - _about_center(part[0]) - _about_center(part[1])
    least += balance * (part[0, 4] * part[0, 4] + part[1, 4] * part[1, 4])
    least *= 1 - 1e-9
    improved = False
    for _ in range(n_trees):
        # A tree that grows over a random edge of its frontier at a time.
        word ^= word << s13
        word ^= word >> s7
        word ^= word << s17
        for i in range(n):
            parent[i] = -2
        edges[0, 0], edges[0, 1] = -1, np.int64(((word >> s32) * np.uint64(n)) >> s32)
        n_edges, n_order = 1, 0
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
            _add(instance, members[i], below[i])
        cut = -1
        for step in range(n - 1, 0, -1):
            at = order[step]
            for column in range(columns):
                below[parent[at], column] += below[at, column]
                rest[column] = whole[column] - below[at, column]
            out = _breach(instance, below[at]) + _breach(instance, rest)
            cost = whole[3] - _about_center(below[at]) - _about_center(rest)
            cost += balance * (below[at, 4] * below[at, 4] + rest[4] * rest[4])
            if out < best - 1e-9 or (out <= best and cost < least):
                best, least, cut, improved = out, cost, at, True
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
