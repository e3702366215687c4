"""One level on any map, without a rule set: for analysts and benchmarks."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gridpart import _kernels
from gridpart import objective as terms
from gridpart._compile import announce
from gridpart.adjacency import as_graph
from gridpart.arithmetic import EPSILON
from gridpart.errors import DataError, name_some, near_names
from gridpart.explain import explain
from gridpart.model import Breach, Problem, Solution
from gridpart.region_input import (
    Bounds,
    aim_of,
    column,
    lock_numbers,
    places_of,
    ranges_of,
    refuse_impossible,
    start_labels,
)
from gridpart.relaxed import Relaxed, ends_kept, grids_held
from gridpart.shape import label_radius_m
from gridpart.shown import result_html
from gridpart.solvers import Weights, solve
from gridpart.solvers.cases import Objective
from gridpart.solvers.construct import canonical
from gridpart.solvers.exact import solve_exact
from gridpart.solvers.most import solve_most
from gridpart.solvers.stop import Since, Stop, as_stop

__all__ = ["Objective", "Result", "regionalize"]

WEIGHTS: dict[str, Weights] = {
    "inertia": Weights(compactness=1.0, border=0.15, radius=0.0),
    "balance": Weights(compactness=0.05, balance=30.0, border=0.0, radius=0.0),
    "cut_edges": Weights(compactness=0.05, border=3.0, radius=0.0),
    "max_grids": Weights(compactness=0.05, border=0.0, radius=0.0),
}


RUNS, TINY, TINY_RUNS = 4, 100, 16
"""Starts without a stop criterion, and up to so many units, where one takes a blink and may
end in a plan that no single move leaves."""
PROVABLE = 200
"""Units beyond which a proof is sought only with a stop criterion: it would take hours."""


@dataclass(frozen=True, eq=False)
class Result:
    """What ``regionalize`` found."""

    labels: pd.Series
    """int32 on the index of the units: 0..n_grids-1."""
    n_grids: int
    feasible: bool
    """Whether every hard range is kept."""
    breaches: tuple[Breach, ...]
    objective: float
    """Inertia in load times square meters, sum of squared relative deviations of the
    load, cost of cut edges, or number of grids, as was asked."""
    stopped_by: str
    """``budget``, ``stop``, ``interrupted``, or ``proof`` where no plan is better."""
    kept: Mapping[str, Bounds]
    """The least change of each range that this plan keeps: the range itself where it is
    kept, else with an end moved as far as the plan goes beyond. A radius stands there too,
    as ``radius_m``."""
    _relaxed: Relaxed

    @cached_property
    def bound(self) -> float:
        """What no plan in range with as many grids can beat; searched for when first asked.

        With ``max_grids`` the number that no plan exceeds; after ``method="exact"`` with a
        free number, what no plan with any number can beat. Beside breaches, what no plan can
        beat with the same grids for islands too small and units too large, and the others no
        farther out of range than these.
        """
        return self._relaxed.bound()

    @property
    def gap(self) -> float | None:
        """How far `objective` may be from the best, over `objective`; None where that is 0."""
        if self.objective == 0:
            return None
        return max(0.0, (self.objective - self.bound) * self._relaxed.sign / self.objective)

    def __repr__(self) -> str:
        """Return the result with its counts and its gap."""
        kept = "every range kept" if self.feasible else f"{len(self.breaches)} breaches"
        gap = "" if self.gap is None else f", within {self.gap:.1%} of the best possible"
        return f"Result({self.n_grids} grids of {len(self.labels)} units, {kept}{gap})"

    def _repr_html_(self) -> str:
        """Return the result as a notebook shows it."""
        return result_html(repr(self), self.breaches)


def regionalize(
    units: gpd.GeoDataFrame,
    load: str | ArrayLike,
    *,
    n_grids: int | None = None,
    bounds: Bounds | Mapping[str, Bounds] | None = None,
    tolerance: float | None = None,
    size: str | ArrayLike | None = None,
    objective: Objective = "inertia",
    max_radius_m: float | None = None,
    locked: pd.Series | None = None,
    start: pd.Series | None = None,
    graph: object | None = None,
    method: Literal["search", "exact"] = "search",
    workers: int = 1,
    seed: int = 0,
    stop: float | Stop | None = None,
) -> Result:
    """Return contiguous grids of `units` within a range, as compact or balanced as found.

    Parameters
    ----------
    units : GeoDataFrame
        Polygons that tile, or any geometry if `graph` is given. A unit lies at its
        centroid, and meters are those of the ground, whatever the CRS: degrees, feet and
        Web Mercator are projected. Without a CRS, coordinates are taken as meters.
    load : str or array_like, shape (n_units,)
        The work that each unit makes, >= 0: drives inertia and balance.
    n_grids : int, optional
        Exact number of grids; chosen from `bounds` if not given.
    bounds : (float or None, float or None) or mapping, optional
        Range of the sum of `size` in a grid; None leaves an end open. A mapping from
        columns to ranges sets several at once.
    tolerance : float, optional
        Short for bounds of ``1 - tolerance`` to ``1 + tolerance`` times the mean grid.
    size : str or array_like, optional
        What `bounds` count; by default the load.
    objective : {"inertia", "balance", "cut_edges", "max_grids"}
        What comes after the range. With ``max_grids`` and a lower bound only, this is
        the max-p problem.
    max_radius_m : float, optional
        Farthest that a unit may lie from the load-weighted middle of its grid, in a
        straight line; as hard a rule as a range. Without `n_grids`, grids are added for it.
    locked : Series, optional
        Label of units that must share a grid; on (a part of) the index of `units`.
    start : Series, optional
        Labels to begin from, on the index of `units`; the result is never worse.
    graph : Graph, SciPy sparse array, libpysal Graph or W, or networkx Graph, optional
        Contiguity; by default common borders.
    method : {"search", "exact"}
        With ``exact`` the plan is proven the best under `objective` alone, or that none
        keeps every range: for about 60 units in 6 grids, in a minute. Where the proof is
        stopped or outgrows its limits, the best plan found comes back with its bound.
    workers : int
        Threads that share the starts of the search; the plan does not depend on it.
    seed : int
        The only source of randomness; row order changes nothing.
    stop : float, callable or None
        Seconds from the call to the end of the search, or a criterion of
        ``gridpart.solvers.stop``; by default a fixed budget. A proof may take as long again.

    Raises
    ------
    DataError
        If loads, bounds, locks, start or graph cannot be used.
    InfeasibleError
        If no contiguous plan with that number of grids exists.

    Examples
    --------
    >>> import shapely
    >>> squares = [shapely.box(x, y, x + 100, y + 100) for x in range(0, 600, 100)
    ...            for y in range(0, 600, 100)]
    >>> town = gpd.GeoDataFrame({"households": 10}, geometry=squares, index=range(36))
    >>> result = regionalize(town, "households", n_grids=4, tolerance=0.05)
    >>> result.labels.value_counts().tolist(), result.feasible
    ([9, 9, 9, 9], True)
    """
    began = time.monotonic()
    if bounds is not None and tolerance is not None:
        raise ValueError("give bounds or tolerance, not both: a tolerance is a pair of bounds")
    _check_arguments(units, n_grids, tolerance, max_radius_m, objective, method)
    n_grids = None if n_grids is None else int(n_grids)
    if n_grids is None and bounds is None:
        raise ValueError("give n_grids, or bounds to choose it from")
    if n_grids is not None and objective == "max_grids":
        raise ValueError("max_grids looks for the number of grids: give bounds, not n_grids")
    if isinstance(bounds, Mapping) and size is not None:
        raise ValueError("bounds names the columns that it counts: leave size out")
    loads = column(units, load, "load")
    sizes = loads if size is None else column(units, size, "size")
    names, sizes, ranges = ranges_of(units, bounds, tolerance, sizes, n_grids)
    places = places_of(units)
    order = np.lexsort((_ranks(units.index), loads, places[:, 1], places[:, 0]))
    ids = units.index[order]
    network = as_graph(graph, units, order)
    problem = Problem(
        graph=network,
        xy=np.ascontiguousarray(places[order]),
        load=np.ascontiguousarray(loads[order]),
        sizes=np.ascontiguousarray(sizes[order]),
        lower=np.ascontiguousarray(ranges[:, 0]),
        upper=np.ascontiguousarray(ranges[:, 1]),
        aim=np.array([aim_of((low, high)) for low, high in ranges]),
        n_grids=n_grids,
        border_cost=np.ones_like(network.lengths) if objective == "cut_edges" else network.lengths,
        max_radius_m=np.inf if max_radius_m is None else float(max_radius_m),
        radius_breach=0.0 if max_radius_m is None else 1.0,
    )
    problem = replace(problem, locked=lock_numbers(locked, ids, problem))
    problem = replace(problem, start=start_labels(start, ids, problem))
    refuse_impossible(problem, n_grids, ids)
    if method == "exact" and problem.n_units > PROVABLE and stop is None:
        raise ValueError(
            f"method='exact' takes up to {PROVABLE} units, not {problem.n_units}, "
            "unless stop= says when to give up"
        )
    criterion = as_stop(stop)
    announce(_kernels.anneal)
    search = None if criterion is None else Since(criterion, began)
    found = _solved(problem, objective, seed, search, workers)
    proven = None
    if method == "exact":
        found, proven = _proven(problem, found, objective, criterion)
    breaches = explain(problem, found, ids, names, max_radius_m)
    value = _value(problem, found, objective)
    if breaches:  # what was proven is proven of plans in range
        proven = None
    labels = pd.Series(found.labels, index=ids, name="grid").reindex(units.index).astype(np.int32)
    return Result(
        labels=labels,
        n_grids=found.n_grids,
        feasible=not breaches,
        breaches=breaches,
        objective=value,
        stopped_by=found.stopped_by,
        kept=_kept(problem, found, names),
        _relaxed=Relaxed(problem, found, objective, value, proven, grids_held(breaches)),
    )


def _ranks(index: pd.Index) -> NDArray[np.int64]:
    """Return the place of each label in the order of their texts."""
    if index.dtype.kind in "iu":
        return np.asarray(index, np.int64)
    return np.unique(index.map(str), return_inverse=True)[1]


def _kept(problem: Problem, found: Solution, names: tuple[str, ...]) -> dict[str, Bounds]:
    """Return the range of each measure, widened to what the plan holds."""
    lower, upper = ends_kept(problem, found.labels)
    kept: dict[str, Bounds] = {
        name: (
            float(lower[m]) if np.isfinite(lower[m]) else None,
            float(upper[m]) if np.isfinite(upper[m]) else None,
        )
        for m, name in enumerate(names)
    }
    if np.isfinite(problem.max_radius_m):
        far = label_radius_m(found.labels, problem.xy, terms.masses(problem.load)).max()
        beyond = far > problem.max_radius_m * (1 + EPSILON)
        kept["radius_m"] = None, float(far) if beyond else problem.max_radius_m
    return kept


def _check_arguments(
    units: gpd.GeoDataFrame,
    n_grids: int | None,
    tolerance: float | None,
    max_radius_m: float | None,
    objective: str,
    method: str,
) -> None:
    """Refuse what cannot be meant."""
    if objective not in WEIGHTS:
        raise ValueError(f"no objective {objective!r}; {near_names(objective, WEIGHTS)}")
    if method not in ("search", "exact"):
        raise ValueError(f"no method {method!r}; {near_names(method, ['search', 'exact'])}")
    if n_grids is not None and not _is_number_of_grids(n_grids):
        raise ValueError(f"n_grids must be a whole number >= 1, not {n_grids!r}")
    if tolerance is not None and not 0 <= tolerance < 1:
        raise ValueError(f"tolerance must be in [0, 1), not {tolerance!r}")
    if max_radius_m is not None and not max_radius_m > 0:
        raise ValueError(f"max_radius_m must be above 0, not {max_radius_m!r}")
    if not len(units) or not units.index.is_unique:
        twice = units.index[units.index.duplicated()].unique()
        raise DataError(
            f"{len(twice)} labels of the index stand for several units." if len(units)
            else "There are no units.",
            found=name_some(twice) if len(units) else "0 rows",
            wanted="one row a unit, each with a label of its own",
            fix="use reset_index(drop=True)" if len(units) else "pass the units to divide",
        )  # fmt: skip


def _is_number_of_grids(value: float) -> bool:
    """Return whether a number is whole and above 0; True and False are none."""
    return not isinstance(value, bool) and value >= 1 and float(value).is_integer()


def _solved(
    problem: Problem, objective: str, seed: int, stop: Stop | None, workers: int
) -> Solution:
    """Return the solver's best plan."""
    weights = WEIGHTS[objective]
    if objective == "max_grids":
        return solve_most(problem, weights=weights, seed=np.random.SeedSequence(seed), stop=stop)
    runs = None if stop is not None else TINY_RUNS if problem.n_units <= TINY else RUNS
    return solve(problem, weights=weights, seed=seed, stop=stop, runs=runs, workers=workers)


