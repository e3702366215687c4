"""Grids above communities: streets (街道) and the district, by data, in every output."""

import math
import tomllib
from dataclasses import replace

import numpy as np
import pandas as pd
import pypdf
import pytest
import shapely
from click.testing import CliRunner
from districts import build_district, square, table
from gridpart_cli.main import cli
from hypothesis import given, settings
from hypothesis import strategies as st

import gridpart as gp
from gridpart._rule_sense import disagreements
from gridpart.drawn import located_grids
from gridpart.errors import DataError, RulesError
from gridpart.evidence import gather
from gridpart.in_force import in_force_of
from gridpart.ledger import ledger_sheets
from gridpart.metrics import evaluate_grids
from gridpart.model import Radius, Range
from gridpart.rebuild import rebuild
from gridpart.report import summary_text
from gridpart.rules import load_rules, parse_rules, rules_to_toml
from gridpart.subdistricts import with_streets
from gridpart.telling import tell
from gridpart.web_data import page_data

HEADS = {"street": "街道主任", "overall": "社区书记", "general": "物业企业负责人"}


def blocks(streets, *, ids=None, names=None, side=2, households=90, kinds=("urban",)):
    """Return communities of `side` x `side` houses in rows of three, each in the street given.

    `streets` holds a street for each, or None where the data have no such column.
    """
    n = len(streets) if streets else len(ids)
    ids = ids or [f"C{k}" for k in range(n)]
    places, houses = [], []
    for k in range(n):
        x, y = side * (k % 3), side * (k // 3)
        row = {"community_id": ids[k], "name": f"第{k}社区", "area_type": kinds[k % len(kinds)],
               "geometry": square(x, y, side, side)}  # fmt: skip
        if streets:
            row["street_id"] = streets[k]
        if names:
            row["street_name"] = names[k]
        places.append(row)
        houses += [
            {"unit_id": f"U{k}-{i}{j}", "households": households, "population": 2 * households,
             "geometry": square(x + i, y + j)}
            for i in range(side) for j in range(side)
        ]  # fmt: skip
    district, findings = build_district(
        {"communities": table(places), "units": table(houses)}, "北戴河"
    )
    assert district is not None, [str(f) for f in findings]
    return district


def above_only(**changes):
    """Return xishan without the level that is searched for, so that nothing takes time."""
    rules = load_rules("xishan")
    levels = tuple(replace(v, **(changes if v.id == "street" else {})) for v in rules.levels[:2])
    return replace(rules, levels=levels, rural_levels=levels, staffing=None)


@pytest.fixture(scope="module")
def xishan():
    """Return the plan of six communities in two streets, of 360 households each."""
    where = ["110", "110", "220", "110", "220", "220"]
    names = ["西山街道" if s == "110" else "东山街道" for s in where]
    return gp.partition(blocks(where, names=names), load_rules("xishan"))


# --- the plan ---------------------------------------------------------------------------------


def test_every_street_of_xishan_has_its_name_code_head_and_communities(xishan):
    streets = xishan.grids("street")

    assert xishan.levels == ("street", "overall", "general")
    assert streets["grid_code"].tolist() == ["110", "220"]
    assert streets["name"].tolist() == ["西山街道一级网格", "东山街道一级网格"]
    assert streets["communities"].tolist() == [3, 3]
    assert streets["households"].tolist() == [1080, 1080]
    assert streets["community_id"].tolist() == ["", ""]
    assert {v.id: v.head for v in xishan.rules.levels} == HEADS
    communities = xishan.grids("overall")
    assert communities["parent_code"].tolist() == ["110", "110", "220", "110", "220", "220"]
    assert communities["grid_code"].tolist() == [f"C{k}" for k in range(6)]  # as they were
    assert not xishan.report.broken


def test_every_grid_of_xishan_has_one_head(xishan):
    staff = xishan.tables["staffing"]
    heads = staff[staff["title"].isin(HEADS.values())].groupby("level")["needed"].agg(list)

    for level in HEADS:
        assert heads[level] == [1] * len(xishan.grids(level))


@settings(max_examples=6)
@given(st.lists(st.sampled_from(["甲", "乙", "丙"]), min_size=4, max_size=7))
def test_a_street_is_the_union_and_the_sum_of_its_communities(streets):
    district = blocks(streets)

    plan = gp.partition(district, above_only())

    found = plan.grids("street").set_index("grid_code")
    assert sorted(found.index) == sorted(set(streets))
    for street in found.index:
        own = np.array(streets) == street
        union = shapely.union_all(district.communities.geometry.to_numpy()[own])
        grid = found.loc[street]
        assert shapely.area(shapely.symmetric_difference(grid.geometry, union)) < 1e-6
        assert grid["households"] == 4 * 90 * own.sum()
        assert grid["communities"] == own.sum()
    held = plan.units["street_code"].tolist()
    assert held == [streets[int(unit[1])] for unit in plan.units["unit_id"]]
    assert all(check.ok for check in plan.report.checks)


@pytest.mark.parametrize(("template", "code"), [("{county:6}", "110101"), ("{district}", "北戴河")])
def test_a_district_is_a_level_too(template, code):
    rules = above_only()
    whole = replace(rules.levels[0], id="district", made_of="district", nests_in=None, head="区长")
    street = replace(rules.levels[0], nests_in="district")
    levels = (whole, street, rules.levels[1])
    ids = ["110101001001", "110101001002", "110101002001"]
    rules = replace(
        rules, levels=levels, rural_levels=levels,
        codes=replace(rules.codes, templates={**rules.codes.templates, "district": template}),
        names={**rules.names, "district": "{district}"},
    )  # fmt: skip

    plan = gp.partition(blocks(None, ids=ids), rules)

    assert plan.grids("district")["grid_code"].tolist() == [code]
    assert plan.grids("district")["name"].tolist() == ["北戴河"]
    assert plan.grids("street")["parent_code"].tolist() == [code] * 2
    assert not plan.report.broken


@pytest.mark.parametrize(("template", "fault"), [
    ("D", "'D' names no field"), ("{street:3}", "wanted any of county, district"),
    ("{district}", None), ("{county:6}", None),
])  # fmt: skip
def test_a_code_of_a_district_names_what_its_communities_share(template, fault):
    rules = above_only()
    whole = replace(rules.levels[0], id="district", made_of="district", nests_in=None, head="区长")
    levels = (whole, replace(rules.levels[0], nests_in="district"), rules.levels[1])
    templates = {**rules.codes.templates, "district": template}
    rules = replace(
        rules, levels=levels, rural_levels=levels, codes=replace(rules.codes, templates=templates)
    )

    found = [text for text in disagreements(rules) if "templates, district" in text]

    assert [fault in text for text in found] == ([] if fault is None else [True])


def test_a_community_without_units_lies_in_its_street():
    district = blocks(["甲", "乙", "乙"])
    empty = district.units["community_id"] != "C1"
    district = replace(district, units=district.units[empty].reset_index(drop=True))

    plan = gp.partition(district, load_rules("xishan"))

    assert plan.grids("street")["communities"].tolist() == [2, 1]
    assert plan.grids("overall")["parent_code"].tolist() == ["甲", "乙", "乙"]
    assert [b.level for b in plan.report.breaches] == ["overall"]  # it has no units
    assert not plan.report.broken


def test_sites_belong_to_their_community_and_not_to_the_street():
    site = {"exclusive_id": "E1", "kind": "school", "name": "一小",
            "geometry": square(0.2, 0.2, 0.5, 0.5)}  # fmt: skip
    district = blocks(["甲", "乙"])
    district = replace(district, exclusive=table([{**site, "community_id": "C0"}]).to_crs(
        district.crs))  # fmt: skip

    plan = gp.partition(district, load_rules("xishan"))

    assert plan.exclusive["parent_code"].tolist() == ["C0"]


# --- which street ------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "streets", "names", "note"), [
    ({"streets": ["a", "b"]}, ["a", "b"], ["a", "b"], ""),
    ({"streets": ["a", "a"]}, ["a", "a"], ["北戴河"] * 2, ""),
    ({"streets": ["a", "b"], "names": ["甲", "乙"]}, ["a", "b"], ["甲", "乙"], ""),
    ({"streets": None, "ids": ["C0", "C1"], "names": ["甲", "乙"]}, ["甲", "乙"], ["甲", "乙"], ""),
    ({"streets": None, "ids": ["110101001001", "110101002001"], "names": ["甲", "乙"]},
     ["110101001", "110101002"], ["甲", "乙"], ""),
    ({"streets": None, "ids": ["110101001001", "110101002001"]},
     ["110101001", "110101002"], ["110101001", "110101002"], "前 9 位"),
    ({"streets": None, "ids": ["C0", "C1"]}, ["北戴河"] * 2, ["北戴河"] * 2, "整个辖区"),
])  # fmt: skip
def test_the_street_comes_from_columns_or_codes_or_is_the_district(given, streets, names, note):
    district, notes = with_streets(blocks(**given), load_rules("xishan"))

    assert district.communities["street_id"].tolist() == streets
    assert district.communities["street_name"].tolist() == names
    assert [n.kind for n in notes] == (["assumption"] if note else [])
    assert all(note in tell(n.what, "zh") for n in notes)


