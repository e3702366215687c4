"""Communities on their way to the solvers: units cut, weighed and given ground."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.difficulty import grade_communities
from gridpart.district import District
from gridpart.errors import DataError, name_some, near_names
from gridpart.model import HOURS, WEIGHTED, Ground, Level, Note
from gridpart.parts import cut_oversize
from gridpart.problem import Surroundings, build_ground
from gridpart.rules import AREA_TYPES, RuleSet
from gridpart.sentences import Sentence
from gridpart.service import walk_between, walking_streets
from gridpart.walkways import Streets
from gridpart.workload import counted_columns, score_units, unit_load

__all__ = ["Territory", "lay_streets", "measures_of", "prepare_units", "require_measures", "survey"]

SHAPEFILE_LETTERS = 10
"""What a Shapefile keeps of a column's name."""
NEAR_M = 100.0
"""Streets, barriers and crossings this near a community matter to it."""


@dataclass(frozen=True, slots=True)
class Territory:
    """One community on its way: frames and arrays side by side."""

    community: dict[str, str]
    levels: tuple[Level, ...]
    units: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    ground: Ground | None
    """None for a community without units to divide."""
    cells: NDArray[np.object_]


def require_measures(district: District, rules: RuleSet) -> None:
    """Refuse a district whose units lack what the rules count."""
    named = [rules.measure, rules.load or rules.measure, *(r.measure for r in rules.ranges)]
    wanted = {name.removeprefix(WEIGHTED) for name in named} - {HOURS}
    columns = [str(c) for c in district.units.columns]
    missing = sorted(wanted.difference(columns))
    if missing:
        raise DataError(
            f"The units have no column {', '.join(map(repr, missing))}, which the rules count.",
            found="; ".join(f"{name}: {near_names(name, columns)}" for name in missing),
            wanted=f"the rule set {rules.id!r} needs {', '.join(sorted(wanted))}",
            fix="add or rename the column, or use a rule set that counts what the data has",
        )


def measures_of(district: District, rules: RuleSet) -> tuple[str, ...]:
    """Return the measures to sum: the rules' own first, then the others in the data."""
    counted = (bound.measure for bound in rules.ranges)
    named = [rules.measure, *counted, *district.measures, *rules.derived]
    return tuple(dict.fromkeys(named))


def prepare_units(
    district: District, rules: RuleSet, *, cut: bool = True
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...], tuple[Note, ...]]:
    """Return the units with their workload and site, oversize buildings cut, and what was done.

    What the rules count from incidents is in the units already (`count_incidents`). With
    ``cut=False`` every building stays whole, as in a plan that others made. So does one
    inside a site, whose residents all join the grid of one unit beside it.
    """
    restored, told = _restored(district.units, rules)
    restored = restored.assign(exclusive_id=_sites_of(restored, district.exclusive))
    scored, assumed = score_units(restored.set_index("unit_id", drop=False), rules)
    restored = restored.assign(**{str(c): scored[c].to_numpy() for c in scored})
    counts = [*measures_of(district, rules), *counted_columns(rules)]
    counts += [rule.column for rule in rules.incidents]
    tables: list[gpd.GeoDataFrame] = []
    cuts: list[Note] = []
    inside = restored["exclusive_id"].notna().to_numpy()
    kinds = [_area_types(district), _grades_of(restored, rules), inside]
    for (area, grade, held), rows in restored.groupby(kinds, sort=True):
        levels = rules.levels_for(str(area), str(grade)) if cut and not held else ()
        table, notes = cut_oversize(rows, levels, dict.fromkeys(counts))
        tables.append(table)
        cuts.extend(notes)
    units = gpd.GeoDataFrame(
        pd.concat(tables).sort_values("unit_id", ignore_index=True), crs=district.crs
    )
    named = units.set_index("unit_id", drop=False)
    units["workload"] = unit_load(named, rules).to_numpy()
    units["exclusive_id"] = units.pop("exclusive_id")
    return units, _said_once(cuts), (*told, *assumed)


