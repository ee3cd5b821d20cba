"""The one interface: readers by name, a whole output in one go, and which dialect a model speaks."""

from __future__ import annotations

import pytest

from backends.contract.errors import MinimError
from backends.contract.events import AnswerDelta, OutputEvent
from backends.dialects import NAMES, choose, open_reader, read_whole
from backends.dialects.base import append_merged, collect
from tests.dialects.reading import OPEN, TOOLS, block, invoke


def test_a_whole_output_is_one_value() -> None:
    text = f'why</think>Now.{block(invoke(path="a", count="2"))}\n{OPEN}<invoke name="wri'
    whole = read_whole(text, "minimax-m2", TOOLS, starts_in_reasoning=True)
    assert whole.reasoning == "why"
    assert whole.answer == "Now."
    assert whole.calls == [("write", {"path": "a", "count": 2})]
    assert whole.unfinished == [(None, {}, '<invoke name="wri')]


def test_readers_start_in_the_answer_unless_told() -> None:
    for name in NAMES:
        assert read_whole("Hello.", name).answer == "Hello."


def test_an_unknown_dialect_is_refused_in_words() -> None:
    with pytest.raises(MinimError) as refused:
        open_reader("klingon")
    assert refused.value.kind == "bad_request"
    assert "klingon" in refused.value.message
    assert all(name in refused.value.hint for name in NAMES)


@pytest.mark.parametrize(
    ("template", "vocabulary", "dialect"),
    [
        ("… <minimax:tool_call> … <think>", {"<think>"}, "minimax-m2"),
        ("… <think> …", set[str](), "think"),
        ("…", {"<think>", "</think>"}, "think"),
        ("…", set[str](), "plain"),
        ("", set[str](), "plain"),
    ],
)
def test_the_dialect_shows_in_template_and_vocabulary(template: str, vocabulary: set[str], dialect: str) -> None:
    assert choose(template, vocabulary) == dialect
    assert dialect in NAMES


def test_adjacent_deltas_merge_up_to_a_length() -> None:
    events: list[OutputEvent] = [AnswerDelta("a")]
    append_merged(events, AnswerDelta("b"))
    assert events == [AnswerDelta("ab")]
    append_merged(events, AnswerDelta("c"), longest=1)
    assert events == [AnswerDelta("ab"), AnswerDelta("c")]
    assert collect(events).answer == "abc"
