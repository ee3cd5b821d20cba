"""One form of a model in the picker: its quantization, size and state, and the button that acts on it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from backends.contract.models import InstalledModel
from desktop import theme
from desktop.models import words
from desktop.models.session_state import SessionState
from desktop.widgets.surface import Surface


class ModelRow(Surface):
    """Load, or while it loads a bar and Cancel, or when it is loaded Unload."""

    load_requested = Signal(object)
    """`ModelRef`"""
    cancel_requested = Signal()
    unload_requested = Signal()

    def __init__(self, model: InstalledModel, state: SessionState, parent: QWidget | None = None) -> None:
        super().__init__("background", ("bottom",), parent)
        self._model = model
        self._state = state
        self._name = QLabel(words.quantization(model.ref), textFormat=Qt.TextFormat.PlainText)
        self._name.setFont(theme.title_font())
        self._facts = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._facts.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedSize(120, 6)
        self._button = QPushButton()
        self._button.setAutoDefault(False)
        self._button.setMinimumWidth(88)
        self._button.clicked.connect(self._press)
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addWidget(self._name)
        column.addWidget(self._facts)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, theme.SMALL + 2, 0, theme.SMALL + 2)
        row.setSpacing(theme.MEDIUM)
        row.addLayout(column, 1)
        row.addWidget(self._bar)
        row.addWidget(self._button)
        self.refresh()

    @property
    def button(self) -> QPushButton:
        """The button that acts."""
        return self._button

    @property
    def facts(self) -> str:
        """What it says below its name."""
        return self._facts.text()

    def refresh(self) -> None:
        """Show the state that this form is in now."""
        doing = self._doing()
        name = f"{self._model.ref.name} {self._name.text()}"
        match doing:
            case "loading":
                state_words = self.tr("loading")
                action, said = self.tr("Cancel"), self.tr("Cancel loading %s")
                self._bar.setRange(0, 1000 if self._state.load_total_bytes else 0)
                self._bar.setValue(round(self._state.load_fraction * 1000))
                if self._state.load_phase == "preparing":
                    state_words = self.tr("being prepared, once")
            case "ready":
                state_words, action, said = self.tr("loaded"), self.tr("Unload"), self.tr("Unload %s")
            case _:
                state_words, action, said = self.tr("ready"), self.tr("Load"), self.tr("Load %s")
        self._bar.setVisible(doing == "loading")
        self._bar.setAccessibleName(self.tr("Loading %s") % name)
        self._button.setText(action)
        self._button.setAccessibleName(said % name)
        self._button.setEnabled(not self._model.problem or doing != "")
        self._facts.setText(self._fact_words(state_words))

    def _fact_words(self, state_words: str) -> str:
        if self._model.problem:
            return f"{self._model.problem} {self._model.hint}".strip()
        parts = [words.size(self._model.size_bytes)] if self._model.size_bytes else []
        if self._model.context_length:
            parts.append(self.tr("%s tokens of context") % words.tokens(self._model.context_length))
        return " · ".join([*parts, state_words])

    def _doing(self) -> str:
        model = self._state.model
        ours = self._model.ref
        same = model is not None and (model.path, model.quantization) == (ours.path, ours.quantization)
        return self._state.model_state if same and self._state.model_state in ("loading", "ready") else ""

    def _press(self) -> None:
        match self._doing():
            case "loading":
                self.cancel_requested.emit()
            case "ready":
                self.unload_requested.emit()
            case _:
                self.load_requested.emit(self._model.ref)
