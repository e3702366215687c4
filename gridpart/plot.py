"""Static maps of a plan, one image for each level.

Figures are made without pyplot, so that nothing here changes the caller's settings.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from gridpart.drawing import INK, PALETTE, color_numbers, fill, line, outline
from gridpart.fonts import chinese_font
from gridpart.map_labels import Texts, label_grids
from gridpart.plan import Plan
from gridpart.wording import estimate_line

__all__ = ["Drawing", "draw_level", "plot_level"]

RED, PALE_RED, SITE, STREET, RAIL, RIVER, FLOOR = (
    "#cc181e", "#f7c3c0", "#7a3a8c", "#9a9a9a", "#2b2b2b", "#4a86b8", "#8a93a0",
)  # fmt: skip

WIDTH_IN, MOST_IN, DPI, SCREEN_DPI = 11.7, 11.0, 200, 90
HEAD_IN, FOOT_IN, EDGE_IN = 0.75, 1.15, 0.3
"""Inches kept free above, below and beside the map."""
ABOVE_WIDTH = 3.6
"""Points: the strongest of the borders, of grids above communities."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map that shows itself in a notebook."""

    figure: Figure

    def _repr_png_(self) -> bytes:
        """Return the map as a notebook shows it."""
        image = BytesIO()
        self.figure.savefig(image, dpi=SCREEN_DPI, metadata={"Software": None})
        return image.getvalue()

    def save(self, path: str | Path) -> None:
        """Save the map as PNG, for paper; by the end of the name as PDF or SVG."""
        self.figure.savefig(path, dpi=DPI)


def draw_level(plan: Plan, level: str, path: str | Path, *, lang: str = "zh") -> None:
    """Draw the grids of one level on their ground and save the map as PNG.

    Parameters
    ----------
    plan : Plan
    level : str
        Id of a level.
    path : str or Path
        Of the image.
    lang : {"zh", "en"}
        Chinese falls back to English where no font has its characters.
    """
    figure = plot_level(plan, level, lang=lang).figure
    figure.savefig(path, dpi=DPI, metadata={"Software": None})


def plot_level(plan: Plan, level: str, *, lang: str = "zh") -> Drawing:
    """Return the map of the grids of one level on their ground; see ``draw_level``."""
    font = chinese_font()
    lang = lang if font is not None else "en"
    grids = plan.grids(level)
    figure, axes = _sheet(plan)
    kept = grids["in_range"].to_numpy(bool)
    numbers = color_numbers(grids.geometry.to_numpy())
    colors = [PALETTE[n] if ok else PALE_RED for n, ok in zip(numbers, kept, strict=True)]
    finest = level == plan.levels[-1]
    fill(axes, grids.geometry, colors, "none", 0.0, 1)
    _draw_ground(axes, plan)
    fill(axes, grids.geometry[_by_floors(grids)], "none", FLOOR, 0.0, 4, hatch="---")
    outline(axes, grids.geometry, INK, 0.45 if finest else 0.9, 5)
    fill(axes, plan.exclusive.geometry, "white", SITE, 0.9, 6, hatch="////")
    outline(axes, _parents(plan, level).geometry, INK, 1.1, 5)
    outline(axes, plan.district.communities.geometry, INK, _border(plan, level), 6)
    for above in plan.above:
        outline(axes, plan.grids(above).geometry, INK, ABOVE_WIDTH, 6)
    outline(axes, grids.geometry[~kept], RED, 1.6, 7)
    texts = Texts(font, lang)
    label_grids(
        axes, grids, plan, texts, small=finest and len(plan.levels) > 1,
        by_name=level in plan.named,
    )  # fmt: skip
    _furnish(figure, axes, plan, level, texts)
    FigureCanvasAgg(figure)
    return Drawing(figure)


def _border(plan: Plan, level: str) -> float:
    """Return the width of the communities' borders: they are drawn back among streets."""
    return 1.1 if level in plan.above else 2.2


