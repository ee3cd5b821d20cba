"""What is seen first: the window with its panes, and the Qt models that they show. Nothing here works or stores."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject

from backends.contract.preferences import Preferences
from desktop.main_window import MainWindow, Panes
from desktop.menus import Menus
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


class Frame(QObject):
    """Can be shown by itself; what a person does in it has an effect once `App` has joined it to the rest."""

    def __init__(self, preferences: Preferences) -> None:
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

    def show(self) -> None:
        """Show the window, ready to be written in."""
        self.window.show()
        self.panes.composer.field.setFocus()


def _examples() -> list[str]:
    """What an empty conversation offers: questions that the built-in model and its tools can answer."""
    return [
        QCoreApplication.translate("App", "What is 37 * 48?"),
        QCoreApplication.translate("App", "What time is it in Shanghai?"),
        QCoreApplication.translate("App", "How many miles are 5 km?"),
        QCoreApplication.translate("App", "Tell me a short story"),
    ]
