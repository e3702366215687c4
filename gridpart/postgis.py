"""Tables of a PostgreSQL database with PostGIS.

The driver is pg8000, which is pure Python under the BSD license. A password is taken from
the address or from ``PGPASSWORD`` and never appears in a message. The connection is set to
read only before anything is asked.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import geopandas as gpd
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from gridpart.errors import DataError, name_some, near_names
from gridpart.findings import Finding
from gridpart.sentences import Sentence

__all__ = ["is_database", "read_postgis", "without_password"]

PATIENCE_S = 30.0
"""How long the database may be silent."""

_TABLES = """
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, NULL)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')
AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND c.relname NOT IN ('geometry_columns', 'geography_columns', 'spatial_ref_sys')
ORDER BY n.nspname, c.relname, a.attnum
"""
_PLAIN = (
    "smallint", "integer", "bigint", "real", "double precision",
    "boolean", "text", "character varying", "character", "name",
)  # fmt: skip
"""Types that are read as they are; numeric becomes a float, everything else a text."""


def is_database(path: str) -> bool:
    """Return whether a path is the address of a PostgreSQL database."""
    return path.startswith(("postgresql://", "postgres://"))


def without_password(address: str) -> str:
    """Return an address without user, password and query.

    Examples
    --------
    >>> without_password("postgresql://me:secret@host:5433/db?x=1")
    'postgresql://host:5433/db'
    """
    scheme, _, rest = address.partition("://")
    authority, slash, path = rest.split("?")[0].partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def read_postgis(
    address: str, table: str | None, name: str
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return a table or view with its geometry, and what there is to say about it.

    Parameters
    ----------
    address : str
        ``postgresql://user:password@host:port/database``.
    table : str or None
        ``schema.table``, or a table of any schema that is the only one of its name; by
        default the name of the layer.
    name : str
        The canonical layer that it holds.

    Raises
    ------
    DataError
        If the database does not answer, or holds no such table with one geometry.
    """
    with _connection(address) as ask:
        columns: dict[tuple[str, str], dict[str, str]] = {}
        for schema, relation, column, kind in ask(_TABLES):
            columns.setdefault((schema, relation), {})[column] = kind
        found = _find_table(address, table or name, columns)
        geometry = _geometry_column(address, found, columns[found])
        rows = ask(_query(found, columns[found], geometry))
        shapes = [row[-4] for row in rows]
        crs = _crs(ask, {row[-3] for row in rows if row[-3] is not None}, found)
    findings = _flattened(rows, name)
    names = [column for column in columns[found] if column != geometry]
    frame = pd.DataFrame([row[:-4] for row in rows], columns=pd.Index(names))
    wkb = [None if shape is None else bytes(shape) for shape in shapes]
    return gpd.GeoDataFrame(frame, geometry=shapely.from_wkb(wkb), crs=crs), findings


@contextmanager
def _connection(address: str) -> Iterator[Any]:
    """Yield a function that asks the database; every fault leaves as one error."""
    try:
        import pg8000.dbapi  # noqa: PLC0415 - an extra
    except ImportError:
        raise DataError(
            f"Reading {without_password(address)} needs the package pg8000.",
            found="the address of a database, and no pg8000",
            wanted="pg8000, or the layer as a file",
            fix="pip install gridpart[postgis]",
        ) from None
    try:
        connection = pg8000.dbapi.connect(**_settings(address))
    except (pg8000.dbapi.Error, OSError, ValueError) as error:
        raise _silent(address, error) from None
    try:
        cursor = connection.cursor()

        def ask(query: str) -> Sequence[Any]:
            cursor.execute(query)
            rows: Sequence[Any] = cursor.fetchall()
            return rows

        cursor.execute("SET TRANSACTION READ ONLY")
        yield ask
    except (pg8000.dbapi.Error, OSError) as error:
        raise _silent(address, error) from None
    finally:
        connection.close()


def _settings(address: str) -> dict[str, Any]:
    """Return what the driver needs to know."""
    parts = urlsplit(address)
    if parts.query:
        raise ValueError("parameters behind a question mark, which are not known")
    return {
        "host": parts.hostname or "localhost",
        "port": parts.port or 5432,
        "database": unquote(parts.path.strip("/")) or None,
        "user": unquote(parts.username or "") or os.environ.get("PGUSER") or "postgres",
        "password": unquote(parts.password or "") or os.environ.get("PGPASSWORD"),
        "timeout": PATIENCE_S,
    }


