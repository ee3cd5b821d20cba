"""Which engine runs a model. An engine is imported only when it is chosen."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

from backends.contract.errors import MinimError
from backends.contract.models import EngineName, ModelRef
from backends.engines.base import Engine

_RENEW = (
    "Remove it and install it again: `minim engines --remove transformers`, then "
    "`minim engines --install transformers`."
)


def open_engine(model: ModelRef, wished: EngineName | None = None) -> Engine:
    """The engine for `model`, with nothing loaded yet. Raises MinimError("unsupported_model" | "engine_missing").

    `wished`: the engine a person chose. Without a wish MLX runs what it can, unless there is a CUDA device that
    Transformers can use.
    """
    name = choose_engine(model, wished)
    return _open_mlx() if name == "MLX" else _open_transformers(model)


def choose_engine(model: ModelRef, wished: EngineName | None = None) -> EngineName:
    """Which engine `model` asks for. Raises MinimError("unsupported_model") for an engine that does not read it."""
    if model.format == "awq":
        if wished == "MLX":
            raise _unreadable(model, "MLX", "Choose one of the model’s MLX quantizations, or the Transformers engine.")
        return "Transformers"
    if model.format == "mlx":
        if wished == "Transformers":
            raise _unreadable(model, "Transformers", "Choose the original, an AWQ form, or the MLX engine.")
        return "MLX"
    if wished is not None:
        return wished
    return "Transformers" if sys.platform == "win32" or _has_cuda() else "MLX"


def _open_mlx() -> Engine:
    if sys.platform == "win32":
        raise MinimError(
            "unsupported_model",
            "MLX, which runs this model, does not exist for Windows.",
            "Use macOS on Apple silicon, or Linux.",
        )
    try:
        from backends.engines.mlx_engine import MlxEngine
    except (ImportError, OSError) as error:  # OSError: mlx-lm imports torch where there is one, and it does not fit
        hint = "Install Minim’s requirements again."
        if importlib.util.find_spec("torch") is not None:
            hint = f"{hint} If the Transformers engine was installed into an environment of its own: {_RENEW}"
        raise MinimError(
            "unsupported_model", f"MLX, which runs this model, cannot be imported: {error}.", hint
        ) from error
    return MlxEngine()


def _open_transformers(model: ModelRef) -> Engine:
    lacking = [name for name in ("torch", "accelerate") if importlib.util.find_spec(name) is None]
    form = "AWQ" if model.format == "awq" else "PyTorch"
    if lacking:
        raise MinimError(
            "engine_missing",
            f"{model.name} in {form} {model.quantization} needs the Transformers engine, which is not installed here: "
            f"{' and '.join(lacking)} missing.",
            "Press Install beside the model in the picker, or run `minim engines --install transformers`; or choose "
            "one of the model’s MLX quantizations.",
        )
    try:
        from backends.engines.transformers_engine import TransformersEngine
    except (ImportError, OSError) as error:  # OSError: a library that torch loads does not fit this machine
        raise MinimError(
            "engine_missing",
            f"The Transformers engine, which runs {model.name}, cannot be imported: {error}.",
            _RENEW,
        ) from error
    return TransformersEngine()


def _has_cuda() -> bool:
    """Whether Transformers could use a CUDA device. torch, which knows, is imported only where it is installed."""
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("accelerate") is None:
        return False
    try:
        torch: Any = importlib.import_module("torch")
    except (ImportError, OSError):  # one that does not fit this machine
        return False
    return bool(torch.cuda.is_available())


def _unreadable(model: ModelRef, engine: EngineName, hint: str) -> MinimError:
    form = f"{model.format.upper()} {model.quantization}"
    return MinimError("unsupported_model", f"{engine} does not read {model.name} in {form}.", hint)
