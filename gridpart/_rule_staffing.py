"""What a rule set says of staff: the posts of each grid, and how long a round of visits takes.

Form and sense of the table ``staffing`` stand here together, so that nothing else has to
know what a post is.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gridpart._rule_stated import stated
from gridpart.errors import near_names

__all__ = [
    "STAFFING_CHECKS",
    "STAFFING_SHAPES",
    "Post",
    "Staffing",
    "Sweep",
    "build_staffing",
    "staffing_faults",
    "staffing_table",
]

COUNTS = ("number", "per", "hours_per_month")
"""How a post is counted; each has exactly one."""


@dataclass(frozen=True, slots=True)
class Post:
    """One kind of post, and how many of them grids need."""

    id: str
    title: str
    level: str
    """Id of the level whose grids have the post, or ``exclusive``."""
    number: float | None = None
    """Posts for each grid on average: 1.72 is one for each, and a second one for 72 in 100."""
    per: float | None = None
    """One post for each begun `per` of `measure`."""
    measure: str = ""
    hours_per_month: float | None = None
    """One post for each begun `hours_per_month` of the grid's hours."""
    shared_by: int = 1
    """How many neighboring grids of one parent may have one person in common: 1 or 2."""
    kinds: tuple[str, ...] = ()
    """Kinds of exclusive grids that have the post; all where none is named."""
    full_time: bool = False
    clause: str = ""
    label: str = "assumption"


@dataclass(frozen=True, slots=True)
class Sweep:
    """How long it takes to visit every household."""

    measure: str
    level: str
    """The level whose grids are swept in `min_hours` to `max_hours`."""
    per_day: float
    """What one person visits in a day."""
    minutes: float
    """Minutes of one visit, with the way to the next."""
    min_hours: float
    max_hours: float
    clause: str = ""
    label: str = "assumption"


@dataclass(frozen=True, slots=True)
class Staffing:
    """Posts, rounds, and where the data say what a grid's staff should be able to do."""

    posts: tuple[Post, ...] = ()
    sweep: Sweep | None = None
    skills_column: str = ""
    """Column of the units with skills or languages that their grid needs."""


# --- form ---------------------------------------------------------------------------------

_CITED = {"clause": "text!", "label": "label!"}

STAFFING_SHAPES: dict[str, dict[str, str]] = {
    "staffing": {"post": "[post]", "sweep": "{sweep}", "skills_column": "text"},
    "post": {
        "id": "text!",
        "title": "text!",
        "level": "text!",
        "number": "number",
        "per": "number",
        "measure": "text",
        "hours_per_month": "number",
        "shared_by": "count",
        "kinds": "names",
        "full_time": "flag",
        **_CITED,
    },
    "sweep": {
        "measure": "text!",
        "level": "text!",
        "per_day": "number!",
        "minutes": "number!",
        "min_hours": "number!",
        "max_hours": "number!",
        **_CITED,
    },
}
"""The keys of each table, in the notation of ``_rule_form``."""


def _check_post(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield how the numbers of a post contradict one another."""
    stated = [key for key in COUNTS if key in table]
    if len(stated) != 1:
        told = " and ".join(stated) if stated else "none of them"
        yield f"a post is counted by exactly one of {', '.join(COUNTS)}; stated: {told}"
    yield from (
        f"{key} is 0: no number of posts would do"
        for key in ("per", "hours_per_month")
        if table.get(key) == 0
    )
    if ("per" in table) != ("measure" in table):
        yield "'per' and 'measure' go together, as in per = 1000, measure = \"population\""
    shared = table.get("shared_by", 1)
    if shared not in (1, 2):
        yield f"shared_by is {shared!r}, wanted 1 or 2: one person heads at most two grids"
    number: Any = table.get("number")
    if shared == 2 and not (isinstance(number, int | float) and number <= 1):
        yield "shared_by = 2 needs a number of at most 1 for each grid"
    if "kinds" in table and table.get("level") != "exclusive":
        yield "'kinds' are those of exclusive grids; write level = \"exclusive\""


def _check_sweep(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield how the numbers of a sweep contradict one another."""
    low, high = table.get("min_hours", 0), table.get("max_hours", math.inf)
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        yield f"min_hours {low:g} is greater than max_hours {high:g}"
    yield from (
        f"{key} is 0: no sweep would end" for key in ("per_day", "max_hours") if table.get(key) == 0
    )


STAFFING_CHECKS: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "post": _check_post,
    "sweep": _check_sweep,
}


# --- values -------------------------------------------------------------------------------


def build_staffing(table: Mapping[str, Any]) -> Staffing:
    """Return the staffing that a table states, whose form is right."""
    sweep = table.get("sweep")
    return Staffing(
        posts=tuple(_built(Post, t) for t in table.get("post", ())),
        sweep=_built(Sweep, sweep) if sweep else None,
        skills_column=table.get("skills_column", ""),
    )


def _built(kind: type, table: Mapping[str, Any]) -> Any:
    """Return a value; whole numbers are kept as floats but where they are counts."""
    own: dict[str, Any] = {
        k: float(v) if isinstance(v, int) and not isinstance(v, bool) and k != "shared_by" else v
        for k, v in table.items()
    }
    if "kinds" in own:
        own["kinds"] = tuple(own["kinds"])
    return kind(**own)


def staffing_table(staffing: Staffing) -> dict[str, Any]:
    """Return the table that reads back as `staffing`."""
    table: dict[str, Any] = {}
    if staffing.skills_column:
        table["skills_column"] = staffing.skills_column
    if staffing.sweep is not None:
        table["sweep"] = stated(staffing.sweep)
    if staffing.posts:
        table["post"] = [stated(post) for post in staffing.posts]
    return table


# --- sense --------------------------------------------------------------------------------


def staffing_faults(
    staffing: Staffing, levels: Iterable[str], kinds: Iterable[str]
) -> Iterator[str]:
    """Yield which posts belong to no level or kind of the rule set, or bear a name twice.

    Examples
    --------
    >>> guard = Post("guard", "保安", "block", number=1)
    >>> list(staffing_faults(Staffing((guard,)), ["overall", "micro"], []))
    ["staffing, post 'guard': no level 'block'; known names: exclusive, micro, overall"]
    """
    levels, kinds = list(levels), list(kinds)
    for what in ("id", "title"):
        names = [getattr(post, what) for post in staffing.posts]
        for name in dict.fromkeys(n for n in names if names.count(n) > 1):
            yield f"staffing: {names.count(name)} posts have the {what} {name!r}"
    known = [*levels, "exclusive"]
    for post in staffing.posts:
        place = f"staffing, post {post.id!r}"
        if post.level not in known:
            yield f"{place}: no level {post.level!r}; {near_names(post.level, known)}"
        for kind in post.kinds:
            if kind not in kinds:
                yield f"{place}: no kind {kind!r} in [exclusive.kinds]; {near_names(kind, kinds)}"
    if staffing.sweep is not None and staffing.sweep.level not in levels:
        level = staffing.sweep.level
        yield f"staffing, sweep: no level {level!r}; {near_names(level, levels)}"
