"""Areas are true after projection, and coordinates that cannot be true are refused."""

import numpy as np
import pyproj
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridpart.crs import check_coordinates, working_crs
from gridpart.errors import DataError

GEOD = pyproj.Geod(ellps="WGS84")
HALF = 0.02
CHENGDU_DEGREES = (104.3, 30.8, 104.5, 30.9)
CHENGDU_METERS = (433_000, 3_408_000, 452_000, 3_419_000)
GARBLED = pyproj.CRS.from_epsg(4544).to_wkt("WKT1_GDAL").replace("Transverse_M", "Trans~~~~_M")
XIAN_ESRI = (
    'GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def projected_area_error(crs, lon, lat):
    """Return the relative error of area of a square some 4 km wide."""
    x = np.array([lon - HALF, lon + HALF, lon + HALF, lon - HALF])
    y = np.array([lat - HALF, lat - HALF, lat + HALF, lat + HALF])
    true = GEOD.polygon_area_perimeter(x, y)[0]
    px, py = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(x, y)
    px, py = px - px[0], py - py[0]
    plane = np.sum(px * np.roll(py, -1) - py * np.roll(px, -1)) / 2
    return plane / true - 1


def box(lon, lat):
    return (lon - HALF, lat - HALF, lon + HALF, lat + HALF)


@settings(deadline=None, max_examples=25)  # PROJ takes 0.1 s to look a CRS up
@given(st.floats(73.4, 135.9), st.floats(3.1, 53.9), st.sampled_from([4326, 4490]))
def test_areas_in_china_are_within_a_thousandth(lon, lat, given_crs):
    crs = working_crs(given_crs, box(lon, lat))

    assert 4534 <= crs.to_epsg() <= 4554
    assert abs(projected_area_error(crs, lon, lat)) <= 1e-3


@settings(deadline=None, max_examples=25)  # PROJ takes 0.1 s to look a CRS up
@given(st.floats(-179, 179), st.floats(-79, 79))
def test_elsewhere_the_zone_is_that_of_utm_and_areas_within_three_thousandths(lon, lat):
    assume(abs(lat) > 0.1 and not (72 <= lon <= 137 and 2 <= lat <= 55))

    crs = working_crs(4326, box(lon, lat))

    assert crs.to_epsg() // 100 == (326 if lat > 0 else 327)
    assert abs(projected_area_error(crs, lon, lat)) <= 3e-3


@settings(deadline=None, max_examples=25)  # PROJ takes 0.1 s to look a CRS up
@given(st.floats(75.1, 135.9), st.floats(18, 53.9))
def test_a_working_crs_is_its_own_working_crs(lon, lat):
    crs = working_crs(4490, box(lon, lat))
    bounds = pyproj.Transformer.from_crs(4490, crs, always_xy=True).transform_bounds(*box(lon, lat))

    assert working_crs(crs, bounds).to_epsg() == crs.to_epsg()


@pytest.mark.parametrize(
    ("crs", "bounds", "epsg"),
    [
        ("EPSG:4544", CHENGDU_METERS, 4544),
        ("EPSG:4544+5773", CHENGDU_METERS, 4544),  # heights are left out
        ("EPSG:32648", CHENGDU_METERS, 32648),  # true enough: it stays
        ("EPSG:4526", (38_433_000, 3_408_000, 38_452_000, 3_419_000), 4526),
        ("EPSG:3857", (11_611_000, 3_610_000, 11_615_000, 3_620_000), 4544),
        ("EPSG:32650", (-660_000, 3_460_000, -650_000, 3_470_000), 4544),  # far out of its zone
        ("EPSG:32648", (-1e12, 3_408_000, 1e12, 3_419_000), 4542),  # corners nowhere on Earth
        ("EPSG:3438", (340_000, 250_000, 370_000, 290_000), 32619),  # in feet
        ("EPSG:4326", (103.49, 30, 103.53, 31), 4544),
        ("EPSG:4326", (103.47, 30, 103.51, 31), 4543),
        ("EPSG:4326", (73, 39, 73.2, 39.1), 4534),
        ("EPSG:4326", (179.9, -18, 180, -17.9), 32760),
    ],
)
def test_the_working_crs_of_known_places(crs, bounds, epsg):
    assert working_crs(crs, bounds).to_epsg() == epsg


def test_a_lost_datum_with_parameters_is_converted_to_cgcs2000():
    crs = "+proj=tmerc +lon_0=105 +x_0=500000 +ellps=krass +towgs84=15,-150,-90 +units=m"

    assert working_crs(crs, CHENGDU_METERS).to_epsg() == 4544


@pytest.mark.parametrize(
    "crs",
    [
        "EPSG:4610",
        "EPSG:4214",
        "EPSG:4555",
        "EPSG:2327",
        "EPSG:2414",
        XIAN_ESRI,
        "+proj=longlat +ellps=krass",
        "+proj=longlat +ellps=IAU76 +no_defs",
    ],
)
def test_a_datum_that_proj_cannot_convert_is_refused(crs):
    bounds = CHENGDU_METERS if pyproj.CRS(crs).is_projected else CHENGDU_DEGREES

    with pytest.raises(DataError, match="layer units is in a datum that cannot be converted"):
        check_coordinates(crs, bounds, "units")


@pytest.mark.parametrize(
    ("crs", "bounds", "what", "fix"),
    [
        ("EPSG:4544", CHENGDU_DEGREES, "looks like degrees", "EPSG:4490"),
        ("EPSG:4326", CHENGDU_METERS, "are no degrees", "declare the projected CRS"),
        ("EPSG:4326", (30.8, 104.3, 30.9, 104.5), "are no degrees", "exchange x and y"),
        ("EPSG:4544", (38_433_000, 1, 38_452_000, 2), "begin with a zone number", "EPSG:4526"),
        ("EPSG:4527", (38_433_000, 1, 38_452_000, 2), "number of another zone", "EPSG:4526"),
        ("EPSG:4526", (20_433_000, 1, 20_452_000, 2), "number of another zone", "EPSG:4498"),
        ("EPSG:4544", (99_433_000, 1, 99_452_000, 2), "begin with a zone number", "with a zone"),
        ("EPSG:4498", CHENGDU_METERS, "lack the zone number", "EPSG:4509"),
        ("EPSG:4526", CHENGDU_METERS, "lack the zone number", "EPSG:4547"),
        ("EPSG:4544", (3_408_000, 433_000, 3_419_000, 452_000), "are northings", "exchange x"),
        ("EPSG:4544", (np.nan,) * 4, "has no coordinates", "exported"),
        (None, CHENGDU_DEGREES, "has no usable CRS", "declare the CRS of units"),
        ("EPSG:0", CHENGDU_DEGREES, "has no usable CRS", "declare the CRS of units"),
        (GARBLED, CHENGDU_METERS, "has no usable CRS", "declare the CRS of units"),
        ('LOCAL_CS["site",UNIT["m",1]]', CHENGDU_METERS, "no usable CRS", "declare the CRS"),
    ],
)
def test_coordinates_that_do_not_fit_their_crs_are_refused(crs, bounds, what, fix):
    with pytest.raises(DataError, match=what) as error:
        check_coordinates(crs, bounds, "units")

    assert "layer units" in error.value.what
    assert fix in error.value.fix


def test_coordinates_beyond_the_reach_of_a_projection_are_refused():
    with pytest.raises(DataError, match="outside the region"):
        working_crs("EPSG:32648", (1e12, 1e12, 1e12, 1e12))


@pytest.mark.parametrize(
    ("crs", "bounds"),
    [("EPSG:4326", CHENGDU_DEGREES), ("EPSG:4544", CHENGDU_METERS), ("EPSG:3438", (1, 2, 3e5, 4))],
)
def test_coordinates_that_fit_pass(crs, bounds):
    check_coordinates(crs, bounds, "units")
