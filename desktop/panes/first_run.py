"""The page of the first run: what Minim is, what this machine can run, and that nothing leaves it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop import theme
from desktop.widgets.glyph import glyph_pixmap
from desktop.widgets.notice_bar import NoticeBar
from desktop.widgets.rows_card import RowsCard
from desktop.widgets.slim_scroll_bars import SlimScrollBars
from desktop.widgets.surface import Surface

_WIDEST = 640
_ICON = 72
_ROWS = 3
"""Offers there are room for before they are known, so that nothing moves when they come."""


class FirstRun(Surface):
    """Painted with the window, before anything is known; whoever knows more shows it rows. Escape skips it."""

    skipped = Signal()
    look_requested = Signal()
    """Look again at what this machine can run."""
    hub_chosen = Signal(int)
    """The hub's place in the list that `show_hubs` was given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("background", parent=parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Welcome to Minim"))
        self._build()
        self._scroll_bars = SlimScrollBars(self)

    @property
    def words(self) -> str:
        """What it says apart from its rows."""
        labels = (self._sentence, self._machine, self._meanwhile, self._promise)
        return " ".join(label.text() for label in labels)

    def show_machine(self, words: str) -> None:
        """Say which machine the models were judged for."""
        self._machine.setText(words)

    def show_rows(self, rows: Sequence[QWidget]) -> None:
        """Show what is offered; what stands above it stays where it is."""
        if self._room.minimumHeight():
            self._inner.setMinimumHeight(self._inner.height() if self.isVisible() else self._inner.sizeHint().height())
            self._room.setMinimumHeight(0)
            self.card.setMinimumHeight(0)
        self.card.show_rows(rows)
        self.card.setVisible(bool(rows))
        self._hub_row.setVisible(bool(rows))

    def show_problem(self, message: str, hint: str = "") -> None:
        """Say what went wrong, "" for nothing; while there are no offers, with the way to look again."""
        waits = self._room.minimumHeight() > 0
        self.notice.show_notice(message, hint, self.tr("Look again") if waits else "")
        if waits:
            self.card.setVisible(not message)  # an empty one would ask what is missing in it

    def show_hubs(self, names: Sequence[str], chosen: int) -> None:
        """Show the hubs that models can be fetched from, and the one that they are."""
        if [self.hub.itemText(place) for place in range(self.hub.count())] != list(names):
            self.hub.clear()
            self.hub.addItems(list(names))
        self.hub.setCurrentIndex(chosen)

    def show_way_on(self, *, comes: bool = False, uses_another: bool = False) -> None:
        """Say where the page leads: a model may be on its way, for which nobody has to wait, or another be in use."""
        if comes:
            button = self.tr("Talk to the built-in model meanwhile")
            hint = self.tr("The download goes on if you leave this page. The model is loaded when it has come.")
        else:
            button = self.tr("Start with the built-in model")
            hint = self.tr("It is small, can call tools, and knows little of the world. Esc skips this page.")
        self._meanwhile.setText("" if uses_another else hint)
        self.start_button.setText(self.tr("Back to the conversation") if uses_another else button)

    def follow(self, buttons: Sequence[QWidget]) -> None:
        """Let Tab reach these first, in this order, then what stands below them."""
        before: QWidget = self
        for widget in (*buttons, self.hub, self.start_button):
            QWidget.setTabOrder(before, widget)
            before = widget

    def event(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return super().event(event)
        if event.key() == Qt.Key.Key_Escape:
            event.accept()  # no shortcut of the window: the key comes here
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.skipped.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            focused = self.focusWidget()
            if self.hasFocus():
                focused = next((one for one in self.card.findChildren(QPushButton) if one.isDefault()), None)
            if isinstance(focused, QPushButton) and focused.isVisible():
                focused.click()
        # What is typed stays here: the field that the window would lead it to cannot be seen.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = theme.WIDE if self.width() > _WIDEST + 2 * theme.WIDE else theme.LARGE
        self._outer.setContentsMargins(side, theme.WIDE, side, theme.LARGE)

    def _build(self) -> None:
        inner = self._inner = QWidget()
        inner.setMaximumWidth(_WIDEST)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.HAIR)
        self._build_head(column)
        column.addSpacing(theme.LARGE)
        self._build_offers(column)
        column.addSpacing(theme.LARGE)
        self._build_foot(column)
        column.addStretch(1)
        ground = Surface("background")
        self._outer = outer = QVBoxLayout(ground)
        across = QHBoxLayout()
        across.addWidget(inner)
        outer.addStretch(2)
        outer.addLayout(across)
        outer.addStretch(3)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(ground)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)

    def _build_head(self, column: QVBoxLayout) -> None:
        icon = QLabel()
        icon.setPixmap(glyph_pixmap("minim", "#000", _ICON, self.devicePixelRatioF()))
        title = QLabel(self.tr("Welcome to Minim"))
        title.setFont(theme.heading_font())
        self._sentence = QLabel(self.tr("Talk to language models that run on your own machine."), wordWrap=True)
        self._sentence.setFont(theme.body_font())
        self._machine = _quiet("")
        self._machine.setMinimumHeight(_heights(self.tr("Welcome to Minim"))[1])
        for part in (icon, title, self._sentence, self._machine):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(part)
        column.insertSpacing(1, theme.HAIR)
        column.insertSpacing(4, theme.HAIR)

    def _build_offers(self, column: QVBoxLayout) -> None:
        self.card = RowsCard()
        height = _card_height(self.tr("Welcome to Minim"))
        self.card.setMinimumHeight(height)
        waiting = _quiet(self.tr("Looking at what this machine can run…"))
        waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.card.show_rows([waiting])
        self._hub_row = QWidget()
        self.hub = QComboBox()
        self.hub.setAccessibleName(self.tr("Hub to download from"))
        self.hub.activated.connect(self.hub_chosen)
        from_ = _quiet(self.tr("Models come from"))
        from_.setBuddy(self.hub)
        row = QHBoxLayout(self._hub_row)
        row.setContentsMargins(0, theme.HAIR, 0, 0)
        row.setSpacing(theme.SMALL)
        row.addStretch(1)
        row.addWidget(from_)
        row.addWidget(self.hub)
        self._hub_row.hide()
        room = self._room = QWidget()
        inside = QVBoxLayout(room)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(theme.HAIR)
        self.notice = NoticeBar()
        self.notice.action_requested.connect(self.look_requested)
        for part in (self.card, self._hub_row, self.notice):
            inside.addWidget(part)
        inside.addStretch(1)
        # The place is kept for what is not known yet: nothing moves when it comes.
        room.setMinimumHeight(height + self.hub.sizeHint().height() + 2 * theme.HAIR)
        column.addWidget(room)

    def _build_foot(self, column: QVBoxLayout) -> None:
        self.start_button = QPushButton()
        self.start_button.setAutoDefault(False)
        self.start_button.setMinimumHeight(theme.CONTROL_HEIGHT)
        self.start_button.clicked.connect(self.skipped)
        promise = self.tr(
            "Nothing you write leaves this machine. Minim uses the internet to look for models and to fetch what you "
            "choose."
        )
        self._meanwhile, self._promise = _quiet(""), _quiet(promise)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(self.start_button, 0, middle)
        for part in (self._meanwhile, self._promise):
            part.setAlignment(middle)
            column.addWidget(part)
        column.insertSpacing(column.indexOf(self._promise), theme.MEDIUM)
        self.show_way_on()


def _quiet(words: str) -> QLabel:
    label = QLabel(words, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setFont(theme.small_font())
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def _heights(words: str) -> tuple[int, int]:
    """Of a line of plain and of small text, in pixels: Chinese is higher than the Latin letters of a model's name."""
    plain, small = QLabel(words), QLabel(words)
    small.setFont(theme.small_font())
    return plain.sizeHint().height(), small.sizeHint().height()


def _card_height(words: str) -> int:
    """Of the offers with all their lines, and the hairlines around and between them, in pixels.

    `words` are any in the language of the interface.
    """
    plain, small = _heights(words)
    lines = QFontMetrics(theme.title_font()).height() + plain + 2 * small
    return _ROWS * (lines + theme.MEDIUM + theme.SMALL + 2 * theme.HAIR + 8 + 1) + 1
