"""The checks that need no window, on real processes and folders."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from backends.contract.errors import MinimError
from backends.report import checks
from backends.report.asking import Asked


def test_a_worker_says_hello_and_ends() -> None:
    assert "ended when asked" in checks.check_worker("tools")


def test_a_worker_that_cannot_be_started_is_told() -> None:
    with pytest.raises(MinimError, match="could not be started"):
        checks.check_worker("engine", ["/nonexistent/minim"])


def test_a_worker_that_ends_by_itself_is_told() -> None:
    with pytest.raises(MinimError, match="engine worker"):
        checks.check_worker("engine", [sys.executable, "-c", "raise SystemExit(3)"])


def test_a_worker_that_says_nothing_is_not_waited_for() -> None:
    worker = Asked("engine", command=[sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(MinimError, match="said nothing within 0 s"):
        worker.hello(0.05)
    worker.end()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_folders() == "can be written"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MINIM_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(MinimError, match="cannot be made"):
        checks.check_folders()


def test_a_process_that_is_left_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_GONE_SECONDS", 0.0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        left = [psutil.Process(process.pid)]
        with pytest.raises(MinimError, match="1 processes are left"):
            checks.check_none_left(lambda: left)
        process.terminate()
    assert checks.check_none_left(lambda: left) == "all workers have ended"
