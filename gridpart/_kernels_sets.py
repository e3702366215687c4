"""The compiled loops of the exact solver: connected sets by the thousand.

``find_sets`` walks a tree that holds every connected set of units with a given root, its
first unit, exactly once: every other node adds one unit next to the set or gives that unit
up for good. Branches are cut where no set below can be cheap enough.

It works in slices: it returns when its budget of nodes is used up, and goes on from its own
state when called again. It never raises, prints or allocates.

What is alike lies side by side in one array, and kernels that are called take arrays, not
tuples of them: much of the time to compile goes by the arrays that are handed on. Most of
the rest goes by loops and branches, so that conditions are joined by ``&`` where both can
be looked at, and there is ``max`` but no ``min``, which is one more function to compile.

Longer than other modules: all of it is one walk with one layout of arrays, and numba's cache
would not see a change of either in another file.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import NO, ONE, YES, ZERO, compiled, inner
from gridpart.model import Graph

__all__ = [
    "Found",
    "Ground",
    "Prices",
    "Rules",
    "Search",
    "Tables",
    "begin_root",
    "find_sets",
    "lay_out",
    "make_search",
]

INERTIA, BALANCE, CUT, FLAT = 0, 1, 2, 3
"""What a set costs: ``Tables.kind``."""

X, Y, MASS, LOAD, PRICE, SIZES = 0, 1, 2, 3, 4, 5
"""Columns of ``Ground.units`` and, as the center and the sums of a set, of ``Search.sums``."""

MOMENT, EDGE, BASE, RATE = 0, 1, 2, 3
"""Columns of ``Search.worth``: inertia, border; reduced cost that no larger set undercuts by
more than `coef`; worth of one more unit of size in the bound."""

CHOSEN, N_RANK, TRAIL_FROM, HAS_LOCK, N_HELD = 0, 1, 2, 3, 4
"""Columns of ``Search.steps``: the unit that made the set of d units from the one before;
units ranked; where the trail begins; the lock that the set carries, or -1; units in the set
that carry it."""

COST, REDUCED, SIZE = 0, 1, 2
"""Columns of the sets found."""

ROOT, DEPTH, N_NODES, N_TRAIL, N_ROOT_NODES, N_FOUND, GIVEN_UP = 0, 1, 2, 3, 4, 5, 6
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


class Ground(NamedTuple):
    """The arrays of ``Tables`` as the walk reads them, and the prices."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    cost: NDArray[np.float64]
    """Shape (2 * n_edges,): cost of a border between two grids."""
    units: NDArray[np.float64]
    """Shape (n_units, 5 + n_measures): x, y, mass, load, price, sizes."""
    span: NDArray[np.float64]
    """Shape (2, 5 + n_measures): lower and upper end of the range of each column."""
    apart: NDArray[np.bool_]
    lock: NDArray[np.int64]
    n_lock: NDArray[np.int64]


class Rules(NamedTuple):
    """The numbers of ``Tables`` and ``Prices``."""

    flat: float
    """Cost of any set; at most one of this and the next three is not 0."""
    inertia: float
    """Cost of its moment; this and the others without regard to the kind, since a branch takes
    longer to compile than a term."""
    balance: float
    """Cost of a deviation of 1 from the mean load, squared."""
    border: float
    """Cost of its border, which two grids share."""
    mean_load: float
    most_mass: float
    mass_per_size: float
    measure: int
    fewest: int
    most: int
    max_radius_m: float
    fixed: float
    tighten: bool
    max_root_nodes: int


