"""The whole road: a district and rules in, a plan out."""

import logging
import signal
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np

from gridpart import _kernels
from gridpart._compile import announce
from gridpart.carving import carve_sites
from gridpart.coding import refuse_mixed, refuse_narrow
from gridpart.district import District
from gridpart.errors import DataError
from gridpart.hierarchy import Division, divide
from gridpart.incident_counts import count_incidents
from gridpart.keeping import kept_codes, missing_units, standing_of
from gridpart.model import HOURS, Ground, Level, Note, Standing
from gridpart.plan import Plan
from gridpart.remarks import foretold
from gridpart.revise import InForce, aligned_codes
from gridpart.rules import RuleSet
from gridpart.sentences import Sentence
from gridpart.solvers import Weights
from gridpart.solvers.stop import Since, Stop, as_stop, at_once
from gridpart.staffing import require_posts, staff_plan
from gridpart.subdistricts import with_streets
from gridpart.tally import assemble_plan
from gridpart.telling import titles_of
from gridpart.territory import Territory, lay_streets, prepare_units, require_measures, survey

__all__ = ["partition"]

logger = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]
"""``progress(done, total, what)``, called as communities are finished."""

BALANCE = 6.0
"""Scale of the balance weight: at 0.5, a grid 30 % off the mean costs about a quarter
of a compact grid's inertia."""
HOURS_BALANCE = 400.0
"""The same where hours are the load: they differ from unit to unit more than grids may be
uneven, so that the balance goes before compactness."""


def partition(
    district: District,
    rules: RuleSet,
    *,
    seed: int = 0,
    stop: float | Stop | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    previous: InForce | None = None,
    keep: Collection[str] = (),
) -> Plan:
    """Return the plan of a district: every level's grids, nested, coded and judged.

    Parameters
    ----------
    district : District
        As ``read_district`` returns it.
    rules : RuleSet
        As ``load_rules`` returns it.
    seed : int
        The only source of randomness: the same seed gives the same plan whatever the
        order of rows and the number of workers.
    stop : float, callable or None
        Seconds, or a criterion of ``gridpart.solvers.stop``; communities not begun by
        then keep their first contiguous plan. By default a fixed number of proposals.
    workers : int
        Processes to divide communities on.
    progress : callable, optional
        Called as ``progress(done, total, what)`` after each community.
    previous : InForce, optional
        The plan in force, as ``in_force_of`` or ``read_in_force`` returns it: grids that
        continue its grids keep their codes, and with a weight of ``stability`` in the
        rules buildings stay in their grids where little is gained by a change.
    keep : collection of str
        Codes in force of grids that stay unit for unit.

    Raises
    ------
    DataError
        If the units lack a column that the rules count, or a code to keep is not in force.
    """
    given, counted = count_incidents(district, rules)
    require_measures(given, rules)
    require_posts(given, rules)
    tell = progress or _silent
    given, placed = with_streets(given, rules)
    district, carved = carve_sites(given, rules)
    units, cuts, load_notes = prepare_units(district, rules)
    if keep and previous is None:
        raise DataError(
            "There is no plan in force to keep grids of.",
            found=f"{len(keep)} codes to keep",
            wanted="the plan that has them",
            fix="pass it as previous (--previous)",
        )
    kept = {} if previous is None else kept_codes(previous, keep, rules)
    territories = []
    streets = lay_streets(district, rules)
    total = 2 * len(district.communities)
    for at in range(len(district.communities)):
        territories.append(survey(district, rules, units, at, streets))
        name = str(territories[-1].community["name"])
        tell(at + 1, total, Sentence("cells_of", name=name))
    for territory in territories:
        _refuse_narrow(territory, rules)
    refuse_mixed([territory.community for territory in territories], rules)
    gaps = [note for territory in territories for note in foretold(territory)]
    for note in gaps:
        logger.warning("%s", note.what, extra={"titles": titles_of(rules)})
    announce(_kernels.anneal)
    standings, kept_notes = _standings(territories, units, rules, previous, kept)
    divisions = _divide_all(
        list(zip(territories, standings, strict=True)), rules, seed, as_stop(stop), workers, tell
    )
    divided = list(zip(territories, divisions, strict=True))
    run = {"seed": str(seed), "stopped_by": _why(divisions)}
    notes = (*placed, *carved, *cuts, *counted, *load_notes, *gaps, *kept_notes)
    plan = assemble_plan(
        district, rules, units, divided, notes, run,
        old=previous, kept=sorted({code for codes in kept.values() for code in codes}),
    )  # fmt: skip
    return staff_plan(replace(plan, district=given))


