"""The plan: every level's grids as tables, and what was found out about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import geopandas as gpd
import pandas as pd

from gridpart.district import District
from gridpart.metrics import Report
from gridpart.model import Note
from gridpart.rules import RuleSet

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The nested grids of a district.

    Everything lies in ``district.crs``. Grids are in order of their code; units in
    order of ``unit_id``.
    """

    district: District
    rules: RuleSet
    layers: Mapping[str, gpd.GeoDataFrame]
    """Level id -> its grids: ``grid_code``, ``level``, ``name``, ``parent_code``,
    ``community_id``, ``area_type``, ``nonplanar``, ``floor_bands``, ``n_units``, each
    measure, ``workload``, ``area_m2``, ``radius_m``, ``polsby_popper``, ``in_range`` and
    the outline."""
    exclusive: gpd.GeoDataFrame
    """Exclusive grids, with the same columns and ``exclusive_id`` and ``kind``."""
    units: gpd.GeoDataFrame
    """The district's units (a building that was cut as its parts, with ``parent_unit_id``,
    ``stairwell``, ``floor_from`` and ``floor_to``), ``workload``, ``<level>_code`` a level,
    and ``exclusive_id``."""
    cells: gpd.GeoDataFrame
    """The ground of each unit: ``unit_id`` and the outline."""
    report: Report
    """What the referee found."""
    notes: tuple[Note, ...]
    """Everything repaired, moved, assumed or opened."""
    codes: pd.DataFrame
    """``code``, ``status`` and ``retired_in``: codes in force and retired."""
    meta: Mapping[str, str]
    """``rules`` (TOML), ``seed``, ``version``, ``source_hash``, ``stopped_by``."""
    proposed: gpd.GeoDataFrame | None = None
    """Places for new stations, where ``locate_stations`` was asked: ``station_id``,
    ``unit_id``, ``community_id``, ``within_m``, what each gains, and the point."""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Further tables under their names, such as ``staffing``; text and numbers only."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Level ids, coarse to fine."""
        return tuple(self.layers)

    @property
    def named(self) -> tuple[str, ...]:
        """Levels whose grids are whole communities, or several, and are known by their names."""
        return tuple(level.id for level in self.rules.levels if level.is_whole)

    @property
    def above(self) -> tuple[str, ...]:
        """Levels above the community, whose grids lie in none."""
        return tuple(level.id for level in self.rules.levels if level.is_joined)

    def grids(self, level: str) -> gpd.GeoDataFrame:
        """Return the grids of one level, or the exclusive ones."""
        if level == "exclusive":
            return self.exclusive
        if level not in self.layers:
            known = ", ".join([*self.layers, "exclusive"])
            raise KeyError(f"no level {level!r} in this plan; it has {known}")
        return self.layers[level]

    def children(self, level: str, code: str) -> gpd.GeoDataFrame:
        """Return the grids that lie directly in one grid; none where no level nests in its own."""
        below = next((v.id for v in self.rules.levels if v.nests_in == level), None)
        grids = self.grids(level).iloc[:0] if below is None else self.grids(below)
        return grids[grids["parent_code"] == code]

    def plot(self, level: str | None = None, *, lang: str = "zh") -> Any:
        """Return the map of one level, which shows itself in a notebook.

        Parameters
        ----------
        level : str, optional
            By default the level above the finest, whose grids have room for labels.
        lang : {"zh", "en"}

        Returns
        -------
        gridpart.plot.Drawing
            With ``figure`` and ``save(path)``.
        """
        chosen = level or self.levels[max(0, len(self.levels) - 2)]
        return import_module("gridpart.plot").plot_level(self, chosen, lang=lang)

    def explore(self, *, lang: str = "zh") -> Any:
        """Return the page of the plan, which opens inside a notebook and needs no network.

        Parameters
        ----------
        lang : {"zh", "en"}

        Returns
        -------
        gridpart.shown.Page
            With ``html``, the same page as ``write_report`` writes.
        """
        page = import_module("gridpart.web_report").page_html(self, lang)
        return import_module("gridpart.shown").Page(page)

    def _repr_html_(self) -> str:
        """Return the plan as a notebook shows it."""
        shown: str = import_module("gridpart.shown").plan_html(self)
        return shown

    def __repr__(self) -> str:
        """Return the plan with its counts."""
        sizes = ", ".join(f"{len(grids)} {level}" for level, grids in self.layers.items())
        return f"Plan({self.district.name!r}, {sizes}, {len(self.exclusive)} exclusive)"
