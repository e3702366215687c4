"""Persons of a roster on the posts of a plan: as many posts as can be, near home, and fit.

First the most posts are filled, every grid once before any twice; then the fewest wanted
skills are lacking, and then the walks from home to the grids add up to the least. Among equals
the order of codes decides.
"""

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.access import walk_m
from gridpart.cell_values import narrow
from gridpart.errors import DataError, RulesError, name_some, near_names
from gridpart.model import Note
from gridpart.offers import Offer, best_match
from gridpart.plan import Plan
from gridpart.roster import Person, Roster, split_list
from gridpart.schema import TEXT
from gridpart.sentences import Sentence
from gridpart.service import walk_between, walking_streets
from gridpart.shape import label_centers
from gridpart.staffing import staff_plan

__all__ = ["assign_staff"]

KIND = "staff"
"""Of the notes that an assignment leaves."""

PERSON_COLUMNS = (
    "person_code", "status", "grid_code", "post", "walk_m", "walk_by", "lacks", "home",
)  # fmt: skip

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def assign_staff(plan: Plan, roster: Roster) -> Plan:
    """Return the plan with the persons of a roster on its posts.

    The table ``staffing`` gets ``filled``, ``person_codes`` and ``vacant``, and a table
    ``persons`` has a row for each appointment and for each person left over. An assignment
    made before is forgotten.

    Parameters
    ----------
    plan : Plan
    roster : Roster
        As ``read_roster`` returns it.

    Raises
    ------
    RulesError
        If the plan's rules state no posts.
    DataError
        If the roster names a post that they do not have.
    """
    plan = _unassigned(plan)
    staffing = plan.rules.staffing
    assert staffing is not None
    persons = sorted(roster.persons, key=lambda person: person.code)
    allowed_posts = _posts_of(plan, persons)
    table = plan.tables["staffing"]
    rows = np.flatnonzero(table["needed"].to_numpy() > 0)
    posts = table.iloc[rows]
    homes, kinds, notes = _homes(plan, persons)
    grids = sorted({*posts["grid_code"], *posts["shared_with"]} - {""})
    meters, assumed = _walks(plan, homes, grids)
    at = {code: place for place, code in enumerate(grids)}
    first = posts["grid_code"].map(at).to_numpy(np.int64)
    other = posts["shared_with"].where(posts["shared_with"] != "", posts["grid_code"])
    second = other.map(at).to_numpy(np.int64)
    wanted = _wanted_skills(plan, posts)
    offer = Offer(
        allowed=np.array(
            [[p in own for p in posts["post"]] for own in allowed_posts], dtype=bool
        ).reshape(len(persons), len(posts)),
        lacking=np.array(
            [[len(w - person.skills) for w in wanted] for person in persons], dtype=np.int64
        ).reshape(len(persons), len(posts)),
        meters=np.rint((meters[:, first] + meters[:, second]) / 2).astype(np.int64),
        capacity=np.array([person.capacity for person in persons], dtype=np.int64),
        places=posts["needed"].to_numpy(np.int64),
    )
    match = best_match(offer)
    appointments = _appointments(persons, kinds, posts, match, wanted)
    known = np.array([kind != "unknown" for kind in kinds], dtype=bool)
    appointments["walk_m"] = [
        float(offer.meters[p, s]) if s >= 0 and known[p] else np.nan for p, s in match
    ]
    by = ["straight" if s >= 0 and assumed[p, [first[s], second[s]]].any() else "streets"
          for p, s in match]  # fmt: skip
    appointments["walk_by"] = pd.Series(
        ["" if np.isnan(m) else b for m, b in zip(appointments["walk_m"], by, strict=True)],
        dtype=TEXT,
    )
    table = _filled(table, appointments)
    notes += _told(table, appointments)
    return replace(
        plan,
        tables={**plan.tables, "staffing": table, "persons": appointments[list(PERSON_COLUMNS)]},
        notes=(*plan.notes, *(replace(n, kind=KIND) for n in (*roster.notes, *notes))),
    )


def _unassigned(plan: Plan) -> Plan:
    """Return the plan with its posts, all of them vacant."""
    if plan.rules.staffing is None or not plan.rules.staffing.posts:
        raise RulesError(
            f"The rule set {plan.rules.id} of the plan states no posts.",
            found="no table [[staffing.post]]",
            wanted="at least one post, as `gridpart rules show qixian` prints them",
            fix="add posts to the rule set and divide the district again",
        )
    notes = tuple(note for note in plan.notes if note.kind != KIND)
    if "staffing" not in plan.tables:
        return staff_plan(replace(plan, notes=notes))
    table = plan.tables["staffing"]
    empty = table.assign(filled=0, vacant=table["needed"])
    empty["person_codes"] = pd.Series("", index=table.index, dtype=TEXT)
    return replace(plan, notes=notes, tables={**plan.tables, "staffing": empty})


