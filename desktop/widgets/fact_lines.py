"""Facts in two columns: a quiet name, and beside it what can be read and selected in full."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop import theme
from desktop.widgets.value_field import ValueField

Fact = tuple[str, str]
"""A name, and the value as it stands; one that is empty is left out."""


NAME_WIDTH = 88
"""Pixels of the first column, at least."""


class FactLines(QWidget):
    """Values in the code font: they wrap, and nothing of them is left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: list[Fact] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.MEDIUM)
        self._grid.setVerticalSpacing(theme.HAIR)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, NAME_WIDTH)

    @property
    def facts(self) -> list[Fact]:
        """What is shown."""
        return self._facts

    def show_facts(self, facts: list[Fact]) -> None:
        """Show these, from the top down."""
        facts = [fact for fact in facts if fact[1]]
        if facts == self._facts:
            return
        self._facts = facts
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, (name, value) in enumerate(facts):
            label = QLabel(name, textFormat=Qt.TextFormat.PlainText)
            label.setFont(theme.small_font())
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            field = ValueField(name, value)
            field.unfold()
            self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(field, row, 1)
