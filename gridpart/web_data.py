"""Everything that the page of a plan shows, in types that JSON knows.

Tables go column by column, and outlines as steps on a lattice, so that a large plan stays a
small file. Words in both languages stand beside each other; the page picks one.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.breach_words import breach_line
from gridpart.drawing import PALETTE, color_numbers
from gridpart.model import Level
from gridpart.plan import Plan
from gridpart.report import verdict_line
from gridpart.staff_words import told_posts
from gridpart.telling import tell, tell_clause, titles_of
from gridpart.titles import told_value
from gridpart.web_rules import rule_rows, source_rows
from gridpart.web_shapes import Lattice, choose_lattice, on_lattice, simplify, simplify_cover
from gridpart.web_words import COLUMNS, PAGE
from gridpart.wording import estimate_line, measure_name, words

__all__ = ["page_data", "page_json"]

LANGS = ("zh", "en")
MOST_CORNERS = 250_000
"""Corners of grids and units on a page; with more, all outlines become coarser."""
COARSEST = 64
"""Times the usual tolerance, where outlines stop becoming coarser."""

NOTE_KINDS = {"warning": 0, "assumption": 1}
"""What stands first among the notes; all others follow in their own order."""

TOLD = frozenset({
    "grid_code", "level", "name", "parent_code", "community_id", "area_type", "nonplanar",
    "floor_bands", "walk_from", "walk_by", "bounds_text", "in_range", "geometry", "kind",
})  # fmt: skip
"""Columns of grids that the page tells in a place of their own."""

Values = list[float | int | None]


def page_json(data: Mapping[str, Any]) -> str:
    """Return the data as JSON that may stand inside a script element.

    No character of it can end the element or begin another one.

    Examples
    --------
    >>> "<" in page_json({"name": "</script>"})
    False
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def page_data(plan: Plan, lang: str = "zh") -> dict[str, Any]:
    """Return what the page of a plan shows, and in which language it opens."""
    district, report = plan.district, plan.report
    lattice, shapes = _shapes(plan)
    titles, called = _titles(plan), titles_of(plan.rules)
    tables = {name: plan.grids(name) for name in (*plan.levels, "exclusive")}
    names = {
        str(code): str(name)
        for table in tables.values()
        for code, name in zip(table["grid_code"], _texts(table["name"]), strict=True)
    }
    return {
        "lang": lang,
        "words": PAGE,
        "palette": PALETTE,
        "name": district.name,
        "title": {v: words(v)["title"].format(name=district.name) for v in LANGS},
        "verdict": {v: verdict_line(report, v) for v in LANGS},
        "verdict_kind": "broken" if report.broken else "proven" if report.exceptions else "ok",
        "estimated": {v: estimate_line(district.estimated, v) for v in LANGS},
        "lattice": {name: getattr(lattice, name) for name in Lattice.__slots__},
        "measure": plan.rules.measure,
        "columns": _columns(plan, tables),
        "levels": [
            _level(plan, name, tables[name], shapes[name], titles[name]) for name in tables
        ],
        "communities": dict(
            zip(
                district.communities["community_id"].astype(str),
                _texts(district.communities["name"]),
                strict=True,
            )
        ),
        "units": _units(plan, shapes["units"]),
        "context": {
            name: {
                "names": _texts(frame["name"] if "name" in frame else frame.iloc[:, 0]),
                "kinds": _texts(frame["kind"]) if "kind" in frame else None,
                "shapes": shapes[name],
            }
            for name, frame in _context(plan).items()
        },
        "summary": report.to_dict()["levels"],
        "breaches": [
            {
                "grid": breach.grid, "level": breach.level, "hard": breach.hard,
                "proven": breach.proven,
                "clause": {v: tell_clause(breach.clause, v, called) for v in LANGS},
                "units": [str(unit) for unit in breach.units],
                **{v: breach_line(breach, v, names, called) for v in LANGS},
                "alternative": {v: tell(breach.alternative, v, called) for v in LANGS},
            }
            for breach in report.breaches
        ],
        "checks": [
            {"level": c.level, "ok": c.ok, "detail": {v: tell(c.detail, v, called) for v in LANGS},
             **{v: words(v).get(c.rule, c.rule) for v in LANGS}}
            for c in report.checks
        ],
        "notes": [
            {
                "what": {v: tell(note.what, v, called) for v in LANGS},
                **{v: words(v).get(note.kind, note.kind) for v in LANGS},
            }
            for note in sorted(plan.notes, key=lambda note: NOTE_KINDS.get(note.kind, 2))
        ],
        "rules": {
            "id": plan.rules.id, "title": plan.rules.title, "rows": rule_rows(plan.rules),
            "sources": source_rows(plan.rules), "toml": plan.meta.get("rules", ""),
        },
        "run": {
            "crs": f"{district.crs.to_string()} ({district.crs.name})",
            **{k: str(plan.meta.get(k, "")) for k in ("version", "seed", "source_hash")},
            "stopped_by": {v: _stopped(plan, v) for v in LANGS},
        },
        "tables": _by_grid(plan),
    }  # fmt: skip


