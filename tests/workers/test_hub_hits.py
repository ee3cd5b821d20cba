"""What a search found, read from the names and tags that publishers give their repositories."""

from __future__ import annotations

import pytest

from backends.contract.catalog import Source
from backends.hubs.base import Hit
from backends.workers.hub_hits import spec_of


@pytest.mark.parametrize(
    ("repo", "tags", "model_format", "quantization", "billions", "active"),
    [
        ("mlx-community/Qwen3-30B-A3B-4bit", ("mlx",), "mlx", "4bit", 30, 3),
        ("mlx-community/MiniMax-M2-8bit", ("mlx", "8-bit"), "mlx", "8bit", 100, 100),
        ("lmstudio-community/Qwen3-8B-MLX-6bit", ("mlx",), "mlx", "6bit", 8, 8),
        ("mlx-community/Llama-3.2-1B-Instruct-bf16", ("mlx",), "mlx", "bf16", 1, 1),
        ("mlx-community/gpt-oss-20b-MXFP4-Q8", ("mlx", "8-bit"), "mlx", "mxfp4", 20, 20),
        ("QuantTrio/MiniMax-M2-AWQ", ("awq", "4-bit"), "awq", "Int4", 100, 100),
        ("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int8", ("gptq",), "gptq", "none", 7, 7),
        ("Qwen/Qwen3-0.6B", ("transformers",), "pytorch", "none", 0.6, 0.6),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", (), "pytorch", "none", 56, 56),
        ("HuggingFaceTB/SmolLM2-135M-Instruct", (), "pytorch", "none", 0.135, 0.135),
        ("MiniMaxAI/MiniMax-M2", ("transformers", "fp8"), "pytorch", "none", 100, 100),
    ],
)
def test_names_and_tags_are_read(
    repo: str, tags: tuple[str, ...], model_format: str, quantization: str, billions: float, active: float
) -> None:
    spec = spec_of(Hit(Source("huggingface", repo), parameters=100 * 10**9, tags=(*tags, "license:mit"), downloads=7))
    [form] = spec.forms
    assert (form.format, form.quantization) == (model_format, quantization)
    assert (form.size_in_billions, form.active_in_billions) == (pytest.approx(billions), pytest.approx(active))
    assert (spec.name, spec.origin, spec.license, spec.downloads) == (repo, "hub", "mit", 7)


def test_the_hubs_own_size_of_the_weights_goes_before_an_estimate() -> None:
    told = spec_of(Hit(Source("huggingface", "org/Some-4bit"), size_bytes=4_500_000_000, tags=("mlx",)))
    assert told.forms[0].weights_bytes == 4_500_000_000
    assert told.forms[0].size_in_billions == pytest.approx(8)
    estimated = spec_of(Hit(Source("modelscope", "org/Some-8B-4bit"), tags=("mlx",), gated=True))
    assert estimated.forms[0].weights_bytes == pytest.approx(4.5e9)
    assert estimated.gated


def test_numbers_that_cannot_be_meant_are_not_believed() -> None:
    spec = spec_of(Hit(Source("huggingface", f"org/M-{'9' * 80}b"), 10**30, 10**30, 10**30))
    assert spec.downloads == 0
    assert 0 < spec.forms[0].weights_bytes < 2**53
    assert 0 < spec.forms[0].size_in_billions < 1
