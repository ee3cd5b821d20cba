"""What a server is started with: where its command is found, and what it is handed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.contract.tools import ToolServer
from backends.tools.server_environment import command_of, environment_of, folder_of, search_path


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home, and the short PATH of an app that was opened by double-click."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return tmp_path


def program(file: Path, mode: int = 0o755) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(mode)
    return file


def test_looks_where_tools_are_usually_installed(person: Path) -> None:
    for folder in (".local/bin", ".cargo/bin", ".volta/bin", ".bun/bin"):
        there = program(person / folder / f"tool-of-{folder[1:4]}")
        assert command_of(ToolServer("x", there.name)) == str(there)
    assert {"/opt/homebrew/bin", "/usr/local/bin"} <= set(search_path())
    assert search_path()[:2] == ["/usr/bin", "/bin"]


def test_takes_the_version_of_node_that_nvm_has_as_its_default(person: Path) -> None:
    versions = person / ".nvm" / "versions" / "node"
    old, new = (program(versions / version / "bin" / "npx-of-test") for version in ("v18.20.1", "v100.0.1"))
    assert command_of(ToolServer("x", "npx-of-test")) == str(new)
    alias = person / ".nvm" / "alias" / "default"
    alias.parent.mkdir()
    alias.write_text("18\n")
    assert command_of(ToolServer("x", "npx-of-test")) == str(old)
    alias.write_text("lts/*\n")
    assert command_of(ToolServer("x", "npx-of-test")) == str(new)


def test_says_that_a_command_is_not_there_and_where_it_was_looked_for(person: Path) -> None:
    with pytest.raises(MinimError) as caught:
        command_of(ToolServer("x", "npx-of-nobody"))
    assert caught.value.message == "The command npx-of-nobody was not found."
    assert "opened by double-click" in caught.value.hint
    assert str(person / ".local" / "bin") in caught.value.hint


def test_says_that_a_file_is_no_program(person: Path) -> None:
    file = program(person / "server.py", 0o644)
    with pytest.raises(MinimError) as caught:
        command_of(ToolServer("x", "~/server.py"))
    assert caught.value.message == f"{file} is not executable."
    assert "chmod +x" in caught.value.hint


def test_hands_on_little_and_the_servers_own(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "MINIM_HOME", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "PYTHONPATH", "LD_PRELOAD"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "() { echo; }")
    handed = environment_of(ToolServer("x", "run", env={"API_KEY": "its own", "LC_ALL": "de"}))
    allowed = {"HOME", "LOGNAME", "PATH", "SHELL", "USER", "LANG", "TMPDIR", "API_KEY"}
    assert {name for name in handed if not name.startswith("LC_")} <= allowed
    assert (handed["API_KEY"], handed["LC_ALL"], handed["HOME"]) == ("its own", "de", str(person))
    assert handed["PATH"].split(os.pathsep) == search_path()


def test_a_path_of_the_servers_own_is_where_its_command_is_looked_for(person: Path) -> None:
    there = program(person / "own" / "run-it")
    assert command_of(ToolServer("x", "run-it", env={"PATH": str(there.parent)})) == str(there)


def test_a_folder_of_a_user_that_is_not_there_gets_words() -> None:
    server = ToolServer("notes", "true", cwd="~nobody_of_this_name/notes")
    with pytest.raises(MinimError, match="There is no folder ~nobody_of_this_name/notes"):
        folder_of(server)
