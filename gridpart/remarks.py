"""What a plan tells of how it was made: said before, opened on the way, assumed."""

from gridpart.access import REACH_M, meeting_pieces
from gridpart.arithmetic import feasible_counts, gap_sentence
from gridpart.district import District
from gridpart.hierarchy import Division
from gridpart.model import Note
from gridpart.rules import RuleSet
from gridpart.sentences import Sentence
from gridpart.service import lay_walk
from gridpart.territory import Territory

__all__ = ["assumed", "foretold", "opened"]

WHY_OPENED = {
    "exceeds": Sentence("opened_exceeds"),
    "pieces": Sentence("opened_pieces"),
    "balance": Sentence("opened_balance"),
    "range": Sentence("opened_range"),
}


def foretold(territory: Territory) -> list[Note]:
    """Return the totals of a community that no number of grids can hold, before any search."""
    if territory.ground is None:
        return []
    notes = []
    for level in territory.levels:
        if level.is_whole:
            continue
        for bound in level.ranges:
            lower = -float("inf") if bound.min is None else bound.min
            upper = float("inf") if bound.max is None else bound.max
            column = territory.ground.measures.index(bound.measure)
            total = float(territory.ground.sizes[:, column].sum())
            if bound.hard and not feasible_counts(total, lower, upper):
                name = territory.community["name"]
                why = gap_sentence(total, lower, upper, bound.measure)
                text = Sentence("no_number", level=level.id, name=name, why=why)
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
            Sentence(
                "opened",
                name=names[o.compound],
                held=(counts[names[o.compound]], measure),
                level=o.level,
                why=WHY_OPENED[o.why],
            ),
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
    way = Sentence("straight_line", detour=f"{radii[0].detour:g}")
    notes = []
    if any(radius.origin == "station" for radius in radii) and district.stations.empty:
        notes.append(Note("assumption", Sentence("no_stations")))
    if district.streets.empty:
        return [*notes, Note("assumption", Sentence("no_streets", way=way))]
    return [*notes, *_walked(district, way)]


def _walked(district: District, way: Sentence) -> list[Note]:
    """Return what is assumed of walks though streets are given."""
    walk = lay_walk(district.units, district.streets, district.barriers, district.crossings)
    far = district.units.loc[walk.is_far, "unit_id"].astype(str)
    notes = []
    if len(far):
        text = Sentence(
            "no_street_near", n=len(far), total=len(district.units), reach=f"{REACH_M:g}",
            way=way, units=far,
        )  # fmt: skip
        notes.append(Note("assumption", text, tuple(far)))
    pieces = meeting_pieces(walk)
    if pieces > 1:
        notes.append(Note("assumption", Sentence("streets_apart", pieces=pieces, way=way)))
    return notes
