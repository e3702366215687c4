"""Checks of one layer as read: columns, ids, counts and geometry types.

A check maps a table to the table in canonical form and the findings on the way;
it never stops at the first.
"""

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.days import read_day
from gridpart.errors import name_some, near_names
from gridpart.findings import Finding, listed
from gridpart.privacy import holds_long_codes, personal_columns, personal_names, veil
from gridpart.schema import (
    LAYERS,
    MEASURES,
    TEXT,
    Column,
    Layer,
    as_text,
    empty_frame,
    is_missing,
    refuse_rows,
    row_names,
    tell_rows,
)
from gridpart.sentences import Sentence
from gridpart.topology import is_finite, unwrap_single_parts

__all__ = ["conform_layer", "drop_personal", "missing_layers", "missing_measures"]

MOST_COUNT = 10**9
"""No unit counts a billion; larger numbers are codes in the wrong column."""


def missing_layers(
    present: Iterable[str], others: Sequence[str] = (), source: str = "the source"
) -> list[Finding]:
    """Return an error for each needed layer not `present`, and a warning for `others`.

    Parameters
    ----------
    present : iterable of str
        Canonical layers that were found.
    others : sequence of str
        Names of layers that were found and are not canonical.
    source : str
        Where was looked.
    """
    present = set(present)
    findings = []
    for layer in LAYERS.values():
        if not layer.needed or layer.name in present:
            continue
        names = (*sorted(present), *others)
        hint = near_names(layer.name, others)
        near = f"; {hint}" if hint.startswith("did") else ""
        findings.append(
            Finding(
                "error",
                layer.name,
                f"The layer {layer.name!r} is missing from {source}.",
                (layer.name,),
                f"{name_some(names, most=12) or 'no layer'}{near}",
                "layers 'communities' and 'units'",
                f"name the layer or the file {layer.name!r}",
            )
        )
    if others:
        what = Sentence("layers_unread")
        findings.append(Finding("warning", "", what, tuple(others), listed(others, 12)))
    return findings


