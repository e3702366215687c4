"""Annealed single-unit moves under a ramped range penalty, then local repair.

The penalty starts soft, so that grids can take their shape, and ends hard while
the temperature falls. What is still out of range afterwards is annealed again on
its own neighborhood. Sources: Kirkpatrick, Gelatt and Vecchi (1983), *Science*
220, 671-680, for annealing; the constants were measured, see
``docs/explanation/architecture.md``.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels
from gridpart.arithmetic import EPSILON
from gridpart.model import Problem, Solution
from gridpart.objective import energy_of, grid_sums, masses, mean_sizes, out_of_range, violation
from gridpart.solvers.construct import bisected
from gridpart.solvers.pieces import grid_links, grid_members, in_one_piece, subproblem
from gridpart.solvers.recombine import recombined
from gridpart.solvers.stop import Stop, seconds_left

__all__ = [
    "Schedule",
    "Watch",
    "anneal",
    "make_instance",
    "make_state",
    "repair",
    "score",
    "tightness",
]

SLICE, CALL = 2_000_000, 100_000
"""Most proposals between two looks at the clock, under half a second; without a criterion to
ask, as many stages as stay below the second are one call."""
FROZEN = 1e-9
"""Temperature of the last stage."""
NARROW, SNUG, A_LITTLE = 1.0, 2.5, 0.05
"""Ranges narrower than so many mean units are tight, or somewhat, and what that weighs."""
REPAIR_EFFORT = 1_000
"""Proposals a unit in the neighborhood of a grid out of range."""
UNEVEN, UNEVEN_MOST = 0.06, 100.0
"""Penalty on unevenness at first, for each grid, and at most: what one part of the map has
too much of has to cross the others."""
UNEVEN_REPAIR = 300.0
"""The same in a repair, however few the grids."""
TIGHT_SWAP = 0.5
"""Share of proposals that are swaps where a range is tight."""
HASTE, LEAST_SHARE = 0.9, 50
"""What part of its time a cooling plans for, and what part of its proposals it makes however
little time there is."""
MOST_GRIDS = 100
"""Grids beyond which a neighborhood does not widen, for each ring that it has to have."""
ROOM = 0.5
"""Share of the room around the mean that the mean grid of a neighborhood may be off it."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to anneal, and between which temperatures and penalties."""

    effort: int
    """Proposals per unit."""
    stages: int = 80
    hot: float = 2.0
    cold: float = 0.2
    soft: float = 1.0
    hard: float = 200.0
    uneven: float | None = None
    """Penalty on unevenness at first; by default it grows with the width of the map."""
    even: float = 1000.0
    level: bool = False
    """Whether to keep grids even wherever there is a range, tight or not."""


class Annealed(NamedTuple):
    """What one cooling leaves."""

    best: NDArray[np.int32]
    last: NDArray[np.int32]
    best_score: tuple[float, float]
    last_score: tuple[float, float]
    """Both as ``score`` tells them."""


@dataclass(slots=True)
class Watch:
    """Counts the proposals made and asks the criterion whether to go on."""

    stop: Stop | None = None
    runs: int | None = 4
    workers: int = 1
    patient: bool = True
    """Whether to go on repairing where another number of grids may do."""
    best: Solution | None = None
    iterations: int = 0
    stopped: bool = False
    interrupted: bool = False
    began: float = field(default_factory=time.monotonic)

    def spend(self, proposals: int) -> bool:
        """Add `proposals` and return whether to stop."""
        self.iterations += proposals
        if self.stop is not None and not self.stopped:
            elapsed = time.monotonic() - self.began
            self.stopped = bool(self.stop(self.best, self.iterations, elapsed))
        return self.stopped

    @property
    def left_s(self) -> float:
        """Seconds that a step may take that cannot ask; inf where no time is set."""
        return seconds_left(self.stop, time.monotonic() - self.began)

    def interrupt(self) -> None:
        """Stop because the user says so."""
        self.stopped = self.interrupted = True

    @property
    def why(self) -> str:
        """What ends the search, as ``Solution.stopped_by`` says it."""
        return "interrupted" if self.interrupted else "stop" if self.stopped else "budget"


