"""The question before work is broken off: what becomes of it, and the ways on."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QMessageBox, QSpacerItem, QWidget

from desktop import theme
from desktop.shutdown.activity import Doing

Answer = Literal["quit", "keep_running", "cancel"]
_WIDTH = 380
translate = QCoreApplication.translate


class LeaveQuestion(QMessageBox):
    """Stays beside what goes on. `closes`: the window was closed, and going on without it is offered as well."""

    answered = Signal(str)
    """`Answer`"""

    def __init__(self, doing: Doing, parent: QWidget | None = None, *, closes: bool) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Quit Minim"))
        self.setText(self.tr("Quit, or keep running without the window?") if closes else self.tr("Quit Minim?"))
        hint = [self.tr("To bring the window back later, start Minim again.")] if closes else []
        self.setInformativeText("\n\n".join([*what_becomes(doing), *hint]))
        question = self.findChild(QLabel, "qt_msgbox_label")
        if question is not None:  # macOS makes it bold by itself, Fusion does not
            question.setFont(theme.title_font())
        role = QMessageBox.ButtonRole
        self.quit_button = self.addButton(self.tr("Quit"), role.DestructiveRole)
        self.keep_button = self.addButton(self.tr("Keep running"), role.AcceptRole) if closes else None
        self.cancel_button = self.addButton(self.tr("Cancel"), role.RejectRole)
        self.setDefaultButton(self.cancel_button)
        self.setEscapeButton(self.cancel_button)
        layout = self.layout()
        if isinstance(layout, QGridLayout):  # as wide as its few words, it would be a narrow column
            layout.addItem(QSpacerItem(_WIDTH, 0), layout.rowCount(), 0, 1, layout.columnCount())
        self.finished.connect(self._answer)

    def _answer(self) -> None:
        clicked = self.clickedButton()
        if clicked is self.quit_button:
            self.answered.emit("quit")
        elif self.keep_button is not None and clicked is self.keep_button:
            self.answered.emit("keep_running")
        else:
            self.answered.emit("cancel")


def what_becomes(doing: Doing) -> list[str]:
    """What quitting does to all that goes on, a sentence or two for each."""
    asking = translate("LeaveQuestion", "An answer waits for you. What is written so far is kept.")
    tool = translate("LeaveQuestion", "A tool is running, and would be stopped. What is written so far is kept.")
    answering = translate("LeaveQuestion", "An answer is being written. What is written so far is kept.")
    downloading = translate("LeaveQuestion", "Downloads would stop, and go on from there when Minim is started again.")
    installing = translate("LeaveQuestion", "The engine that is being installed would have to be installed again.")
    answer = asking if doing.asking else tool if doing.tool_runs else answering
    becomes = ((doing.answering, answer), (doing.downloading, downloading), (doing.installing, installing))
    return [words for goes_on, words in becomes if goes_on]
