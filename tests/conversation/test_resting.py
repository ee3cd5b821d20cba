"""A conversation with the built-in model: read ahead, put on disk, unloaded, and gone on with as if nothing were."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.contract.chat import GenerationOptions, Usage
from backends.contract.events import Envelope, Event, ReadAheadFinished, UnloadSuggested
from backends.contract.memory import KeepLimits
from backends.contract.models import ModelRef
from backends.conversation.changes import Change, ModelStateChanged, SessionFailed, UsageChanged
from backends.conversation.model_session import ModelSession
from backends.conversation.session import ConversationSession
from backends.storage.conversations import ConversationStore
from backends.storage.library import POCKET_FOLDER
from backends.workers.supervisor import Supervisor

POCKET = ModelRef("Pocket M2", "mlx", "4bit", "builtin", str(POCKET_FOLDER))


class House:
    """Engine, store, both sessions, joined as a front end joins them, on one thread."""

    def __init__(self, home: Path) -> None:
        self.changes: list[Change] = []
        self.events: list[Event] = []
        self._queue: queue.SimpleQueue[Envelope[Event]] = queue.SimpleQueue()
        self.engine = Supervisor("engine", self._queue.put, env={"MLX_DISABLE_COMPILE": "1"})
        self.store = ConversationStore(home / "conversations.db")
        self.model = ModelSession(self.engine, self.changes.append, may_unload=lambda: not self.session.busy)
        self.session = ConversationSession(
            self.store, self.engine, self.engine, self.changes.append, wake=self.model.wake
        )
        options = GenerationOptions(temperature=0.0, max_tokens=60)
        self._may_rest = False
        self._suggested: list[Envelope[Event]] = []
        self.session.configure(tools_enabled=False, options=options, system_prompt="Be kind, and say little. " * 20)

    def wait(self, until: Callable[[], bool]) -> None:
        while not until():
            envelope = self._queue.get(timeout=60)
            if isinstance(envelope.body, UnloadSuggested) and not self._may_rest:
                self._suggested.append(envelope)  # it comes when this process is slow to ask for something
            else:
                self._take(envelope)

    def rest(self) -> None:
        """Do what the worker suggests, or has suggested already."""
        self._may_rest = True
        for envelope in self._suggested[-1:]:
            self._take(envelope)
        self.wait(lambda: self.model.state.resting != "")

    def ask(self, text: str) -> Usage:
        """What the answer took."""
        assert self.session.send(text)
        self.wait(lambda: not self.session.busy)
        return [change.usage for change in self.changes if isinstance(change, UsageChanged)][-1]

    def read_ahead(self) -> ReadAheadFinished:
        """The next one to be finished."""
        told = len(self._ahead)
        self.wait(lambda: len(self._ahead) > told)
        return self._ahead[-1]

    def _take(self, envelope: Envelope[Event]) -> None:
        self.events.append(envelope.body)
        self.session.handle_engine(envelope)
        self.model.handle_engine(envelope)

    @property
    def _ahead(self) -> list[ReadAheadFinished]:
        return [event for event in self.events if isinstance(event, ReadAheadFinished)]


@pytest.fixture
def house(home: Path) -> Iterator[House]:
    opened = House(home)
    yield opened
    opened.session.close()
    opened.engine.close()
    opened.store.close()


def test_a_conversation_goes_on_after_its_model_has_rested(house: House) -> None:
    house.model.configure(KeepLimits(cache_disk_bytes=2**30, unload_after_minutes=1e-6))
    house.model.load(POCKET)
    house.wait(lambda: house.model.state.state == "ready")
    first = house.ask("Hello")
    assert first.reused_tokens == 0
    ahead = house.read_ahead()
    assert 0 < ahead.reused < ahead.total

    house.rest()
    assert house.model.state == ModelStateChanged("none", POCKET, resting="idle")

    # The next message loads the model again, and what was read ahead comes from the disk.
    second = house.ask("Thank you")
    assert house.model.state.state == "ready"
    assert second.reused_tokens == ahead.total
    assert second.prompt_tokens - second.reused_tokens < 30
    assert not [change for change in house.changes if isinstance(change, SessionFailed)]
    statuses = {record.status for record in house.store.branch(house.session.conversation.leaf)[1::2]}
    assert statuses <= {"complete", "length"}
