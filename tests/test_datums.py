"""Offsets come off as they went on, and agree with a program that others wrote."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from gridpart.datums import DATUMS, add_offset, from_wgs84, remove_offset, to_wgs84
from gridpart.errors import DataError

METERS = 111_320.0
IN_CHINA = st.tuples(st.floats(73.0, 136.0), st.floats(3.0, 54.0))
SHIFTED = st.sampled_from(["gcj02", "bd09"])
WUHAN = "+proj=tmerc +lon_0=114.2833 +x_0=800000 +y_0=-3000000 +ellps=GRS80 +units=m"


def meters_apart(lon, lat, other_lon, other_lat):
    east = (np.asarray(lon) - other_lon) * METERS * np.cos(np.radians(lat))
    return np.hypot(east, (np.asarray(lat) - other_lat) * METERS)


@given(IN_CHINA, SHIFTED)
@example((105.0, 30.0), "gcj02")  # where the offset has a cusp
@example((105.0 + 1e-13, 30.0), "bd09")
def test_there_and_back_is_within_a_micrometer(place, datum):
    lon, lat = place

    back = to_wgs84(*from_wgs84([lon], [lat], datum), datum)

    assert meters_apart(lon, lat, *back) < 1e-6


@given(IN_CHINA, SHIFTED)
def test_back_and_there_is_within_a_micrometer(place, datum):
    lon, lat = place

    there = from_wgs84(*to_wgs84([lon], [lat], datum), datum)

    assert meters_apart(lon, lat, *there) < 1e-6


@given(IN_CHINA)
def test_offsets_are_hundreds_of_meters_inside_china(place):
    (lon, lat), (shifted_lon, shifted_lat) = place, from_wgs84([place[0]], [place[1]], "gcj02")

    assert 20 < meters_apart(lon, lat, shifted_lon, shifted_lat)[0] < 1500


@given(st.floats(-180, 180), st.floats(-90, 90))
@example(139.7, 35.7)
@example(0.0, 90.0)
def test_gcj02_is_wgs84_outside_its_box(lon, lat):
    if 71.9 <= lon <= 137.9 and 0.8 <= lat <= 55.9:
        lon -= 180 if lon > 0 else -180

    assert from_wgs84([lon], [lat], "gcj02") == ([lon], [lat])
    assert to_wgs84([lon], [lat], "gcj02") == ([lon], [lat])


@given(IN_CHINA, st.sampled_from(["wgs84", "cgcs2000"]))
def test_wgs84_and_cgcs2000_are_one_datum(place, datum):
    assert to_wgs84([place[0]], [place[1]], datum) == ([place[0]], [place[1]])
    assert from_wgs84([place[0]], [place[1]], datum) == ([place[0]], [place[1]])


@given(st.lists(st.tuples(st.floats(60, 145), st.floats(0, 60)), min_size=1), SHIFTED)
def test_coordinates_agree_with_another_program(places, datum):
    peer = pytest.importorskip("geocoordinates_ffi")  # has no wheel for Windows
    lon, lat = np.array(places).T
    convert = {"gcj02": peer.wgs84_to_gcj02, "bd09": peer.wgs84_to_bd09}[datum]
    theirs = [convert(peer.Wgs84(lat=y, lon=x)) for x, y in places]

    ours = from_wgs84(lon, lat, datum)

    assert np.max(meters_apart(*ours, [p.lon for p in theirs], [p.lat for p in theirs])) < 1e-7


@given(IN_CHINA, SHIFTED)
def test_the_way_back_agrees_with_another_program(place, datum):
    peer = pytest.importorskip("geocoordinates_ffi")
    lon, lat = place
    if datum == "gcj02":
        theirs = peer.gcj02_to_wgs84_refined(peer.Gcj02(lat=lat, lon=lon))
    else:
        theirs = peer.bd09_to_wgs84_refined(peer.Bd09(lat=lat, lon=lon))

    assert meters_apart(*to_wgs84([lon], [lat], datum), theirs.lon, theirs.lat) < 1e-5


@pytest.mark.parametrize(
    ("place", "gcj02", "bd09"),
    [
        ((116.404, 39.915), (116.410244, 39.916404), (116.416627, 39.922699)),
        ((104.06, 30.67), (104.062496, 30.667575), (104.068954, 30.673692)),
    ],
)
def test_known_places_are_where_others_have_them(place, gcj02, bd09):
    lon, lat = [place[0]], [place[1]]

    assert np.ravel(from_wgs84(lon, lat, "gcj02")) == pytest.approx(gcj02, abs=1e-6)
    assert np.ravel(from_wgs84(lon, lat, "bd09")) == pytest.approx(bd09, abs=1e-6)


def test_places_nowhere_stay_nowhere():
    nowhere = np.array([np.inf, -np.inf, np.nan])

    for datum in DATUMS:
        for convert in (to_wgs84, from_wgs84):
            assert np.array_equal(convert(nowhere, nowhere, datum)[0], nowhere, equal_nan=True)


@pytest.mark.parametrize("crs", [4326, 4490, 4547, 4526, 3857, 32650, WUHAN])
@pytest.mark.parametrize("datum", DATUMS)
def test_offsets_come_off_in_any_crs(crs, datum):
    ring = [(114.28, 30.59), (114.29, 30.59), (114.29, 30.60), (114.28, 30.60)]
    true = shapely.Polygon(ring)
    shifted = shapely.Polygon(np.column_stack(from_wgs84(*np.array(ring).T, datum)))
    project = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform
    before, after = shapely.transform([shifted, true], project, interleaved=False)

    (found,) = remove_offset([before], crs, datum)

    limit = 1e-11 if pyproj.CRS(crs).is_geographic else 1e-6
    assert shapely.hausdorff_distance(found, after) < limit
    assert shapely.hausdorff_distance(add_offset([found], crs, datum)[0], before) < limit


def test_missing_and_misplaced_geometries_pass():
    far = shapely.Point(1e30, 1e30)

    found = remove_offset([None, shapely.Point(), far], "EPSG:4547", "gcj02")

    assert found[0] is None
    assert found[1].is_empty
    assert found[2] == far


def test_an_unknown_datum_is_named_with_the_near_one():
    with pytest.raises(DataError, match="did you mean 'gcj02'"):
        remove_offset([shapely.Point(1, 1)], 4326, "gcj2")
