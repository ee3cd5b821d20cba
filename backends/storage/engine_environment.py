"""Engines that were installed into environments of their own: where they lie, whether they are whole, what is here."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import msgspec

from backends.contract.models import EngineName
from backends.storage.paths import data_folder

MARKER = "minim-engine.json"
"""The file that is written last: an environment without it is none."""

NEEDED: dict[EngineName, tuple[str, ...]] = {"MLX": ("mlx", "mlx_lm"), "Transformers": ("torch", "accelerate")}
"""What an engine imports that Minim's own Python may lack."""


class EngineEnvironment(msgspec.Struct, frozen=True):
    """What the marker says: the Python that the environment was made with, as "3.11", and what lies in it."""

    engine: EngineName
    python: str
    packages: dict[str, str]


def engine_folder(engine: EngineName) -> Path:
    """Where the environment of an engine lies, or would lie."""
    return data_folder() / "engines" / engine.lower()


def environment_python(folder: Path) -> Path:
    """The Python of the environment in `folder`."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def read_environment(engine: EngineName) -> EngineEnvironment | None:
    """The environment of an engine if it is whole, and made for a Python such as this one, whose packages it uses."""
    folder = engine_folder(engine)
    try:
        read = msgspec.json.decode((folder / MARKER).read_bytes(), type=EngineEnvironment)
    except (OSError, msgspec.MsgspecError):
        return None
    is_whole = read.engine == engine and read.python == python_version() and environment_python(folder).exists()
    return read if is_whole else None


def write_marker(folder: Path, environment: EngineEnvironment) -> None:
    """Make the environment in `folder` a whole one. Raises OSError."""
    new = folder / f"{MARKER}.new"
    with new.open("wb") as stream:
        stream.write(msgspec.json.encode(environment))
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(folder / MARKER)


def python_version() -> str:
    """Of this Python, as "3.11": packages with compiled parts fit no other."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def is_built_in(engine: EngineName) -> bool:
    """Whether this Python itself can import what the engine needs. Nothing is imported."""
    return all(importlib.util.find_spec(name) is not None for name in NEEDED[engine])


def engines_here() -> frozenset[EngineName]:
    """The engines that can be used: in this Python, or in an environment of their own. Nothing is imported."""
    return frozenset(engine for engine in NEEDED if is_built_in(engine) or read_environment(engine) is not None)
