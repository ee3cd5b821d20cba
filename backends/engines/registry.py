"""Which engine runs a model. An engine is imported only when it is chosen."""

from __future__ import annotations

import sys

from backends.contract.errors import MinimError
from backends.contract.models import ModelRef
from backends.engines.base import Engine


def open_engine(model: ModelRef) -> Engine:
    """The engine for `model`, with nothing loaded yet. Raises MinimError("unsupported_model") if none runs it here."""
    if model.format == "awq":
        raise MinimError(
            "unsupported_model",
            f"{model.name} in AWQ {model.quantization} needs the Transformers engine, which this version lacks.",
            "Choose one of the model’s MLX quantizations.",
        )
    if sys.platform == "win32":
        raise MinimError(
            "unsupported_model",
            "MLX, which runs this model, does not exist for Windows.",
            "Use macOS on Apple silicon, or Linux.",
        )
    try:
        from backends.engines.mlx_engine import MlxEngine
    except ImportError as error:
        raise MinimError(
            "unsupported_model",
            f"MLX, which runs this model, cannot be imported: {error}.",
            "Install Minim’s requirements again.",
        ) from error
    return MlxEngine()
