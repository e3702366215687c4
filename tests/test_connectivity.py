"""Pieces and bottlenecks agree with taking units out one by one."""

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import from_pairs, lattice

from gridpart.connectivity import find_bottlenecks, find_pieces


@st.composite
def weighed_graphs(draw):
    """Draw sparse graphs, in pieces or not, with a whole weight for each unit."""
    n = draw(st.integers(1, 14))
    pairs = [(a, b) for a in range(n) for b in range(a + 1, n)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=18)) if pairs else []
    weight = draw(st.lists(st.integers(0, 50), min_size=n, max_size=n))
    return from_pairs(n, chosen), chosen, np.array(weight, dtype=np.float64)


@given(weighed_graphs())
def test_bottlenecks_cut_off_what_falls_away_without_them(drawn):
    graph, pairs, weight = drawn
    net = nx.Graph(pairs)
    net.add_nodes_from(range(graph.n_units))
    expected = {}
    for unit in net:
        home = nx.node_connected_component(net, unit) - {unit}
        sides = sorted(
            (weight[list(side)].sum(), len(side))
            for side in nx.connected_components(net.subgraph(home))
        )
        if len(sides) > 1:
            expected[unit] = (sum(w for w, _ in sides[:-1]), sum(k for _, k in sides[:-1]))

    found = find_bottlenecks(graph, weight)

    assert {b.unit: (b.weight, b.n_units) for b in found} == expected
    assert [b.weight for b in found] == sorted((b.weight for b in found), reverse=True)


@given(weighed_graphs())
def test_pieces_are_connected_components_from_the_largest(drawn):
    graph, pairs, _ = drawn
    net = nx.Graph(pairs)
    net.add_nodes_from(range(graph.n_units))

    piece = find_pieces(graph)

    groups = {frozenset(np.flatnonzero(piece == p).tolist()) for p in np.unique(piece)}
    assert groups == {frozenset(c) for c in nx.connected_components(net)}
    sizes = np.bincount(piece)
    assert (np.diff(sizes) <= 0).all()


def test_a_lattice_has_no_bottleneck():
    assert find_bottlenecks(lattice(4, 3)[0], np.ones(12)) == []
