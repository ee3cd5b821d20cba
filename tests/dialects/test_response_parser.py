"""Families read by Transformers' response parser: Gemma 4 by our template of its output, any by one that it brings."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.contract.events import AnswerDelta, OutputEvent, ReasoningDelta, ToolCallReady, ToolCallUnfinished
from backends.dialects import open_reader
from backends.dialects.base import collect
from tests.dialects.reading import (
    TOOLS,
    Case,
    Raw,
    as_read,
    check,
    check_order,
    check_raw,
    merged,
    random_pieces,
    read_events,
)

THOUGHT, QUOTE = "<|channel>thought\n", '<|"|>'
RAW = Raw(("<|tool_call>",), ("<tool_call|>",))


def call(inner: str = "", name: str = "write") -> str:
    return f"<|tool_call>call:{name}{{{inner}}}<tool_call|>"


def quoted(text: str) -> str:
    return f"{QUOTE}{text}{QUOTE}"


SAID = 'say "hi"\n{a:1}'
HM = f"{THOUGHT}hm<channel|>"
CASES = [
    Case("", inside=False),
    Case("Hi.", "Hi.", inside=False),
    Case(f"{HM}Hi.<turn|>", "Hi.", "hm", inside=False),
    Case("hm<channel|>Hi.", "Hi.", "hm"),
    Case("hm", "", "hm"),
    Case(f"{THOUGHT}a <|tool_call> b<channel|>Hi.", "Hi.", "a <|tool_call> b", inside=False),
    Case(f"{HM}{call()}", "", "hm", [("write", {})], inside=False),
    Case(f"Now.{call('path:' + quoted('a') + ',count:2')}<turn|>", "Now.", "", [("write", {"path": "a", "count": 2})],
         inside=False),
    Case(call("text:" + quoted(SAID)), calls=[("write", {"text": SAID})], inside=False),
    Case(f"{call()}{call(name='now')} so", "so", calls=[("write", {}), ("now", {})], inside=False),
    Case(call(f"x:[1,{{y:{quoted('')}}},true,null]"), calls=[("write", {"x": [1, {"y": ""}, True, None]})],
         inside=False),
    Case("a <|tool_ca", "a <|tool_ca", inside=False),
    Case("<|tool_call>call:write{path:1", unfinished=[(None, {})], inside=False),
    Case(f"Now.{call('oops')}So.", "Now.\nSo.", unfinished=[(None, {})], inside=False),
    Case(call("count:NaN"), unfinished=[(None, {})], inside=False),
    Case(f"{call('path:')}{call()}", calls=[("write", {})], unfinished=[(None, {})], inside=False),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gemma_4_is_read_as_it_was_meant(case: Case) -> None:
    check(case, dialect="gemma4", raw=RAW)


FRAGMENTS = [
    *(
        "<|channel>",
        THOUGHT,
        "<channel|>",
        "<|tool_call>",
        "call:write{",
        "}",
        "<tool_call|>",
        QUOTE,
        "path:",
        ":",
        ",",
    ),
    *("<turn|>", "a", "1", "null", "\n", " ", "{", "[", "]", "\\", "<|", "你好", "\1", call("count:1"), "<eos>"),
]


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join), st.integers(0, 2**32), st.booleans())
def test_any_text_reads_alike_in_any_pieces(text: str, seed: int, inside: bool) -> None:
    whole = merged(read_events([text], dialect="gemma4", inside=inside))
    check_order(whole)
    check_raw(whole, text, RAW)
    pieces = random_pieces(text, random.Random(seed), 9)
    assert merged(read_events(pieces, dialect="gemma4", inside=inside)) == whole


TEMPLATE: dict[str, Any] = {
    "start_anchor": "<bot>",
    "fields": {
        "thinking": {"open": "<thoughts>", "close": "</thoughts>"},
        "tool_calls": {
            "open_pattern": r"\s*<do (?P<name>\w+)>",
            "close_pattern": r"</do>",
            "repeats": True,
            "content": "xml-inline",
            "content_args": {"tag_pattern": r"<(?P<key>\w+)>(?P<value>.*?)</(?P=key)>"},
            "transform": {"type": "function", "function": {"name": "{name}", "arguments": "{content}"}},
        },
        "content": {"repeats": True},
    },
}


def test_a_model_may_bring_a_template_of_its_output() -> None:
    text = "<thoughts> hm </thoughts>Now.\n<do weather><city>null</city><days>3</days></do>\n<do now>"
    told: list[list[OutputEvent]] = []
    for pieces in ([text], list(text)):
        reader = open_reader("response-template", TOOLS, False, TEMPLATE)
        told.append([event for piece in pieces for event in reader.feed(piece)] + reader.finish())
    whole = collect(told[0])
    assert as_read(whole) == ("hm", "Now.", [("weather", {"city": "null", "days": 3})], [(None, {})])
    assert merged(told[0]) == merged(told[1])


def test_text_is_told_at_once() -> None:
    reader = open_reader("gemma4", TOOLS)
    assert reader.feed(f"{THOUGHT}h") == [ReasoningDelta("h")]
    assert reader.feed("m<channel|>Hi <") == [ReasoningDelta("m"), AnswerDelta("Hi")]
    assert [type(event) for event in reader.feed(call())][-1:] == [ToolCallReady]
    assert [type(event) for event in [*reader.feed("<|tool_call>call:f{"), *reader.finish()]] == [ToolCallUnfinished]
    assert reader.finish() == []
