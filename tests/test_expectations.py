"""What planners expect, by the numbers of docs/explanation/expectations.md.

On the whole hankou sample, or on a small district where the sample has no such case.
"""

import re

import districts
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from samples import SAMPLES, hankou_plan, sample_plan

import gridpart as gp
from gridpart.carving import carve_sites
from gridpart.in_force import in_force_of
from gridpart.rebuild import rebuild

LEVELS = ("overall", "general", "micro")


def test_expectation_01_same_seed_gives_the_same_units_table():
    again = gp.partition(gp.read_district(SAMPLES / "hankou"), gp.load_rules("qixian"), seed=0)

    pd.testing.assert_frame_equal(again.units, hankou_plan().units)


def test_expectation_02_report_names_the_rules_and_their_source(tmp_path):
    gp.write_plan(hankou_plan(), tmp_path / "out")

    text = (tmp_path / "out" / "summary.txt").read_text(encoding="utf-8")

    assert "qixian" in text
    assert "sc.people.com.cn" in text


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("measure", ["households", "population", "firms", "workers"])
def test_expectation_03_totals_of_every_level_equal_the_input(level, measure):
    plan = hankou_plan()

    assert plan.grids(level)[measure].sum() == plan.district.units[measure].sum()


def test_expectation_03_every_unit_with_residents_is_in_one_micro_grid():
    units = hankou_plan().units

    lived_in = units[units["households"] > 0]

    assert lived_in["micro_code"].notna().all()
    assert lived_in["unit_id"].is_unique


def test_expectation_04_no_compound_that_fits_is_divided_unless_listed():
    plan = hankou_plan()
    listed = {name for note in plan.notes if note.kind == "opened" for name in note.names}
    most = {"general": 500, "micro": 100}

    for level, limit in most.items():
        homes = plan.units[plan.units["compound_id"].notna()]
        grouped = homes.groupby("compound_id")
        divided = grouped[f"{level}_code"].nunique() > 1
        fits = grouped["households"].sum() <= limit
        assert set(divided.index[divided & fits]) <= listed

    parents = plan.units["parent_unit_id"].dropna().unique()
    assert set(parents) <= listed
    opened = [str(note) for note in plan.notes if note.kind == "opened"]
    assert all(re.search(r"\(\d+ households\)", text) for text in opened)


def test_expectation_05_child_codes_begin_with_their_parents():
    plan = hankou_plan()

    for level, parent in (("general", "overall"), ("micro", "general")):
        grids = plan.grids(level)
        assert all(
            code.startswith(up)
            for code, up in zip(grids["grid_code"], grids["parent_code"], strict=True)
        )
        assert set(grids["parent_code"]) <= set(plan.grids(parent)["grid_code"])


def test_expectation_05_no_grid_crosses_a_community():
    plan = hankou_plan()
    grids = plan.grids("micro").merge(
        plan.district.communities[["community_id", "geometry"]], on="community_id"
    )

    outside = shapely.area(
        shapely.difference(grids["geometry_x"].to_numpy(), grids["geometry_y"].to_numpy())
    )

    assert (outside <= 1e-6 * shapely.area(grids["geometry_x"].to_numpy())).all()


@pytest.mark.parametrize("level", ["general", "micro"])
def test_expectation_06_grids_and_sites_cover_their_communities_once(level):
    plan = hankou_plan()
    shapes = [*plan.grids(level).geometry, *plan.exclusive.geometry]
    whole = plan.district.communities.geometry.area.sum()

    total = shapely.area(shapes).sum()
    union = shapely.area(shapely.union_all(shapes))

    assert total == pytest.approx(whole, rel=1e-6)
    assert union == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("level", ["general", "micro"])
def test_expectation_07_every_grid_is_in_one_piece(level):
    plan = hankou_plan()

    for outline in plan.grids(level).geometry:
        parts = shapely.get_parts(shapely.buffer(outline, -0.01))
        assert (shapely.area(parts) > 1).sum() == 1


