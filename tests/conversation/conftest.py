"""A session whose workers are played by the test: it sees each command, and says each event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeVar

import pytest

from backends.contract.chat import Usage
from backends.contract.commands import Command, Generate
from backends.contract.events import (
    UNASKED,
    Envelope,
    Event,
    GenerationFinished,
    ToolCallReady,
    ToolCallStarted,
    ToolsListed,
    WorkerExited,
)
from backends.contract.tools import ToolInfo
from backends.conversation.changes import Change
from backends.conversation.session import ConversationSession
from backends.storage.conversations import ConversationStore

Kind = TypeVar("Kind")

CALCULATOR = ToolInfo(
    "calculator",
    "Evaluate an arithmetic expression exactly.",
    {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]},
    has_side_effects=False,
)
CLOCK = ToolInfo("clock", "Tell the current date and time.", {"type": "object", "properties": {}})


class WorkerSeat:
    """The worker's side of a port, taken by the test."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, Command]] = []
        self.cancelled: list[int] = []
        self.ended = 0
        self.running = True
        self.handle: Callable[[Envelope[Event]], None] = lambda _: None

    def send(self, command: Command) -> int:
        self.sent.append((len(self.sent) + 1, command))
        return len(self.sent)

    def cancel(self, request_id: int) -> None:
        self.cancelled.append(request_id)

    def end(self) -> None:
        self.ended += 1
        self.running = False

    def say(self, *events: Event, to: int | None = None) -> None:
        """Answer the newest request, or the one with the id `to`."""
        for event in events:
            self.handle(Envelope(self.sent[-1][0] if to is None else to, event))

    def die(self, reason: str = "It was killed by SIGKILL.", *, expected: bool = False) -> None:
        self.say_unasked(WorkerExited(-9, expected, reason))

    def say_unasked(self, event: Event) -> None:
        self.handle(Envelope(UNASKED, event))

    def asked(self, kind: type[Kind]) -> list[Kind]:
        return [command for _, command in self.sent if isinstance(command, kind)]


class Bench:
    """A session with its store, its two workers and everything that it told."""

    def __init__(
        self,
        path: Path,
        *,
        tools_listed: bool = True,
        wake: Callable[[Callable[[], None]], None] = lambda then: then(),
    ) -> None:
        self.path = path
        self.store = ConversationStore(path)
        self.engine = WorkerSeat()
        self.tools = WorkerSeat()
        self.changes: list[Change] = []
        self.now = 100.0
        self.session = ConversationSession(
            self.store, self.engine, self.tools, self.changes.append, clock=lambda: self.now, wake=wake
        )
        self.engine.handle = self.session.handle_engine
        self.tools.handle = self.session.handle_tools
        self.session.configure(model_name="Pocket M2")
        self.session.start()
        if tools_listed:
            self.tools.say(ToolsListed((CALCULATOR, CLOCK)))

    def told(self, kind: type[Kind]) -> list[Kind]:
        return [change for change in self.changes if isinstance(change, kind)]

    @property
    def prompts(self) -> list[Generate]:
        return self.engine.asked(Generate)

    def answer(self, *events: Event) -> None:
        """What the engine writes, to its end."""
        self.engine.say(*events, finished())

    def call(self, name: str, **arguments: object) -> None:
        """An output that is one call."""
        self.answer(ToolCallStarted(0, name), ToolCallReady(0, name, dict(arguments), f"<{name}>"))


def finished(reason: Literal["stop", "length", "cancelled"] = "stop") -> GenerationFinished:
    return GenerationFinished(reason, Usage(prompt_tokens=10, generated_tokens=5), 1000)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "conversations.db")
    yield made
    made.session.close()
    made.store.close()
