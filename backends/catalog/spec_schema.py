"""The JSON of Xinference's model specs, version 2, as far as Minim needs it; unknown keys are passed over."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

# What a number may be at most: far beyond any model, and small enough for every program that is told of it.
_Bytes = Annotated[int, Meta(ge=0, le=10**15)]
_Billions = Annotated[float, Meta(ge=0, le=1e6)]
_Tokens = Annotated[int, Meta(ge=0, le=2**31)]


class HubSource(Struct, frozen=True):
    """One hub's entry in `model_src`. `model_id` may hold `{quantization}`."""

    model_id: str
    quantizations: list[str] | None = None
    model_revision: str | None = None
    model_metadata: dict[str, Any] | None = None
    model_metadata_by_quantization: dict[str, dict[str, Any]] | None = None


class Spec(Struct, frozen=True):
    """One entry of `model_specs`: a format in some quantizations.

    `model_id`, `model_hub`, `model_revision` and `quantizations`, or one `quantization`, are the older, flat shape: one
    hub a spec.
    `parameters_in_billions`, `weights_bytes` and `kv_bytes_per_token` are Minim's own: the exact count where the size
    is a round name, the bytes on disk by quantization where bits do not tell, and the KV cache of this size.
    """

    model_format: str
    model_size_in_billions: float | str
    activated_size_in_billions: float | str | None = None
    model_src: dict[str, Any] | None = None
    quantizations: list[str] | None = None
    quantization: str | None = None
    model_id: str | None = None
    model_hub: str | None = None
    model_revision: str | None = None
    model_uri: str | None = None
    parameters_in_billions: _Billions = 0.0
    weights_bytes: dict[str, _Bytes] = {}
    kv_bytes_per_token: _Bytes = 0


class Family(Struct, frozen=True):
    """One model. `license` and `kv_bytes_per_token` are Minim's own keys; Xinference passes over keys it has not."""

    model_name: str
    model_specs: list[Any]
    context_length: _Tokens | None = None
    model_lang: list[str] = []
    model_ability: list[str] | None = None
    model_description: str | None = None
    architectures: list[str] | None = None
    license: str = ""
    kv_bytes_per_token: _Bytes = 0


def parsed_billions(size: float | str) -> float:
    """A size as the specs write it: 230, 0.6, "141", or "0_6" for 0.6. Raises ValueError for what is none."""
    number = float(size.replace("_", ".")) if isinstance(size, str) else float(size)
    if not 0 < number < 1e6:
        raise ValueError(f"{size} billions of parameters")
    return number


def convert_family(entry: object) -> Family:
    """A family out of JSON; raises msgspec.ValidationError that names the key."""
    return msgspec.convert(entry, Family)


def convert_spec(entry: object) -> Spec:
    """A spec out of JSON; raises msgspec.ValidationError that names the key."""
    return msgspec.convert(entry, Spec)
