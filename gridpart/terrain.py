"""The ground on which a plan is judged: who borders whom, and what has to stay together.

Units that must stay together are one atom. Sets of atoms are the bits of whole
numbers, the largest atom first, so that neither the order of units nor that of grids
changes an answer. Nothing here knows how a plan was made.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridpart.arithmetic import EPSILON
from gridpart.bitsets import bits
from gridpart.graph import cut_borders, shared_borders
from gridpart.model import Range

__all__ = ["Terrain", "Trial", "build_trial", "survey"]

BESIDE_M = 0.1
"""A cell this near an exclusive site lies beside it."""

Geometries = NDArray[np.object_]
Links = tuple[frozenset[int], ...]


class Terrain(NamedTuple):
    """Who borders whom in one community, as the cells show it."""

    links: Links
    """Shape (n_units,): the units contiguous to each."""
    open_links: Links
    """The same, were there no barriers."""


def survey(
    cells: Sequence[shapely.Geometry | None],
    *,
    barriers: ArrayLike = (),
    crossings: ArrayLike = (),
    sites: ArrayLike = (),
    inside: Sequence[int] = (),
    places: Sequence[int] = (),
) -> Terrain:
    """Return who borders whom among the units of one community.

    Parameters
    ----------
    cells : sequence of shapely polygons, shape (n_units,)
        The ground of each unit in a projected CRS in meters; None for a unit without.
    barriers, crossings : array_like of shapely geometries
        What cuts contiguity, and what restores it.
    sites : array_like of shapely polygons
        Exclusive sites.
    inside : sequence of int, shape (n_units,)
        Site that holds the unit, -1 for none. Such a unit borders every cell beside
        its site. One with neither cell nor site might border anything, and so does.
    places : sequence of int, shape (n_units,)
        The same number for units that share a place, such as floors of one stairwell:
        people leave by one door, so they border each other and whatever one of them does.

    Examples
    --------
    >>> terrain = survey([shapely.box(x, 0, x + 10, 10) for x in (0, 10, 20)])
    >>> [sorted(near) for near in terrain.links]
    [[1], [0, 2], [1]]
    """
    shapes = np.array([*cells, None], dtype=object)[:-1]
    home = np.asarray(inside, dtype=np.int64) if len(inside) else np.full(shapes.size, -1)
    grounded = np.flatnonzero(~shapely.is_missing(shapes))
    polygons = shapes[grounded]
    borders = shared_borders(polygons)
    cut = cut_borders(borders, polygons, barriers, crossings)
    extra: set[tuple[int, int]] = set()
    bare = np.flatnonzero(shapely.is_missing(shapes))
    for unit in bare:
        near = np.arange(shapes.size)
        if home[unit] >= 0 and grounded.size:
            away = shapely.distance(polygons, np.asarray(sites, dtype=object)[home[unit]])
            near = grounded[away <= float(away.min()) + BESIDE_M]
        extra.update((int(unit), int(other)) for other in near if other != unit)
    both = []
    for found in (cut, borders):
        pairs = zip(grounded[found.heads].tolist(), grounded[found.tails].tolist(), strict=True)
        whole = {*pairs, *extra}
        both.append(_linked(shapes.size, whole | _through(whole, places)))
    return Terrain(*both)


def _through(pairs: Iterable[tuple[int, int]], places: Sequence[int]) -> set[tuple[int, int]]:
    """Return the pairs of units that border through a place that several share."""
    at: dict[int, list[int]] = {}
    for unit, place in enumerate(places):
        at.setdefault(place, []).append(unit)
    shared = {place for place, units in at.items() if len(units) > 1}
    found = {(a, b) for place in shared for a in at[place] for b in at[place] if a < b}
    for one, other in pairs if shared else ():
        if {places[one], places[other]} & shared:
            found.update((a, b) for a in at[places[one]] for b in at[places[other]] if a != b)
    return found


def _linked(n_units: int, pairs: Iterable[tuple[int, int]]) -> Links:
    near: list[set[int]] = [set() for _ in range(n_units)]
    for one, other in pairs:
        near[one].add(other)
        near[other].add(one)
    return tuple(map(frozenset, near))


@dataclass(frozen=True, eq=False)
class Trial:
    """One range in one community: its atoms, who borders whom, and the plan's grids."""

    bound: Range
    names: tuple[str, ...]
    """Shape (n_atoms,): largest atom first, ties by name."""
    sizes: tuple[float, ...]
    near: tuple[int, ...]
    open_near: tuple[int, ...]
    """As `near`, were there no barriers."""
    wild: int
    """Atoms above the range that the level would let be cut: nothing is proven of them."""
    grids: Mapping[str, tuple[int, float]]
    """Grid -> its atoms and its value; no atoms where it shares one with another grid."""
    unit_ids: tuple[tuple[object, ...], ...]
    """Shape (n_atoms,): the units of each."""
    memo: dict[int, float | None] = field(default_factory=dict)
    """What was found out about single atoms."""
    least: dict[int, bool] = field(default_factory=dict)
    """Whether the plan is as little out of range in a piece as any is, where that was asked."""

    @cached_property
    def lower(self) -> float:
        """The least that a grid may hold, rounding allowed for."""
        low = self.bound.min
        return -math.inf if low is None else low - EPSILON * max(1.0, abs(low))

    @cached_property
    def upper(self) -> float:
        """The most that a grid may hold, rounding allowed for."""
        high = self.bound.max
        return math.inf if high is None else high + EPSILON * max(1.0, abs(high))

    @cached_property
    def everyone(self) -> int:
        """All atoms."""
        return (1 << len(self.names)) - 1

    @cached_property
    def heavy(self) -> int:
        """Atoms that alone exceed the range."""
        return sum(1 << atom for atom, size in enumerate(self.sizes) if size > self.upper)

    @cached_property
    def calm(self) -> int:
        """Atoms that alone do not exceed the range."""
        return self.everyone & ~self.heavy

    @cached_property
    def hops(self) -> tuple[int, ...]:
        """Neighbors of each atom by way of atoms of size 0, which cost nothing."""
        free = sum(1 << atom for atom, size in enumerate(self.sizes) if size <= 0)
        hops = [mask & ~free for mask in self.near]
        left = free
        while left:
            blob = self.reach(left & -left, free)
            around = self.edge(blob)
            for atom in bits(blob | around):
                hops[atom] |= around & ~(1 << atom)
            left &= ~blob
        return tuple(hops)

    def total(self, mask: int) -> float:
        """Return the size of a set."""
        return sum(self.sizes[atom] for atom in bits(mask))

    def units_of(self, mask: int) -> tuple[object, ...]:
        """Return the ids of the units of a set, in order."""
        return tuple(sorted((unit for atom in bits(mask) for unit in self.unit_ids[atom]), key=str))

    def reach(self, start: int, allowed: int, near: Sequence[int] | None = None) -> int:
        """Return what is contiguous to the set `start` within `allowed`, itself included."""
        near = self.near if near is None else near
        found, fresh = start, start
        while fresh:
            beside = 0
            for atom in bits(fresh):
                beside |= near[atom]
            fresh = beside & allowed & ~found
            found |= fresh
        return found

    def edge(self, mask: int) -> int:
        """Return the atoms contiguous to a set and not in it."""
        beside = 0
        for atom in bits(mask):
            beside |= self.near[atom]
        return beside & ~mask


