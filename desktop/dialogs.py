"""What opens above the window: built when it is first asked for, so that the start does not wait for it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.models.catalog_model import CatalogModel
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState


class Dialogs(QObject):
    """The model picker, the settings, About, and the small questions."""

    picker_opened = Signal()
    load_requested = Signal(object)
    cancel_load_requested = Signal()
    unload_requested = Signal()
    open_folder_requested = Signal(str)

    def __init__(
        self, window: QWidget, catalog: CatalogModel, state: SessionState, preferences: PreferenceState
    ) -> None:
        super().__init__(window)
        self._window = window
        self._catalog = catalog
        self._state = state
        self._preferences = preferences
        self.picker: QWidget | None = None
        self.settings: QWidget | None = None

    def show_picker(self) -> None:
        """Open the model picker, which looks at what is there now."""
        if self.picker is None:
            from desktop.panes.model_picker import ModelPicker

            picker = ModelPicker(self._catalog, self._state, self._window)
            picker.load_requested.connect(self.load_requested)
            picker.cancel_load_requested.connect(self.cancel_load_requested)
            picker.unload_requested.connect(self.unload_requested)
            picker.open_folder_requested.connect(self.open_folder_requested)
            self.picker = picker
        self.picker_opened.emit()
        _bring_up(self.picker)

    def show_settings(self) -> None:
        """Open the settings as they are now."""
        if self.settings is None or not self.settings.isVisible():
            from desktop.panes.settings import Settings

            if self.settings is not None:
                self.settings.deleteLater()
            self.settings = Settings(self._preferences, self._window)
        _bring_up(self.settings)

    def show_about(self) -> None:
        """Say what this is."""
        from importlib.metadata import version

        from PySide6.QtWidgets import QMessageBox

        about = QMessageBox(self._window)
        about.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        about.setWindowTitle(self.tr("About Minim"))
        about.setIconPixmap(self._window.windowIcon().pixmap(64, 64))
        about.setText(self.tr("Minim %s") % version("minim"))
        about.setInformativeText(
            self.tr("Chat with MiniMax-M2 and other language models that run on your own machine.")
            + "\n\n"
            + self.tr("Nothing you write leaves it. Apache License 2.0.")
        )
        about.open()

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
        field.setTabChangesFocus(True)
        field.moveCursor(QTextCursor.MoveOperation.End)
        send = QShortcut(QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Return), question)
        send.activated.connect(question.accept)


def show_fatal(message: str, hint: str) -> None:
    """Say why there can be no window."""
    from PySide6.QtWidgets import QMessageBox

    box = QMessageBox(QMessageBox.Icon.Critical, "Minim", message)
    box.setInformativeText(hint)
    box.setAccessibleName(QCoreApplication.translate("dialogs", "Minim cannot start"))
    box.exec()


def _bring_up(dialog: QWidget) -> None:
    if dialog.isVisible():
        dialog.raise_()
    dialog.show()
    dialog.activateWindow()
