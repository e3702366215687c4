"""What a plan tells of how it was made: said before, opened on the way, assumed."""

from gridpart.access import REACH_M, meeting_pieces
from gridpart.arithmetic import feasible_counts, gap_sentence
from gridpart.district import District
from gridpart.errors import name_some
from gridpart.hierarchy import Division
from gridpart.model import Note
from gridpart.rules import RuleSet
from gridpart.service import lay_walk
from gridpart.territory import Territory

__all__ = ["assumed", "foretold", "opened"]

WHY_OPENED = {
    "exceeds": "it holds more than a grid may",
    "pieces": "it lies in pieces, cut by a barrier or another unit",
    "range": "or a grid would be out of range",
}


def foretold(territory: Territory) -> list[Note]:
    """Return the totals of a community that no number of grids can hold, before any search."""
    if territory.ground is None:
        return []
    notes = []
    for level in territory.levels:
        if level.made_of in ("district", "community"):
            continue
        for bound in level.ranges:
            lower = -float("inf") if bound.min is None else bound.min
            upper = float("inf") if bound.max is None else bound.max
            column = territory.ground.measures.index(bound.measure)
            total = float(territory.ground.sizes[:, column].sum())
            if bound.hard and not feasible_counts(total, lower, upper):
                name = territory.community["name"]
                why = gap_sentence(total, lower, upper, bound.measure)
                text = f"No number of {level.id} grids divides {name}: {why}."
                notes.append(Note("warning", text, (territory.community["community_id"],)))
    return notes


def opened(territory: Territory, division: Division | None, measure: str) -> list[Note]:
    """Return one note a compound that lies in several grids of a level."""
    if division is None:
        return []
    units = territory.units
    names = sorted({str(name) for name in units["compound_id"].dropna()})
    counts = units.groupby("compound_id")[measure].sum()
    return [
        Note(
            "opened",
            f"Compound {names[o.compound]} ({counts[names[o.compound]]} {measure}) lies in "
            f"several {o.level} grids: {WHY_OPENED[o.why]}.",
            (names[o.compound],),
        )
        for o in division.openings
    ]


def assumed(district: District, rules: RuleSet) -> list[Note]:
    """Return how the radius was measured, where a level has one."""
    levels = [*rules.levels, *rules.rural_levels]
    radii = [level.radius for level in levels if level.radius is not None]
    if not radii:
        return []
    detour = f"the straight line times {radii[0].detour:g}, an assumption for the walk"
    notes = []
    if any(radius.origin == "station" for radius in radii) and district.stations.empty:
        text = "The rules measure walks from stations, and the district has none"
        notes.append(Note("assumption", f"{text}: a grid's best center stands in."))
    if district.streets.empty:
        text = "Radius is measured from a grid's middle; with no streets given, a walk is"
        return [*notes, Note("assumption", f"{text} {detour}.")]
    return [*notes, *_walked(district, detour)]


def _walked(district: District, detour: str) -> list[Note]:
    """Return what is assumed of walks though streets are given."""
    walk = lay_walk(district.units, district.streets, district.barriers, district.crossings)
    far = district.units.loc[walk.is_far, "unit_id"].astype(str)
    notes = []
    if len(far):
        text = (
            f"{len(far)} of {len(district.units)} units have no street within {REACH_M:g} m; where "
            f"it is shorter than by the nearest street, their way is {detour}: {name_some(far)}."
        )
        notes.append(Note("assumption", text, tuple(far)))
    pieces = meeting_pieces(walk)
    if pieces > 1:
        text = f"The streets are in {pieces} pieces that do not meet; between them a walk is"
        notes.append(Note("assumption", f"{text} {detour}."))
    return notes
