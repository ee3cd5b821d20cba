"""The tools worker: it runs what was consented to, exactly that, and nothing heavy is loaded for it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from backends.contract.commands import FindModels, ListTools, RunTool
from backends.contract.events import RequestFailed, ToolFinished, ToolsListed
from backends.contract.tools import ToolInfo, consent_to
from backends.tools.builtin import builtin_tools

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
