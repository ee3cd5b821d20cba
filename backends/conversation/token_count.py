"""How much of the context a conversation takes that was answered in an earlier run: the loaded model counts it."""

from __future__ import annotations

from backends.contract.chat import Message
from backends.contract.commands import CountTokens
from backends.contract.events import Envelope, Event, RequestCancelled, RequestFailed, TokensCounted, WorkerExited
from backends.contract.tools import ToolInfo
from backends.conversation.ports import EnginePort


class TokenCount:
    """Asks for one conversation at a time. Nothing is read for it, and what fails is told to nobody."""

    def __init__(self, engine: EnginePort) -> None:
        self._engine = engine
        self._request: int | None = None
        self._leaf: int | None = None
        self.waits = False
        """Whether something is to be counted once it is known which tools there are."""

    def ask(self, leaf: int, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...]) -> None:
        """Have the branch that ends in `leaf` counted, if an engine runs; none is started for it."""
        self.forget()
        if messages and self._engine.running:
            self._leaf, self._request = leaf, self._engine.send(CountTokens(messages, tools))

    def forget(self) -> None:
        """What was asked for is not needed any more."""
        if self._request is not None:
            self._engine.cancel(self._request)
        self._request = None

    def handle(self, envelope: Envelope[Event], leaf: int | None) -> int | None:
        """Take an event of the engine worker; → the tokens, once they are counted, of what still ends in `leaf`."""
        event = envelope.body
        if isinstance(event, WorkerExited):
            self._request = None
        if self._request is None or envelope.request_id != self._request:
            return None
        if isinstance(event, (TokensCounted, RequestFailed, RequestCancelled)):
            self._request = None
        return event.tokens if isinstance(event, TokensCounted) and leaf == self._leaf else None
