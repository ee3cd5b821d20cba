"""The cases through the real engine worker, by an engine that replays tokens: the front end sees the same events."""

from __future__ import annotations

import json
import queue
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.contract.chat import user_message
from backends.contract.commands import Generate, LoadModel
from backends.contract.events import (
    AnswerDelta,
    Envelope,
    Event,
    GenerationFinished,
    ModelLoaded,
    OutputEvent,
    ReasoningDelta,
    RequestFailed,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolCallUnfinished,
    WorkerExited,
)
from backends.contract.models import ModelRef
from backends.contract.tools import ToolInfo
from backends.workers.supervisor import Supervisor
from tests.dialects.cases_calls import CALL_CASES
from tests.dialects.cases_text import TEXT_CASES
from tests.dialects.reading import TOOLS, merged, read_events

CASES = [case for case in (*TEXT_CASES, *CALL_CASES) if case.inside]
REPLAY = Path(__file__).parents[1] / "workers" / "replay_worker.py"
OUTPUT = (ReasoningDelta, AnswerDelta, ToolCallStarted, ToolArgumentDelta, ToolCallReady, ToolCallUnfinished)
LAST = (GenerationFinished, ModelLoaded, RequestFailed, WorkerExited)
PATIENCE_SECONDS = 60


def _tokens(text: str) -> list[str]:
    return [text[at : at + 5] for at in range(0, len(text), 5)]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[tuple[Supervisor, queue.Queue[Envelope[Event]]]]:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"rounds": [_tokens(case.text) for case in CASES]}), encoding="utf-8")
    events: queue.Queue[Envelope[Event]] = queue.Queue()
    command = [sys.executable, str(REPLAY)]
    supervisor = Supervisor("engine", events.put, command=command, env={"MINIM_REPLAY": str(script)})
    yield supervisor, events
    supervisor.close()


def test_every_case_arrives_as_the_reader_told_it(
    worker: tuple[Supervisor, queue.Queue[Envelope[Event]]],
) -> None:
    supervisor, events = worker
    functions = [tool["function"] for tool in TOOLS]
    tools = tuple(ToolInfo(function["name"], "", function["parameters"]) for function in functions)
    supervisor.send(LoadModel(ModelRef("Replay", "mlx", "4bit", "folder", "/nowhere")))
    asked = {supervisor.send(Generate((user_message("Go on."),), tools)): case for case in CASES}
    told: dict[int, list[OutputEvent]] = {request: [] for request in asked}
    for _ in range(len(asked) + 1):
        while not isinstance((envelope := events.get(timeout=PATIENCE_SECONDS)).body, LAST):
            if isinstance(envelope.body, OUTPUT):
                told[envelope.request_id].append(envelope.body)
        assert isinstance(envelope.body, (ModelLoaded, GenerationFinished)), envelope.body
    for request, case in asked.items():
        assert merged(told[request]) == merged(read_events([case.text])), case.text
