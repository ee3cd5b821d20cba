"""The toolbar's button for the downloads: an arrow in a ring that fills as they come."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolButton, QWidget

from desktop import theme
from desktop.models import download_words
from desktop.models.download_model import DownloadModel
from desktop.widgets.glyph import glyph_pixmap, paint_ground

_GLYPH = 14


class DownloadsButton(QToolButton):
    """Hidden while the queue is empty. Its ring is painted when something has changed, never by a timer."""

    def __init__(self, downloads: DownloadModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._downloads = downloads
        self._shown: tuple[object, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(theme.CONTROL_HEIGHT, theme.CONTROL_HEIGHT)
        downloads.downloads_changed.connect(self._refresh)
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
        if state.open:
            painter.setPen(QPen(QColor(colours.border), 2))
            painter.drawEllipse(ring)
            pen = QPen(QColor(colours.accent if state.moving else colours.faint), 2)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawArc(ring, 90 * 16, -round(state.fraction * 360 * 16))
        pixmap = glyph_pixmap("download", glyph, _GLYPH if state.open else 20, self.devicePixelRatioF())
        side = _GLYPH if state.open else 20
        painter.drawPixmap((self.width() - side) // 2, (self.height() - side) // 2, pixmap)
        if state.stopped:
            painter.setPen(QPen(QColor(colours.surface), 2))
            painter.setBrush(QColor(colours.error))
            painter.drawEllipse(QRectF(self.width() - 12, 2, 10, 10))
        painter.end()

    def _refresh(self) -> None:
        state = self._downloads
        failed = len(state.stopped)
        shown = (len(state.downloads), len(state.moving), len(state.open), failed, round(state.fraction, 2))
        if shown == self._shown:
            return
        self._shown = shown
        self.setVisible(bool(state.downloads))
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
        if not state.open:
            return self.tr("Downloads: all is here")
        if not state.moving:
            waits = any(download.state == "failed" for download in state.open)
            return self.tr("Downloads: waiting for the hub") if waits else self.tr("Downloads: paused")
        if len(state.moving) == 1:
            percent = download_words.percent(state.moving[0])
            return self.tr("Downloads: %s, %d %%") % (download_words.title(state.moving[0].ref), percent)
        return self.tr("Downloads: %d, %d %%") % (len(state.moving), int(100 * state.fraction))
