"""The compiled loops of the annealing.

Kernels trust their callers: they never raise, print or allocate per move, and every one
has a slow twin in ``tests/support/oracle.py``.

Grids are numbered 0..n_grids-1 and each is in one piece whenever a kernel that
moves units is entered; every kernel keeps it so.

The module is long because all of this calls each other, and numba's disk cache sees no
edit in a kernel of another module.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import ONE, ZERO, compiled, inner
from gridpart.model import Graph

__all__ = [
    "IDLE",
    "Energy",
    "Instance",
    "State",
    "anneal",
    "cool",
    "heats",
    "stays_contiguous",
    "tally",
]

X, Y, MASS, LOAD, SIZES = 0, 1, 2, 3, 4
"""Columns of ``Instance.units`` and ``State.grids``; sizes take the last n_measures columns."""

COLDEST, HOTTEST = 0.1, 30.0
"""Least and greatest heat of a grid, over that of a mean one."""

SLACK = 1e-9
"""Rounding that no sum of a grid breaks a range by, relative to the sum where that is above 1."""

NEAR, FAR = 20, 200
"""Units that a search for a way around looks at, where one is rare and where it is not."""
RARE, ENOUGH = 0.1, 100
"""Share of searches with success below which they are rare; searches that tell."""

HOPELESS = 12.0
"""A rise in energy of so many temperatures is never accepted: its chance is 6e-6."""


class Instance(NamedTuple):
    """What does not change during a search."""

    graph: Graph
    cost: NDArray[np.float64]
    """Shape (2 * n_edges,): cost of a border between two grids."""
    rim: NDArray[np.float64]
    """Shape (n_units,): cost of a unit's borders together, the most that a move saves."""
    units: NDArray[np.float64]
    """Shape (n_units, 4 + n_measures): x, y, mass, load, sizes; the mass is > 0."""
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    per_size: NDArray[np.float64]
    """Shape (n_measures,): one over the mean grid, so that breaches are ratios."""
    tight: NDArray[np.float64]
    """Shape (n_measures,): weight of the evenness of each measure, 0 where it has room."""
    free: NDArray[np.bool_]
    """Shape (n_units,): False for units that may not move."""


class State(NamedTuple):
    """What a search changes: labels, sums and the list of units at a border."""

    labels: NDArray[np.int32]
    grids: NDArray[np.float64]
    """Shape (n_grids, 4 + n_measures): center of mass, then sums of mass, load and sizes."""
    members: NDArray[np.int64]
    """Shape (n_grids,): number of units."""
    anchors: NDArray[np.float64]
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
    searches: NDArray[np.int64]
    """Shape (2,): capped searches for a way around, and how many found one."""
    spread: NDArray[np.float64]
    """Shape (n_grids,): inertia a unit of each grid, fixed between tallies."""
    change: NDArray[np.float64]
    """Shape (1,): what the moves of the last ``anneal`` changed in the energy."""


class Energy(NamedTuple):
    """Weights of the energy, and the temperature."""

    temperature: float
    range: float
    """Of the amount out of range, in mean grids."""
    even: float
    """Of the squares of sizes, in mean grids, where the range is tight."""
    inertia: float
    balance: float
    border: float
    radius: float
    max_radius_m: float
    swap: float
    """Share of proposals that also send a unit back."""
    spread: float = 0.0
    """Inertia a unit in a mean grid: a grid with more is as much hotter; 0 for one heat."""


IDLE = Energy(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, math.inf, 0.0)
"""No energy at all, where only the sums of a tally are wanted."""


