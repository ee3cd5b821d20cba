"""The real engine worker with one model, asked and waited for: for what takes too long to be a test."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from backends.contract.chat import GenerationOptions, Message, Usage
from backends.contract.commands import Command, Generate, LoadModel
from backends.contract.events import (
    AnswerDelta,
    Envelope,
    Event,
    GenerationFinished,
    ModelLoaded,
    PrefillProgress,
    ReasoningDelta,
    RequestFailed,
    WorkerExited,
)
from backends.contract.memory import KeepLimits
from backends.contract.models import EngineName, ModelRef
from backends.workers.supervisor import Supervisor

Kind = TypeVar("Kind")


class Asked(Struct, frozen=True):
    """What came of one generation. Seconds from sending to the first token, and to the end."""

    text: str
    reason: str
    usage: Usage
    first_seconds: float
    seconds: float

    @property
    def read_tokens(self) -> int:
        return self.usage.prompt_tokens - self.usage.reused_tokens


class AskedWorker:
    """A worker whose caches lie below `home`, and that loads `model` at once."""

    def __init__(
        self, home: Path, model: ModelRef, engine: EngineName | None = None, patience_seconds: float = 7200.0
    ) -> None:
        self._patience = patience_seconds
        self._heard: dict[int, list[tuple[float, Event]]] = {}
        self._changed = threading.Condition()
        env = {"MINIM_HOME": str(home), "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
        self._supervisor = Supervisor("engine", self._hear, env=env)
        load = self._supervisor.send(LoadModel(model, KeepLimits(cache_disk_bytes=2**33), engine))
        self.loaded = self._last(load, ModelLoaded)[1]

    def ask(self, messages: tuple[Message, ...], conversation: str = "", max_tokens: int = 8) -> Asked:
        """Write greedily, and wait for the end."""
        options = GenerationOptions(temperature=0.0, max_tokens=max_tokens)
        begun = time.monotonic()
        request = self._supervisor.send(Generate(messages, (), options, conversation))
        ended, finished = self._last(request, GenerationFinished)
        heard = self._heard[request]
        text = "".join(event.text for _, event in heard if isinstance(event, (ReasoningDelta, AnswerDelta)))
        read = [at for at, event in heard if isinstance(event, PrefillProgress) and event.done == event.total]
        first = read[0] - begun if read else 0.0
        return Asked(text, finished.reason, finished.usage, first, ended - begun)

    def stop_while_reading(self, messages: tuple[Message, ...], tokens: int, conversation: str = "") -> float:
        """Seconds that Stop takes, once so many tokens of the prompt were read."""
        request = self._supervisor.send(Generate(messages, (), GenerationOptions(), conversation))

        def read() -> bool:
            events = [event for _, event in self._heard.get(request, [])]
            return any(isinstance(event, PrefillProgress) and event.done >= tokens for event in events)

        with self._changed:
            if not self._changed.wait_for(read, self._patience):
                raise RuntimeError("the prompt is not read")
        begun = time.monotonic()
        self._supervisor.cancel(request)
        ended, finished = self._last(request, GenerationFinished)
        if finished.reason != "cancelled":
            raise RuntimeError(f"it ended by {finished.reason}")
        return ended - begun

    def send(self, command: Command) -> int:
        """Ask for anything else."""
        return self._supervisor.send(command)

    def close(self) -> None:
        """End the process, its caches on the disk."""
        self._supervisor.close(timeout=30)

    def _hear(self, envelope: Envelope[Event]) -> None:
        with self._changed:
            self._heard.setdefault(envelope.request_id, []).append((time.monotonic(), envelope.body))
            self._changed.notify_all()

    def _last(self, request: int, kind: type[Kind]) -> tuple[float, Kind]:
        """The event of this kind and when it came. Raises RuntimeError where the request or the worker failed."""

        def found() -> tuple[float, Event] | None:
            every = [*self._heard.get(request, []), *self._heard.get(0, [])]
            return next((one for one in every if isinstance(one[1], (kind, RequestFailed, WorkerExited))), None)

        with self._changed:
            heard = self._changed.wait_for(found, self._patience)
        if heard is None or not isinstance(heard[1], kind):
            raise RuntimeError(f"the worker did not answer: {heard}")
        return heard[0], heard[1]
