"""Columns of a source under canonical names: renamed, constant, computed or joined."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart import expressions
from gridpart.errors import DataError, name_some, near_names
from gridpart.findings import Finding, listed
from gridpart.joins import join_table
from gridpart.manifest import Constant, Expression, Mapped, TableSource, Template
from gridpart.privacy import veil
from gridpart.schema import Layer, as_text, is_missing
from gridpart.sentences import Sentence
from gridpart.sheets import read_sheet
from gridpart.templates import fill_template, is_template, template_columns

__all__ = ["join_tables", "map_columns"]


def join_tables(
    frame: pd.DataFrame, tables: Iterable[TableSource]
) -> tuple[pd.DataFrame, pd.DataFrame | None, list[Finding]]:
    """Return the units with the columns of every joined table, and what did not match.

    Returns
    -------
    DataFrame
        The units.
    DataFrame or None
        ``JoinResult.rows`` of all tables: what became of each row.
    list of Finding
        What was recognized in the tables, and what did not match.

    Raises
    ------
    DataError
        If a table cannot be read or lacks a column.
    """
    findings: list[Finding] = []
    rows = []
    for table in tables:
        sheet = read_sheet(
            Path(table.path), sheet=table.sheet, header=table.header, encoding=table.encoding
        )
        ours, theirs = _named(frame, table.units), _named(sheet.frame, table.table)
        joined = join_table(
            ours,
            theirs,
            units_on=table.units,
            table_on=table.table,
            columns=table.columns,
            name=Path(table.path).name,
        )
        frame = joined.frame.drop(columns=[c for c in ours.columns if c not in frame.columns])
        rows.append(joined.rows)
        found = (*sheet.findings, *joined.findings)
        findings += [replace(finding, layer="units") for finding in found]
    return frame, pd.concat(rows, ignore_index=True) if rows else None, findings


def _named(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Return a table with a column for each template whose columns it has."""
    new = [n for n in names if n not in frame.columns and is_template(n)]
    usable = [n for n in new if set(template_columns(n)) <= set(map(str, frame.columns))]
    return frame.assign(**{name: fill_template(name, frame) for name in usable})


def map_columns(
    frame: pd.DataFrame, columns: Mapping[str, Mapped], layer: Layer, shown: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return a table under canonical names, and what gave way or was rounded.

    Source columns that are not mapped stay; one that bears a canonical name and is not
    the one mapped to it gives way.

    Parameters
    ----------
    frame : DataFrame
        Under the names of its source.
    columns : mapping of str to str, Constant, Expression or Template
        Canonical column -> where it comes from.
    layer : Layer
        The canonical layer.
    shown : str
        Name of the file, for messages.

    Raises
    ------
    DataError
        If a source column is missing, or an expression meets text.

    Examples
    --------
    >>> from gridpart.schema import LAYERS
    >>> frame = pd.DataFrame({"楼号": ["A"], "户数": [3]})
    >>> mapped = {"unit_id": "楼号", "population": Expression("户数 * 3")}
    >>> map_columns(frame, mapped, LAYERS["units"], "楼栋.csv")[0].to_dict("list")
    {'户数': [3], 'unit_id': ['A'], 'population': [9.0]}
    """
    _refuse_missing(frame, columns, shown)
    renamed = {canonical: name for canonical, name in columns.items() if isinstance(name, str)}
    new = {canonical: frame[name] for canonical, name in renamed.items()}
    key = new.get(layer.key or "")
    findings: list[Finding] = []
    values: dict[str, Any] = {}
    for canonical, mapped in columns.items():
        if isinstance(mapped, Constant):
            values[canonical] = mapped.value
        elif isinstance(mapped, Template):
            values[canonical] = fill_template(mapped.text, frame)
        elif isinstance(mapped, Expression):
            computed = _compute(frame, mapped.text, key, shown)
            values[canonical], found = _rounded(computed, canonical, mapped.text, layer)
            findings += found
        else:
            values[canonical] = new[canonical]
    spent = set(renamed.values())
    gone = [c for c in frame.columns if c in columns and c not in spent]
    if gone:
        what = Sentence("columns_give_way", layer=shown)
        findings.append(Finding("assumption", layer.name, what, tuple(gone), listed(gone)))
    kept = frame.drop(columns=[c for c in frame.columns if c in spent or c in columns])
    return kept.assign(**values), findings


def _refuse_missing(frame: pd.DataFrame, columns: Mapping[str, Mapped], shown: str) -> None:
    """Refuse a mapping from columns that the source lacks."""
    wanted: list[str] = []
    for mapped in columns.values():
        if isinstance(mapped, Expression):
            wanted += expressions.column_names(mapped.text)
        elif isinstance(mapped, Template):
            wanted += template_columns(mapped.text)
        elif isinstance(mapped, str):
            wanted.append(mapped)
    here = [str(column) for column in frame.columns if column != "geometry"]
    lacking = [name for name in dict.fromkeys(wanted) if name not in here]
    if not lacking:
        return
    hints = [f"{name!r}: {near_names(name, here)}" for name in lacking]
    raise DataError(
        f"{shown} lacks {len(lacking)} of the columns that the manifest maps.",
        found=f"columns {name_some(here, most=20)}",
        wanted="; ".join(hints[:5]),
        fix="correct the names in the manifest; those of a shapefile are cut to ten bytes",
    )


def _compute(
    frame: pd.DataFrame, text: str, key: "pd.Series | None", shown: str
) -> NDArray[np.float64]:
    """Return the value of an expression for every row."""
    numbers = {}
    for name in expressions.column_names(text):
        numbers[name] = pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64)
        bad = np.isnan(numbers[name]) & ~np.array([is_missing(v) for v in frame[name]], dtype=bool)
        if bad.any():
            cells = [veil(as_text(cell)) for cell in frame[name][bad]]
            rows = (
                [""] * len(cells) if key is None else [f" ({veil(as_text(v))})" for v in key[bad]]
            )
            raise DataError(
                f"{int(bad.sum())} of {len(frame)} values of {name!r} in {shown} are no numbers.",
                found=name_some(f"{c!r}{row}" for c, row in zip(cells, rows, strict=True)),
                wanted=f"numbers, since the expression {text!r} counts with them",
                fix="correct these cells",
            )
    value = expressions.evaluate(text, numbers)
    return value if numbers else np.repeat(value, len(frame))


def _rounded(
    values: NDArray[np.float64], column: str, text: str, layer: Layer
) -> tuple[NDArray[np.float64], list[Finding]]:
    """Return computed counts as whole numbers, and how many were none."""
    counts = {c.name for c in layer.columns if c.type in ("count", "measure")}
    if column not in counts:
        return values, []
    whole = np.rint(values)
    changed = int((np.isfinite(values) & (np.abs(values - whole) > 1e-9)).sum())
    if not changed:
        return whole, []
    what = Sentence("rounded", n=changed, total=len(values), column=column, text=text)
    return whole, [Finding("assumption", layer.name, what)]
