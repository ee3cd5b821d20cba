"""The model that the engine holds: load, cancel, unload, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

from backends.contract.commands import LoadModel
from backends.contract.errors import ErrorKind
from backends.contract.events import (
    Envelope,
    Event,
    LoadProgress,
    ModelLoaded,
    RequestCancelled,
    RequestFailed,
    UnloadSuggested,
    WorkerExited,
)
from backends.contract.memory import KeepLimits
from backends.contract.models import EngineName, ModelRef
from backends.conversation.changes import Change, ModelStateChanged, SessionFailed
from backends.conversation.ports import EnginePort


class ModelSession:
    """Every method returns at once; `on_change` is told `ModelStateChanged` and `SessionFailed`, on this thread.

    It never loads by itself: after a crash nothing is loaded until `load` is called again. With `may_unload`, a model
    that the worker suggests to unload is unloaded if that says so, and `wake` loads it again.
    """

    def __init__(
        self, engine: EnginePort, on_change: Callable[[Change], None], may_unload: Callable[[], bool] | None = None
    ) -> None:
        self._engine = engine
        self._on_change = on_change
        self._may_unload = may_unload
        self._keep = KeepLimits()
        self._wished: EngineName | None = None
        self._wish_is_old = False
        self._outdated = False
        self._state = ModelStateChanged("none")
        self._request: int | None = None
        self._exits_to_come = 0
        self._waiting: list[Callable[[], None]] = []

    @property
    def state(self) -> ModelStateChanged:
        """What was told last."""
        return self._state

    @property
    def wished(self) -> EngineName | None:
        """The engine that was chosen for the model that was loaded last; None: the one that suits."""
        return self._wished

    def configure(self, keep: KeepLimits) -> None:
        """What the engine keeps of the models that are loaded from now on."""
        self._keep = keep

    def wake(self, then: Callable[[], None]) -> None:
        """Call `then` now, or, while the model rests, once it is loaded again, or could not be."""
        if self._state.resting and self._state.model is not None:
            self._waiting.append(then)
            self.load(self._state.model, self._wished, as_before=self._wish_is_old)
        elif self._waiting:
            self._waiting.append(then)
        else:
            then()

    def choose(self, model: ModelRef, engine: EngineName | None = None) -> None:
        """Let a model rest that was not loaded yet: `wake` loads it, in the engine that was chosen for it before, if
        that is here. Nothing changes if one is loaded, or being so.
        """
        if self._state.state == "none" and self._request is None:
            self._wished, self._wish_is_old = engine, True
            self._tell(ModelStateChanged("none", model, resting="unasked"))

    def load(self, model: ModelRef, engine: EngineName | None = None, *, as_before: bool = False) -> None:
        """Load a model in place of the one that is loaded; a load that is under way is cancelled first.

        `engine`: the one that a person chose, None for the one that suits; `wake` takes the same. `as_before`: they
        chose it some other day, and where it does not load the model any more, the one that suits does.
        """
        self.cancel_load()
        if self._outdated:
            self._end_process()
        self._wished, self._wish_is_old = engine, as_before
        self._request = self._engine.send(LoadModel(model, self._keep, engine))
        self._tell(ModelStateChanged("loading", model))

    def cancel_load(self) -> None:
        """Stop loading. The state changes when the engine has agreed."""
        if self._request is not None:
            self._engine.cancel(self._request)

    def unload(self) -> None:
        """End the engine's process, which gives all its memory back."""
        self._end(ModelStateChanged("none"))
        self._settled()

    def renew(self) -> None:
        """An engine was installed: the next load is a new process's, which finds it. What is loaded stays until then.

        A process that holds nothing is ended now.
        """
        self._outdated = True
        if self._state.state == "none":
            self._end_process()

    def handle_engine(self, envelope: Envelope[Event]) -> None:
        """Take an event of the engine worker; those of other requests are ignored."""
        event = envelope.body
        if isinstance(event, WorkerExited):
            self._exited(event)
        elif isinstance(event, UnloadSuggested):
            self._rest(event)
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
                self._settled()
            case RequestCancelled():
                self._request = None
                self._tell(ModelStateChanged("none"))
                self._settled()
            case RequestFailed(kind) if model is not None and self._wish_is_outdated(kind):
                self._request = None
                self.load(model)
            case RequestFailed(kind, message, hint):
                self._request = None
                self._tell(ModelStateChanged("none"))
                self._on_change(SessionFailed(kind, message, hint))
                self._settled()
            case _:
                pass

    def _wish_is_outdated(self, failure: ErrorKind) -> bool:
        is_for_engine = failure in ("engine_missing", "unsupported_model")
        return self._wish_is_old and self._wished is not None and is_for_engine

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
        self._settled()

    def _end(self, state: ModelStateChanged) -> None:
        self._end_process()
        if self._state != state:
            self._tell(state)

    def _end_process(self) -> None:
        if self._engine.running:
            # Its exit may be heard only after the next load was asked for, and is not that load's end.
            self._exits_to_come += 1
        # Also while an old process is still ending: a load that waits for the next one must not come after all.
        self._engine.end()
        self._request = None
        self._outdated = False

    def _rest(self, event: UnloadSuggested) -> None:
        if self._state.state == "ready" and self._may_unload is not None and self._may_unload():
            self._end(ModelStateChanged("none", self._state.model, resting=event.reason))

    def _settled(self) -> None:
        """The model is there, or will not be: whoever waits for it goes on."""
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then()

    def _tell(self, state: ModelStateChanged) -> None:
        self._state = state
        self._on_change(state)
