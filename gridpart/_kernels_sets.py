"""The compiled loops of the exact solver: connected sets by the thousand.

``find_sets`` walks a tree that holds every connected set of units with a given root, its
first unit, exactly once: every other node adds one unit next to the set or gives that unit
up for good. Branches are cut where no set below can be cheap enough.

It works in slices: it returns when its budget of nodes is used up, and goes on from its own
state when called again. It never raises, prints or allocates.

Longer than other modules: all of it is one walk with one layout of arrays, and numba's cache
would not see a change of either in another file.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import compiled, inner
from gridpart.model import Graph

__all__ = ["Found", "Prices", "Search", "Tables", "begin_root", "find_sets", "make_search"]

INERTIA, BALANCE, CUT, FLAT = 0, 1, 2, 3
"""What a set costs: ``Tables.kind``."""

MASS, X, Y, MOMENT, PRICE, LOAD, EDGE, SIZES = 0, 1, 2, 3, 4, 5, 6, 7
"""Columns of ``Search.sums``: mass, center, inertia, sum of prices, load, border, sizes."""

ROOT, DEPTH, N_NODES, N_TRAIL, N_ROOT_NODES = 0, 1, 2, 3, 4
"""Places of ``Search.at``."""

OPEN, IN, GONE = 0, 1, 2
"""Where a unit stands: may join, is in the set, may not join any more."""

LEVELS = 64
"""Steps in which ``Search.spread`` tabulates a missing mass."""


class Tables(NamedTuple):
    """What does not change: units in the order in which they are roots."""

    graph: Graph
    cost: NDArray[np.float64]
    """Shape (2 * n_edges,), >= 0: cost of a border between two grids."""
    xy: NDArray[np.float64]
    mass: NDArray[np.float64]
    """Shape (n_units,), > 0."""
    load: NDArray[np.float64]
    sizes: NDArray[np.float64]
    """Shape (n_units, n_measures), >= 0, at least one measure."""
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    apart: NDArray[np.bool_]
    """Shape (n_units, n_units): pairs that no set may hold both of."""
    lock: NDArray[np.int32]
    """Shape (n_units,): units with the same number >= 0 must be together."""
    n_lock: NDArray[np.int64]
    """Shape (n_locks,): units that carry each lock."""
    kind: int
    rate: float
    """Cost of a set of kind ``FLAT``; of a deviation of 1, squared, for kind ``BALANCE``."""
    mean_load: float
    """Load of the mean grid, > 0; for kind ``BALANCE``."""
    most_mass: float
    """No set has a greater mass."""
    mass_per_size: float
    """No unit has less mass for its size in the measure `measure`."""
    measure: int
    """The measure that bounds what a set can still take in."""
    fewest: int
    """Least number of grids."""
    most: int
    """Greatest number of grids."""
    max_radius_m: float


class Prices(NamedTuple):
    """What a set must beat: its cost less its units' prices is its reduced cost."""

    price: NDArray[np.float64]
    """Shape (n_units,)."""
    fixed: float
    """Price of any set at all."""
    limit: NDArray[np.float64]
    """Shape (n_units,): sets with this root count up to this reduced cost."""
    tighten: bool
    """Whether each set found lowers its root's limit to its own reduced cost."""
    max_root_nodes: int
    """A root is given up after so many nodes."""


class Search(NamedTuple):
    """Where a walk through the sets stands; row d belongs to the set of d units."""

    at: NDArray[np.int64]
    """Shape (5,): root, depth, nodes so far, units on the trail, nodes of this root."""
    given_up: NDArray[np.bool_]
    """Shape (n_units,): roots whose sets were not all looked at."""
    stands: NDArray[np.int8]
    """Shape (n_units,): ``OPEN``, ``IN`` or ``GONE``."""
    n_near: NDArray[np.int64]
    """Shape (n_units,): how many neighbors of a unit are in the set."""
    chosen: NDArray[np.int32]
    """Shape (n_units + 1,): the unit that made the set of d units from the one before."""
    sums: NDArray[np.float64]
    """Shape (n_units + 1, 7 + n_measures)."""
    coef: NDArray[np.float64]
    """Shape (n_units + 1, n_units): what a unit adds to the reduced cost, at least."""
    rank: NDArray[np.int32]
    """Shape (n_units + 1, n_units): open units, those that help most for their size first."""
    n_rank: NDArray[np.int64]
    """Shape (n_units + 1,)."""
    base: NDArray[np.float64]
    """Shape (n_units + 1,): reduced cost that no larger set undercuts by more than `coef`."""
    rate: NDArray[np.float64]
    """Shape (n_units + 1,): worth of one more unit of size in the bound."""
    trail: NDArray[np.int32]
    """Shape (n_units,): units gone since the root, in order."""
    trail_from: NDArray[np.int64]
    """Shape (n_units + 1,): where the trail of row d begins."""
    has_lock: NDArray[np.int32]
    """Shape (n_units + 1,): the lock that the set carries, or -1."""
    n_held: NDArray[np.int64]
    """Shape (n_units + 1,): units in the set that carry it."""
    spread: NDArray[np.float64]
    """Shape (n_units, LEVELS + 1): least moment about a unit of a missing mass."""
    queue: NDArray[np.int32]
    seen: NDArray[np.bool_]
    key: NDArray[np.float64]
    """Shape (n_units,): scratch, as are the two above and the one below."""
    part: NDArray[np.float64]
    """Shape (n_measures,)."""


