"""A rule set says what it means, survives being written, and is refused with every fault."""

# ruff: noqa: E501 - the table of refusals is read line by line

import copy
import pickle
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridpart.errors import DataError, RulesError
from gridpart.rules import (
    LABELS,
    PRIORITY,
    Weights,
    load_rules,
    parse_rules,
    preset_names,
    rules_to_toml,
)

SMALL = """
id = "small"
title = "Two levels"
measure = "households"

[[level]]
id = "general"
title = "General"
made_of = "community"

[level.measures.households]
min = 300
max = 500
clause = "article 7"
label = "found"

[[level]]
id = "micro"
title = "Micro"
made_of = "units"
nests_in = "general"

[level.measures.households]
min = 30
max = 100
target = 50
clause = "article 8"
label = "press"

[level.radius]
max_m = 200
clause = "article 9"
label = "assumption"

[difficulty]
k_max = 1.6
clause = "article 10"
label = "assumption"

[[difficulty.indicator]]
column = "age"
min = 20
max = 40
clause = "article 11"
label = "assumption"

[codes.templates]
general = "{community_id}"
micro = "{community_id}{micro:2}"

[names]
general = "{community}"
micro = "{community} {micro}"
"""


def small(*path_and_value):
    """Return the small rule file as a table, with one value set or (with ...) taken out."""
    table = tomllib.loads(SMALL)
    if path_and_value:
        *path, last, value = path_and_value
        place = table
        for key in path:
            place = place[key] if isinstance(key, int) else place.setdefault(key, {})
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return table


def faults_of(table):
    with pytest.raises(RulesError) as error:
        parse_rules(table, "small.toml")
    assert "small.toml" in error.value.what
    return error.value.found


def again(rules):
    return parse_rules(tomllib.loads(rules_to_toml(rules)), "the copy")


# --- what the presets state ----------------------------------------------------------


def test_the_presets_are_those_of_the_package():
    own = ("chengdu", "jinhai", "providence", "qixian", "xingrong", "xishan", "yizhou")
    assert preset_names() == (*own, "zhejiang", "zhengzhou", "zhoukou")


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_survives_being_written_and_pickled(name):
    rules = load_rules(name)

    assert again(rules) == rules
    assert rules_to_toml(again(rules)) == rules_to_toml(rules)
    assert pickle.loads(pickle.dumps(rules)) == rules
    assert copy.deepcopy(rules) == rules


@pytest.mark.parametrize("name", preset_names())
def test_every_number_of_a_preset_has_a_clause_and_a_label(name):
    rules = load_rules(name)
    levels = (*rules.levels, *rules.rural_levels)
    cited = [r for level in levels for r in level.ranges]
    cited += [level.radius for level in levels if level.radius is not None]
    if rules.difficulty is not None:
        cited += [rules.difficulty, *rules.difficulty.indicators, *rules.difficulty.grades]
    if rules.hours is not None:
        cited += rules.hours.tasks
    cited += [r for level in levels for shift in level.shifts for r in shift.ranges]

    assert all(value.clause and value.label in LABELS for value in cited)
    ids = {source.id for source in rules.sources}
    for value in cited:
        if value.label != "assumption":
            assert value.clause.split(":")[0] in ids


def test_qixian_states_its_ranges():
    overall, general, micro = load_rules("qixian").levels_for("urban")
    (households,) = general.ranges
    (few,) = micro.ranges

    assert (overall.title, general.title, micro.title) == ("总网格", "一般网格", "微网格")
    assert (households.min, households.max, households.aim, households.hard) == (
        300,
        500,
        400,
        True,
    )
    assert (few.min, few.max, few.aim, few.hard) == (30, 100, 50, True)
    assert (general.radius.max_m, general.radius.hard, micro.radius) == (500, False, None)
    assert (general.nests_in, micro.nests_in) == ("overall", "general")


def test_qixian_gives_villages_the_same_households_within_a_longer_radius():
    rules = load_rules("qixian")
    urban, rural = rules.levels_for("urban")[1], rules.levels_for("rural")[1]

    assert rural.radius.max_m == 1500
    assert rural.ranges[0].label == "assumption"
    assert (rural.ranges[0].min, rural.ranges[0].max) == (urban.ranges[0].min, urban.ranges[0].max)


def test_providence_counts_people():
    rules = load_rules("providence")

    assert rules.measure == "population"
    assert rules.difficulty is None
    assert [(r.min, r.max, r.aim) for level in rules.levels for r in level.ranges] == [
        (750, 1250, 1000),
        (75, 250, 110),
    ]


def test_an_unknown_area_type_has_no_levels():
    with pytest.raises(DataError, match="urban or rural"):
        load_rules("qixian").levels_for("suburban")


