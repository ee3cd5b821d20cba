"""The page of the settings that says how models write, where a conversation does not say it otherwise."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from backends.contract.option_ranges import read_option
from desktop import theme
from desktop.models.option_words import read_stops, span, write_number, write_stops
from desktop.models.preference_state import PreferenceState
from desktop.panes.settings_page import SettingsPage

_FIELD_WIDTH = 320


class SamplingPage(SettingsPage):
    """A field that is empty leaves it to the model; what cannot be used is said, and changes nothing."""

    def __init__(self, preferences: PreferenceState) -> None:
        super().__init__(preferences)
        generation = preferences.value.generation
        self.form.addRow("", self.note(self.tr("These hold in conversations that have no options of their own.")))
        self.sampling: dict[str, QLineEdit] = {}
        for field, label in self._names().items():
            line = QLineEdit(write_number(getattr(generation, field)))
            line.setAccessibleName(label)
            line.setPlaceholderText(self._otherwise(field))
            line.setMaximumWidth(_FIELD_WIDTH)
            line.textChanged.connect(self.typing.start)
            self.sampling[field] = line
            self.row(label, line)
        self.stop = QPlainTextEdit(write_stops(generation.stop))
        self.stop.setAccessibleName(self.tr("Stop strings"))
        self.stop.setPlaceholderText(self.tr("None. One a line"))
        self.stop.setTabChangesFocus(True)
        self.stop.setFixedHeight(60)
        self.stop.textChanged.connect(self.typing.start)
        self._problem = self.note("")
        self.row(self.tr("Stop strings"), self.stop, self._problem)
        self.form.setVerticalSpacing(theme.MEDIUM)

    def keep_texts(self) -> None:
        super().keep_texts()
        values: dict[str, Any] = {"stop": read_stops(self.stop.toPlainText())}
        wrong: list[str] = []
        for field, line in self.sampling.items():
            try:
                values[field] = read_option(field, line.text())
            except ValueError:
                wrong.append(line.accessibleName())
        self._problem.setText(self.tr("Not a number in range, so not used: %s") % ", ".join(wrong))
        self._problem.setVisible(bool(wrong))
        self.preferences.replace(generation=msgspec.structs.replace(self.preferences.value.generation, **values))

    def _names(self) -> dict[str, str]:
        return {
            "temperature": self.tr("Temperature"),
            "top_p": self.tr("Top p"),
            "top_k": self.tr("Top k"),
            "min_p": self.tr("Min p"),
            "repetition_penalty": self.tr("Repetition penalty"),
            "max_tokens": self.tr("Longest answer"),
            "seed": self.tr("Seed"),
        }

    def _otherwise(self, field: str) -> str:
        """What holds while the field is empty, and what may stand in it."""
        least, most = span(field)
        if field == "seed":
            return self.tr("Another one each time (%s–%s)") % (least, most)
        if field == "max_tokens":
            return self.tr("As long as there is room (%s–%s)") % (least, most)
        return self.tr("As the model recommends (%s–%s)") % (least, most)
