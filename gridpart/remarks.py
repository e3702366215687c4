"""What a plan tells of how it was made: said before, opened on the way, assumed."""

from gridpart.arithmetic import feasible_counts, gap_sentence
from gridpart.hierarchy import Division
from gridpart.model import Note
from gridpart.rules import RuleSet
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


def assumed(rules: RuleSet) -> list[Note]:
    """Return how the radius was measured, where a level has one."""
    radii = [level.radius for level in rules.levels if level.radius is not None]
    if not radii:
        return []
    text = f"Radius is the straight line from a grid's middle times {radii[0].detour:g}"
    return [Note("assumption", f"{text}, an assumption for the walk.")]
