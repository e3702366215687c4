"""Balance by hours: how even the hours of grids are, and how even whole compounds let them be.

``python -m bench.balance`` takes about six minutes. General grids of Hankou are divided three
times at the same ranges: with households as the load, with hours, and with hours where
compounds may be divided for the balance, at a price. A grid's deviation is its hours over the
mean of its community's grids, less one; the pooled coefficient of variation is the root of the
mean squared deviation over all grids of communities with two or more.

The bound is the least such figure of any plan that keeps compounds whole and households in
range: a mixed-integer program for each community and number of grids, in which every grid is a
tree's worth of flow from one root. Squares are bounded by tangents from below, so that it holds.
Most numbers of grids that the arithmetic allows no packing of whole compounds does, contiguous
or not; they are left out.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from gridpart import partition, read_district
from gridpart.arithmetic import feasible_counts
from gridpart.dividing import Task, whole_problem
from gridpart.rules import load_rules
from gridpart.solvers import Weights
from gridpart.territory import prepare_units, survey

HANKOU = Path(__file__).parents[1] / "data/samples/hankou"
LEVEL = "general"
TANGENTS = np.linspace(-0.6, 0.8, 57)
"""Deviations at which squares are bounded by a tangent."""
OPENED = {"compounds": 0.25, "balance": 0.2}
"""Weights of the third plan: a compound may be divided for a grid 50 % off the mean."""
INFEASIBLE = 2
"""Status of a program that nothing solves."""
GAP = 1e-3
"""Share by which the bound may stay below the best plan."""


class Found(NamedTuple):
    """One plan, as it is compared."""

    cv: float
    compactness: float
    radius_m: float
    counts: dict[str, int]
    """Community to its number of grids."""
    n_broken: int
    """Grids out of range."""
    n_opened: int
    """Compounds in several grids."""


def general_rules(load, **weights):
    """Return the rules of Qixian with no level below the general one, another load and weights."""
    rules = load_rules("qixian")
    kept = [v.id for v in rules.levels]
    kept = kept[: kept.index(LEVEL) + 1]
    urban, rural = (
        tuple(v for v in levels if v.id in kept) for levels in (rules.levels, rules.rural_levels)
    )
    return replace(
        rules, levels=urban, rural_levels=rural, load=load, staffing=None,
        weights=replace(rules.weights, **weights),
    )  # fmt: skip


def variants():
    """Return the rules of the plans that are compared, by what is printed of them."""
    return {
        "households": general_rules("households"),
        "hours": general_rules("hours"),
        "hours, opened": general_rules("hours", **OPENED),
    }


def deviations(grids):
    """Return each grid's hours over its community's mean, less one, where there are several."""
    by_community = grids.groupby("community_id")["hours"]
    several = by_community.transform("size") > 1
    return (grids["hours"] / by_community.transform("mean") - 1)[several].to_numpy()


def measured(district, rules, seed):
    """Return the figures of one plan."""
    plan = partition(district, rules, seed=seed)
    grids = plan.grids(LEVEL)
    return Found(
        cv=float(np.sqrt((deviations(grids) ** 2).mean())),
        compactness=float(grids["polsby_popper"].mean()),
        radius_m=float(grids["radius_m"].mean()),
        counts=grids.groupby("community_id").size().to_dict(),
        n_broken=sum(breach.level == LEVEL and breach.hard for breach in plan.report.breaches),
        n_opened=sum(note.kind == "opened" for note in plan.notes),
    )


def problems(district):
    """Yield each community and its problem, hours as the load and fitting compounds whole."""
    rules = general_rules("hours")
    units, _, _ = prepare_units(district, rules)
    for at in range(len(district.communities)):
        place = survey(district, rules, units, at)
        level = next(v for v in place.levels if v.id == LEVEL)
        task = Task(place.ground, level, np.arange(place.ground.n_units), Weights())
        yield place.community["community_id"], whole_problem(task)


class _Rows:
    """Rows of a sparse system, gathered one by one."""

    def __init__(self):
        self.rows, self.columns, self.values, self.low, self.high = [], [], [], [], []

    @classmethod
    def of_members(cls, problem, member):
        """Return the rows that put each unit into one grid, and every grid in range."""
        rows = cls()
        for unit in member:
            rows.add(unit, 1, 1, 1)
        for grid in member.T:
            for size, low, high in zip(problem.sizes.T, problem.lower, problem.upper, strict=True):
                rows.add(grid, size, low, high)
        return rows

    def add(self, columns, values, low, high):
        columns = np.atleast_1d(columns)
        self.rows.append(np.full(columns.size, len(self.low)))
        self.columns.append(columns)
        self.values.append(np.broadcast_to(np.asarray(values, float), columns.shape))
        self.low.append(low)
        self.high.append(high)

    def constraint(self, n_columns):
        where = np.concatenate(self.rows), np.concatenate(self.columns)
        shape = len(self.low), n_columns
        matrix = coo_array((np.concatenate(self.values), where), shape=shape)
        return LinearConstraint(matrix.tocsr(), self.low, self.high)


def least_squares(problem, n_grids, seconds):
    """Return a lower bound on the sum of squared deviations of the load of `n_grids` grids.

    The largest unit is the root of the first grid; the root of another is its first unit.
    """
    n, graph = problem.n_units, problem.graph
    heads, tails = graph.heads, graph.indices
    load = problem.load / (problem.load.sum() / n_grids)
    member = np.arange(n * n_grids).reshape(n, n_grids)
    root = member + member.size
    flow = 2 * member.size + np.arange(heads.size * n_grids).reshape(-1, n_grids)
    square = 2 * member.size + flow.size + np.arange(n_grids)
    n_columns = 2 * member.size + flow.size + n_grids
    largest = int(np.argmax(problem.load))
    rows = _Rows.of_members(problem, member)
    for k in range(n_grids):
        for at in TANGENTS:
            columns, values = np.append(member[:, k], square[k]), np.append(-2 * at * load, 1)
            rows.add(columns, values, -2 * at - at * at, np.inf)
        rows.add(root[:, k], 1, 1, 1)
        for unit in range(n):
            into, out = flow[tails == unit, k], flow[heads == unit, k]
            own = member[unit, k], root[unit, k]
            rows.add(own[::-1], [1, -1], -np.inf, 0)
            columns = np.concatenate([into, out, own])
            values = np.concatenate([np.ones(into.size), -np.ones(out.size), [-1, n]])
            rows.add(columns, values, 0, np.inf)
            values = np.append(np.ones(into.size), 1 - n)
            rows.add(np.append(into, own[0]), values, -np.inf, 0)
            if k > 0:
                for before in np.setdiff1d(np.arange(unit), largest):
                    rows.add([root[unit, k], member[before, k]], 1, -np.inf, 1)
    least, most = np.zeros(n_columns), np.ones(n_columns)
    most[flow.ravel()], most[square] = n, n_grids**2
    least[[member[largest, 0], root[largest, 0]]] = 1
    cost = np.zeros(n_columns)
    cost[square] = 1
    answer = milp(
        cost,
        constraints=rows.constraint(n_columns),
        integrality=np.arange(n_columns) < 2 * member.size,
        bounds=Bounds(least, most),
        options={"time_limit": seconds, "mip_rel_gap": GAP},
    )
    if answer.status == INFEASIBLE:
        return np.inf
    return max(0.0, answer.mip_dual_bound or 0.0)


def packed(problem, n_grids, seconds):
    """Return whether units may fit `n_grids` grids in range, contiguous or not."""
    n = problem.n_units
    member = np.arange(n * n_grids).reshape(n, n_grids)
    rows = _Rows.of_members(problem, member)
    answer = milp(
        np.zeros(member.size),
        constraints=rows.constraint(member.size),
        integrality=1,
        bounds=Bounds(0, 1),
        options={"time_limit": seconds},
    )
    return answer.status != INFEASIBLE


def numbers(problem, seconds):
    """Return the numbers of grids that the first measure allows and whole units may fit."""
    total, low, high = (
        float(v[0]) for v in (problem.sizes.sum(axis=0), problem.lower, problem.upper)
    )
    return [k for k in feasible_counts(total, low, high) if packed(problem, k, seconds)]


def least_pooled(choices):
    """Return the least pooled coefficient of variation, one (squares, grids) per community.

    The least ratio of two sums over choices: each round takes what is least at the ratio
    of the round before (Dinkelbach 1967).
    """
    ratio = np.inf
    while True:
        at = 1.0 if np.isinf(ratio) else ratio
        squares, grids = np.sum([min(c, key=lambda v: v[0] - at * v[1]) for c in choices], axis=0)
        if squares / grids >= ratio:
            return float(np.sqrt(ratio))
        ratio = squares / grids


def main():
    """Print the figures of the plans for every seed, their medians, and the bound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--seconds", type=float, default=60, help="for each program of the bound")
    asked = parser.parse_args()
    district = read_district(HANKOU)
    print("seed  plan          CV      compactness  radius m  broken  opened")
    found = {name: [] for name in variants()}
    for seed in range(asked.seeds):
        for name, rules in variants().items():
            plan = measured(district, rules, seed)
            found[name].append(plan)
            print(
                f"{seed:>4}  {name:<12}  {plan.cv:.4f}  {plan.compactness:>11.3f}"
                f"  {plan.radius_m:>8.0f}  {plan.n_broken:>6}  {plan.n_opened:>6}",
                flush=True,
            )
    median = {name: np.median([plan.cv for plan in plans]) for name, plans in found.items()}
    even = median["households"]
    for name, cv in median.items():
        print(f"median  {name:<12}  {cv:.4f}: {cv / even:.3f} of households")
    print("community     units  grids  least CV")
    choices = []
    for community, problem in problems(district):
        options = []
        for count in numbers(problem, asked.seconds):
            squares = least_squares(problem, count, asked.seconds)
            least = f"{np.sqrt(squares / count):.4f}" if np.isfinite(squares) else "no plan"
            print(f"{community}  {problem.n_units:>5}  {count:>5}  {least}", flush=True)
            options.append((squares, count))
        if options and min(count for _, count in options) > 1:
            choices.append(options)
    bound = least_pooled(choices)
    print(f"no plan with whole compounds is below  {bound:.4f}: {bound / even:.3f} of households")


if __name__ == "__main__":
    main()
