"""A plan near the one in force: what changes has to be worth the change.

Two ways lead there: the old plan, mended where it breaks a range, and a plan drawn anew.
From both a descent by single units goes down the sum of the energy and of what moving
costs, and the better end is taken. Ranges come first on every step, as they do in a search
without a past.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels, _kernels_plans, objective
from gridpart.arithmetic import EPSILON
from gridpart.model import Problem, Solution
from gridpart.objective import Weights
from gridpart.solvers import solve
from gridpart.solvers.construct import bisected, canonical, grown
from gridpart.solvers.counts import least_violation
from gridpart.solvers.pieces import component_members, in_one_piece, subproblem
from gridpart.solvers.refine import Watch, repair
from gridpart.solvers.restarts import first_plan
from gridpart.solvers.stop import Stop

__all__ = ["continued", "moved_share", "solve_near"]

SCALE = 3.0
"""Cost of moving everybody, beside a plan whose mean grid costs about one in each term."""
SWEEPS = 20
"""Rounds over all units in one descent, which seldom takes five."""

Labels = NDArray[np.int32]


def solve_near(
    problem: Problem,
    home: NDArray[np.int32],
    mass: NDArray[np.float64],
    stability: float,
    *,
    weights: Weights,
    seed: np.random.SeedSequence,
    stop: Stop | None = None,
) -> Solution:
    """Return the best plan found where leaving one's old grid costs something.

    Parameters
    ----------
    problem : Problem
        Without a number of grids and without locks.
    home : ndarray of int32, shape (n_units,)
        Old grid of each unit, -1 for none.
    mass : ndarray of float64, shape (n_units,)
        Households of each unit.
    stability : float
        Weight of the share of households that move.
    weights : Weights
    seed : SeedSequence
    stop : callable, optional
    """
    members = component_members(problem.graph)
    if len(members) > 1:
        return _piece_by_piece(
            problem, members, (home, mass, stability), weights=weights, seed=seed, stop=stop
        )
    searched, *children = seed.spawn(2)
    free = solve(problem, weights=weights, seed=searched, stop=stop)
    if free.stopped_by != "budget" or not (home >= 0).any():
        return free
    labels = _old_plan(problem, home)
    cost = _Cost(problem, weights, home, mass, stability)
    rng = np.random.default_rng(children[0])
    plans = [free.labels, _descended(cost, free.labels)]
    near = _descended(cost, labels)
    plans.append(near)
    best = min(map(cost.rated, plans))[0]
    if cost.rated(near)[0] > best + EPSILON:
        for start in (near, _resized(problem, near)):
            plans.append(_descended(cost, _repaired(cost, start, rng, stop)))
    chosen = min(((cost.rated(plan), n) for n, plan in enumerate(plans)))[1]
    labels = canonical(plans[chosen])
    n_grids = int(labels.max()) + 1
    breach = objective.violation(problem, labels, n_grids)
    return replace(free, labels=labels, n_grids=n_grids, violation=breach)


def _piece_by_piece(
    problem: Problem,
    members: list[NDArray[np.int64]],
    past: tuple[NDArray[np.int32], NDArray[np.float64], float],
    *,
    weights: Weights,
    seed: np.random.SeedSequence,
    stop: Stop | None,
) -> Solution:
    """Solve each connected piece alone and number the grids through."""
    home, mass, stability = past
    labels = np.zeros(problem.n_units, np.int32)
    found: list[Solution] = []
    offset = 0
    for units, child in zip(members, seed.spawn(len(members)), strict=True):
        part = subproblem(problem, units)
        own = solve_near(
            part, home[units], mass[units], stability, weights=weights, seed=child, stop=stop
        )
        labels[units] = own.labels + offset
        offset += own.n_grids
        found.append(own)
    labels = canonical(labels)
    why = next((s.stopped_by for s in found if s.stopped_by != "budget"), "budget")
    value, proposals = sum(s.objective for s in found), sum(s.iterations for s in found)
    breach = objective.violation(problem, labels, offset)
    return Solution(labels, offset, value, breach, why, proposals)


def moved_share(labels: Labels, home: NDArray[np.int32], mass: NDArray[np.float64]) -> float:
    """Return the share of the households with an old grid that are not in what continues it."""
    held = home >= 0
    total = float(mass[held].sum())
    stays = held & (continued(labels, home, mass)[labels] == home)
    return 1.0 - float(mass[stays].sum()) / total if total > 0 else 0.0


def continued(
    labels: Labels, home: NDArray[np.int32], mass: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Return the old grid that each grid continues, -1 for none: most in common goes first."""
    n_grids = int(labels.max()) + 1
    found = np.full(n_grids, -1, np.int32)
    held = np.flatnonzero(home >= 0)
    pairs, inverse = np.unique(
        np.stack([labels[held], home[held]], axis=1), axis=0, return_inverse=True
    )
    shared = np.bincount(inverse.ravel(), mass[held], len(pairs))
    taken = set()
    for at in np.lexsort((pairs[:, 0], pairs[:, 1], -shared)) if len(pairs) else ():
        grid, old = int(pairs[at, 0]), int(pairs[at, 1])
        if found[grid] < 0 and old not in taken:
            found[grid] = old
            taken.add(old)
    return found


