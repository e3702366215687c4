"""Units at one place share its ground without gap, and border what the place borders."""

import geopandas as gpd
import numpy as np
import pytest
import quarters
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, affinity, box

from gridpart.graph import cut_borders, shared_borders
from gridpart.parts import cut_oversize
from gridpart.stacks import join_through, read_parts, share_ground

HOUSE = box(-22, -9, 22, 9)
LEVEL = quarters.rules("floor").levels[-1]


def parts_of(*rows):
    """Return buildings cut into parts: a frame, and what is known of its parts."""
    frame, _ = cut_oversize(quarters.frame(rows), [LEVEL], ["households"])
    return frame, read_parts(frame)


def ground_of(frame, parts, cells):
    """Return the cell of each unit, given those of places in order of the frame."""
    at = np.full(len(frame), None, dtype=object)
    at[np.unique(parts.place)] = cells
    return share_ground(at, frame.geometry.to_numpy(), parts, frame["households"].to_numpy(float))


def tower_between(shape, middle=None):
    """Return a tower between two other units, and the ground of the three."""
    frame, parts = parts_of(
        quarters.house("A", 50, box(-90, -9, -70, 9)),
        quarters.tower(shape),
        quarters.house("Z", 50, box(70, -9, 90, 9)),
    )
    middle = box(-50, -30, 50, 30) if middle is None else middle
    rest = box(-100, -30, 100, 30) - middle
    west, east = rest & box(-100, -30, 0, 30), rest & box(0, -30, 100, 30)
    halves = [middle & box(-99, -30, 0, 30), middle & box(0, -30, 99, 30)]
    grounds = [middle] if isinstance(shape, Point) else halves
    return frame, parts, ground_of(frame, parts, noded([west, *grounds, east]))


def noded(cells):
    """Return polygons with every corner of a neighbor on a common border, as cells have them."""
    lines = shapely.union_all(shapely.boundary(cells))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inner = shapely.point_on_surface(faces)
    return [shapely.coverage_union_all(faces[shapely.contains(cell, inner)]) for cell in cells]


def named(frame, borders):
    """Return the pairs of a graph by the names of units."""
    names = frame["unit_id"].to_numpy(object)
    pairs = zip(borders.heads, borders.tails, strict=True)
    return {frozenset((names[a], names[b])) for a, b in pairs}


FLOORS = ("F01-11", "F12-22", "F23-33")


@pytest.mark.parametrize("shape", [HOUSE, Point(0, 0)], ids=["footprint", "point"])
def test_floors_and_stairwells_share_the_ground_of_their_place_by_households(shape):
    frame, _, cells = tower_between(shape)

    tower = (frame["parent_unit_id"] == "T1").to_numpy()
    assert shapely.area(cells[tower]) == pytest.approx([1000] * 6)
    assert shapely.union_all(cells[tower]).equals(box(-50, -30, 50, 30))
    assert shapely.coverage_is_valid(cells)
    assert frame["unit_id"][tower].tolist() == [f"T1-{w}-{f}" for w in (1, 2) for f in FLOORS]
    middle = shapely.centroid(cells[tower])
    assert (shapely.get_x(middle) < 0).tolist() == [True] * 3 + [False] * 3
    assert shapely.get_y(middle)[:3].tolist() == sorted(shapely.get_y(middle)[:3])


@given(
    angle=st.floats(0, 360), x=st.floats(-15, 15), point=st.booleans(),
    notch=st.sampled_from(["none", "south", "hole", "comb"]),
)  # fmt: skip
def test_any_ground_is_shared_without_gap_or_seam(angle, x, point, notch):
    bites = {
        "none": shapely.Polygon(), "south": box(-30, -30, 10, -10), "hole": box(30, -5, 40, 5),
        "comb": shapely.MultiPolygon([box(a, -30, a + 7, 20) for a in (-45, -20, 12, 35)]),
    }  # fmt: skip
    middle = box(-50, -30, 50, 30) - bites[notch]
    shape = Point(x, 0) if point else affinity.rotate(affinity.translate(HOUSE, x / 9, 0), angle)

    frame, _, cells = tower_between(shape, middle)

    tower = (frame["parent_unit_id"] == "T1").to_numpy()
    assert shapely.area(cells).sum() == pytest.approx(12_000, rel=1e-9)
    assert (shapely.area(cells) > 1).all()
    assert shapely.coverage_is_valid(cells)
    assert shapely.coverage_union_all(cells).symmetric_difference(
        box(-100, -30, 100, 30)
    ).area < 1e-6  # fmt: skip
    whole = {cell.geom_type for cell in cells[tower]} == {"Polygon"}
    assert whole or notch == "comb"


@pytest.mark.parametrize("shape", [HOUSE, Point(0, 0)], ids=["footprint", "point"])
def test_people_cross_borders_by_the_door_of_their_stairwell(shape):
    frame, parts, cells = tower_between(shape)

    pairs = named(frame, join_through(shared_borders(cells), parts))

    west = {frozenset(("A", f"T1-1-{f}")) for f in FLOORS}
    east = {frozenset(("Z", f"T1-2-{f}")) for f in FLOORS}
    level = {frozenset((f"T1-1-{f}", f"T1-2-{f}")) for f in FLOORS}
    steps = {
        frozenset((f"T1-{w}-{low}", f"T1-{w}-{high}"))
        for w in (1, 2) for low, high in (FLOORS[:2], FLOORS[1:])
    }  # fmt: skip
    assert pairs >= west | east | level | steps
    inside = {pair for pair in pairs if all(name.startswith("T1") for name in pair)}
    assert inside == level | steps
    assert frozenset("AZ") not in pairs


def test_a_wall_beside_a_tower_parts_all_its_floors_from_the_other_side():
    frame, parts, cells = tower_between(Point(0, 0))
    wall = [LineString([(-50, -99), (-50, 99)])]

    borders = cut_borders(shared_borders(cells), cells, wall, ())

    pairs = named(frame, join_through(borders, parts))
    assert not [pair for pair in pairs if "A" in pair]
    assert len([pair for pair in pairs if "Z" in pair]) == 6


def test_units_that_share_no_place_keep_their_borders():
    frame, parts = parts_of(*quarters.courtyards())
    cells = frame.geometry.to_numpy()
    borders = shared_borders(cells)

    assert join_through(borders, parts) is borders
    assert parts.place.tolist() == list(range(len(frame)))
    assert len(set(parts.stairwells().tolist())) == len(frame)


def test_a_stairwell_is_one_number_whatever_its_floors():
    _, parts = parts_of(
        quarters.tower(), quarters.tower(stairwells=None, unit_id="T2"),
        quarters.house("A", 9, HOUSE),
    )  # fmt: skip

    assert [np.sum(parts.stairwells() == s) for s in dict.fromkeys(parts.stairwells())] == [
        1, 3, 3, 5,
    ]  # fmt: skip


def test_parts_that_nobody_numbered_are_read_too():
    rows = [{"unit_id": f"B-{n}", "parent_unit_id": "B", "geometry": Point(n, 0)} for n in (0, 1)]

    parts = read_parts(gpd.GeoDataFrame(rows, geometry="geometry"))

    assert parts.place.tolist() == [0, 1]
    assert parts.building.tolist() == [0, 0]
    assert parts.stairwells().tolist() == [0, 1]
