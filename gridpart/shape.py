"""How compact grids are, by their outline or by where their units lie.

Everything here maps geometry or coordinates in a projected CRS to numbers. Plans, rules
and solvers are unknown to this module, so that the referee can rely on it.
"""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridpart.errors import DataError, name_some

__all__ = [
    "farthest_m",
    "label_centers",
    "label_inertia",
    "label_radius_m",
    "polsby_popper",
]


def polsby_popper(outline: ArrayLike) -> NDArray[np.float64]:
    """Return the Polsby-Popper compactness of each outline.

    This is ``4 * pi * area / perimeter**2``: the area over that of a circle with the same
    perimeter [1]_.

    Parameters
    ----------
    outline : array_like of shapely Polygon or MultiPolygon, shape (n_grids,)
        Outlines in a projected CRS in meters; degrees would distort the ratio.

    Returns
    -------
    ndarray of float64, shape (n_grids,)
        Dimensionless, in (0, 1], 1 for a disc; in the order of `outline`.

    Raises
    ------
    DataError
        If an outline is missing or has no area.

    See Also
    --------
    esda.shape.isoperimetric_quotient : The same measure under another name.

    References
    ----------
    .. [1] Polsby, D. D. and Popper, R. D. (1991). The Third Criterion: Compactness as a
       Procedural Safeguard against Partisan Gerrymandering. *Yale Law & Policy Review*
       9(2), 301-353.

    Examples
    --------
    >>> polsby_popper([shapely.box(0, 0, 100, 100)]).round(3)
    array([0.785])
    """
    outlines = np.atleast_1d(np.asarray(outline, dtype=object))
    area = shapely.area(outlines)
    if (bad := np.flatnonzero(~(area > 0))).size:
        raise DataError(
            f"{bad.size} of {area.size} outlines have no area.",
            found=f"positions {name_some(bad.tolist())}",
            wanted="a Polygon or MultiPolygon with an area greater than 0 for every grid",
            fix="drop empty grids before measuring their shape",
        )
    compactness: NDArray[np.float64] = 4 * np.pi * area / shapely.length(outlines) ** 2
    return compactness


def label_centers(labels: ArrayLike, xy: ArrayLike, load: ArrayLike) -> NDArray[np.float64]:
    """Return the load-weighted center of each grid.

    Parameters
    ----------
    labels : array_like of int, shape (n_units,)
        Grid of each unit, 0 to n_grids - 1.
    xy : array_like of float, shape (n_units, 2)
        Where each unit is, in meters.
    load : array_like of float, shape (n_units,)
        Load of each unit, >= 0. A grid without any load has the mean of its units.

    Returns
    -------
    ndarray of float64, shape (n_grids, 2)
        Meters, in the CRS of `xy`.

    Examples
    --------
    >>> label_centers([0, 0, 1], [[0, 0], [10, 0], [5, 5]], [3, 1, 2])
    array([[2.5, 0. ],
           [5. , 5. ]])
    """
    grid, places, weight = _aligned(labels, xy, load)
    n_units = np.bincount(grid)
    if n_units.size and n_units.min() == 0:
        raise DataError(
            f"{int((n_units == 0).sum())} of {n_units.size} grids have no unit.",
            found=f"labels {name_some(np.flatnonzero(n_units == 0).tolist())}",
            wanted="labels 0 to n_grids - 1, each used",
            fix="number the grids anew without gaps",
        )
    is_empty = np.bincount(grid, weight) == 0
    weight = np.where(is_empty[grid], 1.0, weight)
    total = np.bincount(grid, weight)
    # Relative to one unit of the map, so that eastings of 500,000 m cost no digits.
    origin = places[0] if len(places) else np.zeros(2)
    shifted = places - origin
    sums = [np.bincount(grid, weight * shifted[:, axis]) / total for axis in (0, 1)]
    return np.column_stack(sums) + origin


def label_inertia(labels: ArrayLike, xy: ArrayLike, load: ArrayLike) -> NDArray[np.float64]:
    """Return the moment of inertia of each grid about its load-weighted center.

    This is ``sum(load * distance**2)`` over the units of the grid, the less the more
    compact.

    Parameters
    ----------
    labels : array_like of int, shape (n_units,)
        Grid of each unit, 0 to n_grids - 1.
    xy : array_like of float, shape (n_units, 2)
        Where each unit is, in meters.
    load : array_like of float, shape (n_units,)
        Load of each unit, >= 0.

    Returns
    -------
    ndarray of float64, shape (n_grids,)
        Load times square meters.

    Examples
    --------
    >>> label_inertia([0, 0, 1], [[0, 0], [10, 0], [5, 5]], [1, 1, 2])
    array([50.,  0.])
    """
    grid, places, weight = _aligned(labels, xy, load)
    offset = places - label_centers(grid, places, weight)[grid]
    return np.bincount(grid, weight * (offset**2).sum(axis=1)).astype(np.float64)


def label_radius_m(labels: ArrayLike, xy: ArrayLike, load: ArrayLike) -> NDArray[np.float64]:
    """Return how far each grid's farthest unit lies from its load-weighted center.

    Parameters
    ----------
    labels : array_like of int, shape (n_units,)
        Grid of each unit, 0 to n_grids - 1.
    xy : array_like of float, shape (n_units, 2)
        Where each unit is, in meters.
    load : array_like of float, shape (n_units,)
        Load of each unit, >= 0; it moves the center, and a unit without load still counts.

    Returns
    -------
    ndarray of float64, shape (n_grids,)
        Meters, in a straight line.

    Examples
    --------
    >>> label_radius_m([0, 0, 1], [[0, 0], [10, 0], [5, 5]], [3, 1, 2])
    array([7.5, 0. ])
    """
    grid, places, weight = _aligned(labels, xy, load)
    centers = label_centers(grid, places, weight)
    radius = np.zeros(len(centers))
    np.maximum.at(radius, grid, np.hypot(*(places - centers[grid]).T))
    return radius


def farthest_m(xy: ArrayLike, center: ArrayLike) -> float:
    """Return the distance from `center` to the farthest place, in a straight line.

    Parameters
    ----------
    xy : array_like of float, shape (n_units, 2)
        Places, in meters.
    center : array_like of float, shape (2,)
        The place to measure from, in the CRS of `xy`.

    Returns
    -------
    float
        Meters; 0 where there is no place.

    Examples
    --------
    >>> farthest_m([[3, 4], [1, 1]], (0, 0))
    5.0
    """
    offset = np.asarray(xy, dtype=np.float64).reshape(-1, 2) - np.asarray(center, dtype=np.float64)
    return float(np.hypot(offset[:, 0], offset[:, 1]).max(initial=0.0))


def _aligned(
    labels: ArrayLike, xy: ArrayLike, load: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the three arrays in their types, refusing lengths that differ."""
    grid = np.asarray(labels, dtype=np.int64)
    places = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    weight = np.asarray(load, dtype=np.float64)
    if not grid.size == len(places) == weight.size or (grid.size and grid.min() < 0):
        raise DataError(
            "Labels, places and loads do not belong to the same units.",
            found=f"{grid.size} labels from {grid.min(initial=0)}, {len(places)} places, "
            f"{weight.size} loads",
            wanted="one of each for every unit, labels from 0",
            fix="leave units that are in no grid out of all three",
        )
    return grid, places, weight
