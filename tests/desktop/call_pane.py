"""Calls that ask, and cards of calls that ended: what the tests of a card's parts begin with."""

from __future__ import annotations

from typing import Any

from backends.contract.chat import CallPart, Message, ResultPart
from backends.contract.tools import ToolInfo
from backends.conversation.changes import (
    CallProgress,
    CallProgressed,
    ConversationRecord,
    MessageAdded,
    MessageRecord,
    PartAdded,
)
from desktop.models.conversation_model import ConversationModel
from desktop.panes.tools import Tools
from desktop.widgets.tool_card import ToolCard

SEARCH = ToolInfo(
    "search",
    "Search.",
    {
        "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}, "all": {"type": "boolean"}},
        "required": ["query"],
    },
    server="github",
)
WRITE = ToolInfo("write_file", "Write.", {"properties": {"text": {"type": "string"}}}, shows_diff=True)


class Clock:
    """A clock that stands until it is set."""

    now = 10.0

    def __call__(self) -> float:
        return self.now


class CallPane(Tools):
    """The pane of a conversation whose one answer is being written; `clock` is a `Clock`."""

    def __init__(self) -> None:
        self.model = ConversationModel()
        self.model.show(ConversationRecord("c", "", 0.0, 0.0), ())
        self.model.apply(MessageAdded(MessageRecord(1, "c", None, Message("assistant", ()), "writing", 0.0)))
        super().__init__(self.model)
        self.set_clock = Clock()
        self.clock = self.set_clock
        self.resize(320, 900)
        self.show()

    def ask(self, tool: ToolInfo = SEARCH, **arguments: Any) -> ToolCard:
        """The card of a call that asks, a second after it appeared."""
        self.asked = CallPart("1", tool.name, arguments, "<raw>", "ready")
        self.model.apply(PartAdded(1, 0, self.asked))
        self.model.apply(CallProgressed(1, "1", "asking", tool))
        self.set_clock.now += 1
        return self.cards[0]

    def show_other(self) -> None:
        """Show another conversation, which is empty."""
        self.model.show(ConversationRecord("d", "", 0.0, 0.0), ())

    def ask_again(self, tool: ToolInfo = SEARCH) -> ToolCard:
        """Show the first conversation again, in which the call still asks; its card, a second later."""
        message = Message("assistant", (self.asked,))
        self.model.show(ConversationRecord("c", "", 0.0, 0.0), [MessageRecord(1, "c", None, message, "writing", 0.0)])
        self.model.apply(CallProgressed(1, "1", "asking", tool))
        self.set_clock.now += 1
        return self.cards[0]

    def end(self, progress: CallProgress, result: ResultPart, tool: ToolInfo = SEARCH) -> ToolCard:
        """The card of a call that ran."""
        self.model.apply(PartAdded(1, 0, CallPart("1", tool.name, {"query": "a"}, "<raw>", "ready")))
        self.model.apply(CallProgressed(1, "1", "running", tool))
        self.model.apply(CallProgressed(1, "1", progress, tool))
        self.model.apply(PartAdded(1, 1, result))
        return self.cards[0]
