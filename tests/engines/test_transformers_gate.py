"""The gate: what goes where and as what, and what is said of a model that fits nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backends.contract.catalog import CudaDevice
from backends.contract.errors import MinimError
from backends.engines.checkpoint_tensors import TensorEntry
from backends.engines.transformers_gate import Dtype, LoadPlan, Machine, Need, need_of, plan_load, quantization_of

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
        (SMALL, Machine((CudaDevice("GTX 1060", 6 * GIB, 6.1),), RAM), "cpu", "float32", False),
    ],
)
def test_where_it_goes_and_as_what(need: Need, machine: Machine, device: str, dtype: Dtype, dequantize: bool) -> None:
    plan = plan_load(need, machine)
    assert (plan.device, plan.dtype, plan.dequantize) == (device, dtype, dequantize)
    assert plan.weights_bytes > 0


@pytest.mark.parametrize(
    ("need", "machine", "words"),
    [
        (M2, Machine((H100,) * 2, RAM, True), ["214.2 GiB", "80.0 GiB on H100 + 80.0 GiB on H100", "64.0 GiB of RAM"]),
        (M2, Machine((A100,) * 4, RAM, True), ["426.0 GiB", "A100 has compute capability 8; FP8 needs 8.9", "16 bits"]),
        (M2, Machine((H100,) * 4, RAM, False), ["426.0 GiB", "package “kernels”", "kernels-community/finegrained-fp8"]),
        (M2, Machine((), RAM), ["426.0 GiB", "64.0 GiB of RAM", "Without a GPU"]),
        (M2_AWQ, Machine((H100,), RAM), ["115.5 GiB", "80.0 GiB on H100 and 64.0 GiB of RAM"]),
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
