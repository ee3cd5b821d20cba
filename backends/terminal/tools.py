"""`minim tools`: what models may call and what may run without asking, and the tool servers of this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.contract.tools import ToolServerState, ToolSettings
from backends.terminal.asking import place
from backends.terminal.chat_tools import folder_of
from backends.terminal.output import harmless, say, say_failure
from backends.terminal.preferences import change_preferences, read_preferences
from backends.terminal.server_changes import add_server, approve_server, import_servers, remove_server
from backends.terminal.tool_lists import ToolsSeen, list_lines, list_object
from backends.terminal.tool_options import ToolsAction, ToolsRequest
from backends.terminal.tool_servers import ToolServers
from backends.terminal.workers import Workers

FINE = 0


def run_tools(workers: Workers, request: ToolsRequest) -> int:
    """Carry out `minim tools`; → exit code. Raises MinimError, and KeyboardInterrupt on Ctrl+C."""
    run: dict[ToolsAction, Callable[[Workers, ToolsRequest], int]] = {
        "list": _list,
        "import": import_servers,
        "add": add_server,
        "approve": approve_server,
        "remove": remove_server,
        "on": _switch,
        "off": _switch,
        "grant": _grant,
        "ungrant": _ungrant,
        "revoke": _revoke,
        "revoke_all": _revoke_all,
    }
    return run[request.action](workers, request)


def _list(workers: Workers, request: ToolsRequest) -> int:
    preferences = read_preferences()
    asked = ToolServers(workers)
    asked.start(preferences.tool_settings, _say_slow)
    seen = ToolsSeen(asked.tools, asked.servers, preferences)
    if request.as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(list_object(seen))).decode() + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in list_lines(seen))
    if asked.problem:
        say_failure(asked.problem)
    return FINE


def _switch(workers: Workers, request: ToolsRequest) -> int:
    """A server, or one tool, is offered to models or not."""
    name, on = request.name, request.action == "on"
    asked = ToolServers(workers)
    settings = read_preferences().tool_settings
    names = {state.server.name for state in asked.list_servers()}
    if name in names:
        _change_settings(lambda kept: replace(kept, servers_off=_with(kept.servers_off, name, there=not on)))
    else:
        if name not in settings.tools_off:
            _require_tool(asked, settings, name)
        _change_settings(lambda kept: replace(kept, tools_off=_with(kept.tools_off, name, there=not on)))
    say(harmless(f"{name} is {request.action}.", kept=""))
    return FINE


def _require_tool(asked: ToolServers, settings: ToolSettings, key: str) -> None:
    """Raises MinimError if no tool has this key; one of a server that does not run is believed."""
    server_name = key.partition("/")[0] if "/" in key else ""
    server = asked.require(server_name) if server_name else None
    digests = (server.digest,) if server is not None and server.digest in settings.approved_servers else ()
    asked.start(replace(settings, approved_servers=digests, tools_off=()), _say_slow)
    keys = [tool.key for tool in asked.tools if tool.server == server_name]
    runs = server is None or any(one.server.name == server_name and one.progress == "running" for one in asked.servers)
    if runs and key not in keys:
        servers = [] if server_name else [one.server.name for one in asked.servers]
        hint = f"There are: {', '.join((*keys, *servers))}."
        raise MinimError("bad_request", f"There is no tool and no server “{key}”.", hint)


def _grant(_workers: Workers, request: ToolsRequest) -> int:
    folder = folder_of(request.name)
    _change_settings(lambda kept: replace(kept, folders=_with(kept.folders, folder, there=True)))
    say(harmless(f"File tools may work in {folder}. Each call still asks, unless you allow the tool.", kept=""))
    return FINE


def _ungrant(_workers: Workers, request: ToolsRequest) -> int:
    folders = read_preferences().tool_settings.folders
    named = place(request.name)
    folder = next((one for one in folders if one in (request.name, str(named), str(Path(named).resolve()))), None)
    if folder is None:
        hint = f"There are: {', '.join(folders)}." if folders else "There is none."
        raise MinimError("bad_request", f"File tools have no folder {named}.", hint)
    _change_settings(lambda kept: replace(kept, folders=_with(kept.folders, folder, there=False)))
    say(harmless(f"File tools no longer work in {folder}.", kept=""))
    return FINE


def _revoke(workers: Workers, request: ToolsRequest) -> int:
    """What a tool was allowed, or a server approved, holds no longer."""
    name, before = request.name, read_preferences()
    server = next((one for one in ToolServers(workers).list_servers() if one.server.name == name), None)
    after = change_preferences(lambda kept: _without(kept, name, server))
    if after == before:
        keys = ", ".join(tool.key for tool in before.allowed_tools)
        hint = f"Allowed are: {keys}." if keys else "No tool was allowed for good."
        raise MinimError("bad_request", f"Nothing named “{name}” was allowed or approved.", hint)
    asks = "is not started until it is approved again" if server is not None else "asks again"
    say(harmless(f"{name} {asks}.", kept=""))
    return FINE


def _revoke_all(_workers: Workers, _request: ToolsRequest) -> int:
    count = len(read_preferences().allowed_tools)
    after = change_preferences(lambda kept: replace(kept, allowed_tools=()))
    say(f"{count} allowed {'tool asks' if count == 1 else 'tools ask'} again.")
    if after.allow_harmless:
        say("Built-in tools without side effects still run without asking, as the settings have it.")
    return FINE


def _without(kept: Preferences, name: str, server: ToolServerState | None) -> Preferences:
    """Without what was allowed to a tool, or to a server and all its tools."""
    settings = kept.tool_settings
    if server is None:
        return replace(kept, allowed_tools=tuple(tool for tool in kept.allowed_tools if tool.key != name))
    approved = tuple(digest for digest in settings.approved_servers if digest != server.digest)
    allowed = tuple(tool for tool in kept.allowed_tools if not tool.key.startswith(f"{name}/"))
    return replace(kept, allowed_tools=allowed, tool_settings=replace(settings, approved_servers=approved))


def _change_settings(change: Callable[[ToolSettings], ToolSettings]) -> None:
    change_preferences(lambda kept: replace(kept, tool_settings=change(kept.tool_settings)))


def _with(names: tuple[str, ...], name: str, *, there: bool) -> tuple[str, ...]:
    others = tuple(one for one in names if one != name)
    return (*others, name) if there else others


def _say_slow(state: ToolServerState) -> None:
    say(harmless(f"{state.server.name} is still starting…", kept=""))
