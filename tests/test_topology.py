"""Repairs are idempotent, keep the area and leave valid outlines alone."""

import numpy as np
import pytest
import shapely
from districts import square
from hypothesis import given
from hypothesis import strategies as st
from shapely.testing import assert_geometries_equal

from gridpart import topology

BOWTIE = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
KINK = shapely.Polygon(
    [(0, 0), (100, 0), (100, 100), (50, 100), (49.5, 100.5), (50, 100.5), (0, 100)]
)
SPIKE = shapely.Polygon([(0, 0), (90, 0), (90, 90), (50, 90), (50, 120), (50, 90), (0, 90)])
FLAT = shapely.Polygon([(0, 0), (50, 0), (100, 0), (0, 0)])
TWICE = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(0, 0, 10, 10)])
BROKEN = [BOWTIE, KINK, SPIKE, FLAT, TWICE]


def test_valid_polygons_on_the_lattice_stay_as_they_are():
    outlines = [square(0, 0), square(0, 0).difference(square(0.2, 0.2, 0.3, 0.3)), square(3, 1)]

    repairs = topology.repair_polygons(outlines)

    assert_geometries_equal(repairs.polygons, outlines)
    assert not repairs.repaired.any()
    assert not repairs.refused.any()
    assert not repairs.change_m2.any()


@pytest.mark.parametrize("outline", [KINK, SPIKE], ids=["kink", "spike"])
def test_small_crossings_are_mended(outline):
    repairs = topology.repair_polygons([outline])

    assert not shapely.is_valid(outline)
    assert repairs.repaired.tolist() == [True]
    assert repairs.refused.tolist() == [False]
    assert shapely.is_valid(repairs.polygons[0])
    assert repairs.polygons[0].area == pytest.approx(outline.area, abs=1)


@pytest.mark.parametrize("outline", [BOWTIE, FLAT, TWICE], ids=["bowtie", "flat", "twice"])
def test_repairs_that_change_the_area_are_refused(outline):
    assert topology.repair_polygons([outline]).refused.tolist() == [True]


@pytest.mark.parametrize("outline", BROKEN)
def test_mended_polygons_need_no_mending(outline):
    once = topology.repair_polygons([outline]).polygons

    twice = topology.repair_polygons(once)

    if once[0].area > 0:
        assert not twice.repaired.any()
        assert_geometries_equal(twice.polygons, once)


@given(
    st.lists(
        st.tuples(st.floats(0, 1000, width=32), st.floats(0, 1000, width=32)),
        min_size=3,
        max_size=12,
    )
)
def test_any_ring_ends_valid_on_the_lattice_or_refused(ring):
    repairs = topology.repair_polygons([shapely.Polygon(ring)])

    polygon = repairs.polygons[0]
    if not repairs.refused[0]:
        assert polygon.is_valid
        assert polygon.area > 0
        xy = shapely.get_coordinates(polygon)
        assert np.array_equal(np.round(xy, 3), xy)
        assert not topology.repair_polygons([polygon]).repaired[0]


def test_what_a_ring_goes_around_twice_is_no_hole():
    loop = [(50, 100), (50, 99.5), (51, 99.5), (51, 99.8), (49, 99.8), (49, 100)]
    outline = shapely.Polygon([(0, 0), (100, 0), (100, 100), *loop, (0, 100)])

    (mended,) = topology.repair_polygons([outline]).polygons

    assert mended.geom_type == "Polygon"
    assert not mended.interiors


def test_rounding_drops_heights_and_keeps_millimeters():
    (rounded,) = topology.round_coordinates([shapely.Point(1.23449, 2.71851, 9.0)])

    assert rounded.wkt == "POINT (1.234 2.719)"


def test_neighbors_and_corners_do_not_overlap():
    lattice = [square(i, j) for i in range(5) for j in range(5)]

    assert topology.find_overlaps(lattice).area_m2.size == 0


def test_overlaps_are_found_with_their_area():
    pairs = topology.find_overlaps([square(0, 0), square(5, 5), square(0.5, 0), square(0, 0)])

    assert list(zip(pairs.left, pairs.right, pairs.area_m2, strict=True)) == [
        (0, 2, pytest.approx(5000)),
        (0, 3, pytest.approx(10000)),
        (2, 3, pytest.approx(5000)),
    ]
    assert pairs.refused.all()


@pytest.mark.parametrize(("width_m", "refused"), [(0.9, False), (1.1, True)])
def test_overlaps_up_to_one_percent_are_tolerated(width_m, refused):
    pairs = topology.find_overlaps([square(0, 0), square(1 - width_m / 100, 0, 2, 1)])

    assert pairs.refused.tolist() == [refused]


@pytest.mark.parametrize(("width_m", "refused"), [(0.18, False), (0.22, True)])
def test_overlaps_up_to_one_square_meter_are_tolerated(width_m, refused):
    shed = shapely.box(0, 0, 5, 5)

    pairs = topology.find_overlaps([shed, shapely.box(5 - width_m, 0, 10, 5)])

    assert pairs.refused.tolist() == [refused]


def test_points_overlap_nothing():
    pairs = topology.find_overlaps([square(0, 0), shapely.Point(square(0, 0).centroid)])

    assert pairs.left.size == 0


def test_places_find_the_area_that_holds_them():
    areas = [square(0, 0), square(1, 0)]
    places = [square(1, 0).centroid, square(0, 0).centroid, square(9, 9).centroid]

    assert topology.find_containing(places, areas).tolist() == [1, 0, -1]


def test_the_border_counts_to_the_first_area():
    border = shapely.Point(square(1, 0).bounds[0], square(1, 0).centroid.y)

    assert topology.find_containing([border], [square(0, 0), square(1, 0)]).tolist() == [0]


def test_nearest_prefers_the_area_around_the_inside():
    areas = [square(0, 0), square(1.2, 0)]

    rows, distances = topology.find_nearest([square(0.9, 0, 1.5, 1), square(3, 0)], areas)

    assert rows.tolist() == [1, 1]
    assert distances.tolist() == [0, pytest.approx(80)]


def test_area_outside_is_what_the_area_does_not_hold():
    areas = [square(0, 0), square(5, 0)]

    outside = topology.area_outside([square(0.25, 0)] * 2, areas, np.array([0, 1]))

    assert outside == pytest.approx([2500, 10000])
