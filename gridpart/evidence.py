"""What the referee looks at: a finished plan and its ground, in one order and complete.

Nothing is judged here. Units are sorted by id, so that their order in a file plays no
part, and columns and layers that a plan may leave out are filled in as empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.difficulty import grade_communities
from gridpart.errors import DataError, name_some, near_names
from gridpart.model import HOURS, Level, Walk
from gridpart.parts import PART_COLUMNS
from gridpart.rules import RuleSet
from gridpart.schema import MEASURES, is_missing
from gridpart.service import lay_walk
from gridpart.stacks import read_parts

__all__ = ["Evidence", "gather"]

Geometries = NDArray[np.object_]
Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A plan and its ground, ready to be judged."""

    rules: RuleSet
    grids: Mapping[str, gpd.GeoDataFrame]
    """Level id -> its grids in order of code, coarse to fine."""
    units: gpd.GeoDataFrame
    """In order of ``unit_id``."""
    codes: Mapping[str, Texts]
    """Level id -> grid code of each unit, "" for none."""
    needs_grid: NDArray[np.bool_]
    """Shape (n_units,): units that must be in a grid of every level."""
    measures: tuple[str, ...]
    area_types: Mapping[str, str]
    """Community id -> area type."""
    grades: Mapping[str, str]
    """Community id -> class of difficulty."""
    communities: gpd.GeoDataFrame
    """In order of ``community_id``."""
    sites: Geometries
    site_ids: Texts
    inside: NDArray[np.int64]
    """Shape (n_units,): exclusive site that holds the unit, -1 for none."""
    places: NDArray[np.int64]
    """Shape (n_units,): the same for units that share one place, floors of a stairwell
    and parts of a building given as a point; else the unit's own number."""
    barriers: Geometries
    crossings: Geometries
    cells: Geometries | None
    """Shape (n_units,): the ground of each unit, missing for units inside a site."""
    walk: Walk
    """The units and then the stations on the walking network."""
    lines: Geometries
    """Streets and barriers, along which boundaries should run."""

    def level(self, level_id: str, area_type: str = "urban", grade: str = "") -> Level:
        """Return a level as it stands for one area type and class of difficulty."""
        return next(v for v in self.rules.levels_for(area_type, grade) if v.id == level_id)

    @property
    def households(self) -> NDArray[np.float64]:
        """Shape (n_units,): what walks are weighted by, households where they are counted."""
        measure = "households" if "households" in self.units else self.rules.measure
        counts: NDArray[np.float64] = self.units[measure].fillna(0).to_numpy(np.float64)
        return counts

    def is_joined(self, level_id: str) -> bool:
        """Return whether a level's grids lie above communities."""
        return self.level(level_id).is_joined

    def holders(self, level_id: str) -> Texts:
        """Shape (n_communities,): grid in which the middle of each community lies, "" for none.

        Seen on the map alone, for a level above communities.
        """
        grids = self.grids[level_id]
        found = np.full(len(self.communities), "", dtype=object)
        middles = shapely.point_on_surface(self.communities.geometry.to_numpy())
        at, grid = shapely.STRtree(grids.geometry.to_numpy()).query(middles, "intersects")
        found[at] = grids["grid_code"].astype(str).to_numpy(object)[grid]
        return found

    def stated(self, level_id: str) -> list[Level]:
        """Return a level as it stands for the community of each of its grids.

        One above communities stands as for the country where all of its communities are rural.
        """
        grids = self.grids[level_id]
        if not self.is_joined(level_id):
            return [
                self.level(level_id, self.area_types.get(c, "urban"), self.grades.get(c, ""))
                for c in grids["community_id"]
            ]
        holders, types = self.holders(level_id), np.array(list(self.area_types.values()))
        kinds = [set(types[holders == str(code)]) for code in grids["grid_code"]]
        return [self.level(level_id, "rural" if own == {"rural"} else "urban") for own in kinds]

    def is_whole(self, level_id: str) -> bool:
        """Return whether a level does not divide communities."""
        return self.level(level_id).is_whole


