"""What goes on: of which a person who leaves is asked, and for which the machine stays awake."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from backends.conversation.changes import AnswerChanged, QuestionWaits
from desktop.models.download_model import DownloadModel
from desktop.models.engine_state import EngineState
from desktop.models.session_state import SessionState


class Doing(Struct, frozen=True):
    """What Minim does at a moment.

    `asking`: the answer waits for the person. `tool_runs` is known of the shown conversation only. `awaits_network`: a
    download waits until a hub can be reached. What another Minim fetches is not counted.
    """

    answering: bool = False
    asking: bool = False
    tool_runs: bool = False
    downloading: bool = False
    awaits_network: bool = False
    installing: bool = False
    loading: bool = False

    @property
    def is_work(self) -> bool:
        """Whether something would be broken off if Minim ended now. A load is only begun again."""
        return self.answering or self.downloading or self.installing

    @property
    def holds(self) -> bool:
        """Whether there is a reason to go on without a window."""
        return self.is_work or self.loading or self.awaits_network

    @property
    def needs_wakefulness(self) -> bool:
        """Whether the machine should not fall asleep; while only a person can go on, it may."""
        return self.downloading or self.installing or self.loading or (self.answering and not self.asking)


class Activity(QObject):
    """Reads the models of the window; everything here runs on the GUI thread."""

    changed = Signal()

    def __init__(self, state: SessionState, downloads: DownloadModel, engines: EngineState, parent: QObject) -> None:
        super().__init__(parent)
        self._state = state
        self._downloads = downloads
        self._engines = engines
        self._answered = ""
        self._asks = False
        self._doing = Doing()
        state.model_changed.connect(self._look)
        state.turn_changed.connect(self._look)
        downloads.downloads_changed.connect(self._look)
        engines.engines_changed.connect(self._look)

    @property
    def doing(self) -> Doing:
        """What goes on now."""
        return self._doing

    def take_answer(self, change: AnswerChanged) -> None:
        """An answer is begun, or over."""
        self._answered = change.conversation if change.status == "writing" else ""
        self._look()

    def take_question(self, waiting: QuestionWaits) -> None:
        """The answer waits for the person, or does not any more."""
        self._asks = bool(waiting.conversation)
        self._look()

    def _look(self) -> None:
        answering = bool(self._answered)
        doing = Doing(
            answering=answering,
            asking=answering and self._asks,
            tool_runs=answering and self._state.phase == "running_tool",
            downloading=any(not download.elsewhere for download in self._downloads.moving),
            awaits_network=any(
                download.state == "failed" and download.kind == "offline" for download in self._downloads.downloads
            ),
            installing=self._engines.installing is not None,
            loading=self._state.model_state == "loading",
        )
        if doing != self._doing:
            self._doing = doing
            self.changed.emit()
