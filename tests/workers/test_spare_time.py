"""What the engine worker does unasked, and that it stops for whatever is asked."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import user_message
from backends.contract.commands import CountTokens, Generate, LoadModel, ReadAhead
from backends.contract.events import (
    GenerationFinished,
    ModelLoaded,
    PrefillProgress,
    ReadAheadFinished,
    RequestCancelled,
    TokensCounted,
    UnloadSuggested,
    WorkerExited,
)
from backends.contract.memory import KeepLimits
from backends.workers.engine import EngineWork
from backends.workers.idleness import LOOK_SECONDS, IdleWatch
from backends.workers.requests import Request
from backends.workers.supervisor import Supervisor

from .conftest import MODEL, PATIENCE_SECONDS, Ear, StartReplay, StartWorker
from .keeping_worker import KeepingEngine

KEEPING = [sys.executable, str(Path(__file__).parent / "keeping_worker.py")]
GATE = {"wait_for": None}
NOTHING_SAID = KeepLimits()
HELLO = (user_message("Hello"),)


@pytest.fixture
def start(start_worker: StartWorker, ear: Ear) -> Callable[..., Supervisor]:
    """Starts the worker that keeps caches, with a model loaded."""

    def start_it(keep: KeepLimits = NOTHING_SAID, **script: Any) -> Supervisor:
        supervisor = start_worker("engine", command=KEEPING, env={"MINIM_REPLAY": json.dumps(script)})
        ear.wait_for(ModelLoaded, supervisor.send(LoadModel(MODEL, keep)))
        return supervisor

    return start_it


@pytest.fixture
def kept_in(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cache" / "kv"


def test_reading_ahead(start: Callable[..., Supervisor], ear: Ear) -> None:
    request = start().send(ReadAhead(HELLO))
    assert ear.wait_for(ReadAheadFinished, request) == ReadAheadFinished(10, 20)
    assert ear.of(PrefillProgress, request) == [PrefillProgress(10, 10, 20)]


def test_an_engine_that_cannot_read_ahead_has_nothing_to_do(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay()
    supervisor.send(LoadModel(MODEL))
    assert ear.wait_for(ReadAheadFinished, supervisor.send(ReadAhead(HELLO))) == ReadAheadFinished(0, 0)


def test_reading_ahead_stops_at_once_for_what_is_asked(start: Callable[..., Supervisor], ear: Ear) -> None:
    supervisor = start(ahead=[GATE], pieces=["</think>", "Hi"])
    ahead = supervisor.send(ReadAhead(HELLO))
    ear.wait_for(PrefillProgress, ahead)
    asked = supervisor.send(Generate(HELLO))
    assert ear.wait_for(GenerationFinished, asked).reason == "stop"
    assert ear.kinds(ahead) == ["PrefillProgress", "RequestCancelled"]


def test_what_waits_to_be_read_ahead_gives_way_too(start: Callable[..., Supervisor], ear: Ear, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    supervisor = start(pieces=["</think>", {"wait_for": str(gate)}])
    supervisor.send(Generate(HELLO))
    ahead = supervisor.send(ReadAhead(HELLO))
    newer = supervisor.send(ReadAhead(HELLO))
    ear.wait_for(RequestCancelled, ahead)
    gate.touch()
    assert ear.wait_for(ReadAheadFinished, newer) == ReadAheadFinished(10, 20)


def test_counting_tokens_only_holds_it_up(start: Callable[..., Supervisor], ear: Ear, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    supervisor = start(ahead=[{"wait_for": str(gate)}])
    ahead = supervisor.send(ReadAhead(HELLO))
    ear.wait_for(PrefillProgress, ahead)
    for _ in range(3):
        ear.wait_for(TokensCounted, supervisor.send(CountTokens(HELLO)))
    gate.touch()
    assert ear.wait_for(ReadAheadFinished, ahead) == ReadAheadFinished(10, 20)
    assert ear.kinds(ahead).count("ReadAheadFinished") == 1
    assert not ear.of(RequestCancelled)


def test_counting_tokens_comes_before_what_waits_to_be_read_ahead(
    start: Callable[..., Supervisor], ear: Ear, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    supervisor = start(pieces=["</think>", {"wait_for": str(gate)}])
    supervisor.send(Generate(HELLO))
    ahead = supervisor.send(ReadAhead(HELLO))
    count = supervisor.send(CountTokens(HELLO))
    last = supervisor.send(CountTokens(HELLO))
    supervisor.cancel(last)
    ear.wait_for(RequestCancelled, last)  # the worker has read all of them
    gate.touch()
    ear.wait_for(ReadAheadFinished, ahead)
    order = [heard.request_id for heard in ear.heard if heard.request_id in (ahead, count)]
    assert order[0] == count


def test_cancelling_what_is_held_up_ends_it(start: Callable[..., Supervisor], ear: Ear) -> None:
    supervisor = start(ahead=[GATE])
    ahead = supervisor.send(ReadAhead(HELLO))
    ear.wait_for(PrefillProgress, ahead)
    ear.wait_for(TokensCounted, supervisor.send(CountTokens(HELLO)))
    ear.wait_for(PrefillProgress, ahead, count=2)
    supervisor.cancel(ahead)
    ear.wait_for(RequestCancelled, ahead)


def test_caches_are_stored_when_nothing_is_asked_and_a_model_that_lies_idle_is_told(
    start: Callable[..., Supervisor], ear: Ear, kept_in: Path
) -> None:
    supervisor = start(KeepLimits(5, 6, unload_after_minutes=1e-6), pieces=["</think>", "Hi"])
    ear.wait_for(GenerationFinished, supervisor.send(Generate(HELLO)))
    assert ear.wait_for(UnloadSuggested) == UnloadSuggested("idle")
    assert (kept_in / "stored").read_text() == "x"
    assert json.loads((kept_in / "limits.json").read_text()) == [5, 6]
    assert supervisor.running


def test_storing_stops_for_what_is_asked_and_is_done_later(
    start: Callable[..., Supervisor], ear: Ear, kept_in: Path, tmp_path: Path
) -> None:
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    os.mkfifo(begun)
    supervisor = start(pieces=["</think>"], store=[{"write": str(begun)}, {"wait_for": str(gate)}])
    begun.read_text()  # waits for it
    ear.wait_for(GenerationFinished, supervisor.send(Generate(HELLO)))
    assert (kept_in / "dropped").exists()
    assert not (kept_in / "stored").exists()
    gate.touch()
    threading.Thread(target=begun.read_text).start()
    supervisor.end()
    ear.wait_for(WorkerExited)
    assert (kept_in / "stored").exists()


@pytest.mark.parametrize("busy", [False, True])
def test_at_the_end_what_is_not_stored_is_stored_or_dropped_in_time(
    start: Callable[..., Supervisor], ear: Ear, kept_in: Path, busy: bool
) -> None:
    supervisor = start(pieces=["</think>", *[GATE] * busy], store=[GATE])
    request = supervisor.send(Generate(HELLO))
    if busy:
        ear.wait_for(PrefillProgress, request)
    else:
        ear.wait_for(GenerationFinished, request)
    supervisor.close(timeout=PATIENCE_SECONDS)
    exited = ear.wait_for(WorkerExited)
    assert exited.expected
    assert exited.exit_code in (0, 143), "it ended by itself and was not killed"
    assert (kept_in / "dropped").exists()


# -- without a process ------------------------------------------------------------------------------------------


class Machine:
    """A worker's inside on a machine whose clock, memory and battery the test sets."""

    def __init__(self, folder: Path, keep: KeepLimits) -> None:
        self.now = 0.0
        self.short = False
        self.low = False
        self.said: list[Any] = []
        self.kept_in = folder / "cache" / "kv"
        self.kept_in.parent.mkdir(parents=True, exist_ok=True)
        watch = IdleWatch(lambda: self.now, lambda: self.short)
        self.work = EngineWork(lambda model, wished: KeepingEngine({}), watch, lambda: self.low)
        self.work.speak_through(self.said.append)
        self.ask(LoadModel(MODEL, keep))

    def ask(self, command: Any) -> Any:
        return self.work(Request(1, command, lambda _id, _event: None))

    def idle(self, seconds: float) -> float | None:
        self.now += seconds
        return self.work.use_spare_time(lambda: False)


