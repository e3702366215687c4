"""Measure one thing in a fresh interpreter, so that its peak of memory is its own."""

import json
import subprocess
import sys
import time


def in_own_process(module, *one):
    """Return what ``python -m module --one ...`` prints last, as JSON."""
    command = [sys.executable, "-m", module, "--one", *map(str, one)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def clocked(call, *told):
    """Return what a call returns, its seconds and its seconds of processor time."""
    began = time.perf_counter(), time.process_time()
    found = call(*told)
    return found, time.perf_counter() - began[0], time.process_time() - began[1]
