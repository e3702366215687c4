"""What else could be done about a breach, and what that would break in its place.

One change to the grid and to one grid beside it is told: that which mends the breach and
breaks least. What grids would hold and how far they would walk is counted anew. Levels
below, whose grids would have to be divided anew, are not looked at, and a change within
one level's parent leaves the levels above as they are.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from gridpart.arithmetic import EPSILON
from gridpart.atoms import atom_names
from gridpart.exchanges import Change, changes, handed_over
from gridpart.model import Breach, Level, Range
from gridpart.parts import cut_oversize
from gridpart.ranges import amount_out, range_text
from gridpart.sentences import Sentence
from gridpart.service import walk_of_units
from gridpart.terrain import Trial
from gridpart.trials import Trials
from gridpart.walked import Walked

__all__ = ["CHANGING", "suggested"]

SplitTo = Literal["compound", "building", "stairwell", "floor"]

MOST = 8
"""Changes that are measured, those that look best by the range alone."""
FINER: tuple[SplitTo, ...] = ("compound", "building", "stairwell", "floor")
"""Values of ``split_to``, coarse to fine."""

CHANGING = ("alt_join", "alt_give", "alt_take", "alt_split", "alt_cut")
"""Sentences of changes to the grid of a breach, and to that which they name as ``other``."""

Rows = NDArray[np.int64]


def suggested(walked: Walked, breaches: Sequence[Breach], trials: Trials) -> list[Breach]:
    """Return breaches of one level with what could be done instead, where that is known.

    Parameters
    ----------
    walked : Walked
        The level and its walks.
    breaches : sequence of Breach
        Of its grids.
    trials : Trials
        Of the plan; those looked at are added.
    """
    scene = _Scene(walked, trials)
    return [replace(b, alternative=scene.alternative(b)) for b in breaches]


class _Price(NamedTuple):
    """A rule that a change would break."""

    hard: bool
    excess: float
    """By how much of the limit."""
    told: Sentence


class _Offer(NamedTuple):
    """A change with what it would break."""

    change: Change
    prices: tuple[_Price, ...]
    is_mended: bool


@dataclass(eq=False)
class _Scene:
    """One level of a plan, ready to be changed in thought."""

    walked: Walked
    trials: Trials

    def alternative(self, breach: Breach) -> str:
        """Return what could be done about one breach, "" where nothing is known."""
        level = self.walked.stated.get(breach.grid)
        if level is None or breach.reason == "community_empty":
            return ""
        if breach.rule == "range":
            return self._for_range(breach, level)
        if breach.rule == "radius":
            return self._for_radius(breach, level)
        if breach.rule in ("enclosed", "contiguity") and breach.units:
            return self._for_place(breach, level)
        return ""

    # --- by rule -----------------------------------------------------------------------

    def _for_range(self, breach: Breach, level: Level) -> str:
        bound = next(b for b in level.ranges if b.measure == breach.measure)
        relaxed = _relaxed(breach)
        if self.walked.evidence.is_whole(level.id):
            return relaxed
        trial = self._trial(breach.grid, level, bound)
        heavy = [a for a, units in enumerate(trial.unit_ids) if trial.sizes[a] > trial.upper
                 and units and set(units) == set(breach.units)]  # fmt: skip
        if heavy:
            return self._cut(level, bound, breach.units) or relaxed
        others = self._others(breach.grid, trial)
        if breach.reason == "barrier":
            across = self._best(breach, level, trial, others, trial.open_near)
            if across is not None and across.is_mended:
                return Sentence("alt_crossing", then=self._told(across, trial))
        best = self._best(breach, level, trial, others)
        return relaxed if best is None else self._told(best, trial)

    def _for_radius(self, breach: Breach, level: Level) -> str:
        walk = math.ceil(breach.value)
        if self.walked.table.loc[breach.grid, "walk_from"] == "station":
            return Sentence("alt_station", units=breach.units, walk=walk)
        if self.walked.evidence.is_whole(level.id):
            return Sentence("alt_radius", walk=walk)
        trial = self._trial(breach.grid, level, self._bound(level))
        best = self._best(breach, level, trial, self._others(breach.grid, trial))
        if best is None or not best.is_mended:
            return Sentence("alt_radius", walk=walk)
        return self._told(best, trial)

    def _for_place(self, breach: Breach, level: Level) -> str:
        """Return with which grid one in a hole could be joined, or which takes units apart."""
        trial = self._trial(breach.grid, level, self._bound(level))
        own, _ = trial.grids.get(breach.grid, (0, 0.0))
        others, units = self._others(breach.grid, trial), set(breach.units)
        if breach.rule == "enclosed":
            tried = [c for c in changes(trial, own, others) if c.how == "join"]
        else:
            apart = sum(1 << a for a, held in enumerate(trial.unit_ids) if units & {*held}) & own
            tried = list(handed_over(trial, own, apart, others)) if apart else []
        best = self._nearest(breach, level, trial, tried)
        return "" if best is None else self._told(best, trial)

    def _cut(self, level: Level, bound: Range, units: Sequence[object]) -> str:
        """Return into what a level that cuts finer would cut units that are kept whole.

        As fine as the range needs, or as brings the largest piece nearest to it.
        """
        table = self.walked.evidence.units
        own = table[table["unit_id"].isin(list(units))]
        best, least = "", math.inf
        for finer in FINER[FINER.index(level.split_to) + 1 :]:
            sizes = _pieces(own, replace(level, split_to=finer, ranges=(bound,)), bound)
            if len(sizes) > 1 and max(sizes) < least:
                least = max(sizes)
                best = Sentence(
                    "alt_cut", units=sorted(map(str, units)), finer=finer, n=len(sizes),
                    most=(least, bound.measure),
                )  # fmt: skip
            if least <= (bound.max or 0):
                break
        return best

    # --- changes and their prices ------------------------------------------------------

    def _best(
        self,
        breach: Breach,
        level: Level,
        trial: Trial,
        others: Mapping[str, int],
        near: Sequence[int] | None = None,
    ) -> _Offer | None:
        """Return the change that mends a breach, or else the level, at the least price."""
        own, value = trial.grids.get(breach.grid, (0, 0.0))
        known = self.walked.evidence.cells is not None
        if not known or not own or not self._is_all(breach.grid, trial, own):
            return None
        far = set(breach.units) if breach.rule == "radius" else set()
        mask = sum(1 << a for a, units in enumerate(trial.unit_ids) if far & {*units})
        if far:
            hows: tuple[str, ...] = ("give", "split")
        else:
            hows = ("join", "take") if value < trial.lower else ("give", "split")

        def looks(change: Change) -> tuple[float, ...]:
            outs = [amount_out(held, trial.bound) for held in change.held]
            left = (change.after[0] & mask).bit_count() if change.how == "give" else 0
            mends = not any(outs) if change.how == "split" else not outs[0]
            return (left, not (mends or far), round(sum(outs), 9), round(change.step, 9))

        tried = [c for c in changes(trial, own, others, near) if c.how in hows]
        return self._nearest(breach, level, trial, sorted(tried, key=looks)[:MOST])

    def _nearest(
        self, breach: Breach, level: Level, trial: Trial, tried: Sequence[Change]
    ) -> _Offer | None:
        """Return the offer that mends a breach and breaks least, by what is moved on a tie."""
        offers = [self._priced(breach, level, trial, change) for change in tried]

        def rank(offer: _Offer) -> tuple[float, ...]:
            hard, soft = (
                round(sum(p.excess for p in offer.prices if p.hard == kind), 9)
                for kind in (True, False)
            )
            return (not offer.is_mended, hard, soft, round(offer.change.step, 9))

        return min(offers, key=rank, default=None)

    def _priced(self, breach: Breach, level: Level, trial: Trial, change: Change) -> _Offer:
        """Return a change with what it breaks, and whether it mends the breach.

        What a grid breaks already and no more than before is no price. A breach that only
        moves to another grid and grows there is not mended.
        """
        is_mended, prices = True, []
        broken = breach.rule, breach.measure
        own = self._broken(breach.grid, level).get(broken, math.inf)
        for place, atoms in enumerate(change.after):
            is_other = place > 0 and change.how != "split"
            before = self._broken(change.other if is_other else breach.grid, level)
            rows = self._rows(trial.units_of(atoms))
            for key, price in self._breaks(rows, level):
                is_same = key == broken and not is_other
                if is_same or price.excess > before.get(key, 0.0) + EPSILON:
                    prices.append(price)
                    is_mended &= key != broken or (is_other and price.excess <= own + EPSILON)
        return _Offer(change, tuple(prices), is_mended)

    def _breaks(self, rows: Rows, level: Level) -> Iterator[tuple[tuple[str, str], _Price]]:
        """Yield what a grid of some units would break."""
        evidence = self.walked.evidence
        for bound in level.ranges:
            value = float(evidence.units[bound.measure].fillna(0).to_numpy(np.float64)[rows].sum())
            if out := amount_out(value, bound):
                limit = bound.max if bound.max is not None and value > bound.max else bound.min
                told = Sentence("alt_out", held=(value, bound.measure), range=range_text(bound))
                yield ("range", bound.measure), _Price(bound.hard, out / max(limit or 0, 1), told)
        if (radius := level.radius) is None:
            return
        load = evidence.units["workload"].fillna(0).to_numpy(np.float64)
        walk = float(walk_of_units(evidence.walk, rows, load[rows], len(load), radius)[0].max())
        if walk > radius.max_m * (1 + EPSILON):
            told = Sentence("alt_far", walk=round(walk), limit=radius.max_m)
            yield ("radius", "radius_m"), _Price(radius.hard, walk / radius.max_m - 1, told)

    def _broken(self, grid: str, level: Level) -> dict[tuple[str, str], float]:
        """Return what a grid breaks as it is, and by how much of the limit."""
        if grid not in self._known:
            rows = np.flatnonzero(self.walked.codes == grid)
            self._known[grid] = {key: p.excess for key, p in self._breaks(rows, level)}
        return self._known[grid]

    # --- telling -----------------------------------------------------------------------

    def _told(self, offer: _Offer, trial: Trial) -> Sentence:
        change, measure = offer.change, trial.bound.measure
        held = [(round(size, 6), measure) for size in change.held]
        price = [p.told for p in offer.prices] or [Sentence("alt_free")]
        moved = trial.units_of(change.moved)
        if change.how == "join":
            return Sentence("alt_join", other=change.other, held=held[0], price=price)
        if change.how == "split":
            return Sentence("alt_split", units=moved, here=held[0], there=held[1], price=price)
        return Sentence(
            f"alt_{change.how}", other=change.other, units=moved, here=held[0], there=held[1],
            price=price,
        )  # fmt: skip

    # --- looking up --------------------------------------------------------------------

    def _trial(self, grid: str, level: Level, bound: Range) -> Trial:
        return self.trials.of(level, bound, self._homes[grid])

    def _bound(self, level: Level) -> Range:
        """Return the range that a level keeps first, one without ends where it has none."""
        first = next(iter(sorted(level.ranges, key=lambda b: not b.hard)), None)
        return first or Range(self.walked.evidence.rules.measure)

    def _others(self, grid: str, trial: Trial) -> dict[str, int]:
        """Return the atoms of the other grids with the same parent."""
        parent = self._parents.get(grid)
        return {
            code: mask
            for code, (mask, _) in sorted(trial.grids.items())
            if mask and code != grid and self._parents.get(code) == parent
        }

    def _is_all(self, grid: str, trial: Trial, atoms: int) -> bool:
        """Return whether a grid holds these atoms and nothing in another community."""
        return len(trial.units_of(atoms)) == int((self.walked.codes == grid).sum())

    def _rows(self, units: Sequence[object]) -> Rows:
        return np.array([self._places[unit] for unit in units], np.int64)

    @cached_property
    def _places(self) -> dict[object, int]:
        return {unit: row for row, unit in enumerate(self.walked.evidence.units["unit_id"])}

    @cached_property
    def _homes(self) -> dict[str, str]:
        grids = self.walked.evidence.grids[self.walked.level]
        return dict(zip(grids["grid_code"], grids["community_id"], strict=True))

    @cached_property
    def _parents(self) -> dict[str, object]:
        grids = self.walked.evidence.grids[self.walked.level]
        if "parent_code" not in grids:
            return {}
        return {c: str(p) for c, p in zip(grids["grid_code"], grids["parent_code"], strict=True)}

    @cached_property
    def _known(self) -> dict[str, dict[Any, float]]:
        return {}


def _relaxed(breach: Breach) -> Sentence:
    """Return the limit that a grid out of range would keep."""
    held = (breach.value, breach.measure)
    is_over = breach.max is not None and breach.value > breach.max
    return Sentence("alt_most" if is_over else "alt_least", held=held)


def _pieces(units: gpd.GeoDataFrame, level: Level, bound: Range) -> list[float]:
    """Return what the pieces hold into which a level would let units be divided."""
    if len(units) > 1:
        atoms = np.array(atom_names(units, level), dtype=object)
        return [float(size) for size in units.groupby(atoms)[bound.measure].sum()]
    floors = (units["floor_to"] - units["floor_from"] + 1).fillna(units.get("floors", 0))
    cut, _ = cut_oversize(units.assign(floors=floors), [level], [bound.measure])
    return [float(size) for size in cut[bound.measure]]
