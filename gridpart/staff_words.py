"""What a plan says of its staff, in words and in numbers."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from gridpart.plan import Plan
from gridpart.rules import Post, RuleSet
from gridpart.staffing import post_basis
from gridpart.telling import tell
from gridpart.wording import aligned, measure_name, words

__all__ = ["staff_dict", "staff_lines", "told_posts"]


def staff_lines(plan: Plan, lang: str) -> list[str]:
    """Return the posts by kind and how long rounds take; nothing where the rules state none."""
    found = staff_dict(plan)
    if not found:
        return []
    say = words(lang)
    lines = [say["staff"]]
    if found["posts"]:
        counted = ("needed", "filled", "vacant") if found["assigned"] else ("needed",)
        head = [say["post"], say["level"], *(say[key] for key in counted)]
        rows = [
            [
                own["title"] if lang == "zh" else own["post"],
                _level_name(plan, own["level"], lang),
                *(f"{own[key]:,}" for key in counted),
            ]
            for own in found["posts"]
        ]
        lines += aligned([head, *rows])
    return [*lines, *_sweep_lines(plan, found, lang)]


def _sweep_lines(plan: Plan, found: dict[str, Any], lang: str) -> Iterator[str]:
    """Yield how long a round takes at each level that divides communities."""
    say, sweep = words(lang), found["sweep"]
    if sweep is None:
        return
    yield "  " + say["sweep"].format(
        measure=measure_name(sweep["measure"], lang),
        per_day=f"{sweep['per_day']:g}",
        levels=say["comma"].join(
            say["sweep_day" if own["n_grids"] == 1 else "sweep_days"].format(
                level=_level_name(plan, level, lang),
                low=f"{own['least_days']:,.1f}",
                high=f"{own['most_days']:,.1f}",
            )
            for level, own in sweep["levels"].items()
        ),
    )
    own = sweep["levels"].get(sweep["level"])
    if own is not None:
        yield "  " + say["sweep_hours"].format(
            level=_level_name(plan, sweep["level"], lang),
            minutes=f"{sweep['minutes']:g}",
            hours=f"{sweep['max_hours']:g}",
            n=f"{own['n_grids'] - own['n_above']:,}",
            total=f"{own['n_grids']:,}",
        )


def told_posts(table: pd.DataFrame, rules: RuleSet, lang: str) -> pd.DataFrame:
    """Return the table ``staffing`` with the basis of each post in the language asked for.

    One that states no basis stays as it is.
    """
    if not {"post", "basis"} <= set(table):
        return table
    posts = rules.staffing.posts if rules.staffing else ()
    told = {post.id: tell(post_basis(post), lang) for post in posts}
    pairs = zip(table["post"], table["basis"], strict=True)
    return table.assign(basis=[told.get(post, basis) for post, basis in pairs])


def staff_dict(plan: Plan) -> dict[str, Any]:
    """Return the same in types that JSON knows; empty where the rules state no staff."""
    staffing = plan.rules.staffing
    if staffing is None or not {"staffing", "sweep"} & set(plan.tables):
        return {}
    posts = list(staffing.posts) if "staffing" in plan.tables else []
    return {
        "assigned": "persons" in plan.tables,
        "posts": [_post_dict(plan, post) for post in posts],
        "sweep": _sweep_dict(plan),
    }


def _post_dict(plan: Plan, post: Post) -> dict[str, Any]:
    table = plan.tables["staffing"]
    own = table[table["post"] == post.id]
    sums = {key: int(own[key].sum()) for key in ("needed", "filled", "vacant")}
    return {
        "post": post.id,
        "title": post.title,
        "level": post.level,
        "grids": len(own),
        **sums,
        "grids_that_share": int((own["shared_with"] != "").sum()),
        "full_time": post.full_time,
        "clause": post.clause,
        "label": post.label,
    }


def _sweep_dict(plan: Plan) -> dict[str, Any] | None:
    rule = plan.rules.staffing.sweep if plan.rules.staffing else None
    if rule is None or "sweep" not in plan.tables:
        return None
    levels = {}
    for level, own in plan.tables["sweep"].groupby("level", sort=False):
        levels[str(level)] = {
            "n_grids": len(own),
            "least_days": float(own["days"].min()),
            "most_days": float(own["days"].max()),
            "n_above": int((own["verdict"] == "above").sum()),
        }
    return {
        "measure": rule.measure,
        "level": rule.level,
        "per_day": rule.per_day,
        "minutes": rule.minutes,
        "min_hours": rule.min_hours,
        "max_hours": rule.max_hours,
        "levels": levels,
        "clause": rule.clause,
        "label": rule.label,
    }


def _level_name(plan: Plan, level: str, lang: str) -> str:
    """Return what a level is called in a language."""
    if level == "exclusive":
        return words(lang)["exclusive"]
    titles = {own.id: own.title for own in plan.rules.levels}
    return titles.get(level, level) if lang == "zh" else level
