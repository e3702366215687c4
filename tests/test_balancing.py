"""Compounds divided for an even load: at what price, how many, and what never gets worse."""

from dataclasses import replace

import numpy as np
import oracle
import pytest
from grounds import make_ground, town
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import lattice, path, places, seeds

from gridpart.balancing import LEAST, even_out
from gridpart.dividing import Task
from gridpart.enclosure import broken
from gridpart.hierarchy import divide
from gridpart.model import Level, Range
from gridpart.past import Past
from gridpart.solvers import Weights
from gridpart.solvers.stop import Iterations

OVERALL = Level("overall", "", "community")
GENERAL = Level("general", "", "compound", "overall", (Range("households", 60, 180, 120),),
                split_to="building")  # fmt: skip
LEVELS = (OVERALL, GENERAL)


def uneven_town(level=GENERAL, compound=None):
    """Return 24 units of 10 households, the first 8 a compound with five times the load each."""
    graph, xy = lattice(6, 4, 50.0)
    if compound is None:
        compound = np.where(np.arange(24) < 8, 0, -1).astype(np.int32)
    load = np.where(np.arange(24) < 8, 5.0, 1.0)
    return make_ground(graph, xy, np.full(24, 10), load=load, compound=compound)


def divided(ground, price, seed=0, levels=LEVELS, stop=None):
    weights = Weights(balance=200.0, compounds=price)
    return divide(ground, levels, weights, np.random.SeedSequence(seed), stop)


def squares(ground, labels):
    load = np.bincount(labels, ground.load)
    return float(((load / load.mean() - 1) ** 2).sum())


def n_divided(ground, labels):
    known = np.unique(ground.compound[ground.compound >= 0])
    return sum(np.unique(labels[ground.compound == c]).size > 1 for c in known)


def test_a_compound_that_is_worth_its_price_is_divided_and_says_so():
    # Whole it makes 40 of 56 hours: two grids are 43 % off the mean, 0.37 in all.
    ground = uneven_town()

    division = divided(ground, price=0.3)

    assert [(o.level, o.compound, o.why) for o in division.openings] == [("general", 0, "balance")]
    assert squares(ground, division.labels["general"]) < 0.05


@pytest.mark.parametrize("price", [0.4, 1.0, 3.0])
def test_a_compound_that_is_not_worth_its_price_stays_whole(price):
    assert divided(uneven_town(), price).openings == ()


def test_a_price_of_one_divides_nothing_however_heavy_a_compound_is():
    # One of three grids has nearly all of the load: 4 squared and more.
    graph, xy = path(9)
    load = np.array([1.0, 1, 1, 300, 300, 300, 1, 1, 1])
    compound = np.array([-1] * 3 + [0] * 3 + [-1] * 3, np.int32)
    level = Level("general", "", "compound", "overall", (Range("households", 20, 40, 30),))
    ground = make_ground(graph, xy, np.full(9, 10), load=load, compound=compound)

    assert divided(ground, 1.0, levels=(OVERALL, level)).openings == ()
    assert [o.why for o in divided(ground, 0.99, levels=(OVERALL, level)).openings] == ["balance"]


def test_a_level_that_splits_no_compounds_divides_none_at_any_price():
    level = Level("general", "", "compound", "overall", GENERAL.ranges, split_to="compound")

    assert divided(uneven_town(), 0.0, levels=(OVERALL, level)).openings == ()


