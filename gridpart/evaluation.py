"""Plans and layers of grids held to a rule set, whoever made them."""

import geopandas as gpd

from gridpart.carving import carve_sites
from gridpart.district import District
from gridpart.drawn import codes_at, located_grids
from gridpart.errors import DataError
from gridpart.incident_counts import count_incidents
from gridpart.keeping import area_types, excused
from gridpart.metrics import Report, evaluate_grids
from gridpart.plan import Plan
from gridpart.rules import RuleSet
from gridpart.tally import ground_of
from gridpart.territory import prepare_units, require_measures, survey

__all__ = ["evaluate"]


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
        held = rules or plan.rules
        report = evaluate_grids(
            plan.layers, plan.units, communities=plan.district.communities,
            exclusive=plan.exclusive, barriers=plan.district.barriers,
            crossings=plan.district.crossings, cells=plan.cells, rules=held,
            streets=plan.district.streets, stations=plan.district.stations,
        )  # fmt: skip
        kept = [code for code in plan.meta.get("kept", "").split(", ") if code]
        return excused(report, kept, held, area_types(plan.layers.values()))
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
    district, _ = count_incidents(district, rules)
    require_measures(district, rules)
    district, _ = carve_sites(district, rules)
    units, _, _ = prepare_units(district, rules, cut=False)
    grids = located_grids(plan, district, rules.level(level))
    codes = codes_at(grids, units)
    places = range(len(district.communities))
    cells = ground_of([survey(district, rules, units, at) for at in places], district)
    return evaluate_grids(
        {level: grids}, units.assign(**{f"{level}_code": codes}),
        communities=district.communities, exclusive=district.exclusive,
        barriers=district.barriers, crossings=district.crossings, cells=cells, rules=rules,
        streets=district.streets, stations=district.stations,
    )  # fmt: skip
