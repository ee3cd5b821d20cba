"""Listing and searching: sorted, complete up to a limit, and in words what was left out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.tools import folder_stroll
from backends.tools.base import Tool
from backends.tools.file_tools import file_tools


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for path in ("src/deep/c.py", "src/b.py", ".git/config", "node_modules/x/index.js", "README.md", "Zebra", "apple"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"# {path}\n")
    return folder


@pytest.fixture
def tools(folder: Path, tmp_path: Path) -> dict[str, Tool]:
    return {tool.info.name: tool for tool in file_tools((str(folder),), tmp_path / "undo", ())}


def test_a_folder_is_listed_in_order_with_folders_marked(tools: dict[str, Tool]) -> None:
    lines = [".git/", "apple (8 bytes)", "node_modules/", "README.md (12 bytes)", "src/", "Zebra (8 bytes)"]
    assert tools["list_files"].run({}).text.splitlines() == lines
    assert tools["list_files"].run({"folder": "."}).text.splitlines() == lines
    assert tools["list_files"].run({"folder": "src/../"}).text.splitlines() == lines


def test_deeper_levels_name_what_can_be_read_with_that_path(tools: dict[str, Tool]) -> None:
    listed = tools["list_files"].run({"folder": "src", "depth": 2}).text.splitlines()
    assert listed == ["src/b.py (11 bytes)", "src/deep/", "src/deep/c.py (16 bytes)"]
    assert tools["read_file"].run({"path": listed[2].split(" ")[0]}).text == "# src/deep/c.py\n"
    everything = tools["list_files"].run({"depth": 20}).text
    assert "config" not in everything
    assert "index.js" not in everything


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.py", ["src/b.py", "src/deep/c.py"]),
        ("**/*.PY", ["src/b.py", "src/deep/c.py"]),
        ("src/*.py", ["src/b.py"]),
        ("deep", ["src/deep/"]),
        ("[az]*", ["apple", "Zebra"]),
        ("*" * 200, None),
    ],
)
def test_a_pattern_chooses_names(tools: dict[str, Tool], pattern: str, names: list[str] | None) -> None:
    listed = tools["list_files"].run({"pattern": pattern, "depth": 5}).text
    found = [line.split(" (")[0] for line in listed.splitlines()]
    assert found == names if names is not None else len(found) == 9


def test_nothing_gets_words(tools: dict[str, Tool], folder: Path) -> None:
    (folder / "empty").mkdir()
    assert tools["list_files"].run({"folder": "empty"}).text == "[The folder is empty.]"
    assert tools["list_files"].run({"folder": "apple"}).text == "apple (8 bytes)"
    assert tools["list_files"].run({"pattern": "*.c"}).text == "[Nothing there is called so.]"
    for arguments, words in (
        ({"folder": "nothing"}, "There is no nothing."),
        ({"depth": 0}, "The depth is 1 to 20."),
        ({"depth": 21}, "The depth is 1 to 20."),
        ({"pattern": "x" * 201}, "The pattern is too long"),
    ):
        with pytest.raises(MinimError, match=words):
            tools["list_files"].run(arguments)


def test_many_entries_are_cut_with_words(tools: dict[str, Tool], folder: Path) -> None:
    for i in range(600):
        (folder / "src" / f"{i:03}").touch()
    lines = tools["list_files"].run({"folder": "src"}).text.splitlines()
    assert len(lines) == 501
    assert lines[499:] == ["src/499 (0 bytes)", "[102 more are not shown. List a folder in it, or use a pattern.]"]


def test_what_cannot_be_listed_whole_is_told(
    tools: dict[str, Tool], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_stroll, "MAX_IN_FOLDER", 3)
    assert "[. holds more than 3 entries: not all were seen.]" in tools["list_files"].run({}).text
    monkeypatch.setattr(folder_stroll, "MAX_SECONDS", -1.0)
    assert "[Stopped after " in tools["search_files"].run({"query": "x"}).text


def test_several_folders_are_listed_and_searched_one_after_the_other(folder: Path, tmp_path: Path) -> None:
    granted = (str(folder / "src"), str(tmp_path / "gone"), str(folder))
    tools = {tool.info.name: tool for tool in file_tools(granted, tmp_path / "undo", ())}
    assert tools["list_files"].run({}).text == "src/\ngone/\nproject/"
    found = tools["list_files"].run({"pattern": "b.*", "depth": 2}).text
    assert found.splitlines() == ["src/b.py (11 bytes)", "project/src/b.py (11 bytes)", "[Could not be read: gone]"]
    found = tools["search_files"].run({"query": "b.py"}).text
    assert found.splitlines() == [
        "src/b.py:1: # src/b.py",
        "project/src/b.py:1: # src/b.py",
        "[Could not be read: gone]",
    ]


def test_names_that_are_no_text_are_told_readably(tools: dict[str, Tool], folder: Path) -> None:
    name = b"/caf\n" if sys.platform == "darwin" else b"/caf\xe9\n"  # only text can be a name there
    os.close(os.open(os.fsencode(folder / "src") + name, os.O_CREAT | os.O_WRONLY))
    listed = tools["list_files"].run({"folder": "src"}).text
    assert f"src/caf{'�' * (len(name) - 4)} (0 bytes)" in listed.splitlines()
    listed.encode()


def test_a_search_finds_lines_whatever_their_case(tools: dict[str, Tool], folder: Path) -> None:
    (folder / "src" / "b.py").write_bytes("no\r\n  Straße FOO\r\nfoo bar\r\n".encode())
    (folder / "wide.txt").write_bytes("\ufeffFoo".encode("utf-16-le"))
    found = tools["search_files"].run({"query": "foo"}).text
    assert found.splitlines() == ["src/b.py:2: Straße FOO", "src/b.py:3: foo bar", "wide.txt:1: Foo"]
    assert tools["search_files"].run({"query": "STRASSE f"}).text == "src/b.py:2: Straße FOO"
    assert tools["search_files"].run({"query": "foo", "pattern": "*.py", "folder": "src"}).text.count("\n") == 1
    assert tools["search_files"].run({"query": "foo", "folder": "wide.txt"}).text == "wide.txt:1: Foo"


def test_a_search_passes_over_what_is_hidden_binary_or_huge(tools: dict[str, Tool], folder: Path) -> None:
    (folder / "binary").write_bytes(b"config\0")
    (folder / ".hidden").write_text("config")
    with (folder / "huge.txt").open("wb") as file:
        file.write(b"config\n")
        file.truncate(10_000_000)
    found = tools["search_files"].run({"query": "config"}).text.splitlines()
    assert found == ["[config is in none of 5 text files.]", "[Not searched: 1 file of more than 5.0 MB.]"]


def test_many_hits_are_cut_with_words_and_long_lines_around_what_was_found(
    tools: dict[str, Tool], folder: Path
) -> None:
    (folder / "many.txt").write_text("hit\n" * 300)
    lines = tools["search_files"].run({"query": "hit"}).text.splitlines()
    assert len(lines) == 201
    assert lines[199:] == [
        "many.txt:200: hit",
        "[There may be more than these 200 lines. Search in a folder, or for longer words.]",
    ]
    (folder / "many.txt").write_text("x" * 5_000 + "needle" + "y" * 5_000)
    found = tools["search_files"].run({"query": "needle"}).text
    assert "needle" in found
    assert len(found) < 330


@pytest.mark.parametrize("words", ["", "  ", "a\nb", "x" * 301])
def test_words_that_cannot_be_searched_for(tools: dict[str, Tool], words: str) -> None:
    with pytest.raises(MinimError, match="Search for words of one line"):
        tools["search_files"].run({"query": words})


def test_words_are_words_and_no_pattern(tools: dict[str, Tool], folder: Path) -> None:
    (folder / "a.txt").write_text("(a+)+$\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\n")
    assert tools["search_files"].run({"query": "(a+)+$"}).text == "a.txt:1: (a+)+$"
