"""Tools and servers in words and as JSON: what `minim tools` prints."""

from __future__ import annotations

import shlex
from typing import Any

from msgspec import Struct

from backends.contract.preferences import Preferences
from backends.contract.tools import IN_KEYRING, OfferedTool, ToolInfo, ToolServer, ToolServerState
from backends.conversation.permissions import decide
from backends.terminal.preferences import policy_of
from backends.terminal.visible import visible

_PROGRESS = {
    "unapproved": "not approved",
    "off": "off",
    "starting": "is starting",
    "running": "runs",
    "failed": "failed",
}


class ToolsSeen(Struct, frozen=True):
    """All that is listed: what the tools worker told, and what the preferences say of it."""

    tools: tuple[ToolInfo, ...]
    servers: tuple[ToolServerState, ...]
    preferences: Preferences

    def asks(self, tool: ToolInfo) -> bool:
        """Whether a person is asked before it runs."""
        return decide(policy_of(self.preferences), tool, {}) != "allow"

    @property
    def off(self) -> tuple[str, ...]:
        """Keys of tools that are switched off."""
        return self.preferences.tool_settings.tools_off


def command_words(server: ToolServer) -> str:
    """What is started, as a shell would take it, or the address that is reached; whole, and nothing in it left out."""
    return visible(server.url or shlex.join((server.command, *server.args)))


def list_lines(seen: ToolsSeen) -> list[str]:
    """The list to read."""
    folders = seen.preferences.tool_settings.folders
    off = [key for key in seen.off if "/" not in key]
    lines = ["Built in"]
    lines += [_tool_line(seen, tool) for tool in seen.tools if not tool.server]
    lines += [f"  {visible(key)} · off" for key in off]
    lines += [f"  Files in {visible(folder)}" for folder in folders]
    if not folders:
        lines.append("  Files: in no folder. To let tools work in one: minim tools --grant DIR")
    for state in seen.servers:
        lines += ["", *_server_lines(seen, state)]
    if not seen.servers:
        lines += ["", "No servers. To add one: minim tools --add NAME -- COMMAND, or minim tools --import"]
    stale = [tool.key for tool in seen.preferences.allowed_tools if not _holds(seen, tool.digest)]
    if stale:
        lines += ["", f"Allowed, but changed since or not here now: {visible(', '.join(stale))}"]
    return lines


def server_lines(state: ToolServerState) -> list[str]:
    """A server: how it stands, what it starts, and what to do about it."""
    name = state.server.name
    lines = [f"{visible(name)} · {_PROGRESS[state.progress]} · {command_words(state.shown)}"]
    lines += [f"  {visible(text)}" for text in (state.message, state.hint) if text]
    way = {"unapproved": "--approve", "off": "--on"}.get(state.progress)
    if way:
        lines.append(f"  minim tools {way} {visible(shlex.quote(name))}")
    return lines


def approval_rows(server: ToolServer) -> list[str]:
    """Everything that an approval is for, one fact a line; a secret shows its name only."""
    rows = [f"Address: {server.url}"] if server.url else [f"Command: {server.command}"]
    rows += [f"Argument {number}: {argument}" for number, argument in enumerate(server.args, 1)]
    rows += [f"Folder: {server.cwd}"] if server.cwd else []
    for what, values in (("Variable", server.env), ("Header", server.headers)):
        kept = ((name, "(a secret, not shown)" if value == IN_KEYRING else value) for name, value in values.items())
        rows += [f"{what} {name}: {value}" for name, value in kept]
    return rows


def list_object(seen: ToolsSeen) -> dict[str, Any]:
    """The list as one JSON object. No secret is in it: of variables and headers, the names; commands are masked."""
    return {
        "folders": list(seen.preferences.tool_settings.folders),
        "tools": [_tool_object(seen, tool) for tool in seen.tools],
        "tools_off": list(seen.off),
        "servers": [_server_object(seen, state) for state in seen.servers],
        "allowed": [
            {"key": tool.key, "digest": tool.digest, "holds": _holds(seen, tool.digest)}
            for tool in seen.preferences.allowed_tools
        ],
    }


def _server_lines(seen: ToolsSeen, state: ToolServerState) -> list[str]:
    return [*server_lines(state), *(_offered_line(seen, offered) for offered in state.tools)]


def _offered_line(seen: ToolsSeen, offered: OfferedTool) -> str:
    if offered.problem:
        return f"  {visible(offered.info.key)} · cannot be used: {visible(offered.problem)}"
    if offered.info.key in seen.off:
        return f"  {visible(offered.info.key)} · off"
    return _tool_line(seen, offered.info)


def _tool_line(seen: ToolsSeen, tool: ToolInfo) -> str:
    return f"  {visible(tool.key)} · {'asks' if seen.asks(tool) else 'runs without asking'}"


def _holds(seen: ToolsSeen, digest: str) -> bool:
    return any(tool.digest == digest for tool in seen.tools)


def _tool_object(seen: ToolsSeen, tool: ToolInfo) -> dict[str, Any]:
    return {
        "key": tool.key,
        "name": tool.name,
        "server": tool.server,
        "description": tool.description,
        "parameters": tool.parameters,
        "asks": seen.asks(tool),
        "digest": tool.digest,
    }


def _server_object(seen: ToolsSeen, state: ToolServerState) -> dict[str, Any]:
    server = state.shown
    return {
        "name": server.name,
        "state": state.progress,
        "command": [server.command, *server.args] if server.command else [],
        "url": server.url,
        "cwd": server.cwd,
        "env": list(server.env),
        "headers": list(server.headers),
        "digest": state.digest,
        "message": state.message,
        "hint": state.hint,
        "log_file": state.log_file,
        "tools": [
            {"key": one.info.key, "off": one.info.key in seen.off, "problem": one.problem} for one in state.tools
        ],
    }
