"""A folder that passes for a model, for engines that only replay a script."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.hub.fixtures import hub, mission_forms, mission_hub

__all__ = ["folder", "hub", "mission_forms", "mission_hub"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As much of a model as can be recognized without loading it."""
    made = tmp_path / "tiny-4bit"
    made.mkdir()
    config = {"model_type": "llama", "vocab_size": 4, "quantization": {"group_size": 32, "bits": 4}}
    (made / "config.json").write_text(json.dumps(config))
    (made / "tokenizer.json").write_text("{}")
    header = json.dumps({"lm_head.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (made / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    return made
