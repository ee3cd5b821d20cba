"""Which types of models mlx-lm runs, told from its files' names: importing it takes seconds and lowers file limits."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any, cast

# As in mlx_lm/utils.py of mlx-lm 0.32.2: MODEL_REMAPPING and MODEL_ARCHITECTURE_REMAPPING. A test compares them.
REMAPPED = {
    "mistral": "llama",
    "llava": "mistral3",
    "phi-msft": "phixtral",
    "falcon_mamba": "mamba",
    "joyai_llm_flash": "deepseek_v3",
    "kimi_k2": "deepseek_v3",
    "qwen2_5_vl": "qwen2_vl",
    "minimax_m2": "minimax",
    "iquestcoder": "llama",
    "xverse": "llama",
    "gemma4_unified": "gemma4",
    "deepseek_v41_text": "deepseek_v41",
}
REMAPPED_ARCHITECTURES = {("bailing_hybrid", "BailingMoeV3ForCausalLM"): "bailing_moe_v3"}

_PARTS = {
    "__init__", "activations", "base", "bitlinear_layers", "cache", "gated_delta", "mla", "pipeline", "rope_utils",
    "ssm", "switch_layers",
}  # fmt: skip
"""Modules of mlx_lm/models that are parts of models, not models."""


def mlx_runs(config: dict[str, Any]) -> bool:
    """Whether mlx-lm has a model for what config.json declares. False too where mlx-lm is not installed."""
    model_type: str = config["model_type"]
    for (mapped_type, architecture), module in REMAPPED_ARCHITECTURES.items():
        if model_type == mapped_type and architecture in architectures_of(config):
            return module in _known_types()
    return REMAPPED.get(model_type, model_type) in _known_types()


def architectures_of(config: dict[str, Any]) -> list[str]:
    """The names of classes in config.json."""
    names: object = config.get("architectures")
    return [str(name) for name in cast("list[object]", names)] if isinstance(names, list) else []


@functools.cache
def _known_types() -> frozenset[str]:
    spec = importlib.util.find_spec("mlx_lm")
    if spec is None or not spec.submodule_search_locations:
        return frozenset()
    folder = Path(next(iter(spec.submodule_search_locations))) / "models"
    return frozenset(file.stem for file in folder.glob("*.py*")) - _PARTS
