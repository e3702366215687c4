"""Columns of a table joined onto units, by id or by what buildings are called.

No row is guessed: what fits several units fits none, and a unit without a row keeps a
missing value. Every row and every unit is listed with what became of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gridpart.cell_values import as_series
from gridpart.errors import name_some, near_names
from gridpart.findings import Finding, as_error, has_errors, listed
from gridpart.naming import bare_name, name_ending, normalize_name
from gridpart.privacy import personal_columns, personal_names, veil
from gridpart.schema import TEXT, as_text, is_missing
from gridpart.sentences import Sentence

__all__ = ["JOIN_COLUMNS", "JoinResult", "join_table", "normalize_name"]

JOIN_COLUMNS = ("table", "side", "row", "name", "status", "by", "match")
"""Columns of `JoinResult.rows`, all text."""

GREATEST = ("floors",)
"""What several rows of one unit repeat, so that the greatest counts, and not the sum."""
UNCLEAR = ("stairwells",)
"""What several rows of one unit may repeat or share out: only one row tells it."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class JoinResult:
    """Units with the columns of a table, and what became of every row."""

    frame: pd.DataFrame
    """The units as given, in their order, with the joined columns."""
    rows: pd.DataFrame
    """One row for each row of the table and each unit: ``table``, ``side`` (table or
    unit), ``row`` (its label), ``name``, ``status`` (matched, unmatched, ambiguous), ``by``
    (exact or spelling) and ``match``, the names of the units or the rows it goes with."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Side:
    """The rows of one side as what they are called."""

    exact: list[Key | None]
    near: list[Key | None]
    labels: list[str]
    names: list[str]
    """What messages call them."""


@dataclass(frozen=True, slots=True)
class _Matches:
    """For each row of the table the units that it may mean, and how that was found."""

    units: list[list[int]]
    by: list[str]
    rows: list[list[int]]
    """For each unit the rows that may mean it."""
    unclear: frozenset[int]
    """Units that some row means together with others."""

    def status(self, row: int) -> str:
        """Return what became of a row of the table."""
        if not self.units[row]:
            return "unmatched"
        clear = len(self.units[row]) == 1 and self.units[row][0] not in self.unclear
        return "matched" if clear else "ambiguous"

    def unit_status(self, unit: int) -> str:
        """Return what became of a unit."""
        if unit in self.unclear:
            return "ambiguous"
        return "matched" if self.rows[unit] else "unmatched"


def join_table(
    units: pd.DataFrame,
    table: pd.DataFrame,
    *,
    units_on: Sequence[str],
    table_on: Sequence[str],
    columns: Mapping[str, str],
    name: str = "the table",
) -> JoinResult:
    """Return the units with columns of a table joined onto them.

    A row goes to the unit called exactly the same, else to the one called the same by
    another spelling (`normalize_name`); where a column names buildings with 栋 only, or
    stairwells with 单元 only, the bare number means the same. Several rows of one unit are
    added up; of ``floors`` the greatest counts. A value that the units hold already is
    kept, and must not differ.

    Parameters
    ----------
    units : DataFrame, shape (n_units, ...)
        May be a GeoDataFrame.
    table : DataFrame, shape (n_rows, ...)
        Its index tells a row in messages: for a `Sheet`, the row of the file.
    units_on, table_on : sequence of str
        Columns that name a unit, the same number on both sides and in the same order.
    columns : mapping of str to str
        Column to add -> column of the table.
    name : str
        What the table is called in messages.

    Returns
    -------
    JoinResult
        Its findings hold an error if no row fits, or if a value differs from the units'.

    Raises
    ------
    DataError
        If a column is missing, or one that should name units looks personal.

    Examples
    --------
    >>> units = pd.DataFrame({"楼栋": ["1栋", "2栋", "3栋"]})
    >>> table = pd.DataFrame({"楼号": ["一号楼", "2#", "2#"], "户数": [12, 5, 6]}, index=[2, 3, 4])
    >>> found = join_table(units, table, units_on=["楼栋"], table_on=["楼号"],
    ...                    columns={"households": "户数"})
    >>> found.frame["households"].tolist()
    [12, 11, <NA>]
    >>> print(found.findings[-1])
    1 of 3 units have no row in the table: 3栋
    """
    faults = _faults(units, table, units_on, table_on, columns, name)
    if faults:
        raise as_error(faults, name)
    columns, log = _without_personal(table, columns, name)
    ours, theirs = _named(units, units_on), _named(table, table_on)
    _strip_endings(ours, theirs, len(units_on))
    matches = _match(ours, theirs)
    log += _tell_matches(ours, theirs, matches, name)
    joined = units.copy()
    for column, source in columns.items():
        joined, found = _with_column(joined, table, column, source, (ours, matches, name))
        log += found
    log += _tell_repeated(table, theirs, matches, name)
    log += _tell_rest(ours, theirs, matches, name)
    if not any(matches.units):
        log = [f for f in log if has_errors([f])] + [
            _nothing(ours, theirs, units_on, table_on, name)
        ]
    return JoinResult(joined, _listed(ours, theirs, matches, name), tuple(log))


# --- what is asked ---------------------------------------------------------------------


def _faults(
    units: pd.DataFrame,
    table: pd.DataFrame,
    units_on: Sequence[str],
    table_on: Sequence[str],
    columns: Mapping[str, str],
    name: str,
) -> list[Finding]:
    """Return why the join cannot begin."""
    faults = []
    if len(units_on) != len(table_on) or not units_on:
        found = f"{len(units_on)} of the units and {len(table_on)} of {name}"
        wanted = "the columns that name a unit, as many on both sides, in the same order"
        what = "Units and table are not named by as many columns."
        faults.append(Finding("error", "units", what, (), found, wanted, "correct both lists"))
    for frame, wanted_columns, whose in (
        (units, units_on, "The units have"),
        (table, [*table_on, *columns.values()], f"{name} has"),
    ):
        here = [str(c) for c in frame.columns if c != "geometry"]
        for lost in dict.fromkeys(c for c in wanted_columns if c not in here):
            found = f"columns {name_some(here, most=12)}; {near_names(lost, here)}"
            what = f"{whose} no column {lost!r}."
            wanted = f"a column {lost!r}"
            fix = "correct the name, or the rows of the header"
            faults.append(Finding("error", "units", what, (lost,), found, wanted, fix))
    for frame, keys in ((units, units_on), (table, table_on)):
        present = frame[[c for c in keys if c in frame.columns]]
        for column, why in personal_columns(present).items():
            what = f"The column {column!r} looks personal ({why}) and cannot name units."
            wanted = "columns with codes or names of places"
            fix = "join by the name of the compound and the number of the building"
            found = f"a column of {name}" if frame is table else "a column of the units"
            faults.append(Finding("error", "units", what, (column,), found, wanted, fix))
    return faults


def _without_personal(
    table: pd.DataFrame, columns: Mapping[str, str], name: str
) -> tuple[dict[str, str], list[Finding]]:
    personal = personal_columns(table[list(dict.fromkeys(columns.values()))])
    kept = {column: source for column, source in columns.items() if source not in personal}
    if not personal:
        return kept, []
    what = Sentence("personal_not_joined", table=name)
    shown = listed(personal_names(personal), 20)
    return kept, [Finding("warning", "units", what, tuple(personal), shown)]


# --- what goes with what ---------------------------------------------------------------


def _named(frame: pd.DataFrame, columns: Sequence[str]) -> _Side:
    """Return what each row is called, None where a part of its name is missing."""
    parts = zip(*(frame[c].tolist() for c in columns), strict=True)
    exact = [None if any(map(is_missing, part)) else tuple(map(as_text, part)) for part in parts]
    known = {text: normalize_name(text) for text in {t for key in exact if key for t in key}}
    near = [None if key is None else tuple(known[text] for text in key) for key in exact]
    names = ["(no name)" if key is None else veil(" ".join(key)) for key in exact]
    return _Side(exact, near, [str(label) for label in frame.index], names)


def _strip_endings(ours: _Side, theirs: _Side, width: int) -> None:
    """Leave only the number where a column ends its names in one way or not at all."""
    for at in range(width):
        cells = [key[at] for side in (ours, theirs) for key in side.near if key]
        if len({name_ending(cell) for cell in cells} - {""}) != 1:
            continue
        for side in (ours, theirs):
            side.near[:] = [
                key and (*key[:at], bare_name(key[at]), *key[at + 1 :]) for key in side.near
            ]


def _match(ours: _Side, theirs: _Side) -> _Matches:
    exact, near = _places(ours.exact), _places(ours.near)
    units, by = [], []
    rows: list[list[int]] = [[] for _ in ours.exact]
    for at, (key, spelled) in enumerate(zip(theirs.exact, theirs.near, strict=True)):
        found = exact.get(key, []) if key else []
        by.append("exact" if found else "spelling")
        found = found or (near.get(spelled, []) if spelled else [])
        units.append(found)
        for unit in found:
            rows[unit].append(at)
    unclear = frozenset(unit for found in units if len(found) > 1 for unit in found)
    return _Matches(units, by, rows, unclear)


def _places(keys: Sequence[Key | None]) -> dict[Key, list[int]]:
    places: dict[Key, list[int]] = {}
    for at, key in enumerate(keys):
        if key is not None:
            places.setdefault(key, []).append(at)
    return places


# --- values ----------------------------------------------------------------------------


def _with_column(
    units: pd.DataFrame,
    table: pd.DataFrame,
    column: str,
    source: str,
    about: tuple[_Side, _Matches, str],
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the units with one column joined, and where that was not plain."""
    ours, matches, name = about
    cells = table[source].tolist()
    given = units[column].tolist() if column in units.columns else [None] * len(units)
    values: list[Any] = []
    torn, other = [], []
    for unit, own in enumerate(given):
        rows = matches.rows[unit] if matches.unit_status(unit) == "matched" else []
        value = _together(column, [cells[row] for row in rows])
        if rows and value is None and not all(is_missing(cells[row]) for row in rows):
            torn.append(unit)
        if not is_missing(own) and value is not None and own != value:
            other.append(f"{ours.names[unit]} ({veil(as_text(own))} and {veil(as_text(value))})")
        values.append(value if is_missing(own) else own)
    findings = []
    if torn:
        names = tuple(ours.names[unit] for unit in torn)
        what = Sentence("rows_disagree", n=len(torn), table=name, column=source)
        findings.append(Finding("warning", "units", what, names, listed(names)))
    if other:
        fault = f"{len(other)} units have another {column!r} in {name} than before."
        wanted = "one value for each unit, whatever says it"
        fix = f"correct {name}, or leave {column!r} out of the join"
        findings.append(
            Finding("error", "units", fault, tuple(other), name_some(other), wanted, fix)
        )
    return units.assign(**{column: as_series(values, units.index)}), findings


