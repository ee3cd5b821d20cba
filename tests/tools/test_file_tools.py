"""The file tools as a model meets them: their words, and one round of all four."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.tools.base import Tool
from backends.tools.file_tools import file_tools, undo_write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


@pytest.fixture
def tools(folder: Path, tmp_path: Path) -> dict[str, Tool]:
    return {tool.info.name: tool for tool in file_tools((str(folder),), tmp_path / "undo", ())}


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    assert file_tools((), tmp_path, ()) == ()


def test_all_of_them_ask_and_name_the_folders(folder: Path, tools: dict[str, Tool], tmp_path: Path) -> None:
    assert list(tools) == ["list_files", "read_file", "search_files", "write_file"]
    assert all(tool.info.has_side_effects and str(folder) in tool.info.description for tool in tools.values())
    assert [tool.info.shows_diff and tool.preview is not None for tool in tools.values()] == [False, False, False, True]
    others = file_tools((str(folder), str(tmp_path / "more")), tmp_path / "undo", ())
    assert not {tool.info.digest for tool in others} & {tool.info.digest for tool in tools.values()}


def test_a_file_is_written_found_read_and_taken_back(folder: Path, tools: dict[str, Tool], tmp_path: Path) -> None:
    write = {"path": "plans/may.txt", "content": "Sow\nBeans"}
    expected = "--- /dev/null\n+++ plans/may.txt\n@@ -0,0 +1,2 @@\n+Sow\n+Beans\n\\ No newline at end of file\n"
    preview = tools["write_file"].preview
    assert preview is not None
    assert preview(write) == expected
    assert list(folder.iterdir()) == []
    result = tools["write_file"].run(write)
    assert (result.text, result.diff) == ("Created plans/may.txt: 2 lines.", expected)
    assert tools["list_files"].run({}).text == "plans/"
    assert tools["list_files"].run({"folder": "plans"}).text == "plans/may.txt (9 bytes)"
    assert tools["search_files"].run({"query": "beans"}).text == "plans/may.txt:2: Beans"
    assert tools["read_file"].run({"path": "plans/may.txt"}).text == "Sow\nBeans"
    assert undo_write(result.undo, tmp_path / "undo") == "plans/may.txt was removed again: it was not there before."
    assert list(folder.iterdir()) == []


def test_what_is_not_there_gets_words(tools: dict[str, Tool]) -> None:
    with pytest.raises(MinimError, match=r"There is no may\.txt\."):
        tools["read_file"].run({"path": "may.txt"})
