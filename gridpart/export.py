"""Write a plan to a folder, whole or not at all, and read it back."""

import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from gridpart.charts import draw_charts
from gridpart.errors import DataError, name_some, near_names
from gridpart.fonts import font_note
from gridpart.geopackage import read_geopackage, write_geopackage
from gridpart.interchange import FORMATS, write_format
from gridpart.ledger import write_ledger
from gridpart.plan import Plan
from gridpart.plot import draw_level
from gridpart.qgis import layer_styles
from gridpart.qgis_project import write_project
from gridpart.report import summary_dict, summary_text

__all__ = ["FORMATS", "check_target", "read_plan", "write_plan"]

logger = logging.getLogger(__name__)

PLAN, LEDGER, PROJECT = "plan.gpkg", "ledger.xlsx", "plan.qgz"

OURS = re.compile(
    r"plan\.gpkg(-wal|-shm|-journal)?|map_[^/]+\.png|charts\.png|summary\.(txt|json)|(joins|moves)\.csv"
    r"|plan\.qgz~?|(\.~lock\.)?ledger\.xlsx#?|~\$ledger\.xlsx"
    r"|geojson|shp|parquet|fgb|topojson|(?P<format>geojson|parquet|fgb|topojson)/[^/]+\.(?P=format)"
    r"|shp/[^/]+\.(shp|shx|dbf|prj|cpg|csv)"
    r"|((geojson|shp|parquet|fgb|topojson)/)?(\.DS_Store|Thumbs\.db|desktop\.ini)"
)
"""Everything that a folder written here may hold, and what file managers leave in any."""


def write_plan(
    plan: Plan,
    out: str | Path,
    *,
    formats: Sequence[str] = (),
    overwrite: bool = False,
    lang: Literal["zh", "en"] = "zh",
) -> Path:
    """Write a plan to a folder and return the folder's path.

    It holds ``plan.gpkg`` with styles for QGIS, ``plan.qgz`` that opens it all,
    ``ledger.xlsx``, ``map_<level>.png``, ``charts.png``, ``summary.txt``, ``summary.json``,
    ``joins.csv`` where tables were joined, ``moves.csv`` where there was a plan in force,
    and a subfolder for each further format. All is written beside the target first and then
    moved into its place: a failure leaves what was there.

    Parameters
    ----------
    plan : Plan
    out : str or Path
        Folder to make.
    formats : sequence of str
        Any of ``geojson``, ``shp``, ``parquet``, ``fgb`` and ``topojson``.
    overwrite : bool
        Whether a plan in this folder is replaced; other files are never.
    lang : {"zh", "en"}
        Language of maps, charts, the ledger, the project for QGIS and ``summary.txt``.

    Raises
    ------
    DataError
        If the folder is taken or a format is unknown.
    """
    out = Path(out).absolute()
    _require_formats(formats)
    check_target(out, overwrite=overwrite)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise _unwritable(out, error) from None
    try:
        aside.chmod(0o777 & ~_umask())
        _write_files(plan, aside, formats, lang)
        _put_in_place(aside, out)
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return out


def check_target(out: str | Path, *, overwrite: bool = False) -> None:
    """Refuse a folder that `write_plan` would refuse; to be called before the work.

    Raises
    ------
    DataError
        If something stands there and `overwrite` is not given, or if it holds anything
        else than a plan.
    """
    out = Path(out)
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise DataError(
            f"{out} is not a folder.",
            found="a file of this name",
            wanted="the name of a folder that is not there yet",
            fix="choose another name",
        )
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*"))
    foreign = [name for name in names if not OURS.fullmatch(name)]
    if foreign:
        raise DataError(
            f"The folder {out} holds files that are not of a plan.",
            found=name_some(foreign),
            wanted="a folder that is not there yet, or with --overwrite a plan's",
            fix="choose another folder, or move these files away",
        )
    if not overwrite:
        raise DataError(
            f"The folder {out} exists.",
            found=name_some(names) or "an empty folder",
            wanted="a folder that is not there yet",
            fix="choose another folder, or pass --overwrite (overwrite=True) to replace it",
        )


def read_plan(path: str | Path) -> Plan:
    """Return the plan that `write_plan` wrote: its folder or its GeoPackage.

    Raises
    ------
    DataError
        If there is no plan.
    """
    path = Path(path)
    return read_geopackage(path / PLAN if path.is_dir() else path)


def _require_formats(formats: Sequence[str]) -> None:
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise DataError(
            f"{len(unknown)} formats are not known.",
            found="; ".join(f"{name}: {near_names(name, FORMATS)}" for name in unknown),
            wanted=f"any of {', '.join(FORMATS)}",
            fix="leave out the others; the GeoPackage is always written",
        )


def _umask() -> int:
    """Return which permissions new files lack."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_files(plan: Plan, folder: Path, formats: Sequence[str], lang: str) -> None:
    """Write everything into an empty folder."""
    write_geopackage(plan, folder / PLAN, layer_styles(plan))
    write_ledger(plan, folder / LEDGER, lang)
    write_project(plan, folder / PROJECT, PLAN, lang)
    note = font_note(lang)
    if note is not None:
        logger.warning("%s", note)
    for level in plan.levels:
        draw_level(plan, level, folder / f"map_{level}.png", lang=lang)
    draw_charts(plan, folder / "charts.png", lang=lang)
    (folder / "summary.txt").write_text(summary_text(plan, lang), encoding="utf-8")
    if plan.district.joins is not None:
        plan.district.joins.to_csv(folder / "joins.csv", index=False, encoding="utf-8-sig")
    if "moves" in plan.tables:
        plan.tables["moves"].to_csv(folder / "moves.csv", index=False, encoding="utf-8-sig")
    text = json.dumps(summary_dict(plan), ensure_ascii=False, indent=2)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    for name in dict.fromkeys(formats):
        write_format(plan, name, folder / name)


def _put_in_place(aside: Path, out: Path) -> None:
    """Move a finished folder to its place; the old one goes only when the new one stands."""
    if not out.exists():
        aside.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    try:
        out.rename(old / out.name)
        try:
            aside.rename(out)
        except BaseException:
            (old / out.name).rename(out)
            raise
    finally:
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)


def _unwritable(out: Path, error: OSError) -> DataError:
    return DataError(
        f"The plan cannot be written to {out}.",
        found=error.strerror or str(error),
        wanted="a folder that may be written, with room on its disk",
        fix="choose another folder, or close the programs that hold its files",
    )
