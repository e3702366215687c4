"""A grid lies in a hole of another only where nothing better is found, and never unsaid."""

from dataclasses import replace

import numpy as np
import oracle
import pytest
import shapely
from districts import square
from grounds import town
from hypothesis import given
from hypothesis import strategies as st
from referee import Plan, found, rules
from strategies import grow_plan, lattice

import gridpart as gp
from gridpart import enclosure
from gridpart._rule_toml import rules_to_toml
from gridpart.dividing import Task
from gridpart.enclosure import divide_open
from gridpart.hierarchy import divide
from gridpart.holes import beside_sites, enclosed, on_rim
from gridpart.solvers import Weights

COLUMNS, ROWS = 5, 5
LEVELS = rules().levels
MICRO = LEVELS[-1]
FRAME = ["aaaa", "abba", "abba", "aaaa"]
"""Grid b in a hole of grid a, south first."""


def framed(choice="avoid", names=FRAME):
    held = rules()
    levels = tuple(replace(v, enclosed=choice) for v in held.levels)
    held = replace(held, levels=levels, rural_levels=levels)
    return Plan([[8] * len(names[0])] * len(names), names, held)


def squares(columns, rows):
    return np.array([square(i % columns, i // columns) for i in range(columns * rows)], object)


def beside(graph):
    once = graph.heads < graph.indices
    return np.column_stack([graph.heads[once], graph.indices[once]]).astype(np.int32)


def seen_on_the_map(cells, labels):
    """Return who lies in a hole of whom, by the outlines alone."""
    grids = np.unique(labels)
    shapes = {g: shapely.union_all(cells[labels == g]) for g in grids}
    filled = {
        g: shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(s))))
        for g, s in shapes.items()
    }
    return sorted(
        (int(a), int(b))
        for a in grids
        for b in grids
        if a != b and shapely.covers(filled[b], shapes[a])
    )


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_who_borders_whom_tells_what_the_map_shows(seed, n_grids):
    graph, _ = lattice(COLUMNS, ROWS, 100.0)
    labels = grow_plan(graph, n_grids, np.random.default_rng(seed)).astype(np.int32)
    cells = squares(COLUMNS, ROWS)

    rim = on_rim(cells, shapely.union_all(cells))

    assert enclosed(labels, beside(graph), rim) == seen_on_the_map(cells, labels)


def test_a_site_in_a_hole_opens_it_to_nobody():
    cells = squares(4, 4)
    site = 5
    region = shapely.union_all(np.delete(cells, site))
    around = np.delete(cells, site)
    labels = np.array([c == "b" for i, c in enumerate("".join(FRAME)) if i != site], np.int32)
    pairs = [
        (i, j)
        for i in range(15)
        for j in range(i)
        if shapely.length(shapely.intersection(around[i], around[j])) > 1
    ]

    rim = on_rim(around, region)
    chained = np.concatenate([np.array(pairs, np.int32), beside_sites(around, region)])

    assert rim.sum() == 12
    assert enclosed(labels, chained, rim) == [(1, 0)]


@pytest.mark.parametrize(("choice", "hard"), [("avoid", False), ("forbid", True)])
def test_a_grid_in_a_hole_is_listed_and_hard_where_it_is_forbidden(choice, hard):
    (breach,) = found(framed(choice).judge(), "enclosed")

    assert (breach.grid, breach.hard, breach.proven) == ("C11b", hard, False)
    assert "in a hole of grid C11a" in breach.message
    assert set(breach.units) == {"U11", "U21", "U12", "U22"}


def test_a_grid_in_a_hole_is_passed_over_where_it_is_allowed():
    assert found(framed("allow").judge(), "enclosed") == []


def test_a_grid_at_the_border_lies_in_no_hole():
    plan = framed("forbid", ["abba", "abba", "aaaa"])

    assert found(plan.judge(), "enclosed") == []


def ground(**changes):
    """Return a town with its rim and who touches whom."""
    bare = town(4, 4, **changes)
    cells = squares(4, 4)
    rim = on_rim(cells, shapely.union_all(cells))
    return replace(bare, beside=beside(bare.graph), rim=rim)


