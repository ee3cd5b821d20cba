"""The page of the settings that says which model is loaded, and where models come from and go."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from desktop import theme
from desktop.models import words
from desktop.models.catalog_model import CatalogModel
from desktop.models.preference_state import PreferenceState
from desktop.panes.settings_page import SettingsPage
from desktop.widgets.engine_lines import EngineLines

_FOLDER_WIDTH = 400
"""Pixels of a folder's name; the middle of a longer one is left out."""


class ModelsPage(SettingsPage):
    """`catalog` knows how much is free where downloads go."""

    def __init__(self, preferences: PreferenceState, catalog: CatalogModel | None) -> None:
        super().__init__(preferences)
        self._catalog = catalog
        self.load_at_start = self.check("load_model_at_start", self.tr("Load the last model at start"))
        large = self.tr("One that takes more than half of the memory for models is loaded with your first message.")
        self.row(self.tr("At start"), self.load_at_start, large)
        self._add_hub()
        self._add_folder()
        if catalog is not None:
            catalog.families_changed.connect(self._show_folder)
        self._show_folder()
        self.engines = EngineLines(catalog) if catalog is not None else None
        if self.engines is not None:
            self.form.addRow(self.tr("Engines"), self.engines)

    def keep_texts(self) -> None:
        super().keep_texts()
        if address := mirror_address(self.mirror.text()):
            self.preferences.replace(mirror=address)

    def _add_hub(self) -> None:
        self.hub = self.choice(
            "hub",
            self.tr("Fetch models from"),
            {
                "huggingface": "Hugging Face",
                "modelscope": "ModelScope",
                "mirror": self.tr("A mirror of Hugging Face"),
            },
        )
        self.hub.currentIndexChanged.connect(self._show_mirror)
        self.row(self.tr("Fetch from"), self.hub)
        self.mirror = QLineEdit(self.preferences.value.mirror)
        self.mirror.setAccessibleName(self.tr("Address of the mirror"))
        self.mirror.textChanged.connect(self.typing.start)
        self.form.addRow(self.tr("Mirror"), self.mirror)
        self._show_mirror()

    def _add_folder(self) -> None:
        self._folder = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.choose_folder_button = QPushButton(self.tr("Choose…"))
        self.choose_folder_button.setAccessibleName(self.tr("Choose the folder that downloads go to"))
        self.usual_folder_button = QPushButton(self.tr("Use the usual cache"))
        self.choose_folder_button.clicked.connect(self._choose_folder)
        self.usual_folder_button.clicked.connect(lambda: self._keep_folder(""))
        self._free = self.note("")
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
        self.form.addRow(self.tr("Downloads go to"), column)

    def _show_mirror(self) -> None:
        self.form.setRowVisible(self.mirror, self.hub.currentData() == "mirror")

    def _show_folder(self) -> None:
        """Where downloads go. Other apps look into the usual caches, and so does Minim for what they have fetched."""
        chosen = self.preferences.value.download_folder
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

        start = self.preferences.value.download_folder or str(Path.home())
        folder = QFileDialog.getExistingDirectory(self, self.tr("Where downloads go"), start)
        if folder:
            self._keep_folder(folder)

    def _keep_folder(self, folder: str) -> None:
        self.preferences.replace(download_folder=folder)
        self._show_folder()


def mirror_address(text: str) -> str:
    """The address of a hub as a person typed it, with its scheme and no slash at the end; "" if it is none."""
    address = text.strip().rstrip("/")
    if not address or any(character.isspace() for character in address):
        return ""
    scheme, found, rest = address.partition("://")
    if not found:
        return f"https://{address}"
    return address if scheme in ("http", "https") and rest else ""
