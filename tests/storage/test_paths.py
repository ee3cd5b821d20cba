"""All that Minim keeps can be put below one folder."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.storage import paths


def test_minim_home_holds_all_three_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIM_HOME", str(tmp_path / "home"))
    folders = {paths.data_folder(), paths.cache_folder(), paths.log_folder()}
    assert len(folders) == 3
    assert all(folder.is_dir() and folder.parent == tmp_path / "home" for folder in folders)


def test_without_it_the_system_s_own_folders_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINIM_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    folders = [paths.data_folder(), paths.cache_folder(), paths.log_folder()]
    assert len(set(folders)) == 3
    assert all(folder.is_relative_to(tmp_path) and "Minim" in folder.parts for folder in folders)


def test_nobody_else_may_look_into_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIM_HOME", str(tmp_path))
    before = os.umask(0o022)
    try:
        modes = {folder.stat().st_mode & 0o777 for folder in (paths.data_folder(), paths.log_folder())}
    finally:
        os.umask(before)
    assert modes == {0o700}


def test_a_folder_that_cannot_be_made_gets_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    monkeypatch.setenv("MINIM_HOME", str(tmp_path / "home"))
    with pytest.raises(MinimError, match="cannot be made: Not a directory") as caught:
        paths.log_folder()
    assert str(tmp_path / "home" / "log") in caught.value.message
    assert "MINIM_HOME" in caught.value.hint


def test_a_home_that_nobody_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(number: int) -> None:
        raise KeyError(number)

    for name in ("HOME", "MINIM_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(MinimError, match="there is no home folder"):
        paths.data_folder()
