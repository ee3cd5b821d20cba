"""What lies behind a row of the picker: facts in two columns, and what is done more rarely."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop import theme


class RowDetails(QWidget):
    """Built when it is first opened; `show_facts` keeps it true after that."""

    verify_requested = Signal()
    delete_requested = Signal()
    kernel_requested = Signal()
    delete_kernel_requested = Signal()

    def __init__(self, name: str, command: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._command = command
        self._facts: list[tuple[str, str]] = []
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.MEDIUM)
        self._grid.setVerticalSpacing(theme.HAIR)
        self._grid.setColumnStretch(1, 1)
        self.copy_button = _button(self.tr("Copy launch command"), self.tr("Copy launch command of %s") % name)
        self.copy_button.setToolTip(command)
        self.verify_button = _button(self.tr("Verify and repair"), self.tr("Verify and repair %s") % name)
        self.kernel_button = _button(self.tr("Fetch FP8 kernel…"), self.tr("Fetch the FP8 kernel for %s") % name)
        self.delete_kernel_button = _button(
            self.tr("Delete FP8 kernel…"), self.tr("Delete the FP8 kernel, which %s uses") % name
        )
        self.delete_button = _button(self.tr("Delete…"), self.tr("Delete %s") % name)
        self.copy_button.clicked.connect(self._copy)
        self.verify_button.clicked.connect(self.verify_requested)
        self.kernel_button.clicked.connect(self.kernel_requested)
        self.delete_kernel_button.clicked.connect(self.delete_kernel_requested)
        self.delete_button.clicked.connect(self.delete_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SMALL)
        for button in self.buttons:
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SMALL, 0, theme.HAIR)
        column.setSpacing(theme.MEDIUM)
        column.addLayout(self._grid)
        column.addLayout(buttons)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """In the order in which they stand, those that are hidden now among them."""
        fetching = (self.copy_button, self.kernel_button, self.verify_button)
        return (*fetching, self.delete_kernel_button, self.delete_button)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Names and values as they are shown."""
        return self._facts

    def show_facts(
        self,
        facts: list[tuple[str, str]],
        *,
        verifies: bool,
        deletes: bool,
        fetches_kernel: bool = False,
        deletes_kernel: bool = False,
    ) -> None:
        """Show these facts, and which of the rarer actions there are now."""
        self.kernel_button.setVisible(fetches_kernel)
        self.delete_kernel_button.setVisible(deletes_kernel)
        self.verify_button.setVisible(verifies)
        self.delete_button.setVisible(deletes)
        if facts == self._facts:
            return
        self._facts = facts
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, (name, value) in enumerate(facts):
            if name:
                self._grid.addWidget(_caption(name), row, 0, Qt.AlignmentFlag.AlignTop)
            shown = _value(value)
            shown.setAccessibleName(f"{name} {value}".strip())
            self._grid.addWidget(shown, row, 1)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._command)
        self.copy_button.setText(self.tr("Copied"))


def _button(text: str, said: str) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.setFont(theme.small_font())
    button.setAccessibleName(said)
    return button


def _caption(text: str) -> QLabel:
    label = QLabel(text, textFormat=Qt.TextFormat.PlainText)
    label.setFont(theme.small_font())
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setMinimumWidth(100)
    return label


def _value(text: str) -> QLabel:
    label = QLabel(text, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setFont(theme.small_font())
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
