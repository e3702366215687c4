"""gridpart by its public call."""

from functools import partial

import geopandas as gpd

import gridpart as gp


def prepare(instance, load, task):
    """Return the call for lack of nothing but the seed."""
    low, high = task.limits(load)
    options = {
        "fixed": {"n_grids": task.n_grids, "tolerance": task.tolerance},
        "range": {"bounds": (low, high)},
        "most": {"bounds": (low, None), "objective": "max_grids"},
    }[task.kind]
    units = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*instance.xy.T))
    graph = gp.Graph(instance.indptr, instance.indices, instance.lengths)
    return partial(gp.regionalize, units, load, graph=graph, **options)


def regionalize(given, seed, **options):
    """Divide with the default budget, or with more options."""
    return given(seed=seed, **options).labels.to_numpy()
