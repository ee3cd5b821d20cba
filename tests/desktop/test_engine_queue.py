"""The window's side of installing engines: what is asked, what is shown meanwhile, and what is told in the end."""

from __future__ import annotations

from functools import partial

import pytest
from msgspec.structs import replace

from backends.contract.commands import Command, InstallEngine, PlanEngine, RemoveEngine
from backends.contract.events import (
    UNASKED,
    EngineInstalled,
    EnginePlanned,
    EngineProgress,
    EngineRemoved,
    Envelope,
    Event,
    RequestCancelled,
    RequestFailed,
    WorkerExited,
)
from desktop.controllers.engine_queue import EngineQueue
from desktop.models.engine_state import EngineState
from tests.desktop.judged import AWQ_HERE, TRANSFORMERS

HERE = AWQ_HERE.ref


class Worker:
    """Takes commands, and says the id of each."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.cancelled: list[int] = []

    def send(self, command: Command) -> int:
        self.sent.append(command)
        return len(self.sent)

    def cancel(self, request_id: int) -> None:
        self.cancelled.append(request_id)


class Desk:
    """A queue with its state, its worker, and what it told."""

    def __init__(self) -> None:
        self.worker, self.engines = Worker(), EngineState()
        self.queue = EngineQueue(self.worker, self.engines)
        self.told: list[tuple[object, ...]] = []
        for name in ("planned", "engine_installed", "engine_removed", "failed"):
            getattr(self.queue, name).connect(partial(self._tell, name))

    def hear(self, event: Event, request: int | None = None) -> None:
        """Answer the newest request, or this one."""
        self.queue.handle(Envelope(len(self.worker.sent) if request is None else request, event))

    def install(self) -> int:
        """Plan, and begin to install; the request's id."""
        self.queue.plan_all()
        self.hear(TRANSFORMERS)
        self.queue.install("Transformers", HERE)
        return len(self.worker.sent)

    def _tell(self, name: str, *values: object) -> None:
        self.told.append((name, *values))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_only_what_does_not_come_with_minim_is_asked_about(desk: Desk) -> None:
    desk.queue.plan("MLX")
    desk.queue.plan_all()
    assert desk.worker.sent == [PlanEngine("Transformers")]
    assert not desk.engines.can_install("Transformers"), "nothing is offered before it is known what it takes"
    desk.hear(TRANSFORMERS)
    assert desk.engines.plan_of("Transformers") == TRANSFORMERS
    assert desk.engines.can_install("Transformers")
    assert desk.told == [("planned",)]


@pytest.mark.parametrize(
    "plan",
    [
        replace(TRANSFORMERS, problem="This Python is too new."),
        replace(TRANSFORMERS, installed=True),
        replace(TRANSFORMERS, disk_free_bytes=TRANSFORMERS.disk_bytes + 1),
    ],
)
def test_what_cannot_be_installed_is_not_offered(desk: Desk, plan: EnginePlanned) -> None:
    desk.engines.show_plan(plan)
    assert not desk.engines.can_install("Transformers")


def test_an_engine_is_installed_for_a_model(desk: Desk) -> None:
    request = desk.install()
    desk.queue.install("Transformers")
    assert desk.worker.sent[1:] == [InstallEngine("Transformers")], "one at a time"
    assert (desk.engines.installing, desk.engines.wanted) == ("Transformers", HERE)
    progress = EngineProgress("Transformers", "fetching", 50, 200, "torch")
    desk.hear(progress, request)
    assert desk.engines.progress == progress
    desk.hear(EngineInstalled("Transformers"), request)
    assert desk.told[1:] == [("engine_installed", "Transformers", HERE)]
    assert desk.engines.has("Transformers")
    assert (desk.engines.installing, desk.engines.wanted) == (None, None)
    assert desk.worker.sent[-1] == PlanEngine("Transformers"), "what it takes on the disk is known by now"


def test_what_an_engine_was_installed_without_is_told(desk: Desk) -> None:
    request = desk.install()
    desk.hear(EngineInstalled("Transformers", ("kernels>=0.18.2,<0.19",)), request)
    told = [words for kind, *words in desk.told if kind == "failed"]
    assert len(told) == 1
    assert "kernels>=0.18.2,<0.19" in str(told)
    assert "twice the memory" in str(told)
    assert desk.engines.has("Transformers")


def test_an_installation_is_cancelled(desk: Desk) -> None:
    desk.queue.cancel()
    request = desk.install()
    desk.queue.cancel()
    assert desk.worker.cancelled == [request]
    assert desk.engines.installing == "Transformers", "until the worker has agreed"
    desk.hear(RequestCancelled(), request)
    assert (desk.engines.installing, desk.engines.problem_of("Transformers")) == (None, "")
    desk.queue.install("Transformers", HERE)
    assert desk.engines.installing == "Transformers"


def test_a_failure_is_told_in_words_and_tried_again(desk: Desk) -> None:
    request = desk.install()
    desk.hear(RequestFailed("offline", "The package index cannot be reached.", "Try again later."), request)
    assert desk.told[-1] == ("failed", "The package index cannot be reached.", "Try again later.")
    assert desk.engines.problem_of("Transformers") == "The package index cannot be reached. Try again later."
    assert desk.engines.wanted == HERE
    desk.queue.install("Transformers", HERE)
    assert desk.engines.problem_of("Transformers") == ""


def test_a_worker_that_ends_ends_the_installation(desk: Desk) -> None:
    desk.install()
    desk.hear(WorkerExited(-9, False, "It was killed by SIGKILL."), UNASKED)
    assert desk.engines.installing is None
    assert "SIGKILL" in desk.engines.problem_of("Transformers")
    assert desk.told[-1] == ("failed", "The installation was interrupted.", "It was killed by SIGKILL.")


def test_an_engine_is_removed(desk: Desk) -> None:
    desk.engines.show_plan(replace(TRANSFORMERS, installed=True))
    assert desk.engines.can_remove("Transformers")
    desk.queue.remove("Transformers")
    assert desk.worker.sent == [RemoveEngine("Transformers")]
    desk.hear(EngineRemoved("Transformers", 1_000_000))
    assert desk.told == [("engine_removed",)]
    desk.hear(TRANSFORMERS)
    assert desk.engines.lacks("Transformers")


@pytest.mark.parametrize("event", [RequestFailed("internal", "No.", ""), WorkerExited(1, False, "It fell.")])
def test_whoever_waits_for_a_plan_is_told_when_none_comes(desk: Desk, event: Event) -> None:
    desk.queue.plan_all()
    desk.hear(event)
    assert ("planned",) in desk.told
    assert not desk.engines.lacks("Transformers")
