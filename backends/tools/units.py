"""The converter of units: exact factors, many names, six significant digits."""

from __future__ import annotations

import difflib
import re
import sys
import unicodedata
from decimal import Context, Decimal
from fractions import Fraction

from msgspec import Struct

from backends.tools.base import failed
from backends.tools.unit_table import TABLE

_SIGNIFICANT = 6
_PLAIN_BELOW = 10**15


class Unit(Struct, frozen=True):
    """A unit: so many of the quantity's base unit, plus an offset for scales of temperature."""

    symbol: str
    quantity: str
    factor: Fraction
    offset: Fraction = Fraction(0)


def convert(value: float, from_unit: str, to_unit: str) -> str:
    """`value` in another unit, as "5 km = 3.10686 mi". Raises `MinimError` for what cannot be converted."""
    source, target = find_unit(from_unit), find_unit(to_unit)
    if source.quantity != target.quantity:
        raise failed(
            f"{source.symbol} is a unit of {source.quantity} and {target.symbol} one of {target.quantity}: "
            "they cannot be converted."
        )
    if abs(value) > sys.float_info.max:
        raise failed("The value is too large to be converted.", "Stay below 10 to the power of 308.")
    exact = Fraction(str(value))
    in_base = exact * source.factor + source.offset
    if source.quantity == "temperature" and in_base < 0:
        raise failed(f"{_plain(exact)} {source.symbol} is below absolute zero.")
    result = (in_base - target.offset) / target.factor
    return f"{_plain(exact)} {source.symbol} = {_rounded(result)} {target.symbol}"


def find_unit(name: str) -> Unit:
    """The unit that has this symbol or name, exactly or in other letters' case. Raises `MinimError`."""
    asked = _tidy(name)
    for candidate in (asked, asked.removesuffix("s"), asked.removesuffix("es")):
        unit = _EXACT.get(candidate) or _FOLDED.get(candidate.casefold())
        if unit is not None:
            return unit
    near = difflib.get_close_matches(asked.casefold(), _FOLDED, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else "Use a symbol such as km, lb, °C, L, kWh."
    raise failed(f"There is no unit {name.strip() or 'without a name'} here.", hint)


def _tidy(name: str) -> str:
    """A unit's name without what people write in different ways: full width, raised digits, dots, spaces."""
    text = unicodedata.normalize("NFKC", name.replace("º", "°")).replace("^", "").strip().removesuffix(".")
    return " ".join(re.sub(r"^(degrees?|deg)\s+", "", text, flags=re.IGNORECASE).split())


def _read_table() -> tuple[dict[str, Unit], dict[str, Unit]]:
    """All names of all units, as they are and case-folded; of two that fold alike, the first stands."""
    exact: dict[str, Unit] = {}
    folded: dict[str, Unit] = {}
    for quantity, rows in TABLE.items():
        for symbol, factor, offset, names in rows:
            unit = Unit(symbol, quantity, Fraction(factor), Fraction(offset))
            for name in (symbol, *(part.strip() for part in names.split(",") if part.strip())):
                exact.setdefault(_tidy(name), unit)
                folded.setdefault(_tidy(name).casefold(), unit)
    return exact, folded


_EXACT, _FOLDED = _read_table()


def _plain(value: Fraction) -> str:
    """A number that was given, with all its digits."""
    if value.denominator == 1 and abs(value) < _PLAIN_BELOW:
        return str(value.numerator)
    return f"{float(value):.15g}"


def _rounded(value: Fraction) -> str:
    """Six significant digits, and all digits of a whole part that has more."""
    whole_digits = len(str(abs(int(value)))) if abs(value) >= 1 else 0
    digits = max(_SIGNIFICANT, whole_digits) if abs(value) < _PLAIN_BELOW else _SIGNIFICANT
    rounded = Context(prec=digits).divide(Decimal(value.numerator), Decimal(value.denominator))
    if rounded and not -_SIGNIFICANT <= rounded.adjusted() < len(str(_PLAIN_BELOW)):
        return f"{rounded.normalize():g}"
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