def _posts_of(plan: Plan, persons: Sequence[Person]) -> list[set[str]]:
    """Return the posts that each person may hold, by id."""
    assert plan.rules.staffing is not None
    posts = plan.rules.staffing.posts
    ids = {narrow(name): post.id for post in posts for name in (post.id, post.title)}
    unknown = sorted({name for person in persons for name in person.posts} - set(ids))
    if unknown:
        raise DataError(
            f"The roster names {len(unknown)} posts that the rules do not have.",
            found="; ".join(f"{name}: {near_names(name, ids)}" for name in unknown[:5]),
            wanted=f"posts of the rule set {plan.rules.id}: {name_some(ids, most=12)}",
            fix="correct the column posts, or leave it empty for any post",
        )
    every = {post.id for post in posts}
    return [{ids[name] for name in person.posts} or every for person in persons]


# --- where ---------------------------------------------------------------------------------


def _homes(plan: Plan, persons: Sequence[Person]) -> tuple[Floats, list[str], list[Note]]:
    """Return where each person lives (nan: nobody knows), how that is known, and notes."""
    district = plan.district
    units = dict(zip(district.units["unit_id"].astype(str), district.units.geometry, strict=True))
    areas = {
        str(row[key]): row.geometry
        for _, row in district.communities.iterrows()
        for key in ("name", "community_id")
    }
    places = np.full((len(persons), 2), np.nan)
    kinds, strange = [], []
    for row, person in enumerate(persons):
        kind, shape = "unknown", None
        if person.home_unit in units:
            kind, shape = "unit", shapely.centroid(units[person.home_unit])
        elif person.point is not None:
            spot = gpd.GeoSeries([shapely.Point(person.point)], crs="EPSG:4326")
            kind, shape = "point", spot.to_crs(district.crs).iloc[0]
        elif person.community in areas:
            kind, shape = "community", shapely.point_on_surface(areas[person.community])
        if (person.home_unit and person.home_unit not in units) or (
            person.community and person.community not in areas
        ):
            strange.append(person.code)
        if shape is not None:
            places[row] = shapely.get_x(shape), shapely.get_y(shape)
        kinds.append(kind)
    return places, kinds, list(_home_notes(persons, kinds, strange))


def _home_notes(persons: Sequence[Person], kinds: list[str], strange: list[str]) -> list[Note]:
    """Return what has to be said of homes."""
    homeless = [p.code for p, kind in zip(persons, kinds, strict=True) if kind == "unknown"]
    middle = [p.code for p, kind in zip(persons, kinds, strict=True) if kind == "community"]
    notes = []
    if strange:
        text = Sentence("home_strange", n=len(strange), persons=strange)
        notes.append(Note(KIND, text, tuple(strange)))
    if homeless:
        text = Sentence("home_unknown", n=len(homeless), persons=homeless)
        notes.append(Note(KIND, text, tuple(homeless)))
    if middle:
        text = Sentence("home_community", n=len(middle), persons=middle)
        notes.append(Note(KIND, text, tuple(middle)))
    return notes


def _walks(plan: Plan, homes: Floats, grids: Sequence[str]) -> tuple[Floats, Flags]:
    """Return the walks from homes to the middles of grids, and where they are assumed.

    Whoever has no known home is as far from everywhere as the farthest of the others.
    """
    known = np.isfinite(homes[:, 0])
    meters = np.zeros((len(homes), len(grids)))
    assumed = np.zeros(meters.shape, dtype=bool)
    if known.any() and grids:
        unique, back = np.unique(homes[known], axis=0, return_inverse=True)
        places = np.concatenate([unique, _middles(plan, grids)])
        district = plan.district
        streets = walking_streets(district.streets, district.barriers, district.crossings)
        frame = gpd.GeoDataFrame(geometry=shapely.points(places), crs=district.crs)
        walk = walk_between(frame, streets)
        ways, guessed = walk_m(walk, np.arange(len(unique)), np.arange(len(unique), len(places)))
        meters[known], assumed[known] = ways[back.ravel()], guessed[back.ravel()]
    meters[~known] = meters.max(initial=0.0) + 1
    return meters, assumed


def _middles(plan: Plan, grids: Sequence[str]) -> Floats:
    """Return for each grid the unit nearest to the middle of its workload."""
    tables = [*plan.layers.items(), ("exclusive", plan.exclusive)]
    outlines = {
        str(code): (level, shape)
        for level, table in tables
        for code, shape in zip(table["grid_code"], table.geometry, strict=True)
    }
    centers = shapely.centroid(plan.units.geometry.to_numpy())
    xy = np.column_stack([shapely.get_x(centers), shapely.get_y(centers)])
    load = plan.units["workload"].fillna(0).to_numpy(np.float64)
    members = {
        (level, str(code)): places
        for level in plan.layers
        for code, places in plan.units.groupby(f"{level}_code").indices.items()
    }
    found = np.empty((len(grids), 2))
    for row, code in enumerate(grids):
        level, shape = outlines[code]
        own = members.get((level, code))
        if own is None:
            inner = shapely.point_on_surface(shape)
            found[row] = shapely.get_x(inner), shapely.get_y(inner)
            continue
        middle = label_centers(np.zeros(len(own), np.int64), xy[own], load[own])[0]
        found[row] = xy[own][np.argmin(np.round(np.hypot(*(xy[own] - middle).T), 3))]
    return found


