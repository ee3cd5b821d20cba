"""A context that is full, with the built-in model made to have a short one: what is dropped leaves real room."""

from __future__ import annotations

import json
import queue
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from backends.contract.chat import GenerationOptions
from backends.contract.events import Envelope, Event
from backends.contract.models import ModelRef
from backends.conversation.changes import Change, ContextFilled, MessageEnded, SessionFailed, UsageChanged
from backends.conversation.model_session import ModelSession
from backends.conversation.session import ConversationSession
from backends.storage.conversations import ConversationStore
from backends.storage.library import POCKET_FOLDER
from backends.workers.supervisor import Supervisor

Kind = TypeVar("Kind")

LENGTH = 600
TALE = "A turtle went down to the sea, and met a crab there who had lost its shell. " * 3


class House:
    """The session with a real engine, on one thread."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.changes: list[Change] = []
        self._queue: queue.SimpleQueue[Envelope[Event]] = queue.SimpleQueue()
        self.engine = Supervisor("engine", self._queue.put, env={"MLX_DISABLE_COMPILE": "1"})
        self.store = ConversationStore(home / "conversations.db")
        self.model = ModelSession(self.engine, self.changes.append)
        self.session = ConversationSession(self.store, self.engine, self.engine, self.changes.append)
        options = GenerationOptions(temperature=0.0, max_tokens=16)
        self.session.configure(
            tools_enabled=False, options=options, system_prompt="Be kind.", read_ahead=False, context_length=LENGTH
        )
        self.model.load(ModelRef("Short", "mlx", "4bit", "folder", str(folder)))
        self._wait(lambda: self.model.state.state == "ready")
        assert self.model.state.loaded is not None
        assert self.model.state.loaded.context_length == LENGTH

    def carry(self, begin: Callable[[], bool]) -> str:
        """Begin something; → the status of the answer that came of it."""
        assert begin()
        self._wait(lambda: not self.session.busy)
        return self.told(MessageEnded)[-1].status

    def fill(self) -> None:
        """Talk until there is no room left."""
        for _ in range(12):
            self.carry(lambda: self.session.send(TALE))
            if self.told(ContextFilled) and self.told(ContextFilled)[-1].used:
                return
        raise AssertionError("it was never full")

    def told(self, kind: type[Kind]) -> list[Kind]:
        return [change for change in self.changes if isinstance(change, kind)]

    def _wait(self, until: Callable[[], bool]) -> None:
        while not until():
            envelope = self._queue.get(timeout=60)
            self.session.handle_engine(envelope)
            self.model.handle_engine(envelope)


@pytest.fixture
def house(home: Path, tmp_path: Path) -> Iterator[House]:
    folder = Path(shutil.copytree(POCKET_FOLDER, tmp_path / "short"))
    config = folder / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "max_position_embeddings": LENGTH}))
    opened = House(home, folder)
    yield opened
    opened.session.close()
    opened.engine.close()
    opened.store.close()


def test_dropping_and_going_on(house: House) -> None:
    house.fill()
    full = house.told(ContextFilled)[-1]
    assert (full.limit, full.in_memory) == (LENGTH, False)

    house.carry(house.session.drop_oldest)
    assert house.told(ContextFilled)[-1].used == 0
    assert house.carry(lambda: house.session.send("And then?")) in ("complete", "length")
    after = house.told(UsageChanged)[-1].usage
    assert 0.25 * LENGTH < after.prompt_tokens < 0.65 * LENGTH, "about half of it is free again"

    house.fill()
    failures = len(house.told(SessionFailed))
    assert house.carry(house.session.continue_in_new) in ("complete", "length")
    summary = house.told(UsageChanged)[-1].usage
    assert 0.5 * LENGTH < summary.prompt_tokens <= 0.95 * LENGTH, "as much as leaves room for a summary"
    house.carry(lambda: house.session.send("Thank you"))
    assert house.told(UsageChanged)[-1].usage.prompt_tokens < 0.4 * LENGTH
    assert len(house.told(SessionFailed)) == failures
