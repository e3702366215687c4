"""No damage to a file gives anything but findings: no other error, no crash, no hang.

That reading never loses rows in silence is `test_sources.py`'s:
`test_a_file_that_was_cut_is_never_read_in_part`.
"""

import os
import subprocess
import sys
from pathlib import Path

import mutations
import pytest

QUICK, MANY = 5, 20 if os.environ.get("CI") else 60
"""Seeds of damage in every run, and where slow tests run."""
PATIENCE_S = 1800
"""Far beyond what the damage takes; only a hang lasts as long."""


@pytest.mark.parametrize("suffix", mutations.FORMATS)
def test_a_damaged_file_is_read_or_refused(tmp_path, suffix, capfd):
    path = mutations.build(tmp_path, suffix)
    original = path.read_bytes()

    for seed in range(QUICK):
        for finding in mutations.damaged(path, original, seed):
            assert finding.what

    assert capfd.readouterr() == ("", "")


def test_damage_differs_from_seed_to_seed():
    import numpy as np

    damage = {mutations.mutate(bytes(range(256)), np.random.default_rng(n)) for n in range(50)}

    assert len(damage) == 50


@pytest.mark.slow
@pytest.mark.parametrize("suffix", mutations.FORMATS)
def test_much_damage_neither_crashes_nor_hangs(suffix):
    folder = Path(mutations.__file__).parent
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", mutations.__file__, suffix, str(QUICK), str(MANY)],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert done.returncode == 0, f"seed {done.stdout.split()[-1:]}: {done.stderr[-2000:]}"
