"""The offsets of Chinese web maps: GCJ-02 and BD-09, put on and taken off.

Maps published in China show every place some hundred meters off, by formulas that were
never published and are known all the same. GCJ-02 (AMap, Tencent, Google within China) is
WGS 84 plus an offset that changes slowly from place to place; BD-09 (Baidu) is GCJ-02 plus
another one. No file says so: such coordinates come labeled as WGS 84 or CGCS2000, which
are the same to less than a meter and are one datum here.
"""

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from gridpart.errors import DataError, near_names
from gridpart.transformers import transformer

__all__ = ["DATUMS", "Datum", "add_offset", "from_wgs84", "remove_offset", "to_wgs84"]

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
DATUMS: tuple[Datum, ...] = get_args(Datum)

Degrees = NDArray[np.float64]
Shift = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

_SEMI_MAJOR_M, _ECCENTRICITY_SQUARED = 6_378_245.0, 0.00669342162296594323
"""The ellipsoid of Krasovsky, in which the offset of GCJ-02 is turned into degrees."""

_EDGES = (72.004, 137.8347, 0.8293, 55.8271)
"""West, east, south and north edge of the box in which GCJ-02 has an offset."""

_MARGIN = 0.02
"""Degrees beyond the box in which a shifted place may have come from inside it."""

_CGCS2000 = pyproj.CRS.from_epsg(4490).name

_BAIDU_TURN = 3000 * np.pi / 180

_ROUNDS = 20
_CLOSE = 1e-12
"""Degrees, 0.1 micrometers: the way back has arrived. It takes five to eight rounds."""


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[Degrees, Degrees]:
    """Return the WGS 84 coordinates of places given in `datum`.

    The place ``p`` is sought whose offset leads to the given one: starting there, ``p`` is
    given minus offset(``p``) until it stays. Offsets change by at most 2 % of a step, so
    each round leaves a fiftieth of the error, and there and back is within 1e-6 m. (They
    change faster beside 105 degrees east, where GCJ-02 has a cusp, but by less than that.)

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees in `datum`.
    datum : {"wgs84", "cgcs2000", "gcj02", "bd09"}
        The first two come back unchanged.

    Returns
    -------
    tuple of ndarray of float64, shape (n,)
        Longitude and latitude in degrees. GCJ-02 is the same as WGS 84 outside 72.004 to
        137.8347 degrees east and 0.8293 to 55.8271 north; within 1 km of that edge,
        far from any Chinese town, one place may stand for two.

    Raises
    ------
    DataError
        If `datum` is none of the four.

    Examples
    --------
    >>> lon, lat = to_wgs84([114.2855], [30.5902], "gcj02")
    >>> lon.round(5), lat.round(5)
    (array([114.28008]), array([30.59265]))
    """
    _known(datum)
    lon, lat = np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
    if datum == "bd09":
        lon, lat = _undo(_baidu_offset, lon, lat, np.isfinite(lon) & np.isfinite(lat))
    if datum in ("bd09", "gcj02"):
        given_lon, given_lat = lon, lat
        lon, lat = _undo(_gcj_offset, lon, lat, _in_box(lon, lat, _MARGIN))
        inside = _in_box(lon, lat)
        lon, lat = np.where(inside, lon, given_lon), np.where(inside, lat, given_lat)
    return lon, lat


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[Degrees, Degrees]:
    """Return the coordinates in `datum` of places given in WGS 84.

    The inverse of `to_wgs84`, by the formulas that circulate as `EvilTransform` [1]_ for
    GCJ-02 and as the Baidu step [2]_ for BD-09.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees in WGS 84 or CGCS2000.
    datum : {"wgs84", "cgcs2000", "gcj02", "bd09"}
        The first two come back unchanged.

    Returns
    -------
    tuple of ndarray of float64, shape (n,)
        Longitude and latitude in degrees.

    Raises
    ------
    DataError
        If `datum` is none of the four.

    References
    ----------
    .. [1] `EvilTransform.cs`, of unknown authors, in many languages at
       https://github.com/googollee/eviltransform.
    .. [2] https://blog.csdn.net/coolypf/article/details/8569813, as cited by geoChina,
       https://github.com/caijun/geoChina.

    Examples
    --------
    >>> lon, lat = from_wgs84([116.404], [39.915], "bd09")
    >>> lon.round(5), lat.round(5)
    (array([116.41663]), array([39.9227]))
    """
    _known(datum)
    lon, lat = np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
    if datum in ("bd09", "gcj02"):
        lon, lat = _shifted(_gcj_offset, lon, lat, _in_box(lon, lat))
    if datum == "bd09":
        lon, lat = _shifted(_baidu_offset, lon, lat, np.isfinite(lon) & np.isfinite(lat))
    return lon, lat


def remove_offset(geometries: ArrayLike, crs: object, datum: Datum) -> NDArray[np.object_]:
    """Return geometries that carry the offset of `datum` without it, in the same CRS.

    Coordinates are taken to longitude and latitude as if they were WGS 84, which is how
    they got into a projection, then to their true place, then back.

    Parameters
    ----------
    geometries : array_like of shapely geometries, shape (n,)
        Coordinates in `crs`, x before y, missing ones too.
    crs : object
        Geographic or projected CRS, as anything that pyproj understands.
    datum : {"wgs84", "cgcs2000", "gcj02", "bd09"}
        The first two have no offset.

    Returns
    -------
    ndarray of shapely geometries, shape (n,)
        Without heights where there was an offset. Coordinates that `crs` cannot place on
        Earth stay as they are.

    Raises
    ------
    DataError
        If `datum` is none of the four.

    Examples
    --------
    >>> from shapely import Point
    >>> on_map = add_offset([Point(523000, 3389000)], "EPSG:4547", "gcj02")
    >>> on_map[0].distance(Point(523000, 3389000)) > 500
    True
    >>> remove_offset(on_map, "EPSG:4547", "gcj02")[0].distance(Point(523000, 3389000)) < 1e-6
    True
    """
    return _moved(geometries, crs, datum, to_wgs84)


