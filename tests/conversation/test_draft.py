"""Parts from events: what a view applied from the changes is what the draft holds."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from backends.contract.chat import AnswerPart, CallPart, Part, ReasoningPart, ResultPart
from backends.contract.events import (
    AnswerDelta,
    OutputEvent,
    ReasoningDelta,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolCallUnfinished,
)
from backends.conversation.changes import ArgumentExtended, Change, PartAdded, PartReplaced, TextExtended
from backends.conversation.draft import Draft


class Clock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def applied(changes: list[Change]) -> list[Part]:
    """What a view has after these changes."""
    parts: list[Part] = []
    for change in changes:
        match change:
            case PartAdded(_, index, part):
                assert index == len(parts)
                parts.append(part)
            case PartReplaced(_, index, part):
                parts[index] = part
            case TextExtended(_, index, text):
                part = parts[index]
                assert isinstance(part, (ReasoningPart, AnswerPart))
                parts[index] = replace(part, text=part.text + text)
            case ArgumentExtended(_, index, parameter, text):
                part = parts[index]
                assert isinstance(part, CallPart)
                arguments: dict[str, Any] = dict(part.arguments)
                arguments[parameter] = arguments.get(parameter, "") + text
                parts[index] = replace(part, arguments=arguments)
            case _:
                raise AssertionError(change)
    return parts


def test_a_turn_with_a_call() -> None:
    draft = Draft(7, Clock())
    changes: list[Change] = []
    draft.begin_output()
    for event in (
        ReasoningDelta("I "),
        ReasoningDelta(""),
        ReasoningDelta("count."),
        AnswerDelta("Let me see."),
        ToolCallStarted(0, "sum"),
        ToolArgumentDelta(0, "a", "1"),
        ToolArgumentDelta(0, "a", "2"),
        ToolCallReady(0, "sum", {"a": 12}, "<sum>"),
        ToolCallStarted(1, "sum"),
        ToolCallReady(1, "sum", {}, "<sum/>"),
    ):
        changes += draft.write(event)
    changes += draft.add_result(ResultPart("call_1", "12"))
    changes += draft.add_result(ResultPart("call_2", "0"))
    draft.begin_output()
    changes += draft.write(ReasoningDelta("Good."))
    changes += draft.write(ToolCallReady(0, "clock", {}, "<clock>"))
    changes += draft.end()

    assert draft.parts == (
        ReasoningPart("I count.", 1.0),
        AnswerPart("Let me see."),
        CallPart("call_1", "sum", {"a": 12}, "<sum>", "ready"),
        CallPart("call_2", "sum", {}, "<sum/>", "ready"),
        ResultPart("call_1", "12"),
        ResultPart("call_2", "0"),
        ReasoningPart("Good.", 1.0),
        CallPart("call_3", "clock", {}, "<clock>", "ready"),
    )
    assert applied(changes) == list(draft.parts)
    assert all(change.message == 7 for change in changes if isinstance(change, PartAdded))


def test_a_call_in_writing_shows_what_was_written_and_is_unfinished_at_the_end() -> None:
    draft = Draft(1, Clock())
    draft.write(ToolCallStarted(0, "sum"))
    draft.write(ToolArgumentDelta(0, "a", "1"))
    draft.write(ToolArgumentDelta(0, "b", "[2,"))
    assert draft.parts == (CallPart("call_1", "sum", {"a": "1", "b": "[2,"}),)
    [change] = draft.end()
    unfinished = CallPart("call_1", "sum", {"a": "1", "b": "[2,"}, state="unfinished")
    assert change == PartReplaced(1, 0, unfinished)
    assert draft.parts == (unfinished,)


def test_a_call_that_was_cut_before_its_name() -> None:
    draft = Draft(1, Clock())
    call, changes = draft.end_call(ToolCallUnfinished(0, None, {}, "<inv"))
    assert call == CallPart("call_1", None, {}, "<inv", "unfinished")
    assert changes == [PartAdded(1, 0, call)]


def test_an_argument_of_a_call_that_never_began_is_ignored() -> None:
    assert Draft(1, Clock()).write(ToolArgumentDelta(3, "a", "1")) == []


TEXTS = st.text(max_size=5)
EVENTS = st.one_of(
    TEXTS.map(ReasoningDelta),
    TEXTS.map(AnswerDelta),
    st.builds(ToolCallStarted, st.integers(0, 3), TEXTS),
    st.builds(ToolArgumentDelta, st.integers(0, 3), st.sampled_from("ab"), TEXTS),
    st.builds(ToolCallReady, st.integers(0, 3), TEXTS, st.just({}), TEXTS),
)


@given(st.lists(EVENTS, max_size=30))
def test_view_and_draft_agree_after_any_events(events: list[OutputEvent]) -> None:
    draft, changes = Draft(1, Clock()), list[Change]()
    for event in events:
        changes += draft.write(event)
        shown = [replace(part, seconds=0.0) if isinstance(part, ReasoningPart) else part for part in applied(changes)]
        held = [replace(part, seconds=0.0) if isinstance(part, ReasoningPart) else part for part in draft.parts]
        assert shown == held
    changes += draft.end()
    assert applied(changes) == list(draft.parts)
    assert not any(isinstance(part, CallPart) and part.state == "writing" for part in draft.parts)
