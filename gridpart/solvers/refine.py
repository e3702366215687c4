"""Annealed single-unit moves under a ramped range penalty, then local repair.

The penalty starts soft, so that grids can take their shape, and ends hard while
the temperature falls. What is still out of range afterwards is annealed again on
its own neighborhood. Sources: Kirkpatrick, Gelatt and Vecchi (1983), *Science*
220, 671-680, for annealing; the constants were measured, see
``docs/explanation/architecture.md``.
"""

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from gridpart import _kernels
from gridpart.arithmetic import EPSILON
from gridpart.model import Problem, Solution
from gridpart.objective import energy_of, grid_sums, masses, mean_sizes, violation
from gridpart.solvers.construct import bisected
from gridpart.solvers.pieces import in_one_piece, subproblem
from gridpart.solvers.stop import Stop

__all__ = ["Schedule", "Watch", "anneal", "repair"]

SLICE = 1_000_000
"""Most proposals between two looks at the clock, under half a second."""
NEAR, FAR = 20, 200
"""Units that a search for a way around looks at, where one is rare and where it is not."""
RARE, ENOUGH = 0.1, 100
"""Share of searches with success below which they are rare; searches that tell."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to anneal, and between which temperatures and penalties."""

    effort: int
    """Proposals per unit."""
    stages: int = 80
    hot: float = 2.0
    cold: float = 0.1
    soft: float = 1.0
    hard: float = 200.0


@dataclass(slots=True)
class Watch:
    """Counts the proposals made and asks the criterion whether to go on."""

    stop: Stop | None = None
    runs: int | None = 4
    best: Solution | None = None
    iterations: int = 0
    stopped: bool = False
    began: float = field(default_factory=time.monotonic)

    def spend(self, proposals: int) -> bool:
        """Add `proposals` and return whether to stop."""
        self.iterations += proposals
        if self.stop is not None and not self.stopped:
            elapsed = time.monotonic() - self.began
            self.stopped = bool(self.stop(self.best, self.iterations, elapsed))
        return self.stopped


def make_instance(problem: Problem, n_grids: int) -> _kernels.Instance:
    """Return the arrays of `problem` as the kernels take them, centered on their middle."""
    free = np.ones(problem.n_units, np.bool_)
    if problem.locked is not None:
        free = np.ascontiguousarray(problem.locked < 0)
    xy = problem.xy - problem.xy.mean(axis=0)
    columns = [xy, masses(problem.load)[:, None], problem.load[:, None], problem.sizes]
    return _kernels.Instance(
        graph=problem.graph,
        cost=problem.border_cost,
        units=np.ascontiguousarray(np.concatenate(columns, axis=1)),
        lower=problem.lower,
        upper=problem.upper,
        per_size=1.0 / mean_sizes(problem, n_grids),
        free=free,
    )


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
        change=np.zeros(1),
    )
    _kernels.tally(instance, state)
    return state


