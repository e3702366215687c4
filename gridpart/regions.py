"""One level on any map, without a rule set: for analysts and benchmarks."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from gridpart import objective as terms
from gridpart.adjacency import as_graph
from gridpart.crs import working_crs
from gridpart.errors import DataError, InfeasibleError, name_some, near_names
from gridpart.explain import explain
from gridpart.model import Breach, Graph, Problem, Solution
from gridpart.solvers import Weights, solve
from gridpart.solvers.most import most_possible, solve_most
from gridpart.solvers.pieces import component_members, in_one_piece
from gridpart.solvers.stop import Stop, as_stop

__all__ = ["Objective", "Result", "regionalize"]

Objective = Literal["inertia", "balance", "cut_edges", "max_grids"]

WEIGHTS: dict[str, Weights] = {
    "inertia": Weights(compactness=1.0, border=0.15, radius=50.0),
    "balance": Weights(compactness=0.05, balance=30.0, border=0.0, radius=50.0),
    "cut_edges": Weights(compactness=0.05, border=3.0, radius=50.0),
    "max_grids": Weights(compactness=0.05, border=0.0, radius=50.0),
}


@dataclass(frozen=True, slots=True, eq=False)
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
    load, number of cut edges, or number of grids, as the objective says."""
    bound: float | None
    """What no plan can beat, or None where nothing is known."""
    gap: float | None
    """How far `objective` is from `bound`, over `objective`; None without a bound."""
    stopped_by: str

    def __repr__(self) -> str:
        """Return the result with its counts."""
        kept = "every range kept" if self.feasible else f"{len(self.breaches)} breaches"
        return f"Result({self.n_grids} grids of {len(self.labels)} units, {kept})"


def regionalize(
    units: gpd.GeoDataFrame,
    load: str | ArrayLike,
    *,
    n_grids: int | None = None,
    bounds: tuple[float | None, float | None] | None = None,
    tolerance: float | None = None,
    size: str | ArrayLike | None = None,
    objective: Objective = "inertia",
    max_radius_m: float | None = None,
    locked: pd.Series | None = None,
    start: pd.Series | None = None,
    graph: object | None = None,
    seed: int = 0,
    stop: float | Stop | None = None,
) -> Result:
    """Return contiguous grids of `units` within a range, as compact or balanced as found.

    Parameters
    ----------
    units : GeoDataFrame
        Polygons that tile, or any geometry if `graph` is given; then a unit lies at
        its centroid. Without a CRS, coordinates are taken as meters.
    load : str or array_like, shape (n_units,)
        The work that each unit makes, >= 0: drives inertia and balance.
    n_grids : int, optional
        Exact number of grids; chosen from `bounds` if not given.
    bounds : (float or None, float or None), optional
        Range of the sum of `size` in a grid; None leaves an end open.
    tolerance : float, optional
        Short for bounds of ``1 - tolerance`` to ``1 + tolerance`` times the mean grid.
    size : str or array_like, optional
        What `bounds` count; by default the load.
    objective : {"inertia", "balance", "cut_edges", "max_grids"}
        What comes after the range. With ``max_grids`` and a lower bound only, this is
        the max-p problem.
    max_radius_m : float, optional
        Farthest that a unit may lie from the load-weighted middle of its grid.
    locked : Series, optional
        Label of units that must share a grid; on (a part of) the index of `units`.
    start : Series, optional
        Labels to begin from, on the index of `units`; the result is never worse.
    graph : Graph, SciPy sparse array, libpysal Graph or W, or networkx Graph, optional
        Contiguity; by default common borders.
    seed : int
        The only source of randomness; row order changes nothing.
    stop : float, callable or None
        Seconds, or a criterion of ``gridpart.solvers.stop``; by default a fixed budget.

    Raises
    ------
    DataError
        If loads, bounds, locks, start or graph cannot be used.
    InfeasibleError
        If no contiguous plan with that number of grids exists.

    Examples
    --------
    >>> squares = [shapely.box(x, y, x + 100, y + 100) for x in range(0, 600, 100)
    ...            for y in range(0, 600, 100)]
    >>> town = gpd.GeoDataFrame({"households": 10}, geometry=squares, index=range(36))
    >>> result = regionalize(town, "households", n_grids=4, tolerance=0.05)
    >>> result.labels.value_counts().tolist(), result.feasible
    ([9, 9, 9, 9], True)
    """
    if bounds is not None and tolerance is not None:
        raise ValueError("give bounds or tolerance, not both: a tolerance is a pair of bounds")
    _check_arguments(units, n_grids, tolerance, max_radius_m, objective)
    loads = _column(units, load, "load")
    sizes = loads if size is None else _column(units, size, "size")
    places = _places(units)
    order = np.lexsort((units.index.map(str), loads, places[:, 1], places[:, 0]))
    ids = units.index[order]
    network = as_graph(graph, units, order)
    limits = _limits(bounds, tolerance, sizes, n_grids, objective)
    problem = Problem(
        graph=network,
        xy=np.ascontiguousarray(places[order]),
        load=np.ascontiguousarray(loads[order]),
        sizes=np.ascontiguousarray(sizes[order][:, None]),
        lower=np.array([limits[0]]),
        upper=np.array([limits[1]]),
        aim=np.array([_aim(limits)]),
        n_grids=n_grids,
        border_cost=np.ones_like(network.lengths) if objective == "cut_edges" else network.lengths,
        max_radius_m=np.inf if max_radius_m is None else float(max_radius_m),
    )
    problem = replace(
        problem,
        locked=_locks(locked, ids, problem),
        start=_start(start, ids, problem),
    )
    _refuse_impossible(problem, n_grids)
    found = _solved(problem, objective, seed, as_stop(stop))
    breaches = explain(problem, found, ids, max_radius_m)
    labels = pd.Series(found.labels, index=ids, name="grid").reindex(units.index).astype(np.int32)
    value, bound = _value(problem, found, objective)
    return Result(
        labels=labels,
        n_grids=found.n_grids,
        feasible=not breaches,
        breaches=breaches,
        objective=value,
        bound=bound,
        gap=None if bound is None or value == 0 else abs(value - bound) / value,
        stopped_by=found.stopped_by,
    )


