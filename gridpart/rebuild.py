"""Grids as a planner labeled them by hand: outlines, nesting, codes, sums and breaches anew."""

from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.carving import carve_sites
from gridpart.coding import refuse_mixed
from gridpart.district import District
from gridpart.errors import DataError, name_some
from gridpart.hierarchy import Division
from gridpart.incident_counts import count_incidents
from gridpart.model import Level, Note
from gridpart.openings import find_openings
from gridpart.plan import Plan
from gridpart.remarks import foretold
from gridpart.revise import InForce
from gridpart.rules import RuleSet
from gridpart.sentences import Sentence
from gridpart.solvers.construct import canonical
from gridpart.staffing import require_posts, staff_plan
from gridpart.subdistricts import with_streets
from gridpart.tally import assemble_plan
from gridpart.territory import Territory, prepare_units, require_measures, survey

__all__ = ["rebuild"]


def rebuild(
    district: District, rules: RuleSet, labels: pd.DataFrame, *, old: InForce | None = None
) -> Plan:
    """Return the plan of grids that were labeled by hand.

    Nothing is searched: units that bear the same text at a level are one grid of it. A
    text that is a valid code for its grid stays; any other stands for a new grid, whose
    code follows the template. What breaks a rule is in the report, as ever.

    Parameters
    ----------
    district : District
    rules : RuleSet
    labels : DataFrame
        By ``unit_id``: a column of text for each level that divides communities, "" for
        none. Parts of a cut building without a row of their own have the building's.
    old : InForce, optional
        The plan that was edited: codes that it retired are not given again, those no
        longer used are retired, and who moves is listed.

    Raises
    ------
    DataError
        If a unit has no label or is not known, or if grids cannot nest: a grid over two
        communities, or one inside two grids of the level above.
    """
    given, counted = count_incidents(district, rules)
    require_measures(given, rules)
    require_posts(given, rules)
    given, placed = with_streets(given, rules)
    district, carved = carve_sites(given, rules)
    units, cuts, told = prepare_units(district, rules)
    drawn = _drawn(units, district, rules, labels)
    places = range(len(district.communities))
    territories = [survey(district, rules, units, at) for at in places]
    held = drawn.loc[[i for t in territories for i in t.units.index]].sort_index()
    _refuse_unlabeled(units, held, rules)
    _refuse_crossing(units, held, rules)
    refuse_mixed([territory.community for territory in territories], rules)
    divided = [(t, _division(t, drawn)) for t in territories]
    wishes, refused = _wishes(drawn, old)
    gaps = [note for territory in territories for note in foretold(territory)]
    run = {"seed": "", "stopped_by": "by_hand"}
    notes = (*placed, *carved, *cuts, *counted, *told, *gaps)
    plan = assemble_plan(district, rules, units, divided, notes, run, old=old, drawn=wishes)
    notes = (*plan.notes, *refused, *_told_codes(plan.units, held))
    return staff_plan(replace(plan, district=given, notes=notes))


def _divided(rules: RuleSet) -> list[Level]:
    """Return the levels that divide communities."""
    return [level for level in rules.levels if not level.is_whole]


def _drawn(
    units: gpd.GeoDataFrame, district: District, rules: RuleSet, labels: pd.DataFrame
) -> pd.DataFrame:
    """Return the label of each unit at each level that divides communities."""
    known = {*units["unit_id"], *district.units["unit_id"]}
    strange = [str(unit) for unit in labels.index if unit not in known]
    if strange:
        raise DataError(
            f"{len(strange)} units with labels are not in the district.",
            found=name_some(strange),
            wanted="the ids of its units, or of the parts that the rules cut buildings into",
            fix="correct the ids; parts of buildings need the rules that the plan was made with",
        )
    building = units["parent_unit_id"].where(~units["unit_id"].isin(labels.index))
    source = units["unit_id"].where(building.isna(), building)
    columns = {
        level.id: labels[level.id].reindex(source).fillna("").to_numpy(object)
        for level in _divided(rules)
    }
    return pd.DataFrame(columns, index=units.index)


