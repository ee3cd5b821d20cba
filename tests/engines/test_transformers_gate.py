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


def laid_out(shapes: dict[str, tuple[int, ...]]) -> Need:
    return need_of(
        {"dtype": "bfloat16"}, {name: TensorEntry(Path("x"), "BF16", shape) for name, shape in shapes.items()}
    )


ALIKE = laid_out({"embed.weight": (GIB // 2,), **{f"layers.{number}.weight": (3 * GIB,) for number in range(20)}})
"""Twenty layers of 6 GiB, and 1 GiB of embeddings."""


def test_layers_are_counted_whole() -> None:
    assert (ALIKE.layers, ALIKE.bytes_as("bfloat16")) == (20, 121 * GIB)
    assert ALIKE.layer == Need("none", "bfloat16", 3 * GIB)
    assert ALIKE.outside == Need("none", "bfloat16", GIB // 2)
    gpus = (CudaDevice("A", 46 * GIB, 8.0),) * 3  # 43.7 GiB of each may be filled: 6 layers, 7 and 7
    assert plan_load(ALIKE, Machine(gpus, RAM)) == LoadPlan("cuda", "bfloat16", False, 121 * GIB, layer_bytes=6 * GIB)
    gpus = (CudaDevice("A", 45 * GIB, 8.0),) * 3  # 42.7 GiB, and the embeddings: a layer less fits on the last
    assert plan_load(ALIKE, Machine(gpus, RAM)).offloaded
    uneven = (CudaDevice("A", 141 * GIB, 8.0), CudaDevice("B", 16 * GIB, 8.0))
    assert not plan_load(ALIKE, Machine(uneven, RAM)).is_even, "half of the layers would not fit on the small one"


def test_the_ram_holds_what_lies_on_no_gpu() -> None:
    gpu = (CudaDevice("A", 40 * GIB, 8.0),)  # 34 GiB: 4 layers, the embeddings, and room for a layer that comes by
    left = 121 * GIB * 1.05 - 4 * 6 * GIB
    plan = plan_load(ALIKE, Machine(gpu, int(left + GIB)))
    assert (plan.offloaded, shares(plan, Machine(gpu, RAM))) == (True, {0: 34 * GIB, "cpu": 127 * GIB})
    with pytest.raises(MinimError, match="free are"):
        plan_load(ALIKE, Machine(gpu, int(left)))


@pytest.mark.torch
@pytest.mark.parametrize("vocabulary", [1024, 300_000])
def test_accelerate_puts_the_layers_where_the_plan_has_room(vocabulary: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("ERROR")  # it warns of GPUs that are not here
    torch: Any = importlib.import_module("torch")
    transformers: Any = importlib.import_module("transformers")
    placing: Any = importlib.import_module("transformers.integrations.accelerate")
    config = transformers.LlamaConfig(
        hidden_size=8192, intermediate_size=28672, num_hidden_layers=24, vocab_size=vocabulary, num_key_value_heads=8
    )
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    sizes = {name: 2 * parameter.numel() for name, parameter in model.named_parameters()}
    need = laid_out({name: tuple(parameter.shape) for name, parameter in model.named_parameters()})
    seen: set[tuple[bool, bool]] = set()
    for gpus in ((4,), (12,), (24,), (6, 6), (16, 16), (24, 24), (27, 27), (64, 8), (8, 64), (12, 12, 12, 12), (3, 40)):
        cuda = tuple(CudaDevice("A", size * GIB, 8.0) for size in gpus)
        for ram in range(0, 64, 2):
            machine = Machine(cuda, ram * GIB)
            try:
                plan = plan_load(need, machine)
            except MinimError:
                continue
            if plan.device == "cpu" or (len(gpus) == 1 and not plan.offloaded):
                break
            room: Any = shares(plan, machine)
            whole: Any = model._no_split_modules
            if plan.is_even:
                room = placing.get_balanced_memory(model, max_memory=room, no_split_module_classes=whole)
            places = placing.infer_auto_device_map(model, max_memory=room, no_split_module_classes=whole)
            used: dict[object, int] = {}
            for name, size in sizes.items():
                place = next(place for key, place in places.items() if not key or f"{name}.".startswith(f"{key}."))
                used[place] = used.get(place, 0) + size
            assert "disk" not in used, (gpus, ram)
            assert used.get("cpu", 0) <= ram * GIB, (gpus, ram)
            assert plan.offloaded or "cpu" not in used
            seen.add((plan.offloaded, plan.is_even))
            break
    assert seen == {(True, False), (False, True), (False, False)}


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
