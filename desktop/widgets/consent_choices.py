"""The question whether a tool may run, with its answers: not, once, in this conversation, always."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QMoveEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from backends.contract.tools import Scope, ToolInfo
from desktop import theme
from desktop.models.plain_text import visible_line
from desktop.widgets.disclosure import Disclosure
from desktop.widgets.escape_leaves import EscapeLeaves
from desktop.widgets.grace import GRACE, Clock
from desktop.widgets.pane_header import colour_label


class ConsentChoices(QWidget):
    """Hidden until it asks. No answer is the default: Enter alone never lets a tool run."""

    answered = Signal(bool, str, str)
    """allow, scope, a word to the model"""

    def __init__(self, clock: Clock = monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._since = clock()
        self._question = QLabel(self.tr("Allow this tool to run?"), wordWrap=True)
        self._question.setFont(theme.title_font())
        self.refuse = QPushButton(self.tr("Don’t allow"))
        self.allow = QPushButton(self.tr("Allow once"))
        self.longer = QPushButton(self.tr("Allow for longer"))
        self._menu = QMenu(self.longer)
        self.conversation = QAction(self.tr("Allow in this conversation"), self._menu)
        self.always = QAction("", self._menu)
        self.say_why = Disclosure(self.tr("Say why not"), shows_label=True)
        self.note = QLineEdit()
        EscapeLeaves(self.note)
        self._bound = QLabel(wordWrap=True)
        self._lay_out()
        self._connect()
        self.hide()

    def ask(self, tool: ToolInfo | None, name: str) -> None:
        """Ask whether the tool that is shown as `name` may run; None takes the question away."""
        for control in (self.refuse, self.allow, self.longer, self.note, self.say_why):
            control.setEnabled(bool(name))
        if name:
            self.allow.setAccessibleName(self.tr("Allow {0} to run").format(name))
            self.refuse.setAccessibleName(self.tr("Don’t allow {0} to run").format(name))
            self.longer.setAccessibleName(self.tr("Allow {0} to run for longer").format(name))
            self._name_always(tool, name)
        self.setVisible(bool(name))

    def write_note(self, note: str) -> None:
        """Write the word to the model, in view if there is one; whoever types elsewhere goes on there."""
        self.say_why.setChecked(bool(note))
        self.note.setText(note)

    def offer_always(self, offered: bool) -> None:
        """Whether the tool may be allowed for good."""
        self.always.setVisible(offered)
        self._bound.setVisible(offered)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What the Tab key comes to, in order."""
        return (self.refuse, self.say_why, self.note, self.allow, self.longer)

    def may_run(self, allowed: bool) -> None:
        """Whether what stands in the fields can be run."""
        self.allow.setEnabled(allowed)
        self.longer.setEnabled(allowed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._since = self._clock()

    def moveEvent(self, event: QMoveEvent) -> None:
        """What grows above it moves it: a click may be meant for what was there."""
        super().moveEvent(event)
        self._since = self._clock()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _lay_out(self) -> None:
        for button in (self.refuse, self.allow, self.longer):
            button.setAutoDefault(False)
            button.setDefault(False)
        self._menu.addAction(self.conversation)
        self._menu.addAction(self.always)
        self.longer.setMenu(self._menu)
        self.note.setPlaceholderText(self.tr("A word to the model (optional)"))
        self.note.setAccessibleName(self.tr("Why not: a word to the model"))
        self.note.hide()
        self.say_why.setFont(theme.small_font())
        self._bound.setFont(theme.small_font())
        self._bound.setTextFormat(Qt.TextFormat.PlainText)
        width = max(self.refuse.sizeHint().width(), self.allow.sizeHint().width())
        self.refuse.setMinimumWidth(width)
        self.allow.setMinimumWidth(width)
        refusing = QHBoxLayout()
        refusing.setSpacing(theme.HAIR)
        refusing.addWidget(self.refuse)
        refusing.addWidget(self.say_why)
        refusing.addStretch(1)
        allowing = QHBoxLayout()
        allowing.setSpacing(theme.SMALL)
        allowing.addWidget(self.allow)
        allowing.addWidget(self.longer)
        allowing.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.MEDIUM, 0, theme.HAIR)
        column.setSpacing(theme.SMALL)
        column.addWidget(self._question)
        column.addLayout(refusing)
        column.addWidget(self.note)
        column.addLayout(allowing)
        column.addWidget(self._bound)
        self._colour()

    def _connect(self) -> None:
        self.refuse.clicked.connect(lambda: self._answer(False, "once"))
        self.allow.clicked.connect(lambda: self._answer(True, "once"))
        self.conversation.triggered.connect(lambda: self._answer(True, "conversation"))
        self.always.triggered.connect(lambda: self._answer(True, "always"))
        self.note.returnPressed.connect(lambda: self._answer(False, "once"))
        self.say_why.toggled.connect(self._show_note)
        self.say_why.clicked.connect(self._write_note)

    def _name_always(self, tool: ToolInfo | None, name: str) -> None:
        server = visible_line(tool.server) if tool else ""
        words = (
            self.tr("Always allow {0} of {1}").format(name, server)
            if server
            else self.tr("Always allow {0}").format(name)
        )
        self.always.setText(words.replace("&", "&&"))
        self._bound.setText(
            self.tr("“Always” ends when this tool or its server’s command changes: then you are asked again.")
            if server
            else self.tr("“Always” ends when this tool changes: then you are asked again.")
        )

    def _show_note(self, shown: bool) -> None:
        self.note.setVisible(shown)
        if not shown:
            self.note.clear()

    def _write_note(self, shown: bool) -> None:
        if shown:
            self.note.setFocus()

    def _colour(self) -> None:
        colour_label(self._bound, theme.current_colours().muted)

    def _answer(self, allow: bool, scope: Scope) -> None:
        if self._clock() - self._since < GRACE or not self.refuse.isEnabled():
            return
        if allow and not self.allow.isEnabled():
            return
        for control in (self.refuse, self.allow, self.longer, self.note, self.say_why):
            control.setEnabled(False)
        self.answered.emit(allow, scope, "" if allow else self.note.text().strip())
