"""Whether all wheels are there for the macOS that is promised is asked as `make dmg` takes them."""
# pyright: basic
# basic: the script is found at run time.

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
Script = Callable[[str], ModuleType]


def test_each_lock_is_asked_for_and_nothing_is_built_or_installed(script: Script) -> None:
    wheels = script("check_wheels")
    assert {lock.name for lock in wheels.LOCKS} == {"app.lock", "dmg.lock"}
    assert all(lock.is_file() for lock in wheels.LOCKS)
    asking = wheels.asking("uv", wheels.LOCKS[0], Path("nowhere"))
    taking = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"--python-platform {wheels.PLATFORM} --only-binary :all: --require-hashes" in taking
    assert {"--dry-run", "--only-binary", "--require-hashes", wheels.PLATFORM} <= set(asking)
    assert wheels.environment()["MACOSX_DEPLOYMENT_TARGET"] == "14.0"


@pytest.mark.parametrize(("answer", "code"), [("exit 0", 0), ("case $* in *dmg.lock) exit 1;; esac", 1)])
def test_one_wheel_that_is_missing_is_enough(answer: str, code: int, tmp_path: Path, script: Script) -> None:
    uv = tmp_path / "uv"
    uv.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    uv.chmod(0o755)
    assert script("check_wheels").main([str(uv)]) == code
