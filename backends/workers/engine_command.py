"""How a worker's process is started: by this Python, or the engine's by that of an environment of its own."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from backends.contract.errors import MinimError
from backends.storage.engine_environment import engine_folder, environment_python, python_version, read_environment

_log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
"""The folder that `backends` is imported from, so that a worker finds it wherever the app was started."""

_LOOK_SECONDS = 20.0
_WORKER = (
    "import json, sys; sys.path += json.loads(sys.argv.pop(1)); "
    "from backends.workers.__main__ import main; main(sys.argv[1:])"
)


def is_frozen() -> bool:
    """Whether this is a bundle, in which the app's own binary is the worker's as well."""
    return bool(getattr(sys, "frozen", False))


def own_command(worker: str) -> Sequence[str]:
    """What starts a worker in this Python."""
    return [sys.executable, "worker", worker] if is_frozen() else [sys.executable, "-m", "backends.workers", worker]


def engine_command() -> Sequence[str]:
    """What starts the engine worker now: the Python of the Transformers engine's environment where there is one.

    That Python sees first what lies in its environment, then what this one sees. Ask again at each start: Minim may
    have been moved or updated, and an engine installed or removed. Waits for another process, briefly.
    """
    try:
        environment = read_environment("Transformers")
        python = environment_python(engine_folder("Transformers"))
    except (MinimError, OSError):  # there is no folder for data, or none that may be read: others say it in words
        return own_command("engine")
    if environment is None:
        return own_command("engine")
    if version_of(python) != python_version():  # a system's update may have put another in its place
        _log.info("%s does not run: the engine worker runs without it", python)
        return own_command("engine")
    return [str(python), "-I", "-c", _WORKER, json.dumps(site_folders()), "engine"]


def site_folders() -> list[str]:
    """Where this Python finds what is not its own: Minim, and the libraries that were installed beside it."""
    own = {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    own |= {os.path.join(folder, "lib-dynload") for folder in own}  # noqa: PTH118 - as sys.path has it, text
    bundle: object = getattr(sys, "_MEIPASS", None)
    there = [str(bundle)] if bundle else [str(ROOT), *sys.path]
    folders = (str(Path(entry).absolute()) for entry in there if entry and Path(entry).is_dir())
    return list(dict.fromkeys(folder for folder in folders if os.path.realpath(folder) not in own))


def version_of(python: Path | str) -> str:
    """The version that a Python says it is, as `python_version` writes it; "" if it does not run."""
    asked = [str(python), "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        told = subprocess.run(
            asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_LOOK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return told.stdout.strip()
