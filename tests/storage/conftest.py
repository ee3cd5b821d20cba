"""Small models on disk: real files with real headers, of a size that costs nothing."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONFIG = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "vocab_size": 16,
    "max_position_embeddings": 2048,
}
TENSORS = {"model.embed_tokens.weight": (16, 8), "model.layers.0.x.weight": (8,), "model.layers.1.x.weight": (8,)}


def write_safetensors(file: Path, tensors: dict[str, tuple[int, ...]], made_for: str = "pt") -> None:
    """Write bf16 zeros of these shapes."""
    header: dict[str, Any] = {"__metadata__": {"format": made_for}}
    end = 0
    for name, shape in tensors.items():
        begin, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + bytes(end))


MakeModel = Callable[..., Path]


@pytest.fixture
def make_model() -> MakeModel:
    """A function that makes a model's folder: `make_model(folder, hidden_size=-1)` changes its config."""

    def make(folder: Path, *, made_for: str = "pt", without: str = "", **config: Any) -> Path:
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps({**CONFIG, **config}))
        (folder / "tokenizer.json").write_text("{}")
        write_safetensors(folder / "model.safetensors", TENSORS, made_for)
        if without:
            (folder / without).unlink()
        return folder

    return make
