"""Which projected CRS to work in, and whether coordinates can be what their CRS says.

Lengths and areas are only true in a projection made for the place. x is always east and y
north, whatever the axis order of the CRS.
"""

import re
from collections.abc import Sequence

import numpy as np
import pyproj
from pyproj.exceptions import ProjError

from gridpart.errors import DataError
from gridpart.transformers import transformer

__all__ = ["check_coordinates", "check_extent", "is_lost_datum", "working_crs", "zone_code"]

AREA_TOLERANCE = 1e-3
"""By how much the area of a square may differ from its true area, relative."""

_WGS84 = pyproj.CRS.from_epsg(4326)
_CHINA = (73.0, 3.0, 136.0, 54.0)
_LOST_DATUMS = ("xian1980", "beijing1954", "newbeijing")
"""Datums that PROJ passes on unchanged, or by the parameters of some other region."""

_LOST_AXES_M = (6_378_140.0, 6_378_245.0)
"""Semi-major axes of their ellipsoids: an unknown datum on one is theirs in disguise."""


def working_crs(crs: object, bounds: Sequence[float]) -> pyproj.CRS:
    """Return the projected CRS, in meters, to work in for data within `bounds`.

    The CRS of the data stays if it is projected in meters, true to area within 1e-3 there
    and not tied to another datum by parameters of its own. Otherwise data in China take
    the 3-degree zone of CGCS2000 with the nearest central meridian (EPSG 4534 to 4554,
    eastings without a zone number), other data the UTM zone on WGS 84.

    Parameters
    ----------
    crs : object
        The CRS of the data, as anything that pyproj understands.
    bounds : sequence of float
        West, south, east and north end of the data in `crs`, x before y.

    Raises
    ------
    DataError
        If the coordinates cannot be placed on Earth; see `check_coordinates`.

    Examples
    --------
    >>> working_crs("EPSG:4326", (104.3, 30.8, 104.5, 30.9)).to_epsg()
    4544
    >>> working_crs("EPSG:3438", (340000, 250000, 370000, 290000)).to_epsg()
    32619
    """
    check_coordinates(crs, bounds, "data")
    given = _horizontal(pyproj.CRS.from_user_input(crs))
    to_degrees = transformer(given, _WGS84)
    lon, lat = _middle(to_degrees, given, bounds)
    in_meters = given.is_projected and given.axis_info[0].unit_conversion_factor == 1
    if in_meters and not given.is_bound and _area_error(to_degrees, bounds) <= AREA_TOLERANCE:
        return given
    west, south, east, north = _CHINA
    if west <= lon <= east and south <= lat <= north:
        return pyproj.CRS.from_epsg(4534 + int(np.clip(np.floor(lon / 3 + 0.5) - 25, 0, 20)))
    zone = min(int((lon + 180) // 6) + 1, 60)
    return pyproj.CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def check_coordinates(crs: object, bounds: Sequence[float], layer: str) -> None:
    """Refuse a layer whose coordinates cannot be what its CRS says.

    Parameters
    ----------
    crs : object
        The CRS of the layer, as anything that pyproj understands.
    bounds : sequence of float
        West, south, east and north end of the layer in `crs`, x before y.
    layer : str
        Name of the layer, for messages.

    Raises
    ------
    DataError
        If there is no CRS or it is bound to no place on Earth; if its datum is Xi'an 80 or
        Beijing 54 and no parameters are given; if there are no coordinates; if a projected
        CRS holds degrees, or a geographic one holds other numbers than degrees; if CGCS2000
        eastings have a zone number that the CRS lacks, or the other way round.
    """
    known = _known_crs(crs, layer)
    _refuse_lost_datum(known, layer)
    box = np.asarray(bounds, dtype=np.float64)
    found = f"x {box[0]:.10g} to {box[2]:.10g}, y {box[1]:.10g} to {box[3]:.10g} in {known.name}"
    if not np.isfinite(box).all():
        raise DataError(
            f"The layer {layer} has no coordinates.",
            found=found,
            wanted="at least one geometry that is not empty",
            fix="check that the layer was exported with its geometry",
        )
    reach_x, reach_y = np.abs(box[[0, 2]]).max(), np.abs(box[[1, 3]]).max()
    like_degrees = reach_x <= 180 and reach_y <= 90
    if known.is_projected and like_degrees:
        raise DataError(
            f"The layer {layer} looks like degrees but has a projected CRS.",
            found=found,
            wanted="coordinates in the unit of the CRS",
            fix="declare the CRS that the coordinates are in, for instance EPSG:4490 or "
            "EPSG:4326; do not reproject",
        )
    if not known.is_projected and not like_degrees:
        is_swapped = reach_x <= 90 and reach_y <= 180
        raise DataError(
            f"The layer {layer} has a geographic CRS but its coordinates are no degrees.",
            found=found,
            wanted="longitude -180 to 180 as x and latitude -90 to 90 as y",
            fix="exchange x and y"
            if is_swapped
            else "declare the projected CRS that the coordinates are in; do not reproject",
        )
    _refuse_odd_eastings(known, box, layer, found)


def check_extent(crs: object, bounds: Sequence[float], layer: str) -> None:
    """Refuse a layer that no projection shows truly: at a pole or across the antimeridian.

    Parameters
    ----------
    crs, bounds, layer
        As in `check_coordinates`, which the layer has passed.

    Raises
    ------
    DataError
        If the middle of the layer lies north of 84 or south of 80 degrees, where UTM ends,
        or if the layer spans more than half the globe in degrees of longitude.
    """
    known = _horizontal(pyproj.CRS.from_user_input(crs))
    west, south, east, north = bounds
    own_degrees = transformer(known, known.geodetic_crs)
    _, lat = _middle(own_degrees, known, bounds)
    found = f"x {west:.10g} to {east:.10g}, y {south:.10g} to {north:.10g} in {known.name}"
    if not -80 <= lat <= 84:
        raise DataError(
            f"The layer {layer} lies at a pole.",
            found=found,
            wanted="a district between 80 degrees south and 84 degrees north",
            fix="correct the coordinates, or check whether longitude and latitude are exchanged",
        )
    if known.is_geographic and east - west > 180:
        raise DataError(
            f"The layer {layer} spans {east - west:.0f} degrees of longitude.",
            found=found,
            wanted="a district in one place, on one side of the antimeridian (180 degrees)",
            fix=f"delete the {layer} that lie elsewhere; a district across the antimeridian "
            "needs a projected CRS of its own",
        )


def zone_code(number: int) -> int | None:
    """Return the EPSG code of the CGCS2000 zone that eastings name with this number.

    Numbers 13 to 23 are zones of 6 degrees, 25 to 45 of 3 degrees.

    Examples
    --------
    >>> zone_code(38), zone_code(20), zone_code(24)
    (4526, 4498, None)
    """
    if 13 <= number <= 23:
        return 4491 + number - 13
    return 4513 + number - 25 if 25 <= number <= 45 else None


def _known_crs(crs: object, layer: str) -> pyproj.CRS:
    """Return the CRS of a layer, refusing one that is missing or not bound to Earth."""
    try:
        known = None if crs is None else _horizontal(pyproj.CRS.from_user_input(crs))
        if known is not None:  # a method of projection by a garbled name is found only here
            transformer(known, _WGS84)
    except ProjError:
        known = None
    if known is None or known.geodetic_crs is None:
        raise DataError(
            f"The layer {layer} has no usable CRS.",
            found="none" if crs is None else str(crs)[:80],
            wanted="a geographic or projected CRS, such as EPSG:4490",
            fix=f"declare the CRS of {layer}, in the file or in the manifest",
        )
    return known


def _horizontal(crs: pyproj.CRS) -> pyproj.CRS:
    """Return the CRS without its heights."""
    return crs.sub_crs_list[0] if crs.is_compound else crs


def is_lost_datum(crs: object) -> bool:
    """Return whether PROJ has no parameters for the datum of a CRS, which brings none either.

    Examples
    --------
    >>> is_lost_datum("EPSG:4610"), is_lost_datum("EPSG:4490")
    (True, False)
    """
    known = pyproj.CRS.from_user_input(crs)
    geodetic = known.geodetic_crs
    if known.is_bound or geodetic is None or geodetic.datum is None:
        return False
    plain = re.sub(r"[^a-z0-9]", "", geodetic.datum.name.lower())
    ellipsoid = geodetic.ellipsoid
    on_theirs = ellipsoid is not None and ellipsoid.semi_major_metre in _LOST_AXES_M
    return any(word in plain for word in _LOST_DATUMS) or ("unknown" in plain and on_theirs)


def _refuse_lost_datum(crs: pyproj.CRS, layer: str) -> None:
    """Refuse datums that PROJ has no parameters for, unless the CRS brings its own."""
    if is_lost_datum(crs):
        datum = crs.geodetic_crs.datum.name if crs.geodetic_crs and crs.geodetic_crs.datum else ""
        raise DataError(
            f"The layer {layer} is in a datum that cannot be converted without parameters.",
            found=f"{crs.name} (datum {datum})",
            wanted="CGCS2000 (EPSG:4490 and its zones), WGS 84, or a CRS with its own "
            "parameters (+towgs84)",
            fix="have the surveying office convert the data to CGCS2000: coordinates would "
            "otherwise be tens of meters off without a word",
        )


def _refuse_odd_eastings(crs: pyproj.CRS, box: np.ndarray, layer: str, found: str) -> None:
    """Refuse CGCS2000 eastings that have another number of digits than those of their CRS."""
    geodetic, operation = crs.geodetic_crs, crs.coordinate_operation
    if not crs.is_projected or operation is None or geodetic is None:
        return
    if "China" not in geodetic.name or "Mercator" not in operation.method_name:
        return
    shift = next((float(p.value) for p in operation.params if p.name == "False easting"), 0.0)
    has_number, wants_number = box[0] >= 1e7, shift >= 1e7
    if box[0] >= 1e6 and box[2] < 1e7:
        wrong, fix = "are northings", "exchange x and y: in Chinese tables X is the northing"
    elif has_number and int(box[0] // 1e6) != int(shift // 1e6):
        code = zone_code(int(box[0] // 1e6))
        wrong = "have the number of another zone" if wants_number else "begin with a zone number"
        fix = "declare " + (f"EPSG:{code}" if code else "the CRS with a zone number")
    elif wants_number and not has_number:
        wrong = "lack the zone number"
        fix = f"declare the CRS without a zone number{_plain_twin(crs)}"
    else:
        return
    raise DataError(
        f"The eastings of the layer {layer} {wrong}, unlike its CRS.",
        found=found,
        wanted="x of eight digits before the point with EPSG 4513 to 4533 (zones of 3 degrees) "
        "and 4491 to 4501 (6 degrees), of six with EPSG 4534 to 4554 and 4502 to 4512",
        fix=f"{fix}; do not reproject",
    )


def _plain_twin(crs: pyproj.CRS) -> str:
    """Return the code of the same zone without number, in a phrase."""
    code = crs.to_epsg() or 0
    steps = {range(4513, 4534): 21, range(4491, 4502): 11}
    twin = next((code + step for codes, step in steps.items() if code in codes), None)
    return "" if twin is None else f", EPSG:{twin}"


def _middle(
    to_degrees: pyproj.Transformer, crs: pyproj.CRS, bounds: Sequence[float]
) -> tuple[float, float]:
    """Return longitude and latitude of the middle of the bounds."""
    west, south, east, north = bounds
    lon, lat = to_degrees.transform((west + east) / 2, (south + north) / 2)
    if not np.isfinite([lon, lat]).all():
        raise DataError(
            "The data lie outside the region of their CRS.",
            found=f"x {west:.10g} to {east:.10g}, y {south:.10g} to {north:.10g} in {crs.name}",
            wanted="coordinates that the CRS can place on Earth",
            fix="declare the CRS that the coordinates are in",
        )
    return float(lon), float(lat)


def _area_error(to_degrees: pyproj.Transformer, bounds: Sequence[float]) -> float:
    """Return the greatest relative error of area at the middle and the corners."""
    west, south, east, north = bounds
    x = np.array([(west + east) / 2, west, west, east, east])[:, None]
    y = np.array([(south + north) / 2, south, north, south, north])[:, None]
    side = 1000.0
    across, up = np.array([0, side, side, 0]), np.array([0, 0, side, side])
    lon, lat = to_degrees.transform(x + across, y + up)
    if not np.isfinite([lon, lat]).all():
        return np.inf
    geod = pyproj.Geod(ellps="WGS84")
    true = [geod.polygon_area_perimeter(*ring)[0] for ring in zip(lon, lat, strict=True)]
    return float(np.abs(side**2 / np.abs(true) - 1).max())
