"""One number that a person may set or leave: its field, and below it what is wrong with what stands there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop import theme
from desktop.models.option_fields import read_number, write_number


class OptionField(QWidget):
    """What cannot be used changes nothing: `value` stays what it was, and `problem` is said."""

    changed = Signal()

    def __init__(self, name: str, label: str, problem: str) -> None:
        super().__init__()
        self._name = name
        self._problem = problem
        self.value: float | int | None = None
        self.line = QLineEdit()
        self.line.setAccessibleName(label)
        self.line.textEdited.connect(self._read)
        self.note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.note.setFont(theme.small_font())
        self.note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.line)
        column.addWidget(self.note)

    def show_value(self, value: float | int | None, otherwise: str) -> None:
        """Show a value, and in an empty field what holds otherwise. What is being typed and means it stays."""
        self.line.setPlaceholderText(otherwise)
        if value == self.value and (value is None) == (self.value is None) and not self.note.isVisible():
            if read_number(self._name, self.line.text()) != value:
                self.line.setText(write_number(value))
            return
        if value != self.value:
            self.value = value
            self.line.setText(write_number(value))
            self._say("")

    def clear(self) -> None:
        """Set nothing, and forget what was wrong."""
        self.value = None
        self.line.clear()
        self._say("")

    def settle(self) -> None:
        """What could not be used goes, and what holds is shown instead: for the next time it is opened."""
        if self.note.text():
            self.line.setText(write_number(self.value))
            self._say("")

    def _read(self, text: str) -> None:
        number = read_number(self._name, text)
        self._say(self._problem if number == "wrong" else "")
        if number != "wrong" and number != self.value:
            self.value = number
            self.changed.emit()

    def _say(self, problem: str) -> None:
        self.note.setText(problem)
        palette = self.note.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.current_colours().error))
        self.note.setPalette(palette)
        self.note.setVisible(bool(problem))
        self.line.setAccessibleDescription(problem)
