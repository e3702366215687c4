"""How the coordinates of any map become meters, and in which plane its borders are looked for.

Borders are looked for where the map was drawn, only stretched: an edge that is straight in
degrees is an arc in meters, and corners that lie on it would no longer do so. Places, and the
lengths of borders, are measured in meters.
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gridpart.crs import check_coordinates, working_crs
from gridpart.errors import DataError, name_some
from gridpart.transformers import transformer

__all__ = ["Plane", "plane_of"]

EARTH_M = 6_371_008.8
"""Mean radius of the Earth."""
WIDE_DEGREES = 6.0
"""Span of longitude beyond which a zone of its own no longer shows a map truly."""
UNTRUE = 0.1
"""Relative error of an area from which a projection is not measured in: Web Mercator."""
ALL_AROUND = 0.05
"""Length of the mean of unit vectors below which a map has no middle."""
TINY, ENOUGH = 4.0, 128.0
"""Typical width of a unit, without a CRS, below which borders are looked for magnified, and
the width that they get: the tolerances of borders are those of meters."""

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Plane:
    """Where the borders of a map are looked for, and how it is measured."""

    stretch: tuple[float, float]
    """Factors from x and y as they are to the plane of borders, in about meters."""
    measured: float
    """Factor from x and y to meters; only where `to_meters` is missing."""
    to_meters: pyproj.Transformer | None
    """From x and y to a projection in meters."""

    def for_borders(self, shapes: Geometries) -> Geometries:
        """Return the shapes in the plane of borders."""
        if self.stretch == (1.0, 1.0):
            return shapes
        return _mapped(shapes, lambda xy: xy * self.stretch)

    def lengths_m(self, lines: Geometries, lengths: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return lengths in meters of `lines`, which have `lengths` in the plane of borders."""
        if self.to_meters is None:
            return lengths * (self.measured / self.stretch[0])
        drawn = _mapped(lines, lambda xy: xy / self.stretch)
        return np.round(shapely.length(self._in_meters(drawn)), 2)

    def places_m(self, shapes: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return the centroids of the shapes in meters, to the millimeter; shape (n_units, 2).

        Raises
        ------
        DataError
            If a unit has coordinates that lie nowhere on Earth, or are no numbers.
        """
        with np.errstate(invalid="ignore"):
            middle = shapely.centroid(self._in_meters(shapes.to_numpy()))
        places = np.full((len(shapes), 2), np.nan)
        there = ~shapely.is_empty(middle)  # the middle of no numbers is no point
        places[there] = shapely.get_coordinates(middle[there])
        lost = ~np.isfinite(places).all(axis=1)
        if lost.any():
            raise DataError(
                f"{int(lost.sum())} of {len(shapes)} units lie nowhere on the map.",
                found=f"infinite or no coordinates: {name_some(shapes.index[lost])}",
                wanted="coordinates inside the region of the CRS",
                fix="pass longitude and latitude, or a projection made for the whole map",
            )
        fine = self.stretch[0] if self.to_meters is None and self.measured == 1 else 1.0
        return np.asarray(np.round(places * fine, 3) / fine)

    def _in_meters(self, shapes: Geometries) -> Geometries:
        if self.to_meters is not None:
            return _mapped(shapes, self._projected)
        return shapes if self.measured == 1 else _mapped(shapes, lambda xy: xy * self.measured)

    def _projected(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        assert self.to_meters is not None
        return np.column_stack(self.to_meters.transform(*xy.T))


def _mapped(shapes: Geometries, change: Any) -> Geometries:
    """Return shapes with changed coordinates, without heights."""
    return np.asarray(shapely.transform(shapes, change, include_z=False), dtype=object)


def plane_of(shapes: gpd.GeoSeries) -> Plane:
    """Return how a map is measured.

    Coordinates of a projection are taken in its unit, unless it shows areas more than a
    tenth too large or too small. Those, and degrees, are projected: to the zone in which
    the map lies, or, for a map of more than 6 degrees of longitude, to an equal-area
    azimuthal projection around its middle. Without a CRS, or with one that is bound to no
    place on Earth, coordinates are meters.

    Parameters
    ----------
    shapes : GeoSeries
        At least one of them not empty.

    Raises
    ------
    DataError
        If the coordinates cannot be what the CRS says.

    Examples
    --------
    >>> block = gpd.GeoSeries([shapely.box(980000, 200000, 980300, 200300)], crs="EPSG:2263")
    >>> round(plane_of(block).measured, 4)
    0.3048
    """
    crs = None if shapes.crs is None else pyproj.CRS.from_user_input(shapes.crs)
    if crs is None or crs.geodetic_crs is None:
        return Plane((magnified := _magnified(shapes.to_numpy()), magnified), 1.0, None)
    flat = crs.sub_crs_list[0] if crs.is_compound else crs
    if not flat.is_projected:
        check_coordinates(crs, shapes.total_bounds, "units")
    unit = float(flat.axis_info[0].unit_conversion_factor)
    xy = shapely.get_coordinates(shapes.to_numpy())
    lon, lat = transformer(flat, pyproj.CRS.from_epsg(4326)).transform(*xy.T)
    known = np.isfinite(lon) & np.isfinite(lat)
    if flat.is_projected and _is_true(flat, lon[known], lat[known]):
        return Plane((unit, unit), unit, None)
    middle = float(np.median(lat[known]))
    if np.ptp(lon[known]) <= WIDE_DEGREES:
        target = working_crs(flat, shapes.total_bounds)
    else:
        target = _around(lon[known], lat[known])
    narrow = 1.0 if flat.is_projected else float(np.cos(np.radians(middle)))
    scale = unit if flat.is_projected else unit * EARTH_M
    return Plane((scale * narrow, scale), 1.0, transformer(flat, target))


def _magnified(shapes: Geometries) -> float:
    """Return the power of two that makes units wide enough, 1 for units of some meters."""
    with np.errstate(invalid="ignore"):
        areas = shapely.area(shapes)
    areas = areas[np.isfinite(areas) & (areas > 0)]
    width = float(np.sqrt(np.median(areas))) if areas.size else TINY
    return 1.0 if width >= TINY else float(2.0 ** np.ceil(np.log2(ENOUGH / width)))


def _is_true(crs: pyproj.CRS, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> bool:
    """Return whether a projection shows areas about truly in the middle of a map.

    Where it says nothing, as on sketches with coordinates of their own, they are believed.
    """
    if not lon.size:
        return True
    scale = pyproj.Proj(crs).get_factors(float(np.median(lon)), float(np.median(lat))).areal_scale
    return not np.isfinite(scale) or abs(scale - 1) <= UNTRUE


def _around(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> pyproj.CRS:
    """Return the equal-area azimuthal projection around the middle, to a degree.

    It shows all of the Earth but the point opposite, which is none that a raster has;
    the one unit that may lie around that point is put nowhere near it.
    """
    east, north = np.radians(lon), np.radians(lat)
    x, y, z = np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)
    middle = np.array([x.mean(), y.mean(), z.mean()])
    if np.linalg.norm(middle) < ALL_AROUND:
        middle = np.array([1.0, 0.0, 0.0])
    lon_0 = np.degrees(np.arctan2(middle[1], middle[0]))
    lat_0 = np.degrees(np.arctan2(middle[2], np.hypot(middle[0], middle[1])))
    where = {"lon_0": round(float(lon_0)) + 0.37, "lat_0": round(float(lat_0)) + 0.37}
    return pyproj.CRS.from_dict({"proj": "laea", "datum": "WGS84", "units": "m", **where})
