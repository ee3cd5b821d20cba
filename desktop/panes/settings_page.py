"""A page of the settings: a form of native controls, each of which changes one preference at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop import theme
from desktop.models.preference_state import PreferenceState
from desktop.widgets.slim_scroll_bars import SlimScrollBars
from desktop.widgets.surface import show_ground_below

FIELD_WIDTH = 260
_TYPING_MS = 600


class SettingsPage(QWidget):
    """Reads the preferences when it is built. `keep_texts` is called when typing pauses, and by whoever closes it.

    `scrolls`: its form may become longer than the window. `fills`: it lays itself out in `around`, without a form.
    """

    def __init__(self, preferences: PreferenceState, *, scrolls: bool = False, fills: bool = False) -> None:
        super().__init__()
        self.preferences = preferences
        self.typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self.typing.timeout.connect(self.keep_texts)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(theme.LARGE)
        self.form.setVerticalSpacing(theme.MEDIUM + theme.HAIR)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.around = QVBoxLayout(self)
        self.around.setContentsMargins(0, 0, 0, 0)
        if fills:
            return
        column = self.around
        if scrolls:
            inner = QWidget()
            column = QVBoxLayout(inner)
            column.setContentsMargins(0, 0, theme.HAIR, 0)
            self.around.addWidget(scrolled(inner))
        column.addLayout(self.form)
        column.addStretch(1)

    def keep_texts(self) -> None:
        """Keep what was typed and can be used."""
        self.typing.stop()

    def choice(self, field: str, name: str, options: Mapping[Any, str], chosen: Any = None) -> QComboBox:
        """One of `options`, which maps values of the preference to words; `chosen`: the one to show first."""
        box = QComboBox()
        box.setAccessibleName(name)
        for value, text in options.items():
            box.addItem(text, value)
        box.setCurrentIndex(box.findData(getattr(self.preferences.value, field) if chosen is None else chosen))
        box.currentIndexChanged.connect(lambda: self.preferences.replace(**{field: box.currentData()}))
        box.setMaximumWidth(FIELD_WIDTH)
        return box

    def check(self, field: str, text: str) -> QCheckBox:
        """A preference that holds or not."""
        box = QCheckBox(text)
        box.setAccessibleName(text)
        box.setChecked(getattr(self.preferences.value, field))

        def keep(checked: bool) -> None:
            self.preferences.replace(**{field: checked})

        box.toggled.connect(keep)
        return box

    def row(self, label: str, control: QWidget, told: QLabel | str = "") -> None:
        """A control with what is to be said of it close below. The first one has the focus when the page has."""
        if self.focusProxy() is None:
            self.setFocusProxy(control)
        if not told:
            self.form.addRow(label, control)
            return
        column = QVBoxLayout()
        column.setSpacing(theme.HAIR)
        column.addWidget(control)
        column.addWidget(self.note(told) if isinstance(told, str) else told)
        title = QLabel(label)
        # Beside the control, not in the middle of it and the note.
        title.setFixedHeight(min(control.sizeHint().height(), theme.CONTROL_HEIGHT))
        self.form.addRow(title, column)

    def note(self, text: str) -> QLabel:
        """Quieter words below a control."""
        label = QLabel(text, wordWrap=True)
        label.setFont(theme.small_font())
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        label.setVisible(bool(text))
        return label


def scrolled(inner: QWidget) -> QScrollArea:
    """What may become longer than the window, on the ground around it."""
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    show_ground_below(area)
    SlimScrollBars(area)
    return area