@pytest.mark.parametrize(("choice", "tries"), [("avoid", 3), ("forbid", 3), ("allow", 1)])
def test_a_parent_is_divided_again_while_a_grid_is_enclosed(monkeypatch, choice, tries):
    hole = np.array([c == "b" for c in "".join(FRAME)], np.int32)
    halves = np.repeat([0, 1], 8).astype(np.int32)
    plans = iter([hole, hole, halves])
    seeds = []

    def scripted(_, seed, __):
        seeds.append(seed.spawn_key)
        return next(plans), "budget"

    monkeypatch.setattr(enclosure, "divide_parent", scripted)
    whole = ground(compound=np.zeros(16, np.int32))  # so that no unit leads out by itself
    task = Task(whole, replace(MICRO, enclosed=choice), np.arange(16), Weights())

    labels, _ = divide_open(task, np.random.SeedSequence(0), None)

    assert len(set(seeds)) == tries
    assert np.array_equal(labels, hole if choice == "allow" else halves)


def test_the_lightest_units_lead_out_of_a_hole(monkeypatch):
    hole = np.array([c == "b" for c in "".join(FRAME)], np.int32)
    held = ground()
    held = replace(held, load=np.where(np.arange(16) == 8, 0.0, held.load))
    monkeypatch.setattr(enclosure, "divide_parent", lambda *_: (hole, "budget"))

    labels, _ = divide_open(
        Task(held, MICRO, np.arange(16), Weights()), np.random.SeedSequence(0), None
    )

    assert np.flatnonzero(labels != hole).tolist() == [8]


def test_no_way_out_cuts_the_grid_around(monkeypatch):
    graph, _ = lattice(4, 4, 100.0)
    ring = np.array([0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 2, 0, 0, 0, 0], np.int32)  # closed by 2
    held = replace(ground(), rim=np.arange(16) == 11)
    monkeypatch.setattr(enclosure, "divide_parent", lambda *_: (ring, "budget"))

    labels, _ = divide_open(
        Task(held, MICRO, np.arange(16), Weights()), np.random.SeedSequence(0), None
    )

    assert oracle.in_one_piece(graph, labels)


def test_a_range_goes_before_a_hole(monkeypatch):
    hole = np.array([c == "b" for c in "".join(FRAME)], np.int32)
    uneven = np.repeat([0, 1], [15, 1]).astype(np.int32)
    plans = iter([hole, *[uneven] * enclosure.AGAIN])
    monkeypatch.setattr(enclosure, "divide_parent", lambda *_: (next(plans), "budget"))

    whole = ground(compound=np.zeros(16, np.int32))
    labels, _ = divide_open(
        Task(whole, MICRO, np.arange(16), Weights()), np.random.SeedSequence(0), None
    )

    assert np.array_equal(labels, hole)


def test_a_grid_of_another_parent_beside_it_opens_a_grid():
    held = replace(ground(), rim=np.zeros(16, np.bool_))
    west = np.flatnonzero(np.arange(16) % 4 < 2)
    task = Task(held, MICRO, west, Weights())

    assert enclosure._enclosed(task, np.array([0, 1] * 4, np.int32)) == [(0, 1)]
    assert enclosure._enclosed(task, np.repeat([0, 1], 4).astype(np.int32)) == []


def test_a_town_without_holes_is_divided_as_if_they_were_allowed():
    bare = town(6, 6)
    cells = squares(6, 6)
    held = replace(bare, beside=beside(bare.graph), rim=on_rim(cells, shapely.union_all(cells)))
    allowed = tuple(replace(v, enclosed="allow") for v in LEVELS)

    one, other = (
        divide(held, levels, Weights(), np.random.SeedSequence(0)) for levels in (LEVELS, allowed)
    )

    assert all(np.array_equal(one.labels[v.id], other.labels[v.id]) for v in LEVELS)


def test_the_rule_is_read_and_written(tmp_path):
    text = rules_to_toml(gp.load_rules("chengdu"))
    head, tail = text.rsplit('enclosed = "avoid"', 1)
    file = tmp_path / "own.toml"
    file.write_text(f'{head}enclosed = "forbid"{tail}', encoding="utf-8")

    held = gp.load_rules(file)

    assert [v.enclosed for v in held.levels] == ["avoid", "avoid", "forbid"]
    assert rules_to_toml(held).count('enclosed = "forbid"') == 1
