"""Divide a district into contiguous, balanced, range-bound governance grids (网格).

Names load when they are first used, so that importing the package is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gridpart.appointments import assign_staff
    from gridpart.atlas import write_atlas
    from gridpart.comparison import Comparison, compare
    from gridpart.district import District
    from gridpart.errors import (
        DataError,
        GridpartError,
        GridpartWarning,
        InfeasibleError,
        RulesError,
    )
    from gridpart.evaluation import evaluate
    from gridpart.export import read_plan, write_plan
    from gridpart.graph import build_graph
    from gridpart.in_force import in_force_of, read_in_force, read_labels
    from gridpart.io import check_district, read_district
    from gridpart.metrics import Report
    from gridpart.model import Breach, Graph, Problem
    from gridpart.pipeline import partition
    from gridpart.plan import Plan
    from gridpart.rebuild import rebuild
    from gridpart.regions import Result, regionalize
    from gridpart.roster import read_roster
    from gridpart.rules import RuleSet, load_rules
    from gridpart.station_sites import locate_stations
    from gridpart.web_report import write_report

__all__ = [
    "Breach",
    "Comparison",
    "DataError",
    "District",
    "Graph",
    "GridpartError",
    "GridpartWarning",
    "InfeasibleError",
    "Plan",
    "Problem",
    "Report",
    "Result",
    "RuleSet",
    "RulesError",
    "assign_staff",
    "build_graph",
    "check_district",
    "compare",
    "evaluate",
    "in_force_of",
    "load_rules",
    "locate_stations",
    "partition",
    "read_district",
    "read_in_force",
    "read_labels",
    "read_plan",
    "read_roster",
    "rebuild",
    "regionalize",
    "write_atlas",
    "write_plan",
    "write_report",
]

_HOMES = {
    "appointments": ["assign_staff"],
    "atlas": ["write_atlas"],
    "comparison": ["Comparison", "compare"],
    "district": ["District"],
    "errors": ["DataError", "GridpartError", "GridpartWarning", "InfeasibleError", "RulesError"],
    "evaluation": ["evaluate"],
    "export": ["read_plan", "write_plan"],
    "graph": ["build_graph"],
    "in_force": ["in_force_of", "read_in_force", "read_labels"],
    "io": ["check_district", "read_district"],
    "metrics": ["Report"],
    "model": ["Breach", "Graph", "Problem"],
    "pipeline": ["partition"],
    "plan": ["Plan"],
    "rebuild": ["rebuild"],
    "regions": ["Result", "regionalize"],
    "roster": ["read_roster"],
    "rules": ["RuleSet", "load_rules"],
    "station_sites": ["locate_stations"],
    "web_report": ["write_report"],
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _HOME:
        raise AttributeError(f"module 'gridpart' has no attribute {name!r}")
    return getattr(import_module(f"gridpart.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
