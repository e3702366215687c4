"""The digits of coordinates tell how they are meant, as far as digits can."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridpart.datums import add_offset
from gridpart.readings import Reading, guess_readings, read_as

HALF = 0.02
PLACES = st.tuples(st.floats(76, 134), st.floats(18.5, 53))


def drawn(place, crs, axes="xy"):
    """Return a square around a place as it is drawn in a CRS, and its bounds."""
    lon, lat = place
    square = shapely.box(lon - HALF, lat - HALF, lon + HALF, lat + HALF)
    to = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform
    shape = shapely.transform(square, to, interleaved=False)
    shape = shape if axes == "xy" else shapely.transform(shape, lambda xy: xy[:, ::-1])
    return square, shape


def zone(place, *, numbered, degrees=3):
    """Return the EPSG code of the zone of CGCS2000 that a place lies in."""
    if degrees == 3:
        return (4513 if numbered else 4534) + int((place[0] + 1.5) // 3) - 25
    return (4491 if numbered else 4502) + int(place[0] // 6) + 1 - 13


@settings(max_examples=12)  # PROJ takes 0.04 s to look a CRS up
@given(PLACES, st.sampled_from(["xy", "yx"]), st.sampled_from([3, 6]))
def test_eastings_with_zone_number_name_their_zone(place, axes, degrees):
    code = zone(place, numbered=True, degrees=degrees)
    _, shape = drawn(place, code, axes)

    assert Reading(f"EPSG:{code}", axes=axes) in guess_readings(shape.bounds)
    assert guess_readings(shape.bounds, near=place) == (Reading(f"EPSG:{code}", axes=axes),)


@settings(max_examples=12)
@given(PLACES, st.sampled_from(["xy", "yx"]), st.sampled_from([3, 6]))
def test_eastings_without_number_find_their_zone_near_the_district(place, axes, degrees):
    square, shape = drawn(place, zone(place, numbered=False, degrees=degrees), axes)

    alone, found = guess_readings(shape.bounds), guess_readings(shape.bounds, near=place)

    assert len(found) == 1
    assert len(alone) in (11, 21)
    assert set(found) <= set(alone)
    assert found[0].axes == axes
    (back,) = read_as([shape], found[0], 4326)
    assert shapely.hausdorff_distance(back, square) < 1e-8


@settings(max_examples=12)
@given(PLACES, st.sampled_from(["xy", "yx"]))
def test_degrees_are_told_with_their_order(place, axes):
    _, shape = drawn(place, 4490, axes)

    assert guess_readings(shape.bounds) == (Reading("EPSG:4490", axes=axes),)


def test_web_maps_are_not_taken_for_a_numbered_zone():
    shanghai = (121.5, 31.2)
    _, shape = drawn(shanghai, 3857)

    assert {r.crs for r in guess_readings(shape.bounds)} == {"EPSG:3857", "EPSG:4491"}
    assert guess_readings(shape.bounds, near=shanghai) == (Reading("EPSG:3857"),)


@pytest.mark.parametrize(
    "bounds",
    [
        (np.nan,) * 4,
        (np.inf, 0, np.inf, 1),
        (0, 0, 0, 0),
        (-71.5, 41.7, -71.3, 41.9),
        (772_814, 380_032, 773_615, 380_434),  # a city's own system
        (38_900_000, 3_400_000, 39_100_000, 3_410_000),  # across two zones
        (24_400_000, 3_400_000, 24_410_000, 3_410_000),  # no zone has this number
    ],
)
def test_numbers_that_fit_no_crs_of_china_are_not_guessed(bounds):
    assert guess_readings(bounds) == ()


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_a_reading_undoes_what_was_done(datum):
    square, shape = drawn((114.3, 30.6), 4526)
    (shifted,) = add_offset([shape], 4526, datum)
    swapped = shapely.transform(shifted, lambda xy: xy[:, ::-1])

    (back,) = read_as([swapped], Reading("EPSG:4526", datum, "yx"), 4326)

    assert shapely.hausdorff_distance(back, square) < 1e-9
