"""Qwen's and Hermes' output: every case whole, at every cut, by character and in random pieces; and any text at all."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.contract.events import (
    AnswerDelta,
    OutputEvent,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallStarted,
)
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

OPEN, CLOSE = "<tool_call>", "</tool_call>"
RAW = Raw(("{", "<f"), ("}", "</function>"))


def call(name: str = "write", **arguments: Any) -> str:
    """A call as Qwen3's template writes it."""
    return f"{OPEN}\n{json.dumps({'name': name, 'arguments': arguments}, ensure_ascii=False)}\n{CLOSE}"


def tagged(name: str = "write", **values: str) -> str:
    """A call as Qwen3-Coder's template writes it."""
    lines = "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in values.items())
    return f"{OPEN}\n<function={name}>\n{lines}</function>\n{CLOSE}"


def _json(written: str, name: str = "write", answer: str = "", **arguments: Any) -> Case:
    return Case(f"{OPEN}{written}{CLOSE}{answer}", answer, calls=[(name, arguments)], inside=False)


def _bad(text: str, name: str | None = "write", answer: str = "", **arguments: Any) -> Case:
    return Case(f"Now.\n{text}{answer}", f"Now.\n{answer}".strip(), unfinished=[(name, arguments)], inside=False)


def _bad_json(text: str, name: str | None = "write", **arguments: Any) -> Case:
    return _bad(f"{OPEN}\n{text}\n{CLOSE}", name, "So.", **arguments)


def _value(text: str, value: Any) -> Case:
    return _json(f'{{"name": "write", "arguments": {{"text": {text}}}}}', text=value)


def _tagged_value(text: str) -> Case:
    return Case(tagged(path="a", text=text), calls=[("write", {"path": "a", "text": text})], inside=False)


EXAMPLE = call(path="x")

TEXTS = [
    Case("", inside=False),
    Case("Hello.", "Hello.", inside=False),
    Case("<think>\nhm\n</think>\n\nHello.", "Hello.", "hm", inside=False),
    Case("hm\n</think>\n\nHello.", "Hello.", "hm"),
    Case("<think>hm</think>Hello.", "Hello.", "hm"),
    Case("hm", "", "hm"),
    Case("<think>\n\n</think>\n\nHello.", "Hello.", inside=False),
    Case("a <think> b", "a <think> b", inside=False),
    Case("a </think>b", "a b", inside=False),
    Case(f"{OPEN} is how a call begins.", f"{OPEN} is how a call begins.", inside=False),
    Case(f"{OPEN}\n", OPEN, inside=False),
    Case(f"a {CLOSE} b", f"a {CLOSE} b", inside=False),
    Case('{"name": "now", "arguments": {}}', '{"name": "now", "arguments": {}}', inside=False),
    Case("<function=later>\n</function>", "<function=later>\n</function>", inside=False),
    Case("<function=now", "<function=now", inside=False),
    Case("<function= now>", "<function= now>", inside=False),
    Case("`<function=now></function>`", "`<function=now></function>`", inside=False),
    Case("a <function=now></function>", "", "a <function=now></function>"),
    Case(f"```\n{EXAMPLE}\n```\nSo.", f"```\n{EXAMPLE}\n```\nSo.", inside=False),
    Case(f"```xml\n{tagged('now')}\n```", f"```xml\n{tagged('now')}\n```", inside=False),
    Case(f"`{EXAMPLE}` so", f"`{EXAMPLE}` so", inside=False),
    Case(f"I could {EXAMPLE} now.</think>No.", "No.", f"I could {EXAMPLE} now."),
    Case(f"I could {tagged('now')} or not", "", f"I could {tagged('now')} or not"),
    Case(f"So.\n{call('now')}\n</think>\n\n", "", "So.", [("now", {})]),
    Case(f"So.\n{call('now')}\n</think>\n\nHm.", "Hm.", f"So.\n{call('now')}"),
    Case(f"So.\n{call('now')}", "", "So.", [("now", {})]),
    Case(
        f'Say {OPEN}{{"name": "now", "arguments": {{"a": "b</think>Yes.',
        "Yes.",
        f'Say {OPEN}{{"name": "now", "arguments": {{"a": "b',
    ),
    Case(f"{call('now')}\n<think>\nhm\n</think>\nYes.", "Yes.", "hm", [("now", {})], inside=False),
]

