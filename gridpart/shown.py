"""What a notebook shows of a plan or a result, as HTML without script or style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from gridpart.model import Breach
from gridpart.plan import Plan

__all__ = ["Page", "plan_html", "result_html"]

MOST = 8
"""Breaches told one by one."""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page that shows itself in a frame of its own."""

    html: str

    def __repr__(self) -> str:
        """Return how large the page is."""
        return f"Page({len(self.html):,} characters)"

    def _repr_html_(self) -> str:
        """Return a frame whose scripts see nothing of the notebook."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts allow-modals" '
            'style="width: 100%; height: 760px; border: 1px solid #bbb"></iframe>'
        )


def plan_html(plan: Plan) -> str:
    """Return the levels as a table, and what breaks a rule."""
    report = plan.report
    rows = {
        f"{level.title} ({level.level})": {
            "grids": f"{level.n_grids:,}",
            "in range": f"{level.n_in_range:,}",
            **{measure: f"{total:,}" for measure, total in level.totals.items()},
            "CV of load": f"{level.cv:.2f}",
            "Polsby-Popper": f"{level.polsby_popper:.2f}",
            "longest walk": "–" if level.walk_mean_m is None else f"{level.radius_m:,.0f} m",
        }
        for level in report.levels
    }
    table = pd.DataFrame.from_dict(rows, orient="index").to_html(border=0)
    title = f"{escape(plan.district.name)}: {escape(plan.rules.title)}"
    proven = f"{len(report.exceptions)} exceptions, each proven"
    state = "a hard rule is broken" if report.broken else proven
    return f"<div><p><b>{title}</b></p>{table}<p>{state}</p>{_told(report.breaches)}</div>"


def result_html(line: str, breaches: Sequence[Breach]) -> str:
    """Return the line that sums a result up, and its breaches."""
    return f"<div><p>{escape(line)}</p>{_told(breaches)}</div>"


def _told(breaches: Sequence[Breach]) -> str:
    """Return the first breaches as a list, the hard ones before the others."""
    if not breaches:
        return ""
    first = sorted(breaches, key=lambda breach: not breach.hard)[:MOST]
    items = "".join(f"<li>{escape(str(breach))}</li>" for breach in first)
    rest = len(breaches) - len(first)
    more = f"<li>{rest:,} more in the report</li>" if rest else ""
    return f"<ul>{items}{more}</ul>"
