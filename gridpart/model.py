"""The nouns: frozen values and arrays that every floor above hands on.

Nothing here reads a file, knows a geometry or searches; a value is checked where
it is made and never changes afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart._graph import Graph

__all__ = [
    "COMMUNITIES",
    "HOURS",
    "REASONS",
    "WEIGHTED",
    "Breach",
    "Graph",
    "Ground",
    "Level",
    "Note",
    "Problem",
    "Radius",
    "Range",
    "Reason",
    "Shift",
    "Solution",
    "Standing",
    "Walk",
]

Reason = Literal[
    "oversize_unit",
    "community_too_small",
    "community_empty",
    "arithmetic",
    "radius",
    "barrier",
    "piece",
    "given",
    "search",
]

REASONS: dict[Reason, str] = {
    "oversize_unit": "单元过大",
    "community_too_small": "社区过小",
    "community_empty": "社区无户",
    "arithmetic": "户数无解",
    "radius": "半径限制",
    "barrier": "障碍隔离",
    "piece": "分离地块",
    "given": "辖区既定",
    "search": "未找到",
}
"""Why a grid breaks a rule; every reason but ``search`` is a proof."""


HOURS = "hours"
"""The column of units and grids that holds the hours of work a month."""

COMMUNITIES = "communities"
"""What a range of a level above the community may count: the communities in a grid."""

WEIGHTED = "weighted_"
"""What stands before a measure where difficulty raises what a range counts of it."""


@dataclass(frozen=True, slots=True)
class Range:
    """The range that a level sets on the sum of one measure in each grid."""

    measure: str
    min: float | None = None
    max: float | None = None
    target: float | None = None
    hard: bool = True
    clause: str = ""
    label: str = "assumption"

    @property
    def aim(self) -> float | None:
        """The target, or the midpoint of the range where none is given."""
        if self.target is not None:
            return self.target
        if self.min is not None and self.max is not None:
            return (self.min + self.max) / 2
        return None


@dataclass(frozen=True, slots=True)
class Radius:
    """The farthest that a unit may lie from its grid's center or a station, in meters.

    Distance is a walk along streets; where none is known, the straight line times `detour`,
    an assumption wherever it stands.
    """

    max_m: float
    detour: float = 1.3
    hard: bool = False
    weight: float = 1.0
    clause: str = ""
    label: str = "assumption"
    origin: Literal["center", "station"] = "center"
    """What walks are measured from: the best center of the grid, or the nearest station."""
    goes_first: bool = False
    """Whether it is kept before the ranges; ``RuleSet.levels_for`` sets it by ``priority``."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The ranges of a level in communities of one class of difficulty."""

    grade: str
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """One level of grids, as a rule set states it for one area type."""

    id: str
    title: str
    made_of: Literal["district", "street", "community", "compound", "units"]
    nests_in: str | None = None
    ranges: tuple[Range, ...] = ()
    radius: Radius | None = None
    split_to: Literal["compound", "building", "stairwell", "floor"] = "stairwell"
    enclosed: Literal["allow", "avoid", "forbid"] = "avoid"
    """Whether a grid may lie in a hole of another: listed where it is avoided, a breach of a
    hard rule where it is forbidden."""
    clause: str = ""
    label: str = "assumption"
    head: str = ""
    """Title of the post that heads a grid, such as 网格长."""
    weighted: bool = False
    """Whether ranges count measures as difficulty raises them."""
    shifts: tuple[Shift, ...] = ()
    """Ranges that replace those of the same measure in communities of a class."""

    @property
    def is_whole(self) -> bool:
        """Whether its grids are whole communities, or several of them: nothing is searched."""
        return self.made_of in ("district", "street", "community")

    @property
    def is_joined(self) -> bool:
        """Whether its grids lie above the community: each holds all of one or more."""
        return self.made_of in ("district", "street")

    def counted(self, grade: str = "") -> tuple[Range, ...]:
        """Return the ranges in a community of a class, by the columns that they count."""
        own = next((s.ranges for s in self.shifts if s.grade == grade), ())
        ranges = {r.measure: r for r in (*self.ranges, *own)}.values()
        if not self.weighted:
            return tuple(ranges)
        return tuple(
            r if r.measure.startswith((WEIGHTED, HOURS)) or r.measure == COMMUNITIES
            else replace(r, measure=WEIGHTED + r.measure)
            for r in ranges
        )  # fmt: skip


