"""Reading what is in force: a plan, labels of units in any table, or outlines of grids."""

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray

from gridpart.district import District
from gridpart.drawn import codes_at, located_grids
from gridpart.errors import DataError, name_some, near_names
from gridpart.export import read_plan
from gridpart.geopackage import FORMAT
from gridpart.incident_counts import count_incidents
from gridpart.interchange import field_names, read_grids
from gridpart.plan import Plan
from gridpart.revise import InForce
from gridpart.rules import RuleSet
from gridpart.schema import as_text, is_missing
from gridpart.sheets import SHEETS, read_sheet
from gridpart.territory import prepare_units

__all__ = ["drawn_in_place", "in_force_of", "read_in_force", "read_labels"]

logger = logging.getLogger(__name__)

PLAN, DISTRICT = "plan.gpkg", "district.gpkg"


def in_force_of(plan: Plan, name: str) -> InForce:
    """Return what a plan puts in force."""
    units = plan.units
    codes = pd.DataFrame(
        {level: _texts(units[f"{level}_code"]) for level in plan.levels},
        index=pd.Index(units["unit_id"].astype(str)),
    )
    status, every = plan.codes["status"], plan.codes["code"].astype(str)
    gone = plan.codes[status == "retired"]
    parts = units["parent_unit_id"] if "parent_unit_id" in units else pd.Series(dtype=object)
    return InForce(
        name=name,
        codes=codes,
        parents={
            str(unit): str(building)
            for unit, building in zip(units["unit_id"], parts, strict=False)
            if isinstance(building, str)
        },
        sites=dict(
            zip(
                plan.exclusive["exclusive_id"].astype(str),
                plan.exclusive["grid_code"].astype(str),
                strict=True,
            )
        ),
        given=frozenset(every[status == "in_force"]),
        retired=dict(zip(gone["code"].astype(str), gone["retired_in"].astype(str), strict=True)),
    )


def drawn_in_place(plan: Plan, name: str) -> InForce:
    """Return what the grids of a plan put in force whose units were relabeled in its own file.

    The outlines still tell which units were in which grid. A unit inside an exclusive site
    has no ground in them, and counts as it is labeled now.
    """
    old = in_force_of(plan, name)
    ground = plan.cells.set_index("unit_id").geometry.reindex(old.codes.index)
    drawn = ~shapely.is_missing(ground.to_numpy())
    places = shapely.point_on_surface(ground.to_numpy()[drawn])
    codes = old.codes.copy()
    for level in plan.levels:
        grids = plan.grids(level)
        unit, grid = shapely.STRtree(grids.geometry.to_numpy()).query(places, "intersects")
        column = codes[level].to_numpy(object).copy()
        column[np.flatnonzero(drawn)[unit]] = grids["grid_code"].to_numpy(object)[grid]
        codes[level] = column
    return replace(old, codes=codes)


def read_in_force(path: str | Path, district: District, rules: RuleSet) -> InForce:
    """Return the plan in force.

    Parameters
    ----------
    path : str or Path
        A plan's folder or ``plan.gpkg``; a table (CSV, Excel or a vector file) with
        ``unit_id`` and ``<level>_code``; outlines of grids with ``level`` and
        ``grid_code``, which hold the units that lie in them; or a district's folder or
        GeoPackage whose layer ``units`` or ``grids`` is one of the two.
    district : District
        What is divided anew.
    rules : RuleSet
        Says which levels there are.

    Raises
    ------
    DataError
        If it is none of these, or has no grid of any level.
    """
    path = Path(path)
    if path.is_dir():
        path = path / (DISTRICT if (path / DISTRICT).is_file() else PLAN)
    if path.name == PLAN or _is_plan(path):
        return in_force_of(read_plan(path), path.parent.name if path.name == PLAN else path.name)
    levels = [level.id for level in rules.levels]
    columns = _columns_of(path, None)
    named = _label_columns(columns, levels)
    if "unit_id" in columns and named:
        codes = read_labels(path, list(named))
        return InForce(name=path.name, codes=codes)
    return _from_outlines(path, district, rules, levels)


def _from_outlines(
    path: Path, district: District, rules: RuleSet, levels: Sequence[str]
) -> InForce:
    """Return what outlines of grids hold; each level is a layer or the value of ``level``."""
    units, _, _ = prepare_units(count_incidents(district, rules)[0], rules)
    found: dict[str, NDArray[np.object_]] = {}
    for level in levels:
        try:
            outlines = read_grids(path, level)
        except DataError:
            continue
        if "level" not in outlines and level not in _layers_of(path):
            continue
        grids = located_grids(outlines, district, rules.level(level))
        found[level] = _texts(pd.Series(codes_at(grids, units), dtype=object))
    if not found:
        raise DataError(
            f"{path.name} holds no grids in force.",
            found=f"columns {name_some(_columns_of(path, None), most=12)}",
            wanted="a plan, a table with unit_id and columns such as "
            f"{levels[-1]}_code, or outlines with level and grid_code",
            fix="export the plan in force as one of these, with level ids of the rule set: "
            + ", ".join(levels),
        )
    codes = pd.DataFrame(found, index=pd.Index(units["unit_id"].astype(str)))
    return InForce(name=path.name, codes=codes)


