"""Only what is at fault changes hands, and every change has its account."""

import numpy as np
import pytest
import shapely
from shapely import box

from gridpart.mending import clip_outsiders, cut_overlaps, fill_gaps


def array(*shapes):
    return np.array(shapes, dtype=object)


def test_the_larger_of_two_gives_way():
    shed, field = box(0, 0, 5, 5), box(4.9, -20, 60, 60)

    mended, deeds, refused = cut_overlaps(array(field, shed))

    assert mended[1] is shed
    assert mended[0].area == pytest.approx(field.area - 0.5)
    assert [(d.row, d.what) for d in deeds] == [(0, "overlap cut off")]
    assert deeds[0].after_m2 - deeds[0].before_m2 == pytest.approx(-0.5)
    assert refused == []


def test_overlaps_beyond_tolerance_are_left_alone():
    pair = array(box(0, 0, 10, 10), box(5, 0, 15, 10))

    mended, deeds, _ = cut_overlaps(pair)

    assert (mended == pair).all()
    assert deeds == []


def test_copies_of_a_shed_are_refused_though_in_tolerance():
    shed = box(0, 0, 0.9, 0.9)

    mended, deeds, refused = cut_overlaps(array(shed, shed))

    assert refused == [1]
    assert (mended == array(shed, shed)).all()
    assert deeds == []


def test_three_that_overlap_at_one_place_keep_it_once():
    shapes = array(box(0, 0, 30, 30), box(29.9, 0, 50, 30.1), box(20, 29.95, 35, 40))

    mended, _, _ = cut_overlaps(shapes)

    assert shapely.area(mended).sum() == pytest.approx(shapely.union_all(shapes).area)
    assert mended[2] is shapes[2]


def test_a_sliver_broken_off_goes_to_the_smaller_one():
    field = box(0, 0, 60, 60)
    road = box(-5, 59.5, 6000, 59.9)  # leaves 0.1 m of the field behind it

    mended, deeds, _ = cut_overlaps(array(field, road))
    assert [d.what for d in deeds] == ["overlap cut off", "sliver added"]
    assert shapely.get_num_geometries(mended).tolist() == [1, 1]
    assert shapely.area(mended).sum() == pytest.approx(field.union(road).area)


def test_a_long_seam_is_shared_out_along_its_neighbors():
    north = [box(i * 50, 50.04, (i + 1) * 50, 100) for i in range(6)]
    south = [box(i * 50, 0, (i + 1) * 50, 50) for i in range(6)]
    shapes = array(*north, *south)

    mended, deeds = fill_gaps(shapes, box(0, 0, 300, 100))

    assert shapely.area(mended).sum() == pytest.approx(30_000)
    width = shapely.bounds(mended)[:, 2] - shapely.bounds(mended)[:, 0]
    assert (width < 50.2).all()
    assert {d.what for d in deeds} == {"seam added"}
    assert sum(d.after_m2 - d.before_m2 for d in deeds) == pytest.approx(300 * 0.04)


def test_a_sliver_goes_to_the_longest_border():
    short, long = box(0, 0, 10, 4), box(10.5, 0, 20, 10)
    upper = box(0, 4, 10, 10)

    mended, _ = fill_gaps(array(short, upper, long), box(0, 0, 20, 10))

    assert mended[2].area == pytest.approx(100)
    assert mended[0] is short


def test_holes_stay():
    ring = array(box(0, 0, 30, 30).difference(box(10, 10, 20, 20)))

    mended, deeds = fill_gaps(ring)

    assert mended[0] is ring[0]
    assert deeds == []


def test_little_outside_is_cut_and_more_is_not():
    region = box(0, 0, 100, 100)
    shapes = array(box(90, 0, 100.05, 20), box(90, 20, 105, 40), box(0, 0, 90, 100))

    mended, deeds = clip_outsiders(shapes, region)

    assert mended[0].bounds == (90, 0, 100, 20)
    assert mended[1] is shapes[1]
    assert mended[2] is shapes[2]
    assert [d.what for d in deeds] == ["cut at the border of its community"]


def test_a_chip_outside_altogether_is_not_cut_to_nothing():
    chip = array(box(100, 0, 100.9, 1))

    mended, deeds = clip_outsiders(chip, box(0, 0, 100, 100))

    assert mended[0] is chip[0]
    assert deeds == []
