# pyright: basic
# basic: mlx-lm and tokenizers are only partly typed.
"""Tiny checkpoints of the real architectures, made in a moment, with a byte-level tokenizer."""

from __future__ import annotations

import importlib
import itertools
import json
import shutil
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from backends.contract.chat import GenerationOptions, Message, user_message
from backends.contract.commands import Generate
from backends.contract.events import GenerationFinished, LoadProgress, ModelLoaded, PrefillProgress
from backends.contract.models import ModelFormat, ModelRef, ModelSource
from backends.contract.tools import ToolInfo
from backends.engines.base import EngineOutput, TextPiece
from backends.engines.mlx_engine import MlxEngine
from backends.engines.mlx_library import mx, quantize_model, save_config, save_model
from tests.hub.fixtures import mission_forms

__all__ = ["mission_forms"]

SPECIAL = ["]~!b[", "]~b]"]
MARKERS = ["<think>", "</think>", "<minimax:tool_call>", "</minimax:tool_call>"]
VOCABULARY = 256 + len(SPECIAL) + 1 + len(MARKERS)

TEMPLATE = (
    "{#- <minimax:tool_call> -#}]~!b[{% if tools %}{{ tools | tojson }}{% endif %}"
    "{% for message in messages %}]~b]{{ message.role }}\n"
    "{% if message.reasoning_content %}<think>\n{{ message.reasoning_content }}</think>{% endif %}"
    "{{ message.content }}[e~[\n{% endfor %}]~b]ai\n<think>{{ '\n' }}"
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
    "bos_token_id": None,
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


def write_tokenizer(folder: Path, end: str = "[e~[") -> PreTrainedTokenizerFast:
    """A tokenizer of single bytes, M2's special tokens and M2's markers; `end` is what ends a message."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE(vocab={char: number for number, char in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(text, special=True) for text in (*SPECIAL, end)])
    backend.add_tokens([AddedToken(text, normalized=False) for text in MARKERS])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token=end)
    tokenizer.chat_template = TEMPLATE
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


@pytest.fixture(scope="session")
def published_folder(minimax_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny minimax_m2 with the keys that MiniMax publishes, which both engines read: each expert by itself."""
    folder = Path(shutil.copytree(minimax_folder, tmp_path_factory.mktemp("published") / "model"))
    weights: Any = mx.load(str(folder / "model.safetensors"))
    published: dict[str, mx.array] = {}
    for name, value in weights.items():
        stem, _, end = name.replace(".mlp.", ".block_sparse_moe.").partition(".switch_mlp.")
        if not end:
            published[stem] = value
            continue
        place = {"gate_proj.weight": "w1", "down_proj.weight": "w2", "up_proj.weight": "w3"}[end]
        for number, expert in enumerate(value):
            published[f"{stem}.experts.{number}.{place}.weight"] = mx.array(expert)
    mx.eval(published)  # before their file is written over
    mx.save_safetensors(str(folder / "model.safetensors"), published, metadata={"format": "pt"})
    (folder / "model.safetensors.index.json").unlink()
    return folder


@pytest.fixture
def copy_of_published(published_folder: Path, tmp_path: Path) -> Path:
    """One to be damaged."""
    return Path(shutil.copytree(published_folder, tmp_path / "published"))


@pytest.fixture
def scaled_folder(tmp_path: Path) -> Path:
    """A llama whose RoPE computes its frequencies lazily when it is built."""
    scaling = {
        "rope_type": "llama3",
        "factor": 8.0,
        "high_freq_factor": 4.0,
        "low_freq_factor": 1.0,
        "original_max_position_embeddings": 2048,
    }
    return write_model(tmp_path / "scaled", {**LLAMA, "rope_theta": 500000.0, "rope_scaling": scaling})


@pytest.fixture
def copy_of_minimax(minimax_folder: Path, tmp_path: Path) -> Path:
    """One to be damaged."""
    return Path(shutil.copytree(minimax_folder, tmp_path / "model"))


@pytest.fixture
def scripted_folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes llamas that write a given text: each token is followed by one fixed token, the newline by the first.

    So what a token is followed by must be the same wherever it stands. After the last the model ends its message,
    unless that token has stood before.
    """

    def make(text: str, end: str = "[e~[") -> Path:
        folder = write_model(tmp_path / "scripted", LLAMA)
        tokenizer = write_tokenizer(folder, end)
        script = tokenizer.encode("\n" + text, add_special_tokens=False)
        following = dict(itertools.pairwise(script))
        assert all(following[one] == then for one, then in itertools.pairwise(script))
        following.setdefault(script[-1], tokenizer.convert_tokens_to_ids(end))  # pyright: ignore[reportArgumentType] one token
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
        mx.eval(weights)  # before its file is written over
        mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "mlx"})
        return folder

    return make


def reference(
    folder: Path, quantization: str = "none", source: ModelSource = "folder", model_format: ModelFormat = "mlx"
) -> ModelRef:
    """A folder as a person picks it."""
    return ModelRef(folder.name, model_format, quantization, source, str(folder))


class Session:
    """An engine as the worker uses it, with what it reported of loading."""

    def __init__(self, engine: Any = None) -> None:
        self.engine = MlxEngine() if engine is None else engine
        self.progress: list[LoadProgress] = []

    def load(
        self,
        model: Path | ModelRef,
        prepared: Path = Path("nowhere"),
        cancelled: Callable[[], bool] = lambda: False,
    ) -> ModelLoaded:
        """Load a folder."""
        if isinstance(model, Path):
            model = reference(model)
        self.progress.clear()
        return self.engine.load(model, prepared, self.progress.append, cancelled)

    def ask(
        self,
        messages: str | tuple[Message, ...],
        tools: tuple[ToolInfo, ...] = (),
        cancelled: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> Answer:
        """Generate to the end."""
        return Answer(list(self.start(messages, tools, cancelled, **options)))

    def start(
        self,
        messages: str | tuple[Message, ...],
        tools: tuple[ToolInfo, ...] = (),
        cancelled: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> Generator[EngineOutput, None, None]:
        """Generate output by output."""
        if isinstance(messages, str):
            messages = (user_message(messages),)
        request = Generate(messages, tools, GenerationOptions(**options))
        yield from self.engine.generate(request, cancelled)


class Answer:
    """What came out of one generation."""

    def __init__(self, outputs: list[EngineOutput]) -> None:
        self.pieces = [output for output in outputs if isinstance(output, TextPiece)]
        self.text = "".join(piece.text for piece in self.pieces)
        self.prefill = [output for output in outputs if isinstance(output, PrefillProgress)]
        [self.finished] = [output for output in outputs if isinstance(output, GenerationFinished)]
        assert outputs[-1] is self.finished
        self.reason = self.finished.reason
        self.usage = self.finished.usage


class After:
    """A `cancelled` that is true from its n-th look on."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.fixture
def session() -> Session:
    """An engine with nothing loaded."""
    return Session()


@pytest.fixture
def new_session() -> type[Session]:
    """Makes further engines."""
    return Session


@pytest.fixture
def after() -> type[After]:
    """Makes a `cancelled`: after(3) is true from its fourth look on."""
    return After


@pytest.fixture
def refer() -> Callable[..., ModelRef]:
    """Makes a ModelRef from a folder, a quantization and a source."""
    return reference
