"""Grids of a handful of units, where a range is narrow: the plan least out of range.

Units that come in lumps of half a range leave few sums that fit. Annealing moves one unit at
a time and each move breaks two grids; here all contiguous sets that fit the range are
listed, and a program chooses among them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from gridpart import objective
from gridpart.arithmetic import EPSILON, has_gaps, least_of_any
from gridpart.bitsets import bits
from gridpart.exact_cover import cheapest_cover
from gridpart.model import Problem
from gridpart.solvers.construct import canonical
from gridpart.solvers.pieces import grid_links, subproblem
from gridpart.solvers.refine import Watch

__all__ = ["least_out", "less_out"]

MOST_SETS = 100_000
"""More contiguous sets than this are not listed: grids are no handfuls then."""
LINKS = 2
"""Units without size that may link the others of a set."""
CANDIDATES = 4_000
"""Sets among which the program chooses, the most promising ones."""
SHAPE = 0.3
"""What the inertia of the given plan counts, over one step of the breach: among plans equally
far out of range, the more compact one."""
AROUND, TRIES = 7, 12
"""Grids of a neighborhood that is divided anew, and how many are tried."""
STEPS = 1_000
"""Steps that the greatest size is divided into, where sizes are no whole numbers."""

Labels = NDArray[np.int32]


class Set(NamedTuple):
    """One contiguous set: units that count, and those without size that link them."""

    own: int
    links: int
    total: float


def less_out(problem: Problem, labels: Labels, watch: Watch) -> Labels | None:
    """Return a plan with a smaller total breach, of the whole map or else place by place.

    Parameters and result as of `least_out`. Interrupted or stopped, the best plan so far;
    `watch` tells why.
    """
    now = labels
    try:
        for better in _ever_less_out(problem, labels, watch):
            now = better
    except KeyboardInterrupt:
        watch.interrupt()
    return None if now is labels else now


def _ever_less_out(problem: Problem, labels: Labels, watch: Watch) -> Iterator[Labels]:
    """Yield plans, each with a smaller total breach than those before."""
    now, again = labels, True
    best = least_out(problem, labels, watch)
    if best is not None:
        yield (now := best)
    tried = set() if best is not None else {frozenset(range(problem.n_units))}
    most = len(tried) + TRIES
    while again:
        again = False
        n_grids = int(now.max()) + 1
        links = grid_links(problem.graph, now, n_grids)
        for grid in np.flatnonzero(objective.out_of_range(problem, now, n_grids)):
            if watch.spend(0):
                return
            units = np.flatnonzero(np.isin(now, _neighborhood(links, int(grid))))
            if (place := frozenset(units.tolist())) in tried or len(tried) >= most:
                continue
            tried.add(place)
            part = subproblem(problem, units)
            found = least_out(part, canonical(now[units]), watch)
            if found is not None:
                now = now.copy()
                now[units] = found + n_grids
                now, again = canonical(now), True
                yield now
                break


def _neighborhood(links: sparse.csr_array, grid: int) -> list[int]:
    """Return a grid and those nearest to it, by steps from grid to grid."""
    found = [grid]
    for one in found:  # grows
        beside = np.unique(links.indices[links.indptr[one] : links.indptr[one + 1]])
        found += [other for other in beside.tolist() if other not in found]
        if len(found) >= AROUND:
            break
    return found[:AROUND]


def least_out(problem: Problem, labels: Labels, watch: Watch) -> Labels | None:
    """Return a plan with a smaller total breach, the least where that can be told.

    Parameters
    ----------
    problem : Problem
        Of one measure, in a range so narrow that it has gaps; nothing is locked and no radius
        is hard.
    labels : ndarray of int32, shape (n_units,)
        The plan to better.
    watch : Watch
        Asked with every set listed whether to go on; a time that it knows holds for the
        program too.

    Returns
    -------
    ndarray of int32 or None
        Every grid in one piece, their number free. None where nothing better was found, or
        where sets are too many, the problem is of another kind or `watch` says stop.
    """
    if problem.sizes.shape[1] != 1 or problem.locked is not None or problem.radius_breach > 0:
        return None
    lower, upper = float(problem.lower[0]), float(problem.upper[0])
    now = _breach(problem, labels)
    if now <= EPSILON or not has_gaps(lower, upper):
        return None
    size = problem.sizes[:, 0]
    step = 1.0 if (size % 1 == 0).all() else upper / STEPS
    below = now - step * (1 - 3 * SHAPE)
    if least_of_any(float(size.sum()), lower, upper) >= below:
        return None
    sets = _sets(problem, upper * (1 + EPSILON), upper + now, watch)
    if sets is None:
        return None
    mass = objective.masses(problem.load)
    spread = objective.inertia(labels, problem.xy, mass, int(labels.max()) + 1)
    worth = SHAPE * step / spread if spread > 0 else 0.0
    members = [list(bits(found.own | found.links)) for found in sets]
    costs = [
        _out(found.total, lower, upper) + worth * _inertia(problem.xy[own], mass[own])
        for found, own in zip(sets, members, strict=True)
    ]
    alone = [[unit] for unit in range(problem.n_units)]
    found = cheapest_cover(
        [*members, *alone],
        [*costs, *np.where(size > 0, size + worth * spread, 0.0)],
        below=below,
        most=CANDIDATES,
        seconds=watch.left_s,
    )
    if found.sets is None:
        return None
    better = _plan(problem, [members[k] for k in found.sets if k < len(sets)])
    return better if better is not None and _breach(problem, better) < now - EPSILON else None


def _out(total: float, lower: float, upper: float) -> float:
    return max(0.0, float(total) - upper, lower - float(total))


def _breach(problem: Problem, labels: Labels) -> float:
    """Return the total amount out of range."""
    n_grids = int(labels.max()) + 1
    sums = objective.grid_sums(labels, problem.sizes, n_grids)
    return float(np.maximum(np.maximum(sums - problem.upper, problem.lower - sums), 0.0).sum())


def _sets(problem: Problem, upper: float, most: float, watch: Watch) -> list[Set] | None:
    """Return the contiguous sets up to `upper`, and those first above it up to `most`.

    Units without size are in a set only where they link others, `LINKS` of them at most. A
    unit above `upper` alone is a set of its own. None where they are too many, or told to stop.
    """
    size = problem.sizes[:, 0].tolist()
    near = [sum(1 << int(v) for v in problem.graph.neighbors(u)) for u in range(problem.n_units)]
    counted = sum(1 << unit for unit, amount in enumerate(size) if amount > 0)
    calm = sum(1 << unit for unit in bits(counted) if size[unit] <= upper)
    chains = {link: _chains(near, link, counted, calm) for link in range(len(near))}
    known: dict[int, list[int]] = {}
    found = [Set(1 << unit, 0, size[unit]) for unit in bits(counted)]
    queue = [one for one in found if one.own & calm]
    for own, links, total in queue:  # grows
        if watch.spend(0):
            return None
        beside = 0
        for unit in bits(own | links):
            beside |= near[unit]
        ways = [(unit, links) for unit in bits(beside & calm & ~own)]
        ways += [
            (unit, links | chain)
            for link in bits(beside & ~counted & ~links)
            for unit, chain in chains[link]
            if not (own | beside) >> unit & 1 and (links | chain).bit_count() <= LINKS
        ]
        for unit, through in ways:
            more = own | 1 << unit
            if total + size[unit] > most or any(
                other & through == other for other in known.get(more, ())
            ):
                continue
            known.setdefault(more, []).append(through)
            found.append(Set(more, through, total + size[unit]))
            if found[-1].total <= upper:
                queue.append(found[-1])
        if len(found) > MOST_SETS:
            return None
    return found


def _chains(near: Sequence[int], link: int, counted: int, calm: int) -> list[tuple[int, int]]:
    """Return the units that one without size leads to by way of its like, and the shortest ways."""
    if counted >> link & 1:
        return []
    ends: dict[int, int] = {}
    seen, queue = 1 << link, [(link, 1 << link)]
    for at, chain in queue:  # grows
        for unit in bits(near[at] & calm):
            ends.setdefault(unit, chain)
        if chain.bit_count() < LINKS:
            fresh = near[at] & ~counted & ~seen
            seen |= fresh
            queue += [(other, chain | 1 << other) for other in bits(fresh)]
    return list(ends.items())


def _inertia(xy: NDArray[np.float64], mass: NDArray[np.float64]) -> float:
    """Return the inertia of one grid."""
    center = mass @ xy / mass.sum()
    return float(mass @ ((xy - center) ** 2).sum(axis=1))


def _plan(problem: Problem, grids: Sequence[Sequence[int]]) -> Labels | None:
    """Return the labels of chosen sets; a unit that is in none joins the neighbor that bears it."""
    lower, upper = float(problem.lower[0]), float(problem.upper[0])
    size = problem.sizes[:, 0]
    grid = np.full(problem.n_units, -1, np.int32)
    for number, own in enumerate(grids):
        grid[own] = number
    totals = np.bincount(grid[grid >= 0], size[grid >= 0], len(grids))
    left = np.flatnonzero(grid < 0).tolist()
    while left:
        ways = [
            (_worse(totals[number], size[unit], lower, upper), unit, int(number))
            for unit in left
            for number in np.unique(grid[problem.graph.neighbors(unit)])
            if number >= 0
        ]
        if not ways:
            return None
        _, unit, number = min(ways)
        grid[unit] = number
        totals[number] += size[unit]
        left.remove(unit)
    return canonical(grid)


def _worse(total: float, size: float, lower: float, upper: float) -> float:
    """Return how much farther out of range a grid is with one lump more."""
    return _out(total + size, lower, upper) - _out(total, lower, upper)
