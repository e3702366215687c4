"""Rule files on top of others, what two of them say differently, and the presets' chain."""

import json
import tomllib
from dataclasses import replace

import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli
from hardships import TEXT

from gridpart._rule_extends import extended
from gridpart.errors import RulesError
from gridpart.rules import differences, load_rules, parse_rules, preset_names, rule_chain


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


OWN = """
extends = "base.toml"
id = "own"
title = "Own"

[[level]]
id = "general"

[level.measures.households]
max = 480
clause = "our notice"

[[difficulty.indicator]]
column = "age"
weight = 3

[[difficulty.indicator]]
column = "noise"
min = 0
max = 1
clause = "our notice"
label = "assumption"
"""


def test_what_a_file_does_not_say_is_that_of_the_one_it_extends(tmp_path):
    base = written(tmp_path, "base.toml", TEXT)
    own = written(tmp_path, "own.toml", OWN)

    rules, below = load_rules(own), load_rules(base)

    (bound,), (other,) = rules.levels[1].ranges, below.levels[1].ranges
    assert (rules.id, bound.max, bound.clause) == ("own", 480, "our notice")
    assert (bound.min, bound.target, bound.label) == (other.min, other.target, other.label)
    assert [i.column for i in rules.difficulty.indicators] == ["age", "lifts", "migrants", "noise"]
    assert [i.weight for i in rules.difficulty.indicators] == [3, 1, 1, 1]
    assert (rules.hours, rules.codes) == (below.hours, below.codes)
    assert rule_chain(own) == (str(own), str(base))


def test_an_empty_table_takes_away_what_is_below_it(tmp_path):
    written(tmp_path, "base.toml", TEXT)
    text = 'extends = "base.toml"\n[[level]]\nid = "general"\n[level.measures.households]\n'

    assert load_rules(written(tmp_path, "own.toml", text)).levels[1].ranges == ()


def test_a_chain_goes_over_presets_and_files(tmp_path):
    own = written(tmp_path, "own.toml", 'extends = "qixian"\nid = "own"\n[weights]\nbalance = 2\n')

    assert rule_chain(own) == (str(own), "qixian", "chengdu")
    assert load_rules(own).weights.balance == 2
    assert load_rules(own).levels == load_rules("qixian").levels


def test_a_circle_is_refused_with_the_way_around_it(tmp_path):
    one = written(tmp_path, "one.toml", 'extends = "two.toml"\n')
    written(tmp_path, "two.toml", 'extends = "one.toml"\n')

    with pytest.raises(RulesError, match="extends itself") as error:
        load_rules(one)

    assert error.value.found.count("one.toml") == 2
    assert "two.toml" in error.value.found


@pytest.mark.parametrize(("text", "fault"), [
    ("extends = 3", "extends is 3"), ('extends = ""', "extends is ''"),
    ('extends = "chengduu"', "neither a preset nor a readable file"),
])  # fmt: skip
def test_extending_nothing_is_refused(tmp_path, text, fault):
    with pytest.raises(RulesError) as error:
        load_rules(written(tmp_path, "own.toml", text))

    assert fault in error.value.found


def test_faults_of_the_whole_are_told_by_clause(tmp_path):
    written(tmp_path, "base.toml", TEXT)
    text = OWN.replace("max = 480", "max = 200")

    with pytest.raises(RulesError, match=r"min 300 is greater than max 200 \(clause: our notice\)"):
        load_rules(written(tmp_path, "own.toml", text))


# --- showing and comparing -------------------------------------------------------------


def test_a_rule_set_differs_from_another_in_what_is_changed(tmp_path):
    base = written(tmp_path, "base.toml", TEXT)
    own = written(tmp_path, "own.toml", OWN)

    found = {key: (a, b) for key, a, b in differences(load_rules(base), load_rules(own))}

    assert found["level[general].measures.households.max"] == (500, 480)
    assert found["difficulty.indicator[age].weight"] == (1, 3)
    assert found["difficulty.indicator[noise].max"] == (None, 1)
    assert list(differences(load_rules(base), load_rules(base))) == []