def _together(column: str, cells: Sequence[Any]) -> Any:
    """Return what the rows of one unit say together, None where they do not tell."""
    known = [cell for cell in cells if not is_missing(cell)]
    if len(cells) == 1 or not known:
        return known[0] if known else None
    numbers = all(isinstance(c, int | float) and not isinstance(c, bool) for c in known)
    if numbers and column in GREATEST:
        return max(known)
    if len(known) < len(cells) or column in UNCLEAR:
        return None
    if numbers:
        return sum(known)
    return known[0] if len(set(map(str, known))) == 1 else None


# --- what is told ----------------------------------------------------------------------


def _tell_matches(ours: _Side, theirs: _Side, matches: _Matches, name: str) -> list[Finding]:
    status = [matches.status(row) for row in range(len(theirs.exact))]
    taken = [unit for unit in range(len(ours.exact)) if matches.unit_status(unit) == "matched"]
    what = Sentence(
        "joined_rows", matched=status.count("matched"), rows=len(status), table=name,
        taken=len(taken), units=len(ours.exact),
    )  # fmt: skip
    findings = [Finding("assumption", "units", what)]
    spelled = [
        f"{theirs.names[row]} = {ours.names[matches.units[row][0]]}"
        for row, by in enumerate(matches.by)
        if by == "spelling" and status[row] == "matched"
    ]
    several = [
        f"{ours.names[u]} ({len(matches.rows[u])})" for u in taken if len(matches.rows[u]) > 1
    ]
    for names, told in (
        (spelled, "matched_by_spelling"), (several, "several_rows"),
    ):  # fmt: skip
        if names:
            what, once = Sentence(told, n=len(names), table=name), tuple(dict.fromkeys(names))
            findings.append(Finding("assumption", "units", what, once, listed(once)))
    return findings


