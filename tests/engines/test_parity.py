# pyright: basic
# basic: mlx-lm and transformers are only partly typed.
"""The oracle: Pocket M2 in MLX and in Transformers' own MiniMaxM2ForCausalLM says the same, in float32."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

POCKET = Path(__file__).resolve().parents[2] / "resources" / "pocket"
QUESTIONS = ("What is 37 * 48?", "Hello", "What time is it in Shanghai?", "12.5 千米是多少英里？", "Show me a table")
NEW_TOKENS = 40


@pytest.fixture
def torch() -> Any:
    """Not there in the default set-up, so that a plain import would trouble the type checker."""
    return importlib.import_module("torch")


@pytest.mark.torch
def test_mlx_and_transformers_agree_on_pocket_m2(torch: Any) -> None:
    import mlx.core as mx
    from mlx_lm.utils import load_model, load_tokenizer

    torch.set_num_threads(1)
    reference, _ = _in_transformers(torch)
    model, _ = load_model(POCKET, lazy=True)
    model.set_dtype(mx.float32)
    tokenizer = load_tokenizer(POCKET)
    for question in QUESTIONS:
        prompt = tokenizer.apply_chat_template([{"role": "user", "content": question}], add_generation_prompt=True)
        tokens = list(prompt)
        with torch.no_grad():
            expected = reference.generate(
                torch.tensor([tokens]), max_new_tokens=NEW_TOKENS, do_sample=False, use_mtp=False
            )[0].tolist()
            logits = reference(torch.tensor([expected])).logits[0].numpy()
        written: Any = model(mx.array([expected]))[0]
        assert mx.abs(written - mx.array(logits)).max().item() <= 1e-4 * abs(logits).max(), question
        predicted: Any = mx.argmax(written, axis=-1).tolist()
        assert predicted[len(tokens) - 1 : -1] == expected[len(tokens) :], question


@pytest.mark.torch
def test_transformers_loads_pocket_m2_whole(torch: Any) -> None:
    """No tensor is missing from the checkpoint, none is left over."""
    _, info = _in_transformers(torch)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert json.loads((POCKET / "config.json").read_text())["model_type"] == "minimax_m2"


def _in_transformers(torch: Any) -> tuple[Any, dict[str, Any]]:
    """Pocket M2 in Transformers, float32, and what its loader had to say."""
    from transformers import AutoModelForCausalLM

    loaded: Any = AutoModelForCausalLM.from_pretrained(
        POCKET, dtype=torch.float32, output_loading_info=True, trust_remote_code=False
    )
    return loaded