def test_expectation_08_railway_is_in_no_grid_but_at_crossings():
    plan = hankou_plan()
    railway = shapely.union_all(plan.district.barriers.geometry.to_numpy())
    crossings = shapely.union_all(plan.district.crossings.geometry.to_numpy())

    for outline in plan.grids("general").geometry:
        inside = shapely.intersection(railway, shapely.buffer(outline, -2.0))
        if shapely.length(inside) > 0:
            assert shapely.distance(outline, crossings) < 1.0
    communities = plan.district.communities
    severed = communities[communities.crosses(railway)]
    assert len(severed) >= 1


def test_expectation_08_a_bridge_changes_what_a_river_cuts(tmp_path):
    layers = districts.plain()
    river = shapely.LineString([districts.place(2, -1), districts.place(2, 5)])
    layers["barriers"] = districts.table([{"kind": "river", "geometry": river}])
    bridge = districts.table([{"name": "bridge", "geometry": districts.place(2, 2)}])

    cut = districts.write(tmp_path / "cut", layers)
    joined = districts.write(tmp_path / "joined", {**layers, "crossings": bridge})

    assert grids_on_both_banks(cut) == 0
    assert grids_on_both_banks(joined) == 1


def grids_on_both_banks(folder):
    """Return the number of general grids of C1 with units west and east of the river."""
    plan = gp.partition(gp.read_district(folder), gp.load_rules("qixian"), seed=0)
    units = plan.units[plan.units["community_id"] == "C1"]
    west = units.geometry.centroid.x < districts.place(2, 0).x
    return int((west.groupby(units["general_code"]).nunique() == 2).sum())


@pytest.mark.parametrize("level", ["general", "micro"])
def test_expectation_09_nearly_all_grids_are_in_range_and_the_rest_have_a_reason(level):
    plan = hankou_plan()
    grids = plan.grids(level)
    reasons = {b.grid: b for b in plan.report.breaches if b.hard and b.level == level}
    oversize = {code for code, breach in reasons.items() if breach.reason == "oversize_unit"}

    counted = grids[~grids["grid_code"].isin(oversize)]

    assert counted["in_range"].mean() >= 0.95
    assert set(grids.loc[~grids["in_range"], "grid_code"]) == set(reasons)
    assert all(breach.proven for breach in reasons.values())


def test_expectation_09_every_breach_has_an_alternative_whose_sums_hold():
    plan = hankou_plan()
    told = [b for b in plan.report.breaches if b.alternative.key in ("alt_give", "alt_split")]
    units = plan.units.set_index("unit_id")

    assert all(b.alternative for b in plan.report.breaches)
    assert len(told) > 5
    for breach in told:
        parts, codes = breach.alternative.parts, units[f"{breach.level}_code"]
        moved = units.loc[list(parts["units"]), "households"].sum()
        own = units.loc[codes == breach.grid, "households"].sum()
        assert parts["here"][0] == own - moved
        if breach.alternative.key == "alt_give":
            other = units.loc[codes == parts["other"], "households"].sum()
            assert parts["there"][0] == other + moved


def test_expectation_10_an_impossible_total_is_said_with_its_arithmetic():
    told = [str(b) for b in hankou_plan().report.breaches if b.reason == "arithmetic"]

    assert len(told) == 1
    assert "530 households: 1 grid holds at most 500, 2 grids need at least 600" in told[0]


def test_expectation_16_residents_of_a_site_are_counted_and_sites_stand_alone():
    plan = hankou_plan()
    units = plan.units
    residents = units[units["exclusive_id"].notna() & (units["households"] > 0)]

    assert len(plan.exclusive) == 5
    assert set(plan.exclusive["kind"]) == {"office_tower", "market", "school", "hospital"}
    assert len(residents) == 1
    assert residents["micro_code"].notna().all()
    for outline in plan.grids("micro").geometry:
        overlap = shapely.area(shapely.intersection(outline, plan.exclusive.geometry.to_numpy()))
        assert (overlap <= 1e-6 * plan.exclusive.geometry.area).all()


