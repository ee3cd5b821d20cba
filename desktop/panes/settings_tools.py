"""The page of the settings that says which tools run unasked, how long a turn goes on, and in which folders."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from desktop import theme
from desktop.models import words
from desktop.models.tool_settings_view import ToolSettingsView
from desktop.panes.settings_page import SettingsPage
from desktop.widgets.allowed_tools_list import AllowedToolsList
from desktop.widgets.folder_list import FolderList
from desktop.widgets.tool_requests import ToolRequests

MOST_ROUNDS = 200


class ToolsPage(SettingsPage):
    """What `view` holds is shown as it is now; what is revoked is asked for through `requests`."""

    def __init__(self, view: ToolSettingsView, requests: ToolRequests) -> None:
        super().__init__(view.preferences, scrolls=True)
        self.enabled = self.check("tools_enabled", self.tr("Let models call tools"))
        told = self.tr("You are asked before a tool runs, with all its arguments in view.")
        self.row(self.tr("Tools"), self.enabled, told)
        self._add_asking()
        self._add_rounds()
        self.folders = FolderList(view.preferences, view.own_folder)
        self.folders.changed.connect(requests.folders_changed)
        told = self.tr("Models may ask to list, read, search and write files in these folders and in all below them.")
        told = words.sentences(told, self.tr("Without a folder, no file tool is offered."))
        self.row(self.tr("Folders"), self.folders, told)
        self.allowed = AllowedToolsList(view.preferences, view.conversation, view.servers, requests)
        told = self.tr("If a tool, its server’s command or the granted folders change, it asks again.")
        self.row(self.tr("Run unasked"), self.allowed, told)

    def _add_asking(self) -> None:
        self.harmless = self.check("allow_harmless", self.tr("Run harmless built-in tools without asking"))
        told = self.tr("Calculator, clock and unit conversion: they see no files and reach no network.")
        self.row(self.tr("Asking"), self.harmless, told)
        self.always: QCheckBox = self.check("may_allow_always", self.tr("Let me allow a tool for good"))
        told = self.tr("Off: “Always” is not offered, and what was allowed so is asked about again.")
        self.row("", self.always, told)

    def _add_rounds(self) -> None:
        self.rounds = QSpinBox()
        self.rounds.setRange(1, MOST_ROUNDS)
        self.rounds.setValue(self.preferences.value.round_limit)
        self.rounds.setAccessibleName(self.tr("Rounds after which you are asked"))
        self.rounds.valueChanged.connect(self._keep_rounds)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SMALL)
        row.addWidget(QLabel(self.tr("Ask after")))
        row.addWidget(self.rounds)
        row.addWidget(QLabel(self.tr("rounds of a turn")))
        row.addStretch(1)
        told = self.tr("A round is what the model writes between two results of tools.")
        self.row(self.tr("Long turns"), line, told)

    def _keep_rounds(self, rounds: int) -> None:
        self.preferences.replace(round_limit=rounds)
