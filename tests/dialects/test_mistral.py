"""Mistral's output: every case whole, at every cut, by character and in random pieces; and any text at all."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.contract.events import AnswerDelta, OutputEvent, ToolArgumentDelta, ToolCallReady, ToolCallStarted
from backends.dialects import open_reader
from tests.dialects.reading import TOOLS, Case, Raw, check, check_order, check_raw, merged, random_pieces, read_events

CALLS = "[TOOL_CALLS]"
RAW = Raw(("", "{"), ("}",))
WRITE = '{"name": "write", "arguments": {"path": "a", "count": 2}}'
WRITTEN = ("write", {"path": "a", "count": 2})

CASES = [
    Case("", inside=False),
    Case("Hi [1].", "Hi [1].", inside=False),
    Case("[THINK]hm[/THINK]Hi.", "Hi.", "hm", inside=False),
    Case("hm[/THINK]Hi.", "Hi.", "hm"),
    Case("hm", "", "hm"),
    Case(f"[THINK]a {CALLS}[{WRITE}] b[/THINK]Hi.", "Hi.", f"a {CALLS}[{WRITE}] b", inside=False),
    Case(f"{CALLS} [{WRITE}]", calls=[WRITTEN], inside=False),
    Case(f'Now.{CALLS}[{WRITE}, {{"name": "now", "arguments": {{}}, "id": "123456789"}}]', "Now.",
         calls=[WRITTEN, ("now", {})], inside=False),
    Case(f"{CALLS}{WRITE}", calls=[WRITTEN], inside=False),
    Case(f"{CALLS}[{WRITE}", calls=[WRITTEN], inside=False),
    Case(f'{CALLS}write[ARGS]{{"path": "a", "count": 2}}', calls=[WRITTEN], inside=False),
    Case(f'{CALLS}write[CALL_ID]x12345678[ARGS]{{"path": "[ARGS]]"}}', calls=[("write", {"path": "[ARGS]]"})],
         inside=False),
    Case(f"{CALLS}now[ARGS]{{}}{CALLS}now[ARGS]{{}} So.", "So.", calls=[("now", {}), ("now", {})], inside=False),
    Case(f"{CALLS}now{{}}", calls=[("now", {})], inside=False),
    Case(f"{CALLS}", unfinished=[(None, {})], inside=False),
    Case(f"{CALLS}[", unfinished=[(None, {})], inside=False),
    Case(f"{CALLS}wri", unfinished=[(None, {})], inside=False),
    Case(f"{CALLS}write[AR", unfinished=[(None, {})], inside=False),
    Case(f"{CALLS}write[ARGS]", unfinished=[("write", {})], inside=False),
    Case(f'{CALLS}write[ARGS]{{"path": "a", "te', unfinished=[("write", {"path": "a"})], inside=False),
    Case(f'{CALLS}[{{"name": "write", "argum', unfinished=[("write", {})], inside=False),
    Case(f"{CALLS}[{WRITE}, oops]", calls=[WRITTEN], unfinished=[(None, {})], inside=False),
    Case(f"{CALLS}write[ARGS]oops{CALLS}now[ARGS]{{}}", calls=[("now", {})], unfinished=[("write", {})],
         inside=False),
    Case(f"{CALLS}{CALLS}now[ARGS]{{}}", calls=[("now", {})], inside=False),
    Case("a [TOOL_", "a [TOOL_", inside=False),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_output_is_read_as_it_was_meant(case: Case) -> None:
    check(case, dialect="mistral", raw=RAW)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Hi [TOOL", [AnswerDelta("Hi")]),
        (f"{CALLS}write[AR", []),
        (
            f'{CALLS}write[ARGS]{{"text": "a',
            [ToolCallStarted(0, "write"), ToolArgumentDelta(0, "text", "a")],
        ),
        (f"{CALLS}now[ARGS]{{}}", [ToolCallStarted(0, "now"), ToolCallReady(0, "now", {}, "now[ARGS]{}")]),
    ],
)
def test_everything_is_told_as_soon_as_it_is_certain(said: str, told: list[OutputEvent]) -> None:
    assert open_reader("mistral", TOOLS).feed(said) == told


FRAGMENTS = [
    *(CALLS, "[ARGS]", "[CALL_ID]", "[THINK]", "[/THINK]", "[", "]", "{", "}", ",", '"path": "', "write", " "),
    *(WRITE, '{"name": "', '"arguments": {', "a", "1", "\\", '"', "\n", "[TOOL", "你好", f"{CALLS}now[ARGS]{{}}"),
]
cuts = st.tuples(st.integers(0, 2**32), st.sampled_from([1, 2, 4, 9, 40]))


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join), cuts, st.booleans())
def test_any_text_reads_alike_in_any_pieces(text: str, cut: tuple[int, int], inside: bool) -> None:
    whole = merged(read_events([text], dialect="mistral", inside=inside))
    check_order(whole)
    check_raw(whole, text, RAW)
    pieces = random_pieces(text, random.Random(cut[0]), cut[1])
    assert merged(read_events(pieces, dialect="mistral", inside=inside)) == whole