@inner
def stays_contiguous(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    labels: NDArray[np.int32],
    mark: NDArray[np.int64],
    queue: NDArray[np.int32],
    searches: NDArray[np.int64],
    unit: int,
    cap: int,
) -> bool:
    """Return whether the grid of `unit` stays in one piece without it.

    First a flood among the unit's own neighbors, then a breadth-first search of
    at most `cap` units; beyond that the answer is False, which is safe.
    O(degree squared) in the usual case, O(cap * degree) at worst.
    """
    grid = labels[unit]
    mark[-1] += 2
    wanted = mark[-1]
    seen = wanted + 1
    mark[-1] = seen
    n_wanted, first = ZERO, -ONE
    for e in range(indptr[unit], indptr[unit + 1]):
        other = indices[e]
        if labels[other] == grid:
            mark[other] = wanted
            n_wanted += 1
            first = other
    if n_wanted <= 1:
        return n_wanted == 1
    mark[first] = seen
    queue[0] = first
    head, tail, found = ZERO, ONE, ONE
    while head < tail:
        at = queue[head]
        head += 1
        for e in range(indptr[at], indptr[at + 1]):
            other = indices[e]
            if mark[other] == wanted:
                mark[other] = seen
                queue[tail] = other
                tail += 1
                found += 1
    if found == n_wanted:
        return True
    searches[0] += 1
    mark[unit] = seen
    head = ZERO
    while head < tail < cap:
        at = queue[head]
        head += 1
        for e in range(indptr[at], indptr[at + 1]):
            other = indices[e]
            if labels[other] == grid and mark[other] != seen:
                if mark[other] == wanted:
                    found += 1
                    if found == n_wanted:
                        searches[1] += 1
                        return True
                mark[other] = seen
                queue[tail] = other
                tail += 1
    return False


@inner
def _touches(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    labels: NDArray[np.int32],
    unit: int,
    grid: int,
    but: int,
) -> bool:
    """Return whether `unit` has a neighbor in `grid` other than `but`."""
    for e in range(indptr[unit], indptr[unit + 1]):
        other = indices[e]
        if other != but and labels[other] == grid:
            return True
    return False


@inner
def _cut_change(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    cost: NDArray[np.float64],
    labels: NDArray[np.int32],
    unit: int,
    old: int,
    new: int,
    moved: int | np.int64,
) -> float:
    """Return the change in border cost when `unit` goes from `old` to `new`.

    The unit `moved`, if any, is read as if it were in `old`.
    """
    change = 0.0
    for e in range(indptr[unit], indptr[unit + 1]):
        other = indices[e]
        label = old if other == moved else labels[other]
        if label == old:
            change += cost[e]
        elif label == new:
            change -= cost[e]
    return change


@inner
def _beyond(x: float, y: float, anchors: NDArray[np.float64], grid: int, far: float) -> float:
    """Return how far a place lies beyond the radius around its grid's anchor, over the radius."""
    dx, dy = x - anchors[grid, X], y - anchors[grid, Y]
    return max(0.0, math.sqrt(dx * dx + dy * dy) / far - 1.0)


@inner
def _unlist_unit(
    border: NDArray[np.int32], place: NDArray[np.int32], n_border: int, unit: int
) -> int:
    """Take `unit` out of the border list and return the list's new length."""
    last, hole = border[n_border - 1], place[unit]
    border[hole] = last
    place[last] = hole
    place[unit] = -1
    return n_border - 1


@inner
def _move(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    units: NDArray[np.float64],
    free: NDArray[np.bool_],
    labels: NDArray[np.int32],
    grids: NDArray[np.float64],
    members: NDArray[np.int64],
    border: NDArray[np.int32],
    place: NDArray[np.int32],
    n_out: NDArray[np.int32],
    n_border: int,
    unit: int,
    new: int,
) -> int:
    """Move `unit` to grid `new` and return the new length of the border list."""
    old = labels[unit]
    labels[unit] = new
    mass = units[unit, MASS]
    leaving = mass / (grids[old, MASS] - mass)
    joining = mass / (grids[new, MASS] + mass)
    for axis in range(2):
        at = units[unit, axis]
        from_, to = grids[old, axis], grids[new, axis]
        grids[old, axis] = from_ - leaving * (at - from_)
        grids[new, axis] = to + joining * (at - to)
    for column in range(MASS, units.shape[1]):
        amount = units[unit, column]
        grids[old, column] -= amount
        grids[new, column] += amount
    members[old] -= 1
    members[new] += 1
    out = ZERO
    for e in range(indptr[unit], indptr[unit + 1]):
        other = 0 + indices[e]  # as in `anneal`
        label = labels[other]
        out += label != new
        if label == old:
            n_out[other] += 1
            if place[other] < 0 and free[other]:
                border[n_border] = other
                place[other] = n_border
                n_border += 1
        elif label == new:
            n_out[other] -= 1
            if n_out[other] == 0 and place[other] >= 0:
                n_border = _unlist_unit(border, place, n_border, other)
    n_out[unit] = out
    if out == 0:
        n_border = _unlist_unit(border, place, n_border, unit)
    return n_border


