"""The generation options as a person types them: which numbers may stand in a field, and how they are written."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from PySide6.QtCore import QLocale


class Range(Struct, frozen=True):
    """`least` to `most`, both included; `whole`: no fractions."""

    least: float
    most: float
    whole: bool = False

    @property
    def words(self) -> tuple[str, str]:
        """Both ends as a person reads them."""
        return _words(self.least), _words(self.most)


RANGES = {
    "temperature": Range(0, 2),
    "top_p": Range(0, 1),
    "top_k": Range(0, 1000, whole=True),
    "min_p": Range(0, 1),
    "repetition_penalty": Range(0.5, 2),
    "max_tokens": Range(1, 1_000_000, whole=True),
    "seed": Range(0, 2**32 - 1, whole=True),
}


def read_number(name: str, text: str) -> float | int | Literal["wrong"] | None:
    """What was typed for the option `name`: a number, None for nothing, or "wrong" for what cannot be used."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    span = RANGES[name]
    try:
        number = int(text) if span.whole else float(text)
    except ValueError:
        return "wrong"
    return number if span.least <= number <= span.most else "wrong"


def write_number(value: float | None) -> str:
    """A number as it stands in a field; "" for None."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def read_stops(text: str) -> tuple[str, ...]:
    """Stop strings, one a line; "\\n" in one stands for a new line."""
    return tuple(line.replace("\\n", "\n") for line in text.splitlines() if line)


def write_stops(stops: tuple[str, ...]) -> str:
    """The other way round."""
    return "\n".join(stop.replace("\n", "\\n") for stop in stops)


def _words(number: float) -> str:
    return QLocale().toString(float(number), "g", 12)
