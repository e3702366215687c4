"""Units become exclusive sites by the rules, and large sites several grids that add up."""

import tomllib
from dataclasses import replace
from functools import cache
from statistics import NormalDist

import districts
import numpy as np
import pandas as pd
import plans
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import gridpart as gp
from gridpart import export
from gridpart.carving import carve_sites
from gridpart.errors import DataError, RulesError
from gridpart.rules import SiteRule, SplitRule, load_rules, parse_rules, rules_to_toml

FIRMS = SiteRule("office_tower", ("office",), min_firms=50, clause="article 1")


def ruled(*site_rules, split=None):
    """Return qixian with these rules of exclusive sites."""
    return replace(load_rules("qixian"), site_rules=site_rules, split_rule=split)


def by(how, **limit):
    return SplitRule("firms", how, clause="article 2", **limit)


def district(units=None, **layers):
    """Return the plain district with columns of its units changed, unit by unit."""
    plain = districts.plain() | layers
    table = plain["units"].assign(kind="courtyard", firms=0, workers=0, floors=6)
    for name, cells in (units or {}).items():
        for column, value in cells.items():
            table = districts.with_cell(table, name, column, value)
    built, findings = districts.build_district({**plain, "units": table}, "plain")
    assert built is not None, findings
    return built


def site(exclusive_id="E1", shape=None, **columns):
    """Return the layer of one site on the block of four units U50, U51, U60 and U61."""
    own = {"exclusive_id": exclusive_id, "kind": "park", "name": "园区", "firms": 200, **columns}
    return districts.table([{**own, "geometry": shape or districts.square(5, 0, 2, 2)}])


def carved(*site_rules, split=None, **more):
    found, notes = carve_sites(district(**more), ruled(*site_rules, split=split))
    return found.exclusive, [str(note) for note in notes]


# --- units that become sites -----------------------------------------------------------


def test_units_that_meet_all_of_a_rule_become_typed_sites():
    units = {
        "U10": {"kind": "office", "firms": 50},
        "U11": {"kind": "office", "firms": 49},
        "U12": {"kind": "shop", "firms": 90},
    }

    sites, notes = carved(FIRMS, units=units)

    assert sites["exclusive_id"].tolist() == ["U10"]
    assert sites["kind"].tolist() == ["office_tower"]
    assert sites["community_id"].tolist() == ["C1"]
    assert any("1 units became exclusive sites" in n and "article 1" in n for n in notes)


def test_floor_area_counts_floors_and_names_units_that_state_none():
    rule = SiteRule("office_tower", ("office",), min_floor_area_m2=100_000)
    units = {
        "U10": {"kind": "office", "floors": 10},
        "U11": {"kind": "office", "floors": 9},
        "U12": {"kind": "office", "floors": None},
    }

    sites, notes = carved(rule, units=units)

    assert sites["exclusive_id"].tolist() == ["U10"]
    assert any("nobody knows" in n and "U12" in n for n in notes)


def test_units_in_a_site_that_is_drawn_stay_in_it_and_carving_again_changes_nothing():
    units = {"U50": {"kind": "office", "firms": 60}, "U10": {"kind": "office", "firms": 60}}
    rules = ruled(FIRMS, split=by("firms", max=87))

    once, _ = carve_sites(district(units, exclusive=site()), rules)
    again, notes = carve_sites(once, rules)

    assert once.exclusive["exclusive_id"].tolist() == ["E1-1", "E1-2", "E1-3", "U10"]
    pd.testing.assert_frame_equal(again.exclusive, once.exclusive)
    assert notes == ()


def test_a_unit_that_overlaps_a_drawn_site_is_refused_with_both_names():
    drawn = site(shape=districts.square(4.6, 0, 1, 1))
    units = {"U40": {"kind": "office", "firms": 60}}

    with pytest.raises(DataError, match="overlap a site") as error:
        carved(FIRMS, units=units, exclusive=drawn)

    assert "U40" in error.value.found
    assert "E1" in error.value.found


