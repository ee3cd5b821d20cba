"""Whether and how a checkpoint runs with Transformers on a machine: decided before anything of it is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from backends.contract.catalog import FP8_KERNEL, CudaDevice
from backends.contract.errors import MinimError
from backends.engines.checkpoint_tensors import TensorEntry

Quantization = Literal["none", "fp8", "awq"]
Dtype = Literal["float32", "bfloat16", "float16"]

FP8_CAPABILITY = 8.9
"""The compute capability from which a GPU multiplies FP8. Source: Transformers' quantizer_finegrained_fp8."""

_GIB = 2**30
_CUDA_OVERHEAD = 2**30  # a device's context, kernels, and the activations of one chunk of a prompt
_RAM_OVERHEAD = 2**29
_SHARED_WITH_RAM = 1 / 8  # of a device that is filled while the rest lies in RAM: for contexts, and the layer at work
_WHILE_READING = 1.05  # a layer's experts are there twice, one by one and stacked
_BYTES: dict[Dtype, int] = {"float32": 4, "bfloat16": 2, "float16": 2}
_FLOATS = ("F64", "F32", "F16", "BF16")
_AWQ_PARTS = (".qweight", ".qzeros", ".scales")
_LAYER = re.compile(r"(.*?\.\d+)\.")  # "model.layers.3" of all that lies in it


@dataclass(frozen=True)
class Need:
    """What a checkpoint holds, in numbers: `plain` and `fp8` count elements, `packed_bytes` what stays as it is.

    `layers` lie whole on one GPU each; `layer` is the largest, `outside` the embeddings and what else is in none. With
    none of them, any part of the weights may lie anywhere.
    """

    quantization: Quantization
    dtype: Dtype
    plain: int
    fp8: int = 0
    packed_bytes: int = 0
    layers: int = 0
    layer: Need | None = None
    outside: Need | None = None

    def bytes_as(self, dtype: Dtype) -> int:
        """What the weights take with all that is not packed as `dtype`, FP8 dequantized."""
        return (self.plain + self.fp8) * _BYTES[dtype] + self.packed_bytes

    @property
    def bytes_native(self) -> int:
        """What they take as published: FP8 as FP8, with its scales."""
        return self.plain * _BYTES[self.dtype] + self.fp8 + self.packed_bytes


@dataclass(frozen=True)
class Machine:
    """What there is to load into. Bytes that are free now; `has_fp8_kernel`: it lies on this machine's disk."""

    cuda: tuple[CudaDevice, ...]
    ram_bytes: int
    has_fp8_kernel: bool = False


@dataclass(frozen=True)
class LoadPlan:
    """Where a model goes and as what. `dequantize`: FP8 becomes `dtype` while it is read.

    `offloaded`: what the GPUs cannot hold lies in RAM, and is brought to them for each token anew. `layer_bytes`: of
    the largest layer, 0 if unknown. `is_even`: each GPU has as much of the weights, not the first ones all they hold.
    """

    device: Literal["cuda", "cpu"]
    dtype: Dtype
    dequantize: bool
    weights_bytes: int
    offloaded: bool = False
    layer_bytes: int = 0
    is_even: bool = True


def quantization_of(config: Mapping[str, Any]) -> Quantization:
    """How a checkpoint is quantized, by its config. Raises MinimError("unsupported_model") for other ways."""
    declared: object = config.get("quantization_config")
    if not isinstance(declared, dict):
        return "none"
    method = str(cast("dict[str, object]", declared).get("quant_method", "")).lower()
    match method:
        case "fp8" | "awq":
            return method
        case _:
            raise MinimError(
                "unsupported_model",
                f"The model is quantized with {method or 'a method that its config.json does not name'}, "
                "which the Transformers engine does not read.",
                "Choose the original, an AWQ Int4 form, or an MLX quantization.",
            )


def need_of(config: Mapping[str, Any], tensors: Mapping[str, TensorEntry]) -> Need:
    """Count a checkpoint's tensors, all of them, of the largest layer, and outside of the layers."""
    quantization = quantization_of(config)
    dtype = _published_dtype(config, tensors.values())
    parts: dict[str, _Count] = {}
    for name, entry in tensors.items():
        inside = _LAYER.match(name)
        parts.setdefault(inside[1] if inside else "", _Count()).add(name, entry, quantization)
    plain, fp8, packed = [sum(part.numbers[which] for part in parts.values()) for which in range(3)]
    needs = {name: part.need(quantization, dtype) for name, part in parts.items()}
    outside = needs.pop("", None)
    if not needs:
        return Need(quantization, dtype, plain, fp8, packed)
    largest = max(needs.values(), key=lambda layer: layer.bytes_native)
    return Need(quantization, dtype, plain, fp8, packed, layers=len(needs), layer=largest, outside=outside)


