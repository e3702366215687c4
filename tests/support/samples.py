"""The shipped samples and their plans, made once a test run."""

from functools import cache
from pathlib import Path

import gridpart as gp

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


@cache
def sample_plan(name, rules, seed=0):
    """Return the plan of a shipped sample."""
    return gp.partition(gp.read_district(SAMPLES / name), gp.load_rules(rules), seed=seed)


def hankou_plan():
    """Return the plan of hankou under its own rules."""
    return sample_plan("hankou", "qixian")
