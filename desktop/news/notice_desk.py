"""The window's one notice: what is told there, and what its button does."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.models.session_state import Notice, SessionState
from desktop.models.told_words import told
from desktop.widgets.notice_bar import NoticeBar


class NoticeDesk(QObject):
    """Shows `SessionState.notice` in the bar."""

    load_requested = Signal(object, object)
    """`ModelRef`, and the `EngineName` that was chosen or None."""
    load_again_requested = Signal()
    open_requested = Signal(str)
    """The conversation's id."""
    servers_requested = Signal()
    read = Signal()
    """Nothing is told any more."""

    def __init__(self, bar: NoticeBar, state: SessionState, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._state = state
        state.notice_changed.connect(self._show)
        bar.dismissed.connect(lambda: state.show_notice(None))
        bar.action_requested.connect(self._act)

    def tell(self, message: str, hint: str = "") -> None:
        """Tell the person what went wrong."""
        self._state.show_notice(Notice(message, hint))

    def tell_for_all(self, message: str) -> None:
        """Tell the person what is true until this run ends; they may dismiss it."""
        self._state.show_notice(Notice(message, stays=True))

    def tell_of_servers(self, message: str, hint: str) -> None:
        """Tell the person what is wrong with a tool server, with the way to the servers."""
        self._state.show_notice(Notice(message, hint, shows_servers=True))

    def _show(self) -> None:
        notice = self._state.notice
        if notice is None:
            self._bar.hide()
            self.read.emit()
            return
        action = self.tr("Load again") if notice.offers_load else self.tr("Load") if notice.offers else ""
        if notice.shows_conversation or notice.shows_servers:
            action = self.tr("Show")
        self._bar.show_notice(told(notice.message), told(notice.hint), action, is_error=notice.is_error)

    def _act(self) -> None:
        notice = self._state.notice
        if notice is not None and notice.shows_conversation:
            self.open_requested.emit(notice.shows_conversation)
        elif notice is not None and notice.shows_servers:
            self._state.show_notice(None)
            self.servers_requested.emit()
        elif notice is not None and notice.offers is not None:
            self.load_requested.emit(notice.offers, notice.offers_engine)
        else:
            self.load_again_requested.emit()
