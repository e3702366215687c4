"""Small problems for Hypothesis to draw: graphs, loads, ranges and plans in one piece.

How large and of which kind a case is, Hypothesis draws and can shrink; the rest
follows from one drawn seed.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from scipy.spatial import Delaunay, QhullError

from gridpart._kernels import Energy
from gridpart.graph import graph_from_pairs
from gridpart.model import Problem

seeds = st.integers(0, 2**16)


class Case(NamedTuple):
    """A problem with a plan whose grids are all in one piece."""

    problem: Problem
    labels: np.ndarray
    n_grids: int


def from_pairs(n_units, pairs, length=1.0):
    """Return the graph of pairs of units."""
    pairs = sorted({(min(a, b), max(a, b)) for a, b in pairs})
    heads = np.array([a for a, _ in pairs], np.int32)
    tails = np.array([b for _, b in pairs], np.int32)
    return graph_from_pairs(n_units, heads, tails, np.full(heads.size, float(length)))


def lattice(columns, rows, side=10.0):
    """Return the rook graph and the places of a lattice, row by row."""
    unit = np.arange(columns * rows).reshape(rows, columns)
    pairs = [*zip(unit[:, :-1].ravel(), unit[:, 1:].ravel(), strict=True)]
    pairs += [*zip(unit[:-1].ravel(), unit[1:].ravel(), strict=True)]
    y, x = np.divmod(np.arange(columns * rows), columns)
    return from_pairs(unit.size, pairs, side), np.column_stack([x, y]) * side


def triangulated(n_units, rng, thinned):
    """Return a connected planar graph on random places; thinned, it is almost a tree."""
    xy = rng.permutation(np.stack(np.divmod(np.arange(400), 20), axis=1))[:n_units] * 5.0
    try:
        corners = Delaunay(xy).simplices
        pairs = {(int(a), int(b)) for t in corners for a in t for b in t if a < b}
    except (QhullError, ValueError):
        pairs = set(zip(range(n_units - 1), range(1, n_units), strict=True))
    if not thinned:
        return from_pairs(n_units, pairs), xy
    shuffled = rng.permutation(np.array(sorted(pairs)))
    piece, kept = list(range(n_units)), []
    for a, b in shuffled.tolist():
        if piece[a] != piece[b] or rng.random() < 0.15:
            kept.append((a, b))
            piece = [piece[a] if p == piece[b] else p for p in piece]
    return from_pairs(n_units, kept), xy


@st.composite
def places(draw, min_units=2, max_units=24):
    """Draw a connected graph and where its units are."""
    kind = draw(st.sampled_from(["lattice", "planar", "tree", "crossed"]))
    n_units = draw(st.integers(min_units, max_units))
    rng = np.random.default_rng(draw(seeds))
    if kind in ("planar", "tree"):
        return triangulated(n_units, rng, kind == "tree")
    columns = draw(st.integers(1, 5))
    graph, xy = lattice(columns, max(-(-min_units // columns), n_units // columns))
    if kind == "lattice":
        return graph, xy
    # A bridge or two between units that lie far apart: the graph is not planar any more.
    pairs = [*zip(graph.heads.tolist(), graph.indices.tolist(), strict=True)]
    far = [rng.choice(graph.n_units, 2, replace=False).tolist() for _ in range(2)]
    return from_pairs(graph.n_units, pairs + far), xy


def grow_plan(graph, n_grids, rng):
    """Return labels whose grids are in one piece, grown unit by unit."""
    labels = np.full(graph.n_units, -1, np.int32)
    labels[rng.choice(graph.n_units, n_grids, replace=False)] = np.arange(n_grids)
    while (labels < 0).any():
        heads, tails = graph.heads, graph.indices
        open_ = np.flatnonzero((labels[heads] >= 0) & (labels[tails] < 0))
        at = rng.choice(open_)
        labels[tails[at]] = labels[heads[at]]
    return labels


def make_problem(graph, xy, rng, *, n_measures=1, zeros=0.2, **changes):
    """Return a problem with whole numbers for loads and sizes, some of them 0."""
    n_units = graph.n_units

    def counts(most):
        drawn = rng.integers(1, most, n_units, endpoint=True)
        return np.where(rng.random(n_units) < zeros, 0, drawn).astype(np.float64)

    sizes = np.column_stack([counts(20) for _ in range(n_measures)] or [np.zeros((n_units, 0))])
    pairs = np.flatnonzero(graph.heads < graph.indices)
    given = {
        "graph": graph,
        "xy": np.asarray(xy, np.float64),
        "load": counts(30),
        "sizes": sizes,
        "lower": np.full(n_measures, -np.inf),
        "upper": np.full(n_measures, np.inf),
        "aim": np.full(n_measures, np.nan),
        "n_grids": None,
        "border_cost": graph_from_pairs(
            n_units,
            graph.heads[pairs],
            graph.indices[pairs],
            rng.integers(0, 10, pairs.size).astype(np.float64),
        ).lengths,
    }
    return Problem(**{**given, **changes})


def with_ranges(problem, n_grids, rng):
    """Return the problem with ranges around the mean grid; some ends are open."""
    mean = problem.sizes.sum(axis=0) / n_grids
    lower = np.where(rng.random(mean.size) < 0.8, np.floor(mean * 0.8), -np.inf)
    upper = np.where(rng.random(mean.size) < 0.8, np.ceil(mean * 1.2), np.inf)
    return replace(problem, lower=lower, upper=upper, aim=np.where(mean > 0, mean, np.nan))


@st.composite
def cases(draw, min_units=2, max_units=24, locks=False):
    """Draw a problem with several measures and a plan in one piece."""
    graph, xy = draw(places(min_units, max_units))
    rng = np.random.default_rng(draw(seeds))
    n_grids = draw(st.integers(1, min(6, graph.n_units)))
    n_measures = draw(st.integers(0, 3))
    zeros = draw(st.sampled_from([0.0, 0.3, 1.0]))
    problem = make_problem(graph, xy, rng, n_measures=n_measures, zeros=zeros)
    problem = with_ranges(problem, n_grids, rng)
    labels = grow_plan(graph, n_grids, rng)
    if locks and draw(st.booleans()):
        held = np.where(rng.random(graph.n_units) < 0.3, labels, -1).astype(np.int32)
        problem = replace(problem, locked=held)
    return Case(problem, labels, n_grids)


weights = st.sampled_from([0.0, 0.3, 2.0])


@st.composite
def energies(draw, temperature=None, swap=None):
    """Draw an energy with any of its terms."""
    hot = st.sampled_from([1e-9, 0.5, 1e3])
    return Energy(
        temperature=draw(hot) if temperature is None else temperature,
        range=draw(weights),
        even=draw(weights),
        inertia=draw(weights) / 100,
        balance=draw(weights) / 100,
        border=draw(weights),
        radius=draw(weights),
        max_radius_m=draw(st.sampled_from([5.0, 15.0])),
        swap=draw(st.sampled_from([0.0, 0.2, 1.0])) if swap is None else swap,
    )


def disjoint(*graphs):
    """Return several graphs as one in pieces."""
    pairs, offset = [], 0
    for graph in graphs:
        own = zip(graph.heads.tolist(), graph.indices.tolist(), strict=True)
        pairs += [(a + offset, b + offset) for a, b in own]
        offset += graph.n_units
    return from_pairs(offset, pairs)


def path(n_units):
    """Return the graph and places of units in a row."""
    return lattice(n_units, 1)


def town(seed=0, tolerance=0.2, n_grids=24):
    """Return 12 x 12 units with 1 to 9 households, in a range around the mean grid."""
    graph, xy = lattice(12, 12)
    rng = np.random.default_rng(seed)
    problem = make_problem(graph, xy, rng, n_grids=n_grids, zeros=0.0)
    size = rng.integers(1, 10, (144, 1)).astype(np.float64)
    mean = size.sum() / n_grids
    return replace(
        problem, sizes=size, load=size[:, 0].copy(),
        lower=np.array([mean * (1 - tolerance)]), upper=np.array([mean * (1 + tolerance)]),
    )  # fmt: skip
