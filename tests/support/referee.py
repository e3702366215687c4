"""Small plans drawn by hand for the referee, and the rules they are judged by.

Units are squares of 100 m on the lattice of ``districts``, named by their place: U00,
U10 and on from west to east. Unless told otherwise each unit is its own cell, and one
community, C1, is made of all of them.
"""

import geopandas as gpd
import shapely
from districts import CRS, square, table

from gridpart.metrics import evaluate_grids
from gridpart.model import Level, Radius, Range
from gridpart.rules import CodeRule, RuleSet

HOUSEHOLDS = Range("households", 30, 100, clause="test 1")


def rules(*ranges, split_to="stairwell", radius=None, general=(), hard=True):
    """Return rules of three levels that bind micro grids only, or general ones too."""
    ranges = ranges or (HOUSEHOLDS,)
    levels = (
        Level("overall", "总网格", "community"),
        Level("general", "一般网格", "compound", "overall", tuple(general), split_to="building"),
        Level("micro", "微网格", "units", "general", ranges, radius, split_to),
    )
    return RuleSet("test", "test", "households", levels, levels, CodeRule({}), {})


def near(max_m, hard=False):
    """Return a radius without a detour."""
    return Radius(max_m, detour=1.0, hard=hard, clause="test 2")


class Plan:
    """A plan in the making: change a part of it, then have it judged."""

    def __init__(self, sizes, labels, rule_set=None, **columns):
        """Lay units in a row, or in rows, south first; labels name micro grids a, b and on."""
        rows = sizes if isinstance(sizes[0], list) else [sizes]
        names = labels if isinstance(sizes[0], list) else [labels]
        self.rules = rule_set or rules()
        self.units = table(
            [
                {
                    "unit_id": f"U{i}{j}",
                    "community_id": "C1",
                    "households": size,
                    "workload": float(size),
                    "overall_code": "C1",
                    "general_code": "C11",
                    "micro_code": None if names[j][i] == "-" else f"C11{names[j][i]}",
                    "geometry": square(i, j),
                    **{name: values[i] for name, values in columns.items()},
                }
                for j, row in enumerate(rows)
                for i, size in enumerate(row)
            ]
        )
        self.cells = self.units[["unit_id", "geometry"]].copy()
        self.communities = table(
            [{"community_id": "C1", "area_type": "urban", "geometry": self.ground()}]
        )
        self.others = {}
        self.draw()

    def ground(self):
        """Return all cells as one."""
        return shapely.union_all(self.units.geometry.to_numpy())

    def draw(self):
        """Draw the grids anew around the cells of their units."""
        self.grids = {
            level: self._layer(level, above)
            for level, above in (("overall", None), ("general", "overall"), ("micro", "general"))
        }

    def _layer(self, level, above):
        shapes = self.cells.set_index("unit_id").geometry
        rows = []
        for code, own in self.units.groupby(f"{level}_code"):
            held = [shapes[u] for u in own["unit_id"] if u in shapes.index]
            rows.append(
                {
                    "grid_code": code,
                    "parent_code": own[f"{above}_code"].iloc[0] if above else None,
                    "community_id": own["community_id"].iloc[0],
                    "geometry": shapely.union_all(held),
                }
            )
        return table(rows)

    def put(self, layer, geometry, **columns):
        """Add a layer of context."""
        self.others[layer] = table([{**columns, "geometry": geometry}])
        return self

    def outline(self, code, geometry, level="micro"):
        """Give a grid another outline."""
        grids = self.grids[level]
        grids.loc[grids["grid_code"] == code, "geometry"] = gpd.GeoSeries([geometry], crs=CRS)[0]
        return self

    def judge(self, **changes):
        """Return what the referee finds."""
        given = {
            "communities": self.communities,
            "rules": self.rules,
            "cells": self.cells,
            **self.others,
            **changes,
        }
        return evaluate_grids(self.grids, self.units, **given)


def found(report, rule):
    """Return the breaches of one rule."""
    return [breach for breach in report.breaches if breach.rule == rule]


def ok(report, rule, level="micro"):
    """Return whether a check of one level passed."""
    (check,) = [c for c in report.checks if (c.rule, c.level) == (rule, level)]
    return check.ok
