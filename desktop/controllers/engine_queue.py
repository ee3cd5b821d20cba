"""Engines to install: asks the downloads worker for plans, installs on consent, removes, and keeps the state true."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from backends.contract.commands import Command, InstallEngine, PlanEngine, RemoveEngine
from backends.contract.events import (
    EngineInstalled,
    EnginePlanned,
    EngineProgress,
    EngineRemoved,
    Envelope,
    RequestCancelled,
    RequestFailed,
    WorkerExited,
)
from backends.contract.models import EngineName, ModelRef
from desktop.models import words
from desktop.models.engine_state import INSTALLABLE, EngineState
from desktop.models.told_words import told


class Sender(Protocol):
    """What a queue needs of a supervisor."""

    def send(self, command: Command) -> int: ...

    def cancel(self, request_id: int) -> None: ...


class EngineQueue(QObject):
    """Every request is remembered by its id until it is answered; one engine is installed at a time."""

    planned = Signal()
    """What was asked about an engine was answered, be it that it is not known."""
    engine_installed = Signal(object, object)
    """The engine (`EngineName`), and the `ModelRef` that it was installed for, or None."""
    engine_removed = Signal()
    failed = Signal(str, str)
    """What happened, and what to do."""

    def __init__(self, worker: Sender, engines: EngineState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._engines = engines
        self._asked: dict[int, Command] = {}
        self._installation: int | None = None

    def plan_all(self) -> None:
        """Ask what every engine that can be installed would take, and whether it is. No network is asked."""
        for engine in INSTALLABLE:
            self.plan(engine)

    def plan(self, engine: EngineName) -> None:
        """Ask it of one engine; what comes with Minim is not asked about."""
        if engine in INSTALLABLE:
            self._ask(PlanEngine(engine))

    def install(self, engine: EngineName, model: ModelRef | None = None) -> None:
        """Install an engine: the person has consented. `model` is what it is for."""
        if self._installation is None:
            self._installation = self._ask(InstallEngine(engine))
            self._engines.show_installing(engine, model)

    def cancel(self) -> None:
        """Stop installing. The state changes when the worker has agreed."""
        if self._installation is not None:
            self._worker.cancel(self._installation)

    def remove(self, engine: EngineName) -> None:
        """Delete an engine that was installed. What runs in it is to be ended before."""
        self._ask(RemoveEngine(engine))

    def handle(self, envelope: Envelope[Any]) -> None:
        """Apply an event of the downloads worker."""
        if isinstance(envelope.body, WorkerExited):
            self._worker_ended(envelope.body)
        elif isinstance(envelope.body, EngineProgress):
            self._engines.show_progress(envelope.body)
        elif (asked := self._asked.pop(envelope.request_id, None)) is not None:
            if envelope.request_id == self._installation:
                self._apply_installation(envelope.body)
            else:
                self._apply_answer(asked, envelope.body)

    def _apply_installation(self, event: object) -> None:
        self._installation = None
        wanted = self._engines.wanted
        match event:
            case EngineInstalled(engine=engine, left_out=left_out):
                if left_out:
                    hint = self.tr("FP8 is turned into 16 bits without it, which takes twice the memory.")
                    message = self.tr("The {0} engine is installed; the package {1} could not be had.")
                    self.failed.emit(message.format(engine, ", ".join(left_out)), hint)
                plan = self._engines.plan_of(engine)
                if plan is not None:
                    self._engines.show_plan(replace(plan, installed=True))
                self._engines.show_ended()
                self.plan(engine)
                self.engine_installed.emit(engine, wanted)
            case RequestFailed(message=message, hint=hint):
                self._engines.show_ended(words.sentences(told(message), told(hint)))
                self.plan_all()  # the disk's free room, for one, is another by now
                self.failed.emit(message, hint)
            case RequestCancelled():
                self._engines.show_ended()
            case _:
                pass

    def _apply_answer(self, asked: Command, event: object) -> None:
        match event:
            case EnginePlanned():
                self._engines.show_plan(event)
                self.planned.emit()
            case EngineRemoved(engine=engine):
                self.plan(engine)
                self.engine_removed.emit()
            case RequestFailed(message=message, hint=hint):
                self.failed.emit(message, hint)
                if isinstance(asked, PlanEngine):
                    self.planned.emit()
            case _:
                pass

    def _worker_ended(self, exited: WorkerExited) -> None:
        """Whatever was asked is not answered any more."""
        lost, self._asked = tuple(self._asked.values()), {}
        if self._installation is not None:
            self._installation = None
            message = self.tr("The installation was interrupted.")
            self._engines.show_ended(words.sentences(message, told(exited.reason)))
            if not exited.expected:
                self.failed.emit(message, exited.reason)
        elif any(isinstance(command, RemoveEngine) for command in lost) and not exited.expected:
            self.failed.emit(self.tr("The engine could not be removed."), exited.reason)
        if any(isinstance(command, PlanEngine) for command in lost):
            self.planned.emit()

    def _ask(self, command: Command) -> int:
        request = self._worker.send(command)
        self._asked[request] = command
        return request
