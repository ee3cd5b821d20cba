"""The gate: what goes where and as what, and what is said of a model that fits nowhere."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from backends.catalog import verdicts
from backends.contract.catalog import CudaDevice, Hardware, ModelForm, ModelSpec
from backends.contract.errors import MinimError
from backends.engines.checkpoint_tensors import TensorEntry
from backends.engines.transformers_gate import (
    Dtype,
    LoadPlan,
    Machine,
    Need,
    need_of,
    plan_load,
    quantization_of,
    shares,
)

GIB = 2**30
A100 = CudaDevice("A100", 80 * GIB, 8.0)
H100 = CudaDevice("H100", 80 * GIB, 9.0)
H200 = CudaDevice("H200", 141 * GIB, 9.0)
ADA = CudaDevice("RTX 4090", 24 * GIB, 8.9)
M2 = Need("fp8", "bfloat16", plain=1_300_000_000, fp8=227_400_000_000)
M2_AWQ = Need("awq", "bfloat16", plain=3_000_000_000, packed_bytes=118 * 10**9)
SMALL = Need("none", "bfloat16", plain=8_000_000_000)
SMALL_FP8 = Need("fp8", "bfloat16", plain=10**9, fp8=7 * 10**9)
RAM = 64 * GIB


@pytest.mark.parametrize(
    ("need", "machine", "device", "dtype", "dequantize"),
    [
        (M2, Machine((H100,) * 4, RAM, True), "cuda", "bfloat16", False),
        (M2, Machine((H200,) * 2, RAM, True), "cuda", "bfloat16", False),
        (M2, Machine((A100,) * 8, RAM, True), "cuda", "bfloat16", True),
        (M2, Machine((H100,) * 8, RAM, False), "cuda", "bfloat16", True),
        (M2, Machine((), 512 * GIB), "cpu", "bfloat16", True),
        (M2, Machine((), 1024 * GIB), "cpu", "float32", True),
        (M2_AWQ, Machine((A100,) * 2, RAM), "cuda", "float16", False),
        (M2_AWQ, Machine((), 192 * GIB), "cpu", "float32", False),
        (SMALL, Machine((ADA,), RAM), "cuda", "bfloat16", False),
        (SMALL, Machine((), RAM), "cpu", "float32", False),
        (SMALL, Machine((), 20 * GIB), "cpu", "bfloat16", False),
        (SMALL, Machine((), 31 * GIB), "cpu", "bfloat16", False),  # float32 would fit once it is read, and not before
        (SMALL_FP8, Machine((ADA,), RAM, True), "cuda", "bfloat16", False),
        (SMALL_FP8, Machine((ADA,), RAM, False), "cuda", "bfloat16", True),
        (SMALL, Machine((CudaDevice("GT 1010", GIB, 6.1),), RAM), "cpu", "float32", False),  # too small to take part
    ],
)
def test_where_it_goes_and_as_what(need: Need, machine: Machine, device: str, dtype: Dtype, dequantize: bool) -> None:
    plan = plan_load(need, machine)
    assert (plan.device, plan.dtype, plan.dequantize) == (device, dtype, dequantize)
    assert plan.weights_bytes > 0
    assert not plan.offloaded


@pytest.mark.parametrize(
    ("need", "machine", "dtype", "dequantize", "on_gpus"),
    [
        (M2_AWQ, Machine((H100,), RAM), "float16", False, 69),
        (M2, Machine((H100,) * 2, 128 * GIB, True), "bfloat16", False, 2 * 69),
        (M2, Machine((A100,) * 4, 256 * GIB, True), "bfloat16", True, 4 * 69),
        (SMALL, Machine((CudaDevice("GTX 1060", 6 * GIB, 6.1),), RAM), "bfloat16", False, 4.25),
        (SMALL, Machine((A100, CudaDevice("GT 1010", GIB, 6.1)), RAM), "bfloat16", False, None),
    ],
)
def test_what_the_gpus_cannot_hold_lies_in_ram_and_never_on_a_disk(
    need: Need, machine: Machine, dtype: Dtype, dequantize: bool, on_gpus: float | None
) -> None:
    plan = plan_load(need, machine)
    share = shares(plan, machine)
    assert (plan.device, plan.dtype, plan.dequantize) == ("cuda", dtype, dequantize)
    assert plan.offloaded == (on_gpus is not None)
    if on_gpus is None:
        assert "cpu" not in share
    else:
        assert sum(size for place, size in share.items() if place != "cpu") == on_gpus * GIB
        assert share["cpu"] == plan.weights_bytes, "room for all: accelerate puts on a disk what finds none"
        assert plan.weights_bytes - on_gpus * GIB < machine.ram_bytes


@pytest.mark.parametrize("billions", [1, 8, 14, 20, 30, 45, 60, 120, 200])
@pytest.mark.parametrize("cuda", [(ADA,), (A100, A100), (CudaDevice("GTX 1060", 6 * GIB, 6.1),)])
def test_the_engine_does_what_the_catalogue_says(billions: int, cuda: tuple[CudaDevice, ...]) -> None:
    need = Need("none", "bfloat16", plain=billions * 10**9)
    weights = need.bytes_as("bfloat16")
    spec = ModelSpec("Dense", "", 32768, (), (), (), kv_bytes_per_token=100_000)
    form = ModelForm("pytorch", "none", billions, billions, weights, ())
    verdict = verdicts.judged(spec, form, weights, Hardware(memory_bytes=RAM, cuda=cuda), {"Transformers"})
    free = tuple(CudaDevice(one.name, one.memory_bytes - GIB // 2, one.compute_capability) for one in cuda)
    try:
        plan = plan_load(need, Machine(free, verdicts.usable_ram(RAM)))
        done = "offloaded" if plan.offloaded else "fits"
    except MinimError:
        done = "over_memory"
    assert done == {"short_context": "fits"}.get(verdict.why, verdict.why)


@pytest.mark.torch
def test_accelerate_puts_the_layers_where_the_plan_has_room(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("ERROR", "accelerate.utils.modeling")  # it warns of GPUs that are not here
    accelerate: Any = importlib.import_module("accelerate")
    transformers: Any = importlib.import_module("transformers")
    config = transformers.LlamaConfig(hidden_size=256, intermediate_size=512, num_hidden_layers=12, vocab_size=512)
    with accelerate.init_empty_weights():
        model = transformers.LlamaForCausalLM(config)
    size = 2 * sum(parameter.numel() for parameter in model.parameters())
    plan = LoadPlan("cuda", "bfloat16", False, size, offloaded=True)
    half = CudaDevice("half", int((GIB + size / 2) / 0.875), 8.0)
    room: Any = shares(plan, Machine((half,), size))
    places = accelerate.infer_auto_device_map(
        model, max_memory=room, no_split_module_classes=model._no_split_modules, dtype="bfloat16"
    )
    assert set(places.values()) == {0, "cpu"}
    assert places["model.embed_tokens"] == 0
    assert places["lm_head"] == "cpu"


@pytest.mark.parametrize(
    ("need", "machine", "words"),
    [
        (M2, Machine((H100,) * 2, RAM, True), ["214.2 GiB", "80.0 GiB on H100 + 80.0 GiB on H100", "64.0 GiB of RAM"]),
        (M2, Machine((A100,) * 4, RAM, True), ["426.0 GiB", "A100 has compute capability 8; FP8 needs 8.9", "16 bits"]),
        (M2, Machine((H100,) * 4, RAM, False), ["426.0 GiB", "package “kernels”", "kernels-community/finegrained-fp8"]),
        (M2, Machine((), RAM), ["426.0 GiB", "64.0 GiB of RAM", "Without a GPU"]),
        (M2_AWQ, Machine((H100,), 48 * GIB), ["115.5 GiB", "80.0 GiB on H100 and 48.0 GiB of RAM"]),
        (SMALL, Machine((), 4 * GIB), ["14.9 GiB", "4.0 GiB of RAM"]),
    ],
)
def test_what_fits_nowhere_is_refused_with_the_figures(need: Need, machine: Machine, words: list[str]) -> None:
    with pytest.raises(MinimError) as caught:
        plan_load(need, machine)
    assert caught.value.kind == "out_of_memory"
    assert [word for word in words if word not in caught.value.message] == []
    if need.quantization == "fp8":
        assert "214.2 GiB on GPUs of compute capability 8.9" in caught.value.hint
        assert "AWQ" in caught.value.hint


def test_a_checkpoint_is_counted_by_what_its_tensors_become() -> None:
    def entry(dtype: str, *shape: int) -> TensorEntry:
        return TensorEntry(Path("x"), dtype, shape)

    fp8: dict[str, Any] = {"torch_dtype": "bfloat16", "quantization_config": {"quant_method": "fp8"}}
    tensors = {
        "norm.weight": entry("BF16", 256),
        "q.weight": entry("F8_E4M3", 256, 256),
        "q.weight_scale_inv": entry("F32", 2, 2),
    }
    assert need_of(fp8, tensors) == Need("fp8", "bfloat16", 256, 65_536, 0)
    awq: dict[str, Any] = {"dtype": "float16", "quantization_config": {"quant_method": "awq"}}
    tensors = {
        "norm.weight": entry("F16", 256),
        "q.qweight": entry("I32", 256, 32),
        "q.qzeros": entry("I32", 2, 32),
        "q.scales": entry("F16", 2, 256),
    }
    assert need_of(awq, tensors) == Need("awq", "float16", 256, 0, 4 * 256 * 32 + 4 * 2 * 32 + 2 * 2 * 256)
    assert need_of({}, {"a": entry("F32", 3), "b": entry("BF16", 4)}) == Need("none", "bfloat16", 7)
    assert plan_load(need_of({}, {"a": entry("F32", 3)}), Machine((), GIB)) == LoadPlan("cpu", "float32", False, 12)


@pytest.mark.parametrize("declared", [{"quant_method": "gptq"}, {"bits": 4}])
def test_other_quantizations_are_refused_by_name(declared: dict[str, object]) -> None:
    with pytest.raises(MinimError, match=r"quantized with (gptq|a method)") as caught:
        quantization_of({"quantization_config": declared})
    assert caught.value.kind == "unsupported_model"
