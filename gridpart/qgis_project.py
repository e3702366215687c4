"""A project for QGIS that opens all of a plan: grouped, styled, with titles for people.

It is XML in a zip, made from the styles that the GeoPackage carries, and names that file
by a path relative to its own, so that both can be moved together.
"""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import pandas as pd
import pyproj

from gridpart.geopackage import PROPOSED, plan_layers
from gridpart.plan import Plan
from gridpart.qgis import layer_styles
from gridpart.records import breach_table, column_types, note_table
from gridpart.titles import column_title

__all__ = ["project_xml", "write_project"]

MADE = (1980, 1, 1, 0, 0, 0)
"""Stands for the time of writing, so that the same plan gives the same file."""

WORDS = {
    "zh": {
        "title": "{name} 网格划分方案", "levels": "各级网格", "ground": "单元与用地",
        "context": "底图要素", "tables": "表", "exclusive": "专属网格", "units": "单元",
        "cells": "单元用地", "communities": "社区边界", "streets": "道路", "barriers": "障碍",
        "crossings": "过障通道", "stations": "服务站", PROPOSED: "建议服务站",
        "breaches": "违规情况", "notes": "说明", "codes": "编码", "joins": "表连接结果",
        "staffing": "人员配备", "moves": "单元调整", "changes": "调整统计",
        "sweep": "走访测算", "persons": "人员编号",
        "in range": "在范围内", "out of range": "超出范围", "unit": "单元", "cell": "单元用地",
        "exclusive grid": "专属网格", "community": "社区", "street": "道路", "river": "河流",
        "railway": "铁路", "other barrier": "其他障碍", "crossing": "过障通道",
        "station": "服务站", "proposed station": "建议服务站",
        "floors of a building, drawn side by side": "楼层段（平面示意）",
    },
    "en": {
        "title": "Grid plan of {name}", "levels": "levels", "ground": "units and their ground",
        "context": "context", "tables": "tables", PROPOSED: "proposed stations",
    },
}  # fmt: skip
"""What groups, layers and entries of the legend are called; others keep their names."""

GROUND = ("units", "cells")
CONTEXT = (PROPOSED, "stations", "crossings", "barriers", "streets", "communities")

ABOVE = (PROPOSED, "stations", "crossings", "exclusive", "communities")
BELOW = ("barriers", "units", "streets", "cells")
"""Layers drawn above and below the levels, the uppermost first."""

SCALES = {"units": 25_000, "cells": 5_000, "crossings": 60_000}
"""Layers shown at this scale and larger ones."""

FINEST_SCALE = 50_000
"""The scale from which on the finest of several levels is shown."""

MARGIN = 0.03
"""Share of the district left free around it."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer or table of the project."""

    name: str
    title: str
    frame: pd.DataFrame
    style: str = ""
    """QML; empty for a table."""


def write_project(plan: Plan, path: Path, file: str, lang: str = "zh") -> None:
    """Write a project for QGIS to a new file.

    Parameters
    ----------
    plan : Plan
    path : Path
        Ends in ``.qgz``.
    file : str
        Name of the plan's GeoPackage in the same folder.
    lang : {"zh", "en"}
        Language of groups, layers and the legend.
    """
    entry = zipfile.ZipInfo("plan.qgs", MADE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3  # the same on every system
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, project_xml(plan, file, lang))


def project_xml(plan: Plan, file: str, lang: str = "zh") -> str:
    """Return the project as XML; parameters are those of `write_project`."""
    say = WORDS["zh" if lang == "zh" else "en"]
    layers = _layers(plan, lang)
    title = _plain(say["title"].format(name=plan.district.name))
    root = Element("qgis", version="3.22.0", projectname=title)
    SubElement(root, "title").text = title
    _add_crs(SubElement(root, "projectCrs"), plan.district.crs)
    _add_tree(root, plan, layers, say, file)
    _add_canvas(root, plan)
    held = SubElement(root, "projectlayers")
    for layer in layers.values():
        held.append(_map_layer(plan, layer, say, file))
    properties = SubElement(root, "properties")
    SubElement(SubElement(properties, "Paths"), "Absolute", type="bool").text = "false"
    projections = SubElement(SubElement(properties, "SpatialRefSys"), "ProjectionsEnabled")
    projections.set("type", "int")
    projections.text = "1"
    ElementTree.indent(root, " ")
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return doctype + ElementTree.tostring(root, encoding="unicode") + "\n"


def _plain(text: str) -> str:
    """Return a text without characters that XML cannot hold."""
    return "".join(c for c in text if c.isprintable())


def _layers(plan: Plan, lang: str) -> dict[str, _Layer]:
    """Return all layers, then the tables."""
    say = WORDS["zh" if lang == "zh" else "en"]
    styles = layer_styles(plan).set_index("f_table_name")["styleQML"]
    titles = {v.id: v.title for v in plan.rules.levels if lang == "zh" or v.title.isascii()}
    named = {
        name: _Layer(name, _plain(titles.get(name) or say.get(name, name)), frame, styles[name])
        for name, frame in plan_layers(plan).items()
    }
    tables: dict[str, pd.DataFrame] = {
        **plan.tables,
        "breaches": breach_table(plan.report.breaches),
        "notes": note_table(plan.notes),
        "codes": plan.codes,
    }
    if plan.district.joins is not None:
        tables["joins"] = plan.district.joins
    return named | {
        name: _Layer(name, _plain(say.get(name, name)), frame) for name, frame in tables.items()
    }