def test_of_two_compounds_the_one_that_gains_more_is_divided():
    # Rows of six: one of the two has nine tenths of the load, and one is enough.
    compound = (np.arange(24) // 6 % 3 - 1).astype(np.int32)
    load = np.where(compound == 0, 30.0, 1.0)
    graph, xy = lattice(6, 4, 50.0)
    ground = make_ground(graph, xy, np.full(24, 10), load=load, compound=compound)

    division = divided(ground, price=0.2)

    assert [o.compound for o in division.openings] == [0]


@given(place=places(min_units=6, max_units=18), seed=seeds, price=st.sampled_from([0.0, 0.1, 0.4]))
@settings(max_examples=15)
def test_no_plan_breaks_more_or_costs_more_than_with_compounds_whole(place, seed, price):
    graph, xy = place
    rng = np.random.default_rng(seed)
    compound = np.where(rng.random(graph.n_units) < 0.7, rng.integers(0, 3, graph.n_units), -1)
    ground = make_ground(
        graph, xy, rng.integers(5, 60, graph.n_units), compound=compound.astype(np.int32),
        load=rng.integers(1, 90, graph.n_units).astype(float),
    )  # fmt: skip
    task = Task(ground, GENERAL, np.arange(graph.n_units), Weights())

    whole, opened = (divided(ground, p, seed).labels["general"] for p in (1.0, price))

    assert oracle.in_one_piece(graph, opened)
    assert opened.max() == whole.max()
    assert broken(task, opened) <= broken(task, whole)
    gain = squares(ground, whole) - squares(ground, opened)
    more = n_divided(ground, opened) - n_divided(ground, whole)
    assert (opened == whole).all() or gain > price * more + LEAST - 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_one_division_is_as_good_as_any_with_one_compound(seed):
    # Every plan of nine units in two grids is looked at.
    graph, xy = lattice(3, 3, 50.0)
    load = np.random.default_rng(seed).integers(1, 60, 9).astype(float)
    compound = np.array([0, 0, 0, 0, 0, -1, -1, -1, -1], np.int32)
    level = Level("general", "", "compound", "overall", (Range("households", 30, 60, 45),))
    ground = make_ground(graph, xy, np.full(9, 10), load=load, compound=compound)

    found = divided(ground, 0.1, levels=(OVERALL, level)).labels["general"]

    plans = [v for v in oracle.partitions(graph, 2) if np.bincount(v).min() >= 3]
    costs = [squares(ground, v) + 0.1 * n_divided(ground, v) for v in plans]
    assert squares(ground, found) + 0.1 * n_divided(ground, found) <= min(costs) + LEAST


@pytest.mark.parametrize("stability", [0.0, 0.5])
def test_where_the_plan_in_force_is_kept_near_no_compound_is_divided(stability):
    ground = uneven_town()
    past = Past(np.zeros(24, np.int32), np.zeros(24, np.bool_), stability)
    weights = Weights(balance=200.0, compounds=0.1)
    task = Task(ground, GENERAL, np.arange(24), weights, past)
    halves = (np.arange(24) // 12).astype(np.int32)

    found = even_out(task, halves, np.random.SeedSequence(0), None)

    assert found.compounds == (frozenset({0}) if stability == 0 else frozenset())
    assert found.stopped_by == "budget"


def test_stopped_at_once_no_compound_is_divided():
    assert divided(uneven_town(), 0.0, stop=Iterations(1)).openings == ()


def test_the_same_seed_divides_the_same_compounds():
    compound = (np.arange(80) // 8).astype(np.int32)
    ground = town(
        compound=compound, load=np.random.default_rng(3).integers(1, 50, 80).astype(float)
    )

    first, again = (divided(ground, 0.05, seed=4) for _ in range(2))

    assert first.labels["general"].tolist() == again.labels["general"].tolist()
    assert first.openings == again.openings


# --- two levels: each says why it divides a compound ---------------------------------------


def row_around(free, held, load):
    """Return units of 10 households in a row, those in the middle a compound with its load."""
    n = 2 * free + held
    own = (np.arange(n) >= free) & (np.arange(n) < free + held)
    graph, xy = path(n)
    compound = np.where(own, 0, -1).astype(np.int32)
    return make_ground(graph, xy, np.full(n, 10), load=np.where(own, load, 1.0), compound=compound)


def two_levels(general, micro):
    """Return three levels with a least, a most and a wished for number of households."""
    return (
        OVERALL,
        replace(GENERAL, ranges=(Range("households", *general),)),
        Level("micro", "", "units", "general", (Range("households", *micro),)),
    )


@pytest.mark.parametrize(("ground", "general", "micro", "why"), [
    # Coarse first. Half of the households end inside the compound, whose halves weigh most.
    (row_around(6, 8, 5.0), (90, 110, 100), (20, 80, 50), ("range", "balance")),
    # Three grids of 60 would do below, but the compound weighs five sevenths of all.
    (row_around(6, 6, 5.0), (65, 115, 90), (50, 70, 60), ("range", "balance")),
    # Of 50 to 70 none ends where the compound does; above, it would leave 60 beside 180.
    (row_around(9, 6, 1.0), (60, 180, 120), (50, 70, 60), ("balance", "range")),
], ids=["from above", "from below", "above only"])  # fmt: skip
def test_each_level_says_why_it_divides_a_compound(ground, general, micro, why):
    division = divided(ground, 0.3, levels=two_levels(general, micro))

    assert [(o.level, o.why) for o in division.openings] == [
        ("general", why[0]), ("micro", why[1]),
    ]  # fmt: skip


def test_a_compound_divided_for_the_balance_above_is_so_below():
    levels = two_levels((60, 180, 120), (20, 100, 60))

    division = divided(uneven_town(), 0.3, levels=levels)

    assert [(o.level, o.why) for o in division.openings] == [
        ("general", "balance"), ("micro", "balance"),
    ]  # fmt: skip
