"""One tool server as a card: its name, how it stands, what is started; what lies behind is built when it is opened."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMoveEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from backends.contract.tools import ToolServerState, ToolSettings
from desktop import theme
from desktop.models import tool_words, words
from desktop.models.plain_text import spelled_out
from desktop.models.told_words import told
from desktop.widgets.disclosure import Disclosure
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.inline_question import InlineQuestion
from desktop.widgets.pane_header import colour_label
from desktop.widgets.server_details import ServerDetails, problem_label
from desktop.widgets.server_question import ServerQuestion
from desktop.widgets.state_dot import StateDot
from desktop.widgets.tool_requests import ToolRequests

_INDENT = 22 + theme.HAIR


class ServerRow(QWidget):
    """Emits through `requests`. A server that waits for approval asks in its row, until the person answers or edits."""

    edit_requested = Signal()

    def __init__(self, state: ToolServerState, settings: ToolSettings, requests: ToolRequests) -> None:
        super().__init__()
        self.state = state
        self._settings = settings
        self._requests = requests
        self._declined = ""
        self._asked = ""
        self.details: ServerDetails | None = None
        self.question: ServerQuestion | None = None
        self.removal: InlineQuestion | None = None
        self._build()
        self.show_state(state, settings)

    @property
    def words(self) -> str:
        """How it stands, and what is wrong."""
        return " ".join(text for text in (self._progress.text(), self._problem.text()) if text)

    def show_state(self, state: ToolServerState, settings: ToolSettings) -> None:
        """Show the server as it stands now."""
        self.state, self._settings = state, settings
        approved = settings.approved_servers
        self._name.set_text(spelled_out(state.server.name))
        self._command.set_text(tool_words.command_line(state.shown))
        self._progress.setText(tool_words.server_state(state, approved))
        self._problem.setText(words.sentences(*map(told, filter(None, (state.message, state.hint)))))
        self._problem.setVisible(bool(self._problem.text()))
        self._ask(tool_words.is_waiting(state, approved))
        self._command.setVisible(self.question is None and not self.disclosure.isChecked())
        if self.details is not None and self.disclosure.isChecked():
            self._refresh_details(self.details)
        self.setAccessibleName(f"{self._name.text()}, {self.words}")
        self._colour()

    def ask_to_remove(self) -> None:
        """Ask in place whether to forget the server."""
        self._end_removal()
        said = self.tr("Remove “{0}”? What it keeps in the keyring is deleted too.").format(self._name.text())
        question = InlineQuestion(said, self.tr("Remove"), self.tr("Keep"))
        question.rejected.connect(self._end_removal)
        question.accepted.connect(self._remove)
        self._column.addWidget(question)
        self.removal = question
        question.reject_button.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        if self.question is not None:
            self.question.settle()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.surface_raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        painter.end()

    def _build(self) -> None:
        self.disclosure = Disclosure(self.tr("Details of %s") % spelled_out(self.state.server.name))
        self.disclosure.toggled.connect(self._toggle)
        self._dot = StateDot()
        self._name = ElidedLabel()
        self._name.setFont(theme.title_font())
        self._progress = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._progress.setFont(theme.small_font())
        self.review_button = QPushButton(self.tr("Review…"))
        self.review_button.setAutoDefault(False)
        self.review_button.setAccessibleName(self.tr("Review {0}").format(spelled_out(self.state.server.name)))
        self.review_button.clicked.connect(self._review)
        self._command = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self._command.setFont(theme.code_font())
        self._command.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._problem = problem_label()
        head = QHBoxLayout()
        head.setSpacing(theme.SMALL)
        head.addWidget(self.disclosure)
        head.addWidget(self._name, 1)
        head.addWidget(self._dot)
        head.addWidget(self._progress)
        head.addWidget(self.review_button)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(_INDENT, 0, theme.HAIR, 0)
        self._column.setSpacing(theme.HAIR)
        self._column.addWidget(self._command)
        self._column.addWidget(self._problem)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SMALL, theme.SMALL, theme.SMALL, theme.SMALL + 2)
        column.setSpacing(theme.HAIR)
        column.addLayout(head)
        column.addLayout(self._column)

    def _ask(self, waits: bool) -> None:
        """Ask about exactly this server; a question about one that has changed meanwhile goes."""
        asks = waits and self._declined != self.state.digest
        if self.question is not None and (not asks or self._asked != self.state.digest):
            self.question.hide()
            self.question.deleteLater()
            self.question = None
        if asks and self.question is None:
            # The digest of what is shown, worked out here: nothing else is agreed to.
            self._asked, digest = self.state.digest, self.state.server.digest
            name = self.state.server.name
            question = ServerQuestion(self.state)
            question.accepted.connect(lambda: self._requests.approve_requested.emit(name, digest))
            question.rejected.connect(self._decline)
            self._column.insertWidget(0, question)
            self.question = question
        self.review_button.setVisible(waits and self.question is None)

    def _decline(self) -> None:
        self._declined = self.state.digest
        self.show_state(self.state, self._settings)
        self.review_button.setFocus()

    def _review(self) -> None:
        self._declined = ""
        self.show_state(self.state, self._settings)

    def _toggle(self, opened: bool) -> None:
        if self.details is None:
            self.details = ServerDetails(self.state.server.name, self._requests)
            self.details.edit_button.clicked.connect(self.edit_requested)
            self.details.remove_button.clicked.connect(self.ask_to_remove)
            self._column.addWidget(self.details)
        self.details.setVisible(opened)
        self.show_state(self.state, self._settings)

    def _refresh_details(self, details: ServerDetails) -> None:
        details.refresh(self.state, self._settings, asks=self.question is not None)

    def _remove(self) -> None:
        self._end_removal()
        self._requests.remove_requested.emit(self.state.server.name)

    def _end_removal(self) -> None:
        if self.removal is not None:
            self.removal.hide()
            self.removal.deleteLater()
            self.removal = None

    def _colour(self) -> None:
        colours = theme.current_colours()
        approved = self._settings.approved_servers
        self._dot.show_colour(tool_words.server_colour(self.state, approved, colours))
        colour_label(self._progress, colours.muted)
        failed = self.state.progress == "failed"
        colour_label(self._problem, colours.error if failed else colours.muted)
