# pyright: basic
# basic: mlx-lm and transformers are only partly typed.
"""The one door to mlx-lm: imported so that it changes nothing else in the process, its errors put into words."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from backends.contract.errors import MinimError
from backends.engines.checkpoint_files import DOWNLOAD_AGAIN, damaged

# Everything is read from this machine's disk; neither library may look at a hub on its own account.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# It says on stderr that PyTorch is missing, which is meant.
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

# WORKAROUND for mlx_lm/utils.py, which at import sets RLIMIT_NOFILE to (2048, 4096): the lowered hard limit could
# never be raised again in this process.
_setrlimit = resource.setrlimit
resource.setrlimit = lambda *_: None
try:
    import mlx.core as mx
    import mlx_lm.utils
    from mlx.utils import tree_flatten
    from mlx_lm.generate import generate_step, generation_stream, wired_limit
    from mlx_lm.models.cache import CacheList, KVCache, make_prompt_cache, trim_prompt_cache
    from mlx_lm.sample_utils import make_logits_processors, make_sampler
    from mlx_lm.utils import _get_classes as model_classes  # the only way to ask which types it knows
    from mlx_lm.utils import load_model, load_tokenizer, quantize_model, save_config, save_model
finally:
    resource.setrlimit = _setrlimit


def _files_like(pattern: str) -> list[str]:
    return [str(file) for file in Path(pattern).parent.glob(Path(pattern).name)]


# WORKAROUND for load_model in mlx_lm/utils.py, which takes the folder's own name for a pattern, too: it finds no
# weights in "model [4bit]".
mlx_lm.utils.glob = SimpleNamespace(glob=_files_like)  # pyright: ignore[reportPrivateImportUsage] - that is the point

__all__ = [
    "CacheList",
    "KVCache",
    "check_model_type",
    "generate_step",
    "generation_stream",
    "in_words",
    "load_model",
    "load_tokenizer",
    "make_logits_processors",
    "make_prompt_cache",
    "make_sampler",
    "mx",
    "on_accelerator",
    "quantize_model",
    "save_config",
    "save_model",
    "tree_flatten",
    "trim_prompt_cache",
    "wired_limit",
]

LIBRARY_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, OSError, MemoryError)
"""What mlx, mlx-lm and transformers raise for files they cannot use."""


def on_accelerator() -> bool:
    """True with Metal or CUDA, False on a CPU."""
    return mx.default_device() == mx.Device(mx.gpu)


def check_model_type(folder: Path, config: dict[str, Any]) -> None:
    """Raises MinimError("unsupported_model") if mlx-lm has no code for the config's model_type."""
    try:
        model_classes(config)
    except LIBRARY_ERRORS as error:
        raise MinimError(
            "unsupported_model",
            f"MLX does not know models of the type {config['model_type']}, which {folder / 'config.json'} names.",
            "Choose another model, or a later version of Minim.",
        ) from error


def out_of_memory(error: BaseException) -> MinimError | None:
    """The error in words if it says that memory ran out, else None."""
    text = str(error).lower()
    if isinstance(error, MemoryError) or "unable to allocate" in text or "out of memory" in text:
        return MinimError(
            "out_of_memory",
            "There is not enough memory for this model.",
            "Close other programs, or choose a smaller quantization.",
        )
    return None


def in_words(error: BaseException, folder: Path, model_type: str) -> MinimError:
    """What a failed load says: `error` is one of LIBRARY_ERRORS, or a MinimError, which is kept."""
    if isinstance(error, MinimError):
        return error
    if (full := out_of_memory(error)) is not None:
        return full
    text = " ".join(str(error).split())
    if isinstance(error, TypeError) and "required positional argument" in text:
        missing = text.partition(": ")[2] or text
        return damaged(f"{folder / 'config.json'} lacks values that a {model_type} needs: {missing}.")
    if "parameters not in model" in text or text.startswith(("Missing", "Expected shape")):
        return damaged(f"The weights in {folder} do not fit its config.json: {_shortened(text)}")
    return MinimError(
        "damaged_model", f"The model in {folder} cannot be read: {_shortened(text or repr(error))}", DOWNLOAD_AGAIN
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 600 else text[:600].rstrip() + " …"
