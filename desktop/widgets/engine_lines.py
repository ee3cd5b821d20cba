"""The engines in the settings: which are installed, what they take, and the way to remove one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from backends.contract.models import EngineName
from desktop import theme
from desktop.models import engine_words
from desktop.models.catalog_model import CatalogModel
from desktop.models.engine_state import INSTALLABLE
from desktop.widgets.inline_question import InlineQuestion


class EngineLines(QWidget):
    """A line an engine; those that nobody knows of yet, or that a Mac does without, have none."""

    remove_requested = Signal(object)
    """`EngineName`: the person has consented."""

    def __init__(self, catalog: CatalogModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._engines = catalog.engines
        self.question: InlineQuestion | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SMALL)
        self._column.addWidget(QLabel(self.tr("MLX comes with Minim.")))
        self._lines: dict[EngineName, _Line] = {engine: _Line(engine) for engine in INSTALLABLE}
        for engine, line in self._lines.items():
            line.button.clicked.connect(partial(self._ask, engine))
            self._column.addWidget(line)
        self._engines.engines_changed.connect(self._refresh)
        catalog.families_changed.connect(self._refresh)
        self._refresh()

    @property
    def words(self) -> list[str]:
        """The lines as they are shown."""
        return [line.label.text() for line in self._lines.values() if not line.isHidden()]

    @property
    def buttons(self) -> list[QPushButton]:
        """The buttons that remove, those that are shown."""
        return [line.button for line in self._lines.values() if not line.button.isHidden()]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._claim_height()

    def _refresh(self) -> None:
        for engine, line in self._lines.items():
            plan = self._engines.plan_of(engine)
            coming = self._engines.installing == engine
            is_there = self._engines.can_remove(engine)
            line.setVisible(plan is not None and (plan.installed or is_there or coming or not self._catalog.on_mac))
            line.button.setVisible(is_there and not coming)
            if coming:
                line.label.setText(engine_words.progress(engine, self._engines.progress))
            elif plan is not None:
                line.label.setText(engine_words.line(plan))

    def _ask(self, engine: EngineName, _checked: bool = False) -> None:
        plan = self._engines.plan_of(engine)
        if plan is None:
            return
        self._end_question()
        question = InlineQuestion(engine_words.removal(plan), self.tr("Remove"), self.tr("Keep"))
        question.accepted.connect(lambda: (self._end_question(), self.remove_requested.emit(engine)))
        question.rejected.connect(self._end_question)
        self._column.addWidget(question)
        self.question = question
        question.reject_button.setFocus()
        self._claim_height()

    def _end_question(self) -> None:
        if self.question is not None:
            self.question.hide()
            self.question.deleteLater()
            self.question = None
            self._claim_height()

    def _claim_height(self) -> None:
        """A form gives no more than the least height to what wraps: the dialog has to grow with the question."""
        self._column.activate()
        column = self._column
        wraps = column.hasHeightForWidth()
        self.setMinimumHeight(column.totalHeightForWidth(self.width()) if wraps else column.totalMinimumSize().height())


class _Line(QWidget):
    def __init__(self, engine: EngineName) -> None:
        super().__init__()
        self.label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.label.setForegroundRole(QPalette.ColorRole.WindowText)
        self.button = QPushButton(self.tr("Remove…"))
        self.button.setAutoDefault(False)
        self.button.setAccessibleName(self.tr("Remove the %s engine") % engine)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SMALL)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