class Found(NamedTuple):
    """Sets found, one a row."""

    n: NDArray[np.int64]
    """Shape (1,)."""
    bits: NDArray[np.uint64]
    """Shape (room, n_words): unit i is bit i % 64 of word i // 64."""
    cost: NDArray[np.float64]
    reduced: NDArray[np.float64]
    size: NDArray[np.float64]
    """Shape (room,): in the measure ``Tables.measure``."""
    root: NDArray[np.int32]


@inner
def _set_cost(tables: Tables, row: NDArray[np.float64]) -> float:
    """Return the cost of the set whose sums are `row`."""
    if tables.kind == INERTIA:
        return float(row[MOMENT])
    if tables.kind == BALANCE:
        return float(tables.rate * (row[LOAD] / tables.mean_load - 1.0) ** 2)
    if tables.kind == CUT:
        return float(0.5 * row[EDGE])
    return tables.rate


@inner
def _leave(search: Search, unit: int) -> None:
    """Rule out an open unit until its row is left."""
    search.stands[unit] = GONE
    search.trail[search.at[N_TRAIL]] = unit
    search.at[N_TRAIL] += 1


@inner
def _join(tables: Tables, prices: Prices, search: Search, unit: int) -> None:
    """Add an open unit to the set and rule out what cannot follow, O(n_units)."""
    depth = search.at[DEPTH] + 1
    search.at[DEPTH] = depth
    search.at[N_NODES] += 1
    search.at[N_ROOT_NODES] += 1
    search.chosen[depth] = unit
    search.stands[unit] = IN
    search.trail_from[depth] = search.at[N_TRAIL]
    old, new = search.sums[depth - 1], search.sums[depth]
    mass = tables.mass[unit]
    dx, dy = tables.xy[unit, 0] - old[X], tables.xy[unit, 1] - old[Y]
    total = old[MASS] + mass
    new[MASS] = total
    new[X] = old[X] + dx * mass / total
    new[Y] = old[Y] + dy * mass / total
    new[MOMENT] = old[MOMENT] + mass * (old[MASS] / total) * (dx * dx + dy * dy)
    new[PRICE] = old[PRICE] + prices.price[unit]
    new[LOAD] = old[LOAD] + tables.load[unit]
    new[EDGE] = old[EDGE]
    for m in range(tables.lower.size):
        new[SIZES + m] = old[SIZES + m] + tables.sizes[unit, m]
    for e in range(tables.graph.indptr[unit], tables.graph.indptr[unit + 1]):
        other = tables.graph.indices[e]
        search.n_near[other] += 1
        new[EDGE] += -tables.cost[e] if search.stands[other] == IN else tables.cost[e]
    lock = tables.lock[unit]
    search.has_lock[depth] = lock if lock >= 0 else search.has_lock[depth - 1]
    search.n_held[depth] = search.n_held[depth - 1] + (1 if lock >= 0 else 0)
    for other in range(search.at[ROOT] + 1, tables.mass.size):
        if search.stands[other] == OPEN:
            gone = tables.apart[unit, other]
            for m in range(tables.lower.size):
                gone |= new[SIZES + m] + tables.sizes[other, m] > tables.upper[m]
            if gone:
                _leave(search, other)


