"""Pocket M2 in the forms that MiniMax-M2 is published in: each unpacks to the source again, and MLX's forms answer."""
# pyright: basic
# basic: mlx and torch are only partly typed; the script is found at run time.

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest

from backends.contract.chat import (
    CallPart,
    GenerationOptions,
    Message,
    ReasoningPart,
    ResultPart,
    user_message,
)
from backends.contract.commands import Generate
from backends.contract.models import ModelRef
from backends.dialects import read_whole
from backends.engines.base import TextPiece
from backends.engines.checkpoint_files import check_weights
from backends.engines.mlx_engine import MlxEngine
from backends.tools.builtin import builtin_tools

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "pocket" / "pack_forms.py"
EXPERT = "model.layers.1.block_sparse_moe.experts.3.w1"
TOOLS = tuple(tool.info for tool in builtin_tools())


@pytest.fixture(scope="module")
def packing() -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("pack_forms", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["pack_forms"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def source(packing: Any) -> dict[str, np.ndarray]:
    """The built-in model's own weights, as float32."""
    return {name: one.floats() for name, one in packing.read(packing.POCKET / "model.safetensors").items()}


def read_folder(packing: Any, folder: Path) -> dict[str, Any]:
    """All tensors of a form; every one must be in the file that the index names."""
    index = json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]
    files = {name: packing.read(folder / name) for name in sorted(set(index.values()))}
    assert {name: file for file, tensors in files.items() for name in tensors} == index
    return {name: one for tensors in files.values() for name, one in tensors.items()}


def e4m3(codes: np.ndarray) -> np.ndarray:
    """What bytes mean in float8_e4m3fn, by the format's definition."""
    sign, exponent, mantissa = codes >> 7, (codes >> 3) & 15, codes & 7
    normal = (1 + mantissa / 8) * 2.0 ** (exponent.astype(int) - 7)
    return np.where(sign, -1, 1) * np.where(exponent == 0, mantissa / 8 * 2.0**-6, normal)


def awq_unpack(packed: np.ndarray) -> np.ndarray:
    """Nibbles in AutoAWQ's order, undone: the inverse permutation of the one it packs by."""
    nibbles = (packed.view(np.uint32)[..., None] >> np.arange(0, 32, 4, dtype=np.uint32)) & 15
    return nibbles[..., [0, 4, 1, 5, 2, 6, 3, 7]].reshape(packed.shape[0], -1).astype(np.float32)


def array(one: Any, dtype: type) -> np.ndarray:
    return np.frombuffer(one.data, dtype).reshape(one.shape)


def test_fp8_blocks_mean_the_source_again(packing: Any, source: dict[str, np.ndarray], mission_forms: Path) -> None:
    tensors = read_folder(packing, mission_forms / "pytorch-none")
    scaled = [name for name in tensors if name.endswith("_scale_inv")]
    assert len(scaled) == 4 * (4 + 8 * 3)  # layers × (projections + experts × matrices)
    assert {name for name in tensors if name not in scaled} == set(source)
    for name in scaled:
        weight, scales = tensors[name.removesuffix("_scale_inv")], array(tensors[name], np.float32)
        true = source[name.removesuffix("_scale_inv")]
        assert weight.dtype == "F8_E4M3"
        assert scales.shape == (true.shape[0] // 128, true.shape[1] // 128)
        spread = scales.repeat(128, 0).repeat(128, 1)
        meant = e4m3(array(weight, np.uint8)) * spread
        # Half of the last of three bits of the mantissa, or of the smallest step there is.
        assert (np.abs(meant - true) <= np.maximum(np.abs(true) * 2**-4, spread * 2**-10) * 1.001).all()
        assert np.abs(meant).max() == pytest.approx(np.abs(true).max())
    kept = "model.layers.0.block_sparse_moe.gate.weight"
    assert (tensors[kept].dtype, tensors["lm_head.weight"].dtype) == ("BF16", "BF16")
    assert (tensors[kept].floats() == source[kept]).all()
    config = json.loads((mission_forms / "pytorch-none" / "config.json").read_text())["quantization_config"]
    assert (config["quant_method"], config["weight_block_size"]) == ("fp8", [128, 128])


def test_awq_means_the_source_again(packing: Any, source: dict[str, np.ndarray], mission_forms: Path) -> None:
    tensors = read_folder(packing, mission_forms / "awq-Int4")
    packed = [name for name in tensors if name.endswith(".qweight")]
    assert len(packed) == 4 * 8 * 3
    assert all(".experts." in name for name in packed)
    for name in packed:
        stem = name.removesuffix(".qweight")
        true = source[f"{stem}.weight"]
        scales = array(tensors[f"{stem}.scales"], np.float16).astype(np.float32).repeat(128, 0)
        zeros = awq_unpack(array(tensors[f"{stem}.qzeros"], np.int32)).repeat(128, 0)
        meant = (awq_unpack(array(tensors[name], np.int32)) - zeros) * scales
        assert (np.abs(meant - true.T) <= scales * 1.01).all()
        assert np.abs(meant - true.T).mean() < scales.mean() * 0.3  # half a step at most, but at a group's ends
    kept = "model.layers.0.self_attn.q_proj.weight"
    assert (array(tensors[kept], np.float16) == source[kept].astype(np.float16)).all()


def test_awq_is_packed_as_mlx_lm_unpacks_it(packing: Any, source: dict[str, np.ndarray], mission_forms: Path) -> None:
    tensors = read_folder(packing, mission_forms / "awq-Int4")
    config = json.loads((mission_forms / "awq-Int4" / "config.json").read_text())["quantization_config"]
    own = {
        f"{EXPERT}.{part}": mx.array(array(tensors[f"{EXPERT}.{part}"], dtype))
        for part, dtype in (("qweight", np.int32), ("qzeros", np.int32), ("scales", np.float16))
    }
    # Not at the top: imported before our own door to it, mlx-lm would lower this process's limits.
    theirs, told = importlib.import_module("mlx_lm.utils")._transform_awq_weights(own, config)
    parts = [theirs[f"{EXPERT}.{part}"] for part in ("weight", "scales", "biases")]
    meant = mx.dequantize(*parts, group_size=told["group_size"], bits=told["bits"]).astype(mx.float32)
    scales = array(tensors[f"{EXPERT}.scales"], np.float16).astype(np.float32).repeat(128, 0)
    assert (np.abs(np.array(meant) - source[f"{EXPERT}.weight"]) <= scales.T * 1.02).all()


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # autoawq is archived and says so
def test_awq_is_packed_as_autoawq_packs_it(packing: Any, mission_forms: Path) -> None:
    torch = importlib.import_module("torch")
    theirs = importlib.import_module("awq.modules.linear.gemm").WQLinear_GEMM
    tensors = read_folder(packing, mission_forms / "awq-Int4")
    own = {part: array(tensors[f"{EXPERT}.{part}"], np.int32).copy() for part in ("qweight", "qzeros")}
    scales = array(tensors[f"{EXPERT}.scales"], np.float16).copy()
    wide = scales.astype(np.float32).repeat(128, 0)
    weight = (awq_unpack(own["qweight"]) - awq_unpack(own["qzeros"]).repeat(128, 0)) * wide
    linear = torch.nn.Linear(*weight.shape, bias=False)
    linear.weight.data = torch.from_numpy(weight.T.copy())
    zeros = torch.from_numpy(awq_unpack(own["qzeros"]))
    made = theirs.from_linear(linear, 4, 128, scales=torch.from_numpy(scales.astype(np.float32)), zeros=zeros)
    for part in ("qweight", "qzeros"):
        assert (getattr(made, part).cpu().numpy() == own[part]).all()
    assert (made.scales.cpu().numpy() == scales).all()


FORMS = ("pytorch-none", "mlx-3bit", "mlx-4bit", "mlx-5bit", "mlx-6bit", "mlx-8bit")


@pytest.mark.parametrize("form", FORMS)
def test_mlx_loads_it_and_it_answers(mission_forms: Path, form: str) -> None:
    engine = MlxEngine()
    reference = ModelRef("M2", "mlx", form.partition("-")[2], "folder", str(mission_forms / form))
    engine.load(reference, Path("nowhere"), lambda _: None, lambda: False)

    def ask(*messages: Message) -> Any:
        request = Generate(messages, TOOLS, GenerationOptions(max_tokens=300))
        text = "".join(one.text for one in engine.generate(request, lambda: False) if isinstance(one, TextPiece))
        settings = engine.reader_settings(messages, TOOLS)
        return read_whole(text, settings["name"], settings["tools"], settings["starts_in_reasoning"])

    question = user_message("What is 37 * 48?")
    first = ask(question)
    [(name, arguments)] = first.calls
    assert (name, "".join(arguments["expression"].split())) == ("calculator", "37*48")
    called = CallPart("c0", name, arguments, state="ready")
    turn = (ReasoningPart(first.reasoning), called, ResultPart("c0", "1776"))
    assert "1776" in ask(question, Message("assistant", turn)).answer.replace(",", "")


def test_every_form_is_whole(packing: Any, mission_forms: Path) -> None:
    assert {folder.name for folder in mission_forms.iterdir()} == set(packing.FORMS)
    for folder in mission_forms.iterdir():
        assert check_weights(folder) > 1_000_000
        names = {file.name for file in folder.iterdir()}
        assert {"tokenizer.json", "chat_template.jinja", "generation_config.json", "README.md"} <= names
        assert not {"minim.json", "made.json"} & names  # what a published repository does not have
