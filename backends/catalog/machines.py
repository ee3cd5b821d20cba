"""Tables of machines: the Macs that were sold, Metal's stock working set, the bandwidth of chips and cards."""

from __future__ import annotations

import re

GIB = 1024**3

_STOCK_WORKING_SETS = {
    8: 5.33,
    16: 10.67,
    18: 12.0,
    24: 16.0,
    32: 21.33,
    36: 27.0,
    48: 36.0,
    64: 51.84,
    96: 72.0,
    128: 107.5,
    192: 144.0,
    256: 192.0,
    512: 384.0,
}
"""Metal's recommended working set by memory, both in GiB, as macOS sets it.

Source: the figures on which MiniMax-M2's zones rest (16 GiB: about 10.7, 64: about 51, 128: 107.5, larger ones
75–84 %), and llama.cpp's logs of `recommendedMaxWorkingSetSize` (in millions of bytes 11,453 for 16 GiB, 55,663 for 64,
115,449 for 128): two thirds up to 32 GiB and at least three quarters above. Some versions of macOS grant more; a
machine that is asked says its own.
"""

MACS = tuple(size * GIB for size in _STOCK_WORKING_SETS)
"""Memory of the Macs that Apple has sold with its own chips, in bytes, ascending."""

# GB/s, from the technical specifications on Apple's support pages.
_APPLE = {
    "M1": 68,
    "M1 Pro": 200,
    "M1 Max": 400,
    "M1 Ultra": 800,
    "M2": 100,
    "M2 Pro": 200,
    "M2 Max": 400,
    "M2 Ultra": 800,
    "M3": 100,
    "M3 Pro": 150,
    "M3 Max": 400,
    "M3 Ultra": 819,
    "M4": 120,
    "M4 Pro": 273,
    "M4 Max": 546,
    "M5": 153,
    "M5 Pro": 307,
    "M5 Max": 614,
}
# The Max with fewer GPU cores has fewer memory channels; the amount of memory (GiB) tells which one it is.
_APPLE_SMALLER_MAX = {("M3 Max", 36): 300, ("M3 Max", 96): 300, ("M4 Max", 36): 410, ("M5 Max", 36): 460}
_APPLE_CHIP = re.compile(r"\bM(\d+)(?: (Pro|Max|Ultra))?\b")

# Name, least memory in GiB, GB/s, compute capability; from NVIDIA's data sheets and its table of CUDA GPUs.
_CARDS = (
    ("B300", 0, 8000, 10.3),
    ("B200", 0, 8000, 10.0),
    ("GH200", 0, 4000, 9.0),
    ("H200", 0, 4800, 9.0),
    ("H100", 0, 3350, 9.0),
    ("H100 PCIe", 0, 2039, 9.0),
    ("H100 NVL", 0, 3938, 9.0),
    ("H800", 0, 3350, 9.0),
    ("H20", 0, 4000, 9.0),
    ("A100", 0, 1555, 8.0),
    ("A100", 60, 2039, 8.0),
    ("A100 80GB PCIe", 60, 1935, 8.0),
    ("A800", 0, 2039, 8.0),
    ("A30", 0, 933, 8.0),
    ("A40", 0, 696, 8.6),
    ("A10", 0, 600, 8.6),
    ("A6000", 0, 768, 8.6),
    ("L40S", 0, 864, 8.9),
    ("L40", 0, 864, 8.9),
    ("L4", 0, 300, 8.9),
    ("V100", 0, 900, 7.0),
    ("T4", 0, 320, 7.5),
    ("RTX PRO 6000 Blackwell", 0, 1792, 12.0),
    ("RTX 6000 Ada", 0, 960, 8.9),
    ("RTX 5000 Ada", 0, 576, 8.9),
    ("RTX 3060", 0, 360, 8.6),
    ("RTX 3070", 0, 448, 8.6),
    ("RTX 3080", 0, 760, 8.6),
    ("RTX 3080 Ti", 0, 912, 8.6),
    ("RTX 3090", 0, 936, 8.6),
    ("RTX 3090 Ti", 0, 1008, 8.6),
    ("RTX 4060", 0, 272, 8.9),
    ("RTX 4060 Ti", 0, 288, 8.9),
    ("RTX 4070", 0, 504, 8.9),
    ("RTX 4070 Ti", 0, 504, 8.9),
    ("RTX 4070 Ti SUPER", 0, 672, 8.9),
    ("RTX 4080", 0, 717, 8.9),
    ("RTX 4080 SUPER", 0, 736, 8.9),
    ("RTX 4090", 0, 1008, 8.9),
    ("RTX 5060", 0, 448, 12.0),
    ("RTX 5070", 0, 672, 12.0),
    ("RTX 5070 Ti", 0, 896, 12.0),
    ("RTX 5080", 0, 960, 12.0),
    ("RTX 5090", 0, 1792, 12.0),
    ("GB10", 0, 273, 12.1),
)


def is_apple(chip: str) -> bool:
    """Whether a chip is one of Apple's for Macs, with or without "Apple" before its name."""
    return chip.startswith("Apple") or _APPLE_CHIP.match(chip) is not None


def stock_working_set(memory_bytes: int) -> int:
    """Metal's recommended working set, in bytes, of a Mac with so much memory and untouched limits."""
    size = round(memory_bytes / GIB)
    if size in _STOCK_WORKING_SETS:
        return round(_STOCK_WORKING_SETS[size] * GIB)
    return round(memory_bytes * (2 / 3 if size <= 32 else 3 / 4))


def apple_bandwidth(chip: str, memory_bytes: int) -> int:
    """Bytes a second that a chip of Apple's reads from memory, 0 if it is not known."""
    found = _APPLE_CHIP.search(chip)
    if found is None:
        return 0
    name = found[0]
    return _APPLE_SMALLER_MAX.get((name, round(memory_bytes / GIB)), _APPLE.get(name, 0)) * 10**9


def card_bandwidth(name: str, memory_bytes: int) -> int:
    """Bytes a second that an NVIDIA card reads from its memory, 0 if it is not known (laptops have slower ones)."""
    return _card(name, memory_bytes)[0] * 10**9


def card_capability(name: str, memory_bytes: int) -> float:
    """Compute capability of an NVIDIA card by its name, 0 if it is not known."""
    return _card(name, memory_bytes)[1]


def _card(name: str, memory_bytes: int) -> tuple[int, float]:
    """GB/s and compute capability."""
    words = f" {re.sub(r'[-_/ ]+', ' ', name).casefold()} "
    known = [
        (len(card), least, speed, capability)
        for card, least, speed, capability in _CARDS
        if f" {card.casefold()} " in words and memory_bytes >= least * GIB
    ]
    if not known:
        return 0, 0.0
    _, _, speed, capability = max(known)
    return (0 if "laptop" in words else speed), capability
