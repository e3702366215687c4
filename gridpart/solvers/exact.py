"""Proof: the best plan of a small problem, or that there is none.

Set partitioning. Columns are the connected sets that keep the ranges, the radius and the
locks; a plan covers every unit by exactly one of them. Linear programming over the
columns found so far sets a price on every unit; a walk through all connected sets finds
those that cost less than their units' prices, until none does. Whatever the prices, their
sum and the cheapest sets bound every plan from below, so that only sets within the gap to
the best plan known can be part of a better one: these are listed, and every cover by them
is looked at. The proof rests on the two walks alone; linear programming only guides it.

Source: Mehrotra, Johnson and Nemhauser (1998), *Management Science* 44(8), 1100-1114.
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels_sets as kernels
from gridpart._kernels_sets import Prices, Tables
from gridpart.arithmetic import EPSILON
from gridpart.model import Problem
from gridpart.solvers import walks
from gridpart.solvers.cases import Case, Objective, case_of, is_feasible, named, value_of
from gridpart.solvers.stop import Stop
from gridpart.solvers.walks import Progress, StoppedError, members

__all__ = ["Objective", "Proof", "solve_exact"]

Status = Literal["optimal", "infeasible", "stopped"]

POOL = 4_000
"""Columns that linear programming begins a round with at most."""
FIRST_NODES = 500
"""Sets looked at with each root in the first rounds; ten times as many when too few."""
ALL = 10**15
"""More sets than any walk looks at."""
TINY = 1e-7
"""A reduced cost that is none, where a mean grid costs about 1."""
ROUNDING = 1e-10
"""What sums of reduced costs may err by, and more."""
WITHOUT_END = 1e200
"""A gap that every set lies in."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The best plan found, and how good any plan can be."""

    labels: NDArray[np.int32] | None
    """Shape (n_units,): the locks as given; None where no plan exists or none was found."""
    value: float
    """The objective of `labels`, nan without."""
    bound: float
    """No plan is below it (for ``max_grids``: above it), to a relative 1e-9."""
    status: Status


class Duals(NamedTuple):
    """Prices of the units and of any grid; what they add up to, and how far they may overbid."""

    price: NDArray[np.float64]
    fixed: float
    base: float
    slip: float
    """No plan costs less than `base` less this."""


class _InfeasibleError(Exception):
    """No plan exists."""


def solve_exact(
    problem: Problem,
    objective: Objective,
    *,
    start: NDArray[np.int32] | None = None,
    stop: Stop | None = None,
) -> Proof:
    """Return a plan with a proof that none is better, or the proof that none exists.

    Every plan counts whose grids are contiguous and keep ranges, locks and radius; the
    radius is measured from a grid's center of mass.

    Parameters
    ----------
    problem : Problem
        Up to about 100 units in 10 grids; sizes and border costs >= 0.
    objective : {"inertia", "balance", "cut_edges", "max_grids"}
        Least moment of inertia, least sum of squared deviations of the load from the mean
        grid's, over that mean, least cost of borders, or the most grids.
    start : ndarray of int32, shape (n_units,), optional
        A plan to beat; ignored where it keeps not every rule.
    stop : callable, optional
        Asked with None, the number of sets looked at and the seconds gone.
    """
    progress = Progress(stop)
    if objective == "balance" and problem.n_grids is None:
        return _prove_each_count(problem, start, progress)
    return _prove(problem, objective, start, progress)


def _prove_each_count(
    problem: Problem, start: NDArray[np.int32] | None, progress: Progress
) -> Proof:
    """Return the most balanced plan with any number of grids."""
    best = Proof(None, np.nan, np.inf, "infeasible")
    for count in range(1, problem.n_units + 1):
        again = Progress(progress.stop, nodes=progress.nodes, began=progress.began)
        found = _prove(replace(problem, n_grids=count), "balance", start, again)
        progress.nodes = again.nodes
        if found.status == "stopped":
            better = found if best.labels is None or found.value < best.value else best
            return replace(better, bound=0.0, status="stopped")
        if found.labels is not None and not found.value >= best.bound:
            best = found
        if best.bound <= EPSILON**2:
            break
    return best


def _prove(
    problem: Problem, objective: Objective, start: NDArray[np.int32] | None, progress: Progress
) -> Proof:
    """Return the best plan for one objective and one number of grids, or any number."""
    known = start if start is not None and is_feasible(problem, start) else None
    case = case_of(problem, objective, known)
    columns = np.zeros((0, problem.n_units), np.bool_)
    if known is not None:
        _keep(case, known, progress)
        columns = np.arange(known.max() + 1)[:, None] == known[case.order]
    status: Status = "optimal"
    try:
        _close_gap(case, _price_out(case.tables, columns, progress), progress)
    except _InfeasibleError:
        status, progress.bound = "infeasible", np.inf
    except (StoppedError, KeyboardInterrupt):
        status = "stopped"
    sign = -1.0 if objective == "max_grids" else 1.0
    if objective == "max_grids":
        progress.bound = float(np.ceil(progress.bound - TINY))
    if progress.labels is None:
        return Proof(None, np.nan, sign * progress.bound * case.scale, status)
    labels = named(problem, progress.labels)
    value = value_of(problem, objective, labels)
    bound = value if status == "optimal" else min(value, progress.bound * case.scale)
    return Proof(labels, sign * value, sign * bound, status)


# --- prices, and the gap that they leave ------------------------------------------------


