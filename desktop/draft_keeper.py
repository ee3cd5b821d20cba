"""Keeps what is typed and not sent, for each conversation: it comes back after a switch, a quit and a crash."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from backends.contract.errors import MinimError
from backends.conversation.typed_text import sound
from desktop.panes.composer import Composer

_KEPT_AFTER_MS = 500
_AGAIN_AFTER_MS = 20_000
"""After a failure: that may have taken two seconds, for which the window stood still."""


class Drafts(Protocol):
    """What keeps the texts: `ConversationStore`. Every method raises MinimError."""

    def conversation(self, conversation_id: str) -> object | None: ...

    def draft(self, conversation_id: str) -> str: ...

    def keep_draft(self, conversation_id: str, text: str) -> None: ...


class DraftKeeper(QObject):
    """Writes at most twice a second, and nothing while nobody types. A conversation is stored with its first message:
    until then its draft is the one of a new conversation, whichever that will be."""

    failed = Signal(str, str)
    """Why what is typed cannot be kept, and what to do; told once."""

    def __init__(self, store: Drafts, composer: Composer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._composer = composer
        self._shown = ""
        self._place = ""
        self._kept = ""
        self._told = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.keep)
        composer.field.textChanged.connect(self._changed)

    def show_conversation(self, conversation: str) -> None:
        """Keep the draft of the conversation that was shown, and bring back that of this one."""
        if conversation == self._shown:
            return
        # Whoever is quicker than the start has typed something before there was a conversation.
        early = "" if self._shown else self._composer.field.toPlainText()
        self.keep()
        self._shown, self._place, self._kept = conversation, "", ""
        try:
            self._place = self._stored_place()
            self._kept = self._store.draft(self._place)
        except MinimError as error:
            self._tell(error)
        self._composer.show_draft(self._kept + early)

    def keep(self) -> None:
        """Keep now what is typed."""
        self._timer.stop()
        text = sound(self._composer.field.toPlainText())
        try:
            if self._shown and not self._place and (place := self._stored_place()):
                self._store.keep_draft("", "")
                self._place, self._kept = place, ""
            if self._shown and text != self._kept:
                self._store.keep_draft(self._place, text)
                self._kept, self._told = text, False
        except MinimError as error:
            self._tell(error)

    def _changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start(_AGAIN_AFTER_MS if self._told else _KEPT_AFTER_MS)

    def _stored_place(self) -> str:
        return self._shown if self._store.conversation(self._shown) is not None else ""

    def _tell(self, error: MinimError) -> None:
        if not self._told:
            self._told = True
            self.failed.emit(error.message, error.hint)
