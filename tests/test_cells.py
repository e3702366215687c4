"""Cells leave no ground out and give none to two, and streets and barriers bound them."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, affinity, box

from gridpart.cells import build_cells, tiles
from gridpart.planar import faces_between, locate

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


def turned(houses, seed):
    """Return houses turned about their middle, which leaves them at least as near as touching."""
    rng = np.random.default_rng(seed)
    return np.array(
        [affinity.rotate(affinity.scale(h, 0.6, 0.6), rng.uniform(0, 90)) for h in houses],
        dtype=object,
    )


def some_lines(rng, n):
    """Return lines from somewhere around the region to somewhere else."""
    ends = rng.uniform((-40, -40), (340, 240), (n, 3, 2))
    return np.array([LineString(xy) for xy in ends], dtype=object)


def mess(rng):
    """Return units, streets and barriers as no planner would wish them."""
    corners = rng.uniform((5, 5), (280, 185), (8, 2))
    houses = [
        affinity.rotate(box(x, y, x + rng.uniform(3, 40), y + rng.uniform(0.5, 20)), turn)
        for (x, y), turn in zip(corners, rng.uniform(0, 90, 8), strict=True)
    ]
    middle = houses[0].centroid
    units = [
        *houses,
        houses[0],
        houses[1].buffer(-0.2),
        *[Point(xy) for xy in rng.uniform((0, 0), (300, 200), (3, 2))],
        middle,
        middle,
        Point(305, 100),
        affinity.translate(houses[2], 1, 1),
        shapely.difference(box(40, 40, 80, 80), box(45, 45, 75, 75)),
    ]
    river = shapely.buffer(some_lines(rng, 1)[0], 6)
    barriers = np.array([*some_lines(rng, 1), river], dtype=object)
    return np.array(units, dtype=object), some_lines(rng, 4), barriers


def assert_is(found, wanted, abs=0.01):
    """Assert that a coordinate or an area is what it has to be, to a centimeter."""
    assert found == pytest.approx(wanted, rel=1e-5, abs=abs)


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


def test_only_the_part_inside_says_in_which_block_a_unit_is_at_home():
    street = LineString([(150, -10), (150, 210)])
    inside, outside = box(100, 190, 160, 205), box(160, 201, 300, 400)
    houses = [inside.union(outside).union(box(150, 202, 170, 204)), box(20, 20, 40, 40)]

    cells = build_cells(REGION, [*houses, box(250, 20, 270, 40)], streets=[street])

    assert_seamless(cells, REGION)
    assert_is(cells[0].intersection(box(150, 0, 300, 200)).area, 10 * 10)


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
    assert_is(shapely.difference(cells[0], houses[0]).bounds[0], 150)
    assert shapely.covers(shapely.buffer(cells[0], 0.01), houses[0])


def test_a_building_across_a_street_stays_whole_with_ground_beside_its_larger_part():
    street = LineString([(150, -10), (150, 210)])
    houses = [box(140, 90, 180, 110), box(20, 90, 40, 110)]

    cells = build_cells(REGION, houses, streets=[street])

    assert_seamless(cells, REGION)
    assert all(in_one_piece(cells))
    assert_is(cells[0].area, 150 * 200 + 10 * 20)
    assert shapely.covers(shapely.buffer(cells[0], 0.01), houses[0])


def test_a_building_across_a_railway_keeps_nothing_beyond_it():
    railway = LineString([(150, -10), (150, 210)])
    houses = [box(140, 90, 180, 110), box(20, 90, 40, 110)]

    cells = build_cells(REGION, houses, barriers=[railway])

    assert_seamless(cells, REGION)
    assert [cell.area for cell in cells] == pytest.approx([150 * 200] * 2, rel=1e-6)


@given(seed=seeds)
@few
def test_ground_in_a_block_goes_to_the_nearest_building(seed):
    houses = turned(buildings(seed, 10), seed)
    rng = np.random.default_rng(seed)
    places = shapely.points(rng.uniform(0, 300, 400), rng.uniform(0, 200, 400))

    cells = build_cells(REGION, houses)

    away = shapely.distance(places[:, None], houses[None, :])
    nearest, second = np.sort(away, axis=1)[:, :2].T
    clear = second - nearest > 0.5  # seams waver by 1/32 of the gap, and are straightened
    held = shapely.intersects(cells[None, :], places[:, None])
    assert clear.sum() > 200
    assert held[clear, away.argmin(axis=1)[clear]].all()


@given(seed=seeds)
@few
def test_a_building_is_in_its_own_cell_whatever_streets_run_through_it(seed):
    houses = turned(buildings(seed, 10), seed)
    rng = np.random.default_rng(seed)

    cells = build_cells(REGION, houses, streets=some_lines(rng, 6))

    assert_seamless(cells, REGION)
    assert all(in_one_piece(cells))
    assert shapely.contains(cells, shapely.point_on_surface(houses)).all()
    assert (shapely.area(shapely.difference(houses, cells)) < 1e-2).all()


def test_a_building_under_another_keeps_its_own_ground():
    houses = [box(100, 80, 160, 120), box(120, 90, 130, 100), box(250, 20, 270, 40)]

    cells = build_cells(REGION, houses)

    assert_seamless(cells, REGION)
    assert_is(cells[1].area, 100)
    assert all(in_one_piece(cells))


def test_ground_under_two_buildings_goes_to_the_smaller():
    houses = [box(100, 80, 160, 120), box(159, 90, 180, 110)]

    cells = build_cells(REGION, houses)

    assert_seamless(cells, REGION)
    assert shapely.area(shapely.difference(houses[1], cells[1])) < 1e-2


def test_a_building_that_others_cover_has_room_about_its_middle():
    houses = [box(100, 80, 160, 120), box(100, 80, 130, 120), box(130, 80, 160, 120)]

    cells = build_cells(REGION, houses)

    assert_seamless(cells, REGION)
    assert all(in_one_piece(cells))
    assert shapely.distance(cells[0], houses[0].centroid) < 0.6
    assert 0.5 < cells[0].area < 1


@pytest.mark.parametrize("n", [2, 3, 5])
def test_units_with_one_footprint_are_given_equal_slices_of_it(n):
    house = box(100, 80, 160, 120)

    cells = build_cells(REGION, [house, Point(20, 20)] + [house] * (n - 1))

    assert_seamless(cells, REGION)
    assert all(in_one_piece(cells))
    shared = shapely.area(shapely.intersection(np.delete(cells, 1), house))
    assert shared == pytest.approx([60 * 40 / n] * n, abs=0.1)


def test_points_inside_a_building_have_room_in_it():
    house = box(100, 80, 160, 120)
    units = [house, Point(130, 100), Point(130, 100), Point(150, 90), Point(20, 20)]

    cells = build_cells(REGION, units)

    assert_seamless(cells, REGION)
    assert all(in_one_piece(cells))
    assert (shapely.area(cells[1:4]) > 0.05).all()
    assert shapely.covers(house, cells[1:4]).all()


def test_points_at_one_place_on_a_street_have_ground_each():
    street = LineString([(150, -10), (150, 210)])

    cells = build_cells(REGION, [Point(150, 100)] * 4 + [Point(250, 100)], streets=[street])

    assert_seamless(cells, REGION)
    assert (shapely.area(cells) > 0).all()
    assert all(in_one_piece(cells))


def test_a_courtyard_is_shared_with_the_building_inside():
    ring = shapely.difference(box(100, 50, 200, 150), box(110, 60, 190, 140))
    yard = box(140, 90, 160, 110)

    cells = build_cells(REGION, [ring, yard])

    assert_seamless(cells, REGION)
    assert all(in_one_piece(cells))
    assert_is(cells[1].bounds[0], 125, abs=0.2)
    assert shapely.covers(ring.envelope, cells[1])


def test_a_wall_is_a_building_like_any_other():
    wall = shapely.buffer(LineString([(20, 20), (280, 20), (280, 180)]), 0.2, cap_style="flat")
    houses = [wall, box(30, 40, 50, 60), box(30, 2, 50, 12), box(284, 90, 295, 110)]

    cells = build_cells(REGION, houses)

    assert_seamless(cells, REGION)
    assert all(in_one_piece(cells))
    assert shapely.area(shapely.intersection(cells[2], box(0, 20.3, 300, 200))) < 50
    assert shapely.covers(shapely.buffer(cells[0], 0.01), wall)


def test_buildings_that_touch_along_a_wall_keep_their_footprints():
    houses = [box(100, 80, 150, 120), box(150, 60, 200, 140), box(120, 120, 150, 150)]

    cells = build_cells(REGION, houses)

    assert_seamless(cells, REGION)
    assert (shapely.area(shapely.difference(houses, cells)) < 1e-2).all()


def test_a_dead_end_bounds_nothing():
    houses = buildings(5)
    dead_end = LineString([(100, 150), (150, 150), (150, 300)])

    cells = build_cells(REGION, houses, streets=[dead_end])

    for cell, other in zip(cells, build_cells(REGION, houses), strict=True):
        assert shapely.area(shapely.symmetric_difference(cell, other)) < 1e-2


# --- whatever comes ---------------------------------------------------------------------


@given(seed=seeds)
@settings(max_examples=30)
def test_every_unit_of_a_mess_has_ground_in_one_piece(seed):
    rng = np.random.default_rng(seed)
    units, streets, barriers = mess(rng)

    cells = build_cells(REGION, units, streets=streets, barriers=barriers)

    assert_seamless(cells, REGION)
    assert (shapely.area(cells) > 0).all()
    assert all(in_one_piece(cells))


@given(seed=seeds)
@few
def test_the_order_of_rows_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    units, streets, barriers = mess(rng)
    _, first = np.unique(shapely.to_wkb(shapely.normalize(units)), return_index=True)
    units = units[first]
    order = rng.permutation(units.size)

    cells = build_cells(REGION, units, streets=streets, barriers=barriers)
    again = build_cells(REGION, units[order], streets=streets[::-1], barriers=barriers[::-1])

    change = shapely.area(shapely.symmetric_difference(cells[order], again))
    assert (change <= 1e-3 * (1 + shapely.area(again))).all()


@given(seed=seeds, east=st.integers(-10_000, 500_000), north=st.integers(0, 5_000_000))
@few
def test_cells_move_with_their_units(seed, east, north):
    units, streets, _ = mess(np.random.default_rng(seed))
    units = units[1:]  # the first is there twice, and slices of squares are a matter of rounding

    def moved(shapes):
        return shapely.transform(shapes, lambda xy: xy + np.array([east, north]))

    cells = build_cells(REGION, units, streets=streets)
    others = build_cells(moved(REGION), moved(units), streets=moved(streets))

    change = shapely.area(shapely.symmetric_difference(moved(cells), others))
    assert (change <= 5 + 1e-3 * shapely.area(cells)).all()


@given(seed=seeds)
@few
def test_more_streets_only_divide_enclosures(seed):
    rng = np.random.default_rng(seed)
    lines = [REGION.boundary, *some_lines(rng, 8)]

    few_faces, _ = faces_between(np.array(lines[:6], dtype=object), REGION)
    more_faces, points = faces_between(np.array(lines, dtype=object), REGION)

    within = few_faces[locate(points, few_faces)]
    assert len(more_faces) >= len(few_faces)
    outside = shapely.area(shapely.difference(more_faces, within))
    assert (outside < 0.05).all()  # corners move by up to 0.1 mm
    assert shapely.area(more_faces).sum() == pytest.approx(REGION.area, rel=1e-9)


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
    assert [cell.area for cell in cells] == pytest.approx([150 * 200] * 2, rel=0.01)


def test_each_bank_has_the_river_before_it():
    river = box(-10, 80, 310, 120)
    houses = [box(20, 20, 40, 40), box(220, 20, 240, 40), box(20, 160, 40, 180)]

    cells = build_cells(REGION, houses, barriers=[river])

    assert_seamless(cells, REGION)
    assert all(in_one_piece(cells))
    wet = shapely.area(shapely.intersection(cells, river))
    assert wet == pytest.approx([130 * 20, 170 * 20, 300 * 20], rel=0.1)


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
