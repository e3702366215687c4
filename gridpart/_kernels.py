"""The compiled loops of the search.

Kernels trust their callers: they never raise, print or allocate per move, and every one
has a slow twin in ``tests/support/oracle.py``.

Grids are numbered 0..n_grids-1 and each is in one piece whenever a kernel that
moves units is entered; every kernel keeps it so.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import compiled
from gridpart.model import Graph

__all__ = [
    "Energy",
    "Instance",
    "State",
    "anneal",
    "bisect",
    "join_orphans",
    "label_components",
    "move_delta",
    "soft_energy",
    "stays_contiguous",
    "tally",
]

MASS, MASS_X, MASS_Y, COUNT, LOAD, SIZES = 0, 1, 2, 3, 4, 5
"""Columns of ``State.sums``; the sizes take the last n_measures columns."""


class Instance(NamedTuple):
    """What does not change during a search."""

    graph: Graph
    cost: NDArray[np.float64]
    """Shape (2 * n_edges,): cost of a border between two grids."""
    xy: NDArray[np.float64]
    mass: NDArray[np.float64]
    """Shape (n_units,), > 0: weight of each unit in the inertia."""
    load: NDArray[np.float64]
    sizes: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    per_size: NDArray[np.float64]
    """Shape (n_measures,): one over the mean grid, so that breaches are ratios."""
    free: NDArray[np.bool_]
    """Shape (n_units,): False for units that may not move."""


class State(NamedTuple):
    """What a search changes: labels, sums and the list of units at a border."""

    labels: NDArray[np.int32]
    sums: NDArray[np.float64]
    """Shape (n_grids, 5 + n_measures): mass, mass * x, mass * y, count, load, sizes."""
    centers: NDArray[np.float64]
    """Shape (n_grids, 2): where the radius is measured from, fixed between tallies."""
    border: NDArray[np.int32]
    """Shape (n_units,): units at a border stand in the first n_border places."""
    place: NDArray[np.int32]
    """Shape (n_units,): where a unit stands in `border`, -1 if nowhere."""
    n_border: NDArray[np.int64]
    """Shape (1,)."""
    n_out: NDArray[np.int32]
    """Shape (n_units,): number of a unit's neighbors in other grids."""
    mark: NDArray[np.int64]
    """Shape (n_units + 1,): scratch stamps; the last entry is the stamp in use."""
    queue: NDArray[np.int32]
    """Shape (n_units,): scratch."""


class Energy(NamedTuple):
    """Weights of the energy, and the temperature."""

    temperature: float
    range: float
    inertia: float
    balance: float
    border: float
    radius: float
    max_radius_m: float
    swap: float
    """Share of proposals that also send a unit back."""


@compiled
def stays_contiguous(graph: Graph, state: State, unit: int, grid: int, cap: int) -> bool:
    """Return whether `grid` stays in one piece without `unit`, one of its units.

    First a flood among the unit's own neighbors, then a breadth-first search of
    at most `cap` units; beyond that the answer is False, which is safe.
    O(degree squared) in the usual case, O(cap * degree) at worst.
    """
    labels, mark, queue = state.labels, state.mark, state.queue
    mark[-1] += 2
    wanted = mark[-1]
    seen = wanted + 1
    mark[-1] = seen
    n_wanted = 0
    first = -1
    for e in range(graph.indptr[unit], graph.indptr[unit + 1]):
        other = graph.indices[e]
        if labels[other] == grid:
            mark[other] = wanted
            n_wanted += 1
            first = other
    if n_wanted <= 1:
        return n_wanted == 1
    mark[first] = seen
    queue[0] = first
    head, tail, found = 0, 1, 1
    while head < tail:
        at = queue[head]
        head += 1
        for e in range(graph.indptr[at], graph.indptr[at + 1]):
            other = graph.indices[e]
            if mark[other] == wanted:
                mark[other] = seen
                queue[tail] = other
                tail += 1
                found += 1
    if found == n_wanted:
        return True
    mark[unit] = seen
    head = 0
    while head < tail < cap:
        at = queue[head]
        head += 1
        for e in range(graph.indptr[at], graph.indptr[at + 1]):
            other = graph.indices[e]
            if labels[other] == grid and mark[other] != seen:
                if mark[other] == wanted:
                    found += 1
                    if found == n_wanted:
                        return True
                mark[other] = seen
                queue[tail] = other
                tail += 1
    return False


@compiled
def _excess(
    instance: Instance, sums: NDArray[np.float64], grid: int, sign: float, unit: int
) -> float:
    """Return how far `grid` is out of range after `unit` joins (1), leaves (-1) or neither (0)."""
    total = 0.0
    for m in range(instance.lower.size):
        size = sums[grid, SIZES + m] + sign * instance.sizes[unit, m]
        if size > instance.upper[m]:
            total += (size - instance.upper[m]) * instance.per_size[m]
        elif size < instance.lower[m]:
            total += (instance.lower[m] - size) * instance.per_size[m]
    return total