def test_init_knows_the_columns_of_streets(tmp_path):
    district = blocks(["110", "220"], names=["西山街道", "东山街道"])
    called = {"community_id": "社区编码", "name": "社区名称", "street_id": "街道编码",
              "street_name": "所属街道"}  # fmt: skip
    district.communities.rename(columns=called).to_file(tmp_path / "社区.gpkg")
    district.units.to_file(tmp_path / "楼栋.gpkg")

    told = CliRunner().invoke(cli, ["init", str(tmp_path)])

    assert told.exit_code == 0, told.output
    read = gp.read_district(tmp_path).communities
    assert read["street_id"].tolist() == ["110", "220"]
    assert read["street_name"].tolist() == ["西山街道", "东山街道"]


def test_rules_without_streets_leave_the_district_as_it_is():
    district = blocks(None, ids=["C0", "C1"])

    assert with_streets(district, load_rules("qixian")) == (district, ())
    assert "street_id" not in district.communities


@pytest.mark.parametrize(("given", "told"), [
    ({"streets": ["a", None, "b"]}, "1 of 3 communities have no street_id"),
    ({"streets": ["a", "a"], "names": ["甲", "乙"]}, "street_id a with street_name 乙, 甲"),
    ({"streets": ["a", "b"], "names": ["甲", "甲"]}, "street_name 甲 with street_id a, b"),
])  # fmt: skip
def test_streets_that_are_not_told_apart_are_refused(given, told):
    with pytest.raises(DataError, match=told):
        gp.partition(blocks(**given), above_only())


