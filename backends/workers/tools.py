"""The inside of the tools worker: runs the calls that a person consented to, and no others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from backends.contract import commands as ask
from backends.contract.commands import Command
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import (
    Event,
    RequestCancelled,
    ServerFilesFound,
    ToolFinished,
    ToolPreviewed,
    ToolsListed,
    WriteUndone,
)
from backends.contract.tools import ToolInfo, ToolSettings
from backends.conversation.permissions import ASK_ALWAYS, decide
from backends.storage.paths import cache_folder, data_folder, log_folder
from backends.storage.server_places import find_server_files
from backends.storage.tool_servers import ServerStore
from backends.tools.base import Cancelled, Tool, ToolResult, check_arguments
from backends.tools.builtin import builtin_tools
from backends.tools.file_tools import file_tools, undo_write
from backends.workers.requests import Announce, Request
from backends.workers.serve import serve
from backends.workers.tool_news import ToolNews
from backends.workers.tool_results import fitting, fitting_text
from backends.workers.tool_server_list import ToolServerList
from backends.workers.tool_servers import START_SECONDS, ToolServers

FILE_TOOLS = ("list_files", "read_file", "search_files", "write_file")
"""Their names are theirs also while no folder is granted and none of them is offered."""

_SETTINGS_SECONDS = 4 * START_SECONDS
"""How long a call waits for settings, which take START_SECONDS by themselves while a keyring asks a person."""


def main() -> NoReturn:
    """Be the tools worker."""
    work = ToolsWork()
    serve("tools", work, work.when_cancelled, lane_of=work.lane_of, at_start=work.open_mouth, at_end=work.end)


class _Found(NamedTuple):
    """A tool as it is now, and what a call of it does."""

    info: ToolInfo
    run: Callable[[dict[str, Any], Cancelled], ToolResult]


class _Parts(NamedTuple):
    servers: ToolServers
    server_list: ToolServerList
    news: ToolNews


class ToolsWork:
    """Carries out the commands of the tools worker; may do so on several threads, one for each lane."""

    def __init__(self) -> None:
        self._announce: Announce = lambda _: None
        self._opened: _Parts | None = None
        self._opening = threading.Lock()
        self._settings = threading.Condition()
        """Guards what follows; notified when settings hold."""
        self._to_be_set: dict[int, Command] = {}
        """ListTools that came and do not hold yet, by identity."""
        self._was_set = False
        self._tools_off: frozenset[str] = frozenset()
        self._own: tuple[Tool, ...] = builtin_tools()
        self._used_tickets: set[str] = set()

    def open_mouth(self, announce: Announce) -> None:
        """Take the way to say what nobody asked for, before the first command."""
        self._announce = announce

    def lane_of(self, command: Command) -> str:
        """What may take long holds up nothing else: each server has a lane of its own. Called in the order they came.

        A call that comes behind ListTools is in another lane and waits for those settings all the same.
        """
        match command:
            case ask.ListTools():
                with self._settings:
                    self._to_be_set[id(command)] = command
                return "tools"
            case ask.RunTool(name, server=server):
                return f"run {server}" if server or name not in FILE_TOOLS else "files"
            case ask.UndoWrite():
                return "files"
            case ask.PreviewTool():
                return "previews"
            case _:
                return "servers"

    def when_cancelled(self, command: Command) -> Event:
        """Nobody waits for settings that never hold."""
        self._holds_now(command)
        return RequestCancelled()

    def end(self) -> None:
        """End all servers; blocks until they are gone."""
        with self._opening:
            parts = self._opened
        if parts is not None:
            parts.servers.end()

    def __call__(self, request: Request) -> Event:
        match request.command:
            case ask.ListTools() as command:
                return self._list(request, command)
            case ask.RunTool() as command:
                return self._run(request, command)
            case ask.PreviewTool(name, arguments):
                return ToolPreviewed(fitting_text(self._preview(name, arguments, request.cancelled)))
            case ask.UndoWrite(undo):
                return WriteUndone(undo_write(undo, _undo_folder()))
            case ask.FindServerFiles():
                return ServerFilesFound(tuple(find_server_files()))
            case ask.ImportToolServers(file):
                self._wait_for_settings(request.cancelled)
                return self._parts().server_list.take_in(Path(file))
            case other:
                return self._change_servers(other, request)

    def _change_servers(self, command: Command, request: Request) -> Event:
        parts = self._parts()
        match command:
            case ask.ListToolServers():
                parts.servers.look_again()
            case ask.SaveToolServer(server, replaces):
                self._wait_for_settings(request.cancelled)  # which may take an approval back that this would use
                parts.server_list.save(server, replaces)
            case ask.RemoveToolServer(name):
                parts.server_list.remove(name)
            case ask.RestartToolServer(name):
                parts.servers.restart(name)
            case other:
                raise MinimError("bad_request", f"The tools worker cannot do {type(other).__name__}.")
        return parts.news.answer_servers(request.answer)

    def _list(self, request: Request, command: ask.ListTools) -> Event:
        try:
            parts = self._parts()
            self._set(command.settings, parts.servers)
        finally:
            self._holds_now(command)
        parts.servers.wait_started(request.cancelled, enough=lambda: bool(self._to_be_set))
        return parts.news.answer_tools(request.answer)

    def _set(self, settings: ToolSettings, servers: ToolServers) -> None:
        closed = (data_folder(), cache_folder(), log_folder())
        own = (*builtin_tools(), *file_tools(settings.folders, _undo_folder(), closed))
        with self._settings:
            self._own = own
            self._tools_off = frozenset(settings.tools_off)
            self._was_set = True
        servers.apply(settings)

    def _holds_now(self, command: Command) -> None:
        with self._settings:
            self._to_be_set.pop(id(command), None)
            self._settings.notify_all()

    def _wait_for_settings(self, cancelled: Cancelled) -> None:
        until = time.monotonic() + _SETTINGS_SECONDS
        with self._settings:
            while self._to_be_set:
                if cancelled():
                    raise RequestStopped
                if time.monotonic() > until:
                    raise MinimError("busy", "The settings of tools are still being read.", "Try again in a moment.")
                self._settings.wait(0.1)

    def _run(self, request: Request, command: ask.RunTool) -> ToolFinished:
        found = self._find(command.server, command.name, request.cancelled)
        self._use_consent(found.info, command)
        began = time.monotonic()
        try:
            result = found.run(command.arguments, request.cancelled)
        except MinimError as error:
            words = f"{error.message} {error.hint}".strip()
            result = ToolResult(f"Error: {words}", is_error=True)
        seconds = time.monotonic() - began
        return fitting(ToolFinished(result.text, result.is_error, seconds, result.diff, result.undo))

    def _use_consent(self, info: ToolInfo, command: ask.RunTool) -> None:
        """Use the call's consent up. Raises MinimError("not_allowed") where none covers exactly this call."""
        consent = command.consent
        with self._settings:
            unused = () if consent is None or consent.ticket in self._used_tickets else (consent,)
            if consent is not None and decide(ASK_ALWAYS, info, command.arguments, unused) == "allow":
                self._used_tickets.add(consent.ticket)
                return
        message = f"The call of {command.name} was not run: nobody agreed to it with these arguments."
        raise MinimError("not_allowed", message, "Ask the model again, and allow the call that it shows.")

    def _preview(self, name: str, arguments: dict[str, Any], cancelled: Cancelled) -> str:
        self._wait_for_settings(cancelled)
        for tool in self._offered():
            if tool.info.name == name and tool.preview is not None:
                check_arguments(tool.info, arguments)
                return tool.preview(arguments)
        raise MinimError("bad_request", f"No tool named {name} can say what it would change.")

    def _find(self, server: str, name: str, cancelled: Cancelled) -> _Found:
        """The tool as it is now. Raises MinimError if there is none, `RequestStopped`."""
        self._wait_for_settings(cancelled)
        if server:
            found = self._parts().servers.find(server, name, cancelled)
            if found is not None:
                return _Found(found.offered.info, found.call)
        else:
            for tool in self._offered():
                if tool.info.name == name:
                    return _Found(tool.info, tool.run)
        raise MinimError("tool_failed", f"There is no tool named {name}.")

    def _offered(self) -> list[Tool]:
        """The built-in tools that are offered."""
        with self._settings:
            return [tool for tool in self._own if tool.info.key not in self._tools_off]

    def _listed(self) -> ToolsListed | None:
        if not self._was_set:
            return None
        own = [tool.info for tool in self._offered()]
        return ToolsListed((*own, *(tool.offered.info for tool in self._parts().servers.offered())))

    def _parts(self) -> _Parts:
        """What has to do with servers, from the first command on that needs it."""
        with self._opening:
            if self._opened is None:
                store = ServerStore()
                reserved = (*(tool.info.name for tool in builtin_tools()), *FILE_TOOLS)
                servers = ToolServers(store, reserved, lambda: news.poke())
                news = ToolNews(self._announce, self._listed, servers.states)
                self._opened = _Parts(servers, ToolServerList(store, servers), news)
            return self._opened


def _undo_folder() -> Path:
    return data_folder() / "undo"
