"""The downloads: every one with its progress, what can be done about it, and the way to what has come; engines too."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop import theme
from desktop.models import download_words, words
from desktop.models.download_model import DownloadModel
from desktop.models.engine_state import EngineState
from desktop.widgets.download_row import DownloadRow
from desktop.widgets.engine_row import EngineRow
from desktop.widgets.slim_scroll_bars import SlimScrollBars
from desktop.widgets.surface import Surface


class Downloads(QDialog):
    """A row a download, in the order of the queue. It may stay open beside the window."""

    pause_requested = Signal(str)
    resume_requested = Signal(object)
    """`DownloadRef`"""
    cancel_requested = Signal(str)
    other_hub_requested = Signal(object)
    """`Download`"""
    token_requested = Signal(object)
    """`DownloadRef`"""
    load_requested = Signal(str)
    """The folder of a model that has come."""
    show_folder_requested = Signal(str)
    clear_requested = Signal()
    """Take the finished ones out of the list."""
    models_requested = Signal()
    cancel_engine_requested = Signal()
    """Stop installing an engine."""

    def __init__(self, downloads: DownloadModel, engines: EngineState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._downloads = downloads
        self._engines = engines
        self._rows: dict[str, DownloadRow] = {}
        self.setWindowTitle(self.tr("Downloads"))
        self.resize(600, 460)
        self._build()
        self._scroll_bars = SlimScrollBars(self)
        downloads.downloads_changed.connect(self._show_downloads)
        downloads.offline_changed.connect(self._show_total)
        self._show_downloads()

    @property
    def rows(self) -> list[DownloadRow]:
        """The rows from the top down."""
        return list(self._rows.values())

    @property
    def total(self) -> str:
        """What it says of all downloads together."""
        return self._total.text()

    def _build(self) -> None:
        title = QLabel(self.tr("Downloads"))
        title.setFont(theme.heading_font())
        self._total = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._total.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.clear_button = QPushButton(self.tr("Clear finished"))
        self.clear_button.setToolTip(self.tr("Takes them out of this list. The models stay where they are."))
        self.models_button = QPushButton(self.tr("Models…"))
        for button in (self.clear_button, self.models_button):
            button.setAutoDefault(False)
        self.clear_button.clicked.connect(self.clear_requested)
        self.models_button.clicked.connect(self.models_requested)
        self._empty = QLabel(
            self.tr("Nothing is being downloaded. Choose a model, and it is fetched here while you go on."),
            wordWrap=True,
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._empty.setContentsMargins(theme.WIDE, 0, theme.WIDE, 0)
        self._build_area()
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName(self.tr("Downloads"))
        self._scroll.setWidget(self._area)
        head = QVBoxLayout()
        head.setContentsMargins(theme.LARGE, theme.LARGE, theme.LARGE, theme.MEDIUM)
        head.setSpacing(theme.HAIR)
        head.addWidget(title)
        head.addWidget(self._total)
        foot = Surface("surface", ("top",))
        buttons = QHBoxLayout(foot)
        buttons.setContentsMargins(theme.LARGE, theme.SMALL + 1, theme.LARGE, theme.SMALL)
        buttons.addWidget(self.models_button)
        buttons.addStretch(1)
        buttons.addWidget(self.clear_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._empty, 1)
        column.addWidget(self._scroll, 1)
        column.addWidget(foot)

    def _build_area(self) -> None:
        """An engine, which is there at times only, and below it the rows."""
        self._area = Surface("background")
        self.engine_row = EngineRow(self._engines, self._area)
        self.engine_row.cancel_requested.connect(self.cancel_engine_requested)
        self.engine_row.shown_changed.connect(self._show_whether_empty)
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self._column.addStretch(1)
        everything = QVBoxLayout(self._area)
        everything.setContentsMargins(0, 0, 0, 0)
        everything.setSpacing(0)
        everything.addWidget(self.engine_row)
        everything.addLayout(self._column, 1)

    def _show_downloads(self) -> None:
        downloads = self._downloads.downloads
        if [download.ref.id for download in downloads] != list(self._rows):
            self._lay_out()
        for download in downloads:
            row = self._rows[download.ref.id]
            if row.download is not download:
                row.show_download(download)
        self._show_whether_empty()
        self.clear_button.setEnabled(any(download.state == "finished" for download in downloads))
        self._show_total()

    def _show_whether_empty(self) -> None:
        holds_something = bool(self._downloads.downloads) or not self.engine_row.isHidden()
        self._empty.setVisible(not holds_something)
        self._scroll.setVisible(holds_something)

    def _lay_out(self) -> None:
        """Rows come, go, or change their order; those that stay are kept, with what is disclosed in them."""
        before, self._rows = self._rows, {}
        for place, download in enumerate(self._downloads.downloads):
            row = before.pop(download.ref.id, None) or self._make_row(place)
            self._rows[download.ref.id] = row
            self._column.removeWidget(row)
            self._column.insertWidget(place, row)
        for row in before.values():
            row.hide()
            row.deleteLater()

    def _make_row(self, place: int) -> DownloadRow:
        row = DownloadRow(self._downloads.downloads[place], self._area)
        row.pause_requested.connect(self.pause_requested)
        row.resume_requested.connect(self.resume_requested)
        row.cancel_requested.connect(self.cancel_requested)
        row.other_hub_requested.connect(self.other_hub_requested)
        row.token_requested.connect(self.token_requested)
        row.load_requested.connect(self.load_requested)
        row.show_folder_requested.connect(self.show_folder_requested)
        return row

    def _show_total(self) -> None:
        state = self._downloads
        parts: list[str] = []
        if state.open and state.total_bytes:
            parts.append(download_words.amount(state.done_bytes, state.total_bytes))
        if state.bytes_per_second:
            parts += [download_words.speed(state.bytes_per_second), download_words.time_left(state.seconds_left)]
        if state.offline:
            parts.append(self.tr("no hub can be reached"))
        if not parts and state.downloads and not state.open:
            parts.append(self.tr("All is here: %s") % words.size(sum(done.total_bytes for done in state.downloads)))
        self._total.setText(" · ".join(part for part in parts if part))
        self._total.setVisible(bool(self._total.text()))
