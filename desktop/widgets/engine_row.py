"""An engine on its way among the downloads: how far it is, and the way to give it up."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop import theme
from desktop.models import engine_words
from desktop.models.engine_state import EngineState
from desktop.widgets.glyph import GlyphButton, is_theme_change
from desktop.widgets.pane_header import colour_label
from desktop.widgets.surface import Surface
from desktop.widgets.thin_bar import ThinBar


class EngineRow(Surface):
    """Hidden while no engine is being installed. It looks as a `DownloadRow` does."""

    shown_changed = Signal()
    cancel_requested = Signal()

    def __init__(self, engines: EngineState, parent: QWidget | None = None) -> None:
        super().__init__("background", ("bottom",), parent)
        self._engines = engines
        self.hide()
        self._title = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._title.setFont(theme.title_font())
        self._place = QLabel(self.tr("Python’s package index"), textFormat=Qt.TextFormat.PlainText)
        self._place.setFont(theme.small_font())
        self._state = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self._bar = ThinBar()
        self.cancel_button = GlyphButton("close", self.tr("Cancel the installation"))
        self.cancel_button.clicked.connect(self.cancel_requested)
        top = QHBoxLayout()
        top.setSpacing(theme.SMALL)
        top.addWidget(self._title)
        top.addWidget(self._place)
        top.addStretch(1)
        top.addWidget(self.cancel_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.LARGE, theme.MEDIUM, theme.MEDIUM, theme.MEDIUM)
        column.setSpacing(theme.HAIR)
        column.addLayout(top)
        column.addWidget(self._bar)
        column.addSpacing(2)
        column.addWidget(self._state)
        self._colour()
        engines.engines_changed.connect(self._refresh)
        self._refresh()

    @property
    def words(self) -> str:
        """All that it says now, in one line; "" while it is hidden."""
        return "" if self.isHidden() else " · ".join(label.text() for label in (self._title, self._place, self._state))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_theme_change(event):
            self._colour()

    def _refresh(self) -> None:
        engine, progress = self._engines.installing, self._engines.progress
        if engine is not None:
            self._title.setText(self.tr("%s engine") % engine)
            self._state.setText(engine_words.progress(engine, progress))
            self._bar.show_progress(engine_words.percent(progress), 100)
            self._bar.setAccessibleName(self.tr("Progress of %s") % self._title.text())
            self.cancel_button.setAccessibleName(self.tr("{0}: {1}").format(self.cancel_button.toolTip(), engine))
        if self.isHidden() == (engine is not None):
            self.setVisible(engine is not None)
            self.shown_changed.emit()

    def _colour(self) -> None:
        for label in (self._place, self._state):
            colour_label(label, theme.current_colours().muted)
