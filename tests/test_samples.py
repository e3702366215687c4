"""The shipped sample of Hankou, end to end, by checks that share no code with the referee."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from samples import SAMPLES, hankou_plan

import gridpart as gp
from gridpart.district import build_district

LEVELS = ("overall", "general", "micro")


def test_hankou_has_the_published_number_of_grids():
    plan = hankou_plan()

    assert [len(plan.grids(level)) for level in ("overall", "general", "exclusive")] == [16, 40, 5]
    assert len(plan.grids("micro")) == pytest.approx(328, rel=0.05)


def test_no_hard_rule_is_broken_in_hankou():
    report = hankou_plan().report

    assert not report.broken
    assert all(check.ok for check in report.checks)
    assert all(breach.proven for breach in report.breaches if breach.hard)


@pytest.mark.parametrize("level", ["general", "micro"])
def test_nearly_all_grids_of_hankou_are_in_range(level):
    most, least = {"general": (500, 300), "micro": (100, 30)}[level]
    units = hankou_plan().units

    households = units.groupby(f"{level}_code")["households"].sum()

    assert households.between(least, most).mean() >= 0.95


@pytest.mark.parametrize("level", LEVELS)
def test_sums_over_the_units_of_hankou_equal_the_input(level):
    plan = hankou_plan()
    placed = plan.units[plan.units[f"{level}_code"].notna()]

    assert placed["households"].sum() == plan.grids(level)["households"].sum() == 16_400
    assert placed["population"].sum() == plan.grids(level)["population"].sum() == 40_939


@pytest.mark.parametrize("level", ["general", "micro"])
def test_grids_of_hankou_do_not_overlap(level):
    shapes = hankou_plan().grids(level).geometry.to_numpy()

    heads, tails = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = heads < tails

    overlap = shapely.area(shapely.intersection(shapes[heads[once]], shapes[tails[once]]))
    # Cells are noded to 0.1 mm community by community: a common border of 1 km may differ.
    assert overlap.max() < 0.1


@pytest.mark.parametrize("level", ["general", "micro"])
def test_every_grid_of_hankou_can_be_walked_without_crossing_the_railway_but_at_crossings(level):
    # The ground of each grid less the railway falls into pieces; those that touch a common
    # crossing are joined, and then one piece must be left.
    plan = hankou_plan()
    railway = shapely.buffer(shapely.union_all(plan.district.barriers.geometry.to_numpy()), 0.5)
    crossings = shapely.buffer(plan.district.crossings.geometry.to_numpy(), 5.0)
    near = [outline for outline in plan.grids(level).geometry if outline.intersects(railway)]

    for outline in near:
        pieces = shapely.get_parts(shapely.difference(outline, railway))
        pieces = pieces[shapely.area(pieces) > 25]
        joined = nx.Graph()
        joined.add_nodes_from(range(len(pieces)))
        for crossing in crossings:
            nx.add_path(joined, np.flatnonzero(shapely.intersects(pieces, crossing)).tolist())
        assert nx.number_connected_components(joined) == 1, outline
    assert len(near) >= 4


def test_the_order_of_rows_of_hankou_does_not_matter():
    layers = {}
    for name in ("communities", "units", "streets", "barriers", "crossings", "exclusive"):
        frame = gpd.read_file(SAMPLES / "hankou" / "district.gpkg", layer=name)
        layers[name] = frame.sample(frac=1, random_state=7)
    shuffled, findings = build_district(layers, "hankou")
    assert shuffled is not None, findings

    again = gp.partition(shuffled, gp.load_rules("qixian"), seed=0)

    codes = ["unit_id", "overall_code", "general_code", "micro_code", "exclusive_id"]
    pd.testing.assert_frame_equal(again.units[codes], hankou_plan().units[codes])
