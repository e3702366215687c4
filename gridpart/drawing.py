"""Shapes on a map: polygons with holes, lines, and colors that tell neighbors apart."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

__all__ = ["INK", "PALETTE", "color_numbers", "fill", "line", "outline"]

PALETTE = ("#dbe9f4", "#fbe6cf", "#dff0d8", "#efe0f0", "#fdf6c9", "#d9efec", "#ebe7e0")
INK = "#222222"

Shapes = NDArray[np.object_]


def fill(
    axes: Axes,
    shapes: gpd.GeoSeries,
    face: str | Sequence[str],
    edge: str,
    width: float,
    z: int,
    **more: Any,
) -> None:
    """Draw polygons with their holes; other geometries are passed over."""
    parts, owner = shapely.get_parts(shapes.to_numpy(), return_index=True)
    areal = shapely.get_dimensions(parts) == 2
    parts, owner = parts[areal], owner[areal]
    if parts.size:
        faces = face if isinstance(face, str) else [face[i] for i in owner]
        paths = [_outline_path(part) for part in parts]
        axes.add_collection(
            PathCollection(paths, facecolor=faces, edgecolor=edge, linewidth=width, zorder=z,
                           **more),
            autolim=False,
        )  # fmt: skip


def _outline_path(polygon: shapely.Geometry) -> Outline:
    """Return a polygon as one path: its outer ring one way round, holes the other."""
    polygon = shapely.orient_polygons(polygon)
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(polygon)]
    codes = [
        [Outline.MOVETO, *[Outline.LINETO] * (len(ring) - 2), Outline.CLOSEPOLY] for ring in rings
    ]
    return Outline(np.concatenate(rings), np.concatenate(codes))


def outline(axes: Axes, shapes: gpd.GeoSeries, color: str, width: float, z: int) -> None:
    """Draw the borders of polygons."""
    fill(axes, shapes, "none", color, width, z, joinstyle="round")


def line(
    axes: Axes, shapes: gpd.GeoSeries, color: str, width: float, z: int, style: str = "-"
) -> None:
    """Draw lines; other geometries are passed over."""
    parts = shapely.get_parts(shapes.to_numpy())
    lines = [shapely.get_coordinates(part) for part in parts if shapely.get_dimensions(part) == 1]
    if lines:
        axes.add_collection(
            LineCollection(lines, colors=color, linewidths=width, linestyles=style, zorder=z),
            autolim=False,
        )


def color_numbers(shapes: Shapes) -> list[int]:
    """Return a color's place in the palette for each polygon so that those that touch differ.

    Polygons with the most neighbors choose first, and of the free colors the one that
    is used least so far. With more neighbors than colors, two may be alike.

    Examples
    --------
    >>> color_numbers(np.array([shapely.box(i, 0, i + 1, 1) for i in range(3)]))
    [1, 0, 2]
    """
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=0.5)
    near: list[set[int]] = [set() for _ in shapes]
    for one, other in zip(*pairs.tolist(), strict=True):
        if one != other:
            near[one].add(other)
    numbers = [-1] * len(near)
    used = [0] * len(PALETTE)
    for one in sorted(range(len(near)), key=lambda i: (-len(near[i]), i)):
        taken = {numbers[other] for other in near[one]}
        free = [n for n in range(len(PALETTE)) if n not in taken]
        numbers[one] = min(free, key=lambda n: (used[n], n)) if free else one % len(PALETTE)
        used[numbers[one]] += 1
    return numbers
