"""QGIS opens the plan with its styles, labels, counts and Chinese text, with no setup."""

import dataclasses
import json
import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import plans
import pytest

from gridpart.export import write_plan
from gridpart.qgis import layer_styles

PYTHON = Path("/usr/bin/python3")

SCRIPT = """
import json, sys
from qgis.core import QgsApplication, QgsVectorLayer
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False)
app.initQgis()
found = {}
for name in sys.argv[2].split(","):
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    message, styled = layer.loadDefaultStyle()
    labeling = layer.labeling()
    rules = layer.renderer().rootRule().children()
    found[name] = {
        "valid": layer.isValid(),
        "count": layer.featureCount(),
        "crs": layer.crs().authid(),
        "styled": styled,
        "rules": [[rule.label(), rule.filterExpression()] for rule in rules],
        "labels": layer.labelsEnabled() and labeling is not None,
        "scaled": labeling is not None and labeling.settings().scaleVisibility,
        "names": [str(f["name"]) for f in layer.getFeatures()]
        if "name" in layer.fields().names() else [],
    }
print(json.dumps(found))
"""

LAYERS = ("overall", "general", "micro", "exclusive", "units", "cells", "communities", "streets",
          "barriers", "crossings", "stations")  # fmt: skip


def has_qgis():
    if not PYTHON.exists():
        return False
    probe = [str(PYTHON), "-c", "import qgis.core"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


@pytest.fixture(scope="module")
def found(plan, tmp_path_factory):
    if not os.environ.get("CI") and not has_qgis():
        pytest.skip("QGIS with its Python (package python3-qgis) is not installed")
    folder = write_plan(plan, tmp_path_factory.mktemp("q") / "plan")
    environment = {"QT_QPA_PLATFORM": "offscreen", "PATH": os.environ["PATH"]}
    run = subprocess.run(
        [str(PYTHON), "-c", SCRIPT, str(folder / "plan.gpkg"), ",".join(LAYERS)],
        capture_output=True, text=True, check=True, env=environment, timeout=120,
    )  # fmt: skip
    assert "Warning" not in run.stderr
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.system
@pytest.mark.parametrize("name", LAYERS)
def test_layer_opens_with_its_default_style(found, name):
    assert found[name]["valid"]
    assert found[name]["styled"]
    assert found[name]["crs"] == "EPSG:4547"
    assert found[name]["rules"]


@pytest.mark.system
def test_counts_and_chinese_names_are_the_plans(found, plan):
    for name in plan.levels:
        assert found[name]["count"] == len(plan.grids(name))
        assert found[name]["names"] == list(plan.grids(name)["name"])
    assert found["units"]["count"] == len(plan.units)


@pytest.mark.system
def test_grids_are_labeled_from_some_scale_on(found, plan):
    for name in (*plan.levels, "exclusive", "streets"):
        assert found[name]["labels"]
        assert found[name]["scaled"]


@pytest.mark.system
def test_grids_out_of_range_have_a_rule(found, plan):
    for name in plan.levels:
        assert found[name]["rules"] == [["in range", '"in_range"'], ["out of range", "ELSE"]]


def test_styles_are_well_formed_and_the_same_each_time(plan):
    styles, again = layer_styles(plan), layer_styles(plan)

    for qml in styles["styleQML"]:
        root = ElementTree.fromstring(qml)
        symbols = {s.get("name") for s in root.iterfind("renderer-v2/symbols/symbol")}
        assert symbols == {r.get("symbol") for r in root.iterfind("renderer-v2/rules/rule")}
    assert styles.equals(again)


def test_floors_are_hatched_and_labeled_where_a_level_has_them(plan):
    micro = plan.grids("micro").assign(nonplanar=False, floor_bands="")
    flat = dataclasses.replace(plan, layers={**plan.layers, "micro": micro})
    tower = dataclasses.replace(plan, layers={**plan.layers, "micro": micro.assign(nonplanar=True)})

    def style(some):
        styles = layer_styles(some).set_index("f_table_name")["styleQML"]
        root = ElementTree.fromstring(styles["micro"])
        rules = [r.get("filter") for r in root.iterfind("renderer-v2/rules/rule")]
        return rules, root.find("labeling/settings/text-style").get("fieldName")

    assert style(plan) == style(flat)
    rules, label = style(tower)
    assert rules == ['"in_range"', 'NOT "in_range"', '"nonplanar"']
    assert '"floor_bands"' in label
    assert '"floor_bands"' not in style(flat)[1]
