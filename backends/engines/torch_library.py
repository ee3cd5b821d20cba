# pyright: basic
# basic: torch may be missing where types are checked, and transformers is only partly typed without it.
"""The one door to torch and Transformers: offline, quiet, their errors put into words."""

from __future__ import annotations

import importlib
import logging
import os
from pathlib import Path
from typing import Any

from backends.contract.errors import MinimError
from backends.engines.checkpoint_files import DOWNLOAD_AGAIN, damaged

# Everything is read from this machine's disk; the library may look at no hub on its own account.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.pop("KERNELS_CACHE", None)  # kernels are fetched into the hub's cache, as models are
# A person consents to the kernel in fp8_kernel.py alone; this other one would be looked for at each call.
os.environ["TRANSFORMERS_DISABLE_DEEPGEMM_LINEAR"] = "1"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# What it would say on stderr about a checkpoint is looked at here and said in words.
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")

torch: Any = importlib.import_module("torch")  # by name, since it is an extra that the type checker need not find

from transformers.utils.import_utils import is_torch_available  # noqa: E402 - after the settings above

if not is_torch_available():
    # An engine's environment outlives updates of Minim, whose Transformers may ask for more by then. It would load
    # nothing, and say that of each model.
    raise ImportError(f"torch {torch.__version__} is older than Transformers asks for")

from transformers import AutoConfig, AutoTokenizer, DynamicCache  # noqa: E402 - after the settings above
from transformers.cache_utils import DynamicLayer  # noqa: E402 - as above
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING  # noqa: E402 - as above
from transformers.utils import logging as _transformers_logging  # noqa: E402 - as above

_transformers_logging.set_verbosity(logging.CRITICAL)  # also where it was imported before
_transformers_logging.disable_progress_bar()

__all__ = [
    "LIBRARY_ERRORS",
    "AutoConfig",
    "AutoTokenizer",
    "DynamicCache",
    "DynamicLayer",
    "in_words",
    "model_class",
    "out_of_memory",
    "torch",
]

LIBRARY_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RuntimeError,  # torch's own are of this kind
    OSError,
    MemoryError,
    ImportError,
    AssertionError,
    ZeroDivisionError,
)
"""What torch and Transformers raise for files they cannot use."""


def model_class(config: Any, folder: Path) -> Any:
    """The class that runs a config's models. Raises MinimError("unsupported_model") if Transformers has none."""
    try:
        return MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    except KeyError:
        raise MinimError(
            "unsupported_model",
            f"Transformers has no language model of the type {config.model_type}, "
            f"which {folder / 'config.json'} names.",
            "Choose another model, or a later version of Minim.",
        ) from None


def out_of_memory(error: BaseException) -> MinimError | None:
    """The error in words if it says that memory ran out, else None."""
    text = str(error).lower()
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
        return MinimError(
            "out_of_memory",
            "There is not enough memory for this model.",
            "Close other programs, or choose a smaller quantization.",
        )
    return None


def in_words(error: BaseException, folder: Path) -> MinimError:
    """What a failed load says: `error` is one of LIBRARY_ERRORS, or a MinimError, which is kept."""
    if isinstance(error, MinimError):
        return error
    if (full := out_of_memory(error)) is not None:
        return full
    if "offload_folder" in str(error):  # what it asks for where layers find no room, and nothing is to lie on a disk
        return MinimError(
            "out_of_memory",
            "The model’s layers are too large to be divided among the GPUs here.",
            "Close other programs, or choose a smaller quantization.",
        )
    text = " ".join(str(error).split()) or repr(error)
    if isinstance(error, TypeError | AttributeError | ZeroDivisionError):
        return damaged(f"{folder / 'config.json'} does not describe a model that can be built: {_shortened(text)}")
    return MinimError("damaged_model", f"The model in {folder} cannot be read: {_shortened(text)}", DOWNLOAD_AGAIN)


def _shortened(text: str) -> str:
    return text if len(text) <= 600 else text[:600].rstrip() + " …"
