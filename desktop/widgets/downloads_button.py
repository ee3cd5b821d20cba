"""The toolbar's button for the downloads: an arrow in a ring that fills as they come."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolButton, QWidget

from desktop import theme
from desktop.models import download_words, engine_words
from desktop.models.download_model import DownloadModel
from desktop.models.engine_state import EngineState
from desktop.widgets.glyph import glyph_pixmap, paint_ground

_GLYPH = 14


class DownloadsButton(QToolButton):
    """Hidden while the queue is empty and no engine comes. Its ring is painted when something has changed, never by a
    timer."""

    def __init__(self, downloads: DownloadModel, engines: EngineState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._downloads = downloads
        self._engines = engines
        self._shown: tuple[object, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(theme.CONTROL_HEIGHT, theme.CONTROL_HEIGHT)
        downloads.downloads_changed.connect(self._refresh)
        engines.engines_changed.connect(self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(theme.CONTROL_HEIGHT, theme.CONTROL_HEIGHT)

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, self)
        state = self._downloads
        ring = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        glyph = colours.text if self.underMouse() else colours.muted
        comes = bool(state.open) or self._comes_alone
        if comes:
            painter.setPen(QPen(QColor(colours.border), 2))
            painter.drawEllipse(ring)
            pen = QPen(QColor(colours.accent if state.moving or self._comes_alone else colours.faint), 2)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawArc(ring, 90 * 16, -round(self._fraction * 360 * 16))
        side = _GLYPH if comes else 20
        pixmap = glyph_pixmap("download", glyph, side, self.devicePixelRatioF())
        painter.drawPixmap((self.width() - side) // 2, (self.height() - side) // 2, pixmap)
        if state.stopped:
            painter.setPen(QPen(QColor(colours.surface), 2))
            painter.setBrush(QColor(colours.error))
            painter.drawEllipse(QRectF(self.width() - 12, 2, 10, 10))
        painter.end()

    @property
    def _comes_alone(self) -> bool:
        """Whether an engine is being installed, and no model is open beside it."""
        return self._engines.installing is not None and not self._downloads.open

    @property
    def _fraction(self) -> float:
        return engine_words.percent(self._engines.progress) / 100 if self._comes_alone else self._downloads.fraction

    def _refresh(self) -> None:
        state = self._downloads
        failed = len(state.stopped)
        counts = (len(state.downloads), len(state.moving), len(state.open), failed)
        shown = (*counts, round(self._fraction, 2), self._engines.installing)
        if shown == self._shown:
            return
        self._shown = shown
        self.setVisible(bool(state.downloads) or self._engines.installing is not None)
        said = self._words(failed)
        self.setToolTip(said)
        self.setAccessibleName(said)
        self.update()

    def _words(self, failed: int) -> str:
        state = self._downloads
        if failed:
            return (
                self.tr("Downloads: one has stopped") if failed == 1 else self.tr("Downloads: %d have stopped") % failed
            )
        if self._comes_alone:
            return self.tr("Downloads: the %s engine, %d %%") % (self._engines.installing, round(100 * self._fraction))
        if not state.open:
            return self.tr("Downloads: all is here")
        if not state.moving:
            waits = any(download.state == "failed" for download in state.open)
            return self.tr("Downloads: waiting for the hub") if waits else self.tr("Downloads: paused")
        if len(state.moving) == 1:
            percent = download_words.percent(state.moving[0])
            return self.tr("Downloads: %s, %d %%") % (download_words.title(state.moving[0].ref), percent)
        return self.tr("Downloads: %d, %d %%") % (len(state.moving), int(100 * state.fraction))
