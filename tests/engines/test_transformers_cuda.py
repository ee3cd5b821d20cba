# pyright: basic
# basic: torch may be missing, and the sessions are untyped.
"""On a CUDA device: each form that Transformers reads answers there, AWQ through autoawq's kernels."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import user_message
from backends.contract.models import ModelFormat, ModelRef
from backends.storage.library import POCKET_FOLDER
from backends.tools.builtin import builtin_tools

pytestmark = [pytest.mark.torch, pytest.mark.cuda]

FORMS: dict[str, tuple[str, ModelFormat]] = {
    "bf16": ("", "pytorch"),
    "FP8": ("pytorch-none", "pytorch"),
    "AWQ": ("awq-Int4", "awq"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_answers_on_the_gpu(new_session: Callable[[Any], Any], mission_forms: Path, form: str) -> None:
    folder, model_format = FORMS[form]
    path = mission_forms / folder if folder else POCKET_FOLDER
    engine = importlib.import_module("backends.engines.transformers_engine").TransformersEngine()
    session = new_session(engine)
    session.load(ModelRef("M2", model_format, "none", "folder", str(path)))
    assert engine._loaded.on_accelerator
    assert {parameter.device.type for parameter in engine._loaded.model.parameters()} == {"cuda"}
    tools = tuple(tool.info for tool in builtin_tools())
    answer = session.ask((user_message("What is 37 * 48?"),), tools, max_tokens=300)
    assert "37 * 48" in answer.text
    assert answer.reason == "stop"
    assert engine.memory_bytes() > engine._process.memory_info().rss


def test_autoawq_s_kernels_compute_what_torch_does() -> None:
    packing: Any = importlib.import_module("backends.engines.awq_packing")
    torch = packing.torch
    assert packing._kernels(packing.torch.device("cuda", 0)) is not None
    torch.manual_seed(1)
    qweight = torch.randint(-(2**31), 2**31, (256, 16), dtype=torch.int64).to(torch.int32).cuda()
    qzeros = torch.randint(-(2**31), 2**31, (2, 16), dtype=torch.int64).to(torch.int32).cuda()
    scales = torch.rand(2, 128).half().cuda() / 100
    weight = packing.dequantize(qweight, qzeros, scales, torch.float32)
    for rows in (1, 40, 1024):
        inputs = torch.randn(rows, 256).half().cuda()
        product = packing.multiply(inputs, qweight, qzeros, scales).float()
        expected = inputs.float() @ weight
        assert (product - expected).abs().max() <= 0.01 * expected.abs().max()
