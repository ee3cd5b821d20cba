"""A small window in the window: it stands above the button that opened it, until Escape or a click elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from desktop import theme

SHADOW = 14
"""Pixels around the card that its shadow takes."""
_GAP = 2
_COMMAND = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class Popover(QWidget):
    """Hidden until `open`. Its content goes into `column`.

    A child of the window and no Qt.Popup: input methods write into the window that has the keyboard, which a popup on
    macOS has not, so Chinese typed here would land in the composer.
    """

    left = Signal()
    """It is about to lose the keyboard, for good or for a moment: what was typed is to be kept now."""

    closed = Signal()

    def __init__(self, anchor: QWidget, width: int) -> None:
        super().__init__(anchor.window())
        self._anchor = anchor
        self._width = width
        self._back: QWidget | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(SHADOW, SHADOW, SHADOW, SHADOW)
        self.column.setSpacing(0)
        self._place_timer = QTimer(self, singleShot=True, interval=0)
        self._place_timer.timeout.connect(self.place)
        self.hide()

    def open(self) -> None:
        """Show it above its button."""
        self._back = self.window().focusWidget()
        self.place()
        self.show()
        self.raise_()
        self._place_timer.start()  # fonts and wrapped words are measured only once they are shown

    def place(self) -> None:
        """Stand above the button, as high as there is room for."""
        window = self.window()
        button = QRect(self._anchor.mapTo(window, self._anchor.rect().topLeft()), self._anchor.size())
        wanted = self.column.sizeHint().height()
        room = button.top() - _GAP + SHADOW
        height = min(wanted, room)
        left = max(0, min(button.left() - SHADOW - theme.HAIR, window.width() - self._width))
        self.setGeometry(left, button.top() - _GAP + SHADOW - height, self._width, height)

    def close_and_return(self) -> None:
        """Go, and give the keyboard back to whoever had it."""
        self.hide()
        back = self._back if self._back is not None and isValid(self._back) and self._back.isVisible() else self._anchor
        back.setFocus(Qt.FocusReason.PopupFocusReason)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                event.accept()  # here it is no shortcut of the window
                return True
            if event.modifiers() & _COMMAND:
                self.left.emit()  # it may show another conversation: what was typed belongs to this one
        elif event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._place_timer.start()
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            place = event.position().toPoint()
            on_button = self._anchor.rect().contains(self._anchor.mapFrom(self.window(), place))
            if not on_button and not self._card().translated(self.pos()).contains(place):
                self.hide()
        elif event.type() == QEvent.Type.Resize:
            self._place_timer.start()
        elif event.type() == QEvent.Type.FocusOut:
            self.left.emit()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_and_return()
        event.accept()  # the window would take letters for the beginning of a message

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802  Qt's names
        """Tab goes round inside."""
        stops = [widget for widget in self._focus_chain() if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
        stops = [widget for widget in stops if widget.isVisible() and widget.isEnabled()]
        here = self.focusWidget()
        if not stops:
            return False
        place = stops.index(here) + (1 if next else -1) if here in stops else 0
        reason = Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
        stops[place % len(stops)].setFocus(reason)
        return True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.window().windowHandle().installEventFilter(self)

    def hideEvent(self, event: QHideEvent) -> None:
        self.window().windowHandle().removeEventFilter(self)
        self.left.emit()
        self.closed.emit()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self._card())
        painter.setPen(Qt.PenStyle.NoPen)
        for reach in range(SHADOW - 2, 0, -1):
            painter.setBrush(QColor(0, 0, 0, 10 if theme.is_dark() else 3))
            painter.drawRoundedRect(
                card.adjusted(-reach, -reach + 3, reach, reach), theme.RADIUS + reach, theme.RADIUS + reach
            )
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS + 2, theme.RADIUS + 2)
        painter.end()

    def _focus_chain(self) -> list[QWidget]:
        """All widgets inside, in the order of the Tab key."""
        chain: list[QWidget] = []
        widget = self.nextInFocusChain()
        while widget is not None and widget is not self:
            if self.isAncestorOf(widget):
                chain.append(widget)
            widget = widget.nextInFocusChain()
        return chain

    def _card(self) -> QRect:
        return self.rect().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