def _tell_repeated(
    table: pd.DataFrame, theirs: _Side, matches: _Matches, name: str
) -> list[Finding]:
    """Return the matched rows that are the same as another in every column."""
    again = table.astype(str).duplicated(keep=False).to_numpy()
    rows = [row for row in range(len(again)) if again[row] and matches.status(row) == "matched"]
    if not rows:
        return []
    names = tuple(f"{theirs.names[row]} (row {theirs.labels[row]})" for row in rows)
    what = Sentence("rows_repeat", n=len(rows), table=name)
    return [Finding("warning", "units", what, names, listed(names))]


def _tell_rest(ours: _Side, theirs: _Side, matches: _Matches, name: str) -> list[Finding]:
    """Return the rows and units that go with nothing, or with too much."""
    lost, torn = [], []
    for row, label in enumerate(theirs.labels):
        called = f"{theirs.names[row]} (row {label})"
        if matches.status(row) == "unmatched":
            lost.append(called)
        elif matches.status(row) == "ambiguous":
            torn.append(f"{called} may be {' or '.join(ours.names[u] for u in matches.units[row])}")
    alone = [n for u, n in enumerate(ours.names) if matches.unit_status(u) == "unmatched"]
    rows, units = len(theirs.exact), len(ours.exact)
    findings = []
    for names, key, total in (
        (lost, "rows_fit_none", rows),
        (torn, "rows_fit_several", rows),
        (alone, "units_without_row", units),
    ):
        if names:
            what = Sentence(key, n=len(names), total=total, table=name)
            findings.append(Finding("warning", "units", what, tuple(names), listed(names)))
    return findings


def _nothing(
    ours: _Side, theirs: _Side, units_on: Sequence[str], table_on: Sequence[str], name: str
) -> Finding:
    first = [side.names[0] if side.names else "nothing" for side in (ours, theirs)]
    return Finding(
        "error",
        "units",
        f"No row of {name} fits a unit.",
        (),
        f"units called {first[0]!r} by {' + '.join(units_on)}, and rows called {first[1]!r} by "
        f"{' + '.join(table_on)}",
        "columns on both sides that name the same things",
        "name other columns, or correct the rows of the header",
    )


def _listed(ours: _Side, theirs: _Side, matches: _Matches, name: str) -> pd.DataFrame:
    rows = [
        (name, "table", theirs.labels[row], theirs.names[row], matches.status(row),
         matches.by[row] if found else "", ", ".join(ours.names[u] for u in found))
        for row, found in enumerate(matches.units)
    ] + [
        (name, "unit", ours.labels[unit], ours.names[unit], matches.unit_status(unit), "",
         ", ".join(theirs.labels[r] for r in found))
        for unit, found in enumerate(matches.rows)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(JOIN_COLUMNS), dtype=TEXT)
