"""Twice the text takes twice the work, in any dialect and shape: counted in calls and in characters copied."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from backends.dialects import open_reader
from backends.dialects.source import Source
from tests.dialects import test_harmony as harmony
from tests.dialects.reading import TOOLS, block, invoke
from tests.dialects.test_qwen3 import OPEN, call, tagged

LENGTH = 6_000

SHAPES = {
    "a long string": ("qwen3", '{OPEN}{"name": "write", "arguments": {"text": "', 'a b\\n\\" <x> \\u00e9 '),
    "a long list": ("qwen3", '{OPEN}{"name": "write", "arguments": {"text": [', '1, "a}", {}, '),
    "a long number": ("qwen3", '{OPEN}{"name": "write", "arguments": {"text": ', "12"),
    "waiting for the name": ("qwen3", '{OPEN}{"arguments": {"text": "', "abc "),
    "no JSON at all": ("qwen3", "{OPEN}{oops ", "< <tool_cal "),
    "many calls": ("qwen3", "", call(path="a") + "\n"),
    "many tagged calls": ("qwen3", "", tagged(path="a") + "\n"),
    "a long tagged value": ("qwen3", "{OPEN}<function=write><parameter=text>\n", "</parameter>\n <x>\n\n"),
    "rehearsed calls": ("qwen3", "<think>", call(path="a") + " or "),
    "rehearsed strings": ("qwen3", '<think>{OPEN}{"name": "write", "arguments": {"text": "', "< </thin "),
    "calls in code": ("qwen3", "", f"`{call(path='a')}` "),
    "reasoning again": ("qwen3", "", call("now") + "<think>"),
    "messages": ("harmony", "", harmony.HM + harmony.START),
    "messages with calls": ("harmony", "", harmony.call(path="a") + harmony.START),
    "a long argument": ("harmony", harmony.TO + '{"text": "', "a\\n <|call|> "),
    "no JSON on a channel": ("harmony", harmony.TO + "oops", "<|end|>   a <|st"),
    "markers in prose": ("harmony", harmony.FINAL, "<|end|> \n\n ```\n <|start|>assistant "),
    "headers without an end": ("harmony", "", "<|channel|>final{< "),
    "a list of calls": ("mistral", "[TOOL_CALLS][", '{"name": "now", "arguments": {}}, '),
    "named calls": ("mistral", "", '[TOOL_CALLS]write[ARGS]{"text": "[a]"}'),
    "no JSON behind a name": ("mistral", "[TOOL_CALLS]write[ARGS]oops", "[ [TOOL "),
    "M2's calls": ("minimax-m2", "", block(invoke(path="a")) + "\n"),
    "M2's values": ("minimax-m2", "<minimax:tool_call><invoke name=f><parameter name=x>", "</parameter> <x> "),
}


def work(dialect: str, text: str) -> int:
    """How much there is to do for `text` in pieces of four characters."""
    count = 0

    def counted(_frame: FrameType, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    reader = open_reader(dialect, TOOLS)
    pieces = [text[at : at + 4] for at in range(0, len(text), 4)]
    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        for piece in pieces:
            reader.feed(piece)
        reader.finish()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_text_takes_twice_the_work(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dialect, begin, unit = SHAPES[shape]
    begin = begin.replace("{OPEN}", OPEN)
    copied = 0
    add = Source.add

    def counting(source: Source, piece: str) -> None:
        nonlocal copied
        add(source, piece)
        copied += source.waiting

    monkeypatch.setattr(Source, "add", counting)
    took: list[int] = []
    for length in (LENGTH, 2 * LENGTH):
        copied = 0
        took.append(work(dialect, begin + unit * (length // len(unit))) + copied)
    assert took[1] < 2.3 * took[0], took
