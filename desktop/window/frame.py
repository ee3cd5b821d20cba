"""What is seen first: the window with its panes, and the Qt models that they show. Nothing here works or stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from backends.contract.preferences import Preferences
from desktop.models.conversation_list_model import ConversationListModel
from desktop.models.conversation_model import ConversationModel
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from desktop.panes.composer import Composer
from desktop.panes.conversation_list import ConversationList
from desktop.panes.reasoning import Reasoning
from desktop.panes.status import Status
from desktop.panes.toolbar import Toolbar
from desktop.panes.tools import Tools
from desktop.panes.transcript import Transcript
from desktop.window.main_window import MainWindow
from desktop.window.menus import Menus
from desktop.window.window_panes import Panes

if TYPE_CHECKING:
    from desktop.panes.first_run import FirstRun


class Frame(QObject):
    """Can be shown by itself; what a person does in it has an effect once `App` has joined it to the rest.

    `first_run`: the page of the first run stands in place of the panes, until it is ended.
    """

    def __init__(self, preferences: Preferences, *, first_run: bool = False) -> None:
        super().__init__()
        self.preferences = PreferenceState(preferences, self)
        self.state = SessionState(self)
        self.settings = ConversationSettingsState(self)
        self.conversation = ConversationModel()
        self.conversations = ConversationListModel(self)
        self.panes = Panes(
            toolbar=Toolbar(self.state),
            conversations=ConversationList(self.conversations),
            transcript=Transcript(self.conversation, _examples(), awaited=bool(preferences.conversation)),
            composer=Composer(self.state, self.preferences, self.settings),
            reasoning=Reasoning(self.conversation),
            tools=Tools(self.conversation),
            status=Status(self.state),
        )
        self.window = MainWindow(self.panes, self.preferences)
        self.menus = Menus(self.window)
        self.first_run: FirstRun | None = None
        if first_run:
            self.show_first_run()

    def show(self) -> None:
        """Show the window, ready to be written in."""
        self.window.show()
        (self.first_run or self.panes.composer.field).setFocus()

    def show_first_run(self) -> None:
        """Put the page of the first run in place of the panes."""
        from desktop.panes.first_run import FirstRun  # who is past it does not wait for it

        self.first_run = FirstRun()
        self.window.cover(self.first_run)
        self.first_run.setFocus()

    def end_first_run(self) -> None:
        """Show the panes, ready to be written in."""
        page, self.first_run = self.first_run, None
        if page is not None:
            page.hide()
            page.deleteLater()
            self.window.cover(None)
            self.panes.composer.field.setFocus()


def _examples() -> list[str]:
    """What an empty conversation offers: questions that the built-in model and its tools can answer."""
    return [
        QCoreApplication.translate("App", "What is 37 * 48?"),
        QCoreApplication.translate("App", "What time is it in Shanghai?"),
        QCoreApplication.translate("App", "How many miles are 5 km?"),
        QCoreApplication.translate("App", "Tell me a short story"),
    ]