def gather(
    grids: Mapping[str, gpd.GeoDataFrame],
    units: gpd.GeoDataFrame,
    rules: RuleSet,
    context: Mapping[str, gpd.GeoDataFrame | None],
) -> Evidence:
    """Return a plan and its ground, ready to be judged.

    Parameters
    ----------
    grids : mapping of str to GeoDataFrame
        Level id -> ``grid_code``, ``community_id``, the outline and, where the level
        nests in another, ``parent_code``.
    units : GeoDataFrame
        ``unit_id``, ``community_id``, measures, ``workload`` and ``<level>_code`` for each
        level in `grids`; ``compound_id``, ``exclusive_id`` and the columns of parts where any.
    rules : RuleSet
    context : mapping of str to GeoDataFrame
        ``communities``, and where there are any ``exclusive``, ``streets``, ``barriers``,
        ``crossings``, ``stations`` and ``cells``. All in the projected CRS of `units`.

    Raises
    ------
    DataError
        If a level or a column is missing that the rules need.
    """
    counted = _counted(rules)
    _refuse_gaps(grids, units, rules, counted)
    table = units.sort_values("unit_id", kind="stable", ignore_index=True)
    for column in ("compound_id", *PART_COLUMNS, "exclusive_id"):
        if column not in table:
            table[column] = None
    communities = context["communities"]
    assert communities is not None
    communities = communities.sort_values("community_id", ignore_index=True)
    types = communities.get("area_type", pd.Series("urban", index=communities.index))
    exclusive = context.get("exclusive")
    held_by = _texts(table["exclusive_id"])
    site_ids = _texts([] if exclusive is None else exclusive["exclusive_id"])
    site_of = {site: place for place, site in enumerate(site_ids)}
    lives = (table[list(counted)].fillna(0) > 0).any(axis=1).to_numpy()
    levels = [level.id for level in rules.levels if level.id in grids]
    return Evidence(
        rules=rules,
        grids={
            level: grids[level].sort_values("grid_code", kind="stable", ignore_index=True)
            for level in levels
        },
        units=table,
        codes={level: _texts(table[f"{level}_code"]) for level in levels},
        needs_grid=(held_by == "") | lives,
        measures=tuple(m for m in dict.fromkeys([*MEASURES, *counted, HOURS]) if m in table),
        area_types=dict(zip(communities["community_id"], types, strict=True)),
        grades=grade_communities(
            table, rules.measure, rules.difficulty.grades if rules.difficulty else ()
        ),
        communities=communities,
        sites=_geometry(exclusive),
        site_ids=site_ids,
        inside=np.array([site_of.get(site, -1) for site in held_by], dtype=np.int64),
        places=read_parts(table).place,
        barriers=_geometry(context.get("barriers")),
        crossings=_geometry(context.get("crossings")),
        cells=_cells(context.get("cells"), table["unit_id"]),
        walk=lay_walk(
            table,
            *(context.get(name) for name in ("streets", "barriers", "crossings", "stations")),
        ),
        lines=np.concatenate([_geometry(context.get(n)) for n in ("streets", "barriers")]),
    )


def _counted(rules: RuleSet) -> tuple[str, ...]:
    """Return the measures that some rule counts."""
    return tuple(dict.fromkeys([rules.measure, *(bound.measure for bound in rules.ranges)]))


def _refuse_gaps(
    grids: Mapping[str, gpd.GeoDataFrame],
    units: gpd.GeoDataFrame,
    rules: RuleSet,
    counted: Iterable[str],
) -> None:
    """Refuse a plan that lacks what the rules need."""
    known = [level.id for level in rules.levels]
    if strange := sorted(set(grids) - set(known)):
        raise DataError(
            f"The plan has levels that are not in the rule set {rules.id}.",
            found=name_some(strange),
            wanted="levels " + ", ".join(known),
            fix=near_names(strange[0], known),
        )
    needed = ("unit_id", "community_id", "workload", *counted, *(f"{v}_code" for v in grids))
    if lacking := [column for column in needed if column not in units]:
        raise DataError(
            "The units lack columns that this check needs.",
            found="no " + ", ".join(lacking),
            wanted="the id and community of each unit, what the rules count, and its grids",
            fix="add the columns, or choose a rule set that counts what there is",
        )


def _texts(column: Iterable[object]) -> Texts:
    """Return a column as texts, "" where there is none."""
    return np.array(["" if is_missing(v) else str(v) for v in column], dtype=object)


def _geometry(frame: gpd.GeoDataFrame | None) -> Geometries:
    if frame is None or frame.empty:
        return np.empty(0, dtype=object)
    return np.asarray(frame.geometry.to_numpy(), dtype=object)


def _cells(frame: gpd.GeoDataFrame | None, unit_ids: "pd.Series[str]") -> Geometries | None:
    """Return the cell of each unit."""
    if frame is None or frame.empty:
        return None
    known = dict(zip(frame["unit_id"], frame.geometry, strict=True))
    cells = np.empty(len(unit_ids), dtype=object)
    cells[:] = [known.get(unit) for unit in unit_ids]
    return cells
