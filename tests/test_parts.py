"""A building is cut only as far as the range demands, and keeps its counts and its ground."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from districts import CRS
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity, box

from gridpart.model import Level, Range
from gridpart.parts import (
    PART_COLUMNS,
    cut_oversize,
    share_by_floors,
    share_out,
    slice_footprint,
    why_whole,
)

MICRO = Level("micro", "微网格", "units", ranges=(Range("households", 30, 100),))
FLOOR = replace(MICRO, split_to="floor", ranges=(Range("households", 30, 100, clause="rule 7"),))


@given(total=st.integers(0, 5000), n_parts=st.integers(1, 60))
def test_shares_add_up_and_differ_by_one_at_most(total, n_parts):
    shares = share_out(total, n_parts)

    assert shares.size == n_parts
    assert shares.sum() == total
    assert shares.max() - shares.min() <= 1


@given(total=st.integers(0, 5000), floors=st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_shares_by_floors_add_up_however_floors_are_taken_together(total, floors):
    shares = share_by_floors(total, floors)
    single = share_by_floors(total, [1] * sum(floors))

    assert shares.sum() == total
    assert shares.tolist() == np.add.reduceat(single, np.cumsum([0, *floors[:-1]])).tolist()
    assert single.max() - single.min() <= 1


def test_stairwells_run_from_west_to_east_across_the_long_axis():
    slices = slice_footprint(affinity.rotate(box(0, 0, 10, 40), -30), 4)

    assert [part.centroid.x for part in slices] == sorted(part.centroid.x for part in slices)
    for part in slices:
        assert part.area == pytest.approx(100)
        assert part.length == pytest.approx(40)


def test_a_point_is_its_own_slice():
    assert slice_footprint(shapely.Point(1, 2), 3) == [shapely.Point(1, 2)] * 3


def units(**changes):
    """Return a slab of 130 households, a small house and a tower with one stairwell."""
    columns = {
        "unit_id": ["A", "B", "C"],
        "households": [130, 20, 180],
        "population": [301, 44, 400],
        "stairwells": [3, 2, 1],
        "building_age": [12, 30, 5],
        **changes,
    }
    shapes = [box(0, 0, 60, 12), box(0, 30, 20, 42), box(80, 0, 100, 20)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def test_only_what_exceeds_a_grid_and_has_stairwells_is_cut():
    cut, notes = cut_oversize(units(), [MICRO], ["households", "population"])

    assert cut["unit_id"].tolist() == ["A-1", "A-2", "A-3", "B", "C"]
    assert cut["parent_unit_id"].tolist() == ["A", "A", "A", None, None]
    assert [(note.kind, note.names) for note in notes] == [
        ("opened", ("A",)), ("assumption", ("A",)), ("warning", ("C",)),
    ]  # fmt: skip


def test_counts_are_shared_out_and_the_rest_is_copied():
    cut, _ = cut_oversize(units(), [MICRO], ["households", "population", "firms"])

    parts = cut[cut["parent_unit_id"] == "A"]
    assert parts["households"].tolist() == [44, 43, 43]
    assert parts["population"].tolist() == [101, 100, 100]
    assert parts["building_age"].tolist() == [12, 12, 12]
    assert parts["stairwells"].tolist() == [1, 1, 1]
    for column in ("households", "population"):
        assert cut[column].sum() == units()[column].sum()


def test_parts_are_numbered_from_the_west():
    cut, _ = cut_oversize(units(), [MICRO], ["households"])

    parts = cut[cut["parent_unit_id"] == "A"]
    assert parts.geometry.centroid.x.tolist() == pytest.approx([10, 30, 50])
    assert cut.crs == units().crs


def test_a_missing_count_stays_missing():
    cut, _ = cut_oversize(
        units(population=[None, 44.0, 400.0]), [MICRO], ["households", "population"]
    )

    assert cut["population"].isna().sum() == 3


@pytest.mark.parametrize(
    "level",
    [
        Level("micro", "", "units", ranges=MICRO.ranges, split_to="building"),
        Level("micro", "", "units", ranges=MICRO.ranges, split_to="compound"),
        Level("micro", "", "units", ranges=(Range("households", 30, 100, hard=False),)),
        Level("micro", "", "units", ranges=(Range("households", 30, None),)),
        Level("micro", "", "units", ranges=(Range("firms", 1, 2),)),
    ],
)
def test_a_level_that_does_not_ask_for_it_cuts_nothing(level):
    cut, notes = cut_oversize(units(), [level], ["households"])

    assert cut["unit_id"].tolist() == ["A", "B", "C"]
    assert cut[list(PART_COLUMNS)].isna().all().all()
    assert notes == ()


def test_unknown_stairwells_are_one():
    cut, _ = cut_oversize(units(stairwells=[None, None, "x"]), [MICRO], ["households"])

    assert len(cut) == 3


# --- floors -----------------------------------------------------------------------------


def building(households, floors=33, stairwells=1, **columns):
    """Return a frame of one building."""
    given = {
        "unit_id": ["T"], "households": [households], "floors": [floors],
        "stairwells": [stairwells], **columns,
    }  # fmt: skip
    return gpd.GeoDataFrame(given, geometry=[box(0, 0, 40, 20)], crs=CRS)


def bands(frame):
    """Return first and last floor of each part."""
    banded = frame.dropna(subset=["floor_from"])
    return list(zip(banded["floor_from"].tolist(), banded["floor_to"].tolist(), strict=True))


def test_a_stairwell_of_150_becomes_two_bands_and_not_33():
    cut, notes = cut_oversize(building(150), [FLOOR], ["households"])

    assert cut["unit_id"].tolist() == ["T-F01-17", "T-F18-33"]
    assert bands(cut) == [(1, 17), (18, 33)]
    assert cut["households"].tolist() == [77, 73]
    assert cut["parent_unit_id"].tolist() == ["T", "T"]
    assert cut["stairwell"].isna().all()
    assert cut.geometry.geom_equals(building(150).geometry.iloc[0]).all()
    assert str(notes[0]) == (
        "Building T (150 households) exceeds a micro grid (at most 100 households; rule 7) and was "
        "cut into 2 bands of 16 to 17 floors, of 73 to 77 households each."
    )


def test_stairwells_come_before_floors():
    cut, notes = cut_oversize(building(396, stairwells=2), [FLOOR], ["households"])

    assert cut["stairwell"].tolist() == [1, 1, 1, 2, 2, 2]
    assert bands(cut) == [(1, 11), (12, 22), (23, 33)] * 2
    assert cut["households"].tolist() == [66] * 6
    assert cut["unit_id"].tolist()[:2] == ["T-1-F01-11", "T-1-F12-22"]
    assert "its 2 stairwells and 6 bands of 11 floors, of 66 households each" in str(notes[0])


def test_stairwells_that_fit_are_not_cut_into_floors():
    cut, _ = cut_oversize(building(180, stairwells=3), [FLOOR], ["households"])

    assert cut["unit_id"].tolist() == ["T-1", "T-2", "T-3"]
    assert bands(cut) == []


@given(
    households=st.integers(1, 900), floors=st.integers(1, 40), stairwells=st.integers(1, 4),
    most=st.integers(20, 120),
)  # fmt: skip
def test_a_building_is_cut_only_as_far_as_the_range_demands(households, floors, stairwells, most):
    level = replace(FLOOR, ranges=(Range("households", None, most),))

    cut, notes = cut_oversize(building(households, floors, stairwells), [level], ["households"])

    assert cut["households"].sum() == households
    assert cut["unit_id"].is_unique
    if households <= most:
        assert cut["unit_id"].tolist() == ["T"]
        assert notes == ()
    for _, own in cut.groupby(cut["stairwell"].fillna(0)):
        found = bands(own)
        if found:
            assert [low for low, _ in found] == [1, *(high + 1 for _, high in found[:-1])]
            assert found[-1][1] == floors
            heights = [high - low + 1 for low, high in found]
            assert max(heights) - min(heights) <= 1
            one_floor = max(heights) == 1
            assert one_floor or own["households"].max() <= most
            fewer = share_by_floors(own["households"].sum(), share_out(floors, len(found) - 1))
            assert fewer.max() > most
        else:
            assert own["households"].max() <= most or floors == 1


@given(seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(seed):
    rows = gpd.GeoDataFrame(
        pd.concat([units(floors=[18, 6, 33]), building(396, stairwells=2)]), crs=CRS
    )
    shuffled = rows.sample(frac=1, random_state=seed)

    one, other = (cut_oversize(frame, [FLOOR], ["households"]) for frame in (rows, shuffled))

    pd.testing.assert_frame_equal(one[0], other[0])
    assert {str(note) for note in one[1]} == {str(note) for note in other[1]}


def test_what_is_not_whole_of_a_measure_is_not_lost():
    level = replace(FLOOR, ranges=(Range("floor_area", None, 2000),))
    cut, notes = cut_oversize(building(9, 10, 2, floor_area=[4000.5]), [level], ["floor_area"])

    assert cut["floor_area"].sum() == 4000.5
    assert cut["unit_id"].tolist() == ["T-1-F01-05", "T-1-F06-10", "T-2"]
    assert "(4000.5 floor_area) exceeds" in str(notes[0])


def test_the_most_of_every_measure_counts():
    level = replace(FLOOR, ranges=(*FLOOR.ranges, Range("firms", None, 5)))
    cut, notes = cut_oversize(building(90, 10, firms=[12]), [level], ["households", "firms"])

    assert cut["firms"].tolist() == [5, 3, 4]
    assert cut["households"].sum() == 90
    assert "(12 firms) exceeds a micro grid (at most 5 firms" in str(notes[0])


def test_a_level_that_a_building_fits_does_not_cut_it():
    coarse = Level("general", "", "compound", ranges=(Range("households", 300, 500),))
    cut, _ = cut_oversize(building(150), [replace(coarse, split_to="floor")], ["households"])

    assert cut["unit_id"].tolist() == ["T"]


def test_a_part_never_takes_the_id_of_another_unit():
    house = building(396, stairwells=2)
    neighbor = house.assign(unit_id="T-1-F12-22", households=5)

    cut, _ = cut_oversize(pd.concat([house, neighbor]), [FLOOR], ["households"])

    assert cut["unit_id"].is_unique
    assert "T--1--F12-22" in set(cut["unit_id"])


def test_what_exceeds_and_cannot_be_cut_is_told_with_the_column_that_would_allow_it():
    _, notes = cut_oversize(building(150, None, None), [FLOOR], ["households"])
    _, halves = cut_oversize(building(396, None, 2), [FLOOR], ["households"])

    assert [str(note) for note in notes] == [
        "1 unit alone exceeds a grid: T (150 households); the columns stairwells and floors, by "
        "which it could be cut, are empty."
    ]
    assert str(halves[0]).endswith(
        "of 198 households each; a part that exceeds it still stands alone: the column floors, by "
        "which it could be cut, is empty."
    )


@pytest.mark.parametrize(
    ("split_to", "stairwells", "floors", "why"),
    [
        ("compound", 3, 33, 'split_to = "compound" cuts no building'),
        ("building", 3, 33, 'split_to = "building" cuts no building'),
        ("stairwell", 3, 0, ""),
        ("stairwell", 1, 33, 'it is one stairwell, where split_to = "stairwell" stops'),
        ("stairwell", 0, 33, "the column stairwells, by which it could be cut, is empty"),
        ("floor", 0, 33, ""),
        ("floor", 3, 0, ""),
        ("floor", 1, 0, "the column floors, by which it could be cut, is empty"),
        ("floor", 0, 0, "the columns stairwells and floors, by which it could be cut, are empty"),
        ("floor", 1, 1, "it is one floor"),
    ],
)
def test_why_a_unit_is_whole_is_told(split_to, stairwells, floors, why):
    assert why_whole(split_to, stairwells, floors) == why