class Walk(NamedTuple):
    """Places on a walking network, as ``access.attach`` makes it."""

    matrix: Any
    """Sparse rows of shape (n_nodes, n_nodes), meters: the streets."""
    node_xy: NDArray[np.float64]
    xy: NDArray[np.float64]
    """Shape (n_places, 2), meters."""
    first: NDArray[np.int64]
    """Shape (n_places + 1,): the entries of place i stand at first[i]:first[i + 1]."""
    node: NDArray[np.int64]
    """Shape (n_entries,): node that a place reaches."""
    cost: NDArray[np.float64]
    """Shape (n_entries,), meters: the way there."""
    legs: NDArray[np.float64]
    """Shape (n_legs, 4): place, edge, how far along the edge, and how far from it."""
    is_far: NDArray[np.bool_]
    """Shape (n_places,): no street near."""
    snap_m: NDArray[np.float64]
    """Shape (n_places,): way to the nearest street in reach; infinite where there is none."""
    detour: float
    walls: Any
    """The geometry that nobody walks through; nothing at or below the solvers looks inside."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One community as arrays: its units, whatever level divides them."""

    community_id: str
    unit_ids: tuple[str, ...]
    graph: Graph
    border_cost: NDArray[np.float64]
    """Shape (2 * n_edges,): meters of border that lie on no street, and a little for the rest."""
    xy: NDArray[np.float64]
    """Shape (n_units, 2), meters: the middle of each footprint."""
    load: NDArray[np.float64]
    measures: tuple[str, ...]
    sizes: NDArray[np.float64]
    """Shape (n_units, n_measures): what each unit counts in each of `measures`."""
    compound: NDArray[np.int32]
    """Shape (n_units,): number of the unit's compound, -1 for none."""
    building: NDArray[np.int32]
    """Shape (n_units,): number of the building that the unit is, or is a part of."""
    stairwell: NDArray[np.int32]
    """Shape (n_units,): number of the stairwell that the unit is, or is a band of floors in;
    where the building has no stairwells of its own, of the building."""
    host: NDArray[np.int32]
    """Shape (n_units,): unit whose grids a unit inside an exclusive site shares, else -1."""
    walk: Walk | None = None
    """The units on the walking network, where some level has a hard radius."""
    beside: NDArray[np.int32] | None = None
    """Shape (n_pairs, 2): units whose ground touches, barriers between them or not."""
    rim: NDArray[np.bool_] | None = None
    """Shape (n_units,): whose ground lies at the outer border of the community."""

    @property
    def n_units(self) -> int:
        """Number of units."""
        return self.load.size


@dataclass(frozen=True, slots=True)
class Standing:
    """The plan in force in one community, as arrays."""

    old: Mapping[str, NDArray[np.int32]]
    """Level id -> old grid of each unit, -1 for none, shape (n_units,)."""
    kept: Mapping[str, NDArray[np.bool_]]
    """Level id -> whether each unit's old grid stays unit for unit, shape (n_units,)."""
    stability: float = 0.0
    """What it costs to leave one's old grid; 0 where only codes are carried on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One level inside one parent, as arrays: what a solver sees.

    Measures are scaled by nobody: ranges and sizes are in the rule's own units.
    """

    graph: Graph
    xy: NDArray[np.float64]
    """Shape (n_units, 2), meters: where each unit is."""
    load: NDArray[np.float64]
    """Shape (n_units,): the work each unit makes; drives balance and inertia."""
    sizes: NDArray[np.float64]
    """Shape (n_units, n_measures): what the ranges count."""
    lower: NDArray[np.float64]
    """Shape (n_measures,): least sum a grid, -inf where there is none."""
    upper: NDArray[np.float64]
    """Shape (n_measures,): greatest sum a grid, inf where there is none."""
    aim: NDArray[np.float64]
    """Shape (n_measures,): the target sum a grid, nan where there is none."""
    n_grids: int | None
    """Exact number of grids, or None: chosen from the ranges."""
    border_cost: NDArray[np.float64]
    """Shape (2 * n_edges,): what a border between two grids costs, in meters."""
    max_radius_m: float = np.inf
    radius_breach: float = 0.0
    """What a unit beyond the radius, by as much again, counts in the total breach; 0 where
    the radius is only a wish."""
    locked: NDArray[np.int32] | None = None
    """Shape (n_units,): grid that a unit must be in, -1 where it is free."""
    start: NDArray[np.int32] | None = None
    """Shape (n_units,): labels to begin from."""

    @property
    def n_units(self) -> int:
        """Number of units."""
        return self.load.size


@dataclass(frozen=True, slots=True)
class Solution:
    """What a solver found for one problem."""

    labels: NDArray[np.int32]
    """Shape (n_units,): 0..n_grids-1, every number used."""
    n_grids: int
    objective: float
    violation: float
    """Sum over grids and measures of the amount out of range, each over the mean grid."""
    stopped_by: str
    iterations: int = 0


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that one grid does not keep, and why."""

    grid: str
    level: str
    rule: str
    reason: Reason
    proven: bool
    message: str
    measure: str = ""
    value: float = np.nan
    min: float | None = None
    max: float | None = None
    clause: str = ""
    hard: bool = True
    units: tuple[object, ...] = field(default=())
    alternative: str = ""
    """What else could be done about the grid and what that would break; "" where nothing is
    known."""

    def __str__(self) -> str:
        """Return the breach as one sentence."""
        return self.message


@dataclass(frozen=True, slots=True)
class Note:
    """Something done to the data, assumed or found, said in one line."""

    kind: str
    """``repair``, ``assumption``, ``opened``, ``moved``, ``warning``."""
    what: str
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the note as one line."""
        return self.what
