"""gpt-oss' output: every case whole, at every cut, by character and in random pieces; and any text at all."""

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
    ReasoningDelta,
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

START = "<|start|>assistant"
RAW = Raw(("<|", "to=", "assistant"), ("}", "<|message|>"))
HM = "<|channel|>analysis<|message|>hm<|end|>"
FINAL = f"{START}<|channel|>final<|message|>"


def said(channel: str, text: str, end: str = "<|end|>") -> str:
    return f"<|channel|>{channel}<|message|>{text}{end}"


def call(name: str = "write", end: str = "<|call|>", **arguments: Any) -> str:
    """A call as the model writes it, its recipient on the channel."""
    return f"<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>{json.dumps(arguments)}{end}"


def _one(text: str, name: str = "write", answer: str = "", reasoning: str = "", **arguments: Any) -> Case:
    return Case(text, answer, reasoning, [(name, arguments)], inside=False)


def _bad(text: str, name: str | None = "write", answer: str = "", **arguments: Any) -> Case:
    return Case(HM + START + text, answer, "hm", unfinished=[(name, arguments)], inside=False)


TO = "<|channel|>commentary to=functions.write <|constrain|>json<|message|>"

TEXTS = [
    Case("", inside=False),
    Case(f"{HM}{FINAL}Hi.<|return|>", "Hi.", "hm", inside=False),
    Case(f"{HM}{FINAL}Hi.", "Hi.", "hm", inside=False),
    Case(f"{START}{HM}{FINAL}Hi.<|end|>", "Hi.", "hm", inside=False),
    Case(f"hm<|end|>{FINAL}Hi.", "Hi.", "hm"),
    Case(f"{HM}{START}{HM}{FINAL}Hi.", "Hi.", "hm\n\nhm", inside=False),
    Case(f"{said('commentary', 'Let me look.')}{FINAL}Done.", "Let me look.\n\nDone.", inside=False),
    Case(said("final", " \n Hi \n", "<|return|>"), "Hi", inside=False),
    Case("Hi.", "Hi.", inside=False),
    Case("Hi <|end|>", "Hi", inside=False),
    Case("assistants are", "assistants are", inside=False),
    Case("to be or not", "to be or not", inside=False),
    Case("<|message|>Hi.", "Hi.", inside=False),
    Case(said("other", "Hi."), "Hi.", inside=False),
    Case("<|channel|>final <|constrain|>json<|message|>{\"a\": 1}<|return|>", '{"a": 1}', inside=False),
    Case("<|channel|>analysis<|message|>hm<|end|>", "", "hm", inside=False),
    Case("<|channel|>analysis<|message|>h", "", "h", inside=False),
    Case("<|channel|>ana", inside=False),
    Case("<|channel|>analysis<|mess", inside=False),
    Case("<|chan", "<|chan", inside=False),
    Case("a <|en", "a <|en", inside=False),
    Case(f"<|channel|>analysis<|message|>hm{FINAL}Hi.", "Hi.", "hm", inside=False),
    Case("<|channel|>analysis<|message|>hm<|channel|>final<|message|>Hi.", "Hi.", "hm", inside=False),
    Case(f"{HM}<|channel|>final<|message|>Hi.", "Hi.", "hm", inside=False),
    Case(f"{HM}assistant<|channel|>final<|message|>Hi.", "Hi.", "hm", inside=False),
    Case(f"{HM}\n{FINAL}Hi.", "Hi.", "hm", inside=False),
    Case("<|channel|>final Hi.<|return|>", "Hi.", inside=False),
    Case(f"<|channel|>analysis hm<|end|>{FINAL}Hi.", "Hi.", "hm", inside=False),
    Case(f"<|channel|>final {'long ' * 80}<|return|>", ("long " * 80).strip(), inside=False),
    Case(f"{FINAL}It ends with <|end|> or so.", "It ends with <|end|> or so.", inside=False),
    Case(f"{FINAL}<|start|> and <|channel|> begin.", "<|start|> and <|channel|> begin.", inside=False),
    Case(f"{FINAL}```\n{HM}{FINAL}x<|end|>\n```\nSo.<|return|>", f"```\n{HM}{FINAL}x<|end|>\n```\nSo.", inside=False),
    Case(f"{FINAL}```\n{START}{call('now')}\n```", f"```\n{START}{call('now')}\n```", inside=False),
    Case(f"<|channel|>analysis<|message|>`a ```\n<|end|>{FINAL}Hi.", "Hi.", "`a ```", inside=False),
    Case("<|channel|>commentary to=user<|message|>Hi.", "Hi.", inside=False),
    Case(f"{HM}<|start|>functions.now to=assistant<|channel|>commentary<|message|>12:00<|end|>{FINAL}Noon.",
         "Noon.", "hm\n\n12:00", inside=False),
    Case(f"{HM}<|start|>user to=functions.now<|channel|>final<|message|>{{}}", "", "hm\n\n{}", inside=False),
    Case(f"{FINAL}Hi.<|end|><|start|>user<|message|>And?<|end|>", "Hi.", "And?", inside=False),
    Case('<|channel|>analysis<|message|>I call functions.now with {"a": 1}<|end|>', "",
         'I call functions.now with {"a": 1}', inside=False),
    Case(f"<|channel|>commentary 2?<|end|>{START}{HM}{FINAL}Hi.", "Hi.", "2?\n\nhm", inside=False),
    Case(f"<|channel|>??<|end|>{START}{HM}{FINAL}Hi.", "Hi.", "??\n\nhm", inside=False),
    Case(f"<|channel|>commentary to=assistant<|channel|>commentary?<|end|>{START}{HM}{FINAL}Hi.", "Hi.", "?\n\nhm",
         inside=False),
    Case("<|start|>", inside=False),
    Case("<|end|>", inside=False),
    Case("<|constrain|><|message|>Hi", "Hi", inside=False),
]  # fmt: skip

