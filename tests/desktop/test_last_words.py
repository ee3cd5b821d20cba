"""Why there is no window, said where it can be seen: the programs that show it are stood in for by scripts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backends.storage.paths import log_folder
from desktop.startup.last_words import say

WORDS = "Minim cannot open its window: Qt needs <libEGL.so.1>.\n\n  sudo apt-get install libegl1"


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    """A pipe that a stand-in for xmessage, alone on the PATH, writes what it was given into."""
    pipe, program = tmp_path / "shown", tmp_path / "bin" / "xmessage"
    os.mkfifo(pipe)
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" >"{pipe}"\n', encoding="utf-8")
    program.chmod(0o755)
    return pipe


def test_after_a_double_click_they_are_shown_and_kept(shown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(shown.parent / "bin")
    shower = say(WORDS, {"DISPLAY": ":0", "PATH": path}, has_terminal=False)
    assert shower is not None
    assert shown.read_text(encoding="utf-8") == f"-center|-title|Minim|{WORDS}|"
    os.waitpid(shower, 0)
    assert WORDS in (log_folder() / "app.log").read_text(encoding="utf-8")
    assert capsys.readouterr().err == WORDS + "\n"


@pytest.mark.parametrize(
    ("environment", "has_terminal"),
    [
        ({"DISPLAY": ":0"}, True),
        ({}, False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
    ],
)
def test_nothing_is_opened_in_a_terminal_or_without_a_display(
    shown: Path, environment: dict[str, str], has_terminal: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    calling = {**environment, "PATH": str(shown.parent / "bin")}
    assert say(WORDS, calling, has_terminal=has_terminal) is None
    assert (log_folder() / "app.log").exists() is not has_terminal
    assert capsys.readouterr().err == WORDS + "\n"


def test_where_nothing_can_show_or_keep_them_they_are_in_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("MINIM_HOME", str(tmp_path / "file"))
    say(WORDS, {"DISPLAY": ":0", "PATH": str(tmp_path)}, has_terminal=False)
    assert capsys.readouterr().err == WORDS + "\n"
