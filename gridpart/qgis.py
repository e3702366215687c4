"""Default styles for QGIS, kept inside the GeoPackage in the table ``layer_styles``.

QGIS applies them when a layer is added. A style is written as QML with the few
attributes that say what is meant; QGIS fills in its defaults for the rest.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd

from gridpart.plan import Plan
from gridpart.schema import TEXT

__all__ = [
    "RED",
    "Label",
    "Rule",
    "Symbol",
    "layer_styles",
    "style_qml",
    "style_table",
]

WRITTEN = pd.Timestamp("2000-01-01", tz="UTC")
"""Stands for the time of writing, so that the same plan gives the same file."""

RED, INK = "204,24,30", "40,40,40"

SERIAL = (
    "if(coalesce(\"parent_code\", '') = '', \"name\", regexp_replace("
    "substr(\"grid_code\", length(\"parent_code\") + 1), '^[^0-9A-Za-z]+', ''))"
)
"""Expression for what a code adds to that of the grid above; the name at the top."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol of one layer; lengths in millimeters, colors as ``red,green,blue,alpha``."""

    color: str = "0,0,0,0"
    outline: str = INK
    width: float = 0.26
    dash: str = ""
    """Lengths of dashes and gaps, such as ``4;2``; empty for a solid line."""
    size: float = 2.0
    shape: str = "circle"
    pattern: str = ""
    """Brush of a fill: empty for solid, ``b_diagonal`` for hatching, ``no`` for none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows get a symbol, and between which scales; 0 sets no limit."""

    symbol: Symbol
    title: str
    where: str = ""
    below: int = 0
    """Drawn at 1:`below` and larger scales."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on each row, and from which scale on; sizes in points."""

    expression: str
    size: float
    below: int
    color: str = INK
    bold: bool = False


Style = tuple[tuple[Rule, ...], Label | None]

_FLOWING = Symbol(outline="70,130,180,255", width=0.9, color="150,190,220,120")
_RAIL = Symbol(outline="45,45,45,255", width=0.8, dash="3;1.6", color="120,120,120,120")

CONTEXT: dict[str, Style] = {
    "exclusive": (
        (
            Rule(
                Symbol("120,60,140,255", "110,50,130,255", 0.5, pattern="b_diagonal"),
                "exclusive grid",
            ),
        ),
        Label('"name"', 8, 12_000, "90,30,110"),
    ),
    "units": ((Rule(Symbol("150,150,150,150", "110,110,110,200", 0.1), "unit", "", 25_000),),
              Label('"unit_id"', 6, 2_000, "90,90,90")),
    "cells": ((Rule(Symbol("0,0,0,0", "150,150,150,160", 0.1, pattern="no"), "cell", "", 5_000),),
              None),
    "communities": ((Rule(Symbol("0,0,0,0", "20,20,20,255", 1.0, "6;2;1;2", pattern="no"),
                          "community"),),
                    Label('"name"', 11, 60_000, "20,20,20", bold=True)),
    "streets": ((Rule(Symbol(outline="170,170,170,255", width=0.4), "street"),),
                Label('"name"', 7, 8_000, "110,110,110")),
    "barriers": (
        (
            Rule(_FLOWING, "river", "\"kind\" = 'river'"),
            Rule(_RAIL, "railway", "\"kind\" = 'railway'"),
            Rule(Symbol("120,60,20,100", "130,70,30,255", 0.8), "other barrier", "ELSE"),
        ),
        Label('"name"', 7, 15_000),
    ),
    "crossings": ((Rule(Symbol("255,255,255,255", INK, 0.4, size=2.6, shape="diamond"),
                        "crossing"),),
                  Label('"name"', 7, 8_000)),
    "stations": ((Rule(Symbol("30,100,60,255", "255,255,255,255", 0.3, size=3.2, shape="star"),
                       "station"),),
                 Label('"name"', 8, 15_000, "30,100,60")),
    "proposed_stations": ((Rule(Symbol("230,120,20,255", "255,255,255,255", 0.3, size=3.6,
                                       shape="star"), "proposed station"),),
                          Label('"station_id"', 8, 15_000, "180,90,10")),
}  # fmt: skip
"""Styles of the layers that every plan has."""

FILLS = ("254,247,232", "226,238,246", "232,243,226", "244,234,244")
LINES = ("31,64,104", "52,101,148", "90,120,90", "120,90,120")


