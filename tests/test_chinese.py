"""Whoever reads Chinese meets no sentence in English, from the summary to the page."""

import dataclasses
import json
import re
import tomllib
from functools import cache

import pytest
from samples import SAMPLES

import gridpart as gp
from gridpart import described
from gridpart._rule_chinese import with_chinese, without_chinese
from gridpart._rule_extends import extended
from gridpart.breach_words import breach_text
from gridpart.ledger import ledger_sheets
from gridpart.records import breach_table, parse_report, report_json
from gridpart.report import summary_text
from gridpart.rules import load_rules, parse_rules, preset_names, rules_to_toml
from gridpart.sentences import Sentence
from gridpart.telling import tell, titles_of
from gridpart.titles import BOUND_WORDS, told_value
from gridpart.web_data import page_data

ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+[A-Za-z]{2,})+")
"""Two words of English, one after the other."""

ADDRESS = re.compile(r"https?://\S+|[\w.-]+\.(?:gpkg|pdf|xlsx)")
NAMES = re.compile(r"EPSG:\d+ \([^)]*\)+|Gauss-Kruger|gridpart|Noto Sans CJK SC|seed")
"""Names of coordinate systems, programs and fonts, which stay as they are."""

COMMUNITIES = ("小桥社区", "白鹭社区", "新禾社区")
"""One whose total fits no number of grids, one with a unit too large, one with far walks."""

RULES = ("qixian", "yizhou", "xishan", "jinhai")


@cache
def corner_plan(rules):
    """Return the plan of three communities of the sample."""
    district = gp.read_district(SAMPLES / "hankou")
    communities = district.communities
    communities = communities[communities["name"].isin(COMMUNITIES)].reset_index(drop=True)
    own = district.units["community_id"].isin(communities["community_id"])
    corner = dataclasses.replace(
        district, communities=communities, units=district.units[own].reset_index(drop=True)
    )
    return gp.partition(corner, gp.load_rules(rules))


def english(text):
    """Return the English that a text holds."""
    return ENGLISH.findall(NAMES.sub("", ADDRESS.sub("", text)))


def test_english_is_found():
    assert english("依据：grids hold 300 households") == ["grids hold"]
    assert not english("见 plan.gpkg，EPSG:4547 (CGCS2000 / 3-degree)，B01-002 至 B01-003")


@pytest.mark.parametrize("rules", RULES)
def test_no_reason_is_told_in_english(rules):
    plan = corner_plan(rules)
    titles = titles_of(plan.rules)

    assert plan.report.breaches
    for breach in plan.report.breaches:
        assert isinstance(breach.message, Sentence)
        assert not english(breach_text(breach, "zh", titles))
    for check in plan.report.checks:
        assert isinstance(check.detail, Sentence)
        assert not english(tell(check.detail, "zh", titles))


def test_reasons_are_told_in_chinese_after_they_were_stored():
    report, titles = corner_plan("qixian").report, titles_of(corner_plan("qixian").rules)

    again = parse_report(report_json(report), breach_table(report.breaches))

    assert again == report
    for new, old in zip(again.breaches, report.breaches, strict=True):
        assert breach_text(new, "zh", titles) == breach_text(old, "zh", titles)
    for new, old in zip(again.checks, report.checks, strict=True):
        assert tell(new.detail, "zh", titles) == tell(old.detail, "zh", titles) != old.detail


def test_reports_of_before_parts_were_kept_are_read():
    report = corner_plan("qixian").report
    plain = json.loads(report_json(report))
    plain["checks"] = [{k: v for k, v in c.items() if k != "parts"} for c in plain["checks"]]

    again = parse_report(json.dumps(plain), breach_table(report.breaches).drop(columns="parts"))

    assert again == report
    assert not any(isinstance(breach.message, Sentence) for breach in again.breaches)
    assert all(not english(breach_text(breach, "zh", {})) for breach in again.breaches)


# --- all that a planner reads ----------------------------------------------------------


