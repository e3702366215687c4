"""The posts that each grid of a plan needs, and how long a round of its households takes.

Posts follow from the rule set alone. Who holds them is another matter: without a roster
every post is vacant.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.district import District
from gridpart.errors import DataError, near_names
from gridpart.model import Note
from gridpart.plan import Plan
from gridpart.rules import Post, RuleSet, Sweep
from gridpart.schema import TEXT
from gridpart.sentences import Sentence

__all__ = [
    "STAFF_COLUMNS",
    "neighbor_pairs",
    "post_basis",
    "require_posts",
    "shared_pairs",
    "spread_number",
    "staff_plan",
]

STAFF_COLUMNS = (
    "grid_code", "level", "post", "title", "needed", "shared_with", "filled", "person_codes",
    "vacant", "basis",
)  # fmt: skip
"""A row for each grid and post."""

MEASURES_OF_SITES = ("firms", "workers")
"""What a site may state of itself."""

BORDER_M = 1.0
"""Grids with a shorter border in common are no neighbors."""
WALL_M = 1.0
"""A border this near a barrier runs along it."""

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def require_posts(district: District, rules: RuleSet) -> None:
    """Refuse a district without the columns that posts or rounds count, before any search.

    Raises
    ------
    DataError
        Naming the columns.
    """
    if rules.staffing is None:
        return
    units = [str(c) for c in district.units.columns]
    wanted = {p.measure: f"post {p.id!r}" for p in rules.staffing.posts if p.measure}
    if rules.staffing.sweep is not None:
        wanted[rules.staffing.sweep.measure] = "the sweep"
    if rules.staffing.skills_column:
        wanted[rules.staffing.skills_column] = "skills_column"
    missing = [column for column in wanted if column not in units]
    if missing:
        raise DataError(
            f"The units have no column {', '.join(map(repr, missing))}, which staffing counts.",
            found="; ".join(f"{c} ({wanted[c]}): {near_names(c, units)}" for c in missing),
            wanted="the columns named in the table staffing of the rule set",
            fix="add or rename the column, or count by another in the rule set",
        )


def staff_plan(plan: Plan) -> Plan:
    """Return the plan with the tables ``staffing`` and ``sweep``, as far as its rules state any.

    ``staffing`` has a row of `STAFF_COLUMNS` for each grid and post. A post that two grids
    share is needed in the first of them, by code, and ``shared_with`` names the other grid in
    the rows of both. ``sweep`` has a row for each grid: ``grid_code``, ``level``, what is
    visited (``visits``), ``days`` and ``hours`` for one person, and a ``verdict`` (``below``,
    ``within``, ``above``) where the rules say how many hours a grid should take.
    """
    staffing = plan.rules.staffing
    if staffing is None:
        return plan
    tables = dict(plan.tables)
    notes: list[Note] = []
    if staffing.posts:
        rows = []
        for post in staffing.posts:
            found, told = _rows_of(plan, post)
            rows += found
            notes += told
        table = _typed(rows).sort_values(["grid_code", "post"], kind="stable", ignore_index=True)
        tables["staffing"] = table
    if staffing.sweep is not None:
        tables["sweep"] = _sweep_table(plan, staffing.sweep)
    return replace(plan, tables=tables, notes=(*plan.notes, *notes))


def _typed(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Return rows of `STAFF_COLUMNS` as a table, typed without a row too."""
    counts = ("needed", "filled", "vacant")
    return pd.DataFrame(
        {
            name: pd.Series([row[name] for row in rows], dtype="int64" if name in counts else TEXT)
            for name in STAFF_COLUMNS
        }
    )


# --- posts --------------------------------------------------------------------------------


