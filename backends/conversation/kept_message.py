"""The message that a turn writes, kept stored as it grows."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from backends.contract.chat import Message, ResultPart
from backends.contract.errors import ErrorKind, MinimError
from backends.contract.events import ToolFinished
from backends.conversation.changes import CallProgressed, Change, MessageEnded, PartAdded, PartReplaced, SessionFailed
from backends.conversation.draft import Draft
from backends.conversation.turn import STOPPED
from backends.storage.conversations import ConversationStore
from backends.storage.records import MessageRecord, MessageStatus

STORE_SECONDS = 1.0
"""The partial answer is stored at least this often while events come."""


class KeptMessage:
    """Stores `record` with the parts of its `draft`. `clock` gives seconds; `changed` is called for each change."""

    def __init__(
        self,
        store: ConversationStore,
        record: MessageRecord,
        clock: Callable[[], float],
        changed: Callable[[Change], None],
    ) -> None:
        self.draft = Draft(record.id, clock)
        self._store = store
        self._record = record
        self._clock = clock
        self._changed = changed
        self._stored_at = clock()
        self._store_failed = False
        self._stored = True

    @property
    def record(self) -> MessageRecord:
        """The message as far as it is written."""
        return replace(self._record, message=Message("assistant", self.draft.parts))

    @property
    def stored(self) -> bool:
        """Whether the store holds the message as it was last to be kept."""
        return self._stored

    def tell(self, changes: list[Change]) -> None:
        """Tell what was written; a part that is new or complete is stored at once."""
        for change in changes:
            self._changed(change)
        if any(isinstance(change, (PartAdded, PartReplaced)) for change in changes):
            self.keep()

    def keep_if_due(self) -> None:
        """Store the message if that was long ago."""
        if self._clock() - self._stored_at >= STORE_SECONDS:
            self.keep()

    def replace_result(self, result: ResultPart) -> None:
        """Put a result in the place of the one to the same call."""
        self.tell(self.draft.replace_result(result))

    def finish_stopped(self, event: ToolFinished) -> None:
        """A call that was stopped had done its work by then: what it changed can be seen, and taken back."""
        last = self.draft.parts[-1]
        if isinstance(last, ResultPart) and last.text == STOPPED:
            finished = replace(last, text=event.text, is_error=event.is_error, seconds=event.seconds)
            self.replace_result(replace(finished, diff=event.diff, undo=event.undo))
            progress = "failed" if event.is_error else "done"
            self._changed(CallProgressed(self._record.id, last.call_id, progress))

    def end(self, status: MessageStatus, failure: str, kind: ErrorKind | None) -> None:
        """The message is over."""
        self.tell(self.draft.end())
        self._record = replace(self._record, status=status, failure=failure, kind=kind or self._record.kind)
        self.keep()
        self._changed(MessageEnded(self._record.id, status, failure))

    def keep(self) -> None:
        """Store the message as it is. What cannot be stored is told once; the turn goes on."""
        self._stored_at = self._clock()
        record = self._record
        try:
            self._store.update_message(record.id, self.draft.parts, record.status, record.failure, record.kind)
            self._stored = True
        except MinimError as error:
            self._stored = False
            if not self._store_failed:
                self._store_failed = True
                self._changed(SessionFailed(error.kind, error.message, error.hint))