def add_offset(geometries: ArrayLike, crs: object, datum: Datum) -> NDArray[np.object_]:
    """Return geometries in true coordinates with the offset of `datum`, in the same CRS.

    The inverse of `remove_offset`, which see.
    """
    return _moved(geometries, crs, datum, from_wgs84)


def _known(datum: str) -> None:
    if datum not in DATUMS:
        raise DataError(
            f"There is no datum {datum!r}.",
            found=f"{datum!r}; {near_names(str(datum), DATUMS)}",
            wanted=" or ".join(DATUMS),
            fix="correct the datum",
        )


def _moved(
    geometries: ArrayLike,
    crs: object,
    datum: Datum,
    convert: Callable[[ArrayLike, ArrayLike, Datum], tuple[Degrees, Degrees]],
) -> NDArray[np.object_]:
    _known(datum)
    array = np.asarray(geometries, dtype=object)
    if datum in ("wgs84", "cgcs2000"):
        return array.copy()
    to_degrees = _degrees_from(pyproj.CRS.from_user_input(crs))

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = convert(*to_degrees.transform(xy[:, 0], xy[:, 1]), datum)
        back = np.column_stack(to_degrees.transform(lon, lat, direction="INVERSE"))
        placed = np.isfinite(back).all(axis=1, keepdims=True)
        result: NDArray[np.float64] = np.where(placed, back, xy)
        return result

    result: NDArray[Any] = shapely.transform(array, move)
    return result


def _degrees_from(crs: pyproj.CRS) -> pyproj.Transformer:
    """Return what takes coordinates to WGS 84, or to CGCS2000 if that is their own.

    PROJ needs 0.1 s to find that the two are one, and a few dozen readings may be tried.
    """
    geodetic = crs.geodetic_crs
    is_chinese = not crs.is_bound and geodetic is not None and geodetic.name == _CGCS2000
    return transformer(crs, 4490 if is_chinese else 4326)


def _in_box(lon: Degrees, lat: Degrees, margin: float = 0.0) -> NDArray[np.bool_]:
    """Return which places lie in the box of GCJ-02; those that are no numbers do not."""
    west, east, south, north = _EDGES
    inside: NDArray[np.bool_] = (
        (lon >= west - margin)
        & (lon <= east + margin)
        & (lat >= south - margin)
        & (lat <= north + margin)
    )
    return inside


def _shifted(
    offset: Shift, lon: Degrees, lat: Degrees, where: NDArray[np.bool_]
) -> tuple[Degrees, Degrees]:
    """Return the places with the offset added to some of them."""
    lon, lat = lon.copy(), lat.copy()
    east, up = offset(lon[where], lat[where])
    lon[where] += east
    lat[where] += up
    return lon, lat


def _undo(
    offset: Shift, lon: Degrees, lat: Degrees, where: NDArray[np.bool_]
) -> tuple[Degrees, Degrees]:
    """Return the places whose offset leads to the given ones, by fixed-point iteration."""
    lon, lat = lon.copy(), lat.copy()
    goal_lon, goal_lat = lon[where], lat[where]
    x, y = goal_lon, goal_lat
    for _ in range(_ROUNDS):
        east, up = offset(x, y)
        last_x, last_y = x, y
        x, y = goal_lon - east, goal_lat - up
        step = np.maximum(np.abs(x - last_x), np.abs(y - last_y))
        if step.max(initial=0.0) < _CLOSE:
            break
    lon[where], lat[where] = x, y
    return lon, lat


def _gcj_offset(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Return by how many degrees GCJ-02 lies east and north of WGS 84."""
    x, y = lon - 105, lat - 35

    def wave(position: Degrees, *terms: tuple[float, float]) -> Degrees:
        """Return the sum of sines, each of an amplitude in meters and a half-period."""
        waves = (meters * np.sin(position * np.pi / half) for meters, half in terms)
        return np.asarray(sum(waves) * 2 / 3, dtype=np.float64)

    ripple = wave(x, (20, 1 / 6), (20, 1 / 2))
    east_m = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + ripple
    east_m += wave(x, (20, 1), (40, 3), (150, 12), (300, 30))
    north_m = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + ripple
    north_m += wave(y, (20, 1), (40, 3), (160, 12), (320, 30))
    slope = np.radians(lat)
    squeeze = 1 - _ECCENTRICITY_SQUARED * np.sin(slope) ** 2
    across_m = _SEMI_MAJOR_M / np.sqrt(squeeze) * np.cos(slope)
    along_m = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_SQUARED) / squeeze**1.5
    return np.degrees(east_m / across_m), np.degrees(north_m / along_m)


def _baidu_offset(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Return by how many degrees BD-09 lies east and north of GCJ-02."""
    reach = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BAIDU_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BAIDU_TURN)
    return reach * np.cos(angle) + 0.0065 - lon, reach * np.sin(angle) + 0.006 - lat
