"""What holds for every test: a home of its own, no unexpected log line, and a table of what could not run here."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

TEST_ALL = os.environ.get("MINIM_TEST_ALL") == "1"
# The same examples in every run, however long they take: another machine fails where this one would.
settings.register_profile(
    "minim", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("minim")
_ENDS_SECONDS = 60
"""How long a download may take to end once its test has."""
_PLACES = ("MINIM_", "HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "MODELSCOPE_", "HOME", "PATH", "TMPDIR", "XDG_", "LANG")
"""How the names of variables begin that say where and in which language; others are set for good by libraries."""
_did_not_run: Counter[tuple[str, str]] = Counter()
_ran: Counter[str] = Counter()
_skipped: list[str] = []


def _unavailable(marker: str) -> str | None:
    """Why tests with this marker cannot run here, None if they can."""
    if marker == "metal" and sys.platform != "darwin":
        return "needs Metal: runs on macOS 14 or later, Apple silicon"
    if marker == "linux" and sys.platform != "linux":
        return "needs Linux: a Mac has its display and its libraries always, and a style of its own"
    if marker == "dbus" and (sys.platform != "linux" or shutil.which("dbus-daemon") is None):
        return "needs Linux and dbus-daemon"
    if marker == "torch" and not TEST_ALL:
        return "needs torch: runs in `make test-all`"
    if marker == "olah" and not TEST_ALL:
        return "needs olah, a hub server: runs in `make test-all`"
    if marker == "cuda":
        if importlib.util.find_spec("torch") is None:
            return "needs a CUDA device and torch"
        torch: Any = importlib.import_module("torch")
        return None if torch.cuda.is_available() else "needs a CUDA device"
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run here, by name and reason, never in silence.

    Raises UsageError for a test that would be skipped somewhere, which only a run there would tell.
    """
    if skips := [item.nodeid for item in items for mark in ("skip", "skipif") if item.get_closest_marker(mark)]:
        raise pytest.UsageError(f"A marker of `_unavailable` says where these do not run: {skips}")
    kept: list[pytest.Item] = []
    for item in items:
        marks = [mark for mark in ("metal", "linux", "cuda", "torch", "olah", "dbus") if item.get_closest_marker(mark)]
        reasons = [why for mark in marks if (why := _unavailable(mark))]
        if reasons:
            _did_not_run[(item.nodeid.split("[")[0], reasons[0])] += 1
        else:
            kept.append(item)
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _skipped.append(report.nodeid)
    elif report.when == "call" and report.passed:
        _ran[report.nodeid.split("::")[0].removeprefix("tests/").rpartition("/")[0] or "tests"] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skip that is in no table is a failure. One of several processes hands its part of the table on."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["did_not_run"] = [(*row, count) for row, count in _did_not_run.items()]
    elif _skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process could not run: each has looked at all tests, so that they all say the same."""
    for test, why, count in getattr(node, "workeroutput", {}).get("did_not_run", ()):
        _did_not_run[(test, why)] = count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    write = terminalreporter.write_line
    terminalreporter.section("what ran")
    for room, count in sorted(_ran.items()):
        write(f"{count:6}  {room}")
    terminalreporter.section("what could not run here, and why")
    for (test, why), count in sorted(_did_not_run.items()):
        write(f"{count:6}  {test}: {why}")
    for what, why in NEVER_HERE:
        write(f"     –  {what}: {why}")
    for test in _skipped:
        write(f"SKIPPED WITHOUT A ROW IN THIS TABLE, which is a failure: {test}")


NEVER_HERE = (
    ()
    if sys.platform == "darwin"
    else (
        ("MLX on Metal, its memory limit and its speed", "needs macOS on Apple silicon; MLX runs on the CPU here"),
        ("the window with macOS's native style and menu bar", "needs macOS"),
    )
)
"""What no test covers on this kind of machine, so that the table is whole."""


@pytest.fixture(autouse=True)
def environment_stays() -> Iterator[None]:
    """Later tests find what they would without this one. Torn down after all that sets a variable for a test."""
    before = dict(os.environ)
    yield
    changed = {name for name, _ in os.environ.items() ^ before.items() if name.startswith(_PLACES)}
    for name in changed:
        os.environ.pop(name, None)
    os.environ.update({name: before[name] for name in changed & before.keys()})
    assert not changed, f"changed in the environment: {sorted(changed)}"


@pytest.fixture(autouse=True)
def home(environment_stays: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for every test: no preference, chat or model of the person who runs the tests is touched.

    Nor is a proxy of theirs used: all that tests ask is on this machine.
    """
    folder = tmp_path_factory.mktemp("home")
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("MINIM_HOME", str(folder))
    monkeypatch.setenv("HF_HOME", str(folder / "huggingface"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("MODELSCOPE_CACHE", str(folder / "modelscope"))
    return folder


@pytest.fixture(autouse=True)
def no_unexpected_log_lines(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning in the log fails the test; one that is expected is looked at and then cleared with caplog.clear()."""
    yield
    lines = [f"{r.name}: {r.getMessage()}" for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
    assert not lines, f"unexpected log lines: {lines}"


@pytest.fixture(autouse=True)
def no_download_goes_on(home: Path) -> Iterator[None]:
    """One that outlives its test would fetch into the home of a later one: the environment says where that is."""
    yield
    names = ("download", "download-file", "download-probe", "download-watch")
    threads = [thread for thread in threading.enumerate() if thread.name in names]
    until = time.monotonic() + _ENDS_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    assert not [thread.name for thread in threads if thread.is_alive()], "a download goes on after its test"
