"""About Minim: what it is, in which version, and what it is built with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelectionModel, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop import theme
from desktop.widgets.glyph import app_icon, is_theme_change
from desktop.widgets.pane_header import colour_label
from desktop.widgets.slim_scroll_bars import SlimScrollBars

if TYPE_CHECKING:
    from desktop.acknowledgements import Component

_ICON = 96
_TEXT_WIDTH = 340


class About(QDialog):
    """A small panel. `version` can be selected and copied."""

    acknowledgements_requested = Signal()

    def __init__(self, version: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Minim"))
        icon = QLabel()
        icon.setPixmap(app_icon().pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))
        name = QLabel("Minim")
        name.setFont(theme.heading_font())
        self.version = QLabel(self.tr("Version %s") % version)
        self.version.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        what = QLabel(self.tr("Chat with MiniMax-M2 and other language models that run on your own machine."))
        self._quiet = [QLabel(self.tr("Nothing you write leaves it.")), QLabel(self.tr("Apache License 2.0"))]
        self.acknowledgements = QPushButton(self.tr("Acknowledgements…"))
        self.acknowledgements.setAutoDefault(False)
        self.acknowledgements.clicked.connect(self.acknowledgements_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.WIDE, theme.WIDE, 2 * theme.WIDE, theme.WIDE)
        column.setSpacing(theme.HAIR)
        for widget, above in (
            (icon, 0),
            (name, theme.SMALL),
            (self.version, 0),
            (what, theme.LARGE),
            (self._quiet[0], theme.SMALL),
            (self._quiet[1], 0),
            (self.acknowledgements, theme.LARGE),
        ):
            column.addSpacing(above)
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
            if isinstance(widget, QLabel) and widget is not icon:
                widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        for label in (what, *self._quiet):
            label.setWordWrap(True)
            label.setFixedWidth(_TEXT_WIDTH)
        self._quiet.append(self.version)
        self._mute()
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        self.acknowledgements.setFocus()

    def changeEvent(self, arg__1: QEvent) -> None:
        super().changeEvent(arg__1)
        if is_theme_change(arg__1):
            self._mute()

    def _mute(self) -> None:
        for label in self._quiet:
            colour_label(label, theme.current_colours().muted)


class Acknowledgements(QDialog):
    """The components that Minim is built with, and the licences of the chosen one."""

    def __init__(self, components: Sequence[Component], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Acknowledgements"))
        self._components = components
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("What Minim is built with"))
        self.list.setFixedWidth(240)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for component in components:
            QListWidgetItem(f"{component.name} {component.version}", self.list)
        self.licence = QLabel()
        self.licence.setFont(theme.title_font())
        self.licence.setWordWrap(True)
        self.licence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName(self.tr("Licence"))
        self.text.setTabChangesFocus(True)
        # A cursor says where the keyboard is, and copies with it.
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        right = QVBoxLayout()
        right.setSpacing(theme.SMALL)
        right.addWidget(self.licence)
        right.addWidget(self.text, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.LARGE, theme.LARGE, theme.LARGE, theme.LARGE)
        row.setSpacing(theme.LARGE)
        row.addWidget(self.list)
        row.addLayout(right, 1)
        self.resize(820, 520)
        self._scroll_bars = SlimScrollBars(self)
        self.list.currentRowChanged.connect(self._show)
        self.list.setCurrentRow(0, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.list.setFocus()

    def _show(self, row: int) -> None:
        component = self._components[row]
        self.licence.setText(component.licence or self.tr("Its licence is not named."))
        self.text.setPlainText(component.text() or self.tr("This package brings no text of its licence."))