def _check_arguments(
    units: gpd.GeoDataFrame,
    n_grids: int | None,
    tolerance: float | None,
    max_radius_m: float | None,
    objective: str,
) -> None:
    """Refuse what cannot be meant."""
    if objective not in WEIGHTS:
        raise ValueError(f"no objective {objective!r}; {near_names(objective, WEIGHTS)}")
    if n_grids is not None and (n_grids != int(n_grids) or n_grids < 1):
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


def _column(units: gpd.GeoDataFrame, values: str | ArrayLike, what: str) -> NDArray[np.float64]:
    """Return a column or array as finite numbers >= 0, not all zero."""
    if isinstance(values, str):
        if values not in units:
            columns = [str(c) for c in units.columns]
            raise DataError(
                f"The units have no column {values!r} to use as {what}.",
                found=near_names(values, columns),
                wanted="a column of the units, or an array",
                fix=f"correct {what}=",
            )
        values = units[values]
    if isinstance(values, pd.Series) and not values.index.equals(units.index):
        values = values.reindex(units.index)
    given = pd.to_numeric(pd.Series(np.asarray(values)), errors="coerce").to_numpy(np.float64)
    if given.size != len(units):
        raise DataError(
            f"{what} has {given.size} values for {len(units)} units.",
            found=f"{given.size} values",
            wanted="one value a unit",
            fix=f"pass a column of the units as {what}=",
        )
    bad = ~np.isfinite(given) | (given < 0)
    if bad.any() or not given.sum() > 0:
        named = [f"{v:g} ({i})" for v, i in zip(given[bad], units.index[bad], strict=True)]
        raise DataError(
            f"{int(bad.sum())} of {given.size} units have no usable {what}."
            if bad.any()
            else f"Every unit has a {what} of 0.",
            found=name_some(named) if named else "a sum of 0",
            wanted="a finite number >= 0 in every row, and one above 0",
            fix="fill or drop these units",
        )
    return given


