"""How models are named for a person."""

from __future__ import annotations

import pytest

from backends.contract.models import ModelRef
from desktop.models import words


@pytest.mark.parametrize(
    ("name", "quantization", "shown"),
    [
        ("mlx-community/MiniMax-M2-4bit", "4bit", "MiniMax-M2"),
        ("MiniMaxAI/MiniMax-M2", "none", "MiniMax-M2"),
        ("QuantTrio/MiniMax-M2-AWQ", "Int4", "MiniMax-M2"),
        ("Qwen/Qwen3-8B-MLX-4bit", "4bit", "Qwen3-8B"),
        ("Pocket M2", "4bit", "Pocket M2"),
        ("4bit", "4bit", "4bit"),
        ("SmolLM2-135M-Instruct-4bit", "8bit", "SmolLM2-135M-Instruct-4bit"),
    ],
)
def test_a_model_is_called_by_its_own_name(name: str, quantization: str, shown: str) -> None:
    assert words.model_name(ModelRef(name, "mlx", quantization, "huggingface", "/models")) == shown


def test_a_form_is_named_as_in_the_picker() -> None:
    assert words.quantization(ModelRef("M", "awq", "Int4", "huggingface", "/models")) == "Int4 (AWQ)"
    assert words.quantization(ModelRef("M", "mlx", "4bit", "huggingface", "/models")) == "4-bit"


def test_a_chinese_sentence_brings_its_own_space() -> None:
    assert words.sentences("It is full.", "It is slow.") == "It is full. It is slow."
    assert words.sentences("已满。", "会变慢。") == "已满。会变慢。"
    assert words.sentences("", "It is slow.") == "It is slow."
