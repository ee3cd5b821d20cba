"""What failed in a conversation is told once: what the transcript says under an answer is in no notice besides."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from desktop.models.session_state import Notice, SessionState


class Failures:
    """Tells of them in the window's notice; of several that one event brings, the last."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._gathers = False
        self._gathered: Notice | None = None
        self._in_transcript = False

    @contextmanager
    def gathered(self) -> Generator[None]:
        """While an event is handled: only then it is known whether the transcript says what failed."""
        self._gathers, self._gathered, self._in_transcript = True, None, False
        try:
            yield
        finally:
            self._gathers = False
        if self._gathered is not None and not self._in_transcript:
            self.tell(self._gathered)

    def note_in_transcript(self) -> None:
        """The transcript that is shown says what failed."""
        self._in_transcript = True

    def tell(self, notice: Notice) -> None:
        """Tell it now, or after the event that is being handled."""
        if self._gathers:
            self._gathered = notice
        else:
            crashed = self._state.model_state == "crashed"
            self._state.show_notice(Notice(notice.message, notice.hint, offers_load=crashed))

    def forget_transcript(self) -> None:
        """Another conversation is shown: only what is true of the engine is still worth telling."""
        self._in_transcript = False
        notice = self._state.notice
        if notice is not None and not notice.offers_load:
            self._state.forget_notice()
