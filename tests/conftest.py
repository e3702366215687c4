"""How many examples Hypothesis draws, when slow tests run, and what many tests look through."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

CHROMIUM = Path("/usr/bin/chromium")

# The first example may compile a kernel, so that no deadline is fair.
common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", max_examples=50, **common)
settings.register_profile("ci", max_examples=100, derandomize=True, **common)
settings.register_profile("interpreted", max_examples=100, derandomize=True, **common)

if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
    settings.load_profile("interpreted")
else:
    settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_collection_modifyitems(config, items):
    """Leave out slow tests, unless in CI or asked for with -m or by name; begin with their files.

    A long file at the end would keep one process busy while the others have nothing left.
    """
    long_files = {item.path for item in items if "slow" in item.keywords}
    items.sort(key=lambda item: item.path not in long_files)
    if os.environ.get("CI") or config.option.markexpr or config.option.keyword:
        return
    skip = pytest.mark.skip(reason="slow; run with `python -m pytest -m slow`, or in CI")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="module")
def browser():
    """Return Chromium, without a window."""
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip("no Chromium of the system")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def no_chinese(monkeypatch):
    """Have no font with Chinese characters."""
    from gridpart import fonts

    monkeypatch.setattr(fonts, "FONTS", ())
    fonts.chinese_font.cache_clear()
    yield
    fonts.chinese_font.cache_clear()
