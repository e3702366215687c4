"""spopt: regions of like attributes, and the attributes here are the coordinates."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
from libpysal.weights import W
from spopt.region import MaxPHeuristic, Skater, WardSpatial


def prepare(instance, load, task):
    """Return a table and the weights of libpysal."""
    x, y = instance.xy.T
    rows = np.split(instance.indices.tolist(), instance.indptr[1:-1])
    return SimpleNamespace(
        units=gpd.GeoDataFrame({"x": x, "y": y, "load": load}, geometry=gpd.points_from_xy(x, y)),
        weights=W({unit: list(row) for unit, row in enumerate(rows)}, silence_warnings=True),
        n_grids=task.n_grids,
        floor=load.size // task.n_grids // 2,
        lower=task.limits(load)[0],
    )


def skater(given, seed):  # noqa: ARG001 - it has no random choice
    """Cut a minimum spanning tree; its score is the slow part."""
    return _solved(
        Skater(given.units, given.weights, ["x", "y"], n_clusters=given.n_grids, floor=given.floor)
    )


def ward(given, seed):  # noqa: ARG001 - it has no random choice
    """Join neighbors while the variance grows least."""
    return _solved(WardSpatial(given.units, given.weights, ["x", "y"], n_clusters=given.n_grids))


def max_p(given, seed):
    """Find most regions over the threshold; it draws from the global generator."""
    np.random.seed(seed)  # noqa: NPY002
    return _solved(
        MaxPHeuristic(given.units, given.weights, ["x", "y"], "load", threshold=given.lower)
    )


def _solved(model):
    model.solve()
    return np.asarray(model.labels_).astype(np.int64)
