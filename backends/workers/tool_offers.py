"""The tools of servers as models may be offered them: under unique names, and so that every list fits into a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from backends.contract.tools import OfferedTool, ToolInfo
from backends.tools.base import Cancelled, ToolResult
from backends.workers.tool_names import unique_names
from backends.workers.tool_server_run import ToolServerRun

_MAX_TOOL_BYTES = 100_000
_MAX_LIST_BYTES = 3 * 2**20
"""Together they leave room in a line of the protocol, whatever servers say of their tools."""

_LEFT_BYTES = 1_000


class ServerTool(NamedTuple):
    """A tool of a server under the name that models call it by, and what runs it. `own_name` is the server's name."""

    offered: OfferedTool
    run: ToolServerRun
    own_name: str

    def call(self, arguments: dict[str, Any], cancelled: Cancelled) -> ToolResult:
        """Call it, if it is still described so. Raises `MinimError`, `RequestStopped`."""
        return self.run.call(self.own_name, arguments, cancelled, self.offered.info)


def tools_of(runs: Sequence[ToolServerRun], reserved: Iterable[str]) -> list[ServerTool]:
    """All tools of servers, those that cannot be offered among them. The same names for the same servers and tools."""
    offers = [(run, _distinct(run)) for run in runs]
    # Names that a server had before it was started again count as well: no other tool's name changes meanwhile.
    known = [(run.server.name, own) for run, tools in offers for own in tools or run.known_names]
    names = dict(zip(known, unique_names(reserved, known), strict=True))
    listed: list[ServerTool] = []
    room = _MAX_LIST_BYTES
    for run, tools in offers:
        for own_name, offered in tools.items():
            named = replace(offered.info, name=names[run.server.name, own_name], own_name=own_name)
            sent, size = _sendable(OfferedTool(named, offered.problem), room)
            room -= size
            listed.append(ServerTool(sent, run, own_name))
    return listed


def _distinct(run: ToolServerRun) -> dict[str, OfferedTool]:
    """A server's tools by their own names, each once; what they are called is noted."""
    tools: dict[str, OfferedTool] = {}
    for offered in run.tools:
        tools.setdefault(offered.info.own_name or offered.info.name, offered)
    if tools:
        run.known_names = tuple(tools)
    return tools


def _sendable(offered: OfferedTool, room: int) -> tuple[OfferedTool, int]:
    """A tool exactly as the other side will read it, so that both see one digest; → it and its size in bytes.

    One that no line can carry, or for which there is no room, is shown with its name and the reason.
    """
    try:
        line = msgspec.json.encode(offered.info)
        info = msgspec.json.decode(line, type=ToolInfo)
    except (ValueError, TypeError, OverflowError, RecursionError, msgspec.MsgspecError):
        return _without_schema(offered.info, "It is described in a way that cannot be passed on."), _LEFT_BYTES
    if len(line) > min(room, _MAX_TOOL_BYTES):
        return _without_schema(offered.info, "Its description is too long to be given to a model."), 0
    return OfferedTool(info, offered.problem), len(line)


def _without_schema(info: ToolInfo, problem: str) -> OfferedTool:
    own_name = info.own_name[:100].encode("utf-8", "replace").decode("utf-8")
    return OfferedTool(replace(info, description="", parameters={"type": "object"}, own_name=own_name), problem)