CALLS = [
    Case(f"<think>\nhm\n</think>\n\nNow.\n{call(path='a', count=2)}", "Now.", "hm",
         [("write", {"path": "a", "count": 2})], inside=False),
    Case(f"{call('now')}\n{call(text='b')}", calls=[("now", {}), ("write", {"text": "b"})], inside=False),
    Case(f"{call('now')} and {call('now')} so", "and  so", calls=[("now", {}), ("now", {})], inside=False),
    _json('{"name": "now", "arguments": {}}', "now"),
    _json('{"name":"now"}', "now", "So."),
    _json('\n{"arguments": {"path": "a"}, "name": "write"}\n', path="a"),
    _json('{"name": "write", "parameters": {"path": "a"}}', path="a"),
    _json('{"type": "function", "function": {"name": "write", "arguments": {"path": "a"}}}', path="a"),
    _json('{"function": "write", "arguments": {"path": "a"}}', path="a"),
    _json('{"name": "write", "arguments": "{\\"path\\": \\"a\\", \\"count\\": 1}"}', path="a", count=1),
    _json('{"arguments": "{\\"path\\": \\"a\\"}", "name": "write"}', path="a"),
    _json('{"name": "write", "arguments": ""}'),
    _json('{"name": "write", "arguments": null}'),
    _json('{"id": 7, "x": [{"name": "no"}], "name": "write", "arguments": {}}'),
    _json('{"name": "write", "arguments": {"path": "a", "path": "b"}}', path="b"),
    _json('{"name": "write", "arguments": {"path": "a"}, "arguments": {"count": 1}}', count=1),
    _json('{"name": "天气", "arguments": {"city": "北京"}}', "天气", city="北京"),
    _json('{"name": "nobody", "arguments": {"x": [1, {"y": null}]}}', "nobody", x=[1, {"y": None}]),
    Case(f'{OPEN}{{"name": "now"}}\n{{"name": "write"}}{CLOSE}', calls=[("now", {}), ("write", {})], inside=False),
    Case(f'{OPEN}{{"name": "now"}}\n{call()}', calls=[("now", {}), ("write", {})], inside=False),
    Case(f'{OPEN}\n{{"name": "now"}}', calls=[("now", {})], inside=False),
    Case(f'{OPEN}\n{{"name": "now"}}\n</tool_ca', calls=[("now", {})], inside=False),
    _value('""', ""),
    _value('"a\\n\\t\\"b\\" \\\\ \\/ \\u00e9"', 'a\n\t"b" \\ / é'),
    _value('"line\n\tline"', "line\n\tline"),
    _value('"\\ud83d\\ude00 \\ud83d! \\ude00 \\ud83d\\u0041"', "😀 \ufffd! \ufffd \ufffdA"),
    _value('"\\uD83D\\uD83D\\uDE00\\uDE00"', "\ufffd😀\ufffd"),
    _value(f'"a {CLOSE} b {OPEN}{{"', f"a {CLOSE} b {OPEN}{{"),
    _value('"</think> <think> ``` }}"', "</think> <think> ``` }}"),
    _value('"null"', "null"),
    _value("null", None),
    _value("true", True),
    _value("-12.5e3", -12.5e3),
    _value("123456789012345678901234567890", 123456789012345678901234567890),
    _value('{"a": ["}", "]\\"", {}], "\\u0062": [[]]}', {"a": ["}", ']"', {}], "b": [[]]}),
    _value('["\\ud83d"]', ["\ufffd"]),
    _value("[ ]", []),
]  # fmt: skip

