"""Figures beside their targets while tuning: gridpart and METIS in one warm process.

``python -m bench.targets --family 1000/50/5 --seeds 5`` takes seconds; without ``--family`` it
runs every row up to 100,000 units. ``--in-time`` gives each call the seconds that its must
allows, where it else takes the budget it takes.
"""

import argparse
import shlex
import sys
import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import machine
from bench.judge import judge
from bench.peers import metis, ours
from bench.run_one import peak_mib, timed, warm
from bench.tasks import KINDS, catalog


class Target(NamedTuple):
    """What a family must reach, as a ratio to METIS or a number of grids, and would like to."""

    must: str
    seconds: float | None = None
    """Which the must allows."""
    goal: str = ""


TARGETS = {
    "1000/50/5": Target("0.72 in 0.2 s", 0.2, "0.685 in 0.5 s"),
    "1000/50/1": Target("0.75 in 0.3 s", 0.3, "0.70 in 0.5 s"),
    "1000/10/1": Target("0.82 in 0.2 s", 0.2, "0.80 in 0.3 s"),
    "1000/125/5": Target("all valid"),
    "10000/500/5": Target("0.74 in 1 s", 1, "0.70 in 3 s"),
    "10000/500/1": Target("80 % valid in 10 s", 10, "all valid, 0.76 in 5 s"),
    "10000/100/5": Target("0.79 in 1 s", 1, "0.775 in 1 s"),
    "10000/100/1": Target("0.79 in 1 s", 1, "0.77 in 1 s"),
    "10000/10/5": Target("0.86 in 1 s", 1, "0.845 in 0.3 s"),
    "100000/5000/5": Target("0.76 in 10 s, 1 GiB", 10, "0.72 in 8 s"),
    "1000000/50000/5": Target("valid in 60 s, 3 GiB", 60, "0.78 in 60 s"),
    "1000/50/most": Target("49"),
    "1000/10/most": Target("9"),
    "10000/500/most": Target("494", goal="497 in 3 s"),
    "10000/100/most": Target("99"),
}
COLUMNS = (
    "family", "valid", "METIS valid", "inertia / METIS", "border / METIS", "worst", "s", "max s",
    "must", "goal",
)  # fmt: skip
GROWTH = ("10000/500/5", "100000/5000/5", "1000000/50000/5")
"""From one to the next, only the size differs."""


def measured(module, function, task, seed, folder=None):
    """Return the verdict on one run, with its seconds."""
    labels, seconds = timed(module, function, task, seed, folder)
    instance, load = task.instance(seed, folder)
    low, high = task.limits(load)
    n_grids = task.n_grids if task.kind == "fixed" else None
    found = judge(instance, load, labels, lower=low, upper=high, n_grids=n_grids)
    return {**found, "seconds": seconds}


def mean_ratio(rows, references, key):
    """Return the geometric mean over valid runs of a figure over METIS's on the same seed."""
    logs = [
        np.log(row[key] / other[key])
        for row, other in zip(rows, references, strict=True)
        if row["valid"]
    ]
    return float(np.exp(np.mean(logs))) if logs else float("nan")


def measure(task, seeds, solve, folder=None):
    """Print the row of one family; return the median seconds and what failed."""
    rows = [measured(ours, solve, task, seed, folder) for seed in seeds]
    valid = sum(row["valid"] for row in rows)
    seconds = float(np.median([row["seconds"] for row in rows]))
    slowest = max(row["seconds"] for row in rows)
    must, _, goal = TARGETS.get(task.name, Target(""))
    row = [task.name, f"{valid} of {len(rows)}"]
    if task.kind == "most":
        loads = [task.instance(seed, folder)[1] for seed in seeds]
        fewest = min(row["n_grids"] for row in rows)
        mean = np.mean([row["n_grids"] for row in rows])
        bound = max(task.most(load) for load in loads)
        row += ["", f"{mean:.1f} ({fewest}) of {bound} grids", "", ""]
    else:
        others = [measured(metis, metis.k_way, task, seed, folder) for seed in seeds]
        row += [
            f"{sum(row['valid'] for row in others)} of {len(others)}",
            f"{mean_ratio(rows, others, 'inertia'):.3f}",
            f"{mean_ratio(rows, others, 'border_m'):.3f}",
            f"{max(row['worst'] for row in rows):.2%}",
        ]
    print_row([*row, f"{seconds:.2f}", f"{slowest:.2f}", must, goal])
    failed = [
        f"{task.name}, seed {seed}: {', '.join(found['faults'])}"
        for seed, found in zip(seeds, rows, strict=True)
        if not found["valid"]
    ]
    return seconds, failed


def print_row(cells):
    """Print one row of a Markdown table."""
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", action="append", help="a row by name; several allowed")
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--kind", choices=KINDS, default="city", help="of the made places")
    parser.add_argument("--in-time", action="store_true", help="stop at the seconds of each must")
    parser.add_argument("--cache", type=Path, help="folder of instances")
    asked = parser.parse_args()
    tasks = catalog(asked.kind)
    names = asked.family or [name for name in TARGETS if not name.startswith("1000000/")]
    unknown = [name for name in names if name not in tasks]
    if unknown:
        parser.error(f"no family {unknown[0]}; there are {', '.join(tasks)}")
    stops = {
        name: TARGETS.get(name, Target("")).seconds if asked.in_time else None for name in names
    }
    began = time.perf_counter()
    warm(ours, ours.regionalize, ("fixed", "range", "most"), asked.cache)
    print(f"warm after {time.perf_counter() - began:.1f} s", file=sys.stderr)
    print(machine.line(["gridpart", "pymetis"], ["gridpart", "pymetis", "numba"]) + "\n")
    print("    " + shlex.join(["python", "-m", "bench.targets", *sys.argv[1:]]) + "\n")
    print_row(COLUMNS)
    print_row(["---", *["---:"] * 7, "---", "---"])
    seeds = range(asked.first, asked.first + asked.seeds)
    took, failed = {}, []
    for name, stop in stops.items():
        solve = partial(ours.regionalize, stop=stop)
        took[name], faults = measure(tasks[name], seeds, solve, asked.cache)
        failed += faults
    print("\n".join(["", *(f"- {fault}" for fault in failed)]))
    sizes = [name for name in GROWTH if name in took]
    for small, large in pairwise(sizes):
        grown = tasks[large].n_grids / tasks[small].n_grids
        exponent = np.log(took[large] / took[small]) / np.log(grown)
        print(f"- growth {small} to {large}: {exponent:.2f}, must 1.15")
    print(f"- peak of this process: {peak_mib():,.0f} MiB\n")


if __name__ == "__main__":
    main()
