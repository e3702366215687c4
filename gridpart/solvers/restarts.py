"""Several annealed starts with one number of grids; the best of them is the answer.

Starts know nothing of one another, so that threads may share them: kernels hold no
lock, and the answer is the same whatever their number.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels, objective
from gridpart.arithmetic import EPSILON
from gridpart.model import Problem, Solution
from gridpart.objective import Weights
from gridpart.solvers.blocks import annealed_in_blocks
from gridpart.solvers.construct import bisected, canonical, grown
from gridpart.solvers.counts import least_violation
from gridpart.solvers.hanging import crowds
from gridpart.solvers.pieces import in_one_piece
from gridpart.solvers.reach import avoidable
from gridpart.solvers.recombine import recombined
from gridpart.solvers.refine import (
    Schedule,
    Watch,
    anneal,
    make_instance,
    repair,
    score,
    tightness,
)  # fmt: skip
from gridpart.solvers.rework import FEWEST, STAGES, reworked

__all__ = ["best_of", "first_plan"]

SMALL = 2_000
"""Up to this many units several short runs beat one long one."""
TINY = 100
"""Up to this many units fewer stages do."""
EFFORT, LARGE, FADE = 800, 10_000, 0.3
"""Proposals a unit; beyond LARGE units fewer, by this power of the size."""
HUGE = 200_000
"""Beyond this many units there is time for less."""
BLOCK_EFFORT, BLOCK_PASS_EFFORT, BLOCK_PASSES, BLOCK_STAGES = 550, 420, 2, 25
"""Between LARGE and HUGE: proposals a unit of the start, which is made in blocks, proposals a
unit in one neighborhood of a pass, how many passes, and stages in one neighborhood. Short
stages would be spent on what lies between them."""
QUICK_EFFORT = 400
"""Proposals a unit to see whether a number of grids keeps the range."""
TIGHT_EFFORT = 2
"""Times as many proposals for a large problem with a tight range."""
QUICK_ROUNDS, ROUNDS = 2, 12
"""Rounds of repair."""
HOPEFUL = 0.08
"""Share of grids out of range up to which an impatient search repairs a plan at all."""
SPARSE, PAIRINGS = 1.2, 4
"""With fewer edges a unit, near a tree, single units are often stuck: pairs of grids are
divided anew so many times."""
EVENINGS, EVENING_TREES = 3, 60
"""Rounds of dividing pairs of grids anew where the balance leads, and random trees a pair."""
STARTS, PASSES, PASS_EFFORT = 2, 3, 300
"""Starts where passes over the best of them follow, how many passes, and proposals a unit
in one neighborhood of a pass."""
TIGHT_STARTS, TIGHT_PASSES = 1, 6
"""The same where a range is tight: there the passes gain more than a second start."""
PATIENCE, GAIN = 3, 5e-4
"""Passes that may gain less than this share before a search without end starts anew."""
MORE = 4
"""Starts at most for a large problem, while ranges are broken that need not be."""
WARM = Schedule(EFFORT, hot=0.5, soft=100.0)
"""What a given plan is annealed with: not hot enough to forget it."""

Scored = tuple[tuple[float, float], NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class Run:
    """What all starts have in common."""

    problem: Problem
    n_grids: int
    energy: _kernels.Energy
    first: NDArray[np.int32]
    given: NDArray[np.int32] | None
    floor: float
    quick: bool
    balanced: bool
    """Whether the balance leads, on a map small enough to divide pairs of grids for it."""
    watch: Watch


def first_plan(problem: Problem, n_grids: int) -> NDArray[np.int32]:
    """Return a plan without a search that keeps the locks; the graph must be connected."""
    if problem.locked is None:
        return bisected(problem, n_grids)
    return grown(problem, problem.locked, n_grids)


def best_of(
    problem: Problem,
    n_grids: int,
    weights: Weights,
    sequence: np.random.SeedSequence,
    watch: Watch,
    *,
    quick: bool = False,
) -> Solution:
    """Return the best of several annealed starts with exactly `n_grids` grids.

    A given start counts as one of the results, so that none is worse than it.
    """
    first = first_plan(problem, n_grids)
    given = problem.start
    if given is None or not _usable(problem, given, n_grids):
        given = None
    energy = objective.weigh(problem, weights, first, n_grids)
    floor = least_violation(problem, n_grids)
    balanced = objective.balance_leads(weights) and energy.inertia > 0
    balanced &= problem.n_units <= SMALL
    run = Run(problem, n_grids, energy, first, given, floor, quick, balanced, watch)
    before = watch.iterations
    plans = [plan for plan in (given, first) if plan is not None]
    best = min(((score(problem, energy, plan, n_grids), plan) for plan in plans), key=_score_of)
    if n_grids not in (1, problem.n_units):
        with suppress(KeyboardInterrupt):
            for found in _found(run, sequence):
                best = min(best, found, key=_score_of)
                watch.best = _solution(run, best, "running", before)
    return _solution(run, best, watch.why, before)


def _score_of(scored: Scored) -> tuple[float, float]:
    return scored[0]


def _solution(run: Run, best: Scored, why: str, before: int) -> Solution:
    (breach, value), labels = best
    proposals = run.watch.iterations - before
    return Solution(canonical(labels), run.n_grids, value, breach, why, proposals)


def _found(run: Run, sequence: np.random.SeedSequence) -> Iterator[Scored]:
    """Yield the plan of one start after the other, and of one pass over the best after it.

    Without a number of runs it goes on until told to stop: passes as long as they gain
    something, then another start.
    """
    watch = run.watch
    passing = not run.quick and watch.patient and run.n_grids >= FEWEST
    large = run.problem.n_units > SMALL
    passes = TIGHT_PASSES if _is_tight(run) else PASSES
    if large:
        passes = BLOCK_PASSES if _in_blocks(run) else 1
    n_passes = None if watch.runs is None else passes
    while not watch.stopped:
        best: Scored | None = None
        for found in _starts(run, sequence, passing=passing):
            best = found if best is None else min(best, found, key=_score_of)
            yield found
        stale, n = 0, 0
        while passing and best is not None and not watch.stopped:
            if stale == PATIENCE or n == n_passes:
                break
            found = _reworked(run, best[1], sequence.spawn(1)[0])
            stale = 0 if found[0] < _a_little_less(best[0]) else stale + 1
            best = min(best, found, key=_score_of)
            n += 1
            yield found
        if watch.runs is not None or run.quick:
            break


def _a_little_less(scored: tuple[float, float]) -> tuple[float, float]:
    """Return the score below which a pass has gained something."""
    return scored[0], scored[1] * (1 - GAIN)


def _reworked(run: Run, labels: NDArray[np.int32], seed: np.random.SeedSequence) -> Scored:
    """Return the plan after one pass over `labels`."""
    rng = np.random.default_rng(seed)
    effort, stages = PASS_EFFORT, STAGES
    if _in_blocks(run):
        effort, stages = BLOCK_PASS_EFFORT, BLOCK_STAGES
    effort = max(1, int(effort * _fade(run.problem)))
    plan = reworked(run.problem, run.energy, labels, effort, rng, run.watch, stages=stages)
    return _scored(run, plan)


def _starts(run: Run, sequence: np.random.SeedSequence, *, passing: bool) -> Iterator[Scored]:
    """Yield the plan of one start after the other; a large problem takes one.

    It takes more while ranges are broken that need not be.
    """
    watch = run.watch
    large = run.problem.n_units > SMALL
    n_runs = 1 if run.quick or large or watch.runs is None else watch.runs
    if passing:
        n_runs = min(n_runs, TIGHT_STARTS if _is_tight(run) else STARTS)
    if watch.workers > 1 and n_runs > 1:
        yield from _on_threads(run, sequence.spawn(n_runs), watch)
        return
    most = MORE if watch.patient and run.problem.n_units <= LARGE else n_runs
    n = 0
    while n < n_runs and not watch.stopped:
        found = _one(run, n, sequence.spawn(1)[0])
        yield found
        n += 1
        if watch.stopped or n != n_runs or n_runs >= most or run.quick:
            continue
        if _worth_another(run, found):
            n_runs += 1


def _worth_another(run: Run, found: Scored) -> bool:
    """Return whether a large plan breaks ranges that another one might keep."""
    (breach, _), labels = found
    if breach <= run.floor + EPSILON:
        return False
    amount = avoidable(run.problem, labels, run.n_grids, {})
    for m in range(run.problem.lower.size):
        amount[list(crowds(run.problem, m, labels, np.flatnonzero(amount > 0).tolist()))] = 0.0
    return bool(amount.any())


def _on_threads(run: Run, seeds: list[np.random.SeedSequence], watch: Watch) -> Iterator[Scored]:
    """Yield the plans in the order of the starts."""
    pool = ThreadPoolExecutor(watch.workers)
    try:
        futures: list[Future[Scored]] = [
            pool.submit(_one, run, n, seed) for n, seed in enumerate(seeds)
        ]
        for future in futures:
            try:
                yield future.result()
            except KeyboardInterrupt:
                watch.interrupt()
                yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _one(run: Run, n: int, seed: np.random.SeedSequence) -> Scored:
    """Return the plan of start `n`, with its score."""
    rng = np.random.default_rng(seed)
    found = [_scored(run, plan) for plan in _annealed(run, n, rng)]
    if run.balanced and not run.quick:
        found = [_evened(run, scored, rng) for scored in found]
    return min(found, key=_score_of)


def _annealed(run: Run, n: int, rng: np.random.Generator) -> tuple[NDArray[np.int32], ...]:
    """Return the plans of start `n`: the best annealed one, and the one repaired after it."""
    problem, n_grids, energy, watch = run.problem, run.n_grids, run.energy, run.watch
    if run.given is not None and (n % 2 == 0 or problem.n_units > SMALL):
        start, schedule = run.given, replace(WARM, effort=_effort(run))
    else:
        start, schedule = run.first, Schedule(_effort(run))
    schedule = replace(schedule, stages=80 if problem.n_units > TINY else 30)
    if problem.n_units > LARGE and start is run.first and problem.locked is None:
        last = annealed_in_blocks(problem, energy, start, schedule, rng, watch)
        for _ in range(MORE if watch.patient else 1):
            last = repair(problem, energy, last, run.floor, rng, watch)
            if watch.stopped or not _worth_another(run, _scored(run, last)):
                break
        return (last,)
    found = anneal(problem, energy, start, schedule, rng, watch)
    best, last = found.best, found.last
    if problem.graph.n_edges < SPARSE * problem.n_units:
        instance = make_instance(problem, n_grids)
        for _ in range(PAIRINGS):
            last = recombined(problem, instance, last, np.arange(n_grids), rng)
    rounds = QUICK_ROUNDS if run.quick else ROUNDS
    if not watch.patient:
        out = objective.out_of_range(problem, last, n_grids).mean()
        rounds = QUICK_ROUNDS if out < HOPEFUL else 0
    mended = repair(problem, energy, last, run.floor, rng, watch, rounds=rounds)
    if not run.quick and (mended != last).any():
        polish = replace(WARM, effort=schedule.effort // 2, stages=schedule.stages)
        mended = anneal(problem, energy, mended, polish, rng, watch).best
    return best, mended


def _evened(run: Run, best: Scored, rng: np.random.Generator) -> Scored:
    """Return the best of a plan and of dividing its pairs of grids anew for the balance.

    Where a few compounds make up a grid, a better plan is many moves of units away.
    """
    instance = make_instance(run.problem, run.n_grids)
    balance = run.energy.balance / run.energy.inertia
    labels = best[1]
    for _ in range(EVENINGS):
        labels = recombined(
            run.problem, instance, labels, np.arange(run.n_grids), rng,
            balance=balance, trees=EVENING_TREES,
        )  # fmt: skip
        best = min(best, _scored(run, labels), key=_score_of)
    return best


def _scored(run: Run, labels: NDArray[np.int32]) -> Scored:
    return score(run.problem, run.energy, labels, run.n_grids), labels


def _effort(run: Run) -> int:
    """Return the proposals a unit of one start."""
    effort = QUICK_EFFORT if run.quick else BLOCK_EFFORT if _in_blocks(run) else EFFORT
    if run.problem.n_units > SMALL and _is_tight(run):
        effort *= TIGHT_EFFORT
    return max(1, int(effort * _fade(run.problem)))


def _in_blocks(run: Run) -> bool:
    """Return whether a start is made in blocks, with time for more passes."""
    return LARGE < run.problem.n_units <= HUGE


def _is_tight(run: Run) -> bool:
    """Return whether single units step over some range."""
    return bool((tightness(run.problem, run.n_grids) == 1).any())


def _fade(problem: Problem) -> float:
    """Return what share of the usual effort a large problem gets."""
    return float(min(1.0, LARGE / problem.n_units) ** FADE)


def _usable(problem: Problem, start: NDArray[np.int32], n_grids: int) -> bool:
    """Return whether a given start has the right number of grids, whole, and keeps the locks."""
    if np.unique(start).size != n_grids or not in_one_piece(problem.graph, start):
        return False
    if problem.locked is None:
        return True
    held = problem.locked >= 0
    return bool((start[held] == problem.locked[held]).all())
