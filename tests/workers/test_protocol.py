"""One message a line: what goes in comes out, and what is no message gets words."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.contract.chat import user_message
from backends.contract.commands import CountTokens, RunTool
from backends.contract.events import PROTOCOL_VERSION, AnswerDelta, Envelope, Ready
from backends.workers.protocol import (
    MAX_LINE_BYTES,
    ProtocolError,
    check_hello,
    decode_command,
    decode_event,
    encode,
    read_lines,
)

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), _JSON), st.text())
def test_a_command_comes_out_as_it_went_in(arguments: dict[str, object], text: str) -> None:
    for command in (RunTool("tool", arguments, None), CountTokens((user_message(text),))):
        line = encode(Envelope(7, command))
        assert line.count(b"\n") == 1
        assert decode_command(line) == Envelope(7, command)


def test_half_a_surrogate_pair_does_not_break_the_line() -> None:
    line = encode(Envelope(1, AnswerDelta("a\ud83db")))
    assert decode_event(line).body == AnswerDelta("a?b")


@pytest.mark.parametrize("line", [b"", b"{", b"\xff\xfe", b"[]", b'{"request_id":1,"body":{"type":"X"}}', b"[" * 9999])
def test_what_is_no_message_gets_words(line: bytes) -> None:
    with pytest.raises(ProtocolError, match="no command"):
        decode_command(line)
    with pytest.raises(ProtocolError, match="no event"):
        decode_event(line)


def test_a_line_has_a_limit_on_both_sides() -> None:
    with pytest.raises(ProtocolError, match="too long"):
        encode(Envelope(1, AnswerDelta("x" * MAX_LINE_BYTES)))
    longest = b"x" * (MAX_LINE_BYTES - 1) + b"\n"
    assert list(read_lines(io.BytesIO(longest + b"y\n"))) == [longest, b"y\n"]
    with pytest.raises(ProtocolError, match="a line of more than"):
        list(read_lines(io.BytesIO(b"x" + longest)))


def test_values_that_are_nested_too_deeply_get_words() -> None:
    nested: list[object] = []
    for _ in range(10_000):
        nested = [nested]
    with pytest.raises(ProtocolError, match="nested"):
        encode(Envelope(1, RunTool("tool", {"x": nested}, None)))


def test_half_a_line_at_the_end_is_dropped() -> None:
    assert list(read_lines(io.BytesIO(b"one\ntw"))) == [b"one\n"]


def test_only_a_hello_of_this_version_will_do() -> None:
    check_hello(Ready("engine"))
    with pytest.raises(ProtocolError, match="protocol version 99"):
        check_hello(Ready("engine", PROTOCOL_VERSION + 98))
    with pytest.raises(ProtocolError, match="no hello but AnswerDelta"):
        check_hello(AnswerDelta("hello"))