class _Cost:
    """What plans are compared by, whatever their number of grids."""

    def __init__(
        self,
        problem: Problem,
        weights: Weights,
        home: NDArray[np.int32],
        mass: NDArray[np.float64],
        stability: float,
    ) -> None:
        self.problem, self.home, self.mass = problem, home, mass
        self.weights = weights
        self.total = max(float(mass[home >= 0].sum()), 1e-9)
        self.stability = SCALE * stability
        self._energies: dict[int, _kernels.Energy] = {}

    def energy(self, n_grids: int) -> _kernels.Energy:
        """Return the weights for a number of grids."""
        if n_grids not in self._energies:
            first = first_plan(self.problem, n_grids)
            self._energies[n_grids] = objective.weigh(self.problem, self.weights, first, n_grids)
        return self._energies[n_grids]

    def rated(self, labels: Labels) -> tuple[float, float]:
        """Return the breach, and energy and change together; both on the scale of one grid."""
        n_grids = int(labels.max()) + 1
        breach = objective.violation(self.problem, labels, n_grids) / n_grids
        energy = objective.energy_of(self.problem, self.energy(n_grids), labels, n_grids)
        moved = moved_share(labels, self.home, self.mass)
        return round(breach, 9), energy / n_grids + self.stability * moved


def _old_plan(problem: Problem, home: NDArray[np.int32]) -> Labels:
    """Return the old plan with every grid in one piece and a grid for every unit.

    Of an old grid in pieces the heaviest keeps its name, and units without a grid join one
    beside them. The graph must be connected.
    """
    labels = np.where(home >= 0, home, -1).astype(np.int32)
    piece = _kernels_plans.label_components(problem.graph, labels)
    weight = np.bincount(piece, objective.masses(problem.load))
    for grid in np.unique(labels[labels >= 0]):
        own = np.unique(piece[labels == grid])
        loose = own[own != own[np.argmax(weight[own])]]
        labels[np.isin(piece, loose)] = -1
    used, numbers = np.unique(labels[labels >= 0], return_inverse=True)
    labels[labels >= 0] = numbers.astype(np.int32)
    return grown(problem, labels, used.size)


def _resized(problem: Problem, labels: Labels) -> Labels:
    """Return a plan with grids above the maximum split and those below the minimum joined."""
    labels = canonical(labels)
    for _ in range(2 * (int(labels.max()) + 1)):
        sums = objective.grid_sums(labels, problem.sizes, int(labels.max()) + 1)
        over = np.flatnonzero((sums > problem.upper).any(axis=1))
        changed = False
        for grid in over:
            own = np.flatnonzero(labels == grid)
            if own.size < 2:
                continue
            halves = bisected(subproblem(problem, own), 2)
            split = labels.copy()
            split[own[halves == 1]] = int(labels.max()) + 1
            if in_one_piece(problem.graph, split) and _amount(problem, split) < _amount(
                problem, labels
            ):
                labels, changed = split, True
                break
        if changed:
            continue
        joined = _best_join(problem, labels)
        if joined is None:
            break
        labels = joined
    return labels


def _best_join(problem: Problem, labels: Labels) -> Labels | None:
    """Return the plan with the two neighboring grids joined that gain most, None for none."""
    heads, tails = labels[problem.graph.heads], labels[problem.graph.indices]
    pairs = np.unique(np.stack([heads, tails], axis=1)[heads < tails], axis=0)
    now = _amount(problem, labels)
    best: tuple[float, Labels] | None = None
    for low, high in pairs:
        joined = canonical(np.where(labels == high, low, labels).astype(np.int32))
        amount = _amount(problem, joined)
        if amount < now - EPSILON and (best is None or amount < best[0]):
            best = amount, joined
    return None if best is None else best[1]


def _amount(problem: Problem, labels: Labels) -> float:
    n_grids = int(labels.max()) + 1
    return objective.violation(problem, labels, n_grids) / n_grids


def _repaired(cost: _Cost, labels: Labels, rng: np.random.Generator, stop: Stop | None) -> Labels:
    """Return the plan with grids out of range annealed again among their neighbors."""
    labels = canonical(labels)
    n_grids = int(labels.max()) + 1
    if n_grids < 2:
        return labels
    floor = least_violation(cost.problem, n_grids)
    return repair(cost.problem, cost.energy(n_grids), labels, floor, rng, Watch(stop=stop))


def _descended(cost: _Cost, labels: Labels) -> Labels:
    """Return the plan after every move of one unit that lowers the breach, or else the cost."""
    labels = canonical(labels)
    best = cost.rated(labels)
    for _ in range(SWEEPS):
        local = _Local(cost, labels)
        moved = sum(local.improve(int(unit)) for unit in local.border_units())
        rated = cost.rated(local.labels)
        if not moved or rated >= best:
            break
        best, labels = rated, local.labels
    return labels


