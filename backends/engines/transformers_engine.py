# pyright: basic
# basic: torch may be missing where types are checked, and transformers is only partly typed without it.
"""Runs models with Transformers: on one CUDA device or several, and small ones on a CPU."""

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
from backends.engines.prompt_caches import PromptCaches
from backends.engines.prompting import Prompting
from backends.engines.reading_ahead import history_tokens, prepare_caches, read_ahead
from backends.engines.torch_library import LIBRARY_ERRORS, out_of_memory, torch
from backends.engines.transformers_cache import KeyValueCache
from backends.engines.transformers_decoding import TransformersWriter
from backends.engines.transformers_loading import LoadedModel, load_folder
from backends.engines.transformers_shelf import TransformersShelf, open_caches
from backends.engines.writing import Pace

log = logging.getLogger(__name__)


class TransformersEngine:
    """The engine for CUDA, and for forms that MLX does not read. Not safe for two threads at once."""

    def __init__(self) -> None:
        self._loaded: LoadedModel | None = None
        self._caches: PromptCaches[KeyValueCache] | None = None
        self._shelf: TransformersShelf | None = None
        self._kept_in: Path | None = None
        self._limits = KeepLimits()
        self._prompting: Prompting | None = None
        self._pace = Pace(on_accelerator=False)
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
        if model.source == "builtin" and model.quantization != "none":
            raise MinimError(
                "unsupported_model",
                f"{model.name} in {model.quantization} is made for MLX; Transformers runs it as it is published.",
                "Choose the quantization none, or the engine MLX.",
            )
        folder = Path(model.path)
        try:
            loaded = load_folder(folder, report, cancelled)
            self._caches, self._shelf = open_caches(loaded.model, folder, self._kept_in, self._limits)
        except BaseException:
            self._release()
            raise
        self._loaded = loaded
        self._pace = Pace(loaded.plan.device == "cuda")
        prompting = self._prompting = Prompting(
            loaded.tokenizer,
            loaded.chat_template,
            loaded.config,
            loaded.generation_config,
            loaded.context_length,
            [loaded.tokenizer.eos_token_id, loaded.config.get("eos_token_id")],
        )
        return ModelLoaded(
            model=model,
            engine="Transformers",
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
        writer = TransformersWriter(loaded.tokenizer, caches, self._pace, self.memory_bytes)
        try:
            yield from writer.run(writing, cancelled)
        except LIBRARY_ERRORS as error:
            raise _in_words(error) from error

    def read_ahead(
        self, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...], cancelled: Cancelled
    ) -> Iterator[PrefillProgress]:
        """See `CacheKeeper.read_ahead`."""
        _, caches, prompting = self._require()
        history = history_tokens(prompting, messages, tools)[: prompting.context_length]
        prepare_caches(caches, prompting, prompting.render((*messages, user_message("")), tools))
        try:
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
        """The process's resident memory, and what torch holds on the GPUs."""
        on_gpus = 0
        if torch.cuda.is_initialized():
            on_gpus = sum(torch.cuda.memory_reserved(number) for number in range(torch.cuda.device_count()))
        return self._process.memory_info().rss + on_gpus

    def _require(self) -> tuple[LoadedModel, PromptCaches[KeyValueCache], Prompting]:
        if self._loaded is None or self._caches is None or self._prompting is None:
            raise MinimError("no_model", "No model is loaded.", "Choose a model first.")
        return self._loaded, self._caches, self._prompting

    def _release(self) -> None:
        self._loaded = self._caches = self._shelf = self._prompting = None
        gc.collect()
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()


def _in_words(error: BaseException) -> MinimError:
    log.exception("Generation failed")
    return out_of_memory(error) or MinimError(
        "internal", f"Transformers failed while writing: {error}", "Try again; load the model again if it recurs."
    )
