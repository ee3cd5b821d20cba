"""A call's arguments to be read: names at the left, values at the right, growing while they are written."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop import theme
from desktop.models.plain_text import visible_line
from desktop.widgets.pane_header import colour_label
from desktop.widgets.value_field import ValueField

NAME_WIDTH = 84
"""Pixels of the column of names."""


class ArgumentList(QWidget):
    """Names and values. Those that a person changed are in another colour, and a sentence beside them says so."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: dict[str, QLabel] = {}
        self._values: dict[str, ValueField] = {}
        self._changed: Collection[str] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.SMALL)
        self._grid.setVerticalSpacing(theme.HAIR + 2)
        self._grid.setColumnMinimumWidth(0, NAME_WIDTH)
        self._grid.setColumnStretch(1, 1)

    def field(self, name: str) -> ValueField:
        """The field of an argument. Raises KeyError where there is none of that name."""
        return self._values[name]

    def show_arguments(self, arguments: tuple[tuple[str, str], ...], changed: Collection[str] = ()) -> None:
        """Show these arguments and no others."""
        self._changed = changed
        for name, text in arguments:
            self._field(name).set_text(text)
        for name in self._values.keys() - {name for name, _ in arguments}:
            self._names.pop(name).deleteLater()
            self._values.pop(name).deleteLater()
        self._colour()

    def append(self, name: str, text: str) -> None:
        """Show more of an argument that is being written."""
        self._field(name).append(text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _field(self, name: str) -> ValueField:
        if name not in self._values:
            label = QLabel(visible_line(name), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
            label.setFont(theme.small_font())
            label.setFixedWidth(NAME_WIDTH)
            colour_label(label, theme.current_colours().muted)
            value = ValueField(self.tr("Argument {0}").format(visible_line(name)))
            row = self._grid.rowCount()
            self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)
            self._names[name], self._values[name] = label, value
        return self._values[name]

    def _colour(self) -> None:
        colours = theme.current_colours()
        for name, label in self._names.items():
            colour_label(label, colours.accent if name in self._changed else colours.muted)
