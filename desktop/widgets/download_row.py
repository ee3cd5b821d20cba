"""One download in the queue: how far it is, what keeps it, and the buttons that act on it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from backends.contract.downloads import Download
from desktop import theme
from desktop.models import download_words, words
from desktop.models.told_words import told
from desktop.widgets.download_files import DownloadFiles
from desktop.widgets.glyph import GlyphButton, is_theme_change
from desktop.widgets.inline_question import InlineQuestion
from desktop.widgets.pane_header import colour_label
from desktop.widgets.surface import Surface
from desktop.widgets.thin_bar import ThinBar

ASK_FROM_BYTES = 50_000_000
"""From this much on, giving a download up asks first: so much would have to come again."""

_PLACE_WIDTH = 280
"""Pixels for the hub and the repository; the middle of what is longer is left out."""

_PAUSABLE = ("queued", "asking", "running", "verifying")


class DownloadRow(Surface):
    """Shows one `Download` after another that has the same id."""

    pause_requested = Signal(str)
    resume_requested = Signal(object)
    """`DownloadRef`"""
    cancel_requested = Signal(str)
    other_hub_requested = Signal(object)
    """The `Download` to fetch from its next source."""
    token_requested = Signal(object)
    """The `DownloadRef` whose hub wants an access token."""
    load_requested = Signal(str)
    """The folder of the model that has come."""
    show_folder_requested = Signal(str)

    def __init__(self, download: Download, parent: QWidget | None = None) -> None:
        super().__init__("background", ("bottom",), parent)
        self._download = download
        self.question: InlineQuestion | None = None
        """Whether to delete what has come, while it is asked."""
        self._build()
        self.show_download(download)

    @property
    def download(self) -> Download:
        """What is shown."""
        return self._download

    @property
    def words(self) -> str:
        """All that it says now, in one line."""
        labels = (self._title, self._place, self._state, self._problem)
        return " · ".join(label.text() for label in labels if label.text())

    def show_download(self, download: Download) -> None:
        """Show where it stands."""
        self._download = download
        self._title.setText(download_words.title(download.ref))
        place = download_words.hub_name(download.ref.source.hub, download.ref.endpoint)
        metrics = QFontMetrics(self._place.font())
        place = f"{place} · {download.ref.source.repo}"
        self._place.setText(metrics.elidedText(place, Qt.TextElideMode.ElideMiddle, _PLACE_WIDTH))
        self._place.setToolTip(words.tooltip(place))
        self._state.setText(download_words.state(download))
        problem = words.sentences(told(download.problem), told(download.hint)) if download.state != "finished" else ""
        if problem != self._problem.text():
            self._colour()
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._bar.setVisible(download.state != "finished")
        moves = download.state in _PAUSABLE and not download.stalled
        self._bar.show_progress(download.done_bytes, download.total_bytes, moves=moves)
        self._files.show_files(download.files if download.state in _PAUSABLE else ())
        self._show_actions()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_theme_change(event):
            self._colour()

    def _build(self) -> None:
        self._title = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._title.setFont(theme.title_font())
        self._place = _quiet(QLabel(textFormat=Qt.TextFormat.PlainText))
        self._state = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self._problem = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self._problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._bar = ThinBar()
        self._files = DownloadFiles()
        self.pause_button = GlyphButton("pause", self.tr("Pause"))
        self.resume_button = GlyphButton("resume", self.tr("Continue"))
        self.cancel_button = GlyphButton("close", self.tr("Cancel the download"))
        self.pause_button.clicked.connect(lambda: self.pause_requested.emit(self._download.ref.id))
        self.resume_button.clicked.connect(lambda: self.resume_requested.emit(self._download.ref))
        self.cancel_button.clicked.connect(self._cancel)
        top = QHBoxLayout()
        top.setSpacing(theme.SMALL)
        top.addWidget(self._title)
        top.addWidget(self._place)
        top.addStretch(1)
        for button in (self.pause_button, self.resume_button, self.cancel_button):
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.LARGE, theme.MEDIUM, theme.MEDIUM, theme.MEDIUM)
        column.setSpacing(theme.HAIR)
        column.addLayout(top)
        column.addWidget(self._bar)
        column.addSpacing(2)
        column.addWidget(self._state)
        column.addWidget(self._problem)
        column.addWidget(self._files)
        column.addLayout(self._build_ways_on())
        self._column = column
        self._colour()

    def _build_ways_on(self) -> QHBoxLayout:
        self.again_button = self._button(self.tr("Try again"))
        self.other_hub_button = self._button("")
        self.token_button = self._button(self.tr("Give token…"))
        self.load_button = self._button(self.tr("Load"))
        self.folder_button = self._button(self.tr("Show folder"))
        self.again_button.clicked.connect(lambda: self.resume_requested.emit(self._download.ref))
        self.other_hub_button.clicked.connect(lambda: self.other_hub_requested.emit(self._download))
        self.token_button.clicked.connect(lambda: self.token_requested.emit(self._download.ref))
        self.load_button.clicked.connect(lambda: self.load_requested.emit(self._download.path))
        self.folder_button.clicked.connect(lambda: self.show_folder_requested.emit(self._download.path))
        row = QHBoxLayout()
        row.setSpacing(theme.SMALL)
        for button in (
            self.token_button,
            self.again_button,
            self.other_hub_button,
            self.load_button,
            self.folder_button,
        ):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.hide()
        return button

    def _show_actions(self) -> None:
        download = self._download
        state, ours = download.state, not download.elsewhere
        failed = state == "failed" and ours
        self.pause_button.setVisible(ours and state in _PAUSABLE)
        self.resume_button.setVisible(ours and state == "paused")
        self.cancel_button.setVisible(ours and state != "finished")
        self.again_button.setVisible(failed)
        others = download.ref.alternates
        if others:
            self.other_hub_button.setText(self.tr("Use %s instead") % download_words.hub_name(others[0].hub))
        self.other_hub_button.setVisible(failed and bool(others))
        self.token_button.setVisible(failed and download.kind == "token_needed")
        is_model = download.ref.source.kind == "model"
        self.load_button.setVisible(state == "finished" and bool(download.path) and is_model)
        self.folder_button.setVisible(state == "finished" and bool(download.path))
        if state == "finished":
            self._withdraw_question()
        self._name_buttons(download_words.title(download.ref))

    def _name_buttons(self, name: str) -> None:
        if self.load_button.accessibleName().endswith(name):
            return
        for button in (
            *(self.pause_button, self.resume_button, self.cancel_button, self.again_button, self.other_hub_button),
            *(self.token_button, self.load_button, self.folder_button),
        ):
            said = button.text() or button.toolTip()
            button.setAccessibleName(self.tr("{0}: {1}").format(said, name))
        self._bar.setAccessibleName(self.tr("Progress of %s") % name)

    def _cancel(self) -> None:
        download = self._download
        if download.done_bytes < ASK_FROM_BYTES:
            self.cancel_requested.emit(download.ref.id)
            return
        self._withdraw_question()
        question = InlineQuestion(
            self.tr("%s have come. Cancelling deletes them; pausing keeps them.") % words.size(download.done_bytes),
            self.tr("Delete what has come"),
            self.tr("Keep it"),
        )
        question.accepted.connect(lambda: self.cancel_requested.emit(self._download.ref.id))
        question.accepted.connect(self._withdraw_question)
        question.rejected.connect(self._withdraw_question)
        self._column.addWidget(question)
        self.question = question
        question.reject_button.setFocus()

    def _withdraw_question(self) -> None:
        if self.question is not None:
            self.question.hide()
            self.question.deleteLater()
            self.question = None

    def _colour(self) -> None:
        colours = theme.current_colours()
        is_error = self._download.kind != "offline"  # no network is a state: it goes on by itself
        colour_label(self._problem, colours.error if is_error else colours.muted)
        colour_label(self._state, colours.muted)


def _quiet(label: QLabel) -> QLabel:
    label.setFont(theme.small_font())
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label
