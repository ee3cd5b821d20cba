"""What becomes of one form on one machine, and the arithmetic behind it."""

from __future__ import annotations

from collections.abc import Set

from msgspec import Struct

from backends.catalog.kv_cache import estimated_kv_bytes
from backends.catalog.machines import GIB, MACS, stock_working_set
from backends.catalog.quantization import FP8_BITS, PLAIN_BITS, bits_of, is_fp8_form, quality_of
from backends.contract.catalog import Hardware, LimitKind, ModelForm, ModelSpec, Verdict, Why, Zone
from backends.contract.models import EngineName

USEFUL_CONTEXT = 16384
"""Tokens below which a conversation with tools is soon over; what memory is shown for."""

_LEAST_CONTEXT = 4096  # with less room than this a form does not count as fitting
_UNKNOWN_CONTEXT = 32768  # of a model that does not say what it was trained on

_FP8_CAPABILITY = 8.9
_AWQ_CAPABILITY = 7.5

_MOST_OVERHEAD = 2 * GIB
_LEAST_OVERHEAD = GIB // 4
_OVERHEAD_SHARE = 0.06
_OVERHEAD_A_DEVICE = 3 * GIB // 2

_CPU_BYTES_PER_SECOND = 600 * 10**6
"""What MLX reads of a model's weights on a CPU, where its wheel multiplies with reference BLAS: SmolLM2-135M at 4 bits
(76 MB) writes 8 tokens a second on two cores."""
_AWQ_ON_CPU_BYTES_PER_SECOND = 120 * 10**6
"""What Transformers reads of AWQ weights on a CPU, where they are unpacked for every token: measured on two cores."""
_FLOAT32_BITS = 32.0
"""MLX and Transformers compute in float32 on a CPU, and plain weights become it while they are read."""
_LEAST_SPEED = 1.5  # tokens a second on a CPU; slower is no conversation


class _Place(Struct, frozen=True):
    """Where a form would run. `limit` is what it must fit in, `total` beyond what it cannot be loaded at all."""

    engine: EngineName | None
    kind: LimitKind = ""
    limit: int = 0
    total: int = 0
    why: Why = "fits"  # why there is no engine
    devices: int = 0
    bits: float = 0.0  # what a weight becomes while it is read; 0: it stays as it was published
    bytes_per_second: int = _CPU_BYTES_PER_SECOND  # on a CPU


