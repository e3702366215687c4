"""An audit counts which grids break which clause, says by how much, and draws them."""

import json
from dataclasses import replace

import plans
import pyogrio
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli

from gridpart import export
from gridpart.audit import clause_findings, clause_lines, write_audit
from gridpart.errors import DataError
from gridpart.export import write_plan
from gridpart.metrics import Report
from gridpart.model import Breach


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


def above(grid, value, **more):
    given = {"level": "general", "rule": "range", "reason": "search", "proven": False,
             "message": f"Grid {grid} is too large.", "measure": "households", "value": value,
             "min": 300.0, "max": 500.0, "clause": "notice of 2022", **more}  # fmt: skip
    return Breach(grid=grid, **given)


def with_breaches(plan, *breaches):
    return Report(plan.report.levels, breaches, plan.report.checks)


def test_grids_are_counted_clause_by_clause(plan):
    codes = plan.grids("general")["grid_code"].tolist()
    report = with_breaches(
        plan, above(codes[0], 812.0), above(codes[1], 510.0, proven=True, reason="arithmetic"),
        above(codes[2], 200.0), above(codes[2], 900.0, rule="radius", measure="radius_m",
                                      min=None, hard=False),
    )  # fmt: skip

    over, under, far = clause_findings(report)

    assert (over.n_broken, over.n_proven, over.n_grids, over.share) == (2, 1, 4, 0.5)
    assert (over.side, over.limit, over.worst_grid, over.worst_by) == ("above", 500, codes[0], 312)
    assert (under.side, under.limit, under.worst_by) == ("below", 300, 100)
    assert (far.rule, far.hard) == ("radius", False)


def test_shares_are_told_in_both_languages(plan):
    codes = plan.grids("general")["grid_code"].tolist()
    report = with_breaches(plan, *(above(code, 600.0) for code in codes[:3]))
    law = above(codes[0], float("nan"), rule="contiguity", measure="", min=None, max=None)
    law = replace(report, breaches=(law,))

    assert clause_lines(clause_findings(report), "en") == [
        f"75 % of general grids exceed 500 households (3 of 4, worst {codes[0]} with 600, "
        "100 beyond)"
    ]
    assert clause_lines(clause_findings(report), "zh", {"general": "一般网格"}) == [
        f"75 % 的一般网格户数超过 500（3/4，最多为 {codes[0]}：600，超出 100）"
    ]
    assert "law of contiguity" in clause_lines(clause_findings(law), "en")[0]
    assert "“连片”" in clause_lines(clause_findings(law), "zh")[0]


def test_a_plan_that_keeps_all_has_no_findings(plan):
    assert clause_findings(with_breaches(plan)) == ()


def test_the_file_tells_for_each_grid_what_it_breaks(plan, tmp_path):
    codes = plan.grids("general")["grid_code"].tolist()
    report = with_breaches(
        plan, above(codes[0], 812.0), above(codes[1], 510.0, proven=True, reason="arithmetic")
    )

    write_audit(report, plan.layers, tmp_path / "audit.gpkg", lang="en")
    frame = pyogrio.read_dataframe(tmp_path / "audit.gpkg", layer="general")
    clauses = pyogrio.read_dataframe(tmp_path / "audit.gpkg", layer="clauses")
    styles = pyogrio.read_dataframe(tmp_path / "audit.gpkg", layer="layer_styles")

    told = frame.set_index("grid_code")
    assert told["status"][codes].tolist() == ["broken", "proven", "ok", "ok"]
    assert told.loc[codes[0], "beyond"] == pytest.approx(312 / 500)
    assert told.loc[codes[0], "clauses"] == "households ≤ 500"
    assert clauses[["n_broken", "n_grids"]].to_numpy().tolist() == [[2, 4]]
    assert set(styles["f_table_name"]) == set(plan.levels)
    with pytest.raises(DataError, match="exists"):
        write_audit(report, plan.layers, tmp_path / "audit.gpkg")
    write_audit(report, plan.layers, tmp_path / "audit.gpkg", overwrite=True)


def test_the_command_prints_clauses_and_writes_the_layer(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    folder = write_plan(plan, tmp_path / "plan")
    run = ["evaluate", str(folder), "--lang", "en"]

    text = CliRunner().invoke(cli, [*run, "--out", str(tmp_path / "audit.gpkg")])
    again = CliRunner().invoke(cli, [*run, "--out", str(tmp_path / "audit.gpkg")])
    told = json.loads(CliRunner().invoke(cli, [*run, "--json"]).stdout)

    assert text.exit_code == 3
    assert "Clauses that are broken" in text.stdout
    assert "of micro grids break the law of overlap (1 of 8" in text.stdout
    assert again.exit_code == 1
    micro = [c for c in told["clauses"] if (c["level"], c["rule"]) == ("micro", "overlap")]
    assert micro[0]["n_broken"] == len(micro[0]["grids"]) == 1
    layers = [name for name, kind in pyogrio.list_layers(tmp_path / "audit.gpkg") if kind]
    assert layers == list(plan.levels)
