"""The settings: a plain form of native controls; a change holds at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QFontMetrics, QIcon, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop import theme
from desktop.models import words
from desktop.models.catalog_model import CatalogModel
from desktop.models.preference_state import PreferenceState
from desktop.widgets.engine_lines import EngineLines

_FOLDER_WIDTH = 400
"""Pixels of a folder's name; the middle of a longer one is left out."""

_SAMPLING = ("temperature", "top_p", "top_k", "max_tokens")


class Settings(QDialog):
    """Reads the preferences when it is built, and replaces fields of them as a person changes them."""

    def __init__(
        self, preferences: PreferenceState, catalog: CatalogModel | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._catalog = catalog
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
        self._add_models(form)
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

    def _add_models(self, form: QFormLayout) -> None:
        self.load_at_start = self._check("load_model_at_start", self.tr("Load the last model at start"))
        form.addRow(self.tr("Models"), self.load_at_start)
        self.hub = self._choice(
            "hub",
            self.tr("Fetch models from"),
            {
                "huggingface": "Hugging Face",
                "modelscope": "ModelScope",
                "mirror": self.tr("A mirror of Hugging Face"),
            },
        )
        self.hub.currentIndexChanged.connect(self._show_mirror)
        form.addRow(self.tr("Fetch from"), self.hub)
        self.mirror = QLineEdit(self._preferences.value.mirror)
        self.mirror.setAccessibleName(self.tr("Address of the mirror"))
        self.mirror.textChanged.connect(self._typing.start)
        form.addRow(self.tr("Mirror"), self.mirror)
        self._form = form
        self._show_mirror()
        self._folder = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.choose_folder_button = QPushButton(self.tr("Choose…"))
        self.choose_folder_button.setAccessibleName(self.tr("Choose the folder that downloads go to"))
        self.usual_folder_button = QPushButton(self.tr("Use the usual cache"))
        self.choose_folder_button.clicked.connect(self._choose_folder)
        self.usual_folder_button.clicked.connect(lambda: self._keep_folder(""))
        self._free = self._note("")
        self._free.setWordWrap(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SMALL)
        for button in (self.choose_folder_button, self.usual_folder_button):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addWidget(self._free)
        buttons.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(theme.HAIR)
        column.addWidget(self._folder)
        column.addLayout(buttons)
        form.addRow(self.tr("Downloads go to"), column)
        if self._catalog is not None:
            self._catalog.families_changed.connect(self._show_folder)
        self._show_folder()
        self.engines = EngineLines(self._catalog) if self._catalog is not None else None
        if self.engines is not None:
            form.addRow(self.tr("Engines"), self.engines)

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

    def _show_mirror(self) -> None:
        self._form.setRowVisible(self.mirror, self.hub.currentData() == "mirror")

    def _show_folder(self) -> None:
        """Where downloads go. Other apps look into the usual caches, and so does Minim for what they have fetched."""
        chosen = self._preferences.value.download_folder
        shown = chosen or self.tr("The usual caches of the hubs, which other apps share")
        metrics = QFontMetrics(self._folder.font())
        self._folder.setText(metrics.elidedText(shown, Qt.TextElideMode.ElideMiddle, _FOLDER_WIDTH))
        self._folder.setToolTip(words.tooltip(shown))
        self.usual_folder_button.setVisible(bool(chosen))
        free = self._catalog.disk_free() if self._catalog is not None else 0
        self._free.setText(self.tr("%s are free there.") % words.size(free) if free else "")
        self._free.setVisible(bool(free))

    def _choose_folder(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        start = self._preferences.value.download_folder or str(Path.home())
        folder = QFileDialog.getExistingDirectory(self, self.tr("Where downloads go"), start)
        if folder:
            self._keep_folder(folder)

    def _keep_folder(self, folder: str) -> None:
        self._preferences.replace(download_folder=folder)
        self._show_folder()

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
        if address := mirror_address(self.mirror.text()):
            self._preferences.replace(mirror=address)


def mirror_address(text: str) -> str:
    """The address of a hub as a person typed it, with its scheme and no slash at the end; "" if it is none."""
    address = text.strip().rstrip("/")
    if not address or any(character.isspace() for character in address):
        return ""
    scheme, found, rest = address.partition("://")
    if not found:
        return f"https://{address}"
    return address if scheme in ("http", "https") and rest else ""


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
