# pyright: basic
# basic: what the libraries make is untyped, and goes through here.
"""What engines that keep KV caches have in common: all but how their library loads, computes and counts."""

from __future__ import annotations

import contextlib
import gc
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Generic

import psutil

from backends.contract.chat import GenerationOptions, Message, user_message
from backends.contract.commands import Generate, ReadAhead
from backends.contract.errors import MinimError
from backends.contract.events import LoadProgress, ModelLoaded, PrefillProgress
from backends.contract.memory import KeepLimits
from backends.contract.models import EngineName, ModelRef
from backends.contract.tools import ToolInfo
from backends.engines.base import Cancelled, EngineOutput
from backends.engines.loaded_model import LoadedModel
from backends.engines.memory_room import context_that_fits, room_beside
from backends.engines.prompt_cache_files import PromptCacheFiles, forget_on_disk, remove_all
from backends.engines.prompt_cache_key import model_key, owner_tag
from backends.engines.prompt_cache_shelf import CacheShelf, S
from backends.engines.prompt_caches import PromptCaches
from backends.engines.prompting import Prompting
from backends.engines.reading_ahead import history_tokens, prepare_caches, read_ahead
from backends.engines.writing import Pace, Writer

log = logging.getLogger(__name__)


class CachingEngine(ABC, Generic[S]):
    """An `Engine` and a `CacheKeeper`. Not safe for two threads at once; they may take turns."""

    name: ClassVar[EngineName]
    library_errors: ClassVar[tuple[type[BaseException], ...]]
    """What the library raises where it cannot go on."""

    def __init__(self) -> None:
        self._loaded: LoadedModel | None = None
        self._caches: PromptCaches[S] | None = None
        self._shelf: CacheShelf[S] | None = None
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
        if self._loaded is not None:  # to look for garbage after the imports takes a twentieth of the start
            self._release()
        try:
            folder = self._folder_of(model, prepared, report, cancelled)
            loaded = self._load_folder(folder, report, cancelled)
            room = room_beside(loaded.weights_bytes, self._free_bytes(loaded))
            self._shelf = self._open_shelf(loaded, folder)
            budget = self._limits.cache_memory_bytes or sum(room.values()) // 2
            self._caches = PromptCaches(lambda: self._new_cache(loaded), budget, self._shelf)
        except BaseException:
            self._release()
            raise
        self._loaded = loaded
        self._pace = Pace(loaded.on_accelerator)
        prompting = self._prompting = Prompting(
            loaded.tokenizer,
            loaded.chat_template,
            loaded.config,
            loaded.generation_config,
            loaded.context_length,
            loaded.end_tokens,
        )
        return ModelLoaded(
            model=model,
            engine=self.name,
            dialect=prompting.dialect,
            context_length=loaded.context_length,
            memory_bytes=self.memory_bytes(),
            seconds=time.monotonic() - begun,
            supports_tools=prompting.supports_tools,
            thinking=prompting.thinking,
            memory_context=self._context_that_fits(loaded, room),
        )

    def generate(self, request: Generate, cancelled: Cancelled) -> Iterator[EngineOutput]:
        """Read the prompt and write the next message. See `Engine.generate`."""
        loaded, caches, prompting = self._require()
        prompting.think_as(request.options)
        prompt = prompting.render(request.messages, request.tools)
        writing = prompting.plan(prompt.tokens, request.options)
        prepare_caches(caches, prompting, prompt, request.conversation)
        with self._failures_in_words(), self._at_work(loaded):
            yield from self._writer(loaded, caches).run(writing, cancelled)

    def read_ahead(self, request: ReadAhead, cancelled: Cancelled) -> Iterator[PrefillProgress]:
        """See `CacheKeeper.read_ahead`."""
        loaded, caches, prompting = self._require()
        history = history_tokens(prompting, request.messages, request.tools)[: prompting.context_length]
        following = prompting.render((*request.messages, user_message("")), request.tools)
        prepare_caches(caches, prompting, following, request.conversation)
        with self._failures_in_words(), self._at_work(loaded):
            yield from read_ahead(caches, history, self._pace, cancelled)

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

    def forget_caches(self, conversations: Collection[str]) -> int:
        """See `CacheKeeper.forget_caches`."""
        owners = {owner_tag(one) for one in conversations}
        if self._caches is not None and owners:
            self._caches.forget(owners)
        if self._shelf is not None and owners:
            return self._shelf.files.forget(owners)
        return forget_on_disk(self._kept_in, conversations) if self._kept_in is not None else 0

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
        """The process's resident memory, and what the library holds on accelerators."""
        return self._process.memory_info().rss + self._accelerator_bytes()

    @abstractmethod
    def _folder_of(
        self, model: ModelRef, prepared: Path, report: Callable[[LoadProgress], None], cancelled: Cancelled
    ) -> Path:
        """The folder to load; quantized forms of the built-in model are made below `prepared`."""

    @abstractmethod
    def _load_folder(
        self, folder: Path, report: Callable[[LoadProgress], None], cancelled: Cancelled
    ) -> LoadedModel: ...

    @abstractmethod
    def _new_cache(self, loaded: LoadedModel) -> S: ...

    @abstractmethod
    def _writer(self, loaded: LoadedModel, caches: PromptCaches[S]) -> Writer: ...

    @abstractmethod
    def _token_bytes(self, loaded: LoadedModel) -> Mapping[str, int]:
        """What a token of context takes in each memory, by its name."""

    @abstractmethod
    def _free_bytes(self, loaded: LoadedModel) -> Mapping[str, int]:
        """What of each memory the loaded model leaves, by the same names."""

    @abstractmethod
    def _numbers_depend_on(self, loaded: LoadedModel) -> tuple[str, ...] | None:
        """What decides beside the model what a cache holds; None where it cannot be put on disk."""

    @abstractmethod
    def _accelerator_bytes(self) -> int: ...

    @abstractmethod
    def _give_memory_back(self) -> None: ...

    @abstractmethod
    def _out_of_memory(self, error: BaseException) -> MinimError | None:
        """The error in words if it says that memory ran out."""

    def _at_work(self, loaded: LoadedModel) -> AbstractContextManager[None]:
        """Held while the model reads and writes."""
        return contextlib.nullcontext()

    def _context_that_fits(self, loaded: LoadedModel, room: Mapping[str, int]) -> int:
        """Tokens; 0 where it cannot be told."""
        try:
            return context_that_fits(self._token_bytes(loaded), room, loaded.context_length)
        except self.library_errors:  # whoever writes with the model will be told
            log.exception("What a token takes in memory could not be measured")
            return 0

    def _open_shelf(self, loaded: LoadedModel, folder: Path) -> CacheShelf[S] | None:
        """Where caches are kept on disk, if they may and can be."""
        kept_in, most = self._kept_in, self._limits.cache_disk_bytes
        if kept_in is None or most is None:
            return None
        if most == 0:
            remove_all(kept_in)
            return None
        depends_on = self._numbers_depend_on(loaded)
        if depends_on is None or not self._new_cache(loaded).always_cuttable:
            return None
        try:
            files = PromptCacheFiles(kept_in, model_key(folder, *depends_on), most)
        except OSError as error:  # the model answers all the same
            log.info("No KV caches are kept on disk: %s", error)
            return None
        return CacheShelf(lambda: self._new_cache(loaded), files)

    def _require(self) -> tuple[LoadedModel, PromptCaches[S], Prompting]:
        if self._loaded is None or self._caches is None or self._prompting is None:
            raise MinimError("no_model", "No model is loaded.", "Choose a model first.")
        return self._loaded, self._caches, self._prompting

    def _release(self) -> None:
        self._loaded = self._caches = self._shelf = self._prompting = None
        gc.collect()
        self._give_memory_back()

    @contextlib.contextmanager
    def _failures_in_words(self) -> Iterator[None]:
        try:
            yield
        except self.library_errors as error:
            log.exception("Generation failed")
            raise self._out_of_memory(error) or MinimError(
                "internal",
                f"{self.name} failed while writing: {error}",
                "Try again; load the model again if it recurs.",
            ) from error
