"""Whoever reads Chinese meets no sentence in English, from the summary to the page."""

import dataclasses
import json
import re
from functools import cache

import pytest
from samples import SAMPLES

import gridpart as gp
from gridpart.breach_words import breach_text
from gridpart.records import breach_table, parse_report, report_json
from gridpart.sentences import Sentence
from gridpart.telling import tell, titles_of

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