def test_points_cannot_be_sites_and_are_named():
    layers = districts.plain()
    middle = layers["units"].geometry.iloc[0].centroid
    units = {"U00": {"kind": "office", "firms": 60, "geometry": middle}}

    sites, notes = carved(FIRMS, units=units)

    assert sites.empty
    assert any("points" in n and "U00" in n for n in notes)


def test_a_column_that_makes_sites_is_wanted_before_the_search():
    built, _ = districts.build_district(districts.plain(), "plain")

    with pytest.raises(DataError, match="'firms'"):
        carve_sites(built, ruled(FIRMS))


# --- sites that are split --------------------------------------------------------------


def test_a_building_of_200_firms_becomes_three_grids_of_at_most_87():
    sites, notes = carved(
        FIRMS, units={"U10": {"kind": "office", "firms": 200, "workers": 4000}},
        split=by("firms", max=87),
    )  # fmt: skip

    assert sites["exclusive_id"].tolist() == ["U10-1", "U10-2", "U10-3"]
    assert sites["firms"].sum() == 200
    assert sites["firms"].max() <= 87
    assert sites["workers"].sum() == 4000
    assert sites["nonplanar"].all()
    assert any("200 firms" in n and "3 grids" in n and "assumption" in n for n in notes)


def test_floors_are_banded_without_a_gap():
    sites, _ = carved(
        FIRMS, units={"U10": {"kind": "office", "firms": 200, "floors": 31}},
        split=by("floor", max=87),
    )  # fmt: skip

    assert sites["floor_bands"].tolist() == ["1–10层", "11–21层", "22–31层"]
    assert sites["firms"].sum() == 200


def test_a_site_whose_floors_nobody_knows_stays_whole_and_is_named():
    sites, notes = carved(
        FIRMS, units={"U10": {"kind": "office", "firms": 200, "floors": None}},
        split=by("floor", max=87),
    )  # fmt: skip

    assert len(sites) == 1
    assert any("stays one grid: its floors are not known" in n for n in notes)


@pytest.mark.parametrize("how", ["building", "floor", "firms"])
def test_buildings_stay_whole_as_long_as_they_fit(how):
    units = {name: {"firms": 50} for name in ("U50", "U51", "U60", "U61")}

    sites, _ = carved(units=units, exclusive=site(), split=by(how, max=100))

    assert sites["firms"].tolist() == [100, 100]
    assert not sites["nonplanar"].any()
    covered = shapely.union_all(sites.geometry.to_numpy())
    assert covered.area == pytest.approx(sites.geometry.area.sum())
    assert covered.symmetric_difference(districts.square(5, 0, 2, 2)).area < 1


def test_a_building_too_large_for_itself_is_named_where_only_buildings_may_part():
    units = {"U50": {"firms": 150}, "U51": {"firms": 50}}

    sites, notes = carved(units=units, exclusive=site(), split=by("building", max=100))

    assert sorted(sites["firms"]) == [50, 150]
    assert any("still too large: it is one building" in n for n in notes)


@cache
def park():
    """Return the plain district with a site of four buildings."""
    return district(exclusive=site())


@settings(max_examples=40)
@given(
    total=st.integers(0, 2000),
    most=st.integers(1, 300),
    how=st.sampled_from(["building", "floor", "firms"]),
    held=st.lists(st.integers(0, 400), min_size=4, max_size=4),
)
def test_parts_cover_their_site_and_add_up_to_it(total, most, how, held):
    town = park()
    firms = town.units["unit_id"].map(
        dict(zip(("U50", "U51", "U60", "U61"), held, strict=True))
    )  # fmt: skip
    units = town.units.assign(firms=firms.fillna(0).astype(int))
    stated = town.exclusive.assign(firms=pd.array([total], dtype="Int64"))
    town = replace(town, units=units, exclusive=stated)

    found, _ = carve_sites(town, ruled(split=by(how, max=most)))
    sites = found.exclusive

    assert sites["firms"].sum() == total
    assert sites["exclusive_id"].is_unique
    whole = districts.square(5, 0, 2, 2)
    assert sites.geometry.area.sum() == pytest.approx(whole.area)
    assert shapely.union_all(sites.geometry.to_numpy()).area == pytest.approx(whole.area)
    if how == "firms":
        assert (sites["firms"] <= most).all()


