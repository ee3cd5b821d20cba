"""One number that a person may set or leave: its field, and below it what is wrong with what stands there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from backends.contract.option_ranges import read_option
from desktop import theme
from desktop.models.option_words import write_number


class OptionField(QWidget):
    """What cannot be used is said by `problem`, and `value` is what it was before the field was entered."""

    changed = Signal()

    def __init__(self, name: str, label: str, problem: str) -> None:
        super().__init__()
        self._name = name
        self._problem = problem
        self.value: float | int | None = None
        self._before: float | int | None = None
        self.line = QLineEdit()
        self.line.setAccessibleName(label)
        self.line.textEdited.connect(self._read)
        self.line.editingFinished.connect(self._enter)
        self.note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.note.setFont(theme.small_font())
        self.note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.line)
        column.addWidget(self.note)

    def show_value(self, value: float | int | None, otherwise: str) -> None:
        """Show a value, and in an empty field what holds otherwise. What is being typed stays where it means that."""
        self.line.setPlaceholderText(otherwise)
        if value != self.value:
            self.value = value
            self.line.setText(write_number(value))
            self._say("")
        if not self.line.hasFocus():
            self._enter()

    def clear(self) -> None:
        """Set nothing, and forget what was wrong."""
        self.value = None
        self.line.clear()
        self._say("")
        self._enter()

    def settle(self) -> None:
        """What could not be used goes, and what holds is shown instead: for the next time it is opened."""
        if self.note.text():
            self.line.setText(write_number(self.value))
            self._say("")

    def _read(self, text: str) -> None:
        try:
            number, problem = read_option(self._name, text), ""
        except ValueError:
            number, problem = self._before, self._problem
        self._say(problem)
        if number != self.value:
            self.value = number
            self.changed.emit()

    def _enter(self) -> None:
        self._before = self.value

    def _say(self, problem: str) -> None:
        self.note.setText(problem)
        palette = self.note.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.current_colours().error))
        self.note.setPalette(palette)
        self.note.setVisible(bool(problem))
        self.line.setAccessibleDescription(problem)