@compiled
def move_delta(instance: Instance, state: State, energy: Energy, unit: int, grid: int) -> float:
    """Return the change in energy when `unit` moves to `grid`, O(degree of unit).

    `unit` must not be in `grid`, nor be the only unit of its own grid.
    """
    sums = state.sums
    old = state.labels[unit]
    mass = instance.mass[unit]
    x, y = instance.xy[unit, 0], instance.xy[unit, 1]
    delta = 0.0
    if energy.inertia > 0:
        mass_old, mass_new = sums[old, MASS], sums[grid, MASS]
        dx, dy = x - sums[old, MASS_X] / mass_old, y - sums[old, MASS_Y] / mass_old
        delta -= mass * mass_old / (mass_old - mass) * (dx * dx + dy * dy)
        dx, dy = x - sums[grid, MASS_X] / mass_new, y - sums[grid, MASS_Y] / mass_new
        delta += mass * mass_new / (mass_new + mass) * (dx * dx + dy * dy)
        delta *= energy.inertia
    delta += energy.range * (
        _excess(instance, sums, old, -1.0, unit)
        - _excess(instance, sums, old, 0.0, unit)
        + _excess(instance, sums, grid, 1.0, unit)
        - _excess(instance, sums, grid, 0.0, unit)
    )
    if energy.balance > 0:
        load = instance.load[unit]
        delta += 2 * energy.balance * load * (sums[grid, LOAD] - sums[old, LOAD] + load)
    if energy.border > 0:
        cut = 0.0
        for e in range(instance.graph.indptr[unit], instance.graph.indptr[unit + 1]):
            label = state.labels[instance.graph.indices[e]]
            if label == old:
                cut += instance.cost[e]
            elif label == grid:
                cut -= instance.cost[e]
        delta += energy.border * cut
    if energy.radius > 0:
        far = energy.max_radius_m
        dx, dy = x - state.centers[grid, 0], y - state.centers[grid, 1]
        delta += energy.radius * max(0.0, np.sqrt(dx * dx + dy * dy) / far - 1.0)
        dx, dy = x - state.centers[old, 0], y - state.centers[old, 1]
        delta -= energy.radius * max(0.0, np.sqrt(dx * dx + dy * dy) / far - 1.0)
    return delta


@compiled
def _shift(instance: Instance, state: State, unit: int, grid: int) -> None:
    """Move `unit` to `grid` in labels and sums, not in the border list."""
    sums = state.sums
    old = state.labels[unit]
    state.labels[unit] = grid
    mass = instance.mass[unit]
    mass_x, mass_y = mass * instance.xy[unit, 0], mass * instance.xy[unit, 1]
    sums[old, MASS] -= mass
    sums[grid, MASS] += mass
    sums[old, MASS_X] -= mass_x
    sums[grid, MASS_X] += mass_x
    sums[old, MASS_Y] -= mass_y
    sums[grid, MASS_Y] += mass_y
    sums[old, COUNT] -= 1
    sums[grid, COUNT] += 1
    sums[old, LOAD] -= instance.load[unit]
    sums[grid, LOAD] += instance.load[unit]
    for m in range(instance.lower.size):
        sums[old, SIZES + m] -= instance.sizes[unit, m]
        sums[grid, SIZES + m] += instance.sizes[unit, m]


@compiled
def _list_one(instance: Instance, state: State, unit: int) -> None:
    """Put `unit` in the border list, or take it out, as its neighbors in other grids say."""
    at_border = instance.free[unit] and state.n_out[unit] > 0
    place = state.place[unit]
    if at_border and place < 0:
        state.border[state.n_border[0]] = unit
        state.place[unit] = state.n_border[0]
        state.n_border[0] += 1
    elif not at_border and place >= 0:
        state.n_border[0] -= 1
        last = state.border[state.n_border[0]]
        state.border[place] = last
        state.place[last] = place
        state.place[unit] = -1


@compiled
def _list_around(instance: Instance, state: State, unit: int, old: int) -> None:
    """Bring the border list up to date after `unit`, and nothing else, has left grid `old`."""
    graph, labels = instance.graph, state.labels
    new = labels[unit]
    n_out = 0
    for e in range(graph.indptr[unit], graph.indptr[unit + 1]):
        other = graph.indices[e]
        label = labels[other]
        n_out += label != new
        if label == old:
            state.n_out[other] += 1
            _list_one(instance, state, other)
        elif label == new:
            state.n_out[other] -= 1
            _list_one(instance, state, other)
    state.n_out[unit] = n_out
    _list_one(instance, state, unit)


@compiled
def tally(instance: Instance, state: State) -> None:
    """Recompute sums, centers and the border list from the labels, O(n_units + n_edges)."""
    graph, sums, labels = instance.graph, state.sums, state.labels
    sums[:] = 0.0
    state.place[:] = -1
    state.n_border[0] = 0
    for unit in range(labels.size):
        grid = labels[unit]
        mass = instance.mass[unit]
        sums[grid, MASS] += mass
        sums[grid, MASS_X] += mass * instance.xy[unit, 0]
        sums[grid, MASS_Y] += mass * instance.xy[unit, 1]
        sums[grid, COUNT] += 1
        sums[grid, LOAD] += instance.load[unit]
        for m in range(instance.lower.size):
            sums[grid, SIZES + m] += instance.sizes[unit, m]
        n_out = 0
        for e in range(graph.indptr[unit], graph.indptr[unit + 1]):
            n_out += labels[graph.indices[e]] != grid
        state.n_out[unit] = n_out
        _list_one(instance, state, unit)
    for grid in range(sums.shape[0]):
        state.centers[grid, 0] = sums[grid, MASS_X] / sums[grid, MASS]
        state.centers[grid, 1] = sums[grid, MASS_Y] / sums[grid, MASS]


