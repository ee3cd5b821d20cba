"""The inside of the engine worker: loads a model and writes with it, one request after the other."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import NoReturn

from backends.contract.chat import Usage
from backends.contract.commands import Command, CountTokens, Generate, LoadModel
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import Event, GenerationFinished, RequestCancelled, TokensCounted
from backends.contract.models import ModelRef
from backends.engines.base import Engine
from backends.storage import paths
from backends.workers.generation import Pace, write
from backends.workers.serve import Request, serve

OpenEngine = Callable[[ModelRef], Engine]
"""Makes the engine that can load a model. Called on the worker's background thread."""

_LOAD_REPORTS_PER_SECOND = 30


_OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""MLX graphs are made of short-lived objects without cycles: looking for cycles among them cost 3 % of the speed."""


def main(open_engine: OpenEngine | None = None) -> NoReturn:
    """Be the engine worker. `open_engine` defaults to the registry's, which is imported with the first model."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    serve("engine", EngineWork(open_engine or _open_registered), when_cancelled)


def when_cancelled(command: Command) -> Event:
    """The last event of a command that never had its turn."""
    return GenerationFinished("cancelled", Usage()) if isinstance(command, Generate) else RequestCancelled()


class EngineWork:
    """Carries out the commands of the engine worker and holds the loaded model."""

    def __init__(self, open_engine: OpenEngine) -> None:
        self._open_engine = open_engine
        self._engine: Engine | None = None

    def __call__(self, request: Request) -> Event:
        match request.command:
            case LoadModel() as command:
                return self._load(command, request)
            case Generate() as command:
                return write(self._loaded(), command, request)
            case CountTokens(messages, tools):
                return TokensCounted(self._loaded().count_tokens(messages, tools))
            case other:
                raise MinimError("bad_request", f"The engine worker cannot do {type(other).__name__}.")

    def _load(self, command: LoadModel, request: Request) -> Event:
        self._engine = None
        gc.collect()  # the old model's memory is given back before the new one's is taken
        engine = self._open_engine(command.model)
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
        return loaded

    def _loaded(self) -> Engine:
        if self._engine is None:
            raise MinimError("no_model", "No model is loaded.", "Load a model first.")
        return self._engine


def _open_registered(model: ModelRef) -> Engine:
    from backends.engines import registry  # late, so that Ready comes before heavy libraries are looked for

    return registry.open_engine(model)
