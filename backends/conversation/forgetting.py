"""Deleted conversations: their KV caches, which hold their text, are dropped as soon as an engine runs."""

from __future__ import annotations

from backends.contract.commands import ForgetCaches
from backends.contract.errors import MinimError
from backends.contract.events import CachesForgotten, Envelope, Event, ModelLoaded, RequestFailed, WorkerExited
from backends.conversation.ports import EnginePort
from backends.storage.conversations import ConversationStore


class CacheForgetting:
    """Has the engine drop what the store says is to be forgotten, and notes when that was done.

    No worker is started for it: the store keeps the list until one runs, over the app's end too.
    """

    def __init__(self, store: ConversationStore, engine: EnginePort) -> None:
        self._store = store
        self._engine = engine
        self._request: int | None = None
        self._asked: tuple[str, ...] = ()

    def ask(self) -> None:
        """Have them dropped if an engine runs. Raises MinimError as the store does."""
        if not self._engine.running:
            return
        forgotten = self._store.forgotten()
        if forgotten and (self._request is None or set(forgotten) - set(self._asked)):
            self._asked = forgotten
            self._request = self._engine.send(ForgetCaches(forgotten))

    def handle(self, envelope: Envelope[Event]) -> None:
        """Take an event of the engine worker. What fails is tried again with the next model, and told to nobody."""
        event = envelope.body
        try:
            if isinstance(event, ModelLoaded):
                self.ask()
            elif isinstance(event, WorkerExited):
                self._request = None
            elif self._request is not None and envelope.request_id == self._request:
                if isinstance(event, CachesForgotten):
                    self._store.caches_dropped(self._asked)
                if isinstance(event, (CachesForgotten, RequestFailed)):
                    self._request = None
        except MinimError:
            self._request = None
