# pyright: basic
# basic: mlx-lm and transformers are only partly typed.
"""Runs models with mlx-lm: on Metal, CUDA or a CPU."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from backends.contract.chat import GenerationOptions, Message
from backends.contract.commands import Generate
from backends.contract.errors import MinimError
from backends.contract.events import LoadProgress, ModelLoaded
from backends.contract.models import ModelRef
from backends.contract.tools import ToolInfo
from backends.dialects import choose
from backends.engines.base import Cancelled, EngineOutput
from backends.engines.mlx_decoding import Pace, Writer, Writing
from backends.engines.mlx_library import LIBRARY_ERRORS, mx, on_accelerator, out_of_memory
from backends.engines.mlx_loading import LoadedModel, load_folder
from backends.engines.mlx_preparation import prepare
from backends.engines.prompt_cache import PromptCache
from backends.engines.sampling import M2_SAMPLING, choose_sampling
from backends.engines.template_messages import template_messages

log = logging.getLogger(__name__)

M2_DIALECT = "minimax-m2"
M2_END = "[e~["
"""Ends a message of M2, whose published config names no end token."""


@dataclass(frozen=True)
class _Prompt:
    """A rendered prompt, kept since counting, reading and choosing the reader ask for the same one."""

    messages: tuple[Message, ...]
    tools: tuple[ToolInfo, ...]
    text: str
    tokens: list[int]


class MlxEngine:
    """The engine that every Unix has. Not safe for two threads at once; they may take turns."""

    def __init__(self) -> None:
        self._loaded: LoadedModel | None = None
        self._cache: PromptCache | None = None
        self._pace = Pace()
        self._dialect = "plain"
        self._end_tokens: frozenset[int] = frozenset()
        self._prompt: _Prompt | None = None
        self._process = psutil.Process()

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
            self._cache = PromptCache(loaded.model)
        except BaseException:
            self._release()
            raise
        self._loaded = loaded
        self._pace = Pace()
        vocabulary = loaded.tokenizer.get_vocab()
        self._dialect = choose(loaded.chat_template, vocabulary)
        self._end_tokens = _end_tokens(loaded, vocabulary.get(M2_END) if self._dialect == M2_DIALECT else None)
        return ModelLoaded(
            model=model,
            engine="MLX",
            dialect=self._dialect,
            context_length=loaded.context_length,
            memory_bytes=self.memory_bytes(),
            seconds=time.monotonic() - begun,
            supports_tools="tools" in loaded.chat_template,
        )

    def generate(self, request: Generate, cancelled: Cancelled) -> Iterator[EngineOutput]:
        """Read the prompt and write the next message. See `Engine.generate`."""
        loaded, cache = self._require()
        prompt = self._render(request.messages, request.tools)
        writing = self._plan(loaded, prompt.tokens, request.options)
        writer = Writer(loaded.model, loaded.tokenizer, cache, self._pace, self.memory_bytes)
        try:
            yield from writer.run(writing, cancelled)
        except LIBRARY_ERRORS as error:
            log.exception("Generation failed")
            raise out_of_memory(error) or MinimError(
                "internal", f"MLX failed while writing: {error}", "Try again; load the model again if it recurs."
            ) from error

    def count_tokens(self, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...]) -> int:
        """Tokens of the prompt that `generate` would read."""
        return len(self._render(messages, tools).tokens)

    def reader_settings(self, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...]) -> dict[str, Any]:
        """Keyword arguments for `dialects.open_reader`."""
        return {
            "name": self._dialect,
            "tools": [tool.as_openai() for tool in tools],
            "starts_in_reasoning": self._render(messages, tools).text.rstrip().endswith("<think>"),
        }

    def memory_bytes(self) -> int:
        """The process's resident memory, and on Metal and CUDA what MLX holds there."""
        return self._process.memory_info().rss + (mx.get_active_memory() if on_accelerator() else 0)

    def _require(self) -> tuple[LoadedModel, PromptCache]:
        if self._loaded is None or self._cache is None:
            raise MinimError("no_model", "No model is loaded.", "Choose a model first.")
        return self._loaded, self._cache

    def _release(self) -> None:
        self._loaded = self._cache = self._prompt = None
        gc.collect()
        mx.clear_cache()

    def _render(self, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...]) -> _Prompt:
        """The prompt by the model's own template. Raises MinimError("bad_request") where the template refuses."""
        loaded, _ = self._require()
        kept = self._prompt
        if kept is not None and kept.messages is messages and kept.tools is tools:
            return kept
        try:
            text = loaded.tokenizer.apply_chat_template(
                template_messages(messages),
                tools=[tool.as_openai() for tool in tools] or None,
                add_generation_prompt=True,
                tokenize=False,
            )
        # A template may raise anything: it is a program that came with the model.
        except Exception as error:
            log.exception("The chat template failed")
            raise MinimError(
                "bad_request",
                f"The model’s chat template refuses this conversation: {error}",
                "Leave the system prompt empty, or turn tools off.",
            ) from error
        tokens = loaded.tokenizer.encode(text, add_special_tokens=False)
        self._prompt = _Prompt(messages, tools, text, tokens)
        return self._prompt

    def _plan(self, loaded: LoadedModel, prompt: list[int], options: GenerationOptions) -> Writing:
        room = loaded.context_length - len(prompt)
        if room < 1:
            raise MinimError(
                "context_full",
                f"The conversation has {len(prompt):,} tokens; the model’s context length is "
                f"{loaded.context_length:,}.",
                "Start a new conversation, or shorten this one.",
            )
        if not prompt:
            raise MinimError("bad_request", "The prompt is empty.", "Write something first.")
        if options.max_tokens is not None and options.max_tokens < 1:
            raise MinimError("bad_request", f"max_tokens is {options.max_tokens}.", "Choose at least 1.")
        is_m2 = self._dialect == M2_DIALECT
        stops = options.stop
        if is_m2 and not options.ignore_end:
            stops = (*stops, M2_END)
        return Writing(
            prompt=prompt,
            room=room if options.max_tokens is None else min(room, options.max_tokens),
            sampling=choose_sampling(options, loaded.generation_config, M2_SAMPLING if is_m2 else {}),
            vocabulary=int(loaded.config.get("vocab_size") or len(loaded.tokenizer)),
            end_tokens=frozenset() if options.ignore_end else self._end_tokens,
            stops=stops,
            seed=options.seed,
        )


def _end_tokens(loaded: LoadedModel, m2_end: int | None) -> frozenset[int]:
    """Every id that ends a message: the tokenizer's, the config's, the generation_config's, and M2's own."""
    # mlx-lm puts the config's into the tokenizer, or the generation_config's in their place.
    declared = loaded.generation_config.get("eos_token_id")
    several = declared if isinstance(declared, list) else [declared]
    return frozenset(n for n in (*loaded.tokenizer.eos_token_ids, *several, m2_end) if type(n) is int)