def _refuse_narrow(territory: Territory, rules: RuleSet) -> None:
    """Refuse code templates that cannot number the grids of one community."""
    inside = [level for level in territory.levels if not level.is_joined]
    measures = {bound.measure for level in inside for bound in level.ranges}
    totals = {measure: float(territory.units[measure].sum()) for measure in measures}
    n_sites = len(territory.sites)
    refuse_narrow(rules.codes, territory.levels, territory.community, totals, n_sites)


def _silent(done: int, total: int, what: str) -> None:
    """Say nothing."""


def _weights(rules: RuleSet) -> Weights:
    """Return the rule set's weights as the solver counts them."""
    own = rules.weights
    scale = HOURS_BALANCE if rules.load == HOURS else BALANCE
    return Weights(own.compactness, scale * own.balance, own.border, own.radius, own.compounds)


@dataclass(frozen=True, slots=True)
class Job:
    """One community to divide, as it goes to a worker."""

    ground: Ground | None
    levels: tuple[Level, ...]
    weights: Weights
    seed: np.random.SeedSequence
    stop: Stop | None
    standing: Standing | None


def _standings(
    territories: Sequence[Territory],
    units: gpd.GeoDataFrame,
    rules: RuleSet,
    previous: InForce | None,
    kept: Mapping[str, frozenset[str]],
) -> tuple[list[Standing | None], list[Note]]:
    """Return the plan in force in each community, None where it plays no part."""
    stability = rules.weights.stability
    if previous is None or not (stability > 0 or any(kept.values())):
        return [None] * len(territories), []
    aligned = aligned_codes(units, previous)
    ids = {*units["unit_id"], *units["parent_unit_id"].dropna()}
    notes = missing_units(previous, kept, ids)
    levels = [v.id for v in rules.levels if not v.is_whole]
    found: list[Standing | None] = []
    for territory in territories:
        if territory.ground is None:
            found.append(None)
            continue
        own = aligned.loc[territory.units.index]
        standing, told = standing_of(territory.ground, own, kept, levels, stability)
        found.append(standing)
        notes += told
    return found, notes


def _divide_all(
    places: Sequence[tuple[Territory, Standing | None]],
    rules: RuleSet,
    seed: int,
    stop: Stop | None,
    workers: int,
    tell: Progress,
) -> list[Division | None]:
    """Return the division of each community, None where there is nothing to divide.

    Interrupted, communities not yet divided keep their first contiguous plan.
    """
    began = None if stop is None else Since(stop, time.monotonic())
    jobs = [
        Job(
            t.ground, t.levels, _weights(rules), _seed_of(t.community["community_id"], seed),
            began, standing,
        )
        for t, standing in places
    ]  # fmt: skip
    names = [territory.community["name"] for territory, _ in places]
    divisions: list[Division | None] = []
    running = _in_turn(jobs) if workers <= 1 else _on_workers(jobs, workers)
    try:
        for division in running:
            divisions.append(division)
            name = str(names[len(divisions) - 1])
            tell(len(names) + len(divisions), 2 * len(names), Sentence("grids_of", name=name))
    except KeyboardInterrupt:
        logger.warning("%s", Sentence("interrupted"))
    for job in jobs[len(divisions) :]:
        rest = _divide_one(replace(job, stop=at_once))
        divisions.append(None if rest is None else replace(rest, stopped_by="interrupted"))
    return divisions


def _seed_of(community_id: str, seed: int) -> np.random.SeedSequence:
    """Return the randomness of one community, whatever the others are."""
    return np.random.SeedSequence(seed, spawn_key=(zlib.crc32(community_id.encode()),))


def _in_turn(jobs: Sequence[Job]) -> Iterator[Division | None]:
    """Divide one community after the other; an interrupted search ends the round."""
    for job in jobs:
        division = _divide_one(job)
        yield division
        if division is not None and division.stopped_by == "interrupted":
            raise KeyboardInterrupt


def _on_workers(jobs: Sequence[Job], workers: int) -> Iterator[Division | None]:
    """Divide communities on processes that leave an interrupt to this one."""
    pool = ProcessPoolExecutor(max_workers=workers, initializer=_leave_interrupts)
    try:
        yield from pool.map(_divide_one, jobs)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _leave_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _divide_one(job: Job) -> Division | None:
    """Return the division of one community."""
    if job.ground is None:
        return None
    return divide(job.ground, job.levels, job.weights, job.seed, job.stop, job.standing)


def _why(divisions: Sequence[Division | None]) -> str:
    """Return what stopped the search: the first cause that is not the budget."""
    causes = [d.stopped_by for d in divisions if d is not None and d.stopped_by != "budget"]
    return causes[0] if causes else "budget"
