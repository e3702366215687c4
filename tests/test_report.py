"""The summary says what a planner asks first, and JSON says the same."""

import json

import plans
import pytest

from gridpart.breach_words import breach_line
from gridpart.finding_words import findings_dict, findings_text
from gridpart.findings import Finding
from gridpart.metrics import Check
from gridpart.report import (
    report_text,
    rules_dict,
    rules_text,
    summary_dict,
    summary_text,
)
from gridpart.wording import WORDS


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_summary_names_rules_source_seed_and_every_level(plan, lang):
    text = summary_text(plan, lang)

    assert plan.rules.title in text
    assert plan.rules.sources[0].issuer.split(" (")[0] in text
    for level in plan.rules.levels:
        assert (level.title if lang == "zh" else level.id) in text
    assert "7" in next(line for line in text.splitlines() if "0.1.0" in line)


def test_every_breach_is_one_line_with_its_reason(plan):
    zh = [line for line in summary_text(plan, "zh").splitlines() if "C100101" in line]
    en = [line for line in summary_text(plan, "en").splitlines() if "C100101" in line]

    assert len(zh) == len(en) == 1
    assert "户数无解，已证明" in zh[0]
    assert "30–100" in zh[0]
    assert plan.report.breaches[0].message in en[0]


@pytest.mark.parametrize(
    ("rule", "reason", "told"),
    [
        ("radius", "radius", "最远单元超出服务半径：U1、U2、U3、U4、U5 等 6 个"),
        ("range", "oversize_unit", "单个单元自身即超过上限：U1、U2、U3、U4、U5 等 6 个"),
        ("range", "arithmetic", "总数无法分成若干个合规网格"),
    ],
)
def test_chinese_tells_by_its_figures_a_breach_whose_message_kept_no_parts(
    plan, rule, reason, told
):
    breach = plans.dataclasses.replace(
        plan.report.breaches[0], rule=rule, reason=reason, message="Old words.",
        units=tuple(f"U{n}" for n in range(1, 7)),
    )  # fmt: skip

    assert breach_line(breach, "zh", {}, {}).endswith(f"，{told}。")


def test_verdict_tells_proven_from_broken(plan):
    broken = plans.with_report(
        plan,
        breaches=(plans.dataclasses.replace(plan.report.breaches[0], proven=False),),
    )
    clean = plans.with_report(plan, breaches=())

    assert "proven exceptions: 1" in summary_text(plan, "en")
    assert "not proven" in summary_text(broken, "en")
    assert "Every hard rule holds." in summary_text(clean, "en")


def test_notes_are_told(plan):
    assert "Building U00 was cut" in summary_text(plan, "zh")


def test_many_notes_are_cut_short(plan):
    notes = tuple(plans.Note("opened", f"Compound {n} was opened.") for n in range(100))
    text = summary_text(plans.dataclasses.replace(plan, notes=notes), "en")

    assert text.count("was opened") == 12
    assert "and 88 more" in text


def test_summary_dict_is_strict_json_with_the_numbers(plan):
    table = json.loads(json.dumps(summary_dict(plan), allow_nan=False, ensure_ascii=False))

    assert table["district"]["totals"]["households"] == plan.district.units["households"].sum()
    assert [level["n_grids"] for level in table["levels"]] == [2, 4, 8]
    assert table["levels"][2]["out_of_range"] == {"arithmetic": 1}
    assert table["run"] == {"version": "0.1.0", "seed": "7", "stopped_by": "budget"}
    assert (table["broken"], table["exceptions"]) == (False, 1)
    assert table["breaches"][0]["message"] == plan.report.breaches[0].message


def test_report_text_stands_alone(plan):
    assert "C100101" in report_text(plan.report, "en")


def test_both_languages_say_the_same_things():
    missing = set(WORDS["en"]) - set(WORDS["zh"])

    assert missing == set()


def test_findings_put_errors_first_with_their_remedy():
    findings = (
        Finding("repair", "units", "1 of 9 units was mended:", ("U1",), "U1"),
        Finding("error", "units", "units has no rows.", (), "0 rows", "1 or more", "add rows"),
    )

    text, table = findings_text(findings), findings_dict(findings)

    assert text.splitlines()[0] == "error: units has no rows."
    assert "add rows" in text
    assert text.splitlines()[-1] == "1 error: the data cannot be used."
    assert table["usable"] is False
    assert [f["severity"] for f in table["findings"]] == ["repaired", "error"]


def test_no_findings_mean_usable_data():
    assert findings_text(()) == "The data can be used.\n"


def test_rules_are_told_in_short(plan):
    assert "households 300–500 → 400" in rules_text(plan.rules, "en")
    assert rules_dict(plan.rules)["levels"]["urban"][1]["ranges"][0]["max"] == 500


def test_laws_are_one_line_each_and_failures_say_what(plan):
    checks = (
        Check("cover", "general", ok=True, detail="16 covered"),
        Check("cover", "micro", ok=False, detail="3 in a million of the area amiss"),
        Check("sums", "general", ok=True, detail="9 households"),
        Check("cover", "overall", ok=True, detail="16 covered"),
    )
    lines = summary_text(plans.with_report(plan, checks=checks), "en").splitlines()
    at = lines.index("Checks")

    assert lines[at + 1 : at + 4] == [
        "  [ok] cover: general, overall",
        "  [FAILED] cover: micro, 3 in a million of the area amiss",
        "  [ok] sums: general",
    ]