def _price_out(tables: Tables, columns: NDArray[np.bool_], progress: Progress) -> Duals:
    """Return prices that no set undercuts, from columns that are added while one does.

    A unit that the columns don't cover costs a penalty. Where it pays to the end, the
    question is first whether plans can do without, then it grows.
    """
    penalty = 10.0
    while True:
        columns, duals, short = _generate(tables, columns, penalty, progress)
        if short <= TINY or progress.bound >= progress.goal:
            return duals
        aside = Progress(progress.stop, goal=10 * TINY, nodes=progress.nodes, began=progress.began)
        free = tables._replace(kind=kernels.FLAT, rate=0.0)
        columns, _, _ = _generate(free, columns, 1.0, aside)
        progress.nodes = aside.nodes
        if aside.bound >= aside.goal:
            raise _InfeasibleError
        penalty *= 100
        if penalty > WITHOUT_END:
            raise StoppedError


def _generate(
    tables: Tables, columns: NDArray[np.bool_], penalty: float, progress: Progress
) -> tuple[NDArray[np.bool_], Duals, float]:
    """Return the columns, the prices of the best bound and how much is left uncovered."""
    n, max_nodes = tables.mass.size, FIRST_NODES
    best = Duals(np.zeros(n), 0.0, -np.inf, 0.0)
    while True:
        price, fixed, short = _solve_lp(tables, columns, penalty)
        prices = Prices(price, fixed, np.full(n, -TINY), True, max_nodes)
        found, complete = walks.find_sets(tables, prices, progress)
        if found is None:
            raise StoppedError
        if complete:
            base = float(price.sum()) + fixed * tables.most
            slip = -float(np.sort(prices.limit)[: tables.most].sum())
            if base - slip > best.base - best.slip:
                best = Duals(price, fixed, base, slip)
            progress.bound = max(progress.bound, base - slip - ROUNDING)
            if progress.bound >= progress.goal:
                return columns, best, short
        if found.n[0]:
            if len(columns) > POOL:
                reduced = _costs(tables, columns) - columns @ price
                columns = columns[np.argsort(reduced)[: POOL // 2]]
            columns = np.concatenate([columns, members(found.bits, n)])
        elif complete:
            return columns, best, short
        else:
            max_nodes = 10 * max_nodes if max_nodes < walks.MOST_SETS else ALL


def _solve_lp(
    tables: Tables, columns: NDArray[np.bool_], penalty: float
) -> tuple[NDArray[np.float64], float, float]:
    """Return the price of each unit and of any grid, and how much is left uncovered."""
    from scipy.optimize import linprog  # noqa: PLC0415 - a quarter second that few calls need

    n_columns, n = columns.shape
    counted = tables.fewest == tables.most
    rows = np.concatenate([columns.T, np.ones((int(counted), n_columns))]).astype(np.float64)
    spare = np.eye(n + counted)
    if counted:
        spare = np.concatenate([spare, -spare[:, -1:]], axis=1)
    cost = np.concatenate([_costs(tables, columns), np.full(spare.shape[1], penalty)])
    wanted = np.concatenate([np.ones(n), np.full(int(counted), float(tables.most))])
    answer = linprog(cost, A_eq=np.concatenate([rows, spare], axis=1), b_eq=wanted)
    if answer.status != 0 or answer.x is None:
        raise StoppedError
    dual: NDArray[np.float64] = np.array(answer.eqlin["marginals"])
    return dual[:n].copy(), float(dual[n]) if counted else 0.0, float(answer.x[n_columns:].sum())


def _costs(tables: Tables, columns: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the cost of each set, as the walk does."""
    held = columns.astype(np.float64)
    if tables.kind == kernels.INERTIA:
        mass = held * tables.mass
        center = mass @ tables.xy / mass.sum(axis=1)[:, None]
        return np.asarray(mass @ (tables.xy**2).sum(axis=1) - mass.sum(axis=1) * (center**2).sum(1))
    if tables.kind == kernels.BALANCE:
        return np.asarray(tables.rate * (held @ tables.load / tables.mean_load - 1.0) ** 2)
    if tables.kind == kernels.CUT:
        cut = columns[:, tables.graph.heads] != columns[:, tables.graph.indices]
        return np.asarray(cut @ tables.cost / 4)
    return np.full(len(columns), tables.rate)


def _close_gap(case: Case, duals: Duals, progress: Progress) -> None:
    """List the sets within a gap above the prices' sum and look at every cover by them.

    The gap grows until a cover is found, which then is the best plan, or until it reaches
    the plan known, which then is. Where it holds too many sets a quarter must do.
    """
    tables, full = case.tables, np.inf
    gap = 0.01 * max(1.0, abs(duals.base))
    while progress.bound < progress.goal:
        near = max(0.0, min(gap, progress.goal - duals.base))
        if near > 1e4 * max(1.0, abs(duals.base)):
            near = WITHOUT_END
        limit = np.full(tables.mass.size, near + duals.slip + ROUNDING)
        prices = Prices(duals.price, duals.fixed, limit, False, ALL)
        found, _ = walks.find_sets(tables, prices, progress)
        if found is None:
            full, gap = near, near / 4
            if progress.bound >= duals.base + gap or gap < TINY:
                raise StoppedError
            continue
        gain = max(case.step * (1 - 1e-6), EPSILON * near)
        sets = walks.find_cover(tables, found, near + ROUNDING, gain, progress)
        if sets is not None:
            labels = np.empty(case.order.size, np.int32)
            labels[case.order] = sets.argmax(axis=0)
            _keep(case, labels, progress)
            return
        if near == WITHOUT_END:
            raise _InfeasibleError
        progress.bound = max(progress.bound, duals.base + near)
        gap = 4 * near
        if gap >= full:
            raise StoppedError


def _keep(case: Case, labels: NDArray[np.int32], progress: Progress) -> None:
    """Take note of a plan if it is the best so far."""
    value = value_of(case.problem, case.objective, labels) / case.scale
    if value < progress.value:
        progress.labels, progress.value = labels, value
        progress.goal = value - max(case.step * (1 - 1e-6), EPSILON * abs(value))
