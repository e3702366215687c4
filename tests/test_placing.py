"""A reading is named when it fits clearly better than any as likely, and else none is."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridpart.datums import add_offset
from gridpart.placing import Drawn, clear_winner, in_each_datum, is_suspect, score_readings
from gridpart.readings import Reading

CRS = "EPSG:4547"
WEST, SOUTH = 520_000.0, 3_388_000.0
HERE = Reading(CRS)


def blocks(columns=12, rows=9, side=200.0):
    """Return the blocks of a town, about as wide as `side`, and the streets between them.

    The widths differ, or a shift by a block or two would fit as well.
    """
    rng = np.random.default_rng(columns)
    x, y = (
        start + side * np.concatenate([[0], rng.uniform(0.6, 1.4, n).cumsum()])
        for start, n in ((WEST, columns), (SOUTH, rows))
    )
    squares = [shapely.box(a, b, c, d) for a, c in pairwise(x) for b, d in pairwise(y)]
    lines = [shapely.LineString([(a, y[0]), (a, y[-1])]) for a in x]
    lines += [shapely.LineString([(x[0], b), (x[-1], b)]) for b in y]
    return np.array(squares), np.array(lines)


def houses(squares, each=2):
    """Return ``each ** 2`` houses spread over each block, off the streets."""
    places = (np.arange(each) + 0.5) / each
    shapes = [
        shapely.box(x - 15, y - 10, x + 15, y + 10)
        for west, south, east, north in shapely.bounds(squares)
        for x in west + places * (east - west)
        for y in south + places * (north - south)
    ]
    return np.array(shapes)


def read(geometries, actual="wgs84", declared=HERE):
    shifted = add_offset(geometries, CRS, actual)
    return Drawn(shifted, in_each_datum(declared), declared)


@cache
def town(units="wgs84", communities="wgs84", streets=None, points=False):
    squares, lines = blocks()
    shapes = houses(squares)
    shapes = shapely.point_on_surface(shapes) if points else shapes
    layers = {"units": read(shapes, units), "communities": read(squares, communities)}
    if streets is not None:
        layers["streets"] = read(lines, streets)
    return layers


def named(layers, **options):
    winner = clear_winner(list(score_readings(layers, CRS, **options)))
    return winner and {n: winner.readings[n].datum for n in winner.changed}


SHIFTED = ("gcj02", "bd09")


@pytest.mark.parametrize("points", [False, True])
@pytest.mark.parametrize("datum", SHIFTED)
def test_units_that_are_off_are_named(datum, points):
    assert named(town(units=datum, points=points)) == {"units": datum}


@pytest.mark.parametrize("datum", SHIFTED)
def test_communities_that_are_off_are_named(datum):
    assert named(town(communities=datum)) == {"communities": datum}


@pytest.mark.parametrize("datum", SHIFTED)
def test_streets_that_are_off_are_named(datum):
    assert named(town(streets=datum)) == {"streets": datum}


@pytest.mark.parametrize("datum", SHIFTED)
def test_streets_tell_when_the_rest_is_off_alike(datum):
    found = named(town(units=datum, communities=datum, streets="wgs84"))

    assert found == {"units": datum, "communities": datum}


def test_layers_in_three_datums_are_told_apart():
    found = named(town(units="gcj02", communities="wgs84", streets="bd09"))

    assert found == {"units": "gcj02", "streets": "bd09"}


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_layers_that_are_all_off_alike_fit(datum):
    layers = town(units=datum, communities=datum, streets=datum)

    assert not is_suspect(next(score_readings(layers, CRS)))
    assert named(layers) in (None, {})


@settings(max_examples=10)  # each looks 20 CRSs up, in 0.5 s
@given(st.integers(1, 9), st.sampled_from(SHIFTED), st.randoms(use_true_random=False))
def test_a_few_units_name_nothing(n_units, datum, random):
    layers = town(units=datum)
    rows = random.sample(range(layers["units"].geometries.size), n_units)
    few = Drawn(layers["units"].geometries[rows], layers["units"].readings, HERE)

    assert named({**layers, "units": few}) in (None, {})


@settings(max_examples=10)
@given(st.floats(0, 2 * np.pi), st.floats(2500, 5000))
def test_shifts_that_no_datum_explains_name_nothing(direction, length):
    layers = town()
    step = np.array([np.cos(direction), np.sin(direction)]) * length
    moved = shapely.transform(layers["units"].geometries, lambda xy: xy + step)

    assert named({**layers, "units": Drawn(moved, in_each_datum(HERE), HERE)}) in (None, {})


def test_a_community_that_is_missing_names_nothing():
    layers = town()
    some = layers["communities"].geometries[9:]

    assert named({**layers, "communities": Drawn(some, in_each_datum(HERE), HERE)}) in (None, {})


def test_stated_communities_tell_where_any_would_do():
    squares, _ = blocks(side=4000.0)
    layers = {"units": read(houses(squares, each=5), "gcj02"), "communities": read(squares)}
    owner = np.repeat(np.arange(squares.size), 25)

    as_declared = next(score_readings(layers, CRS))
    with_owner = next(score_readings(layers, CRS, owner))

    assert as_declared.inside > with_owner.inside
    assert named(layers, stated=owner) == {"units": "gcj02"}


def test_shares_are_of_units_and_of_footprints():
    squares = np.array(
        [
            shapely.box(WEST, SOUTH, WEST + 200, SOUTH + 200),
            shapely.box(WEST + 200, SOUTH, WEST + 400, SOUTH + 200),
        ]
    )
    lines = shapely.boundary(squares)
    units = np.array(
        [
            shapely.box(WEST + 20, SOUTH + 20, WEST + 40, SOUTH + 40),
            shapely.box(WEST + 190, SOUTH + 20, WEST + 230, SOUTH + 40),  # on a street
            shapely.box(WEST + 100, SOUTH - 90, WEST + 120, SOUTH - 70),  # outside
            shapely.Point(WEST + 200, SOUTH + 100),  # on a street, but no footprint
        ]
    )
    layers = {n: Drawn(g, (HERE,), HERE) for n, g in
              {"units": units, "communities": squares, "streets": lines}.items()}  # fmt: skip

    (score,) = score_readings(layers, CRS)

    assert score.inside == 0.75
    assert score.crossed == pytest.approx(1 / 3)
    assert score.misfits.tolist() == [0, 1, 1, 0]
    assert score.changed == ()


def test_streets_along_outlines_do_not_cross_them():
    squares, lines = blocks()
    drawn = {n: Drawn(g, (HERE,), HERE) for n, g in
             {"units": squares, "communities": squares, "streets": lines}.items()}  # fmt: skip

    assert next(score_readings(drawn, CRS)).crossed == 0


def test_large_layers_are_sampled():
    squares, lines = blocks(20, 15)
    layers = {"units": read(houses(squares, 3), "bd09"), "communities": read(squares),
              "streets": read(lines)}  # fmt: skip

    scores = list(score_readings(layers, CRS))

    assert {score.n_units for score in scores} == {2000}
    winner = clear_winner(scores)
    assert winner.changed == ("units",)
    assert winner.readings["units"].datum == "bd09"
