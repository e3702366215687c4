"""Who borders whom: rook contiguity on ground as it is drawn, cut by barriers."""

import borders as slow
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gridpart.graph import build_graph, cut_borders, graph_from_pairs, shared_borders

seeds = st.integers(0, 2**16)
few = settings(max_examples=20)
NORTH = LineString([(100, -50), (100, 250)])


def pairs(graph):
    """Return the pairs of contiguous units."""
    both = zip(graph.heads.tolist(), graph.indices.tolist(), strict=True)
    return {(a, b) for a, b in both if a < b}


def town(columns=4, rows=3, side=50.0):
    """Return square units, row by row."""
    return [
        box(i * side, j * side, (i + 1) * side, (j + 1) * side)
        for j in range(rows)
        for i in range(columns)
    ]


def voronoi(seed, n=14):
    """Return irregular units that tile a square, noded only to the millimeter."""
    points = shapely.MultiPoint(np.random.default_rng(seed).uniform(0, 300, (n, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box(0, 0, 300, 300)))
    cells = shapely.set_precision(shapely.intersection(cells, box(0, 0, 300, 300)), 0.001)
    return cells[shapely.area(cells) > 1]


def assert_sound(graph):
    """Assert that a graph is symmetric, without loops or doubles, its rows in order."""
    dense = np.zeros((graph.n_units, graph.n_units))
    dense[graph.heads, graph.indices] = graph.lengths
    assert (dense == dense.T).all()
    assert not dense.diagonal().any()
    assert np.count_nonzero(dense) == graph.indices.size == 2 * graph.n_edges
    for unit in range(graph.n_units):
        assert (np.diff(graph.neighbors(unit)) > 0).all()
    assert (graph.indptr.dtype, graph.indices.dtype, graph.lengths.dtype) == (
        np.int64, np.int32, np.float64,
    )  # fmt: skip


# --- borders ----------------------------------------------------------------------------


def test_squares_side_by_side_share_their_side():
    graph = build_graph(town(3, 2))

    assert pairs(graph) == {(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)}
    assert (graph.lengths == 50).all()
    assert_sound(graph)


def test_a_t_junction_counts_though_no_corner_is_shared():
    graph = build_graph([box(0, 0, 10, 30), box(10, 0, 20, 13), box(10, 13, 20, 30)])

    assert pairs(graph) == {(0, 1), (0, 2), (1, 2)}
    assert graph.lengths[graph.indptr[0] : graph.indptr[1]].tolist() == [13, 17]


def test_a_t_junction_off_by_rounding_counts_in_full():
    # The corners on the slanting side of the first unit lie up to 0.5 mm off it.
    first = shapely.Polygon([(0, 0), (30, 0), (40, 77), (0, 77)])
    x, y = round(30 + 10 * 33 / 77, 3), 33
    second = shapely.Polygon([(30, 0), (60, 0), (60, 33), (x, y)])
    third = shapely.Polygon([(x, y), (60, 33), (60, 77), (40, 77)])

    graph = build_graph([first, second, third])

    assert pairs(graph) == {(0, 1), (0, 2), (1, 2)}
    length = np.hypot(10, 77)
    assert graph.lengths[:2].tolist() == pytest.approx(
        [length * 33 / 77, length * 44 / 77], abs=0.15
    )


@pytest.mark.parametrize(
    ("gap", "bridged"), [(0.01, True), (0.05, True), (0.06, False), (0.2, False)]
)
def test_gaps_are_bridged_up_to_5_cm(gap, bridged):
    graph = build_graph([box(0, 0, 10, 10), box(10 + gap, 0, 20, 10)])

    assert pairs(graph) == ({(0, 1)} if bridged else set())
    if bridged:
        assert graph.lengths[0] == pytest.approx(10, abs=0.2)


def test_a_narrow_overlap_counts_as_a_border():
    graph = build_graph([box(0, 0, 10.02, 10), box(10, 0, 20, 10)])

    assert pairs(graph) == {(0, 1)}
    assert graph.lengths[0] == pytest.approx(10, abs=0.2)


def test_a_common_corner_does_not_count():
    assert build_graph([box(0, 0, 10, 10), box(10, 10, 20, 20)]).n_edges == 0


@pytest.mark.parametrize("shift", [-0.04, 0.0, 0.04])
def test_a_corner_near_a_corner_does_not_count(shift):
    assert build_graph([box(0, 0, 10, 10), box(10 + shift, 10.02, 20, 20)]).n_edges == 0


def test_a_hole_is_a_border_too():
    ring = box(0, 0, 30, 30).difference(box(10, 10, 20, 20))

    graph = build_graph([ring, box(10, 10, 20, 20)])

    assert graph.lengths.tolist() == [40, 40]


def test_one_unit_and_none():
    assert build_graph([box(0, 0, 1, 1)]).n_units == 1
    assert build_graph([]).n_units == 0


def test_a_border_in_two_places_is_counted_once():
    horseshoe = box(0, 0, 30, 20).difference(box(10, 10, 20, 20))
    lid = box(0, 20, 30, 30)

    graph = build_graph([horseshoe, lid])

    assert graph.n_edges == 1
    assert graph.lengths[0] == pytest.approx(20, abs=0.25)


@given(seed=seeds)
def test_borders_of_a_tiling_use_up_its_outlines(seed):
    cells = voronoi(seed)

    graph = build_graph(cells)

    outer = 4 * 300
    inner = shapely.length(cells).sum() - outer
    assert graph.lengths.sum() == pytest.approx(inner, rel=2e-3)
    assert_sound(graph)


@given(seed=seeds)
def test_the_order_of_units_does_not_matter(seed):
    cells = voronoi(seed)
    order = np.random.default_rng(seed).permutation(len(cells))
    wall = [LineString([(150, -10), (150, 310)])]

    graph = build_graph(cells, barriers=wall, crossings=[Point(150, 120)])
    shuffled = build_graph(cells[order], barriers=wall, crossings=[Point(150, 120)])

    back = {tuple(sorted((int(order[a]), int(order[b])))) for a, b in pairs(shuffled)}
    assert back == pairs(graph)
    lengths = dict(zip(zip(graph.heads, graph.indices, strict=True), graph.lengths, strict=True))
    for a, b, length in zip(shuffled.heads, shuffled.indices, shuffled.lengths, strict=True):
        assert length == pytest.approx(lengths[order[a], order[b]], abs=1.0)


@given(seed=seeds)
def test_each_pair_of_borders_stands_once_in_order(seed):
    borders = shared_borders(voronoi(seed))

    listed = [*zip(borders.heads.tolist(), borders.tails.tolist(), strict=True)]
    assert listed == sorted(set(listed))
    assert all(a < b for a, b in listed)
    assert shapely.length(borders.lines) == pytest.approx(borders.lengths, abs=0.006)


def untidy(seed):
    """Return a tiling with moved units, one over two others, unnoded T-junctions and a ring."""
    rng = np.random.default_rng(seed)
    cells = [
        shapely.affinity.translate(cell, *rng.choice([-0.02, 0.0, 0.0, 0.03], 2))
        for cell in voronoi(seed, 9)
    ]
    turned = shapely.affinity.rotate(shapely.MultiPolygon(town(3, 2)), 17, origin=(0, 0))
    town_side = [shapely.affinity.translate(cell, 400, 0) for cell in turned.geoms]
    ring = box(700, 0, 730, 30).difference(box(710, 10, 720, 20))
    merged = [shapely.union(cells[0], cells[1]), ring, box(710, 10, 720, 20)]
    shapes = np.array([*cells, *town_side, *merged], dtype=object)
    return shapely.transform(shapes, lambda xy: np.round(xy, 3))


@given(seed=seeds)
@few
def test_borders_are_those_of_the_slow_twin(seed):
    shapes = untidy(seed)

    borders = shared_borders(shapes)

    pairs_found = zip(borders.heads.tolist(), borders.tails.tolist(), strict=True)
    assert dict(zip(pairs_found, borders.lengths.tolist(), strict=True)) == pytest.approx(
        slow.shared_borders(shapes), abs=0.011
    )


@given(seed=seeds)
@few
def test_rook_is_a_subset_of_queen(seed):
    shapes = untidy(seed)

    rook = pairs(build_graph(shapes))

    near = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=0.0505)
    assert rook <= {(a, b) for a, b in near.T.tolist() if a < b}


