"""GerryChain: cuts one grid after another from random spanning trees.

What is left over after unlucky cuts may have no balanced cut at all; by default it then tries
100,000 trees. Here it begins anew after 1,000, which is much faster.
"""

import random
from functools import partial

import networkx as nx
import numpy as np
from gerrychain import Graph
from gerrychain.partition import recursive_tree_part
from gerrychain.tree import bipartition_tree
from scipy.sparse import csr_array


def prepare(instance, load, task):
    """Return the call with its graph."""
    matrix = csr_array((instance.lengths, instance.indices, instance.indptr))
    graph = nx.from_scipy_sparse_array(matrix)
    nx.set_node_attributes(graph, dict(enumerate(load.tolist())), "load")
    return partial(
        recursive_tree_part,
        Graph.from_networkx(graph),
        range(task.n_grids),
        float(load.sum()) / task.n_grids,
        "load",
        task.tolerance,
        bipartition_tree_fn=partial(bipartition_tree, max_attempts=1000),
    )


def tree_part(given, seed):
    """Divide by recursive cuts of trees, as often as it takes."""
    rng = random.Random(seed)
    while True:
        try:
            parts = given(rng=rng)
        except RuntimeError:
            continue
        return np.array([parts[unit] for unit in range(len(parts))])
