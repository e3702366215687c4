"""Contiguity graphs from wherever an analyst has them."""

import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse

from gridpart.errors import DataError, GridpartWarning, name_some
from gridpart.graph import Borders, graph_from_pairs, shared_borders
from gridpart.model import Graph
from gridpart.planes import plane_of

__all__ = ["as_graph"]

COLLECTION = shapely.GeometryType.GEOMETRYCOLLECTION

Geometries = NDArray[np.object_]


def as_graph(
    graph: object | None,
    units: gpd.GeoDataFrame,
    order: NDArray[np.int64],
) -> Graph:
    """Return contiguity between `units` in the order given, from any common form.

    Parameters
    ----------
    graph : Graph, SciPy sparse array, libpysal Graph or W, networkx Graph, or None
        In the order of `units`, or by their index labels. None: common borders.
    units : GeoDataFrame
    order : ndarray of int64, shape (n_units,)
        Positions of the units in the order wanted.
    """
    if graph is None:
        return _from_borders(units, order)
    matrix = sparse.coo_array(_as_matrix(graph, units))
    if matrix.shape != (len(units), len(units)):
        raise DataError(
            f"The graph has {matrix.shape[0]} units, the table {len(units)}.",
            found=f"a graph of shape {matrix.shape}",
            wanted="one row and column a unit, in the order of the table",
            fix="build the graph from the same table",
        )
    _refuse_lopsided(matrix, units)
    place = np.empty(len(units), np.int64)
    place[order] = np.arange(len(units))
    heads, tails = place[matrix.row], place[matrix.col]
    once = (heads < tails) & (matrix.data != 0)
    return graph_from_pairs(
        len(units),
        heads[once].astype(np.int32),
        tails[once].astype(np.int32),
        np.asarray(matrix.data[once], np.float64),
    )


def _from_borders(units: gpd.GeoDataFrame, order: NDArray[np.int64]) -> Graph:
    polygons = units.geometry.to_numpy()
    flat = shapely.get_dimensions(polygons) < 2
    if flat.any():
        raise DataError(
            f"{int(flat.sum())} of {len(units)} units are no polygons.",
            found=name_some(units.index[flat]),
            wanted="polygons that tile, or graph=",
            fix="pass the contiguity of these units as graph=",
        )
    plane = plane_of(units.geometry)
    shapes = _areas(polygons)[order]
    borders = shared_borders(plane.for_borders(shapes))
    lengths = plane.lengths_m(borders.lines, borders.lengths)
    inside, around = _enclosed(shapes, borders, units.index[order])
    rims = shapely.boundary(shapes[inside])
    rim_lengths = plane.lengths_m(plane.for_borders(rims), shapely.length(plane.for_borders(rims)))
    return graph_from_pairs(
        len(units),
        np.concatenate([borders.heads, inside]).astype(np.int32),
        np.concatenate([borders.tails, around]).astype(np.int32),
        np.concatenate([lengths, rim_lengths]),
    )


def _areas(shapes: Geometries) -> Geometries:
    """Return the polygons of every shape; mending an outline may leave lines beside them."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == COLLECTION)
    shapes = shapes.copy()
    for at in mixed:
        parts = shapely.get_parts(shapely.get_parts(shapes[at]))
        shapes[at] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return shapes


def _enclosed(
    shapes: Geometries, borders: Borders, names: pd.Index
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return units without a border that lie inside another one, and which; told in a warning.

    An enclave may be drawn on top of what surrounds it, without a hole there.
    """
    joined = np.concatenate([borders.heads, borders.tails])
    lone = np.setdiff1d(np.arange(shapes.size), joined)
    valid = lone[shapely.is_valid(shapes[lone])]
    at, around = shapely.STRtree(shapes).query(shapes[valid], predicate="within")
    inside = valid[at]
    apart = (inside != around) & ~np.isin(around, inside)
    inside, around = inside[apart], around[apart]
    if inside.size:
        warnings.warn(
            f"{np.unique(inside).size} units lie inside others, which have no hole there, and "
            f"are taken to border them: {name_some(names[np.unique(inside)])}",
            GridpartWarning,
            stacklevel=5,
        )
    return inside, around


def _as_matrix(graph: Any, units: gpd.GeoDataFrame) -> Any:
    """Return the weights as a SciPy sparse array in the order of `units`."""
    if isinstance(graph, Graph):
        return sparse.csr_array(
            (graph.lengths, graph.indices, graph.indptr), shape=(graph.n_units, graph.n_units)
        )
    if sparse.issparse(graph):
        return graph
    kind = f"{type(graph).__module__}.{type(graph).__name__}"
    if kind.startswith("networkx"):
        import networkx as nx  # noqa: PLC0415 - only for those who have one

        missing = [name for name in units.index if name not in graph]
        if missing:
            raise _absent(missing, units)
        named = {key for *_, data in graph.edges(data=True) for key in data}
        weight = next((key for key in ("length", "weight") if key in named), None)
        return nx.to_scipy_sparse_array(graph, nodelist=list(units.index), weight=weight)
    if kind.startswith("libpysal"):
        if hasattr(graph, "unique_ids"):
            known, matrix = list(graph.unique_ids), graph.sparse
        else:
            known, matrix = list(graph.id_order), graph.sparse
        rank = {name: at for at, name in enumerate(known)}
        missing = [name for name in units.index if name not in rank]
        if missing:
            raise _absent(missing, units)
        at = [rank[name] for name in units.index]
        return sparse.csr_array(matrix)[at][:, at]
    raise DataError(
        f"A {kind} is no contiguity graph.",
        found=kind,
        wanted="gridpart.Graph, SciPy sparse array, libpysal Graph or W, or networkx Graph",
        fix="convert it with one of those",
    )


def _absent(missing: list[Any], units: gpd.GeoDataFrame) -> DataError:
    return DataError(
        f"{len(missing)} of {len(units)} units are not in the graph.",
        found=name_some(missing),
        wanted="the index of the table as the ids of the graph",
        fix="build the graph from the same table",
    )


def _refuse_lopsided(matrix: Any, units: gpd.GeoDataFrame) -> None:
    """Refuse a graph in which one unit borders another but not the other way round."""
    square = sparse.csr_array(matrix)
    pattern = sparse.csr_array(
        (np.ones(square.data.size), square.indices, square.indptr), shape=square.shape
    )
    lone = sparse.coo_array(pattern - pattern.T)
    bad = np.flatnonzero(lone.data)
    if bad.size:
        pairs = [f"{units.index[lone.row[b]]}-{units.index[lone.col[b]]}" for b in bad]
        raise DataError(
            f"The graph is not symmetric in {bad.size // 2} pairs of units.",
            found=name_some(pairs),
            wanted="each pair in both directions",
            fix="symmetrize it: graph.maximum(graph.T)",
        )
