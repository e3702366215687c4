"""What else is wrong with the ground, for ``gridpart check``: too slow for every reading.

Copies, slivers, outlines in parts, gaps, and what holds a community together. Gaps between
units and bottlenecks are looked for where units tile their community; between buildings
there is ground that belongs to nobody, so there only barriers part a community.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridpart.connectivity import find_bottlenecks, find_pieces
from gridpart.coverage import (
    GRID_M,
    USUAL,
    Tolerances,
    find_copies,
    find_gaps,
    find_slivers,
    polygon_parts,
)
from gridpart.district import Survey
from gridpart.findings import Finding, Place, listed
from gridpart.graph import BARRIER_M, build_graph
from gridpart.model import Graph
from gridpart.schema import LAYERS, MEASURES, row_names, tell_rows
from gridpart.sentences import Sentence

__all__ = ["Block", "ground_of", "inspect", "tiled_blocks"]

TILE_SHARE = 0.95
"""Units that cover this share of their community outside its sites tile it."""
NEAR_M = 100.0
"""Barriers and crossings this near a community matter to it."""

REPAIR = "gridpart check SOURCE --repair OUT"

Geometries = NDArray[np.object_]
Rows = NDArray[np.int64]


class Block(NamedTuple):
    """The units of one community."""

    name: str
    area: shapely.Geometry
    """The community's outline."""
    region: shapely.Geometry
    """The outline less the exclusive sites."""
    rows: Rows
    """Rows of the areal units of the community, in the layer of units."""
    tiled: bool
    """Whether they cover the region."""


def inspect(survey: Survey, tolerances: Tolerances = USUAL) -> Survey:
    """Return the survey with what only a check looks for among its findings.

    Parameters
    ----------
    survey : Survey
        Layers as far as they can be used.
    tolerances : Tolerances
        What tells a seam from a sliver, and a sliver from a hole.
    """
    if survey.crs is None:
        return survey
    found: list[Finding] = []
    for name in ("communities", "units", "exclusive"):
        frame = survey.layers.get(name)
        if frame is not None and len(frame):
            found += _outlines(name, frame, tolerances)
    communities = survey.layers.get("communities")
    if communities is not None and len(communities):
        found += _gaps_of("communities", communities, [(np.arange(len(communities)), None)],
                          tolerances)  # fmt: skip
    blocks = tiled_blocks(survey)
    if blocks:
        units = survey.layers["units"]
        shapes = units.geometry.to_numpy()
        tiled = [(block.rows, ground_of(block, shapes)) for block in blocks if block.tiled]
        found += _gaps_of("units", units, tiled, tolerances)
        found += _contiguity(survey, blocks)
    return replace(survey, findings=(*survey.findings, *found))


# --- outlines, one by one --------------------------------------------------------------


def _outlines(name: str, frame: gpd.GeoDataFrame, tolerances: Tolerances) -> Iterator[Finding]:
    """Yield what is odd about single outlines of a layer."""
    layer, names = LAYERS[name], np.array(row_names(LAYERS[name], frame), dtype=object)
    shapes = frame.geometry.to_numpy()
    areal = shapely.get_dimensions(shapes) == 2
    first = find_copies(shapes)
    copies = np.flatnonzero(areal & (first != np.arange(len(frame))))
    if copies.size:
        shown: list[str] = [
            Sentence(
                "copy_of_alike" if _are_alike(frame, i, first[i]) else "copy_of",
                name=names[i],
                first=names[first[i]],
            )
            for i in copies.tolist()
        ]
        told = tell_rows("warning", layer, tuple(names[copies]), len(frame),
                         Sentence("are_copies"), shown)  # fmt: skip
        fix = Sentence("copy_fix")
        yield replace(told, topic="copy", wanted="one outline for each row", fix=fix)
    thin = find_slivers(shapes, tolerances.gap_m)
    if thin.any():
        shown = [f"{n} ({m2:.2f} m2)" for n, m2 in zip(names[thin], shapely.area(shapes[thin]),
                                                       strict=True)]  # fmt: skip
        deed = Sentence("are_slivers", gap=f"{tolerances.gap_m:g}")
        told = tell_rows("warning", layer, tuple(names[thin]), len(frame), deed, shown)
        fix = Sentence("sliver_fix")
        yield replace(told, topic="sliver", wanted="outlines of ground", fix=fix)
    several = areal & (shapely.get_num_geometries(shapes) > 1)
    if several.any() and name != "communities":  # which the reading tells
        counts = shapely.get_num_geometries(shapes[several])
        shown = [
            Sentence("n_parts", name=name, n=n)
            for name, n in zip(names[several], counts, strict=True)
        ]
        told = tell_rows(
            "warning", layer, tuple(names[several]), len(frame), Sentence("in_parts"), shown
        )
        fix = Sentence("parts_fix")
        yield replace(told, topic="multipart", wanted="one part a row", fix=fix)


