# pyright: basic
# basic: torch may be missing where types are checked, and transformers is only partly typed without it.
"""Runs models with Transformers: on one CUDA device or several, with RAM beside them, and small ones on a CPU."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import psutil

from backends.contract.errors import MinimError
from backends.contract.events import LoadProgress
from backends.contract.models import ModelRef
from backends.engines.base import Cancelled
from backends.engines.caching_engine import CachingEngine
from backends.engines.loaded_model import LoadedModel
from backends.engines.prompt_caches import PromptCaches
from backends.engines.torch_library import LIBRARY_ERRORS, out_of_memory, torch
from backends.engines.transformers_cache import KeyValueCache, token_bytes
from backends.engines.transformers_decoding import TransformersWriter
from backends.engines.transformers_loading import load_folder


class TransformersEngine(CachingEngine[KeyValueCache]):
    """The engine for CUDA, and for forms that MLX does not read."""

    name = "Transformers"
    library_errors = LIBRARY_ERRORS

    def _folder_of(
        self, model: ModelRef, prepared: Path, report: Callable[[LoadProgress], None], cancelled: Cancelled
    ) -> Path:
        if model.source == "builtin" and model.quantization != "none":
            raise MinimError(
                "unsupported_model",
                f"{model.name} in {model.quantization} is made for MLX; Transformers runs it as it is published.",
                "Choose the quantization none, or the engine MLX.",
            )
        return Path(model.path)

    def _load_folder(self, folder: Path, report: Callable[[LoadProgress], None], cancelled: Cancelled) -> LoadedModel:
        return load_folder(folder, report, cancelled)

    def _new_cache(self, loaded: LoadedModel) -> KeyValueCache:
        return KeyValueCache(loaded.model)

    def _writer(self, loaded: LoadedModel, caches: PromptCaches[KeyValueCache]) -> TransformersWriter:
        return TransformersWriter(loaded.tokenizer, caches, self._pace, self.memory_bytes)

    def _token_bytes(self, loaded: LoadedModel) -> dict[str, int]:
        # One token is read for it, for which an offloaded model needs seconds or minutes.
        return {} if loaded.offloaded else token_bytes(loaded.model)

    def _free_bytes(self, loaded: LoadedModel) -> dict[str, int]:
        if not loaded.on_accelerator:
            return {"cpu": psutil.virtual_memory().available}
        free: dict[str, int] = {}
        for number in range(torch.cuda.device_count()):
            unused = torch.cuda.memory_reserved(number) - torch.cuda.memory_allocated(number)
            free[f"cuda:{number}"] = torch.cuda.mem_get_info(number)[0] + unused
        return free

    def _numbers_depend_on(self, loaded: LoadedModel) -> tuple[str, ...] | None:
        model = loaded.model
        if len({parameter.device for parameter in model.parameters()}) > 1:
            return None  # spread over several devices: its caches would have to be spread again
        where = torch.cuda.get_device_name(model.device) if loaded.on_accelerator else "cpu"
        versions = (importlib.metadata.version(name) for name in ("torch", "transformers"))
        return (where, str(model.dtype), *versions)

    def _accelerator_bytes(self) -> int:
        if not torch.cuda.is_initialized():
            return 0
        return sum(torch.cuda.memory_reserved(number) for number in range(torch.cuda.device_count()))

    def _give_memory_back(self) -> None:
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()

    def _out_of_memory(self, error: BaseException) -> MinimError | None:
        return out_of_memory(error)
