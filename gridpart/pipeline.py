"""The whole road: a district and rules in, a plan out."""

import logging
import signal
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart import _kernels
from gridpart._compile import announce
from gridpart.assemble import GRID_COLUMNS, Coded, code_exclusive, code_grids
from gridpart.carving import carve_sites
from gridpart.described import describe
from gridpart.district import District
from gridpart.drawn import codes_at, located_grids
from gridpart.errors import DataError
from gridpart.estimates import mark_estimated
from gridpart.hierarchy import Division, divide
from gridpart.metrics import Report, evaluate_grids, measure_grids
from gridpart.model import Ground, Level, Note
from gridpart.plan import Plan
from gridpart.remarks import assumed, foretold, opened
from gridpart.rules import RuleSet, rules_to_toml
from gridpart.solvers import Weights
from gridpart.solvers.stop import Since, Stop, as_stop, at_once
from gridpart.staffing import require_posts, staff_plan
from gridpart.territory import (
    Territory,
    lay_streets,
    measures_of,
    prepare_units,
    require_measures,
    survey,
)

__all__ = ["evaluate", "partition"]

logger = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]
"""``progress(done, total, what)``, called as communities are finished."""

BALANCE = 6.0
"""Scale of the balance weight: at 0.5, a grid 30 % off the mean costs about a quarter
of a compact grid's inertia."""


