# pyright: basic
# basic: mlx-lm and transformers are only partly typed.
"""Runs models with mlx-lm: on Metal, CUDA or a CPU."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil

from backends.contract.errors import MinimError
from backends.contract.events import LoadProgress
from backends.contract.models import ModelRef
from backends.engines.base import Cancelled
from backends.engines.caching_engine import CachingEngine
from backends.engines.loaded_model import LoadedModel
from backends.engines.mlx_decoding import MlxWriter
from backends.engines.mlx_library import (
    LIBRARY_ERRORS,
    generation_stream,
    mx,
    on_accelerator,
    out_of_memory,
    wired_limit,
)
from backends.engines.mlx_loading import load_folder
from backends.engines.mlx_preparation import prepare
from backends.engines.prompt_cache import PromptCache, token_bytes
from backends.engines.prompt_caches import PromptCaches

_STREAM: Any = generation_stream  # annotated as another class than the one it is
_MEMORY = "memory"  # there is one: Metal's is shared with the CPU, and MLX uses one CUDA device


class MlxEngine(CachingEngine[PromptCache]):
    """The engine that every Unix has."""

    name = "MLX"
    library_errors = LIBRARY_ERRORS

    def _folder_of(
        self, model: ModelRef, prepared: Path, report: Callable[[LoadProgress], None], cancelled: Cancelled
    ) -> Path:
        folder = Path(model.path)
        if model.source == "builtin" and model.quantization != "none":
            return prepare(folder, model.quantization, prepared, report, cancelled)
        return folder

    def _load_folder(self, folder: Path, report: Callable[[LoadProgress], None], cancelled: Cancelled) -> LoadedModel:
        return load_folder(folder, report, cancelled)

    def _new_cache(self, loaded: LoadedModel) -> PromptCache:
        return PromptCache(loaded.model)

    def _writer(self, loaded: LoadedModel, caches: PromptCaches[PromptCache]) -> MlxWriter:
        return MlxWriter(loaded.model, loaded.tokenizer, caches, self._pace, self.memory_bytes)

    def _at_work(self, loaded: LoadedModel) -> AbstractContextManager[None]:
        """On Metal this keeps the weights from being paged out meanwhile; elsewhere it does nothing."""
        return wired_limit(loaded.model, [_STREAM])

    def _token_bytes(self, loaded: LoadedModel) -> dict[str, int]:
        return {_MEMORY: token_bytes(loaded.model)}

    def _free_bytes(self, loaded: LoadedModel) -> dict[str, int]:
        if not on_accelerator():
            return {_MEMORY: psutil.virtual_memory().available}
        about = mx.device_info()
        whole = about.get("max_recommended_working_set_size") or about.get("total_memory") or about.get("memory_size")
        return {_MEMORY: int(whole or psutil.virtual_memory().total) - mx.get_active_memory()}

    def _numbers_depend_on(self, loaded: LoadedModel) -> tuple[str, ...]:
        versions = (importlib.metadata.version(name) for name in ("mlx", "mlx-lm"))
        return ("accelerator" if loaded.on_accelerator else "cpu", *versions)

    def _accelerator_bytes(self) -> int:
        return mx.get_active_memory() if on_accelerator() else 0

    def _give_memory_back(self) -> None:
        mx.clear_cache()

    def _out_of_memory(self, error: BaseException) -> MinimError | None:
        return out_of_memory(error)
