"""The model that the engine holds: load, cancel, unload, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

from backends.contract.commands import LoadModel
from backends.contract.events import (
    Envelope,
    Event,
    LoadProgress,
    ModelLoaded,
    RequestCancelled,
    RequestFailed,
    WorkerExited,
)
from backends.contract.models import ModelRef
from backends.conversation.changes import Change, ModelStateChanged, SessionFailed
from backends.conversation.ports import EnginePort


class ModelSession:
    """Every method returns at once; `on_change` is told `ModelStateChanged` and `SessionFailed`, on this thread.

    It never loads by itself: after a crash nothing is loaded until `load` is called again.
    """

    def __init__(self, engine: EnginePort, on_change: Callable[[Change], None]) -> None:
        self._engine = engine
        self._on_change = on_change
        self._state = ModelStateChanged("none")
        self._request: int | None = None
        self._exits_to_come = 0

    @property
    def state(self) -> ModelStateChanged:
        """What was told last."""
        return self._state

    def load(self, model: ModelRef) -> None:
        """Load a model in place of the one that is loaded; a load that is under way is cancelled first."""
        self.cancel_load()
        self._request = self._engine.send(LoadModel(model))
        self._tell(ModelStateChanged("loading", model))

    def cancel_load(self) -> None:
        """Stop loading. The state changes when the engine has agreed."""
        if self._request is not None:
            self._engine.cancel(self._request)

    def unload(self) -> None:
        """End the engine's process, which gives all its memory back."""
        if self._engine.running:
            # Its exit may be heard only after the next load was asked for, and is not that load's end.
            self._exits_to_come += 1
        # Also while an old process is still ending: a load that waits for the next one must not come after all.
        self._engine.end()
        self._request = None
        if self._state.state != "none":
            self._tell(ModelStateChanged("none"))

    def handle_engine(self, envelope: Envelope[Event]) -> None:
        """Take an event of the engine worker; those of other requests are ignored."""
        event = envelope.body
        if isinstance(event, WorkerExited):
            self._exited(event)
        elif self._request is not None and envelope.request_id == self._request:
            self._answered(event)

    def _answered(self, event: Event) -> None:
        model = self._state.model
        match event:
            case LoadProgress(phase, done_bytes, total_bytes):
                self._tell(ModelStateChanged("loading", model, phase, done_bytes, total_bytes))
            case ModelLoaded():
                self._request = None
                self._tell(ModelStateChanged("ready", event.model, loaded=event))
            case RequestCancelled():
                self._request = None
                self._tell(ModelStateChanged("none"))
            case RequestFailed(kind, message, hint):
                self._request = None
                self._tell(ModelStateChanged("none"))
                self._on_change(SessionFailed(kind, message, hint))
            case _:
                pass

    def _exited(self, event: WorkerExited) -> None:
        if self._exits_to_come:
            self._exits_to_come -= 1
            return
        self._request = None
        if self._state.state != "none":
            self._tell(ModelStateChanged("none"))
        if not event.expected:
            words = f"The engine ended by itself. {event.reason}".rstrip()
            hint = "Load the model again to go on; if memory ran out, choose a smaller form."
            self._on_change(SessionFailed("worker_died", words, hint))

    def _tell(self, state: ModelStateChanged) -> None:
        self._state = state
        self._on_change(state)