def conform_layer(layer: Layer, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the usable rows of a layer with canonical columns, and the findings.

    Rows without an id or a usable geometry and second rows with one id are left
    out, so that later checks can go on with the rest; each is an error.

    Parameters
    ----------
    layer : Layer
        What is wanted.
    frame : GeoDataFrame
        One layer as read, in any CRS.
    """
    findings: list[Finding] = []
    frame = frame.reset_index(drop=True)
    if frame.empty:
        return _without_rows(layer, frame)
    frame, found = drop_personal(layer, frame)
    findings += found
    lost = {name for f in found if f.kind == "error" for name in f.names}
    findings += [f for f in _missing_columns(layer, frame) if lost.isdisjoint(f.names)]
    plain = unwrap_single_parts(frame.geometry.to_numpy())
    if layer.placeless:
        plain = _or_nowhere(plain)
    frame = frame.set_geometry(gpd.GeoSeries(plain, index=frame.index, crs=frame.crs))
    for column in layer.columns:
        if column.name in frame.columns or column.is_added:
            frame, found = _conform_column(layer, column, frame)
            findings += found
    usable = np.ones(len(frame), dtype=bool)
    for check in (_check_key, _check_geometry):
        passed, found = check(layer, frame)
        usable &= passed
        findings += found
    canonical = [c.name for c in layer.columns if c.name in frame.columns]
    rest = [c for c in frame.columns if c not in canonical and c != "geometry"]
    return frame.loc[usable, [*canonical, *rest, "geometry"]].reset_index(drop=True), findings


def _without_rows(layer: Layer, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    empty = empty_frame(layer, frame.crs)
    if not layer.needed:
        what = Sentence("layer_empty", layer=layer.name)
        return empty, [Finding("assumption", layer.name, what)]
    wanted = f"one row or more in {layer.name}"
    fix = f"export {layer.name} again, with its rows"
    return empty, [
        Finding(
            "error", layer.name, f"The layer {layer.name!r} has no rows.", (), "0 rows", wanted, fix
        )
    ]


def drop_personal(layer: Layer, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the layer without the columns that look personal, and a warning that names them.

    Rows cannot be without their key: where that holds numbers of persons, it is an error.
    """
    personal = personal_columns(frame, {column.name for column in layer.columns})
    findings = []
    key = layer.key or ""
    if key in personal:
        findings.append(_personal_key(layer, key, personal.pop(key)))
        frame = frame.drop(columns=key)
    elif key in frame.columns and holds_long_codes(list(frame[key])):
        what = Sentence("codes_of_18", column=key)
        findings.append(Finding("assumption", layer.name, what, (key,)))
    if personal:
        what = Sentence("personal_columns", layer=layer.name)
        shown = listed(personal_names(personal), 20)
        findings.append(Finding("warning", layer.name, what, tuple(personal), shown))
    return frame.drop(columns=list(personal)), findings


def _personal_key(layer: Layer, key: str, kind: str) -> Finding:
    return Finding(
        "error",
        layer.name,
        f"The column {key!r} of {layer.name} holds what looks like {kind} of persons.",
        (key,),
        f"{kind} where a row should have a code; they are not shown",
        f"a code of the {layer.row} that says nothing about its residents",
        f"fill {key!r} with codes of your own, such as B001, and keep the others elsewhere",
    )


def _missing_columns(layer: Layer, frame: gpd.GeoDataFrame) -> list[Finding]:
    here = [str(c) for c in frame.columns if c != "geometry"]
    wanted = [c.name for c in layer.columns if c.needed and c.name not in here]
    return [_missing_column(layer, name, here) for name in wanted]


def missing_measures(units: gpd.GeoDataFrame) -> list[Finding]:
    """Return an error if no column of the units counts anything."""
    if units.empty or any(measure in units.columns for measure in MEASURES):
        return []
    here = [str(c) for c in units.columns if c != "geometry" and units[c].notna().any()]
    extra = [c for c in here if c not in {column.name for column in LAYERS["units"].columns}]
    hints = [near_names(c, MEASURES) for c in extra]
    near = [f"{c!r}: {h}" for c, h in zip(extra, hints, strict=True) if h.startswith("did")]
    return [
        Finding(
            "error",
            "units",
            "The layer 'units' has no column that counts anything.",
            MEASURES,
            f"columns {name_some(here, most=12)}{'; ' + near[0] if near else ''}",
            "one or more of households, population, firms, workers; or households or "
            "population of every community, to be spread over its buildings",
            "add the column, or rename the one that holds the count",
        )
    ]


def _missing_column(layer: Layer, name: str, here: list[str]) -> Finding:
    hint = near_names(name, here)
    return Finding(
        "error",
        layer.name,
        f"The layer {layer.name!r} has no column {name!r}.",
        (name,),
        f"columns {name_some(here, most=12)}{'; ' + hint if hint.startswith('did') else ''}",
        f"a column {name!r} with a value in every row",
        f"add it, or rename the column that holds the {name}",
    )


def _conform_column(
    layer: Layer, column: Column, frame: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the frame with one column in its canonical type."""
    absent = column.name not in frame.columns
    values = pd.Series(None, index=frame.index, dtype=object) if absent else frame[column.name]
    if column.type in ("count", "measure", "total"):
        new, findings = _counts(layer, column, frame, values)
    elif column.type == "date":
        new, findings = _days(layer, column, frame, values)
    else:
        new, findings = _texts(layer, column, frame, values)
    if absent and column.needed:
        findings = []  # said once already, as a missing column
    return frame.assign(**{column.name: new}), findings


def _counts(
    layer: Layer, column: Column, frame: gpd.GeoDataFrame, values: pd.Series
) -> tuple[pd.Series, list[Finding]]:
    strict = column.type == "measure"
    cells = list(values)
    bad = [not (_is_count(v) or (is_missing(v) and not strict)) for v in cells]
    if not any(bad):
        whole = [None if is_missing(v) else int(v) for v in cells]
        return pd.Series(whole, index=frame.index, dtype="int64" if strict else "Int64"), []
    wrong = [v for v, is_bad in zip(cells, bad, strict=True) if is_bad]
    names = row_names(layer, frame[bad])
    shown = (f"{_shown(v)} ({layer.row} {n})" for v, n in zip(wrong, names, strict=True))
    wanted = "a whole number from 0 to 1,000,000,000 in every row"
    remedy = (
        wanted if strict else f"{wanted} that has one",
        f"correct {column.name!r} in these rows",
    )
    fault = f"have no usable {column.name!r}"
    return values, [refuse_rows(layer, names, len(cells), fault, remedy, shown)]


def _is_count(value: object) -> bool:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return False
    number = float(value)
    return 0 <= number <= MOST_COUNT and number.is_integer()


def _shown(value: object) -> str:
    if is_missing(value):
        return "no value"
    shown = veil(as_text(value))
    return f"text {shown!r}" if isinstance(value, str) and shown == value.strip() else shown


def _days(
    layer: Layer, column: Column, frame: gpd.GeoDataFrame, values: pd.Series
) -> tuple[pd.Series, list[Finding]]:
    """Return days as YYYY-MM-DD, and which rows name none."""
    days = [None if is_missing(v) else read_day(v) for v in values]
    findings = []
    if None in days:
        lost = [v for v, day in zip(values, days, strict=True) if day is None]
        shown = dict.fromkeys(
            Sentence("no_value") if is_missing(v) else repr(_shown(v)) for v in lost
        )
        told = {"n": len(lost), "total": len(frame), "rows": Sentence(f"rows_{layer.name}")}
        what = Sentence("rows_did", **told, deed=Sentence("no_day", column=column.name))
        names = tuple(map(str, shown))
        findings = [Finding("warning", layer.name, what, names, listed(shown))]
    return pd.Series(days, index=frame.index, dtype=TEXT), findings


def _texts(
    layer: Layer, column: Column, frame: gpd.GeoDataFrame, values: pd.Series
) -> tuple[pd.Series, list[Finding]]:
    texts = [None if is_missing(v) else as_text(v) for v in values]
    texts, findings = _spelled(layer, column, texts)
    if column.choices and not set(texts) <= {None, *column.choices}:
        findings.append(_odd_choices(layer, column, frame, texts))
    if None in texts and (column.needed or column.default is not None):
        names = row_names(layer, frame[[text is None for text in texts]])
        if column.default is None:
            remedy = (f"one {column.name!r} in every row", "fill these rows")
            fault = f"have no {column.name!r}"
            findings.append(refuse_rows(layer, names, len(texts), fault, remedy))
        else:
            texts, key, meant = _filled(texts, names, column.default)
            deed = Sentence(key, column=column.name, meant=meant)
            findings.append(tell_rows("assumption", layer, names, len(texts), deed))
    return pd.Series(texts, index=frame.index, dtype=TEXT), findings


def _spelled(
    layer: Layer, column: Column, texts: list[str | None]
) -> tuple[list[str | None], list[Finding]]:
    """Return the texts with other spellings of the choices replaced, and which those were."""
    others = sorted({t for t in texts if t in column.spellings and t is not None})
    if not others:
        return texts, []
    shown = listed(f"{other} = {column.spellings[other]}" for other in others)
    what = Sentence("read_as_meant", column=column.name, layer=layer.name)
    spelled = [None if t is None else column.spellings.get(t, t) for t in texts]
    return spelled, [Finding("assumption", layer.name, what, tuple(others), shown)]


def _odd_choices(
    layer: Layer, column: Column, frame: gpd.GeoDataFrame, texts: list[str | None]
) -> Finding:
    odd = [text is not None and text not in column.choices for text in texts]
    names = row_names(layer, frame[odd])
    cells = [veil(text) for text, is_odd in zip(texts, odd, strict=True) if text and is_odd]
    shown = (f"{c!r} ({layer.row} {n})" for c, n in zip(cells, names, strict=True))
    remedy = (" or ".join(map(repr, column.choices)), f"correct {column.name!r} in these rows")
    fault = f"have no known {column.name!r}"
    return refuse_rows(layer, names, len(texts), fault, remedy, shown)


def _filled(
    texts: list[str | None], names: list[str], default: str
) -> tuple[list[str | None], str, str]:
    """Return the texts with the default where there is none, and how that is told."""
    by_row = default.startswith("{")
    waiting = iter(names if by_row else [default] * len(names))
    filled: list[str | None] = [next(waiting) if text is None else text for text in texts]
    return filled, "bear_id" if by_row else "count_as", default.strip("{}")


def _check_key(layer: Layer, frame: gpd.GeoDataFrame) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Return which rows have an id of their own, and the ids that several rows bear."""
    if layer.key is None or frame[layer.key].isna().all():
        return np.ones(len(frame), dtype=bool), []
    ids = frame[layer.key]
    missing = ids.isna().to_numpy()
    twice = ids.duplicated().to_numpy() & ~missing
    if not twice.any():
        return ~missing, []
    shared = ids[ids.duplicated(keep=False) & ids.notna()].sort_values()
    remedy = (
        f"no two rows with one {layer.key!r}",
        "give each an id of its own, or delete the copies",
    )
    outline = shapely.to_wkb(frame.geometry.to_numpy(), hex=True)
    whole = pd.DataFrame(frame.drop(columns="geometry")).assign(geometry=outline)
    distinct = whole.loc[shared.index].astype(str).drop_duplicates().groupby(layer.key).size()
    shown = (
        f"{name} ({n} rows{', all equal' if distinct[str(name)] == 1 else ''})"
        for name, n in shared.value_counts(sort=False).items()
    )
    fault = f"share their {layer.key!r} with another"
    finding = refuse_rows(layer, tuple(shared), len(ids), fault, remedy, shown)
    return ~(missing | twice), [finding]


def _or_nowhere(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return geometries of rows that need none, missing where they say no place."""
    bounds = shapely.bounds(geometry)
    nowhere = ~np.isfinite(bounds).all(axis=1) | (bounds == 0).all(axis=1)
    places: NDArray[np.object_] = geometry.copy()
    places[nowhere] = None
    return places


def _check_geometry(
    layer: Layer, frame: gpd.GeoDataFrame
) -> tuple[NDArray[np.bool_], list[Finding]]:
    geometry = frame.geometry.to_numpy()
    nothing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    nothing &= not layer.placeless
    types = np.array(["" if g is None else g.geom_type for g in geometry], dtype=object)
    odd = ~nothing & (types != "") & ~np.isin(types, layer.geometry)
    infinite = ~nothing & ~is_finite(geometry)
    unplaced = ~(nothing | infinite) & (shapely.bounds(geometry) == 0).all(axis=1)
    usual = " or ".join(layer.geometry)
    findings = []
    for rows, fault in (
        (nothing, "have no geometry"),
        (odd, f"are no {usual}"),
        (infinite, "have coordinates that are no numbers"),
        (unplaced, "stand at (0, 0), like addresses that were not found"),
    ):
        if not rows.any():
            continue
        names = row_names(layer, frame[rows])
        kinds = types[rows] if rows is odd else [""] * len(names)
        shown = (f"{n} ({k})" if k else n for n, k in zip(names, kinds, strict=True))
        remedy = (f"a {usual} in every row", "draw these again, or delete the rows")
        findings.append(refuse_rows(layer, names, len(frame), fault, remedy, shown))
    return ~(nothing | odd | infinite | unplaced), findings
