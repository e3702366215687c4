"""How good a plan can be at all: lower bounds, whatever the search finds.

The bound on the inertia gives every unit a price for each unit of its mass. A plan pays
all prices once, so that it costs no less than the sum of all prices plus, for each of
its grids, the cheapest set of units that keeps the range: mass times (squared distance
from the best center less price). That holds for any prices; good ones are found by
moving them until cheap sets hold all units equally. Contiguity is dropped, units may be
taken in part, and centers may lie anywhere, so that a gap of a few percent stays.
"""

import itertools
import math
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridpart import _kernels_prices as kernels
from gridpart.arithmetic import EPSILON
from gridpart.model import Problem
from gridpart.objective import grid_sums, masses
from gridpart.solvers.stop import Stop

__all__ = ["balance_bound", "inertia_bound"]

RENEWAL = 10
"""Rounds after which the points are chosen anew."""
POINTS, SPARSE = 20, 8
"""Units for each grid around which to look for cheap sets, on a large map fewer."""
LOOKS = 10
"""Units for each grid around which every round looks, other ones each time."""
CROWD = 1.5
"""Steps are full up to this mean square of what the cheap sets hold, where 1 is a cover."""
ROUNDS, MOST_ROUNDS = 80, 200
"""Rounds of the quick bound for 1,000 units, and the most of them for a small map."""
LARGE, HUGE = 20_000, 200_000
"""From here on fewer units are looked around, and from there on prices are only leveled."""
NEAR = 8
"""Grids that the first price of a unit is a mean of."""
TIGHT_UNITS = 3_000
"""Up to here a tight bound takes all its rounds."""
VISITS = 2_000
"""Squares that are looked at for each grid, at most."""


class Cooling(NamedTuple):
    """How many rounds, and how much dearer than the cheapest a cheap set is, in mean grids."""

    rounds: int
    first: float
    last: float
    levelings: int = 1
    """How often, after that, all sets are made equally dear."""


TIGHT = (Cooling(60, 0.01, 0.002), Cooling(100, 0.003, 0.0005))


class Offer(NamedTuple):
    """Prices, the bound that they prove, and where the cheap sets lie."""

    price: NDArray[np.float64]
    bound: float
    points: NDArray[np.float64]


class Market(NamedTuple):
    """Units in the order of a tree, the range that binds most, and the scale of a plan."""

    tree: kernels.Tree
    scratch: kernels.Scratch
    span: kernels.Span
    fewest: int
    most: int
    """Numbers of grids that the ranges admit."""
    first_price: NDArray[np.float64]
    centers: NDArray[np.float64]
    """Shape (n_grids, 2): the centers of the plan's grids."""
    inertia: float
    """Mean of the plan's grids."""
    mean_mass: float
    """Of the grids of a plan with the most grids."""
    momentum: float
    """How long prices keep moving: less where no range holds the sets' sizes."""
    side: float
    """Root of the plan's inertia over its mass: 0.7 of the radius of a round grid."""


def inertia_bound(
    problem: Problem,
    labels: NDArray[np.int32],
    *,
    effort: Literal["quick", "tight"] = "quick",
    stop: Stop | None = None,
) -> float:
    """Return what the inertia of no plan that keeps the ranges can be below.

    Parameters
    ----------
    problem : Problem
        With the exact number of grids, or any that the ranges admit.
    labels : ndarray of int32, shape (n_units,)
        A plan to begin from. A better one gives a better bound; the bound holds for any.
    effort : {"quick", "tight"}
        About as long as a short search, or twice as long for another half percent.
    stop : callable, optional
        Asked between rounds; without it the bound is the same on every machine.

    Returns
    -------
    float
        In mass times square meters, >= 0; 0 where nothing better is known.
    """
    n_units = problem.n_units
    market = open_market(problem, labels)
    if market is None:
        return 0.0
    began, done = time.monotonic(), itertools.count()

    def stopped() -> bool:
        return stop is not None and stop(None, next(done), time.monotonic() - began)

    offer = Offer(market.first_price, 0.0, market.centers)
    bounds = [0.0]
    for cooling in schedule(n_units, effort):
        if len(bounds) > 1 and stopped():
            break
        offer = improved(market, offer, cooling, stopped)
        bounds.append(offer.bound)
    return max(bounds)