def partition(
    district: District,
    rules: RuleSet,
    *,
    seed: int = 0,
    stop: float | Stop | None = None,
    workers: int = 1,
    progress: Progress | None = None,
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

    Raises
    ------
    DataError
        If the units lack a column that the rules count.
    """
    require_measures(district, rules)
    require_posts(district, rules)
    tell = progress or _silent
    given = district
    district, carved = carve_sites(given, rules)
    units, cuts, load_notes = prepare_units(district, rules)
    territories = []
    streets = lay_streets(district, rules)
    total = 2 * len(district.communities)
    for at in range(len(district.communities)):
        territories.append(survey(district, rules, units, at, streets))
        tell(at + 1, total, f"cells of {territories[-1].community['name']}")
    gaps = [note for territory in territories for note in foretold(territory)]
    for note in gaps:
        logger.warning("%s", note)
    announce(_kernels.anneal)
    divisions = _divide_all(territories, rules, seed, as_stop(stop), workers, tell)
    divided = list(zip(territories, divisions, strict=True))
    notes = (*carved, *cuts, *load_notes, *gaps)
    plan = _assembled(district, rules, units, divided, notes, seed)
    return staff_plan(replace(plan, district=given))


def evaluate(
    plan: Plan | gpd.GeoDataFrame,
    *,
    district: District | None = None,
    rules: RuleSet | None = None,
    level: str | None = None,
) -> Report:
    """Return what keeps the rules in a plan and what does not, whoever made it.

    Parameters
    ----------
    plan : Plan or GeoDataFrame
        A plan, or the outlines of one level's grids in any CRS.
    district : District, optional
        Needed with outlines: what they divide.
    rules : RuleSet, optional
        Needed with outlines; by default the plan's own.
    level : str, optional
        Needed with outlines: the level they are.

    Raises
    ------
    DataError
        If outlines come without district, rules and level, or hold no units.
    """
    if isinstance(plan, Plan):
        return evaluate_grids(
            plan.layers, plan.units, communities=plan.district.communities,
            exclusive=plan.exclusive, barriers=plan.district.barriers,
            crossings=plan.district.crossings, cells=plan.cells, rules=rules or plan.rules,
            streets=plan.district.streets, stations=plan.district.stations,
        )  # fmt: skip
    known = [own.id for own in rules.levels] if rules is not None else []
    if district is None or rules is None or level not in known:
        raise DataError(
            "Grids drawn by others can be judged only with their district, rules and level.",
            found=f"district {'given' if district else 'missing'}, "
            f"rules {'given' if rules else 'missing'}, level {level!r}",
            wanted="evaluate(layer, district=..., rules=..., level=...)"
            + (f" with a level of {', '.join(known)}" if known else ""),
            fix="give all three",
        )
    require_measures(district, rules)
    units, _, _ = prepare_units(district, rules, cut=False)
    grids = located_grids(plan, district, level)
    codes = codes_at(grids, units)
    cells = _cells([survey(district, rules, units, at) for at in range(len(district.communities))],
                   district)  # fmt: skip
    return evaluate_grids(
        {level: grids}, units.assign(**{f"{level}_code": codes}),
        communities=district.communities, exclusive=district.exclusive,
        barriers=district.barriers, crossings=district.crossings, cells=cells, rules=rules,
        streets=district.streets, stations=district.stations,
    )  # fmt: skip


def _silent(done: int, total: int, what: str) -> None:
    """Say nothing."""


def _weights(rules: RuleSet) -> Weights:
    """Return the rule set's weights as the solver counts them."""
    own = rules.weights
    return Weights(own.compactness, BALANCE * own.balance, own.border, own.radius)


@dataclass(frozen=True, slots=True)
class Job:
    """One community to divide, as it goes to a worker."""

    ground: Ground | None
    levels: tuple[Level, ...]
    weights: Weights
    seed: np.random.SeedSequence
    stop: Stop | None


def _divide_all(
    territories: Sequence[Territory],
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
        Job(t.ground, t.levels, _weights(rules), _seed_of(t.community["community_id"], seed), began)
        for t in territories
    ]
    names = [territory.community["name"] for territory in territories]
    divisions: list[Division | None] = []
    running = _in_turn(jobs) if workers <= 1 else _on_workers(jobs, workers)
    try:
        for division in running:
            divisions.append(division)
            tell(
                len(names) + len(divisions), 2 * len(names), f"grids of {names[len(divisions) - 1]}"
            )
    except KeyboardInterrupt:
        logger.warning("interrupted: the communities left keep their first plan")
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
    return divide(job.ground, job.levels, job.weights, job.seed, job.stop)


def _assembled(
    district: District,
    rules: RuleSet,
    units: gpd.GeoDataFrame,
    divided: Sequence[tuple[Territory, Division | None]],
    notes: tuple[Note, ...],
    seed: int,
) -> Plan:
    """Return the plan with every grid coded, measured and judged."""
    territories = [territory for territory, _ in divided]
    codings = [_code(territory, division, rules, district) for territory, division in divided]
    units = _labeled(units, rules, territories, codings)
    layers = {
        level.id: _table(
            [coded.grids[level.id] for coded in codings if level.id in coded.grids],
            units, f"{level.id}_code", rules, district,
        )
        for level in rules.levels
    }  # fmt: skip
    top = rules.levels[0].id
    sites = [
        code_exclusive(t.sites, t.community, rules, coded.grids[top]["grid_code"].iloc[0])
        for t, coded in zip(territories, codings, strict=True)
        if len(t.sites)
    ]
    exclusive = _exclusive_table(sites, units, rules, district)
    cells = _cells(territories, district)
    report = evaluate_grids(
        layers, units, communities=district.communities, exclusive=exclusive,
        barriers=district.barriers, crossings=district.crossings, cells=cells, rules=rules,
        streets=district.streets, stations=district.stations,
    )  # fmt: skip
    guessed = district.estimated
    layers = describe(layers, units, district, rules)
    layers = {
        level: mark_estimated(_marked(level, table, report), guessed)
        for level, table in layers.items()
    }
    openings = [
        note
        for territory, division in divided
        for note in opened(territory, division, rules.measure)
    ]
    codes = pd.concat([t["grid_code"] for t in [*layers.values(), exclusive]])
    return Plan(
        district=district,
        rules=rules,
        layers=layers,
        exclusive=mark_estimated(exclusive.assign(in_range=True), guessed),
        units=mark_estimated(units, guessed),
        cells=cells,
        report=report,
        notes=(*district.notes, *notes, *openings, *assumed(district, rules)),
        codes=pd.DataFrame(
            {"code": codes.sort_values().to_numpy(object), "status": "in_force", "retired_in": ""}
        ),
        meta={
            "rules": rules_to_toml(rules),
            "seed": str(seed),
            "version": version("gridpart"),
            "source_hash": district.source_hash,
            "stopped_by": _why([division for _, division in divided]),
            **({"estimated": ", ".join(guessed)} if guessed else {}),
        },
    )


def _code(
    territory: Territory, division: Division | None, rules: RuleSet, district: District
) -> Coded:
    """Return the coded grids of one community; one without units is one overall grid."""
    sites = territory.sites.geometry.to_numpy()
    if division is not None:
        return code_grids(
            territory.community, territory.levels, rules, division, territory.cells, sites,
            units=territory.units,
        )  # fmt: skip
    top = territory.levels[0]
    own = district.communities["community_id"] == territory.community["community_id"]
    whole = Division({top.id: np.zeros(1, np.int32)}, (), "budget")
    shape = district.communities.geometry[own].to_numpy()
    coded = code_grids(territory.community, (top,), rules, whole, shape, np.empty(0, dtype=object))
    return Coded({}, coded.grids)


def _labeled(
    units: gpd.GeoDataFrame,
    rules: RuleSet,
    territories: Sequence[Territory],
    codings: Sequence[Coded],
) -> gpd.GeoDataFrame:
    """Return the units with the code of their grid at every level."""
    units = units.copy()
    for level in rules.levels:
        column = pd.Series([None] * len(units), index=units.index, dtype=object)
        for territory, coded in zip(territories, codings, strict=True):
            if level.id in coded.unit_codes:
                column.loc[territory.units.index] = coded.unit_codes[level.id]
        units[f"{level.id}_code"] = column
    return units


def _table(
    tables: Sequence[pd.DataFrame],
    units: gpd.GeoDataFrame,
    code_column: str,
    rules: RuleSet,
    district: District,
) -> gpd.GeoDataFrame:
    """Return the grids of one level over the whole district, with their sums."""
    tables = tables or [pd.DataFrame(columns=GRID_COLUMNS)]
    grids = gpd.GeoDataFrame(
        pd.concat(tables, ignore_index=True), geometry="geometry", crs=district.crs
    ).sort_values("grid_code", ignore_index=True)
    measures = measures_of(district, rules)
    found = measure_grids(units, code_column, grids, measures).reset_index(drop=True)
    columns = [column for column in grids.columns if column != "geometry"]
    joined = pd.concat([grids[columns], found, grids[["geometry"]]], axis=1)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=district.crs)


