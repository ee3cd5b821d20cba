"""The bar above all panes: the model in the middle, what opens and closes the columns at its ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from desktop import theme
from desktop.models import words
from desktop.models.session_state import SessionState
from desktop.widgets.glyph import GlyphButton, glyph_pixmap, paint_ground
from desktop.widgets.surface import Surface

if TYPE_CHECKING:
    from desktop.models.download_model import DownloadModel
    from desktop.models.engine_state import EngineState
    from desktop.widgets.downloads_button import DownloadsButton


class Toolbar(Surface):
    """Buttons only; the window decides what they open."""

    sidebar_requested = Signal()
    new_requested = Signal()
    models_requested = Signal()
    downloads_requested = Signal()
    reasoning_requested = Signal()
    tools_requested = Signal()
    inspector_requested = Signal()

    def __init__(self, state: SessionState, parent: QWidget | None = None) -> None:
        super().__init__("surface", ("bottom",), parent)
        self.setFixedHeight(theme.TOOLBAR_HEIGHT)
        self.sidebar_button = GlyphButton("sidebar", self.tr("Show or hide conversations"))
        self.new_button = GlyphButton("compose", self.tr("New conversation"))
        self.model_button = ModelButton(state)
        self.reasoning_button = GlyphButton("reasoning", self.tr("Show or hide reasoning"), checkable=True)
        self.tools_button = GlyphButton("tools", self.tr("Show or hide tools"), checkable=True)
        self.inspector_button = GlyphButton("inspector", self.tr("Show or hide the inspector"), checkable=True)
        self.sidebar_button.clicked.connect(self.sidebar_requested)
        self.new_button.clicked.connect(self.new_requested)
        self.model_button.clicked.connect(self.models_requested)
        self.reasoning_button.clicked.connect(self.reasoning_requested)
        self.tools_button.clicked.connect(self.tools_requested)
        self.inspector_button.clicked.connect(self.inspector_requested)
        self.downloads_button: DownloadsButton | None = None
        left, right = QHBoxLayout(), QHBoxLayout()
        self._right = right
        for layout, buttons in (
            (left, (self.sidebar_button, self.new_button)),
            (right, (self.reasoning_button, self.tools_button, self.inspector_button)),
        ):
            layout.setSpacing(theme.HAIR)
            for button in buttons:
                layout.addWidget(button)
        left.addStretch()
        right.insertStretch(0)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.MEDIUM, 0, theme.MEDIUM, 1)
        row.addLayout(left, 1)
        row.addWidget(self.model_button)
        row.addLayout(right, 1)

    def show_downloads(self, downloads: DownloadModel, engines: EngineState) -> None:
        """Show a button that tells of these downloads, and of an engine that comes, while there are any. The first
        paint does not wait for it."""
        from desktop.widgets.downloads_button import DownloadsButton

        self.downloads_button = DownloadsButton(downloads, engines, self)
        self.downloads_button.clicked.connect(self.downloads_requested)
        self._right.insertWidget(1, self.downloads_button)

    def show_inspector_state(self, *, single: bool, opened: bool, reasoning: bool, tools: bool) -> None:
        """Show one button or two, and which of what they open is open."""
        self.reasoning_button.setVisible(not single)
        self.tools_button.setVisible(not single)
        self.inspector_button.setVisible(single)
        self.reasoning_button.setChecked(reasoning)
        self.tools_button.setChecked(tools)
        self.inspector_button.setChecked(opened)


class ModelButton(QToolButton):
    """The model's name, its quantization and its state, which a dot or a ring shows."""

    def __init__(self, state: SessionState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(theme.CONTROL_HEIGHT + 2)
        state.model_changed.connect(self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        name, form = self._words()
        width = QFontMetrics(theme.title_font()).horizontalAdvance(name)
        width += 8 + QFontMetrics(theme.ui_font()).horizontalAdvance(form) if form else 0
        return QSize(min(width + 66, 440), theme.CONTROL_HEIGHT + 2)

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, self)
        self._paint_state(painter, colours)
        name, form = self._words()
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        room = self.width() - 62
        metrics, quiet = QFontMetrics(theme.title_font()), QFontMetrics(theme.ui_font())
        form_width = quiet.horizontalAdvance(form)
        beside = 8 + form_width if form else 0
        name = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, max(60, room - beside))
        painter.setFont(theme.title_font())
        painter.setPen(QColor(colours.text))
        painter.drawText(30, 0, room, self.height(), flags, name)
        painter.setFont(theme.ui_font())
        painter.setPen(QColor(colours.muted))
        left = 30 + metrics.horizontalAdvance(name) + 8
        painter.drawText(left, 0, form_width + 4, self.height(), flags, form)
        arrow = glyph_pixmap("chevron", colours.muted, 16, self.devicePixelRatioF())
        painter.drawPixmap(self.width() - 26, (self.height() - 16) // 2, arrow)
        painter.end()

    def _paint_state(self, painter: QPainter, colours: theme.Colours) -> None:
        place = QRectF(13, self.height() / 2 - 4, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        match self._state.model_state:
            case "loading":
                ring = place.adjusted(-2, -2, 2, 2)
                pen = painter.pen()
                pen.setStyle(Qt.PenStyle.SolidLine)
                pen.setWidthF(2)
                pen.setColor(QColor(colours.border))
                painter.setPen(pen)
                painter.drawEllipse(ring)
                pen.setColor(QColor(colours.accent))
                painter.setPen(pen)
                painter.drawArc(ring, 90 * 16, -round(max(0.05, self._state.load_fraction) * 360 * 16))
            case "ready":
                painter.setBrush(QColor(colours.success))
                painter.drawEllipse(place)
            case "crashed":
                painter.setBrush(QColor(colours.error))
                painter.drawEllipse(place)
            case "none" if self._state.resting:
                painter.setPen(QPen(QColor(colours.muted), 1.5))
                painter.drawEllipse(place.adjusted(0.5, 0.5, -0.5, -0.5))
            case "none":
                painter.setBrush(QColor(colours.faint))
                painter.drawEllipse(place)

    def _words(self) -> tuple[str, str]:
        model = self._state.model
        if model is None:
            return self.tr("Choose a model"), ""
        form = words.quantization(model)
        if self._state.model_state == "loading":
            percent = round(self._state.load_fraction * 100)
            return words.model_name(model), self.tr("%s · loading %d %%") % (form, percent)
        if self._state.model_state == "ready":
            return words.model_name(model), form
        if self._state.resting in ("idle", "memory"):
            return words.model_name(model), self.tr("%s · resting") % form
        return words.model_name(model), self.tr("%s · not loaded") % form

    def _hint(self) -> str:
        """What the button is for, and why the model is not loaded though it answers."""
        why = {
            "": "",
            "idle": self.tr("Nobody used the model for a while, so its memory was given back."),
            "memory": self.tr("Memory was short, so that of the model was given back."),
            "unasked": self.tr("The model is large, so it is not loaded before it is needed."),
        }[self._state.resting]
        if not why:
            return self.tr("Choose, load or unload a model")
        kept = self.tr("The KV cache was kept: what was read is not read again.") if self._state.cache_kept else ""
        return "\n".join(part for part in (why, self.tr("Your next message loads it."), kept) if part)

    def _refresh(self) -> None:
        said = " · ".join(part for part in self._words() if part)
        self.setText(said)
        self.setAccessibleName(self.tr("Model: %s") % said)
        self.setToolTip(self._hint())
        self.updateGeometry()
        self.update()
