"""In which CRS, datum and order of axes the layers of a proposal are."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from gridpart.crs import is_lost_datum, working_crs
from gridpart.datums import Datum
from gridpart.errors import DataError
from gridpart.mislabels import find_readings, weigh_labels
from gridpart.placing import Score
from gridpart.proposal import LayerDraft, Question
from gridpart.readings import Reading, read_as
from gridpart.recognition import Guess, Sureness
from gridpart.schema import as_text, is_missing

__all__ = ["site_layers"]

_FIRST = ("communities", "units", "streets")
"""Layers by which others are placed."""

_DATUMS = ("wgs84", "gcj02", "bd09")


def site_layers(layers: Mapping[str, LayerDraft], answers: Mapping[str, str]) -> list[Question]:
    """Add crs, datum and axes to the layers that need them, and return what to ask.

    A layer whose file names no CRS gets the reading of its coordinates that fits the
    others; then every datum is tried for communities, units and streets, and one that
    fits clearly better than what the files say is taken.
    """
    questions: list[Question] = []
    frames = {n: _frame(draft) for n, draft in layers.items() if draft.candidate.kind != "table"}
    usable = {n: f for n, f in frames.items() if f.crs is not None and not is_lost_datum(f.crs)}
    datums: dict[str, Datum] = {}
    for name in sorted(frames, key=lambda n: (_FIRST.index(n) if n in _FIRST else 9, n)):
        draft, frame = layers[name], frames[name]
        if frame.crs is not None:
            if name not in usable:
                draft.remarks.append(_lost(frame))
            continue
        reading, asked = _unnamed(name, draft, frames, usable, answers)
        questions += asked
        if reading is not None:
            placed = read_as(frame.geometry.to_numpy(), reading, reading.crs)
            usable[name] = gpd.GeoDataFrame(
                pd.DataFrame(frame.drop(columns="geometry")), geometry=placed, crs=reading.crs
            )
            datums[name] = reading.datum
    _weigh(layers, usable, datums, answers)
    return questions


def _frame(draft: LayerDraft) -> gpd.GeoDataFrame:
    """Return the geometry of a layer, with the community that its rows state."""
    frame = draft.candidate.frame
    guess = draft.recognized.columns.get("community_id")
    stated: dict[str, Any] = {}
    if guess is not None:
        cells = [None if is_missing(v) else as_text(v) for v in frame[guess.value]]
        stated["community_id"] = cells
    return gpd.GeoDataFrame(stated, geometry=frame.geometry.to_numpy(), crs=frame.crs)


def _lost(frame: gpd.GeoDataFrame) -> str:
    return (
        f"Its CRS, {frame.crs.name}, is of a datum that cannot be converted without parameters: "
        "give a PROJ string with them as crs, or ask for the layer in CGCS2000."
    )


def _unnamed(
    name: str,
    draft: LayerDraft,
    frames: Mapping[str, gpd.GeoDataFrame],
    usable: Mapping[str, gpd.GeoDataFrame],
    answers: Mapping[str, str],
) -> tuple[Reading | None, list[Question]]:
    """Return how a layer without CRS is read, with what is to be asked about it."""
    guesses, winner = find_readings(name, frames, usable)
    if winner is not None:
        reading = winner.readings[name]
        _declare(draft, reading, f"{_share(winner)} then lie in their community", "sure")
        return reading, []
    key = f"{name}.crs"
    if not guesses:
        draft.remarks.append("Its file names no CRS, and its coordinates fit none of China.")
        if key in answers:
            draft.keys["crs"] = Guess(answers[key], "the answer given")
            return None, []
        text = f"In which CRS is {draft.candidate.shown} (EPSG code or PROJ string)?"
        return None, [Question(key, text, (), "")]
    known = {_title(reading): reading for reading in guesses}
    if answers.get(key) in known:
        _declare(draft, known[answers[key]], "the answer given", "sure")
        return known[answers[key]], []
    only = len(guesses) == 1
    why = "by the digits of its coordinates" + (" and the place of the others" if usable else "")
    _declare(draft, guesses[0], why, "likely" if only else "a guess")
    if only:
        return guesses[0], _ask_datum(name, draft, guesses[0], answers)
    text = f"In which CRS is {draft.candidate.shown}?"
    return guesses[0], [Question(key, text, tuple(known), next(iter(known)))]


def _ask_datum(
    name: str, draft: LayerDraft, reading: Reading, answers: Mapping[str, str]
) -> list[Question]:
    """Ask for the datum of longitude and latitude in a table, which nothing else tells."""
    if name != "units" or "x" not in draft.keys or reading.crs != "EPSG:4490":
        return []
    key = f"{name}.datum"
    if key in answers:
        draft.keys["datum"] = Guess(answers[key], "the answer given")
        return []
    draft.keys["datum"] = Guess("wgs84", "no datum fits clearly best", "a guess")
    text = f"In which datum are the coordinates of {draft.candidate.shown}?"
    return [Question(key, text, _DATUMS, "wgs84")]


def _title(reading: Reading) -> str:
    return reading.crs if reading.axes == "xy" else f"{reading.crs}, north first"


def _declare(draft: LayerDraft, reading: Reading, why: str, sureness: Sureness) -> None:
    if reading.crs != "EPSG:4490":
        sureness = "likely" if sureness == "sure" else sureness
        why = f"{why}, unless it is in Xi'an 80 or Beijing 54"
    draft.keys["crs"] = Guess(reading.crs, f"its file names none; {why}", sureness)
    if reading.axes == "yx":
        draft.keys["axes"] = Guess("yx", "the north coordinate stands first", sureness)
    if reading.datum != "wgs84":
        draft.keys["datum"] = Guess(reading.datum, why, sureness)


def _share(score: Score) -> str:
    return f"{score.inside:.0%} of {score.n_units:,} units"


def _weigh(
    layers: Mapping[str, LayerDraft],
    usable: Mapping[str, gpd.GeoDataFrame],
    datums: dict[str, Datum],
    answers: Mapping[str, str],
) -> None:
    """Add the readings that fit clearly better than what the files say."""
    scored = {name: usable[name] for name in _FIRST if name in usable}
    if not {"communities", "units"} <= set(scored) or "units.datum" in answers:
        return
    towns = scored["communities"]
    try:
        weighed = weigh_labels(scored, working_crs(towns.crs, towns.total_bounds), datums)
    except DataError as error:
        layers["communities"].remarks.append(f"{error.what} {error.found}")
        return
    if weighed is None:
        return
    winner, declared = weighed
    why = f"{_share(winner)} then lie in their community, {declared.inside:.0%} as its file says"
    for name in winner.changed:
        new, old = winner.readings[name], declared.readings[name]
        if name == "streets" and declared.crossed > winner.crossed:
            why = (
                f"streets then run through {winner.crossed:.0%} of the buildings, "
                f"{declared.crossed:.0%} as its file says"
            )
        for key in ("crs", "axes", "datum"):
            if getattr(new, key) != getattr(old, key):
                layers[name].keys[key] = Guess(getattr(new, key), why)
