"""QGIS opens the project with every layer, its style, its labels and titles; text stays text."""

import json
import os
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import hostile
import plans
import pytest

from gridpart.export import write_plan
from gridpart.qgis_project import project_xml, write_project

PYTHON = Path("/usr/bin/python3")

SCRIPT = """
import json, sys
from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsProject
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False)
app.initQgis()
project = QgsProject.instance()
read = project.read(sys.argv[1])
root = project.layerTreeRoot()
layers = {}
for layer in project.mapLayers().values():
    fields = layer.fields()
    layers[layer.id().removeprefix("gridpart_")] = {
        "title": layer.name(),
        "valid": layer.isValid(),
        "count": layer.featureCount(),
        "crs": layer.crs().authid(),
        "labels": layer.labelsEnabled(),
        "scale": layer.minimumScale() if layer.hasScaleBasedVisibility() else 0,
        "rules": [r.label() for r in layer.renderer().rootRule().children()]
        if layer.isSpatial() else [],
        "titles": {f.name(): f.alias() for f in fields},
    }
settings = QgsMapSettings()
settings.setLayers([l for l in root.layerOrder() if l.isSpatial()])
settings.setDestinationCrs(project.crs())
settings.setOutputSize(QSize(400, 400))
settings.setBackgroundColor(QColor("white"))
settings.setExtent(project.viewSettings().defaultViewExtent())
job = QgsMapRendererParallelJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
colors = [QColor(image.pixel(x, y)) for x in range(400) for y in range(400)]
print(json.dumps({
    "read": read,
    "title": project.title(),
    "crs": project.crs().authid(),
    "groups": {g.name(): [l.name() for l in g.children()] for g in root.children()},
    "order": [l.id().removeprefix("gridpart_") for l in root.customLayerOrder()],
    "layers": layers,
    "white": sum(c.name() == "#ffffff" for c in colors) / len(colors),
    "red": sum(c.red() > c.blue() + 60 and c.red() > c.green() + 60 for c in colors),
}))
"""


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


def opened(folder):
    """Return what QGIS finds in the project of a folder."""
    probe = [str(PYTHON), "-c", "import qgis.core"]
    there = (
        PYTHON.exists() and not subprocess.run(probe, capture_output=True, check=False).returncode
    )
    if not there and not os.environ.get("CI"):
        pytest.skip("QGIS with its Python (package python3-qgis) is not installed")
    environment = {"QT_QPA_PLATFORM": "offscreen", "PATH": os.environ["PATH"]}
    run = subprocess.run(
        [str(PYTHON), "-c", SCRIPT, str(folder / "plan.qgz")],
        capture_output=True, text=True, check=True, env=environment, timeout=200,
    )  # fmt: skip
    return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def folder(plan, tmp_path_factory):
    return write_plan(plan, tmp_path_factory.mktemp("q") / "plan")


@pytest.fixture(scope="module")
def found(folder):
    return opened(folder)


@pytest.mark.system
def test_the_project_opens_with_every_layer_valid_and_counted(plan, found):
    assert found["read"]
    assert found["title"] == "hankou 网格划分方案"
    assert found["crs"] == "EPSG:4547"
    layers = found["layers"]
    assert all(layer["valid"] for layer in layers.values())
    for name in (*plan.levels, "exclusive"):
        assert layers[name]["count"] == len(plan.grids(name))
        assert layers[name]["crs"] == "EPSG:4547"
    assert layers["breaches"]["count"] == len(plan.report.breaches)


@pytest.mark.system
def test_layers_are_grouped_styled_labeled_and_titled_in_chinese(plan, found):
    groups, layers = found["groups"], found["layers"]
    assert groups["各级网格"] == ["专属网格", "总网格", "一般网格", "微网格"]
    assert "违规情况" in groups["表"]
    for name in (*plan.levels, "exclusive", "streets", "communities"):
        assert layers[name]["labels"]
    for name in plan.levels:
        assert layers[name]["rules"] == ["在范围内", "超出范围"]
        assert layers[name]["titles"]["households"] == "户数"
    assert layers["units"]["titles"]["micro_code"] == "微网格编码"


@pytest.mark.system
def test_finer_layers_appear_at_finer_scales_and_all_that_is_drawn_has_its_place(plan, found):
    layers = found["layers"]
    assert layers["general"]["scale"] == 0
    assert layers["micro"]["scale"] > layers["units"]["scale"] > layers["cells"]["scale"] > 0
    drawn = {name for name, layer in layers.items() if layer["rules"]}
    assert set(found["order"]) == drawn
    assert len(found["order"]) == len(drawn)


@pytest.mark.system
def test_the_map_that_opens_shows_the_district_and_red_where_a_rule_is_broken(found):
    assert 0.2 < found["white"] < 0.8
    assert found["red"] > 50


@pytest.mark.system
def test_a_project_moves_with_its_geopackage(folder, tmp_path):
    moved = tmp_path / "名 字"
    folder.rename(moved)

    try:
        layers = opened(moved)["layers"]
    finally:
        moved.rename(folder)

    assert all(layer["valid"] for layer in layers.values())


@pytest.mark.system
def test_hostile_names_open_as_text(tmp_path):
    found = opened(write_plan(hostile.hostile_plan(), tmp_path / "plan"))

    assert found["title"] == f"{hostile.TEXTS[0]} 网格划分方案"
    assert all(layer["valid"] for layer in found["layers"].values())


def test_the_same_plan_gives_the_same_bytes_and_one_file_inside(plan, tmp_path):
    paths = [tmp_path / "a.qgz", tmp_path / "b.qgz"]

    for path in paths:
        write_project(plan, path, "plan.gpkg")

    assert paths[0].read_bytes() == paths[1].read_bytes()
    with zipfile.ZipFile(paths[0]) as archive:
        assert archive.namelist() == ["plan.qgs"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_project_is_xml_that_names_each_layer_once_by_a_relative_path(plan, lang):
    root = ElementTree.fromstring(project_xml(plan, "plan.gpkg", lang))

    listed = [layer.findtext("datasource") for layer in root.iterfind("projectlayers/maplayer")]
    tree = [node.get("source") for node in root.iter("layer-tree-layer")]
    assert sorted(tree) == sorted(listed)
    assert len(set(listed)) == len(listed)
    assert all(source.startswith("./plan.gpkg|layername=") for source in listed)


def test_control_characters_of_a_name_leave_the_project_readable(plan):
    district = plans.dataclasses.replace(plan.district, name="a\x07b\x00<&>")

    root = ElementTree.fromstring(
        project_xml(plans.dataclasses.replace(plan, district=district), "plan.gpkg", "en")
    )

    assert root.findtext("title") == "Grid plan of ab<&>"
