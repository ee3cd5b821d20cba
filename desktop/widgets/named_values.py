"""Names with values, as an environment or headers have them; a value that is secret is typed unseen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from backends.contract.tools import IN_KEYRING
from desktop import theme
from desktop.widgets.glyph import GlyphButton

_SECRET = re.compile(r"key|token|secret|pass|auth|cred|bearer|cookie|session|(^|[_-])pat($|[_-])", re.IGNORECASE)


class NamedValues(QWidget):
    """A line each, and a button for one more. What is in the keyring stays there while nothing is typed over it."""

    changed = Signal()

    def __init__(self, add: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.lines: list[ValueLine] = []
        self.add_button = QPushButton(add)
        self.add_button.setAutoDefault(False)
        self.add_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.add_button.clicked.connect(self._add_empty)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.HAIR)
        self._column.addWidget(self.add_button)
        self.setFocusProxy(self.add_button)

    @property
    def values(self) -> dict[str, str]:
        """What is set; lines without a name are left out."""
        return {line.name.text().strip(): line.kept for line in self.lines if line.name.text().strip()}

    def show_values(self, values: Mapping[str, str]) -> None:
        """Show these and no others."""
        for line in list(self.lines):
            self._remove(line)
        for name, value in values.items():
            self.add(name, value)

    def add(self, name: str = "", value: str = "") -> ValueLine:
        """One more line."""
        line = ValueLine(self._name, name, value)
        line.changed.connect(self.changed)
        line.remove_button.clicked.connect(partial(self._remove, line))
        self._column.insertWidget(len(self.lines), line)
        self.lines.append(line)
        self.changed.emit()
        return line

    def _add_empty(self) -> None:
        self.add().name.setFocus()

    def _remove(self, line: ValueLine, _checked: bool = False) -> None:
        self.lines.remove(line)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()
        self.changed.emit()


class ValueLine(QWidget):
    """A name and its value."""

    changed = Signal()

    def __init__(self, placeholder: str, name: str, value: str) -> None:
        super().__init__()
        self._in_keyring = name if value == IN_KEYRING else ""
        self.name = QLineEdit(name)
        self.name.setPlaceholderText(placeholder)
        self.name.setAccessibleName(placeholder)
        self.value = QLineEdit("" if self._in_keyring else value)
        self.value.setAccessibleName(self.tr("Value of {0}").format(name) if name else self.tr("Value"))
        self.remove_button = GlyphButton("close", self.tr("Take this line out"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.HAIR)
        row.addWidget(self.name, 1)
        row.addWidget(self.value, 1)
        self.name.setCursorPosition(0)
        row.addWidget(self.remove_button)
        self.name.textChanged.connect(self._renamed)
        self.value.textChanged.connect(self.changed)
        self._renamed()

    @property
    def kept(self) -> str:
        """The value; that in the keyring while nothing is typed over it and its name is the same."""
        stays = self._in_keyring != "" and self.name.text().strip() == self._in_keyring
        return IN_KEYRING if stays and not self.value.text() else self.value.text()

    def _renamed(self) -> None:
        name = self.name.text().strip()
        in_keyring = bool(self._in_keyring) and name == self._in_keyring
        secret = in_keyring or bool(_SECRET.search(name))
        self.value.setEchoMode(QLineEdit.EchoMode.Password if secret else QLineEdit.EchoMode.Normal)
        usual = self.tr("Secret") if secret else self.tr("Value")
        self.value.setPlaceholderText(self.tr("Stays as it is") if in_keyring else usual)
        self.changed.emit()
