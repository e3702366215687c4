"""The referee: whether a finished plan keeps its rules, from geometry and labels alone.

Nothing here knows how a plan was made: no solver, kernel or objective is imported, so
that an error there cannot hide here.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.alternatives import suggested
from gridpart.atoms import why_uncut
from gridpart.contiguity import check_contiguity
from gridpart.evidence import Evidence, gather
from gridpart.laws import LAWS, Check, has_units
from gridpart.model import COMMUNITIES, Breach, Level, Range, Reason
from gridpart.proofs import Verdict, explain
from gridpart.ranges import amount_out, out_of_range
from gridpart.rules import RuleSet
from gridpart.sentences import Sentence
from gridpart.shape import label_centers, polsby_popper
from gridpart.spreads import spread, total_of
from gridpart.surrounded import enclosures
from gridpart.terrain import Trial
from gridpart.trials import Trials
from gridpart.walked import Walked

__all__ = ["Check", "LevelSummary", "Report", "evaluate_grids", "measure_grids"]


@dataclass(frozen=True, slots=True)
class LevelSummary:
    """The grids of one level in numbers."""

    level: str
    title: str
    n_grids: int
    n_in_range: int
    """Grids that keep every range of their level."""
    n_oversize: int
    """Grids out of range because a single unit of theirs is, which is proven."""
    totals: Mapping[str, float]
    """Sum of each measure over the grids."""
    cv: float
    """Coefficient of variation of the workload: standard deviation over mean."""
    max_min: float
    """Greatest workload over least, among grids that have any."""
    polsby_popper: float
    """Mean over the grids."""
    radius_m: float
    """The longest walk to a grid's center or station."""
    walk_mean_m: float | None = None
    """Mean over the households; None where nobody is in a grid."""
    within: Mapping[str, float] = field(default_factory=dict)
    """Meters -> share of the households with no longer walk."""
    walk_from: str = ""
    """``center``, ``station`` or both."""
    walk_by: str = ""
    """``streets``, ``straight`` or ``mixed``: straight lines times the detour are assumed."""
    spreads: Mapping[str, float] = field(default_factory=dict)
    """Coefficient of variation of what the grids hold of each measure."""
    on_lines: float | None = None
    """Share of the boundary inside communities that runs along streets and barriers; None
    where there is none."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the referee found about a plan."""

    levels: tuple[LevelSummary, ...]
    breaches: tuple[Breach, ...]
    checks: tuple[Check, ...]

    @property
    def broken(self) -> bool:
        """Whether a hard rule is broken without proof that it had to be."""
        return any(b.hard and not b.proven for b in self.breaches)

    @property
    def exceptions(self) -> tuple[Breach, ...]:
        """The breaches of hard rules that no plan could avoid."""
        return tuple(b for b in self.breaches if b.hard and b.proven)

    def to_dict(self) -> dict[str, Any]:
        """Return the report in types that JSON knows; a number that is none becomes None."""
        return {
            "broken": self.broken,
            **{key: _plain(getattr(self, key)) for key in ("levels", "breaches", "checks")},
        }


def _plain(value: Any) -> Any:
    """Return a value in types that JSON knows."""
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


# --- measuring ---------------------------------------------------------------------------


def measure_grids(
    units: gpd.GeoDataFrame,
    code_column: str,
    outlines: gpd.GeoDataFrame,
    measures: Sequence[str],
    *,
    detour: float = 1.0,
) -> pd.DataFrame:
    """Return what each grid holds and how it is shaped.

    Parameters
    ----------
    units : GeoDataFrame
        `measures`, ``workload`` and the grid of each unit, in a projected CRS in meters.
    code_column : str
        Column of `units` with the grid's code.
    outlines : GeoDataFrame
        ``grid_code`` and the outline.
    measures : sequence of str
        Columns to add up; sums are whole where all units are.
    detour : float
        What a straight line is multiplied by to stand for a walk.

    Returns
    -------
    DataFrame
        A row for each outline, in the same order, by ``grid_code``: ``n_units``,
        `measures`, ``workload``, ``area_m2``, ``radius_m`` (from the workload-weighted
        center to the farthest unit's centroid, times `detour`) and ``polsby_popper``.
    """
    index = pd.Index(outlines["grid_code"], name="grid_code")
    grouped = units.groupby(code_column)
    sums = grouped[[*measures, "workload"]].sum().reindex(index.unique()).reindex(index)
    table = pd.DataFrame({"n_units": grouped.size().reindex(index).fillna(0)}, index=index)
    for measure in measures:
        table[measure] = sums[measure].fillna(0).round(8)
    whole = [m for m in measures if (units[m].fillna(0) % 1 == 0).all()]
    table = table.astype(dict.fromkeys(["n_units", *whole], "int64"))
    table["workload"] = sums["workload"].fillna(0.0).astype(float)
    shapes = outlines.geometry.to_numpy()
    radius = {code: detour * _distances(own).max() for code, own in grouped}
    table["area_m2"] = shapely.area(shapes)
    table["radius_m"] = [float(radius.get(code, 0.0)) for code in index]
    table["polsby_popper"] = polsby_popper(shapes) if len(shapes) else []
    return table