def anneal(
    problem: Problem,
    energy: _kernels.Energy,
    labels: NDArray[np.int32],
    schedule: Schedule,
    rng: np.random.Generator,
    watch: Watch,
) -> NDArray[np.int32]:
    """Return the best labels met on one cooling from `labels`; never worse than those.

    `labels` must have every grid in one piece; so has the result.
    """
    n_grids = int(labels.max()) + 1
    instance = make_instance(problem, n_grids)
    state = make_state(instance, labels, n_grids)
    best, best_score = labels, _score_state(problem, instance, state, energy)
    n_proposals = max(1, schedule.effort * problem.n_units // schedule.stages)
    unit_heat = n_grids / problem.n_units
    random = rng.integers(1, 2**63, 1, np.uint64)
    for stage in range(schedule.stages + 1):
        done = min(1.0, stage / (schedule.stages - 1))
        heat = schedule.hot * (schedule.cold / schedule.hot) ** done
        if stage == schedule.stages:
            heat = 1e-9
        now = energy._replace(
            temperature=heat * unit_heat,
            range=schedule.soft * (schedule.hard / schedule.soft) ** done,
        )
        left = n_proposals
        while left > 0 and not watch.stopped:
            piece = min(left, SLICE)
            _kernels.anneal(instance, state, now, piece, _worthwhile(state), random)
            watch.spend(piece)
            left -= piece
        _kernels.tally(instance, state)
        if 2 * stage >= schedule.stages or watch.stopped:
            now_score = _score_state(problem, instance, state, energy, beat=best_score[0])
            if now_score < best_score:
                best, best_score = state.labels.copy(), now_score
        if watch.stopped:
            break
    return best


def _worthwhile(state: _kernels.State) -> int:
    """Return how many units to look at for a way around, from how often one was found.

    On a map most grids that fall apart around a unit do so for good; on a lattice or
    a tree nearly none does.
    """
    searches, found = state.searches
    state.searches[:] = 0
    return NEAR if found < RARE * searches and searches > ENOUGH else FAR


def _score_state(
    problem: Problem,
    instance: _kernels.Instance,
    state: _kernels.State,
    energy: _kernels.Energy,
    beat: float = np.inf,
) -> tuple[float, float]:
    """Return what ``score`` does, from tallied sums; the energy only if the breach can beat."""
    sizes = state.grids[:, _kernels.SIZES :]
    slack = EPSILON * np.maximum(1.0, np.abs(sizes))
    out = np.maximum(sizes - problem.upper, problem.lower - sizes)
    breach = round(float((np.where(out > slack, out, 0.0) * instance.per_size).sum()), 9)
    if breach > beat:
        return breach, np.inf
    return breach, float(_kernels.soft_energy(instance, state, energy))


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

    The neighborhood widens round by round; every third round it starts afresh from
    its own bisection, which leaves traps that single moves cannot. Total breach
    never grows. Stops when it is down to `floor`, the least that any plan has.
    """
    n_grids = int(labels.max()) + 1
    for round_ in range(rounds):
        total = violation(problem, labels, n_grids)
        if total <= floor + EPSILON or watch.stopped:
            break
        for members in _neighborhoods(problem, labels, n_grids, hops=1 + round_ // 3):
            units = np.flatnonzero(np.isin(labels, members))
            part = subproblem(problem, units)
            local = np.searchsorted(members, labels[units]).astype(np.int32)
            start = local
            if round_ % 3 == 2 and part.locked is None:
                start = bisected(part, members.size)
                if not in_one_piece(part.graph, start):
                    start = local
            hot = 4.0 if round_ % 3 == 1 else 2.0
            stages = 80 if units.size > 100 else 30
            schedule = Schedule(1000, stages, hot=hot, soft=5.0, hard=500.0)
            found = anneal(part, energy, start, schedule, rng, watch)
            before = violation(part, local, members.size)
            after = violation(part, found, members.size)
            if after <= before:
                labels = labels.copy()
                labels[units] = members[found]
    return labels


def _neighborhoods(
    problem: Problem, labels: NDArray[np.int32], n_grids: int, hops: int
) -> list[NDArray[np.int32]]:
    """Return the grids around those out of range, one sorted array a cluster."""
    sums = grid_sums(labels, problem.sizes, n_grids)
    slack = EPSILON * np.maximum(1.0, np.abs(sums))
    out = (sums > problem.upper + slack) | (sums < problem.lower - slack)
    near = np.asarray(out.any(axis=1))
    heads, tails = labels[problem.graph.heads], labels[problem.graph.indices]
    for _ in range(hops):
        wider = near.copy()
        wider[tails[near[heads]]] = True
        near = wider
    members = np.flatnonzero(near)
    place = np.full(n_grids, -1)
    place[members] = np.arange(members.size)
    inner = near[heads] & near[tails]
    links = sparse.coo_array(
        (np.ones(int(inner.sum())), (place[heads[inner]], place[tails[inner]])),
        shape=(members.size, members.size),
    )
    n_clusters, cluster = connected_components(links, directed=False)
    return [members[cluster == c].astype(np.int32) for c in range(n_clusters)]
