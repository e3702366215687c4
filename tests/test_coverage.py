"""Gaps, slivers and copies are found by area, whatever the noding of edges."""

import numpy as np
import pytest
import shapely
from faulty import cells
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from gridpart.coverage import USUAL, find_copies, find_gaps, find_slivers, is_noise

seeds = st.integers(0, 2**16)
few = settings(max_examples=15)


def kinds(polygons, region=None, tolerances=USUAL):
    return sorted(find_gaps(np.array(polygons, dtype=object), region, tolerances).kinds)


@pytest.mark.parametrize(
    ("width", "kind"),
    [(0.001, "seam"), (0.05, "seam"), (0.06, "sliver"), (1.0, "sliver"), (1.1, "hole")],
)
def test_enclosed_gaps_are_told_apart_by_width(width, kind):
    pair = [box(0, 0, 10 - width, 10), box(10, 0, 20, 10)]

    gaps = find_gaps(np.array(pair, dtype=object), box(0, 0, 20, 10))

    assert gaps.kinds.tolist() == [kind]
    assert gaps.shapes[0].area == pytest.approx(10 * width, abs=1e-6)
    assert gaps.around == ((0, 1),)


@pytest.mark.parametrize(("width", "found"), [(0.001, 1), (0.3, 1), (1.2, 0)])
def test_a_cleft_between_two_is_a_gap_up_to_its_width(width, found):
    assert len(kinds([box(0, 0, 10, 10), box(10 + width, 0, 20, 10)])) == found


def test_a_notch_in_one_outline_is_no_gap():
    notched = box(0, 0, 50, 20).difference(box(30, 5, 30.2, 20))

    assert kinds([notched]) == []


@pytest.mark.parametrize("x", [40, 30, 48])
def test_an_angle_between_two_outlines_is_no_gap(x):
    left = shapely.Polygon([(0, 0), (50, 0), (50, 10), (x, 20), (0, 20)])
    right = shapely.Polygon([(50, 0), (100, 0), (100, 18), (54, 20), (50, 10)])

    assert kinds([left, right]) == []


def test_a_lake_in_one_outline_is_a_hole():
    assert kinds([box(0, 0, 30, 30).difference(box(10, 10, 20, 20))]) == ["hole"]


def test_the_arms_of_a_hole_are_slivers():
    blocks = [
        box(i * 20, j * 20, i * 20 + 19.9, j * 20 + 19.9)
        for i in range(4)
        for j in range(4)
        if (i, j) != (1, 1)
    ]

    found = find_gaps(np.array(blocks, dtype=object), box(0, 0, 80, 80))

    hole = found.shapes[found.kinds == "hole"]
    assert hole.size == 1
    assert hole[0].area == pytest.approx(20.1**2, abs=0.5)
    assert set(found.kinds) == {"hole", "sliver"}


def test_t_junctions_off_by_rounding_leave_no_gap():
    first = shapely.Polygon([(0, 0), (30, 0), (40, 77), (0, 77)])
    x = round(30 + 10 * 33 / 77, 3)
    second = shapely.Polygon([(30, 0), (60, 0), (60, 33), (x, 33)])
    third = shapely.Polygon([(x, 33), (60, 33), (60, 77), (40, 77)])

    assert kinds([first, second, third], box(0, 0, 60, 77)) == []


def test_what_tiles_has_no_gap_though_coverage_functions_refuse_it():
    wall = [box(0, 0, 10, 20), box(10, 0, 20, 7), box(10, 7, 20, 20)]  # a T-junction

    assert not shapely.coverage_is_valid(wall)
    assert kinds(wall, box(0, 0, 20, 20)) == []


@given(seed=seeds)
@few
def test_cells_without_one_have_the_gap_of_that_one(seed):
    rng = np.random.default_rng(seed)
    area = box(0, 0, 300, 300)
    tiling = cells(rng, area, 9)
    lost = int(rng.integers(len(tiling)))
    holey = np.delete(tiling, lost)

    gaps = find_gaps(holey, shapely.union_all(tiling, grid_size=0.001))

    assert shapely.area(gaps.shapes).sum() == pytest.approx(tiling[lost].area, abs=0.3)
    assert find_gaps(tiling, shapely.union_all(tiling, grid_size=0.001)).shapes.size == 0


def test_nothing_has_no_gaps():
    assert kinds([]) == []
    assert kinds([], box(0, 0, 10, 10)) == ["hole"]


@pytest.mark.parametrize(("width", "thin"), [(0.5, True), (1.0, True), (1.01, False)])
def test_slivers_are_nowhere_wide(width, thin):
    strip = box(0, 0, width, 60)
    tadpole = strip.union(box(0, 58, 4, 62))

    assert find_slivers([strip, tadpole, shapely.Point(0, 0)]).tolist() == [thin, False, False]


def test_a_copy_is_one_whatever_corner_it_begins_with():
    square = box(0, 0, 10, 10)
    turned = shapely.Polygon([(10, 10), (0, 10), (0, 0), (10, 0)])

    assert find_copies([square, box(5, 0, 9, 9), turned]).tolist() == [0, 1, 0]


def test_noise_is_thinner_than_rounding():
    shapes = [box(0, 0, 0.0007, 80), box(0, 0, 0.001, 80), shapely.Point(1, 1)]

    assert is_noise(shapes).tolist() == [True, False, True]


def test_a_hole_hardly_wider_than_the_limit_is_found_whole():
    # What is left of it when it is drawn in and out again touches its outline along a line.
    west, south = 500_000, 3_380_000
    corners = [(71.711, 203.165), (71.939, 203.804), (77.22, 218.614), (77.455, 219.272),
               (77.9, 218.734), (78.345, 218.197), (73.031, 203.292), (72.744, 202.488),
               (72.383, 203.261)]  # fmt: skip
    gap = shapely.Polygon([(west + x, south + y) for x, y in corners])
    around = box(west, south, west + 300, south + 300)

    found = find_gaps(np.array([around.difference(gap)], dtype=object), around)

    assert shapely.area(found.shapes).sum() == pytest.approx(gap.area, abs=0.02)