class Search(NamedTuple):
    """Where a walk through the sets stands; row d belongs to the set of d units."""

    at: NDArray[np.int64]
    """Shape (7,): root, depth, nodes so far, units on the trail, nodes of this root, sets
    found in this slice, whether any root was given up."""
    stands: NDArray[np.int64]
    """Shape (n_units,): ``OPEN``, ``IN`` or ``GONE``."""
    n_near: NDArray[np.int64]
    """Shape (n_units,): how many neighbors of a unit are in the set."""
    steps: NDArray[np.int64]
    """Shape (n_units + 1, 5)."""
    sums: NDArray[np.float64]
    """Shape (n_units + 1, 5 + n_measures)."""
    worth: NDArray[np.float64]
    """Shape (n_units + 1, 4)."""
    coef: NDArray[np.float64]
    """Shape (n_units + 1, n_units): what a unit adds to the reduced cost, at least."""
    rank: NDArray[np.int64]
    """Shape (n_units + 1, n_units): open units, those that help most for their size first."""
    trail: NDArray[np.int64]
    """Shape (n_units,): units gone since the root, in order."""
    spread: NDArray[np.float64]
    """Shape (n_units, LEVELS + 1): least moment about a unit of a missing mass."""
    queue: NDArray[np.int64]
    """Shape (n_units,): scratch, as are the two below."""
    seen: NDArray[np.bool_]
    key: NDArray[np.float64]
    part: NDArray[np.float64]
    """Shape (5 + n_measures,): sums of the units that a search meets, scratch."""


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


def lay_out(tables: Tables, prices: Prices) -> tuple[Ground, Rules]:
    """Return the units, the ranges and the prices as the walk reads them."""
    columns = [tables.xy, tables.mass, tables.load, prices.price, tables.sizes]
    span = np.stack([tables.lower, tables.upper])
    free = np.array([[-np.inf], [np.inf]]).repeat(SIZES, axis=1)
    ground = Ground(
        indptr=tables.graph.indptr,
        indices=tables.graph.indices.astype(np.int64),
        cost=tables.cost,
        units=np.column_stack(columns),
        span=np.concatenate([free, span], axis=1),
        apart=tables.apart,
        lock=tables.lock.astype(np.int64),
        n_lock=tables.n_lock,
    )
    rules = Rules(
        flat=tables.rate if tables.kind == FLAT else 0.0,
        inertia=float(tables.kind == INERTIA),
        balance=tables.rate if tables.kind == BALANCE else 0.0,
        border=0.5 * (tables.kind == CUT),
        mean_load=tables.mean_load,
        most_mass=tables.most_mass,
        mass_per_size=tables.mass_per_size,
        measure=tables.measure,
        fewest=tables.fewest,
        most=tables.most,
        max_radius_m=tables.max_radius_m,
        fixed=prices.fixed,
        tighten=prices.tighten,
        max_root_nodes=prices.max_root_nodes,
    )
    return ground, rules


def make_search(n_units: int, n_measures: int) -> Search:
    """Return memory for a walk."""
    rows = n_units + 1
    return Search(
        at=np.zeros(7, np.int64),
        stands=np.zeros(n_units, np.int64),
        n_near=np.zeros(n_units, np.int64),
        steps=np.zeros((rows, 5), np.int64),
        sums=np.zeros((rows, SIZES + n_measures)),
        worth=np.zeros((rows, 4)),
        coef=np.zeros((rows, n_units)),
        rank=np.zeros((rows, n_units), np.int64),
        trail=np.zeros(n_units, np.int64),
        spread=np.zeros((n_units, LEVELS + 1)),
        queue=np.zeros(n_units, np.int64),
        seen=np.zeros(n_units, np.bool_),
        key=np.zeros(n_units),
        part=np.zeros(SIZES + n_measures),
    )


def begin_root(tables: Tables, search: Search, root: int) -> NDArray[np.bool_]:
    """Clear the search for a new root; return which units are open: later ones, if not apart."""
    is_open: NDArray[np.bool_] = ~tables.apart[root]
    is_open[: root + 1] = False
    search.at[[ROOT, DEPTH, N_TRAIL, N_ROOT_NODES]] = root, 0, 0, 0
    search.n_near[:] = 0
    search.stands[:] = np.where(is_open, OPEN, GONE)
    n_rank = tables.mass.size - root - 1
    search.sums[0], search.worth[0] = 0.0, 0.0
    search.steps[0] = -1, n_rank, 0, -1, 0
    search.rank[0, :n_rank] = np.arange(root + 1, tables.mass.size)
    return is_open


@inner
def _flood(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    units: NDArray[np.float64],
    seen: NDArray[np.bool_],
    queue: NDArray[np.int64],
    tail: int,
    part: NDArray[np.float64],
) -> int:
    """Let the queue of `tail` units grow to all that they lead to; return how many these are.

    They are marked in `seen`, as is what must not be entered, and `part` is set to the sums
    of their columns. O(n_edges).
    """
    for c in range(SIZES, part.size):
        part[c] = 0.0
    head = ZERO
    while head < tail:
        unit = queue[head]
        head += 1
        for c in range(SIZES, part.size):
            part[c] += units[unit, c]
        for e in range(indptr[unit], indptr[unit + 1]):
            other = indices[e]
            if not seen[other]:
                seen[other] = True
                queue[tail] = other
                tail += 1
    return tail


