"""pip as the installation of an engine runs it: ended with this process, cancelled at any time, its end in words."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import logging
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from backends.contract.errors import MinimError, RequestStopped
from backends.storage.engine_environment import python_version

_log = logging.getLogger(__name__)

BUILT = "--only-binary=:all:"
"""For what is fetched without a hash: no package's own code runs while it is installed."""

_OLDEST = (24, 1)
"""The first pip that tells its progress in numbers."""

_MISLEADING = (
    # Settings of pip that would put it elsewhere, or nowhere.
    "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_REQUIRE_VIRTUALENV", "PIP_DRY_RUN",
    "PIP_REQUIRE_HASHES",  # torch comes in builds of different hashes
    # What pip starts to build a package is another Python, which would see the person's own packages before its own.
    "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONUSERBASE",
)  # fmt: skip

_RUNNER = "__pip-runner__.py"
_LOOK_SECONDS = 0.1
_END_SECONDS = 2.0
_KEPT_LINES = 40
# It ends with the worker, whose end of the pipe closes then: nothing is done that nobody waits for.
_WATCH = """
import os, sys, threading
def end_with_the_worker():
    while os.read(0, 1):  # not sys.stdin, whose lock would be held when Python ends
        pass
    os._exit(1)
threading.Thread(target=end_with_the_worker, daemon=True).start()
"""
_PIP = "import runpy; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"

_FULL = ("No space left on device", "Disk quota exceeded")
_OFFLINE = (
    "NewConnectionError", "NameResolutionError", "Failed to establish a new connection", "ConnectTimeoutError",
    "Temporary failure in name resolution", "Network is unreachable", "ReadTimeoutError", "ProxyError",
    "Connection refused", "IncompleteDownloadError", "IncompleteRead",
)  # fmt: skip
_NOT_THERE = re.compile(r"No matching distribution found for ([^\s;]+)")


def own_pip() -> Path | None:
    """The file by which another Python can run this one's pip; None if there is none, or one that is too old."""
    spec = importlib.util.find_spec("pip")
    if spec is None or not spec.submodule_search_locations:
        return None
    try:
        version = importlib.metadata.version("pip")
    except importlib.metadata.PackageNotFoundError:
        return None
    runner = Path(next(iter(spec.submodule_search_locations))) / _RUNNER
    return runner if is_new_enough(version) and runner.is_file() else None


def is_new_enough(version: str) -> bool:
    """Whether a pip of this version tells its progress in numbers."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= _OLDEST


def runner_in(site: Path) -> Path:
    """The same file of the pip that lies in `site`."""
    return site / "pip" / _RUNNER


class Runner:
    """Runs programs with the environment's Python, one after the other; `hear` is given each line they write."""

    def __init__(self, python: Path, scratch: Path, hear: Callable[[str], None], cancelled: Callable[[], bool]) -> None:
        self._python = python
        self._env = _environment(scratch)
        self._hear = hear
        self._cancelled = cancelled

    def pip(self, runner: Path, *arguments: str, progress: str = "raw") -> None:
        """Run `pip install` with these arguments. Raises MinimError with words for how it failed, RequestStopped."""
        options = (
            f"--progress-bar={progress}",
            "--no-cache-dir",
            "--no-user",
            "--no-warn-script-location",
            "--disable-pip-version-check",
        )
        lines: deque[str] = deque(maxlen=_KEPT_LINES)

        def keep(line: str) -> None:
            if not line.startswith("Progress "):
                lines.append(line)
            self._hear(line)

        code = self._run(["-c", _WATCH + _PIP, str(runner), "install", "--no-input", *options, *arguments], keep)
        if code != 0:
            _log.info("pip failed with %d:\n%s", code, "\n".join(lines))
            raise failure_of("\n".join(lines), code)

    def module(self, name: str, *arguments: str) -> tuple[int, list[str]]:
        """Run a module; → its exit code and the end of what it wrote. Raises RequestStopped."""
        lines: deque[str] = deque(maxlen=_KEPT_LINES)
        return self._run(["-m", name, *arguments], lines.append), list(lines)

    def code(self, code: str, *arguments: str) -> tuple[int, list[str]]:
        """Run Python code, which finds `sys` imported; the same."""
        lines: deque[str] = deque(maxlen=_KEPT_LINES)
        return self._run(["-c", _WATCH + code, *arguments], lines.append), list(lines)

    def _run(self, arguments: list[str], hear: Callable[[str], None]) -> int:
        command = [str(self._python), "-I", "-u", *arguments]
        try:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,  # what pip starts to build a package ends with it
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise MinimError("internal", f"{self._python} does not run: {error.strerror}.", _TRY_PYTHON) from error
        assert popen.stdout is not None  # a pipe was asked for
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(popen.stdout, lines), name="engine-pip", daemon=True)
        reader.start()
        try:
            return self._listen(popen, lines, hear)
        finally:
            _end(popen)
            reader.join(_END_SECONDS)
            for pipe in (popen.stdin, popen.stdout):
                assert pipe is not None
                with contextlib.suppress(OSError):
                    pipe.close()

    def _listen(
        self, popen: subprocess.Popen[str], lines: queue.SimpleQueue[str | None], hear: Callable[[str], None]
    ) -> int:
        while True:
            if self._cancelled():
                raise RequestStopped
            try:
                line = lines.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                return popen.wait()
            if line:
                hear(line)


