# pyright: basic
# basic: pytest's requests are untyped.
"""Every form of MiniMax-M2 in every engine that reads it, through the engine worker: reasoning, a call, 1776."""

from __future__ import annotations

import importlib.util
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from backends.contract.chat import (
    CallPart,
    GenerationOptions,
    Message,
    ReasoningPart,
    ResultPart,
    user_message,
)
from backends.contract.commands import Generate, LoadModel, RunTool
from backends.contract.events import (
    AnswerDelta,
    Envelope,
    Event,
    GenerationFinished,
    LoadProgress,
    ModelLoaded,
    ReasoningDelta,
    RequestFailed,
    ToolCallReady,
    ToolFinished,
)
from backends.contract.models import EngineName, ModelFormat, ModelRef
from backends.contract.tools import consent_to
from backends.storage.library import POCKET_FOLDER
from backends.tools.builtin import builtin_tools
from backends.workers.supervisor import Supervisor

pytestmark = pytest.mark.torch

PATIENCE_SECONDS = 90
QUESTION = user_message("What is 37 * 48?")
TOOLS = tuple(tool.info for tool in builtin_tools())
Kind = TypeVar("Kind")

ROWS: dict[str, tuple[str, ModelFormat, str, EngineName]] = {
    "pytorch bf16, Transformers": ("", "pytorch", "none", "Transformers"),
    "pytorch bf16, MLX": ("", "pytorch", "none", "MLX"),
    "pytorch FP8, Transformers": ("pytorch-none", "pytorch", "none", "Transformers"),
    "pytorch FP8, MLX": ("pytorch-none", "pytorch", "none", "MLX"),
    "AWQ Int4, Transformers": ("awq-Int4", "awq", "Int4", "Transformers"),
    **{f"MLX {bits} bit": (f"mlx-{bits}bit", "mlx", f"{bits}bit", "MLX") for bits in (3, 4, 5, 6, 8)},
}
"""Name → the folder of the form ("" for the one that is shipped), its format and quantization, the engine."""

answered: set[str] = set()


class Workers:
    """The engine worker and the tools worker, as a front end drives them."""

    def __init__(self, home: Path) -> None:
        self._changed = threading.Condition()
        self._heard: list[Envelope[Event]] = []
        env = {"MINIM_HOME": str(home), "OMP_NUM_THREADS": "1"}
        self.engine = Supervisor("engine", self._hear, env=env)
        self.tools = Supervisor("tools", self._hear, env=env)

    def wait(self, kind: type[Kind], supervisor: Supervisor, command: Any) -> tuple[Kind, list[Event]]:
        """Send a command; its last event, which is to be of this kind, and all of its events."""
        with self._changed:
            self._heard.clear()
            request = supervisor.send(command)
            mine: Callable[[], list[Event]] = lambda: [one.body for one in self._heard if one.request_id == request]  # noqa: E731 - said once
            done = self._changed.wait_for(
                lambda: any(isinstance(event, (kind, RequestFailed)) for event in mine()), PATIENCE_SECONDS
            )
            events = mine()
            assert done, f"no {kind.__name__}: {events}"
            assert isinstance(events[-1], kind), events[-1]
            return events[-1], events

    def close(self) -> None:
        for supervisor in (self.engine, self.tools):
            supervisor.close(timeout=10)

    def _hear(self, envelope: Envelope[Event]) -> None:
        with self._changed:
            self._heard.append(envelope)
            self._changed.notify_all()


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """One pair for all rows: each model takes the place of the one before, also that of the other engine."""
    workers = Workers(tmp_path_factory.mktemp("matrix"))
    yield workers
    workers.close()


@pytest.mark.parametrize("row", ROWS)
def test_it_reasons_calls_the_calculator_and_answers(workers: Workers, mission_forms: Path, row: str) -> None:
    folder, model_format, quantization, engine = ROWS[row]
    path = mission_forms / folder if folder else POCKET_FOLDER
    model = ModelRef("MiniMax-M2", model_format, quantization, "folder", str(path))
    loaded, events = workers.wait(ModelLoaded, workers.engine, LoadModel(model, engine=engine))
    assert (loaded.engine, loaded.dialect, loaded.context_length) == (engine, "minimax-m2", 196_608)
    reading = [event for event in events if isinstance(event, LoadProgress)]
    assert reading[-1].done_bytes == reading[-1].total_bytes > 0

    options = GenerationOptions(max_tokens=300)
    finished, events = workers.wait(GenerationFinished, workers.engine, Generate((QUESTION,), TOOLS, options))
    assert finished.reason == "stop"
    reasoning = "".join(event.text for event in events if isinstance(event, ReasoningDelta))
    assert reasoning.strip()
    [call] = [event for event in events if isinstance(event, ToolCallReady)]
    assert (call.name, "".join(call.arguments["expression"].split())) == ("calculator", "37*48")

    [tool] = [tool for tool in TOOLS if tool.name == "calculator"]
    run = RunTool("calculator", call.arguments, consent_to(tool, call.arguments, uuid.uuid4().hex))
    result, _ = workers.wait(ToolFinished, workers.tools, run)
    parts = (
        ReasoningPart(reasoning),
        CallPart("c0", call.name, call.arguments, state="ready"),
        ResultPart("c0", result.text),
    )
    messages = (QUESTION, Message("assistant", parts))
    finished, events = workers.wait(GenerationFinished, workers.engine, Generate(messages, TOOLS, options))
    answer = "".join(event.text for event in events if isinstance(event, AnswerDelta))
    assert "1776" in answer.replace(",", "")
    assert finished.usage.reused_tokens > 300  # inside a turn nothing is read twice
    answered.add(row)


def test_no_row_was_left_out() -> None:
    """The rows are all forms that are published, and each of them has answered above."""
    spec = importlib.util.spec_from_file_location(
        "pack_forms", Path(__file__).parents[2] / "packaging" / "pocket" / "pack_forms.py"
    )
    assert spec is not None
    assert spec.loader is not None
    pack_forms: Any = importlib.util.module_from_spec(spec)
    sys.modules["pack_forms"] = pack_forms  # where its dataclasses look for their module
    spec.loader.exec_module(pack_forms)
    assert {folder for folder, *_ in ROWS.values()} == {"", *pack_forms.FORMS}
    assert answered == set(ROWS)
