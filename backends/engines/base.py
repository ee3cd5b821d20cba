"""The one protocol that every engine speaks. An engine lives inside the engine worker and knows nothing of pipes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from backends.contract.chat import GenerationOptions, Message
from backends.contract.commands import Generate, ReadAhead
from backends.contract.events import GenerationFinished, LoadProgress, ModelLoaded, PrefillProgress
from backends.contract.memory import KeepLimits
from backends.contract.models import ModelRef
from backends.contract.tools import ToolInfo

Cancelled = Callable[[], bool]
"""Looked at often: true once the request should stop."""


class TextPiece(Struct, frozen=True):
    """More decoded text; never half a character. `tokens` counts the tokens written since the piece before."""

    text: str
    tokens: int


EngineOutput = PrefillProgress | TextPiece | GenerationFinished


class Engine(Protocol):
    """Loads one model and writes with it. Errors are `MinimError`; a cancelled load raises `RequestStopped`."""

    def load(
        self, model: ModelRef, prepared: Path, report: Callable[[LoadProgress], None], cancelled: Cancelled
    ) -> ModelLoaded:
        """Load `model`. Quantized forms of the built-in model are made once, below the folder `prepared`."""
        ...

    def generate(self, request: Generate, cancelled: Cancelled) -> Iterator[EngineOutput]:
        """Read the prompt, then write; the last output is a GenerationFinished, also when cancelled."""
        ...

    def count_tokens(self, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...]) -> int:
        """Tokens of the prompt that `generate` would read."""
        ...

    def reader_settings(
        self,
        messages: tuple[Message, ...],
        tools: tuple[ToolInfo, ...],
        options: GenerationOptions | None = None,
    ) -> dict[str, Any]:
        """Keyword arguments for `dialects.open_reader`: name, tools, starts_in_reasoning, response_template.

        `options` say whether the model is to reason; None: as with the last ones.
        """
        ...

    def memory_bytes(self) -> int:
        """What the engine holds: the process's resident memory, and the accelerator's where that is apart."""
        ...


@runtime_checkable
class CacheKeeper(Protocol):
    """What an engine that keeps KV caches for longer than a prompt can do beside `Engine`."""

    def keep_caches(self, folder: Path, limits: KeepLimits) -> None:
        """Where and how much to keep of the model that is loaded next; `folder` need not exist."""
        ...

    def read_ahead(self, request: ReadAhead, cancelled: Cancelled) -> Iterator[PrefillProgress]:
        """Read its messages up to a person's next one; ends early once `cancelled()` is true."""
        ...

    def store_caches(self, cancelled: Cancelled) -> None:
        """Put on disk what is not there yet; what is not complete when `cancelled()` turns true is not kept."""
        ...

    def drop_idle_caches(self) -> None:
        """Keep in memory only the cache that was used last."""
        ...

    def forget_caches(self, conversations: Collection[str]) -> int:
        """Drop what was kept of these conversations, in memory and of all models on disk; → bytes of disk freed."""
        ...
