"""The machine and the program in lines: versions, system, hardware, engines."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version

import psutil

from backends.contract.catalog import Hardware
from backends.contract.errors import MinimError
from backends.report.facts import Facts
from backends.storage.engine_environment import read_environment
from backends.terminal.words import hardware_words, size_words
from backends.workers.engine_command import ROOT, is_frozen

_PACKAGES = (
    "PySide6-Essentials", "shiboken6", "mlx", "mlx-lm", "transformers", "tokenizers", "huggingface_hub", "modelscope",
    "modelscope-hub", "mcp", "msgspec", "keyring", "torch", "accelerate", "autoawq",
)  # fmt: skip
_VARIABLES = ("XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "QT_QPA_PLATFORM", "LANG", "LC_ALL", "CUDA_VISIBLE_DEVICES")
_HARMLESS = re.compile(r"[\w.:,;@+-]{1,60}")


def version_words(name: str) -> str:
    """The version of a distribution that is installed here."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not told by this bundle" if is_frozen() else "not installed"


def kind_words() -> str:
    """As what Minim runs: a bundle, a source checkout, or a package that pip installed."""
    if is_frozen():
        return "bundle"
    return "source checkout" if (ROOT / "pyproject.toml").is_file() else "installed package"


def version_lines() -> list[str]:
    """Minim's version, Python's, and those of the libraries that it stands on."""
    lines = [f"Minim {version_words('minim')}, {kind_words()}", f"Python {platform.python_version()}"]
    return lines + [f"{name} {version_words(name)}" for name in _PACKAGES]


def system_lines(hardware: Hardware) -> list[str]:
    """The system and what it runs on."""
    memory = psutil.virtual_memory()
    lines = [
        f"{_system_words()}, {platform.machine()}",
        hardware_words(hardware),
        f"{os.cpu_count() or 0} processors; of the memory {size_words(memory.available)} are free now",
    ]
    return lines + [f"{name}={value}" for name in _VARIABLES if _HARMLESS.fullmatch(value := os.environ.get(name, ""))]


def engine_lines(facts: Facts) -> list[str]:
    """Of each engine whether it is here, and what lies in its environment if it has one of its own."""
    lines: list[str] = []
    for plan in facts.engines:
        size = f", {size_words(plan.disk_bytes)} in an environment of its own" if plan.installed and plan.folder else ""
        lines.append(f"{plan.engine}: {'installed' if plan.installed else 'not installed'}{size}")
        try:
            environment = read_environment(plan.engine)
        except MinimError:
            continue
        if environment is not None:
            found = sorted(environment.packages.items())
            lines.append(f"  Python {environment.python}: " + ", ".join(f"{name} {told}" for name, told in found))
    return lines or ["They could not be asked for."]


def _system_words() -> str:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        name = "Linux"
    return f"{name}, kernel {platform.release()}, {_libc_words()}"


def _libc_words() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or "glibc of an unknown version"
    except (ValueError, OSError):
        return "no glibc"
