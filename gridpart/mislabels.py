"""Layers that are probably in another datum or CRS than they declare, and what to declare.

What is found here changes no coordinate: it goes into a warning, and into the errors of
units that lie outside every community.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from gridpart.crs import is_lost_datum
from gridpart.datums import Datum, add_offset
from gridpart.findings import Finding
from gridpart.placing import (
    SCORED,
    Drawn,
    Score,
    clear_winner,
    in_each_datum,
    is_suspect,
    score_readings,
)
from gridpart.readings import Reading, crs_text, guess_readings
from gridpart.sentences import Sentence
from gridpart.transformers import transformer

__all__ = ["doubt_labels", "find_readings", "suggest_crs", "weigh_labels"]

Frames = Mapping[str, gpd.GeoDataFrame]

ASTRAY = 0.5
"""Share of units in their community below which another CRS is tried, too."""

TOLD = 0.01
"""Change of a share that is worth telling."""

_ZONES = frozenset(f"EPSG:{code}" for code in range(4491, 4555))
"""Gauss-Krueger zones of CGCS2000: those of older datums differ by some tens of meters,
which no community tells from each other."""

_ANY_PLANE = pyproj.CRS.from_epsg(3857)
"""Points are in areas or not, whatever the projection."""

_GCJ_BOX = (73.0, 3.0, 136.0, 54.0)
"""Where maps carry offsets, in degrees; elsewhere no datum is in doubt."""


def doubt_labels(
    layers: Frames, crs: pyproj.CRS, datums: Mapping[str, Datum]
) -> tuple[list[Finding], str]:
    """Return a warning for each datum or CRS that is probably another, and what to declare.

    Parameters
    ----------
    layers, crs, datums
        As in `weigh_labels`.

    Returns
    -------
    tuple
        Warnings, and a phrase in the imperative; none and nothing if no other reading fits
        clearly better.
    """
    weighed = weigh_labels(layers, crs, datums)
    if weighed is None:
        return [], ""
    winner, declared = weighed
    findings = [
        _tell(names, reading, winner, declared, set(datums) >= set(names))
        for reading, names in _changes(winner, declared).items()
    ]
    return findings, "; ".join(finding.fix for finding in findings)


def weigh_labels(
    layers: Frames, crs: pyproj.CRS, datums: Mapping[str, Datum]
) -> tuple[Score, Score] | None:
    """Return the score of readings that fit clearly better than as declared, and of those.

    Nothing is tried where at least 98 % of the units lie in their community and streets run
    through no more than 5 % of them. Otherwise every datum is, for each layer, and where
    less than half of the units lie in their community each CRS that would put them near.

    Parameters
    ----------
    layers : mapping of str to GeoDataFrame
        ``communities``, ``units`` and perhaps ``streets``, each in the CRS that it declares,
        without the offset of the datum that it declares.
    crs : pyproj.CRS
        Working CRS.
    datums : mapping of str to str
        Datum that each layer declares; ``wgs84`` for those that are not in it.

    Returns
    -------
    tuple of Score, or None
        First that of the better readings. None if no others fit clearly better.
    """
    drawn = {
        name: _drawn(layers[name], datums.get(name, "wgs84"))
        for name in SCORED
        if name in layers and not layers[name].empty
    }
    if not {"units", "communities"} <= set(drawn):
        return None
    stated = _stated(layers["units"], layers["communities"])
    declared = next(iter(score_readings(drawn, crs, stated)))
    if not is_suspect(declared):
        return None
    if not any(_in_china(_middle(layers[name])) for name in ("communities", "units")):
        return None
    if declared.inside < ASTRAY:
        drawn = _with_other_crs(drawn, layers)
    drawn = {n: replace(d, readings=_with_datums(d.readings)) for n, d in drawn.items()}
    winner = clear_winner(list(score_readings(drawn, crs, stated)))
    return (winner, declared) if winner is not None and winner.changed else None


def suggest_crs(name: str, layers: Frames, usable: Frames) -> str:
    """Return what to declare for a layer whose CRS is missing or impossible.

    Parameters
    ----------
    name, layers, usable
        As in `find_readings`.

    Returns
    -------
    str
        A phrase in the imperative; nothing if the coordinates fit no CRS of China, or if
        the layer declares a datum that cannot be converted.
    """
    if layers[name].crs is not None and is_lost_datum(layers[name].crs):
        return ""
    guesses, winner = find_readings(name, layers, usable)
    if winner is not None:
        share = f"{winner.inside:.0%} of {winner.n_units:,} units then lie in their community"
        return f"{_declare(winner.readings[name], None, (name,))}: {share}"
    if len(guesses) > 1:
        ends = f"{guesses[0].crs} to {guesses[-1].crs.removeprefix('EPSG:')}"
        return (
            f"declare the CRS of the coordinates: one of {ends}, or a PROJ string of the city's own"
        )
    return _declare(guesses[0], None, (name,)) if guesses else ""


def find_readings(
    name: str, layers: Frames, usable: Frames
) -> tuple[tuple[Reading, ...], Score | None]:
    """Return how a layer without CRS may be meant, and the score of what fits clearly best.

    Parameters
    ----------
    name : str
        Layer in question.
    layers : mapping of str to GeoDataFrame
        All layers as read.
    usable : mapping of str to GeoDataFrame
        Those whose CRS is not in question, without offsets. The communities tell of other
        layers, and the units of the communities.

    Returns
    -------
    tuple
        Readings by the digits and by what is near; and a score for units and communities,
        None for other layers and where none fits clearly best.
    """
    other = "units" if name == "communities" else "communities"
    reference = usable.get(other)
    if reference is None or reference.empty:
        return guess_readings(tuple(layers[name].total_bounds)), None
    guesses = guess_readings(tuple(layers[name].total_bounds), _middle(reference))
    if not guesses or name not in ("units", "communities"):
        return guesses, None
    drawn = {
        name: Drawn(_geometry(layers[name]), _with_datums(guesses), None),
        other: _drawn(reference, "wgs84"),
    }
    stated = _stated(layers["units"], layers["communities"])
    return guesses, clear_winner(list(score_readings(drawn, _ANY_PLANE, stated)))


def _geometry(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    return np.asarray(frame.geometry.to_numpy(), dtype=object)


def _drawn(frame: gpd.GeoDataFrame, datum: Datum) -> Drawn:
    """Return the layer as it was before the offset of its declared datum was removed."""
    reading = Reading(crs_text(frame.crs), datum)
    return Drawn(add_offset(_geometry(frame), frame.crs, datum), (reading,), reading)


def _stated(units: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return the row of the community that each unit states, -1 for none."""
    none = np.full(len(units), -1)
    if "community_id" not in units or "community_id" not in communities:
        return none
    ids = pd.Index(communities["community_id"])
    return ids.get_indexer(units["community_id"]).astype(np.int64) if ids.is_unique else none


