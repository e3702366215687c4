"""Which readings of the layers fit each other best, and whether one fits clearly best.

Two things show that layers are not in the datum or CRS that they declare: buildings lie
outside their community, and streets run through buildings. Each way to read the layers is
scored by both. The offsets differ in direction, so that it also shows which layer is off;
layers that are all off alike fit each other, and nothing can tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import shapely
from numpy.typing import NDArray

from gridpart.datums import Datum
from gridpart.readings import Reading, read_as
from gridpart.topology import inner_points

__all__ = ["Drawn", "Score", "clear_winner", "in_each_datum", "is_suspect", "score_readings"]

SCORED = ("units", "communities", "streets")
"""Layers that tell, in the order in which one is rather thought to be off than the next."""

SAMPLE = 2000
"""Units that are looked at, evenly spread over the layer; a share then is good to 2 %."""

INSET_M = 1.0
"""A street this near the outline of a footprint does not run through it."""

REMOTE_M = 200.0
"""A footprint this far from any street fits streets as little as one that they cross, or
streets shifted out of the town would fit best."""

USUAL_INSIDE = 0.98
USUAL_CROSSED = 0.05
"""Shares of units that are no cause to doubt a declaration: some buildings stand on a
border drawn by hand, and some streets lead through an arch."""

CLEAR_INSIDE = 0.95
"""Share of units in their community that a reading needs to be named at all. Data that are
off for another reason, by some hundred meters, come near one of the readings now and then,
and still leave more units outside than this."""

CLEAR_UNITS = 10
CLEAR_SHARE = 0.03
CLEAR_ODDS = 3
"""A reading beats another clearly if at least this many units and this share of them fit
better than worse, and for each that fits worse this many fit better. A few buildings
can fall into place by chance, and a shift that is wrong gains on one side of the district
what it loses on the other; the true one loses next to nothing."""

NEARLY = 0.01
"""Share of units by which a reading with fewer changes may fit worse and still be taken."""

Geometries = NDArray[np.object_]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A layer as it was drawn, and the ways to read it."""

    geometries: Geometries
    """Shape (n,): geometries in the coordinates of the source, none missing or empty."""
    readings: tuple[Reading, ...]
    declared: Reading | None
    """The reading that the layer declares, None if it declares no CRS."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """How well one reading of each layer fits the others."""

    readings: Mapping[str, Reading]
    changed: tuple[str, ...]
    """Layers that are read otherwise than declared, or with an offset that none declares."""
    n_units: int
    """Units looked at."""
    inside: float
    """Share of the units that lie in the community they state, or in any if they state none."""
    crossed: float
    """Share of the units that a street runs through; nan without streets and footprints."""
    misfits: NDArray[np.int8]
    """Shape (n_units,): 1 for a unit outside its community, and 1 for a footprint that a
    street runs through or that has none within 200 m."""

    @property
    def total(self) -> int:
        """Number of misfits."""
        return int(self.misfits.sum())


def in_each_datum(reading: Reading) -> tuple[Reading, ...]:
    """Return the reading, and the same in each datum that differs from its own.

    Examples
    --------
    >>> [r.datum for r in in_each_datum(Reading("EPSG:4490", "cgcs2000"))]
    ['cgcs2000', 'gcj02', 'bd09']
    """
    true = reading.datum in ("wgs84", "cgcs2000")
    datums: tuple[Datum, ...] = ("gcj02", "bd09") if true else ("wgs84", "gcj02", "bd09")
    datums = tuple(datum for datum in datums if datum != reading.datum)
    return (reading, *(Reading(reading.crs, datum, reading.axes) for datum in datums))


def is_suspect(score: Score) -> bool:
    """Return whether the layers, read as declared, give cause to try other readings."""
    return score.inside < USUAL_INSIDE or score.crossed > USUAL_CROSSED


def score_readings(
    layers: Mapping[str, Drawn], crs: object, stated: NDArray[np.int64] | None = None
) -> Iterator[Score]:
    """Yield the score of each way to read the layers, the one as declared first.

    Parameters
    ----------
    layers : mapping of str to Drawn
        ``units``, ``communities`` and, where there are any, ``streets``. The first reading
        of each is the declared one, where it declares any.
    crs : object
        Projected CRS in meters to look at them in.
    stated : ndarray of int, shape (n_units,), optional
        Row of the community that each unit states, -1 for none.

    Examples
    --------
    >>> from shapely import Point, box
    >>> meters = Reading("EPSG:4547")
    >>> town = Drawn(np.array([box(5e5, 3.4e6, 5.1e5, 3.41e6)]), (meters,), meters)
    >>> swapped = Reading("EPSG:4547", axes="yx")
    >>> house = Drawn(np.array([Point(3.401e6, 5.02e5)]), (meters, swapped), meters)
    >>> scores = score_readings({"units": house, "communities": town}, 4547)
    >>> [(score.readings["units"].axes, score.inside) for score in scores]
    [('xy', 0.0), ('yx', 1.0)]
    """
    names = tuple(name for name in SCORED if name in layers)
    units = layers["units"].geometries
    communities = shapely.make_valid(layers["communities"].geometries)
    looked = _sample(units.size)
    owner = np.full(looked.size, -1) if stated is None else stated[looked]
    outlines = shapely.make_valid(units[looked])
    points = inner_points(outlines)
    areal = shapely.get_dimensions(outlines) == 2
    streets = layers["streets"].geometries if "streets" in layers else outlines[:0]
    drawn = {"points": points, "units": outlines, "communities": communities, "streets": streets}

    @cache
    def placed(what: str, reading: Reading) -> Geometries:
        return read_as(drawn[what], reading, crs)

    @cache
    def outside(unit: Reading, community: Reading) -> Mask:
        return ~_inside(placed("points", unit), placed("communities", community), owner)

    @cache
    def on_streets(unit: Reading, street: Reading) -> tuple[Mask, Mask]:
        return _on_streets(placed("units", unit), placed("streets", street))

    tells, nothing = streets.size > 0 and areal.any(), np.zeros(looked.size, dtype=bool)
    for readings in product(*(layers[name].readings for name in names)):
        out = outside(readings[0], readings[1])
        hit, remote = on_streets(readings[0], readings[2]) if tells else (nothing, nothing)
        yield Score(
            dict(zip(names, readings, strict=True)),
            tuple(n for n, r in zip(names, readings, strict=True) if _is_change(layers[n], r)),
            looked.size,
            float(1 - out.mean()),
            float(hit[areal].mean()) if tells else np.nan,
            out.astype(np.int8) + (areal & (hit | remote)),
        )


def _sample(n_units: int) -> NDArray[np.int64]:
    """Return the rows of at most `SAMPLE` units, evenly spread."""
    return np.unique(np.linspace(0, n_units - 1, min(n_units, SAMPLE)).astype(np.int64))


def _is_change(layer: Drawn, reading: Reading) -> bool:
    if layer.declared is None:
        return reading.datum not in ("wgs84", "cgcs2000")
    return reading != layer.declared


def _inside(points: Geometries, areas: Geometries, owner: NDArray[np.int64]) -> Mask:
    """Return which points lie in the area of their owner, or in any if they have none."""
    held = np.zeros(points.size, dtype=bool)
    point, area = shapely.STRtree(areas).query(points, predicate="intersects")
    held[point[(owner[point] < 0) | (owner[point] == area)]] = True
    return held


def _on_streets(outlines: Geometries, streets: Geometries) -> tuple[Mask, Mask]:
    """Return which footprints a street runs through, and which have none nearby."""
    crossed = np.zeros(outlines.size, dtype=bool)
    remote = np.ones(outlines.size, dtype=bool)
    tree = shapely.STRtree(streets)
    near, street = tree.query(outlines, predicate="intersects")
    touched, row = np.unique(near, return_inverse=True)
    inner = shapely.buffer(outlines[touched], -INSET_M)
    crossed[near[shapely.intersects(inner[row], streets[street])]] = True
    remote[tree.query(outlines, predicate="dwithin", distance=REMOTE_M)[0]] = False
    return crossed, remote


def clear_winner(scores: Sequence[Score]) -> Score | None:
    """Return the score of the reading that fits clearly better than any as likely, else None.

    Of the readings that fit as well as the best, or nearly so, the one is taken that
    changes the fewest layers, units before communities before streets. It has to hold
    `CLEAR_INSIDE` of the units in their communities and to beat clearly (`CLEAR_UNITS`,
    `CLEAR_SHARE`, `CLEAR_ODDS`) each other reading that changes no more layers. It may well
    be the declared one, which changes none.

    Parameters
    ----------
    scores : sequence of Score
        Of all readings, as `score_readings` yields them.
    """
    least = min(score.total for score in scores)
    good = [s for s in scores if s.total - least <= NEARLY * s.n_units]
    best = min(good, key=lambda s: (len(s.changed), [SCORED.index(n) for n in s.changed], s.total))
    rivals = [s for s in scores if len(s.changed) <= len(best.changed) and not _alike(s, best)]
    if best.inside < CLEAR_INSIDE or not all(_beats(best, rival) for rival in rivals):
        return None
    return best


def _alike(one: Score, other: Score) -> bool:
    """Return whether two scores are of one reading, or of layers that are all off alike."""
    if one.readings == other.readings:
        return True
    ways = [{(r.crs, r.axes) for r in s.readings.values()} for s in (one, other)]
    datums = [{_true(r.datum) for r in s.readings.values()} for s in (one, other)]
    return ways[0] == ways[1] and len(datums[0]) == len(datums[1]) == 1


def _true(datum: Datum) -> str:
    return "wgs84" if datum == "cgcs2000" else datum


def _beats(best: Score, rival: Score) -> bool:
    gain = rival.misfits.astype(np.int64) - best.misfits
    better, worse = int((gain > 0).sum()), int((gain < 0).sum())
    enough = max(CLEAR_UNITS, CLEAR_SHARE * best.n_units)
    return better - worse >= enough and better >= CLEAR_ODDS * worse