def _said_once(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return notes with the names of those that say the same put together."""
    names: dict[tuple[str, str], tuple[str, ...]] = {}
    for note in notes:
        names[note.kind, note.what] = (*names.get((note.kind, note.what), ()), *note.names)
    return tuple(Note(kind, what, listed) for (kind, what), listed in names.items())


def _restored(units: gpd.GeoDataFrame, rules: RuleSet) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Return `units` with indicator columns that a Shapefile cut to 10 letters named in full."""
    wanted = [] if rules.difficulty is None else rules.difficulty.indicators
    cut = {
        i.column[:SHAPEFILE_LETTERS]: i.column
        for i in wanted
        if i.column not in units and i.column[:SHAPEFILE_LETTERS] in units
    }
    notes = tuple(
        Note("assumption", Sentence("column_taken", short=short, full=full), (short,))
        for short, full in cut.items()
    )
    return units.rename(columns=cut), notes


def _area_types(district: District) -> NDArray[np.object_]:
    """Return the area type of each unit's community."""
    types = district.communities.set_index("community_id")["area_type"]
    own: NDArray[np.object_] = types.reindex(district.units["community_id"]).to_numpy(object)
    return own


def _grades_of(units: pd.DataFrame, rules: RuleSet) -> NDArray[np.object_]:
    """Return the class of difficulty of each unit's community, "" where there are none."""
    grades = () if rules.difficulty is None else rules.difficulty.grades
    classes = grade_communities(units, rules.measure, grades)
    return units["community_id"].map(classes).fillna("").to_numpy(object)


def _sites_of(units: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the exclusive site that holds most of each unit, None for none."""
    found = np.full(len(units), None, dtype=object)
    if len(sites):
        inner = shapely.point_on_surface(units.geometry.to_numpy())
        unit, site = shapely.STRtree(sites.geometry.to_numpy()).query(inner, "intersects")
        found[unit] = sites["exclusive_id"].to_numpy(object)[site]
    return found


def lay_streets(district: District, rules: RuleSet) -> Streets | None:
    """Return the walking network, where a level has a hard radius that the search keeps."""
    levels = [level for area in AREA_TYPES for level in _levels(district, rules, area)]
    if not any(v.radius and v.radius.hard and v.radius.origin == "center" for v in levels):
        return None
    return walking_streets(district.streets, district.barriers, district.crossings)


def _levels(
    district: District, rules: RuleSet, area_type: str, grade: str = ""
) -> tuple[Level, ...]:
    """Return the levels of a community; without stations a center stands in for them."""
    levels = rules.levels_for(area_type, grade)
    if len(district.stations):
        return levels
    return tuple(
        v if v.radius is None else replace(v, radius=replace(v.radius, origin="center"))
        for v in levels
    )


def survey(
    district: District,
    rules: RuleSet,
    units: gpd.GeoDataFrame,
    at: int,
    streets: Streets | None = None,
) -> Territory:
    """Return one community with its cells and contiguity, and its units on `streets`."""
    row = district.communities.iloc[at]
    community = {key: str(row[key]) for key in ("community_id", "name", "area_type")}
    community |= {key: str(row[key]) for key in ("street_id", "street_name") if key in row.index}
    community["district"] = district.name
    sites = district.exclusive[district.exclusive["community_id"] == row["community_id"]]
    own = units[units["community_id"] == row["community_id"]]
    counted = own[list(measures_of(district, rules))[:1]].sum(axis=1) > 0
    divided = own[own["exclusive_id"].isna() | counted]
    grade = next(iter(_grades_of(own, rules)), "")
    levels = _levels(district, rules, community["area_type"], str(grade))
    outdoors = divided["exclusive_id"].isna()
    if len(divided) and not outdoors.any():
        inside = divided.loc[counted[divided.index], "unit_id"]
        raise DataError(
            f"All units with residents in {community['name']} lie inside exclusive sites.",
            found=f"units {name_some(inside)} in sites {name_some(sites['exclusive_id'])}",
            wanted="a unit outside the sites, whose grids the residents inside can share",
            fix="shrink the site, or leave it out and let its residents be divided",
        )
    if not outdoors.any():
        return Territory(community, levels, divided.iloc[:0], sites, None, np.empty(0, object))
    region = row.geometry
    if len(sites):
        region = shapely.difference(region, shapely.union_all(sites.geometry.to_numpy()))
    place = {name: i for i, name in enumerate(sites["exclusive_id"])}
    inside = divided["exclusive_id"].map(place).fillna(-1).to_numpy(np.int64)
    around = Surroundings(
        streets=_near(district.streets, row.geometry),
        barriers=_near(district.barriers, row.geometry),
        crossings=_near(district.crossings, row.geometry),
        sites=sites.geometry.to_numpy(),
        inside=inside,
    )
    inside_it = [level for level in levels if not level.is_joined]
    measures = list(dict.fromkeys(b.measure for level in inside_it for b in level.ranges))
    ground, cells = build_ground(
        community["community_id"],
        region,
        divided,
        divided["workload"].to_numpy(np.float64),
        measures or [rules.measure],
        around,
    )
    if streets is not None:
        ground = replace(ground, walk=walk_between(divided, streets))
    return Territory(community, levels, divided, sites, ground, cells)


def _near(layer: gpd.GeoDataFrame, region: shapely.Geometry) -> NDArray[np.object_]:
    """Return the geometries of a layer near a community."""
    shapes = layer.geometry.to_numpy()
    found = shapely.STRtree(shapes).query(region, predicate="dwithin", distance=NEAR_M)
    return np.asarray(shapes[np.sort(found)], dtype=object)