BROKEN = [
    _bad(f"{OPEN}{{", None),
    _bad(f'{OPEN}\n{{"na', None),
    _bad(f'{OPEN}{{"name": "wri', None),
    _bad(f'{OPEN}{{"name": "write"'),
    _bad(f'{OPEN}{{"name": "write", "arguments": {{"path": "a", "text": "b'  , path="a"),
    _bad(f'{OPEN}{{"name": "write", "arguments": {{"path": "a", "count": 12', path="a"),
    _bad(f'{OPEN}{{"name": "write", "arguments": {{"path": "a\\u00'),
    _bad(f'{OPEN}{{"name": "write", "arguments": {{"path": "a\\'),
    _bad(f'{OPEN}{{"name": "write", "arguments": {{"path": [1, "b'),
    _bad(f'{OPEN}{{"arguments": {{"path": "a"}}', None, path="a"),
    _bad_json("{}", None),
    _bad_json('{"name": ""}', None),
    _bad_json('{"name": 3, "arguments": {}}', None),
    _bad_json('{"arguments": {"path": "a"}}', None, path="a"),
    _bad_json("{'name': 'write'}", None),
    _bad_json("{name: write}", None),
    _bad_json('{"name": "write", "arguments": {"path": "a"}}}', path="a"),
    _bad_json('{"name": "write", "arguments": {"path": "a"} oops', path="a"),
    _bad_json('{"name": "write", "arguments": {"path": "a",}}', path="a"),
    _bad_json('{"name": "write", "arguments": {"path": a}}'),
    _bad_json('{"name": "write", "arguments": {"path": "\\x"}}'),
    _bad_json('{"name": "write", "arguments": {"path": "\\u00g0"}}'),
    _bad_json('{"name": "write", "arguments": {"path": NaN}}'),
    _bad_json('{"name": "write", "arguments": {"path": 1e999}}'),
    _bad_json('{"name": "write", "arguments": {"path": [1}}'),
    _bad_json('{"name": "write", "arguments": {"path": {"a"}}}'),
    _bad_json('{"name": "write", "arguments": {"path": ' + "[" * 300 + "]" * 300 + "}}"),
    _bad_json('{"name": "write", "arguments": [1]}'),
    _bad_json('{"name": "write", "arguments": "path"}'),
    _bad_json('{"name": "write", "name": "now"}'),
    _bad_json('{"name": "write"} and more'),
    Case(f'{OPEN}{{"name" "x"}}\n{call("now")}', calls=[("now", {})], unfinished=[(None, {})], inside=False),
    Case(f'{OPEN}{{"x}}\n{CLOSE} b', unfinished=[(None, {})], inside=False),
]  # fmt: skip

TAGGED = [
    *map(_tagged_value, ["", " ", "a", "\n", "\na\n", "  def f():\n\treturn 1\n", "null", "3", "</function>", CLOSE]),
    *map(_tagged_value, ["</parameter>", "</parameter> x", tagged("now"), "<parameter", "a\r\n", EXAMPLE]),
    Case(tagged("now"), calls=[("now", {})], inside=False),
    Case(f"Now.\n{tagged('weather', days=' 3 ', metric='true')}", "Now.",
         calls=[("weather", {"days": 3, "metric": True})], inside=False),
    Case(f"{OPEN}<function=weather><parameter=city>a\nb</parameter></function>{CLOSE}",
         calls=[("weather", {"city": "a\nb"})], inside=False),
    Case(f"{tagged('now')}\n{tagged(path='a')}", calls=[("now", {}), ("write", {"path": "a"})], inside=False),
    Case(f"{OPEN}<function=now></function>\n<function=now></function>{CLOSE}",
         calls=[("now", {}), ("now", {})], inside=False),
    Case(f"{call('now')}\n{tagged('now')}", calls=[("now", {}), ("now", {})], inside=False),
    Case(f"{OPEN}\n<function=now>\n</function>", calls=[("now", {})], inside=False),
    Case(f"Now.\n{tagged(path='a').removeprefix(OPEN)} So.", "Now.\n\n So.",
         calls=[("write", {"path": "a"})], inside=False),
    Case("<function=now></function>", calls=[("now", {})], inside=False),
    _bad("<function=write>\n<parameter=path>\na"),
    _bad(f"{OPEN}\n<function=wri", None),
    _bad(f"{OPEN}\n<function=write>\n<parameter=path>\na\n</parameter>\n<parameter=text>\nb", path="a"),
    _bad(f"{OPEN}\n<function=write>\n<parameter=path>\na\n</parameter>\n", path="a"),
    _bad(f"{OPEN}\n<function=write>\noops\n</function>\n{CLOSE}", answer="So."),
]  # fmt: skip