@pytest.fixture
def machine(home: Path) -> Callable[..., Machine]:
    def make(**keep: Any) -> Machine:
        return Machine(home, KeepLimits(**keep))

    return make


def test_after_the_idle_minutes_unloading_is_suggested_and_later_again(machine: Callable[..., Machine]) -> None:
    there = machine(unload_after_minutes=30)
    assert there.idle(60) == LOOK_SECONDS
    assert there.idle(29 * 60 - 40) == 40
    assert there.said == []
    there.ask(CountTokens(HELLO))
    assert there.idle(29 * 60) == 60
    assert there.said == []
    assert there.idle(60) == 30 * 60
    assert there.said == [UnloadSuggested("idle")]
    assert there.idle(30 * 60) == 30 * 60, "it may have come while a tool's question was open"
    assert there.said == [UnloadSuggested("idle")] * 2
    there.ask(CountTokens(HELLO))
    assert there.idle(60) == LOOK_SECONDS
    assert len(there.said) == 2


def test_however_short_the_idle_time_it_is_suggested_once_a_minute(machine: Callable[..., Machine]) -> None:
    assert machine(unload_after_minutes=0.1).idle(60) == LOOK_SECONDS


def test_a_model_may_lie_idle_for_ever(machine: Callable[..., Machine]) -> None:
    there = machine(unload_after_minutes=0)
    assert there.idle(10_000_000) == LOOK_SECONDS
    assert there.said == []


def test_short_of_memory_the_idle_caches_go_and_then_the_model(machine: Callable[..., Machine]) -> None:
    there = machine()
    there.short = True
    assert there.idle(1) == LOOK_SECONDS
    assert (there.kept_in / "dropped idle").exists()
    assert there.said == []
    there.short = False
    there.idle(60)
    there.short = True
    there.idle(60)
    assert there.said == [], "it was short twice, but not twice in a row"
    assert there.idle(60) == LOOK_SECONDS
    assert there.said == [UnloadSuggested("memory")]
    there.idle(60)
    assert there.said == [UnloadSuggested("memory")] * 2


def test_nothing_is_read_ahead_on_a_low_battery(machine: Callable[..., Machine]) -> None:
    there = machine()
    assert there.ask(ReadAhead(HELLO)) == ReadAheadFinished(10, 20)
    there.low = True
    assert there.ask(ReadAhead(HELLO)) == ReadAheadFinished(0, 0)


def test_caches_are_stored_before_another_model_takes_their_place(machine: Callable[..., Machine]) -> None:
    there = machine()
    there.ask(LoadModel(MODEL))
    assert (there.kept_in / "stored").read_text() == "x"


def test_without_a_model_nothing_is_looked_at(home: Path) -> None:
    work = EngineWork(lambda model, wished: KeepingEngine({}))
    assert work.use_spare_time(lambda: False) is None