def _are_alike(frame: gpd.GeoDataFrame, one: int, other: int) -> bool:
    """Return whether two rows say the same in all columns but their id."""
    key = next(c for c in frame.columns if c != "geometry")
    rest = frame.drop(columns=[key, "geometry"]).iloc[[one, other]].astype(object)
    rest = rest.where(rest.notna(), None)
    return bool(rest.iloc[0].tolist() == rest.iloc[1].tolist())


# --- gaps ------------------------------------------------------------------------------

WORDS = {
    "seam": ("one_seam", "seams", "snap_m", REPAIR),
    "sliver": ("one_sliver", "slivers", "gap_m", REPAIR),
    "hole": ("one_hole", "holes", "gap_m", Sentence("draw_missing")),
}
"""Patterns for one and several of each kind of gap, the width that bounds it, and the fix."""


def _gaps_of(
    name: str,
    frame: gpd.GeoDataFrame,
    covers: Iterable[tuple[Rows, shapely.Geometry | None]],
    tolerances: Tolerances,
) -> Iterator[Finding]:
    """Yield one finding for each kind of gap between the rows of a layer."""
    layer, names = LAYERS[name], np.array(row_names(LAYERS[name], frame), dtype=object)
    shapes = frame.geometry.to_numpy()
    places: dict[str, list[Place]] = {kind: [] for kind in WORDS}
    for rows, region in covers:
        gaps = find_gaps(shapes[rows], region, tolerances)
        for gap, kind, around in zip(*gaps, strict=True):
            area = float(shapely.area(gap))
            beside = tuple(names[rows[list(around)]])
            places[kind].append(Place(beside, gap, f"{area:.2f} m2", area))
    for kind, found in places.items():
        if found:
            found.sort(key=lambda place: -(place.amount or 0))
            one, several, width, fix = WORDS[kind]
            told = {
                "width": f"{getattr(tolerances, width):g}", "rows": Sentence(f"rows_{layer.name}"),
                "m2": f"{sum(place.amount or 0 for place in found):.2f}",
            }  # fmt: skip
            n = len(found)
            what = Sentence(one, **told) if n == 1 else Sentence(several, n=n, **told)
            shown = listed(Sentence("gap_at", m2=place.text, names=place.names) for place in found)
            concerned = tuple(dict.fromkeys(n for place in found for n in place.names))
            wanted = f"{layer.rows} that cover their ground without a gap"
            yield Finding("warning", name, what, concerned, shown, wanted, fix, kind, tuple(found))


