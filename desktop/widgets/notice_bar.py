"""One quiet bar that says what happened and offers one way on; it never takes the window away."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop import theme
from desktop.widgets.glyph import GlyphButton


class NoticeBar(QWidget):
    """A message, a hint below it, one action, and a way to dismiss it."""

    action_requested = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None, *, is_error: bool = True) -> None:
        super().__init__(parent)
        self._is_error = is_error
        self._message = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._hint = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._hint.setFont(theme.small_font())
        self._hint.setForegroundRole(self._hint.palette().ColorRole.PlaceholderText)
        self._action = QPushButton()
        self._action.hide()
        self._action.clicked.connect(self.action_requested)
        close = GlyphButton("close", self.tr("Dismiss"))
        close.clicked.connect(self.dismissed)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._message)
        words.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.LARGE, theme.SMALL, theme.SMALL, theme.SMALL)
        row.setSpacing(theme.SMALL)
        row.addLayout(words, 1)
        row.addWidget(self._action)
        row.addWidget(close)
        self.hide()

    @property
    def words(self) -> str:
        """What it says."""
        return f"{self._message.text()} {self._hint.text()}".strip()

    def show_notice(self, message: str, hint: str = "", action: str = "", *, is_error: bool | None = None) -> None:
        """Say `message` and `hint`; `action` is the button's word, "" for none. What is no error has no red bar."""
        if is_error is not None:
            self._is_error = is_error
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._action.setVisible(bool(action))
        self.setVisible(bool(message))

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.surface_raised))
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, theme.RADIUS, theme.RADIUS)
        if self._is_error:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.error))
            painter.drawRoundedRect(QRectF(6, 10, 3, self.height() - 20), 1.5, 1.5)
        painter.end()