def _distances(units: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return how far each unit of one grid lies from the center of its workload, in meters."""
    middle = shapely.centroid(units.geometry.to_numpy())
    xy = np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
    center = label_centers(np.zeros(len(xy)), xy, units["workload"].fillna(0.0).to_numpy())[0]
    return np.asarray(np.hypot(*(xy - center).T))


# --- judging -----------------------------------------------------------------------------


def evaluate_grids(
    grids: Mapping[str, gpd.GeoDataFrame],
    units: gpd.GeoDataFrame,
    *,
    communities: gpd.GeoDataFrame,
    rules: RuleSet,
    exclusive: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
    crossings: gpd.GeoDataFrame | None = None,
    cells: gpd.GeoDataFrame | None = None,
    streets: gpd.GeoDataFrame | None = None,
    stations: gpd.GeoDataFrame | None = None,
) -> Report:
    """Return what keeps the rules in a plan and what does not, whoever made it.

    Parameters
    ----------
    grids : mapping of str to GeoDataFrame
        Level id -> ``grid_code``, ``parent_code``, ``community_id`` and the outline. A
        level of the rule set that is not here is not judged.
    units : GeoDataFrame
        ``unit_id``, ``community_id``, measures, ``workload`` and ``<level>_code`` for each
        level; ``compound_id``, ``parent_unit_id`` (null for a unit that is whole),
        ``stairwell``, ``floor_from``, ``floor_to`` and ``exclusive_id`` where there are any.
    communities : GeoDataFrame
        ``community_id``, ``area_type`` and the outline.
    rules : RuleSet
    exclusive : GeoDataFrame, optional
        Sites that belong to exclusive grids: ``exclusive_id`` and the outline.
    barriers, crossings : GeoDataFrame, optional
        What cuts contiguity, and what restores it.
    cells : GeoDataFrame, optional
        ``unit_id`` and the ground of each unit. Without it nothing is known of who borders
        whom, and only what holds for any contiguity is proven.
    streets, stations : GeoDataFrame, optional
        What people walk along, and what walks are measured from where a level says so.
        Without streets walks are straight lines times the detour of the rules.

    Returns
    -------
    Report

    Raises
    ------
    DataError
        If a level or a column is missing that the rules need.
    """
    context = {
        "communities": communities,
        "exclusive": exclusive,
        "barriers": barriers,
        "crossings": crossings,
        "cells": cells,
        "streets": streets,
        "stations": stations,
    }
    evidence = gather(grids, units, rules, context)
    trials = Trials(evidence)
    checks: list[Check] = []
    breaches = list(_empty_communities(evidence))
    summaries = []
    for level in evidence.grids:
        own: list[Breach] = []
        for law in (*LAWS, check_contiguity):
            check, found = law(evidence, level)
            checks.append(check)
            own += found
        table = evidence.units.assign(_code=evidence.codes[level])
        measured = measure_grids(table, "_code", evidence.grids[level], evidence.measures)
        if evidence.is_joined(level):
            held = pd.Series(evidence.holders(level)).value_counts()
            measured[COMMUNITIES] = held.reindex(measured.index.astype(str)).fillna(0).to_numpy()
        stated = dict(zip(measured.index, evidence.stated(level), strict=True))
        walked = Walked(evidence, level, stated)
        ranged = [
            walked.excused(breach) for breach in _range_breaches(evidence, level, measured, trials)
        ]
        own += [*ranged, *walked.breaches(), *enclosures(evidence, level)]
        breaches += suggested(walked, own, trials)
        summaries.append(_summary(evidence, level, measured, ranged, walked))
    return Report(tuple(summaries), tuple(breaches), tuple(checks))


def _empty_communities(evidence: Evidence) -> Iterator[Breach]:
    """Yield a breach for each community without a unit that a grid would hold."""
    inside = [level for level in evidence.grids if not evidence.is_joined(level)]
    for level in inside[:1]:
        grids = evidence.grids[level]
        for community in evidence.communities["community_id"]:
            if not has_units(evidence, community):
                own = grids.loc[grids["community_id"] == community, "grid_code"]
                code = str(own.iloc[0]) if len(own) else ""
                key = "community_bare" if code else "community_bare_no_grid"
                named = {"grid": code} if code else {}
                message = Sentence(key, community=str(community), **named)
                yield Breach(code, level, "range", "community_empty", True, message, value=0.0)


def _range_breaches(
    evidence: Evidence,
    level: str,
    measured: pd.DataFrame,
    trials: Trials,
) -> Iterator[Breach]:
    """Yield a breach for each grid and range that the grid is out of, and why."""
    grids = evidence.grids[level]
    stated, whole = evidence.stated(level), evidence.is_whole(level)
    joined = evidence.is_joined(level)
    for row, (code, community) in enumerate(
        zip(grids["grid_code"], grids["community_id"], strict=True)
    ):
        for bound in stated[row].ranges:
            value = float(measured[bound.measure].iloc[row])
            if not amount_out(value, bound) or not (joined or has_units(evidence, community)):
                continue
            names: tuple[object, ...] = ()
            if whole:
                verdict = GIVEN if joined else _whole_verdict(value, bound)
            else:
                trial = trials.of(stated[row], bound, community)
                verdict = _verdict(trial, code, value)
                names = trial.units_of(verdict.atoms)
                verdict = _with_cause(evidence, stated[row], bound, verdict, names)
            own = evidence.units["unit_id"][evidence.codes[level] == code]
            yield Breach(
                grid=str(code),
                level=level,
                rule="range",
                reason=verdict.reason,
                proven=verdict.proven,
                message=out_of_range(str(code), value, bound, verdict.why),
                measure=bound.measure,
                value=value,
                min=bound.min,
                max=bound.max,
                clause=bound.clause,
                hard=bound.hard,
                units=names or tuple(own),
            )


GIVEN = Verdict("given", True, Sentence("communities_given"))


def _whole_verdict(value: float, bound: Range) -> Verdict:
    """Return why a whole community is out of range."""
    small = bound.min is not None and value < bound.min
    reason: Reason = "community_too_small" if small else "arithmetic"
    return Verdict(reason, True, Sentence("never_divided"))


def _verdict(trial: Trial, code: str, value: float) -> Verdict:
    """Return why a grid is out of range, unless it holds what its community does not."""
    _, own = trial.grids.get(code, (0, 0.0))
    return explain(trial, code if math.isclose(own, value) else "")


def _with_cause(
    evidence: Evidence, level: Level, bound: Range, verdict: Verdict, names: tuple[object, ...]
) -> Verdict:
    """Return a verdict on an oversize unit with the reason why it is not cut."""
    cause = why_uncut(evidence.units, level, bound, names)
    if not cause:
        return verdict
    return verdict._replace(why=Sentence("and_cause", why=verdict.why, cause=cause))


def _summary(
    evidence: Evidence,
    level: str,
    measured: pd.DataFrame,
    ranged: Sequence[Breach],
    walked: Walked,
) -> LevelSummary:
    """Return the grids of one level in numbers."""
    load = measured["workload"].to_numpy()
    load = load[load > 0]
    oversize = {b.grid for b in ranged if b.proven and b.reason == "oversize_unit"}
    return LevelSummary(
        level=level,
        title=evidence.level(level).title,
        n_grids=len(measured),
        n_in_range=len(measured) - len({b.grid for b in ranged}),
        n_oversize=len(oversize),
        totals={measure: total_of(measured[measure]) for measure in evidence.measures},
        cv=float(load.std() / load.mean()) if load.size else 0.0,
        max_min=float(load.max() / load.min()) if load.size else 1.0,
        spreads={m: s for m in evidence.measures if (s := spread(measured[m])) is not None},
        polsby_popper=float(measured["polsby_popper"].mean()) if len(measured) else math.nan,
        **walked.summary(),
    )
