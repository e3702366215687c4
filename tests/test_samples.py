"""The shipped sample of Hankou, end to end, by checks that share no code with the referee."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from districts import build_district
from samples import SAMPLES, hankou_plan, sample_plan

import gridpart as gp

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


# --- Helsinki: real footprints --------------------------------------------------------------


def helsinki_plan():
    """Return the plan of helsinki under its own rules."""
    return sample_plan("helsinki", SAMPLES / "helsinki" / "rules.toml")


def test_reading_helsinki_mends_outlines_and_says_so():
    raw = gpd.read_file(SAMPLES / "helsinki" / "district.gpkg", layer="units")
    district = gp.read_district(SAMPLES / "helsinki")

    mended = [note.what for note in district.notes if note.kind == "repair"]

    crossed = raw["unit_id"][~raw.is_valid]
    assert len(crossed) == 4
    assert district.units.is_valid.all()
    assert all(any(name in text for text in mended) for name in crossed)


def test_every_hard_rule_holds_in_helsinki():
    plan = helsinki_plan()

    assert not plan.report.broken
    assert all(check.ok for check in plan.report.checks)
    assert plan.grids("micro")["households"].sum() == 6_624
    assert plan.units["households"].sum() == 6_624


def test_cells_of_helsinki_cover_each_community_once_and_are_in_one_piece():
    plan = helsinki_plan()
    cells, communities = plan.cells, plan.district.communities

    home = plan.units.set_index("unit_id")["community_id"].loc[cells["unit_id"]].to_numpy()
    assert (shapely.get_num_geometries(cells.geometry.to_numpy()) == 1).all()
    for community in communities.itertuples():
        own = cells.geometry.to_numpy()[home == community.community_id]
        whole = shapely.area(community.geometry)
        assert shapely.area(own).sum() == pytest.approx(whole, rel=1e-6)
        assert shapely.area(shapely.union_all(own)) == pytest.approx(whole, rel=1e-6)


def test_buildings_of_helsinki_are_whole_in_their_cells():
    plan = helsinki_plan()
    shapes = plan.units.set_index("unit_id").geometry.loc[plan.cells["unit_id"]].to_numpy()
    community = plan.units.set_index("unit_id")["community_id"].loc[plan.cells["unit_id"]]
    regions = plan.district.communities.set_index("community_id").geometry.loc[community]
    inside = shapely.intersection(shapes, regions.to_numpy())

    missing = shapely.area(shapely.difference(inside, plan.cells.geometry.to_numpy()))

    # Some footprints were cut to several parts by the edge of the map; a cell may hold one of them.
    missing = missing[shapely.get_num_geometries(inside) == 1]
    assert missing.size > 0.9 * len(shapes)
    # Three pairs overlap within tolerance, by up to 2.2 m2.
    assert missing.max() < 2.5
    assert (missing > 0.05).sum() <= 3