@pytest.mark.parametrize("case", [*TEXTS, *CALLS, *BROKEN, *TAGGED], ids=str)
def test_an_output_is_read_as_it_was_meant(case: Case) -> None:
    check(case, dialect="qwen3", raw=RAW)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("a <tool_ca", [AnswerDelta("a")]),
        (f'{OPEN}{{"name": "write", "argu', [ToolCallStarted(0, "write")]),
        (
            f'{OPEN}{{"name": "write", "arguments": {{"text": "a\\nb',
            [ToolCallStarted(0, "write"), ToolArgumentDelta(0, "text", "a\nb")],
        ),
        (
            f'{OPEN}{{"name": "write", "arguments": {{"text": [1, {{"a',
            [ToolCallStarted(0, "write"), ToolArgumentDelta(0, "text", '[1, {"a')],
        ),
        (f'{OPEN}{{"arguments": {{"text": "a', []),
        (
            f'{OPEN}{{"arguments": {{"text": "a"}}, "name": "write"',
            [ToolCallStarted(0, "write"), ToolArgumentDelta(0, "text", "a")],
        ),
        (
            f"{OPEN}<function=write><parameter=text>\na\n",
            [ToolCallStarted(0, "write"), ToolArgumentDelta(0, "text", "a")],
        ),
        (
            f'{OPEN}{{"name": "now"}}{CLOSE}',
            [ToolCallStarted(0, "now"), ToolCallReady(0, "now", {}, '{"name": "now"}')],
        ),
    ],
)
def test_everything_is_told_as_soon_as_it_is_certain(said: str, told: list[OutputEvent]) -> None:
    assert open_reader("qwen3", TOOLS).feed(said) == told


FRAGMENTS = [
    *(OPEN, CLOSE, "<think>", "</think>", "<function=write>", "</function>", "<parameter=text>\n", "\n</parameter>\n"),
    *('{"name": "write", "arguments": {', '"text": "', '": "', '"', "}}", "}", "{", "[", "]", ",", ":", "\\", "\\u"),
    *("```", "`", "\n", " ", "a", "12", "null", "\\ud83d", "\\ude00", "你好", "\0", OPEN[:5], CLOSE[:6], call("now")),
    *('"arguments": {', '"name": "now"', call(path="a"), tagged(path="a"), "<function=", '{"path": "a"}', "~~~\n"),
]
cuts = st.tuples(st.integers(0, 2**32), st.sampled_from([1, 2, 4, 9, 40]))


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join), cuts, st.booleans())
def test_any_text_reads_alike_in_any_pieces(text: str, cut: tuple[int, int], inside: bool) -> None:
    whole = merged(read_events([text], dialect="qwen3", inside=inside))
    check_order(whole)
    check_raw(whole, text, RAW)
    pieces = random_pieces(text, random.Random(cut[0]), cut[1])
    assert merged(read_events(pieces, dialect="qwen3", inside=inside)) == whole


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=4), json_values, max_size=4), max_size=3), cuts, st.booleans())
def test_what_was_meant_is_read_back(meant: list[dict[str, Any]], cut: tuple[int, int], as_ascii: bool) -> None:
    written = [json.dumps({"name": "f", "arguments": one}, ensure_ascii=as_ascii) for one in meant]
    text = "hm</think>Now." + "\n".join(f"{OPEN}\n{one}\n{CLOSE}" for one in written)
    pieces = random_pieces(text, random.Random(cut[0]), cut[1])
    told = as_read(collect(read_events(pieces, dialect="qwen3")))
    assert told == ("hm", "Now.", [("f", one) for one in meant], [])
