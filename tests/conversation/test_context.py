"""How full the context is, and what is dropped or taken along where it is full."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backends.contract.chat import (
    AnswerPart,
    CallPart,
    GenerationOptions,
    Message,
    ReasoningPart,
    ResultPart,
    Usage,
    system_message,
    user_message,
)
from backends.contract.tools import ToolInfo
from backends.conversation.context import Room, first_kept, newest_that_fit, ran_out, rough_tokens


def talk(signs: str, tokens: int = 10) -> list[Message]:
    """A message of so many rough tokens for each sign: u(ser), a(ssistant), e(mpty answer), U: ten times as long."""
    made = {
        "u": user_message("x" * 4 * tokens),
        "U": user_message("x" * 40 * tokens),
        "a": Message("assistant", (AnswerPart("x" * 4 * tokens),)),
        "e": Message("assistant", ()),
    }
    return [made[sign] for sign in signs]


@pytest.mark.parametrize(
    ("generated", "max_tokens", "prompt", "length", "expected"),
    [
        (40, None, 60, 100, True),
        (40, 40, 60, 100, False),
        (40, 41, 60, 100, True),
        (40, 40, 10, 100, False),
        (40, None, 10, 100, False),
        (40, None, 10, 0, True),
    ],
)
def test_ran_out(generated: int, max_tokens: int | None, prompt: int, length: int, *, expected: bool) -> None:
    usage = Usage(prompt_tokens=prompt, generated_tokens=generated)
    assert ran_out(usage, GenerationOptions(max_tokens=max_tokens), Room(length)) is expected


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (Room(), False),
        (Room(100, 0), False),
        (Room(100, 100), False),
        (Room(100, 60), True),
        (Room(0, 60), True),
    ],
)
def test_memory_is_less(room: Room, *, expected: bool) -> None:
    assert room.memory_is_less is expected


def test_rough_tokens() -> None:
    parts = (
        ReasoningPart("x" * 400),
        CallPart("call_1", "clock", raw="x" * 8),
        ResultPart("call_1", "x" * 12),
        AnswerPart("数" * 4),
    )
    assert rough_tokens([Message("assistant", parts)]) == 2 + 3 + 3
    tool = ToolInfo("clock", "Tell the time.", {"type": "object", "properties": {}})
    assert rough_tokens([system_message("x" * 40)], (tool,)) > 30


@pytest.mark.parametrize(
    ("signs", "fixed", "used", "limit", "expected"),
    [
        ("uauaua", 0, 60, 60, 4),  # 60 tokens: of 30 that are to be kept, a turn has 20
        ("uauauau", 0, 70, 70, 4),
        ("uauauauau", 0, 90, 90, 6),
        ("uauaua", 20, 80, 80, 4),
        ("uauaua", 100, 160, 160, 4),  # never the last message, however much else there is
        ("uauaua", 0, 120, 60, 4),  # each counted as twice as long as it looks
        ("uauaua", 0, 60, 600, 2),  # asked for, so one turn at least
        ("uauaue", 0, 0, 60, 2),  # never counted
        ("uauaU", 0, 140, 100, 4),
        ("uauu", 0, 40, 60, 2),
        ("ua", 0, 20, 20, None),
        ("U", 0, 100, 20, None),
        ("ue", 0, 10, 5, None),
    ],
)
def test_first_kept(signs: str, fixed: float, used: float, limit: float, expected: int | None) -> None:
    messages = talk(signs)
    assert first_kept(messages, fixed, used, limit) == expected
    if expected is not None:
        assert messages[expected].role == "user"


@pytest.mark.parametrize(
    ("signs", "fixed", "used", "limit", "expected"),
    [
        ("uauaua", 0, 60, 80, "uauaua"),
        ("uauaua", 0, 60, 60, "uaua"),  # an eighth is left free
        ("uauaua", 30, 90, 60, "ua"),
        ("uauaua", 0, 120, 60, "ua"),
        ("uauaua", 0, 60, 0, "uauaua"),
        ("uauaue", 0, 50, 80, "uauaue"),
        ("uauaUe", 0, 140, 80, "uaua"),  # the message that no room was left for is not summed up
        ("Ua", 0, 110, 40, "Ua"),  # nothing else is there: the engine says what is wrong
        ("", 0, 0, 40, ""),
    ],
)
def test_newest_that_fit(signs: str, fixed: float, used: float, limit: float, expected: str) -> None:
    messages: Sequence[Message] = talk(signs)
    chosen = newest_that_fit(messages, fixed, used, limit)
    assert signs[chosen] == expected