def read_labels(
    path: str | Path, levels: Sequence[str], *, needed: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the code that a file gives each unit at each level, "" where it gives none.

    Parameters
    ----------
    path : str or Path
        CSV, Excel, or a vector file; a GeoPackage is read at its layer ``units``, or at its
        only one. Columns ``unit_id`` and ``<level>_code``; shapefiles have short names.
    levels : sequence of str
        Levels to look for.
    needed : sequence of str
        Levels that must be there.

    Returns
    -------
    DataFrame
        By ``unit_id``, in the order of the file: a column of text for each level found.

    Raises
    ------
    DataError
        If the file cannot be read, has no such columns, or names a unit twice or not at all.
    """
    path = Path(path)
    path = path / PLAN if path.is_dir() else path
    columns = _columns_of(path, "units")
    found = _label_columns(columns, levels)
    lacking = [f"{level}_code" for level in needed if level not in found]
    if "unit_id" not in columns or lacking or not found:
        lacking = ([] if "unit_id" in columns else ["unit_id"]) + lacking
        raise DataError(
            f"{path.name} has no column {', '.join(lacking or [f'{levels[-1]}_code'])}.",
            found=near_names((lacking or [f"{levels[-1]}_code"])[0], columns),
            wanted="unit_id and a code for each level: "
            + ", ".join(f"{level}_code" for level in (needed or levels)),
            fix="keep these columns as the layer units of a plan has them",
        )
    frame = _rows(path, ["unit_id", *found.values()])
    ids = _texts(frame["unit_id"])
    empty = int((ids == "").sum())
    twice = sorted({i for i, n in zip(*np.unique(ids[ids != ""], return_counts=True), strict=True)
                    if n > 1})  # fmt: skip
    if empty or twice:
        raise DataError(
            f"{path.name} does not say once which unit each row is.",
            found=f"{empty} rows without unit_id; twice: {name_some(twice) or 'none'}",
            wanted="one row for each unit",
            fix="delete the rows that are too many, and fill in the ids",
        )
    return pd.DataFrame(
        {level: _texts(frame[column]) for level, column in found.items()}, index=pd.Index(ids)
    )


def _label_columns(columns: Sequence[str], levels: Sequence[str]) -> dict[str, str]:
    """Return the column of each level that has one."""
    short = field_names([f"{level}_code" for level in levels])
    found = {}
    for level in levels:
        names = (f"{level}_code", short[f"{level}_code"])
        column = next((name for name in names if name in columns), None)
        if column is not None:
            found[level] = column
    return found


def _texts(column: "pd.Series[Any]") -> NDArray[np.object_]:
    """Return a column as text without blanks around it, "" where there is none.

    A long code that was kept as a fraction has lost its last digits, and is refused.
    """
    lost = [v for v in column if isinstance(v, float) and abs(v) >= 2**53]
    if lost:
        raise DataError(
            f"{len(lost)} codes in the column {column.name!r} are rounded numbers.",
            found=name_some(f"{v:.0f}" for v in lost),
            wanted="codes as text",
            fix="export the column as text; a spreadsheet rounds numbers of 16 digits or more",
        )
    texts = ["" if is_missing(value) else as_text(value) for value in column]
    return np.array(texts, dtype=object)


def _is_plan(path: Path) -> bool:
    """Return whether a file is a plan's GeoPackage."""
    if path.suffix.lower() != ".gpkg" or not path.is_file():
        return False
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
        try:
            row = file.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        except sqlite3.DatabaseError:
            return False
    return row is not None and row[0] == FORMAT


def _layers_of(path: Path) -> list[str]:
    try:
        return [str(name) for name, _ in pyogrio.list_layers(path)]
    except (pyogrio.errors.DataSourceError, OSError) as error:
        found = "a file that no driver understands" if path.exists() else "no such file"
        raise DataError(
            f"{path.name} cannot be read.",
            found=found,
            wanted="CSV, Excel, or a vector file such as GeoPackage",
            fix="check the path, or export the layer again",
        ) from error


def _layer_of(path: Path, preferred: str | None) -> str:
    layers = _layers_of(path)
    return preferred if preferred in layers else layers[0]


def _columns_of(path: Path, layer: str | None) -> list[str]:
    """Return the names of the columns of a table or layer."""
    if path.suffix.lower() in SHEETS:
        return [str(column) for column in read_sheet(path).frame.columns]
    info = pyogrio.read_info(path, layer=_layer_of(path, layer or "units"))
    return [str(name) for name in info["fields"]]


def _rows(path: Path, columns: list[str]) -> pd.DataFrame:
    """Return some columns of a table or layer."""
    if path.suffix.lower() in SHEETS:
        sheet = read_sheet(path)
        for finding in sheet.findings:
            logger.warning("%s", finding.text)
        return sheet.frame[columns]
    layer = _layer_of(path, "units")
    frame: pd.DataFrame = pyogrio.read_dataframe(
        path, layer=layer, columns=columns, read_geometry=False
    )
    return frame[columns]
