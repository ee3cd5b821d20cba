"""The outside of a worker: it starts, is heard, ends in order, and its end is always told in words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from backends.contract.chat import user_message
from backends.contract.commands import CountTokens, FindModels, Generate, ListTools, LoadModel
from backends.contract.events import (
    AnswerDelta,
    Envelope,
    Event,
    GenerationFinished,
    ModelLoaded,
    ModelsChanged,
    Ready,
    RequestFailed,
    TokensCounted,
    ToolsListed,
    WorkerExited,
)
from backends.workers.protocol import MAX_LINE_BYTES
from backends.workers.supervisor import Supervisor

from .conftest import DEAF, HERE, MODEL, PATIENCE_SECONDS, Ear, StartReplay, StartWorker

_HELD = {"starts_in_reasoning": False, "pieces": ["Partly", {"wait_for": None}]}


def test_what_starts_it_is_asked_at_every_start(start_worker: StartWorker, ear: Ear) -> None:
    asked: list[str] = []

    def command() -> list[str]:
        asked.append("")
        return [sys.executable, "-m", "backends.workers", "tools"]

    supervisor = start_worker("tools", command=command)
    for count in (1, 2):
        supervisor.send(ListTools())
        ear.wait_for(Ready, count=count)
        assert len(asked) == count
        supervisor.end()
        ear.wait_for(WorkerExited, count=count)


def test_where_what_starts_it_cannot_be_told_it_runs_in_this_python(
    start_worker: StartWorker, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    def command() -> list[str]:
        raise PermissionError("/engines")

    supervisor = start_worker("tools", command=command)
    ear.wait_for(ToolsListed, supervisor.send(ListTools()))
    assert "it runs in this Python" in caplog.text
    caplog.clear()


def test_the_first_thing_sent_starts_the_worker(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay()
    assert not supervisor.running
    assert supervisor.pid is None
    load, count = supervisor.send(LoadModel(MODEL)), supervisor.send(CountTokens(()))
    assert 0 < load < count
    assert supervisor.running
    ear.wait_for(TokensCounted, count)
    assert ear.heard[0] == Envelope(0, Ready("engine"))
    assert ear.kinds(load)[-1] == "ModelLoaded"
    assert psutil.pid_exists(supervisor.pid or 0)


def test_a_kill_is_told_with_its_reason_and_the_end_of_the_log(start_replay: StartReplay, ear: Ear) -> None:
    pieces = [{"print": "last words"}, "Partly", {"wait_for": None}]
    supervisor = start_replay(pieces=pieces, starts_in_reasoning=False)
    supervisor.send(LoadModel(MODEL))
    request = supervisor.send(Generate(()))
    ear.wait_for(AnswerDelta, request)
    os.kill(supervisor.pid or 0, signal.SIGKILL)
    exited = ear.wait_for(WorkerExited)
    assert (exited.exit_code, exited.expected) == (-9, False)
    assert exited.reason == "The engine worker was ended by signal 9 (out of memory is a common cause)."
    assert "last words" in exited.log_tail
    assert ear.heard[-1] == Envelope(0, exited), "nothing comes after it, for the open request neither"
    assert not ear.of(GenerationFinished)
    assert not supervisor.running


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        ({"signal": 6}, -6, "signal 6"),
        ({"exit": 5}, 5, "exit code 5"),
        ({"kill": 15}, 143, "SIGTERM"),
        ({"signal": 15}, 143, "SIGTERM"),
        ({"exit": 0}, 0, "has ended"),
    ],
)
def test_every_end_that_nobody_asked_for_is_told(
    start_replay: StartReplay, ear: Ear, step: dict[str, int], code: int, words: str
) -> None:
    supervisor = start_replay(load=[step])
    supervisor.send(LoadModel(MODEL))
    exited = ear.wait_for(WorkerExited)
    assert (exited.exit_code, exited.expected) == (code, False)
    assert words in exited.reason


def test_after_an_end_the_next_thing_sent_starts_afresh(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay()
    supervisor.send(LoadModel(MODEL))
    ear.wait_for(ModelLoaded)
    first = supervisor.pid
    supervisor.end()
    assert not supervisor.running
    count = supervisor.send(CountTokens(()))
    assert ear.wait_for(RequestFailed, count).kind == "no_model", "the new process has nothing loaded"
    assert supervisor.pid != first
    unasked = [type(heard.body) for heard in ear.heard if heard.request_id == 0]
    assert unasked == [Ready, WorkerExited, Ready]
    assert ear.wait_for(WorkerExited).expected


def test_an_end_drops_what_waits_for_the_old_process_to_end(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay()
    supervisor.send(LoadModel(MODEL))
    ear.wait_for(ModelLoaded)
    supervisor.end()
    dropped = supervisor.send(LoadModel(MODEL))
    supervisor.end()
    count = supervisor.send(CountTokens(()))
    assert ear.wait_for(RequestFailed, count).kind == "no_model", "the load that was dropped would have loaded one"
    assert ear.kinds(dropped) == []


def test_the_listener_may_send_when_it_hears_of_the_end(start_worker: StartWorker, tmp_path: Path) -> None:
    heard = Ear()

    def answer(envelope: Envelope[Event]) -> None:
        heard(envelope)
        if isinstance(envelope.body, WorkerExited) and len(heard.of(WorkerExited)) == 1:
            supervisor.send(CountTokens(()))

    supervisor = Supervisor("engine", answer, env={"MINIM_HOME": str(tmp_path)})
    supervisor.start()
    heard.wait_for(Ready)
    supervisor.end()
    heard.wait_for(Ready, count=2)
    heard.wait_for(RequestFailed)
    supervisor.close()
    assert len(heard.of(WorkerExited)) == 2


def test_sending_never_blocks_and_a_worker_that_will_not_end_is_killed(
    start_worker: StartWorker, ear: Ear, tmp_path: Path
) -> None:
    log = tmp_path / "deaf.log"
    supervisor = start_worker("deaf", command=DEAF, log_file=log)
    ear_of_prompt = user_message("x" * (MAX_LINE_BYTES - 1000))
    for _ in range(3):  # each is far more than a pipe holds, and this worker reads none of it
        supervisor.send(CountTokens((ear_of_prompt,)))
    ear.wait_for(Ready)
    supervisor.end(grace_seconds=PATIENCE_SECONDS)
    while "asked to end" not in log.read_text("utf-8"):  # SIGTERM comes before SIGKILL
        time.sleep(0.01)
    supervisor.end(grace_seconds=0.1)
    exited = ear.wait_for(WorkerExited)
    assert (exited.exit_code, exited.expected) == (-9, True)
    assert exited.reason == "The deaf worker did not end when it was asked to, and was killed."
    assert exited.log_tail.startswith("asked to end")


def test_a_command_that_is_too_long_is_refused_and_the_worker_lives(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay()
    request = supervisor.send(CountTokens((user_message("x" * MAX_LINE_BYTES),)))
    assert ear.wait_for(RequestFailed, request).kind == "bad_request"
    supervisor.send(LoadModel(MODEL))
    ear.wait_for(ModelLoaded)


def test_a_worker_that_cannot_be_started_gets_words(start_worker: StartWorker, ear: Ear) -> None:
    supervisor = start_worker("engine", command=["/nowhere/minim"])
    supervisor.send(CountTokens(()))
    exited = ear.wait_for(WorkerExited)
    assert not exited.expected
    assert exited.reason.startswith("The engine worker could not be started: ")
    assert "/nowhere/minim" in exited.reason
    supervisor.send(CountTokens(()))
    ear.wait_for(WorkerExited, count=2)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", "because it sent a line that is no event"),
        ('{"request_id":0,"body":{"type":"Ready","worker":"engine","protocol":99}}', "protocol version 99"),
        ('{"request_id":1,"body":{"type":"AnswerDelta","text":"hi"}}', "no hello"),
    ],
)
def test_a_worker_that_speaks_otherwise_is_ended(start_worker: StartWorker, ear: Ear, line: str, words: str) -> None:
    script = "import sys; print(sys.argv[1], flush=True); sys.stdin.read()"
    start_worker("engine", command=[sys.executable, "-c", script, line]).start()
    exited = ear.wait_for(WorkerExited)
    assert not exited.expected
    assert words in exited.reason
    assert [type(heard.body) for heard in ear.heard] == [WorkerExited]


def test_close_waits_until_the_worker_is_gone(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay(**_HELD)
    supervisor.send(LoadModel(MODEL))
    supervisor.send(Generate(()))
    ear.wait_for(AnswerDelta)
    pid = supervisor.pid or 0
    supervisor.close()
    assert not psutil.pid_exists(pid)
    assert ear.of(WorkerExited)[0].expected
    supervisor.send(CountTokens(()))
    assert supervisor.pid is None, "after close nothing is started any more"


def test_an_end_before_the_start_is_an_end(start_replay: StartReplay, ear: Ear) -> None:
    supervisor = start_replay()
    supervisor.start()
    supervisor.end()
    assert ear.wait_for(WorkerExited).expected


def test_a_listener_that_fails_does_not_deafen_the_supervisor(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    heard = Ear()

    def fail(envelope: Envelope[Event]) -> None:
        heard(envelope)
        raise ArithmeticError

    supervisor = Supervisor("tools", fail, env={"MINIM_HOME": str(tmp_path)})
    supervisor.start()
    heard.wait_for(Ready)
    supervisor.close()
    assert heard.of(WorkerExited)
    assert "was not taken" in caplog.text
    caplog.clear()


def test_the_log_goes_to_the_named_file(start_worker: StartWorker, ear: Ear, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "engine.log"
    script = json.dumps({"load": [{"print": "a word for the log"}]})
    command = [sys.executable, str(HERE / "replay_worker.py")]
    supervisor = start_worker("engine", command=command, log_file=log, env={"MINIM_REPLAY": script})
    supervisor.send(LoadModel(MODEL))
    ear.wait_for(ModelLoaded)
    assert "a word for the log" in log.read_text()


def test_a_relative_home_means_the_same_folder_to_the_worker(
    ear: Ear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "hub" / "models" / "org" / "model"
    model.mkdir(parents=True)
    (model / "config.json").write_text('{"model_type": "llama"}')
    (model / "model.safetensors").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODELSCOPE_CACHE", "hub")
    supervisor = Supervisor("downloads", ear)
    supervisor.send(FindModels())
    assert str(model) in [found.ref.path for found in ear.wait_for(ModelsChanged).models]
    supervisor.close()


def test_no_worker_outlives_an_app_that_dies(tmp_path: Path, popen: Callable[..., subprocess.Popen[bytes]]) -> None:
    app = """
import sys, threading
from backends.contract.commands import Generate, LoadModel
from backends.contract.events import AnswerDelta
from backends.contract.models import ModelRef
from backends.workers.supervisor import Supervisor
def tell(envelope):
    if isinstance(envelope.body, AnswerDelta):
        print(supervisor.pid, flush=True)
supervisor = Supervisor("engine", tell, command=[sys.executable, sys.argv[1]])
supervisor.send(LoadModel(ModelRef("Replay", "mlx", "none", "folder", "")))
supervisor.send(Generate(()))
threading.Event().wait()
"""
    env = {**os.environ, "MINIM_REPLAY": json.dumps(_HELD), "MINIM_HOME": str(tmp_path)}
    process = popen(sys.executable, "-c", app, str(HERE / "replay_worker.py"), env=env)
    assert process.stdout is not None
    worker = psutil.Process(int(process.stdout.readline()))
    process.kill()
    worker.wait(PATIENCE_SECONDS)
