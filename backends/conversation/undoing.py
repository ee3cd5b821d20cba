"""Taking back what a tool wrote, when a person asks for it, and noting that in its message."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from backends.contract.chat import Part, ResultPart
from backends.contract.commands import UndoWrite
from backends.contract.errors import MinimError
from backends.contract.events import Envelope, Event, RequestCancelled, RequestFailed, WorkerExited, WriteUndone
from backends.conversation.changes import Change, PartReplaced
from backends.conversation.ports import Port
from backends.conversation.refusals import nothing_to_undo, undo_failed
from backends.conversation.turn_runner import TurnRunner
from backends.storage.conversations import ConversationStore
from backends.storage.records import MessageRecord


class Undoing:
    """Asks the tools worker, and notes in the store what it has taken back. `changed` is called for each change."""

    def __init__(self, store: ConversationStore, tools: Port, changed: Callable[[Change], None]) -> None:
        self._store = store
        self._tools = tools
        self._changed = changed
        self._asked: dict[int, tuple[int, str]] = {}

    def ask(self, record: MessageRecord, call_id: str) -> None:
        """Take back what a call wrote. Raises MinimError where there is nothing to take back."""
        found = _as_undone(record.message.parts, call_id)
        if found is None:
            raise nothing_to_undo()
        if (record.id, call_id) not in self._asked.values():
            self._asked[self._tools.send(UndoWrite(found[1].undo))] = record.id, call_id

    def handle_tools(self, envelope: Envelope[Event], runner: TurnRunner | None, shown: int | None) -> None:
        """Take an event of the tools worker. Raises MinimError where something could not be taken back.

        `runner` is the newest turn, `shown` the last message of the branch that is shown.
        """
        event = envelope.body
        if isinstance(event, WorkerExited):
            waited = bool(self._asked)
            self._asked.clear()
            if waited:
                raise undo_failed()
        elif isinstance(event, (WriteUndone, RequestFailed, RequestCancelled)):
            asked = self._asked.pop(envelope.request_id, None)
            if asked is not None and isinstance(event, WriteUndone):
                self._undone(*asked, runner, shown)
            elif asked is not None and isinstance(event, RequestFailed):
                raise MinimError(event.kind, event.message, event.hint)

    def _undone(self, message_id: int, call_id: str, runner: TurnRunner | None, shown: int | None) -> None:
        if runner is not None and runner.knows_better(message_id):
            found = _as_undone(runner.record.message.parts, call_id)
            if found is not None:
                runner.replace_result(found[1])
            return
        record = self._store.message(message_id)
        found = None if record is None else _as_undone(record.message.parts, call_id)
        if record is None or found is None:
            return
        index, result = found
        parts = (*record.message.parts[:index], result, *record.message.parts[index + 1 :])
        self._store.update_message(record.id, parts, record.status, record.failure, record.kind)
        if any(other.id == record.id for other in self._store.branch(shown)):
            self._changed(PartReplaced(record.id, index, result))


def _as_undone(parts: tuple[Part, ...], call_id: str) -> tuple[int, ResultPart] | None:
    """Where the result of a call stands, and it as one that was taken back; None where there is nothing to that."""
    for index, part in enumerate(parts):
        if isinstance(part, ResultPart) and part.call_id == call_id and part.undo and not part.undone:
            return index, replace(part, undone=True)
    return None
