"""Writes what the engines' own environments are made of, and how large that is, into resources/engines.

Run it after update.sh: the exact versions and hashes are those of all.lock. Sizes are those of the wheels, fetched with
pip from the index it is set to use; where that lacks a version, the nearest one that it has stands in and is named.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent
ENGINES = HERE.parents[1] / "resources" / "engines"
TORCH = "torch===2.13.0"  # not a build that somebody marked with +cpu
PIP = "pip==26.0"
LOCKED = ("accelerate", "mpmath", "networkx", "setuptools", "sympy")
LOCKED_FOR_CUDA = ("autoawq",)
OPTIONAL = ("kernels>=0.18.2,<0.19",)
"""What Transformers 5.23 takes, for FP8. No index that Minim was built with has such a version: it cannot be locked."""
CHECKED = ("torch", "accelerate", "backends.engines.transformers_engine")
PYTHON = "3.11"
PLATFORMS = {
    "linux-x86_64": tuple(f"manylinux{name}_x86_64" for name in ("_2_28", "_2_27", "_2_24", "_2_17", "2014", "1")),
    "darwin-arm64": ("macosx_14_0_arm64", "macosx_11_0_arm64"),
}
ON_PLATFORM = {
    "linux-x86_64": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    "darwin-arm64": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
}


def main() -> None:
    """Write the locks and the table."""
    ENGINES.mkdir(exist_ok=True)
    blocks = read_lock(HERE / "all.lock")
    for name, names in (("transformers.txt", LOCKED), ("transformers-cuda.txt", LOCKED_FOR_CUDA)):
        text = "".join(block for wanted in names for block in blocks[wanted])
        (ENGINES / name).write_text(text, encoding="utf-8")
    recipe = {
        "first": [TORCH.replace("===", "==")],
        "checked": CHECKED,
        "pip": PIP,
        "optional": OPTIONAL,
        "sizes": {platform: once_each(sizes(platform, blocks)) for platform in PLATFORMS},
        "measured": f"wheels for CPython {PYTHON}",
    }
    (ENGINES / "transformers.json").write_text(json.dumps(recipe, indent=1) + "\n", encoding="utf-8")


def read_lock(file: Path) -> dict[str, list[str]]:
    """Each package's requirements with their hashes."""
    blocks: dict[str, list[str]] = {}
    for block in re.split(r"^(?=[a-z])", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        blocks.setdefault(block.split("==")[0], []).append(block)
    return blocks


def once_each(rows: Iterator[dict[str, object]]) -> list[dict[str, object]]:
    """Rows of different names."""
    return list({row["name"]: row for row in rows}.values())


def sizes(platform: str, blocks: dict[str, list[str]]) -> Iterator[dict[str, object]]:
    """Every package of the environment on a platform."""
    with tempfile.TemporaryDirectory() as folder:
        torch = fetch(TORCH, platform, Path(folder))
        yield measured(torch, TORCH, cuda=False)
        for name in LOCKED:
            pin = blocks[name][0].split(" ")[0]
            yield measured(fetch(pin, platform, Path(folder)), pin, cuda=False)
        for need in needs_for_cuda(torch, platform, Path(folder)):
            yield measured(fetch(need, platform, Path(folder)), need, cuda=True)
        for name in LOCKED_FOR_CUDA if platform.startswith("linux") else ():
            pin = blocks[name][0].split(" ")[0]
            yield measured(fetch(pin, platform, Path(folder)), pin, cuda=True)


def needs_for_cuda(wheel: Path, platform: str, folder: Path) -> Iterator[str]:
    """What a torch that was built for CUDA asks for on a platform, bundles of extras opened."""
    for need in needs(wheel, platform, {""}):
        if need.extras:
            bundle = fetch(f"{need.name}{need.specifier}", platform, folder)
            yield from (f"{part.name}{part.specifier}" for part in needs(bundle, platform, need.extras))
        if need.name.startswith(("cuda-", "nvidia-", "triton")):
            yield f"{need.name}{need.specifier}"
        if need.name == "cuda-bindings":
            yield "cuda-pathfinder"


def needs(wheel: Path, platform: str, extras: set[str]) -> Iterator[Requirement]:
    """What a wheel requires beside its own name."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
    for line in Parser().parsestr(text).get_all("Requires-Dist", []):
        need = Requirement(line)
        where = {**ON_PLATFORM[platform], "python_version": PYTHON}
        if need.marker is None:
            if extras == {""}:
                yield need
        elif any(need.marker.evaluate({**where, "extra": extra}) for extra in extras):
            yield need


def fetch(requirement: str, platform: str, folder: Path) -> Path:
    """The wheel (or source archive) of a requirement, or of the nearest version that the index has."""
    tags = [word for tag in PLATFORMS[platform] for word in ("--platform", tag)]
    wheels = ["--only-binary=:all:", "--python-version", PYTHON, "--implementation", "cp", *tags]
    name = re.split(r"[=<>]", requirement)[0]
    for wanted, options in ((requirement, wheels), (requirement, ["--no-build-isolation"]), (name, wheels)):
        target = Path(tempfile.mkdtemp(dir=folder))
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(target)]
        if subprocess.run([*command, *options, wanted], capture_output=True, check=False).returncode == 0:
            return next(target.iterdir())
    raise SystemExit(f"{requirement} is not to be had")


def measured(file: Path, requirement: str, *, cuda: bool) -> dict[str, object]:
    """A row of the table."""
    unpacked = 4 * file.stat().st_size
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    row: dict[str, object] = {
        "name": re.split(r"[=<>]", requirement)[0],
        "download_bytes": file.stat().st_size,
        "disk_bytes": unpacked,
        "cuda": cuda,
    }
    version = file.name.split("-")[1].removesuffix(".tar.gz")
    pinned = re.search(r"==+([\w.]+?)(\.\*)?$", requirement)
    if pinned and not f"{version}.".startswith(f"{pinned[1].removesuffix('.')}."):
        row["version_measured"] = version
    return row


if __name__ == "__main__":
    main()
