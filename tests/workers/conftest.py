"""Real workers, and an ear that hears what they say; a test waits for an event, never for a time."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from backends.contract.events import Envelope, Event
from backends.contract.models import ModelRef
from backends.workers.supervisor import Supervisor
from tests.hub.fixtures import hub, mission_forms, mission_hub

__all__ = ["hub", "mission_forms", "mission_hub"]

HERE = Path(__file__).parent
REPLAY = [sys.executable, str(HERE / "replay_worker.py")]
DEAF = [sys.executable, str(HERE / "deaf_worker.py")]
MODEL = ModelRef("Replay", "mlx", "none", "folder", "")
PATIENCE_SECONDS = 60

Kind = TypeVar("Kind")


class Ear:
    """Collects events as a supervisor reports them."""

    def __init__(self) -> None:
        self.heard: list[Envelope[Event]] = []
        self._changed = threading.Condition()

    def __call__(self, envelope: Envelope[Event]) -> None:
        with self._changed:
            self.heard.append(envelope)
            self._changed.notify_all()

    def wait_for(self, kind: type[Kind], request_id: int | None = None, count: int = 1) -> Kind:
        """The event of this kind, once it has come `count` times."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(kind, request_id)) >= count, PATIENCE_SECONDS), (
                f"no {kind.__name__}; heard {self.heard}"
            )
            return self.of(kind, request_id)[count - 1]

    def wait_until(self, look: Callable[[], Kind | None]) -> Kind:
        """What `look` finds, as soon as an event let it find something."""
        with self._changed:
            found = self._changed.wait_for(look, PATIENCE_SECONDS)
            assert found, f"not so; the last event was {self.heard[-1:]}"
            return found

    def of(self, kind: type[Kind], request_id: int | None = None) -> list[Kind]:
        """All events of this kind so far."""
        return [
            heard.body
            for heard in self.heard
            if isinstance(heard.body, kind) and request_id in (None, heard.request_id)
        ]

    def kinds(self, request_id: int) -> list[str]:
        """The names of a request's events, in order."""
        return [type(heard.body).__name__ for heard in self.heard if heard.request_id == request_id]


StartWorker = Callable[..., Supervisor]
StartReplay = Callable[..., Supervisor]


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def start_worker(ear: Ear, tmp_path: Path) -> Iterator[StartWorker]:
    """A function that makes a supervisor (`Supervisor`'s own arguments); all are closed after the test."""
    supervisors: list[Supervisor] = []

    def start(worker: str, **arguments: Any) -> Supervisor:
        env = {"MINIM_HOME": str(tmp_path / "home"), **arguments.pop("env", {})}
        supervisors.append(Supervisor(worker, ear, env=env, **arguments))
        return supervisors[-1]

    yield start
    for supervisor in supervisors:
        supervisor.close(timeout=10)


@pytest.fixture
def start_replay(start_worker: StartWorker) -> StartReplay:
    """A function that makes a supervisor of the engine worker that replays a script (see replay_worker.py)."""

    def start(**script: Any) -> Supervisor:
        return start_worker("engine", command=REPLAY, env={"MINIM_REPLAY": json.dumps(script)})

    return start


@pytest.fixture
def popen() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """A function that starts a worker with bare pipes; it is killed after the test if it is still there."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        root = HERE.parents[1]
        started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=root, env=env))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