def layer_styles(plan: Plan) -> pd.DataFrame:
    """Return the table ``layer_styles``: one default style for each layer that is drawn."""
    layers = {name: plan.grids(name) for name in plan.levels}
    styles = {
        name: _level_style(
            rank, plan.levels, by_floors=_by_floors(layers[name]), by_name=name in plan.named
        )
        for rank, name in enumerate(plan.levels)
    }
    titles = {level.id: level.title for level in plan.rules.levels}
    context = {
        name: getattr(plan.district, name) for name in CONTEXT if name not in (*_OWN, PROPOSED)
    }
    context |= {name: getattr(plan, name) for name in _OWN}
    if plan.proposed is not None:
        context[PROPOSED] = plan.proposed
    rows = []
    for name, frame in {**layers, **context}.items():
        rules, label = styles.get(name) or CONTEXT[name]
        rows.append(
            (name, titles.get(name, name), style_qml(rules, label, _dimension(frame, name)))
        )
    return style_table(rows)


def style_table(rows: Sequence[tuple[str, str, str]]) -> pd.DataFrame:
    """Return the table ``layer_styles`` from the layer, the title and the QML of each style."""
    return pd.DataFrame(
        {
            "f_table_catalog": _texts([""] * len(rows)),
            "f_table_schema": _texts([""] * len(rows)),
            "f_table_name": _texts([row[0] for row in rows]),
            "f_geometry_column": _texts(["geom"] * len(rows)),
            "styleName": _texts([row[0] for row in rows]),
            "styleQML": _texts([row[2] for row in rows]),
            "styleSLD": _texts([""] * len(rows)),
            "useAsDefault": pd.Series([True] * len(rows), dtype=bool),
            "description": _texts([row[1] for row in rows]),
            "owner": _texts(["gridpart"] * len(rows)),
            "ui": _texts([""] * len(rows)),
            "update_time": pd.Series([WRITTEN] * len(rows)).dt.as_unit("ms"),
        }
    )


PROPOSED = "proposed_stations"
_OWN = ("exclusive", "units", "cells")
_DIMENSIONS = {"streets": 1, "barriers": 1, "crossings": 0, "stations": 0}


def _texts(values: list[str]) -> "pd.Series[str]":
    return pd.Series(values, dtype=TEXT)


def _dimension(frame: gpd.GeoDataFrame, name: str) -> int:
    """Return 0 for points, 1 for lines, 2 for areas: what most rows of a layer are."""
    kinds = frame.geom_type.str.removeprefix("Multi").value_counts()
    if kinds.empty:
        return _DIMENSIONS.get(name, 2)
    return {"Point": 0, "LineString": 1, "LinearRing": 1}.get(str(kinds.index[0]), 2)


def _by_floors(grids: gpd.GeoDataFrame) -> bool:
    """Return whether some grids are floors of a building."""
    return "nonplanar" in grids and bool(grids["nonplanar"].any())


def _level_style(rank: int, levels: Sequence[str], *, by_floors: bool, by_name: bool) -> Style:
    """Return the style of a level: the finer, the thinner its outline and the later its label."""
    finest = len(levels) - 1 - rank
    width = (0.3, 0.7, 1.2, 1.6)[min(finest, 3)]
    color = min(rank, 3)
    pattern = "" if finest == 1 or len(levels) == 1 else "no"  # fills on fills would hide units
    filled = Symbol(f"{FILLS[color]},140", f"{LINES[color]},255", width, pattern=pattern)
    broken = Symbol(f"{RED},50", f"{RED},255", width + 0.4)
    rules: tuple[Rule, ...] = (
        Rule(filled, "in range", '"in_range"'),
        Rule(broken, "out of range", "ELSE"),
    )
    serial = '"name"' if by_name else SERIAL
    if by_floors:
        # Hatching is one more rule, and ELSE would no longer take floors out of range.
        stacked = Symbol(f"{LINES[color]},160", "0,0,0,0", 0.0, pattern="horizontal")
        rules = (
            rules[0],
            replace(rules[1], where='NOT "in_range"'),
            Rule(stacked, "floors of a building, drawn side by side", '"nonplanar"'),
        )
        serial = f"{SERIAL} || if(\"nonplanar\", '\\n' || \"floor_bands\", '')"
    scale = (6_000, 30_000, 120_000, 400_000)[min(finest, 3)]
    size = (7, 9, 12, 14)[min(finest, 3)]
    text = serial if by_name else f'if(@map_scale < {scale / 3:.0f}, "name", {serial})'
    return rules, Label(text, size, scale, LINES[color], bold=finest > 0)


# --- QML -------------------------------------------------------------------------------


