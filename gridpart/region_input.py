"""What ``regionalize`` was asked, as checked arrays: loads, places, ranges, locks, a start."""

from collections.abc import Hashable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gridpart.errors import DataError, InfeasibleError, name_some, near_names
from gridpart.model import Graph, Problem
from gridpart.planes import plane_of
from gridpart.solvers.pieces import component_members, in_one_piece

__all__ = [
    "Bounds",
    "aim_of",
    "column",
    "lock_numbers",
    "places_of",
    "ranges_of",
    "refuse_impossible",
    "start_labels",
]

Bounds = tuple[float | None, float | None]
"""Least and greatest sum in a grid; None leaves an end open."""


def column(units: gpd.GeoDataFrame, values: str | ArrayLike, what: str) -> NDArray[np.float64]:
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


def places_of(units: gpd.GeoDataFrame) -> NDArray[np.float64]:
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
    return plane_of(shapes).places_m(shapes)


def ranges_of(
    units: gpd.GeoDataFrame,
    bounds: Bounds | Mapping[str, Bounds] | None,
    tolerance: float | None,
    sizes: NDArray[np.float64],
    n_grids: int | None,
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Return names of the measures counted, their sizes and the range of each.

    Sizes have shape (n_units, n_measures), ranges (n_measures, 2).
    """
    if isinstance(bounds, Mapping):
        if not bounds:
            raise ValueError("bounds={} counts nothing: name a column, or leave bounds out")
        names = tuple(bounds)
        columns = [column(units, name, name) for name in names]
        ends = [_limits(bounds[name], name) for name in names]
        return names, np.stack(columns, axis=1), np.array(ends)
    if tolerance is not None and n_grids is not None:
        mean = float(sizes.sum()) / n_grids
        ends = [(mean * (1 - tolerance), mean * (1 + tolerance))]
    else:
        ends = [_limits(bounds or (None, None), "size")]
    return ("size",), sizes[:, None], np.array(ends)


def _limits(bounds: Bounds, what: str) -> tuple[float, float]:
    """Return the range of one grid in one measure."""
    low, high = bounds
    lower = -np.inf if low is None else float(low)
    upper = np.inf if high is None else float(high)
    if lower > upper or np.isnan(lower) or np.isnan(upper) or upper <= 0:
        raise DataError(
            f"No grid can be in the range of {what}.",
            found=f"min {low}, max {high}",
            wanted="min <= max, and a max above 0",
            fix="correct bounds=",
        )
    return lower, upper


def aim_of(limits: tuple[float, float]) -> float:
    """Return the size to aim at: the middle of the range, or its one end."""
    lower, upper = limits
    if np.isfinite(lower) and np.isfinite(upper):
        return (lower + upper) / 2
    if np.isfinite(upper):
        return upper
    return lower if np.isfinite(lower) else np.nan


def lock_numbers(
    locked: pd.Series | None, ids: pd.Index, problem: Problem
) -> NDArray[np.int32] | None:
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


def start_labels(
    start: pd.Series | None, ids: pd.Index, problem: Problem
) -> NDArray[np.int32] | None:
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
    return labels if problem.locked is None else _numbered_by_locks(labels, problem.locked, ids)


def _numbered_by_locks(
    labels: NDArray[np.int32], locked: NDArray[np.int32], ids: pd.Index
) -> NDArray[np.int32]:
    """Return the labels with each locked grid under the number of its lock."""
    pairs = np.unique(np.stack([locked, labels], axis=1)[locked >= 0], axis=0)
    torn = [np.flatnonzero(np.bincount(column) > 1) for column in pairs.T]
    if torn[0].size or torn[1].size:
        apart = np.isin(locked, torn[0]) | ((locked >= 0) & np.isin(labels, torn[1]))
        raise DataError(
            "The plan to begin from does not keep the locks.",
            found=f"units {name_some(ids[apart])}",
            wanted="units of one lock in one grid, those of two locks in two",
            fix="correct locked= or leave start= out",
        )
    others = np.setdiff1d(labels, pairs[:, 1])
    number = np.empty(labels.max() + 1, np.int32)
    number[pairs[:, 1]] = pairs[:, 0]
    number[others] = len(pairs) + np.arange(others.size)
    return number[labels]


def _broken_names(graph: Graph, labels: NDArray[np.int32], given: pd.Series) -> list[Hashable]:
    """Return the labels of grids in pieces."""
    names = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(component_members(graph.part(members)[0])) > 1:
            names.append(given.iloc[members[0]])
    return names


def refuse_impossible(problem: Problem, n_grids: int | None, ids: pd.Index) -> None:
    """Refuse a number of grids that no contiguous plan has, and name the smaller pieces."""
    if n_grids is None:
        return
    members = sorted(component_members(problem.graph), key=lambda units: units.size)
    pieces = len(members)
    if not pieces <= n_grids <= problem.n_units:
        apart = [f"{ids[u[0]]} ({u.size} units)" if u.size > 1 else str(ids[u[0]]) for u in members]
        beside = f": beside the largest those of {name_some(apart[:-1])}" if pieces > 1 else ""
        raise InfeasibleError(
            f"No contiguous plan has {n_grids} grids.",
            found=f"{problem.n_units} units in {pieces} pieces that nothing connects{beside}",
            wanted=f"{pieces} to {problem.n_units} grids",
            fix="ask for another number, or join pieces in graph=",
        )
