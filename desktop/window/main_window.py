"""The one window: conversations left, transcript and composer in the middle, reasoning above tools on the right."""

from __future__ import annotations

import base64

from msgspec.structs import replace
from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLayout, QMainWindow, QVBoxLayout, QWidget

from desktop import theme
from desktop.models.preference_state import PreferenceState
from desktop.widgets.notice_bar import NoticeBar
from desktop.widgets.slim_scroll_bars import SlimScrollBars
from desktop.widgets.surface import HairSplitter, Surface
from desktop.window import window_layout as rules
from desktop.window.window_panes import Panes

_COMMAND = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class MainWindow(QMainWindow):
    """Arranges the panes by `window_layout.arrange`, and remembers how it was left."""

    painted = Signal()
    """The window was painted for the first time."""
    shown = Signal()
    closing = Signal(object)
    """The `QCloseEvent`: whoever wants the window to stay ignores it."""

    def __init__(self, panes: Panes, preferences: PreferenceState) -> None:
        super().__init__()
        self._panes = panes
        self._preferences = preferences
        left = preferences.value.window
        self._wishes = rules.Wishes(left.sidebar_shown, left.reasoning_shown, left.tools_shown)
        self._was_painted = False
        self._arrangement: rules.Arrangement | None = None
        self._widths = left.column_widths or (rules.SIDEBAR_WIDTH, rules.INSPECTOR_WIDTH)
        self._lent: list[int] = []
        """How high reasoning and tools are when no question needs room; empty while they are so."""
        self.notice = NoticeBar()
        self.setWindowTitle("Minim")
        self._build()
        if left.inspector_heights:
            self._inspector.setSizes(list(left.inspector_heights))
        panes.toolbar.sidebar_requested.connect(self.toggle_sidebar)
        panes.toolbar.reasoning_requested.connect(self.toggle_reasoning)
        panes.toolbar.tools_requested.connect(self.toggle_tools)
        panes.toolbar.inspector_requested.connect(self.toggle_inspector)
        self.resize(1280, 820)
        if left.geometry:
            self.restoreGeometry(QByteArray(base64.b64decode(left.geometry)))
        self._arrange()

    @property
    def arrangement(self) -> rules.Arrangement:
        """What is shown now."""
        assert self._arrangement is not None
        return self._arrangement

    def show_title(self, title: str) -> None:
        """Show the conversation's title in the title bar."""
        self.setWindowTitle(title or "Minim")

    def add_above_composer(self, card: QWidget) -> None:
        """Let a card stand between the transcript and the composer, at the end of what is read."""
        self._above_composer.insertLayout(0, _centred(card))

    def cover(self, page: QWidget | None) -> None:
        """Show a page in place of all panes, or (None) the panes again."""
        for part in (self._panes.toolbar, self._columns, self._panes.status):
            part.setVisible(page is None)
        if page is not None:
            self._rows.addWidget(page, 1)

    def toggle_sidebar(self) -> None:
        """Show or hide the conversations. In a narrow window they take the inspector's place."""
        if self.arrangement.sidebar:
            self._wish(sidebar=False)
            return
        self._wish(sidebar=True)
        if not self.arrangement.sidebar:
            self._wish(inspector_opened=False)

    def toggle_inspector(self) -> None:
        """Open or close the inspector of a narrow window."""
        self._wish(inspector_opened=not self._wishes.inspector_opened)

    def toggle_reasoning(self) -> None:
        """Show or hide the reasoning."""
        self._toggle_pane("reasoning")

    def toggle_tools(self) -> None:
        """Show or hide the tools."""
        self._toggle_pane("tools")

    def toggle_full_screen(self) -> None:
        """Fill the whole screen, or go back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def toggle_maximized(self) -> None:
        """Make the window as large as the desktop, or go back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowMaximized)

    def show_reasoning(self) -> None:
        """Make the reasoning visible."""
        self._show_pane("reasoning")

    def show_tools(self, height: int = 0) -> None:
        """Make the tools visible, `height` pixels of them if the reasoning can spare so much until `give_back_room`."""
        self._show_pane("tools")
        reasoning, tools = sizes = self._inspector.sizes()
        missing = min(height - tools, reasoning - rules.REASONING_LEAST)
        if missing > 0:
            self._lent = self._lent or sizes
            self._inspector.setSizes([reasoning - missing, tools + missing])

    def give_back_room(self) -> None:
        """Give the reasoning back what it had before `show_tools`, unless the person moved the border since."""
        if self._lent:
            self._inspector.setSizes(self._lent)
            self._lent = []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Letters that nobody else took, as while the transcript is read, are the beginning of a message.
        field = self._panes.composer.field
        written = event.text().strip()
        if written and written.isprintable() and not event.modifiers() & _COMMAND and self.focusWidget() is not field:
            field.setFocus()
            QApplication.sendEvent(field, event)
        else:
            super().keyPressEvent(event)

    def take_as_painted(self) -> None:
        """Keep nobody waiting for the first paint: a window that the system opens minimized is not painted."""
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.take_as_painted()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._remember()
        super().closeEvent(event)
        self.closing.emit(event)

    def _build(self) -> None:
        panes = self._panes
        centre = Surface("background")
        centre.setMinimumWidth(rules.TRANSCRIPT_LEAST)
        column = _column(centre)
        column.addWidget(panes.transcript, 1)
        notice_row = self._above_composer = QVBoxLayout()
        notice_row.setContentsMargins(theme.WIDE, 0, theme.WIDE, theme.SMALL)
        notice_row.setSpacing(theme.SMALL)
        notice_row.addLayout(_centred(self.notice))
        column.addLayout(notice_row)
        column.addWidget(panes.composer)
        self._inspector = HairSplitter(Qt.Orientation.Vertical)
        self._inspector.addWidget(panes.reasoning)
        self._inspector.addWidget(panes.tools)
        self._side = Surface("surface")
        self._side.setMinimumWidth(rules.INSPECTOR_LEAST)
        _column(self._side).addWidget(self._inspector)
        panes.conversations.setMinimumWidth(rules.SIDEBAR_LEAST)
        self._columns = HairSplitter(Qt.Orientation.Horizontal)
        for pane in (panes.conversations, centre, self._side):
            self._columns.addWidget(pane)
        self._columns.setStretchFactor(1, 1)
        self._columns.splitterMoved.connect(self._keep_widths)
        self._inspector.splitterMoved.connect(self._keep_heights)
        central = QWidget()
        # Columns give way by our own rule: the window may become narrower than all of them together.
        central.setMinimumSize(rules.WINDOW_LEAST, 360)
        rows = self._rows = _column(central)
        rows.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        rows.addWidget(panes.toolbar)
        rows.addWidget(self._columns, 1)
        rows.addWidget(panes.status)
        self.setCentralWidget(central)
        self._scroll_bars = SlimScrollBars(central)

    def _toggle_pane(self, name: str) -> None:
        shown = self.arrangement.inspector != "hidden" and getattr(self.arrangement, name)
        if not shown:
            self._show_pane(name)
        elif self.arrangement.single_button and not getattr(self.arrangement, _other(name)):
            self._wish(inspector_opened=False)
        else:
            self._wish(**{name: False})

    def _show_pane(self, name: str) -> None:
        self._wish(**{name: True, "inspector_opened": True})

    def _wish(self, **changes: bool) -> None:
        self._wishes = replace(self._wishes, **changes)
        self._arrange()
        self._preferences.replace_window(
            sidebar_shown=self._wishes.sidebar,
            reasoning_shown=self._wishes.reasoning,
            tools_shown=self._wishes.tools,
        )

    def _arrange(self) -> None:
        arrangement = rules.arrange(self.width(), self._wishes)
        if arrangement != self._arrangement:
            self._arrangement = arrangement
            self._apply(arrangement)
        if arrangement.inspector == "overlay":
            self._place_overlay()

    def _apply(self, arrangement: rules.Arrangement) -> None:
        self._panes.conversations.setVisible(arrangement.sidebar)
        self._panes.reasoning.setVisible(arrangement.reasoning)
        self._panes.tools.setVisible(arrangement.tools)
        overlay, in_columns = arrangement.inspector == "overlay", self._columns.indexOf(self._side) >= 0
        if overlay and in_columns:
            self._side.setParent(self.centralWidget())
            self._side.set_edges(("left",))
        elif not overlay and not in_columns:
            self._columns.addWidget(self._side)
            self._side.set_edges(())
        shown = arrangement.inspector != "hidden"
        self._side.setVisible(shown)
        sidebar, inspector = self._widths
        middle = self.width() - sidebar * arrangement.sidebar - inspector * (arrangement.inspector == "column")
        self._columns.setSizes([sidebar, max(middle, rules.TRANSCRIPT_LEAST), inspector])
        self._panes.toolbar.show_inspector_state(
            single=arrangement.single_button,
            opened=shown,
            reasoning=shown and arrangement.reasoning,
            tools=shown and arrangement.tools,
        )

    def _place_overlay(self) -> None:
        area = self._columns.geometry()
        width = min(rules.INSPECTOR_WIDTH, area.width() - 120)
        self._side.setGeometry(area.right() + 1 - width, area.top(), width, area.height())
        self._side.raise_()

    def _keep_widths(self) -> None:
        sidebar, inspector = self._widths
        if self.arrangement.sidebar:
            sidebar = self._panes.conversations.width()
        if self.arrangement.inspector == "column":
            inspector = self._side.width()
        self._widths = (sidebar, inspector)

    def _keep_heights(self) -> None:
        self._lent = []

    def _remember(self) -> None:
        heights = self._lent or self._inspector.sizes()
        self._preferences.replace_window(
            geometry=base64.b64encode(self.saveGeometry().data()).decode("ascii"),
            column_widths=self._widths,
            inspector_heights=tuple(heights) if all(heights) else self._preferences.value.window.inspector_heights,
        )


def _column(widget: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    return layout


def _centred(widget: QWidget) -> QHBoxLayout:
    """A row in whose middle a widget stands, as wide as what is read."""
    widget.setMaximumWidth(theme.READING_WIDTH)
    row = QHBoxLayout()
    row.addWidget(widget)
    return row


def _other(name: str) -> str:
    return "tools" if name == "reasoning" else "reasoning"
