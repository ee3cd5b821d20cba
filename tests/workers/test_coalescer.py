"""Small deltas become few lines; nothing is lost, reordered, or held while tokens keep coming."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backends.contract.events import AnswerDelta, OutputEvent, ReasoningDelta, ToolArgumentDelta, ToolCallStarted
from backends.workers.coalescer import SENDS_PER_SECOND, Coalescer


class _Bench:
    """A coalescer with a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[OutputEvent] = []
        self.coalescer = Coalescer(self.sent.append, lambda: self.now)

    def add(self, event: OutputEvent, at: float) -> None:
        self.now = at
        self.coalescer.add(event)


def test_the_first_delta_goes_out_at_once_and_the_next_ones_together() -> None:
    bench = _Bench()
    for number in range(5):
        bench.add(AnswerDelta(str(number)), at=number / (4 * SENDS_PER_SECOND))
    assert bench.sent == [AnswerDelta("0"), AnswerDelta("1234")]


def test_a_slow_model_is_passed_on_token_by_token() -> None:
    bench = _Bench()
    for number in range(3):
        bench.add(ReasoningDelta(str(number)), at=number)
    assert bench.sent == [ReasoningDelta("0"), ReasoningDelta("1"), ReasoningDelta("2")]


def test_what_is_held_goes_out_before_anything_else() -> None:
    bench = _Bench()
    for event in (
        ReasoningDelta("a"),
        ReasoningDelta("b"),
        AnswerDelta("c"),
        ToolCallStarted(0, "tool"),
        ToolArgumentDelta(0, "x", "1"),
        ToolArgumentDelta(0, "x", "2"),
        ToolArgumentDelta(0, "y", "3"),
        ToolArgumentDelta(1, "y", "4"),
    ):
        bench.add(event, at=0)
    bench.coalescer.flush()
    assert bench.sent == [
        ReasoningDelta("a"),
        ReasoningDelta("b"),
        AnswerDelta("c"),
        ToolCallStarted(0, "tool"),
        ToolArgumentDelta(0, "x", "12"),
        ToolArgumentDelta(0, "y", "3"),
        ToolArgumentDelta(1, "y", "4"),
    ]


def test_a_token_without_text_sends_what_is_due() -> None:
    bench = _Bench()
    bench.add(AnswerDelta("a"), at=0)
    bench.add(AnswerDelta("b"), at=0.01)
    bench.now = 0.02
    bench.coalescer.tick()
    assert bench.sent == [AnswerDelta("a")]
    bench.now = 1 / SENDS_PER_SECOND
    bench.coalescer.tick()
    assert bench.sent == [AnswerDelta("a"), AnswerDelta("b")]


_EVENTS = st.one_of(
    st.builds(ReasoningDelta, st.text(max_size=3)),
    st.builds(AnswerDelta, st.text(max_size=3)),
    st.builds(ToolArgumentDelta, st.integers(0, 1), st.sampled_from("xy"), st.text(max_size=3)),
    st.builds(ToolCallStarted, st.integers(0, 1), st.just("tool")),
)


def _merged(events: list[OutputEvent]) -> list[tuple[object, ...]]:
    """The events with all adjacent deltas joined."""
    joined: list[tuple[object, ...]] = []
    for event in events:
        match event:
            case ReasoningDelta(text) | AnswerDelta(text):
                key: tuple[object, ...] = (type(event),)
            case ToolArgumentDelta(index, parameter, text):
                key = (type(event), index, parameter)
            case _:
                joined.append((event,))
                continue
        if joined and joined[-1][:-1] == key:
            text = str(joined.pop()[-1]) + text
        joined.append((*key, text))
    return joined


@given(st.lists(st.tuples(_EVENTS, st.floats(0, 0.1))))
def test_nothing_is_lost_or_reordered_or_held_for_long(steps: list[tuple[OutputEvent, float]]) -> None:
    bench = _Bench()
    for event, pause in steps:
        before = len(bench.sent)
        bench.add(event, at=bench.now + pause)
        if pause > 1 / SENDS_PER_SECOND:
            assert len(bench.sent) > before
    bench.coalescer.flush()
    assert _merged(bench.sent) == _merged([event for event, _ in steps])
