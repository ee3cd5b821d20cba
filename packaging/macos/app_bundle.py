"""What makes PyInstaller's Minim.app Minim's: its Info.plist with the one version, and the words in Chinese."""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def project_version() -> str:
    """Return the version that pyproject.toml names."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def information(version: str) -> dict[str, Any]:
    """Return Info.plist with `version` in it; what comes behind its numbers (`1.2.0rc1`) macOS does not know."""
    numbers = re.match(r"\d+(\.\d+){0,2}", version)
    if numbers is None:
        raise ValueError(f"{version!r} does not begin with a version's numbers.")
    known = plistlib.loads((HERE / "Info.plist").read_bytes())
    return {**known, "CFBundleShortVersionString": numbers[0], "CFBundleVersion": numbers[0]}


def minimum_system() -> tuple[int, int]:
    """Return the oldest macOS that Info.plist promises, as (major, minor)."""
    major, minor = information("0")["LSMinimumSystemVersion"].split(".")[:2]
    return int(major), int(minor)


def complete(app: Path, version: str, icon: Path) -> None:
    """Lay Minim's own information and icon into a built app, before it is signed; what was there stays beside."""
    contents = app / "Contents"
    plist = contents / "Info.plist"
    wanted = {**plistlib.loads(plist.read_bytes()), **information(version)}
    program = contents / "MacOS" / wanted["CFBundleExecutable"]
    if not program.is_file():
        raise FileNotFoundError(f"Info.plist names {program.name}, and there is none in {program.parent}.")
    (contents / "Resources").mkdir(exist_ok=True)
    shutil.copyfile(icon, contents / "Resources" / wanted["CFBundleIconFile"])
    plist.write_bytes(plistlib.dumps(wanted))
    _lay_metal_beside_mlx(contents)
    for words in sorted(HERE.glob("*.lproj")):
        shutil.copytree(words, contents / "Resources" / words.name, dirs_exist_ok=True)


def _lay_metal_beside_mlx(contents: Path) -> None:
    """Link MLX's Metal library to each place that its code may be loaded from: MLX looks for it beside itself only."""
    kernels = next((path for path in sorted(contents.rglob("mlx.metallib")) if not path.is_symlink()), None)
    if kernels is None:
        raise FileNotFoundError("The app has no mlx.metallib: MLX would find no kernels for the GPU.")
    for library in contents.rglob("libmlx.dylib"):
        beside = library.parent / kernels.name
        if not beside.exists():
            beside.symlink_to(os.path.relpath(kernels, library.parent))
