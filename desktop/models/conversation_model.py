"""The conversation that is shown: one row a message of its shown branch, kept true by the session's changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from backends.contract.chat import CallPart, Part
from backends.contract.tools import ToolInfo
from backends.conversation.changes import (
    AnswerChanged,
    ArgumentExtended,
    CallPreviewed,
    CallProgressed,
    Change,
    ContextFilled,
    ConversationRecord,
    ConversationShown,
    ConversationsListed,
    MessageAdded,
    MessageEnded,
    MessageRecord,
    ModelStateChanged,
    PartAdded,
    PartReplaced,
    PhaseChanged,
    PromptRead,
    QuestionWaits,
    RoundsReached,
    SessionFailed,
    SettingsChanged,
    TextExtended,
    ToolAllowed,
    UsageChanged,
)
from desktop.models.message_state import Call, MessageState

_NO_PARENT = QModelIndex()


class ConversationModel(QAbstractListModel):
    """One row a message. Views that stream listen to the fine-grained signals; a reset says: everything is new.

    A change to a message that is not shown (one that came late, after another conversation was opened) is dropped.
    """

    message_added = Signal(int)
    """row"""
    part_added = Signal(int, int)
    """row, part"""
    text_extended = Signal(int, int, str)
    """row, part, text"""
    argument_extended = Signal(int, int, str, str)
    """row, part, parameter, text"""
    part_replaced = Signal(int, int)
    """row, part"""
    call_progressed = Signal(int, str)
    """row, call_id"""
    call_previewed = Signal(int, str)
    """row, call_id: what the call would change is known, or has changed"""
    rounds_changed = Signal(int)
    """row: a person is asked whether the turn goes on, or was"""
    message_ended = Signal(int)
    """row"""
    prompt_read_changed = Signal(int, int, int)
    """reused, done, total: tokens of the prompt that the message being written answers"""

    tools_known = Signal()
    """Of more calls it is known where their tool came from."""
    load_changed = Signal()
    """The model that the message being written waits for is being loaded, or no longer is."""

    def __init__(self) -> None:
        super().__init__()
        self._load: ModelStateChanged | None = None
        self._conversation: ConversationRecord | None = None
        self._messages: list[MessageState] = []
        self._rows: dict[int, int] = {}
        self._prompt_read: PromptRead | None = None
        self._built_in: dict[str, ToolInfo] = {}

    @property
    def conversation(self) -> ConversationRecord | None:
        """The conversation that is shown, None while there is none."""
        return self._conversation

    @property
    def prompt_read(self) -> PromptRead | None:
        """How far the prompt was read, while the message being written has no part yet."""
        return self._prompt_read

    @property
    def load(self) -> ModelStateChanged | None:
        """How far the model is loaded, while it is being loaded."""
        return self._load

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._messages)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if index.isValid() and role == Qt.ItemDataRole.DisplayRole:
            return self._messages[index.row()].text
        return None

    def show(self, conversation: ConversationRecord | None, messages: Sequence[MessageRecord]) -> None:
        """Show another conversation or another branch: all rows are new."""
        self.beginResetModel()
        self._conversation = conversation
        self._messages = [MessageState(record) for record in messages]
        self._rows = {record.id: row for row, record in enumerate(messages)}
        self._prompt_read = None
        self.endResetModel()

    def clear(self) -> None:
        """Show no conversation."""
        self.show(None, ())

    def apply(self, change: Change) -> None:
        """Mirror one change of the session."""
        match change:
            case ConversationShown(conversation=conversation, messages=messages):
                self.show(conversation, messages)
            case MessageAdded(message=record):
                self._add_message(record)
            case (
                PartAdded()
                | TextExtended()
                | ArgumentExtended()
                | PartReplaced()
                | CallProgressed()
                | CallPreviewed()
                | RoundsReached()
                | MessageEnded()
            ):
                row = self._rows.get(change.message)
                if row is not None:
                    self._change_message(row, change)
            case PromptRead(reused=reused, done=done, total=total):
                self._prompt_read = change
                self.prompt_read_changed.emit(reused, done, total)
            case ModelStateChanged():
                self._load = change if change.state == "loading" else None
                self.load_changed.emit()
            case ConversationsListed() | PhaseChanged() | UsageChanged() | SessionFailed():
                pass  # of other models
            case SettingsChanged() | ContextFilled() | ToolAllowed() | QuestionWaits() | AnswerChanged():
                pass

    def record(self, row: int) -> MessageRecord:
        """The record of a message, with its status now; the text that was streamed is in `part_text`, not in it."""
        return self._messages[row].record

    def row_of(self, message: int) -> int:
        """The row of the message with this id, -1 if it is not shown."""
        return self._rows.get(message, -1)

    def message_text(self, row: int) -> str:
        """All that a person reads in a message, as Markdown."""
        return self._messages[row].text

    def part_count(self, row: int) -> int:
        return len(self._messages[row].parts)

    def part(self, row: int, index: int) -> Part:
        """A part as it was added or replaced; what was streamed since is in `part_text` and `call`."""
        return self._messages[row].parts[index].part

    def part_text(self, row: int, index: int) -> str:
        """The text of a part so far, of a call what the model wrote."""
        return self._messages[row].parts[index].text

    def reasoning_seconds(self, row: int) -> float:
        """How long all finished reasoning of a message took."""
        return self._messages[row].reasoning_seconds

    def rounds(self, row: int) -> int:
        """How many rounds of calls message `row` had, while a person is asked whether it goes on; else 0."""
        return self._messages[row].rounds

    def call(self, row: int, index: int) -> Call:
        """The tool call that a part is. Raises ValueError for another part."""
        call = self._messages[row].call(row, index)
        built_in = self._built_in.get(call.name) if call.tool is None and not call.never_ran else None
        return call if built_in is None else replace(call, tool=built_in)

    def know_tools(self, tools: Sequence[ToolInfo]) -> None:
        """Take the tools there are: a stored call does not say where its tool came from. Told by "ToolsListed".

        Only of built-in tools it can be said, whose names no other tool may have.
        """
        known = self._built_in | {tool.name: tool for tool in tools if not tool.server}
        if known != self._built_in:
            self._built_in = known
            self.tools_known.emit()

    def find_call(self, row: int, call_id: str) -> int:
        """The part of message `row` that is the call `call_id`, -1 if there is none."""
        return self._messages[row].find_call(call_id)

    def calls(self) -> list[tuple[int, int]]:
        """(row, part) of every tool call of the conversation, in order."""
        return [
            (row, index)
            for row, message in enumerate(self._messages)
            for index, state in enumerate(message.parts)
            if isinstance(state.part, CallPart)
        ]

    def _add_message(self, record: MessageRecord) -> None:
        row = len(self._messages)
        self.beginInsertRows(QModelIndex(), row, row)
        self._messages.append(MessageState(record))
        self._rows[record.id] = row
        self._prompt_read = None
        self.endInsertRows()
        self.message_added.emit(row)

    def _change_message(
        self,
        row: int,
        change: PartAdded
        | TextExtended
        | ArgumentExtended
        | PartReplaced
        | CallProgressed
        | CallPreviewed
        | RoundsReached
        | MessageEnded,
    ) -> None:
        message = self._messages[row]
        match change:
            case PartAdded(index=index, part=part):
                message.add(index, part)
                self.part_added.emit(row, index)
            case TextExtended(index=index, text=text):
                message.parts[index].chunks.append(text)
                self.text_extended.emit(row, index, text)
            case ArgumentExtended(index=index, parameter=parameter, text=text):
                message.parts[index].arguments.setdefault(parameter, []).append(text)
                self.argument_extended.emit(row, index, parameter, text)
            case PartReplaced(index=index, part=part):
                message.parts[index].replace(part)
                self.part_replaced.emit(row, index)
            case CallProgressed(call_id=call_id, progress=progress, tool=tool):
                message.progress(call_id, progress, tool)
                self.call_progressed.emit(row, call_id)
            case CallPreviewed(call_id=call_id, diff=diff, problem=problem):
                message.preview(call_id, diff, problem)
                self.call_previewed.emit(row, call_id)
            case RoundsReached(rounds=rounds):
                message.rounds = rounds
                self.rounds_changed.emit(row)
            case MessageEnded(status=status, failure=failure):
                message.record = replace(message.record, status=status, failure=failure)
                message.rounds = 0
                self._prompt_read = None
                self.message_ended.emit(row)
