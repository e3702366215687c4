"""The pages of an atlas: the map of a community, and the sheet of a grid."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from reportlab.lib.units import mm

from gridpart.atlas_book import (
    A3,
    A4,
    BARRIERS,
    EDGE,
    PALE,
    RED,
    SITE,
    STREET,
    STREET_EDGE,
    UNIT,
    Book,
    breach_line,
    draw_footer,
    serial,
)
from gridpart.drawing import PALETTE, color_numbers
from gridpart.printing import GRAY, HEAD, INK, Map, Pen, Style, map_frame
from gridpart.telling import titles_of
from gridpart.titles import column_title, told_value
from gridpart.typefaces import one_line
from gridpart.wording import measure_name

__all__ = ["draw_community", "draw_grid"]

UNITS_NAMED = 60
"""Units that a sheet names one by one; the ledger has them all."""

# --- maps ------------------------------------------------------------------------------


def _draw_ground(sheet: Map, book: Book) -> None:
    """Draw streets, sites and units; what belongs to a grid comes above or below."""
    box = sheet.ground
    streets = book.near("streets", box).geometry.to_numpy()
    sheet.draw(streets, Style(line=STREET_EDGE, width=2.6))
    sheet.draw(streets, Style(line=STREET, width=1.7))
    rows = book.near("units", box)
    units, tile = rows.geometry.to_numpy(), rows["unit_id"].isin(book.tiles).to_numpy(bool)
    areal = shapely.get_dimensions(units) == 2
    sheet.draw(units[areal & ~tile], Style(UNIT, "#8f8c86", 0.3, alpha=0.75))
    sheet.draw(units[tile], Style("", "#a8a49c", 0.35))
    for spot in shapely.centroid(units[~areal]):
        sheet.mark(spot.x, spot.y, Style("#8f8c86"), 1.4)
    sites = book.near("exclusive", box).geometry.to_numpy()
    sheet.draw(sites, Style("#e6d9ec", SITE, 0.9, alpha=0.7))
    barriers = book.near("barriers", box)
    kinds = barriers["kind"].fillna("").to_numpy(object)
    for kind, (color, dash) in BARRIERS.items():
        own = [(k if k in BARRIERS else "") == kind for k in kinds]
        shapes = barriers.geometry.to_numpy()[np.array(own, bool)]
        sheet.draw(shapes, Style(color, color, 1.8, dash, alpha=0.9))


def _label_lines(sheet: Map, book: Book) -> None:
    """Write the name of each street and barrier along its longest straight part."""
    longest: dict[str, tuple[float, Any]] = {}
    area = shapely.box(*sheet.ground)
    for layer in ("streets", "barriers"):
        rows = book.near(layer, sheet.ground)
        if "name" not in rows:
            continue
        for name, shape in zip(rows["name"], rows.geometry, strict=True):
            if not isinstance(name, str) or not name.strip():
                continue
            for part in shapely.get_parts(shapely.intersection(shape, area)):
                line = shapely.boundary(part) if shapely.get_dimensions(part) == 2 else part
                xy = shapely.get_coordinates(line)
                if len(xy) < 2:
                    continue
                steps = np.hypot(*np.diff(xy, axis=0).T)
                at = int(steps.argmax())
                if steps[at] > longest.get(name, (0.0, None))[0]:
                    longest[name] = (float(steps[at]), xy[at : at + 2])
    for name, (_, (one, two)) in sorted(longest.items(), key=lambda e: (-e[1][0], e[0])):
        angle = float(np.degrees(np.arctan2(*(two - one)[::-1])))
        angle = angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle
        x, y = ((one + two) / 2).tolist()
        sheet.label(x, y, str(name)[:24], 6.5, angle=angle, color="#5a5a5a")


def _label_area(
    sheet: Map, shape: Any, text: str, size: float, *, within: bool = False, **how: Any
) -> bool:
    """Write a text in the part of an area that the map shows; `within`: only if it fits there."""
    shown = shapely.intersection(shape, shapely.box(*sheet.ground))
    if shapely.area(shown) <= 0:
        return False
    spot = shapely.point_on_surface(shown)
    half = sheet.pen.faces.width(one_line(text), size) / 2 * sheet.meters
    if within and not shapely.covers(shown, shapely.LineString(
        [(spot.x - half, spot.y), (spot.x + half, spot.y)])):  # fmt: skip
        return False
    return sheet.label(spot.x, spot.y, text, size, **how)


def _label_stations(sheet: Map, book: Book) -> None:
    stations = book.near("stations", sheet.ground)
    names = stations["name"] if "name" in stations else [""] * len(stations)
    for name, spot in zip(names, stations.geometry.centroid, strict=True):
        sheet.mark(spot.x, spot.y, Style("#1e6a3c", "#ffffff", 0.8), 3)
        told = str(name)[:20] if isinstance(name, str) else ""
        below = 6 * sheet.meters
        sheet.label(spot.x, spot.y - below, told, 6.5, color="#1e6a3c")


def draw_community(pen: Pen, book: Book, community: str, name: str, page: tuple[int, int]) -> None:
    """Draw the A3 map of a community with its grids, and the list of the larger ones."""
    say, plan, (wide, high) = book.say, book.plan, A3
    finest = plan.levels[-1]
    main = next((v for v in plan.levels[-2:] if v not in plan.above), finest)
    own = {v: plan.grids(v)[plan.grids(v)["community_id"] == community] for v in (main, finest)}
    border = plan.district.communities
    border = border[border["community_id"] == community]
    pen.text(EDGE, high - 18 * mm, say["community"].format(name=name), 22, bold=True,
             most=wide - 2 * EDGE)  # fmt: skip
    shapes = border if len(border) else own[main]
    frame = (EDGE, 14 * mm, 296 * mm, high - 40 * mm)
    sheet = map_frame(pen, frame, shapes.total_bounds, 0.03)
    grids = own[main].geometry.to_numpy()
    for shape, number in zip(grids, color_numbers(grids), strict=True):
        sheet.draw([shape], Style(PALETTE[number]))
    _draw_ground(sheet, book)
    sheet.draw(own[finest].geometry, Style(line="#555555", width=0.6))
    sheet.draw(grids, Style(line=INK, width=1.6))
    broken = own[main][~own[main]["in_range"].to_numpy(bool)]
    sheet.draw(broken.geometry, Style(line=RED, width=2.2))
    sheet.draw(border.geometry, Style(line=INK, width=2.4, dash=(9, 2.5, 2, 2.5)))
    _label_stations(sheet, book)
    for row in own[main].itertuples():
        _label_area(sheet, row.geometry, row.name if main != finest else
                    serial(row.grid_code, row.parent_code or ""), 10, bold=True,
                    color=INK if row.in_range else RED)  # fmt: skip
    if main != finest:
        for row in own[finest].itertuples():
            _label_area(sheet, row.geometry, serial(row.grid_code, row.parent_code or ""), 7,
                        color="#1f4068" if row.in_range else RED)  # fmt: skip
    _label_lines(sheet, book)
    sheet.finish(say["north"])
    _community_list(pen, book, own[main], main, frame[0] + frame[2] + 5 * mm)
    draw_footer(pen, book, page, A3)


def _community_list(pen: Pen, book: Book, grids: gpd.GeoDataFrame, level: str, x: float) -> None:
    """List the grids beside the map, as many as have room."""
    measures = [m for m in book.plan.district.measures if m in grids][:2]
    top, wide = A3[1] - 30 * mm, A3[0] - EDGE - x
    pen.text(x, top, book.say["list"].format(level=book.level_title(level)), 12, bold=True)
    most = int((top - 30 * mm) / 17) - 1
    heads = [book.say["code"], *(measure_name(m, book.lang) for m in measures), book.say["in"]]
    rows = [
        [f"{row.grid_code}", *(f"{getattr(row, m):,.0f}" for m in measures),
         book.say["yes" if row.in_range else "no"]]
        for row in grids.itertuples()
    ]  # fmt: skip
    left = len(rows) - most
    if left > 0:
        rest = [book.say["more"].format(n=len(rows)), *[""] * (len(heads) - 1)]
        rows = [*rows[: most - 1], rest]
    pen.table(x, top - 3 * mm, wide, [heads, *rows], 8.5)


# --- the sheet of a grid ---------------------------------------------------------------


def draw_grid(
    pen: Pen, book: Book, level: str, row: Mapping[str, Any], link: str, page: tuple[int, int]
) -> None:
    """Draw the A4 sheet of one grid: its map, its numbers, and who is where.

    `row` is the grid's row as a mapping, `link` what its QR code says, and `page` the number of
    the page and of all pages.
    """
    say, (wide, high) = book.say, A4
    code, parent, name = row["grid_code"], row["parent_code"] or "", str(row["name"])
    side = 30 * mm
    pen.qr(wide - EDGE - side, high - 8 * mm - side, side, link)
    pen.text(wide - EDGE - side / 2, high - 9 * mm - side - 5, say["scan"], 6.5, color=GRAY,
             align="center", most=side + 8)  # fmt: skip
    room = wide - 2 * EDGE - side - 4 * mm
    size = 22.0
    while size > 13 and pen.faces.width(name, size) > room:
        size -= 1
    pen.text(EDGE, high - 18 * mm, name, size, bold=True, most=room)
    pen.text(EDGE, high - 27 * mm, f"{say['code']} {code}", 13, most=room)
    above = f"{say['parent']} {book.names.get(parent, '')} {parent}" if parent else ""
    told = " · ".join(t for t in (book.level_title(level), above) if t)
    pen.text(EDGE, high - 34 * mm, told, 9.5, color=GRAY, most=room)
    frame = (EDGE, 88 * mm, wide - 2 * EDGE, high - 131 * mm)
    numbered = _grid_map(pen, book, level, row, frame)
    _grid_facts(pen, book, row, numbered, frame[1] - 4 * mm)
    draw_footer(pen, book, page, A4)


def _grid_map(
    pen: Pen, book: Book, level: str, row: Mapping[str, Any], frame: tuple[float, ...]
) -> list[str]:
    """Draw the map of a grid and return the names of what it holds, in the order of the numbers."""
    (x, y, wide, high), plan = frame, book.plan
    shape, code = row["geometry"], row["grid_code"]
    sheet = map_frame(pen, (x, y, wide, high), shape.bounds, 0.16)
    around = book.near(level, sheet.ground)
    sheet.draw([shape], Style(PALE))
    _draw_ground(sheet, book)
    others = around[around["grid_code"] != code]
    sheet.draw(others.geometry, Style(line="#707070", width=0.8))
    sheet.draw(book.near("communities", sheet.ground).geometry,
               Style(line=INK, width=1.6, dash=(7, 2, 1.5, 2)))  # fmt: skip
    own = book.units.get(code)
    names, spots = [], []
    if level in plan.above:
        inner = plan.children(level, code)
        names = [str(name) for name in inner["name"]]
        spots = list(shapely.point_on_surface(inner.geometry.to_numpy()))
        sheet.draw(inner.geometry, Style(line=INK, width=1.6))
    if own is not None:
        shapes = own.geometry.to_numpy()
        tile = own["unit_id"].isin(book.tiles).to_numpy(bool)
        areal = shapely.get_dimensions(shapes) == 2
        sheet.draw(shapes[areal & ~tile], Style("#f0b860", "#7d5510", 0.5))
        sheet.draw(shapes[tile], Style("", "#7d5510", 0.5))
        names = [
            str(n) if isinstance(n, str) and n.strip() else str(i)
            for n, i in zip(own["name"] if "name" in own else own["unit_id"], own["unit_id"],
                            strict=True)
        ]  # fmt: skip
        spots = list(shapely.point_on_surface(shapes))
    sheet.draw([shape], Style(line=RED, width=2.4))
    _label_stations(sheet, book)
    for n, spot in enumerate(spots, 1):
        sheet.label(spot.x, spot.y, str(n), 8 if len(spots) < 40 else 6.5, bold=True,
                    color="#3a2500")  # fmt: skip
    for other in others.itertuples():
        tag = book.tag(other.grid_code, row["parent_code"] or "")
        how: dict[str, Any] = {"color": "#444444", "within": True}
        if not _label_area(sheet, other.geometry, str(other.name), 7.5, **how):
            _label_area(sheet, other.geometry, tag, 7.5, color="#444444")
    _label_lines(sheet, book)
    sheet.finish(book.say["north"])
    return names


def _grid_facts(
    pen: Pen, book: Book, row: Mapping[str, Any], names: Sequence[str], y: float
) -> None:
    """Write what is known of a grid below its map, from `y` downward."""
    say, lang, plan = book.say, book.lang, book.plan
    wide, label = A4[0] - 2 * EDGE, 22 * mm
    counts = ["n_units", *plan.district.measures, "workload", "area_m2", "walk_max_m",
              "walk_mean_m"]  # fmt: skip
    cells = [(column_title(c).of(lang), f"{row[c]:,.0f}") for c in counts
             if c in row and pd.notna(row[c])][:8]  # fmt: skip
    step = wide / max(len(cells), 1)
    y -= 13 * mm
    for n, (title, value) in enumerate(cells):
        pen.box(EDGE + n * step, y, step, 13 * mm, Style(HEAD, "#c8c8c8", 0.4))
        pen.text(EDGE + (n + 0.5) * step, y + 8.6 * mm, title, 7.5, color=GRAY, align="center",
                 most=step - 4)  # fmt: skip
        pen.text(EDGE + (n + 0.5) * step, y + 2.6 * mm, value, 13, bold=True, align="center",
                 most=step - 4)  # fmt: skip
    y -= 8 * mm
    for at, word in ((0.0, "leader"), (wide / 2, "phone")):
        pen.text(EDGE + at, y, say[word], 10, bold=True)
        pen.line((EDGE + at + label, y - 1.5 * mm, EDGE + at + wide / 2 - 6 * mm, y - 1.5 * mm),
                 Style(line=GRAY))  # fmt: skip
    y -= 8.5 * mm
    listed = [f"{n}.{one_line(name)}" for n, name in enumerate(names[:UNITS_NAMED], 1)]
    if len(names) > UNITS_NAMED:
        listed.append(say["more"].format(n=len(names)))
    posts = book.posts.get(row["grid_code"], ())
    told = [say["persons"].format(title=title, n=f"{needed:g}") for title, needed in posts]
    titles = titles_of(book.plan.rules)
    broken = [breach_line(b, lang, titles) for b in book.breaches.get(row["grid_code"], ())]
    texts = [
        ("bounds", told_value("bounds_text", str(row.get("bounds_text") or ""), lang), 2, INK),
        ("posts", "；".join(told) if lang == "zh" else "; ".join(told), 2, INK),
        ("breach", "；".join(broken) if lang == "zh" else "; ".join(broken), 3, RED),
        (
            "inner" if row["level"] in plan.above else "holds",
            "，".join(listed) if lang == "zh" else ", ".join(listed),
            7 if broken or told else 9,
            INK,
        ),
    ]
    for key, text, most, color in texts:
        fits = int((y - 13 * mm) / (9 * 1.35)) + 1
        if text and fits > 0:
            pen.text(EDGE, y, say[key], 9, bold=True, color=color)
            y = pen.lines(EDGE + label, y, text, 9, wide - label, min(most, fits), color=color)
            y -= 1.2 * mm
