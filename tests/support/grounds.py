"""Communities as arrays."""

import numpy as np
from strategies import lattice

from gridpart.model import Ground


def make_ground(graph, xy, households, **changes):
    """Return a community of units that count households only."""
    n_units = graph.n_units
    size = np.asarray(households, np.float64)
    none = np.full(n_units, -1, np.int32)
    given = {
        "community_id": "C1",
        "unit_ids": tuple(f"U{i:03}" for i in range(n_units)),
        "graph": graph,
        "border_cost": graph.lengths,
        "xy": np.asarray(xy, np.float64),
        "load": size,
        "measures": ("households",),
        "sizes": size[:, None],
        "compound": none,
        "building": np.arange(n_units, dtype=np.int32),
        "stairwell": np.arange(n_units, dtype=np.int32),
        "host": none,
        **changes,
    }
    return Ground(**given)


def town(columns=10, rows=8, seed=0, **changes):
    """Return a lattice of units with 5 to 15 households each."""
    graph, xy = lattice(columns, rows, 50.0)
    households = np.random.default_rng(seed).integers(5, 15, graph.n_units, endpoint=True)
    return make_ground(graph, xy, households, **changes)
