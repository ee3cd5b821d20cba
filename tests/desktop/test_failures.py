"""What failed is told once, by the transcript or by the notice."""

from __future__ import annotations

import pytest

from desktop.controllers.failures import Failures
from desktop.models.session_state import Notice, SessionState

LOST = Notice("The engine ended.", "Load the model again.")


@pytest.fixture
def state() -> SessionState:
    return SessionState()


def test_what_the_transcript_says_is_not_told_again(state: SessionState) -> None:
    failures = Failures(state)
    with failures.gathered():
        failures.tell(LOST)
        failures.note_in_transcript()
    assert state.notice is None
    with failures.gathered():
        failures.tell(LOST)
        assert state.notice is None, "the transcript may say it yet"
    assert state.notice == LOST, "what the transcript said of an earlier event does not count"


def test_what_the_transcript_of_another_conversation_says_is_told(state: SessionState) -> None:
    failures = Failures(state)
    with failures.gathered():
        failures.note_in_transcript()
        failures.forget_transcript()
        failures.tell(LOST)
    assert state.notice == LOST


def test_an_event_that_cannot_be_handled_silences_nothing(state: SessionState) -> None:
    failures = Failures(state)
    with pytest.raises(ValueError, match="odd"), failures.gathered():
        raise ValueError("odd")
    failures.tell(LOST)
    assert state.notice == LOST


def test_with_another_conversation_only_what_concerns_the_engine_stays(state: SessionState) -> None:
    failures = Failures(state)
    failures.tell(LOST)
    failures.forget_transcript()
    assert state.notice is None
    state.show_model("crashed", None)
    failures.tell(LOST)
    failures.forget_transcript()
    assert state.notice is not None
    assert state.notice.offers_load