def _rows_of(plan: Plan, post: Post) -> tuple[list[dict[str, object]], list[Note]]:
    """Return a row for each grid that may have a post, and what has to be said."""
    grids = plan.grids(post.level)
    if post.kinds:
        grids = grids[grids["kind"].isin(post.kinds)]
    codes = grids["grid_code"].astype(str).tolist()
    needed, notes = _needed(plan, post, grids)
    partner: dict[str, str] = {}
    if post.shared_by > 1 and post.number is not None:
        pairs, told = _heads(plan, post, grids)
        notes += told
        joined = {second for _, second in pairs}
        needed = np.array([0 if code in joined else 1 for code in codes], dtype=np.int64)
        partner = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
    rows = [
        {
            "grid_code": code, "level": post.level, "post": post.id, "title": post.title,
            "needed": int(count), "shared_with": partner.get(code, ""), "filled": 0,
            "person_codes": "", "vacant": int(count), "basis": str(post_basis(post)),
        }
        for code, count in zip(codes, needed, strict=True)
    ]  # fmt: skip
    return rows, notes


def post_basis(post: Post) -> Sentence:
    """Return by what a post is counted, and how well that is supported."""
    label = Sentence(f"label_{post.label}")
    if post.number is not None:
        return Sentence("basis_number", number=f"{post.number:g}", label=label)
    if post.per is not None:
        per = f"{post.per:g}"
        return Sentence("basis_per", per=per, measure=post.measure, label=label)
    return Sentence("basis_hours", hours=f"{post.hours_per_month:g}", label=label)


def _needed(plan: Plan, post: Post, grids: gpd.GeoDataFrame) -> tuple[Counts, list[Note]]:
    """Return how many of a post each grid needs, and what has to be said."""
    if post.number is not None:
        return spread_number(post.number, _load(grids)), []
    if post.per is not None:
        sums = _sums(plan, post.level, grids, post.measure)
        assert sums is not None, "require_posts has looked"
        return _begun(sums, post.per), []
    assert post.hours_per_month is not None
    hours = _sums(plan, post.level, grids, "hours")
    if hours is None:
        text = Sentence("no_hours", post=post.id, title=post.title, level=post.level)
        return np.zeros(len(grids), np.int64), [Note("warning", text, (post.id,))]
    return _begun(hours, post.hours_per_month), []


def _load(grids: gpd.GeoDataFrame) -> Floats:
    """Return what makes work in each grid: its workload, in a site the people who work there."""
    column = "workers" if "exclusive_id" in grids and "workers" in grids else "workload"
    load: Floats = grids[column].fillna(0).to_numpy(np.float64)
    return load


def _sums(plan: Plan, level: str, grids: gpd.GeoDataFrame, measure: str) -> Floats | None:
    """Return the sum of a column over each grid, None where neither grids nor units have it."""
    if measure in grids:
        own: Floats = grids[measure].fillna(0).to_numpy(np.float64)
        return own
    if measure not in plan.units:
        return None
    key, names = f"{level}_code", grids["grid_code"]
    if level == "exclusive":
        key, names = "exclusive_id", grids["exclusive_id"]
    found: Floats = plan.units.groupby(key)[measure].sum().reindex(names).fillna(0).to_numpy(float)
    return found


def _begun(sums: Floats, per: float) -> Counts:
    """Return how many times `per` is begun in each sum."""
    return np.ceil(np.round(sums / per, 9)).astype(np.int64)


def spread_number(number: float, load: Floats) -> Counts:
    """Return whole posts for grids that need `number` each on average.

    The total is rounded, a half upward. Every grid gets the whole part, and the rest goes to
    the grids with the greatest load, of equals the first.

    Examples
    --------
    >>> spread_number(1.5, np.array([10.0, 40.0, 20.0, 30.0]))
    array([1, 2, 1, 2])
    """
    counts = np.full(load.size, math.floor(number), dtype=np.int64)
    rest = math.floor(number * load.size + 0.5 + 1e-9) - int(counts.sum())
    counts[np.lexsort((np.arange(load.size), -load))[:rest]] += 1
    return counts


# --- heads of two grids -------------------------------------------------------------------


