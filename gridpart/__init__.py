"""Divide a district into contiguous, balanced, range-bound governance grids (网格).

Names load when they are first used, so that importing the package is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gridpart.district import District
    from gridpart.errors import (
        DataError,
        GridpartError,
        GridpartWarning,
        InfeasibleError,
        RulesError,
    )
    from gridpart.export import read_plan, write_plan
    from gridpart.graph import build_graph
    from gridpart.io import check_district, read_district
    from gridpart.metrics import Report
    from gridpart.model import Breach, Graph, Problem
    from gridpart.pipeline import evaluate, partition
    from gridpart.plan import Plan
    from gridpart.regions import Result, regionalize
    from gridpart.rules import RuleSet, load_rules
    from gridpart.station_sites import locate_stations
    from gridpart.web_report import write_report

__all__ = [
    "Breach",
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
    "build_graph",
    "check_district",
    "evaluate",
    "load_rules",
    "locate_stations",
    "partition",
    "read_district",
    "read_plan",
    "regionalize",
    "write_plan",
    "write_report",
]

_HOMES = {
    "district": ["District"],
    "errors": ["DataError", "GridpartError", "GridpartWarning", "InfeasibleError", "RulesError"],
    "export": ["read_plan", "write_plan"],
    "graph": ["build_graph"],
    "io": ["check_district", "read_district"],
    "metrics": ["Report"],
    "model": ["Breach", "Graph", "Problem"],
    "pipeline": ["evaluate", "partition"],
    "plan": ["Plan"],
    "regions": ["Result", "regionalize"],
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