class _Local:
    """Sums of a plan, kept while units move one by one."""

    def __init__(self, cost: _Cost, labels: Labels) -> None:
        problem = self.problem = cost.problem
        self.labels = labels.copy()
        self.n_grids = int(labels.max()) + 1
        self.energy = cost.energy(self.n_grids)
        self.mass = objective.masses(problem.load)
        xy = problem.xy - problem.xy.mean(axis=0)
        columns = [self.mass[:, None], self.mass[:, None] * xy, problem.load[:, None]]
        self.units = np.concatenate([*columns, problem.sizes], axis=1)
        self.sums = objective.grid_sums(self.labels, self.units, self.n_grids)
        self.members = np.bincount(self.labels, minlength=self.n_grids)
        self.scale = objective.mean_sizes(problem, self.n_grids)
        heir_of = continued(labels, cost.home, cost.mass)
        lives = cost.home >= 0
        self.away = lives[:, None] & (cost.home[:, None] != heir_of[None, :])
        self.price = cost.stability * cost.mass / cost.total * self.n_grids

    def border_units(self) -> NDArray[np.int64]:
        """Return the units beside another grid, ascending."""
        graph = self.problem.graph
        cut = self.labels[graph.heads] != self.labels[graph.indices]
        return np.unique(graph.heads[cut]).astype(np.int64)

    def improve(self, unit: int) -> bool:
        """Move a unit to the neighboring grid that gains most; return whether it moved."""
        old = int(self.labels[unit])
        if self.members[old] == 1:
            return False
        near = np.unique(self.labels[self.problem.graph.neighbors(unit)])
        ranked = sorted((*self._gain(unit, old, int(new)), int(new)) for new in near if new != old)
        for breach, value, new in ranked:
            if breach > EPSILON or (breach > -EPSILON and value > -EPSILON):
                return False
            if self._stays_whole(unit, old):
                self.labels[unit] = new
                self.sums[old] -= self.units[unit]
                self.sums[new] += self.units[unit]
                self.members[old] -= 1
                self.members[new] += 1
                return True
            return False
        return False

    def _gain(self, unit: int, old: int, new: int) -> tuple[float, float]:
        """Return how breach and cost change when a unit goes from one grid to another."""
        before = [self._grid(self.sums[g], g, None) for g in (old, new)]
        after = [
            self._grid(self.sums[old] - self.units[unit], old, -unit - 1),
            self._grid(self.sums[new] + self.units[unit], new, unit),
        ]
        breach = sum(b for b, _ in after) - sum(b for b, _ in before)
        value = sum(v for _, v in after) - sum(v for _, v in before)
        graph = self.problem.graph
        rows = slice(graph.indptr[unit], graph.indptr[unit + 1])
        others, costs = self.labels[graph.indices[rows]], self.problem.border_cost[rows]
        value += self.energy.border * float(costs[others == old].sum() - costs[others == new].sum())
        moved = float(self.away[unit, new]) - float(self.away[unit, old])
        return round(breach, 9), value + float(self.price[unit]) * moved

    def _grid(
        self, sums: NDArray[np.float64], grid: int, changed: int | None
    ) -> tuple[float, float]:
        """Return the breach and the energy of one grid, but for its border.

        `changed` is a unit that joins it, or minus a unit that leaves it, less one.
        """
        mass, x, y, load, *_ = sums.tolist()
        sizes = sums[4:]
        slack = EPSILON * np.maximum(1.0, np.abs(sizes))
        out = np.maximum(sizes - self.problem.upper, self.problem.lower - sizes)
        breach = float((np.where(out > slack, out, 0.0) / self.scale).sum())
        own = self.energy.inertia * -(x * x + y * y) / mass + self.energy.balance * load * load
        if np.isfinite(self.problem.max_radius_m):
            far = self._beyond(np.array([x, y]) / mass, grid, changed)
            breach += self.problem.radius_breach * far
            own += self.energy.radius * far
        return breach, own

    def _beyond(self, center: NDArray[np.float64], grid: int, changed: int | None) -> float:
        """Return the sum of what lies beyond the radius of one grid, over the radius."""
        inside = self.labels == grid
        if changed is not None:
            inside[changed if changed >= 0 else -changed - 1] = changed >= 0
        xy = self.problem.xy[inside] - self.problem.xy.mean(axis=0) - center
        over = np.hypot(*xy.T) / self.problem.max_radius_m - 1.0
        return float(over[over > EPSILON].sum())

    def _stays_whole(self, unit: int, grid: int) -> bool:
        """Return whether a grid is in one piece without a unit."""
        graph, labels = self.problem.graph, self.labels
        near = [int(v) for v in graph.neighbors(unit) if labels[v] == grid]
        if len(near) < 2:
            return bool(near)
        seen, queue, wanted = {unit, near[0]}, [near[0]], set(near[1:])
        for at in queue:
            for other in graph.neighbors(at).tolist():
                if other not in seen and labels[other] == grid:
                    seen.add(other)
                    queue.append(other)
                    wanted.discard(other)
            if not wanted:
                return True
        return not wanted
