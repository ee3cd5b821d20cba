"""After a turn: what the next prompt will begin with is read while the person reads and types."""

from __future__ import annotations

from backends.contract.chat import Message
from backends.contract.commands import ReadAhead
from backends.contract.events import Event, GenerationFinished
from backends.contract.tools import ToolInfo
from backends.conversation.ports import Port
from backends.conversation.turn_runner import TurnRunner


def read_ahead_after(runner: TurnRunner, event: Event, engine: Port) -> bool:
    """Have the engine read ahead if `event` was the last that it said of a turn; → whether it was asked to.

    It gives way to whatever is sent next, so that nobody needs to stop it; its own events are nobody's concern.
    """
    if not (isinstance(event, GenerationFinished) and runner.ended):
        return False
    return read_ahead(runner.prompt(), runner.tools, runner.conversation, engine)


def read_ahead(history: tuple[Message, ...], tools: tuple[ToolInfo, ...], conversation: str, engine: Port) -> bool:
    """Have the engine read what the conversation's next prompt begins with; → whether it was asked to."""
    if not history or history[-1].role != "assistant":
        return False  # stopped before its first word: the next message goes on in the person's own
    engine.send(ReadAhead(history, tools, conversation))
    return True
