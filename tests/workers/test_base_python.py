"""Which Python a bundle makes an engine's environment with, on the PATH of a terminal and on that of a double click."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.storage.engine_environment import python_version
from backends.workers import base_python as room
from backends.workers.base_python import base_python, searched_folders

Lay = Callable[[str, str], Path]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Lay a program that says a version and writes down that it was asked."""

    def program(name: str, version: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\necho asked >>'{file}.asked'\necho {version}\n", encoding="utf-8")
        file.chmod(0o755)
        return file

    return program


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


def test_a_checkout_takes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", False)
    assert base_python() == Path(sys.executable)


def test_the_path_is_searched_for_the_bundles_version(lay: Lay) -> None:
    assert base_python() is None
    lay("path/python3", "3.9")
    assert base_python() is None
    wanted = lay("path/python", python_version())
    assert base_python() == wanted


def test_what_lies_where_minim_is_started_is_not_run(lay: Lay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay("path/python3", python_version())
    monkeypatch.chdir(tmp_path / "path")
    monkeypatch.setenv("PATH", os.pathsep.join((".", "", "../path")))
    assert base_python() is None
    assert list((tmp_path / "path").glob("*.asked")) == []


def test_a_double_clicked_mac_app_finds_what_a_terminal_finds(lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = lay(f"home/.local/bin/python{python_version()}", python_version())
    monkeypatch.setattr(sys, "platform", "linux")
    assert base_python() is None
    monkeypatch.setattr(sys, "platform", "darwin")
    assert base_python() == wanted
    folders = searched_folders()
    assert {"/opt/homebrew/bin", "/usr/local/bin"} <= set(folders)
    assert f"/Library/Frameworks/Python.framework/Versions/{python_version()}/bin" in folders


def test_a_macs_own_python_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def which(name: str, path: str) -> str | None:
        return f"/usr/bin/{name}" if path == "/usr/bin" else None

    asked: list[str] = []

    def version_of(python: str) -> str:
        asked.append(python)
        return python_version()

    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setattr(shutil, "which", which)
    monkeypatch.setattr(room, "version_of", version_of)
    monkeypatch.setattr(sys, "platform", "linux")
    assert base_python() == Path(f"/usr/bin/python{python_version()}")
    asked.clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert base_python() is None
    assert asked == []
