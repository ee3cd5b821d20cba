"""The inside of the engine worker: loads a model and writes with it, one request after the other."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from backends.contract.chat import Usage
from backends.contract.commands import Command, CountTokens, ForgetCaches, Generate, LoadModel, ReadAhead
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import (
    CachesForgotten,
    Event,
    GenerationFinished,
    PrefillProgress,
    ReadAheadFinished,
    RequestCancelled,
    TokensCounted,
    UnloadSuggested,
)
from backends.contract.models import EngineName, ModelRef
from backends.engines.base import CacheKeeper, Cancelled, Engine
from backends.storage import paths
from backends.storage.model_folder import only_engine
from backends.workers.generation import Pace, write
from backends.workers.idleness import IdleWatch, battery_is_low
from backends.workers.requests import Announce, Request, Way
from backends.workers.serve import serve

OpenEngine = Callable[[ModelRef, EngineName | None], Engine]
"""Makes the engine for a model, which is the wished one if there is a wish. Called on the background thread."""

_LOAD_REPORTS_PER_SECOND = 30
_READ_AHEAD_REPORTS_PER_SECOND = 4
_STORE_BEFORE_LOAD_SECONDS = 2.0


_OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""MLX graphs are made of short-lived objects without cycles: looking for cycles among them cost 3 % of the speed."""


def main(open_engine: OpenEngine | None = None) -> NoReturn:
    """Be the engine worker. `open_engine` defaults to the registry's, which is imported with the first model."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    work = EngineWork(open_engine or open_registered)
    serve("engine", work, when_cancelled, at_start=work.speak_through, gives_way=gives_way, spare=work.use_spare_time)


def when_cancelled(command: Command) -> Event:
    """The last event of a command that never had its turn."""
    return GenerationFinished("cancelled", Usage()) if isinstance(command, Generate) else RequestCancelled()


def gives_way(command: Command, newcomer: Command) -> Way:
    """Reading ahead stops for everything. Counting tokens, which happens while somebody types, only holds it up."""
    if not isinstance(command, ReadAhead):
        return "stays"
    return "is held up" if isinstance(newcomer, CountTokens) else "gives way"


class EngineWork:
    """Carries out the commands of the engine worker and holds the loaded model."""

    def __init__(
        self,
        open_engine: OpenEngine,
        watch: IdleWatch | None = None,
        battery_is_low: Callable[[], bool] = battery_is_low,
    ) -> None:
        self._open_engine = open_engine
        self._watch = watch or IdleWatch()
        self._battery_is_low = battery_is_low
        self._engine: Engine | None = None
        self._announce: Announce = lambda _: None

    def speak_through(self, announce: Announce) -> None:
        """How to say what nobody asked for."""
        self._announce = announce

    def use_spare_time(self, wanted: Cancelled) -> float | None:
        """Put the KV caches on disk, and see whether the model still has to be here. A `SpareWork`."""
        engine = self._engine
        if engine is None:
            return None
        if isinstance(engine, CacheKeeper):
            engine.store_caches(wanted)
        if wanted():
            return 0.0
        advice = self._watch.look()
        if advice.drop_caches and isinstance(engine, CacheKeeper):
            engine.drop_idle_caches()
        if advice.unload is not None:
            self._announce(UnloadSuggested(advice.unload))
        return advice.look_in

    def __call__(self, request: Request) -> Event:
        self._watch.used()
        try:
            return self._carry_out(request)
        finally:
            self._watch.used()

    def _carry_out(self, request: Request) -> Event:
        match request.command:
            case LoadModel() as command:
                return self._load(command, request)
            case Generate() as command:
                return write(self._loaded(), command, request)
            case ReadAhead() as command:
                return self._read_ahead(command, request)
            case ForgetCaches(conversations):
                return CachesForgotten(self._forget(conversations))
            case CountTokens(messages, tools):
                return TokensCounted(self._loaded().count_tokens(messages, tools))
            case other:
                raise MinimError("bad_request", f"The engine worker cannot do {type(other).__name__}.")

    def _load(self, command: LoadModel, request: Request) -> Event:
        if self._engine is not None:
            self._store_in(_STORE_BEFORE_LOAD_SECONDS, request.cancelled)
            self._engine = None
            gc.collect()  # the old model's memory is given back before the new one's is taken
        engine = self._open_engine(command.model, command.engine)
        if isinstance(engine, CacheKeeper):
            engine.keep_caches(_kv_folder(), command.keep)
        pace = Pace(_LOAD_REPORTS_PER_SECOND)
        prepared = paths.cache_folder() / "pocket"
        loaded = engine.load(
            command.model,
            prepared,
            lambda progress: (
                request.report(progress) if pace.due(urgent=progress.done_bytes >= progress.total_bytes) else None
            ),
            request.cancelled,
        )
        if request.cancelled():
            # It may have been answered as cancelled meanwhile: a model that nobody knows of would keep its memory.
            raise RequestStopped
        self._engine = engine
        self._watch.begin(command.keep.unload_after_minutes)
        return loaded

    def _store_in(self, seconds: float, cancelled: Cancelled) -> None:
        until = time.monotonic() + seconds
        if isinstance(self._engine, CacheKeeper):
            self._engine.store_caches(lambda: cancelled() or time.monotonic() >= until)

    def _read_ahead(self, command: ReadAhead, request: Request) -> Event:
        engine = self._loaded()
        last = PrefillProgress(0, 0, 0)
        if isinstance(engine, CacheKeeper) and not self._battery_is_low():
            pace = Pace(_READ_AHEAD_REPORTS_PER_SECOND)
            for last in engine.read_ahead(command, request.cancelled):
                if pace.due():
                    request.report(last)
        if request.cancelled():
            raise RequestStopped
        return ReadAheadFinished(last.reused, last.total)

    def _forget(self, conversations: tuple[str, ...]) -> int:
        """→ bytes that came free on the disk. Without a model it is done without any library that runs one."""
        if isinstance(self._engine, CacheKeeper):
            return self._engine.forget_caches(conversations)
        from backends.engines.prompt_cache_files import forget_on_disk  # late: it is seldom asked for

        return forget_on_disk(_kv_folder(), conversations)

    def _loaded(self) -> Engine:
        if self._engine is None:
            raise MinimError("no_model", "No model is loaded.", "Load a model first.")
        return self._engine


def _kv_folder() -> Path:
    return paths.cache_folder() / "kv"


def open_registered(model: ModelRef, wished: EngineName | None) -> Engine:
    """The engine for a model: the wished one, or the one that alone reads it, or as the registry chooses."""
    from backends.engines import registry  # late, so that Ready comes before heavy libraries are looked for

    if wished is None and model.format == "pytorch":
        wished = only_engine(model.path)
    return registry.open_engine(model, wished)
