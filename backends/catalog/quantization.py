"""What the name of a format and a quantization says: bits a weight, and how near the original it stays."""

from __future__ import annotations

import re

from backends.contract.catalog import ModelForm, Quality

PLAIN_BITS = 16.0
"""bf16 and fp16, as most models are published."""

FP8_BITS = 8.05
"""A byte a weight, and a 32-bit scale for each block of 128 × 128; embeddings and norms stay in 16 bits."""

MXFP4_BITS = 4.6
"""gpt-oss as published: 4.25 bits in the experts, 16 in the rest (13.8 GB of 21 B parameters)."""

_MLX_GROUP_BITS = 0.5
"""MLX keeps a 16-bit scale and a 16-bit bias for each group of 64 weights."""

_AWQ_GROUP_BITS = 0.34
"""AWQ keeps a scale and a zero for each group of 128, and leaves embeddings, router and norms in 16 bits."""

_OTHER_GROUP_BITS = 0.5
"""GPTQ, GGUF and others: for a rough figure only, no engine of Minim reads them."""

_NAMED_BITS = {
    "mxfp8": 8.25,
    "8bit-mxfp8": 8.25,
    "mxfp4": 4.25,
    "nvfp4": 4.5,
    "fp8": FP8_BITS,
    "fp4": 4.5,
    "bf16": 16.0,
    "fp16": 16.0,
    "f16": 16.0,
    "fp32": 32.0,
    "none": PLAIN_BITS,
    "": PLAIN_BITS,
}
_QUALITIES: tuple[tuple[float, Quality], ...] = ((6.0, "near_original"), (4.0, "good"), (3.0, "reduced"))
_BITS = re.compile(r"(?:int|fp|u?q|iq|tq|bf)[-_]?(\d+)|(\d+)[-_]?bits?", re.IGNORECASE)


def bits_per_weight(model_format: str, quantization: str) -> float:
    """Bits that a weight takes on disk, scales included; 16 where the name says nothing.

    MLX's `{n}bit` is n + 0.5 (groups of 64), so that MiniMax-M2's 4-bit form of 228.7 billion weights is 129 GB.
    """
    name = quantization.casefold()
    found = _BITS.search(name)
    if model_format == "awq":
        # Names like "AWQ-FP16Mix" speak of the layers that were left alone.
        return (int(found[1] or found[2]) if found and not found[0].startswith(("fp", "bf")) else 4) + _AWQ_GROUP_BITS
    if name in _NAMED_BITS:
        return _NAMED_BITS[name]
    if found is None:
        return PLAIN_BITS
    bits = min(int(found[1] or found[2]), 32)
    if bits >= PLAIN_BITS:
        return float(bits)
    return bits + (_MLX_GROUP_BITS if model_format == "mlx" else _OTHER_GROUP_BITS)


def quality_of(model_format: str, quantization: str) -> Quality:
    """What a quantization costs.

    Source: token agreement with the original, measured on MiniMax-M2.5 in MLX: 43 % at 3.5 bits a weight, 92 % at 4.5,
    97 % at 6.5. What a publisher gives out as its own ("none" in pytorch, FP8 or MXFP4 included) is the original.
    """
    if quantization in ("none", "bf16", "fp16", "fp32") or (model_format == "pytorch" and not quantization):
        return "original"
    bits = bits_per_weight(model_format, quantization)
    found: Quality = "poor"
    for least, quality in reversed(_QUALITIES):
        found = quality if bits >= least else found
    return found


def bits_of(form: ModelForm) -> float:
    """Bits a weight by the spec; never by a hub's file list, which may count other files."""
    return form.weights_bytes * 8 / (form.size_in_billions * 1e9)


def is_fp8_form(form: ModelForm) -> bool:
    """Whether a form is FP8 blocks: it wants FP8 units, or twice the memory."""
    return form.format == "pytorch" and 7.5 <= bits_of(form) <= 9