def texts(value):
    """Yield every text in nested lists and mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts(one)


def in_chinese(value):
    """Return page data with the Chinese alone where there are both languages."""
    if isinstance(value, dict):
        return {key: in_chinese(one) for key, one in value.items() if key != "en"}
    return [in_chinese(one) for one in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("rules", RULES)
def test_no_note_or_line_of_the_summary_is_in_english(rules):
    plan = corner_plan(rules)

    found = {line: english(line) for line in summary_text(plan, "zh").splitlines()}

    assert not {line: words for line, words in found.items() if words}
    titles = titles_of(plan.rules)
    assert not [note for note in plan.notes if english(tell(note.what, "zh", titles))]


@pytest.mark.parametrize("rules", RULES)
def test_no_cell_of_the_ledger_is_in_english(rules):
    for sheet in ledger_sheets(corner_plan(rules), "zh"):
        lines = [text for pair in sheet.above for text in pair]
        cells = [v for column in sheet.columns for v in column.values if isinstance(v, str)]
        assert not [text for text in (*lines, *cells) if english(text)], sheet.name


@pytest.mark.parametrize("rules", RULES)
def test_no_text_of_the_page_is_in_english(rules):
    data = page_data(corner_plan(rules), "zh")
    toml = data["rules"].pop("toml")
    for found in data["tables"].values():  # the page looks each value up
        pairs = zip(found["rows"], found.pop("zh"), strict=True)
        found["rows"] = [[zh.get(text, text) for text in column] for column, zh in pairs]

    assert "clause_zh" in toml
    assert not sorted({text for text in texts(in_chinese(data)) if english(text)})


@pytest.mark.parametrize("rules", [name for name in preset_names() if name != "providence"])
def test_every_clause_of_the_chinese_presets_is_told_in_chinese(rules):
    found = load_rules(rules)
    table = without_chinese(tomllib.loads(rules_to_toml(found)))

    assert with_chinese(table, found.chinese) == tomllib.loads(rules_to_toml(found))
    assert not [text for text in clauses(table) if english(found.chinese.get(text, text))]


def clauses(table):
    """Yield the clauses and titles of a rule file."""
    for key, value in table.items():
        if key in ("clause", "title"):
            yield value
        several = value if isinstance(value, list) else [value]
        for one in several:
            if isinstance(one, dict):
                yield from clauses(one)


def test_a_clause_that_takes_the_place_of_another_leaves_its_chinese_behind():
    below = {"level": [{"id": "micro", "clause": "old", "clause_zh": "旧"}]}
    files = {"below": below}
    above = {"extends": "below", "level": [{"id": "micro", "clause": "new"}]}

    whole, _ = extended(above, "above", files.__getitem__)

    assert whole["level"] == [{"id": "micro", "clause": "new"}]
    above["level"] = [{"id": "micro", "head": "组长"}]
    whole, _ = extended(above, "above", files.__getitem__)
    assert whole["level"] == [{"id": "micro", "clause": "old", "clause_zh": "旧", "head": "组长"}]


def test_chinese_without_a_clause_is_a_fault():
    table = tomllib.loads(rules_to_toml(load_rules("qixian")))
    del table["level"][0]["clause"]

    with pytest.raises(gp.RulesError, match="clause_zh without the clause"):
        parse_rules(table, "mine")


# --- and whoever reads English -----------------------------------------------------------


@pytest.mark.parametrize("level", ["overall", "general", "micro"])
def test_four_bounds_are_told_in_english(level):
    plan = corner_plan("qixian")
    names = {name for layer in ("communities", "streets", "barriers")
             for name in getattr(plan.district, layer)["name"].dropna()}  # fmt: skip
    names |= set(plan.grids(level)["name"])

    for text in plan.grids(level)["bounds_text"]:
        told = told_value("bounds_text", text, "en")
        sides = [side.partition(" ") for side in told.split("; ")]
        assert [side for side, _, _ in sides] == ["east", "south", "west", "north"]
        assert all(what in names or what.isascii() for _, _, what in sides), told
        assert told_value("bounds_text", text, "zh") == text


def test_every_word_of_the_bounds_has_an_english_one():
    assert {*described.KINDS.values(), described.NOBODY} == BOUND_WORDS.keys()
    assert told_value("bounds_text", "by hand", "en") == "by hand"
