"""The engine worker, with an engine that replays: loads, writes, is cancelled at any time, and always says its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from backends.contract.chat import user_message
from backends.contract.commands import CountTokens, ForgetCaches, Generate, ListTools, LoadModel
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import (
    AnswerDelta,
    CachesForgotten,
    Event,
    GenerationFinished,
    GenerationProgress,
    LoadProgress,
    ModelLoaded,
    PrefillProgress,
    ReasoningDelta,
    RequestCancelled,
    RequestFailed,
    TokensCounted,
    ToolCallReady,
    ToolCallStarted,
    ToolCallUnfinished,
    WorkerExited,
)
from backends.contract.models import EngineName, ModelFormat, ModelRef
from backends.contract.tools import ToolInfo
from backends.engines import registry
from backends.engines.base import Cancelled
from backends.engines.prompt_cache_files import PromptCacheFiles
from backends.engines.prompt_cache_format import Tensor
from backends.engines.prompt_cache_key import owner_tag
from backends.workers import engine
from backends.workers.engine import EngineWork
from backends.workers.requests import Request

from .conftest import HERE, MODEL, Ear, StartReplay, StartWorker
from .replay_worker import ReplayEngine

KEEPING = [sys.executable, str(HERE / "keeping_worker.py")]
_CALCULATOR = ToolInfo("calculator", "", {"type": "object", "properties": {"expression": {"type": "string"}}})
_CALL = '<minimax:tool_call>\n<invoke name="calculator">\n<parameter name="expression">37 * 48</parameter>\n'
_CALL_END = "</invoke>\n</minimax:tool_call>"


def test_it_loads_and_writes(start_replay: StartReplay, ear: Ear) -> None:
    pieces = ["They want ", "a sum.\n</think>", "\n\nI ask.", "\n", _CALL[:60], _CALL[60:], _CALL_END]
    supervisor = start_replay(pieces=pieces, prefill_tokens=20, reused_tokens=10)
    load = supervisor.send(LoadModel(MODEL))
    request = supervisor.send(Generate((user_message("What is 37 * 48?"),), (_CALCULATOR,)))
    finished = ear.wait_for(GenerationFinished, request)
    assert ear.of(LoadProgress, load)[-1] == LoadProgress("reading", 3_000_000, 3_000_000)
    assert ear.of(ModelLoaded, load)[0].model == MODEL
    assert ear.of(PrefillProgress, request) == [PrefillProgress(10, 15, 20), PrefillProgress(10, 20, 20)]
    assert "".join(delta.text for delta in ear.of(ReasoningDelta, request)).strip() == "They want a sum."
    assert "".join(delta.text for delta in ear.of(AnswerDelta, request)).strip() == "I ask."
    [call] = ear.of(ToolCallReady, request)
    assert (call.name, call.arguments) == ("calculator", {"expression": "37 * 48"})
    progress = ear.of(GenerationProgress, request)[0]
    assert (progress.usage.prompt_tokens, progress.usage.reused_tokens) == (20, 10)
    assert progress.memory_bytes == 123456789
    assert (finished.reason, finished.usage.generated_tokens) == ("stop", len(pieces))
    assert ear.kinds(request)[-1] == "GenerationFinished"


def test_a_fast_model_costs_few_lines(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay(pieces=["x"] * 2000, starts_in_reasoning=False)
    supervisor.send(LoadModel(MODEL))
    request = supervisor.send(Generate(()))
    ear.wait_for(GenerationFinished, request)
    deltas = ear.of(AnswerDelta, request)
    assert "".join(delta.text for delta in deltas) == "x" * 2000
    assert len(deltas) < 500


def test_cancel_shows_what_was_written_and_reports_the_cut_call(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay(pieces=["Sure.\n</think>", _CALL, {"wait_for": None}, _CALL_END])
    supervisor.send(LoadModel(MODEL))
    request = supervisor.send(Generate((), (_CALCULATOR,)))
    ear.wait_for(ToolCallStarted, request)
    supervisor.cancel(request)
    finished = ear.wait_for(GenerationFinished, request)
    assert finished.reason == "cancelled"
    [cut] = ear.of(ToolCallUnfinished, request)
    assert cut.arguments == {"expression": "37 * 48"}
    assert not ear.of(ToolCallReady)
    assert ear.kinds(request)[-2:] == ["ToolCallUnfinished", "GenerationFinished"]


def test_what_the_reader_held_back_is_shown_at_the_end(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay(pieces=["a <minimax:too", {"wait_for": None}], starts_in_reasoning=False)
    supervisor.send(LoadModel(MODEL))
    request = supervisor.send(Generate(()))
    ear.wait_for(AnswerDelta, request)
    supervisor.cancel(request)
    ear.wait_for(GenerationFinished, request)
    assert "".join(delta.text for delta in ear.of(AnswerDelta, request)) == "a <minimax:too"


def test_cancel_while_queued_answers_at_once(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay(pieces=["Partly", {"wait_for": None}], starts_in_reasoning=False)
    supervisor.send(LoadModel(MODEL))
    running = supervisor.send(Generate(()))
    queued, load, count = (
        supervisor.send(Generate(())),
        supervisor.send(LoadModel(MODEL)),
        supervisor.send(CountTokens(())),
    )
    ear.wait_for(AnswerDelta, running)
    supervisor.cancel(queued)
    supervisor.cancel(load)
    assert ear.wait_for(GenerationFinished, queued).reason == "cancelled"
    ear.wait_for(RequestCancelled, load)
    assert not ear.of(GenerationFinished, running)
    supervisor.cancel(running)
    ear.wait_for(TokensCounted, count)
    assert ear.kinds(queued) == ["GenerationFinished"]
    assert ear.kinds(load) == ["RequestCancelled"]


def test_cancel_in_mid_load_and_in_mid_prefill(start_replay: StartReplay, ear: Ear, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    supervisor = start_replay(load=[{"wait_for": str(gate)}], prefill=[{"wait_for": None}], pieces=["never"])
    load = supervisor.send(LoadModel(MODEL))
    ear.wait_for(LoadProgress, load)
    supervisor.cancel(load)
    ear.wait_for(RequestCancelled, load)
    assert ear.wait_for(RequestFailed, supervisor.send(Generate(()))).kind == "no_model"
    gate.touch()
    supervisor.send(LoadModel(MODEL))
    request = supervisor.send(Generate(()))
    ear.wait_for(PrefillProgress, request)
    supervisor.cancel(request)
    assert ear.wait_for(GenerationFinished, request).reason == "cancelled"
    assert not ear.of(ReasoningDelta)


def test_the_old_model_is_given_up_before_the_next_is_loaded(
    start_replay: StartReplay, ear: Ear, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    supervisor = start_replay(load=[{"wait_for": str(gate)}])
    supervisor.send(LoadModel(MODEL))
    ear.wait_for(TokensCounted, supervisor.send(CountTokens(())))
    gate.unlink()
    load = supervisor.send(LoadModel(MODEL))
    ear.wait_for(LoadProgress, load)
    supervisor.cancel(load)
    assert ear.wait_for(RequestFailed, supervisor.send(CountTokens(()))).kind == "no_model"


def test_a_load_that_comes_to_its_end_after_it_was_cancelled_is_given_up() -> None:
    def nobody(_id: int, _event: Event) -> None: ...

    load = Request(1, LoadModel(MODEL), nobody)

    class Late(ReplayEngine):
        def load(
            self, model: ModelRef, prepared: Path, report: Callable[[LoadProgress], None], cancelled: Cancelled
        ) -> ModelLoaded:
            load.cancel()
            return super().load(model, prepared, report, lambda: False)

    work = EngineWork(lambda _, wished: Late({}))
    with pytest.raises(RequestStopped):
        work(load)
    with pytest.raises(MinimError, match="No model is loaded"):
        work(Request(2, CountTokens(()), nobody))


def test_cancelling_what_has_ended_or_never_was_changes_nothing(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay()
    load = supervisor.send(LoadModel(MODEL))
    ear.wait_for(ModelLoaded, load)
    supervisor.cancel(load)
    supervisor.cancel(99)
    ear.wait_for(TokensCounted, supervisor.send(CountTokens(())))
    assert ear.kinds(load)[-1] == "ModelLoaded"
    assert not ear.of(RequestCancelled)


def test_a_failed_load_leaves_no_model_and_the_worker_goes_on(start_replay: StartReplay, ear: Ear) -> None:
    words = {"kind": "damaged_model", "message": "The file is cut off.", "hint": "Fetch it again."}
    supervisor = start_replay(load=[{"fail": words}])
    load = supervisor.send(LoadModel(MODEL))
    assert ear.wait_for(RequestFailed, load) == RequestFailed(
        "damaged_model", "The file is cut off.", "Fetch it again."
    )
    count = supervisor.send(CountTokens(()))
    assert ear.wait_for(RequestFailed, count).kind == "no_model"
    wrong = supervisor.send(ListTools())
    assert ear.wait_for(RequestFailed, wrong).kind == "bad_request"
    assert not ear.of(WorkerExited)


def test_a_failure_in_mid_answer_keeps_what_was_written(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay(pieces=["one ", "two ", "three", {"crash": "boom"}], starts_in_reasoning=False)
    supervisor.send(LoadModel(MODEL))
    request = supervisor.send(Generate(()))
    failed = ear.wait_for(RequestFailed, request)
    assert (failed.kind, "boom" in failed.message) == ("internal", True)
    assert "".join(delta.text for delta in ear.of(AnswerDelta, request)) == "one two three"
    assert ear.kinds(request)[-1] == "RequestFailed"


def test_a_model_that_no_engine_runs_is_refused_by_the_real_registry(start_worker: StartWorker, ear: Ear) -> None:
    supervisor = start_worker("engine")
    request = supervisor.send(LoadModel(MODEL))
    failed = ear.wait_for(RequestFailed, request)
    assert failed.kind != "internal"
    assert failed.hint


_FORGET = """
import sys
from backends.contract.commands import ForgetCaches
from backends.workers.engine import EngineWork
from backends.workers.requests import Request

