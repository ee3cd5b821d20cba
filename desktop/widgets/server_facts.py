"""What a server starts or reaches: what looks like a secret in it is masked until a person wants to see it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from backends.contract.tools import ToolServer, ToolServerState
from desktop import theme
from desktop.models import tool_words
from desktop.models.plain_text import spelled_out
from desktop.widgets.disclosure import Disclosure
from desktop.widgets.fact_lines import NAME_WIDTH, Fact, FactLines

translate = QCoreApplication.translate


class ServerFacts(QWidget):
    """Values in the keyring are not there to be shown; the rest stands as it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: ToolServerState | None = None
        self._lines = FactLines()
        self.reveal = Disclosure(self.tr("Show what is masked"), shows_label=True)
        self.reveal.setFont(theme.small_font())
        self.reveal.setFixedHeight(theme.WIDE)
        self.reveal.toggled.connect(self._show)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addSpacing(NAME_WIDTH + theme.MEDIUM - theme.HAIR - 3)  # its chevron stands where the values begin
        row.addWidget(self.reveal)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.HAIR)
        column.addWidget(self._lines)
        column.addLayout(row)

    @property
    def facts(self) -> list[Fact]:
        """What is shown."""
        return self._lines.facts

    def show_server(self, state: ToolServerState) -> None:
        """Show this one; another one is masked again."""
        before, self._state = self._state, state
        if before is not None and before.server != state.server:
            self.reveal.setChecked(False)
        self._show()

    def _show(self, *_: object) -> None:
        if self._state is not None:
            self.reveal.setVisible(self._state.masked is not None)
            self._lines.show_facts(_facts(self._state.server if self.reveal.isChecked() else self._state.shown))


def _facts(server: ToolServer) -> list[Fact]:
    what = translate("ServerDetails", "Address") if server.url else translate("ServerDetails", "Command")
    return [
        (what, tool_words.command_line(server)),
        (translate("ServerDetails", "Folder"), spelled_out(server.cwd)),
        (translate("ServerDetails", "Environment"), "\n".join(tool_words.values(server.env))),
        (translate("ServerDetails", "Headers"), "\n".join(tool_words.values(server.headers))),
    ]