def _stopped(plan: Plan, lang: str) -> str:
    stop = plan.meta.get("stopped_by", "")
    return words(lang).get(stop, stop)


# --- outlines --------------------------------------------------------------------------


def _context(plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers that are drawn below and above the grids."""
    names = ("communities", "streets", "barriers", "crossings", "stations")
    frames = {name: getattr(plan.district, name) for name in names}
    return frames if plan.proposed is None else {**frames, "proposed": plan.proposed}


def _shapes(plan: Plan) -> tuple[Lattice, dict[str, list[list[list[int]]]]]:
    """Return the outlines of every layer on one lattice, as coarse as their number asks for."""
    lattice = choose_lattice(plan.district.communities.total_bounds)
    first = lattice.tolerance
    found = _simplified(plan, first)
    while _corners(found) > MOST_CORNERS and lattice.tolerance < COARSEST * first:
        lattice = Lattice(
            lattice.x, lattice.y, lattice.step, lattice.width, lattice.height,
            2 * lattice.tolerance,
        )  # fmt: skip
        found = _simplified(plan, lattice.tolerance)
    return lattice, {name: on_lattice(shapes, lattice) for name, shapes in found.items()}


def _corners(found: Mapping[str, NDArray[np.object_]]) -> int:
    return sum(int(shapely.get_num_coordinates(shapes).sum()) for shapes in found.values())


def _simplified(plan: Plan, tolerance: float) -> dict[str, NDArray[np.object_]]:
    """Return every layer simplified; those that cover the ground together."""
    sites = plan.exclusive.geometry.to_numpy()
    found = {}
    whole = plan.district.communities.geometry.area.sum()
    beside = simplify_cover(sites, tolerance)
    for name, table in plan.layers.items():
        grids = table.geometry.to_numpy()
        # Grids that hold the sites, as whole communities do, share no border with them.
        together = shapely.area(grids).sum() + shapely.area(sites).sum() < 1.0001 * whole
        cover = simplify_cover(np.concatenate([grids, sites]) if together else grids, tolerance)
        found[name] = cover[: len(grids)]
        beside = cover[len(grids) :] if together else beside  # the finest level is the last
    found["exclusive"] = beside
    found["units"] = _simplified_units(plan.units.geometry.to_numpy(), tolerance)
    for name, frame in _context(plan).items():
        own = frame.geometry.to_numpy()
        found[name] = (simplify_cover if name == "communities" else simplify)(own, tolerance)
    return found


def _simplified_units(shapes: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    """Return footprints simplified; floors share theirs, which no cover may hold twice."""
    _, first, place = np.unique(shapely.to_wkb(shapes), return_index=True, return_inverse=True)
    simpler: NDArray[np.object_] = simplify_cover(shapes[first], tolerance)[place]
    return simpler


# --- tables ----------------------------------------------------------------------------


def _titles(plan: Plan) -> dict[str, dict[str, str]]:
    """Return what each level is called; in English by its id, as everywhere."""
    known = {level.id: level.title for level in plan.rules.levels}
    titles = {name: {"zh": known.get(name) or name, "en": name} for name in plan.levels}
    chinese = plan.rules.exclusive_title or words("zh")["exclusive"]
    return {**titles, "exclusive": {"zh": chinese, "en": words("en")["exclusive"]}}


def _columns(plan: Plan, tables: Mapping[str, gpd.GeoDataFrame]) -> list[dict[str, Any]]:
    """Return the numbers that grids are described and colored by, measures first."""
    numeric = dict.fromkeys(
        str(name)
        for table in tables.values()
        for name in table.columns
        if len(table) and name not in TOLD and _is_number(table[name])
    )
    first = [
        m for m in dict.fromkeys((plan.rules.measure, *plan.district.measures)) if m in numeric
    ]
    columns = []
    for name in dict.fromkeys([*first, "workload", *numeric]):
        if name in numeric:
            zh, en, digits, unit = COLUMNS.get(name, ("", "", 2, ""))
            counted = name in plan.district.measures
            columns.append(
                {
                    "key": name,
                    "zh": zh or measure_name(name, "zh"),
                    "en": en or measure_name(name, "en"),
                    "digits": 0 if counted else digits,
                    "unit": unit,
                }
            )
    return columns


def _is_number(column: "pd.Series[Any]") -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _level(
    plan: Plan,
    name: str,
    table: gpd.GeoDataFrame,
    shapes: list[list[list[int]]],
    title: Mapping[str, str],
) -> dict[str, Any]:
    """Return the grids of one level, column by column."""
    others = [
        c for c in table.columns if c not in TOLD and c != "exclusive_id"
        and not _is_number(table[c])
    ]  # fmt: skip
    optional = ("walk_from", "walk_by", "floor_bands", "kind")
    bounds = _texts(table["bounds_text"]) if "bounds_text" in table else []
    return {
        "id": name,
        "title": dict(title),
        "above": name in plan.above,
        "code": _texts(table["grid_code"]),
        "name": _texts(table["name"]),
        "parent": _texts(table["parent_code"]),
        "community": _texts(table["community_id"]),
        "area_type": _texts(table["area_type"]),
        "in_range": table["in_range"].astype(bool).tolist(),
        "nonplanar": _by_floors(table),
        **{key: _texts(table[key]) for key in optional if key in table},
        "bounds_text": {v: [told_value("bounds_text", text, v) for text in bounds] for v in LANGS},
        "texts": {str(c): _texts(table[c]) for c in others},
        "values": _values(table),
        "limits": _limits(plan, name),
        "label": _labels(table, by_name=name in plan.named),
        "shade": color_numbers(table.geometry.to_numpy()) if len(table) else [],
        "shapes": shapes,
    }


def _by_floors(table: pd.DataFrame) -> list[bool]:
    """Return which grids are some floors of a stairwell."""
    known = table["nonplanar"].astype(bool) if "nonplanar" in table else [False] * len(table)
    return list(map(bool, known))


def _values(table: pd.DataFrame) -> dict[str, Values]:
    """Return each number of each row, rounded to what is shown and then two digits more."""
    found = {}
    for name in table.columns:
        if name not in TOLD and _is_number(table[name]):
            digits = COLUMNS.get(str(name), ("", "", 2, ""))
            more = 4 if digits[3] == "%" else digits[2] + 2
            numbers = table[name].to_numpy(np.float64, na_value=np.nan)
            found[str(name)] = [_plain(v, more) for v in numbers.tolist()]
    return found


def _plain(value: float, digits: int) -> float | int | None:
    if not np.isfinite(value):
        return None
    rounded = round(value, digits)
    return int(rounded) if rounded.is_integer() else rounded


def _limits(plan: Plan, name: str) -> dict[str, dict[str, Any]]:
    """Return the ranges of a level for each area type: by measure, and the radius."""
    rules = plan.rules
    areas: dict[str, Sequence[Level]] = {"urban": rules.levels, "rural": rules.rural_levels}
    found = {}
    for area, levels in areas.items():
        level = next((v for v in levels if v.id == name), None)
        if level is not None:
            found[area] = {
                "radius_m": level.radius.max_m if level.radius else None,
                "ranges": {r.measure: [r.min, r.max, r.aim] for r in level.ranges},
            }
    return found


def _labels(table: pd.DataFrame, *, by_name: bool) -> list[str]:
    """Return what each code adds to that of the grid above; the name of whole communities."""
    rows = zip(
        _texts(table["grid_code"]), _texts(table["parent_code"]), _texts(table["name"]), strict=True
    )
    return [
        code.removeprefix(parent).lstrip("-_./ ") if parent and not by_name else name or code
        for code, parent, name in rows
    ]


def _units(plan: Plan, shapes: list[list[list[int]]]) -> dict[str, Any]:
    """Return the units: what they are, what they count, and their grid at each level."""
    units = plan.units
    measures = [m for m in (*plan.district.measures, "workload") if m in units]
    grids = {}
    for level in plan.levels:
        place = {code: i for i, code in enumerate(_texts(plan.layers[level]["grid_code"]))}
        grids[level] = [place.get(code, -1) for code in _texts(units[f"{level}_code"])]
    site = {code: i for i, code in enumerate(_texts(plan.exclusive["exclusive_id"]))}
    grids["exclusive"] = [site.get(v, -1) if v else -1 for v in _texts(units["exclusive_id"])]
    return {
        "id": _texts(units["unit_id"]),
        "name": _texts(units["name"]) if "name" in units else None,
        "kind": _texts(units["kind"]) if "kind" in units else None,
        "values": _values(units[measures]),
        "grids": grids,
        "tiles": _tiles(plan),
        "shapes": shapes,
    }


def _tiles(plan: Plan) -> bool:
    """Return whether units cover most of the ground, so that filling them would hide it."""
    ground = plan.district.communities.geometry.area.sum()
    return bool(shapely.area(plan.units.geometry.to_numpy()).sum() > 0.7 * ground)


def _by_grid(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return the further tables of the plan that have rows for grids, such as staffing.

    ``zh`` holds for each column the values that Chinese tells otherwise.
    """
    further: Mapping[str, pd.DataFrame] = getattr(plan, "tables", {})
    found = {}
    for name, table in further.items():
        if "grid_code" in table:
            columns = [str(c) for c in table.columns if c not in ("grid_code", "level")]
            posts = told_posts(table, plan.rules, "zh") if name == "staffing" else table
            found[name] = {
                "columns": columns,
                "grid": _texts(table["grid_code"]),
                "rows": [_texts(table[c]) for c in columns],
                "zh": [_otherwise(c, _texts(table[c]), _texts(posts[c])) for c in columns],
            }
    return found


def _otherwise(column: str, plain: Sequence[str], told: Sequence[str]) -> dict[str, str]:
    """Return the values of a column that Chinese tells otherwise, and how."""
    pairs = {(old, told_value(column, new, "zh")) for old, new in zip(plain, told, strict=True)}
    return dict(sorted(pair for pair in pairs if pair[0] != pair[1]))


def _texts(column: "pd.Series[Any]") -> list[str]:
    """Return a column as text, empty where there is nothing."""
    return ["" if pd.isna(v) else str(v) for v in column.tolist()]
