"""A session with the real tools worker, where the test writes what the model says, and sees what ran."""

from __future__ import annotations

import json
import os
import queue
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from backends.contract.chat import ResultPart, Usage
from backends.contract.commands import Command, Generate, ListToolServers, RestartToolServer, SaveToolServer
from backends.contract.events import (
    Envelope,
    Event,
    GenerationFinished,
    RequestFailed,
    ToolServersChanged,
)
from backends.contract.tools import ConsentAnswer, ToolInfo, ToolServer, ToolServerState, ToolSettings
from backends.conversation.changes import CallProgressed, Change, PartAdded
from backends.conversation.permissions import Policy
from backends.conversation.session import ConversationSession
from backends.dialects import open_reader
from backends.storage.conversations import ConversationStore
from backends.workers.supervisor import Supervisor

from .conftest import WorkerSeat

CANARY = Path(__file__).with_name("canary_server.py")
PATIENCE_SECONDS = 60
SECRET = "the secret outside"

Kind = TypeVar("Kind")


class TemptedHouse:
    """A granted folder with a note and with a link that leads out, a secret beside it, and a server `canary`.

    The person has approved the server's command, and lets built-in tools without side effects run unasked.
    """

    def __init__(self, folder: Path) -> None:
        self.granted, self.outside, self.home = folder / "granted", folder / "outside", folder / "home"
        self.trace, self.script = folder / "trace.txt", folder / "script.json"
        self._lay_out_files()
        self.tell_server()
        self.changes: list[Change] = []
        self.events: queue.SimpleQueue[Envelope[Event]] = queue.SimpleQueue()
        self.heard: list[Envelope[Event]] = []
        self.engine = WorkerSeat()
        self.tools = Supervisor("tools", self.events.put, env={"MINIM_HOME": str(self.home)})
        self.store = ConversationStore(folder / "conversations.db")
        self.session = ConversationSession(self.store, self.engine, self.tools, self.changes.append)
        self.engine.handle = self.session.handle_engine
        self.session.configure(policy=Policy(allow_harmless=True))
        self.server = ToolServer("canary", sys.executable, (str(CANARY), str(self.trace), str(self.script)))
        self.ask(SaveToolServer(self.server), ToolServersChanged)
        self.approved = self.server.digest
        self.session.start()
        self.set_up()
        self._answered = 0
        self._before = self._files()

    def restore(self, **script: Any) -> None:
        """Begin anew, as after a start, with the server's tool as `script` has it."""
        self.session.stop()
        self.session.stop()
        self.session.new()
        self.session.configure(policy=Policy(allow_harmless=True))
        self._lay_out_files()
        if self.server_state().server != self.server:
            self.ask(SaveToolServer(self.server, "canary"), ToolServersChanged)
            self.set_up()
        if script != self._script:
            self.tell_server(**script)
            self.ask(RestartToolServer("canary"), ToolServersChanged)
        self.set_up()
        self.wait(lambda: self._offers(script))
        self.changes.clear()
        self.heard.clear()
        self._answered = len(self.engine.asked(Generate))
        self._before = self._files()

    # -- what the person and the world do ------------------------------------------------------------------------

    def set_up(self, **settings: Any) -> None:
        """Let the worker know what was set: the folder and the server, where `settings` do not say otherwise."""
        chosen = {"folders": (str(self.granted),), "approved_servers": (self.approved,), **settings}
        self.session.configure(tool_settings=ToolSettings(**chosen))
        self.wait(lambda: any(tool.server for tool in self.session.tools) or chosen["approved_servers"] == ())

    def tell_server(self, **script: Any) -> None:
        """What the server's tool is called and answers, from its next start on."""
        self._script = script
        self.script.write_text(json.dumps(script), "utf-8")

    def restart_server(self, until: Callable[[tuple[ToolInfo, ...]], bool]) -> None:
        """Start the server again, and wait until its tools are as `until` says."""
        self.ask(RestartToolServer("canary"), ToolServersChanged)
        self.wait(lambda: until(self.session.tools))

    def server_state(self) -> ToolServerState:
        [state] = self.ask(ListToolServers(), ToolServersChanged).servers
        return state

    def ask(self, command: Command, kind: type[Kind]) -> Kind:
        """Send a command to the tools worker; → its last event."""
        request = self.tools.send(command)
        self.wait(lambda: any(heard.request_id == request for heard in self.heard))
        [event] = [heard.body for heard in self.heard if heard.request_id == request]
        assert isinstance(event, kind), event
        return event

    # -- what the model says -------------------------------------------------------------------------------------

    def says(self, output: str) -> None:
        """The model writes `output`, which begins in its reasoning; whatever follows from it has happened after."""
        self.wait(lambda: len(self.engine.asked(Generate)) > self._answered)
        self._answered += 1
        reader = open_reader("minimax-m2", [tool.as_openai() for tool in self.session.tools], True)
        for event in (*reader.feed(output), *reader.finish()):
            self.engine.say(event)
        self.engine.say(GenerationFinished("stop", Usage(prompt_tokens=10, generated_tokens=10), 0))
        self.settle()

    def calls(self, name: str, **arguments: str) -> None:
        """The model calls a tool."""
        self.says(call_text(name, **arguments))

    def settle(self) -> None:
        """Wait until no tool runs and no preview is awaited."""
        self.wait(lambda: self.session.phase != "running_tool")

    def wait(self, until: Callable[[], Any]) -> None:
        while not until():
            envelope = self.events.get(timeout=PATIENCE_SECONDS)
            self.heard.append(envelope)
            self.session.handle_tools(envelope)

    # -- what came of it -----------------------------------------------------------------------------------------

    @property
    def asking(self) -> list[str]:
        """Ids of the calls that were asked about, in order."""
        told = [change for change in self.changes if isinstance(change, CallProgressed)]
        return [change.call_id for change in told if change.progress == "asking"]

    @property
    def notes(self) -> list[str]:
        """What the server's tool was called with."""
        return self.trace.read_text("utf-8").splitlines() if self.trace.exists() else []

    @property
    def results(self) -> list[str]:
        """The texts that tools answered, or why they did not run."""
        parts = [change.part for change in self.changes if isinstance(change, PartAdded)]
        return [part.text for part in parts if isinstance(part, ResultPart)]

    def answer(self, answer: ConsentAnswer, call_id: str = "") -> None:
        """The person answers the call that asks, or another."""
        self.session.answer_consent(call_id or self.asking[-1], answer)
        self.settle()

    def seen_anew(self) -> None:
        """The test itself has changed files: what follows is compared with how they are now."""
        self._before = self._files()

    def nothing_ran(self) -> None:
        """Raise AssertionError if the server's tool was called, a file was changed, or the secret was told."""
        assert self.notes == []
        assert self._files() == self._before
        assert not any(SECRET in result for result in self.results)

    def failed(self, command: Command) -> RequestFailed:
        """How the tools worker refused a command."""
        return self.ask(command, RequestFailed)

    def close(self) -> None:
        self.session.close()
        self.store.close()
        self.tools.close()

    def _lay_out_files(self) -> None:
        for made in (self.granted, self.outside):
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
        self.trace.unlink(missing_ok=True)
        (self.granted / "note.txt").write_text("a note\n", "utf-8")
        (self.outside / "secret.txt").write_text(SECRET, "utf-8")
        (self.granted / "way_out").symlink_to(self.outside)

    def _offers(self, script: dict[str, Any]) -> bool:
        """Whether the server's tool, as `script` has it, is among the tools."""
        wanted = (script.get("name", "note"), script.get("description", "Write a note."))
        found = [(tool.own_name or tool.name, tool.description) for tool in self.session.tools if tool.server]
        return found == [wanted]

    def _files(self) -> dict[str, bytes]:
        return {
            os.path.join(place, name): Path(place, name).read_bytes()  # noqa: PTH118 - keys of a table
            for folder in (self.granted, self.outside)
            for place, _, names in os.walk(folder)
            for name in names
        }


def call_text(name: str, **arguments: str) -> str:
    """An output that thinks shortly and calls one tool."""
    return f"I call it.\n</think>\n\n{call_block(name, **arguments)}"


def call_block(name: str, **arguments: str) -> str:
    """A call as M2 writes it."""
    parameters = "".join(f'<parameter name="{key}">{value}</parameter>\n' for key, value in arguments.items())
    return f'<minimax:tool_call>\n<invoke name="{name}">\n{parameters}</invoke>\n</minimax:tool_call>'