# --- reading files -------------------------------------------------------------------


def test_a_file_is_read_by_its_path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("\ufeff" + SMALL, encoding="utf-8")  # as some editors save it

    assert load_rules(path) == load_rules(str(path)) == parse_rules(small(), "small")


def test_a_missing_preset_offers_the_near_name():
    with pytest.raises(RulesError, match="did you mean 'qixian'"):
        load_rules("qixain")


def test_a_folder_is_no_rule_set(tmp_path):
    with pytest.raises(RulesError, match="No rule set"):
        load_rules(tmp_path)


@pytest.mark.parametrize("content", [b"id = ", "id = '栖贤'".encode("gbk")])
def test_a_file_that_is_not_toml_in_utf8_is_refused(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)

    with pytest.raises(RulesError, match=r"mine\.toml is not TOML in UTF-8"):
        load_rules(path)


# --- what may be left out ------------------------------------------------------------


def test_what_is_left_out_takes_its_default():
    rules = parse_rules(small(), "small")

    assert rules.weights == Weights()
    assert rules.priority == {"urban": PRIORITY, "rural": PRIORITY}
    assert rules.rural_levels == rules.levels
    assert rules.levels[0].ranges[0].aim == 400
    assert rules.sources == ()


def test_a_rural_table_replaces_what_it_names_and_leaves_the_rest():
    cited = {"clause": "article 12", "label": "found"}
    table = small("level", 1, "rural", "measures", {"firms": {"max": 9, **cited}})
    table["level"][1]["rural"]["split_to"] = "building"

    rules = parse_rules(table, "small")
    urban, rural = rules.levels[1], rules.rural_levels[1]

    assert rural.ranges[:1] == urban.ranges
    assert rural.ranges[1].measure == "firms"
    assert rural.radius == urban.radius
    assert (urban.split_to, rural.split_to) == ("stairwell", "building")
    assert again(rules) == rules


@pytest.mark.parametrize(("above", "below", "fault"), [
    ("floor", "stairwell", True), ("stairwell", "building", True), ("building", "compound", True),
    ("stairwell", "stairwell", False), ("building", "floor", False),
])  # fmt: skip
def test_a_level_may_not_keep_whole_what_the_level_above_cuts(above, below, fault):
    table = small("codes", "templates", {"general": "{community_id}{general:3}",
                                         "micro": "{community_id}{general:3}{micro:2}"})  # fmt: skip
    table["level"][0] |= {"made_of": "compound", "split_to": above}
    table["level"][1]["split_to"] = below
    if not fault:
        assert again(parse_rules(table, "small")).levels[1].split_to == below
        return
    expected = f"split_to '{below}' keeps whole what '{above}' of 'general', in which it nests"
    assert expected in faults_of(table)


def test_an_empty_rural_table_takes_a_rule_away():
    table = small("level", 1, "rural", {"radius": {}, "measures": {"households": {}}})

    rules = parse_rules(table, "small")

    assert rules.levels[1].radius is not None
    assert rules.rural_levels[1].radius is None
    assert rules.rural_levels[1].ranges == ()
    assert again(rules) == rules


def test_a_date_may_be_a_date():
    table = tomllib.loads(SMALL + '[[source]]\nid = "a"\ntitle = "b"\ndate = 2023-03-22\n')

    assert parse_rules(table, "small").sources[0].date == "2023-03-22"


# --- writing -------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
numbers = st.floats(0, 1e6).map(float)


@st.composite
def rule_sets(draw):
    """Draw a rule set with odd names and texts, and rural levels of its own."""
    rules = parse_rules(small(), "small")
    low = draw(st.floats(1, 50))
    measure = draw(texts)

    def changed(level):
        ranges = (
            replace(level.ranges[0], measure=measure, clause=draw(texts), hard=draw(st.booleans())),
            replace(level.ranges[0], measure=measure + "2", min=low, target=None),
        )
        radius = None if draw(st.booleans()) else replace(level.radius, max_m=low, weight=low)
        return replace(level, title=draw(texts), ranges=ranges, radius=radius)

    urban = changed(rules.levels[1])
    rural = replace(changed(rules.levels[1]), title=urban.title)
    rural = replace(rural, ranges=rural.ranges[: draw(st.integers(0, 2))])
    return replace(
        rules,
        title=draw(texts),
        levels=(rules.levels[0], urban),
        rural_levels=(rules.levels[0], rural),
        exclusive_kinds=draw(st.dictionaries(texts, texts)),
        codes=replace(rules.codes, templates={**rules.codes.templates, "exclusive": "{micro:4}"}),
        names={**rules.names, "exclusive": "{name}"},
        weights=Weights(*draw(st.tuples(*[numbers] * 6))),
        priority={
            "urban": (*draw(st.permutations(PRIORITY[:3])), *draw(st.permutations(PRIORITY[3:]))),
            "rural": PRIORITY,
        },
        difficulty=draw(st.sampled_from([rules.difficulty, None])),
    )


