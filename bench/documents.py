"""What the ledger, the atlas and the project for QGIS of a plan take, each in its own process.

``python -m bench.documents out/hankou out/providence --out bench/RESULTS-ledger-atlas.md``
writes the table; the arguments are folders of plans. The first plan is also laid side by
side with itself until it has 20,000 units, of which the atlas prints the general grids.
"""

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from bench.machine import describe
from bench.run_one import peak_mib

DOCUMENTS = ("ledger", "project", "atlas")
UNITS = 20_000
CODES = ("grid_code", "parent_code", "community_id", "unit_id", "exclusive_id")


def side_by_side(plan, times):
    """Return a plan of so many copies of another, each with codes and ground of its own."""
    left, _, right, _ = plan.district.communities.total_bounds

    def copies(frame):
        made = []
        for n in range(times):
            copy = frame.copy()
            copy["geometry"] = copy.geometry.translate(n * (right - left) * 1.05)
            for name in (c for c in copy if c in CODES or c.endswith("_code")):
                held = copy[name].fillna("").astype(str)
                copy[name] = held.where(held == "", f"{n:02}" + held)
            made.append(copy)
        return pd.concat(made, ignore_index=True).set_crs(frame.crs)

    district = dataclasses.replace(
        plan.district,
        **{name: copies(getattr(plan.district, name))
           for name in ("communities", "units", "streets", "barriers", "crossings", "stations")},
    )  # fmt: skip
    return dataclasses.replace(
        plan,
        district=district,
        layers={name: copies(table) for name, table in plan.layers.items()},
        exclusive=copies(plan.exclusive),
        units=copies(plan.units),
        cells=copies(plan.cells),
    )


def run(document, folder, times):
    """Return what one document of a plan takes."""
    import gridpart as gp

    plan = gp.read_plan(folder)
    if times > 1:
        plan = side_by_side(plan, times)
    level = plan.levels[-1 if times == 1 else -2]
    with tempfile.TemporaryDirectory() as there:
        path = Path(there) / {"ledger": "l.xlsx", "project": "p.qgz", "atlas": "a.pdf"}[document]
        began = time.perf_counter(), time.process_time()
        if document == "ledger":
            from gridpart.ledger import write_ledger

            write_ledger(plan, path)
        elif document == "project":
            from gridpart.qgis_project import write_project

            write_project(plan, path, "plan.gpkg")
        else:
            gp.write_atlas(plan, path, levels=[level])
        spent = time.perf_counter() - began[0], time.process_time() - began[1]
        size = path.stat().st_size
    pages = len(plan.grids(level)) + len(plan.district.communities) + 1
    return {
        "units": len(plan.units), "grids": len(plan.grids(plan.levels[-1])),
        "pages": pages if document == "atlas" else None, "seconds": spent[0], "cpu": spent[1],
        "mib": peak_mib(), "kib": size / 1024,
    }  # fmt: skip


def in_own_process(document, folder, times):
    """Return what `run` returns, from a fresh interpreter."""
    command = [sys.executable, "-m", "bench.documents", "--one", document, str(folder), str(times)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


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
        found = [in_own_process(document, folder, 1) for document in DOCUMENTS]
        rows += [(folder.name, d, f) for d, f in zip(DOCUMENTS, found, strict=True)]
        if n == 0:
            times = -(-UNITS // found[0]["units"])
            rows += [(f"{folder.name} × {times}", d, in_own_process(d, folder, times))
                     for d in DOCUMENTS]  # fmt: skip
    about = describe(["gridpart", "xlsxwriter", "reportlab", "fonttools", "segno"])
    versions = ", ".join(f"{name} {number}" for name, number in about["packages"].items())
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
            f"{about['date']}, {about['cpu']}, {about['cores']} cores, {about['gib']} GiB, "
            f"{about['system']}, Python {about['python']}; {versions}.",
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
