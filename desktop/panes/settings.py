"""The settings: pages of native controls behind a row of tabs; a change holds at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QCloseEvent, QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QStackedWidget, QVBoxLayout, QWidget

from desktop import theme
from desktop.models.catalog_model import CatalogModel
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.tool_server_state import ToolServersState
from desktop.models.tool_settings_view import ToolSettingsView
from desktop.panes.settings_models import ModelsPage
from desktop.panes.settings_page import SettingsPage
from desktop.panes.settings_pages import ChatPage, GeneralPage, MemoryPage
from desktop.panes.settings_sampling import SamplingPage
from desktop.panes.settings_servers import ServersPage
from desktop.panes.settings_tools import ToolsPage
from desktop.widgets.page_tabs import PageTabs
from desktop.widgets.tool_requests import ToolRequests


class Settings(QDialog):
    """Reads the preferences when it is built, and replaces fields of them as a person changes them.

    `used_bytes` says what the KV caches take on the disk; it is asked when that is to be shown. `tools`: what its pages
    about tools read; what is asked for on them comes through `requests`.
    """

    def __init__(
        self,
        preferences: PreferenceState,
        catalog: CatalogModel | None = None,
        parent: QWidget | None = None,
        *,
        used_bytes: Callable[[], int] = lambda: 0,
        tools: ToolSettingsView | None = None,
        requests: ToolRequests | None = None,
    ) -> None:
        super().__init__(parent)
        tools = tools or ToolSettingsView(preferences, ConversationSettingsState(self), ToolServersState(self))
        self.requests = requests or ToolRequests(self)
        self.setMinimumWidth(600)
        self.general = GeneralPage(preferences)
        self.models = ModelsPage(preferences, catalog)
        self.chat = ChatPage(preferences)
        self.tools = ToolsPage(tools, self.requests)
        self.servers = ServersPage(tools, self.requests)
        self.sampling = SamplingPage(preferences)
        self.memory = MemoryPage(preferences, used_bytes)
        self.tabs = PageTabs(self.tr("Pages of the settings"))
        self._pages = QStackedWidget()
        self._all: list[SettingsPage] = []
        self._add("gear", self.tr("General"), self.general)
        self._add("model", self.tr("Models"), self.models)
        self._add("chat", self.tr("Chat"), self.chat)
        self._add("tools", self.tr("Tools"), self.tools)
        self._add("server", self.tr("Servers"), self.servers)
        self._add("sliders", self.tr("Sampling"), self.sampling)
        self._add("memory", self.tr("Memory"), self.memory)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.close)
        button = close.button(QDialogButtonBox.StandardButton.Close)
        button.setIcon(QIcon())  # a dark cross on a dark button
        button.setAutoDefault(False)  # Enter in a field is no wish to leave
        below = QVBoxLayout()
        below.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.LARGE)
        below.setSpacing(theme.WIDE)
        below.addWidget(self._pages, 1)
        below.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addLayout(below, 1)
        self.tabs.chosen.connect(self._show_page)
        self._show_page(0)

    def show_servers(self) -> None:
        """Choose the page of the tool servers."""
        self.tabs.choose(self._all.index(self.servers))

    def keep_texts(self) -> None:
        """Keep now what is being typed."""
        for page in self._all:
            page.keep_texts()

    def closeEvent(self, arg__1: QCloseEvent) -> None:
        self.keep_texts()
        super().closeEvent(arg__1)

    def reject(self) -> None:
        self.keep_texts()
        super().reject()

    def _add(self, glyph: str, name: str, page: SettingsPage) -> None:
        self._all.append(page)
        self.tabs.add(glyph, name)
        self._pages.addWidget(page)

    def _show_page(self, place: int) -> None:
        self._pages.setCurrentIndex(place)
        if not any(tab.hasFocus() for tab in self.tabs.findChildren(QWidget)):  # with the keyboard, one goes on there
            self._all[place].setFocus()
        self.setWindowTitle(self.tr("Settings: %s") % self.tabs.name(place))