def plan_load(need: Need, machine: Machine) -> LoadPlan:
    """Where to load to and as what: on the GPUs if it fits there, else on them and in RAM, without GPUs on the CPU.

    A model that is offloaded crawls: the catalogue says so before it is chosen. Nothing is ever offloaded to a disk.
    Raises MinimError("out_of_memory") that says what is needed, what there is, and what would do.
    """
    if machine.cuda:
        plan = _plan_cuda(need, machine)
        needed = plan.weights_bytes * _WHILE_READING
        if needed <= sum(max(0, device.memory_bytes - _CUDA_OVERHEAD) for device in machine.cuda):
            for spread in (plan, replace(plan, is_even=False)):
                if _is_held(need, spread, machine):
                    return spread
        plan = replace(plan, offloaded=True, is_even=False)
        on_gpus = _held_bytes(need, plan, list(_rooms(plan, machine)))
        if on_gpus and needed <= on_gpus + machine.ram_bytes - _RAM_OVERHEAD:
            return plan
    for dtype in _cpu_dtypes(need):
        size = need.bytes_as(dtype)
        if size * _WHILE_READING + _RAM_OVERHEAD <= machine.ram_bytes:
            return LoadPlan("cpu", dtype, need.quantization == "fp8", size)
    raise _too_large(need, machine)


def shares(plan: LoadPlan, machine: Machine) -> dict[int | Literal["cpu"], int]:
    """Bytes of each memory that a plan for GPUs may fill with weights: of GPUs by number, and of the RAM.

    The RAM's share is never too small: what finds no room there would be put on a disk.
    """
    on_gpus = dict(enumerate(_rooms(plan, machine)))
    if not plan.offloaded:
        return {**on_gpus}
    return {**on_gpus, "cpu": plan.weights_bytes + plan.layer_bytes}  # accelerate keeps a layer's room there, too


def runs_fp8(machine: Machine) -> bool:
    """Whether FP8 can stay FP8 on this machine's GPUs."""
    capable = all(device.compute_capability >= FP8_CAPABILITY for device in machine.cuda)
    return bool(machine.cuda) and capable and machine.has_fp8_kernel


@dataclass
class _Count:
    """The numbers of a `Need`: elements of `plain` and `fp8`, bytes of what is packed."""

    numbers: list[int] = field(default_factory=lambda: [0, 0, 0])

    def add(self, name: str, entry: TensorEntry, quantization: Quantization) -> None:
        if entry.dtype.startswith("F8"):
            self.numbers[1] += entry.elements
        elif entry.dtype in _FLOATS and not name.endswith((*_AWQ_PARTS, "_scale_inv")):
            self.numbers[0] += entry.elements
        elif not name.endswith("_scale_inv") or quantization != "fp8":
            self.numbers[2] += entry.bytes

    def need(self, quantization: Quantization, dtype: Dtype) -> Need:
        return Need(quantization, dtype, self.numbers[0], self.numbers[1], self.numbers[2])


def _plan_cuda(need: Need, machine: Machine) -> LoadPlan:
    is_native = need.quantization == "fp8" and runs_fp8(machine)
    dtype: Dtype = "float16" if need.quantization == "awq" else need.dtype  # autoawq's kernels know nothing else
    dequantize = need.quantization == "fp8" and not is_native
    return LoadPlan(
        "cuda", dtype, dequantize, _size(need, dtype, is_native), layer_bytes=_size(need.layer, dtype, is_native)
    )


def _size(need: Need | None, dtype: Dtype, is_native: bool) -> int:
    if need is None:
        return 0
    return need.bytes_native if is_native else need.bytes_as(dtype)


def _rooms(plan: LoadPlan, machine: Machine) -> Sequence[int]:
    """Bytes of each GPU that a plan may fill with weights."""
    if not plan.offloaded:
        return [int(device.memory_bytes * 0.95) for device in machine.cuda]
    share = 1 - _SHARED_WITH_RAM
    return [max(0, int(device.memory_bytes * share) - _CUDA_OVERHEAD) for device in machine.cuda]


