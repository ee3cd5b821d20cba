"""Asks the registry whether all that the app is made of is there for the macOS it promises: check_wheels.py [UV].

Installs nothing and runs on any system. UV: the program, if it is not on the PATH (packaging/locks/dmg.lock has it).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from app_bundle import ROOT, information

LOCKS = tuple(ROOT / "packaging" / "locks" / f"{name}.lock" for name in ("app", "dmg"))
PLATFORM = "aarch64-apple-darwin"
PYTHON = "3.11"


def main(arguments: list[str]) -> int:
    """Ask for each lock; returns the exit code."""
    uv = arguments[0] if arguments else "uv"
    with tempfile.TemporaryDirectory() as folder:
        codes = [subprocess.run(asking(uv, lock, Path(folder)), env=environment(), check=False) for lock in LOCKS]
    return max(code.returncode for code in codes)


def asking(uv: str, lock: Path, folder: Path) -> list[str]:
    """Return the command that would lay a lock's wheels into `folder`, as `make dmg` takes them."""
    return [
        uv, "pip", "install", "--dry-run", "--quiet", "--target", str(folder), "--python-platform", PLATFORM,
        "--python-version", PYTHON, "--only-binary", ":all:", "--no-deps", "--require-hashes", "-r", str(lock),
    ]  # fmt: skip


def environment() -> dict[str, str]:
    """Return the environment in which uv takes the wheels of the oldest macOS that Info.plist promises."""
    return {**os.environ, "MACOSX_DEPLOYMENT_TARGET": information("0")["LSMinimumSystemVersion"]}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
