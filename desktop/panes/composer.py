"""Where a message is written: the field, and one button that sends or stops."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop import theme
from desktop.models import words
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from desktop.widgets.glyph import RoundButton, is_theme_change
from desktop.widgets.growing_text_edit import GrowingTextEdit
from desktop.widgets.options_button import OptionsButton
from desktop.widgets.surface import Surface


class Composer(Surface):
    """Emits what was asked for; the text stays until whoever took it calls `clear_sent`."""

    send_requested = Signal(str)
    stop_requested = Signal()
    options_requested = Signal()
    settings_requested = Signal(object)
    """`ConversationSettings`"""

    def __init__(
        self,
        state: SessionState,
        preferences: PreferenceState,
        settings: ConversationSettingsState,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("background", parent=parent)
        self._state = state
        self._preferences = preferences
        self._settings = settings
        self._chips: QWidget | None = None
        self._stops = False
        self._build()
        self.field.textChanged.connect(self._refresh)
        self.field.send_requested.connect(self.send)
        self._button.clicked.connect(self._press)
        self.options_button.clicked.connect(self.options_requested)
        settings.thinking_changed.connect(self._offer_switches)
        state.turn_changed.connect(self._refresh)
        state.model_changed.connect(self._refresh)
        preferences.preferences_changed.connect(self._refresh)
        self._refresh()

    def show_draft(self, text: str) -> None:
        """Bring back what was typed in the conversation that is shown now."""
        if text != self.field.toPlainText():
            self.field.setPlainText(text)
            self.field.moveCursor(self.field.textCursor().MoveOperation.End)

    def clear_sent(self) -> None:
        """The text was taken: empty the field."""
        self.field.clear()

    def show_text(self, text: str) -> None:
        """Put text into the field, to be changed or sent."""
        self.field.setPlainText(text)
        self.field.moveCursor(self.field.textCursor().MoveOperation.End)
        self.field.setFocus()

    def send(self) -> None:
        """Ask for what is written to be sent."""
        text = self.field.toPlainText().strip()
        if text and not self._state.busy:
            self.send_requested.emit(text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_theme_change(event):
            self._refresh()

    def _build(self) -> None:
        self.field = GrowingTextEdit()
        self.field.setAccessibleName(self.tr("Message"))
        self._button = RoundButton("send", self.tr("Send"))
        self._button.setCursor(Qt.CursorShape.ArrowCursor)
        self.options_button = OptionsButton(self._settings)
        self.hint = _Hint()
        self._card = _Card(self.field)
        self._below = QHBoxLayout()
        self._below.setContentsMargins(theme.SMALL, 0, 0, 0)
        self._below.setSpacing(theme.SMALL)
        self._below.addWidget(self.options_button)
        self._below.addWidget(self.hint, 1)
        self._below.addWidget(self._button)
        above = QHBoxLayout()
        above.setContentsMargins(theme.LARGE, 0, theme.SMALL, 0)
        above.addWidget(self.field)
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(0, theme.MEDIUM, theme.SMALL + 2, theme.SMALL + 2)
        inside.setSpacing(theme.SMALL)
        inside.addLayout(above)
        inside.addLayout(self._below)
        self._card.setMaximumWidth(theme.READING_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.WIDE, theme.HAIR, theme.WIDE, theme.LARGE)
        row.addWidget(self._card)  # a layout centres what is narrower than its place
        self.setFocusProxy(self.field)

    def _offer_switches(self) -> None:
        """Show the switches of the model's reasoning: built when the first model is loaded that has any."""
        if self._chips is None:
            from desktop.widgets.thinking_chips import ThinkingChips

            chips = ThinkingChips(self._settings, self._card)
            chips.settings_requested.connect(self.settings_requested)
            self._below.insertWidget(1, chips)
            self.setTabOrder(self.options_button, chips.switch)
            self.setTabOrder(chips.switch, chips.effort)
            self.setTabOrder(chips.effort, self._button)
            self._chips = chips

    def _refresh(self) -> None:
        by_modifier = self._preferences.value.send_with == "mod_enter"
        self.field.send_with_modifier = by_modifier
        if self.field.placeholderText() != self._invitation():
            self.field.setPlaceholderText(self._invitation())
            self.field.viewport().update()  # Qt paints it anew only when it appears
        self._stops = self._state.busy
        stopping = self._state.phase == "stopping"
        self.hint.set_words(self._hint_words(by_modifier))
        if self._stops:
            self._button.show_as("stop", self.tr("Stop"))
            self._button.setEnabled(not stopping)
        else:
            self._button.show_as("send", self.tr("Send"))
            self._button.setEnabled(bool(self.field.toPlainText().strip()))

    def _hint_words(self, by_modifier: bool) -> str:
        if self._state.send_waits:
            return self.tr("Will be sent as soon as the model is loaded")
        if by_modifier:
            return self.tr("%s sends · Enter starts a new line") % _send_keys()
        return self.tr("Enter sends · Shift+Enter starts a new line")

    def _invitation(self) -> str:
        model = self._state.model
        if model is None or self._state.model_state != "ready":
            return self.tr("Write a message")
        return self.tr("Message %s") % words.model_name(model)

    def _press(self) -> None:
        if self._stops:
            self.stop_requested.emit()
        else:
            self.send()


class _Hint(QLabel):
    """One quiet line at the right that is left out where there is no room for it."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.setFont(theme.small_font())
        self.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setMinimumWidth(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_words(self, words: str) -> None:
        """Say something."""
        self._words = words
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        fits = self.fontMetrics().horizontalAdvance(self._words) <= self.width()
        self.setText(self._words if fits else "")


class _Card(QWidget):
    """The rounded frame around the field; a click anywhere in it puts the cursor into the field."""

    def __init__(self, field: GrowingTextEdit) -> None:
        super().__init__()
        self._field = field
        self.setCursor(Qt.CursorShape.IBeamCursor)
        field.installEventFilter(self)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._field.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.accent if self._field.hasFocus() else colours.border))
        painter.setBrush(QColor(colours.surface_raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 14, 14)
        painter.end()


def _send_keys() -> str:
    return QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Return).toString(QKeySequence.SequenceFormat.NativeText)
