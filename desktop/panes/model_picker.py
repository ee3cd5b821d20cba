"""The model picker: which model, in which quantization; load it, stop loading, unload it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from backends.contract.models import InstalledModel
from desktop import theme
from desktop.models import words
from desktop.models.catalog_model import CatalogModel, Family
from desktop.models.session_state import SessionState
from desktop.widgets.model_row import ModelRow
from desktop.widgets.notice_bar import NoticeBar
from desktop.widgets.row_delegate import RowDelegate
from desktop.widgets.slim_scroll_bars import SlimScrollBars
from desktop.widgets.surface import Surface


class ModelPicker(QDialog):
    """Families on the left, one row a form on the right. Downloads get their place beside the folders found here."""

    load_requested = Signal(object)
    """`ModelRef`"""
    cancel_load_requested = Signal()
    unload_requested = Signal()
    open_folder_requested = Signal(str)

    def __init__(self, catalog: CatalogModel, state: SessionState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._state = state
        self._rows: list[ModelRow] = []
        self._shown: Family | None = None
        self._followed = state.model
        self.setWindowTitle(self.tr("Models"))
        self.resize(760, 520)
        self._build()
        self._scroll_bars = SlimScrollBars(self)
        self._families.currentRowChanged.connect(self._show_family)
        catalog.families_changed.connect(self.show_families)
        state.model_changed.connect(self._follow_model)
        state.notice_changed.connect(self._show_notice)
        self.show_families()

    @property
    def rows(self) -> list[ModelRow]:
        """The rows of the family that is shown."""
        return self._rows

    def show_families(self) -> None:
        """Show what is on this machine, and keep the family that was chosen."""
        families = self._catalog.families()
        wanted = self._shown.name if self._shown else self._state.model.name if self._state.model else ""
        self._families.blockSignals(True)
        self._families.clear()
        for family in families:
            item = QListWidgetItem(family.name)
            item.setData(Qt.ItemDataRole.UserRole, family)
            item.setToolTip(words.tooltip(self._origin_of(family)))
            self._families.addItem(item)
        self._families.blockSignals(False)
        row = next((index for index, family in enumerate(families) if family.name == wanted), 0)
        self._families.setCurrentRow(row if families else -1)
        self._show_family(self._families.currentRow())

    def choose_folder(self) -> None:
        """Let a person choose a folder that holds a model."""
        opened = [model.ref.path for family in self._catalog.families() for model in family.forms if _is_folder(model)]
        start = str(Path(opened[-1]).parent) if opened else str(Path.home())
        folder = QFileDialog.getExistingDirectory(self, self.tr("Open a model folder"), start)
        if folder:
            self._state.show_notice(None)
            self.open_folder_requested.emit(folder)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._families.setFocus()

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        pressed = self.focusWidget()
        if arg__1.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(pressed, QPushButton):
            pressed.click()
        else:
            super().keyPressEvent(arg__1)

    def _build(self) -> None:
        self._families = QListWidget()
        self._families.setAccessibleName(self.tr("Models on this machine"))
        self._families.setItemDelegate(RowDelegate(self._families))
        self._families.setMouseTracking(True)
        self._families.setFrameShape(QFrame.Shape.NoFrame)
        self._families.viewport().setAutoFillBackground(False)
        self._folder_button = QPushButton(self.tr("Open a model folder…"))
        self._folder_button.setAutoDefault(False)
        self._folder_button.clicked.connect(self.choose_folder)
        left = Surface("surface", ("right",))
        left.setFixedWidth(220)
        left_column = QVBoxLayout(left)
        left_column.setContentsMargins(theme.MEDIUM, theme.LARGE, theme.MEDIUM, theme.MEDIUM)
        caption = _caption(self.tr("On this machine"))
        caption.setIndent(10)
        left_column.addWidget(caption)
        left_column.addWidget(self._families, 1)
        left_column.addWidget(self._folder_button)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addWidget(self._build_forms(), 1)

    def _build_forms(self) -> QWidget:
        self._title = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._title.setFont(theme.heading_font())
        self._origin = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._origin.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._row_area = Surface("background")
        self._row_column = QVBoxLayout(self._row_area)
        self._row_column.setContentsMargins(0, 0, 0, 0)
        self._row_column.setSpacing(0)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(self.tr("Quantizations"))
        scroll.setWidget(self._row_area)
        self._problem = NoticeBar()
        self._problem.dismissed.connect(lambda: self._state.show_notice(None))
        self._hint = _caption(
            self.tr("Models that Hugging Face or ModelScope tools have downloaded are found by themselves.")
        )
        self._hint.setWordWrap(True)
        right = Surface("background")
        right_column = QVBoxLayout(right)
        right_column.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.LARGE)
        right_column.setSpacing(theme.HAIR)
        right_column.addWidget(self._title)
        right_column.addWidget(self._origin)
        right_column.addSpacing(theme.MEDIUM)
        right_column.addWidget(scroll, 1)
        right_column.addWidget(self._problem)
        right_column.addSpacing(theme.SMALL)
        right_column.addWidget(self._hint)
        return right

    def _show_family(self, row: int) -> None:
        item = self._families.item(row) if row >= 0 else None
        family: Family | None = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        for old in self._rows:
            old.hide()
            old.deleteLater()
        while self._row_column.takeAt(0):
            pass
        self._rows = []
        self._shown = family
        if family is None:
            self._title.setText(self.tr("No model found") if self._catalog.searched else self.tr("Looking for models"))
            self._origin.setText(self.tr("Open a folder that holds an MLX or Hugging Face model."))
            return
        self._title.setText(family.name)
        self._origin.setText(self._origin_of(family))
        for model in family.forms:
            form_row = ModelRow(model, self._state)
            form_row.load_requested.connect(self.load_requested)
            form_row.cancel_requested.connect(self.cancel_load_requested)
            form_row.unload_requested.connect(self.unload_requested)
            self._row_column.addWidget(form_row)
            self._rows.append(form_row)
        self._row_column.addStretch(1)

    def _show_notice(self) -> None:
        """Say here too what went wrong with a folder or a load: the window lies behind."""
        notice = self._state.notice
        self._problem.show_notice(notice.message if notice else "", notice.hint if notice else "")

    def _follow_model(self) -> None:
        """Show how the model fares; when it became another one, as after a folder was opened, show that."""
        if self._state.model is not None and self._state.model != self._followed:
            self._followed = self._state.model
            for index in range(self._families.count()):
                family: Family = self._families.item(index).data(Qt.ItemDataRole.UserRole)
                if family.name == self._followed.name:
                    self._families.setCurrentRow(index)
        for row in self._rows:
            row.refresh()

    def _origin_of(self, family: Family) -> str:
        match family.source:
            case "builtin":
                return self.tr(
                    "Small, built in, and there to try Minim with. It can call its tools and knows little of the world."
                )
            case "huggingface":
                return self.tr("From the Hugging Face cache on this machine")
            case "modelscope":
                return self.tr("From the ModelScope cache on this machine")
            case _:
                return family.forms[0].ref.path


def _is_folder(model: InstalledModel) -> bool:
    return model.ref.source == "folder"


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setFont(theme.small_font())
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label
