"""The tables: Macs, and the bandwidth of chips and cards."""

from __future__ import annotations

import pytest

from backends.catalog.machines import (
    MACS,
    apple_bandwidth,
    card_bandwidth,
    card_capability,
    is_apple,
    stock_working_set,
)

GIB = 1024**3


@pytest.mark.parametrize(
    ("memory", "working_set"),
    [(8, 5.33), (16, 10.67), (24, 16), (32, 21.33), (64, 51.84), (96, 72), (128, 107.5), (192, 144), (512, 384)],
)
def test_stock_working_sets(memory: int, working_set: float) -> None:
    assert stock_working_set(memory * GIB) == round(working_set * GIB)


def test_the_working_set_grows_with_memory_and_stays_below_it() -> None:
    sizes = sorted({*MACS, 12 * GIB, 20 * GIB, 40 * GIB, 100 * GIB, 300 * GIB, 1024 * GIB})
    limits = [stock_working_set(size) for size in sizes]
    assert limits == sorted(limits)
    assert all(0.66 * size < limit < 0.85 * size for size, limit in zip(sizes, limits, strict=True))


@pytest.mark.parametrize(
    ("chip", "memory", "speed"),
    [
        ("Apple M1", 16, 68),
        ("Apple M3 Max", 128, 400),
        ("Apple M3 Max", 96, 300),
        ("Apple M4 Max", 36, 410),
        ("M3 Ultra", 512, 819),
        ("Apple M5", 24, 153),
        ("Apple M99 Ultra", 64, 0),
        ("AMD Ryzen 9", 64, 0),
    ],
)
def test_apple_chips(chip: str, memory: int, speed: int) -> None:
    assert apple_bandwidth(chip, memory * GIB) == speed * 10**9


@pytest.mark.parametrize(
    ("name", "memory", "speed", "capability"),
    [
        ("NVIDIA A100-SXM4-40GB", 40, 1555, 8.0),
        ("NVIDIA A100-SXM4-80GB", 80, 2039, 8.0),
        ("NVIDIA A100 80GB PCIe", 80, 1935, 8.0),
        ("NVIDIA H100 80GB HBM3", 80, 3350, 9.0),
        ("NVIDIA H100 PCIe", 80, 2039, 9.0),
        ("NVIDIA H200", 141, 4800, 9.0),
        ("NVIDIA L40S", 46, 864, 8.9),
        ("NVIDIA L4", 24, 300, 8.9),
        ("NVIDIA RTX 6000 Ada Generation", 48, 960, 8.9),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", 96, 1792, 12.0),
        ("NVIDIA GeForce RTX 3090", 24, 936, 8.6),
        ("NVIDIA GeForce RTX 4070 Ti SUPER", 16, 672, 8.9),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", 16, 0, 8.9),
        ("Some other card", 16, 0, 0.0),
    ],
)
def test_nvidia_cards(name: str, memory: int, speed: int, capability: float) -> None:
    assert card_bandwidth(name, memory * GIB) == speed * 10**9
    assert card_capability(name, memory * GIB) == capability


def test_which_chips_are_apples() -> None:
    assert all(is_apple(chip) for chip in ("Apple M1", "M4 Max", "Apple processor"))
    assert not any(is_apple(chip) for chip in ("", "AMD Ryzen", "Intel(R) Core(TM) i7", "MIPS", "Cortex-M4"))
