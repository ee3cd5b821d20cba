"""Machines and models to judge."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from backends.catalog.hardware import read_hardware
from backends.catalog.quantization import bits_per_weight
from backends.catalog.specs import built_in
from backends.contract.catalog import Hardware, ModelForm, ModelSpec, Source
from backends.contract.models import Hub

GIB = 1024**3
HUBS: tuple[Hub, ...] = ("huggingface", "modelscope")
Machine = Callable[..., Hardware]


@pytest.fixture(scope="session")
def catalog() -> tuple[ModelSpec, ...]:
    return built_in()


@pytest.fixture(scope="session")
def mac() -> Machine:
    """A Mac of so many GiB with stock limits."""

    def described(size: int, chip: str = "Apple M2 Ultra") -> Hardware:
        return read_hardware(msgspec.json.encode({"chip": chip, "memory_bytes": size * GIB}), "mac.json")

    return described


@pytest.fixture(scope="session")
def cuda() -> Machine:
    """A machine with so many cards of so many GB; without `ram` in GiB it has as much as the cards."""

    def described(count: int, size: int, capability: float | str = 9.0, ram: int = 0) -> Hardware:
        card = {"name": "card", "memory_bytes": size * 10**9, "compute_capability": capability}
        return read_hardware(msgspec.json.encode({"cuda": [card] * count, "memory_bytes": ram * GIB}), "cuda.json")

    return described


@pytest.fixture(scope="session")
def pc() -> Machine:
    """A machine without a graphics card that counts, of so many GiB."""

    def described(size: int) -> Hardware:
        return read_hardware(msgspec.json.encode({"chip": "AMD Ryzen", "memory_bytes": size * GIB}), "pc.json")

    return described


@pytest.fixture(scope="session")
def a_spec() -> Callable[..., ModelSpec]:
    """A model of 8 billion parameters whose forms lie at both hubs under org/swan-{quantization}."""

    def made(*quantizations: str, model_format: str = "mlx", kv: int = 131072, context: int = 131072) -> ModelSpec:
        forms = tuple(
            ModelForm(
                format=model_format,
                quantization=quantization,
                size_in_billions=8.0,
                active_in_billions=8.0,
                weights_bytes=round(bits_per_weight(model_format, quantization) * 1e9),
                sources=tuple(Source(hub, f"org/swan-{quantization}") for hub in HUBS),
            )
            for quantization in quantizations
        )
        return ModelSpec("swan", "Swims.", context, ("en",), ("chat",), forms, kv_bytes_per_token=kv)

    return made
