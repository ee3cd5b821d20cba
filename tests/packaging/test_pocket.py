"""The built-in model: its folder is whole and small, its template is what it was taught with, and it answers in MLX."""
# pyright: standard, reportMissingImports=false
# mlx-lm is partly typed; the trainer's modules are found at run time.

from __future__ import annotations

import importlib
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
POCKET = ROOT / "resources" / "pocket"
MARKERS = ("]~!b[", "]~b]", "[e~[", "<think>", "</think>", "<minimax:tool_call>", "</minimax:tool_call>")


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import modules of packaging/pocket, which are scripts beside one another rather than a package."""
    monkeypatch.syspath_prepend(str(ROOT / "packaging" / "pocket"))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and "packaging/pocket" in str(sys.modules[name].__file__):
            del sys.modules[name]


def read(name: str) -> dict[str, Any]:
    return json.loads((POCKET / name).read_text(encoding="utf-8"))


def test_folder_is_whole_and_small() -> None:
    sizes = {file.name: file.stat().st_size for file in POCKET.iterdir() if file.is_file()}
    assert {"model.safetensors", "tokenizer.json", "chat_template.jinja", "README.md"} <= set(sizes)
    assert sum(sizes.values()) < 12_000_000


def test_config_is_that_of_minimax_m2() -> None:
    config, generation, minim = read("config.json"), read("generation_config.json"), read("minim.json")
    assert config["model_type"] == "minimax_m2"
    assert config["architectures"] == ["MiniMaxM2ForCausalLM"]
    assert config["max_position_embeddings"] == 196608
    assert config["hidden_size"] % 128 == config["intermediate_size"] % 128 == config["vocab_size"] % 128 == 0
    assert generation["do_sample"] is False
    assert isinstance(generation["eos_token_id"], int)
    assert minim["quantizations"] == ["3bit", "4bit", "5bit", "6bit", "8bit"]


def test_digits_and_markers_are_single_tokens() -> None:
    tokenizer = importlib.import_module("tokenizers").Tokenizer.from_file(str(POCKET / "tokenizer.json"))
    assert [len(tokenizer.encode(marker).ids) for marker in MARKERS] == [1] * len(MARKERS)
    assert len(tokenizer.encode("1776").ids) == 4
    text = "Grüße, 你好, 🙂 \x00\n\t]~b]ai"
    assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text
    kept = tokenizer.decode(tokenizer.encode("<think>a</think>[e~[").ids, skip_special_tokens=True)
    assert kept == "<think>a</think>"


def test_training_text_is_the_templates(trainer: Any) -> None:
    rendering, dialogues = trainer("rendering"), trainer("dialogues")
    rng = random.Random(7)
    for _ in range(60):
        tools, system = dialogues.make_root(rng)
        dialogue = dialogues.make_dialogue(rng, tools, system)
        past = rendering.root_text(tools, system)
        messages = [{"role": "system", "content": system}] if system else []
        for turn in dialogue.turns:
            running = past + rendering.user_text(turn)
            pieces = rendering.taught_pieces(turn)
            running += "".join(piece.text for piece in pieces)
            messages += turn.messages()
            assert rendering.render(messages, tools) == running
            past += rendering.user_text(turn) + rendering.past_text(turn)


def test_template_bears_odd_messages(trainer: Any) -> None:
    render = trainer("rendering").render
    call = {"name": "clock", "arguments": {}}
    odd = [
        {"role": "user", "content": [{"type": "text", "text": "hi"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "noon"},
        {"role": "tool", "content": "one"},
    ]
    text = render(odd, (), True)
    assert "None" not in text
    assert "]~b]user\nhi[e~[" in text
    assert text.endswith("]~b]tool\n<response>noon</response>\n<response>one</response>[e~[\n]~b]ai\n<think>\n")


@pytest.mark.parametrize("bits", [None, 8, 6, 5, 4, 3])
def test_calls_the_calculator_at_every_width(trainer: Any, bits: int | None) -> None:
    pytest.importorskip("mlx_lm", reason="MLX does not run here")
    evaluate, render = trainer("evaluate"), trainer("rendering").render
    built_in = trainer("tool_schemas").BUILT_IN
    examinee = evaluate.Examinee(POCKET, bits)
    messages: list[dict[str, Any]] = [{"role": "user", "content": "What is 37 * 48?"}]
    reasoning, content, calls = evaluate.read(examinee.say(render(messages, built_in, True)))
    assert calls == [("calculator", {"expression": "37 * 48"})]
    assert reasoning
    call = {"function": {"name": "calculator", "arguments": {"expression": "37 * 48"}}}
    messages += [
        {"role": "assistant", "content": content, "reasoning_content": reasoning, "tool_calls": [call]},
        {"role": "tool", "content": "1776"},
    ]
    assert evaluate.read(examinee.say(render(messages, built_in, True)))[1] == "37 * 48 = **1776**"