def test_a_template_that_gives_a_street_two_codes_is_refused_before_any_search():
    rules = above_only()
    templates = {"street": "{county:6}{street:3}", "overall": "{community_id}"}
    rules = replace(rules, codes=replace(rules.codes, templates=templates))
    ids = ["110101001001", "110101002001"]

    with pytest.raises(DataError, match="a has the codes 110101001, 110101002"):
        gp.partition(blocks(["a", "a"], ids=ids), rules)
    with pytest.raises(DataError, match="110101001 is the code of a, b"):
        gp.partition(blocks(["a", "b"], ids=[ids[0], "110101001002"]), rules)


# --- rules ---------------------------------------------------------------------------------


def changed(path, value):
    """Return the table of xishan with one value changed."""
    held = tomllib.loads(rules_to_toml(load_rules("xishan")))
    *way, last = path
    inner = held
    for key in way:
        inner = inner[key]
    inner[last] = value
    return held


@pytest.mark.parametrize(("path", "value", "told"), [
    (("codes", "templates", "street"), "{community_id}", "communities of a street do not share"),
    (("names", "street"), "{community}一级网格", "communities of a street do not share"),
    (("level", 1, "measures"),
     {"communities": {"max": 9, "clause": "x", "label": "assumption"}}, "counts communities"),
    (("level", 1, "nests_in"), "general", "does not stand before it"),
    (("level", 0, "made_of"), "compound", "coarser than the 'compound' of 'street'"),
])  # fmt: skip
def test_rules_that_contradict_a_level_above_are_refused(path, value, told):
    with pytest.raises(RulesError) as fault:
        parse_rules(changed(path, value), "it")

    assert told in str(fault.value)


def test_the_street_may_only_be_named_where_there_is_one():
    held = tomllib.loads(rules_to_toml(load_rules("qixian")))
    held["names"]["overall"] = "{street}{community}"

    with pytest.raises(RulesError, match=r"unknown field \{street\}"):
        parse_rules(held, "it")


