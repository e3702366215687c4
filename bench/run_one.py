"""Run one method once, in a process of its own: ``compare`` starts it and judges the labels.

The seconds are those of the call alone; the peak of memory is that of the whole process. At
the limit the kernel ends the process, because compiled code need not heed anything else.
"""

import argparse
import json
import resource
import signal
import time
from importlib import import_module
from pathlib import Path

import numpy as np

from bench.peers import METHODS
from bench.tasks import KINDS, Task, catalog

TINY = [
    Task("tiny", "fixed", "field-300", 15, 0.05),
    Task("tiny", "fixed", "field-300", 15, 0.01),
    Task("tiny", "fixed", "field-3000", 3, 0.05),
    Task("tiny", "range", "field-300", 15, 0.2),
    Task("tiny", "most", "field-300", 15),
]
"""Problems that take a blink."""
MIB = 2**20


def warm(module, function, kinds, folder=None):
    """Load, and compile where it must be, whatever the first call would."""
    for task in TINY:
        if task.kind in kinds:
            function(module.prepare(*task.instance(0, folder), task), 0)


def timed(module, function, task, seed, folder=None, limit=None):
    """Return the labels of one run and its seconds."""
    given = module.prepare(*task.instance(seed, folder), task)
    if limit:
        signal.setitimer(signal.ITIMER_REAL, limit)
    began = time.perf_counter()
    labels = function(given, seed)
    seconds = time.perf_counter() - began
    signal.setitimer(signal.ITIMER_REAL, 0)
    return labels, seconds


def peak_mib():
    """Return the peak of this process.

    Not ``ru_maxrss`` where there is another way: on Linux it starts from that of the parent.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB  # bytes on macOS


def main():
    """Run, and leave labels or an error in a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task")
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("seed", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", choices=KINDS, default="city")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds")
    parser.add_argument("--memory", type=float, default=12.0, help="GiB")
    asked = parser.parse_args()
    most = int(asked.memory * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    task = catalog(asked.kind)[asked.task]
    method = METHODS[asked.method]
    module = import_module(f"bench.peers.{method.module}")
    function = getattr(module, method.function)
    if method.module == "ours":
        warm(module, function, method.kinds, asked.cache)
    try:
        labels, seconds = timed(module, function, task, asked.seed, asked.cache, asked.limit)
    except Exception as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        text = (str(error).strip() or "no message").splitlines()[0]
        found = {"error": f"{type(error).__name__}: {text}"}
    else:
        found = {"seconds": seconds}
        np.save(asked.out.with_suffix(".npy"), labels)
    asked.out.write_text(json.dumps({**found, "mib": peak_mib()}))


if __name__ == "__main__":
    main()