@dataclass(slots=True)
class Pace:
    """How many proposals a stage makes, so that the last one is made in time."""

    usual: int
    seconds: float
    """That all stages may take; inf for no end."""
    made: int = 0
    began: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)

    def proposals(self, n_stages: int) -> int:
        """Return the proposals of the next of `n_stages` stages, by what the last one took."""
        if math.isinf(self.seconds):
            return self.usual
        now = time.monotonic()
        left = HASTE * (self.began + self.seconds - now)
        per_second = self.made / max(now - self.last, 1e-6)
        least = max(1, self.usual // LEAST_SHARE)
        fitting = int(max(0.0, left) / n_stages * per_second) if self.made else self.usual
        self.made, self.last = max(least, min(self.usual, fitting)), now
        return self.made


def make_instance(
    problem: Problem, n_grids: int, even: NDArray[np.bool_] | None = None
) -> _kernels.Instance:
    """Return the arrays of `problem` as the kernels take them, centered on their middle.

    Grids are kept even in the measures of `even`, by default where the range is tight.
    """
    free = np.ones(problem.n_units, np.bool_)
    if problem.locked is not None:
        free = np.ascontiguousarray(problem.locked < 0)
    xy = problem.xy - problem.xy.mean(axis=0)
    columns = [xy, masses(problem.load)[:, None], problem.load[:, None], problem.sizes]
    return _kernels.Instance(
        graph=problem.graph,
        cost=problem.border_cost,
        rim=np.asarray(
            np.bincount(problem.graph.heads, problem.border_cost, problem.n_units), float
        ),
        units=np.ascontiguousarray(np.concatenate(columns, axis=1)),
        lower=problem.lower,
        upper=problem.upper,
        per_size=1.0 / mean_sizes(problem, n_grids),
        tight=tightness(problem, n_grids) if even is None else even.astype(np.float64),
        free=free,
    )


def room_around_mean(problem: Problem, n_grids: int) -> NDArray[np.float64]:
    """Return how far a grid may be off the mean grid in each measure, inf without a range."""
    mean = problem.sizes.sum(axis=0) / n_grids
    lower = np.where(problem.lower > 0, problem.lower, -np.inf)
    return np.asarray(np.maximum(0.0, np.minimum(mean - lower, problem.upper - mean)))


def tightness(problem: Problem, n_grids: int) -> NDArray[np.float64]:
    """Return how much each measure's grids are kept even: 1, a little or not at all.

    Where moves of single units step over the range, grids are kept near the mean on the
    way, so that all have some room to give and take.
    """
    unit = problem.sizes.sum(axis=0) / np.maximum((problem.sizes > 0).sum(axis=0), 1)
    width = 2 * room_around_mean(problem, n_grids)
    return np.where(width < NARROW * unit, 1.0, np.where(width < SNUG * unit, A_LITTLE, 0.0))


def make_state(
    instance: _kernels.Instance, labels: NDArray[np.int32], n_grids: int
) -> _kernels.State:
    """Return the sums and border list of a copy of `labels`."""
    n_units = labels.size
    state = _kernels.State(
        labels=labels.astype(np.int32, copy=True),
        grids=np.zeros((n_grids, instance.units.shape[1])),
        members=np.zeros(n_grids, np.int64),
        anchors=np.zeros((n_grids, 2)),
        border=np.zeros(n_units, np.int32),
        place=np.full(n_units, -1, np.int32),
        n_border=np.zeros(1, np.int64),
        n_out=np.zeros(n_units, np.int32),
        mark=np.zeros(n_units + 1, np.int64),
        queue=np.zeros(n_units, np.int32),
        searches=np.zeros(2, np.int64),
        spread=np.zeros(n_grids),
        change=np.zeros(1),
    )
    _kernels.tally(instance, state, _kernels.IDLE, 0.0, -1.0)
    return state


def anneal(
    problem: Problem,
    energy: _kernels.Energy,
    labels: NDArray[np.int32],
    schedule: Schedule,
    rng: np.random.Generator,
    watch: Watch,
    *,
    seconds: float = math.inf,
) -> Annealed:
    """Return the best labels met on one cooling from `labels`, and the last ones.

    `labels` must have every grid in one piece; so have both. The best are never worse than
    `labels`, and the last may be much more compact for a little that is out of range.

    A cooling that would take more than `seconds`, or than is left, makes fewer proposals:
    one that ends cold is worth more than the hot half of a longer one.
    """
    n_grids = int(labels.max()) + 1
    ranged = np.isfinite(room_around_mean(problem, n_grids))
    instance = make_instance(problem, n_grids, ranged if schedule.level else None)
    state = make_state(instance, labels, n_grids)
    if (instance.tight == 1).any():
        energy = energy._replace(swap=TIGHT_SWAP)
    rating = _kernels.tally(instance, state, energy, problem.radius_breach, np.inf)
    best, least = labels.astype(np.int32, copy=True), np.array(rating)
    n_proposals = max(1, schedule.effort * problem.n_units // schedule.stages)
    slices = -(-n_proposals // SLICE)
    stages, rated = _ladder(schedule, n_grids, slices)
    stages[:, 0] *= n_grids / problem.n_units
    random = rng.integers(1, 2**63, 1, np.uint64)
    n_proposals = -(-n_proposals // slices)
    at_once = 1 if watch.stop is not None else max(1, CALL // n_proposals)
    pace = Pace(n_proposals, min(seconds, watch.left_s))
    try:
        for at in range(0, len(stages), at_once):
            some = slice(at, at + at_once)
            n = pace.proposals(len(stages) - at)
            _kernels.cool(
                instance, state, energy, stages[some], rated[some], n,
                problem.radius_breach, random, best, least,
            )  # fmt: skip
            if watch.spend(n * len(stages[some])):
                break
    except KeyboardInterrupt:
        watch.interrupt()
    rating = _kernels.tally(instance, state, energy, problem.radius_breach, np.inf)
    best_score = float(least[0]), float(least[1])
    if watch.stopped and rating < best_score:
        best, best_score = state.labels, rating
    return Annealed(best, state.labels, best_score, rating)


def _ladder(
    schedule: Schedule, n_grids: int, slices: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the rows of ``_kernels.cool``, temperatures as multiples of n_grids / n_units.

    Each stage is `slices` rows. Plans of the second half are rated, and so is the end of a
    last stage without heat.
    """
    uneven = schedule.uneven
    if uneven is None:
        uneven = min(UNEVEN_MOST, max(1.0, UNEVEN * n_grids))
    stage = np.arange(schedule.stages + 1)
    done = np.minimum(1.0, stage / (schedule.stages - 1))[:, None]
    start = np.array([schedule.hot, schedule.soft, uneven])
    end = np.array([schedule.cold, schedule.hard, schedule.even])
    rows = start * (end / start) ** done
    rows[-1, 0] = FROZEN
    return rows.repeat(slices, axis=0), (2 * stage >= schedule.stages).repeat(slices)


def score(
    problem: Problem, energy: _kernels.Energy, labels: NDArray[np.int32], n_grids: int
) -> tuple[float, float]:
    """Return what plans are compared by: total breach first, then the soft energy."""
    breach = violation(problem, labels, n_grids)
    return round(breach, 9), energy_of(problem, energy, labels, n_grids)


def repair(
    problem: Problem,
    energy: _kernels.Energy,
    labels: NDArray[np.int32],
    floor: float,
    rng: np.random.Generator,
    watch: Watch,
    *,
    rounds: int = 12,
) -> NDArray[np.int32]:
    """Return `labels` with the grids out of range annealed again among their neighbors.

    The neighborhood widens round by round. Of three rounds one is gentle, one hot, and one
    starts afresh from a bisection, which leaves traps that single moves cannot. Total breach
    never grows. Stops when it is down to `floor`, the least that any plan has.
    """
    n_grids = int(labels.max()) + 1
    labels = labels.copy()
    instance = make_instance(problem, n_grids)
    for round_ in range(rounds):
        out = np.flatnonzero(out_of_range(problem, labels, n_grids))
        labels = recombined(problem, instance, labels, out, rng)
        if violation(problem, labels, n_grids) <= floor + EPSILON or watch.stopped:
            break
        owned = grid_members(labels, n_grids)
        gentle, hot, afresh = (round_ % 3 == turn for turn in range(3))
        hops = 1 + round_ // 3
        for members in _neighborhoods(problem, labels, n_grids, hops, roomy=not gentle):
            units = np.sort(np.concatenate([owned[grid] for grid in members]))
            part = subproblem(problem, units)
            local = np.searchsorted(members, labels[units]).astype(np.int32)
            start = local
            if afresh and part.locked is None:
                start = bisected(part, members.size)
                if not in_one_piece(part.graph, start):
                    start = local
            schedule = Schedule(
                REPAIR_EFFORT,
                stages=80 if units.size > 100 else 30,
                hot=0.5 if gentle else 4.0 if hot else 2.0,
                soft=100.0 if gentle else 5.0,
                hard=500.0,
                uneven=UNEVEN_REPAIR,
                level=True,
            )
            found = anneal(part, energy, start, schedule, rng, watch).best
            before = violation(part, local, members.size)
            if violation(part, found, members.size) <= before:
                labels[units] = members[found]
                for place, grid in enumerate(members):
                    owned[grid] = units[found == place]
    return labels


def _neighborhoods(
    problem: Problem, labels: NDArray[np.int32], n_grids: int, hops: int, *, roomy: bool
) -> Iterator[NDArray[np.int32]]:
    """Yield the grids around those out of range, sorted, until each of these was among some.

    A roomy neighborhood widens beyond `hops` until its own total leaves the mean grid in
    it some room in every range.
    """
    sums = grid_sums(labels, problem.sizes, n_grids)
    out = out_of_range(problem, labels, n_grids)
    links = grid_links(problem.graph, labels, n_grids)
    mean = sums.mean(axis=0)
    room = ROOM * room_around_mean(problem, n_grids)
    while out.any():
        near = np.zeros(n_grids, bool)
        near[np.argmax(out)] = True
        ring = 0
        while ring < hops or (roomy and (np.abs(sums[near].mean(axis=0) - mean) > room).any()):
            wider = near | (links @ near)
            if (wider == near).all() or near.sum() >= MOST_GRIDS * hops:
                break
            near = wider
            ring += 1
        out &= ~near
        yield np.flatnonzero(near).astype(np.int32)
