"""From labels to a plan: every grid coded, drawn, summed, described and judged."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart.assemble import GRID_COLUMNS, Coded, code_exclusive, code_grids, join_shares
from gridpart.described import describe
from gridpart.district import District
from gridpart.estimates import mark_estimated
from gridpart.hierarchy import Division
from gridpart.keeping import area_types, excused
from gridpart.metrics import Report, evaluate_grids, measure_grids
from gridpart.model import Level, Note
from gridpart.moves import change_tables
from gridpart.plan import Plan
from gridpart.remarks import assumed, opened
from gridpart.revise import InForce, aligned_codes, code_table, told_changes
from gridpart.rules import RuleSet, rules_to_toml
from gridpart.succession import Heritage
from gridpart.territory import Territory, measures_of
from gridpart.workload import grid_difficulty

__all__ = ["assemble_plan", "ground_of"]


def assemble_plan(
    district: District,
    rules: RuleSet,
    units: gpd.GeoDataFrame,
    divided: Sequence[tuple[Territory, Division | None]],
    notes: tuple[Note, ...],
    run: Mapping[str, str],
    *,
    old: InForce | None = None,
    drawn: pd.DataFrame | None = None,
    kept: Sequence[str] = (),
) -> Plan:
    """Return the plan with every grid coded, measured and judged.

    Parameters
    ----------
    district : District
    rules : RuleSet
    units : GeoDataFrame
        As ``prepare_units`` returns them.
    divided : sequence of (Territory, Division or None)
        Every community, with its labels.
    notes : tuple of Note
        What was said on the way here.
    run : mapping
        ``seed`` and ``stopped_by`` for the plan's ``meta``.
    old : InForce, optional
        The plan in force: grids that continue its grids keep their codes.
    drawn : DataFrame, optional
        Codes that the planner wrote for the grids, which go before those of `old`: a column
        for each level, rows as those of `units`.
    kept : sequence of str
        Codes of grids that stay by wish.
    """
    before = None if old is None else aligned_codes(units, old)
    wished = before if drawn is None else drawn
    taken = frozenset() if old is None else old.taken
    territories = [territory for territory, _ in divided]
    codings = [
        _code(t, division, rules, district, _heritage(t, wished, taken, rules))
        for t, division in divided
    ]
    units = _labeled(units, rules, territories, codings)
    layers = {
        level.id: _table(
            _grids_of(level, codings, district), units, f"{level.id}_code", rules, district,
        )
        for level in rules.levels
    }  # fmt: skip
    # A site belongs to the community that it stands in, whatever lies above that.
    home = next((v.id for v in reversed(rules.levels) if v.is_whole), rules.levels[0].id)
    sites = [
        code_exclusive(
            t.sites,
            t.community,
            rules,
            coded.grids[home]["grid_code"].iloc[0],
            kept={} if old is None else old.sites,
            taken=taken,
        )
        for t, coded in zip(territories, codings, strict=True)
        if len(t.sites)
    ]
    exclusive = _exclusive_table(sites, units, rules, district)
    cells = ground_of(territories, district)
    report = evaluate_grids(
        layers, units, communities=district.communities, exclusive=exclusive,
        barriers=district.barriers, crossings=district.crossings, cells=cells, rules=rules,
        streets=district.streets, stations=district.stations,
    )  # fmt: skip
    report = excused(report, kept, rules, area_types(layers.values()))
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
    this_run = f"{district.source_hash[:8]}/{run['seed'] or run['stopped_by']}"
    tables = (
        {}
        if old is None or before is None
        else change_tables(units, before, _divided_levels(rules), rules.measure)
    )
    code_list = code_table(codes.tolist(), old, this_run)
    told = [] if old is None else told_changes(old, units, _divided_levels(rules), code_list)
    meta = {} if old is None else {"previous": old.name}
    meta |= {"kept": ", ".join(kept)} if kept else {}
    return Plan(
        district=district,
        rules=rules,
        layers=layers,
        exclusive=mark_estimated(exclusive.assign(in_range=True), guessed),
        units=mark_estimated(units, guessed),
        cells=cells,
        report=report,
        notes=(*district.notes, *notes, *openings, *assumed(district, rules), *told),
        codes=code_list,
        meta={
            "rules": rules_to_toml(rules),
            "seed": run["seed"],
            "version": version("gridpart"),
            "source_hash": district.source_hash,
            "stopped_by": run["stopped_by"],
            **({"estimated": ", ".join(guessed)} if guessed else {}),
            **meta,
        },
        tables=tables,
    )


def _divided_levels(rules: RuleSet) -> list[str]:
    """Return the levels that divide communities."""
    return [v.id for v in rules.levels if not v.is_whole]


def _heritage(
    territory: Territory, codes: pd.DataFrame | None, taken: frozenset[str], rules: RuleSet
) -> Heritage | None:
    """Return what the units of one community bring along, None where nothing stands yet."""
    if codes is None:
        return None
    own = codes.loc[territory.units.index]
    return Heritage(
        codes={level: own[level].to_numpy(object) for level in own.columns},
        weight=territory.units[rules.measure].fillna(0).to_numpy(np.float64),
        taken=taken,
    )


def _code(
    territory: Territory,
    division: Division | None,
    rules: RuleSet,
    district: District,
    heritage: Heritage | None,
) -> Coded:
    """Return the coded grids of one community; without units it is one grid of each whole level."""
    sites = territory.sites.geometry.to_numpy()
    if division is not None:
        return code_grids(
            territory.community, territory.levels, rules, division, territory.cells, sites,
            units=territory.units, heritage=heritage,
        )  # fmt: skip
    tops = [level for level in territory.levels if level.is_whole] or territory.levels[:1]
    own = district.communities["community_id"] == territory.community["community_id"]
    whole = Division({top.id: np.zeros(1, np.int32) for top in tops}, (), "budget")
    shape = district.communities.geometry[own].to_numpy()
    coded = code_grids(territory.community, tops, rules, whole, shape, np.empty(0, dtype=object))
    return Coded({}, coded.grids)


def _grids_of(level: Level, codings: Sequence[Coded], district: District) -> list[pd.DataFrame]:
    """Return the grids of one level, community by community or put together above them."""
    tables = [coded.grids[level.id] for coded in codings if level.id in coded.grids]
    return [join_shares(tables, district.communities)] if level.is_joined and tables else tables


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
    found = measure_grids(units, code_column, grids, measures)
    hard = grid_difficulty(units, list(units[code_column]), found.index, rules)
    found = pd.concat([found, hard], axis=1).reset_index(drop=True)
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


def ground_of(territories: Sequence[Territory], district: District) -> gpd.GeoDataFrame:
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
