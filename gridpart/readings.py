"""How the coordinates of a layer may be meant: in which CRS, datum and order of axes.

Coordinates often come without a CRS. Their digits tell much in China: eight before the
point begin with the number of a Gauss-Krueger zone, six are an easting in a zone that
goes unnamed, and a number of seven where the easting should be is a northing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from gridpart.crs import zone_code
from gridpart.datums import Datum, remove_offset
from gridpart.transformers import transformer

__all__ = ["Axes", "Reading", "crs_text", "guess_readings", "read_as"]

Axes = Literal["xy", "yx"]

_LON, _LAT = (73.0, 136.0), (3.0, 54.0)
_NORTHING_M = (1.8e6, 6.1e6)
"""Distance from the equator of the towns of China; less is an origin of a city's own."""

_EASTING_M = (1e5, 9e5)
_MERCATOR_M = (8e6, 1.53e7), (1.8e6, 7.4e6)
"""Where China lies in EPSG:3857."""

_HALF_ZONE = 1.75
"""Degrees from the central meridian up to which a zone of 3 degrees is usual."""

_NEAR = 1.0
"""Degrees within which a layer and the rest of its district lie, with room to spare."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read coordinates."""

    crs: str
    """EPSG code, PROJ string or WKT."""
    datum: Datum = "wgs84"
    axes: Axes = "xy"
    """``yx`` where the north coordinate stands first."""


def crs_text(crs: object) -> str:
    """Return a CRS as its EPSG code where it has one, else as WKT.

    Examples
    --------
    >>> crs_text(4547)
    'EPSG:4547'
    """
    known = pyproj.CRS.from_user_input(crs)
    code = known.to_epsg()
    return known.to_wkt() if code is None else f"EPSG:{code}"


def guess_readings(
    bounds: Sequence[float], near: tuple[float, float] | None = None
) -> tuple[Reading, ...]:
    """Return how coordinates in China that come without a CRS may be meant.

    Parameters
    ----------
    bounds : sequence of float
        West, south, east and north end as the coordinates are given, first axis as x.
    near : tuple of float, optional
        Longitude and latitude of a place in the district: readings that put the layer
        more than a degree from there are left out.

    Returns
    -------
    tuple of Reading
        All with the datum ``wgs84``. None if the numbers fit no CRS of China; one or two
        for degrees and for eastings with a zone number; without `near` one for each zone
        where eastings lack the number.

    Examples
    --------
    >>> guess_readings((3_388_739, 38_521_943, 3_393_350, 38_529_145))
    (Reading(crs='EPSG:4526', datum='wgs84', axes='yx'),)
    >>> guess_readings((521_943, 3_388_739, 529_145, 3_393_350), near=(114.3, 30.6))
    (Reading(crs='EPSG:4547', datum='wgs84', axes='xy'),)
    """
    west, south, east, north = map(float, bounds)
    if not np.isfinite([west, south, east, north]).all():
        return ()
    both: tuple[tuple[Axes, tuple[float, ...]], ...] = (
        ("xy", (west, south, east, north)),
        ("yx", (south, west, north, east)),
    )
    return tuple(
        Reading(f"EPSG:{code}", axes=axes) for axes, box in both for code in _codes(box, near)
    )


def _codes(box: tuple[float, ...], near: tuple[float, float] | None) -> Iterator[int]:
    """Yield the EPSG codes in which a box may be meant, x east."""
    (west, east), (south, north) = (box[0], box[2]), (box[1], box[3])
    if _within(_LON, west, east) and _within(_LAT, south, north):
        yield from _only_near((4490,), box, near)
    if not _within(_NORTHING_M, south, north):
        return
    number = int(west // 1e6)
    if number == int(east // 1e6) and (code := zone_code(number)) is not None:
        yield from _only_near((code,), box, near)
    if _within(_MERCATOR_M[0], west, east) and _within(_MERCATOR_M[1], south, north):
        yield from _only_near((3857,), box, near)
    if _within(_EASTING_M, west, east):
        yield from _unnamed_zones(box, near)


def _within(limits: tuple[float, float], low: float, high: float) -> bool:
    return limits[0] <= low and high <= limits[1]


def _only_near(
    codes: tuple[int, ...], box: tuple[float, ...], near: tuple[float, float] | None
) -> Iterator[int]:
    for code in codes:
        lon, lat = _middle(code, box)
        if near is None or max(abs(lon - near[0]), abs(lat - near[1])) <= _NEAR:
            yield code


def _middle(code: int, box: tuple[float, ...]) -> tuple[float, float]:
    degrees = 4326 if code == 3857 else 4490  # PROJ finds the way to the own ones at once
    to_degrees = transformer(code, degrees)
    lon, lat = to_degrees.transform((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return float(lon), float(lat)


def _unnamed_zones(box: tuple[float, ...], near: tuple[float, float] | None) -> Iterator[int]:
    """Yield the zones in which an easting without number may be meant.

    They differ in nothing but their central meridian, so that one tells of all. Zones of
    6 degrees share theirs with zones of 3, and differ from them in name and width only.
    """
    lon, lat = _middle(4544, box)
    aside = lon - 105
    for meridian in range(75, 136, 3):
        place = meridian + aside
        if near is not None and max(abs(place - near[0]), abs(lat - near[1])) > _NEAR:
            continue
        if abs(aside) > _HALF_ZONE and (meridian - 75) % 6 == 0:
            yield 4502 + (meridian - 75) // 6
        elif abs(aside) <= _HALF_ZONE or near is not None:
            yield 4534 + (meridian - 75) // 3


def read_as(geometries: ArrayLike, reading: Reading, crs: object) -> NDArray[np.object_]:
    """Return geometries as drawn, read one way, in their true place in `crs`.

    Parameters
    ----------
    geometries : array_like of shapely geometries, shape (n,)
        Coordinates as they are given.
    reading : Reading
        How they are meant.
    crs : object
        The CRS to return them in, as anything that pyproj understands.

    Returns
    -------
    ndarray of shapely geometries, shape (n,)
        In `crs`, x east, without heights. What the reading cannot place on Earth has
        coordinates that are infinite.

    Examples
    --------
    >>> drawn = [shapely.Point(3389000, 523000)]
    >>> read_as(drawn, Reading("EPSG:4547", axes="yx"), 4547)[0].wkt
    'POINT (523000 3389000)'
    """
    array = np.asarray(geometries, dtype=object)
    if reading.axes == "yx":
        array = shapely.transform(array, lambda xy: xy[:, ::-1])
    array = remove_offset(array, reading.crs, reading.datum)
    source, target = pyproj.CRS.from_user_input(reading.crs), pyproj.CRS.from_user_input(crs)
    if source == target:
        return array
    project = transformer(source, target)
    moved: NDArray[Any] = shapely.transform(
        array, lambda xy: np.column_stack(project.transform(xy[:, 0], xy[:, 1]))
    )
    return moved
