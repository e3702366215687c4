"""A small finished plan made by hand, with everything that a file has to keep.

Two communities of 16 square units each, divided into two general grids of two micro
grids; U00 is cut into two stairwells, and one micro grid is out of range.
"""

import dataclasses

import districts
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from districts import build_district

from gridpart.metrics import Check, LevelSummary, Report
from gridpart.model import Breach, Note
from gridpart.plan import Plan
from gridpart.rules import load_rules, rules_to_toml

CUT = "U00"
HALVES = {"general": 2, "micro": 1}
"""Columns of units in a grid of each level."""


def small_district():
    """Return the district with Chinese names and every layer filled."""
    layers = districts.full()
    layers["communities"]["name"] = ["栖贤社区", "九龙社区"]
    layers["exclusive"]["name"] = ["第一小学"]
    layers["units"]["name"] = [f"{n}号楼" for n in range(1, 33)]
    layers["units"]["stairwells"] = 2
    district, findings = build_district(layers, "hankou")
    assert district is not None, findings
    return district


def small_plan():
    """Return the plan of the small district."""
    district, rules = small_district(), load_rules("qixian")
    units = _units(district)
    layers = {level: _grids(level, units, district) for level in ("overall", "general", "micro")}
    broken = layers["micro"]["grid_code"].iloc[0]
    layers["micro"]["in_range"] = layers["micro"]["grid_code"] != broken
    layers = {name: table[_last(table)] for name, table in layers.items()}
    exclusive = _exclusive(district)
    listed = pd.concat([table["grid_code"] for table in (*layers.values(), exclusive)])
    return Plan(
        district=district,
        rules=rules,
        layers=layers,
        exclusive=exclusive,
        units=units,
        cells=units[["unit_id", "geometry"]].copy(),
        report=_report(layers, rules, broken),
        notes=(
            *district.notes,
            Note("opened", "Building U00 was cut into its 2 stairwells.", ("U00",)),
            Note("assumption", "半径按直线距离计算"),
        ),
        codes=pd.DataFrame(
            {
                "code": listed.sort_values().to_numpy(object),
                "status": "in_force",
                "retired_in": "",
            }
        ),
        meta={
            "rules": rules_to_toml(rules),
            "seed": "7",
            "version": "0.1.0",
            "source_hash": district.source_hash,
            "stopped_by": "budget",
        },
    )


def with_report(plan, **changes):
    """Return the plan with another report."""
    return dataclasses.replace(plan, report=dataclasses.replace(plan.report, **changes))


def with_meta(plan, **entries):
    """Return the plan with other entries in its meta."""
    return dataclasses.replace(plan, meta={**plan.meta, **entries})


def no_map(plan, level, path, *, lang):
    """Stand in for ``draw_level`` where the map is not the point."""
    path.touch()


def no_charts(plan, path, *, lang):
    """Stand in for ``draw_charts`` where the charts are not the point."""
    path.touch()


def assert_same_plan(left, right):
    """Assert that two plans hold the same, value for value."""
    assert list(left.layers) == list(right.layers)
    for name in left.layers:
        pd.testing.assert_frame_equal(left.layers[name], right.layers[name])
    for name in ("exclusive", "units", "cells", "codes"):
        pd.testing.assert_frame_equal(getattr(left, name), getattr(right, name))
    for name in ("communities", "units", "streets", "barriers", "crossings", "exclusive",
                 "stations", "grids"):  # fmt: skip
        one, other = getattr(left.district, name), getattr(right.district, name)
        pd.testing.assert_frame_equal(one, other)
        assert one.crs == other.crs
    if left.district.joins is not None or right.district.joins is not None:
        pd.testing.assert_frame_equal(left.district.joins, right.district.joins)
    for name in ("name", "crs", "measures", "notes", "source_hash", "estimated"):
        assert getattr(left.district, name) == getattr(right.district, name)
    assert left.rules == right.rules
    assert left.notes == right.notes
    assert dict(left.meta) == dict(right.meta)
    assert repr(left.report) == repr(right.report)


