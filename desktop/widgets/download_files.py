"""The files of a download, disclosed: those that come now each with a bar, and how many wait."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from backends.contract.downloads import FileProgress
from desktop import theme
from desktop.models import download_words, words
from desktop.widgets.disclosure import Disclosure
from desktop.widgets.thin_bar import ThinBar

SHOWN = 8
"""Files that are shown at most: as many as come at once, and then some."""

_NAME_WIDTH = 230


class DownloadFiles(QWidget):
    """Folded at first. Rows are made once and written anew: it changes four times a second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: tuple[FileProgress, ...] = ()
        self._lines: list[_Line] = []
        self.toggle = Disclosure("", shows_label=True)
        self.toggle.setFont(theme.small_font())
        self.toggle.toggled.connect(self._disclose)
        self._list = QWidget()
        self._grid = QGridLayout(self._list)
        self._grid.setContentsMargins(theme.LARGE, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.MEDIUM)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._rest = _small(QLabel())
        self._list.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.HAIR)
        column.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._list)
        self.hide()

    @property
    def words(self) -> str:
        """What it says when it is disclosed, a line a file."""
        lines = [line.words for line in self._lines if not line.name.isHidden()]
        return "\n".join([*lines, self._rest.text()] if self._rest.text() else lines)

    def show_files(self, files: tuple[FileProgress, ...]) -> None:
        """Show these, or nothing."""
        self.setVisible(bool(files))
        if files == self._files:
            return
        self._files = files
        one = len(files) == 1
        self.toggle.set_label(self.tr("1 file to come") if one else self.tr("%d files to come") % len(files))
        if self.toggle.isChecked():
            self._fill()

    def _disclose(self, shown: bool) -> None:
        self._list.setVisible(shown)
        if shown:
            self._fill()

    def _fill(self) -> None:
        begun = [file for file in self._files if file.done_bytes]
        shown = (begun + [file for file in self._files if not file.done_bytes])[:SHOWN]
        while len(self._lines) < len(shown):
            self._lines.append(_Line(self._grid, len(self._lines)))
        for number, line in enumerate(self._lines):
            line.show_file(shown[number] if number < len(shown) else None)
        waiting = len(self._files) - len(shown)
        self._rest.setText(self.tr("and %d more") % waiting if waiting else "")
        self._grid.addWidget(self._rest, SHOWN, 0)


class _Line:
    """A name, a bar, an amount."""

    def __init__(self, grid: QGridLayout, row: int) -> None:
        self.name, self._amount = _small(QLabel()), _small(QLabel())
        self.name.setFixedWidth(_NAME_WIDTH)
        self._amount.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._bar = ThinBar(3)
        for column, widget in enumerate((self.name, self._bar, self._amount)):
            grid.addWidget(widget, row, column)

    @property
    def words(self) -> str:
        return f"{self._bar.accessibleName()} {self._amount.text()}"

    def show_file(self, file: FileProgress | None) -> None:
        for widget in (self.name, self._bar, self._amount):
            widget.setVisible(file is not None)
        if file is None:
            return
        metrics = QFontMetrics(self.name.font())
        self.name.setText(metrics.elidedText(file.path, Qt.TextElideMode.ElideMiddle, _NAME_WIDTH))
        self.name.setToolTip(words.tooltip(file.path))
        self._bar.setAccessibleName(file.path)
        self._bar.show_progress(file.done_bytes, file.total_bytes)
        begun = download_words.amount(file.done_bytes, file.total_bytes)
        self._amount.setText(begun if file.done_bytes else words.size(file.total_bytes))


def _small(label: QLabel) -> QLabel:
    label.setFont(theme.small_font())
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
