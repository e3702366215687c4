"""Whether a grid lies in a hole of another, seen on the map alone."""

from collections.abc import Iterator

import numpy as np
import shapely

from gridpart.evidence import Evidence
from gridpart.model import Breach
from gridpart.sentences import Sentence

__all__ = ["enclosures"]


def enclosures(evidence: Evidence, level: str) -> Iterator[Breach]:
    """Yield a breach for each grid in a hole of another, hard where the level forbids that.

    A band of floors, whose outline is but a sign for where it is, counts neither way.
    """
    if evidence.is_whole(level):
        return
    grids = evidence.grids[level]
    shapes = grids.geometry.to_numpy()
    codes = grids["grid_code"].astype(str).to_numpy()
    flat = (
        np.asarray(grids["nonplanar"].fillna(0).astype(bool))
        if "nonplanar" in grids
        else np.zeros(len(grids), np.bool_)
    )
    kinds = [evidence.area_types.get(c, "urban") for c in grids["community_id"]]
    inner = shapely.point_on_surface(shapes)
    tree = shapely.STRtree(inner)
    for around in np.flatnonzero(~flat):
        rule = evidence.level(level, kinds[around]).enclosed
        if rule == "allow":
            continue
        for hole in _holes(shapes[around]):
            for inside in np.sort(tree.query(hole, "contains")):
                if not flat[inside] and inside != around:
                    yield _breach(evidence, level, codes[inside], codes[around], rule == "forbid")


def _holes(outline: shapely.Geometry) -> Iterator[shapely.Geometry]:
    """Yield the holes of a grid as polygons."""
    for part in shapely.get_parts(outline):
        for at in range(shapely.get_num_interior_rings(part)):
            yield shapely.polygons(shapely.get_interior_ring(part, at))


def _breach(evidence: Evidence, level: str, inside: str, around: str, hard: bool) -> Breach:
    return Breach(
        grid=inside,
        level=level,
        rule="enclosed",
        reason="search",
        proven=False,
        message=Sentence("in_a_hole", inside=inside, around=around),
        hard=hard,
        units=tuple(evidence.units["unit_id"][evidence.codes[level] == inside]),
    )
