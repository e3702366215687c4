"""The best plan by looking at all of them: for a dozen units at most, written to be read."""

import itertools

import numpy as np
from oracle import flood, inertia, is_whole, neighbors

SLACK = 1e-9


def masses(problem):
    """Return the weight of each unit in inertia and centers."""
    mean = problem.load.mean()
    if mean <= 0:
        return np.ones(problem.n_units)
    return np.where(problem.load > 0, problem.load, 0.1 * mean)


def connected_sets(problem):
    """Return every set of units in one piece."""
    near = neighbors(problem.graph)
    return [
        frozenset(units)
        for count in range(1, problem.n_units + 1)
        for units in itertools.combinations(range(problem.n_units), count)
        if is_whole(near, units)
    ]


def is_grid(problem, units):
    """Return whether a set of units keeps the ranges, the locks and the radius."""
    own = sorted(units)
    size = problem.sizes[own].sum(axis=0)
    slack = SLACK * np.maximum(1, size)
    if (size > problem.upper + slack).any() or (size < problem.lower - slack).any():
        return False
    if problem.locked is not None:
        locks = set(problem.locked[own].tolist()) - {-1}
        if len(locks) > 1 or any(
            lock in locks and unit not in units for unit, lock in enumerate(problem.locked)
        ):
            return False
    center = np.average(problem.xy[own], axis=0, weights=masses(problem)[own])
    far = np.hypot(*(problem.xy[own] - center).T).max()
    return bool(far <= problem.max_radius_m * (1 + SLACK))


def leaves_parts(problem, units):
    """Return whether counting alone lets the pieces that a set leaves be divided into grids."""
    near, rest = neighbors(problem.graph), set(range(problem.n_units)) - set(units)
    fewest, most = 1, 1
    while rest:
        piece = flood(near, rest, min(rest))
        rest -= piece
        size = problem.sizes[sorted(piece)].sum(axis=0)
        slack = 2 * SLACK * np.maximum(1, size)
        counts = [
            count
            for count in range(1, len(piece) + 1)
            if (size <= count * problem.upper + slack).all()
            and (problem.lower <= (size + slack) / count).all()
        ]
        if not counts:
            return False
        fewest, most = fewest + counts[0], most + counts[-1]
    return problem.n_grids is None or fewest <= problem.n_grids <= most


def set_cost(problem, objective, units):
    """Return what one grid adds to an objective."""
    own = sorted(units)
    if objective == "inertia":
        return inertia(problem.xy, masses(problem), {0: units})
    if objective == "balance":
        mean = problem.load.sum() / problem.n_grids
        return (problem.load[own].sum() / mean - 1) ** 2 if mean > 0 else 0.0
    if objective == "cut_edges":
        graph = problem.graph
        out = np.isin(graph.heads, own) & ~np.isin(graph.indices, own)
        return problem.border_cost[out].sum() / 2
    return 1.0


def plans(problem, grids):
    """Yield every list of `grids` that covers each unit once, in the number wanted."""
    by_root = {unit: [] for unit in range(problem.n_units)}
    for units in grids:
        by_root[min(units)].append(units)

    def extend(chosen, left):
        if not left:
            if problem.n_grids in (None, len(chosen)):
                yield chosen
            return
        for units in by_root[min(left)]:
            if units <= left:
                yield from extend([*chosen, units], left - units)

    yield from extend([], frozenset(range(problem.n_units)))


def best_value(problem, objective):
    """Return the best value of an objective over all plans, None where there is no plan."""
    grids = [units for units in connected_sets(problem) if is_grid(problem, units)]
    values = []
    for plan in plans(problem, grids):
        if objective == "balance":
            load = np.array([problem.load[sorted(units)].sum() for units in plan])
            mean = problem.load.sum() / len(plan)
            values.append(((load / mean - 1) ** 2).sum() if mean > 0 else 0.0)
        else:
            values.append(sum(set_cost(problem, objective, units) for units in plan))
    if not values:
        return None
    return max(values) if objective == "max_grids" else min(values)
