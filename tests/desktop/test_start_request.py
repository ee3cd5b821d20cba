"""Which folder is meant by what is given on the command line, dropped, or opened with Minim."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.storage.paths import log_folder
from desktop.__main__ import main
from desktop.start_request import model_folder, take_token


def test_a_folder_is_meant_by_itself_and_by_its_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a model 模型"
    folder.mkdir()
    (folder / "model.safetensors").touch()
    monkeypatch.chdir(tmp_path)
    assert model_folder(["a model 模型"]) == str(folder)
    assert model_folder([str(folder / "model.safetensors")]) == str(folder)


def test_what_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    unreadable = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    Path(unreadable).mkdir()
    for paths, words in (
        ([str(tmp_path / "gone")], "There is no folder"),
        ([str(tmp_path / "notes.txt")], "is a file"),
        ([str(tmp_path), str(tmp_path)], "2 things"),
        ([unreadable], "UTF-8"),
    ):
        with pytest.raises(MinimError, match=words):
            model_folder(paths)


def test_words_that_are_no_command_are_told_from_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "gone")]) == 2
    assert "There is no folder" in capsys.readouterr().err
    assert "There is no folder" in (log_folder() / "app.log").read_text("utf-8")  # what a double click leaves
    assert main(["dance"]) == 2
    assert "no command, option or folder of that name: dance" in capsys.readouterr().err


def test_the_desktops_permission_is_passed_on() -> None:
    assert take_token({"DESKTOP_STARTUP_ID": "x11", "XDG_ACTIVATION_TOKEN": "wayland"}) == "wayland"
    assert take_token({"DESKTOP_STARTUP_ID": "x11"}) == "x11"
    assert take_token({}) == ""
    assert take_token({"DESKTOP_STARTUP_ID": "\udcff", "XDG_ACTIVATION_TOKEN": "two\nlines"}) == ""