def _middle(frame: gpd.GeoDataFrame) -> tuple[float, float]:
    """Return longitude and latitude of the middle of a layer."""
    west, south, east, north = frame.total_bounds
    to_degrees = transformer(frame.crs, 4326)
    lon, lat = to_degrees.transform((west + east) / 2, (south + north) / 2)
    return float(lon), float(lat)


def _in_china(place: tuple[float, float]) -> bool:
    west, south, east, north = _GCJ_BOX
    return west <= place[0] <= east and south <= place[1] <= north


def _with_datums(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    return tuple(each for reading in readings for each in in_each_datum(reading))


def _with_other_crs(drawn: dict[str, Drawn], layers: Frames) -> dict[str, Drawn]:
    """Return the layers with readings of the units, else the communities, near the others."""
    for name, other in (("units", "communities"), ("communities", "units")):
        bounds, near = tuple(layers[name].total_bounds), _middle(layers[other])
        known = drawn[name].readings[0]
        guesses = [
            replace(guess, datum=known.datum)
            for guess in guess_readings(bounds, near)
            if (guess.crs, guess.axes) != (known.crs, known.axes)
        ]
        if guesses:
            return {**drawn, name: replace(drawn[name], readings=(known, *guesses))}
    return drawn


def _changes(winner: Score, declared: Score) -> dict[Reading, tuple[str, ...]]:
    """Return the changed readings, each with its layers."""
    changes: dict[Reading, tuple[str, ...]] = {}
    for name in winner.changed:
        reading, before = winner.readings[name], declared.readings[name]
        if (reading.crs, reading.axes) == (before.crs, before.axes):
            reading = Reading("", reading.datum)  # the CRS stays what each layer declares
        changes[reading] = (*changes.get(reading, ()), name)
    return changes


def _declare(reading: Reading, before: Reading | None, names: tuple[str, ...]) -> str:
    """Return what to declare, in the words of the manifest."""
    entries = [f'crs = "{reading.crs}"'] if reading.crs else []
    if reading.axes == "yx":
        entries.append('axes = "yx"')
    if reading.datum != ("wgs84" if before is None else before.datum):
        entries.append(f'datum = "{reading.datum}"')
    text = Sentence("declare", entries=entries, layers=names)
    return Sentence("declare_zone", declare=text) if reading.crs in _ZONES else text


def _tell(
    names: tuple[str, ...], reading: Reading, winner: Score, declared: Score, is_declared: bool
) -> Finding:
    before = declared.readings[names[0]]
    was = before.crs if reading.crs else before.datum
    was = Sentence("as_declared", label=was) if reading.crs or is_declared else was
    found = Sentence("evidence", parts=list(_evidence(winner, declared, was)))
    likely = _describe(reading, before)
    what = (
        Sentence("layers_probably", layers=names, reading=likely)
        if len(names) > 1
        else Sentence("layer_probably", layer=names[0], reading=likely)
    )
    wanted = "every layer in the datum and CRS that it declares"
    fix = _declare(reading, before, names)
    return Finding("warning", names[0], what, names, found, wanted, fix)


def _evidence(winner: Score, declared: Score, was: str) -> Iterator[Sentence]:
    """Yield what speaks for a reading, that which speaks loudest first."""
    told = (
        (winner.inside - declared.inside, "inside", winner.inside, declared.inside),
        (declared.crossed - winner.crossed, "crossed", winner.crossed, declared.crossed),
    )
    loud = sorted((each for each in told if each[0] > TOLD), reverse=True)
    for nth, (_, what, after, before) in enumerate(loud):
        shares = {"after": after, "before": before, "was": was}
        yield (
            Sentence(f"{what}_too", **shares)
            if nth
            else Sentence(f"{what}_first", n=winner.n_units, **shares)
        )


def _describe(reading: Reading, before: Reading) -> Sentence:
    labels = [reading.crs] if reading.crs else []
    if reading.datum != before.datum:
        labels.append(reading.datum)
    return Sentence("reading_north" if reading.axes == "yx" else "reading", labels=labels)
