"""What is told goes when something new begins, unless it is true of the whole run."""

from __future__ import annotations

from desktop.models.session_state import Notice, SessionState


def test_only_what_stays_true_outlives_a_new_beginning() -> None:
    state = SessionState()
    state.show_notice(Notice("A passing thing."))
    state.forget_notice()
    assert state.notice is None
    lasting = Notice("The log cannot be written.", stays=True)
    state.show_notice(lasting)
    state.forget_notice()
    assert state.notice == lasting
    state.show_notice(None)
    assert state.notice is None