def test_rows_that_are_no_polygons_border_nothing():
    graph = build_graph([Point(5, 5), box(0, 0, 10, 10), shapely.Polygon(), box(10, 0, 20, 10)])

    assert pairs(graph) == {(1, 3)}


# --- barriers and crossings -------------------------------------------------------------


def test_a_line_cuts_the_borders_that_lie_on_it():
    graph = build_graph(town(), barriers=[NORTH])

    whole = pairs(build_graph(town()))
    assert pairs(graph) == {(a, b) for a, b in whole if (a % 4 < 2) == (b % 4 < 2)}


def test_a_short_border_that_a_barrier_only_touches_stays():
    short = [box(0, 0, 10, 10), box(10, 9.7, 20, 20)]

    graph = build_graph(short, barriers=[LineString([(10, 10), (10, 40)])])

    assert graph.lengths.tolist() == [0.3, 0.3]


def test_a_barrier_within_a_meter_cuts_and_one_farther_off_does_not():
    def edges(x):
        return build_graph(town(2, 1), barriers=[LineString([(x, -9), (x, 99)])]).n_edges

    assert [edges(x) for x in (50.9, 49.1, 52, 48)] == [0, 0, 1, 1]


def test_a_barrier_through_a_unit_leaves_its_borders():
    graph = build_graph(town(2, 1), barriers=[LineString([(-10, 25), (110, 25)])])

    assert pairs(graph) == {(0, 1)}
    assert graph.lengths[0] == pytest.approx(48)


