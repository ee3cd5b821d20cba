"""The checks that need no window: folders, workers, engines, the keyring, and that no process is left."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from backends.contract.commands import LoadModel
from backends.contract.errors import MinimError
from backends.contract.events import ModelLoaded
from backends.contract.models import POCKET, ModelRef
from backends.report.asking import Asked
from backends.report.rows import Finding
from backends.storage.library import POCKET_FOLDER
from backends.storage.paths import cache_folder, data_folder, log_folder
from backends.storage.secrets import keyring_name

HELLO_SECONDS = 60.0
MORE_SECONDS = 15.0
"""What a check takes beyond that, to end the worker."""
TORCH_SECONDS = 180.0
"""Until Pocket M2 is loaded in torch: the first import after an update takes long."""
_GONE_SECONDS = 8.0


def check_folders() -> str:
    """Whether the person's folders for data, caches and logs can be written."""
    for folder in (data_folder(), cache_folder(), log_folder()):
        _check_folder(folder)
    return "can be written"


def check_worker(name: str, command: Sequence[str] | None = None) -> str:
    """Whether a worker starts, says hello, and ends when asked to. `command`: what starts it, if not this program."""
    worker = Asked(name, command=command, log_file=log_folder() / f"{name}.log")
    began = time.monotonic()
    try:
        worker.hello(HELLO_SECONDS)
        took = time.monotonic() - began
    except MinimError:
        with suppress(MinimError):  # why it said nothing is worth more than how it ended
            worker.end()
        raise
    worker.end()
    return f"hello after {took:.1f} s, ended when asked"


def check_transformers(command: Sequence[str] | None) -> str:
    """Whether the Transformers engine loads the built-in model. `command`: what starts the engine's worker."""
    worker = Asked("engine", command=command, log_file=log_folder() / "engine.log")
    try:
        ref = ModelRef(POCKET, "pytorch", "none", "folder", str(POCKET_FOLDER))
        loaded = worker.ask(LoadModel(ref, engine="Transformers"), ModelLoaded, TORCH_SECONDS)
    finally:
        worker.end()
    return f"{POCKET} loaded in {loaded.seconds:.1f} s"


def check_keyring() -> Finding:
    """Whether there is a keyring; a system without one is no failure."""
    name = keyring_name()
    if name:
        return Finding("passed", name)
    return Finding("noted", "none: access tokens are kept until Minim is closed")


def check_none_left(children: Callable[[], Sequence[psutil.Process]] | None = None) -> str:
    """Whether every process that was started has ended."""
    look = children or (lambda: psutil.Process().children(recursive=True))
    until = time.monotonic() + _GONE_SECONDS
    while (left := _alive(look())) and time.monotonic() < until:
        time.sleep(0.05)  # not all of them are this process's own, so it cannot wait for their ends
    if left:
        names = ", ".join(f"{process.pid}" for process in left)
        raise MinimError("internal", f"{len(left)} processes are left that should have ended: {names}.")
    return "all workers have ended"


def _alive(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    alive: list[psutil.Process] = []
    for process in processes:
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
        except psutil.Error:
            continue
    return alive


def _check_folder(folder: Path) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="minim-test-") as file:
            file.write(b"Minim")
            file.flush()
    except OSError as error:
        hint = "Give yourself the right to write there, or set MINIM_HOME to a folder of your own."
        raise MinimError("internal", f"{folder} cannot be written: {error.strerror}.", hint) from error