def _wanted_skills(plan: Plan, posts: pd.DataFrame) -> list[frozenset[str]]:
    """Return the skills that the units of each post's grid, or of both its grids, want."""
    assert plan.rules.staffing is not None
    column = plan.rules.staffing.skills_column
    if not column or column not in plan.units:
        return [frozenset()] * len(posts)
    listed = plan.units[column].map(split_list)
    wanted: dict[tuple[str, str], frozenset[str]] = {}
    for level in plan.layers:
        for code, own in listed.groupby(plan.units[f"{level}_code"]):
            wanted[level, str(code)] = frozenset(skill for items in own for skill in items)
    sites = dict(zip(plan.exclusive["exclusive_id"], plan.exclusive["grid_code"], strict=True))
    for site, own in listed.groupby(plan.units["exclusive_id"].map(sites)):
        wanted["exclusive", str(site)] = frozenset(skill for items in own for skill in items)
    return [
        wanted.get((level, code), frozenset()) | wanted.get((level, other), frozenset())
        for level, code, other in zip(
            posts["level"], posts["grid_code"], posts["shared_with"], strict=True
        )
    ]


# --- what came of it ------------------------------------------------------------------------


def _appointments(
    persons: Sequence[Person],
    kinds: Sequence[str],
    posts: pd.DataFrame,
    match: Sequence[tuple[int, int]],
    wanted: Sequence[frozenset[str]],
) -> pd.DataFrame:
    """Return a row for each appointment and each person left over, without the walks."""
    rows = []
    for person, slot in match:
        own, busy = persons[person], slot >= 0
        rows.append(
            {
                "person_code": own.code,
                "status": "assigned" if busy else "left_over",
                "grid_code": str(posts["grid_code"].iloc[slot]) if busy else "",
                "post": str(posts["post"].iloc[slot]) if busy else "",
                "lacks": ";".join(sorted(wanted[slot] - own.skills)) if busy else "",
                "home": kinds[person],
            }
        )
    columns = ("person_code", "status", "grid_code", "post", "lacks", "home")
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=TEXT) for name in columns}
    )


def _filled(table: pd.DataFrame, appointments: pd.DataFrame) -> pd.DataFrame:
    """Return the table of posts with the persons who hold them; a shared post names its own."""
    held: dict[tuple[str, str], list[str]] = {}
    for row in appointments[appointments["status"] == "assigned"].itertuples():
        held.setdefault((str(row.grid_code), str(row.post)), []).append(str(row.person_code))
    codes, filled = [], []
    for row in table.itertuples():
        own = held.get((str(row.grid_code), str(row.post)), [])
        filled.append(len(own))
        if not row.needed and row.shared_with:
            own = held.get((str(row.shared_with), str(row.post)), [])
        codes.append(";".join(own))
    return table.assign(
        filled=np.array(filled, dtype=np.int64),
        person_codes=pd.Series(codes, index=table.index, dtype=TEXT),
        vacant=table["needed"].to_numpy() - np.array(filled, dtype=np.int64),
    )


def _told(table: pd.DataFrame, appointments: pd.DataFrame) -> list[Note]:
    """Return what is vacant, who is left over, what is lacking and what is assumed."""
    notes = []
    vacant = table.groupby("title", sort=False)["vacant"].sum()
    if vacant.sum():
        listed = [Sentence("vacancy", title=title, n=n) for title, n in vacant.items() if n]
        total = table["needed"].sum()
        text = Sentence("vacant", n=vacant.sum(), total=total, posts=listed)
        notes.append(Note(KIND, text, tuple(table.loc[table["vacant"] > 0, "grid_code"].unique())))
    idle = appointments.loc[appointments["status"] == "left_over", "person_code"].tolist()
    if idle:
        text = Sentence("left_over", n=len(idle), persons=idle)
        notes.append(Note(KIND, text, tuple(idle)))
    lacking = appointments[appointments["lacks"] != ""]
    if len(lacking):
        shown = [
            Sentence("lacking", person=r.person_code, code=r.grid_code, skills=r.lacks)
            for r in lacking.itertuples()
        ]
        text = Sentence("skills_lacking", n=len(lacking), persons=shown)
        notes.append(Note(KIND, text, tuple(lacking["person_code"])))
    straight = appointments[appointments["walk_by"] == "straight"]
    if len(straight):
        text = Sentence("straight_homes", n=len(straight))
        notes.append(Note(KIND, text, tuple(straight["person_code"])))
    return notes
