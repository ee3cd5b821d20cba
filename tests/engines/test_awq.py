# pyright: basic
# basic: torch and autoawq may be missing, and the sessions are untyped.
"""AWQ: the packing against autoawq's own code, and packed models against their dequantized checkpoints."""

from __future__ import annotations

import importlib
import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import GenerationOptions, user_message
from backends.contract.commands import Generate
from backends.contract.errors import MinimError
from backends.contract.models import ModelRef
from backends.engines.base import TextPiece

pytestmark = pytest.mark.torch

GROUP = 32


@pytest.fixture(scope="session")
def torch() -> Any:
    """Not there in the default set-up, so that a plain import would trouble the type checker."""
    module: Any = importlib.import_module("torch")
    module.set_num_threads(1)
    return module


@pytest.fixture(scope="session")
def autoawq(torch: Any) -> Any:
    """AutoAWQ's module of the layers that it writes: the reference for the format."""
    with warnings.catch_warnings(record=True):  # it warns that it is no longer maintained, whatever the filters say
        return importlib.import_module("awq.modules.linear.gemm")


def quantize(torch: Any, weight: Any) -> tuple[Any, Any]:
    """Scales and zeros [groups, out] of a weight [out, in], by the range of each group."""
    groups = weight.view(weight.shape[0], -1, GROUP)
    low, high = groups.amin(-1), groups.amax(-1)
    scales = ((high - low).clamp(min=1e-5) / 15).half()
    zeros = (-low / scales.float()).round().clamp(0, 15)
    return scales.t().contiguous(), zeros.t().contiguous()


def packed_by_autoawq(torch: Any, autoawq: Any, weight: Any) -> Any:
    scales, zeros = quantize(torch, weight)
    linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    linear.weight.data = weight
    # Rounded to nearest it may lie beyond 15, which AutoAWQ's own clipping prevents before it packs.
    limit = (15 - zeros).t().repeat_interleave(GROUP, 1) * scales.float().t().repeat_interleave(GROUP, 1)
    linear.weight.data = torch.minimum(linear.weight.data, limit)
    return autoawq.WQLinear_GEMM.from_linear(linear, 4, GROUP, scales=scales.float(), zeros=zeros)


def test_packing_is_autoawq_s_own(torch: Any, autoawq: Any) -> None:
    packing: Any = importlib.import_module("backends.engines.awq_packing")
    weight = torch.randn(96, 64, generator=torch.Generator().manual_seed(1))
    theirs = packed_by_autoawq(torch, autoawq, weight)
    ours = packing.dequantize(theirs.qweight, theirs.qzeros, theirs.scales, torch.float32)
    reference = autoawq.dequantize_gemm(theirs.qweight, theirs.qzeros, theirs.scales.float(), 4, GROUP)
    assert torch.equal(ours, reference)
    assert (ours.t() - weight).abs().max() < theirs.scales.max()  # and it is the weight, within a step
    inputs = torch.randn(3, 64)
    product = packing.multiply(inputs, theirs.qweight, theirs.qzeros, theirs.scales)
    assert torch.equal(product, inputs @ reference)


def test_kernels_that_can_be_imported_and_do_not_run_are_left_alone(autoawq: Any, caplog: Any) -> None:
    packing: Any = importlib.import_module("backends.engines.awq_packing")
    packing._kernels.cache_clear()
    with caplog.at_level("INFO"):
        assert packing._kernels(packing.torch.device("cpu")) is None
    assert "do not run on cpu" in caplog.text
    assert [packing.know_groups(256, groups) for groups in (1, 2, 4, 8, 16, 3)] == [True] * 4 + [False] * 2


VARIANTS: dict[str, tuple[Callable[[str], bool], list[str]]] = {
    "experts": (lambda name: ".experts." in name, ["self_attn", "gate", "lm_head"]),
    "attention": (lambda name: "self_attn" in name, ["block_sparse_moe", "lm_head"]),
    "all": (lambda name: ".experts." in name or "self_attn" in name, ["gate", "lm_head"]),
}


@pytest.fixture
def pack(torch: Any, autoawq: Any, published_folder: Path, tmp_path: Path) -> Callable[[str], tuple[Path, Path]]:
    """Makes the AWQ form of a tiny M2 by AutoAWQ's own packing, and the checkpoint that it stands for."""
    files: Any = importlib.import_module("safetensors.torch")

    def make(variant: str) -> tuple[Path, Path]:
        is_packed, kept = VARIANTS[variant]
        packed: dict[str, Any] = {}
        plain: dict[str, Any] = {}
        for name, value in files.load_file(published_folder / "model.safetensors").items():
            if value.dim() != 2 or not is_packed(name):
                packed[name] = plain[name] = value
                continue
            linear = packed_by_autoawq(torch, autoawq, value)
            stem = name.removesuffix("weight")
            packed |= {f"{stem}{part}": getattr(linear, part) for part in ("qweight", "qzeros", "scales")}
            weight = autoawq.dequantize_gemm(linear.qweight, linear.qzeros, linear.scales.float(), 4, GROUP)
            plain[name] = weight.t().contiguous()
        quantization = {
            "quant_method": "awq", "bits": 4, "group_size": GROUP, "version": "gemm", "zero_point": True,
            "modules_to_not_convert": kept,
        }  # fmt: skip
        folders = tmp_path / "awq", tmp_path / "plain"
        for folder, tensors, more in zip(folders, (packed, plain), ({"quantization_config": quantization}, {})):  # noqa: B905 - all of two
            shutil.copytree(published_folder, folder)
            files.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
            config = json.loads((folder / "config.json").read_text())
            (folder / "config.json").write_text(json.dumps(config | more))
        return folders

    return make


def load(folder: Path, model_format: Any) -> Any:
    module: Any = importlib.import_module("backends.engines.transformers_engine")
    engine = module.TransformersEngine()
    engine.load(
        ModelRef(folder.name, model_format, "none", "folder", str(folder)), folder, lambda _: None, lambda: False
    )
    return engine


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_packed_model_is_its_dequantized_checkpoint(
    torch: Any, pack: Callable[[str], tuple[Path, Path]], variant: str
) -> None:
    packed, plain = pack(variant)
    awq, reference = load(packed, "awq"), load(plain, "pytorch")
    kinds = {type(module).__name__ for module in awq._loaded.model.modules()}
    assert ("PackedExperts" in kinds, "PackedLinear" in kinds) == (variant != "attention", variant != "experts")
    tokens = torch.arange(1, 120).unsqueeze(0)
    with torch.inference_mode():
        ours, theirs = (engine._loaded.model(tokens).logits for engine in (awq, reference))
    assert (ours - theirs).abs().max() <= 1e-5 * theirs.abs().max()
    request = Generate((user_message("What is it?"),), (), GenerationOptions(max_tokens=40, ignore_end=True))
    texts = [
        [piece.text for piece in engine.generate(request, lambda: False) if isinstance(piece, TextPiece)]
        for engine in (awq, reference)
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bits": 8}, "8 bits"),
        ({"version": "gemv"}, "gemv"),
        ({"zero_point": False}, "without zeros"),
        ({"quant_method": "gptq"}, "gptq"),
    ],
)
def test_another_packing_is_refused_in_words(
    pack: Callable[[str], tuple[Path, Path]], change: dict[str, Any], words: str
) -> None:
    folder, _ = pack("attention")
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] |= change
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(MinimError, match=words) as caught:
        load(folder, "awq")
    assert caught.value.kind == "unsupported_model"
    assert caught.value.hint
