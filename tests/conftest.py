"""How many examples Hypothesis draws, and when slow tests run."""

import os

import pytest
from hypothesis import HealthCheck, settings

# The first example may compile a kernel, so that no deadline is fair.
common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", max_examples=50, **common)
settings.register_profile("ci", max_examples=200, derandomize=True, **common)
settings.register_profile("interpreted", max_examples=100, derandomize=True, **common)

if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
    settings.load_profile("interpreted")
else:
    settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_collection_modifyitems(config, items):
    """Leave out slow tests, unless in CI or asked for with -m or by name."""
    if os.environ.get("CI") or config.option.markexpr or config.option.keyword:
        return
    skip = pytest.mark.skip(reason="slow; run with `python -m pytest -m slow`, or in CI")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)