@inner
def _leaves_parts(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    units: NDArray[np.float64],
    span: NDArray[np.float64],
    stands: NDArray[np.int64],
    seen: NDArray[np.bool_],
    queue: NDArray[np.int64],
    part: NDArray[np.float64],
    rules: Rules,
) -> bool:
    """Return whether the pieces that the set leaves can be divided into grids in range.

    By counting alone, and together into a number of grids that is allowed. O(n_edges).
    """
    for unit in range(stands.size):
        seen[unit] = stands[unit] == IN
    fewest, most = 1.0, 1.0
    for first in range(stands.size):
        if seen[first]:
            continue
        seen[first] = True
        queue[0] = first
        low, high = 1.0, float(_flood(indptr, indices, units, seen, queue, ONE, part))
        for c in range(SIZES, part.size):
            size, lower, upper = part[c], span[0, c], span[1, c]
            if size > upper:
                if upper <= 0:
                    return False
                low = max(low, np.ceil(size / upper - 1e-9))
            if lower > 0:
                room = np.floor(size / lower + 1e-9)
                high = room if room < high else high
        if low > high:
            return False
        fewest += low
        most += high
    return (fewest <= rules.most) & (most >= rules.fewest)


@inner
def _weigh(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    cost: NDArray[np.float64],
    units: NDArray[np.float64],
    span: NDArray[np.float64],
    stands: NDArray[np.int64],
    sums: NDArray[np.float64],
    worth: NDArray[np.float64],
    coef: NDArray[np.float64],
    spread: NDArray[np.float64],
    rules: Rules,
    root: int,
    depth: int,
    own: float,
) -> float:
    """Set `base` and `coef` of the row: what the set costs, `own`, and each unit more, at least.

    With W and c the mass and the center of the set, M the greatest mass and T what joins,
    the inertia grows by at least the sum over T of mass * (W * |x - c|^2 + half the moment
    of T about the unit) / M. O(n_units), for the cut O(n_edges).

    Returns a lower bound on the reduced cost below this row, at the last row's rate.
    """
    column = SIZES + rules.measure
    x, y, size = sums[depth, X], sums[depth, Y], sums[depth, column]
    lower, upper = span[0, column], span[1, column]
    share = rules.inertia * sums[depth, MASS] / rules.most_mass
    half = rules.inertia * 0.5 / rules.most_mass
    level = ZERO
    missing = rules.mass_per_size * max(0.0, lower - size)
    if missing > 0:
        filled = LEVELS * (missing / rules.most_mass)
        level = int(filled) if filled < LEVELS else LEVELS
    rest = 0.0
    for unit in range(root + 1, stands.size):
        if stands[unit] != OPEN:
            continue
        dx, dy = units[unit, X] - x, units[unit, Y] - y
        far = share * (dx * dx + dy * dy) + half * spread[unit, level]
        add = units[unit, MASS] * far - units[unit, PRICE]
        if rules.border > 0:
            for e in range(indptr[unit], indptr[unit + 1]):
                there = stands[indices[e]]
                add += rules.border * cost[e] * (1 * (there == GONE) - (there == IN))
        coef[depth, unit] = add
        rest += units[unit, LOAD]
    if (rules.balance > 0) & (sums[depth, LOAD] < rules.mean_load):
        off = max(0.0, 1.0 - (sums[depth, LOAD] + rest) / rules.mean_load)
        own = rules.balance * (off * off)
    total = own - sums[depth, PRICE] - rules.fixed
    worth[depth, BASE] = total
    rate = worth[depth - 1, RATE]
    if rate < 0:
        total += rate * (upper - size)
    elif rate > 0:
        total += rate * max(0.0, lower - size)
    for unit in range(root + 1, stands.size):
        if stands[unit] == OPEN:
            total -= max(0.0, rate * units[unit, column] - coef[depth, unit])
    return float(total)


