# pyright: basic
# basic: mlx-lm and transformers are only partly typed.
"""The oracle: MLX and Transformers, as our engines load them, say the same of the same checkpoint in float32."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import GenerationOptions, user_message
from backends.contract.commands import Generate
from backends.contract.models import ModelRef
from backends.contract.tools import ToolInfo
from backends.engines.base import TextPiece
from backends.engines.mlx_engine import MlxEngine
from backends.engines.mlx_library import mx
from backends.storage.library import POCKET_FOLDER
from backends.tools.builtin import builtin_tools

pytestmark = pytest.mark.torch

TOOLS = tuple(tool.info for tool in builtin_tools())
NEW_TOKENS = 30
QUESTIONS = (
    "What is 37 * 48?", "Hello", "What time is it in Shanghai?", "12.5 千米是多少英里？", "Show me a table",
    "Who are you?", "What is 9 - 12?", "你好", "现在东京几点？", "Convert 3 miles to kilometres", "Thank you",
    "What can you do?", "What is 1000 / 8?", "Tell me a story", "How many grams are 2 pounds?", "17 加 25 等于几？",
    "Write a haiku about rain", "What is the weather in Paris?", "Good night 😀", "2^10",
)  # fmt: skip


@pytest.fixture(scope="module")
def torch() -> Any:
    """Not there in the default set-up, so that a plain import would trouble the type checker."""
    module: Any = importlib.import_module("torch")
    module.set_num_threads(1)
    return module


def loaded_in_both(folder: Path) -> tuple[MlxEngine, Any]:
    engines = MlxEngine(), importlib.import_module("backends.engines.transformers_engine").TransformersEngine()
    for engine in engines:
        model = ModelRef("M2", "pytorch", "none", "folder", str(folder))
        engine.load(model, folder, lambda _: None, lambda: False)
    return engines


@pytest.fixture(scope="module")
def as_shipped(torch: Any) -> tuple[MlxEngine, Any]:
    """Pocket M2 in both engines."""
    return loaded_in_both(POCKET_FOLDER)


def tools_for(question: str) -> tuple[ToolInfo, ...]:
    """Tools make the prompt ten times as long: for some questions only."""
    return TOOLS if question in QUESTIONS[:4] else ()


def write(engine: Any, question: str) -> str:
    options = GenerationOptions(max_tokens=NEW_TOKENS, temperature=0.0, ignore_end=True)
    outputs = engine.generate(Generate((user_message(question),), tools_for(question), options), lambda: False)
    return "".join(output.text for output in outputs if isinstance(output, TextPiece))


def check_logits(torch: Any, mlx_engine: Any, other: Any, tokens: list[int]) -> None:
    """All logits agree within a ten-thousandth of the largest, and so does the likeliest token everywhere."""
    written: Any = mlx_engine._loaded.model(mx.array([tokens]))[0]
    with torch.inference_mode():
        expected: Any = mx.array(other._loaded.model(torch.tensor([tokens])).logits[0].numpy())
    furthest: Any = mx.abs(written - expected).max()
    largest: Any = mx.abs(expected).max()
    assert furthest.item() <= 1e-4 * largest.item()
    assert mx.argmax(written, -1).tolist() == mx.argmax(expected, -1).tolist()


def test_there_are_twenty_prompts() -> None:
    assert len(set(QUESTIONS)) == 20


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_engines_write_the_same(torch: Any, as_shipped: tuple[MlxEngine, Any], question: str) -> None:
    texts = [write(engine, question) for engine in as_shipped]
    assert texts[0] == texts[1]
    assert texts[0]
    prompting = as_shipped[0]._prompting
    assert prompting is not None
    prompt = prompting.render((user_message(question),), tools_for(question)).tokens
    check_logits(torch, *as_shipped, [*prompt, *as_shipped[1]._loaded.tokenizer.encode(texts[0])])


def test_both_engines_read_fp8_blocks_alike(torch: Any, mission_forms: Path) -> None:
    engines = loaded_in_both(mission_forms / "pytorch-none")
    assert write(engines[0], QUESTIONS[0]) == write(engines[1], QUESTIONS[0])
    # Beyond that they differ: MLX unpacks FP8 into bf16. Here it is exact.
    files: Any = importlib.import_module("safetensors.torch")
    tensors = {}
    for file in (mission_forms / "pytorch-none").glob("*.safetensors"):
        tensors |= files.load_file(file)

    def unpacked(name: str) -> Any:
        scales = tensors[f"{name}_scale_inv"].repeat_interleave(128, 0).repeat_interleave(128, 1)
        return tensors[name].float() * scales

    layer = engines[1]._loaded.model.model.layers[2]
    assert torch.equal(layer.self_attn.q_proj.weight, unpacked("model.layers.2.self_attn.q_proj.weight"))
    expert = unpacked("model.layers.2.block_sparse_moe.experts.5.w3.weight")
    assert torch.equal(layer.mlp.experts.gate_up_proj[5, 128:], expert)


def test_the_shipped_model_is_a_minimax_m2() -> None:
    assert json.loads((POCKET_FOLDER / "config.json").read_text())["model_type"] == "minimax_m2"
