"""The folders that file tools may use: each can be taken back, and more are granted through a dialog."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop import theme
from desktop.models import tool_words
from desktop.models.preference_state import PreferenceState
from desktop.models.tool_choices import touches, with_folder, without_folder
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.glyph import GlyphButton
from desktop.widgets.pane_header import colour_label
from desktop.widgets.rows_card import RowsCard


class FolderList(QWidget):
    """Changes `Preferences.tool_settings`. `own`: the folder of Minim's own data, which is refused; None: none is."""

    changed = Signal()

    def __init__(self, preferences: PreferenceState, own: Path | None = None) -> None:
        super().__init__()
        self._preferences = preferences
        self._own = own
        self.card = RowsCard()
        self.buttons: list[GlyphButton] = []
        self.add_button = QPushButton(self.tr("Add a folder…"))
        self.add_button.setAutoDefault(False)
        self.add_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.add_button.clicked.connect(self._choose)
        self.problem = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.problem.setFont(theme.small_font())
        self.problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addWidget(self.card)
        column.addWidget(self.problem)
        column.addWidget(self.add_button)
        self.setFocusProxy(self.add_button)
        preferences.preferences_changed.connect(self._refresh)
        self._shown: tuple[str, ...] | None = None
        self._refresh()

    def add(self, folder: str) -> None:
        """Grant a folder, unless Minim's own data is there: what is wrong is said in words."""
        refused = self._own is not None and touches(folder, self._own)
        self._say(tool_words.folder_problem(tool_words.short_path(folder)) if refused else "")
        if not refused:
            self._keep(with_folder(self._preferences.value.tool_settings, str(Path(folder).resolve())))

    def _choose(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        folder = QFileDialog.getExistingDirectory(self, self.tr("A folder for file tools"), str(Path.home()))
        if folder:
            self.add(folder)

    def _remove(self, folder: str, _checked: bool = False) -> None:
        self._say("")
        self._keep(without_folder(self._preferences.value.tool_settings, folder))

    def _keep(self, settings: object) -> None:
        self._preferences.replace(tool_settings=settings)
        self.changed.emit()

    def _refresh(self) -> None:
        folders = self._preferences.value.tool_settings.folders
        if folders != self._shown:
            self._shown = folders
            self.buttons = []
            self.card.show_rows([self._row(folder) for folder in folders] or [_none(self.tr("No folder is granted."))])

    def _row(self, folder: str) -> QWidget:
        row = QWidget()
        name = ElidedLabel(tool_words.short_path(folder), Qt.TextElideMode.ElideMiddle)
        remove = GlyphButton("close", self.tr("Take back {0}").format(tool_words.short_path(folder)))
        remove.clicked.connect(partial(self._remove, folder))
        self.buttons.append(remove)
        line = QHBoxLayout(row)
        line.setContentsMargins(theme.MEDIUM, 1, theme.HAIR, 1)
        line.addWidget(name, 1)
        line.addWidget(remove)
        return row

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.add_button.setAccessibleDescription(problem)
        colour_label(self.problem, theme.current_colours().error)


def _none(words: str) -> QLabel:
    """The one row of a list that is empty."""
    label = QLabel(words, wordWrap=True)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setContentsMargins(theme.MEDIUM, theme.SMALL, theme.MEDIUM, theme.SMALL)
    return label
