# pyright: basic
# basic: mlx-lm and transformers are only partly typed.
"""Runs models with mlx-lm: on Metal, CUDA or a CPU."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from backends.contract.chat import GenerationOptions, Message, user_message
from backends.contract.commands import Generate
from backends.contract.errors import MinimError
from backends.contract.events import LoadProgress, ModelLoaded, PrefillProgress
from backends.contract.memory import KeepLimits
from backends.contract.models import ModelRef
from backends.contract.tools import ToolInfo
from backends.engines.base import Cancelled, EngineOutput
from backends.engines.mlx_decoding import MlxWriter
from backends.engines.mlx_library import (
    LIBRARY_ERRORS,
    generation_stream,
    mx,
    on_accelerator,
    out_of_memory,
    wired_limit,
)
from backends.engines.mlx_loading import LoadedModel, load_folder
from backends.engines.mlx_preparation import prepare
from backends.engines.prompt_cache import PromptCache
from backends.engines.prompt_cache_shelf import DiskShelf, open_caches
from backends.engines.prompt_caches import PromptCaches
from backends.engines.prompting import Prompting
from backends.engines.reading_ahead import history_tokens, prepare_caches, read_ahead
from backends.engines.writing import Pace

log = logging.getLogger(__name__)


class MlxEngine:
    """The engine that every Unix has. Not safe for two threads at once; they may take turns."""

    def __init__(self) -> None:
        self._loaded: LoadedModel | None = None
        self._caches: PromptCaches[PromptCache] | None = None
        self._shelf: DiskShelf | None = None
        self._kept_in: Path | None = None
        self._limits = KeepLimits()
        self._prompting: Prompting | None = None
        self._pace = Pace(on_accelerator())
        self._process = psutil.Process()

    def keep_caches(self, folder: Path, limits: KeepLimits) -> None:
        """See `CacheKeeper.keep_caches`."""
        self._kept_in, self._limits = folder, limits

    def load(
        self, model: ModelRef, prepared: Path, report: Callable[[LoadProgress], None], cancelled: Cancelled
    ) -> ModelLoaded:
        """Load `model` in place of the one that is loaded. See `Engine.load`."""
        begun = time.monotonic()
        self._release()
        folder = Path(model.path)
        if model.source == "builtin" and model.quantization != "none":
            folder = prepare(folder, model.quantization, prepared, report, cancelled)
        try:
            loaded = load_folder(folder, report, cancelled)
            self._caches, self._shelf = open_caches(loaded.model, folder, self._kept_in, self._limits)
        except BaseException:
            self._release()
            raise
        self._loaded = loaded
        self._pace = Pace(on_accelerator())
        prompting = self._prompting = Prompting(
            loaded.tokenizer,
            loaded.chat_template,
            loaded.config,
            loaded.generation_config,
            loaded.context_length,
            # mlx-lm puts the config's into the tokenizer, or the generation_config's in their place.
            loaded.tokenizer.eos_token_ids,
        )
        return ModelLoaded(
            model=model,
            engine="MLX",
            dialect=prompting.dialect,
            context_length=loaded.context_length,
            memory_bytes=self.memory_bytes(),
            seconds=time.monotonic() - begun,
            supports_tools=prompting.supports_tools,
            thinking=prompting.thinking,
        )

    def generate(self, request: Generate, cancelled: Cancelled) -> Iterator[EngineOutput]:
        """Read the prompt and write the next message. See `Engine.generate`."""
        loaded, caches, prompting = self._require()
        prompting.think_as(request.options)
        prompt = prompting.render(request.messages, request.tools)
        writing = prompting.plan(prompt.tokens, request.options)
        prepare_caches(caches, prompting, prompt)
        writer = MlxWriter(loaded.model, loaded.tokenizer, caches, self._pace, self.memory_bytes)
        try:
            yield from writer.run(writing, cancelled)
        except LIBRARY_ERRORS as error:
            raise _in_words(error) from error

    def read_ahead(
        self, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...], cancelled: Cancelled
    ) -> Iterator[PrefillProgress]:
        """See `CacheKeeper.read_ahead`."""
        loaded, caches, prompting = self._require()
        history = history_tokens(prompting, messages, tools)[: prompting.context_length]
        prepare_caches(caches, prompting, prompting.render((*messages, user_message("")), tools))
        stream: Any = generation_stream  # annotated as another class than the one it is
        try:
            with wired_limit(loaded.model, [stream]):
                yield from read_ahead(caches, history, self._pace, cancelled)
        except LIBRARY_ERRORS as error:
            raise _in_words(error) from error

    def store_caches(self, cancelled: Cancelled) -> None:
        """See `CacheKeeper.store_caches`. What was used last is stored first, and taken down as used last."""
        if self._shelf is not None and self._caches is not None:
            newest = self._caches.current
            for cache in (newest, *self._caches, newest):
                if not cancelled():
                    self._shelf.put(cache, cancelled, newest=cache is newest)

    def drop_idle_caches(self) -> None:
        """See `CacheKeeper.drop_idle_caches`."""
        if self._caches is not None:
            self._caches.drop_others()

    def count_tokens(self, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...]) -> int:
        """Tokens of the prompt that `generate` would read."""
        return len(self._require()[2].render(messages, tools).tokens)

    def reader_settings(
        self,
        messages: tuple[Message, ...],
        tools: tuple[ToolInfo, ...],
        options: GenerationOptions | None = None,
    ) -> dict[str, Any]:
        """Keyword arguments for `dialects.open_reader`."""
        return self._require()[2].reader_settings(messages, tools, options)

    def memory_bytes(self) -> int:
        """The process's resident memory, and on Metal and CUDA what MLX holds there."""
        return self._process.memory_info().rss + (mx.get_active_memory() if on_accelerator() else 0)

    def _require(self) -> tuple[LoadedModel, PromptCaches[PromptCache], Prompting]:
        if self._loaded is None or self._caches is None or self._prompting is None:
            raise MinimError("no_model", "No model is loaded.", "Choose a model first.")
        return self._loaded, self._caches, self._prompting

    def _release(self) -> None:
        self._loaded = self._caches = self._shelf = self._prompting = None
        gc.collect()
        mx.clear_cache()


def _in_words(error: BaseException) -> MinimError:
    log.exception("Generation failed")
    return out_of_memory(error) or MinimError(
        "internal", f"MLX failed while writing: {error}", "Try again; load the model again if it recurs."
    )
