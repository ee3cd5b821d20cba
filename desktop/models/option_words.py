"""The generation options as a person reads and types them."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from backends.contract.option_ranges import OPTION_RANGES


def span(name: str) -> tuple[str, str]:
    """The least and the most of the option `name`."""
    allowed = OPTION_RANGES[name]
    return _in_words(allowed.least), _in_words(allowed.most)


def write_number(value: float | None) -> str:
    """A number as it stands in a field; "" for None."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def read_stops(text: str) -> tuple[str, ...]:
    """Stop strings, one a line; "\\n" in one stands for a new line."""
    return tuple(line.replace("\\n", "\n") for line in text.splitlines() if line)


def write_stops(stops: tuple[str, ...]) -> str:
    """The other way round."""
    return "\n".join(stop.replace("\n", "\\n") for stop in stops)


def _in_words(number: float) -> str:
    return QLocale().toString(float(number), "g", 12)