# --- the tree of layers ----------------------------------------------------------------


def _add_tree(
    root: Element, plan: Plan, layers: Mapping[str, _Layer], say: dict[str, str], file: str
) -> None:
    """Add groups with their layers, and the order in which layers are drawn."""
    top = SubElement(root, "layer-tree-group")
    groups = {
        "levels": ("exclusive", *plan.levels),
        "ground": GROUND,
        "context": CONTEXT,
        "tables": tuple(name for name, layer in layers.items() if not layer.style),
    }
    for group, names in groups.items():
        branch = SubElement(
            top, "layer-tree-group", name=say[group], checked="Qt::Checked",
            expanded=str(int(group == "levels")),
        )  # fmt: skip
        for name in names:
            if name in layers:
                SubElement(
                    branch, "layer-tree-layer", id=_id(name), name=layers[name].title,
                    source=_source(file, name), providerKey="ogr", checked="Qt::Checked",
                    expanded="0",
                )  # fmt: skip
    order = SubElement(top, "custom-order", enabled="1")
    # The level above the finest is the one that is filled: over it, no red is paled.
    levels = [*plan.levels[:-2], *plan.levels[-1:], *plan.levels[-2:-1]]
    drawn = (*ABOVE, *levels, *BELOW)
    for name in drawn:
        if name in layers:
            SubElement(order, "item").text = _id(name)


def _id(name: str) -> str:
    return f"gridpart_{name}"


def _source(file: str, name: str) -> str:
    return f"./{file}|layername={name}"


def _add_canvas(root: Element, plan: Plan) -> None:
    """Add what the map shows when the project is opened: the whole district."""
    left, bottom, right, top = plan.district.communities.total_bounds
    pad = MARGIN * max(right - left, top - bottom)
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    SubElement(canvas, "units").text = "meters"
    extent = SubElement(canvas, "extent")
    ends = {"xmin": left - pad, "ymin": bottom - pad, "xmax": right + pad, "ymax": top + pad}
    for end, value in ends.items():
        SubElement(extent, end).text = f"{value:.3f}"
    SubElement(canvas, "rotation").text = "0"
    _add_crs(SubElement(canvas, "destinationsrs"), plan.district.crs)
    root.append(_view(ends, plan.district.crs))


def _view(ends: Mapping[str, float], crs: pyproj.CRS) -> Element:
    """Return the extent as newer versions of QGIS look for it."""
    settings = Element("ProjectViewSettings", UseProjectScales="0")
    extent = {key: f"{value:.3f}" for key, value in ends.items()}
    default = SubElement(settings, "DefaultViewExtent", extent)
    _add_crs(default, crs)
    return settings


def _add_crs(parent: Element, crs: pyproj.CRS) -> None:
    """Add a coordinate system by its text, and by its number where it has one."""
    system = SubElement(parent, "spatialrefsys", nativeFormat="Wkt")
    SubElement(system, "wkt").text = crs.to_wkt("WKT2_2019")
    authority = crs.to_authority()
    if authority is not None:
        SubElement(system, "authid").text = ":".join(authority)
    SubElement(system, "description").text = crs.name


# --- layers ----------------------------------------------------------------------------


def _map_layer(plan: Plan, layer: _Layer, say: dict[str, str], file: str) -> Element:
    """Return a layer with its source, its style and the titles of its columns."""
    found = Element("maplayer", type="vector", geometry="No geometry")
    SubElement(found, "id").text = _id(layer.name)
    SubElement(found, "datasource").text = _source(file, layer.name)
    SubElement(found, "layername").text = layer.title
    SubElement(found, "provider", encoding="UTF-8").text = "ogr"
    if layer.style:
        style = ElementTree.fromstring(layer.style)
        dimension = int(style.findtext("layerGeometryType", "2"))
        found.set("geometry", ("Point", "Line", "Polygon")[dimension])
        found.set("labelsEnabled", style.get("labelsEnabled", "0"))
        _set_scales(found, plan.levels, layer.name)
        _add_crs(SubElement(found, "srs"), plan.district.crs)
        for rule in style.iterfind("renderer-v2/rules/rule"):
            rule.set("label", say.get(rule.get("label", ""), rule.get("label", "")))
        found.extend(list(style))
    aliases = SubElement(found, "aliases")
    for at, (name, stored, kind) in enumerate(column_types(layer.frame)):
        if kind != "geometry":
            title = column_title(name)
            told = title.zh if say is WORDS["zh"] else title.en
            if name.removesuffix("_code") in plan.levels and say is WORDS["zh"]:
                told = f"{_level_title(plan, name.removesuffix('_code'))}编码"
            SubElement(aliases, "alias", field=stored, index=str(at), name=_plain(told))
    return found


def _level_title(plan: Plan, level: str) -> str:
    return next((v.title for v in plan.rules.levels if v.id == level and v.title), level)


def _set_scales(found: Element, levels: Sequence[str], name: str) -> None:
    """Hide a layer at small scales, where it would be a blot."""
    finest = len(levels) > 1 and name == levels[-1]
    below = FINEST_SCALE if finest else SCALES.get(name, 0)
    found.set("hasScaleBasedVisibilityFlag", str(int(bool(below))))
    found.set("minScale", str(below))
    found.set("maxScale", "0")