work = EngineWork(lambda model, wished: None)
print(work(Request(1, ForgetCaches(("holiday",)), lambda *_: None)).freed_bytes)
print(*({"mlx", "mlx_lm", "torch", "transformers", "numpy"} & set(sys.modules)))
"""


def test_caches_are_forgotten_without_a_model_and_without_any_library_that_runs_one(tmp_path: Path) -> None:
    files = PromptCacheFiles(tmp_path / "home" / "cache" / "kv", "a" * 64, 10**6)
    data = memoryview(bytes(800))
    tensor = Tensor("0.keys", "U8", (1, 100, 8), len(data), lambda: data)
    assert files.save(list(range(100)), 0, [tensor], lambda: False, owner=owner_tag("holiday"))
    [piece] = (tmp_path / "home" / "cache" / "kv").iterdir()
    size = piece.stat().st_size
    env = {**os.environ, "MINIM_HOME": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", _FORGET], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(size), ""]
    assert not piece.exists()


def test_a_loaded_engine_forgets_by_itself(start_worker: StartWorker, ear: Ear, tmp_path: Path) -> None:
    supervisor = start_worker("engine", command=KEEPING, env={"MINIM_REPLAY": "{}"})
    supervisor.send(LoadModel(MODEL))
    request = supervisor.send(ForgetCaches(("holiday", "taxes")))
    assert ear.wait_for(CachesForgotten, request) == CachesForgotten(7)
    assert (tmp_path / "home" / "cache" / "kv" / "forgotten").read_text() == "holiday taxes"


@pytest.mark.parametrize(
    ("model_type", "model_format", "wished", "told"),
    [
        ("llama", "pytorch", None, None),
        ("llama", "pytorch", "MLX", "MLX"),
        ("xglm", "pytorch", None, "Transformers"),
        ("llama", "awq", None, None),
    ],
)
def test_what_one_engine_alone_reads_is_opened_with_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    model_type: str,
    model_format: ModelFormat,
    wished: EngineName | None,
    told: EngineName | None,
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": model_type}))
    opened: list[EngineName | None] = []

    def open_engine(_model: ModelRef, engine: EngineName | None) -> NoReturn:
        opened.append(engine)
        raise RequestStopped

    monkeypatch.setattr(registry, "open_engine", open_engine)
    model = ModelRef("M", model_format, "none", "folder", str(tmp_path))
    with pytest.raises(RequestStopped):
        engine.open_registered(model, wished)
    assert opened == [told]