def tiled_blocks(survey: Survey, communities: gpd.GeoDataFrame | None = None) -> list[Block]:
    """Return the units of each community, and whether they tile it.

    None where units or communities cannot be used, or units have no community yet.

    Parameters
    ----------
    survey : Survey
    communities : GeoDataFrame, optional
        To stand in for those of the survey.
    """
    units = survey.layers.get("units")
    if communities is None:
        communities = survey.layers.get("communities")
    if communities is None or units is None or not len(units):
        return []
    known = set(communities["community_id"])
    if not set(units["community_id"]) <= known:
        return []
    shapes = units.geometry.to_numpy()
    areal = shapely.get_dimensions(shapes) == 2
    sites = survey.layers.get("exclusive")
    held = np.empty(0, dtype=object) if sites is None else sites.geometry.to_numpy()
    blocks = []
    labels = row_names(LAYERS["communities"], communities)
    for label, key, area in zip(
        labels, communities["community_id"], communities.geometry, strict=True
    ):
        rows = np.flatnonzero((units["community_id"] == key).to_numpy(bool) & areal)
        near = held[shapely.intersects(held, area)]
        region = shapely.difference(area, shapely.union_all(near)) if near.size else area
        least = TILE_SHARE * shapely.area(region)
        covered = _area_inside(shapes[rows], region)
        tiled = covered >= least > 0
        blocks.append(Block(label, area, region, rows, bool(tiled)))
    return blocks


def _area_inside(shapes: Geometries, region: shapely.Geometry) -> float:
    """Return the sum of the areas inside a region; only what crosses its border is cut."""
    shapely.prepare(region)
    parts = shapes.copy()
    across = ~shapely.covered_by(parts, region)
    parts[across] = shapely.intersection(parts[across], region)
    return float(shapely.area(parts).sum())


def ground_of(block: Block, shapes: Geometries) -> shapely.Geometry:
    """Return what the units of a community have to cover: its region less what others hold.

    Parameters
    ----------
    block : Block
    shapes : ndarray of shapely geometries, shape (n_units,)
        The outlines of all units as they are now.
    """
    near = shapely.STRtree(shapes).query(block.region, predicate="intersects")
    others = shapes[np.setdiff1d(near, block.rows)]
    inside = polygon_parts(shapely.intersection(others, block.region, grid_size=GRID_M))
    return (
        shapely.difference(block.region, shapely.union_all(inside)) if inside.size else block.region
    )


# --- what holds a community together ---------------------------------------------------


class _Held(NamedTuple):
    """The units of one community and the piece that each is in."""

    name: str
    units: Rows
    piece: Rows


def _contiguity(survey: Survey, blocks: Sequence[Block]) -> Iterator[Finding]:
    """Yield islands, pieces and bottlenecks."""
    units = survey.layers["units"]
    names = np.array(row_names(LAYERS["units"], units), dtype=object)
    measure = next((m for m in MEASURES if m in units.columns), None)
    weight = np.ones(len(units)) if measure is None else units[measure].to_numpy(np.float64)
    held, necks = [], []
    for key, block in zip(survey.layers["communities"]["community_id"], blocks, strict=True):
        rows, graph, piece = _pieces(survey, block, units, str(key))
        held.append(_Held(block.name, rows, piece))
        if graph is not None:
            for neck in find_bottlenecks(graph, weight[rows]):
                beyond = _holding(neck.n_units, neck.weight, measure or "")
                necks.append((neck.weight, names[rows[neck.unit]], beyond, rows[neck.unit]))
    yield from _islands_and_pieces(units, names, weight, measure or "", held)
    if necks:
        necks.sort(key=lambda neck: -neck[0])
        shown = [Sentence("beyond_it", name=name, held=beyond) for _, name, beyond, _ in necks]
        told = tell_rows("warning", LAYERS["units"], tuple(neck[1] for neck in necks), len(units),
                         Sentence("are_bottlenecks"), shown)  # fmt: skip
        places = tuple(Place((n,), units.geometry.iloc[row], b, w) for w, n, b, row in necks)
        fix = Sentence("bottleneck_fix")
        yield replace(told, topic="bottleneck", places=places, fix=fix,
                      wanted="two ways from any unit to the others")  # fmt: skip


