"""The line at the top of an inspector pane: what it shows, and a detail at the right."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop import theme


class PaneHeader(QWidget):
    """A title in the theme's title font and a quieter detail."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(title)
        self._title.setFont(theme.title_font())
        self._detail = QLabel()
        self._detail.setFont(theme.small_font())
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.LARGE, theme.MEDIUM, theme.LARGE, theme.SMALL)
        row.addWidget(self._title)
        row.addStretch(1)
        row.addWidget(self._detail)
        self._colour()

    @property
    def detail(self) -> str:
        """The words at the right."""
        return self._detail.text()

    def set_detail(self, words: str) -> None:
        """Show these words at the right."""
        if words != self._detail.text():
            self._detail.setText(words)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        colour_label(self._detail, theme.current_colours().muted)


def colour_label(label: QLabel, colour: str) -> None:
    """Write `label` in one of the theme's colours."""
    palette = label.palette()
    if palette.color(QPalette.ColorRole.WindowText) != QColor(colour):
        palette.setColor(QPalette.ColorRole.WindowText, QColor(colour))
        label.setPalette(palette)


def empty_note(words: str) -> QLabel:
    """The one sentence of a pane that has nothing to show."""
    label = QLabel(words)
    label.setWordWrap(True)
    label.setContentsMargins(theme.LARGE, theme.HAIR, theme.LARGE, theme.LARGE)
    label.setAlignment(label.alignment().AlignLeft | label.alignment().AlignTop)
    colour_label(label, theme.current_colours().muted)
    return label
