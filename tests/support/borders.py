"""Common borders by intersecting every outline with every other: slow, and plain to read."""

import numpy as np
import shapely

from gridpart import graph


def shared_borders(shapes, gap_m=graph.GAP_M):
    """Return pair -> meters of common border, by the definition."""
    gap_m += graph.ROUNDING_M
    outlines = [shapely.boundary(shape) for shape in shapes]
    exact = {
        (i, j): shapely.intersection(outlines[i], outlines[j]).length
        for i in range(len(shapes))
        for j in range(i + 1, len(shapes))
        if shapely.distance(shapes[i], shapes[j]) <= gap_m
    }
    used = np.zeros(len(shapes))
    for pair, length in exact.items():
        used[list(pair)] += length
    loose = [outline.length - used[i] > graph.EXACT_M for i, outline in enumerate(outlines)]
    found = dict(exact)
    for (i, j), length in exact.items():
        if loose[i] and loose[j]:
            one = shapely.intersection(outlines[i], shapes[j].buffer(gap_m, quad_segs=2)).length
            other = shapely.intersection(outlines[j], shapes[i].buffer(gap_m, quad_segs=2)).length
            beyond = 2 * gap_m + graph.EXACT_M
            if min(one, other) > max(graph.TOUCH_M, length + beyond):
                found[i, j] = min(one, other)
    return {p: round(length, 2) for p, length in found.items() if length > graph.EXACT_M}
