"""Render records of runs as one Markdown table a task."""

import numpy as np

from bench.peers import METHODS

REFERENCE = "METIS k-way"
INTRO = """\
# gridpart and its peers

Every run has a process of its own, on one core, and gets the same graph, loads, range and seed;
labels are judged by `bench/judge.py`, which imports no solver. Peers that measure likeness get
the coordinates as attributes.

- **valid**: exact number of grids, each in one piece, each within the range (relative slack 1e-9).
- **worst**: largest deviation of a grid from the mean, over all runs. **CV**: median over runs.
- **/ METIS**: over that of METIS k-way on the same map, whether that plan is valid or not.
  **/ best**: over the best valid plan of any method on the same map. All ratios are geometric
  means over the method's own valid runs alone: an invalid plan has an easier task.
- **Polsby-Popper**: mean over grids, then over valid runs; 1 is a disk.
- **s**: median seconds of the call, graph given, compiled loops warm. **MiB**: largest peak of the
  whole process, with imports and the map.
"""


def render(records, heads, tasks):
    """Return the page."""
    parts = [INTRO, _machine(heads)]
    for task in tasks.values():
        rows = [row for row in records if row["task"] == task.name]
        if rows:
            parts.append(_section(task, rows))
    parts.append(_notes({row["method"] for row in records}, heads))
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _machine(heads):
    """Return where and how the runs were made, one block for each of several machines."""
    blocks = []
    for head in heads:
        packages = ", ".join(f"{name} {number}" for name, number in head["packages"].items())
        about = (
            f"{head['date']}, {head['cpu']}, {head['cores']} cores, {head['gib']} GiB, "
            f"{head['system']}, Python {head['python']}; {packages}."
        )
        if not blocks or blocks[-1][0] != about:
            blocks.append((about, []))
        blocks[-1][1].append(f"    {head['command']}")
    return "\n".join(
        "\n".join([about, "", *dict.fromkeys(commands), ""]) for about, commands in blocks
    )


def _section(task, rows):
    """Return the table of one task."""
    _, _, count = task.place.partition("-")
    size = f"{int(count):,} units" if count else task.place.capitalize()
    lines = [f"## {size}: {task.text()}", ""]
    groups = {}
    for row in rows:
        groups.setdefault(row["method"], []).append(row)
    ordered = [name for name in METHODS if name in groups]
    most = task.kind == "most"
    heads = ["method", "valid", "grids"]
    if most:
        known = sorted({row["most"] for row in rows if "most" in row})
        bound = " or ".join(map(str, known))
        lines += [
            f"The total fills {task.n_grids:,} grids; whole loads fill at most {bound}, "
            "whatever the map.",
            "",
        ]
    else:
        heads += ["inertia / METIS", "inertia / best", "cut edges / METIS", "border / METIS"]
    heads += ["worst", "CV", "Polsby-Popper", "s", "MiB", "what failed"]
    lines += ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 2) + "---|"]
    reference = {row["seed"]: row for row in groups.get(REFERENCE, []) if "inertia" in row}
    best = _best(rows)
    for name in ordered:
        lines.append("| " + " | ".join(_cells(name, groups[name], reference, best, most)) + " |")
    return "\n".join(lines)


def _best(rows):
    """Return the least inertia of a valid plan for each seed."""
    best = {}
    for row in rows:
        if row.get("valid"):
            best[row["seed"]] = min(row["inertia"], best.get(row["seed"], np.inf))
    return best


def _cells(name, runs, reference, best, most):
    """Return one line of a table."""
    done = [row for row in runs if "seconds" in row]
    judged = [row for row in done if "worst" in row]
    valid = [row for row in done if row["valid"]]
    cells = [name, f"{len(valid)} of {len(runs)}"]
    numbers = [row["n_grids"] for row in (valid if most else judged)]
    cells.append(_numbers(numbers))
    if not most:
        paired = [(row, reference[row["seed"]]) for row in valid if row["seed"] in reference]
        cells.append(_ratio([row["inertia"] / other["inertia"] for row, other in paired]))
        cells.append(_ratio([row["inertia"] / best[row["seed"]] for row in valid]))
        cells.append(_ratio([row["cut_edges"] / other["cut_edges"] for row, other in paired]))
        cells.append(_ratio([row["border_m"] / other["border_m"] for row, other in paired]))
    cells.append(f"{max(row['worst'] for row in judged):.1%}" if judged else "–")
    cells.append(f"{np.median([row['cv'] for row in judged]):.3f}" if judged else "–")
    cells.append(f"{np.mean([row['polsby_popper'] for row in valid]):.3f}" if valid else "–")
    cells.append(_seconds([row["seconds"] for row in done]))
    peaks = [row["mib"] for row in runs if "mib" in row]
    cells.append(f"{max(peaks):,.0f}" if peaks else "–")
    cells.append(_failures(runs))
    return cells


def _numbers(numbers):
    """Return the numbers of grids: one, or the least and the largest."""
    if not numbers:
        return "–"
    least, largest = min(numbers), max(numbers)
    return f"{least:,}" if least == largest else f"{least:,}–{largest:,}"


def _ratio(values):
    """Return a geometric mean."""
    return f"{np.exp(np.mean(np.log(values))):.3f}" if values else "–"


def _seconds(values):
    """Return the median, with the digits that it can claim."""
    if not values:
        return "–"
    median = float(np.median(values))
    return f"{median:.3f}" if median < 1 else f"{median:.1f}"


def _failures(runs):
    """Return each way to fail with its count."""
    counts = {}
    for row in runs:
        for fault in [row["error"]] if "error" in row else _kinds(row["faults"]):
            counts[fault] = counts.get(fault, 0) + 1
    return "; ".join(f"{count} × {fault}" for fault, count in counts.items()).replace("|", "/")


def _kinds(faults):
    """Return faults without their counts."""
    kinds = {"for": "wrong number", "loose": "in pieces", "out of range": "out of range"}
    return [
        next((kind for word, kind in kinds.items() if f" {word}" in fault), fault)
        for fault in faults
    ]


def _notes(names, heads):
    """Return how each peer was asked, and which were not there."""
    lines = ["## How each was asked", ""]
    asked = [(name, method.note) for name, method in METHODS.items() if name in names]
    lines += [f"- {name}: {note}." for name, note in asked if note]
    absent = dict.fromkeys(name for head in heads for name in head["absent"])
    lines += [f"- {name}: not installed." for name in absent if name not in names]
    lines += [
        "",
        "A number of grids within a range is asked of those that cannot choose it as the total "
        "over the middle of the range. A method that ran out of time twice is not run again on "
        "that task, nor on more units with as few to a grid and as little tolerance. A method "
        "stands only under tasks that it can be given.",
    ]
    return "\n".join(lines)