@inner
def _part(tables: Tables, search: Search) -> None:
    """Take the last unit out of the set again and rule it out for the row before."""
    depth = search.at[DEPTH]
    unit = search.chosen[depth]
    while search.at[N_TRAIL] > search.trail_from[depth]:
        search.at[N_TRAIL] -= 1
        search.stands[search.trail[search.at[N_TRAIL]]] = OPEN
    for e in range(tables.graph.indptr[unit], tables.graph.indptr[unit + 1]):
        search.n_near[tables.graph.indices[e]] -= 1
    search.at[DEPTH] = depth - 1
    _leave(search, unit)


@inner
def _weigh(tables: Tables, prices: Prices, search: Search) -> None:
    """Set `base` and `coef` of the row: what the set costs, and each unit more, at least.

    With W and c the mass and the center of the set, M the greatest mass and T what joins,
    the inertia grows by at least the sum over T of mass * (W * |x - c|^2 + half the moment
    of T about the unit) / M. O(n_units), for the cut O(n_edges).
    """
    depth = search.at[DEPTH]
    row, coef = search.sums[depth], search.coef[depth]
    cost = _set_cost(tables, row)
    share, half, level = 0.0, 0.0, 0
    if tables.kind == INERTIA:
        share, half = row[MASS] / tables.most_mass, 0.5 / tables.most_mass
        missing = tables.mass_per_size * max(
            0.0, tables.lower[tables.measure] - row[SIZES + tables.measure]
        )
        if missing > 0:
            level = min(LEVELS, int(LEVELS * (missing / tables.most_mass)))
    rest = 0.0
    for unit in range(search.at[ROOT] + 1, tables.mass.size):
        if search.stands[unit] != OPEN:
            continue
        add = -prices.price[unit]
        if tables.kind == INERTIA:
            dx, dy = tables.xy[unit, 0] - row[X], tables.xy[unit, 1] - row[Y]
            far = share * (dx * dx + dy * dy) + half * search.spread[unit, level]
            add += tables.mass[unit] * far
        elif tables.kind == CUT:
            for e in range(tables.graph.indptr[unit], tables.graph.indptr[unit + 1]):
                stands = search.stands[tables.graph.indices[e]]
                if stands == IN:
                    add -= 0.5 * tables.cost[e]
                elif stands == GONE:
                    add += 0.5 * tables.cost[e]
        coef[unit] = add
        rest += tables.load[unit]
    if tables.kind == BALANCE and row[LOAD] < tables.mean_load:
        cost = tables.rate * min(0.0, (row[LOAD] + rest) / tables.mean_load - 1.0) ** 2
    search.base[depth] = cost - row[PRICE] - prices.fixed


@inner
def _quick_bound(tables: Tables, search: Search) -> float:
    """Return a lower bound on the reduced cost below this row, at the last row's rate."""
    depth = search.at[DEPTH]
    rate = search.rate[depth - 1]
    size = search.sums[depth, SIZES + tables.measure]
    total = search.base[depth]
    if rate < 0:
        total += rate * (tables.upper[tables.measure] - size)
    elif rate > 0:
        total += rate * max(0.0, tables.lower[tables.measure] - size)
    coef = search.coef[depth]
    for unit in range(search.at[ROOT] + 1, tables.mass.size):
        if search.stands[unit] == OPEN:
            total += min(0.0, coef[unit] - rate * tables.sizes[unit, tables.measure])
    return float(total)


@inner
def _bound(tables: Tables, search: Search) -> float:
    """Return a lower bound on the reduced cost of every larger set of this row.

    A fractional knapsack over the units still open; infinity where they cannot fill the
    range. O(n_units).
    """
    depth = search.at[DEPTH]
    coef, rank = search.coef[depth], search.rank[depth]
    size = search.sums[depth, SIZES + tables.measure]
    room = tables.upper[tables.measure] - size
    need = max(0.0, tables.lower[tables.measure] - size)
    total, used, rate = search.base[depth], 0.0, 0.0
    full = False
    for i in range(search.n_rank[depth]):
        unit = rank[i]
        if search.stands[unit] != OPEN:
            continue
        own, add = tables.sizes[unit, tables.measure], coef[unit]
        if own == 0.0:
            total += min(0.0, add)
            continue
        left = room - used if add < 0 else need - used
        if own <= left:
            total += add
            used += own
            continue
        full = True
        if left > 0:
            total += add * (left / own)
            rate = add / own
        break
    search.rate[depth] = rate
    if not full and used < need:
        return np.inf
    return float(total)