def _units(district):
    """Return the units with U00 in two parts and the codes of their grids."""
    whole = district.units.assign(parent_unit_id=None)
    cut = whole["unit_id"] == CUT
    parts = whole[cut].loc[lambda f: f.index.repeat(2)].copy()
    left, bottom, right, top = parts.total_bounds
    middle = (left + right) / 2
    parts["geometry"] = [
        shapely.box(left, bottom, middle, top),
        shapely.box(middle, bottom, right, top),
    ]
    parts["parent_unit_id"] = CUT
    parts["unit_id"] = [f"{CUT}-1", f"{CUT}-2"]
    parts["households"] = 5
    units = pd.concat([whole[~cut], parts]).sort_values("unit_id", ignore_index=True)
    units = gpd.GeoDataFrame(units, crs=district.crs)
    units["workload"] = units["households"] * 1.25
    units["exclusive_id"] = None
    column = units["unit_id"].str[1].astype(int).to_numpy() % 4
    units["overall_code"] = units["community_id"].astype(object)
    general = [f"{c}{n + 1:03}" for c, n in zip(units["community_id"], column // 2, strict=True)]
    units["general_code"] = np.array(general, dtype=object)
    micro = [f"{g}{n + 1:02}" for g, n in zip(general, column % 2, strict=True)]
    units["micro_code"] = np.array(micro, dtype=object)
    return units


def _grids(level, units, district):
    """Return the grids of one level, dissolved from the units."""
    parent = {"overall": None, "general": "overall_code", "micro": "general_code"}[level]
    rows = []
    for code, own in units.groupby(f"{level}_code"):
        shape = own.union_all()
        community = district.communities.set_index("community_id").loc[own["community_id"].iloc[0]]
        rows.append(
            {
                "grid_code": code,
                "level": level,
                "name": f"{community['name']}{'' if parent is None else code[2:]}网格",
                "parent_code": "" if parent is None else own[parent].iloc[0],
                "community_id": own["community_id"].iloc[0],
                "area_type": community["area_type"],
                "n_units": len(own),
                "households": int(own["households"].sum()),
                "workload": float(own["workload"].sum()),
                "area_m2": shape.area,
                "radius_m": 123.4,
                "polsby_popper": 4 * np.pi * shape.area / shape.length**2,
                "in_range": True,
                "geometry": shape,
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=district.crs)


def _last(table):
    """Return the columns with the geometry last."""
    return [c for c in table.columns if c != "geometry"] + ["geometry"]


def _exclusive(district):
    site = district.exclusive.iloc[0]
    row = {
        "grid_code": "C2901",
        "level": "exclusive",
        "name": f"{site['name']}专属网格",
        "parent_code": "C2",
        "community_id": "C2",
        "area_type": "rural",
        "exclusive_id": site["exclusive_id"],
        "kind": site["kind"],
        "n_units": 0,
        "households": 0,
        "firms": 1,
        "workload": 0.0,
        "area_m2": site.geometry.area,
        "radius_m": np.nan,
        "polsby_popper": 0.785,
        "in_range": True,
        "geometry": site.geometry,
    }
    return gpd.GeoDataFrame([row], geometry="geometry", crs=district.crs)


def _report(layers, rules, broken):
    levels = tuple(
        LevelSummary(
            level=level.id,
            title=level.title,
            n_grids=len(layers[level.id]),
            n_in_range=int(layers[level.id]["in_range"].sum()),
            n_oversize=0,
            totals={"households": int(layers[level.id]["households"].sum())},
            cv=0.1 if level.id != "overall" else float("nan"),
            max_min=1.5,
            polsby_popper=0.7,
            radius_m=123.4,
        )
        for level in rules.levels
    )
    breaches = (
        Breach(
            grid=broken,
            level="micro",
            rule="range",
            reason="arithmetic",
            proven=True,
            message=f"Grid {broken} holds 25 households, and no plan gives it 30.",
            measure="households",
            value=25.0,
            min=30.0,
            max=100.0,
            clause="cdpma: micro grids hold 30 to 100 households",
            units=("U00-1", "U00-2"),
        ),
        Breach("C1001", "general", "radius", "radius", False, "Too far.", hard=False, max=500.0),
    )
    checks = (Check("cover", "general", True, "320,000 m2 of 320,000 m2"),)
    return Report(levels, breaches, checks)
