"""Compactness is a matter of form: place, turn and size leave it alone."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely import affinity

from gridpart.errors import DataError
from gridpart.shape import (
    farthest_m,
    label_centers,
    label_inertia,
    label_radius_m,
    polsby_popper,
)

coordinate = st.floats(-1000, 1000).map(lambda v: round(v, 3))
shifts = st.tuples(coordinate, coordinate)
angles = st.floats(0, 360)
scales = st.floats(0.01, 100)


@st.composite
def outlines(draw):
    """Draw a polygon that is a hull or a star, so that it may be concave."""
    n = draw(st.integers(3, 10))
    reach = draw(st.lists(st.floats(10, 1000), min_size=n, max_size=n))
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return shapely.Polygon(np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]))


@st.composite
def grids(draw):
    """Draw labels, places and loads; every label is used."""
    n_grids = draw(st.integers(1, 4))
    more = draw(st.lists(st.integers(0, n_grids - 1), max_size=12))
    labels = np.array([*range(n_grids), *more])
    xy = draw(arrays(np.float64, (labels.size, 2), elements=coordinate))
    load = draw(arrays(np.float64, labels.size, elements=st.integers(0, 90).map(float)))
    return labels, xy, load


def moved(xy, shift, angle, scale):
    turn = np.radians(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return scale * xy @ rotation.T + shift


@given(outlines(), shifts, angles, scales)
def test_compactness_is_unchanged_by_move_turn_and_scale(outline, shift, angle, scale):
    other = affinity.scale(affinity.rotate(outline, angle), scale, scale)
    other = affinity.translate(other, *shift)

    np.testing.assert_allclose(polsby_popper([other]), polsby_popper([outline]), rtol=1e-6)


@given(st.lists(outlines(), min_size=1, max_size=4))
def test_compactness_is_over_0_and_at_most_1(drawn):
    compactness = polsby_popper(drawn)

    assert compactness.shape == (len(drawn),)
    assert ((compactness > 0) & (compactness <= 1)).all()


def test_a_disc_comes_to_1_and_a_square_to_a_quarter_of_pi():
    disc = shapely.Point(0, 0).buffer(100, quad_segs=500)

    np.testing.assert_allclose(
        polsby_popper([disc, shapely.box(0, 0, 7, 7)]), [1, np.pi / 4], rtol=1e-5
    )


def test_a_hole_makes_an_outline_less_compact():
    square = shapely.box(0, 0, 10, 10)

    assert polsby_popper([square - shapely.box(4, 4, 6, 6)]) < polsby_popper([square])


@pytest.mark.parametrize("empty", [None, shapely.Polygon(), shapely.LineString([(0, 0), (1, 1)])])
def test_an_outline_without_area_is_refused(empty):
    with pytest.raises(DataError, match=r"1 of 2 outlines have no area[\s\S]*positions 1"):
        polsby_popper([shapely.box(0, 0, 1, 1), empty])


@given(grids(), shifts, angles, scales)
def test_inertia_and_radius_follow_scale_and_ignore_move_and_turn(plan, shift, angle, scale):
    labels, xy, load = plan
    other = moved(xy, shift, angle, scale)

    np.testing.assert_allclose(
        label_inertia(labels, other, load),
        scale**2 * label_inertia(labels, xy, load),
        rtol=1e-6,
        atol=1e-6 * (1 + scale**2),
    )
    np.testing.assert_allclose(
        label_radius_m(labels, other, load),
        scale * label_radius_m(labels, xy, load),
        rtol=1e-6,
        atol=1e-6 * (1 + scale),
    )


@given(grids())
def test_each_grid_is_measured_by_its_own_units(plan):
    labels, xy, load = plan

    inertia, radius = label_inertia(labels, xy, load), label_radius_m(labels, xy, load)

    for grid in range(labels.max() + 1):
        own = labels == grid
        center = np.average(xy[own], axis=0, weights=load[own] if load[own].any() else None)
        offset = np.hypot(*(xy[own] - center).T)
        assert inertia[grid] == pytest.approx((load[own] * offset**2).sum(), abs=1e-5)
        assert radius[grid] == pytest.approx(offset.max(), abs=1e-6)
        assert farthest_m(xy[own], center) == pytest.approx(radius[grid], abs=1e-6)


@given(grids(), st.randoms(use_true_random=False))
def test_the_order_of_units_does_not_matter(plan, random):
    labels, xy, load = plan
    order = list(range(labels.size))
    random.shuffle(order)

    np.testing.assert_allclose(
        label_inertia(labels[order], xy[order], load[order]),
        label_inertia(labels, xy, load),
        rtol=1e-6,
        atol=1e-6,
    )


@given(grids())
def test_no_other_center_has_less_inertia(plan):
    labels, xy, load = plan
    assume(load[labels == 0].any())

    least = label_inertia(labels, xy, load)[0]

    for step in ([50, 0], [0, -50], [3, 4]):
        offset = xy - (label_centers(labels, xy, load)[0] + step)
        assert (load * (offset**2).sum(axis=1))[labels == 0].sum() >= least


def test_a_unit_far_from_the_origin_keeps_its_digits():
    xy = np.array([[500_000, 3_400_000], [500_000.5, 3_400_000]])

    np.testing.assert_allclose(label_inertia([0, 0], xy, [1, 1]), [0.125], rtol=1e-12)


def test_nothing_has_no_distance():
    assert farthest_m(np.empty((0, 2)), (0, 0)) == 0
    assert label_radius_m([], np.empty((0, 2)), []).shape == (0,)


def test_a_gap_in_the_labels_is_refused():
    with pytest.raises(DataError, match=r"1 of 3 grids have no unit[\s\S]*labels 1"):
        label_inertia([0, 2], [[0, 0], [1, 1]], [1, 1])


@pytest.mark.parametrize("labels", [[0], [0, -1]])
def test_arrays_of_different_units_are_refused(labels):
    with pytest.raises(DataError, match="do not belong to the same units"):
        label_inertia(labels, [[0, 0], [1, 1]], [1, 1])