def _silent(address: str, error: Exception) -> DataError:
    """Return the error that a database gives no answer, or an unwilling one."""
    told = error.args[0] if error.args else ""
    text = str(told.get("M", "")) if isinstance(told, dict) else str(told)
    for secret in (unquote(urlsplit(address).password or ""), os.environ.get("PGPASSWORD", "")):
        text = text.replace(secret, "***") if secret else text
    return DataError(
        f"The database {without_password(address)} cannot be read.",
        found=text.strip() or type(error).__name__,
        wanted="postgresql://user:password@host:port/database that this computer may read",
        fix="correct the address, or give the password in PGPASSWORD",
    )


def _find_table(
    address: str, table: str, columns: dict[tuple[str, str], dict[str, str]]
) -> tuple[str, str]:
    """Return the schema and the name of the one table meant."""
    known = {f"{schema}.{relation}": (schema, relation) for schema, relation in columns}
    meant = [key for full, key in known.items() if table in (full, key[1])]
    if len(meant) == 1:
        return meant[0]
    listed = [f"{schema}.{relation}" for schema, relation in meant]
    several = f"{len(meant)} tables" if meant else "no table"
    raise DataError(
        f"The database {without_password(address)} holds {several} {table!r}.",
        found=name_some(listed) if meant else near_names(table, known),
        wanted='one table or view, as layer = "schema.table"',
        fix="correct the layer in the manifest",
    )


def _geometry_column(address: str, found: tuple[str, str], columns: dict[str, str]) -> str:
    shapes = [c for c, kind in columns.items() if kind.rpartition(".")[2] in _SPATIAL]
    if len(shapes) == 1:
        return shapes[0]
    raise DataError(
        f"The table {'.'.join(found)} in {without_password(address)} has "
        f"{len(shapes) or 'no'} columns of geometry.",
        found=f"columns {name_some(columns, most=12)}",
        wanted="one column of type geometry",
        fix="make a view with the one column that is meant, and name it as layer",
    )


_SPATIAL = ("geometry", "geography")


def _query(found: tuple[str, str], columns: dict[str, str], geometry: str) -> str:
    """Return the query for all rows, which end with WKB, SRID, whether Z or M, whether curved."""
    selected = []
    for column, kind in columns.items():
        if column == geometry:
            continue
        cast = "" if kind in _PLAIN else "::float8" if kind == "numeric" else "::text"
        selected.append(f"{_quoted(column)}{cast}")
    shape = f"{_quoted(geometry)}::geometry"
    selected += [
        f"ST_AsBinary(ST_Force2D(ST_CurveToLine({shape})))",
        f"ST_SRID({shape})",
        f"ST_NDims({shape}) > 2",
        f"ST_HasArc({shape})",
    ]
    relation = ".".join(map(_quoted, found))
    return f"SELECT {', '.join(selected)} FROM {relation}"


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _crs(ask: Any, codes: set[int], found: tuple[str, str]) -> pyproj.CRS | None:
    """Return the CRS of the codes that rows bear, None where they bear none."""
    known = sorted(code for code in codes if code > 0)
    if not known:
        return None
    if len(codes) > 1:
        raise DataError(
            f"The rows of {'.'.join(found)} bear several coordinate systems.",
            found=f"SRID {name_some(sorted(codes))}",
            wanted="one SRID in all rows",
            fix="make a view that transforms them into one, and name it as layer",
        )
    rows = ask(
        "SELECT auth_name || ':' || auth_srid, srtext FROM spatial_ref_sys "
        f"WHERE srid = {int(known[0])}"
    )
    for text in rows[0] if rows else ():
        try:
            return pyproj.CRS.from_user_input(text)
        except CRSError:
            continue
    return None


def _flattened(rows: Sequence[Any], name: str) -> list[Finding]:
    """Return what asking for plain geometry did to it."""
    findings = []
    if deep := sum(bool(row[-2]) for row in rows):
        what = Sentence("flattened", n=deep, total=len(rows), layer=name)
        findings.append(Finding("assumption", name, what))
    if any(row[-1] for row in rows):
        findings.append(Finding("assumption", name, Sentence("curves_straight", layer=name)))
    return findings
