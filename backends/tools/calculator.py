"""The calculator: arithmetic on exact fractions, read by Python's parser and walked by us; nothing is ever executed."""

from __future__ import annotations

import ast
import math
import operator
import re
import textwrap
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction

from backends.contract.errors import MinimError
from backends.tools.base import failed
from backends.tools.notation import as_python
from backends.tools.numeric_functions import CONSTANTS, FUNCTIONS, from_float

MAX_CHARACTERS = 2000
MAX_BITS = 20_000
"""Of a numerator or a denominator on the way to the result."""
MAX_DIGITS = 1000
"""Of a whole number that is shown."""
_SIGNIFICANT = 12
_MAX_EXPONENT = 1000


class _Unreadable(Exception):
    """Something in an expression that is no arithmetic; its text is a hint."""


def evaluate(expression: str) -> str:
    """The value of an arithmetic expression as text: whole numbers exactly, others to 12 significant digits.

    Understands + - * / // % ** and parentheses, × ÷ − ^ ² √, percentages such as 15%, thousands separators, and
    what `numeric_functions` lists. Raises `MinimError` with words for the model.
    """
    if len(expression) > MAX_CHARACTERS:
        raise failed(f"The expression is longer than {MAX_CHARACTERS} characters.", "Calculate it in steps.")
    if not expression.strip():
        raise failed("The expression is empty.", "Write one such as 37 * 48.")
    shown = textwrap.shorten(expression, 100, placeholder=" …")
    try:
        source = as_python(expression)
        return _as_text(_value(ast.parse(source, mode="eval").body, source))
    except ZeroDivisionError as error:
        raise failed(f"{shown}: division by zero") from error
    except _Unreadable as error:
        raise failed(f"{shown} could not be read: {error}") from error
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        hint = "Write it with + - * / ** and parentheses, for example (2 + 3) / 4."
        raise failed(f"{shown} could not be read.", hint) from error
    except OverflowError as error:
        raise _too_large() from error


_BINARY: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right,
    ast.FloorDiv: lambda left, right: Fraction(left // right),
    ast.Mod: operator.mod,
    ast.Pow: lambda base, exponent: _power(base, exponent),
}


def _value(node: ast.expr, source: str) -> Fraction:
    """The value of a part of an expression."""
    match node:
        case ast.Constant():
            return _number(node, source)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, source)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, source)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _bounded(_BINARY[type(op)](_value(left, source), _value(right, source)))
        case ast.Name(id=name) if name.lower() in CONSTANTS:
            return CONSTANTS[name.lower()]
        case ast.Name(id=name):
            raise _Unreadable(f"{name} is no number.")
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _bounded(_call(name, [_value(argument, source) for argument in arguments]))
        case ast.Call():
            raise _Unreadable("Write * where something is multiplied.")
        case ast.Tuple():
            raise _Unreadable("The comma has no meaning there. Write decimals with a point.")
        case _:
            raise _Unreadable("Only arithmetic can be calculated.")


def _number(node: ast.Constant, source: str) -> Fraction:
    """A number exactly as it is written, so that 0.1 is a tenth."""
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return _bounded(Fraction(node.value))
    text = (ast.get_source_segment(source, node) or "").replace("_", "")
    if not isinstance(node.value, float):
        raise _Unreadable(f"{text} is no number.")
    exponent = re.search(r"[eE]([+-]?\d+)$", text)
    if exponent and abs(int(exponent[1])) > _MAX_EXPONENT:
        raise _too_large()
    return _bounded(Fraction(text))


def _call(name: str, arguments: list[Fraction]) -> Fraction:
    function = FUNCTIONS.get(name.lower())
    if function is None:
        raise _Unreadable(f"There is no function {name}. There are: {', '.join(FUNCTIONS)}.")
    try:
        return function(*arguments)
    except TypeError as error:
        raise _Unreadable(f"{name} takes another number of values than {len(arguments)}.") from error
    except ValueError as error:
        raise failed(f"{name} has no value there: {error}.") from error


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator == 1:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(base) != 1 and base != 0 and (bits - 1) * abs(exponent.numerator) > MAX_BITS:
            raise _too_large()
        if abs(base) == 1:
            return Fraction(base ** (exponent.numerator % 2))
        return Fraction(base**exponent.numerator)
    if base < 0:
        raise failed(f"A negative number has no power of {_as_text(exponent)} among the real numbers.")
    if base == 0 and exponent < 0:
        raise ZeroDivisionError
    return from_float(math.pow(base, exponent))


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise _too_large()
    return value


def _too_large() -> MinimError:
    return failed("The numbers become too large to be calculated exactly.", f"Stay below {MAX_DIGITS} digits.")


def _as_text(value: Fraction) -> str:
    """A number as a person writes it, without trailing zeros."""
    if abs(value) >= 10**MAX_DIGITS:
        raise _too_large()
    if value.denominator == 1:
        return str(value.numerator)
    whole_digits = len(str(abs(int(value)))) if abs(value) >= 1 else 0
    context = Context(prec=max(_SIGNIFICANT, whole_digits))
    rounded = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    if rounded.adjusted() < -_SIGNIFICANT - 3:
        return f"{rounded.normalize(context):e}".replace("e+", "e")
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