@compiled
def anneal(
    instance: Instance,
    state: State,
    energy: Energy,
    heat: NDArray[np.float64],
    n_proposals: int,
    cap: int,
    random: NDArray[np.uint64],
) -> int:
    """Propose `n_proposals` moves of border units at one temperature; return moves made.

    The temperature of a move is the mean of its two grids', `heat` is half of each.

    Metropolis decides first and contiguity is tested only where it says yes. A
    proposal costs O(1) for the inertia and O(degree) for the border; the test of
    contiguity searches at most `cap` units. `random` holds the nonzero state of a
    xorshift generator (Marsaglia 2003, *Journal of Statistical Software* 8(14)).

    Arrays are taken out of their tuples once: handing the tuples on costs more than
    a proposal does.
    """
    indptr, indices, cost = instance.graph.indptr, instance.graph.indices, instance.cost
    rim, units, free = instance.rim, instance.units, instance.free
    lower, upper, per_size = instance.lower, instance.upper, instance.per_size
    tight = instance.tight
    labels, grids = state.labels, state.grids
    members, anchors = state.members, state.anchors
    border, place, n_out = state.border, state.place, state.n_out
    mark, queue, searches = state.mark, state.queue, state.searches
    far = energy.max_radius_m
    nobody = -ONE
    swaps = np.uint64(energy.swap * 256.0)
    low_byte, low_word = np.uint64(255), np.uint64(0xFFFFFF00)
    s13, s7, s17 = np.uint64(13), np.uint64(7), np.uint64(17)
    s32, s11 = np.uint64(32), np.uint64(11)
    n_measures = lower.size
    n_border = state.n_border[0]
    word = random[0]
    moved = ZERO
    total = 0.0
    for _ in range(n_proposals):
        if n_border == 0:
            break
        # One draw chooses the unit (high bits), its neighbor and whether to swap (low bits).
        word ^= word << s13
        word ^= word >> s7
        word ^= word << s17
        # The 0 makes 64 bits of 32: for units of two types all kernels are compiled twice.
        unit = 0 + border[np.int64(((word >> s32) * np.uint64(n_border)) >> s32)]
        old = labels[unit]
        begin = indptr[unit]
        degree = np.uint64(indptr[unit + 1] - begin)
        via = indices[begin + np.int64(((word & low_word) * degree) >> s32)]
        new = labels[via]
        if (new == old) | (members[old] <= 1):
            continue
        back = -1
        if (word & low_byte) < swaps:
            word ^= word << s13
            word ^= word >> s7
            word ^= word << s17
            begin = indptr[via]
            degree = np.uint64(indptr[via + 1] - begin)
            pick = np.int64(((word >> s32) * (degree + np.uint64(1))) >> s32)
            back = 0 + (via if begin + pick == indptr[via + 1] else indices[begin + pick])
            if labels[back] != new or not free[back] or members[new] <= 1:
                continue
            if not _touches(indptr, indices, labels, back, old, unit):
                continue

        # What the move changes in the energy; with a swap, both moves one after the other.
        x, y, mass = units[unit, X], units[unit, Y], units[unit, MASS]
        x_old, y_old, mass_old = grids[old, X], grids[old, Y], grids[old, MASS]
        x_new, y_new, mass_new = grids[new, X], grids[new, Y], grids[new, MASS]
        dx_old, dy_old = x - x_old, y - y_old
        dx_new, dy_new = x - x_new, y - y_new
        delta = mass * (
            mass_new / (mass_new + mass) * (dx_new * dx_new + dy_new * dy_new)
            - mass_old / (mass_old - mass) * (dx_old * dx_old + dy_old * dy_old)
        )
        if back >= 0:
            leaving, joining = mass / (mass_old - mass), mass / (mass_new + mass)
            mass_old -= mass
            mass_new += mass
            x, y, mass = units[back, X], units[back, Y], units[back, MASS]
            dx_old, dy_old = x - x_old + leaving * dx_old, y - y_old + leaving * dy_old
            dx_new, dy_new = x - x_new - joining * dx_new, y - y_new - joining * dy_new
            delta += mass * (
                mass_old / (mass_old + mass) * (dx_old * dx_old + dy_old * dy_old)
                - mass_new / (mass_new - mass) * (dx_new * dx_new + dy_new * dy_new)
            )
        delta *= energy.inertia
        breach = uneven = 0.0
        for m in range(n_measures):
            size = units[unit, SIZES + m]
            if back >= 0:
                size -= units[back, SIZES + m]
            from_, to = grids[old, SIZES + m], grids[new, SIZES + m]
            low, high, rate = lower[m], upper[m], per_size[m]
            breach += rate * (
                max(0.0, low - from_ + size)
                + max(0.0, from_ - size - high)
                - max(0.0, low - from_)
                - max(0.0, from_ - high)
                + max(0.0, low - to - size)
                + max(0.0, to + size - high)
                - max(0.0, low - to)
                - max(0.0, to - high)
            )
            uneven += tight[m] * rate * rate * size * (to - from_ + size)
        delta += energy.range * breach + 2 * energy.even * uneven
        temperature = heat[old] + heat[new]
        if energy.balance > 0:
            load = units[unit, LOAD]
            if back >= 0:
                load -= units[back, LOAD]
            delta += 2 * energy.balance * load * (grids[new, LOAD] - grids[old, LOAD] + load)
        if energy.radius > 0:
            x, y = units[unit, X], units[unit, Y]
            change = _beyond(x, y, anchors, new, far) - _beyond(x, y, anchors, old, far)
            if back >= 0:
                x, y = units[back, X], units[back, Y]
                change += _beyond(x, y, anchors, old, far) - _beyond(x, y, anchors, new, far)
            delta += energy.radius * change
        if energy.border > 0:
            saved = rim[unit] if back < 0 else rim[unit] + rim[back]
            if delta - energy.border * saved >= HOPELESS * temperature:
                continue
            cut = _cut_change(indptr, indices, cost, labels, unit, old, new, nobody)
            if back >= 0:
                cut += _cut_change(indptr, indices, cost, labels, back, new, old, unit)
            delta += energy.border * cut
        if delta > 0:
            if delta >= HOPELESS * temperature:
                continue
            word ^= word << s13
            word ^= word >> s7
            word ^= word << s17
            if (word >> s11) * (1.0 / 9007199254740992.0) >= math.exp(-delta / temperature):
                continue

        if not stays_contiguous(indptr, indices, labels, mark, queue, searches, unit, cap):
            continue
        if back >= 0:
            labels[unit] = new
            whole = _touches(indptr, indices, labels, unit, new, back) and stays_contiguous(
                indptr, indices, labels, mark, queue, searches, back, cap
            )
            labels[unit] = old
            if not whole:
                continue
        n_border = _move(
            indptr, indices, units, free, labels, grids, members, border, place, n_out,
            n_border, unit, new,
        )  # fmt: skip
        if back >= 0:
            n_border = _move(
                indptr, indices, units, free, labels, grids, members, border, place, n_out,
                n_border, back, old,
            )  # fmt: skip
        moved += 1
        total += delta
    state.n_border[0] = n_border
    state.change[0] = total
    random[0] = word
    return moved


