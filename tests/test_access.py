"""Walks follow the streets, and more streets or fewer barriers never make them longer."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridpart.access import REACH_M, attach, meeting_pieces, reach_center, walk_m
from gridpart.walkways import build_streets

SIDE = 100
DETOUR = 1.3


def segment(a, b):
    return shapely.LineString([a, b])


@st.composite
def streets(draw, least=1):
    """Return straight streets on a lattice of 100 m, some of them crossing."""
    lines = []
    for _ in range(draw(st.integers(least, 7))):
        at, start = draw(st.integers(0, 4)) * SIDE, draw(st.integers(0, 3)) * SIDE
        end = start + draw(st.integers(1, 4)) * SIDE
        upright = draw(st.booleans())
        lines.append(
            segment((at, start), (at, end)) if upright else segment((start, at), (end, at))
        )
    return lines


places = st.lists(
    st.tuples(st.integers(-40, 640), st.integers(-40, 640)), min_size=2, max_size=6, unique=True
)


def walks(lines, points, barriers=(), crossings=()):
    """Return all walks, and which of the places have a street in reach."""
    walk = attach(build_streets(lines, barriers, crossings), points, DETOUR)
    everyone = range(len(points))
    meters, assumed = walk_m(walk, everyone, everyone)
    return meters, assumed, ~walk.is_far


def oracle(lines, points, one, other):
    """Return the shortest way by street between two places, by networkx on cut streets."""
    pieces = [p for p in shapely.get_parts(shapely.node(shapely.MultiLineString(lines)))]
    pieces = list({tuple(sorted(p.coords)): p for p in pieces}.values())
    graph = nx.DiGraph()
    stops = [[] for _ in pieces]
    for name, point in (("from", points[one]), ("to", points[other])):
        here = shapely.Point(point)
        for i, piece in enumerate(pieces):
            if piece.distance(here) <= REACH_M:
                at = piece.project(here)
                foot = (name, i)
                stops[i].append((at, foot))
                ends = (name, foot) if name == "from" else (foot, name)
                graph.add_edge(*ends, weight=piece.distance(here))
    for piece, own in zip(pieces, stops, strict=True):
        coords = list(piece.coords)
        chain = sorted([(0.0, coords[0]), *own, (piece.length, coords[-1])], key=lambda s: s[0])
        for (a, left), (b, right) in pairwise(chain):
            for ends in ((left, right), (right, left)):
                old = graph.get_edge_data(*ends, {"weight": np.inf})["weight"]
                graph.add_edge(*ends, weight=min(old, b - a))
    try:
        return nx.dijkstra_path_length(graph, "from", "to")
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return np.inf


@given(lines=streets(), points=places)
def test_walks_agree_with_networkx(lines, points):
    meters, assumed, near = walks(lines, points)

    for one, other in np.argwhere(near[:, None] & near[None, :]):
        if one != other:
            expected = oracle(lines, points, one, other)
            straight = np.hypot(*np.subtract(points[one], points[other]))
            if straight <= REACH_M:
                expected = min(expected, DETOUR * straight)
            assert assumed[one, other] == np.isinf(expected)
            if np.isfinite(expected):
                assert meters[one, other] == pytest.approx(expected, abs=1e-4)


@given(lines=streets(least=0), points=places)
def test_walks_are_the_same_both_ways_and_never_less_than_the_straight_line(lines, points):
    meters, _, _ = walks(lines, points)

    xy = np.array(points, float)
    straight = np.hypot(*(xy[:, None] - xy[None, :]).transpose(2, 0, 1))
    assert meters == pytest.approx(meters.T, abs=1e-4)
    assert (meters >= straight - 1e-4).all()
    assert np.isfinite(meters).all()


def by_street(found):
    """Return walks that streets alone make possible; infinite where they don't."""
    meters, assumed, near = found
    return np.where(assumed | ~near[:, None] | ~near[None, :], np.inf, meters)


@given(lines=streets(), more=streets(), points=places)
def test_more_streets_never_make_a_walk_longer(lines, more, points):
    fewer = by_street(walks(lines, points))

    assert (by_street(walks([*lines, *more], points)) <= fewer + 1e-4).all()


walls = st.builds(
    lambda x, low, high: segment((x, low), (x + 30, high)),
    st.integers(-20, 500),
    st.integers(-50, 200),
    st.integers(300, 700),
)


@given(lines=streets(), wall=walls, at=st.floats(0, 1), points=places)
def test_barriers_never_shorten_a_walk_and_crossings_never_lengthen_one(lines, wall, at, points):
    free = by_street(walks(lines, points))
    crossing = wall.interpolate(at, normalized=True)

    cut = by_street(walks(lines, points, [wall]))
    bridged = by_street(walks(lines, points, [wall], [crossing]))

    assert (cut >= free - 1e-4).all()
    assert (bridged <= cut + 1e-4).all()
    assert (bridged >= free - 1e-4).all()


def test_a_river_is_crossed_at_its_bridge_only():
    corners = [(0, 0), (400, 0), (400, 300), (0, 300), (0, 0)]
    lines = [segment(a, b) for a, b in pairwise(corners)]
    river = shapely.box(190, -50, 210, 350)
    points = [(150, 0), (250, 0)]

    meters, assumed, _ = walks(lines, points, [river], [shapely.Point(200, 300)])

    assert meters[0, 1] == pytest.approx(150 + 300 + 400 + 300 + 150)
    assert not assumed.any()
    assert walks(lines, points, [river])[1][0, 1]


def test_ends_that_stop_just_short_of_a_street_reach_it():
    lines = [segment((0, 0), (200, 0)), segment((100, 0.8), (100, 90))]

    meters, assumed, _ = walks(lines, [(0, 0), (100, 90)])

    assert meters[0, 1] == pytest.approx(190, abs=0.1)
    assert not assumed.any()


def test_places_far_from_streets_walk_straight_but_not_through_a_barrier():
    lines, points = [segment((0, 0), (1000, 0))], [(400, 300), (600, 300)]

    open_walk, assumed, _ = walks(lines, points)
    walled, around, _ = walks(lines, points, [segment((500, 100), (500, 400))])

    assert open_walk[0, 1] == pytest.approx(200 * DETOUR)
    assert assumed[0, 1]
    assert walled[0, 1] == pytest.approx(800)
    assert not around[0, 1]


def test_pieces_of_streets_that_somebody_reaches_are_counted():
    lines = [segment((0, y), (200, y)) for y in (0, 500, 1000)]

    def pieces(*more):
        return meeting_pieces(attach(build_streets([*lines, *more]), [(9, 9), (9, 509)], DETOUR))

    assert pieces() == 2
    assert pieces(segment((0, 0), (0, 500))) == 1
    assert meeting_pieces(attach(build_streets([]), [(9, 9)], DETOUR)) == 0


@given(lines=streets(least=0), points=places)
def test_no_place_of_a_group_is_a_better_center_than_the_best(lines, points):
    walk = attach(build_streets(lines), points, DETOUR)
    everyone = np.arange(len(points))

    best = reach_center(walk, everyone, np.ones(len(points)))

    if lines:
        assert best.walk_m.max() <= walk_m(walk, everyone, everyone)[0].max(axis=1).min() + 0.01
    else:
        xy = np.array(points, float)
        assert best.walk_m == pytest.approx(DETOUR * np.hypot(*(xy - xy.mean(axis=0)).T))
        assert best.assumed.all()
