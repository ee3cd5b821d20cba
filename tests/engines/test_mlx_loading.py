# pyright: basic
# basic: checkpoints are taken apart with mlx's untyped functions.
"""Loading: what it reports, how it is stopped, and what it says of files that are not right."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.errors import MinimError, RequestStopped
from backends.engines import mlx_loading
from backends.engines.mlx_library import mx


def rewrite_config(folder: Path, **changes: Any) -> None:
    file = folder / "config.json"
    config = json.loads(file.read_text())
    config.update(changes)
    file.write_text(json.dumps({key: value for key, value in config.items() if value != "left out"}))


def rewrite_weights(folder: Path, change: Callable[[dict[str, mx.array]], None]) -> None:
    file = folder / "model.safetensors"
    weights: Any = mx.load(str(file))
    change(weights)
    mx.eval(weights)
    mx.save_safetensors(str(file), weights, metadata={"format": "mlx"})
    (folder / "model.safetensors.index.json").unlink()


def test_progress_is_monotone_and_complete(session: Any, quantized_folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(mlx_loading, "_REPORT_SECONDS", 0.0)
    loaded = session.load(quantized_folder)
    done = [progress.done_bytes for progress in session.progress]
    total = session.progress[0].total_bytes
    assert (done[0], done[-1]) == (0, total)
    assert len(done) > 10
    assert done == sorted(done)
    assert {(progress.phase, progress.total_bytes) for progress in session.progress} == {("reading", total)}
    assert (loaded.engine, loaded.dialect, loaded.context_length) == ("MLX", "minimax-m2", 4096)
    assert loaded.supports_tools
    assert loaded.memory_bytes > total


def test_a_folder_s_name_is_no_pattern(session: Any, minimax_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "模型 [4bit]*"
    shutil.copytree(minimax_folder, folder)
    session.load(folder)


def test_scales_are_float32_on_a_cpu(session: Any, quantized_folder: Path) -> None:
    session.load(quantized_folder)
    parameters = session.engine._loaded.model.lm_head.parameters()
    assert (parameters["scales"].dtype, parameters["weight"].dtype) == (mx.float32, mx.uint32)


def test_half_precision_experts_run_on_a_cpu(session: Any, copy_of_minimax: Path) -> None:
    def halve(weights: dict[str, mx.array]) -> None:
        weights.update({name: value.astype(mx.bfloat16) for name, value in weights.items()})

    rewrite_weights(copy_of_minimax, halve)
    session.load(copy_of_minimax)
    assert session.ask("hi", max_tokens=3).usage.generated_tokens == 3


@pytest.mark.parametrize("looks", [0, 1, 5])
def test_a_load_is_cancelled_between_tensors(session: Any, minimax_folder: Path, after: Any, looks: int) -> None:
    session.load(minimax_folder)
    with pytest.raises(RequestStopped):
        session.load(minimax_folder, cancelled=after(looks))
    with pytest.raises(MinimError) as caught:
        session.ask("hi")
    assert caught.value.kind == "no_model"
    session.load(minimax_folder)
    assert session.ask("hi", max_tokens=2).usage.generated_tokens == 2


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


def truncate(folder: Path) -> None:
    file = folder / "model.safetensors"
    os.truncate(file, file.stat().st_size - 100)


def drop_tensor(weights: dict[str, mx.array]) -> None:
    del weights["model.norm.weight"]


def add_tensor(weights: dict[str, mx.array]) -> None:
    weights["model.nonsense"] = mx.zeros((2,))


def misshape(weights: dict[str, mx.array]) -> None:
    weights["model.norm.weight"] = mx.zeros((3,))


def no_index(change: Callable[[Path], object]) -> Callable[[Path], None]:
    def both(folder: Path) -> None:
        (folder / "model.safetensors.index.json").unlink()
        change(folder)

    return both


DAMAGES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no config": (remove("config.json"), "not_a_model", "config.json"),
    "config is no JSON": (write("config.json", "{"), "damaged_model", "config.json"),
    "config is a list": (write("config.json", "[]"), "damaged_model", "config.json"),
    "no model_type": (lambda f: rewrite_config(f, model_type=None), "damaged_model", "model_type"),
    "unknown type": (lambda f: rewrite_config(f, model_type="frobnicator"), "unsupported_model", "frobnicator"),
    "a module that is no model": (lambda f: rewrite_config(f, model_type="cache"), "unsupported_model", "cache"),
    "type is a path": (lambda f: rewrite_config(f, model_type="..x"), "unsupported_model", "code"),
    "own code": (lambda f: rewrite_config(f, model_file="x.py"), "unsupported_model", "code"),
    "absurd layers": (lambda f: rewrite_config(f, num_hidden_layers=10**9), "damaged_model", "num_hidden_layers"),
    "negative size": (lambda f: rewrite_config(f, hidden_size=-3), "damaged_model", "hidden_size is -3"),
    "a size that crashes mlx": (lambda f: rewrite_config(f, head_dim=1), "damaged_model", "head_dim is 1"),
    "a flag is a number": (lambda f: rewrite_config(f, tie_word_embeddings=1), "damaged_model", "tie_word_embeddings"),
    "size is text": (lambda f: rewrite_config(f, vocab_size="many"), "damaged_model", "vocab_size"),
    "a size is missing": (lambda f: rewrite_config(f, rotary_dim="left out"), "damaged_model", "rotary_dim"),
    "another size": (lambda f: rewrite_config(f, vocab_size=300), "damaged_model", "embed_tokens"),
    "no weights": (no_index(remove("model.safetensors")), "damaged_model", "model.safetensors"),
    "a shard is missing": (remove("model.safetensors"), "damaged_model", "model.safetensors is missing"),
    "truncated": (truncate, "damaged_model", "model.safetensors is truncated"),
    "header is rubbish": (write("model.safetensors", "x" * 99), "damaged_model", "model.safetensors is truncated"),
    "LFS pointer": (write("model.safetensors", "version https://…"), "damaged_model", "Git LFS"),
    "tensor missing": (lambda f: rewrite_weights(f, drop_tensor), "damaged_model", "model.norm.weight"),
    "tensor unknown": (lambda f: rewrite_weights(f, add_tensor), "damaged_model", "model.nonsense"),
    "tensor misshapen": (lambda f: rewrite_weights(f, misshape), "damaged_model", "model.norm.weight"),
    "no tokenizer": (remove("tokenizer.json"), "damaged_model", "tokenizer.json is missing"),
    "tokenizer is rubbish": (write("tokenizer.json", '{"model": 3}'), "damaged_model", "tokenizer"),
    "no template": (remove("chat_template.jinja"), "unsupported_model", "chat template"),
    "generation_config": (write("generation_config.json", "{"), "damaged_model", "generation_config.json"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_said_in_words_and_by_file(session: Any, copy_of_minimax: Path, name: str) -> None:
    damage, kind, words = DAMAGES[name]
    damage(copy_of_minimax)
    with pytest.raises(MinimError) as caught:
        session.load(copy_of_minimax)
    assert caught.value.kind == kind
    assert words in caught.value.message
    assert str(copy_of_minimax) in caught.value.message
    assert caught.value.hint


def lose_an_expert(weights: dict[str, mx.array]) -> None:
    del weights["model.layers.1.block_sparse_moe.experts.3.w1.weight"]


def add_an_expert(weights: dict[str, mx.array]) -> None:
    weights[f"{EXPERTS}4.w1.weight"] = weights[f"{EXPERTS}0.w1.weight"]


def misshape_an_expert(weights: dict[str, mx.array]) -> None:
    weights[f"{EXPERTS}2.w3.weight"] = mx.zeros((64, 32))


EXPERTS = "model.layers.0.block_sparse_moe.experts."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lose_an_expert, "experts.3.w1.weight missing"),
        (add_an_expert, "no place for model.layers.0.block_sparse_moe.experts.4.w1.weight"),
        (misshape_an_expert, "experts.2.w3.weight is 64×32 and should be 64×64"),
    ],
)
def test_an_expert_too_few_too_many_or_misshapen_is_refused_by_name(
    session: Any, copy_of_published: Path, change: Callable[[dict[str, mx.array]], None], words: str
) -> None:
    file = copy_of_published / "model.safetensors"
    weights: Any = mx.load(str(file))
    session.load(copy_of_published)
    change(weights)
    mx.eval(weights)
    mx.save_safetensors(str(file), weights, metadata={"format": "pt"})
    with pytest.raises(MinimError) as caught:
        session.load(copy_of_published)
    assert caught.value.kind == "damaged_model"
    assert words in caught.value.message


def test_more_weights_than_memory_is_refused_before_reading(
    session: Any, minimax_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = mlx_loading.psutil.virtual_memory()._replace(available=1000, total=1000)
    monkeypatch.setattr(mlx_loading.psutil, "virtual_memory", lambda: memory)
    with pytest.raises(MinimError, match="GiB") as caught:
        session.load(minimax_folder)
    assert caught.value.kind == "out_of_memory"
    assert session.progress == []


def test_importing_mlx_lm_keeps_the_limit_of_open_files() -> None:
    code = (
        "import resource; before = (1000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]);"
        "resource.setrlimit(resource.RLIMIT_NOFILE, before);"
        "import backends.engines.mlx_engine;"
        "assert resource.getrlimit(resource.RLIMIT_NOFILE) == before;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (500, before[1]));"
        "assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 500"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stderr) == (0, "")
