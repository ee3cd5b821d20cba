"""Which numbers a person may choose for the options of a generation: one table for the window and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct


class OptionRange(Struct, frozen=True):
    """From `least` to `most`, both included; `whole` numbers only, or any."""

    least: float
    most: float
    whole: bool = False

    def holds(self, number: float) -> bool:
        """Whether a person may choose this number."""
        return self.least <= number <= self.most and not (self.whole and number % 1)


OPTION_RANGES: Mapping[str, OptionRange] = MappingProxyType(
    {
        "temperature": OptionRange(0, 2),
        "top_p": OptionRange(0, 1),
        "top_k": OptionRange(0, 1000, whole=True),
        "min_p": OptionRange(0, 1),
        "repetition_penalty": OptionRange(0.5, 2),
        "max_tokens": OptionRange(1, 1_000_000, whole=True),
        "seed": OptionRange(0, 2**32 - 1, whole=True),
    }
)
"""By the names that `GenerationOptions` has. top_k 0, top_p 1, min_p 0 and repetition_penalty 1 choose nothing;
temperature 0 takes the likeliest token. What an engine takes is wider."""


def read_option(name: str, text: str) -> float | int | None:
    """The number that a person typed for the option `name`, with a point or a comma; None for an empty text.

    Raises ValueError for what is no number, or is out of its range.
    """
    text = text.strip().replace(",", ".")
    if not text:
        return None
    allowed = OPTION_RANGES[name]
    number = int(text) if allowed.whole else float(text)
    if not allowed.holds(number):
        raise ValueError(f"{name} is out of its range")
    return number
