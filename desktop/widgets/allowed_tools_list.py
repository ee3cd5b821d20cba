"""What may run without asking, because a person allowed it: each can be revoked, and all together."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from backends.contract.tools import AllowedTool
from desktop import theme
from desktop.models import tool_words
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.tool_server_state import ToolServersState
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.rows_card import RowsCard
from desktop.widgets.tool_requests import ToolRequests

Line = tuple[AllowedTool, bool]
"""A tool, and whether it is allowed in the shown conversation only."""


class AllowedToolsList(QWidget):
    """Tools allowed for good, then those of the shown conversation."""

    def __init__(
        self,
        preferences: PreferenceState,
        conversation: ConversationSettingsState,
        servers: ToolServersState,
        requests: ToolRequests,
    ) -> None:
        super().__init__()
        self._preferences = preferences
        self._conversation = conversation
        self._servers = servers
        self._requests = requests
        self.buttons: list[QPushButton] = []
        self.card = RowsCard()
        self.all_button = QPushButton(self.tr("Revoke all"))
        self.all_button.setAutoDefault(False)
        self.all_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.all_button.clicked.connect(self._revoke_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addWidget(self.card)
        column.addWidget(self.all_button)
        preferences.preferences_changed.connect(self.refresh)
        conversation.settings_changed.connect(self.refresh)
        servers.tools_changed.connect(self.refresh)
        self._shown: list[tuple[str, ...]] | None = None
        self.refresh()

    @property
    def lines(self) -> list[tuple[str, ...]]:
        """What each row says: the tool, where it comes from, where it is allowed, why that holds no longer."""
        return self._shown or []

    def refresh(self, *_: object) -> None:
        """Show what may run unasked now."""
        allowed = self._allowed()
        lines = [self._words(*line) for line in allowed]
        if lines == self._shown:
            return
        self._shown = lines
        self.buttons = []
        rows = [self._row(tool, words) for (tool, _), words in zip(allowed, lines, strict=True)]
        self.card.show_rows(rows or [self._empty()])
        self.all_button.setVisible(len(rows) > 1)

    def _allowed(self) -> list[Line]:
        always = [(tool, False) for tool in self._preferences.value.allowed_tools]
        return [*always, *((tool, True) for tool in self._conversation.settings.allowed_tools)]

    def _words(self, allowed: AllowedTool, here_only: bool) -> tuple[str, ...]:
        tool = self._servers.tool_of(allowed)
        name, server = tool_words.allowed_name(allowed, tool)
        where = self.tr("in the shown conversation") if here_only else self.tr("in every conversation")
        if not here_only and not self._preferences.value.may_allow_always:
            where = self.tr("asks all the same, while this is off above")
        known = bool(self._servers.tools)
        return name, server, where, tool_words.allowed_state(allowed, tool) if known else ""

    def _row(self, tool: AllowedTool, words: tuple[str, ...]) -> QWidget:
        row = QWidget()
        name = ElidedLabel(words[0])
        about = ElidedLabel(" · ".join(part for part in words[1:] if part))
        about.setFont(theme.small_font())
        about.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        revoke = QPushButton(self.tr("Revoke"))
        revoke.setAutoDefault(False)
        revoke.setAccessibleName(self.tr("Revoke {0}, {1}").format(*words))
        revoke.clicked.connect(partial(self._revoke, tool))
        self.buttons.append(revoke)
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(name)
        said.addWidget(about)
        line = QHBoxLayout(row)
        line.setContentsMargins(theme.MEDIUM, theme.HAIR + 1, theme.SMALL, theme.HAIR + 1)
        line.setSpacing(theme.SMALL)
        line.addLayout(said, 1)
        line.addWidget(revoke, 0, Qt.AlignmentFlag.AlignVCenter)
        return row

    def _empty(self) -> QLabel:
        said = self.tr("Nothing yet. Allow a call “for this conversation” or “always”, and its tool is listed here.")
        label = QLabel(said, wordWrap=True)
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        label.setContentsMargins(theme.MEDIUM, theme.SMALL, theme.MEDIUM, theme.SMALL)
        return label

    def _revoke(self, tool: AllowedTool, _checked: bool = False) -> None:
        self._requests.revoke_requested.emit((tool,))

    def _revoke_all(self) -> None:
        self._requests.revoke_requested.emit(tuple(tool for tool, _ in self._allowed()))
