"""A tool call as a card: what it would run with which arguments, what became of it, and the question while it asks."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from backends.contract.tools import ConsentAnswer
from desktop import theme
from desktop.models import words
from desktop.models.message_state import Call
from desktop.widgets.call_words import call_name, server_name, state_colour, state_words
from desktop.widgets.pane_header import colour_label
from desktop.widgets.permission_card import PermissionRow
from desktop.widgets.value_field import ValueField

_NAME_WIDTH = 84


class ToolCard(QWidget):
    """One call. `show_call` brings it up to date; arguments that stream in come by `append_argument`."""

    consent_answered = Signal(str, object)
    """call_id, `ConsentAnswer`"""

    def __init__(self, call: Call, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._call = call
        self._marked = False
        self._names: dict[str, QLabel] = {}
        self._values: dict[str, ValueField] = {}
        self._title = QLabel()
        self._title.setFont(theme.title_font())
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._server = _small_label()
        self._state = _small_label()
        self._arguments = QGridLayout()
        self._arguments.setHorizontalSpacing(theme.SMALL)
        self._arguments.setVerticalSpacing(theme.HAIR + 2)
        self._arguments.setColumnMinimumWidth(0, _NAME_WIDTH)
        self._arguments.setColumnStretch(1, 1)
        self._result_name = _small_label(self.tr("Result"))
        self._result = ValueField(self.tr("Result"))
        self._raw_button = QToolButton()
        self._raw = ValueField(self.tr("As the model wrote it"))
        self._permission = PermissionRow()
        self._permission.answered.connect(self._answer)
        self._lay_out()
        self.show_call(call)

    @property
    def call(self) -> Call:
        """The call as it is shown."""
        return self._call

    @property
    def permission(self) -> PermissionRow:
        """The question and its two buttons, visible while a person is asked."""
        return self._permission

    @property
    def state_text(self) -> str:
        """The state in words."""
        return self._state.text()

    def argument(self, name: str) -> ValueField:
        """The field of an argument. Raises KeyError where there is none of that name."""
        return self._values[name]

    def show_call(self, call: Call) -> None:
        """Show the call as it is now."""
        self._call = call
        self._title.setText(call_name(call))
        self._title.setToolTip(words.tooltip(call.tool.description) if call.tool else "")
        self._server.setText(server_name(call))
        self._server.setVisible(bool(server_name(call)))
        self._state.setText(state_words(call))
        for name, text in call.arguments:
            field = self._field(name)
            field.set_text(text)
            if call.state == "asking":
                field.unfold()  # nobody is to agree to what is out of sight
        gone = self._values.keys() - {name for name, _ in call.arguments}
        for name in gone:
            self._names.pop(name).deleteLater()
            self._values.pop(name).deleteLater()
        self._result_name.setVisible(call.result is not None)
        self._result.setVisible(call.result is not None)
        self._result.set_text(call.result or "")
        self._raw_button.setVisible(bool(call.raw))
        self._raw.set_text(call.raw)
        self._raw.setVisible(self._raw_button.isChecked() and bool(call.raw))
        self._permission.ask(call_name(call) if call.state == "asking" else "")
        self.setAccessibleName(self.tr("Tool call {0}, {1}").format(call_name(call), state_words(call)))
        self._colour()

    def append_argument(self, name: str, text: str) -> None:
        """Show more of an argument that is being written."""
        self._field(name).append(text)

    def mark(self, marked: bool) -> None:
        """Make the card stand out: it is the one that was chosen."""
        self._marked = marked
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = self._marked or self._call.state == "asking"
        painter.setPen(QPen(QColor(colours.accent if strong else colours.border), 1))
        painter.setBrush(QColor(colours.surface_raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        painter.end()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.SMALL)
        head.addWidget(self._title, 1)
        head.addWidget(self._state)
        self._raw_button.setText(self.tr("Raw text"))
        self._raw_button.setAccessibleName(self.tr("Raw text"))
        self._raw_button.setCheckable(True)
        self._raw_button.setAutoRaise(True)
        self._raw_button.setFont(theme.small_font())
        self._raw_button.setArrowType(Qt.ArrowType.RightArrow)
        self._raw_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._raw_button.toggled.connect(self._show_raw)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.MEDIUM, theme.MEDIUM - 2, theme.MEDIUM, theme.MEDIUM)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._server)
        column.addSpacing(theme.SMALL)
        column.addLayout(self._arguments)
        column.addWidget(self._permission)
        result = QGridLayout()
        result.setHorizontalSpacing(theme.SMALL)
        result.setContentsMargins(0, theme.HAIR + 2, 0, 0)
        result.setColumnMinimumWidth(0, _NAME_WIDTH)
        result.setColumnStretch(1, 1)
        result.addWidget(self._result_name, 0, 0, Qt.AlignmentFlag.AlignTop)
        result.addWidget(self._result, 0, 1)
        column.addLayout(result)
        column.addSpacing(theme.HAIR)
        column.addWidget(self._raw_button)
        column.addWidget(self._raw)

    def _field(self, name: str) -> ValueField:
        if name not in self._values:
            label = _small_label(name)
            label.setWordWrap(True)
            label.setFixedWidth(_NAME_WIDTH)
            colour_label(label, theme.current_colours().muted)
            field = ValueField(self.tr("Argument {0}").format(name))
            row = self._arguments.rowCount()
            self._arguments.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            self._arguments.addWidget(field, row, 1)
            self._names[name], self._values[name] = label, field
        return self._values[name]

    def _colour(self) -> None:
        colours = theme.current_colours()
        colour_label(self._state, state_colour(self._call.state, colours))
        for label in (self._server, self._result_name, *self._names.values()):
            colour_label(label, colours.muted)
        self._result.set_colour(colours.error if self._call.state == "failed" else "")
        self.update()

    def _show_raw(self, shown: bool) -> None:
        self._raw_button.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self._raw.setVisible(shown)

    def _answer(self, allow: bool) -> None:
        self.consent_answered.emit(self._call.call_id, ConsentAnswer(allow))


def _small_label(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setFont(theme.small_font())
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
