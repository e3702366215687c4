"""What the ledger, the atlas and the project for QGIS of a plan take, each in its own process.

``python -m bench.documents out/hankou out/providence --out bench/RESULTS-ledger-atlas.md``
writes the table; the arguments are folders of plans. The first plan is also laid side by
side with itself until it has 20,000 units, of which the atlas prints the general grids.
"""

import argparse
import json
import tempfile
from pathlib import Path

from bench.machine import line
from bench.own_process import clocked, in_own_process
from bench.run_one import peak_mib
from bench.side_by_side import side_by_side

DOCUMENTS = ("ledger", "project", "atlas")
UNITS = 20_000
MODULE = "bench.documents"


def run(document, folder, times):
    """Return what one document of a plan takes."""
    import gridpart as gp
    from gridpart.ledger import write_ledger
    from gridpart.qgis_project import write_project

    plan = gp.read_plan(folder)
    if times > 1:
        plan = side_by_side(plan, times)
    level = plan.levels[-1 if times == 1 else -2]
    with tempfile.TemporaryDirectory() as there:
        path = Path(there) / {"ledger": "l.xlsx", "project": "p.qgz", "atlas": "a.pdf"}[document]
        writers = {
            "ledger": lambda: write_ledger(plan, path),
            "project": lambda: write_project(plan, path, "plan.gpkg"),
            "atlas": lambda: gp.write_atlas(plan, path, levels=[level]),
        }
        _, seconds, cpu = clocked(writers[document])
        size = path.stat().st_size
    pages = len(plan.grids(level)) + len(plan.district.communities) + 1
    return {
        "units": len(plan.units), "grids": len(plan.grids(plan.levels[-1])),
        "pages": pages if document == "atlas" else None, "seconds": seconds, "cpu": cpu,
        "mib": peak_mib(), "kib": size / 1024,
    }  # fmt: skip


def table(rows):
    """Return the lines of the table of results."""
    lines = [
        "| plan | units | finest grids | document | pages | s | CPU s | MiB | KiB written |",
        "|---|---:|---:|---|---:|---:|---:|---:|---:|",
    ]
    for name, document, found in rows:
        pages = "–" if found["pages"] is None else f"{found['pages']:,}"
        lines.append(
            f"| {name} | {found['units']:,} | {found['grids']:,} | {document} | {pages} | "
            f"{found['seconds']:.1f} | {found['cpu']:.1f} | {found['mib']:.0f} | "
            f"{found['kib']:,.0f} |"
        )
    return lines


def main():
    """Run one document, or all and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", nargs=3, metavar=("DOCUMENT", "FOLDER", "TIMES"))
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.one:
        document, folder, times = asked.one
        print(json.dumps(run(document, folder, int(times))))
        return
    rows = []
    for n, folder in enumerate(asked.folders):
        found = [in_own_process(MODULE, document, folder, 1) for document in DOCUMENTS]
        rows += [(folder.name, d, f) for d, f in zip(DOCUMENTS, found, strict=True)]
        if n == 0:
            times = -(-UNITS // found[0]["units"])
            rows += [(f"{folder.name} × {times}", d, in_own_process(MODULE, d, folder, times))
                     for d in DOCUMENTS]  # fmt: skip
    told = " ".join(str(folder) for folder in asked.folders)
    text = "\n".join(
        [
            "# Ledger, atlas and project for QGIS",
            "",
            "Every row has a process of its own. **s**: seconds of the call, the plan given, on a",
            "machine that others used, too; **CPU s**: what it took of one core. **MiB**: peak of",
            "the whole process. The atlas prints the finest grids, and of the plan laid side by",
            "side with itself the level above them.",
            "",
            line(["gridpart", "xlsxwriter", "reportlab", "fonttools", "segno"]),
            "",
            f"    python -m bench.documents {told} --out bench/RESULTS-ledger-atlas.md",
            "",
            *table(rows),
            "",
        ]
    )
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
