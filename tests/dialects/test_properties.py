"""What was meant is read back, for outputs that are made from the grammar, with any text in them, cut anywhere."""

from __future__ import annotations

import random
import re

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from backends.dialects.base import collect
from tests.dialects.reading import (
    CLOSE,
    INTEGER,
    OPEN,
    STRING,
    TOOLS,
    as_read,
    block,
    check_order,
    check_raw,
    invoke,
    merged,
    random_pieces,
    read_events,
    tool,
)
from tests.dialects.soak_fuzz import FRAGMENTS

SPACE = " \t\r\n"
OPENS = re.compile(rf"{OPEN}[{SPACE}]*<invoke name=")
CLOSES = re.compile(
    rf"</parameter>[{SPACE}]*(<parameter name=|</invoke>[{SPACE}]*(<invoke name=|</minimax:tool_call>))"
)
KNOWN = [*TOOLS, tool("天气", path=STRING, text=STRING, count=INTEGER)]
EXAMPLE = block(invoke(path="a", text="b"), invoke("now"))

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
markup = st.lists(st.one_of(st.sampled_from(FRAGMENTS), any_text), max_size=8).map("".join)
space = st.text(SPACE, max_size=3)
cuts = st.tuples(st.integers(0, 2**32), st.sampled_from([1, 2, 4, 9, 40]))


def _is_prose(text: str) -> bool:
    """Whether nothing in an answer means anything but itself (how `<think>` and code are read, the tables say)."""
    return not OPENS.search(text) and "think>" not in text and "`" not in text and "~" not in text


prose = markup.filter(_is_prose)
reasoning = markup.filter(lambda text: not OPENS.search(text) and "think>" not in text)
bare_value = markup.filter(lambda text: not OPENS.search(text))
value = st.one_of(bare_value, st.tuples(bare_value, st.just(EXAMPLE), bare_value).map("".join))


class Call(Struct, frozen=True):
    """A call that is meant."""

    name: str
    texts: dict[str, str]
    count: int | None


calls = st.builds(
    Call,
    st.sampled_from(["write", "天气"]),
    st.dictionaries(st.sampled_from(["path", "text", "a key"]), value, max_size=3),
    st.none() | st.integers(),
)


@st.composite
def written_calls(draw: st.DrawFn) -> tuple[str, list[Call]]:
    """A block, and the calls in it."""
    meant = draw(st.lists(calls, min_size=1, max_size=3))
    text = OPEN
    for call in meant:
        text += f'{draw(space)}<invoke name="{call.name}">{draw(space)}'
        for key, one in call.texts.items():
            text += f'<parameter name="{key}">{one}</parameter>{draw(space)}'
        if call.count is not None:
            text += f"<parameter name='count'>{draw(space)}{call.count}{draw(space)}</parameter>{draw(space)}"
        text += "</invoke>"
    text += draw(space) + CLOSE
    ends = sum(len(call.texts) + (call.count is not None) for call in meant)
    # R3: what closes in the middle of a value is not what the values mean.
    assume(len(CLOSES.findall(text.replace(EXAMPLE, ""))) == ends)
    return text, meant


@st.composite
def outputs(draw: st.DrawFn) -> tuple[str, str, str, list[Call]]:
    """An output, and its reasoning, answer and calls."""
    thought = draw(reasoning)
    if draw(st.booleans()):
        rehearsed, _ = draw(written_calls().filter(lambda drawn: "</think>" not in drawn[0]))
        thought += f"{rehearsed} or not{draw(reasoning)}"
    answer = draw(prose)
    text = f"{thought}</think>{answer}"
    meant: list[Call] = []
    for _ in range(draw(st.integers(0, 3))):
        made, its_calls = draw(written_calls())
        after = draw(prose)
        text += made + after
        answer += after
        meant += its_calls
    return text, thought.strip(SPACE), answer.strip(SPACE), meant


def _arguments(call: Call) -> dict[str, object]:
    """What the call's arguments are read as; a tool without a schema has strings only."""
    count = [] if call.count is None else [("count", call.count)]
    return {**call.texts, **dict(count)}


@settings(
    derandomize=True,
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(outputs(), cuts)
def test_what_was_meant_is_read_back(output: tuple[str, str, str, list[Call]], cut: tuple[int, int]) -> None:
    text, thought, answer, meant = output
    pieces = random_pieces(text, random.Random(cut[0]), cut[1])
    told = as_read(collect(read_events(pieces, KNOWN)))
    assert told == (thought, answer, [(call.name, _arguments(call)) for call in meant], [])


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join) | markup, cuts, st.booleans())
def test_any_text_reads_alike_in_any_pieces(text: str, cut: tuple[int, int], inside: bool) -> None:
    whole = merged(read_events([text], inside=inside))
    check_order(whole)
    check_raw(whole, text)
    pieces = random_pieces(text, random.Random(cut[0]), cut[1])
    assert merged(read_events(pieces, inside=inside)) == whole
