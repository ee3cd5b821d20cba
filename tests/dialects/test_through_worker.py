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
from tests.dialects import test_harmony as harmony
from tests.dialects import test_mistral as mistral
from tests.dialects import test_qwen3 as qwen3
from tests.dialects import test_response_parser as response_parser
from tests.dialects.cases_calls import CALL_CASES
from tests.dialects.cases_text import TEXT_CASES
from tests.dialects.reading import TOOLS, merged, read_events

CASES = {
    "minimax-m2": [case for case in (*TEXT_CASES, *CALL_CASES) if case.inside],
    "qwen3": [case for case in (*qwen3.CALLS, *qwen3.BROKEN, *qwen3.TAGGED) if not case.inside],
    "harmony": [case for case in (*harmony.TEXTS, *harmony.CALLS, *harmony.BROKEN) if not case.inside],
    "mistral": [case for case in mistral.CASES if not case.inside],
    "gemma4": [case for case in response_parser.CASES if not case.inside],
}
REPLAY = Path(__file__).parents[1] / "workers" / "replay_worker.py"
OUTPUT = (ReasoningDelta, AnswerDelta, ToolCallStarted, ToolArgumentDelta, ToolCallReady, ToolCallUnfinished)
LAST = (GenerationFinished, ModelLoaded, RequestFailed, WorkerExited)
PATIENCE_SECONDS = 60


def _tokens(text: str) -> list[str]:
    return [text[at : at + 5] for at in range(0, len(text), 5)]


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def worker(tmp_path: Path, dialect: str) -> Iterator[tuple[Supervisor, queue.Queue[Envelope[Event]]]]:
    rounds = [_tokens(case.text) for case in CASES[dialect]]
    script = tmp_path / "script.json"
    settings = {"rounds": rounds, "dialect": dialect, "starts_in_reasoning": dialect == "minimax-m2"}
    script.write_text(json.dumps(settings), encoding="utf-8")
    events: queue.Queue[Envelope[Event]] = queue.Queue()
    command = [sys.executable, str(REPLAY)]
    supervisor = Supervisor("engine", events.put, command=command, env={"MINIM_REPLAY": str(script)})
    yield supervisor, events
    supervisor.close()


@pytest.mark.parametrize("dialect", CASES, indirect=True)
def test_every_case_arrives_as_the_reader_told_it(
    worker: tuple[Supervisor, queue.Queue[Envelope[Event]]], dialect: str
) -> None:
    supervisor, events = worker
    functions = [tool["function"] for tool in TOOLS]
    tools = tuple(ToolInfo(function["name"], "", function["parameters"]) for function in functions)
    supervisor.send(LoadModel(ModelRef("Replay", "mlx", "4bit", "folder", "/nowhere")))
    asked = {supervisor.send(Generate((user_message("Go on."),), tools)): case for case in CASES[dialect]}
    told: dict[int, list[OutputEvent]] = {request: [] for request in asked}
    for _ in range(len(asked) + 1):
        while not isinstance((envelope := events.get(timeout=PATIENCE_SECONDS)).body, LAST):
            if isinstance(envelope.body, OUTPUT):
                told[envelope.request_id].append(envelope.body)
        assert isinstance(envelope.body, (ModelLoaded, GenerationFinished)), envelope.body
    for request, case in asked.items():
        assert merged(told[request]) == merged(read_events([case.text], TOOLS, dialect, case.inside)), case.text
