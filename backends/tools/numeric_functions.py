"""The functions and constants of the calculator, on exact fractions where that is possible."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction

_PRECISE = Context(prec=50)
_MAX_FACTORIAL = 449

CONSTANTS: dict[str, Fraction] = {
    "pi": Fraction("3.14159265358979323846264338327950288419716939937510"),
    "e": Fraction("2.71828182845904523536028747135266249775724709369995"),
    "tau": Fraction("6.28318530717958647692528676655900576839433879875020"),
}


def from_float(number: float) -> Fraction:
    """The decimal number that a float stands for, to 15 significant digits: what it is sure of. Raises ValueError."""
    if not math.isfinite(number):
        raise OverflowError
    return Fraction(f"{number:.15g}")


def _float_function(function: Callable[[float], float]) -> Callable[[Fraction], Fraction]:
    return lambda value: from_float(function(float(value)))


def _trigonometric(function: Callable[[float], float]) -> Callable[[Fraction], Fraction]:
    def exact_at_zero(value: Fraction) -> Fraction:
        result = function(float(value))
        if abs(result) > 1e15:
            raise ValueError("it grows without limit")
        return from_float(round(result, 15))  # sin(pi) is 0, not 1.2e-16

    return exact_at_zero


def _sqrt(value: Fraction) -> Fraction:
    if value < 0:
        raise ValueError("the number is negative")
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return Fraction(top, bottom)
    return Fraction(_PRECISE.sqrt(_PRECISE.divide(Decimal(value.numerator), Decimal(value.denominator))))


def _log(value: Fraction, base: Fraction | None = None) -> Fraction:
    if value <= 0:
        raise ValueError("the number is not positive")
    natural = math.log(value.numerator) - math.log(value.denominator)
    if base is None:
        return from_float(natural)
    if base <= 0 or base == 1:
        raise ValueError("the base must be positive and not 1")
    return from_float(natural / (math.log(base.numerator) - math.log(base.denominator)))


def _round(value: Fraction, digits: Fraction = Fraction(0)) -> Fraction:
    """Halves are rounded away from zero, as at school."""
    places = _whole(digits)
    if abs(places) > 100:
        raise ValueError("too many digits")
    scale = Fraction(10) ** places
    rounded = math.floor(abs(value) * scale + Fraction(1, 2)) / scale
    return rounded if value >= 0 else -rounded


def _factorial(value: Fraction) -> Fraction:
    number = _whole(value)
    if not 0 <= number <= _MAX_FACTORIAL:
        raise ValueError(f"the number must be from 0 to {_MAX_FACTORIAL}")
    return Fraction(math.factorial(number))


def _gcd(*values: Fraction) -> Fraction:
    return Fraction(math.gcd(*map(_whole, values)))


def _lcm(*values: Fraction) -> Fraction:
    return Fraction(math.lcm(*map(_whole, values)))


def _whole(value: Fraction) -> int:
    if value.denominator != 1:
        raise ValueError("the number is not whole")
    return value.numerator


def _smallest(first: Fraction, *others: Fraction) -> Fraction:
    return min(first, *others) if others else first


def _largest(first: Fraction, *others: Fraction) -> Fraction:
    return max(first, *others) if others else first


def _abs(value: Fraction) -> Fraction:
    return abs(value)


def _floor(value: Fraction) -> Fraction:
    return Fraction(math.floor(value))


def _ceil(value: Fraction) -> Fraction:
    return Fraction(math.ceil(value))


def _radians(value: Fraction) -> Fraction:
    return value * CONSTANTS["pi"] / 180


def _degrees(value: Fraction) -> Fraction:
    return value * 180 / CONSTANTS["pi"]


def _log2(value: Fraction) -> Fraction:
    return _log(value, Fraction(2))


def _log10(value: Fraction) -> Fraction:
    return _log(value, Fraction(10))


FUNCTIONS: dict[str, Callable[..., Fraction]] = {
    "sqrt": _sqrt,
    "abs": _abs,
    "round": _round,
    "floor": _floor,
    "ceil": _ceil,
    "min": _smallest,
    "max": _largest,
    "sin": _trigonometric(math.sin),
    "cos": _trigonometric(math.cos),
    "tan": _trigonometric(math.tan),
    "asin": _float_function(math.asin),
    "acos": _float_function(math.acos),
    "atan": _float_function(math.atan),
    "radians": _radians,
    "degrees": _degrees,
    "exp": _float_function(math.exp),
    "ln": _log,
    "log": _log,
    "log2": _log2,
    "log10": _log10,
    "factorial": _factorial,
    "gcd": _gcd,
    "lcm": _lcm,
}
"""By name, lower case. They raise ValueError with words where there is no value."""