@compiled
def tally(
    instance: Instance, state: State, energy: Energy, radius_breach: float, beat: float
) -> tuple[float, float]:
    """Recompute sums, centers and the border list from the labels, O(n_units + n_edges).

    Returns the total breach, to nine digits, and every term of the energy but the range and
    the evenness: what plans are compared by. `radius_breach` is what counts as breach of what
    units lie beyond the radius. The energy is inf where the breach is above `beat`.

    One kernel, and no whole arrays, for the sake of the time that it takes to compile.
    """
    indptr, indices, cost = instance.graph.indptr, instance.graph.indices, instance.cost
    units, labels, grids = instance.units, state.labels, state.grids
    members, anchors, spread = state.members, state.anchors, state.spread
    border, place, n_outs = state.border, state.place, state.n_out
    lower, upper, per_size = instance.lower, instance.upper, instance.per_size
    for grid in range(members.size):
        members[grid] = 0
        spread[grid] = 0.0
        for column in range(units.shape[1]):
            grids[grid, column] = 0.0
    n_border = ZERO
    for unit in range(labels.size):
        grid = labels[unit]
        mass = units[unit, MASS]
        for axis in range(2):
            grids[grid, axis] += mass * units[unit, axis]
        for column in range(MASS, units.shape[1]):
            grids[grid, column] += units[unit, column]
        members[grid] += 1
        n_out = ZERO
        for e in range(indptr[unit], indptr[unit + 1]):
            n_out += labels[indices[e]] != grid
        n_outs[unit] = n_out
        place[unit] = -1
        if n_out > 0 and instance.free[unit]:
            border[n_border] = unit
            place[unit] = n_border
            n_border += 1
    state.n_border[0] = n_border
    breach = balance = 0.0
    for grid in range(members.size):
        for axis in range(2):
            grids[grid, axis] /= grids[grid, MASS]
            anchors[grid, axis] = grids[grid, axis]
        load = grids[grid, LOAD]
        balance += load * load
        for m in range(lower.size):
            size = grids[grid, SIZES + m]
            out = max(size - upper[m], lower[m] - size)
            if out > SLACK * max(1.0, abs(size)):
                breach += out * per_size[m]
    inertia = cut = radius = 0.0
    for unit in range(labels.size):
        grid = labels[unit]
        x, y = units[unit, X], units[unit, Y]
        dx, dy = x - grids[grid, X], y - grids[grid, Y]
        own = units[unit, MASS] * (dx * dx + dy * dy)
        spread[grid] += own / members[grid]
        inertia += own
        if energy.radius > 0 or radius_breach > 0:
            beyond = _beyond(x, y, anchors, grid, energy.max_radius_m)
            breach += radius_breach * beyond
            radius += beyond
        if energy.border > 0 and beat >= 0 and n_outs[unit] > 0:
            for e in range(indptr[unit], indptr[unit + 1]):
                if labels[indices[e]] != grid:
                    cut += 0.5 * cost[e]
    breach = round(breach * 1e9) / 1e9
    if breach > beat:
        return breach, np.inf
    return breach, (
        energy.inertia * inertia
        + energy.balance * balance
        + energy.border * cut
        + energy.radius * radius
    )