def style_qml(rules: Sequence[Rule], label: Label | None, dimension: int) -> str:
    """Return a style as QML.

    Parameters
    ----------
    rules : sequence of Rule
        In order of the legend; a condition ``ELSE`` takes what no other took.
    label : Label or None
    dimension : int
        0 for points, 1 for lines, 2 for areas.
    """
    root = ElementTree.Element(
        "qgis",
        version="3.22.0",
        styleCategories="Symbology|Labeling",
        labelsEnabled=str(int(label is not None)),
    )
    renderer = ElementTree.SubElement(root, "renderer-v2", type="RuleRenderer")
    tree = ElementTree.SubElement(renderer, "rules", key=_key("rules"))
    symbols = ElementTree.SubElement(renderer, "symbols")
    for n, rule in enumerate(rules):
        named = {"symbol": str(n), "key": _key(rule.title), "label": rule.title}
        if rule.where:
            named["filter"] = rule.where
        if rule.below:
            named |= {"scalemaxdenom": str(rule.below), "scalemindenom": "1"}
        ElementTree.SubElement(tree, "rule", named)
        _add_symbol(symbols, str(n), rule.symbol, dimension)
    if label is not None:
        _add_label(root, label, dimension)
    ElementTree.SubElement(root, "layerGeometryType").text = str(dimension)
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode")


def _key(name: str) -> str:
    """Return the id of a rule: the same for the same name."""
    return f"{{{uuid.uuid5(uuid.NAMESPACE_OID, name)}}}"


def _add_symbol(parent: ElementTree.Element, name: str, symbol: Symbol, dimension: int) -> None:
    kind, layer, options = (_marker, _line, _fill)[dimension](symbol)
    top = ElementTree.SubElement(parent, "symbol", name=name, type=kind, alpha="1")
    body = ElementTree.SubElement(top, "layer", {"class": layer, "enabled": "1", "pass": "0"})
    table = ElementTree.SubElement(body, "Option", type="Map")
    for key, value in options.items():
        ElementTree.SubElement(table, "Option", name=key, type="QString", value=value)
    for key, value in options.items():  # what QGIS before 3.20 reads
        ElementTree.SubElement(body, "prop", k=key, v=value)


def _marker(symbol: Symbol) -> tuple[str, str, dict[str, str]]:
    options = {
        "name": symbol.shape,
        "color": symbol.color,
        "outline_color": symbol.outline,
        "outline_width": f"{symbol.width:g}",
        "size": f"{symbol.size:g}",
    }
    return "marker", "SimpleMarker", options


def _line(symbol: Symbol) -> tuple[str, str, dict[str, str]]:
    options = {
        "line_color": symbol.outline,
        "line_width": f"{symbol.width:g}",
        "line_style": "solid",
        "capstyle": "flat" if symbol.dash else "round",
        "joinstyle": "round",
    }
    if symbol.dash:
        options |= {"use_custom_dash": "1", "customdash": symbol.dash}
    return "line", "SimpleLine", options


def _fill(symbol: Symbol) -> tuple[str, str, dict[str, str]]:
    options = {
        "color": symbol.color,
        "style": symbol.pattern or "solid",
        "outline_color": symbol.outline,
        "outline_width": f"{symbol.width:g}",
        "outline_style": "dash dot" if symbol.dash else "solid",
        "joinstyle": "round",
    }
    return "fill", "SimpleFill", options


def _add_label(root: ElementTree.Element, label: Label, dimension: int) -> None:
    labeling = ElementTree.SubElement(root, "labeling", type="simple")
    settings = ElementTree.SubElement(labeling, "settings")
    style = ElementTree.SubElement(
        settings,
        "text-style",
        fieldName=label.expression,
        isExpression="1",
        fontSize=f"{label.size:g}",
        fontSizeUnit="Point",
        fontWeight="75" if label.bold else "50",
        textColor=f"{label.color},255",
    )
    ElementTree.SubElement(
        style, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM",
        bufferColor="255,255,255,220",
    )  # fmt: skip
    # QgsPalLayerSettings: 6 beside a point, 2 along a line, 1 over the middle of an area
    placement = {0: "6", 1: "2", 2: "1"}[dimension]
    ElementTree.SubElement(
        settings, "placement", placement=placement, priority="5", quadOffset="4",
        centroidInside="1", centroidWhole="1",
    )  # fmt: skip
    ElementTree.SubElement(
        settings, "rendering", scaleVisibility="1", scaleMax=str(label.below), scaleMin="0",
        drawLabels="1", obstacle="1",
    )  # fmt: skip
