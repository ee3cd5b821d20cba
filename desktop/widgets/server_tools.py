"""The tools of a server: each can be switched off, and why one cannot be offered is said beside it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QSizePolicy, QWidget

from backends.contract.tools import OfferedTool
from desktop import theme
from desktop.models.plain_text import spelled_out
from desktop.models.told_words import told
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.pane_header import colour_label
from desktop.widgets.tool_requests import ToolRequests

_NAME_WIDTH = 240
"""Pixels of a tool's name at most; the end of a longer one is left out."""


class ServerTools(QWidget):
    """One line a tool."""

    def __init__(self, requests: ToolRequests, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._requests = requests
        self._tools: tuple[OfferedTool, ...] = ()
        self.boxes: list[QCheckBox] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.MEDIUM)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)

    def show_tools(self, tools: tuple[OfferedTool, ...], off: tuple[str, ...]) -> None:
        """Show these tools, and which of them are off: by `ToolInfo.key`."""
        if tools != self._tools:
            self._tools = tools
            self._lay_out()
        for tool, box in zip(tools, self.boxes, strict=True):
            box.blockSignals(True)
            box.setChecked(not tool.problem and tool.info.key not in off)
            box.blockSignals(False)

    def _lay_out(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.boxes = []
        for row, tool in enumerate(self._tools):
            box = self._box(tool)
            about = _problem(told(tool.problem)) if tool.problem else _description(tool.info.description)
            self._grid.addWidget(box, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(about, row, 1)
            self.boxes.append(box)

    def _box(self, tool: OfferedTool) -> QCheckBox:
        name = spelled_out(tool.info.own_name or tool.info.name)
        box = QCheckBox()
        room = _NAME_WIDTH - 28
        shown = box.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room)
        box.setText(shown.replace("&", "&&"))
        box.setAccessibleName(name)
        box.setEnabled(not tool.problem)
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        box.toggled.connect(partial(self._requests.switch_tool_requested.emit, tool.info.key))
        return box


def _description(text: str) -> QLabel:
    label = ElidedLabel(spelled_out(" ".join(text.split())))
    label.setFont(theme.small_font())
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def _problem(text: str) -> QLabel:
    """Said in full: it is why models do without the tool."""
    label = QLabel(spelled_out(text), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setFont(theme.small_font())
    colour_label(label, theme.current_colours().error)
    return label
