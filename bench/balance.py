"""Balance by hours: how even the hours of grids are, and how even whole compounds let them be.

``python -m bench.balance`` takes about five minutes. General grids of Hankou are divided twice
at the same ranges, with households as the load and with hours. A grid's deviation is its hours
over the mean of its community's grids, less one; the pooled coefficient of variation is the root
of the mean squared deviation over all grids of communities with two or more.

The bound is the least such figure of any plan with as many grids that keeps compounds whole and
households in range: a mixed-integer program for each community, in which every grid is a tree's
worth of flow from one root. Squares are bounded by tangents from below, so that it holds.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from gridpart import partition, read_district
from gridpart.dividing import Task, whole_problem
from gridpart.rules import load_rules
from gridpart.solvers import Weights
from gridpart.territory import prepare_units, survey

HANKOU = Path(__file__).parents[1] / "data/samples/hankou"
LEVEL = "general"
TANGENTS = np.linspace(-0.6, 0.8, 57)
"""Deviations at which squares are bounded by a tangent."""
GAP = 1e-3
"""Share by which the bound may stay below the best plan."""


class Found(NamedTuple):
    """One plan, as it is compared."""

    cv: float
    compactness: float
    radius_m: float
    counts: dict[str, int]
    """Community to its number of grids."""


def general_rules(load):
    """Return the rules of Qixian with no level below the general one, and another load."""
    rules = load_rules("qixian")
    kept = [v.id for v in rules.levels]
    kept = kept[: kept.index(LEVEL) + 1]
    urban, rural = (
        tuple(v for v in levels if v.id in kept) for levels in (rules.levels, rules.rural_levels)
    )
    return replace(rules, levels=urban, rural_levels=rural, load=load, staffing=None)


def deviations(grids):
    """Return each grid's hours over its community's mean, less one, where there are several."""
    by_community = grids.groupby("community_id")["hours"]
    several = by_community.transform("size") > 1
    return (grids["hours"] / by_community.transform("mean") - 1)[several].to_numpy()


def measured(district, load, seed):
    """Return the figures of one plan."""
    grids = partition(district, general_rules(load), seed=seed).grids(LEVEL)
    return Found(
        cv=float(np.sqrt((deviations(grids) ** 2).mean())),
        compactness=float(grids["polsby_popper"].mean()),
        radius_m=float(grids["radius_m"].mean()),
        counts=grids.groupby("community_id").size().to_dict(),
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
    rows = _Rows()
    for unit in range(n):
        rows.add(member[unit], 1, 1, 1)
    for k in range(n_grids):
        for size, low, high in zip(problem.sizes.T, problem.lower, problem.upper, strict=True):
            rows.add(member[:, k], size, low, high)
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
    return max(0.0, answer.mip_dual_bound or 0.0)


def main():
    """Print the figures of both plans for every seed, their medians, and the bound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--seconds", type=float, default=60, help="for the bound of a community")
    asked = parser.parse_args()
    district = read_district(HANKOU)
    print("seed  load        CV     compactness  radius m")
    found = {"households": [], "hours": []}
    for seed in range(asked.seeds):
        for load, plans in found.items():
            plans.append(measured(district, load, seed))
            cv, compactness, radius_m, counts = plans[-1]
            print(
                f"{seed:>4}  {load:<10}  {cv:.4f}  {compactness:.3f}  {radius_m:>12.0f}", flush=True
            )
    even, by_hours = (np.median([p.cv for p in plans]) for plans in found.values())
    print(f"median  {even:.4f} and {by_hours:.4f}: {by_hours / even:.3f}")
    print("community     units  grids  least CV")
    total, n_grids = 0.0, 0
    for community, problem in problems(district):
        count = counts.get(community, 0)
        if count < 2:
            continue
        squares = least_squares(problem, count, asked.seconds)
        total, n_grids = total + squares, n_grids + count
        least = np.sqrt(squares / count)
        print(f"{community}  {problem.n_units:>5}  {count:>5}  {least:.4f}", flush=True)
    bound = np.sqrt(total / n_grids)
    print(f"no plan is below  {bound:.4f}: {bound / even:.3f} of households")


if __name__ == "__main__":
    main()
