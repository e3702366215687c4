"""Slow twins of the kernels, written to be read.

Graphs are dictionaries here (unit -> its neighbors) and grids are sets. Nothing is
kept up to date: every value is computed anew from the labels.
"""

import itertools
from collections import defaultdict

import numpy as np

from gridpart._kernels import LOAD, MASS, SIZES


def neighbors(graph):
    """Return unit -> set of the units contiguous to it."""
    return {unit: {int(v) for v in graph.neighbors(unit)} for unit in range(graph.n_units)}


def members(labels):
    """Return grid -> set of its units."""
    grids = defaultdict(set)
    for unit, grid in enumerate(labels):
        grids[int(grid)].add(unit)
    return dict(grids)


def flood(near, units, root):
    """Return the units of `units` that can be reached from `root` inside it."""
    reached, fresh = {root}, {root}
    while fresh:
        fresh = {v for u in fresh for v in near[u]} & units - reached
        reached |= fresh
    return reached


def is_whole(near, units):
    """Return whether a set of units is in one piece; nothing is not."""
    units = set(units)
    return bool(units) and flood(near, units, min(units)) == units


def in_one_piece(graph, labels):
    """Return whether every grid is."""
    near = neighbors(graph)
    return all(is_whole(near, units) for units in members(labels).values())


# --- kernels ----------------------------------------------------------------------------


def stays_contiguous(graph, labels, unit):
    """Return whether the unit's grid is in one piece, and not empty, without it."""
    return is_whole(neighbors(graph), members(labels)[int(labels[unit])] - {unit})


def label_components(graph, labels):
    """Return the piece of each unit, numbered in order of their first unit."""
    near, grids = neighbors(graph), members(labels)
    piece = {}
    for unit in range(len(labels)):
        if unit not in piece:
            number = len(set(piece.values()))
            for other in flood(near, grids[int(labels[unit])], unit):
                piece[other] = number
    return [piece[unit] for unit in range(len(labels))]


def tally(instance, labels, n_grids):
    """Return centers and sums, numbers of units, and the set of units at a border."""
    near, grids = neighbors(instance.graph), members(labels)
    own = [sorted(grids[grid]) for grid in range(n_grids)]
    xy, rest = instance.units[:, :MASS], instance.units[:, MASS:]
    rows = [
        [*np.average(xy[g], axis=0, weights=instance.units[g, MASS]), *rest[g].sum(axis=0)]
        for g in own
    ]
    border = {
        unit
        for unit in near
        if instance.free[unit] and any(labels[v] != labels[unit] for v in near[unit])
    }
    return np.array(rows), np.array([len(g) for g in own]), border


def spread(instance, labels, n_grids):
    """Return the inertia a unit of each grid."""
    xy, mass, grids = instance.units[:, :MASS], instance.units[:, MASS], members(labels)
    return np.array([inertia(xy, mass, {g: grids[g]}) / len(grids[g]) for g in range(n_grids)])


def full_energy(instance, energy, labels, centers):
    """Return the whole energy, the range included; the radius is measured from `centers`."""
    grids = members(labels)
    xy, mass, load = instance.units[:, :MASS], instance.units[:, MASS], instance.units[:, LOAD]
    return (
        energy.range * excess(instance, grids)
        + energy.even * unevenness(instance, grids)
        + energy.inertia * inertia(xy, mass, grids)
        + energy.balance * sum(load[sorted(g)].sum() ** 2 for g in grids.values())
        + energy.border * border(instance.graph, instance.cost, labels)
        + energy.radius * beyond(xy, centers[labels], energy.max_radius_m)
    )


def soft_energy(instance, energy, labels, centers):
    """Return the energy but for the range and the evenness."""
    return full_energy(instance, energy._replace(range=0.0, even=0.0), labels, centers)


def excess(instance, grids):
    """Return the sum over grids and measures of what is out of range, in mean grids."""
    total = 0.0
    for units in grids.values():
        for m in range(instance.lower.size):
            size = instance.units[sorted(units), SIZES + m].sum()
            over, under = size - instance.upper[m], instance.lower[m] - size
            total += max(0.0, over, under) * instance.per_size[m]
    return total


def unevenness(instance, grids):
    """Return the sum over grids and tight measures of squared sizes, in mean grids."""
    total = 0.0
    for units in grids.values():
        for m in range(instance.lower.size):
            size = instance.units[sorted(units), SIZES + m].sum() * instance.per_size[m]
            total += instance.tight[m] * size**2
    return total


def inertia(xy, mass, grids):
    """Return the sum of mass times squared distance to the grid's center of mass."""
    total = 0.0
    for units in grids.values():
        own = sorted(units)
        center = np.average(xy[own], axis=0, weights=mass[own])
        total += sum(mass[u] * ((xy[u] - center) ** 2).sum() for u in own)
    return total


def border(graph, cost, labels):
    """Return the cost of the edges between two grids, each edge once."""
    total = 0.0
    for unit in range(graph.n_units):
        for at in range(graph.indptr[unit], graph.indptr[unit + 1]):
            other = graph.indices[at]
            if unit < other and labels[unit] != labels[other]:
                total += cost[at]
    return total


def beyond(xy, centers, far):
    """Return the sum over units of the distance beyond a radius, over that radius."""
    return sum(max(0.0, np.hypot(*d) / far - 1) for d in xy - centers)


def join_orphans(graph, labels, mass, n_grids):
    """Return the labels with all but the heaviest piece of each grid given away."""
    near = neighbors(graph)
    kept = {}
    for grid, units in members(labels).items():
        pieces = {frozenset(flood(near, units, unit)) for unit in units}
        kept[grid] = max(pieces, key=lambda p: (mass[sorted(p)].sum(), -min(p)))
    joined = {unit: grid for grid, units in kept.items() for unit in units}
    total = {grid: mass[sorted(units)].sum() for grid, units in kept.items()}
    while orphans := [u for u in range(len(labels)) if u not in joined]:
        for unit in orphans:
            around = [joined[v] for v in sorted(near[unit]) if v in joined]
            if around:
                joined[unit] = min(around, key=lambda grid: total[grid])
                total[joined[unit]] += mass[unit]
        if not any(unit in joined for unit in orphans):
            break
    return [joined.get(unit, -1) for unit in range(len(labels))]


# --- small cases in full ----------------------------------------------------------------


def contiguous_sets(graph, unit):
    """Return every contiguous set that holds `unit`."""
    near = neighbors(graph)
    others = [u for u in near if u != unit]
    return [
        {unit, *chosen}
        for n in range(len(others) + 1)
        for chosen in itertools.combinations(others, n)
        if is_whole(near, {unit, *chosen})
    ]


def partitions(graph, n_grids):
    """Return every way to divide a graph into contiguous grids, labels in canonical order."""
    found = [
        np.array(labels, np.int32)
        for labels in _growth_strings(graph.n_units, n_grids)
        if in_one_piece(graph, labels)
    ]
    return found


def _growth_strings(n_units, n_grids, begun=()):
    """Yield labels in which each number first appears after all smaller ones."""
    if len(begun) == n_units:
        if len(set(begun)) == n_grids:
            yield begun
        return
    used = len(set(begun))
    for grid in range(min(used + 1, n_grids)):
        yield from _growth_strings(n_units, n_grids, (*begun, grid))


def amount_out(problem, labels):
    """Return the amount out of range over all grids and measures, in the measures' own units."""
    total = 0.0
    for units in members(labels).values():
        for m in range(problem.lower.size):
            size = problem.sizes[sorted(units), m].sum()
            total += max(0.0, size - problem.upper[m], problem.lower[m] - size)
    return total
