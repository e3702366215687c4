"""The compiled loops over whole plans: pieces, first plans, two grids divided anew.

They call no kernel of another module, and what ``_kernels`` says of kernels holds here.
"""

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import compiled
from gridpart._kernels import MASS, SIZES, Instance, X, Y
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
    order = np.arange(n_units)
    stack = np.empty((64, 4), np.int64)
    stack[0] = 0, n_units, 0, n_grids
    depth = 1
    while depth > 0:
        depth -= 1
        begin, end, label, parts = stack[depth]
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
        along = np.empty(end - begin)
        for i in range(begin, end):
            unit = order[i]
            along[i - begin] = xy[unit, 0] * np.cos(angle) + xy[unit, 1] * np.sin(angle)
        order[begin:end] = order[begin:end][np.argsort(along, kind="mergesort")]
        left = parts // 2
        want = whole * left / parts
        cut, sofar = begin, 0.0
        while cut < end and (
            cut - begin < left
            or (sofar + 0.5 * size[order[cut]] <= want and end - cut > parts - left)
        ):
            sofar += size[order[cut]]
            cut += 1
        stack[depth] = begin, cut, label, left
        stack[depth + 1] = cut, end, label + left, parts - left
        depth += 2
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
    n_pieces = piece.max() + 1
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


@compiled
def _breach(instance: Instance, sizes: NDArray[np.float64]) -> float:
    """Return how far one grid's sizes are out of range, in mean grids."""
    total = 0.0
    for m in range(instance.lower.size):
        total += instance.per_size[m] * max(
            0.0, instance.lower[m] - sizes[m], sizes[m] - instance.upper[m]
        )
    return total


@compiled
def recut(
    instance: Instance,
    members: NDArray[np.int64],
    side: NDArray[np.bool_],
    place: NDArray[np.int64],
    n_trees: int,
    random: NDArray[np.uint64],
) -> bool:
    """Divide two neighboring grids anew along random spanning trees; return success.

    `members` are the units of both, `side` tells those of the second and is overwritten
    by a division that is less out of range, or no more and more compact. `place` is scratch
    of shape (n_units,), -1 throughout. O(n_trees * edges). The move is that of recombination
    (DeFord, Duchin and Solomon 2021, *Harvard Data Science Review* 3(1)), made greedy.
    """
    indptr, indices = instance.graph.indptr, instance.graph.indices
    n, columns = members.size, instance.units.shape[1]
    n_measures = columns - SIZES
    s13, s7, s17, s32 = np.uint64(13), np.uint64(7), np.uint64(17), np.uint64(32)
    word = random[0]
    parent, order = np.empty(n, np.int64), np.empty(n, np.int64)
    edges = np.empty((2 * (indptr[members + 1] - indptr[members]).sum() + 1, 2), np.int64)
    below = np.empty((n, 4 + n_measures))
    whole = np.zeros(4 + n_measures)
    part = np.zeros((2, 4 + n_measures))
    for i in range(n):
        unit = members[i]
        place[unit] = i
        mass, x, y = instance.units[unit, MASS], instance.units[unit, X], instance.units[unit, Y]
        row = part[np.int64(side[i])]
        row[0] += mass
        row[1] += mass * x
        row[2] += mass * y
        row[3] += mass * (x * x + y * y)
        row[4:] += instance.units[unit, SIZES:]
    whole[:] = part[0] + part[1]
    best = _breach(instance, part[0, 4:]) + _breach(instance, part[1, 4:])
    least = whole[3]
    for half in range(2):
        least -= (part[half, 1] ** 2 + part[half, 2] ** 2) / part[half, 0]
    least *= 1 - 1e-9
    improved = False
    for _ in range(n_trees):
        # A tree that grows over a random edge of its frontier at a time.
        word ^= word << s13
        word ^= word >> s7
        word ^= word << s17
        parent[:] = -2
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
            unit = members[i]
            mass = instance.units[unit, MASS]
            x, y = instance.units[unit, X], instance.units[unit, Y]
            below[i, 0] = mass
            below[i, 1] = mass * x
            below[i, 2] = mass * y
            below[i, 3] = mass * (x * x + y * y)
            below[i, 4:] = instance.units[unit, SIZES:]
        cut = -1
        for step in range(n - 1, 0, -1):
            at = order[step]
            below[parent[at]] += below[at]
            rest = whole - below[at]
            out = _breach(instance, below[at, 4:]) + _breach(instance, rest[4:])
            inertia = (
                whole[3]
                - (below[at, 1] ** 2 + below[at, 2] ** 2) / below[at, 0]
                - (rest[1] ** 2 + rest[2] ** 2) / rest[0]
            )
            if out < best - 1e-9 or (out <= best and inertia < least):
                best, least, cut, improved = out, inertia, at, True
        if cut >= 0:
            side[:] = False
            side[cut] = True
            for step in range(1, n):
                at = order[step]
                if at != cut:
                    side[at] = side[parent[at]]
    for i in range(n):
        place[members[i]] = -1
    random[0] = word
    return improved
