"""The mission's repositories stand on both hubs under their real names, and hold what their names say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.hub.asking import ask
from tests.hub.mission import EXTRA, GATED, PRIVATE, WIDTHS
from tests.hub.server import Hub, Side

MLX = {f"mlx-community/MiniMax-M2-{width}" for width in WIDTHS}


def told_by(address: str, path: str) -> Any:
    """What the hub says, from JSON."""
    return json.loads(ask(address, path).body)


@pytest.mark.parametrize(
    ("side", "names"),
    [
        ("huggingface", {"MiniMaxAI/MiniMax-M2", "QuantTrio/MiniMax-M2-AWQ"}),
        ("modelscope", {"MiniMax/MiniMax-M2", "tclf90/MiniMax-M2-AWQ"}),
    ],
)
def test_the_names(mission_hub: Hub, side: Side, names: set[str]) -> None:
    assert {repository.name for repository in mission_hub.all(side)} == names | MLX | {GATED, EXTRA, PRIVATE}


def test_searches(mission_hub: Hub) -> None:
    found = told_by(mission_hub.huggingface_endpoint, "/api/models?search=minimax-m2&filter=mlx&sort=downloads")
    assert [one["id"] for one in found] == [f"mlx-community/MiniMax-M2-{width}" for width in WIDTHS]
    found = told_by(mission_hub.modelscope_endpoint, "/openapi/v1/models?search=Chat")["data"]["models"]
    assert [(one["id"], one["gated"]) for one in found] == [(GATED, True), (EXTRA, False)]


def test_the_original_comes_in_several_files_and_in_fp8(mission_hub: Hub) -> None:
    told = told_by(mission_hub.huggingface_endpoint, "/api/models/MiniMaxAI/MiniMax-M2?blobs=true")
    shards = [one for one in told["siblings"] if one["rfilename"].endswith(".safetensors")]
    assert len(shards) == 3
    assert all(one["lfs"]["size"] == one["size"] for one in shards)
    assert told["safetensors"]["parameters"]["F8_E4M3"] > 1_000_000