@inner
def _bound(
    units: NDArray[np.float64],
    span: NDArray[np.float64],
    stands: NDArray[np.int64],
    sums: NDArray[np.float64],
    worth: NDArray[np.float64],
    coef: NDArray[np.float64],
    rank: NDArray[np.int64],
    n_rank: int,
    depth: int,
    column: int,
) -> float:
    """Return a lower bound on the reduced cost of every larger set of this row.

    A fractional knapsack over the units still open, by the size in this column; infinity
    where they cannot fill the range. O(n_units).
    """
    size = sums[depth, column]
    room = span[1, column] - size
    need = max(0.0, span[0, column] - size)
    total, used, rate = worth[depth, BASE], 0.0, 0.0
    full = NO
    for i in range(n_rank):
        unit = rank[depth, i]
        if stands[unit] != OPEN:
            continue
        own, add = units[unit, column], coef[depth, unit]
        if own == 0.0:
            total -= max(0.0, -add)
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
    worth[depth, RATE] = rate
    return total if full | (used >= need) else np.inf


@compiled
def find_sets(
    ground: Ground,
    rules: Rules,
    search: Search,
    limit: NDArray[np.float64],
    bits: NDArray[np.uint64],
    found: NDArray[np.float64],
    max_nodes: int,
) -> bool:
    """Walk on for `max_nodes` sets or until `bits` is full; return whether the root is done.

    Every connected set with this root that keeps the ranges, the radius and the locks,
    leaves parts that can be divided and has a reduced cost up to the root's limit is found
    once; it is a row of `bits`, which is zero at first, and of `found`.
    """
    indptr, indices, cost = ground.indptr, ground.indices, ground.cost
    units, span, apart = ground.units, ground.span, ground.apart
    lock, n_lock = ground.lock, ground.n_lock
    at, steps = search.at, search.steps
    stands, n_near, trail = search.stands, search.n_near, search.trail
    sums, worth, spread = search.sums, search.worth, search.spread
    coef, rank, key = search.coef, search.rank, search.key
    queue, seen, part = search.queue, search.seen, search.part
    n_units, n_columns = units.shape[0], part.size
    column = SIZES + rules.measure
    root, depth = at[ROOT], at[DEPTH]
    n_trail, n_root = at[N_TRAIL], at[N_ROOT_NODES]
    nodes, n_found = ZERO, ZERO
    done = NO
    while nodes < max_nodes and n_found < bits.shape[0]:
        unit = root
        if (depth == 0) & (n_root > 0):
            done = True
            break
        if depth > 0:
            unit = -ONE
            n_rank = steps[depth, N_RANK]
            if limit[root] >= _bound(
                units, span, stands, sums, worth, coef, rank, n_rank, depth, column
            ):
                for i in range(n_rank):
                    other = rank[depth, i]
                    if (stands[other] == OPEN) & (n_near[other] > 0):
                        unit = other
                        break
            if unit < 0:
                # The last unit leaves the set again and is ruled out for the row before.
                last = steps[depth, CHOSEN]
                while n_trail > steps[depth, TRAIL_FROM]:
                    n_trail -= 1
                    stands[trail[n_trail]] = OPEN
                for e in range(indptr[last], indptr[last + 1]):
                    n_near[indices[e]] -= 1
                depth -= 1
                stands[last] = GONE
                trail[n_trail] = last
                n_trail += 1
                if (lock[last] >= 0) & (steps[depth, HAS_LOCK] == lock[last]):
                    steps[depth, N_RANK] = 0
                continue
            if n_root >= rules.max_root_nodes:
                at[GIVEN_UP] = 1
                done = True
                break

        # An open unit joins the set, and what cannot follow is ruled out.
        depth += 1
        nodes += 1
        n_root += 1
        stands[unit] = IN
        mass, before = units[unit, MASS], sums[depth - 1, MASS]
        x, y = sums[depth - 1, X], sums[depth - 1, Y]
        dx, dy = units[unit, X] - x, units[unit, Y] - y
        total = before + mass
        x, y = x + dx * mass / total, y + dy * mass / total
        sums[depth, X], sums[depth, Y] = x, y
        keeps = YES
        for c in range(MASS, n_columns):
            amount = sums[depth - 1, c] + units[unit, c]
            sums[depth, c] = amount
            keeps &= (span[0, c] <= amount) & (amount <= span[1, c])
        edge = worth[depth - 1, EDGE]
        for e in range(indptr[unit], indptr[unit + 1]):
            other = indices[e]
            n_near[other] += 1
            edge += cost[e] * (1 - 2 * (stands[other] == IN))
        worth[depth, EDGE] = edge
        moment = worth[depth - 1, MOMENT] + mass * (before / total) * (dx * dx + dy * dy)
        worth[depth, MOMENT] = moment
        held, carried = steps[depth - 1, N_HELD], steps[depth - 1, HAS_LOCK]
        if lock[unit] >= 0:
            held += 1
            carried = lock[unit]
        steps[depth, CHOSEN], steps[depth, TRAIL_FROM] = unit, n_trail
        steps[depth, HAS_LOCK], steps[depth, N_HELD] = carried, held
        steps[depth, N_RANK] = 0
        for other in range(root + 1, n_units):
            if stands[other] == OPEN:
                gone = apart[unit, other]
                for c in range(SIZES, n_columns):
                    gone |= sums[depth, c] + units[other, c] > span[1, c]
                if gone:
                    stands[other] = GONE
                    trail[n_trail] = other
                    n_trail += 1

        # It is kept if it is a grid in range, whole in its locks and cheap enough.
        off = sums[depth, LOAD] / rules.mean_load - 1.0
        own = rules.flat + rules.balance * (off * off)
        own += rules.inertia * moment + rules.border * edge
        reduced = own - sums[depth, PRICE] - rules.fixed
        wanted = n_lock[carried] if carried >= 0 else 0
        keeps &= (reduced <= limit[root]) & (held >= wanted)
        if keeps:
            for d in range(1, depth + 1):
                other = steps[d, CHOSEN]
                dx, dy = units[other, X] - x, units[other, Y] - y
                keeps &= np.sqrt(dx * dx + dy * dy) <= rules.max_radius_m
        if keeps and _leaves_parts(indptr, indices, units, span, stands, seen, queue, part, rules):
            for d in range(1, depth + 1):
                other = steps[d, CHOSEN]
                bits[n_found, other >> 6] |= np.uint64(1) << np.uint64(other & 63)
            found[n_found, COST], found[n_found, REDUCED] = own, reduced
            found[n_found, SIZE] = sums[depth, column]
            n_found += 1
            if rules.tighten:
                limit[root] = reduced

        if limit[root] < _weigh(
            indptr, indices, cost, units, span, stands, sums, worth, coef, spread, rules,
            root, depth, own,
        ):  # fmt: skip
            continue
        # Open units that no path of open units leads to are ruled out, if enough are left for
        # the ranges and for the lock that the set carries.
        tail = ZERO
        for other in range(n_units):
            is_open = stands[other] == OPEN
            begins = is_open & (n_near[other] > 0)
            seen[other] = begins | (not is_open)
            if begins:
                queue[tail] = other
                tail += 1
        tail = _flood(indptr, indices, units, seen, queue, tail, part)
        for i in range(tail):
            held += lock[queue[i]] == carried
        enough = held >= wanted
        for c in range(SIZES, n_columns):
            most = sums[depth, c] + part[c]
            enough &= most >= span[0, c] - 1e-12 * abs(most)
        if not enough:
            continue
        for other in range(root + 1, n_units):
            if not seen[other]:
                stands[other] = GONE
                trail[n_trail] = other
                n_trail += 1

        # The rest is sorted by what it adds for its size, from the order of the last row.
        n_rank = ZERO
        for i in range(steps[depth - 1, N_RANK]):
            other = rank[depth - 1, i]
            if stands[other] != OPEN:
                continue
            add, size = coef[depth, other], units[other, column]
            ratio = -np.inf if add < 0 else np.inf
            if size > 0:
                ratio = add / size
            key[other] = ratio
            place = n_rank
            while place > 0 and ratio < key[rank[depth, place - 1]]:
                rank[depth, place] = rank[depth, place - 1]
                place -= 1
            rank[depth, place] = other
            n_rank += 1
        steps[depth, N_RANK] = n_rank
    at[DEPTH], at[N_TRAIL] = depth, n_trail
    at[N_ROOT_NODES], at[N_FOUND] = n_root, n_found
    at[N_NODES] += nodes
    return done
