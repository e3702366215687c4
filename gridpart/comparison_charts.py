"""Alternative plans of one district on one sheet: load, spread, walks, trade-offs and moves."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gridpart.charts import (
    GREY,
    INK,
    RED,
    Lettering,
    Loads,
    frame_panel,
    level_loads,
    level_walks,
    limits_of,
    save_png,
    shade_ranges,
)
from gridpart.comparison import Comparison
from gridpart.comparison_text import figure_name
from gridpart.inequality import gini, lorenz
from gridpart.model import Range
from gridpart.plan import Plan
from gridpart.wording import estimate_line, measure_name

__all__ = ["draw_comparison", "plot_comparison"]

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
STYLES = ("-", "--", ":", "-.")
"""Every plan has a color; where those run out, the next style of line."""

WIDTH_IN, ROW_IN, FOOT_IN = 11.7, 2.9, 0.35
NAMES = 3
"""Names of plans in a row above the charts."""
MOST_CELLS = 10
"""Plans up to which the table of moves is written out."""

WORDS = {
    "en": {
        "title": "Alternatives for {name}",
        "load": "{level}: {measure} of the grids",
        "ranked": "share of the grids, from least to most",
        "lorenz": "{level}: load, with Gini",
        "lorenz_x": "share of the grids",
        "lorenz_y": "share of the load",
        "walk": "{level}: farthest walk, and the limits",
        "radius": "{level}: radius, and the limits",
        "walk_x": "meters",
        "walk_y": "share of the grids up to it",
        "less": "{figure}, less is better",
        "more": "{figure}, more is better",
        "front": "{level}: filled = no other plan beats it",
        "moves": "{level}: {measure} in another grid",
        "workload": "load",
        "buildings": "buildings",
        "unknown": "not known of every plan",
    },
    "zh": {
        "title": "{name} 方案比选",
        "load": "{level}：各网格{measure}",
        "ranked": "网格累计比例（由小到大）",
        "lorenz": "{level}：负荷分布与基尼系数",
        "lorenz_x": "网格累计比例",
        "lorenz_y": "负荷累计比例",
        "walk": "{level}：最远步行距离与限值",
        "radius": "{level}：半径与限值",
        "walk_x": "米",
        "walk_y": "不超过该距离的网格比例",
        "less": "{figure}，越小越好",
        "more": "{figure}，越大越好",
        "front": "{level}：实心为没有其他方案优于它",
        "moves": "{level}：换了网格的{measure}",
        "workload": "负荷",
        "buildings": "楼栋",
        "unknown": "并非所有方案都有此数据",
    },
}


class _Pen(NamedTuple):
    """How one plan is drawn."""

    name: str
    plan: Plan
    color: str
    style: Any


def draw_comparison(
    found: Comparison, plans: Mapping[str, Plan], path: str | Path, *, lang: str = "zh"
) -> None:
    """Draw alternatives on one sheet and save it as PNG.

    Parameters
    ----------
    found : Comparison
        Of these plans, in this order.
    plans : mapping of str to Plan
    path : str or Path
        Of the image.
    lang : {"zh", "en"}
        Chinese falls back to English where no font has its characters.
    """
    save_png(plot_comparison(found, plans, lang=lang), path)


def plot_comparison(found: Comparison, plans: Mapping[str, Plan], *, lang: str = "zh") -> Figure:
    """Return the sheet of alternatives; see ``draw_comparison``.

    A level at which all plans are the same division has no row.
    """
    letters = Lettering(lang)
    pens = [
        _Pen(letters.shown(name), plan, COLORS[i % len(COLORS)], STYLES[i // len(COLORS) % 4])
        for i, (name, plan) in enumerate(zip(found.names, plans.values(), strict=True))
    ]
    differing = [level for level, moved in found.moved.items() if not (moved == 0).all()]
    levels = differing or [found.main]
    head = 0.7 + 0.2 * math.ceil(len(pens) / NAMES)
    height = head + FOOT_IN + ROW_IN * (len(levels) + 1)
    figure = Figure(figsize=(WIDTH_IN, height), facecolor="white")
    FigureCanvasAgg(figure)
    _head(figure, found, pens, letters)
    titles = dict(found.titles)
    panels = [
        [
            figure.add_axes(
                (left, (height - head - ROW_IN * (row + 1) + 0.6) / height, wide,
                 (ROW_IN - 1.0) / height)
            )
            for left, wide in ((0.06, 0.37), (0.5, 0.17), (0.75, 0.225))
        ]
        for row in range(len(levels))
    ]  # fmt: skip
    for (loads, spread, walks), level in zip(panels, levels, strict=True):
        own = [pen for pen in pens if level in pen.plan.levels]
        name = letters.title(titles, level)
        _draw_loads(loads, own, level, name, letters)
        _draw_lorenz(spread, own, level, name, letters)
        _draw_walks(walks, own, level, name, letters)
    bottom, tall = (FOOT_IN + 0.6) / height, (ROW_IN - 1.0) / height
    last = [
        figure.add_axes((left, bottom, wide, tall))
        for left, wide in ((0.06, 0.25), (0.4, 0.25), (0.76, 0.2))
    ]
    for axes, key in zip(last, ("polsby_popper", "walk_mean_m"), strict=False):
        _draw_trade(axes, found, key, pens, letters)
    _draw_moves(last[2], found, pens, letters)
    return figure


def _head(figure: Figure, found: Comparison, pens: list[_Pen], letters: Lettering) -> None:
    """Write the title, and which line is which plan."""
    height = figure.get_figheight()
    title = WORDS[letters.lang]["title"].format(name=letters.shown(found.district))
    figure.text(0.03, 1 - 0.3 / height, title, weight="bold", va="center", **letters.style(14))
    guessed = estimate_line(pens[0].plan.district.estimated, letters.lang)
    figure.text(0.03, 0.1 / height, guessed, color=RED, **letters.style(8))
    lines = [Line2D([], [], color=pen.color, linestyle=pen.style, linewidth=2) for pen in pens]
    seed = figure_name("seed", letters.lang)
    names = [
        f"{pen.name} ({letters.shown(run['rules'])}, {seed} {letters.shown(run['seed'] or '-')})"
        for pen, run in zip(pens, found.runs, strict=True)
    ]
    figure.legend(
        lines, names, loc="upper left", bbox_to_anchor=(0.02, 1 - 0.45 / height), frameon=False,
        ncols=min(len(pens), NAMES), prop=letters.prop(8.5), columnspacing=2.0, borderaxespad=0.0,
        labelspacing=0.25,
    )  # fmt: skip


def _draw_loads(axes: Axes, pens: list[_Pen], level: str, name: str, letters: Lettering) -> None:
    """Draw the grids of every plan from least to most; those out of range are marked."""
    say = WORDS[letters.lang]
    loads = [level_loads(pen.plan, level) for pen in pens]
    called = say["workload"] if loads[0].measure == "workload" else loads[0].measure
    measure = letters.shown(measure_name(called, letters.lang))
    frame_panel(axes, letters, say["load"].format(level=name, measure=measure),
                say["ranked"], measure)  # fmt: skip
    same = [load for load in loads if load.measure == loads[0].measure]
    highest = max((float(load.values.max(initial=0.0)) for load in same), default=0.0)
    axes.set(xlim=(0, 1), ylim=(0, highest * 1.08 or 1.0))
    bound = _common_range(loads)
    if bound is not None:
        shade_ranges(axes, [(0.0, 1.0, bound)])
    for pen, load in zip(pens, loads, strict=True):
        if load.measure != loads[0].measure:
            continue
        order = np.argsort(load.values, kind="stable")
        share = (np.arange(order.size) + 0.5) / max(order.size, 1)
        values, out = load.values[order], ~load.kept[order]
        marker = "o" if order.size == 1 else ""
        axes.plot(share, values, color=pen.color, linestyle=pen.style, marker=marker,
                  linewidth=1.4, zorder=3)  # fmt: skip
        axes.plot(share[out], values[out], "x", color=RED, markersize=5, zorder=4, clip_on=False)


def _common_range(loads: list[Loads]) -> Range | None:
    """Return the range that all plans and area types share, None where they differ."""
    bounds = [bound for load in loads for bound in load.ranges.values()]
    numbers = {bound and (bound.measure, bound.min, bound.max) for bound in bounds}
    return bounds[0] if len(numbers) == 1 else None


def _draw_lorenz(axes: Axes, pens: list[_Pen], level: str, name: str, letters: Lettering) -> None:
    """Draw the Lorenz curves of the load, with the Gini coefficients."""
    say = WORDS[letters.lang]
    frame_panel(axes, letters, say["lorenz"].format(level=name), say["lorenz_x"], say["lorenz_y"])
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
    for pen in pens:
        load = pen.plan.grids(level)["workload"].to_numpy(float)
        load = load[load > 0]
        axes.plot(np.linspace(0, 1, load.size + 1), lorenz(load), color=pen.color,
                  linestyle=pen.style, linewidth=1.4, label=f"{gini(load):.3f}")  # fmt: skip
    if len(pens) <= MOST_CELLS:
        axes.legend(loc="upper left", frameon=False, prop=letters.prop(7.5), handlelength=1.6,
                    labelspacing=0.2, borderaxespad=0.1)  # fmt: skip


def _draw_walks(axes: Axes, pens: list[_Pen], level: str, name: str, letters: Lettering) -> None:
    """Draw which share of the grids has no farther walk, and the limits."""
    say = WORDS[letters.lang]
    walks = [level_walks(pen.plan, level) for pen in pens]
    along = all(is_walk for _, is_walk in walks)
    title = say["walk" if along else "radius"].format(level=name)
    frame_panel(axes, letters, title, say["walk_x"], say["walk_y"])
    limits = np.unique(np.concatenate([limits_of(pen.plan, level) for pen in pens]))
    limits = limits[np.isfinite(limits)]
    far = float(limits.max(initial=0.0))
    for pen, (values, _) in zip(pens, walks, strict=True):
        known = np.sort(values[np.isfinite(values)])
        far = max(far, float(known.max(initial=0.0)))
        share = np.arange(known.size + 1) / max(known.size, 1)
        axes.step(np.concatenate([[0.0], known]), share, where="post", color=pen.color,
                  linestyle=pen.style, linewidth=1.4, zorder=3)  # fmt: skip
    axes.set(xlim=(0, far * 1.04 or 1.0), ylim=(0, 1.02))
    for limit in limits:
        axes.axvline(limit, color=RED, linewidth=0.9, linestyle="--", zorder=2)


def _draw_trade(
    axes: Axes, found: Comparison, key: str, pens: list[_Pen], letters: Lettering
) -> None:
    """Draw the plans by the CV of the load and another figure, the unbeaten ones filled."""
    say, named = WORDS[letters.lang], {(row.level, row.key): row for row in found.rows}
    rows = [named.get((found.main, figure)) for figure in ("cv", key)]
    level = letters.title(dict(found.titles), found.main)
    labels = [
        say["more" if figure == "polsby_popper" else "less"].format(
            figure=figure_name(figure, letters.lang)
        )
        for figure in ("cv", key)
    ]
    frame_panel(axes, letters, say["front"].format(level=level), *labels)
    if any(row is None or None in row.values or not row.comparable for row in rows):
        axes.set(xticks=(), yticks=())
        axes.text(0.5, 0.5, say["unknown"], transform=axes.transAxes, ha="center", color=GREY,
                  **letters.style(8))  # fmt: skip
        return
    across, along = ([float(v or 0) for v in row.values] for row in rows if row is not None)
    at_place: dict[tuple[float, float], list[str]] = {}
    for at, pen in enumerate(pens):
        filled = found.names[at] in found.front
        axes.plot(across[at], along[at], "o", markeredgecolor=pen.color, markersize=7,
                  markerfacecolor=pen.color if filled else "white", clip_on=False)  # fmt: skip
        at_place.setdefault((across[at], along[at]), []).append(found.names[at])
    for place, (first, *others) in at_place.items():
        label = letters.shown(first[-16:]) + (f" +{len(others)}" if others else "")
        axes.annotate(label, place, xytext=(5, 5), textcoords="offset points", color=INK,
                      annotation_clip=False, **letters.style(7.5))  # fmt: skip
    axes.margins(0.22)
    axes.locator_params(nbins=4)


def _draw_moves(axes: Axes, found: Comparison, pens: list[_Pen], letters: Lettering) -> None:
    """Draw how much is in another grid between each two plans."""
    say, moved = WORDS[letters.lang], found.moved[found.main]
    counted = measure_name(found.measure, letters.lang) if found.measure else say["buildings"]
    level = letters.title(dict(found.titles), found.main)
    title = say["moves"].format(level=level, measure=letters.shown(counted))
    frame_panel(axes, letters, title, "", "")
    most = max(float(np.nanmax(moved)), 1.0)
    axes.imshow(np.ma.masked_invalid(moved), cmap="Blues", vmin=0, vmax=most * 1.6, aspect="auto")
    places = range(len(pens))
    names = [letters.shown(name[-12:]) for name in found.names]
    axes.set_xticks(places, names, rotation=0 if len(pens) <= 4 else 90, **letters.style(7.5))
    axes.set_yticks(places, names, **letters.style(7.5))
    axes.spines[["left", "bottom"]].set_visible(False)
    if len(pens) > MOST_CELLS:
        return
    for i, j in np.argwhere(np.isfinite(moved)):
        if i != j:
            axes.text(j, i, f"{moved[i, j]:,.0f}", ha="center", va="center", color=INK,
                      **letters.style(7.5))  # fmt: skip