def build_trial(
    bound: Range,
    atoms: Sequence[str],
    sizes: Sequence[float],
    grids: Sequence[str],
    *,
    unit_ids: Sequence[object],
    terrain: Terrain | None,
    cuttable: Sequence[bool] = (),
) -> Trial:
    """Return the trial of one range in one community.

    Parameters
    ----------
    bound : Range
    atoms : sequence of str, shape (n_units,)
        Name of what each unit has to stay together with.
    sizes : sequence of float, shape (n_units,)
        What the range counts, >= 0.
    grids : sequence of str, shape (n_units,)
        Grid of each unit, "" for none.
    unit_ids : sequence, shape (n_units,)
    terrain : Terrain, optional
        Without it everything might border everything.
    cuttable : sequence of bool, shape (n_units,)
        Units that the level would let be cut where they exceed the range.

    Examples
    --------
    >>> trial = build_trial(Range("households", 3, 5), ["a", "b", "b"], [2, 3, 4], ["g"] * 3,
    ...                     unit_ids=["a", "b1", "b2"], terrain=None)
    >>> trial.names, trial.sizes, trial.heavy
    (('b', 'a'), (7.0, 2.0), 1)
    """
    total: dict[str, float] = {}
    for name, size in zip(atoms, sizes, strict=True):
        total[name] = total.get(name, 0.0) + float(size)
    names = sorted(total, key=lambda name: (-total[name], name))
    rank = {name: place for place, name in enumerate(names)}
    atom_of = [rank[name] for name in atoms]
    everyone = (1 << len(names)) - 1
    near = open_near = tuple(everyone & ~(1 << atom) for atom in range(len(names)))
    if terrain is not None:
        near = _merged(atom_of, len(names), terrain.links)
        open_near = _merged(atom_of, len(names), terrain.open_links)
    upper = math.inf if bound.max is None else bound.max * (1 + EPSILON)
    soft = {atom for atom, cut in zip(atom_of, cuttable, strict=False) if cut}
    members: list[list[object]] = [[] for _ in names]
    for atom, unit in zip(atom_of, unit_ids, strict=True):
        members[atom].append(unit)
    return Trial(
        bound=bound,
        names=tuple(names),
        sizes=tuple(total[name] for name in names),
        near=near,
        open_near=open_near,
        wild=sum(1 << atom for atom in soft if total[names[atom]] > upper),
        grids=_gathered(atom_of, sizes, grids),
        unit_ids=tuple(map(tuple, members)),
    )


def _merged(atom_of: Sequence[int], n_atoms: int, links: Links) -> tuple[int, ...]:
    """Return the neighbors of each atom as a set."""
    near = [0] * n_atoms
    for unit, others in enumerate(links):
        for other in others:
            near[atom_of[unit]] |= 1 << atom_of[other]
    return tuple(mask & ~(1 << atom) for atom, mask in enumerate(near))


def _gathered(
    atom_of: Sequence[int], sizes: Sequence[float], grids: Sequence[str]
) -> dict[str, tuple[int, float]]:
    """Return the atoms and the value of each grid; no atoms where one of them is shared."""
    masks: dict[str, int] = {}
    values: dict[str, float] = {}
    whose: dict[int, set[str]] = {}
    for atom, size, grid in zip(atom_of, sizes, grids, strict=True):
        masks[grid] = masks.get(grid, 0) | 1 << atom
        values[grid] = values.get(grid, 0.0) + float(size)
        whose.setdefault(atom, set()).add(grid)
    shared = sum(1 << atom for atom, names in whose.items() if len(names) > 1)
    return {
        grid: (0 if mask & shared else mask, values[grid]) for grid, mask in masks.items() if grid
    }
