"""Buildings and streets from OpenStreetMap files, under canonical names.

Of areas only buildings are read as units, of lines only highways as streets; any other
layer is taken as it stands. A building has no count of households: those are joined, or
computed by an expression.
"""

import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from gridpart.drivers import quiet_driver, refuse_stranger
from gridpart.errors import DataError
from gridpart.findings import Finding
from gridpart.sentences import Sentence

__all__ = ["OSM", "read_osm"]

OSM = (".pbf", ".osm")
"""Ends of the names of OpenStreetMap files, in lower case."""

_CHOSEN = {"units": ("multipolygons", "building"), "streets": ("lines", "highway")}
"""Canonical layer -> layer of the driver, and the tag that its rows must have."""

_TAG = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
"""One pair of the driver's text of other tags."""


def read_osm(
    file: Path, layer: str | None, name: str, shown: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return a canonical layer of an OpenStreetMap file, and what there is to say about it.

    Parameters
    ----------
    file : Path
        A ``.pbf`` or ``.osm`` file.
    layer : str or None
        Layer of the driver (``points``, ``lines``, ``multipolygons``) for canonical
        layers other than units and streets.
    name : str
        The canonical layer wanted. Units bear ids such as ``w123`` (way) or ``r45``
        (relation), the value of ``building`` as ``kind`` and of ``building:levels`` as
        ``floors``; streets the value of ``highway`` as ``class``.
    shown : str
        What the file is called in messages.

    Raises
    ------
    DataError
        If it cannot be read, or the layer is neither units nor streets nor named.
    """
    refuse_stranger(file, shown)
    inner, tag = _CHOSEN.get(name, (layer, None))
    if inner is None:
        raise DataError(
            f"{shown} does not say by itself what its {name} are.",
            found="an OpenStreetMap file",
            wanted="units or streets, or a layer of the file by name: points, lines, multipolygons",
            fix=f'write [{name}] layer = "lines" or the like into the manifest, '
            "or export the objects meant",
        )
    where = f" WHERE {tag} IS NOT NULL" if tag else ""
    with quiet_driver(shown):
        # Reading by a query leaves the other layers unread, which would pile up in memory.
        frame = pyogrio.read_dataframe(file, sql=f'SELECT * FROM "{inner}"{where}')
    if tag is not None:
        frame = frame[frame[tag].ne("no").to_numpy()].reset_index(drop=True)
    if name == "streets":
        return frame[["name", "highway", "geometry"]].rename(columns={"highway": "class"}), []
    return _as_units(frame) if name == "units" else (frame, [])


def _as_units(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return buildings under canonical names, and the levels that are no numbers."""
    is_way = frame["osm_id"].isna()
    ids = ("w" + frame["osm_way_id"]).where(is_way, "r" + frame["osm_id"])
    levels = [_tags(text).get("building:levels") for text in frame["other_tags"]]
    known = pd.to_numeric(pd.Series(levels, dtype=object), errors="coerce")
    floors = known.where(known.ge(0) & known.mod(1).eq(0))
    units = gpd.GeoDataFrame(
        {"unit_id": ids, "name": frame["name"], "kind": frame["building"], "floors": floors},
        geometry=frame.geometry,
        crs=frame.crs,
    )
    odd = [
        f"{level!r} (unit {unit})"
        for unit, level, floor in zip(ids, levels, floors, strict=True)
        if level is not None and pd.isna(floor)
    ]
    if not odd:
        return units, []
    what = Sentence("levels_odd", n=len(odd), total=len(units))
    return units, [Finding("assumption", "units", what, (), ", ".join(odd[:5]))]


def _tags(text: object) -> dict[str, str]:
    r"""Return the tags that the driver gives as one text.

    Examples
    --------
    >>> _tags('"building:levels"=>"6","note"=>"a \\"b\\""')
    {'building:levels': '6', 'note': 'a "b"'}
    """
    pairs = _TAG.findall(text) if isinstance(text, str) else []
    return {key: re.sub(r"\\(.)", r"\1", value) for key, value in pairs}
