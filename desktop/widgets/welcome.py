"""What an empty conversation shows: the app's name, one sentence, and examples to start from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop import theme
from desktop.widgets.surface import Surface

_WIDEST = 560


class Welcome(Surface):
    """Calm and centred; `example_requested` brings the words of the example that was clicked."""

    example_requested = Signal(str)

    def __init__(self, examples: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__("background", parent=parent)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.SMALL)
        title = QLabel("Minim")
        title.setFont(theme.heading_font())
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        sentence = QLabel(self.tr("Talk to a language model that runs on this machine.\nNothing you write leaves it."))
        sentence.setFont(theme.body_font())
        sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        sentence.setWordWrap(True)
        inner = QWidget()
        inner.setMaximumWidth(_WIDEST)
        inner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addWidget(title)
        column.addWidget(sentence)
        column.addSpacing(theme.WIDE)
        column.addLayout(self._grid)
        outer = QGridLayout(self)
        outer.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE)
        outer.setRowStretch(0, 2)
        outer.setRowStretch(2, 3)
        outer.setColumnStretch(0, 1)
        outer.setColumnStretch(1, 100)
        outer.setColumnStretch(2, 1)
        outer.addWidget(inner, 1, 1)
        self.set_examples(examples)

    def set_examples(self, examples: Sequence[str]) -> None:
        """Show other examples, two in a row."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for place, words in enumerate(examples):
            button = QPushButton(words)
            button.setAutoDefault(False)
            button.setMinimumHeight(theme.CONTROL_HEIGHT + theme.SMALL)
            button.setAccessibleName(self.tr("Example: {0}").format(words))
            button.clicked.connect(lambda _checked=False, text=words: self.example_requested.emit(text))
            self._grid.addWidget(button, place // 2, place % 2)
