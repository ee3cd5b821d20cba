"""The session with real workers: processes, pipes and the database, one of them killed in mid-answer."""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import AnswerPart, CallPart, ReasoningPart, ResultPart
from backends.contract.events import Envelope, Event
from backends.contract.models import ModelRef
from backends.contract.tools import ConsentAnswer
from backends.conversation.changes import (
    Change,
    ConversationShown,
    MessageEnded,
    ModelStateChanged,
    SessionFailed,
)
from backends.conversation.model_session import ModelSession
from backends.conversation.permissions import Policy
from backends.conversation.session import ConversationSession
from backends.storage.conversations import ConversationStore
from backends.workers.supervisor import Supervisor

REPLAY = Path(__file__).parents[1] / "workers" / "replay_worker.py"
MODEL = ModelRef("Replay", "mlx", "4bit", "folder", "/nowhere")
CALL = (
    '<minimax:tool_call>\n<invoke name="calculator">\n<parameter name="expression">37 * 48</parameter>\n'
    "</invoke>\n</minimax:tool_call>"
)


class House:
    """Everything that a front end puts together, on one thread."""

    def __init__(self, folder: Path, script: dict[str, Any]) -> None:
        self.path = folder / "conversations.db"
        self.changes: list[Change] = []
        self._events: queue.SimpleQueue[tuple[Callable[[Envelope[Event]], None], Envelope[Event]]] = queue.SimpleQueue()
        self.engine = Supervisor(
            "engine",
            lambda envelope: self._events.put((self._on_engine, envelope)),
            command=[sys.executable, str(REPLAY)],
            env={"MINIM_REPLAY": json.dumps(script)},
        )
        self.tools = Supervisor("tools", lambda envelope: self._events.put((self.session.handle_tools, envelope)))
        self.store = ConversationStore(self.path)
        self.model = ModelSession(self.engine, self.changes.append)
        self.session = ConversationSession(self.store, self.engine, self.tools, self.changes.append)
        self.session.start()

    def load(self) -> None:
        self.model.load(MODEL)
        self.wait(lambda: self.model.state.state == "ready")

    def wait(self, until: Callable[[], bool]) -> None:
        while not until():
            handler, envelope = self._events.get(timeout=60)
            handler(envelope)

    def close(self) -> None:
        self.session.close()
        self.store.close()
        self.engine.close()
        self.tools.close()

    def _on_engine(self, envelope: Envelope[Event]) -> None:
        self.session.handle_engine(envelope)
        self.model.handle_engine(envelope)


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], House]]:
    opened: list[House] = []

    def open_one(script: dict[str, Any]) -> House:
        opened.append(House(tmp_path, script))
        return opened[-1]

    yield open_one
    for house in opened:
        house.close()


def test_a_turn_with_a_tool(open_house: Callable[[dict[str, Any]], House]) -> None:
    house = open_house({"rounds": [["I compute.</think>", CALL], ["Done.</think>", "It is ", "1776."]]})
    house.load()
    assert house.session.send("What is 37 * 48?")
    house.wait(lambda: house.session.phase == "asking")
    house.session.answer_consent("call_1", ConsentAnswer(True))
    house.wait(lambda: not house.session.busy)
    answer = house.store.branch(house.session.conversation.leaf)[-1]
    assert answer.status == "complete"
    kinds = [type(part) for part in answer.message.parts]
    assert kinds == [ReasoningPart, CallPart, ResultPart, ReasoningPart, AnswerPart]
    assert [part.text for part in answer.message.parts if isinstance(part, ResultPart)] == ["1776"]
    assert answer.message.text.strip() == "It is 1776."


def test_what_a_person_changed_runs_also_after_the_tools_worker_was_killed(
    open_house: Callable[[dict[str, Any]], House],
) -> None:
    house = open_house({"rounds": [["</think>", CALL], ["</think>", CALL], ["</think>", "Done."]]})
    house.load()
    house.session.send("What is 37 * 48?")
    house.wait(lambda: house.session.phase == "asking")
    house.session.answer_consent("call_1", ConsentAnswer(True, "conversation", arguments={"expression": "6 * 7"}))
    house.wait(lambda: house.session.phase != "running_tool")
    pid = house.tools.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    house.wait(lambda: not house.session.busy)
    answer = house.store.branch(house.session.conversation.leaf)[-1]
    first, second = (part for part in answer.message.parts if isinstance(part, ResultPart))
    assert (first.text, first.ran_with) == ("42", {"expression": "6 * 7"})
    # The second call did not ask again; it ran in a fresh worker, unless the old one took it with it.
    assert second.ran_with is None
    assert second.text == "1776" or second.is_error


def test_an_engine_that_is_killed_in_mid_answer(open_house: Callable[[dict[str, Any]], House]) -> None:
    house = open_house({"pieces": ["Once upon a time", {"wait_for": None}], "starts_in_reasoning": False})
    house.load()
    house.session.send("Tell me a story")
    house.wait(lambda: house.session.phase == "answering")
    pid = house.engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    house.wait(lambda: not house.session.busy)

    other = ConversationStore(house.path)
    asked, answer = other.branch(other.list_conversations()[0].leaf)
    other.close()
    assert asked.message.text == "Tell me a story"
    assert answer.message.text.strip().startswith("Once upon")
    assert answer.status == "failed"
    assert answer.failure
    assert house.model.state == ModelStateChanged("none")
    assert {change.kind for change in house.changes if isinstance(change, SessionFailed)} == {"worker_died"}
    assert not house.engine.running, "nothing is started again by itself"

    house.load()
    house.session.send("Go on")
    house.wait(lambda: house.session.phase == "answering")


@pytest.mark.parametrize("place", ["pieces", "prefill"])
def test_stop(open_house: Callable[[dict[str, Any]], House], place: str) -> None:
    house = open_house(
        {"pieces": ["</think>", "Begun"], place: ["</think>Begun"] * (place == "pieces") + [{"wait_for": None}]}
    )
    house.load()
    told = len(house.changes)
    house.session.send("Tell me a story")
    house.wait(lambda: len(house.changes) > told + 4)
    house.session.stop()
    house.wait(lambda: not house.session.busy)
    assert [change.status for change in house.changes if isinstance(change, MessageEnded)] == ["stopped"]
    assert house.model.state.state == "ready", "stopping costs no model"


def test_cancel_a_load_and_load_again(open_house: Callable[[dict[str, Any]], House], tmp_path: Path) -> None:
    house = open_house({"load": [{"wait_for": str(tmp_path / "gate")}], "pieces": ["</think>", "Hi"]})
    house.model.load(MODEL)
    house.wait(lambda: house.model.state.done_bytes > 0)
    house.model.cancel_load()
    house.wait(lambda: house.model.state.state == "none")
    (tmp_path / "gate").touch()
    house.load()
    house.model.unload()
    house.load()
    assert house.model.state.model == MODEL


def test_reopening_shows_everything_as_it_was(open_house: Callable[[dict[str, Any]], House]) -> None:
    house = open_house({"rounds": [["Hm.</think>", CALL], ["</think>", "Fine."]]})
    house.session.configure(policy=Policy(allow_all=True))
    house.load()
    house.session.send("What is 37 * 48?")
    house.wait(lambda: not house.session.busy)
    before = house.store.branch(house.session.conversation.leaf)
    house.close()

    again = open_house({})
    again.session.open(before[0].conversation)
    shown = [change for change in again.changes if isinstance(change, ConversationShown)][-1]
    assert shown.messages == before