# --- judging ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("bound", "value"), [
    (Range("communities", max=2, clause="c"), 3.0),
    (Range("households", min=1000, clause="c"), 720),
])  # fmt: skip
def test_a_street_out_of_range_is_told_and_proven(bound, value):
    plan = gp.partition(blocks(["甲", "甲", "甲", "乙", "乙"]), above_only(ranges=(bound,)))

    (breach,) = plan.report.breaches
    assert (breach.level, breach.reason, breach.proven) == ("street", "given", True)
    assert (breach.measure, breach.value) == (bound.measure, value)
    assert plan.grids("street")["in_range"].tolist().count(False) == 1
    assert not plan.report.broken
    assert "[辖区既定，" in summary_text(plan, "zh")


def test_rural_ranges_hold_for_streets_of_villages_only():
    bound = Range("households", max=100)
    rules = above_only()
    rural = tuple(replace(v, ranges=(bound,)) if v.id == "street" else v for v in rules.levels)
    plan = gp.partition(
        blocks(["甲", "乙", "乙"], kinds=("rural", "urban", "rural")),
        replace(rules, rural_levels=rural),
    )

    assert [b.grid for b in plan.report.breaches] == ["甲"]
    assert plan.grids("street").set_index("grid_code")["area_type"].to_dict() == {
        "甲": "rural", "乙": "urban"
    }  # fmt: skip


def test_streets_are_walked_only_where_a_radius_asks_for_it():
    unwalked = gp.partition(blocks(["甲", "甲"]), above_only())
    far = Radius(120.0, hard=True)
    walked = gp.partition(blocks(["甲", "甲"]), above_only(radius=far))

    assert "walk_max_m" not in unwalked.grids("street")
    assert "walk_max_m" in unwalked.grids("overall")
    assert unwalked.report.levels[0].walk_mean_m is None
    (breach,) = walked.report.breaches
    assert (breach.level, breach.rule, breach.proven) == ("street", "radius", True)
    assert breach.value == walked.grids("street")["walk_max_m"].iloc[0] > 120
    assert not walked.report.broken


def test_a_street_with_a_number_of_communities_and_a_radius_is_told_which_radius_would_do():
    many, far = (Range("communities", 1, 5),), Radius(120.0, hard=True)

    plan = gp.partition(blocks(["甲", "甲"]), above_only(ranges=many, radius=far))

    (breach,) = plan.report.breaches
    walk = math.ceil(breach.value)
    assert (breach.level, breach.rule) == ("street", "radius")
    assert breach.alternative == f"Let the radius be {walk} m."


def judged(plan, **layers):
    """Return what the referee says with some of the plan's layers replaced."""
    return evaluate_grids(
        {**plan.layers, **layers}, plan.units, communities=plan.district.communities,
        rules=plan.rules, cells=plan.cells,
    )  # fmt: skip


def rules_broken(report):
    return {(b.level, b.rule) for b in report.breaches if b.hard and not b.proven}


def test_the_referee_finds_a_community_torn_between_streets(xishan):
    streets = xishan.grids("street").copy()
    cut = square(0, 0, 2, 1)  # half of community C0
    one, other = streets.geometry
    streets.geometry = [shapely.difference(one, cut), shapely.union(other, cut)]

    report = judged(xishan, street=streets)

    (torn,) = (b for b in report.breaches if "is divided among grids 110, 220" in b.message)
    assert (torn.level, torn.rule) == ("street", "whole_units")
    assert ("overall", "nesting") in rules_broken(report)
    assert not rules_broken(judged(xishan))


def test_the_referee_finds_a_street_that_covers_too_little(xishan):
    streets = xishan.grids("street").iloc[:1]

    broken = rules_broken(judged(xishan, street=streets))

    assert {("street", "cover"), ("street", "whole_units"), ("overall", "nesting")} <= broken


def test_the_referee_counts_communities_from_the_map(xishan):
    evidence = gather(
        xishan.layers, xishan.units, xishan.rules, {"communities": xishan.district.communities}
    )

    assert evidence.holders("street").tolist() == ["110", "110", "220", "110", "220", "220"]