# --- rules -----------------------------------------------------------------------------


def exclusive_rules(**tables):
    table = tomllib.loads(rules_to_toml(load_rules("qixian")))
    table["exclusive"] |= tables
    return table


CITED = {"clause": "article 3", "label": "found"}


def test_rules_of_sites_survive_being_written():
    rules = load_rules("yizhou")

    assert rules.site_rules
    assert rules.split_rule.target == 87
    assert parse_rules(tomllib.loads(rules_to_toml(rules)), "a copy") == rules


@pytest.mark.parametrize(
    ("tables", "fault"),
    [
        ({"from": [{"kind": "market", **CITED}]}, "every unit would be a site"),
        ({"from": [{"kind": "mall", "min_firms": 5, **CITED}]}, "no kind 'mall'"),
        ({"split": {"measure": "firms", "by": "firms", **CITED}}, "no site would be split"),
        ({"split": {"measure": "firms", "by": "firms", "max": 0, **CITED}}, "max is 0"),
        ({"split": {"measure": "firms", "by": "roof", "max": 5, **CITED}}, "by is 'roof'"),
        ({"split": {"measure": "trees", "by": "floor", "max": 5, **CITED}}, "measure is 'trees'"),
        (
            {"split": {"measure": "firms", "by": "floor", "max": 5, "target": 9, **CITED}},
            "target 9 is greater than max 5",
        ),
    ],
)
def test_contradictory_rules_of_sites_are_refused(tables, fault):
    with pytest.raises(RulesError) as error:
        parse_rules(exclusive_rules(**tables), "a file")

    assert fault in error.value.found


# --- the whole road --------------------------------------------------------------------


def towers(n=37, total=4700):
    """Return the firms of office towers, few large and many small, as such counts are."""
    spread = np.exp([0.6 * NormalDist().inv_cdf((k + 0.5) / n) for k in range(n)])
    ends = np.rint(np.cumsum(spread) / spread.sum() * total)
    return np.diff([0, *ends]).astype(int).tolist()


def yizhou():
    """Return one community of 37 office towers among 35 courtyards."""
    rows = []
    firms = towers()
    for place in range(72):
        column, row = place % 9, place // 9
        shape = districts.square(column + 0.2, row + 0.2, 0.6, 0.6)
        own = {"unit_id": f"B{place:02d}", "geometry": shape, "floors": 6, "firms": 2,
               "kind": "courtyard", "households": 45, "workers": 4}  # fmt: skip
        if place % 2 == 0 or place == 71:
            count = firms.pop()
            own |= {"kind": "office_tower", "households": 0, "firms": count,
                    "workers": 23 * count, "floors": 30}  # fmt: skip
        rows.append(own)
    assert not firms
    ground = {"community_id": "C1", "name": "益州", "area_type": "urban",
              "geometry": districts.square(0, 0, 9, 8)}  # fmt: skip
    layers = {"communities": districts.table([ground]), "units": districts.table(rows)}
    built, findings = districts.build_district(layers, "yizhou")
    assert built is not None, findings
    return built


def test_37_towers_of_yizhou_become_about_54_exclusive_grids_by_firms(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    given = yizhou()

    plan = gp.partition(given, load_rules("yizhou"), seed=0)

    exclusive = plan.exclusive
    assert 51 <= len(exclusive) <= 57
    assert exclusive["firms"].sum() == 4700
    assert 82 <= exclusive["firms"].mean() <= 92
    assert set(exclusive["kind"]) == {"office_tower"}
    assert set(exclusive["parent_code"]) == {plan.grids("overall")["grid_code"].iloc[0]}
    assert exclusive["grid_code"].is_unique
    assert plan.grids("general")["households"].sum() == given.units["households"].sum()
    assert all(check.ok for check in plan.report.checks)
    assert plan.district is given
    posts = plan.tables["staffing"].groupby("post")["needed"].sum()
    assert posts["sector_leader"] == posts["sector_advisor"] == len(exclusive)
    plans.assert_same_plan(gp.read_plan(gp.write_plan(plan, tmp_path / "out")), plan)
    assert gp.evaluate(plan).to_dict() == plan.report.to_dict()