def judged(spec: ModelSpec, form: ModelForm, weights: int, hardware: Hardware, engines: Set[EngineName]) -> Verdict:
    """The verdict on a form whose weights take `weights` bytes.

    A form *fits* where weights, overhead and the KV cache of 4,096 tokens (or of the model's whole context, if that is
    shorter) are within the limit: Metal's working set, the memory of all CUDA devices, or the RAM that is left beside
    the system. Memory is shown for 16,384 tokens, or for as many as fit. What is too large for the limit and loads all
    the same, from RAM or by offloading, *will crawl*. The zone is that of the hardware: where the engine is supported
    and not in `engines`, the zone stays and the reason is "engine_missing".

    Speed is bounded by bandwidth / (active share of the weights + KV cache of the context): it is told where the form
    fits and the bandwidth is known. On a CPU, the engine's arithmetic is the bound, and what writes fewer than 1.5
    tokens a second crawls.
    """
    place = _place(form, hardware)
    published = weights
    if place.bits:
        weights = round(weights * place.bits / (FP8_BITS if is_fp8_form(form) else bits_of(form)))
    overhead = overhead_bytes(weights, place.devices)
    kv = form.kv_bytes_per_token or spec.kv_bytes_per_token or estimated_kv_bytes(form.size_in_billions)
    longest = spec.context_length or _UNKNOWN_CONTEXT
    room = max((place.limit - weights - overhead) // kv, 0)
    least = min(_LEAST_CONTEXT, longest)
    zone, why = _zone(form, place, weights, overhead + kv * least, published)
    max_context = min(room, longest) if zone == "fits" else 0
    context = min(USEFUL_CONTEXT, max_context) if max_context else least
    if zone == "fits" and max_context < min(USEFUL_CONTEXT, longest):
        why = "short_context"
    if zone == "fits" and place.engine not in engines:
        why = "engine_missing"
    return Verdict(
        zone=zone,
        why=why,
        engine=place.engine,
        weights_bytes=weights,
        overhead_bytes=overhead,
        kv_bytes=kv * context,
        kv_bytes_per_token=kv,
        memory_bytes=weights + overhead + kv * context,
        limit_kind=place.kind,
        limit_bytes=place.limit,
        judged_context=context,
        max_context=max_context,
        tokens_per_second=_speed(form, weights, published, kv * context, place, hardware) if zone == "fits" else 0.0,
        quality=quality_of(form.format, form.quantization),
        smallest_machine_bytes=_smallest_mac(form, weights, overhead + kv * least),
    )


def wants_fp8_kernel(form: ModelForm, verdict: Verdict, hardware: Hardware) -> bool:
    """Whether a form runs here as FP8, on GPUs that all multiply it: that takes a kernel."""
    on_gpus = verdict.engine == "Transformers" and verdict.zone in ("fits", "will_crawl") and bool(hardware.cuda)
    return on_gpus and is_fp8_form(form) and all(gpu.compute_capability >= _FP8_CAPABILITY for gpu in hardware.cuda)


def overhead_bytes(weights: int, cuda_devices: int = 0) -> int:
    """Activations, buffers and the program itself: a quarter GiB and 6 % of the weights, at most 2 GiB.

    2 GiB is what MiniMax-M2's figures count. Each CUDA device takes 1.5 GiB more for its context and for the layers
    that do not divide evenly.
    """
    shared = min(_LEAST_OVERHEAD + round(weights * _OVERHEAD_SHARE), _MOST_OVERHEAD)
    return shared + cuda_devices * _OVERHEAD_A_DEVICE


def usable_ram(memory_bytes: int) -> int:
    """What of the RAM is left beside the system: all but an eighth, and at least 2 GiB less."""
    return max(memory_bytes - max(memory_bytes // 8, 2 * GIB), 0)


def has_metal(hardware: Hardware) -> bool:
    return hardware.working_set_bytes > 0


def _place(form: ModelForm, hardware: Hardware) -> _Place:
    """Which engine would run a form, and in which memory.

    MLX runs its own forms everywhere: on Metal, and on the CPU of other machines, in RAM. Plain checkpoints (pytorch)
    run in Transformers on CUDA and in MLX elsewhere. AWQ runs in Transformers only, on CUDA and on the CPU of machines
    that have neither Metal nor CUDA. On a CPU plain weights, FP8 among them, are read as float32.
    """
    match form.format:
        case "mlx":
            return _in_mlx(hardware)
        case "awq":
            return _place_of_awq(hardware)
        case "pytorch":
            return _place_of_checkpoint(form, hardware)
        case _:
            return _Place(None, why="unknown_format")


def _place_of_awq(hardware: Hardware) -> _Place:
    new_enough = all(device.compute_capability >= _AWQ_CAPABILITY for device in hardware.cuda)
    if has_metal(hardware) or not new_enough:
        return _Place(None, why="needs_cuda")
    if hardware.cuda:
        return _on_cuda(hardware)
    ram = usable_ram(hardware.memory_bytes)
    return _Place("Transformers", "ram", ram, ram, bytes_per_second=_AWQ_ON_CPU_BYTES_PER_SECOND)


def _place_of_checkpoint(form: ModelForm, hardware: Hardware) -> _Place:
    fp8 = is_fp8_form(form)
    if has_metal(hardware):
        return _Place(None, why="needs_cuda") if fp8 else _in_mlx(hardware)
    if hardware.cuda:
        new_enough = all(device.compute_capability >= _FP8_CAPABILITY for device in hardware.cuda)
        return _on_cuda(hardware, bits=PLAIN_BITS if fp8 and not new_enough else 0.0)
    return _in_mlx(hardware, bits=_FLOAT32_BITS if fp8 or bits_of(form) > PLAIN_BITS / 2 else 0.0)


def _in_mlx(hardware: Hardware, bits: float = 0.0) -> _Place:
    if has_metal(hardware):
        return _Place("MLX", "working_set", hardware.working_set_bytes, hardware.memory_bytes)
    ram = usable_ram(hardware.memory_bytes)
    return _Place("MLX", "ram", ram, ram, bits=bits)


def _on_cuda(hardware: Hardware, bits: float = 0.0) -> _Place:
    memory = sum(device.memory_bytes for device in hardware.cuda)
    total = memory + usable_ram(hardware.memory_bytes)
    return _Place("Transformers", "cuda", memory, total, devices=len(hardware.cuda), bits=bits)


def _zone(form: ModelForm, place: _Place, weights: int, beside: int, published: int) -> tuple[Zone, Why]:
    """The zone and its reason.

    `beside` is what the least context needs beside the weights; `published` are the weights before they became wider.
    """
    if place.engine is None:
        return "no_engine", place.why
    if weights + beside <= place.limit:
        if place.kind == "ram" and _speed_on_cpu(form, published, place) < _LEAST_SPEED:
            return "will_crawl", "slow_on_cpu"
        return "fits", "fits"
    needs_fp8 = place.kind == "cuda" and place.bits > 0 and published + beside <= place.limit
    if place.kind == "ram" or weights + overhead_bytes(weights, place.devices) > place.total:
        return "will_not_load", "needs_fp8" if needs_fp8 else "over_memory"
    if place.kind == "working_set":
        return "will_crawl", "over_working_set"
    return "will_crawl", "needs_fp8" if needs_fp8 else "offloaded"


def _read_per_token(form: ModelForm, weights: int) -> float:
    return weights * min(form.active_in_billions / form.size_in_billions, 1.0)


def _speed(form: ModelForm, weights: int, published: int, kv: int, place: _Place, hardware: Hardware) -> float:
    """Tokens a second that bandwidth allows at most; on a CPU, that the engine's arithmetic does."""
    if place.kind == "ram":
        return round(_speed_on_cpu(form, published, place), 1)
    return round(hardware.bandwidth_bytes_per_s / (_read_per_token(form, weights) + kv), 1)


def _speed_on_cpu(form: ModelForm, published: int, place: _Place) -> float:
    """A CPU is there for small models; the figures were measured on weights as they are published."""
    return place.bytes_per_second / max(_read_per_token(form, published), 1)


def _smallest_mac(form: ModelForm, weights: int, beside: int) -> int:
    """Memory of the smallest Mac, with stock limits, on which MLX runs a form; 0 if there is none."""
    if form.format not in ("mlx", "pytorch") or is_fp8_form(form):
        return 0
    return next((memory for memory in MACS if weights + beside <= stock_working_set(memory)), 0)