def _pieces(
    survey: Survey, block: Block, units: gpd.GeoDataFrame, key: str
) -> tuple[Rows, Graph | None, Rows]:
    """Return the units of a community outside its sites, their graph if they tile, their pieces."""
    barriers, crossings = (_near(survey, name, block.area) for name in ("barriers", "crossings"))
    rows = block.rows
    if not block.tiled:
        rows = np.flatnonzero((units["community_id"] == key).to_numpy(bool))
    inner = shapely.point_on_surface(units.geometry.to_numpy()[rows])
    rows = rows[shapely.dwithin(inner, block.region, BARRIER_M)]
    shapes = units.geometry.to_numpy()[rows]
    if block.tiled:
        graph = build_graph(shapes, barriers=barriers, crossings=crossings)
        return rows, graph, find_pieces(graph)
    lines = shapely.get_dimensions(barriers) < 2
    walls = np.where(lines, shapely.buffer(barriers, 0.01), barriers)
    ground = polygon_parts(shapely.difference(block.region, shapely.union_all(walls)))
    if ground.size < 2 or not rows.size:
        return rows, None, np.zeros(rows.size, np.int64)
    joined = find_pieces(build_graph(ground, barriers=barriers, crossings=crossings))
    at = shapely.STRtree(ground).nearest(shapely.point_on_surface(shapes))
    return rows, None, joined[at]


def _near(survey: Survey, name: str, area: shapely.Geometry) -> Geometries:
    frame = survey.layers.get(name)
    shapes = np.empty(0, dtype=object) if frame is None else frame.geometry.to_numpy()
    return np.asarray(shapes[shapely.dwithin(shapes, area, NEAR_M)], dtype=object)


def _holding(n_units: int, weight: float, measure: str) -> Sentence:
    """Return in words what some units hold."""
    units = Sentence("one_unit") if n_units == 1 else Sentence("n_units", n=n_units)
    if not measure:
        return units
    return Sentence("units_with", units=units, held=(round(weight), measure))


def _islands_and_pieces(
    units: gpd.GeoDataFrame,
    names: Geometries,
    weight: NDArray[np.float64],
    measure: str,
    held: Sequence[_Held],
) -> Iterator[Finding]:
    """Yield the units without a neighbor, and the communities in pieces."""
    shapes = units.geometry.to_numpy()
    islands: list[int] = []
    places, shown = [], []
    for name, rows, piece in held:
        groups = [rows[piece == p] for p in np.unique(piece)]
        groups.sort(key=lambda group: -group.size)
        islands += [int(group[0]) for group in groups if group.size == 1 and len(groups) > 1]
        pieces = groups[:1] + [group for group in groups[1:] if group.size > 1]
        if len(pieces) > 1:
            texts = [_holding(group.size, float(weight[group].sum()), measure) for group in pieces]
            key = "pieces_of_more" if len(texts) > 4 else "pieces_of"
            shown.append(Sentence(key, name=name, pieces=texts[:4]))
            places += [
                Place(tuple(names[g]), shapely.union_all(shapes[g]), f"{name}: {text}",
                      float(weight[g].sum()))
                for g, text in zip(pieces[1:], texts[1:], strict=True)
            ]  # fmt: skip
    if islands:
        told = tell_rows("warning", LAYERS["units"], tuple(names[islands]), len(units),
                         Sentence("are_islands"))  # fmt: skip
        fix = Sentence("island_fix")
        yield replace(told, topic="island", wanted="a common border with another unit", fix=fix)
    if places:
        concerned = tuple(place.text.partition(":")[0] for place in places)
        told = tell_rows("warning", LAYERS["communities"], tuple(dict.fromkeys(concerned)),
                         len(held), Sentence("in_loose_pieces"), shown)  # fmt: skip
        fix = Sentence("piece_fix")
        yield replace(told, topic="piece", places=tuple(places), fix=fix,
                      wanted="communities whose units hang together")  # fmt: skip
