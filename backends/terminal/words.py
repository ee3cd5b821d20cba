"""Models, forms, sizes and verdicts in words: what a line of `minim models` is made of."""

from __future__ import annotations

from backends.contract.catalog import Hardware, JudgedForm, ModelForm, ModelSpec, Offer, Verdict
from backends.contract.models import Hub

HUB_NAMES: dict[Hub, str] = {"huggingface": "Hugging Face", "modelscope": "ModelScope"}
_GIB = 1024**3


def size_words(count: float) -> str:
    """Bytes as disks and hubs count them: "129 GB", "4.3 GB", "512 B"."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "B" or size >= 99.95 else f"{size:.1f} {unit}"


def memory_words(count: float) -> str:
    """Memory as machines are sold: "192 GB" for 192 GiB."""
    size = count / _GIB
    return f"{size:.0f} GB" if size >= 9.95 or abs(size - round(size)) < 0.05 else f"{size:.1f} GB"


def token_words(count: int) -> str:
    """A context length: "94k", "512"."""
    return f"{count // 1000}k" if count >= 1000 else str(count)


def quantization_words(form: ModelForm) -> str:
    """ "4-bit", "Int4 (AWQ)", "Original (FP8)"."""
    name = form.quantization
    if name.lower() in ("none", ""):
        if form.format != "pytorch":
            return "Not quantized" if form.format == "mlx" else form.format.upper()
        bytes_each = form.weights_bytes / (form.size_in_billions * 1e9) if form.size_in_billions else 2.0
        if bytes_each < 0.8:
            return "Original (4-bit)"
        return "Original (FP8)" if bytes_each < 1.3 else "Original"
    bits = name.lower().removesuffix("bit").removesuffix("-")
    if form.format == "mlx" and bits.isdecimal():
        return f"{bits}-bit"
    return name if form.format in ("mlx", "pytorch") else f"{name} ({form.format.upper()})"


def parameter_words(form: ModelForm) -> str:
    """How many parameters it has: "230B, 10B active", "4.7M"; "" where unknown."""
    size, active = form.size_in_billions, form.active_in_billions
    if size <= 0:
        return ""
    return f"{_billions(size)}, {_billions(active)} active" if 0 < active < size else _billions(size)


def model_words(spec: ModelSpec) -> str:
    """The line of a model: name, parameters, context length, abilities."""
    facts = [spec.name, *dict.fromkeys(parameter_words(form) for form in spec.forms)]
    if spec.context_length:
        facts.append(f"{token_words(spec.context_length)} context")
    facts.append(", ".join(spec.abilities))
    return " · ".join(fact for fact in facts if fact)


def form_words(judged: JudgedForm, offer: Offer | None) -> str:
    """The line of a form: "4-bit · 129 GB · fits, 94k context"; an estimate of the size is marked with ~."""
    count = offer.download_bytes if offer is not None else judged.form.weights_bytes
    size = size_words(count) if count else "size unknown"
    mark = "~" if offer is not None and offer.is_estimate else ""
    return f"{quantization_words(judged.form)} · {mark}{size} · {verdict_words(judged.verdict)}"


def verdict_words(verdict: Verdict) -> str:
    """Whether it runs, and why not."""
    zone = {"will_crawl": "will crawl", "will_not_load": "will not load", "no_engine": "no engine"}
    if verdict.zone == "fits":
        room = f"fits, {token_words(verdict.max_context)} context" if verdict.max_context else "fits"
        if verdict.why == "engine_missing":
            return f"{room}; {_why(verdict)}"
        return f"{room} (little)" if verdict.why == "short_context" else room
    reason = _why(verdict)
    return f"{zone[verdict.zone]}: {reason}" if reason else zone[verdict.zone]


def machine_words(verdict: Verdict) -> str:
    """Which Mac it needs; "" where it needs none, or none is sold."""
    if verdict.zone == "fits" or not verdict.smallest_machine_bytes:
        return ""
    return f"needs a Mac with {memory_words(verdict.smallest_machine_bytes)}"


def hardware_words(hardware: Hardware) -> str:
    """The machine that was judged for, on one line."""
    facts = [hardware.chip or "This machine"]
    if hardware.memory_bytes:
        facts.append(f"{memory_words(hardware.memory_bytes)} memory")
    if hardware.working_set_bytes:
        facts.append(f"Metal may use {size_words(hardware.working_set_bytes)}")
    for name in dict.fromkeys(device.name for device in hardware.cuda):
        same = [device for device in hardware.cuda if device.name == name]
        facts.append(f"{len(same)} × {name} with {memory_words(same[0].memory_bytes)}")
    if hardware.disk_free_bytes:
        facts.append(f"{size_words(hardware.disk_free_bytes)} free on disk")
    return " · ".join(facts)


def _why(verdict: Verdict) -> str:
    need, limit = size_words(verdict.memory_bytes), size_words(verdict.limit_bytes)
    match verdict.why:
        case "over_working_set":
            return f"needs {need}, Metal has {limit}"
        case "offloaded":
            return f"needs {need}, the GPUs have {limit}"
        case "over_memory":
            return f"needs {need}, there is {limit}"
        case "slow_on_cpu":
            return "too large for a CPU"
        case "needs_fp8":
            return f"without FP8 units it needs {need}, there is {limit}"
        case "needs_metal":
            return "runs on Macs with Apple silicon"
        case "needs_cuda":
            return "needs CUDA"
        case "unknown_format":
            return "no engine here reads this format"
        case "engine_missing":
            engine = verdict.engine or "its engine"
            return f"{engine} is not installed"
        case _:
            return ""


def _billions(count: float) -> str:
    return f"{count * 1000:.2g}M" if count < 0.1 else f"{count:g}B"
