"""The head of a tool card: the tool's whole name, where it comes from, and what became of the call."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop import theme
from desktop.models import tool_words
from desktop.models.message_state import Call
from desktop.models.plain_text import visible
from desktop.models.words import tooltip
from desktop.widgets.call_words import call_name, server_name, state_colour, state_words
from desktop.widgets.pane_header import colour_label


class CardHead(QWidget):
    """Says what is called, and how it stands; a call that runs can be stopped here."""

    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._call: Call | None = None
        self._title = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._title.setFont(theme.title_font())
        self._server = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._state = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.stop_button = QPushButton(self.tr("Stop"))
        self.stop_button.setAutoDefault(False)
        self.stop_button.clicked.connect(self.stop_requested)
        for widget in (self._server, self._state, self.stop_button):
            widget.setFont(theme.small_font())
        below = QHBoxLayout()
        below.setSpacing(theme.HAIR)
        below.addWidget(self._server)
        below.addWidget(self._state)
        below.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._title)
        words.addLayout(below)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SMALL)
        row.addLayout(words, 1)
        row.addWidget(self.stop_button, 0, Qt.AlignmentFlag.AlignVCenter)

    @property
    def state_text(self) -> str:
        """How the call stands, in words."""
        return self._state.text()

    @property
    def server_text(self) -> str:
        """Where the tool comes from, "" while that is not known."""
        return self._server.text().removesuffix(" ·")

    def show_call(self, call: Call) -> None:
        """Show the call as it is now."""
        name, server = call_name(call), server_name(call)
        # A name is one word to Qt: without places to break it, a long one would be cut, and be taken for another.
        self._title.setText("".join(f"{letter}\u200b" if letter in "_-/." else letter for letter in name))
        self._title.setToolTip(tooltip(visible(tool_words.description(call.tool))) if call.tool else "")
        self._server.setText(f"{server} ·" if server else "")
        self._server.setVisible(bool(server))
        self._state.setText(state_words(call))
        self.stop_button.setVisible(call.state == "running")
        self.stop_button.setAccessibleName(self.tr("Stop {0}").format(name))
        self._call = call
        self._colour()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        if self._call is not None:
            colours = theme.current_colours()
            state = colours.muted if self._call.undone else state_colour(self._call.state, colours)
            colour_label(self._server, colours.muted)
            colour_label(self._state, state)
