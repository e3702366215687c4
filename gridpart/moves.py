"""Who changes grids against the plan in force: a list of units, and shares of households."""

from collections.abc import Sequence

import pandas as pd

from gridpart.schema import TEXT
from gridpart.spreads import spread
from gridpart.wording import measure_name, words

__all__ = ["change_lines", "change_tables", "list_moves"]


def change_tables(
    units: pd.DataFrame, old: pd.DataFrame, levels: Sequence[str], measure: str
) -> dict[str, pd.DataFrame]:
    """Return the tables ``moves`` and ``changes`` of a plan; see `list_moves` for arguments.

    ``changes`` has a row for each level that was in force: ``level``, of `measure` what
    ``moved`` and the ``total`` that had a grid before, and the coefficient of variation of
    the grids' workload ``cv_before`` and ``cv_after``, NaN where there is none.
    """
    levels = [level for level in levels if level in old]
    moves = list_moves(units, old, levels, measure)
    rows = [
        {
            "level": level,
            "moved": int(moves.loc[moves["level"] == level, measure].sum()),
            "total": int(units.loc[old[level].to_numpy(object) != "", measure].fillna(0).sum()),
            "cv_before": _cv(units["workload"], old[level]),
            "cv_after": _cv(units["workload"], units[f"{level}_code"]),
        }
        for level in levels
    ]
    changes = pd.DataFrame(rows, columns=["level", "moved", "total", "cv_before", "cv_after"])
    kinds = {"moved": "int64", "total": "int64", "cv_before": "float64", "cv_after": "float64"}
    return {"moves": moves, "changes": changes.astype({"level": TEXT, **kinds})}


def _cv(load: pd.Series, codes: pd.Series) -> float | None:
    """Return the coefficient of variation of the load of grids, None where there is none."""
    named = codes.fillna("").to_numpy(object)
    sums = load.fillna(0).groupby(named).sum().drop("", errors="ignore")
    return spread(sums[sums > 0])


def list_moves(
    units: pd.DataFrame, old: pd.DataFrame, levels: Sequence[str], measure: str
) -> pd.DataFrame:
    """Return one row for each unit and level whose grid has another code than before.

    Parameters
    ----------
    units : DataFrame
        ``unit_id``, `measure` and ``<level>_code`` for each level.
    old : DataFrame
        A column for each level with the code of the unit's old grid, "" for none; rows as
        those of `units`. A unit that had no grid is new and does not move.
    levels : sequence of str
    measure : str
        What is counted, e.g. ``households``.

    Returns
    -------
    DataFrame
        ``unit_id``, ``level``, ``from_code``, ``to_code`` and `measure`, level by level.
    """
    tables = []
    for level in levels:
        before, after = old[level].to_numpy(object), units[f"{level}_code"].fillna("")
        moved = (before != "") & (after != "").to_numpy() & (before != after.to_numpy(object))
        tables.append(
            pd.DataFrame(
                {
                    "unit_id": units["unit_id"][moved].astype(TEXT),
                    "level": pd.Series(level, index=units.index[moved], dtype=TEXT),
                    "from_code": pd.Series(before[moved], index=units.index[moved], dtype=TEXT),
                    "to_code": after[moved].astype(TEXT),
                    measure: units[measure][moved].fillna(0).astype("int64"),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def change_lines(
    changes: pd.DataFrame, measure: str, titles: dict[str, str], lang: str
) -> list[str]:
    """Return for each level how many change their grid, and how uneven the load was and is.

    Examples
    --------
    >>> row = {"level": "micro", "moved": 82, "total": 16400, "cv_before": 0.31, "cv_after": 0.28}
    >>> change_lines(pd.DataFrame([row]), "households", {}, "en")
    ['82 of 16,400 households (0.5 %) change their micro grid; load CV 0.310 before, 0.280 now']
    """
    say, lines = words(lang), []
    for row in changes.to_dict("records"):
        level, moved, total = str(row["level"]), int(row["moved"]), int(row["total"])
        share = f"{moved / total:.1%}".replace("%", " %") if total else "-"
        lines.append(
            say["change_line"].format(
                moved=f"{moved:,}",
                total=f"{total:,}",
                share=share,
                measure=measure_name(measure, lang),
                level=titles.get(level, level) if lang == "zh" else level,
                before=_cv_text(row["cv_before"]),
                after=_cv_text(row["cv_after"]),
            )
        )
    return lines


def _cv_text(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.3f}"