def test_a_border_that_lies_on_a_barrier_in_part_keeps_the_rest():
    graph = build_graph(town(2, 1), barriers=[LineString([(50, -10), (50, 20)])])

    assert graph.lengths[0] == pytest.approx(30, abs=0.01)


def test_what_is_left_at_the_end_of_a_barrier_is_no_border():
    graph = build_graph(town(2, 1), barriers=[LineString([(50, -10), (50, 49.7)])])

    assert graph.n_edges == 0


def test_a_crossing_joins_the_units_on_either_side():
    graph = build_graph(town(), barriers=[NORTH], crossings=[Point(100, 75)])

    across = {(a, b) for a, b in pairs(graph) if (a % 4 < 2) != (b % 4 < 2)}
    assert across == {(5, 6)}
    assert graph.lengths[graph.indptr[5] :][graph.neighbors(5).tolist().index(6)] == 0.01
    assert_sound(graph)


def test_a_crossing_at_a_corner_joins_all_that_touch_it():
    graph = build_graph(town(), barriers=[NORTH], crossings=[Point(100, 50)])

    across = {(a, b) for a, b in pairs(graph) if (a % 4 < 2) != (b % 4 < 2)}
    assert across == {(1, 2), (1, 6), (2, 5), (5, 6)}


def test_a_crossing_without_a_barrier_near_it_does_nothing():
    graph = build_graph(town(), barriers=[NORTH], crossings=[Point(3000, 75)])

    assert pairs(graph) == pairs(build_graph(town(), barriers=[NORTH]))
    assert build_graph(town(), crossings=[Point(100, 75)]).n_edges == 17


def test_a_bridge_joins_the_banks_of_a_river():
    west, east = (
        [box(0, y, 100, y + 50) for y in (0, 50, 100)],
        [box(130, y, 230, y + 50) for y in (0, 50, 100)],
    )
    river = box(100, -10, 130, 160)

    parted = build_graph(west + east, barriers=[river])
    joined = build_graph(west + east, barriers=[river], crossings=[Point(115, 75)])

    assert pairs(parted) == {(0, 1), (1, 2), (3, 4), (4, 5)}
    assert pairs(joined) - pairs(parted) == {(1, 4)}


