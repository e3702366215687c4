"""Cells leave no ground out and give none to two, and streets and barriers bound them."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gridpart.cells import build_cells, tiles

seeds = st.integers(0, 2**16)
few = settings(max_examples=15)
REGION = box(0, 0, 300, 200)


def assert_seamless(cells, region):
    """Assert that cells cover the region once."""
    everything = shapely.union_all(cells)
    assert shapely.area(cells).sum() == pytest.approx(shapely.area(region), rel=1e-6)
    assert shapely.area(everything) == pytest.approx(shapely.area(region), rel=1e-6)
    assert shapely.area(shapely.symmetric_difference(everything, region)) <= 1e-6 * region.area
    assert shapely.coverage_is_valid(list(cells))
    assert shapely.is_valid(cells).all()


def in_one_piece(cells):
    """Return which cells are."""
    return [shape.geom_type == "Polygon" for shape in cells]


def buildings(seed, n=12, region=REGION):
    """Return small footprints that keep apart, somewhere in a region."""
    rng = np.random.default_rng(seed)
    west, south, east, north = region.bounds
    found = []
    while len(found) < n:
        x, y = rng.uniform(west + 5, east - 25), rng.uniform(south + 5, north - 20)
        house = box(x, y, x + rng.uniform(5, 20), y + rng.uniform(5, 15))
        if region.contains(house) and all(house.distance(other) > 2 for other in found):
            found.append(house)
    return np.array(found, dtype=object)


# --- buildings and points ---------------------------------------------------------------


@given(seed=seeds)
@few
def test_cells_of_buildings_cover_the_region_and_hold_their_buildings(seed):
    houses = buildings(seed)

    cells = build_cells(REGION, houses)

    assert_seamless(cells, REGION)
    assert all(in_one_piece(cells))
    held = shapely.area(shapely.intersection(cells, houses)) / shapely.area(houses)
    assert (held > 0.97).all()


@given(seed=seeds)
@few
def test_cells_lie_on_their_own_side_of_every_street(seed):
    # Streets that part the region into four blocks with a house in each.
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(100, 200), rng.uniform(70, 130)
    streets = [LineString([(x, -10), (x, 210)]), LineString([(-10, y), (310, y)])]
    corners = [(0, 0, x, y), (x, 0, 300, y), (0, y, x, 200), (x, y, 300, 200)]
    blocks = [box(*corner) for corner in corners]
    houses = np.concatenate([buildings(seed + i, 3, block) for i, block in enumerate(blocks)])

    cells = build_cells(REGION, houses, streets=streets)

    assert_seamless(cells, REGION)
    for i, cell in enumerate(cells):
        assert shapely.area(shapely.difference(cell, blocks[i // 3])) < 1e-3 * cell.area


@given(seed=seeds)
@few
def test_the_order_of_units_does_not_matter(seed):
    houses = buildings(seed, 8)
    order = np.random.default_rng(seed).permutation(8)

    cells, shuffled = build_cells(REGION, houses), build_cells(REGION, houses[order])

    for cell, other in zip(cells[order], shuffled, strict=True):
        assert shapely.area(shapely.symmetric_difference(cell, other)) < 1


def test_points_are_given_the_ground_nearest_to_them():
    cells = build_cells(REGION, [Point(50, 100), Point(250, 100)])

    assert_seamless(cells, REGION)
    assert [cell.bounds[2] for cell in cells] == pytest.approx([150, 300], abs=0.01)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_points_at_one_place_share_its_ground(n):
    cells = build_cells(REGION, [Point(150, 100)] * n + [Point(20, 20)])

    assert_seamless(cells, REGION)
    assert (shapely.area(cells) > 0).all()


def test_buildings_that_touch_part_in_the_middle():
    cells = build_cells(REGION, [box(100, 80, 150, 120), box(150, 80, 200, 120)])

    assert_seamless(cells, REGION)
    assert [cell.bounds[2] for cell in cells] == pytest.approx([150, 300], abs=0.5)


def test_one_unit_has_the_whole_region():
    cells = build_cells(REGION, [box(10, 10, 20, 20)])

    assert_seamless(cells, REGION)


def test_a_unit_partly_outside_has_ground_inside_only():
    houses = [box(-20, 90, 10, 110), box(200, 90, 220, 110)]

    cells = build_cells(REGION, houses)

    assert_seamless(cells, REGION)
    assert cells[0].area > 0


def test_a_unit_wholly_outside_has_the_ground_nearest_to_it():
    cells = build_cells(REGION, [box(-20, 90, -10, 110), box(200, 90, 220, 110)])

    assert_seamless(cells, REGION)
    assert shapely.intersects(cells[0], Point(0, 100))


def test_ground_beyond_a_slot_is_not_its_neighbors():
    # The top of the right arm is nearer to the house in the left arm than to any other.
    region = shapely.difference(box(0, 0, 100, 100), box(45, 20, 55, 100))
    houses = [box(30, 85, 40, 95), box(45, 2, 55, 8)]

    cells = build_cells(region, houses)

    assert_seamless(cells, region)
    assert all(in_one_piece(cells))
    assert shapely.contains(cells[1], Point(60, 95))


def test_a_building_is_at_home_where_most_of_it_is_not_where_its_middle_is():
    street = LineString([(150, -10), (150, 210)])
    wing, house = box(80, 99, 150, 101), box(150, 60, 170, 140)
    houses = [wing.union(house), box(20, 20, 40, 40), box(250, 20, 270, 40)]

    cells = build_cells(REGION, houses, streets=[street])

    assert_seamless(cells, REGION)
    assert cells[0].bounds[0] == pytest.approx(150, abs=0.01)


def test_a_building_across_a_street_is_on_the_side_of_its_larger_part():
    street = LineString([(150, -10), (150, 210)])
    houses = [box(140, 90, 180, 110), box(20, 90, 40, 110)]

    cells = build_cells(REGION, houses, streets=[street])

    assert_seamless(cells, REGION)
    assert cells[0].bounds[0] == pytest.approx(150, abs=0.01)


# --- blocks and barriers ----------------------------------------------------------------


def test_an_empty_block_goes_to_the_neighbor_with_the_longest_border():
    streets = [LineString([(100, -10), (100, 210)]), LineString([(100, 150), (310, 150)]),
               LineString([(200, -10), (200, 150)])]  # fmt: skip
    # Blocks: west (a), middle (b), east (empty), north-east strip (c, bordering it by 100 m).
    houses = [box(20, 20, 40, 40), box(120, 20, 140, 40), box(250, 160, 270, 180)]

    cells = build_cells(REGION, houses, streets=streets)

    assert_seamless(cells, REGION)
    assert shapely.contains(cells[1], Point(250, 75))
    assert not shapely.contains(cells[2], Point(250, 75))


def test_an_empty_block_is_not_joined_across_a_barrier():
    # The empty block in the middle borders the west by 200 m of railway and the east by
    # a street.
    railway, street = LineString([(100, -10), (100, 210)]), LineString([(200, -10), (200, 210)])
    houses = [box(20, 20, 40, 40), box(250, 20, 270, 40)]

    cells = build_cells(REGION, houses, streets=[street], barriers=[railway])

    assert_seamless(cells, REGION)
    assert shapely.contains(cells[1], Point(150, 100))


def test_ground_that_only_barriers_bound_goes_to_somebody_all_the_same():
    walls = [LineString([(100, -10), (100, 210)]), LineString([(200, -10), (200, 210)])]
    houses = [box(20, 20, 40, 40), box(250, 20, 270, 40)]

    cells = build_cells(REGION, houses, barriers=walls)

    assert_seamless(cells, REGION)


def test_a_river_is_shared_between_its_banks():
    river = box(120, -10, 180, 210)
    houses = [box(20, 20, 40, 40), box(250, 20, 270, 40)]

    cells = build_cells(REGION, houses, barriers=[river])

    assert_seamless(cells, REGION)
    assert shapely.area(shapely.intersection(cells[0], box(180, 0, 300, 200))) < 1
    assert shapely.area(shapely.intersection(cells[1], box(0, 0, 120, 200))) < 1


def test_a_region_in_two_pieces_is_covered():
    region = shapely.MultiPolygon([box(0, 0, 100, 100), box(200, 0, 300, 100)])

    cells = build_cells(region, [box(20, 20, 40, 40), box(220, 20, 240, 40)])

    assert_seamless(cells, region)
    assert [cell.bounds[0] for cell in cells] == pytest.approx([0, 200])


def test_a_piece_of_the_region_without_units_goes_to_the_nearest():
    region = shapely.MultiPolygon([box(0, 0, 100, 100), box(200, 0, 300, 100)])

    cells = build_cells(region, [box(20, 20, 30, 30), box(70, 20, 80, 30)])

    assert_seamless(cells, region)
    assert cells[1].area > 100 * 100


def test_a_region_with_a_hole_is_covered_around_it():
    region = shapely.difference(REGION, box(100, 50, 200, 150))
    houses = buildings(3, 8, region)

    cells = build_cells(region, houses)

    assert_seamless(cells, region)


# --- tiling units -----------------------------------------------------------------------


@given(seed=seeds)
@few
def test_units_that_tile_keep_their_outlines(seed):
    points = shapely.MultiPoint(np.random.default_rng(seed).uniform(0, 200, (9, 2)))
    units = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=REGION))
    units = shapely.set_precision(shapely.intersection(units, REGION), 0.001)

    cells = build_cells(REGION, units, streets=[LineString([(0, 100), (300, 100)])])

    assert_seamless(cells, REGION)
    for unit, cell in zip(units, cells, strict=True):
        assert shapely.area(shapely.symmetric_difference(unit, cell)) < 0.01 * shapely.area(cell)


def test_slivers_between_tiling_units_are_closed():
    units = [box(0, 0, 149.8, 200), box(150, 0, 300, 199.5)]

    cells = build_cells(REGION, units)

    assert tiles(REGION, units)
    assert_seamless(cells, REGION)
    assert shapely.area(cells) == pytest.approx([150 * 200] * 2, abs=41)


def test_ground_under_two_tiling_units_goes_to_one():
    units = [box(0, 0, 155, 200), box(145, 0, 300, 200)]

    cells = build_cells(REGION, units)

    assert_seamless(cells, REGION)
    assert shapely.area(cells).tolist() == pytest.approx([155 * 200, 145 * 200])


def test_tiling_units_that_reach_over_the_border_are_cut():
    units = [box(-50, -50, 150, 250), box(150, -50, 350, 250)]

    cells = build_cells(REGION, units)

    assert_seamless(cells, REGION)
    assert shapely.area(cells).tolist() == pytest.approx([150 * 200] * 2)


def test_tiling_is_a_matter_of_the_area_covered():
    assert tiles(REGION, [REGION])
    assert tiles(REGION, [box(0, 0, 290, 200)])
    assert not tiles(REGION, [box(0, 0, 280, 200)])
    assert not tiles(REGION, [Point(5, 5)])
    assert not tiles(REGION, [box(300, 0, 700, 200)])