@given(rule_sets())
def test_a_rule_set_written_as_toml_reads_back_equal(rules):
    assert again(rules) == rules


# --- refusals ------------------------------------------------------------------------

HOUSEHOLDS = ("level", 0, "measures", "households")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ((*HOUSEHOLDS, "min", 600), "'general', households: min 600 is greater than max 500 (clause: article 7)"),
        ((*HOUSEHOLDS, "target", 200), "target 200 is outside 300 to 500 (clause: article 7)"),
        ((*HOUSEHOLDS, "min", "many"), "min is 'many', wanted a finite number, 0 or greater (clause: article 7)"),
        ((*HOUSEHOLDS, "min", -1), "min is -1"),
        ((*HOUSEHOLDS, "max", float("inf")), "max is inf"),
        ((*HOUSEHOLDS, "max", float("nan")), "max is nan"),
        ((*HOUSEHOLDS, "min", True), "min is True"),
        ((*HOUSEHOLDS, "hard", "yes"), "hard is 'yes', wanted true or false (clause: article 7)"),
        ((*HOUSEHOLDS, "clause", ...), "level 'general', households: no 'clause'; say where"),
        ((*HOUSEHOLDS, "clause", " "), "clause is ' ', wanted a text"),
        ((*HOUSEHOLDS, "label", ...), "level 'general', households: no 'label'"),
        ((*HOUSEHOLDS, "label", "pres"), "label is 'pres'; did you mean 'press'?"),
        ((*HOUSEHOLDS, "maximum", 3), "unknown key 'maximum'"),
        ((*HOUSEHOLDS[:3], "people", {"clause": "a", "label": "found"}), "people: no min, max or target (clause: a)"),
        ((*HOUSEHOLDS[:3], "people", {"max": 0, "clause": "a", "label": "found"}), "max is 0"),
        (("level", 0, "rural", "measures", {"households": {"min": 9, "max": 8, "clause": "a 13", "label": "found"}}),
         "'general', rural, households: min 9 is greater than max 8 (clause: a 13)"),
        (("level", 0, "rural", "title", "x"), "level 'general', rural: unknown key 'title'"),
        (("level", 1, "radius", "max_m", ...), "level 'micro', radius: no 'max_m'"),
        (("level", 1, "radius", "clause", ...), "level 'micro', radius: no 'clause'"),
        (("level", 1, "radius", "max_m", 0), "max_m is 0"),
        (("level", 1, "radius", "detour", 0.9), "'micro', radius: detour 0.9 is less than 1 (clause: article 9)"),
        (("level", 1, "radius", "maxm", 3), "unknown key 'maxm'; did you mean 'max_m'?"),
        (("level", 1, "radius", 200), "radius is 200, wanted a table"),
        (("level", 1, "measures", [1]), "measures is [1], wanted tables by name"),
        (("level", 1, "made_of", "unit"), "made_of is 'unit'; did you mean 'units'"),
        (("level", 1, "split_to", "stair"), "split_to is 'stair'; did you mean 'stairwell'"),
        (("level", 1, "made_of", ...), "level 'micro': no 'made_of'"),
        (("level", 1, "nests_in", "generel"), "nests_in names no level: 'generel'; did you mean 'general'?"),
        (("level", 1, "nests_in", ...), "level 'micro': no 'nests_in'"),
        (("level", 0, "nests_in", "micro"), "'general': nests in 'micro', which does not stand before it"),
        (("level", 1, "made_of", "district"), "'micro': made of 'district', which is coarser than the 'community' of 'general'"),
        (("level", 1, "id", "general"), "level 'general': 2 levels have this id"),
        (("level", 1, "id", "exclusive"), "this id is kept for exclusive sites"),
        (("level", []), "level is [], wanted one table or more"),
        (("level", ...), "the file: no 'level'"),
        (("levels", []), "the file: unknown key 'levels'; did you mean 'level'?"),
        (("title", 3), "title is 3, wanted a text"),
        (("source", [{"id": "a", "title": "b", "link": "c"}]), "source 'a': unknown key 'link'"),
        (("source", [{"id": "a", "title": "b"}, {"id": "a", "title": "c"}]), "source 'a': 2 sources have this id"),
        (("source", [{"id": "a", "title": "b", "date": 2022}]), "date is 2022, wanted a date or a text"),
        (("priority", {"urban": ["nesting"]}), "priority: urban is ['nesting'], wanted each of nesting, contiguity"),
        (("priority", {"rural": [*PRIORITY, "range"]}), "priority: rural is"),
        (("priority", {"town": list(PRIORITY)}), "priority: unknown key 'town'"),
        (("priority", {"rural": ["range", *PRIORITY[:4], "radius"]}), "priority, rural: range, nesting, contiguity, whole_units, locks, radius; nesting, contiguity, whole_units never yield"),
        (("weights", {"balance": -1}), "weights: balance is -1"),
        (("weights", {"ballance": 1}), "unknown key 'ballance'; did you mean 'balance'?"),
        (("exclusive", {"kind": {}}), "exclusive: unknown key 'kind'; did you mean 'kinds'?"),
        (("exclusive", {"kinds": {"school": 1}}), "kinds is {'school': 1}, wanted a table of texts"),
        (("exclusive", {"title": "专属网格"}), "codes, templates: none for 'exclusive'"),
        (("exclusive", {"title": "专属网格"}), "names: none for 'exclusive'"),
        (("difficulty", "k_max", 0.9), "difficulty: k_max 0.9 is less than 1 (clause: article 10)"),
        (("difficulty", "clause", ...), "difficulty: no 'clause'"),
        (("difficulty", "indicator", []), "indicator is [], wanted one table or more"),
        (("difficulty", "indicator", 0, "weight", 0), "the weights of all indicators are 0 (clause: article 10)"),
        (("difficulty", "indicator", 0, "min", 40), "'age': min and max are both 40; nothing lies between them (clause: article 11)"),
        (("difficulty", "indicator", 0, "min", 50), "'age': min 50 is greater than max 40 (clause: article 11)"),
        (("difficulty", "indicator", 0, "direction", "up"), "direction is 'up'"),
        (("difficulty", "indicator", 0, "clause", ...), "difficulty, indicator 'age': no 'clause'"),
        (("difficulty", "indicator", 0, "column", ...), "difficulty, indicator 1: no 'column'"),
        (("codes", "exclusive_from", 1.5), "exclusive_from is 1.5, wanted a whole number"),
        (("codes", "templates", "micro", ...), "codes, templates: none for 'micro'"),
        (("codes", "templates", "mikro", "{micro:2}"), "codes, templates: unknown key 'mikro'; did you mean 'micro'?"),
        (("codes", "templates", "micro", "{community_id}{mikro:2}"), "unknown field {mikro} in '{community_id}{mikro:2}'; did you mean 'micro'?"),
        (("codes", "templates", "micro", "{community_id}"), "'{community_id}' has no serial of its own, such as {micro:3}"),
        (("codes", "templates", "micro", "{micro:2}"), "does not begin with the '{community_id}' of 'general'"),
        (("codes", "templates", "micro", "{community_id}{micro:2"), "cannot be read"),
        (("codes", "templates", "exclusive", "{community_id}"), "exclusive: '{community_id}' has no serial"),
        (("codes", "templates", "exclusive", "{community_id}{micro:2}"), "exclusive_from 900 leaves no serial of 2 digits"),
        (("names", "micro", ...), "names: none for 'micro'"),
        (("names", "micro", "{comunity}"), "unknown field {comunity} in '{comunity}'; did you mean 'community'"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(change, fault):
    assert fault in faults_of(small(*change))


@pytest.mark.parametrize("area", ["urban", "rural"])
def test_a_child_that_no_parent_can_hold_is_refused_with_both_clauses(area):
    table = small()
    own = {"min": 501, "max": 600, "clause": "article 99", "label": "found"}
    micro = table["level"][1]
    if area == "urban":
        micro["rural"] = {"measures": {"households": micro["measures"]["households"]}}
        micro["measures"] = {"households": own}
    else:
        micro["rural"] = {"measures": {"households": own}}

    found = faults_of(table)

    assert f"level 'micro' ({area}), households: min 501 is greater than max 500" in found
    assert "article 99; article 7" in found
    assert found.count("\n") == 0


def test_all_faults_are_reported_together():
    table = small(*HOUSEHOLDS, "min", 600)
    table["titel"] = "x"
    table["level"][1]["radius"]["clause"] = ""
    table["weights"] = {"balance": -2}

    with pytest.raises(RulesError, match=r"4 faults in the rule set small\.toml") as error:
        parse_rules(table, "small.toml")

    for words in ("min 600", "'titel'; did you mean 'title'", "clause is ''", "balance is -2"):
        assert words in error.value.found
    assert "gridpart rules check small.toml" in error.value.fix


def test_disagreements_are_reported_together():
    table = small("names", "micro", ...)
    table["level"][1]["nests_in"] = "nothing"
    table["codes"]["templates"]["micro"] = "{mikro:2}"

    found = faults_of(table)

    for words in ("names: none for 'micro'", "'nothing'", "{mikro}", "no serial of its own"):
        assert words in found