def _is_held(need: Need, plan: LoadPlan, machine: Machine) -> bool:
    """Whether the GPUs hold all layers. One GPU alone is given all, without a look at the layers."""
    rooms = list(_rooms(plan, machine))
    if len(rooms) == 1 or not need.layers:
        return True
    if plan.is_even:  # accelerate's way: the last one takes what is left
        even = plan.weights_bytes // len(rooms) + plan.layer_bytes * 5 // 4
        rooms[:-1] = [min(room, even) for room in rooms[:-1]]
    return _held_bytes(need, plan, rooms) == plan.weights_bytes


def _held_bytes(need: Need, plan: LoadPlan, rooms: Sequence[int]) -> int:
    """Bytes of the weights that lie on GPUs at least, if they may fill `rooms`, as accelerate fills them.

    In order, whole layers, the room of the largest kept free on the first GPU. What lies outside of the layers is the
    first to be put, or the last: it may take room from either.
    """
    if not need.layers:
        return sum(rooms)
    outside = to_come = _size(need.outside, plan.dtype, plan.dtype == need.dtype and not plan.dequantize)
    held = 0
    for number, room in enumerate(rooms):
        free = room - max(plan.layer_bytes, outside) if number == 0 else room
        if free < outside:
            continue
        if to_come or number == len(rooms) - 1:
            free, to_come = free - outside, 0
        held += free // plan.layer_bytes
    left = max(0, need.layers - held) * plan.layer_bytes
    return max(0, plan.weights_bytes - left - outside) if left else plan.weights_bytes


def _cpu_dtypes(need: Need) -> tuple[Dtype, ...]:
    """What to try on a CPU: float32 is the fastest there; bfloat16 takes half the memory."""
    return ("float32",) if need.dtype == "float32" else ("float32", "bfloat16")


def _too_large(need: Need, machine: Machine) -> MinimError:
    on_cpu = need.bytes_as(_cpu_dtypes(need)[-1])
    there = [_devices(machine.cuda)] if machine.cuda else []
    there.append(f"{_gib(machine.ram_bytes)} of RAM")
    why = ""
    hint = "Choose a smaller model or quantization"
    if need.quantization == "fp8":
        why = _why_not_fp8(machine)
        hint = (
            f"As FP8 it takes {_gib(need.bytes_native)} on GPUs of compute capability {FP8_CAPABILITY} or later; "
            "AWQ Int4 and MLX’s quantizations take about half of that or less"
        )
        on_cpu = need.bytes_native if runs_fp8(machine) else need.bytes_as("bfloat16")
    return MinimError(
        "out_of_memory",
        f"The model’s weights take {_gib(on_cpu)} here; free are {' and '.join(there)}.{why}",
        f"{hint}, or close other programs.",
    )


def _why_not_fp8(machine: Machine) -> str:
    if not machine.cuda:
        return " Without a GPU its FP8 weights have to become 16 bits wide."
    weakest = min(machine.cuda, key=lambda device: device.compute_capability)
    if weakest.compute_capability < FP8_CAPABILITY:
        return (
            f" {weakest.name} has compute capability {weakest.compute_capability:g}; FP8 needs {FP8_CAPABILITY}, so "
            "its weights have to become 16 bits wide."
        )
    if not machine.has_fp8_kernel:
        return (
            f" FP8 needs the package “kernels” and its kernel {FP8_KERNEL.repo}, which are not on this machine, so its "
            "weights have to become 16 bits wide."
        )
    return ""


def _devices(cuda: Iterable[CudaDevice]) -> str:
    return " + ".join(f"{_gib(device.memory_bytes)} on {device.name}" for device in cuda)


def _gib(count: int) -> str:
    return f"{count / _GIB:,.1f} GiB"


def _published_dtype(config: Mapping[str, Any], entries: Iterable[TensorEntry]) -> Dtype:
    """The type that the config names, else the one that most of the elements have."""
    declared = config.get("dtype") or config.get("torch_dtype")
    match str(declared).removeprefix("torch."):
        case "float32" | "bfloat16" | "float16" as dtype:
            return dtype
        case _:
            counts: dict[Dtype, int] = {"bfloat16": 0, "float16": 0, "float32": 0}
            for entry in entries:
                named: Dtype | None = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}.get(entry.dtype)  # pyright: ignore[reportAssignmentType] - the values are those
                if named is not None:
                    counts[named] += entry.elements
            return max(counts, key=lambda dtype: counts[dtype])
