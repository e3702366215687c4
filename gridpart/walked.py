"""The referee's eye for walks: who lives beyond the radius, and whether that had to be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart.access import centers_within
from gridpart.arithmetic import EPSILON
from gridpart.atoms import atom_names
from gridpart.evidence import Evidence
from gridpart.model import Breach, Level, Radius, Range
from gridpart.ranges import out_of_range
from gridpart.sentences import Sentence
from gridpart.service import WITHIN_M, measure_walks, share_on_lines, shares

__all__ = ["Walked"]

PLACE = {"center": Sentence("its_center"), "station": Sentence("nearest_station")}


@dataclass(eq=False)
class Walked:
    """The walks of one level's grids."""

    evidence: Evidence
    level: str
    stated: Mapping[str, Level]
    """Grid code -> the level as it stands for the grid's community."""
    table: pd.DataFrame = field(init=False)
    """By grid code, as ``measure_walks`` returns it."""
    each: NDArray[np.float64] = field(init=False)
    """Shape (n_units,), meters."""

    def __post_init__(self) -> None:
        """Measure all walks once."""
        self.table, self.each = measure_walks(
            self.evidence.walk,
            self.codes.tolist(),
            self.stated,
            self.evidence.households,
            self.evidence.units["workload"].fillna(0).to_numpy(np.float64),
        )

    @property
    def codes(self) -> NDArray[np.object_]:
        """Shape (n_units,): the grid of each unit."""
        return self.evidence.codes[self.level]

    def breaches(self) -> Iterator[Breach]:
        """Yield a breach for each grid with units too far from its center or any station."""
        ids = self.evidence.units["unit_id"].to_numpy(dtype=object)
        for code, stated in self.stated.items():
            own = np.flatnonzero(self.codes == code)
            if (limit := stated.radius) is None or not own.size:
                continue
            walks = self.each[own]
            beyond = own[walks > limit.max_m * (1 + EPSILON)]
            if not beyond.size:
                continue
            far, longest = tuple(ids[beyond]), float(walks.max())
            origin = str(self.table.loc[code, "walk_from"])
            why = (
                Sentence("communities_given")
                if stated.is_joined
                else self._why_far(own, beyond, stated, origin)
            )
            told = {
                "grid": code, "walk": round(longest), "place": PLACE[origin],
                "most": limit.max_m, "units": far,
            }  # fmt: skip
            yield Breach(
                grid=code,
                level=self.level,
                rule="radius",
                reason="radius",
                proven=bool(why),
                message=Sentence("too_far_why", **told, why=why)
                if why
                else Sentence("too_far", **told),
                measure="radius_m",
                value=longest,
                max=limit.max_m,
                clause=limit.clause,
                hard=limit.hard,
                units=far,
            )

    def _why_far(
        self, own: NDArray[np.int64], beyond: NDArray[np.int64], stated: Level, origin: str
    ) -> str:
        """Return why units had to be beyond the radius, "" where nothing shows it."""
        if origin == "station":
            return Sentence("no_station_nearer")
        units = self.evidence.units.iloc[own]
        compounds = set(units["compound_id"].fillna(""))
        if len(compounds) == 1 and "" not in compounds and len(own) > 1:
            whole = Sentence("compound_atom", name=str(compounds.pop()))
            return Sentence("kept_whole", what=whole)
        names = atom_names(units, stated)
        if len(set(names)) == 1:
            return Sentence("kept_whole", what=names[0])
        assert stated.radius is not None
        if stated.radius.goes_first:
            return ""
        for bound in stated.ranges:
            alone = self._too_lonely(beyond, stated.radius, bound) if bound.hard else ()
            if alone:
                why = _lonely_text(stated.radius, bound, alone)
                return Sentence("range_first", why=why)
        return ""

    def excused(self, breach: Breach) -> Breach:
        """Return a breach of a range, proven if the radius, which goes first, forces it."""
        stated = self.stated.get(breach.grid)
        if stated is None:  # a code that is no text: that is a breach of its own
            return breach
        radius, low = stated.radius, breach.min
        if (
            breach.proven or radius is None or not (radius.hard and radius.goes_first)
            or low is None or breach.value >= low
        ):  # fmt: skip
            return breach
        bound = next(b for b in stated.ranges if b.measure == breach.measure)
        alone = self._too_lonely(np.flatnonzero(self.codes == breach.grid), radius, bound)
        if not alone:
            return breach
        why = Sentence("radius_first", why=_lonely_text(radius, bound, alone))
        message = out_of_range(breach.grid, breach.value, bound, why)
        return replace(breach, reason="radius", proven=True, units=alone, message=message)

    def _too_lonely(
        self, units: NDArray[np.int64], radius: Radius, bound: Range
    ) -> tuple[object, ...]:
        """Return those units for which no center within the radius reaches enough.

        A grid within the radius of a center holds at most what lies within the radius of
        it. Centers may be any unit of the community and any node of a street.
        """
        if bound.min is None or radius.origin == "station":
            return ()
        evidence = self.evidence
        community = evidence.units["community_id"].iloc[units[0]]
        inside = np.flatnonzero((evidence.units["community_id"] == community) & evidence.needs_grid)
        size = evidence.units[bound.measure].fillna(0).to_numpy(np.float64)[inside]
        reached = self._within(inside, radius)
        most = np.where(reached, (size @ reached)[None, :], 0.0).max(axis=1)
        lonely = inside[most < bound.min * (1 - EPSILON)]
        found: tuple[object, ...] = tuple(
            evidence.units["unit_id"].to_numpy(dtype=object)[np.intersect1d(units, lonely)]
        )
        return found

    def _within(self, inside: NDArray[np.int64], radius: Radius) -> NDArray[np.bool_]:
        """Return which units of a community lie within the radius of which possible centers."""
        if (key := (int(inside[0]), radius)) not in self._known:
            walk = self.evidence.walk._replace(detour=radius.detour)
            limit = radius.max_m * (1 + EPSILON)
            if len(walk.node_xy):
                self._known[key] = centers_within(walk, inside, limit)
            else:  # any place may be the middle: units of one grid lie two radii apart at most
                step = walk.xy[inside][:, None, :] - walk.xy[inside][None, :, :]
                straight = np.hypot(step[..., 0], step[..., 1]) * radius.detour
                self._known[key] = straight <= 2 * limit
        return self._known[key]

    @cached_property
    def _known(self) -> dict[Any, NDArray[np.bool_]]:
        return {}

    def summary(self) -> dict[str, Any]:
        """Return the level in numbers, by the names of ``LevelSummary``."""
        evidence, table = self.evidence, self.table
        known = shares(self.each, evidence.households)
        return {
            "radius_m": float(np.nanmax(self.each, initial=0.0)),
            "walk_mean_m": known[0] if known else None,
            "within": dict(zip(map(str, WITHIN_M), known[1:], strict=False)),
            "walk_from": "/".join(sorted(set(table["walk_from"][table["walk_by"] != ""]))),
            "walk_by": _in_one(set(table["walk_by"]) - {""}),
            "on_lines": share_on_lines(
                evidence.grids[self.level].geometry,
                evidence.communities.geometry,
                evidence.lines,
            )
            if not evidence.is_whole(self.level)
            else None,
        }


def _in_one(ways: set[str]) -> str:
    """Return how walks were measured, ``mixed`` where grids differ."""
    return ways.pop() if len(ways) == 1 else "mixed" if ways else ""


def _lonely_text(radius: Radius, bound: Range, units: tuple[object, ...]) -> Sentence:
    least = (bound.min or 0, bound.measure)
    return Sentence("no_center", most=radius.max_m, least=least, units=units)
