"""What the window itself does when it is asked to: a new conversation, a message to change, a pane to show."""

from __future__ import annotations

from PySide6.QtCore import QObject

from desktop.controllers.chat_session import ChatSession
from desktop.window.dialogs import Dialogs
from desktop.window.frame import Frame


class WindowDesk(QObject):
    """Stands between the panes of the frame, which know nothing of one another."""

    def __init__(self, frame: Frame, dialogs: Dialogs, chat: ChatSession, parent: QObject) -> None:
        super().__init__(parent)
        self._frame = frame
        self._dialogs = dialogs
        self._chat = chat

    def new(self) -> None:
        """A new conversation, ready to be written in."""
        self._chat.new()
        self._frame.panes.composer.field.setFocus()

    def edit(self, message: int) -> None:
        """Let the person change what they wrote."""
        shown = self._frame.conversation
        row = shown.row_of(message)
        if row >= 0:
            self._dialogs.edit_message(message, shown.message_text(row), self._chat.edit)

    def show_reasoning(self, row: int, part: int) -> None:
        """Show a part of a message in the reasoning pane."""
        self._frame.window.show_reasoning()
        self._frame.panes.reasoning.show_part(row, part)

    def show_call(self, row: int, part: int) -> None:
        """Show a call in the tools pane."""
        self._frame.window.show_tools()
        self._frame.panes.tools.show_call(row, part)

    def show_title(self, *_: object) -> None:
        """The open conversation's name is the window's."""
        shown = self._frame.conversation.conversation
        self._frame.window.show_title(self._frame.conversations.title_of(shown.id) if shown else "")

    def show_given(self) -> None:
        """From which message on the model is given the conversation."""
        self._frame.panes.transcript.show_given(self._frame.settings.settings.first_message)

    def show_stoppable(self) -> None:
        """Whether there is something to stop, or to load again."""
        state = self._frame.state
        self._frame.menus.stop_action.setEnabled(state.stoppable)
        self._frame.panes.transcript.offer_load_again(state.model_state == "crashed")