def heats(state: State, energy: Energy) -> NDArray[np.float64]:
    """Return half the temperature of each grid, in proportion to the inertia of its units.

    What is cold for sparse outskirts is hot for a dense center.
    """
    heat = np.full(state.members.size, 0.5 * energy.temperature)
    if energy.spread > 0:
        heat *= np.minimum(HOTTEST, np.maximum(COLDEST, state.spread / energy.spread))
    return heat


def cool(
    instance: Instance,
    state: State,
    energy: Energy,
    stages: NDArray[np.float64],
    rated: NDArray[np.bool_],
    n_proposals: int,
    radius_breach: float,
    random: NDArray[np.uint64],
    best: NDArray[np.int32],
    least: NDArray[np.float64],
) -> None:
    """Anneal stage by stage with `n_proposals` each, and keep the best plan of those rated.

    `stages` has a row of temperature, penalty on the range and penalty on unevenness for
    each, and `rated` tells after which the plan is rated. `best` and `least`, its two marks
    of ``tally``, are overwritten by a better one.

    Not compiled: that would save a sixth of the time on 1,000 units, but a kernel that holds
    ``anneal`` once more takes half as long again to compile all.
    """
    for stage in range(stages.shape[0]):
        # On a map most grids that fall apart around a unit do so for good; on a lattice or
        # a tree nearly none does.
        searches, found = state.searches[0], state.searches[1]
        cap = NEAR if found < RARE * searches and searches > ENOUGH else FAR
        state.searches[:] = 0
        now = Energy(
            stages[stage, 0],
            stages[stage, 1],
            stages[stage, 2],
            energy.inertia,
            energy.balance,
            energy.border,
            energy.radius + stages[stage, 1] * radius_breach,
            energy.max_radius_m,
            energy.swap,
            energy.spread,
        )
        anneal(instance, state, now, heats(state, now), n_proposals, cap, random)
        beat = least[0] if rated[stage] else -1.0
        breach, value = tally(instance, state, energy, radius_breach, beat)
        if rated[stage] and (breach < least[0] or (breach == least[0] and value < least[1])):
            least[0], least[1] = breach, value
            best[:] = state.labels