def test_a_layer_of_streets_alone_is_judged(xishan):
    streets = xishan.grids("street")[["grid_code", "geometry"]]
    moved = streets.copy()
    moved.geometry = moved.geometry.translate(100)

    good = gp.evaluate(streets, district=xishan.district, rules=xishan.rules, level="street")
    bad = gp.evaluate(moved, district=xishan.district, rules=xishan.rules, level="street")

    assert not good.broken
    assert good.breaches == ()
    located = located_grids(streets, xishan.district, xishan.rules.level("street"))
    assert located["community_id"].tolist() == ["", ""]
    assert bad.broken


# --- later plans ----------------------------------------------------------------------------


def test_a_community_that_changes_streets_keeps_its_codes(xishan):
    old = in_force_of(xishan, "old")
    where = ["110", "220", "220", "330", "220", "220"]
    plan = gp.partition(blocks(where), load_rules("xishan"), previous=old)

    for level in ("overall", "general"):
        assert set(plan.grids(level)["grid_code"]) == set(xishan.grids(level)["grid_code"])
    assert plan.grids("street")["grid_code"].tolist() == ["110", "220", "330"]
    status = plan.codes.set_index("code")["status"]
    assert status["330"] == "in_force"

    last = gp.partition(blocks(["220"] * 6), load_rules("xishan"), previous=in_force_of(plan, "p"))
    assert set(last.codes.set_index("code")["status"].loc[["110", "330"]]) == {"retired"}


def test_keeping_a_street_keeps_every_grid_in_it(xishan):
    old = in_force_of(xishan, "old")

    plan = gp.partition(
        blocks(["110", "110", "220", "110", "220", "220"], households=110),
        load_rules("xishan"), previous=old, keep=["110"],
    )  # fmt: skip

    inside = xishan.units["street_code"] == "110"
    before, after = (p.units.loc[inside, "general_code"].tolist() for p in (xishan, plan))
    assert after == before
    assert plan.meta["kept"]


def test_a_plan_rebuilt_from_its_own_labels_has_the_same_streets(xishan):
    labels = xishan.units.set_index("unit_id")[["general_code"]].rename(
        columns={"general_code": "general"}
    )

    plan = rebuild(xishan.district, xishan.rules, labels)

    for level in xishan.levels:
        assert plan.grids(level)["grid_code"].tolist() == xishan.grids(level)["grid_code"].tolist()
        assert plan.grids(level)["name"].tolist() == xishan.grids(level)["name"].tolist()
    assert not plan.report.broken


# --- outputs ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(xishan, tmp_path_factory):
    out = tmp_path_factory.mktemp("xishan") / "out"
    gp.write_plan(xishan, out)
    return out


def test_the_file_gives_back_the_streets(xishan, folder):
    plan = gp.read_plan(folder)

    pd.testing.assert_frame_equal(
        pd.DataFrame(plan.grids("street").drop(columns="geometry")),
        pd.DataFrame(xishan.grids("street").drop(columns="geometry")),
    )
    assert gp.evaluate(plan) == xishan.report
    assert (folder / "map_street.png").exists()


def test_the_ledger_lists_the_communities_of_a_street(xishan):
    sheet = next(s for s in ledger_sheets(xishan) if s.name == "一级网格（街道）")
    columns = {column.titles[0]: column for column in sheet.columns}

    assert columns["网格编码"].values == ["110", "220"]
    assert columns["社区数"].values == [3, 3]
    assert columns["社区数"].summed
    listed = columns["所含网格"].values[0]
    assert listed == "第0社区二级网格、第1社区二级网格、第3社区二级网格"


def test_the_page_shows_streets_by_name_and_their_communities_below(xishan):
    data = page_data(xishan)
    street, overall = data["levels"][:2]

    assert (street["id"], street["above"], overall["above"]) == ("street", True, False)
    assert street["label"] == ["西山街道一级网格", "东山街道一级网格"]
    assert overall["label"][0] == "第0社区二级网格"
    assert overall["parent"].count("110") == 3
    assert street["values"]["communities"] == [3, 3]


def test_the_atlas_has_a_sheet_for_each_street(xishan, tmp_path):
    path = gp.write_atlas(xishan, tmp_path / "atlas.pdf", levels=["street"])

    pages = pypdf.PdfReader(path).pages
    assert len(pages) == 1 + 2 + 6
    text = pages[1].extract_text()
    assert "西山街道一级网格" in text
    assert "3.第3社区二级网格" in text
