"""The problem report: what it holds and what not, its writing, and the way to the file. Nothing is sent."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QPalette
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop import theme
from desktop.models import words
from desktop.models.told_words import told
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.thin_bar import ThinBar

Stage = Literal["offered", "writing", "written", "failed"]

_WIDTH = 500


class ProblemReport(QDialog):
    """Asks for a report and shows what became of it; `show_…` says how far it has come."""

    write_requested = Signal()
    cancel_requested = Signal()
    """It is not wanted any more, whatever of it is written."""
    show_folder_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stage: Stage = "offered"
        self._path = self._folder = ""
        self.setWindowTitle(self.tr("Report a problem"))
        self._build()
        self._show_stage("offered", self._offer())

    @property
    def words(self) -> str:
        """What it says now."""
        return " ".join(part for part in (self._told.text(), self._note.text()) if part)

    @property
    def path(self) -> str:
        """The report that was written, "" until then."""
        return self._path

    def show_writing(self) -> None:
        """Say that it is being written."""
        self.show_progress(0, 1)
        self._show_stage("writing", self.tr("Each part of Minim is being tried. This takes a moment."))

    def show_progress(self, done: int, total: int) -> None:
        """Say how many parts were tried."""
        self._bar.show_progress(min(done, total), total)

    def show_written(self, path: str, folder: str, *, is_sound: bool) -> None:
        """Say where the report lies; `is_sound`: nothing that was tried failed."""
        self._path, self._folder = path, folder
        found = self.tr("Everything that was tried works.") if is_sound else self.tr("It says what does not work.")
        self._show_stage("written", words.sentences(self.tr("The report is written."), found))

    def show_failed(self, reason: str) -> None:
        """Say why there is none; `reason` is in words, "" if nobody knows."""
        self._show_stage("failed", self.tr("The report could not be written."))
        self._note.setText(told(reason))
        self._note.setVisible(bool(reason))
        self._fit()

    def closeEvent(self, arg__1: QCloseEvent) -> None:
        self._leave()
        super().closeEvent(arg__1)

    def reject(self) -> None:
        self._leave()
        super().reject()

    def _offer(self) -> str:
        return self.tr(
            "Minim tries each of its parts and writes what it finds into one text file: versions, this machine, "
            "engines, settings, the names of models and tool servers, and what of its logs holds nothing private."
        )

    def _build(self) -> None:
        title = QLabel(self.tr("Report a problem"))
        title.setFont(theme.heading_font())
        self._told = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._bar = ThinBar()
        self._bar.setAccessibleName(self.tr("Writing the report"))
        self._place = ElidedLabel("", Qt.TextElideMode.ElideMiddle)
        self._place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.write_button = QPushButton(self.tr("Write the report"))
        self.folder_button = QPushButton(self.tr("Show in folder"))
        self.copy_button = QPushButton(self.tr("Copy path"))
        self.leave_button = QPushButton()
        for button in (self.write_button, self.folder_button, self.copy_button, self.leave_button):
            button.setAutoDefault(False)
        self.write_button.clicked.connect(self.write_requested)
        self.folder_button.clicked.connect(lambda: self.show_folder_requested.emit(self._folder))
        self.copy_button.clicked.connect(self._copy)
        self.leave_button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SMALL)
        buttons.addStretch(1)
        for button in (self.leave_button, self.copy_button, self.folder_button, self.write_button):
            buttons.addWidget(button)
        self._lay_out(title, buttons)

    def _lay_out(self, title: QLabel, buttons: QHBoxLayout) -> None:
        self.setFixedWidth(_WIDTH)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.LARGE)
        column.setSpacing(theme.MEDIUM)
        for widget in (title, self._told, self._note, self._place, self._bar):
            column.addWidget(widget)
        column.addStretch(1)
        column.addSpacing(theme.SMALL)
        column.addLayout(buttons)

    def _show_stage(self, stage: Stage, told: str) -> None:
        self.stage = stage
        is_written = stage == "written"
        self._told.setText(told)
        self._note.setText(self._promise())
        self._note.setVisible(stage in ("offered", "written"))
        self._place.set_text(self._path if is_written else "")
        self._place.setVisible(is_written)
        self._bar.setVisible(stage == "writing")
        self.write_button.setVisible(stage in ("offered", "failed"))
        self.write_button.setText(self.tr("Try again") if stage == "failed" else self.tr("Write the report"))
        self.folder_button.setVisible(is_written)
        self.copy_button.setVisible(is_written)
        self.copy_button.setText(self.tr("Copy path"))
        self.leave_button.setText(self.tr("Cancel") if stage in ("offered", "writing") else self.tr("Close"))
        self._fit()
        next_button = {"writing": self.leave_button, "written": self.folder_button}.get(stage, self.write_button)
        next_button.setFocus()
        next_button.setDefault(stage != "writing")  # Enter leads on, and stops nothing

    def _fit(self) -> None:
        """As high as what is shown now needs."""
        self._column.activate()
        self.setFixedHeight(self._column.totalHeightForWidth(_WIDTH))

    def _promise(self) -> str:
        if self.stage == "written":
            return self.tr("Nothing was sent. Read it, and pass it on if you like.")
        return self.tr("No chats, no system prompts, no access tokens, no names of your files. Nothing is sent.")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._path)
        self.copy_button.setText(self.tr("Copied"))

    def _leave(self) -> None:
        if self.stage == "writing":
            self._show_stage("offered", self._offer())
            self.cancel_requested.emit()
