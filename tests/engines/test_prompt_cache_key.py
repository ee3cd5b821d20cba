"""The key of a model: equal for what is equal, another as soon as anything differs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.engines.prompt_cache_key import model_key

CHANGES: list[Callable[[Path], object]] = [
    lambda folder: (folder / "config.json").write_text('{"quantization": {"bits": 8}}'),
    lambda folder: (folder / "tokenizer.json").write_text("{ }"),
    lambda folder: (folder / "model-1.safetensors").unlink(),
    lambda folder: (folder / "model-1.safetensors").rename(folder / "model-2.safetensors"),
    lambda folder: (folder / "model-0.safetensors").write_bytes(bytes(40)),
    lambda folder: os.utime(folder / "model-0.safetensors", (1, 1)),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text('{"quantization": {"bits": 4}}')
    (tmp_path / "tokenizer.json").write_text("{}")
    header = b'{"w": {}}'
    for number in range(2):
        (tmp_path / f"model-{number}.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(9))
    return tmp_path


def test_the_same_model_has_the_same_key(folder: Path) -> None:
    (folder / "README.md").write_text("Hello")
    key = model_key(folder, "cpu", "0.32.4")
    (folder / "README.md").write_text("Goodbye")
    assert model_key(folder, "cpu", "0.32.4") == key
    assert len(key) == 64


@pytest.mark.parametrize("change", CHANGES)
def test_another_model_has_another_key(folder: Path, change: Callable[[Path], object]) -> None:
    key = model_key(folder, "cpu", "0.32.4")
    change(folder)
    assert model_key(folder, "cpu", "0.32.4") != key


def test_other_libraries_and_another_device_have_another_key(folder: Path) -> None:
    keys = {model_key(folder, *more) for more in [("cpu", "1"), ("accelerator", "1"), ("cpu", "2"), ("cpu1", "")]}
    assert len(keys) == 4


def test_a_header_counts_even_where_size_and_time_are_equal(folder: Path) -> None:
    key = model_key(folder)
    file = folder / "model-0.safetensors"
    about = file.stat()
    file.write_bytes(file.read_bytes().replace(b'"w"', b'"v"'))
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert model_key(folder) != key
