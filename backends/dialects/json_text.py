"""JSON read while it is being written: an object's members one by one, their values told as they come.

Strict, but for line breaks and other control characters within strings, which models write as they are: they can mean
nothing else. A half of a surrogate pair becomes U+FFFD; the last of equal keys wins; NaN and infinity are no numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn, cast

from backends.dialects.calls import Interrupted
from backends.dialects.source import CUT, Source, Tape, Wait

Tell = Callable[[str], None]
"""Takes more of a value: a string's own characters, or the JSON text of anything else."""

_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CLOSES = {"{": "}", "[": "]"}
_HEX = frozenset("0123456789abcdefABCDEF")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_DEEPEST = 200


class Malformed(Exception):
    """What comes is no JSON."""


class CutOff(Exception):
    """The output ended in the middle of a value."""


class JsonText:
    """Reads JSON from `source`. Every method raises Malformed, CutOff, or Interrupted at one of `interrupts`."""

    def __init__(self, source: Source, interrupts: tuple[str, ...] = ()) -> None:
        self._source = source
        self._interrupts = interrupts
        self._stops = tuple({text[0] for text in interrupts})

    def object(self, member: Callable[[str], Wait[None]]) -> Wait[None]:
        """Read the object whose brace is ahead; `member` is called with each key and reads its value."""
        self._source.take(1)
        if (yield from self.ahead()) == "}":
            self._source.take(1)
            return
        while True:
            if (yield from self.ahead()) != '"':
                raise Malformed
            key = yield from self.string()
            yield from self._expect(":")
            yield from self.ahead()
            yield from member(key)
            if (yield from self._expect(",", "}")) == "}":
                return

    def ahead(self) -> Wait[str]:
        """Take white space; the character behind it, not taken."""
        yield from self._source.space()
        yield from self._more()
        yield from self._interrupt()
        return self._source.next

    def value(self, tell: Tell) -> Wait[Any]:
        """Read any value."""
        first = yield from self.ahead()
        if first == '"':
            return (yield from self.string(tell))
        tape = Tape()

        def keep(text: str) -> None:
            if text:
                tape.append(text)
                tell(text)

        yield from self._nested(keep) if first in _CLOSES else self._scalar(keep)
        return parsed(tape.text)

    def string(self, tell: Tell | None = None) -> Wait[str]:
        """Read the string whose quote is ahead."""
        self._source.take(1)
        tape = Tape()
        while True:
            yield from self._more()
            text = self._source.take_until('"', "\\", *self._stops)
            if not self._source.empty:
                if self._source.next == '"' and not text:
                    self._source.take(1)
                    return tape.text
                if not text:
                    text = yield from self._special()
            if text:
                tape.append(text)
                if tell:
                    tell(text)

    # -- inside of values -------------------------------------------------------------------------------------

    def _special(self) -> Wait[str]:
        """An escape sequence; else what may begin an interrupt and does not."""
        if self._source.next != "\\":
            yield from self._interrupt()
            return self._source.take(1)
        self._source.take(1)
        yield from self._more()
        kind = self._source.take(1)
        if kind == "u":
            return (yield from self._code_points())
        if kind not in _ESCAPES:
            raise Malformed
        return _ESCAPES[kind]

    def _code_points(self) -> Wait[str]:
        r"""What stands behind `\u`, and behind those that follow while halves of pairs come."""
        done: list[str] = []
        code = yield from self._hex()
        while True:
            if not 0xD800 <= code < 0xDC00:
                break
            if (yield from self._source.ahead("\\u")) != "\\u":
                break
            self._source.take(2)
            low = yield from self._hex()
            if 0xDC00 <= low < 0xE000:
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                break
            done.append("\ufffd")
            code = low
        return "".join([*done, "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)])

    def _hex(self) -> Wait[int]:
        digits = ""
        while len(digits) < 4:
            yield from self._more()
            digits += self._source.take(1)
            if digits[-1] not in _HEX:
                raise Malformed
        return int(digits, 16)

    def _scalar(self, keep: Tell) -> Wait[None]:
        while True:
            yield from self._more()
            text = self._source.take_until(",", "}", "]", " ", "\t", "\r", "\n", *self._stops)
            keep(text)
            if self._source.empty:
                continue
            if self._source.next not in self._stops:
                return
            yield from self._interrupt()
            keep(self._source.take(1))

    def _nested(self, keep: Tell) -> Wait[None]:
        closes: list[str] = []
        while True:
            yield from self._more()
            text = self._source.take_until('"', "{", "[", "}", "]", *self._stops)
            keep(text)
            if self._source.empty:
                continue
            yield from self._interrupt()
            sign = self._source.take(1)
            keep(sign)
            if sign == '"':
                yield from self._quoted(keep)
            elif sign in _CLOSES:
                closes.append(_CLOSES[sign])
            elif sign in "}]" and closes.pop() != sign:
                raise Malformed
            if not closes:
                return
            if len(closes) > _DEEPEST:
                raise Malformed

    def _quoted(self, keep: Tell) -> Wait[None]:
        """The rest of a string within a nested value, as it is written."""
        while True:
            yield from self._more()
            text = self._source.take_until('"', "\\", *self._stops)
            keep(text)
            if self._source.empty:
                continue
            yield from self._interrupt()
            sign = self._source.take(1)
            keep(sign)
            if sign == '"':
                return
            if sign == "\\":
                yield from self._more()
                keep(self._source.take(1))

    # -- what comes next --------------------------------------------------------------------------------------

    def _expect(self, *signs: str) -> Wait[str]:
        found = yield from self.ahead()
        if found not in signs:
            raise Malformed
        return self._source.take(1)

    def _more(self) -> Wait[None]:
        if not (yield from self._source.more()):
            raise CutOff

    def _interrupt(self) -> Wait[None]:
        if self._interrupts and self._source.next in self._stops:
            found = yield from self._source.ahead(*self._interrupts)
            if found:
                raise Interrupted
            if found == CUT:
                self._source.take_all()
                raise CutOff


def parsed(text: str) -> Any:
    """The value that `text` stands for. Raises Malformed."""
    try:
        value = json.loads(text, strict=False, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    return _whole_characters(value) if "\\u" in text else value


def _whole_characters(value: Any) -> Any:
    """`value` without halves of surrogate pairs, which no file and no pipe takes."""
    if isinstance(value, str):
        return _HALF_PAIR.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole_characters(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {_HALF_PAIR.sub("\ufffd", key): _whole_characters(item) for key, item in members.items()}
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is no finite number")
    return value
