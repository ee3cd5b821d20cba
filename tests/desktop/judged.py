"""Judged models as a test wants them, without a machine to judge for."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QObject

from backends.contract.catalog import (
    FP8_KERNEL,
    Hardware,
    JudgedForm,
    JudgedModel,
    ModelForm,
    ModelSpec,
    Offer,
    Presence,
    Source,
    Verdict,
    Why,
    Zone,
)
from backends.contract.events import EnginePlanned
from backends.contract.models import InstalledModel, ModelRef

GB = 1_000_000_000
GIB = 1 << 30
MAC_192 = Hardware("Apple M2 Ultra", 192 * GIB, 150 * GIB, 800 * GB, 900 * GB)
MAC_16 = Hardware("Apple M2", 16 * GIB, 11_453_246_122, 100 * GB, 120 * GB)
TRANSFORMERS = EnginePlanned(
    "Transformers", False, 214_000_000, 1_210_000_000, 118 * GB, "/home/me/engines/transformers"
)
"""What the engine that does not come with Minim takes on a machine without a GPU."""
AWQ_HERE = InstalledModel(
    ModelRef("MiniMax-M2", "awq", "Int4", "huggingface", "/cache/MiniMax-M2-AWQ"), "Transformers", "minimax_m2", 2 * GB
)

_REASONS: dict[Zone, Why] = {
    "fits": "fits",
    "will_crawl": "over_working_set",
    "will_not_load": "over_memory",
    "no_engine": "needs_metal",
}
_REPOS = {
    ("mlx", "huggingface"): "mlx-community/{0}-{1}",
    ("mlx", "modelscope"): "mlx-community/{0}-{1}",
    ("pytorch", "huggingface"): "MiniMaxAI/{0}",
    ("pytorch", "modelscope"): "MiniMax/{0}",
    ("awq", "huggingface"): "QuantTrio/{0}-AWQ",
    ("awq", "modelscope"): "tclf90/{0}-AWQ",
}


def verdict(zone: Zone, weights: int, *, context: int = 94_000, why: Why | None = None, **more: Any) -> Verdict:
    """A verdict with figures that go together."""
    kv, overhead = 8_100_000_000, 2_000_000_000
    values: dict[str, Any] = {
        "zone": zone,
        "why": why or _REASONS[zone],
        "engine": None if zone == "no_engine" else "MLX",
        "weights_bytes": weights,
        "overhead_bytes": overhead,
        "kv_bytes": kv,
        "kv_bytes_per_token": 253_952,
        "memory_bytes": weights + kv + overhead,
        "limit_kind": "" if zone == "no_engine" else "working_set",
        "limit_bytes": 0 if zone == "no_engine" else 150 * GIB,
        "judged_context": 32_768,
        "max_context": context if zone == "fits" else 0,
        "tokens_per_second": 31.4 if zone == "fits" else 0.0,
        "quality": "good",
    }
    return Verdict(**(values | more))


def form(
    name: str,
    format_: str,
    quantization: str,
    zone: Zone = "fits",
    weights: int = 128_700_000_000,
    *,
    presence: Presence = "absent",
    here: tuple[InstalledModel, ...] = (),
    recommended: bool = False,
    is_estimate: bool = True,
    billions: float = 228.7,
    **more: Any,
) -> JudgedForm:
    """A form that both hubs have."""
    sources = tuple(
        Source(hub, _REPOS.get((format_, hub), "someone/{0}-{1}").format(name, quantization))
        for hub in ("huggingface", "modelscope")
    )
    path = here[0].ref.path if here else "/models/damaged" if presence == "damaged" else ""
    offers = tuple(Offer(source, weights, is_estimate, presence, path) for source in sources)
    spec = ModelForm(format_, quantization, billions, 10.0, weights, sources)
    return JudgedForm(spec, verdict(zone, weights, **more), offers, here, recommended)


def model(name: str, *forms: JudgedForm, best: bool = False, **more: Any) -> JudgedModel:
    """A model of the catalogue."""
    values: dict[str, Any] = {
        "description": f"{name} in a sentence.",
        "context_length": 196_608,
        "languages": ("en", "zh"),
        "abilities": ("chat", "tools", "reasoning"),
        "license": "MIT",
    }
    values |= more
    return JudgedModel(ModelSpec(name, forms=tuple(one.form for one in forms), **values), forms, best)


def copy(name: str, quantization: str, size: int = 128_700_000_000, problem: str = "") -> InstalledModel:
    """A copy on this machine, in the Hugging Face cache."""
    ref = ModelRef(name, "mlx", quantization, "huggingface", f"/cache/{name}-{quantization}")
    return InstalledModel(ref, "MLX", "minimax_m2", size, 196_608, problem)


def fp8_form(*, here: tuple[InstalledModel, ...] = (), kernel_bytes: int = 0) -> JudgedForm:
    """MiniMax-M2 as published, on GPUs that multiply FP8 once the kernel is there."""
    judged = form("MiniMax-M2", "pytorch", "none", weights=230 * GB, here=here, engine="Transformers")
    return replace(judged, kernel=Offer(FP8_KERNEL, kernel_bytes, not kernel_bytes))


class Asked(list[tuple[object, ...]]):
    """What was asked for: the signal's name, and what it brought."""

    def listen(self, source: QObject, names: tuple[str, ...]) -> None:
        """Take down these signals."""
        for name in names:

            def take(*values: object, name: str = name) -> None:
                self.append((name, *values))

            getattr(source, name).connect(take)


def minimax(zone: Zone = "fits", **more: Any) -> JudgedModel:
    """MiniMax-M2 in its seven forms, the MLX ones in a zone."""
    name = "MiniMax-M2"
    sizes = {"8bit": 243, "6bit": 186, "5bit": 157, "4bit": 129, "3bit": 100}
    forms = [
        form(
            name,
            "mlx",
            quantization,
            zone if size < 150 or zone != "fits" else "will_not_load",
            size * GB,
            recommended=quantization == "4bit" and zone == "fits",
            quality="reduced" if quantization == "3bit" else "good",
            smallest_machine_bytes={100: 128, 129: 192, 157: 256, 186: 256, 243: 512}[size] * GIB,
        )
        for quantization, size in sorted(sizes.items(), key=lambda item: item[0] != "4bit")
    ]
    others = (
        form(name, "pytorch", "none", "no_engine", 230 * GB, why="needs_cuda"),
        form(name, "awq", "Int4", "no_engine", 124 * GB, why="needs_cuda"),
    )
    return model(name, *forms, *others, **more)