def _heads(
    plan: Plan, post: Post, grids: gpd.GeoDataFrame
) -> tuple[list[tuple[str, str]], list[Note]]:
    """Return which grids share a head, as pairs of codes, and what has to be said."""
    assert post.number is not None
    codes = grids["grid_code"].astype(str).tolist()
    total = math.floor(post.number * len(codes) + 0.5 + 1e-9)
    wanted = len(codes) // 2 if post.number == 1 else len(codes) - total
    near = neighbor_pairs(grids, plan.district.barriers)
    found = shared_pairs(len(codes), near, _load(grids), wanted)
    notes = []
    if len(found) < wanted and post.number < 1:
        more = wanted - len(found)
        text = Sentence(
            "pairs_missing", post=post.id, title=post.title, total=total, grids=len(codes),
            wanted=wanted, found=len(found), more=more,
        )  # fmt: skip
        notes.append(Note("warning", text, (post.id,)))
    return [(codes[a], codes[b]) for a, b in found], notes


def neighbor_pairs(grids: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame) -> list[tuple[int, int]]:
    """Return which grids of one parent have a border in common that is no barrier.

    Parameters
    ----------
    grids : GeoDataFrame
        ``parent_code`` and outlines in a projected CRS with meter units.
    barriers : GeoDataFrame
        Lines and areas in the same CRS.

    Returns
    -------
    list of tuple of int
        Positions, the lesser first, in ascending order.
    """
    shapes = grids.geometry.to_numpy()
    parents = grids["parent_code"].to_numpy(object)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    kept = (left < right) & (parents[left] == parents[right])
    left, right = left[kept], right[kept]
    common = shapely.intersection(shapely.boundary(shapes[left]), shapely.boundary(shapes[right]))
    if len(barriers):
        walls = shapely.union_all(shapely.buffer(barriers.geometry.to_numpy(), WALL_M))
        common = shapely.difference(common, walls)
    long = shapely.length(common) >= BORDER_M
    return sorted(zip(left[long].tolist(), right[long].tolist(), strict=True))


def shared_pairs(
    n_grids: int, near: Sequence[tuple[int, int]], load: Floats, wanted: int
) -> list[tuple[int, int]]:
    """Return disjoint pairs of neighbors: as many as `wanted`, or as many as there can be.

    They are the lightest pairs of a set with the most pairs and, of such sets, the least load.

    Examples
    --------
    >>> shared_pairs(4, [(0, 1), (1, 2), (2, 3)], np.array([1.0, 1.0, 9.0, 9.0]), 1)
    [(0, 1)]
    """
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(n_grids))
    whole = np.rint(100 * load).astype(np.int64)
    heaviest = 2 * int(whole.max(initial=0)) + 1
    for a, b in sorted(near):
        graph.add_edge(a, b, weight=heaviest - int(whole[a] + whole[b]))
    matched = nx.max_weight_matching(graph, maxcardinality=True)
    pairs = sorted((min(pair), max(pair)) for pair in matched)
    pairs.sort(key=lambda pair: int(whole[pair[0]] + whole[pair[1]]))
    return sorted(pairs[: max(wanted, 0)])


# --- rounds -------------------------------------------------------------------------------


def _sweep_table(plan: Plan, sweep: Sweep) -> pd.DataFrame:
    """Return how long one person takes to visit everyone in each grid."""
    parts = []
    for level, grids in plan.layers.items():
        visits = _sums(plan, level, grids, sweep.measure)
        assert visits is not None, "require_posts has looked"
        hours = visits * sweep.minutes / 60
        verdict = np.where(
            hours > sweep.max_hours, "above", np.where(hours < sweep.min_hours, "below", "within")
        )
        parts.append(
            pd.DataFrame(
                {
                    "grid_code": grids["grid_code"].astype(TEXT),
                    "level": pd.Series(level, index=grids.index, dtype=TEXT),
                    "visits": np.rint(visits).astype(np.int64),
                    "days": np.round(visits / sweep.per_day, 2),
                    "hours": np.round(hours, 2),
                    "verdict": pd.Series(
                        verdict if level == sweep.level else "", index=grids.index, dtype=TEXT
                    ),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