def test_expectation_16_units_become_typed_sites_sized_by_firms():
    rules = gp.load_rules("yizhou")
    drawn = hankou_plan().district

    found, _ = carve_sites(drawn, rules)
    towers = drawn.units[(drawn.units["kind"] == "office") & (drawn.units["firms"] >= 20)]
    made = found.exclusive[~found.exclusive["exclusive_id"].str.startswith("E")]

    assert set(made["exclusive_id"].str.split("-").str[:2].str.join("-")) == set(towers["unit_id"])
    assert set(made["kind"]) == {"office_tower"}
    assert set(made["community_id"]) == set(towers["community_id"])
    large = drawn.exclusive.set_index("exclusive_id").loc["E01", "firms"]
    parts = found.exclusive[found.exclusive["exclusive_id"].str.startswith("E01-")]
    assert len(parts) == round(large / 87)
    assert parts["firms"].sum() == large


def test_expectation_17_rural_communities_take_the_rural_radius():
    rules = gp.load_rules("qixian")
    plan = hankou_plan()

    radii = {area: rules.levels_for(area)[1].radius.max_m for area in ("urban", "rural")}
    breached = {b.grid: b.max for b in plan.report.breaches if b.rule == "radius"}
    areas = plan.grids("general").set_index("grid_code")["area_type"]

    assert radii == {"urban": 500, "rural": 1500}
    assert all(radii[areas[code]] == limit for code, limit in breached.items())


@pytest.fixture(scope="module")
def replanned():
    """Return hankou drawn anew with another seed, one general grid kept."""
    old = hankou_plan()
    code = old.grids("general")["grid_code"].iloc[0]
    new = gp.partition(old.district, old.rules, seed=1, previous=in_force_of(old, "old"),
                       keep=[code])  # fmt: skip
    return code, new


def test_expectation_18_a_kept_grid_stays_and_every_move_is_listed(replanned):
    old, (code, new) = hankou_plan(), replanned
    inside = old.units["general_code"] == code
    moved = old.units["micro_code"] != new.units["micro_code"]

    for level in ("general", "micro"):
        column = f"{level}_code"
        assert new.units.loc[inside, column].equals(old.units.loc[inside, column])
    assert (new.units["general_code"] == code).sum() == inside.sum()
    listed = new.tables["moves"].query("level == 'micro'")
    assert set(listed["unit_id"]) == set(old.units.loc[moved, "unit_id"])
    assert 0 < listed["households"].sum() < 0.2 * old.units["households"].sum()
    assert not new.report.broken


def test_expectation_21_codes_of_the_plan_before_are_not_used_for_other_grids(replanned):
    old, (_, new) = hankou_plan(), replanned
    gone = set(new.codes.loc[new.codes["status"] == "retired", "code"])
    current = set(new.codes.loc[new.codes["status"] == "in_force", "code"])

    assert not gone & current
    assert gone | current >= set(old.codes["code"])


def test_expectation_19_an_audit_needs_no_partitioning():
    plan = hankou_plan()
    drawn = plan.grids("general")[["grid_code", "geometry"]]
    merged = drawn.iloc[:2].union_all()
    wrong = gpd.GeoDataFrame(
        {"grid_code": ["big", *drawn["grid_code"].iloc[2:]]},
        geometry=[merged, *drawn.geometry.iloc[2:]],
        crs=drawn.crs,
    ).to_crs(4326)

    report = gp.evaluate(wrong, district=plan.district, rules=plan.rules, level="general")

    assert report.broken
    over = [b for b in report.breaches if b.grid == "big" and b.rule == "range"]
    assert over[0].value > 500


def test_expectation_20_a_building_moved_by_hand_takes_outline_and_sums_along():
    plan = hankou_plan()
    levels = ["general", "micro"]
    labels = pd.DataFrame(
        {level: plan.units[f"{level}_code"].fillna("").to_list() for level in levels},
        index=plan.units["unit_id"].to_list(), dtype=object,
    )  # fmt: skip
    counts = labels["micro"].value_counts()
    one = counts.index[counts > 1].min()
    other = labels.loc[(labels["micro"].str[:15] == one[:15]) & (labels["micro"] != one), "micro"]
    other = other.min()
    unit = labels.index[labels["micro"] == one][0]
    labels.loc[unit, "micro"] = other

    new = rebuild(plan.district, plan.rules, labels, old=in_force_of(plan, "plan"))

    sums = {p: p.grids("micro").set_index("grid_code")["households"] for p in (plan, new)}
    moved = int(plan.units.set_index("unit_id").loc[unit, "households"])
    assert sums[new][other] == sums[plan][other] + moved
    assert sums[new].drop([one, other]).equals(sums[plan].drop([one, other]))
    assert new.tables["moves"]["unit_id"].tolist() == [unit]


