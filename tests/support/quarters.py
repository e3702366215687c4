"""Quarters of real shapes: a tower beside low courtyards, and a courtyard of old slabs."""

from dataclasses import replace

import districts
import geopandas as gpd
import shapely
from districts import build_district
from shapely import affinity

from gridpart.rules import load_rules

WEST, SOUTH = districts.WEST, districts.SOUTH
CODE = "510121001002"


def at(x, y, width, depth, angle=0.0):
    """Return a rectangle of so many meters around a place."""
    house = shapely.box(x - width / 2, y - depth / 2, x + width / 2, y + depth / 2)
    return affinity.translate(affinity.rotate(house, angle), WEST, SOUTH)


def house(unit_id, households, shape, **columns):
    """Return one building of six floors."""
    return {
        "unit_id": unit_id, "households": households, "population": round(2.5 * households),
        "floors": 6, "stairwells": 1, "compound_id": None, "name": None, "geometry": shape,
        **columns,
    }  # fmt: skip


def tower(shape=None, **columns):
    """Return a tower of 33 floors, 2 stairwells and 6 flats a floor in each: 396 households."""
    shape = at(60, 150, 44, 18, 20) if shape is None else shape
    own = {"unit_id": "T1", "floors": 33, "stairwells": 2, "name": "1号楼", **columns}
    return {**house("T1", 396, shape), **own}


def courtyards():
    """Return four courtyards of four low slabs each, 24 to 30 households a slab."""
    rows = []
    for k, (x, y) in enumerate([(60, 50), (190, 50), (190, 150), (190, 250)]):
        for n, (dx, dy, turned) in enumerate([(0, -28, 0), (0, 28, 0), (-38, 0, 90), (38, 0, 90)]):
            size = 24 + (5 * k + 3 * n) % 7
            rows.append(
                house(f"K{k}-{n}", size, at(x + dx, y + dy, 50, 11, turned), stairwells=2,
                      compound_id=f"K{k}")
            )  # fmt: skip
    return rows


def jinhai():
    """Return one courtyard of 10 slabs with 39 stairwells and 461 households."""
    stairwells = [9, 3, 3, 3, 3, 3, 4, 4, 3, 4]
    households = [107, 35, 35, 36, 36, 35, 47, 47, 36, 47]
    rows = []
    for n, (wells, size) in enumerate(zip(stairwells, households, strict=True)):
        shape = at(70 + 130 * (n % 2), 30 + 34 * (n // 2), 12 * wells, 11)
        rows.append(
            house(f"B{n}", size, shape, stairwells=wells, compound_id="勤劳街二号院", floors=6)
        )
    return rows


def quarter(units, width=260.0, depth=300.0, **layers):
    """Return a district of one community around its units."""
    region = shapely.box(WEST, SOUTH, WEST + width, SOUTH + depth)
    community = {"community_id": CODE, "name": "栖贤社区", "area_type": "urban", "geometry": region}
    given = {"communities": districts.table([community]), "units": districts.table(units), **layers}
    district, findings = build_district(given, "quarter")
    assert district is not None, [str(finding) for finding in findings]
    return district


def rules(split_to):
    """Return the rules of qixian with another ``split_to`` of the micro grids."""
    own = load_rules("qixian")

    def changed(levels):
        return tuple(replace(v, split_to=split_to) if v.id == "micro" else v for v in levels)

    return replace(own, levels=changed(own.levels), rural_levels=changed(own.rural_levels))


def frame(rows):
    """Return rows as a frame of units."""
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=districts.CRS)
