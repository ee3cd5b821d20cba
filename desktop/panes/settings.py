"""The settings: a plain form of native controls; a change holds at once."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QIcon, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop import theme
from desktop.models.preference_state import PreferenceState

_SAMPLING = ("temperature", "top_p", "top_k", "max_tokens")


class Settings(QDialog):
    """Reads the preferences when it is built, and replaces fields of them as a person changes them."""

    def __init__(self, preferences: PreferenceState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setWindowTitle(self.tr("Settings"))
        self.setMinimumWidth(560)
        self._typing = QTimer(self, singleShot=True, interval=600)
        self._typing.timeout.connect(self._keep_texts)
        form = QFormLayout()
        form.setHorizontalSpacing(theme.LARGE)
        form.setVerticalSpacing(theme.MEDIUM)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._add_general(form)
        self._add_chat(form)
        self._add_sampling(form)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.close)
        close.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())  # a dark cross on a dark button
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.LARGE)
        column.setSpacing(theme.WIDE)
        column.addLayout(form)
        column.addStretch()
        column.addWidget(close)

    def closeEvent(self, arg__1: QCloseEvent) -> None:
        self._keep_texts()
        super().closeEvent(arg__1)

    def reject(self) -> None:
        self._keep_texts()
        super().reject()

    def _add_general(self, form: QFormLayout) -> None:
        self.appearance = self._choice(
            "appearance",
            self.tr("Appearance"),
            {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")},
        )
        form.addRow(self.tr("Appearance"), self.appearance)
        self.language = self._choice(
            "language",
            self.tr("Language"),
            {"system": self.tr("As the system"), "en": "English", "zh_CN": "简体中文"},
        )
        form.addRow(self.tr("Language"), self.language)
        form.addRow("", self._note(self.tr("Another language is used from the next start on.")))
        self.send_with = self._choice(
            "send_with",
            self.tr("Send a message with"),
            {"enter": self.tr("Enter"), "mod_enter": self.tr("Ctrl+Enter, or Cmd+Enter on a Mac")},
        )
        form.addRow(self.tr("Send with"), self.send_with)
        self.load_at_start = self._check("load_model_at_start", self.tr("Load the last model at start"))
        form.addRow(self.tr("Model"), self.load_at_start)

    def _add_chat(self, form: QFormLayout) -> None:
        self.tools = self._check("tools_enabled", self.tr("Let models call tools"))
        form.addRow(self.tr("Tools"), self.tools)
        form.addRow("", self._note(self.tr("You are asked before a tool runs, with all its arguments in view.")))
        self.system_prompt = QPlainTextEdit(self._preferences.value.system_prompt)
        self.system_prompt.setAccessibleName(self.tr("System prompt"))
        self.system_prompt.setPlaceholderText(self.tr("None: the model’s own is used"))
        self.system_prompt.setTabChangesFocus(True)
        self.system_prompt.setFixedHeight(84)
        self.system_prompt.textChanged.connect(self._typing.start)
        form.addRow(self.tr("System prompt"), self.system_prompt)

    def _add_sampling(self, form: QFormLayout) -> None:
        names = {
            "temperature": (self.tr("Temperature"), "0–2"),
            "top_p": (self.tr("Top p"), "0–1"),
            "top_k": (self.tr("Top k"), "0–1000"),
            "max_tokens": (self.tr("Longest answer"), "1–196608"),
        }
        self.sampling: dict[str, QLineEdit] = {}
        for field in _SAMPLING:
            label, span = names[field]
            value = getattr(self._preferences.value.generation, field)
            line = QLineEdit("" if value is None else f"{value:g}" if isinstance(value, float) else str(value))
            line.setAccessibleName(label)
            line.setPlaceholderText(self.tr("As the model recommends (%s)") % span)
            line.setMaximumWidth(260)
            line.textChanged.connect(self._typing.start)
            self.sampling[field] = line
            form.addRow(label, line)
        self._problem = self._note("")
        form.addRow("", self._problem)

    def _choice(self, field: str, name: str, options: dict[str, str]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        for value, text in options.items():
            box.addItem(text, value)
        box.setCurrentIndex(box.findData(getattr(self._preferences.value, field)))
        box.currentIndexChanged.connect(lambda: self._preferences.replace(**{field: box.currentData()}))
        box.setMaximumWidth(260)
        return box

    def _check(self, field: str, text: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setAccessibleName(text)
        box.setChecked(getattr(self._preferences.value, field))

        def keep(checked: bool) -> None:
            self._preferences.replace(**{field: checked})

        box.toggled.connect(keep)
        return box

    def _note(self, text: str) -> QLabel:
        label = QLabel(text, wordWrap=True)
        label.setFont(theme.small_font())
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        label.setVisible(bool(text))
        return label

    def _keep_texts(self) -> None:
        self._typing.stop()
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for field, line in self.sampling.items():
            number = sampling_number(field, line.text())
            if number == "wrong":
                wrong.append(line.accessibleName())
            else:
                values[field] = number
        self._problem.setText(self.tr("Not a number in range, so not used: %s") % ", ".join(wrong))
        self._problem.setVisible(bool(wrong))
        generation = msgspec.structs.replace(self._preferences.value.generation, **values)
        self._preferences.replace(generation=generation, system_prompt=self.system_prompt.toPlainText().strip())


def sampling_number(field: str, text: str) -> float | int | str | None:
    """What a person typed for a sampling setting: a number, None for nothing, or "wrong" for what cannot be used."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    whole = field in ("top_k", "max_tokens")
    least, most = {"temperature": (0, 2), "top_p": (0, 1), "top_k": (0, 1000), "max_tokens": (1, 196_608)}[field]
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        return "wrong"
    return number if least <= number <= most else "wrong"
