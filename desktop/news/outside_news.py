"""News for a person who does something else meanwhile: an answer is over, a download is here, the engine has ended."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from backends.contract.downloads import Download
from backends.conversation.changes import AnswerChanged
from desktop.models import download_words, words
from desktop.models.session_state import SessionState
from desktop.news.notifier import Notifier

_LONG_SECONDS = 10.0
"""A person who waited less has not turned to something else."""
_GATHER_MS = 2_000
"""Downloads that end so close together are told together."""
_NAMED = 3
"""Downloads that are told by name; more are only counted."""


class OutsideNews(QObject):
    """Tells it through `notifier`, which says nothing while Minim is in front. `clock` gives seconds.

    Whoever sees the screen may read it: it holds names of models, and nothing that a person or a model wrote, which a
    conversation’s title is as well.
    """

    conversation_requested = Signal(str)
    """The conversation's id."""
    downloads_requested = Signal()

    def __init__(
        self,
        notifier: Notifier,
        state: SessionState,
        parent: QObject,
        *,
        clock: Callable[[], float] = time.monotonic,
        gather_ms: int = _GATHER_MS,
    ) -> None:
        super().__init__(parent)
        self._notifier = notifier
        self._state = state
        self._clock = clock
        self._begun = clock()
        self._was = state.model_state
        self._ended: tuple[AnswerChanged, float] | None = None
        self._finished: list[str] = []
        self._answer_timer = QTimer(self, singleShot=True, interval=0)
        self._answer_timer.timeout.connect(self._tell_answer)
        self._gather_timer = QTimer(self, singleShot=True, interval=gather_ms)
        self._gather_timer.timeout.connect(self._tell_finished)
        state.model_changed.connect(self._look_at_engine)

    def take_answer(self, change: AnswerChanged) -> None:
        """An answer is begun, or over. What the person stopped is no news."""
        if change.status == "writing":
            self._begun = self._clock()
        elif change.status != "stopped":
            self._ended = (change, self._clock() - self._begun)
            self._answer_timer.start()  # an engine that ended is told right after the answer that it broke off

    def take_finished(self, download: Download) -> None:
        """A model is whole."""
        self._finished.append(download_words.title(download.ref))
        if not self._gather_timer.isActive():
            self._gather_timer.start()

    def take_failed(self, download: Download) -> None:
        """A download cannot go on; one that waits for the network does so by itself."""
        if download.kind != "offline":
            name = download_words.title(download.ref)
            self._notifier.tell(self.tr("A download has stopped"), name, self.downloads_requested.emit)

    def _tell_answer(self) -> None:
        ended, self._ended = self._ended, None
        if ended is None or ended[1] <= _LONG_SECONDS:
            return
        change, seconds = ended
        title = self.tr("The answer is complete")
        if change.status == "failed":
            title = self.tr("The answer could not be finished")
        elif change.status == "length":
            title = self.tr("The answer has reached its limit")
        text = self.tr("It took %s.") % words.duration(seconds)
        self._notifier.tell(title, text, lambda: self.conversation_requested.emit(change.conversation))

    def _tell_finished(self) -> None:
        names, self._finished = self._finished, []
        title = self.tr("Download finished") if len(names) == 1 else self.tr("Downloads finished")
        text = ", ".join(names) if len(names) <= _NAMED else self.tr("%s models are here.") % words.tokens(len(names))
        self._notifier.tell(title, text, self.downloads_requested.emit)

    def _look_at_engine(self) -> None:
        was, self._was = self._was, self._state.model_state
        if self._was != "crashed" or was == "crashed":
            return
        ended, self._ended = self._ended, None
        conversation = ended[0].conversation if ended is not None else ""

        def show() -> None:
            if conversation:
                self.conversation_requested.emit(conversation)

        if was == "loading":
            self._notifier.tell(self.tr("The model could not be loaded"), self.tr("Minim says why."), show)
        else:
            self._notifier.tell(self.tr("The engine has ended"), self.tr("Load the model again to go on."), show)
