"""Every grid lies inside one of the level above, and compounds stay whole unless listed."""

import numpy as np
import oracle
import pytest
from grounds import make_ground, town
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import disjoint, from_pairs, lattice, path, places, seeds

from gridpart import hierarchy
from gridpart.hierarchy import divide
from gridpart.model import Level, Radius, Range
from gridpart.solvers import Weights
from gridpart.solvers.stop import Iterations, Seconds

OVERALL = Level("overall", "总网格", "community")
GENERAL = Level("general", "一般网格", "compound", "overall",
                (Range("households", 300, 500, 400),), split_to="building")  # fmt: skip
MICRO = Level("micro", "微网格", "units", "general", (Range("households", 30, 100, 50),))
LEVELS = (OVERALL, GENERAL, MICRO)
few = settings(max_examples=10)


def blocks_of(columns, rows, width, height):
    """Return the number of each unit's rectangular compound on a lattice."""
    y, x = np.divmod(np.arange(columns * rows), columns)
    return (y // height * -(-columns // width) + x // width).astype(np.int32)


def divided(ground, levels=LEVELS, seed=0, stop=None):
    return divide(ground, levels, Weights(), np.random.SeedSequence(seed), stop)


def assert_laws(ground, division, levels=LEVELS):
    """Assert that all grids are whole, nested and numbered, and openings listed rightly."""
    for level in levels:
        labels = division.labels[level.id]
        assert set(labels.tolist()) == set(range(int(labels.max()) + 1))
        if level.made_of != "community":
            assert oracle.in_one_piece(ground.graph, labels)
        if level.nests_in:
            parent = division.labels[level.nests_in]
            for grid in range(int(labels.max()) + 1):
                assert np.unique(parent[labels == grid]).size == 1
        split = {
            int(c)
            for c in np.unique(ground.compound[ground.compound >= 0])
            if np.unique(labels[ground.compound == c]).size > 1
        }
        assert split == {o.compound for o in division.openings if o.level == level.id}
        guests = np.flatnonzero(ground.host >= 0)
        assert (labels[guests] == labels[ground.host[guests]]).all()


def sums(ground, division, level):
    return np.bincount(division.labels[level], ground.sizes[:, 0])


def in_range(values, low, high):
    return bool(((values >= low) & (values <= high)).all())


# --- laws -------------------------------------------------------------------------------


@given(place=places(min_units=3, max_units=20), seed=seeds, zeros=st.sampled_from([0.0, 0.4, 1.0]))
@few
def test_grids_nest_whatever_the_ground(place, seed, zeros):
    graph, xy = place
    rng = np.random.default_rng(seed)
    households = np.where(rng.random(graph.n_units) < zeros, 0, rng.integers(1, 160, graph.n_units))
    compound = np.where(rng.random(graph.n_units) < 0.4, rng.integers(0, 4, graph.n_units), -1)
    ground = make_ground(graph, xy, households, compound=compound.astype(np.int32))

    assert_laws(ground, divided(ground))


@pytest.mark.parametrize("seed", range(3))
def test_a_plain_town_is_divided_in_range_at_every_level(seed):
    ground = town(seed=seed)

    division = divided(ground, seed=seed)

    assert_laws(ground, division)
    assert division.labels["overall"].tolist() == [0] * ground.n_units
    assert in_range(sums(ground, division, "general"), 300, 500)
    assert in_range(sums(ground, division, "micro"), 30, 100)
    assert division.stopped_by == "budget"
    assert division.openings == ()


def test_the_same_seed_gives_the_same_division():
    first, again = divided(town(), seed=5), divided(town(), seed=5)

    for level in ("overall", "general", "micro"):
        assert first.labels[level].tolist() == again.labels[level].tolist()


def test_ground_in_pieces_is_divided_piece_by_piece():
    graph = disjoint(lattice(8, 5)[0], lattice(8, 5)[0])
    xy = np.concatenate([lattice(8, 5)[1], lattice(8, 5)[1] + 5000])
    ground = make_ground(graph, xy, np.full(80, 10))

    division = divided(ground)

    assert_laws(ground, division)
    assert sums(ground, division, "general").tolist() == [400, 400]


def test_a_radius_shortens_grids():
    graph, xy = path(40)
    ground = make_ground(graph, xy * 10, np.full(40, 10))
    near = Level("general", "", "compound", "overall", (Range("households", 100, 400, 400),),
                 Radius(500, detour=1.0))  # fmt: skip

    weights = Weights(radius=500.0)
    division = divide(ground, (OVERALL, near), weights, np.random.SeedSequence(0))

    assert_laws(ground, division, (OVERALL, near))


# --- compounds and buildings ------------------------------------------------------------


def test_compounds_that_fit_stay_whole_at_every_level():
    # 20 compounds of 4 units and 40 households each.
    ground = town(compound=blocks_of(10, 8, 2, 2))
    ground = make_ground(ground.graph, ground.xy, np.full(80, 10), compound=ground.compound)

    division = divided(ground)

    assert_laws(ground, division)
    assert division.openings == ()


def test_a_compound_above_the_range_is_opened_and_says_so():
    # 4 compounds of 20 units: 200 households fit a general grid and no micro grid.
    compound = blocks_of(10, 8, 5, 4)
    ground = make_ground(*lattice(10, 8, 50.0), np.full(80, 10), compound=compound)

    division = divided(ground)

    assert_laws(ground, division)
    assert {(o.level, o.why) for o in division.openings} == {("micro", "exceeds")}
    assert len(division.openings) == 4


def test_a_compound_is_opened_where_the_range_cannot_be_met_otherwise():
    # 90 + 90 + 20: the 20 fit nobody whole, but 10 more from a neighbor make 30.
    compound = np.array([0] * 9 + [1] * 9 + [-1] * 2, np.int32)
    ground = make_ground(*path(20), np.full(20, 10), compound=compound)
    level = Level("micro", "", "units", "overall", (Range("households", 30, 100, 60),))

    division = divided(ground, (OVERALL, level))

    assert_laws(ground, division, (OVERALL, level))
    assert (1, "range") in [(o.compound, o.why) for o in division.openings]
    assert in_range(sums(ground, division, "micro"), 30, 100)


def test_no_compound_is_opened_without_need():
    # As above: the compound of the first nine units can stay whole.
    compound = np.array([0] * 9 + [1] * 9 + [-1] * 2, np.int32)
    ground = make_ground(*path(20), np.full(20, 10), compound=compound)
    level = Level("micro", "", "units", "overall", (Range("households", 30, 100, 60),))

    division = divided(ground, (OVERALL, level))

    assert [o.compound for o in division.openings] == [1]


def test_a_compound_in_pieces_is_in_several_grids_and_says_why():
    graph = disjoint(path(4)[0], path(4)[0])
    xy = np.concatenate([path(4)[1], path(4)[1] + 900])
    compound = np.array([-1, -1, 0, 0, 0, 0, -1, -1], np.int32)
    ground = make_ground(graph, xy, np.full(8, 10), compound=compound)
    level = Level("micro", "", "units", "overall", (Range("households", 30, 100, 40),))

    division = divided(ground, (OVERALL, level))

    assert_laws(ground, division, (OVERALL, level))
    assert [(o.compound, o.why) for o in division.openings] == [(0, "pieces")]


def test_a_level_that_splits_no_compounds_opens_none():
    compound = blocks_of(10, 8, 5, 4)
    ground = make_ground(*lattice(10, 8, 50.0), np.full(80, 10), compound=compound)
    level = Level("general", "", "compound", "overall", (Range("households", 50, 100, 80),),
                  split_to="compound")  # fmt: skip

    division = divided(ground, (OVERALL, level))

    assert division.openings == ()
    assert sums(ground, division, "general").tolist() == [200] * 4


def test_parts_of_a_building_stay_together_where_they_fit_or_the_level_says_so():
    # 3 buildings of 10 parts and 120 households each.
    building = np.repeat(np.arange(3), 10).astype(np.int32)
    ground = make_ground(*lattice(10, 3, 5.0), np.full(30, 12), building=building)
    whole = Level("micro", "", "units", "general", MICRO.ranges, split_to="building")

    cut = divided(ground)
    kept = divided(ground, (OVERALL, GENERAL, whole))

    def n_split(division, level):
        return sum(np.unique(division.labels[level][building == b]).size > 1 for b in range(3))

    assert_laws(ground, cut)
    assert (n_split(cut, "general"), n_split(cut, "micro")) == (0, 3)
    assert (n_split(kept, "general"), n_split(kept, "micro")) == (0, 0)


def test_guests_of_a_site_are_in_the_grids_of_their_host():
    host = np.full(80, -1, np.int32)
    graph, xy = lattice(10, 8, 50.0)
    inner = disjoint(graph, path(1)[0], path(1)[0])
    # Two guests that border their host, and nobody else.
    pairs = [*zip(inner.heads.tolist(), inner.indices.tolist(), strict=True), (80, 13), (81, 13)]
    ground = make_ground(
        from_pairs(82, pairs),
        np.concatenate([xy, [[999.0, 999], [998.0, 999]]]),
        [10] * 80 + [60, 60],
        host=np.append(host, [13, 13]).astype(np.int32),
    )

    division = divided(ground)

    assert_laws(ground, division)


# --- impossible and interrupted ---------------------------------------------------------


@pytest.mark.parametrize("households", [[5, 5], [0, 0], [530, 0], [700, 20], [1], [0]])
def test_what_no_plan_can_keep_in_range_is_divided_all_the_same(households):
    graph, xy = path(len(households))
    ground = make_ground(graph, xy, households)

    assert_laws(ground, divided(ground))


def test_an_oversize_unit_stands_alone():
    households = np.full(80, 10)
    households[33] = 250
    ground = make_ground(*lattice(10, 8, 50.0), households)

    division = divided(ground)

    micro = division.labels["micro"]
    assert_laws(ground, division)
    assert (micro == micro[33]).sum() == 1


@pytest.mark.parametrize("stop", [Iterations(1), Seconds(0.0), lambda *_: True])
def test_stopped_at_once_the_division_is_whole(stop):
    ground = town(compound=blocks_of(10, 8, 2, 2))

    division = divided(ground, stop=stop)

    assert_laws(ground, division)
    assert division.stopped_by == "stop"


@pytest.mark.parametrize("after", [1, 50, 200])
def test_interrupted_the_division_is_whole(after):
    calls = []

    def interrupt(*_):
        calls.append(1)
        if len(calls) == after:
            raise KeyboardInterrupt
        return False

    ground = town(compound=blocks_of(10, 8, 2, 2))

    division = divided(ground, stop=interrupt)

    assert_laws(ground, division)
    assert division.stopped_by == "interrupted"


def test_a_stray_unit_behind_a_coarse_border_is_mended():
    # The most even border between two general grids parts the 20 from the 20, and either
    # of them fits no other neighbor.
    graph, xy = path(10)
    ground = make_ground(graph, xy, [90] * 4 + [20, 20] + [90] * 4)

    division = divided(ground)

    assert_laws(ground, division)
    assert in_range(sums(ground, division, "general"), 300, 500)
    assert in_range(sums(ground, division, "micro"), 30, 100)


# --- narrow ranges, divided from below -----------------------------------------------------

NARROW = (OVERALL, GENERAL, Level("micro", "微网格", "units", "general",
                                  (Range("households", 50, 70, 60),)))  # fmt: skip


@few
@given(seed=seeds, compounds=st.booleans())
def test_grids_with_a_narrow_range_lie_in_general_grids_and_both_keep_it(seed, compounds):
    ground = town(12, 10, seed % 100)
    if compounds:
        ground = town(12, 10, seed % 100, compound=blocks_of(12, 10, 3, 4))

    division = divide(ground, NARROW, Weights(), np.random.SeedSequence(seed))

    micro, general = division.labels["micro"], division.labels["general"]
    assert np.unique(np.stack([micro, general]), axis=1).shape[1] == micro.max() + 1
    for labels, low, high in ((micro, 50, 70), (general, 300, 500)):
        sums = np.bincount(labels, ground.sizes[:, 0])
        assert low <= sums.min() <= sums.max() <= high
        assert oracle.in_one_piece(ground.graph, labels)


@pytest.mark.parametrize("stop", [Iterations(0), Seconds(0.0)])
def test_stopped_at_once_a_narrow_division_is_nested(stop):
    labels = divide(town(), NARROW, Weights(), np.random.SeedSequence(0), stop).labels

    pairs = np.unique(np.stack([labels["micro"], labels["general"]]), axis=1)
    assert pairs.shape[1] == labels["micro"].max() + 1


def test_interrupted_while_mending_nothing_more_is_divided(monkeypatch):
    calls = []

    def interrupted(task, *_, **__):
        calls.append(task)
        return np.zeros(task.units.size, np.int32), "interrupted"

    monkeypatch.setattr(hierarchy, "search", interrupted)
    graph, xy = path(10)
    ground = make_ground(graph, xy, [90] * 4 + [20, 20] + [90] * 4)

    division = divided(ground)

    assert_laws(ground, division)
    assert (len(calls), division.stopped_by) == (1, "interrupted")


# --- compound, building, stairwell, floor -------------------------------------------------

STEPS = ("compound", "building", "stairwell", "floor")


def ladder(households=11):
    """Return a row of 4 compounds of 2 buildings of 2 stairwells of 3 floors."""
    unit = np.arange(48, dtype=np.int32)
    return make_ground(
        *path(48), np.full(48, households),
        compound=unit // 12, building=unit // 6, stairwell=unit // 3,
    )  # fmt: skip


def whole(ground, labels, step):
    """Return whether every compound, building, stairwell or floor lies in one grid."""
    key = ground.stairwell if step == "stairwell" else getattr(ground, step)
    return all(np.unique(labels[key == k]).size == 1 for k in np.unique(key))


@pytest.mark.parametrize(("most", "opened"), [(140, 0), (70, 1), (40, 2), (22, 3)])
def test_only_what_exceeds_the_range_is_opened_step_by_step(most, opened):
    # A compound has 132 households, a building 66, a stairwell 33 and a floor 11.
    level = Level("micro", "", "units", "overall", (Range("households", None, most),),
                  split_to="floor")  # fmt: skip

    division = divided(ladder(), (OVERALL, level))

    assert_laws(ladder(), division, (OVERALL, level))
    assert in_range(sums(ladder(), division, "micro"), 1, most)
    for step in STEPS[opened:3]:
        assert whole(ladder(), division.labels["micro"], step)
    for step in STEPS[:opened]:
        assert not whole(ladder(), division.labels["micro"], step)


@pytest.mark.parametrize("step", STEPS[:3])
def test_a_level_goes_no_further_than_its_split_to(step):
    level = Level("micro", "", "units", "overall", (Range("households", None, 20),), split_to=step)

    division = divided(ladder(), (OVERALL, level))

    assert_laws(ladder(), division, (OVERALL, level))
    assert whole(ladder(), division.labels["micro"], step)
    assert all(not whole(ladder(), division.labels["micro"], s) for s in STEPS[: STEPS.index(step)])


def test_a_building_that_fits_the_level_above_stays_whole_there():
    # Floors of 40: a building of 240 exceeds a micro grid, and fits a general one.
    general = Level("general", "", "compound", "overall", (Range("households", 300, 500, 400),),
                    split_to="floor")  # fmt: skip
    micro = Level("micro", "", "units", "general", MICRO.ranges, split_to="floor")
    ground = ladder(40)

    division = divided(ground, (OVERALL, general, micro))

    assert_laws(ground, division, (OVERALL, general, micro))
    assert whole(ground, division.labels["general"], "building")
    assert not whole(ground, division.labels["micro"], "stairwell")
    assert in_range(sums(ground, division, "micro"), 30, 100)