def _read(stdout: IO[str], lines: queue.SimpleQueue[str | None]) -> None:
    with contextlib.suppress(OSError, ValueError):  # it was closed under us
        for line in stdout:
            lines.put(line.rstrip())
    lines.put(None)


def _end(popen: subprocess.Popen[str]) -> None:
    """End a process and what it started."""
    with contextlib.suppress(OSError):  # gone
        os.killpg(popen.pid, signal.SIGTERM if popen.poll() is None else signal.SIGKILL)
    try:
        popen.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()


def _environment(scratch: Path) -> Mapping[str, str]:
    """This process's, the person's settings of pip and its proxies with it; what is unpacked lies beside the rest."""
    env = dict(os.environ, TMPDIR=str(scratch))
    of_this_python = Path(sys.prefix) / "pip.conf"  # pip would look beside the other Python
    if "PIP_CONFIG_FILE" not in env and of_this_python.is_file():
        env["PIP_CONFIG_FILE"] = str(of_this_python)
    for name in _MISLEADING:
        env.pop(name, None)
    return env


_TRY_PYTHON = "Check that Python is installed completely, then install the engine again."
_TRY_AGAIN = "Install the engine again; nothing was left behind."


def failure_of(output: str, code: int) -> MinimError:
    """What the end of pip's output says, in words for a person."""
    if any(sign in output for sign in _FULL):
        return MinimError(
            "disk_full", "The disk became full while the engine was installed.", f"Free space. {_TRY_AGAIN}"
        )
    if "DO NOT MATCH THE HASHES" in output:
        message = "A package that came is not the one that Minim was made with: its hash differs."
        return MinimError("hash_mismatch", message, "Check which package index pip is set to use, and try again.")
    if any(sign in output for sign in _OFFLINE):
        message = "The package index cannot be reached, or the connection broke."
        return MinimError(
            "offline", message, f"Check the connection and the proxy that pip is set to use. {_TRY_AGAIN}"
        )
    if (missing := _NOT_THERE.search(output)) is not None:
        message = f"The package index has no {missing[1]} for Python {python_version()} on this machine."
        return MinimError("not_found", message, "Check which package index pip is set to use: `pip config list`.")
    errors = [line.removeprefix("ERROR: ") for line in output.splitlines() if line.startswith("ERROR: ")]
    what = errors[-1][:400].rstrip(".") if errors else f"it ended with code {code}"
    return MinimError(
        "internal", f"pip could not install the engine: {what}.", "The log of the downloads worker says more."
    )