CALLS = [
    _one(f"{HM}{START}{call(path='a', count=2)}", reasoning="hm", path="a", count=2),
    _one(f"{HM}{START} to=functions.write<|channel|>commentary json<|message|>{{\"path\":\"a\"}}<|call|>",
         reasoning="hm", path="a"),
    _one(' to=functions.write<|channel|>commentary <|constrain|>json<|message|>{"path": "a"}', path="a"),
    _one('<|channel|>commentary to=functions.write<|message|>{"path": "a"}', path="a"),
    _one('<|channel|>commentary to=functions.write code<|message|>{"path": "a"}<|call|>', path="a"),
    _one('<|channel|>analysis to=functions.write <|constrain|>json<|message|>{"path": "a"}<|call|>', path="a"),
    _one('<|channel|>final to=functions.write<|message|>{"path": "a"}', path="a"),
    _one('<|channel|>commentary <|constrain|>json to=functions.write<|message|>{"path": "a"}', path="a"),
    _one('<|channel|>commentary to=functions.write {"path": "a"}<|call|>', path="a"),
    _one('<|channel|>commentary to=functions.write <|constrain|>json{"path": "a"}', path="a"),
    _one(f"{said('commentary', 'Let me look.')}{START}{call('now')}", "now", "Let me look."),
    _one(f"{TO}{{}}<|call|>"),
    _one(f"{TO}<|call|>"),
    _one(f"{TO}\n{{\"path\": \"a\"}}\n<|end|>\n", path="a"),
    _one('<|channel|>commentary to=get_time<|message|>{}<|call|>', "get_time"),
    _one('<|channel|>analysis to=browser.search<|message|>{"query": "a"}<|call|>', "browser.search", query="a"),
    _one(call(path="a <|end|> <|call|> <|start|>assistant"), path="a <|end|> <|call|> <|start|>assistant"),
    _one(call(path='"}\n\\ é 😀'), path='"}\n\\ é 😀'),
    _one(f'{TO}{{"path": null, "x": [1, {{"y": "}}"}}], "count": 12345678901234567890}}<|call|>',
         path=None, x=[1, {"y": "}"}], count=12345678901234567890),
    _one(f'{TO}{{"path": "a", "path": "b"}}', path="b"),
    Case(f"{call('now')}{START}{call(path='a')}", calls=[("now", {}), ("write", {"path": "a"})], inside=False),
    Case(f"{call('now', end='')}{START}{call(path='a')}",
         calls=[("now", {}), ("write", {"path": "a"})], inside=False),
    Case(f"{call('now', end='<|end|>')}{FINAL}So.", "So.", calls=[("now", {})], inside=False),
    Case(f"hm<|end|>{START}{call('now')}", "", "hm", [("now", {})]),
    _one(f"{TO}{{}}<|ca"),
]  # fmt: skip

