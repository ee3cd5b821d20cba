# pyright: basic
# basic: mlx-lm and tokenizers are only partly typed.
"""Tiny checkpoints of the real architectures, made in a moment, with a byte-level tokenizer."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from backends.contract.chat import GenerationOptions, Message, user_message
from backends.contract.commands import Generate
from backends.contract.events import GenerationFinished, ModelLoaded, PrefillProgress
from backends.contract.models import ModelRef
from backends.engines.base import EngineOutput, TextPiece
from backends.engines.mlx_engine import MlxEngine
from backends.engines.mlx_library import mx, quantize_model, save_config, save_model, tree_flatten

SPECIAL = ["]~!b[", "]~b]", "[e~["]
MARKERS = ["<think>", "</think>", "<minimax:tool_call>", "</minimax:tool_call>"]
VOCABULARY = 256 + len(SPECIAL) + len(MARKERS)

TEMPLATE = (
    "{#- <minimax:tool_call> -#}]~!b[{% if tools %}{{ tools | tojson }}{% endif %}"
    "{% for message in messages %}]~b]{{ message.role }}\n"
    "{% if message.reasoning_content %}<think>\n{{ message.reasoning_content }}</think>{% endif %}"
    "{{ message.content }}[e~[\n{% endfor %}]~b]ai\n<think>\n"
)

MINIMAX = {
    "model_type": "minimax_m2",
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 4096,
    "num_experts_per_tok": 2,
    "num_local_experts": 4,
    "shared_intermediate_size": 0,
    "num_hidden_layers": 2,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000,
    "rotary_dim": 8,
    "vocab_size": VOCABULARY,
    "eos_token_id": None,
}

LLAMA = {
    "model_type": "llama",
    "hidden_size": 320,
    "intermediate_size": 64,
    "num_attention_heads": 4,
    "num_hidden_layers": 1,
    "rms_norm_eps": 1e-6,
    "vocab_size": VOCABULARY,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
}


def write_tokenizer(folder: Path, template: str | None = TEMPLATE) -> PreTrainedTokenizerFast:
    """A tokenizer of single bytes, M2's special tokens and M2's markers."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE(vocab={char: number for number, char in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(text, special=True) for text in SPECIAL])
    backend.add_tokens([AddedToken(text, normalized=False) for text in MARKERS])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="[e~[")
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return tokenizer


def write_model(folder: Path, config: Mapping[str, Any], bits: int | None = None) -> Path:
    """A checkpoint with random weights and a tokenizer; `bits` quantizes it."""
    module = importlib.import_module(
        "mlx_lm.models." + ("minimax" if config["model_type"] == "minimax_m2" else "llama")
    )
    mx.random.seed(7)
    model = module.Model(module.ModelArgs.from_dict(dict(config)))
    written = dict(config)
    if bits is not None:
        model, written = quantize_model(model, written, 64, bits)
    write_tokenizer(folder)
    save_model(folder, model)
    save_config(written, folder / "config.json")
    (folder / "generation_config.json").write_text(json.dumps({"do_sample": False}))
    return folder


@pytest.fixture(scope="session")
def minimax_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny minimax_m2 in float32."""
    return write_model(tmp_path_factory.mktemp("minimax"), MINIMAX)


@pytest.fixture(scope="session")
def quantized_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny minimax_m2 in 4 bits."""
    return write_model(tmp_path_factory.mktemp("quantized"), MINIMAX, bits=4)


@pytest.fixture
def copy_of_minimax(minimax_folder: Path, tmp_path: Path) -> Path:
    """One to be damaged."""
    return Path(shutil.copytree(minimax_folder, tmp_path / "model"))


@pytest.fixture
def scripted_folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes llamas that write a given text: each token is followed by one fixed token, the newline by the first.

    So every byte and marker may stand in the text only once. After its last the model ends the message.
    """

    def make(text: str, template: str | None = TEMPLATE, ends: bool = True) -> Path:
        folder = write_model(tmp_path / "scripted", LLAMA)
        tokenizer = write_tokenizer(folder, template)
        script = tokenizer.encode("\n" + text, add_special_tokens=False)
        assert len(set(script)) == len(script)
        following = dict(zip(script, script[1:] + script[-1:], strict=True))
        if ends:
            following[script[-1]] = VOCABULARY - len(MARKERS) - 1
        weights = mx.load(str(folder / "model.safetensors"))
        assert isinstance(weights, dict)
        weights = {
            name: mx.zeros_like(value) if "proj" in name or "norm" not in name else value
            for name, value in weights.items()
        }
        hidden = LLAMA["hidden_size"]
        weights["model.embed_tokens.weight"] = mx.eye(VOCABULARY, hidden)
        head = mx.zeros((VOCABULARY, hidden))
        for token, then in following.items():
            head[then, token] = 1.0
        weights["lm_head.weight"] = head
        mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "mlx"})
        return folder

    return make


def reference(folder: Path, quantization: str = "none") -> ModelRef:
    """A folder as a person picks it."""
    return ModelRef(folder.name, "mlx", quantization, "folder", str(folder))


def load(folder: Path, engine: MlxEngine | None = None) -> MlxEngine:
    """Load without watching."""
    engine = engine or MlxEngine()
    load_watched(engine, folder)
    return engine


def load_watched(engine: MlxEngine, folder: Path) -> ModelLoaded:
    """Load and return what the engine says of it."""
    return engine.load(reference(folder), folder / "unused", lambda _: None, lambda: False)


class Answer:
    """What came out of one generation."""

    def __init__(self, outputs: list[EngineOutput]) -> None:
        self.pieces = [output for output in outputs if isinstance(output, TextPiece)]
        self.text = "".join(piece.text for piece in self.pieces)
        self.prefill = [output for output in outputs if isinstance(output, PrefillProgress)]
        [self.finished] = [output for output in outputs if isinstance(output, GenerationFinished)]
        assert outputs[-1] is self.finished
        self.usage = self.finished.usage


def ask(
    engine: MlxEngine,
    messages: str | tuple[Message, ...],
    cancelled: Callable[[], bool] = lambda: False,
    **options: Any,
) -> Answer:
    """Generate to the end."""
    if isinstance(messages, str):
        messages = (user_message(messages),)
    request = Generate(messages, options=GenerationOptions(**options))
    return Answer(list(engine.generate(request, cancelled)))


def flat_names(model: Any) -> list[str]:
    """The names of a model's parameters."""
    return [name for name, _ in tree_flatten(model.parameters())]
