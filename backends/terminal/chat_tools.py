"""How `minim chat` is told which tools a model may call: the options, and the check that they mean something."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from backends.contract.commands import ListTools, ListToolServers
from backends.contract.errors import MinimError
from backends.contract.events import (
    UNASKED,
    Envelope,
    Event,
    RequestFailed,
    ToolServersChanged,
    ToolsListed,
    WorkerExited,
)
from backends.contract.preferences import Preferences
from backends.contract.tools import ToolInfo, ToolServerState, ToolSettings
from backends.terminal.asking import interrupt, place
from backends.terminal.output import harmless, say
from backends.terminal.workers import Workers
from backends.workers.supervisor import Supervisor


class ToolChoice(Struct, frozen=True):
    """What a person said behind `minim chat` about tools. `folders`: in place of the preferences'; None: as they have.

    `allow` are `ToolInfo.key`. `use`: whether there are tools at all, None as the preferences have it. `rounds`: in
    place of their `round_limit`.
    """

    allow: tuple[str, ...] = ()
    allow_all: bool = False
    folders: tuple[str, ...] | None = None
    use: bool | None = None
    rounds: int | None = None

    def wanted(self, preferences: Preferences) -> bool:
        """Whether the model is offered tools; who allows some wants them."""
        if self.use is not None:
            return self.use
        return preferences.tools_enabled or self.allow_all or bool(self.allow or self.folders)

    def settings(self, preferences: Preferences) -> ToolSettings:
        """What the tools worker is told."""
        kept = preferences.tool_settings
        return kept if self.folders is None else replace(kept, folders=self.folders)


def add_tool_options(talk: argparse.ArgumentParser) -> None:
    """Add them to the parser of `minim chat`."""
    talk.add_argument(
        "--allow",
        action="append",
        type=_word,
        default=[],
        metavar="TOOL",
        help="run this tool without asking, named as `minim tools` lists it; may be repeated",
    )
    talk.add_argument("--allow-tools", action="store_true", help="run all of the model's tool calls without asking")
    talk.add_argument(
        "--folder",
        action="append",
        type=_word,
        default=[],
        metavar="DIR",
        help="let file tools work in this folder, and in no other; may be repeated",
    )
    talk.add_argument(
        "--tools",
        action=argparse.BooleanOptionalAction,
        help="whether the model may call tools; default: as in the settings",
    )
    talk.add_argument(
        "--rounds", type=_count, metavar="N", help="ask after so many rounds of tool calls whether it goes on"
    )


def read_tool_choice(given: argparse.Namespace) -> ToolChoice:
    """What was given. Raises MinimError for a folder that is none, ValueError for options that contradict."""
    if given.tools is False and (given.allow or given.allow_tools or given.folder):
        raise ValueError("With --no-tools there is no tool that could be allowed, or work in a folder.")
    folders = tuple(dict.fromkeys(folder_of(words) for words in given.folder)) or None
    return ToolChoice(tuple(given.allow), given.allow_tools, folders, given.tools, given.rounds)


def folder_of(words: str) -> str:
    """The folder that a person named, absolute and without links. Raises MinimError if there is none."""
    folder = place(words)
    if not folder.is_dir():
        why = "is no folder" if folder.exists() else "does not exist"
        raise MinimError("bad_request", f"{folder} {why}.", "Name a folder that tools may read and write in.")
    return str(Path(folder).resolve())


class ToolWatch:
    """What the tools worker has told of tools and servers, to look names up in before a model is asked."""

    def __init__(self) -> None:
        self._tools: tuple[ToolInfo, ...] | None = None
        self._servers: tuple[ToolServerState, ...] | None = None
        self._failed = False
        self._asked: int | None = None
        self._answered = False

    def take(self, envelope: Envelope[Event]) -> Envelope[Event]:
        """Take an event of the worker; → as the session is to have it, to whom what was asked for here is news."""
        match envelope.body:
            case ToolsListed(tools):
                self._tools = tools
            case ToolServersChanged(servers):
                self._servers = servers
            case RequestFailed() | WorkerExited():
                self._failed = True
            case _:
                pass
        if envelope.request_id != self._asked:
            return envelope
        self._answered = True
        return replace(envelope, request_id=UNASKED)

    def check(self, workers: Workers, worker: Supervisor, names: Sequence[str], settings: ToolSettings) -> None:
        """Raises MinimError for a name that no tool has, once the tools are listed and their servers have started.

        Raises KeyboardInterrupt on Ctrl+C.
        """
        workers.wait(lambda: self._failed or self._tools is not None, interrupt)
        if self._missing(names):
            self.wait_started(workers, worker, settings, self._missing(names))
        for name in self._missing(names):
            raise MinimError("bad_request", f"There is no tool “{name}”.", self._way_out(name, settings))

    def wait_started(
        self, workers: Workers, worker: Supervisor, settings: ToolSettings, names: Sequence[str] = ()
    ) -> None:
        """Wait for the servers that are being started, or for those of the tools `names`; slow ones are named.

        Raises KeyboardInterrupt on Ctrl+C.
        """
        self._list_tools(workers, worker, settings)  # which takes as long as servers usually need to start
        self._servers = None
        worker.send(ListToolServers())
        workers.wait(lambda: self._failed or self._servers is not None, interrupt)
        for name in self._starting(names):
            say(harmless(f"{name} is still starting… To do without: minim tools --off {shlex.quote(name)}", kept=""))
        if self._starting(names):
            workers.wait(lambda: self._failed or not self._starting(names), interrupt)
            self._list_tools(workers, worker, settings)

    def tell_missing(self) -> None:
        """Name the servers that do not run: without a word, only their tools would be missing."""
        waiting = [one.server.name for one in self._servers or () if one.progress == "unapproved"]
        if waiting:
            names = ", ".join(waiting)
            say(harmless(f"Not approved as it is now, and so not started: {names}. More: minim tools", kept=""))
        for one in self._servers or ():
            if one.progress == "failed":
                say(harmless(f"{one.server.name} does not run: {one.message} More: minim tools", kept=""))

    def _list_tools(self, workers: Workers, worker: Supervisor, settings: ToolSettings) -> None:
        self._answered = False
        self._asked = worker.send(ListTools(settings))
        workers.wait(lambda: self._failed or self._answered, interrupt)

    def _starting(self, names: Sequence[str]) -> list[str]:
        """Servers that are being started; those of `names` if there are any, where each has its server's."""
        of = {name.partition("/")[0] for name in names} if all("/" in name for name in names) else set[str]()
        starting = (one.server.name for one in self._servers or () if one.progress == "starting")
        return [name for name in starting if not of or name in of]

    def _missing(self, names: Sequence[str]) -> list[str]:
        keys = {tool.key for tool in self._tools or ()}
        return [name for name in names if name not in keys]

    def _way_out(self, name: str, settings: ToolSettings) -> str:
        server_name = name.partition("/")[0] if "/" in name else ""
        server = next((one for one in self._servers or () if one.server.name == server_name), None)
        if server is not None and server.progress == "unapproved":
            return f"Its server was not approved: minim tools --approve {shlex.quote(server_name)}"
        if server is not None and server.progress == "off":
            return f"Its server is switched off: minim tools --on {shlex.quote(server_name)}"
        if server is not None and server.progress == "failed":
            return f"Its server does not run: {server.message} {server.hint}".rstrip()
        if name in settings.tools_off:
            return f"It is switched off: minim tools --on {shlex.quote(name)}"
        meant = [tool.key for tool in self._tools or () if tool.server and name in (tool.name, tool.own_name)]
        if meant:
            return f"A server’s tool is named with its server: --allow {shlex.quote(meant[0])}"
        there = ", ".join(tool.key for tool in self._tools or ()) or "none"
        files = "" if server_name or settings.folders else " Tools for files are there with --folder DIR."
        return f"There are: {there}.{files}"


def _word(text: str) -> str:
    if not text:  # a variable of a script that was not set
        raise argparse.ArgumentTypeError("names nothing")
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from 1 to 1,000")
    return int(text)
