"""The inside of the tools worker: runs the calls that a person consented to, and no others."""

from __future__ import annotations

import time
from typing import NoReturn

from backends.contract.commands import ListTools, RunTool
from backends.contract.errors import MinimError
from backends.contract.events import Event, ToolFinished, ToolsListed
from backends.conversation.permissions import ASK_ALWAYS, decide
from backends.tools.base import Tool, ToolResult
from backends.tools.builtin import builtin_tools
from backends.workers.serve import Request, serve


def main() -> NoReturn:
    """Be the tools worker."""
    serve("tools", carry_out)


def carry_out(request: Request) -> Event:
    """Carry out a command of the tools worker."""
    match request.command:
        case ListTools():
            return ToolsListed(tuple(tool.info for tool in builtin_tools()))
        case RunTool() as command:
            return _run(request, command)
        case other:
            raise MinimError("bad_request", f"The tools worker cannot do {type(other).__name__}.")


def _run(request: Request, command: RunTool) -> ToolFinished:
    tool = _find(command)
    consents = () if command.consent is None else (command.consent,)
    if decide(ASK_ALWAYS, tool.info, command.arguments, consents) != "allow":
        message = f"The call of {command.name} was not run: nobody agreed to it with these arguments."
        raise MinimError("not_allowed", message, "Ask the model again, and allow the call that it shows.")
    began = time.monotonic()
    try:
        result = tool.run(command.arguments, request.cancelled)
    except MinimError as error:
        words = f"{error.message} {error.hint}".strip()
        result = ToolResult(f"Error: {words}", is_error=True)
    return ToolFinished(result.text, result.is_error, time.monotonic() - began, result.diff, result.undo)


def _find(command: RunTool) -> Tool:
    for tool in builtin_tools():
        if (tool.info.server, tool.info.name) == (command.server, command.name):
            return tool
    raise MinimError("tool_failed", f"There is no tool named {command.name}.")
