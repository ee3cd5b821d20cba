"""What the hubs' tests share: a hub with a small model under a name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.hub.fixtures import hub
from tests.hub.server import Hub

__all__ = ["hub"]

NAME = "org/Some-Model-2.5-4bit"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A repository's folder: small files, one in a folder, and weights that are large enough for a redirect."""
    folder = tmp_path / "repository"
    (folder / "sub").mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "minimax_m2"}')
    (folder / "LICENSE").write_text("Free.")
    (folder / "sub" / "notes & more.txt").write_text("äöü\n")
    header = json.dumps({"w": {"dtype": "U32", "shape": [10, 30], "data_offsets": [0, 1200]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(range(240)) * 5)
    return folder


@pytest.fixture
def filled_hub(hub: Hub, model: Path) -> Hub:
    """The hub with that model under NAME at both sides."""
    hub.add(NAME, model, tags=["mlx", "safetensors"], downloads=7)
    return hub
