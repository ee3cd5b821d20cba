"""What opens above the window: built when it is first asked for, so that the start does not wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, QUrl, Signal
from PySide6.QtWidgets import QWidget

from backends.contract.models import EngineName, ModelRef
from desktop.front import bring_to_front
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from desktop.models.told_words import told
from desktop.models.tool_settings_view import ToolSettingsView
from desktop.widgets.model_requests import NAMES, ModelRequests
from desktop.widgets.tool_requests import ToolRequests

if TYPE_CHECKING:
    from desktop.panes.about import About, Acknowledgements
    from desktop.panes.downloads import Downloads
    from desktop.panes.model_picker import ModelPicker
    from desktop.panes.settings import Settings
    from desktop.widgets.model_row import ModelRow


class Dialogs(QObject):
    """The model picker, the downloads, the settings, About, and the small questions.

    What is asked for in the picker and beside a download comes through `requests`. `cache_bytes` says what KV caches
    take on the disk. What is asked for on the settings' pages about tools, which read `tools`, comes through
    `tool_requests`.
    """

    picker_opened = Signal()
    settings_opened = Signal()
    other_hub_requested = Signal(object)
    """The `Download` to fetch from its next source."""
    token_requested = Signal(object)
    """The `DownloadRef` whose hub wants an access token."""
    load_folder_requested = Signal(str)
    remove_engine_requested = Signal(object)
    """`EngineName`"""
    clear_downloads_requested = Signal()

    def __init__(
        self,
        window: QWidget,
        catalog: CatalogModel,
        downloads: DownloadModel,
        state: SessionState,
        preferences: PreferenceState,
        cache_bytes: Callable[[], int] = lambda: 0,
        tools: ToolSettingsView | None = None,
    ) -> None:
        super().__init__(window)
        self._cache_bytes = cache_bytes
        self._window = window
        self._catalog = catalog
        self._downloads = downloads
        self._state = state
        self._preferences = preferences
        self._tools = tools
        self.requests = ModelRequests(self)
        self.tool_requests = ToolRequests(self)
        self.picker: ModelPicker | None = None
        self.downloads: Downloads | None = None
        self.settings: Settings | None = None
        self.about: About | None = None
        self.acknowledgements: Acknowledgements | None = None

    def show_picker(self, *_: object) -> None:
        """Open the model picker, which looks at what is there now."""
        if self.picker is None:
            from desktop.panes.model_picker import ModelPicker

            self.picker = ModelPicker(self._catalog, self._state, self._window, self._downloads)
            for name in NAMES:
                getattr(self.picker, name).connect(getattr(self.requests, name))
        self.picker_opened.emit()
        bring_to_front(self.picker)

    def show_form(self, name: str, format_: str, quantization: str, size_in_billions: float) -> ModelRow | None:
        """Open the model picker on one form, if the catalogue knows it yet; → its row."""
        if self.picker is None or not self.picker.isVisible():
            self.show_picker()
        form = format_, quantization, size_in_billions
        if self.picker is None or not self.picker.show_model(name, form):
            return None
        row = self.picker.row_of(*form)
        if row is not None:
            row.open()
        return row

    def show_engine_offer(
        self, engine: EngineName, name: str, format_: str, quantization: str, size_in_billions: float
    ) -> None:
        """Open the model picker on one form, and ask there whether to install an engine for it."""
        row = self.show_form(name, format_, quantization, size_in_billions)
        if row is not None:
            row.offer_engine(engine)

    def show_load_question(
        self, model: ModelRef, name: str, format_: str, quantization: str, size_in_billions: float
    ) -> None:
        """Open the model picker on one form, and ask there whether to load this copy of it all the same."""
        row = self.show_form(name, format_, quantization, size_in_billions)
        if row is not None:
            row.ask_to_load(model)

    def show_kernel_question(self, name: str, format_: str, quantization: str, size_in_billions: float) -> None:
        """Open the model picker on one form, and ask there whether a kernel comes with it."""
        row = self.show_form(name, format_, quantization, size_in_billions)
        if row is not None:
            row.row_actions.ask_to_download()

    def show_downloads(self) -> None:
        """Open the downloads."""
        if self.downloads is None:
            from desktop.panes.downloads import Downloads

            pane = Downloads(self._downloads, self._catalog.engines, self._window)
            pane.cancel_engine_requested.connect(self.requests.cancel_engine_requested)
            pane.pause_requested.connect(self.requests.pause_requested)
            pane.resume_requested.connect(self.requests.resume_requested)
            pane.cancel_requested.connect(self.requests.cancel_requested)
            pane.other_hub_requested.connect(self.other_hub_requested)
            pane.token_requested.connect(self.token_requested)
            pane.load_requested.connect(self.load_folder_requested)
            pane.show_folder_requested.connect(show_folder)
            pane.clear_requested.connect(self.clear_downloads_requested)
            pane.models_requested.connect(self.show_picker)
            self.downloads = pane
        bring_to_front(self.downloads)

    def show_settings(self) -> None:
        """Open the settings as they are now."""
        if self.settings is None or not self.settings.isVisible():
            from desktop.panes.settings import Settings

            if self.settings is not None:
                self.settings.deleteLater()
            settings = Settings(
                self._preferences,
                self._catalog,
                self._window,
                used_bytes=self._cache_bytes,
                tools=self._tools,
                requests=self.tool_requests,
            )
            if settings.models.engines is not None:
                settings.models.engines.remove_requested.connect(self.remove_engine_requested)
            self.settings = settings
            self.settings_opened.emit()
        bring_to_front(self.settings)

    def show_servers(self) -> None:
        """Open the settings on the page of the tool servers."""
        self.show_settings()
        if self.settings is not None:
            self.settings.show_servers()

    def keep_texts(self) -> None:
        """Keep what was typed a moment ago: the window is about to close."""
        if self.settings is not None and self.settings.isVisible():
            self.settings.keep_texts()

    def show_about(self) -> None:
        """Say what this is."""
        if self.about is None:
            from importlib.metadata import version

            from desktop.panes.about import About

            self.about = About(version("minim"), self._window)
            self.about.acknowledgements_requested.connect(self.show_acknowledgements)
        bring_to_front(self.about)

    def show_acknowledgements(self) -> None:
        """Say what this is built with."""
        if self.acknowledgements is None:
            from desktop.acknowledgements import components
            from desktop.panes.about import Acknowledgements

            self.acknowledgements = Acknowledgements(components(), self._window)
        bring_to_front(self.acknowledgements)

    def edit_message(self, message: int, text: str, take: Callable[[int, str], object]) -> None:
        """Let a person change what they wrote; `take` gets the message's id and the new text."""
        from PySide6.QtGui import QIcon, QKeySequence, QShortcut, QTextCursor
        from PySide6.QtWidgets import QInputDialog, QPlainTextEdit, QPushButton

        question = QInputDialog(self._window)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
        question.setWindowTitle(self.tr("Edit message"))
        question.setLabelText(self.tr("The answer is written again; the old one stays as a branch."))
        question.setOkButtonText(self.tr("Send"))
        question.setTextValue(text)
        question.resize(560, 260)

        def accept(changed: str) -> None:
            take(message, changed)

        question.textValueSelected.connect(accept)
        question.open()
        for button in question.findChildren(QPushButton):
            button.setIcon(QIcon())
        field = question.findChild(QPlainTextEdit)
        assert field is not None
        field.setAccessibleName(question.windowTitle())
        field.setTabChangesFocus(True)
        field.moveCursor(QTextCursor.MoveOperation.End)
        send = QShortcut(QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Return), question)
        send.activated.connect(question.accept)


def show_folder(path: str) -> None:
    """Open a folder in the system's file browser."""
    from PySide6.QtGui import QDesktopServices

    QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def show_fatal(message: str, hint: str) -> None:
    """Say why there can be no window."""
    from PySide6.QtWidgets import QMessageBox

    box = QMessageBox(QMessageBox.Icon.Critical, "Minim", told(message))
    box.setInformativeText(told(hint))
    box.setAccessibleName(QCoreApplication.translate("dialogs", "Minim cannot start"))
    box.exec()
