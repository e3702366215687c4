"""The compiled loops of the lower bound: the cheapest set of units around a point.

Every unit has a price for each unit of its mass. A set around a point costs the sum of
mass times (squared distance less price); its size must keep a range, and units may be
taken in part. A k-d tree hands the units out in the order in which they pay, so that a
set costs no more time than its own units and their surroundings.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import NO, ONE, ZERO, compiled

__all__ = [
    "Scratch",
    "Span",
    "Tree",
    "cover",
    "grow_tree",
    "make_scratch",
    "raise_prices",
    "squares",
    "thinned",
    "tree_order",
    "visit",
]

LEAF = 8
"""Units in a leaf of the tree; up to twice as many."""


class Tree(NamedTuple):
    """Units in the order of a k-d tree with 2 ** depth leaves, and what its nodes hold.

    Node j has the children 2 j + 1 and 2 j + 2; node p of level l holds the units
    p * n // 2 ** l up to (p + 1) * n // 2 ** l.
    """

    xy: NDArray[np.float64]
    mass: NDArray[np.float64]
    """Shape (n_units,), > 0: weight of each unit in the inertia."""
    size: NDArray[np.float64]
    """Shape (n_units,), >= 0: what the range counts."""
    price: NDArray[np.float64]
    box: NDArray[np.float64]
    """Shape (n_nodes, 4): least x and y, greatest x and y."""
    worth: NDArray[np.float64]
    """Shape (n_nodes, 2): least and greatest mass over size, inf where the size is 0."""
    top: NDArray[np.float64]
    """Shape (n_nodes,): the greatest price."""


class Scratch(NamedTuple):
    """Memory that is used again for every set."""

    key: NDArray[np.float64]
    """Shape (n_nodes + n_units,): a heap of what comes next, the cheapest first."""
    item: NDArray[np.int64]
    """Same shape: a unit, or -1 - j for node j."""
    units: NDArray[np.int64]
    """Shape (n_units,): the set."""
    share: NDArray[np.float64]
    """Shape (n_units,): how much of each unit is in the set."""


class Span(NamedTuple):
    """The range that the size of a set must keep."""

    lower: float
    upper: float


def tree_order(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the order in which a k-d tree holds its units."""
    n_units = xy.shape[0]
    order = np.arange(n_units)
    for level in range(depth_of(n_units)):
        starts = n_units * np.arange(2**level + 1) // 2**level
        node = np.repeat(np.arange(2**level), np.diff(starts))
        at = xy[order]
        extent = np.maximum.reduceat(at, starts[:-1]) - np.minimum.reduceat(at, starts[:-1])
        axis = (extent[:, 1] > extent[:, 0]).astype(np.int64)[node]
        order = order[np.lexsort((at[np.arange(n_units), axis], node))]
    return order


def depth_of(n_units: int) -> int:
    """Return how often a tree of so many units halves them."""
    return max(0, math.floor(math.log2(n_units / LEAF)))


def grow_tree(
    xy: NDArray[np.float64], mass: NDArray[np.float64], size: NDArray[np.float64]
) -> Tree:
    """Return the tree over units that stand in its order; no unit has a price yet."""
    n_units = mass.size
    with np.errstate(divide="ignore"):
        worth = mass / size
    boxes, worths = [], []
    for level in range(depth_of(n_units) + 1):
        starts = n_units * np.arange(2**level) // 2**level
        corners = [np.minimum.reduceat(xy, starts), np.maximum.reduceat(xy, starts)]
        boxes.append(np.concatenate(corners, axis=1))
        least, greatest = np.minimum.reduceat(worth, starts), np.maximum.reduceat(worth, starts)
        worths.append(np.stack([least, greatest], axis=1))
    box = np.concatenate(boxes)
    none = np.zeros(n_units)
    return Tree(xy, mass, size, none, box, np.concatenate(worths), np.zeros(box.shape[0]))