@compiled
def soft_energy(instance: Instance, state: State, energy: Energy) -> float:
    """Return every term of the energy but the range, O(n_units + n_edges).

    `state` must be fresh from a tally.
    """
    graph, labels, sums = instance.graph, state.labels, state.sums
    inertia = border = radius = balance = 0.0
    for unit in range(labels.size):
        grid = labels[unit]
        dx = instance.xy[unit, 0] - state.centers[grid, 0]
        dy = instance.xy[unit, 1] - state.centers[grid, 1]
        square = dx * dx + dy * dy
        inertia += instance.mass[unit] * square
        if energy.radius > 0:
            radius += max(0.0, np.sqrt(square) / energy.max_radius_m - 1.0)
        if energy.border > 0:
            for e in range(graph.indptr[unit], graph.indptr[unit + 1]):
                if labels[graph.indices[e]] != grid:
                    border += 0.5 * instance.cost[e]
    for grid in range(sums.shape[0]):
        balance += sums[grid, LOAD] * sums[grid, LOAD]
    return (
        energy.inertia * inertia
        + energy.balance * balance
        + energy.border * border
        + energy.radius * radius
    )


@compiled
def _touches(graph: Graph, labels: NDArray[np.int32], unit: int, grid: int, but: int) -> bool:
    """Return whether `unit` has a neighbor in `grid` other than `but`."""
    for e in range(graph.indptr[unit], graph.indptr[unit + 1]):
        other = graph.indices[e]
        if other != but and labels[other] == grid:
            return True
    return False


@compiled
def _accepts(delta: float, temperature: float, rng: np.random.Generator) -> bool:
    """Return Metropolis' answer; beyond 12 temperatures always no."""
    if delta <= 0:
        return True
    return delta < 12 * temperature and rng.random() < np.exp(-delta / temperature)


@compiled
def _try_swap(
    instance: Instance,
    state: State,
    energy: Energy,
    unit: int,
    via: int,
    cap: int,
    rng: np.random.Generator,
) -> bool:
    """Send `unit` to the grid of its neighbor `via` and a unit there back; return success."""
    graph, labels = instance.graph, state.labels
    old, grid = labels[unit], labels[via]
    start = graph.indptr[via]
    pick = int(rng.random() * (graph.indptr[via + 1] - start + 1))
    back = via if start + pick == graph.indptr[via + 1] else graph.indices[start + pick]
    if back == unit or labels[back] != grid or not instance.free[back]:
        return False
    if state.sums[grid, COUNT] <= 1 or not _touches(graph, labels, back, old, unit):
        return False
    delta = move_delta(instance, state, energy, unit, grid)
    _shift(instance, state, unit, grid)
    delta += move_delta(instance, state, energy, back, old)
    if (
        _accepts(delta, energy.temperature, rng)
        and _touches(graph, labels, unit, grid, back)
        and stays_contiguous(graph, state, unit, old, cap)
        and stays_contiguous(graph, state, back, grid, cap)
    ):
        _list_around(instance, state, unit, old)
        _shift(instance, state, back, old)
        _list_around(instance, state, back, grid)
        return True
    _shift(instance, state, unit, old)
    return False


@compiled
def anneal(
    instance: Instance, state: State, energy: Energy, n_proposals: int, rng: np.random.Generator
) -> int:
    """Propose `n_proposals` moves of border units at one temperature; return moves made.

    Metropolis decides first and contiguity is tested only where it says yes.
    O(degree) a proposal, plus the contiguity test for those accepted.
    """
    graph, labels = instance.graph, state.labels
    cap = min(200, labels.size)
    moved = 0
    for _ in range(n_proposals):
        n_border = state.n_border[0]
        if n_border == 0:
            break
        draw = rng.random() * n_border
        place = int(draw)
        unit = state.border[place]
        old = labels[unit]
        if state.sums[old, COUNT] <= 1:
            continue
        start = graph.indptr[unit]
        via = graph.indices[start + int((draw - place) * (graph.indptr[unit + 1] - start))]
        grid = labels[via]
        if grid == old:
            continue
        if energy.swap > 0 and rng.random() < energy.swap:
            moved += _try_swap(instance, state, energy, unit, via, cap, rng)
            continue
        delta = move_delta(instance, state, energy, unit, grid)
        if _accepts(delta, energy.temperature, rng) and stays_contiguous(
            graph, state, unit, old, cap
        ):
            _shift(instance, state, unit, grid)
            _list_around(instance, state, unit, old)
            moved += 1
    return moved


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
