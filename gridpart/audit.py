"""Which grids break which clause, and by how much: in words, as data, and as a layer for QGIS."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from gridpart import records
from gridpart.breach_words import breach_text, level_titles
from gridpart.geopackage import write_layers
from gridpart.metrics import Report
from gridpart.model import Breach
from gridpart.outfile import check_file, write_whole
from gridpart.qgis import RED, Label, Rule, Symbol, style_qml, style_table
from gridpart.schema import TEXT
from gridpart.wording import measure_name, words

__all__ = ["ClauseFinding", "clause_dicts", "clause_findings", "clause_lines", "write_audit"]

SUFFIX = ".gpkg"


@dataclass(frozen=True, slots=True)
class ClauseFinding:
    """One clause, and the grids that break it."""

    level: str
    rule: str
    """``range``, ``radius``, or a law such as ``contiguity``."""
    measure: str
    """What is counted; empty for a law."""
    side: str
    """``above`` a maximum, ``below`` a minimum; empty for a law."""
    limit: float | None
    clause: str
    """The source that the rule set cites."""
    hard: bool
    n_broken: int
    n_proven: int
    """Of those, grids that no plan could spare."""
    n_grids: int
    """Grids of the level."""
    worst_grid: str
    worst_value: float | None
    grids: tuple[str, ...]

    @property
    def share(self) -> float:
        """Grids that break it over all of the level."""
        return self.n_broken / self.n_grids if self.n_grids else 0.0

    @property
    def worst_by(self) -> float | None:
        """How far the worst grid is beyond the limit."""
        if self.limit is None or self.worst_value is None:
            return None
        return abs(self.worst_value - self.limit)


def clause_findings(report: Report) -> tuple[ClauseFinding, ...]:
    """Return every clause that some grid breaks, level by level, hard ones and frequent first."""
    held: dict[tuple[Any, ...], list[Breach]] = {}
    for breach in report.breaches:
        if breach.reason == "community_empty":
            continue
        limits = (breach.level, breach.rule, breach.measure, *_side(breach))
        held.setdefault((*limits, breach.clause, breach.hard), []).append(breach)
    counts = {level.level: level.n_grids for level in report.levels}
    order = {level: n for n, level in enumerate(counts)}
    found = []
    for (level, rule, measure, side, limit, clause, hard), own in held.items():
        worst = max(own, key=lambda b: abs(b.value - limit) if limit is not None else 0.0)
        grids = tuple(sorted({b.grid for b in own}))
        found.append(
            ClauseFinding(
                level=level, rule=rule, measure=measure, side=side, limit=limit, clause=clause,
                hard=hard, n_broken=len(grids), n_grids=counts.get(level, 0), grids=grids,
                n_proven=len({b.grid for b in own if b.proven}), worst_grid=worst.grid,
                worst_value=None if limit is None else float(worst.value),
            )
        )  # fmt: skip
    return tuple(
        sorted(
            found, key=lambda f: (order.get(f.level, 0), not f.hard, -f.n_broken, f.rule, f.side)
        )
    )


def _side(breach: Breach) -> tuple[str, float | None]:
    """Return on which side of which limit a grid is."""
    if breach.max is not None and breach.value > breach.max:
        return "above", breach.max
    if breach.min is not None and breach.value < breach.min:
        return "below", breach.min
    return "", None


def clause_lines(
    findings: Iterable[ClauseFinding], lang: str = "zh", titles: Mapping[str, str] | None = None
) -> list[str]:
    """Return one line for each clause that is broken.

    Parameters
    ----------
    findings : iterable of ClauseFinding
    lang : {"zh", "en"}
    titles : mapping of str to str, optional
        Level id to its Chinese title.

    Examples
    --------
    >>> one = ClauseFinding("general", "range", "households", "above", 500.0, "notice of 2022",
    ...                     True, 2, 0, 3, "C1001", 812.0, ("C1001", "C1002"))
    >>> clause_lines([one], "en")
    ['67 % of general grids exceed 500 households (2 of 3, worst C1001 with 812, 312 beyond)']
    """
    say, lines = words(lang), []
    for finding in findings:
        level = finding.level
        if lang == "zh" and titles is not None:
            level = titles.get(level, level)
        law = say.get(finding.rule, finding.rule)
        parts = {
            "share": f"{finding.share:.{int(0 < finding.share < 0.01)}%}".replace("%", " %"),
            "level": level,
            "n": finding.n_broken,
            "total": finding.n_grids,
            "what": measure_name(finding.measure, lang),
            "law": law,
            "worst": finding.worst_grid,
        }
        if finding.limit is not None and finding.worst_value is not None:
            parts |= {
                "limit": f"{finding.limit:,g}",
                "value": f"{finding.worst_value:,.0f}",
                "by": f"{finding.worst_by:,.0f}",
            }
        text = say[f"clause_{finding.side or 'law'}"].format(**parts)
        if not finding.hard:
            text += say["clause_soft"]
        elif finding.n_proven:
            text += say["clause_proven"].format(n=finding.n_proven)
        lines.append(text)
    return lines


def clause_dicts(findings: Iterable[ClauseFinding]) -> list[dict[str, Any]]:
    """Return the findings in types that JSON knows."""
    return [
        {**asdict(f), "grids": list(f.grids), "share": round(f.share, 6), "worst_by": f.worst_by}
        for f in findings
    ]


# --- a layer for QGIS ------------------------------------------------------------------


def write_audit(
    report: Report,
    layers: Mapping[str, gpd.GeoDataFrame],
    path: str | Path,
    *,
    lang: str = "zh",
    overwrite: bool = False,
) -> Path:
    """Write the grids of every level with what they break to a styled GeoPackage.

    Each layer has ``grid_code``, ``status`` (``ok``, ``soft``, ``proven`` or ``broken``, the
    gravest that the grid has), ``n_breaches``, ``beyond`` (the greatest share of a limit by
    which it is exceeded or missed), ``clauses`` and ``message``. The tables ``clauses`` and
    ``breaches`` list all, what has no grid too.

    Parameters
    ----------
    report : Report
    layers : mapping of str to GeoDataFrame
        Level id -> its grids with ``grid_code``.
    path : str or Path
        A file that ends in ``.gpkg``.
    lang : {"zh", "en"}
        Language of the columns ``clauses`` and ``message`` of the layers.
    overwrite : bool

    Raises
    ------
    DataError
        If the file is there already, is not named ``.gpkg`` or cannot be written.
    """
    target = check_file(path, SUFFIX, overwrite=overwrite)
    findings = clause_findings(report)
    drawn = {
        level: _judged(table, level, report, findings, lang) for level, table in layers.items()
    }
    listed = pd.DataFrame(
        [{**row, "grids": ", ".join(row["grids"])} for row in clause_dicts(findings)],
        columns=[*ClauseFinding.__dataclass_fields__, "share", "worst_by"],
    )
    texts = ["level", "rule", "measure", "side", "clause", "worst_grid", "grids"]
    numbers = dict.fromkeys(["limit", "worst_value", "worst_by", "share"], "float64")
    tables = {
        "clauses": listed.astype({**dict.fromkeys(texts, TEXT), **numbers}),
        "breaches": records.breach_table(report.breaches),
        "layer_styles": style_table([(level, level, _style()) for level in drawn]),
    }
    write_whole(target, partial(write_layers, drawn, tables))
    return target


GRAVITY = ("ok", "soft", "proven", "broken")


def _status(breach: Breach) -> str:
    return "soft" if not breach.hard else "proven" if breach.proven else "broken"


def _beyond(breach: Breach) -> float:
    """Return by what share of its limit a grid is beyond it."""
    _, limit = _side(breach)
    return abs(breach.value - limit) / limit if limit else 0.0


def _judged(
    table: gpd.GeoDataFrame,
    level: str,
    report: Report,
    findings: Iterable[ClauseFinding],
    lang: str,
) -> gpd.GeoDataFrame:
    """Return the grids of one level with what they break."""
    say = words(lang)
    own, titles = [b for b in report.breaches if b.level == level], level_titles(report)
    names = {(f.rule, f.measure, f.side, f.limit): _name(f, say, lang) for f in findings}
    rows = []
    for code in table["grid_code"].astype(str):
        held = [b for b in own if b.grid == code]
        clauses = [names.get((b.rule, b.measure, *_side(b)), b.rule) for b in held]
        status = max((_status(b) for b in held), key=GRAVITY.index, default="ok")
        beyond = max((_beyond(b) for b in held), default=0.0)
        texts = (breach_text(b, lang, titles) for b in held)
        told = "; ".join(dict.fromkeys(clauses)), " ".join(texts)
        rows.append((code, status, len(held), beyond, *told))
    columns = ["grid_code", "status", "n_breaches", "beyond", "clauses", "message"]
    judged = pd.DataFrame(rows, columns=columns).astype(
        {**dict.fromkeys(["grid_code", "status", "clauses", "message"], TEXT),
         "n_breaches": "int64", "beyond": "float64"}
    )  # fmt: skip
    kept = [c for c in ("name", "community_id") if c in table]
    for name in kept:
        judged.insert(1, name, table[name].astype(TEXT).to_numpy())
    return gpd.GeoDataFrame(judged, geometry=table.geometry.to_numpy(), crs=table.crs)


def _name(finding: ClauseFinding, say: Mapping[str, str], lang: str) -> str:
    """Return a clause in a few words."""
    if finding.limit is None:
        return say.get(finding.rule, finding.rule)
    sign = "≤" if finding.side == "above" else "≥"
    return f"{measure_name(finding.measure, lang)} {sign} {finding.limit:,g}"


def _style() -> str:
    """Return the style: whole grids pale, proven and soft breaches amber, others red."""
    colors = {
        "broken": (f"{RED},150", f"{RED},255", 0.8),
        "proven": ("240,150,40,120", "190,105,10,255", 0.6),
        "soft": ("250,220,120,110", "170,140,40,255", 0.4),
        "ok": ("225,238,225,90", "110,130,110,255", 0.3),
    }
    rules = [
        Rule(Symbol(face, edge, width), name, f"\"status\" = '{name}'")
        for name, (face, edge, width) in colors.items()
    ]
    label = Label("if(\"status\" = 'ok', '', \"grid_code\" || '\\n' || \"clauses\")", 8, 30_000)
    return style_qml(rules, label, 2)