def test_diff_prints_each_key_with_both_values():
    result = CliRunner().invoke(cli, ["rules", "diff", "chengdu", "zhejiang"])

    assert result.exit_code == 0
    assert "level[micro].measures.households.min: 30 -> 50" in result.stdout.splitlines()
    rows = json.loads(
        CliRunner().invoke(cli, ["rules", "diff", "chengdu", "zhejiang", "--json"]).stdout
    )
    assert {"key": "level[micro].measures.households.max", "a": 100, "b": 80} in rows


def test_show_prints_the_chain_and_every_number_with_clause_and_label():
    text = CliRunner().invoke(cli, ["rules", "show", "jinhai"]).stdout

    assert text.splitlines()[0] == "# jinhai extends zhengzhou extends chengdu"
    table = tomllib.loads(text)
    assert parse_rules(table, "shown") == load_rules("jinhai")
    assert table["level"][1]["measures"]["households"]["label"] == "found"


# --- what the presets state ------------------------------------------------------------


@pytest.mark.parametrize(("name", "general", "micro"), [
    ("chengdu", (300, 500), (30, 100)), ("qixian", (300, 500), (30, 100)),
    ("yizhou", (300, 500), (30, 100)), ("xingrong", (300, 500), (30, 100)),
    ("zhengzhou", (300, 500), (50, 70)), ("jinhai", (300, 500), (50, 70)),
    ("zhejiang", (300, 500), (50, 80)), ("zhoukou", (300, 500), (30, 50)),
    ("xishan", (300, 500), None),
])  # fmt: skip
def test_presets_have_the_published_ranges(name, general, micro):
    levels = [level for level in load_rules(name).levels if not level.is_whole]

    found = [(level.ranges[0].min, level.ranges[0].max) for level in levels]
    assert found == ([general] if micro is None else [general, micro])


@pytest.mark.parametrize(("name", "titles", "heads"), [
    ("zhengzhou", ["二级网格", "三级网格", "四级微网格"], ["社区书记", "社区两委成员", "楼院长"]),
    ("xishan", ["一级网格（街道）", "二级网格（社区）", "三级网格（住宅区）"],
     ["街道主任", "社区书记", "物业企业负责人"]),
    ("qixian", ["总网格", "一般网格", "微网格"], ["总网格长", "网格长", "微网格长"]),
])  # fmt: skip
def test_levels_have_the_names_and_heads_of_their_system(name, titles, heads):
    levels = load_rules(name).levels
    shown = CliRunner().invoke(cli, ["rules", "check", name, "--lang", "zh"]).stdout

    assert [level.title for level in levels] == titles
    assert [level.head for level in levels] == heads
    assert all(f"{t} (负责人 {h})" in shown for t, h in zip(titles, heads, strict=True))


def test_every_system_has_a_preset():
    systems = {"qixian", "chengdu", "yizhou", "xingrong", "zhengzhou", "jinhai", "xishan",
               "zhejiang", "zhoukou"}  # fmt: skip
    assert systems <= set(preset_names())


def test_a_level_put_on_top_of_others_takes_its_place(tmp_path):
    text = """extends = "zhengzhou"
[[level]]
id = "street"
title = "一级网格"
made_of = "street"
[[level]]
id = "overall"
nests_in = "street"
[codes.templates]
street = "{street_id}"
[names]
street = "{street}一级网格"
"""

    rules = load_rules(written(tmp_path, "own.toml", text))

    assert [level.id for level in rules.levels] == ["street", "overall", "general", "micro"]
    assert list(rules.levels[1:]) == [
        replace(level, nests_in="street") if level.id == "overall" else level
        for level in load_rules("zhengzhou").levels
    ]


def test_arrays_whose_names_stand_twice_are_replaced_whole():
    tables = {"base": {"rule": [{"kind": "office", "n": 1}, {"kind": "office", "n": 2}]}}

    found, _ = extended(
        {"extends": "base", "rule": [{"kind": "office", "n": 3}]}, "top", tables.__getitem__
    )

    assert found == {"rule": [{"kind": "office", "n": 3}]}
