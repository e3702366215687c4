"""Judge a plan by its arrays: imports no solver, and shares no code with one."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

EPSILON = 1e-9
"""Relative slack of every comparison with a bound."""


def judge(instance, load, labels, *, lower=0.0, upper=np.inf, n_grids=None):
    """Return whether a plan keeps its rules, and how good it is.

    `lower` and `upper` bound the load of each grid; `n_grids` is the exact number, or None
    where it is free. Faults name what breaks, worst first.
    """
    found = np.asarray(labels)
    if found.shape != load.shape or found.dtype.kind not in "iu" or found.min() < 0:
        return {"valid": False, "faults": ["no label for every unit"]}
    grid = np.unique(found, return_inverse=True)[1]
    heads = np.repeat(np.arange(load.size), np.diff(instance.indptr))
    across = grid[heads] != grid[instance.indices]
    number = int(grid.max()) + 1
    pieces = _pieces(heads[~across], instance.indices[~across], load.size)
    loads = np.bincount(grid, load, number)
    outside = (loads < lower * (1 - EPSILON)) | (loads > upper * (1 + EPSILON))
    faults = []
    if n_grids is not None and number != n_grids:
        faults.append(f"{number} grids for {n_grids}")
    if pieces > number:
        faults.append(f"{pieces - number} loose pieces")
    if outside.any():
        faults.append(f"{int(outside.sum())} grids out of range")
    mean = load.sum() / (n_grids or number)
    cuts = instance.lengths[across]
    return {
        "valid": not faults,
        "faults": faults,
        "n_grids": number,
        "worst": float(np.abs(loads / mean - 1).max()),
        "cv": float(loads.std() / loads.mean()),
        "inertia": inertia(instance.xy, load, grid),
        "cut_edges": int(across.sum()) // 2,
        "border_m": float(cuts.sum() / 2),
        "polsby_popper": _polsby_popper(instance, grid, heads[across], cuts),
    }


def inertia(xy, load, grid):
    """Return the sum of load times squared distance to the middle of the load of the grid."""
    loads = np.bincount(grid, load)
    total = 0.0
    for place in xy.T:
        # Far from the origin, small differences of large squares would lose digits.
        near = place - place.mean()
        middle = np.bincount(grid, load * near) / np.where(loads > 0, loads, 1)
        total += float((load * (near - middle[grid]) ** 2).sum())
    return total


def _pieces(heads, tails, n_units):
    """Return into how many connected pieces the grids fall."""
    inside = coo_array((np.ones(heads.size, np.int8), (heads, tails)), shape=(n_units, n_units))
    return connected_components(inside, directed=False)[0]


def _polsby_popper(instance, grid, heads, cuts):
    """Return the mean over grids of area over that of a circle with the same perimeter."""
    area = np.bincount(grid, instance.area)
    perimeter = np.bincount(grid, instance.outer)
    perimeter += np.bincount(grid[heads], cuts, area.size)
    return float((4 * np.pi * area / perimeter**2).mean())
