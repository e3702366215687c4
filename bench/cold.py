"""What compiling all kernels costs, once: ``python -m bench.cold``.

Search, repair, bound and exact method run twice in a fresh interpreter with an empty cache;
the second run takes what they take without compiling.
"""

import argparse
import json
import os
import tempfile
from functools import partial
from unittest.mock import patch

from bench import machine
from bench.own_process import clocked, in_own_process
from bench.peers import ours
from bench.small_cases import N_GRIDS, small_case
from bench.tasks import catalog


def one():
    """Print the seconds of processor time that each part takes more in the first run."""
    import scipy.optimize  # noqa: F401 - HiGHS, whose import is no compilation

    task = catalog()["1000/50/1"]
    place = task.instance(0)
    units, graph, tolerance = small_case(0)
    import gridpart as gp

    def proof():
        return gp.regionalize(
            units, "load", method="exact", n_grids=N_GRIDS, tolerance=tolerance, graph=graph
        )

    def run():
        found, _, search = clocked(partial(ours.prepare(*place, task), seed=0))
        _, _, bound = clocked(lambda: found.bound)
        _, _, exact = clocked(proof)
        return {"search": search, "bound": bound, "exact": exact}

    first, second = run(), run()
    print(json.dumps({name: first[name] - second[name] for name in first}))


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", action="store_true", help="measure in this process")
    parser.add_argument("--times", type=int, default=3, help="fresh caches")
    asked = parser.parse_args()
    if asked.one:
        one()
        return
    print(machine.line(["gridpart"], ["gridpart", "numba"]) + "\n")
    print("| search and repair | bound | exact | all, s of processor time |")
    print("|---:|---:|---:|---:|")
    for _ in range(asked.times):
        with tempfile.TemporaryDirectory() as cache, patch.dict(os.environ, NUMBA_CACHE_DIR=cache):
            took = in_own_process("bench.cold")
        cells = [*took.values(), sum(took.values())]
        print("| " + " | ".join(f"{seconds:.1f}" for seconds in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
