"""Slices cover their shape once, hold their shares, and are in one piece where it is."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity, box

from gridpart.slices import long_axis, slice_shape

SHAPES = {
    "slab": box(0, 0, 60, 12),
    "point block": box(0, 0, 22, 20),
    "L": box(0, 0, 50, 12) | box(0, 0, 12, 35),
    "U": box(0, 0, 40, 12) | box(0, 0, 12, 50) | box(28, 0, 40, 50),
    "T": box(0, 30, 60, 42) | box(24, 0, 36, 42),
    "H": box(0, 0, 12, 50) | box(30, 0, 42, 50) | box(0, 20, 42, 32),
    "courtyard": box(0, 0, 70, 45) - box(12, 12, 58, 33),
    "light well": box(0, 0, 40, 20) - box(19, 9, 21, 11),
    "disc": shapely.Point(0, 0).buffer(15),
}
turned = st.builds(
    lambda shape, angle, x: affinity.translate(affinity.rotate(shape, angle), 5e5 + x, 3.4e6),
    st.sampled_from(sorted(SHAPES)).map(SHAPES.get), st.floats(0, 360), st.floats(0, 99),
)  # fmt: skip
shares = st.lists(st.integers(1, 20), min_size=1, max_size=8)


@given(shape=turned, wanted=shares)
def test_slices_cover_the_shape_once_in_one_piece_each(shape, wanted):
    slices = slice_shape(shape, wanted)

    assert len(slices) == len(wanted)
    assert shapely.area(slices).sum() == pytest.approx(shape.area, rel=1e-9)
    assert shapely.union_all(slices).symmetric_difference(shape).area < 1e-6 * shape.area
    assert shapely.coverage_is_valid(slices)
    assert {part.geom_type for part in slices} == {"Polygon"}


@pytest.mark.parametrize("name", ["slab", "point block", "L", "U", "courtyard", "disc"])
@given(angle=st.floats(0, 360), wanted=shares)
def test_areas_are_in_proportion_to_the_shares(name, angle, wanted):
    shape = affinity.rotate(SHAPES[name], angle)
    wanted = wanted if name != "U" else [1, 1]

    area = shapely.area(slice_shape(shape, wanted))

    assert area / area.sum() == pytest.approx(np.array(wanted) / sum(wanted), rel=1e-6)


def test_a_courtyard_is_cut_around_it_and_not_through_two_wings():
    for part in slice_shape(SHAPES["courtyard"], [1] * 6):
        assert part.area > 0.5 * part.convex_hull.area


def test_no_slice_of_a_building_in_two_parts_is_empty():
    apart = shapely.MultiPolygon([box(0, 0, 10, 10), box(90, 0, 100, 10)])

    for n_parts in range(2, 7):
        slices = slice_shape(apart, [1] * n_parts)
        assert (shapely.area(slices) > 10).all()
        assert shapely.union_all(slices).symmetric_difference(apart).area < 1e-9


def test_a_direction_given_is_kept():
    south, north = slice_shape(box(0, 0, 60, 12), [1, 3], along=np.array([0.0, 1.0]))

    assert south.bounds == pytest.approx((0, 0, 60, 3))
    assert north.bounds == pytest.approx((0, 3, 60, 12))


@given(angle=st.floats(0, 360))
def test_the_long_axis_points_east_or_south(angle):
    east, north = long_axis(affinity.rotate(box(0, 0, 60, 12), angle))

    assert np.hypot(east, north) == pytest.approx(1)
    assert east > 0 or (abs(east) < 1e-6 and north < 0)
    across = -np.sin(np.radians(angle)), np.cos(np.radians(angle))
    assert east * across[0] + north * across[1] == pytest.approx(0, abs=1e-6)
