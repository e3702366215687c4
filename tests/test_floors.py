"""A grid that shares a stairwell with another has its floors in its name."""

import numpy as np
import pytest
import quarters
from shapely import box

from gridpart.floors import Floors, floor_bands, with_floors
from gridpart.parts import cut_oversize

LEVEL = quarters.rules("floor").levels[-1]
FLATS, _ = cut_oversize(
    quarters.frame([quarters.tower(), quarters.house("Z", 20, box(0, 0, 9, 9))]),
    [LEVEL], ["households"],
)  # fmt: skip
"""T1: three bands in each of two stairwells, and the house Z."""


def names(labels, units=FLATS):
    """Return what is told of each grid."""
    found = floor_bands(np.array(labels, np.int32), units)
    return {grid: with_floors("第1微网格", floors) for grid, floors in found.items()}


def test_each_band_by_itself_is_told_by_stairwell_and_floors():
    told = names([0, 1, 2, 3, 4, 5, 6])

    assert told[1] == ("第1微网格（1号楼1单元12–22层）", "12–22层")
    assert told[5] == ("第1微网格（1号楼2单元23–33层）", "23–33层")
    assert 6 not in told


def test_bands_that_follow_one_another_are_one_run():
    assert names([0, 0, 1, 2, 3, 2, 4])[0] == ("第1微网格（1号楼1单元1–22层）", "1–22层")
    assert names([0, 0, 1, 2, 3, 2, 4])[2][1] == "1–11、23–33层"


def test_a_stairwell_in_one_grid_is_not_told():
    told = names([0, 0, 0, 1, 2, 2, 0])

    assert sorted(told) == [1, 2]


def test_floors_at_one_height_in_both_stairwells_have_a_short_label():
    name, label = names([0, 1, 2, 0, 1, 2, 3])[1]

    assert name == "第1微网格（1号楼1单元12–22层、1号楼2单元12–22层）"
    assert label == "12–22层"


def test_a_grid_with_other_units_says_so():
    assert names([0, 1, 2, 3, 4, 5, 0])[0][1] == "含1号楼1单元1–11层"


def test_a_building_without_a_name_goes_by_its_id():
    units = FLATS.assign(name=[" ", None, None, None, None, None, None])

    assert names([0, 1, 2, 3, 4, 5, 0], units)[0][1] == "含T1 1单元1–11层"


@pytest.mark.parametrize(
    ("runs", "alone", "label"),
    [
        ({("T1", 0): ((3, 3),)}, True, "floor 3"),
        ({("T1", 0): ((3, 3), (5, 6))}, True, "floors 3, 5–6"),
        ({("T1", 2): ((3, 4),)}, False, "with T1 stairwell 2 floors 3–4"),
        (
            {(f"T{n}", 0): ((n, n),) for n in range(1, 6)}, True,
            "T1 floor 1, T2 floor 2, T3 floor 3 and more",
        ),
    ],
)  # fmt: skip
def test_an_english_name_has_english_floors(runs, alone, label):
    assert with_floors("Grid 1", Floors(runs, alone))[1] == label


def test_a_grid_without_floors_keeps_its_name():
    assert with_floors("第1微网格", None) == ("第1微网格", "")