def _refuse_unlabeled(units: gpd.GeoDataFrame, held: pd.DataFrame, rules: RuleSet) -> None:
    """Refuse units that need a grid and have no label."""
    for level in _divided(rules):
        bare = units.loc[held.index[held[level.id] == ""], "unit_id"]
        if len(bare):
            raise DataError(
                f"{len(bare)} of {len(held)} units have no {level.id}_code.",
                found=name_some(bare),
                wanted=f"a grid of level {level.id} for every unit",
                fix="give each the code of a neighboring grid, or a new one such as A",
            )


def _refuse_crossing(units: gpd.GeoDataFrame, held: pd.DataFrame, rules: RuleSet) -> None:
    """Refuse grids that lie in two communities, or in two grids of the level above."""
    home = units.loc[held.index, "community_id"]
    names = units.loc[held.index, "unit_id"]
    for level in _divided(rules):
        for above, what in ((home, "communities"), _above(held, level)):
            if above is None:
                continue
            for label, own in above.groupby(held[level.id]):
                if own.nunique() > 1:
                    raise _crossing(level.id, str(label), what, own, names)


def _above(held: pd.DataFrame, level: Level) -> "tuple[pd.Series[str] | None, str]":
    """Return the label of each unit at the level in which `level` nests."""
    if level.nests_in not in held:
        return None, ""
    return held[level.nests_in], f"{level.nests_in} grids"


def _crossing(
    level: str, label: str, what: str, own: "pd.Series[str]", names: "pd.Series[str]"
) -> DataError:
    """Return the error that a grid lies in several communities or grids."""
    parts = [
        f"{place} with {name_some(names[own.index[own == place]], most=3)}"
        for place in sorted(own.unique())
    ]
    return DataError(
        f"Grid {label} of level {level} lies in {len(parts)} {what}.",
        found="; ".join(parts[:3]),
        wanted="each grid inside one of them",
        fix="give the units on one side another code",
    )


def _division(territory: Territory, drawn: pd.DataFrame) -> Division | None:
    """Return the labels of one community as numbers, None where it has no units."""
    ground = territory.ground
    if ground is None:
        return None
    labels: dict[str, NDArray[np.int32]] = {}
    for level in territory.levels:
        if level.id not in drawn:
            labels[level.id] = np.zeros(ground.n_units, np.int32)
            continue
        own = drawn.loc[territory.units.index, level.id].to_numpy(object).astype(str)
        numbers = np.unique(own, return_inverse=True)[1]
        labels[level.id] = canonical(numbers.astype(np.int32))
        _refuse_groundless(territory, own, level.id)
    openings = tuple(
        opening
        for level in territory.levels
        for opening in find_openings(ground, level, labels[level.id])
    )
    return Division(labels, openings, "by_hand")


def _refuse_groundless(territory: Territory, own: NDArray[np.str_], level: str) -> None:
    """Refuse grids all of whose units lie inside exclusive sites, which have their own grid."""
    bare = np.setdiff1d(own, own[~shapely.is_missing(territory.cells)])
    if bare.size:
        units = territory.units["unit_id"][np.isin(own, bare)]
        raise DataError(
            f"{bare.size} grids of level {level} have no ground of their own.",
            found=f"{name_some(bare)}: all of {name_some(units)} lie inside exclusive sites",
            wanted="residents inside a site in a grid beside it",
            fix="give these units the code of a grid beside the site",
        )


def _wishes(drawn: pd.DataFrame, old: InForce | None) -> tuple[pd.DataFrame, list[Note]]:
    """Return the labels that may become codes: all but those retired before, and what is said."""
    retired = set() if old is None else set(old.retired)
    again = sorted({str(v) for level in drawn for v in drawn[level] if v in retired})
    if not again:
        return drawn, []
    text = Sentence("retired_not_again", codes=again)
    return drawn.mask(drawn.isin(again), ""), [Note("coded", text, tuple(again))]


def _told_codes(units: gpd.GeoDataFrame, held: pd.DataFrame) -> Iterable[Note]:
    """Yield which grids have another code than the text they were labeled with."""
    for level in held:
        codes = units.loc[held.index, f"{level}_code"]
        pairs = sorted(set(zip(held[level], codes, strict=True)))
        changed = [f"{label} -> {code}" for label, code in pairs if label != code]
        if changed:
            text = Sentence("codes_by_template", n=len(changed), level=level, pairs=changed)
            yield Note("coded", text, tuple(changed))
