"""A building cut into its stairwells keeps its counts and its ground."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from districts import CRS
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity, box

from gridpart.model import Level, Range
from gridpart.parts import cut_oversize, share_out, slice_footprint

MICRO = Level("micro", "微网格", "units", ranges=(Range("households", 30, 100),))


@given(total=st.integers(0, 5000), n_parts=st.integers(1, 60))
def test_shares_add_up_and_differ_by_one_at_most(total, n_parts):
    shares = share_out(total, n_parts)

    assert shares.size == n_parts
    assert shares.sum() == total
    assert shares.max() - shares.min() <= 1


@given(
    length=st.floats(5, 80), width=st.floats(5, 80), angle=st.floats(0, 360),
    n_parts=st.integers(1, 9),
)  # fmt: skip
def test_slices_cover_the_footprint_once(length, width, angle, n_parts):
    house = affinity.rotate(box(0, 0, length, width), angle)

    slices = slice_footprint(house, n_parts)

    assert len(slices) == n_parts
    assert shapely.area(slices) == pytest.approx([house.area / n_parts] * n_parts, rel=1e-6)
    assert shapely.union_all(slices).symmetric_difference(house).area < 1e-6 * house.area


def test_no_slice_is_lost_on_a_turned_footprint():
    house = affinity.rotate(box(0, 0, 13.5, 73), 117.5)

    assert shapely.area(slice_footprint(house, 4)) == pytest.approx([house.area / 4] * 4)


def test_slices_run_across_the_long_axis():
    for house in (box(0, 0, 40, 10), box(0, 0, 10, 40)):
        for part in slice_footprint(house, 4):
            size = np.subtract(part.bounds[2:], part.bounds[:2]).tolist()
            assert size == pytest.approx([10, 10])


def test_an_angular_footprint_is_covered_too():
    house = box(0, 0, 40, 10).union(box(0, 0, 10, 30))

    slices = slice_footprint(house, 3)

    assert shapely.area(slices).sum() == pytest.approx(house.area)
    assert shapely.union_all(slices).symmetric_difference(house).area < 1e-6


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
    assert [note.kind for note in notes] == ["opened"]
    assert notes[0].names == ("A",)


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
    assert cut["parent_unit_id"].isna().all()
    assert notes == ()


def test_unknown_stairwells_are_one():
    cut, _ = cut_oversize(units(stairwells=[None, None, "x"]), [MICRO], ["households"])

    assert len(cut) == 3