BROKEN = [
    _bad("<|channel|>commentary to=functions.wri", None),
    _bad("<|channel|>commentary to=functions.write <|constrain|>js", None),
    _bad(" to=functions.write<|channel|>comm", None),
    _bad(TO),
    _bad(f"{TO}<|ca"),
    _bad(' to=functions.write {"path": "a"}', None),
    _bad(f"{TO}{{"),
    _bad(f'{TO}{{"pa'),
    _bad(f'{TO}{{"path": "a", "text": "b', path="a"),
    _bad(f'{TO}{{"path": "a"', path="a"),
    _bad(f'{TO}{{"path": "a"<|call|>', path="a"),
    _bad(f'{TO}{{"path": "a"}}}}<|call|>', path="a"),
    _bad(f'{TO}{{"path": "a"}} and so on', path="a"),
    _bad(f'{TO}{{"path": "a"}} and <|end|> so<|end|>{FINAL}So.', answer="So.", path="a"),
    _bad(f"{TO}print(1)<|call|>"),
    _bad(f"{TO}[1]<|call|>{FINAL}So.", answer="So."),
    _bad(f"{TO}oops<|channel|>final<|message|>So.", answer="So."),
    _bad(f"{TO}{{'path': 'a'}}<|end|>{FINAL}So.", answer="So."),
    _bad("<|channel|>commentary to=functions.write<|call|>"),
    _bad(f"<|channel|>commentary to=functions.write{FINAL}So.", answer="So."),
    _bad(f"<|channel|>commentary to=functions.write {'x' * 400}<|call|>{FINAL}So.", answer="So."),
    _bad(f'{TO}{{"path": "a<|call|>'),
]


@pytest.mark.parametrize("case", [*TEXTS, *CALLS, *BROKEN], ids=str)
def test_an_output_is_read_as_it_was_meant(case: Case) -> None:
    check(case, dialect="harmony", raw=RAW)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("<|channel|>analysis<|message|>h", [ReasoningDelta("h")]),
        ("<|channel|>final<|message|>Hi <|en", [AnswerDelta("Hi")]),
        ("Hi", [AnswerDelta("Hi")]),
        (TO, [ToolCallStarted(0, "write")]),
        (f'{TO}{{"text": "a\\n', [ToolCallStarted(0, "write"), ToolArgumentDelta(0, "text", "a\n")]),
        (f"{TO}{{}}", [ToolCallStarted(0, "write")]),
        (f"{TO}{{}}<|call|>", [ToolCallStarted(0, "write"), ToolCallReady(0, "write", {}, f"{TO}{{}}")]),
    ],
)
def test_everything_is_told_as_soon_as_it_is_certain(written: str, told: list[OutputEvent]) -> None:
    assert open_reader("harmony", TOOLS).feed(written) == told


FRAGMENTS = [
    *(
        "<|start|>",
        "<|end|>",
        "<|message|>",
        "<|channel|>",
        "<|constrain|>",
        "<|return|>",
        "<|call|>",
        START,
        FINAL,
        HM,
    ),
    *("assistant", "analysis", "commentary", "final", " to=functions.write", "functions.now to=assistant", " json", TO),
    *(
        '{"text": "',
        '": "',
        '"',
        "}",
        "{",
        "[",
        ",",
        "\\",
        "```\n",
        "`",
        "\n",
        " ",
        "a",
        "12",
        "你好",
        "\0",
        "<|",
        "<|st",
    ),
    *(FINAL, call(path="a"), "to=", "user", "x" * 300),
]
cuts = st.tuples(st.integers(0, 2**32), st.sampled_from([1, 2, 4, 9, 40]))


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join), cuts, st.booleans())
def test_any_text_reads_alike_in_any_pieces(text: str, cut: tuple[int, int], inside: bool) -> None:
    whole = merged(read_events([text], dialect="harmony", inside=inside))
    check_order(whole)
    check_raw(whole, text, RAW)
    pieces = random_pieces(text, random.Random(cut[0]), cut[1])
    assert merged(read_events(pieces, dialect="harmony", inside=inside)) == whole


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<`~"), min_size=1, max_size=9)
messages = st.one_of(
    words.filter(str.strip).map(lambda text: ("analysis", text.strip())),
    words.filter(str.strip).map(lambda text: ("final", text.strip())),
    st.dictionaries(words, words | st.integers() | st.lists(words), max_size=3).map(lambda value: ("call", value)),
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(messages, max_size=5), cuts)
def test_what_was_meant_is_read_back(meant: list[tuple[str, Any]], cut: tuple[int, int]) -> None:
    written = [
        said(kind, value) if kind != "call" else f"{TO}{json.dumps(value, ensure_ascii=False)}<|call|>"
        for kind, value in meant
    ]
    pieces = random_pieces(START.join(written), random.Random(cut[0]), cut[1])
    told = as_read(collect(read_events(pieces, dialect="harmony", inside=False)))
    reasoning, answer = ("\n\n".join(text for kind, text in meant if kind == which) for which in ("analysis", "final"))
    assert told == (reasoning, answer, [("write", value) for kind, value in meant if kind == "call"], [])