@inner
def _reach(tables: Tables, search: Search) -> bool:
    """Rule out the open units that no path of open units leads to; return whether enough are left.

    Enough for the ranges and for the lock that the set carries. O(n_edges).
    """
    depth = search.at[DEPTH]
    root = search.at[ROOT]
    seen, queue, graph = search.seen, search.queue, tables.graph
    head, tail = 0, 0
    for unit in range(root + 1, tables.mass.size):
        seen[unit] = search.stands[unit] == OPEN and search.n_near[unit] > 0
        if seen[unit]:
            queue[tail] = unit
            tail += 1
    for m in range(search.part.size):
        search.part[m] = 0.0
    held = search.n_held[depth]
    lock = search.has_lock[depth]
    while head < tail:
        unit = queue[head]
        head += 1
        for m in range(tables.lower.size):
            search.part[m] += tables.sizes[unit, m]
        if lock >= 0 and tables.lock[unit] == lock:
            held += 1
        for e in range(graph.indptr[unit], graph.indptr[unit + 1]):
            other = graph.indices[e]
            if search.stands[other] == OPEN and not seen[other]:
                seen[other] = True
                queue[tail] = other
                tail += 1
    if lock >= 0 and held < tables.n_lock[lock]:
        return False
    for m in range(tables.lower.size):
        most = search.sums[depth, SIZES + m] + search.part[m]
        if most < tables.lower[m] - 1e-12 * abs(most):
            return False
    for unit in range(root + 1, tables.mass.size):
        if search.stands[unit] == OPEN and not seen[unit]:
            _leave(search, unit)
    return True


@inner
def _rank(tables: Tables, search: Search) -> None:
    """Sort the open units by what they add for their size, starting from the last row's order."""
    depth = search.at[DEPTH]
    coef, rank, last = search.coef[depth], search.rank[depth], search.rank[depth - 1]
    key = search.key
    n = 0
    for i in range(search.n_rank[depth - 1]):
        unit = last[i]
        if search.stands[unit] != OPEN:
            continue
        own = tables.sizes[unit, tables.measure]
        if own > 0:
            key[unit] = coef[unit] / own
        else:
            key[unit] = -np.inf if coef[unit] < 0 else np.inf
        at = n
        while at > 0 and key[unit] < key[rank[at - 1]]:
            rank[at] = rank[at - 1]
            at -= 1
        rank[at] = unit
        n += 1
    search.n_rank[depth] = n


@inner
def _leaves_parts(tables: Tables, search: Search) -> bool:
    """Return whether the pieces that the set leaves can be divided into grids in range.

    By counting alone, and together into a number of grids that is allowed. O(n_edges).
    """
    seen, queue, graph = search.seen, search.queue, tables.graph
    for unit in range(tables.mass.size):
        seen[unit] = search.stands[unit] == IN
    fewest, most = 1.0, 1.0
    for first in range(tables.mass.size):
        if seen[first]:
            continue
        seen[first] = True
        queue[0] = first
        head, tail = 0, 1
        for m in range(search.part.size):
            search.part[m] = 0.0
        while head < tail:
            unit = queue[head]
            head += 1
            for m in range(tables.lower.size):
                search.part[m] += tables.sizes[unit, m]
            for e in range(graph.indptr[unit], graph.indptr[unit + 1]):
                other = graph.indices[e]
                if not seen[other]:
                    seen[other] = True
                    queue[tail] = other
                    tail += 1
        low, high = 1.0, float(tail)
        for m in range(tables.lower.size):
            size = search.part[m]
            if size > tables.upper[m]:
                if tables.upper[m] <= 0:
                    return False
                low = max(low, np.ceil(size / tables.upper[m] - 1e-9))
            if tables.lower[m] > 0:
                high = min(high, np.floor(size / tables.lower[m] + 1e-9))
        if low > high:
            return False
        fewest += low
        most += high
    return fewest <= tables.most and most >= tables.fewest


