"""What a person decides about tools in the conversation that is shown: what runs, with what, how long, and back."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from backends.contract.chat import ConversationSettings
from backends.contract.tools import AllowedTool, ConsentAnswer
from backends.conversation.changes import Change, SettingsChanged, ToolAllowed
from backends.conversation.consent import forgetting, remembering
from backends.conversation.refusals import gone, there
from backends.conversation.shown_conversation import ShownConversation
from backends.conversation.typed_text import sound, sound_values
from backends.storage.records import MessageRecord


class ToolDecisions(ShownConversation):
    """Answers to what a turn asks, and what was allowed beyond that."""

    def answer_consent(self, call_id: str, answer: ConsentAnswer) -> None:
        """Allow or refuse the call that is asked about in the shown conversation."""
        if self._runner_here is not None:
            arguments = None if answer.arguments is None else sound_values(answer.arguments)
            said = replace(answer, note=sound(answer.note).strip(), arguments=arguments)
            self._runner_here.answer_consent(call_id, said)
            self._settle()

    def answer_rounds(self, go_on: bool) -> None:
        """Say whether the model is to go on after it has written as often as `round_limit` allows."""
        if self._runner_here is not None:
            self._runner_here.answer_rounds(go_on)
            self._settle()

    def preview(self, call_id: str, arguments: dict[str, Any]) -> None:
        """Have told what the call that asks would change with these arguments: CallPreviewed."""
        if self._runner_here is not None:
            self._runner_here.preview(call_id, sound_values(arguments))

    def undo(self, message_id: int, call_id: str) -> None:
        """Take back what a call of the shown conversation wrote; its result is then `undone`."""
        with self._telling():
            message, runner = self._message_here(message_id), self._runner_here
            if runner is not None and runner.knows_better(message_id):
                message = runner.record
            self._undoing.ask(message, call_id)

    def revoke(self, digest: str) -> None:
        """Ask again about the tool of this digest in the shown conversation, also in the turn that runs."""
        with self._telling():
            self._store_settings(forgetting(self._shown.settings, digest))
            self._on_change(SettingsChanged(self._shown.id, self._shown.settings))
            self._pass_policy_on()

    def _on_turn_change(self, change: Change) -> None:
        if isinstance(change, ToolAllowed) and change.scope == "conversation" and self._runner is not None:
            self._remember(self._runner.conversation, change.tool)
        super()._on_turn_change(change)

    def _remember(self, conversation_id: str, tool: AllowedTool) -> None:
        """Keep with a conversation that a tool may run in it without asking."""
        with self._telling():
            settings = remembering(there(self._store.conversation(conversation_id)).settings, tool)
            if conversation_id == self._shown.id:
                self._store_settings(settings)
                self._on_change(SettingsChanged(conversation_id, settings))
            else:
                self._store.set_settings(conversation_id, settings)

    def _pass_policy_on(self) -> None:
        """What may run unasked has changed: the turn that runs goes by that too."""
        if self._runner is not None and not self._runner.ended:
            self._runner.change_policy(self._policy(self._runner))

    def _store_settings(self, settings: ConversationSettings) -> None:
        """Keep what holds in the shown conversation; an empty one is stored later."""
        self._store.set_settings(self._shown.id, settings)
        self._shown = replace(self._shown, settings=settings)

    def _message_here(self, message_id: int | None) -> MessageRecord:
        message = None if message_id is None else self._store.message(message_id)
        if message is None or message.conversation != self._shown.id:
            raise gone()
        return message
