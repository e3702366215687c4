"""Which file of a folder holds which layer."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from gridpart.candidates import Candidate
from gridpart.proposal import Question
from gridpart.recognition import Guess, Recognized, name_strength, recognize_columns
from gridpart.schema import LAYERS

__all__ = ["assign_layers"]

_FITTING = {
    "communities": ("polygons",),
    "units": ("polygons", "points"),
    "streets": ("lines",),
    "barriers": ("lines", "polygons"),
    "crossings": ("points",),
    "exclusive": ("polygons",),
    "stations": ("points",),
    "grids": ("polygons",),
    "incidents": ("points", "table"),
}

_TELLING = ("households", "population", "floors", "stairwells", "compound_id")
"""Columns that only buildings have."""

Chosen = dict[str, tuple[Candidate, Guess]]


def assign_layers(
    candidates: Sequence[Candidate], answers: Mapping[str, str]
) -> tuple[Chosen, list[Question], dict[str, str]]:
    """Return the candidate of each layer, what to ask, and why others were passed over.

    Names of files, layers and folders decide, and the plainest first; communities and
    units without such a name are told by their geometry and their columns. A table without
    coordinates is a layer only where its name says records of incidents, and its columns
    name the units.

    Parameters
    ----------
    candidates : sequence of Candidate
        Everything that the folder holds.
    answers : mapping of str to str
        Layer -> the candidate chosen for it, by what it is called.
    """
    maps = [c for c in candidates if c.kind != "table" or _score("incidents", c)[0]]
    chosen: Chosen = {}
    for layer in LAYERS:
        told = next((c for c in maps if c.shown == answers.get(layer)), None)
        if told is not None:
            chosen[layer] = (told, Guess(told.path, "the answer given"))
    scores = sorted(
        ((_score(layer, c), layer, c) for layer in LAYERS for c in maps),
        key=lambda scored: (-scored[0][0], scored[2].depth, -scored[0][1], scored[2].path),
    )
    for (strength, _), layer, candidate in scores:
        if strength and layer not in chosen and not _is_taken(candidate, chosen):
            chosen[layer] = (candidate, _by_name(layer, candidate, strength))
    _add_unnamed(maps, chosen)
    questions = [q for q in (_rival(layer, chosen, maps) for layer in chosen) if q is not None]
    questions = [q for q in questions if q.key not in answers]
    return chosen, questions, _passed_over(maps, chosen)


def _is_taken(candidate: Candidate, chosen: Chosen) -> bool:
    return any(candidate is taken for taken, _ in chosen.values())


def _score(layer: str, candidate: Candidate) -> tuple[int, int]:
    """Return how plainly the name says a layer, and how many columns do."""
    if candidate.only is not None:
        return (3, 0) if candidate.only == layer else (0, 0)
    if candidate.kind not in _FITTING[layer] or not len(candidate.frame):
        return 0, 0
    strength = name_strength(layer, candidate.names)
    if not strength:
        return 0, 0
    columns = _columns(layer, candidate).columns
    if candidate.kind == "table" and "unit_id" not in columns:
        return 0, 0
    lacks = [c.name for c in LAYERS[layer].columns if c.needed and c.name not in columns]
    return (0, 0) if lacks and not LAYERS[layer].needed else (strength, len(columns))


def _columns(layer: str, candidate: Candidate) -> Recognized:
    return recognize_columns(layer, candidate.table(layer), cut=candidate.is_cut)


def _by_name(layer: str, candidate: Candidate, strength: int) -> Guess:
    n = len(candidate.frame)
    rows = LAYERS[layer].rows if candidate.kind == "table" else candidate.kind
    why = f"its name; {n:,} {rows if n != 1 else rows[:-1]}"
    if candidate.only is not None:
        return Guess(candidate.path, f"an OpenStreetMap file; {n:,} {LAYERS[layer].rows}")
    return Guess(candidate.path, why, "sure" if strength > 1 else "likely")


def _add_unnamed(maps: Sequence[Candidate], chosen: Chosen) -> None:
    """Add units and communities that no name gives away."""
    free = [c for c in maps if not _is_taken(c, chosen) and c.only is None and len(c.frame)]
    if "units" not in chosen:
        like = [c for c in free if c.kind in _FITTING["units"] and _tells_buildings(c)]
        if like:
            best = max(like, key=lambda c: len(c.frame))
            why = "its columns are those of buildings"
            chosen["units"] = (
                best,
                Guess(best.path, why, "likely" if len(like) == 1 else "a guess"),
            )
    if "communities" not in chosen:
        free = [c for c in free if c.kind == "polygons" and not _is_taken(c, chosen)]
        if "units" in chosen:
            rows = len(chosen["units"][0].frame)
            free = [c for c in free if len(c.frame) < rows]
        if free:
            best = max(free, key=_mean_area)
            why = f"{len(best.frame):,} polygons, the largest of those that no other layer took"
            chosen["communities"] = (best, Guess(best.path, why, "a guess"))
    if "units" not in chosen:
        free = [c for c in free if c.kind in _FITTING["units"] and not _is_taken(c, chosen)]
        if free:
            best = max(free, key=lambda c: len(c.frame))
            why = f"{len(best.frame):,} {best.kind}, the most of those that no other layer took"
            chosen["units"] = (best, Guess(best.path, why, "a guess"))


def _tells_buildings(candidate: Candidate) -> bool:
    return any(column in _columns("units", candidate).columns for column in _TELLING)


def _mean_area(candidate: Candidate) -> float:
    """Return the mean size of the polygons, in the square meters of whatever CRS."""
    frame = candidate.frame
    west, south, east, north = shapely.total_bounds(frame.geometry.to_numpy())
    in_degrees = max(abs(west), abs(south), abs(east), abs(north)) <= 180
    scale = 1.1e5**2 if in_degrees else 1.0
    return float(np.mean(shapely.area(frame.geometry.to_numpy()))) * scale


def _rival(layer: str, chosen: Chosen, maps: Sequence[Candidate]) -> Question | None:
    """Return the question which of two files that look alike holds a layer."""
    taken, guess = chosen[layer]
    if guess.why == "the answer given" or taken.only is not None:
        return None
    strength, _ = _score(layer, taken)
    others = [
        c for c in maps
        if not _is_taken(c, chosen) and strength and _score(layer, c)[0] == strength
        and c.depth <= taken.depth
    ]  # fmt: skip
    if guess.sureness == "a guess":
        others = [c for c in maps if c is not taken and c.kind in _FITTING[layer]
                  and not _is_taken(c, chosen)]  # fmt: skip
    elif not others:
        return None
    shown = tuple(c.shown for c in (taken, *others))
    return Question(layer, f"Which file holds the {LAYERS[layer].rows}?", shown, taken.shown)


def _passed_over(maps: Sequence[Candidate], chosen: Chosen) -> dict[str, str]:
    """Return the files that could be a layer and are none, and why not."""
    unused = {}
    for candidate in maps:
        if _is_taken(candidate, chosen) or candidate.only is not None:
            continue
        meant = [layer for layer in chosen if _score(layer, candidate)[0]]
        named = [layer for layer in LAYERS if name_strength(layer, candidate.names)
                 and candidate.kind in _FITTING[layer]]  # fmt: skip
        if not meant and named:
            needed = [c.name for c in LAYERS[named[0]].columns if c.needed]
            unused[candidate.shown] = (
                f"it looks like {named[0]}, but "
                + ("has no rows" if not len(candidate.frame) else
                   f"no column was recognized as {' and '.join(needed)}")
            )  # fmt: skip
        elif meant:
            taken = chosen[meant[0]][0].shown
            unused[candidate.shown] = (
                f"it looks like {meant[0]}, too, for which {taken} was taken; "
                "put both into one file if both are meant"
            )
        else:
            unused[candidate.shown] = f"{candidate.kind} whose name says no layer"
    return unused