def thinned(places: NDArray[np.float64], side: float) -> NDArray[np.float64]:
    """Return places of which no two lie in the same small square, the first of each.

    Neighbors follow each other, so that memory is read in order.
    """
    _, first = np.unique(np.round(places / (0.08 * side)), axis=0, return_index=True)
    places = places[first]
    strip = np.floor(places[:, 0] / (3 * side))
    return np.ascontiguousarray(places[np.lexsort((places[:, 1], strip))])


def make_scratch(n_units: int) -> Scratch:
    """Return memory for sets of so many units."""
    length = n_units + 2 ** (depth_of(n_units) + 1) - 1
    key, item = np.empty(length), np.empty(length, np.int64)
    return Scratch(key, item, np.empty(n_units, np.int64), np.empty(n_units))


def squares(box: NDArray[np.float64], side: float, most: int) -> tuple[NDArray[np.float64], float]:
    """Return the middles of squares that cover `box`, about `most` of them, and their side."""
    extent = box[2:] - box[:2]
    side = max(side, math.sqrt(extent[0] * extent[1] / most), float(extent.max()) / most)
    columns, rows = (max(1, math.ceil(length / side)) for length in extent)
    column, row = np.divmod(np.arange(columns * rows), rows)
    return box[:2] + side * (np.stack([column, row], axis=1) + 0.5), side


def raise_prices(tree: Tree, price: NDArray[np.float64]) -> None:
    """Set the prices (in the tree's order) and what the nodes know of them. O(n)."""
    tree.price[:] = price
    leaves = tree.top.size // 2 + 1
    starts = price.size * np.arange(leaves) // leaves
    tree.top[leaves - 1 :] = np.maximum.reduceat(price, starts)
    while leaves > 1:
        below = tree.top[leaves - 1 : 2 * leaves - 1].reshape(-1, 2)
        leaves //= 2
        tree.top[leaves - 1 : 2 * leaves - 1] = below.max(axis=1)


def visit(
    tree: Tree, scratch: Scratch, points: NDArray[np.float64], shift: float, span: Span
) -> NDArray[np.float64]:
    """Return for each point the least cost around it with raised prices, and what its set says.

    Shape (n_points, 4): the cost; then what the same set costs around its own center
    without the raise, which is never below the least cost anywhere; and that center. Both
    costs are inf, and the center is the point, where no set keeps the range.
    """
    found, none = np.empty((points.shape[0], 4)), np.empty(0)
    _look_around(tree, scratch, points, shift, span, 1.0, found, none, none)
    return found


