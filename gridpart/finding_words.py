"""What a check or a repair of the data found, in words and for programs."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np
import shapely

from gridpart.findings import Finding, Place
from gridpart.repair import Repair

__all__ = ["findings_dict", "findings_text", "repair_dict", "repair_text"]


def findings_text(findings: Iterable[Finding]) -> str:
    """Return the findings of a check, errors first, and whether the data can be used."""
    findings = sorted(findings, key=lambda finding: finding.kind != "error")
    lines = []
    for finding in findings:
        lines.append(f"{finding.kind}: {finding}" if finding.kind != "error" else
                     f"error: {finding.what}")  # fmt: skip
        parts = ("found", "wanted", "fix") if finding.kind == "error" else ("fix",)
        told = ((part, getattr(finding, part)) for part in parts)
        lines += [f"  {part + ':':<8}{text}" for part, text in told if text]
    errors = sum(finding.kind == "error" for finding in findings)
    noun = "error" if errors == 1 else "errors"
    verdict = f"{errors} {noun}: the data cannot be used." if errors else "The data can be used."
    return "\n".join([*lines, verdict]) + "\n"


def findings_dict(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return the findings in types that JSON knows; places as a point inside each."""
    listed = []
    for finding in findings:
        parts = {f.name: getattr(finding, f.name) for f in fields(finding)}
        parts["names"] = list(finding.names)
        parts["severity"] = finding.severity
        parts["places"] = [_place_dict(place) for place in finding.places]
        listed.append(parts)
    return {"usable": all(f["kind"] != "error" for f in listed), "findings": listed}


def _place_dict(place: Place) -> dict[str, Any]:
    """Return a place with the coordinates of a point inside it, in the working CRS."""
    point = shapely.point_on_surface(place.geometry)
    inside = np.round(shapely.get_coordinates(point), 3).tolist()
    x, y = inside[0] if inside else (None, None)
    return {
        "names": list(place.names), "x": x, "y": y, "text": place.text, "amount": place.amount
    }  # fmt: skip


def repair_text(repair: Repair, out: object) -> str:
    """Return what a repair did to each layer, and where it stands."""
    lines = []
    for row in repair.totals.itertuples():
        lines.append(
            f"{row.layer}: {row.changed} of {row.rows} outlines changed, "
            f"{row.area_before_m2:.2f} m2 became {row.area_after_m2:.2f} ({row.change_m2:+.2f} m2)"
        )
    return "\n".join([*lines, f"Written to {out}; each change is in its table 'changes'."]) + "\n"


def repair_dict(repair: Repair, out: object) -> dict[str, Any]:
    """Return the account of a repair in types that JSON knows."""
    return {
        "out": str(out),
        "totals": repair.totals.to_dict("records"),
        "changes": repair.changes.to_dict("records"),
    }