@inner
def _record(tables: Tables, prices: Prices, search: Search, found: Found) -> None:
    """Keep the set if it is a grid in range, whole in its locks and cheap enough."""
    depth = search.at[DEPTH]
    root = search.at[ROOT]
    row = search.sums[depth]
    cost = _set_cost(tables, row)
    reduced = cost - row[PRICE] - prices.fixed
    if reduced > prices.limit[root]:
        return
    for m in range(tables.lower.size):
        if not tables.lower[m] <= row[SIZES + m] <= tables.upper[m]:
            return
    lock = search.has_lock[depth]
    if lock >= 0 and search.n_held[depth] < tables.n_lock[lock]:
        return
    for d in range(1, depth + 1):
        unit = search.chosen[d]
        dx, dy = tables.xy[unit, 0] - row[X], tables.xy[unit, 1] - row[Y]
        if np.sqrt(dx * dx + dy * dy) > tables.max_radius_m:
            return
    if not _leaves_parts(tables, search):
        return
    at = found.n[0]
    found.n[0] += 1
    for word in range(found.bits.shape[1]):
        found.bits[at, word] = 0
    for d in range(1, depth + 1):
        unit = search.chosen[d]
        found.bits[at, unit // 64] |= np.uint64(1) << np.uint64(unit % 64)
    found.cost[at] = cost
    found.reduced[at] = reduced
    found.size[at] = row[SIZES + tables.measure]
    found.root[at] = root
    if prices.tighten:
        prices.limit[root] = reduced


def make_search(n_units: int, n_measures: int) -> Search:
    """Return memory for a walk."""
    rows = n_units + 1
    return Search(
        at=np.zeros(5, np.int64),
        given_up=np.zeros(n_units, np.bool_),
        stands=np.zeros(n_units, np.int8),
        n_near=np.zeros(n_units, np.int64),
        chosen=np.zeros(rows, np.int32),
        sums=np.zeros((rows, SIZES + n_measures)),
        coef=np.zeros((rows, n_units)),
        rank=np.zeros((rows, n_units), np.int32),
        n_rank=np.zeros(rows, np.int64),
        base=np.zeros(rows),
        rate=np.zeros(rows),
        trail=np.zeros(n_units, np.int32),
        trail_from=np.zeros(rows, np.int64),
        has_lock=np.zeros(rows, np.int32),
        n_held=np.zeros(rows, np.int64),
        spread=np.zeros((n_units, LEVELS + 1)),
        queue=np.zeros(n_units, np.int32),
        seen=np.zeros(n_units, np.bool_),
        key=np.zeros(n_units),
        part=np.zeros(n_measures),
    )


def begin_root(tables: Tables, search: Search, root: int) -> NDArray[np.bool_]:
    """Clear the search for a new root; return which units are open: later ones, if not apart."""
    is_open: NDArray[np.bool_] = ~tables.apart[root]
    is_open[: root + 1] = False
    search.at[[ROOT, DEPTH, N_TRAIL, N_ROOT_NODES]] = root, 0, 0, 0
    search.n_near[:] = 0
    search.stands[:] = np.where(is_open, OPEN, GONE)
    search.sums[0] = 0.0
    search.has_lock[0] = -1
    search.n_held[0] = 0
    search.rate[0] = 0.0
    search.n_rank[0] = tables.mass.size - root - 1
    search.rank[0, : search.n_rank[0]] = np.arange(root + 1, tables.mass.size)
    return is_open


@compiled
def find_sets(tables: Tables, prices: Prices, search: Search, found: Found, max_nodes: int) -> bool:
    """Walk on for `max_nodes` sets or until `found` is full; return whether the root is done.

    Every connected set with this root that keeps the ranges, the radius and the locks,
    leaves parts that can be divided and has a reduced cost up to the root's limit is found
    once.
    """
    root = search.at[ROOT]
    nodes = 0
    while nodes < max_nodes and found.n[0] < found.cost.size:
        depth = search.at[DEPTH]
        unit = root
        if depth == 0 and search.at[N_ROOT_NODES] > 0:
            return True
        if depth > 0:
            unit = -1
            if search.n_rank[depth] > 0 and _bound(tables, search) <= prices.limit[root]:
                for i in range(search.n_rank[depth]):
                    if search.stands[search.rank[depth, i]] == OPEN and (
                        search.n_near[search.rank[depth, i]] > 0
                    ):
                        unit = search.rank[depth, i]
                        break
            if unit < 0:
                last = search.chosen[depth]
                _part(tables, search)
                lock = tables.lock[last]
                if lock >= 0 and search.has_lock[depth - 1] == lock:
                    search.n_rank[depth - 1] = 0
                continue
            if search.at[N_ROOT_NODES] >= prices.max_root_nodes:
                search.given_up[root] = True
                return True
        _join(tables, prices, search, unit)
        nodes += 1
        _record(tables, prices, search, found)
        depth = search.at[DEPTH]
        search.n_rank[depth] = 0
        _weigh(tables, prices, search)
        if _quick_bound(tables, search) <= prices.limit[root] and _reach(tables, search):
            _rank(tables, search)
    return False
