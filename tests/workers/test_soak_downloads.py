"""Three downloads of `make soak`'s thirty: 200 MB in five files, each killed ten times with -9."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.workers import soak_downloads


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_what_is_killed_ten_times_ends_right_and_fetches_little_twice(seed: int) -> None:
    command = [sys.executable, str(soak_downloads.__file__), "--count", "1", "--seed", str(seed)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 of 1 right" in ran.stdout