def _exclusive_table(
    sites: Sequence[pd.DataFrame],
    units: gpd.GeoDataFrame,
    rules: RuleSet,
    district: District,
) -> gpd.GeoDataFrame:
    """Return the exclusive grids; firms and workers are the site's own where it states them."""
    tables = list(sites) or [pd.DataFrame(columns=[*GRID_COLUMNS, "exclusive_id", "kind"])]
    by_code = {
        site: code
        for table in sites
        for site, code in zip(table["exclusive_id"], table["grid_code"], strict=True)
    }
    located = units.assign(exclusive_code=units["exclusive_id"].map(by_code))
    table = _table(tables, located, "exclusive_code", rules, district)
    given = district.exclusive.set_index("exclusive_id")
    for measure in ("firms", "workers"):
        if measure in given and len(table):
            own = given[measure].reindex(table["exclusive_id"]).to_numpy()
            if measure not in table:
                table.insert(len(table.columns) - 1, measure, 0)
            table[measure] = np.where(pd.isna(own), table[measure], own).astype(np.int64)
    return table


def _cells(territories: Sequence[Territory], district: District) -> gpd.GeoDataFrame:
    """Return the ground of every unit that has any."""
    names, shapes = [], []
    for territory in territories:
        drawn = ~shapely.is_missing(territory.cells)
        names.append(territory.units["unit_id"].to_numpy(object)[drawn])
        shapes.append(territory.cells[drawn])
    table = gpd.GeoDataFrame(
        {"unit_id": np.concatenate(names)}, geometry=np.concatenate(shapes), crs=district.crs
    )
    return table.sort_values("unit_id", ignore_index=True)


def _marked(level: str, table: gpd.GeoDataFrame, report: Report) -> gpd.GeoDataFrame:
    """Return the grids of one level with ``in_range`` as the referee found it."""
    out = {
        b.grid
        for b in report.breaches
        if b.level == level and b.rule == "range" and b.reason != "community_empty"
    }
    table = table.copy()
    table.insert(len(table.columns) - 1, "in_range", ~table["grid_code"].isin(out))
    return table


def _why(divisions: Sequence[Division | None]) -> str:
    """Return what stopped the search: the first cause that is not the budget."""
    causes = [d.stopped_by for d in divisions if d is not None and d.stopped_by != "budget"]
    return causes[0] if causes else "budget"
