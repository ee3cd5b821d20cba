"""The half of a chat that is about tools: what asks is told to the window, and what a person answers to the session."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from backends.contract.preferences import Preferences
from backends.contract.tools import AllowedTool, ConsentAnswer
from backends.conversation.changes import CallProgressed, Change, QuestionWaits, RoundsReached, ToolAllowed
from backends.conversation.permissions import Policy
from backends.conversation.session import ConversationSession
from desktop.models.preference_state import PreferenceState
from desktop.models.tool_choices import with_allowed, without_allowed


class ToolQuestions(QObject):
    """What `ChatSession` is built on."""

    call_asks = Signal(int, str, str)
    """A call of the shown conversation: its message, its `call_id`, and the tool's name."""
    rounds_ask = Signal(int)
    """How often the model has written in this turn."""
    question_waits = Signal(object)
    """`QuestionWaits`"""
    keep_requested = Signal()
    """What was allowed or revoked for good is to be kept now."""

    def __init__(self, preferences: PreferenceState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._session: ConversationSession | None = None

    @property
    def session(self) -> ConversationSession:
        """The session that is driven. Only once one is."""
        assert self._session is not None
        return self._session

    def answer_consent(self, call_id: str, answer: ConsentAnswer) -> None:
        self.session.answer_consent(call_id, answer)

    def answer_rounds(self, go_on: bool) -> None:
        self.session.answer_rounds(go_on)

    def preview(self, call_id: str, arguments: dict[str, Any]) -> None:
        self.session.preview(call_id, arguments)

    def undo(self, message: int, call_id: str) -> None:
        self.session.undo(message, call_id)

    def list_tools(self) -> None:
        self.session.list_tools()

    def revoke(self, tools: tuple[AllowedTool, ...]) -> None:
        """These ask again, in the shown conversation as in all others."""
        digests = [tool.digest for tool in tools]
        for digest in digests:
            self.session.revoke(digest)
        self._preferences.replace(allowed_tools=without_allowed(self._preferences.value.allowed_tools, digests))
        self.keep_requested.emit()

    def ask(self, change: Change) -> None:
        """Tell what asks the person, and keep what they allowed for good; any other change is none of tools."""
        match change:
            case CallProgressed(message=message, call_id=call_id, progress="asking", tool=tool):
                self.call_asks.emit(message, call_id, tool.name if tool is not None else "")
            case RoundsReached(rounds=rounds) if rounds:
                self.rounds_ask.emit(rounds)
            case QuestionWaits():
                self.question_waits.emit(change)
            case ToolAllowed(tool=tool, scope="always"):
                self._allow_always(tool)
            case _:
                pass

    def _allow_always(self, tool: AllowedTool) -> None:
        self._preferences.replace(allowed_tools=with_allowed(self._preferences.value.allowed_tools, tool))
        self.keep_requested.emit()


def policy_of(value: Preferences) -> Policy:
    """What runs unasked in every conversation; what is allowed in one of them, the session adds."""
    return Policy(
        always=frozenset(tool.digest for tool in value.allowed_tools),
        allow_harmless=value.allow_harmless,
        may_allow_always=value.may_allow_always,
    )