def test_a_bridge_joins_units_that_reach_into_the_river():
    # Cells meet in the middle of the river; the river cuts them all the same.
    halves = [
        box(0, 0, 115, 50),
        box(115, 0, 230, 50),
        box(0, 50, 115, 100),
        box(115, 50, 230, 100),
    ]
    river = box(100, -10, 130, 110)

    parted = build_graph(halves, barriers=[river])
    joined = build_graph(halves, barriers=[river], crossings=[Point(115, 25)])

    assert pairs(parted) == {(0, 2), (1, 3)}
    assert pairs(joined) == {(0, 1), (0, 2), (1, 3)}


def test_a_crossing_on_a_unit_cut_by_the_barrier_does_not_join_it_to_itself():
    graph = build_graph([box(0, 0, 100, 50)], barriers=[LineString([(50, -9), (50, 59)])],
                        crossings=[Point(50, 25)])  # fmt: skip

    assert graph.n_edges == 0


def test_a_crossing_joins_the_sides_of_its_own_barrier():
    walls = [LineString([(x, -9), (x, 59)]) for x in (50, 100)]
    strips = town(3, 1)

    assert pairs(build_graph(strips, barriers=walls, crossings=[Point(100, 25)])) == {(1, 2)}
    assert pairs(build_graph(strips, barriers=walls, crossings=[Point(50, 25)])) == {(0, 1)}


def test_a_crossing_joins_sides_that_meet_far_off_behind_the_end_of_the_barrier():
    west = box(-100, -400, 0, 400).union(box(-100, 400, 100, 500))
    south_east, north_east = box(0, -400, 100, 100), box(0, 100, 100, 400)
    wall = LineString([(0, -410), (0, 400)])

    graph = build_graph([west, south_east, north_east], barriers=[wall], crossings=[Point(0, 0)])

    assert pairs(graph) == {(0, 1), (0, 2), (1, 2)}


@given(seed=seeds)
@few
def test_more_barriers_never_add_an_edge(seed):
    rng = np.random.default_rng(seed)
    cells = voronoi(seed)
    sides = shared_borders(cells).lines
    walls = sides[rng.permutation(sides.size)[:8]]

    for n in range(walls.size):
        fewer = pairs(build_graph(cells, barriers=walls[:n]))
        assert pairs(build_graph(cells, barriers=walls[: n + 1])) <= fewer


@given(seed=seeds)
@few
def test_more_crossings_never_take_an_edge(seed):
    rng = np.random.default_rng(seed)
    cells = voronoi(seed)
    wall = [LineString([(150, -10), (150, 310)])]
    bridges = [Point(150, y) for y in rng.uniform(5, 295, 3)]

    for n in range(len(bridges)):
        fewer = pairs(build_graph(cells, barriers=wall, crossings=bridges[:n]))
        assert fewer <= pairs(build_graph(cells, barriers=wall, crossings=bridges[: n + 1]))


def test_without_barriers_borders_stay_as_they_are():
    borders = shared_borders(town())

    assert cut_borders(borders, town(), [], [Point(100, 75)]) is borders


# --- rows -------------------------------------------------------------------------------


@given(seed=seeds)
def test_a_graph_is_its_pairs(seed):
    rng = np.random.default_rng(seed)
    every = np.array([(a, b) for a in range(7) for b in range(a + 1, 7)], np.int32)
    chosen = every[rng.random(len(every)) < 0.5]
    lengths = rng.uniform(1, 9, len(chosen))

    graph = graph_from_pairs(7, chosen[:, 0], chosen[:, 1], lengths)

    assert pairs(graph) == {tuple(p) for p in chosen.tolist()}
    assert graph.lengths.sum() == pytest.approx(2 * lengths.sum())
    assert_sound(graph)


@given(seed=seeds)
def test_part_of_a_graph_keeps_the_edges_inside_it(seed):
    rng = np.random.default_rng(seed)
    graph = build_graph(town(4, 3))
    units = np.flatnonzero(rng.random(12) < 0.6)

    part, kept = graph.part(units)

    inside = {(a, b) for a, b in pairs(graph) if a in units and b in units}
    assert {(int(units[a]), int(units[b])) for a, b in pairs(part)} == inside
    assert part.lengths.tolist() == graph.lengths[kept].tolist()
    assert_sound(part)