def _by_floors(grids: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return which grids are floors of a building; none in a plan that does not say."""
    if "nonplanar" not in grids:
        return np.zeros(len(grids), np.bool_)
    return np.asarray(grids["nonplanar"].to_numpy(bool))


def _parents(plan: Plan, level: str) -> gpd.GeoDataFrame:
    """Return the grids of the level above, none above the coarsest."""
    rank = plan.levels.index(level)
    return plan.layers[plan.levels[rank - 1]] if rank else plan.grids(level).iloc[:0]


# --- the sheet -------------------------------------------------------------------------


def _sheet(plan: Plan) -> tuple[Figure, Axes]:
    """Return a figure that fits the district, and its map with equal scales."""
    left, bottom, right, top = plan.district.communities.total_bounds
    pad = 0.02 * max(right - left, top - bottom)
    across, along = right - left + 2 * pad, top - bottom + 2 * pad
    map_w = WIDTH_IN - 2 * EDGE_IN
    map_h = min(max(map_w * along / across, 3.0), MOST_IN)
    height = map_h + HEAD_IN + FOOT_IN
    figure = Figure(figsize=(WIDTH_IN, height), facecolor="white")
    axes = figure.add_axes((EDGE_IN / WIDTH_IN, FOOT_IN / height, map_w / WIDTH_IN, map_h / height))
    axes.set_axis_off()
    scale = max(across / map_w, along / map_h)
    middle = (left + right) / 2, (bottom + top) / 2
    axes.set_xlim(middle[0] - scale * map_w / 2, middle[0] + scale * map_w / 2)
    axes.set_ylim(middle[1] - scale * map_h / 2, middle[1] + scale * map_h / 2)
    return figure, axes


def _draw_ground(axes: Axes, plan: Plan) -> None:
    """Draw streets, units, barriers, crossings and stations."""
    district = plan.district
    area = shapely.union_all(district.communities.geometry.to_numpy())
    streets = district.streets.geometry.intersection(area.buffer(30))
    line(axes, streets, STREET, 0.5, 2)
    _draw_units(axes, plan)
    for kind, color in (("river", RIVER), ("railway", RAIL), ("", "#7a4a20")):
        kinds = district.barriers["kind"].fillna("")
        own = kinds == kind if kind else ~kinds.isin(("river", "railway"))
        shapes = district.barriers.geometry[own]
        fill(axes, shapes, color + "60", color, 0.8, 4)
        line(axes, shapes, color, 1.8, 8, "--" if kind == "railway" else "-")
    for layer, marker, face in (("crossings", "D", "white"), ("stations", "*", "#1e6a3c")):
        spots = getattr(district, layer).geometry.centroid
        axes.plot(
            spots.x, spots.y, marker, markerfacecolor=face, zorder=9, linestyle="none",
            markeredgecolor=INK if marker == "D" else "white",
            markersize=4.5 if marker == "D" else 9, markeredgewidth=0.8,
        )  # fmt: skip


def _draw_units(axes: Axes, plan: Plan) -> None:
    """Draw buildings as footprints, units that are their whole cell as outlines, and points."""
    area = plan.units["unit_id"].map(plan.cells.set_index("unit_id").geometry.area)
    place = plan.units.geometry.to_wkb()  # floors of a stairwell share its footprint
    first = ~place.duplicated()
    shapes = plan.units.geometry[first]
    ground = area.fillna(np.inf).groupby(place).sum()[place[first]].to_numpy()
    areal = shapely.get_dimensions(shapes.to_numpy()) == 2
    tile = areal & (shapes.area.to_numpy() > 0.9 * ground)
    fill(axes, shapes[areal & ~tile], "#8f8f8f90", "none", 0.0, 3)
    fill(axes, shapes[tile], "none", "#b5b5b5", 0.15, 3)
    points = shapes[~areal].centroid
    axes.plot(points.x, points.y, ".", color="#707070", markersize=1.5, zorder=3)


# --- title, legend, scale, north -------------------------------------------------------


def _furnish(figure: Figure, axes: Axes, plan: Plan, level: str, texts: Texts) -> None:
    """Add title, legend, scale bar, north arrow and the note on the source."""
    grids, height = plan.grids(level), figure.get_figheight()
    titles = {v.id: v.title for v in plan.rules.levels}
    rules = texts.shown(plan.rules.title.split("：")[0]) or plan.rules.id
    say = texts.words
    name = texts.shown(plan.district.name) or "district"
    title = titles.get(level, level) if texts.lang == "zh" else level
    title = f"{title} " if texts.lang == "zh" and title.isascii() else title
    top = 1 - 0.32 / height
    left = EDGE_IN / WIDTH_IN
    figure.text(left, top, say["title"].format(name=name, level=title), size=16, weight="bold",
                va="center", family=texts.family)  # fmt: skip
    out = int((~grids["in_range"].to_numpy(bool)).sum())
    counts = say["counts"].format(n=len(grids), out=out, rules=f"{rules} ({plan.rules.id})")
    figure.text(left, top - 0.27 / height, counts, size=9.5, va="center", family=texts.family,
                color="#444444")  # fmt: skip
    note = say["note"].format(
        name=name,
        hash=plan.district.source_hash[:8],
        version=plan.meta.get("version", "?"),
        seed=plan.meta.get("seed", "?"),
        crs=plan.district.crs.name,
    )
    figure.text(left, 0.14 / height, note, size=7, family=texts.family, color="#555555")
    guessed = estimate_line(plan.district.estimated, texts.lang)
    figure.text(left, 0.32 / height, guessed, size=9, family=texts.family, color=RED)
    _legend(figure, plan, level, texts)
    _scale_bar(figure, axes, texts)


def _legend(figure: Figure, plan: Plan, level: str, texts: Texts) -> None:
    """Explain what the map shows, and nothing else."""
    say, district, grids = texts.words, plan.district, plan.grids(level)
    kinds = set(district.barriers["kind"].fillna(""))
    entries: list[tuple[bool, str, Any]] = [
        (True, "grid", Patch(facecolor=PALETTE[0], edgecolor=INK, linewidth=0.7)),
        (not grids["in_range"].all(), "out", Patch(facecolor=PALE_RED, edgecolor=RED)),
        (bool(_by_floors(grids).any()), "nonplanar",
         Patch(facecolor="white", edgecolor=FLOOR, hatch="---", linewidth=0.3)),
        (len(plan.exclusive) > 0, "exclusive",
         Patch(facecolor="white", edgecolor=SITE, hatch="////")),
        (True, "community", Line2D([], [], color=INK, linewidth=_border(plan, level))),
        (len(plan.units) > 0, "unit",
         Patch(facecolor="#8f8f8f90", edgecolor="#b5b5b5", linewidth=0.3)),
        (len(district.streets) > 0, "street", Line2D([], [], color=STREET, linewidth=0.8)),
        ("railway" in kinds, "railway",
         Line2D([], [], color=RAIL, linewidth=1.8, linestyle="--")),
        ("river" in kinds, "river", Line2D([], [], color=RIVER, linewidth=1.8)),
        (bool(kinds - {"river", "railway"}), "barrier",
         Line2D([], [], color="#7a4a20", linewidth=1.8)),
        (len(district.crossings) > 0, "crossing",
         Line2D([], [], marker="D", color="none", markerfacecolor="white",
                markeredgecolor=INK, markersize=4.5)),
        (len(district.stations) > 0, "station",
         Line2D([], [], marker="*", color="none", markerfacecolor="#1e6a3c",
                markeredgecolor="white", markersize=9)),
    ]  # fmt: skip
    shown = [(handle, say[key]) for there, key, handle in entries if there]
    titles = {v.id: v.title for v in plan.rules.levels if texts.lang == "zh"}
    shown += [
        (Line2D([], [], color=INK, linewidth=ABOVE_WIDTH), texts.shown(titles.get(v) or v))
        for v in plan.above
    ]
    height = figure.get_figheight()
    figure.legend(
        *zip(*shown, strict=True),
        loc="upper left",
        bbox_to_anchor=(EDGE_IN / WIDTH_IN - 0.005, (FOOT_IN - 0.1) / height),
        ncols=4 if len(shown) > 5 else len(shown),
        frameon=False,
        prop=font_manager.FontProperties(family=texts.family, size=8.5),
        handlelength=2.2,
        columnspacing=1.6,
        borderaxespad=0.0,
    )


def _scale_bar(figure: Figure, axes: Axes, texts: Texts) -> None:
    """Draw a scale bar of a round length and an arrow to the north."""
    height = figure.get_figheight()
    low, high = axes.get_xlim()
    inches_per_m = (WIDTH_IN - 2 * EDGE_IN) / (high - low)
    target = 1.8 / inches_per_m
    power = 10.0 ** np.floor(np.log10(target))
    length = max(step * power for step in (1, 2, 5) if step * power <= target)
    across = length * inches_per_m / WIDTH_IN
    right, base = 1 - 0.95 / WIDTH_IN, (FOOT_IN - 0.55) / height
    for part, color in ((0, INK), (1, "white")):
        figure.add_artist(
            Rectangle((right - across + part * across / 2, base), across / 2, 0.07 / height,
                      facecolor=color, edgecolor=INK, linewidth=0.8)
        )  # fmt: skip
    ends = [(0.0, "0"), (1.0, f"{length:,.0f} m" if length < 1000 else f"{length / 1000:g} km")]
    for at, text in ends:
        figure.text(right - across * (1 - at), base + 0.12 / height, text, size=8, ha="center",
                    family=texts.family)  # fmt: skip
    axes.annotate(
        texts.words["north"], xycoords="figure fraction", textcoords="figure fraction",
        xy=(1 - 0.42 / WIDTH_IN, (FOOT_IN - 0.1) / height),
        xytext=(1 - 0.42 / WIDTH_IN, (FOOT_IN - 0.75) / height),
        ha="center", va="center", size=10, family=texts.family, annotation_clip=False,
        arrowprops={"arrowstyle": "-|>,head_width=0.35,head_length=0.7", "color": INK,
                    "linewidth": 1.2},
    )  # fmt: skip