def cover(
    tree: Tree, scratch: Scratch, points: NDArray[np.float64], warmth: float, span: Span
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what share of every unit the cheap sets around `points` hold, and how cheap they are.

    The first is a mean over the sets, where one that costs c weighs ``exp(-c / warmth)``:
    the slope of the soft minimum of all costs. The second is the least cost of the sets
    that hold the unit, where none does the greatest of these. Points move to the centers
    of their sets.
    """
    n_units = tree.mass.size
    held, least = np.zeros(n_units), np.full(n_units, np.inf)
    found = np.empty((points.shape[0], 4))
    total = _look_around(tree, scratch, points, 0.0, span, warmth, found, held, least)
    points[:] = found[:, 2:]
    if total == 0.0:
        return held, np.zeros(n_units)
    return held / total, np.minimum(least, least[least < np.inf].max())


@compiled
def _look_around(
    tree: Tree,
    scratch: Scratch,
    points: NDArray[np.float64],
    shift: float,
    span: Span,
    warmth: float,
    found: NDArray[np.float64],
    held: NDArray[np.float64],
    least: NDArray[np.float64],
) -> float:
    """Fill `found` as ``visit`` says and, unless they are empty, `held` and `least`.

    Begin with `held` zero and `least` inf; the weights that `held` is yet to be divided by
    are returned. Around a point units come in the order of cost over size: first as long as
    they pay, up to the upper end, then as long as the lower end wants them.
    O(s log s) for a set of s units.

    One kernel for both, since most of it is the search for a set, and no whole arrays or
    slices: all that takes long to compile.
    """
    key, item = scratch.key, scratch.item
    units, share = scratch.units, scratch.share
    xy, price = tree.xy, tree.price
    masses, sizes = tree.mass, tree.size
    box, worths, top = tree.box, tree.worth, tree.top
    lower, upper = span.lower, span.upper
    n_units = masses.size
    first = top.size // 2
    total, reference = 0.0, np.inf
    for p in range(points.shape[0]):
        x, y = points[p, 0], points[p, 1]
        key[0], item[0], length = -np.inf, -1, ONE
        filled = cost = mass = sum_x = sum_y = 0.0
        taken, full = ZERO, NO
        while length > 0 and not full:
            ratio, at = key[0], item[0]
            if (ratio >= 0.0) & (filled >= lower):
                full = True
                continue
            # The top of the heap leaves, the last entry sinks from there.
            length -= 1
            last_key, last_item = key[length], item[length]
            hole = ZERO
            while True:
                child = 2 * hole + 1
                if child >= length:
                    break
                if child + 1 < length and key[child + 1] < key[child]:
                    child += 1
                if key[child] >= last_key:
                    break
                key[hole], item[hole] = key[child], item[child]
                hole = child
            key[hole], item[hole] = last_key, last_item
            if at >= 0:
                size = sizes[at]
                end = upper if ratio < 0.0 else lower
                part = 1.0
                if (size > 0.0) & (filled + size >= end):
                    part = max(0.0, (end - filled) / size)
                    full = True
                    if part == 0.0:
                        continue
                dx, dy = xy[at, 0] - x, xy[at, 1] - y
                own = part * masses[at]
                cost += own * (dx * dx + dy * dy - price[at] - shift)
                mass += own
                sum_x += own * dx
                sum_y += own * dy
                filled += part * size
                units[taken], share[taken] = at, part
                taken += 1
                continue
            node = -1 - at
            inner = node < first
            if inner:
                low, high = 2 * node + 1, 2 * node + 3
            else:
                low = n_units * (node - first) // (first + 1)
                high = n_units * (node - first + 1) // (first + 1)
            for new in range(low, high):
                if inner:
                    dx = max(box[new, 0] - x, x - box[new, 2])
                    dy = max(box[new, 1] - y, y - box[new, 3])
                    dx, dy = max(0.0, dx), max(0.0, dy)
                    loss = dx * dx + dy * dy - top[new] - shift
                    worth = worths[new, 0] if loss > 0.0 else worths[new, 1]
                    entry = -1 - new
                else:
                    dx, dy = xy[new, 0] - x, xy[new, 1] - y
                    loss = dx * dx + dy * dy - price[new] - shift
                    worth = masses[new] / sizes[new] if sizes[new] > 0.0 else np.inf
                    entry = new
                if (loss >= 0.0) & (worth == np.inf):
                    # What has no size is taken only where it pays.
                    continue
                ratio = loss * worth if loss != 0.0 else 0.0
                hole = length
                length += 1
                while hole > 0:
                    parent = (hole - 1) // 2
                    if key[parent] <= ratio:
                        break
                    key[hole], item[hole] = key[parent], item[parent]
                    hole = parent
                key[hole], item[hole] = ratio, entry
        found[p, 2], found[p, 3] = x, y
        if (not full) & (filled < lower):
            found[p, 0], found[p, 1] = np.inf, np.inf
            continue
        off = 0.0
        if mass > 0.0:
            found[p, 2], found[p, 3] = x + sum_x / mass, y + sum_y / mass
            dx, dy = found[p, 2] - x, found[p, 3] - y
            off = dx * dx + dy * dy
        found[p, 0] = cost
        cost += mass * (shift - off)
        found[p, 1] = cost
        if (taken == 0) | (held.size == 0):
            continue
        if not reference - cost < 100.0 * warmth:
            # Weights are ratios to a set that has become far too dear.
            fade = math.exp((cost - reference) / warmth) if total > 0.0 else 0.0
            for unit in range(n_units):
                held[unit] *= fade
            total *= fade
            reference = cost
        weight = math.exp((reference - cost) / warmth)
        total += weight
        for i in range(taken):
            unit = units[i]
            held[unit] += weight * share[i]
            before = least[unit]
            least[unit] = cost if cost < before else before
    return total
