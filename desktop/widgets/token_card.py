"""A hub asks who is there: says why, where an access token is got, and takes one."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from backends.contract.events import TokenNeeded
from desktop import theme
from desktop.models.told_words import told
from desktop.widgets.surface import Surface

_BY_KEYBOARD = Qt.TextInteractionFlag.LinksAccessibleByKeyboard


class TokenCard(Surface):
    """In place, above the model's rows. The page is opened only by a click; the token is never shown."""

    token_given = Signal(str, str)
    """The hub, and its access token"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", ("top", "bottom"), parent)
        self._needed: TokenNeeded | None = None
        self._message = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.page_link = QLabel(textFormat=Qt.TextFormat.RichText)
        self.page_link.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse | _BY_KEYBOARD)
        self.page_link.linkActivated.connect(self._open_page)
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText(self.tr("Access token"))
        self.field.setAccessibleName(self.tr("Access token"))
        self.field.returnPressed.connect(self._give)
        self.field.textChanged.connect(self._show_usable)
        self.use_button = QPushButton(self.tr("Use token"))
        self.use_button.setEnabled(False)
        self.use_button.clicked.connect(self._give)
        kept = QLabel(self.tr("It is kept in the keyring and sent to this hub only."), wordWrap=True)
        kept.setFont(theme.small_font())
        kept.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.use_button.setAutoDefault(False)
        entry = QHBoxLayout()
        entry.addWidget(self.field, 1)
        entry.addWidget(self.use_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.LARGE, theme.MEDIUM, theme.LARGE, theme.MEDIUM)
        column.setSpacing(theme.SMALL)
        column.addWidget(self._message)
        column.addWidget(self.page_link, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(entry)
        column.addWidget(kept)
        self.hide()

    @property
    def words(self) -> str:
        """What the hub said."""
        return self._message.text()

    def ask(self, needed: TokenNeeded | None) -> None:
        """Ask for the token of a hub; None: nothing is asked any more."""
        if needed != self._needed:
            self.field.clear()
        self._needed = needed
        self.setVisible(needed is not None)
        if needed is None:
            return
        self._message.setText(told(needed.message))
        address = escape(needed.address)
        self.page_link.setText(f'<a href="{address}">{address}</a>')
        self.page_link.setAccessibleName(self.tr("The page where the token is got: %s") % needed.address)
        self.page_link.setVisible(bool(needed.address))

    def _open_page(self, address: str) -> None:
        from PySide6.QtGui import QDesktopServices  # made when a page is opened

        page = QUrl(address)
        if page.scheme() in ("https", "http"):
            QDesktopServices.openUrl(page)

    def _show_usable(self, text: str) -> None:
        self.use_button.setEnabled(bool(text.strip()))

    def _give(self) -> None:
        token = self.field.text().strip()
        if self._needed is None or not token:
            return
        hub = self._needed.hub
        self.ask(None)
        self.token_given.emit(hub, token)
