"""Compare gridpart with its peers, each run in a process of its own, judged by one judge.

``python -m bench.compare --tasks 1000/50/5 --seeds 3`` takes minutes. Runs are appended to a
file of JSON lines, and those that stand there are not repeated, so that a killed comparison
goes on where it was; ``--render`` writes the table from the file alone.
"""

import argparse
import fnmatch
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from bench import instances, machine
from bench.judge import judge
from bench.peers import METHODS
from bench.table import render
from bench.tasks import KINDS, catalog

ONE_CORE = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "RAYON_NUM_THREADS",
    ),
    "1",
)
START_S = 300
"""What a process may take beside its limit: imports, compilation, conversion of the graph."""


def run(task, name, seed, asked):
    """Return the record of one run."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        command = [
            sys.executable, "-m", "bench.run_one", task.name, name, str(seed), str(out),
            "--cache", str(asked.cache), "--limit", str(asked.limit),
            "--memory", str(asked.memory), "--kind", asked.kind,
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command, env={**os.environ, **ONE_CORE}, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=asked.limit + START_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"error": f"timeout: no answer {START_S} s after the limit"}
        if done.returncode == -signal.SIGALRM:
            return {"error": f"timeout: {asked.limit:g} s"}
        if not out.exists():
            return {"error": ended(done)}
        found = json.loads(out.read_text())
        if "error" in found:
            return found
        labels = np.load(out.with_suffix(".npy"))
    instance, load = task.instance(seed, asked.cache)
    low, high = task.limits(load)
    n_grids = task.n_grids if task.kind == "fixed" else None
    verdict = judge(instance, load, labels, lower=low, upper=high, n_grids=n_grids)
    return {**found, **verdict, "most": task.most(load)}


def ended(done):
    """Return how a process ended that left no answer."""
    if done.returncode < 0:
        return f"crash: {signal.Signals(-done.returncode).name}"
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit {done.returncode}"


def given_up(records, task, name):
    """Return why a run is not worth its time, or None.

    Two runs of the same task, or of a smaller one that asks no more, ran out of it.
    """
    tasks = catalog()
    late = Counter(
        row["task"]
        for row in records
        if row["method"] == name and row.get("error", "").startswith("timeout")
    )
    for other, count in late.items():
        if count >= 2 and task.includes(tasks[other]):
            return f"not run: timeout at {other if other != task.name else 'two seeds'}"
    return None


def installed(name):
    """Return whether the package of a method is there."""
    try:
        version(METHODS[name].package)
    except PackageNotFoundError:
        return False
    return True


def read(file):
    """Return the records and the heads of a file of JSON lines."""
    lines = file.read_text().splitlines() if file.exists() else []
    rows = [json.loads(line) for line in lines if line.strip()]
    return [row for row in rows if "task" in row], [row for row in rows if "task" not in row]


def write(file, row):
    """Append one line."""
    with file.open("a") as lines:
        lines.write(json.dumps(row) + "\n")


def go(tasks, names, seeds, asked):
    """Run what has no record yet."""
    records, _ = read(asked.json)
    known = {(row["task"], row["method"], row["seed"]) for row in records}
    for task in tasks:
        for name in names:
            for seed in seeds:
                if task.kind not in METHODS[name].kinds or (task.name, name, seed) in known:
                    continue
                task.instance(seed, asked.cache)
                reason = given_up(records, task, name)
                found = {"error": reason} if reason else run(task, name, seed, asked)
                record = {"task": task.name, "method": name, "seed": seed, **found}
                records.append(record)
                write(asked.json, record)
                print(brief(record), flush=True)


def brief(record):
    """Return a run in one line."""
    head = f"{record['task']:<16} {record['method']:<20} {record['seed']:>3}"
    if "error" in record:
        return f"{head}  {record['error']}"
    verdict = "valid" if record["valid"] else ", ".join(record["faults"])
    return f"{head}  {record['seconds']:>8.3f} s {record['mib']:>6.0f} MiB  {verdict}"


def chosen(parser, patterns, names, what):
    """Return the names that match any of the patterns."""
    if not patterns:
        return list(names)
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            parser.error(f"no {what} {pattern!r}; there are {', '.join(names)}")
    return [name for name in names if any(fnmatch.fnmatchcase(name, p) for p in patterns)]


def main():
    """Run, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="*", help="names or patterns such as '1000/*'; all")
    parser.add_argument("--methods", nargs="*", help="names or patterns such as 'METIS*'; all")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of one run")
    parser.add_argument("--memory", type=float, default=12.0, help="GiB of address space of one")
    parser.add_argument("--out", type=Path, default=Path("bench/RESULTS.md"), help="the table")
    parser.add_argument("--json", type=Path, help="the runs; by default beside the table")
    parser.add_argument("--cache", type=Path, default=instances.cache_folder())
    parser.add_argument("--kind", choices=KINDS, default="city", help="of the made places")
    parser.add_argument("--render", action="store_true", help="run nothing")
    asked = parser.parse_args()
    asked.json = asked.json or asked.out.with_suffix(".jsonl")
    tasks = catalog(asked.kind)
    names = chosen(parser, asked.methods, METHODS, "method")
    if not asked.render:
        absent = [name for name in names if not installed(name)]
        command = shlex.join(["python", "-m", "bench.compare", *sys.argv[1:]])
        packages = [method.package for method in METHODS.values()]
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        head = {"command": command, "limit": asked.limit, "kind": asked.kind, "absent": absent}
        write(asked.json, {**head, **machine.describe(packages)})
        picked = [tasks[name] for name in chosen(parser, asked.tasks, tasks, "task")]
        go(picked, [name for name in names if name not in absent], range(asked.seeds), asked)
    records, heads = read(asked.json)
    asked.out.write_text(render(records, heads, tasks))
    print(asked.out)


if __name__ == "__main__":
    main()