def _places(units: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the centroid of every unit in meters, to the millimeter."""
    shapes = units.geometry
    empty = shapes.isna() | shapes.is_empty
    if empty.any():
        raise DataError(
            f"{int(empty.sum())} of {len(units)} units have no geometry.",
            found=name_some(units.index[empty.to_numpy()]),
            wanted="a geometry in every row",
            fix="drop these units or give them a place",
        )
    if units.crs is not None and units.crs.is_geographic:
        shapes = shapes.to_crs(working_crs(units.crs, shapes.total_bounds))
    middle = shapely.centroid(shapes.to_numpy())
    return np.round(np.column_stack([shapely.get_x(middle), shapely.get_y(middle)]), 3)


def _limits(
    bounds: tuple[float | None, float | None] | None,
    tolerance: float | None,
    sizes: NDArray[np.float64],
    n_grids: int | None,
    objective: str,
) -> tuple[float, float]:
    """Return the range of one grid."""
    if n_grids is None and bounds is None:
        raise ValueError("give n_grids, or bounds to choose it from")
    if n_grids is not None and objective == "max_grids":
        raise ValueError("max_grids looks for the number of grids: give bounds, not n_grids")
    if tolerance is not None and n_grids is not None:
        mean = float(sizes.sum()) / n_grids
        return mean * (1 - tolerance), mean * (1 + tolerance)
    low, high = bounds or (None, None)
    lower = -np.inf if low is None else float(low)
    upper = np.inf if high is None else float(high)
    if lower > upper or np.isnan(lower) or np.isnan(upper) or upper <= 0:
        raise DataError(
            "No grid can be in the range.",
            found=f"min {low}, max {high}",
            wanted="min <= max, and a max above 0",
            fix="correct bounds=",
        )
    return lower, upper


def _aim(limits: tuple[float, float]) -> float:
    """Return the size to aim at: the middle of the range, or its one end."""
    lower, upper = limits
    if np.isfinite(lower) and np.isfinite(upper):
        return (lower + upper) / 2
    if np.isfinite(upper):
        return upper
    return lower if np.isfinite(lower) else np.nan


def _locks(locked: pd.Series | None, ids: pd.Index, problem: Problem) -> NDArray[np.int32] | None:
    """Return the locks as grid numbers, -1 where a unit is free."""
    held = pd.Series(dtype=object) if locked is None else _by_label(locked, "locked").dropna()
    if held.empty:
        return None
    unknown = held.index.difference(ids)
    if len(unknown):
        raise DataError(
            f"{len(unknown)} locked units are not among the units.",
            found=name_some(unknown),
            wanted="the index of the units",
            fix="drop these locks",
        )
    names = pd.Index(sorted(held.unique(), key=str))
    codes = names.get_indexer(held.reindex(ids))
    labels = np.where(held.reindex(ids).isna(), -1, codes).astype(np.int32)
    if problem.n_grids is not None and len(names) > problem.n_grids:
        raise InfeasibleError(
            f"The locks name {len(names)} grids, and {problem.n_grids} are asked for.",
            found=f"labels {name_some(names)}",
            wanted=f"at most {problem.n_grids} different labels",
            fix="ask for more grids or lock fewer",
        )
    for members in component_members(problem.graph):
        outside = np.setdiff1d(np.arange(labels.size), members)
        both = np.intersect1d(labels[members], labels[outside])
        if (both >= 0).any():
            apart = name_some(names[both[both >= 0]])
            raise InfeasibleError(
                "Units locked to one grid lie in pieces that nothing connects.",
                found=f"labels {apart}",
                wanted="units of one label in one piece of the map",
                fix="give the pieces labels of their own, or join them in the graph",
            )
    return labels


def _by_label(labels: pd.Series, what: str) -> pd.Series:
    """Return labels given as a Series whose index names each unit once."""
    if not isinstance(labels, pd.Series):
        raise TypeError(f"{what} must be a Series on the index of the units")
    if not labels.index.is_unique:
        twice = labels.index[labels.index.duplicated()].unique()
        raise DataError(
            f"{len(twice)} units have several labels in {what}=.",
            found=name_some(twice),
            wanted="one label a unit",
            fix="drop the repeated rows",
        )
    return labels


def _start(start: pd.Series | None, ids: pd.Index, problem: Problem) -> NDArray[np.int32] | None:
    """Return the labels to begin from, which must be whole."""
    if start is None:
        return None
    given = _by_label(start, "start").reindex(ids)
    if given.isna().any():
        raise DataError(
            f"{int(given.isna().sum())} of {len(ids)} units have no label to begin from.",
            found=name_some(ids[given.isna().to_numpy()]),
            wanted="a label for every unit",
            fix="fill start= or leave it out",
        )
    labels = pd.factorize(given)[0].astype(np.int32)
    if not in_one_piece(problem.graph, labels):
        raise DataError(
            "The plan to begin from has grids in pieces.",
            found=name_some(_broken_names(problem.graph, labels, given)),
            wanted="every grid in one piece",
            fix="mend these grids or leave start= out",
        )
    return labels


def _broken_names(graph: Graph, labels: NDArray[np.int32], given: pd.Series) -> list[Hashable]:
    """Return the labels of grids in pieces."""
    names = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(component_members(graph.part(members)[0])) > 1:
            names.append(given.iloc[members[0]])
    return names


def _refuse_impossible(problem: Problem, n_grids: int | None) -> None:
    """Refuse a number of grids that no contiguous plan has."""
    if n_grids is None:
        return
    pieces = len(component_members(problem.graph))
    if not pieces <= n_grids <= problem.n_units:
        raise InfeasibleError(
            f"No contiguous plan has {n_grids} grids.",
            found=f"{problem.n_units} units in {pieces} pieces that nothing connects",
            wanted=f"{pieces} to {problem.n_units} grids",
            fix="ask for another number, or join pieces in graph=",
        )


def _solved(problem: Problem, objective: str, seed: int, stop: Stop | None) -> Solution:
    """Return the solver's best plan."""
    weights = WEIGHTS[objective]
    if objective == "max_grids":
        return solve_most(problem, weights=weights, seed=np.random.SeedSequence(seed), stop=stop)
    runs = 4 if stop is None else None
    return solve(problem, weights=weights, seed=seed, stop=stop, runs=runs)


def _value(problem: Problem, found: Solution, objective: str) -> tuple[float, float | None]:
    """Return the objective of a plan, and a bound where one is known."""
    labels, n_grids = found.labels, found.n_grids
    if objective == "inertia":
        return terms.inertia(labels, problem.xy, terms.masses(problem.load), n_grids), None
    if objective == "cut_edges":
        return terms.border(problem, labels), None
    if objective == "max_grids":
        return float(n_grids), float(most_possible(problem))
    load = terms.grid_sums(labels, problem.load, n_grids)
    return float(((load / load.mean() - 1) ** 2).sum()), None
