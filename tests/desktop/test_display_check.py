"""Displays that are not there, not alive or not this user's: words and exit code 1, never Qt's abort."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.startup import display_check
from desktop.startup.display_check import words_for_no_display

pytestmark = pytest.mark.linux


@pytest.mark.parametrize(
    ("display", "words"),
    [
        ({}, "no display is set"),
        ({"DISPLAY": ":7777"}, "DISPLAY=:7777"),
        ({"DISPLAY": "rubbish"}, "DISPLAY=rubbish"),
        ({"DISPLAY": ":7777", "WAYLAND_DISPLAY": "wayland-77"}, "DISPLAY=:7777 and WAYLAND_DISPLAY=wayland-77"),
        ({"WAYLAND_DISPLAY": "wayland-77", "QT_QPA_PLATFORM": "wayland"}, "WAYLAND_DISPLAY=wayland-77"),
    ],
)
def test_a_start_without_a_display_says_so(display: dict[str, str], words: str, tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if "DISPLAY" not in name and name != "QT_QPA_PLATFORM"}
    environment = {**bare, "XDG_RUNTIME_DIR": str(tmp_path), **display}
    command = [sys.executable, "-m", "desktop"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 1
    # on a machine without the libraries, these are named first
    assert words in ended.stderr or "system libraries" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_display_that_answers_will_do(tmp_path: Path) -> None:
    wayland = {"WAYLAND_DISPLAY": "wayland-77", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert "wayland-77" in words_for_no_display(wayland)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "wayland-77"))
        listening.listen()
        assert words_for_no_display(wayland) == ""
        assert words_for_no_display({"WAYLAND_DISPLAY": str(tmp_path / "wayland-77")}) == ""
    assert "wayland-77" in words_for_no_display(wayland)  # its socket is still there, and nobody behind it
    assert words_for_no_display({"QT_QPA_PLATFORM": "offscreen"}) == ""


def test_a_display_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_check, "_PATIENCE_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        display = f"127.0.0.1:{silent.getsockname()[1] - 6000}"
        monkeypatch.setenv("DISPLAY", display)
        told = words_for_no_display({"DISPLAY": display})
        assert f"does not answer, or does not let this user in (DISPLAY={display})" in told