def schedule(n_units: int, effort: Literal["quick", "tight"]) -> list[Cooling]:
    """Return how to move the prices, one entry for each time that the bound is computed."""
    if n_units > HUGE:
        return [Cooling(0, 1.0, 0.01, levelings=2)]
    rounds = min(MOST_ROUNDS, round(ROUNDS * (1000 / n_units) ** 0.25))
    last = max(0.003, 0.87**rounds)
    then = Cooling(rounds // 2, max(0.01, last), max(0.003, last / 3))
    quick = [Cooling(rounds, 1.0, last), then]
    if effort == "quick":
        return quick
    part = min(1.0, TIGHT_UNITS / n_units)
    return quick + [c._replace(rounds=math.ceil(part * c.rounds)) for c in TIGHT]


def open_market(problem: Problem, labels: NDArray[np.int32]) -> Market | None:
    """Return the units and the scale of a plan as the kernels take them.

    None where no number of grids keeps the ranges, or every unit may stand alone.
    """
    # One order for every order of the rows, so that sums and ties are the same.
    order = np.lexsort((problem.load, problem.xy[:, 1], problem.xy[:, 0]))
    order = order[kernels.tree_order(problem.xy[order])]
    xy = problem.xy[order] - problem.xy[order[0]]
    mass = masses(problem.load[order])
    grid = np.unique(labels[order], return_inverse=True)[1].astype(np.int32)
    total = grid_sums(grid, mass, int(grid.max()) + 1)
    centers = grid_sums(grid, xy * mass[:, None], total.size) / total[:, None]
    square = ((xy - centers[grid]) ** 2).sum(axis=1)
    inertia = np.bincount(grid, weights=mass * square)
    size, lower, upper, fewest, most = binding_range(problem, order, mass, total.size)
    if fewest > most or lower > min(upper, size.sum()):
        return None
    if most >= problem.n_units or not inertia.sum() > 0:
        return None
    mean = inertia.sum() / mass.sum()
    return Market(
        tree=kernels.grow_tree(xy, mass, size),
        scratch=kernels.make_scratch(mass.size),
        span=kernels.Span(lower, upper),
        fewest=fewest,
        most=most,
        first_price=first_price(xy, centers, inertia / total, total),
        centers=centers[np.lexsort(centers.T)],
        inertia=float(inertia.mean()),
        mean_mass=float(mass.sum()) / most,
        momentum=0.8 if lower > 0 or upper < size.sum() else 0.5,
        side=math.sqrt(mean),
    )


def first_price(
    xy: NDArray[np.float64],
    centers: NDArray[np.float64],
    spread: NDArray[np.float64],
    mass: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what a unit of mass costs around each place: three quarters of what it does in a plan.

    `spread` is the inertia of each grid over its mass. A place has a geometric mean of the
    grids around it, since inertia differs a hundredfold between dense and sparse parts.
    """
    spread = np.maximum(spread, 1e-6 * float(np.average(spread, weights=mass)))
    far, grid = cKDTree(centers).query(xy, k=np.arange(1, 1 + min(NEAR, mass.size)))
    weight = np.log(mass[grid] / spread[grid]) - far**2 / (2 * spread[grid])
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    price: NDArray[np.float64] = 0.75 * np.exp(
        (weight * np.log(spread[grid])).sum(axis=1) / weight.sum(axis=1)
    )
    return price


def binding_range(
    problem: Problem, order: NDArray[np.int64], mass: NDArray[np.float64], n_grids: int
) -> tuple[NDArray[np.float64], float, float, int, int]:
    """Return the sizes and the range of the measure that binds most, and the numbers of grids.

    Ends are a little wider than the judge's. Where the number of grids is given, what the
    other grids must and can hold narrows the range.
    """
    fewest, most = 1, problem.n_units
    if problem.n_grids is not None:
        fewest = most = problem.n_grids
    best, width = (mass, -math.inf, math.inf), math.inf
    for size, low, high in zip(problem.sizes[order].T, problem.lower, problem.upper, strict=True):
        total = float(size.sum())
        lower = low - 2 * EPSILON * max(1.0, abs(low)) if math.isfinite(low) else -math.inf
        upper = high + 2 * EPSILON * max(1.0, abs(high)) if math.isfinite(high) else math.inf
        if problem.n_grids is not None:
            others = problem.n_grids - 1
            slack = EPSILON * max(1.0, total)
            lower, upper = (
                max(lower, total - others * upper - slack) if others else total - slack,
                min(upper, total - others * max(lower, 0.0) + slack),
            )
        elif upper > 0 and total > 0:
            fewest = max(fewest, math.ceil(total * (1 - EPSILON) / upper))
            most = min(most, math.floor(total * (1 + EPSILON) / lower)) if lower > 0 else most
        mean = total / n_grids
        spread = (min(upper, total) - max(lower, 0.0)) / mean if mean > 0 else math.inf
        if spread < width:
            best, width = (np.ascontiguousarray(size), lower, upper), spread
    return (*best, fewest, most)


def improved(market: Market, offer: Offer, cooling: Cooling, stopped: Callable[[], bool]) -> Offer:
    """Return an offer with other prices, whose bound is better in most cases."""
    tree, tolerance = market.tree, min(0.003, cooling.last / 2)
    price, points = moved(market, offer, cooling, stopped)
    found = offer
    if cooling.rounds:
        found = value(market, price, tolerance)
        points = np.concatenate([points, found.points])
    for turn in range(cooling.levelings):
        # Lower the prices of what a cheap set holds until all sets are equally dear.
        kernels.raise_prices(tree, price)
        points, _ = renewed(market, points, cooling.last * market.inertia, turn)
        _, least = kernels.cover(tree, market.scratch, points, market.inertia, market.span)
        price = price + (least - np.average(least, weights=tree.mass)) / market.mean_mass
    level = value(market, price, tolerance)
    points = np.concatenate([points, level.points])
    return max(found, level, key=lambda o: o.bound)._replace(points=points)


def moved(
    market: Market, offer: Offer, cooling: Cooling, stopped: Callable[[], bool]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the prices after so many rounds, and where the cheap sets lay.

    Every round raises the price of what the cheap sets hold too little of and lowers that
    of what they hold too much of, while what counts as cheap grows narrower.
    """
    tree, price, points = market.tree, offer.price, offer.points
    speed = np.zeros_like(price)
    warmths = np.geomspace(cooling.first, cooling.last, cooling.rounds) * market.inertia
    stride = max(2, tree.mass.size // (LOOKS * market.centers.shape[0]))
    for step, warmth in enumerate(warmths):
        if stopped():
            break
        kernels.raise_prices(tree, price + market.momentum * speed)
        if step % RENEWAL == 0:
            points, n_grids = renewed(market, points, warmth, step // RENEWAL)
        # Around units too, cheap or not: the price of one that no set holds would rise
        # until it sinks the bound.
        looks = np.concatenate([points, tree.xy[step % stride :: stride]])
        held, _ = kernels.cover(tree, market.scratch, looks, warmth, market.span)
        points = looks[: points.shape[0]]
        held *= n_grids
        # Where few sets hold nearly all, a full step would throw the cover to other sets.
        pace = min(1.0, CROWD / max(1.0, float(np.average(held**2, weights=tree.mass))))
        push = np.clip(pace * (1.0 - held), -3.0, 3.0) * (warmth / market.mean_mass)
        speed = market.momentum * speed + push
        price = price + speed
    return price, points


def renewed(
    market: Market, points: NDArray[np.float64], warmth: float, turn: int
) -> tuple[NDArray[np.float64], int]:
    """Return where the cheap sets lie now, and the number of grids that the bound counts with.

    Sets are looked for around `points` and around units, other ones each turn.
    """
    xy, grids = market.tree.xy, market.centers.shape[0]
    density = POINTS if xy.shape[0] <= LARGE else SPARSE
    stride = max(1, xy.shape[0] // (density * grids))
    fresh = xy[turn * 7 % stride :: stride]
    if turn % 2:
        fresh = (fresh[1:] + fresh[:-1]) / 2
    found = kernels.visit(
        market.tree, market.scratch, np.concatenate([fresh, points]), 0.0, market.span
    )
    found = found[np.argsort(found[:, 1], kind="stable")]
    least = float(found[0, 1])
    worst = float(found[min(4 * grids, found.shape[0] - 1), 1])
    places = found[found[:, 1] <= max(worst, least + 8 * warmth), 2:]
    return kernels.thinned(places, market.side), market.most if least < 0 else market.fewest


def value(market: Market, price: NDArray[np.float64], tolerance: float) -> Offer:
    """Return the bound that `price` proves, and where the cheapest sets lie.

    The bound is at most `tolerance` of the plan's inertia below what the price could prove.
    The map is cut into squares. A set whose center lies in a square costs no less than
    around the middle of the square with every price raised by the squared distance to its
    corners; squares that may hold the cheapest set of all are cut into four.
    """
    tree = market.tree
    kernels.raise_prices(tree, price)
    grids = market.centers.shape[0]
    points, side = kernels.squares(tree.box[0], 2 * market.side, 8 * grids + 64)
    least, bound, visits = np.inf, np.inf, 0
    near = [points[:0]]
    while points.size:
        found = kernels.visit(tree, market.scratch, points, side**2 / 2, market.span)
        least = min(least, float(found[:, 1].min()))
        near.append(found[found[:, 1] < least + 0.02 * market.inertia, 2:])
        open_ = found[:, 0] < least - tolerance * market.inertia
        visits += points.shape[0]
        if visits + 4 * open_.sum() > VISITS * grids:
            open_[:] = False
        bound = min(bound, float(found[~open_, 0].min(initial=np.inf)))
        side /= 2
        corners = side / 2 * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
        points = (points[open_][:, None, :] + corners).reshape(-1, 2)
    paid = tree.mass * price
    rounding = 1e-12 * (float(np.abs(paid).sum()) + market.most * (abs(bound) + market.inertia))
    proven = float(paid.sum()) + min(market.fewest * bound, market.most * bound) - rounding
    return Offer(price, proven, np.concatenate(near))


def balance_bound(problem: Problem, n_grids: int) -> float:
    """Return what the sum of squared relative deviations of the load cannot be below.

    A unit heavier than the mean of what remains stands alone at best; the others share
    the rest evenly, in whole steps where all loads are whole.
    """
    load = np.sort(problem.load)[::-1]
    total = math.fsum(load)
    if total <= 0:
        return 0.0
    whole = (load == np.floor(load)).all() and total < 2**53
    step = float(np.gcd.reduce(load.astype(np.int64))) if whole else 0.0
    alone, rest = 0, total
    while alone < min(n_grids - 1, load.size) and load[alone] > rest / (n_grids - alone):
        rest -= load[alone]
        alone += 1
    others = n_grids - alone
    grids = np.concatenate([load[:alone], np.full(others, rest / others)])
    if step > 0:
        low, more = divmod(round(rest / step), others)
        grids[alone:] = step * low
        grids[alone : alone + more] += step
    bound = float((((grids * n_grids - total) / total) ** 2).sum())
    return max(0.0, bound * (1 - EPSILON) - EPSILON**2)
