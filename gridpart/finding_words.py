"""What a check or a repair of the data found, in words and for programs."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np
import shapely

from gridpart.findings import Finding, Place
from gridpart.repair import Repair
from gridpart.sentences import Sentence
from gridpart.telling import tell

__all__ = ["findings_dict", "findings_text", "repair_dict", "repair_text"]


WORDS = {
    "en": {
        "found": "found:", "wanted": "wanted:", "fix": "fix:",
        "usable": "The data can be used.", "one": "1 error: the data cannot be used.",
        "some": "{n} errors: the data cannot be used.",
    },
    "zh": {
        "repair": "修复", "moved": "移动", "assumption": "假定", "warning": "提示",
        "error": "错误", "found": "发现：", "wanted": "应为：", "fix": "处理：",
        "usable": "数据可用。", "one": "有 1 个错误，数据不可用。",
        "some": "有 {n} 个错误，数据不可用。",
    },
}  # fmt: skip


def findings_text(findings: Iterable[Finding], lang: str = "en") -> str:
    """Return the findings of a check, errors first, and whether the data can be used.

    What is wrong with data that cannot be used is told in English, in either language.
    """
    say, colon = WORDS[lang], "：" if lang == "zh" else ": "
    findings = sorted(findings, key=lambda finding: finding.kind != "error")
    lines = []
    for finding in findings:
        text = finding.what if finding.kind == "error" else finding.text
        lines.append(f"{say.get(finding.kind, finding.kind)}{colon}{tell(text, lang)}")
        parts = ("found", "wanted", "fix") if finding.kind == "error" else ("fix",)
        told = ((say[part], getattr(finding, part)) for part in parts)
        pad = 0 if lang == "zh" else 8
        lines += [f"  {part:<{pad}}{tell(text, lang)}" for part, text in told if text]
    errors = sum(finding.kind == "error" for finding in findings)
    verdict = say["one" if errors == 1 else "some" if errors else "usable"].format(n=errors)
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


def repair_text(repair: Repair, out: object, lang: str = "en") -> str:
    """Return what a repair did to each layer, and where it stands."""
    lines: list[str] = [
        Sentence(
            "outlines_changed", layer=row.layer, changed=row.changed, rows=row.rows,
            before=f"{row.area_before_m2:.2f}", after=f"{row.area_after_m2:.2f}",
            change=f"{row.change_m2:+.2f}",
        )
        for row in repair.totals.itertuples()
    ]  # fmt: skip
    lines.append(Sentence("repair_written", out=str(out), table="changes"))
    return "\n".join(tell(line, lang) for line in lines) + "\n"


def repair_dict(repair: Repair, out: object) -> dict[str, Any]:
    """Return the account of a repair in types that JSON knows."""
    return {
        "out": str(out),
        "totals": repair.totals.to_dict("records"),
        "changes": repair.changes.to_dict("records"),
    }
