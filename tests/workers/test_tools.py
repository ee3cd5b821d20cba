"""The tools worker: it runs what was consented to, exactly that, and nothing heavy is loaded for it."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from backends.contract.commands import FindModels, ListTools, PreviewTool, RunTool, UndoWrite
from backends.contract.events import RequestFailed, ToolFinished, ToolPreviewed, ToolsListed, WriteUndone
from backends.contract.tools import ToolInfo, ToolSettings, consent_to
from backends.tools.builtin import builtin_tools
from backends.tools.file_tools import file_tools
from backends.workers.tools import FILE_TOOLS

from .conftest import Ear, StartWorker

_TOOLS = {tool.info.name: tool.info for tool in builtin_tools()}


def _consented(name: str, **arguments: Any) -> RunTool:
    return RunTool(name, arguments, consent_to(_TOOLS[name], arguments, uuid.uuid4().hex))


def test_it_lists_and_runs(start_worker: StartWorker, ear: Ear) -> None:
    tools = start_worker("tools")
    assert [info.name for info in ear.wait_for(ToolsListed, tools.send(ListTools())).tools] == list(_TOOLS)
    finished = ear.wait_for(ToolFinished, tools.send(_consented("calculator", expression="37 * 48")))
    assert (finished.text, finished.is_error) == ("1776", False)
    assert finished.seconds >= 0


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (_consented("calculator", expression="5 / 0"), "Error: 5 / 0: division by zero"),
        (_consented("calculator"), "Error: The parameter expression is missing. calculator takes: expression."),
    ],
)
def test_a_tool_that_fails_answers_the_model(start_worker: StartWorker, ear: Ear, command: RunTool, text: str) -> None:
    finished = ear.wait_for(ToolFinished, start_worker("tools").send(command))
    assert (finished.text, finished.is_error) == (text, True)


_SUM = {"expression": "1 + 1"}
_CHANGED = ToolInfo("calculator", "Evaluate anything.", _TOOLS["calculator"].parameters, has_side_effects=False)


@pytest.mark.parametrize(
    "command",
    [
        RunTool("calculator", _SUM, None),
        RunTool("calculator", _SUM, consent_to(_TOOLS["calculator"], {"expression": "1 + 2"}, "t")),
        RunTool("calculator", _SUM, consent_to(_TOOLS["clock"], _SUM, "t")),
        RunTool("calculator", _SUM, consent_to(_CHANGED, _SUM, "t")),
    ],
    ids=["no consent", "other arguments", "another tool", "a tool that has changed"],
)
def test_nothing_runs_without_exactly_this_consent(start_worker: StartWorker, ear: Ear, command: RunTool) -> None:
    failed = ear.wait_for(RequestFailed, start_worker("tools").send(command))
    assert failed.kind == "not_allowed"
    assert not ear.of(ToolFinished)


def test_unknown_tools_and_commands_get_words(start_worker: StartWorker, ear: Ear) -> None:
    tools = start_worker("tools")
    unknown = ear.wait_for(RequestFailed, tools.send(RunTool("frobnicate", {}, None)))
    assert unknown == RequestFailed("tool_failed", "There is no tool named frobnicate.")
    elsewhere = RunTool("calculator", _SUM, consent_to(_TOOLS["calculator"], _SUM, "t"), server="other")
    assert ear.wait_for(RequestFailed, tools.send(elsewhere)).kind == "tool_failed"
    assert ear.wait_for(RequestFailed, tools.send(FindModels())).kind == "bad_request"


def test_file_tools_are_there_for_granted_folders_and_a_write_can_be_seen_before_and_undone(
    start_worker: StartWorker, ear: Ear, tmp_path: Path
) -> None:
    folder, tools = tmp_path / "granted", start_worker("tools")
    folder.mkdir()
    (folder / "note.txt").write_text("one\n", "utf-8")
    settings = ToolSettings(folders=(str(folder),), tools_off=("search_files", "clock"))
    listed = {info.name: info for info in ear.wait_for(ToolsListed, tools.send(ListTools(settings))).tools}
    assert listed.keys() == {"calculator", "convert_units", "list_files", "read_file", "write_file"}
    arguments = {"path": "note.txt", "content": "two\n"}
    preview = ear.wait_for(ToolPreviewed, tools.send(PreviewTool("write_file", arguments)))
    assert "+two" in preview.diff
    assert (folder / "note.txt").read_text("utf-8") == "one\n"
    run = RunTool("write_file", arguments, consent_to(listed["write_file"], arguments, "t"))
    written = ear.wait_for(ToolFinished, tools.send(run))
    assert (written.is_error, written.diff) == (False, preview.diff)
    assert (folder / "note.txt").read_text("utf-8") == "two\n"
    assert ear.wait_for(WriteUndone, tools.send(UndoWrite(written.undo))).text
    assert (folder / "note.txt").read_text("utf-8") == "one\n"
    for command in (
        PreviewTool("calculator", _SUM),
        PreviewTool("write_file", {"path": "note.txt"}),
        UndoWrite("../x"),
        _consented("clock"),
    ):
        ear.wait_for(RequestFailed, tools.send(command))
    tools.send(ListTools())
    gone = ear.wait_for(RequestFailed, tools.send(RunTool("write_file", arguments, run.consent)))
    assert gone.message == "There is no tool named write_file."


def test_minims_own_folders_are_closed_to_file_tools(start_worker: StartWorker, ear: Ear, tmp_path: Path) -> None:
    tools = start_worker("tools")
    (tmp_path / "home" / "data").mkdir(parents=True)
    (tmp_path / "home" / "data" / "preferences.toml").write_text("x = 1")
    listed = ear.wait_for(ToolsListed, tools.send(ListTools(ToolSettings(folders=(str(tmp_path),)))))
    info = next(info for info in listed.tools if info.name == "read_file")
    arguments = {"path": str(tmp_path / "home" / "data" / "preferences.toml")}
    finished = ear.wait_for(ToolFinished, tools.send(RunTool(info.name, arguments, consent_to(info, arguments, "t"))))
    assert finished.is_error


def test_the_names_of_file_tools_are_known_before_they_are_offered(tmp_path: Path) -> None:
    assert tuple(tool.info.name for tool in file_tools((str(tmp_path),), tmp_path, ())) == FILE_TOOLS


def test_neither_the_sdk_nor_a_keyring_is_loaded_before_a_server_needs_it() -> None:
    code = "import sys, backends.workers.tools; print({'mcp', 'keyring', 'asyncio', 'httpx'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
