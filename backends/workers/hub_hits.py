"""What a hub's search found, as models of the catalogue: format, quantization and size read from names and tags."""

from __future__ import annotations

import re

from backends.catalog.quantization import bits_per_weight
from backends.contract.catalog import ModelForm, ModelSpec
from backends.hubs.base import Hit

_BITS = re.compile(r"(?<![a-z0-9])(?:int|q|w)?([2-8])[-_]?(?:bits?)(?![a-z0-9])", re.IGNORECASE)
_BILLIONS = re.compile(r"(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)(b|m)(?![a-z0-9])", re.IGNORECASE)
_ACTIVE = re.compile(r"(?<![a-z0-9])a(\d+(?:\.\d+)?)b(?![a-z0-9])", re.IGNORECASE)
_PLAIN = ("bf16", "fp16", "fp32", "mxfp4", "mxfp8", "nvfp4", "fp8")
_FORMATS = ("gguf", "awq", "gptq", "exl2", "exl3", "bnb", "hqq", "aqlm")
_LICENSE = "license:"
_UNKNOWN_BILLIONS = 1e-3
_MOST_BILLIONS = 1e5
_MOST = 2**53
"""What a hub counts beyond this is no count."""


def spec_of(hit: Hit) -> ModelSpec:
    """A repository as a model with one form. What its name does not say is taken for the original."""
    name = hit.source.repo.rpartition("/")[2]
    tags = {tag.casefold() for tag in hit.tags}
    words = {word for word in re.split(r"[^a-z0-9]+", name.casefold()) if word}
    model_format = _format_of(hit.source.repo.casefold(), words, tags)
    quantization = _quantization_of(name, words, tags, model_format)
    bits = bits_per_weight(model_format, quantization)
    size = _billions_of(name, hit, bits)
    active = _ACTIVE.search(name)
    form = ModelForm(
        format=model_format,
        quantization=quantization,
        size_in_billions=size,
        active_in_billions=min(float(active[1]), size) if active else size,
        weights_bytes=_believed(hit.size_bytes) or round(size * 1e9 * bits / 8),
        sources=(hit.source,),
    )
    return ModelSpec(
        name=hit.source.repo,
        description="",
        context_length=0,
        languages=(),
        abilities=("chat",),
        forms=(form,),
        license=next((tag.removeprefix(_LICENSE) for tag in hit.tags if tag.startswith(_LICENSE)), ""),
        origin="hub",
        gated=hit.gated,
        downloads=_believed(hit.downloads),
    )


def _format_of(repo: str, words: set[str], tags: set[str]) -> str:
    for name in _FORMATS:
        if name in words or name in tags:
            return name
    if "mlx" in tags or "mlx" in words or repo.startswith("mlx-community/"):
        return "mlx"
    return "pytorch"


def _quantization_of(name: str, words: set[str], tags: set[str], model_format: str) -> str:
    bits = _BITS.search(name)
    if model_format == "awq":
        return f"Int{bits[1] if bits else 4}"
    if bits:
        return f"{bits[1]}bit"
    plain = next((word for word in _PLAIN if word in words), "")
    if plain:
        return plain
    tagged = next((found for tag in sorted(tags) if (found := re.fullmatch(r"([2-8])-bit", tag))), None)
    return f"{tagged[1]}bit" if tagged and model_format != "pytorch" else "none"


def _billions_of(name: str, hit: Hit, bits: float) -> float:
    """The name's own figure first: of a quantized file, hubs count packed numbers as parameters."""
    named = [
        float(times or 1) * float(count) / (1 if unit in "bB" else 1000)
        for times, count, unit in _BILLIONS.findall(name)
    ]
    named = [count for count in named if 0 < count <= _MOST_BILLIONS]
    if named:
        return max(named)
    if size := _believed(hit.size_bytes):
        return size * 8 / bits / 1e9
    return _believed(hit.parameters) / 1e9 or _UNKNOWN_BILLIONS


def _believed(count: int) -> int:
    return count if 0 < count <= _MOST else 0