def _proven(
    problem: Problem, found: Solution, objective: Objective, stop: Stop | None
) -> tuple[Solution, float | None]:
    """Return the proven plan and the bound of the proof; the plan found where there is none."""
    proof = solve_exact(problem, objective, start=found.labels, stop=stop)
    if proof.status == "infeasible":
        return replace(found, stopped_by="proof"), None
    if proof.labels is None:
        bound = proof.bound if np.isfinite(proof.bound) else None
        return replace(found, stopped_by="stop"), bound
    labels = canonical(proof.labels)
    n_grids = int(labels.max()) + 1
    breach = terms.violation(problem, labels, n_grids)
    why = "proof" if proof.status == "optimal" else "stop"
    better = replace(found, labels=labels, n_grids=n_grids, violation=breach, stopped_by=why)
    return better, proof.bound if np.isfinite(proof.bound) else None


def _value(problem: Problem, found: Solution, objective: str) -> float:
    """Return the objective of a plan."""
    labels, n_grids = found.labels, found.n_grids
    if objective == "inertia":
        return terms.inertia(labels, problem.xy, terms.masses(problem.load), n_grids)
    if objective == "cut_edges":
        return terms.border(problem, labels)
    if objective == "max_grids":
        return float(n_grids)
    load = terms.grid_sums(labels, problem.load, n_grids)
    return float(((load / load.mean() - 1) ** 2).sum())
