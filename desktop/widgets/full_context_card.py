"""What is said when a conversation has no room left: what is full, and the three ways to go on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from backends.conversation.changes import ContextFilled
from desktop import theme
from desktop.models import words
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.session_state import SessionState
from desktop.widgets.glyph import GlyphButton
from desktop.widgets.surface import paint_decision


class FullContextCard(QWidget):
    """Shown while `state.full` is set. It takes nothing away: the person may also just leave it."""

    drop_requested = Signal()
    continue_requested = Signal()
    left = Signal()

    def __init__(self, state: ConversationSettingsState, session: SessionState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._session = session
        self._message = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._hint = QLabel(
            self.tr(
                "Dropped turns stay here to be read; the model is no longer given them. "
                "A new conversation begins with a summary."
            ),
            wordWrap=True,
        )
        self._hint.setFont(theme.small_font())
        self._hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.drop_button = QPushButton(self.tr("Drop the oldest turns"))
        self.continue_button = QPushButton(self.tr("Go on in a new conversation"))
        self.leave_button = GlyphButton("close", self.tr("Leave it as it is"))
        self.drop_button.clicked.connect(self.drop_requested)
        self.continue_button.clicked.connect(self.continue_requested)
        self.leave_button.clicked.connect(self.left)
        self._lay_out()
        state.full_changed.connect(self.refresh)
        session.turn_changed.connect(self._offer)
        self.hide()

    @property
    def words(self) -> str:
        """What it says is full."""
        return self._message.text()

    def refresh(self) -> None:
        """Say what is full now, or go."""
        full = self._state.full
        self.setVisible(full is not None)
        if full is None:
            return
        self._message.setText(self._words(full))
        self.setAccessibleName(self._words(full))
        for button in (self.drop_button, self.continue_button):
            button.setAccessibleDescription(self._words(full))
        self._offer()

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """Its buttons, in the order of the Tab key."""
        return (self.drop_button, self.continue_button, self.leave_button)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_decision(self, "surface_raised")

    def _lay_out(self) -> None:
        for button in (self.drop_button, self.continue_button):
            button.setAutoDefault(False)
        ways = QHBoxLayout()
        ways.setSpacing(theme.SMALL)
        ways.addWidget(self.drop_button)
        ways.addWidget(self.continue_button)
        ways.addStretch(1)
        column = QVBoxLayout()
        column.setContentsMargins(0, theme.HAIR + 2, 0, theme.HAIR)
        column.setSpacing(theme.HAIR)
        column.addWidget(self._message)
        column.addWidget(self._hint)
        column.addSpacing(theme.HAIR)
        column.addLayout(ways)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.LARGE + 2, theme.SMALL, theme.SMALL, theme.SMALL)
        row.setSpacing(theme.SMALL)
        row.addLayout(column, 1)
        row.addWidget(self.leave_button, 0, Qt.AlignmentFlag.AlignTop)

    def _words(self, full: ContextFilled) -> str:
        if not full.in_memory:
            return self.tr("This conversation fills the context length: {0} tokens.").format(words.tokens(full.limit))
        room = self.tr("This conversation fills the memory that is left for it: about {0} tokens.")
        full_at = room.format(words.tokens(_rounded(full.limit)))
        return words.sentences(full_at, self.tr("Answers may become very slow."))

    def _offer(self) -> None:
        """Both ways need a conversation at rest."""
        for button in (self.drop_button, self.continue_button):
            button.setEnabled(not self._session.busy)


def _rounded(tokens: int) -> int:
    """An estimate, with the two figures that are known of it."""
    step = 10 ** max(0, len(str(tokens)) - 2)
    return tokens // step * step
