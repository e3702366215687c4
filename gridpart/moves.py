"""Who changes grids against the plan in force: a list of units, and shares of households."""

from collections.abc import Sequence

import pandas as pd

from gridpart.schema import TEXT
from gridpart.wording import measure_name, words

__all__ = ["change_lines", "change_tables", "list_moves"]


def change_tables(
    units: pd.DataFrame, old: pd.DataFrame, levels: Sequence[str], measure: str
) -> dict[str, pd.DataFrame]:
    """Return the tables ``moves`` and ``changes`` of a plan; see `list_moves` for arguments.

    ``changes`` has a row for each level that was in force: ``level``, and of `measure`
    what ``moved`` and the ``total`` that had a grid before.
    """
    levels = [level for level in levels if level in old]
    moves = list_moves(units, old, levels, measure)
    rows = [
        {
            "level": level,
            "moved": int(moves.loc[moves["level"] == level, measure].sum()),
            "total": int(units.loc[old[level].to_numpy(object) != "", measure].fillna(0).sum()),
        }
        for level in levels
    ]
    changes = pd.DataFrame(rows, columns=["level", "moved", "total"])
    return {
        "moves": moves,
        "changes": changes.astype({"level": TEXT, "moved": "int64", "total": "int64"}),
    }


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
    """Return one sentence for each level on how many change their grid.

    Examples
    --------
    >>> table = pd.DataFrame({"level": ["micro"], "moved": [82], "total": [16400]})
    >>> change_lines(table, "households", {}, "en")
    ['82 of 16,400 households (0.5 %) change their micro grid']
    """
    say, lines = words(lang), []
    for level, *counts in changes[["level", "moved", "total"]].to_numpy(object).tolist():
        moved, total = (int(count) for count in counts)
        share = f"{moved / total:.1%}".replace("%", " %") if total else "-"
        lines.append(
            say["change_line"].format(
                moved=f"{moved:,}",
                total=f"{total:,}",
                share=share,
                measure=measure_name(measure, lang),
                level=titles.get(level, level) if lang == "zh" else level,
            )
        )
    return lines
