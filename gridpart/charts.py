"""Charts of a plan: load against the range, how evenly it lies, and how far people walk.

A sheet has a row for each level. Figures are made without pyplot, as maps are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from gridpart.fonts import chinese_font
from gridpart.inequality import gini, lorenz
from gridpart.model import Level, Range
from gridpart.plan import Plan
from gridpart.plan_names import plain_name
from gridpart.wording import estimate_line, measure_name

__all__ = [
    "Lettering", "Loads", "draw_charts", "frame_panel", "level_loads", "level_walks",
    "limits_of", "plot_charts", "save_png", "shade_ranges",
]  # fmt: skip

BAND, DOT, RED, INK, PALE, GREY = "#dff0d8", "#2f6f9f", "#cc181e", "#222222", "#9dbdd6", "#8a8a8a"
WIDTH_IN, ROW_IN, HEAD_IN, FOOT_IN, DPI = 11.7, 2.9, 0.75, 0.4, 120
MOST_NAMED = 4
"""Grids out of range that are named at either end."""

WORDS = {
    "en": {
        "title": "{name}: load, balance and walks",
        "under": "rules: {rules}; seed {seed}",
        "load": "{level}: {measure} of {n} grids",
        "ranked": "grids, from least to most",
        "urban": "urban",
        "rural": "rural",
        "more": "and {n} more",
        "lorenz": "{level}: load, Gini {gini:.3f}",
        "lorenz_x": "share of the grids",
        "lorenz_y": "share of the load",
        "no_load": "no load",
        "walk": "{level}: farthest walk in each grid",
        "radius": "{level}: radius of each grid",
        "beyond": "{n} of {total} beyond the limit",
        "unlimited": "no limit",
        "walk_x": "meters",
        "walk_y": "grids",
        "workload": "load",
    },
    "zh": {
        "title": "{name}：负荷、均衡与步行距离",
        "under": "规则：{rules}；种子 {seed}",
        "load": "{level}：{n} 个网格的{measure}",
        "ranked": "网格（由小到大）",
        "urban": "城镇",
        "rural": "农村",
        "more": "另有 {n} 个",
        "lorenz": "{level}：负荷分布，基尼系数 {gini:.3f}",
        "lorenz_x": "网格累计比例",
        "lorenz_y": "负荷累计比例",
        "no_load": "无负荷",
        "walk": "{level}：各网格最远步行距离",
        "radius": "{level}：各网格半径",
        "beyond": "{total} 个中有 {n} 个超过限值",
        "unlimited": "无限值",
        "walk_x": "米",
        "walk_y": "网格数",
        "workload": "负荷",
    },
}


# --- what is drawn ---------------------------------------------------------------------


class Loads(NamedTuple):
    """What the grids of one level hold, from least to most within an area type."""

    measure: str
    """That of the first range of the level, ``workload`` where it has none."""
    values: NDArray[np.float64]
    codes: NDArray[np.object_]
    areas: NDArray[np.object_]
    """``urban`` or ``rural``, in one stretch where the ranges of both are the same."""
    kept: NDArray[np.bool_]
    """Whether the grid keeps every hard range."""
    ranges: dict[str, Range | None]
    """Area type -> the range of `measure`."""


def level_loads(plan: Plan, level: str) -> Loads:
    """Return what the grids of a level hold, in the order in which they are drawn."""
    grids = plan.grids(level)
    levels = _stated(plan, level)
    listed = [bound for stated in levels.values() for bound in stated.ranges]
    listed = [bound for bound in listed if bound.measure in grids]
    measure = listed[0].measure if listed else "workload"
    ranges = {
        area: next((b for b in stated.ranges if b.measure == measure), None)
        for area, stated in levels.items()
    }
    areas = grids["area_type"].where(grids["area_type"] == "rural", "urban").to_numpy(object)
    limits = {bound and (bound.min, bound.max) for bound in ranges.values()}
    if len(limits) < 2:
        areas = np.full(len(grids), "urban", object)
    values = grids[measure].fillna(0).to_numpy(float)
    order = np.lexsort((grids["grid_code"].to_numpy(str), values, areas != "urban"))
    return Loads(
        measure,
        values[order],
        grids["grid_code"].to_numpy(object)[order],
        areas[order],
        grids["in_range"].to_numpy(bool)[order],
        ranges,
    )


def level_walks(plan: Plan, level: str) -> tuple[NDArray[np.float64], bool]:
    """Return the farthest walk in each grid in meters, and whether it is one.

    Plans without walks have the radius instead: the straight line from the middle.
    """
    grids = plan.grids(level)
    walks = "walk_max_m" in grids and bool(grids["walk_max_m"].notna().any())
    return grids["walk_max_m" if walks else "radius_m"].to_numpy(float), walks


def limits_of(plan: Plan, level: str) -> NDArray[np.float64]:
    """Return the farthest that each grid of a level allows in meters; infinite without one."""
    limits = {
        area: stated.radius.max_m if stated.radius else np.inf
        for area, stated in _stated(plan, level).items()
    }
    rural = (plan.grids(level)["area_type"] == "rural").to_numpy(bool)
    return np.where(rural, limits.get("rural", np.inf), limits.get("urban", np.inf))


def _stated(plan: Plan, level: str) -> dict[str, Level]:
    """Return the level as the rules state it for town and country."""
    both = (("urban", plan.rules.levels), ("rural", plan.rules.rural_levels))
    return {area: v for area, levels in both for v in levels if v.id == level}


# --- letters -----------------------------------------------------------------------------


class Lettering:
    """The words of a chart and a font that has their characters."""

    def __init__(self, lang: str) -> None:
        font = chinese_font()
        self.lang = lang if font is not None else "en"
        self.family = [font, "DejaVu Sans"] if font else ["DejaVu Sans"]
        files = [font_manager.findfont(name) for name in self.family]
        self.drawn = set().union(*(font_manager.get_font(f).get_charmap() for f in files))

    def shown(self, text: object) -> str:
        """Return a text of the data in one line, as text, without what the font lacks."""
        plain = "".join(c if ord(c) in self.drawn else "?" for c in plain_name(text))
        return plain.replace("$", r"\$")  # else matplotlib reads formulas

    def title(self, titles: dict[str, str], level: str) -> str:
        """Return what a level is called."""
        return self.shown(titles.get(level) or level if self.lang == "zh" else level)

    def style(self, size: float) -> dict[str, Any]:
        """Return the keywords for a text of `size` points."""
        return {"size": size, "family": self.family}

    def prop(self, size: float) -> font_manager.FontProperties:
        """Return the font of a legend."""
        return font_manager.FontProperties(family=self.family, size=size)


# --- the sheet of a plan -----------------------------------------------------------------


def draw_charts(plan: Plan, path: str | Path, *, lang: str = "zh") -> None:
    """Draw the charts of a plan, a row for each level, and save them as PNG.

    Parameters
    ----------
    plan : Plan
    path : str or Path
        Of the image.
    lang : {"zh", "en"}
        Chinese falls back to English where no font has its characters.
    """
    save_png(plot_charts(plan, lang=lang), path)


def save_png(figure: Figure, path: str | Path) -> None:
    """Save a figure as PNG, the same bytes at any time."""
    figure.savefig(path, dpi=DPI, metadata={"Software": None})


def plot_charts(plan: Plan, *, lang: str = "zh") -> Figure:
    """Return the charts of a plan; see ``draw_charts``."""
    letters = Lettering(lang)
    say, levels = WORDS[letters.lang], plan.levels
    height = HEAD_IN + FOOT_IN + ROW_IN * len(levels)
    figure = Figure(figsize=(WIDTH_IN, height), facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(0.03, 1 - 0.3 / height, say["title"].format(name=letters.shown(plan.district.name)),
                weight="bold", va="center", **letters.style(14))  # fmt: skip
    under = say["under"].format(
        rules=letters.shown(plan.rules.id), seed=letters.shown(plan.meta.get("seed", "?"))
    )
    figure.text(0.03, 1 - 0.55 / height, under, va="center", color=GREY, **letters.style(9))
    guessed = estimate_line(plan.district.estimated, letters.lang)
    figure.text(0.03, 0.12 / height, guessed, color=RED, **letters.style(8))
    titles = {v.id: v.title for v in plan.rules.levels}
    for row, level in enumerate(levels):
        bottom = (height - HEAD_IN - ROW_IN * (row + 1) + 0.6) / height
        tall = (ROW_IN - 1.0) / height
        panels = [
            figure.add_axes((left, bottom, wide, tall))
            for left, wide in ((0.06, 0.37), (0.5, 0.17), (0.75, 0.225))
        ]
        name = letters.title(titles, level)
        _draw_loads(panels[0], level_loads(plan, level), name, letters)
        _draw_lorenz(panels[1], plan.grids(level), name, letters)
        _draw_walks(panels[2], plan, level, name, letters)
    return figure


def frame_panel(axes: Axes, letters: Lettering, title: str, x: str, y: str) -> None:
    """Give a panel its title, the names of its axes and a quiet frame."""
    axes.set_title(title, loc="left", **letters.style(9))
    axes.set_xlabel(x, **letters.style(8))
    axes.set_ylabel(y, **letters.style(8))
    axes.tick_params(labelsize=7.5, length=2.5, color=GREY)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)


def shade_ranges(axes: Axes, spans: Sequence[tuple[float, float, Range | None]]) -> None:
    """Shade the range of each stretch of a panel from left to right."""
    for left, right, bound in spans:
        if bound is None:
            continue
        low = bound.min or 0.0
        high = axes.get_ylim()[1] if bound.max is None else bound.max
        axes.fill_between([left, right], low, high, color=BAND, linewidth=0, zorder=0)
        for edge in (bound.min, bound.max):
            if edge is not None:
                axes.plot([left, right], [edge, edge], color="#7fb069", linewidth=0.9, zorder=1)


def _draw_loads(axes: Axes, loads: Loads, name: str, letters: Lettering) -> None:
    """Draw the grids from least to most against their range; those out of it are named."""
    say, n = WORDS[letters.lang], len(loads.values)
    called = say["workload"] if loads.measure == "workload" else loads.measure
    measure = letters.shown(measure_name(called, letters.lang))
    title = say["load"].format(level=name, measure=measure, n=f"{n:,}")
    frame_panel(axes, letters, title, say["ranked"], measure)
    maxima = [b.max for b in loads.ranges.values() if b is not None and b.max is not None]
    highest = float(loads.values.max(initial=0.0))
    top = max(highest * 1.06, max(maxima, default=0.0) * 1.2) or 1.0
    top = min(top, 2.5 * max(maxima)) if maxima and max(maxima) > 0 else top
    axes.set_ylim(0, top)
    axes.set_xlim(0, max(n, 1))
    shade_ranges(axes, _spans(loads))
    place, shown = np.arange(n) + 0.5, np.minimum(loads.values, top * 0.98)
    size = float(np.clip(900 / max(n, 1), 1.5, 5))
    above = loads.values > top
    for chosen, marker, color in (
        (loads.kept & ~above, "o", DOT), (~loads.kept & ~above, "o", RED),
        (loads.kept & above, "^", DOT), (~loads.kept & above, "^", RED),
    ):  # fmt: skip
        axes.plot(place[chosen], shown[chosen], marker, color=color, linestyle="none",
                  markersize=size if color == DOT else max(size, 4), markeredgewidth=0,
                  zorder=4 if color == RED else 3, clip_on=False)  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for area in ("urban", "rural") if len(set(loads.areas)) > 1 else ():
        spot = place[loads.areas == area].mean()
        axes.text(spot, top * 0.02, say[area], ha="center", color=GREY, zorder=5,
                  **letters.style(7.5))  # fmt: skip
    _name_breaches(axes, loads, letters)


def _spans(loads: Loads) -> list[tuple[float, float, Range | None]]:
    """Return where the grids of each area type stand, and their range."""
    spans = []
    for area in ("urban", "rural"):
        at = np.flatnonzero(loads.areas == area)
        if at.size:
            spans.append((float(at[0]), float(at[-1] + 1), loads.ranges.get(area)))
    return spans


def _name_breaches(axes: Axes, loads: Loads, letters: Lettering) -> None:
    """List the grids out of range in the two corners that an ascending curve leaves free."""
    middle = np.median(loads.values) if loads.values.size else 0.0
    out = np.flatnonzero(~loads.kept)
    out = out[np.argsort(loads.values[out], kind="stable")]
    for chosen, x, y, across, upright in (
        (out[loads.values[out] > middle][::-1], 0.015, 0.98, "left", "top"),
        (out[loads.values[out] <= middle], 0.985, 0.03, "right", "bottom"),
    ):
        listed = [f"{letters.shown(loads.codes[i])}: {loads.values[i]:,.0f}" for i in chosen]
        if len(listed) > MOST_NAMED:
            more = WORDS[letters.lang]["more"].format(n=len(listed) - MOST_NAMED)
            listed = [*listed[:MOST_NAMED], more]
        axes.text(x, y, "\n".join(listed), transform=axes.transAxes, ha=across, va=upright,
                  color=RED, zorder=6, **letters.style(6.5))  # fmt: skip


def _draw_lorenz(axes: Axes, grids: gpd.GeoDataFrame, name: str, letters: Lettering) -> None:
    """Draw which share of the load the least loaded grids have; those without are left out."""
    say, load = WORDS[letters.lang], grids["workload"].to_numpy(float)
    load = load[load > 0]
    frame_panel(axes, letters, say["lorenz"].format(level=name, gini=gini(load)),
                say["lorenz_x"], say["lorenz_y"])  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
    if not load.size:
        axes.text(0.5, 0.3, say["no_load"], ha="center", color=GREY, **letters.style(8))
        return
    curve, share = lorenz(load), np.linspace(0, 1, load.size + 1)
    axes.fill_between(share, curve, share, color=PALE, alpha=0.6, linewidth=0)
    axes.plot(share, curve, color=DOT, linewidth=1.4)


def _draw_walks(axes: Axes, plan: Plan, level: str, name: str, letters: Lettering) -> None:
    """Draw how many grids have which farthest walk; those beyond their limit are red."""
    say = WORDS[letters.lang]
    walks, along = level_walks(plan, level)
    known = np.isfinite(walks)
    walks, limits = walks[known], limits_of(plan, level)[known]
    title = say["walk" if along else "radius"].format(level=name)
    frame_panel(axes, letters, title, say["walk_x"], say["walk_y"])
    lines = np.unique(limits[np.isfinite(limits)])
    far = max(float(walks.max(initial=0.0)), float(lines.max(initial=0.0))) * 1.04 or 1.0
    bins = np.linspace(0, far, 31)
    beyond = walks > limits
    axes.hist([walks[~beyond], walks[beyond]], bins=bins.tolist(), stacked=True,
              color=[DOT, RED], zorder=2)  # fmt: skip
    axes.set_xlim(0, far)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(0, max(1.0, axes.get_ylim()[1]) * 1.15)
    for line in lines:
        axes.axvline(line, color=RED, linewidth=0.9, linestyle="--", zorder=3)
    told = say["beyond"].format(n=f"{beyond.sum():,}", total=f"{walks.size:,}")
    axes.text(0.98, 0.99, told if lines.size else say["unlimited"], transform=axes.transAxes,
              ha="right", va="top", color=RED if beyond.any() else GREY, zorder=5,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
              **letters.style(7.5))  # fmt: skip
