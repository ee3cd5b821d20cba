"""What a person chooses for one conversation, beside its words: its options, and how to go on when it is full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.models.conversation_list_model import ConversationListModel
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from desktop.window.main_window import MainWindow

if TYPE_CHECKING:
    from desktop.panes.composer import Composer
    from desktop.panes.conversation_options import ConversationOptions
    from desktop.widgets.full_context_card import FullContextCard


class OptionsDesk(QObject):
    """Builds the options and the card of a full context when they are first needed, and passes on what is asked."""

    settings_requested = Signal(object)
    """`ConversationSettings`"""
    drop_requested = Signal()
    continue_requested = Signal(str, str)
    """The title of the new conversation, and the message that asks the model there for the summary."""

    def __init__(
        self,
        window: MainWindow,
        composer: Composer,
        settings: ConversationSettingsState,
        preferences: PreferenceState,
        state: SessionState,
        titles: ConversationListModel,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._composer = composer
        self._settings = settings
        self._preferences = preferences
        self._state = state
        self._titles = titles
        self.options: ConversationOptions | None = None
        self.card: FullContextCard | None = None
        settings.full_changed.connect(self._show_full)

    def toggle_options(self) -> None:
        """Open the options above their button, or close them."""
        if self.options is None:
            from desktop.panes.conversation_options import ConversationOptions

            self.options = ConversationOptions(
                self._composer.options_button, self._settings, self._preferences, self._state
            )
            self.options.settings_requested.connect(self.settings_requested)
        if self.options.isVisible():
            self.options.close_and_return()
        else:
            self.options.open()

    def keep(self) -> None:
        """Ask for what was typed a moment ago: the window is about to close."""
        if self.options is not None:
            self.options.keep()

    def show_conversation(self, conversation: str) -> None:
        """A conversation is shown: if it is another one, what is open of the one before goes."""
        if self.options is not None and conversation != self._settings.conversation:
            self.options.give_up()

    def give_all(self) -> None:
        """Give the model again what was dropped."""
        self.settings_requested.emit(replace(self._settings.settings, first_message=None))

    def _show_full(self) -> None:
        if self.card is None and self._settings.full is not None:
            from desktop.widgets.full_context_card import FullContextCard

            self.card = FullContextCard(self._settings, self._state)
            self.card.drop_requested.connect(self.drop_requested)
            self.card.continue_requested.connect(self._continue)
            self.card.left.connect(lambda: self._settings.show_full(None))
            self._window.add_above_composer(self.card)
            self._let_tab_reach(self.card.stops)
            self.card.refresh()

    def _let_tab_reach(self, stops: tuple[QWidget, ...]) -> None:
        """Before the message, above which they stand, and which has the keyboard again when they go."""
        before = self._composer.previousInFocusChain()
        for stop in stops:
            if before is not None:  # for the types: a chain is a ring
                QWidget.setTabOrder(before, stop)
            before = stop

    def _continue(self) -> None:
        title = self._titles.title_of(self._settings.conversation)
        self.continue_requested.emit(
            self.tr("{0}, continued").format(title) if title else "",
            self.tr(
                "Summarize our conversation so far, so that we can go on with it in a new one: what it is about, "
                "what we found out and decided, and what is still open. Write only the summary."
            ),
        )