def test_expectation_21_codes_are_text_unique_and_of_the_stated_width():
    plan = hankou_plan()

    for level, digits in (("overall", 12), ("general", 15), ("micro", 17), ("exclusive", 15)):
        codes = plan.grids(level)["grid_code"]
        assert codes.is_unique
        assert codes.str.fullmatch(r"\d+").all()
        assert (codes.str.len() == digits).all()
    every = pd.concat([plan.grids(level)["grid_code"] for level in (*LEVELS, "exclusive")])
    assert every.is_unique


def test_expectation_21_serials_run_from_north_to_south_inside_a_community():
    plan = hankou_plan()
    grids = plan.grids("general")

    for _, own in grids.groupby("community_id"):
        serials = own["grid_code"].str[-3:].astype(int)
        assert sorted(serials) == list(range(1, len(own) + 1))
        first = own.loc[serials.idxmin()].geometry.centroid.y
        assert first >= own.geometry.centroid.y.min()


def test_expectation_22_names_follow_the_pattern():
    names = hankou_plan().grids("micro")["name"]

    assert names.str.fullmatch(r".+第\d+网格第\d+微网格").all()


def test_expectation_24_areas_are_computed_in_a_zone_of_the_data():
    plan = hankou_plan()

    assert plan.district.crs.to_epsg() == 4547
    measured = plan.grids("overall")["area_m2"].sum()
    geod = plan.district.crs.get_geod()
    outline = plan.grids("overall").to_crs(4490).geometry
    true = sum(abs(geod.geometry_area_perimeter(shape)[0]) for shape in outline)
    assert measured == pytest.approx(true, rel=1e-3)


def test_expectation_27_posts_of_each_grid_stand_beside_the_norm():
    plan = hankou_plan()
    table = plan.tables["staffing"]
    general, micro = len(plan.grids("general")), len(plan.grids("micro"))

    needed = table.groupby("post")["needed"].sum()

    assert needed["overall_leader"] == 16
    assert needed["general_leader"] == round(33 / 40 * general)
    assert needed["full_timer"] == general
    assert needed["micro_leader"] == pytest.approx(564 / 328 * micro, abs=1)
    assert set(table["grid_code"]) == set(plan.codes["code"])
    assert (table["basis"].str.contains("press|found|assumption")).all()


def test_expectation_28_personal_columns_are_named_and_not_copied(tmp_path):
    layers = districts.plain()
    layers["units"]["户主"] = "somebody"
    districts.write(tmp_path / "town", layers)

    district = gp.read_district(tmp_path / "town")

    assert "户主" not in district.units
    assert any("户主" in str(note) for note in district.notes)


def test_expectation_29_a_failed_run_leaves_nothing_half_written(tmp_path, monkeypatch):
    from gridpart import export

    def fail(*_, **__):
        raise RuntimeError("disk full")

    monkeypatch.setattr(export, "draw_level", fail)
    with pytest.raises(RuntimeError):
        gp.write_plan(hankou_plan(), tmp_path / "out")

    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_real_people_of_providence_are_all_counted_and_every_breach_is_proven():
    plan = sample_plan("providence", "providence")

    for level in LEVELS:
        assert plan.grids(level)["population"].sum() == 178_040
        grids = plan.grids(level)
        oversize = {
            b.grid
            for b in plan.report.breaches
            if b.level == level and b.reason == "oversize_unit" and b.proven
        }
        counted = grids[~grids["grid_code"].isin(oversize)]
        assert np.mean(counted["in_range"]) >= 0.95
    assert not plan.report.broken
