"""What a turn asks a person: about a call, with what it would change, or whether the model goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backends.contract.commands import PreviewTool
from backends.contract.events import Envelope, Event, RequestCancelled, RequestFailed, ToolPreviewed, WorkerExited
from backends.conversation.changes import CallPreviewed, CallProgressed, Change, QuestionWaits, RoundsReached
from backends.conversation.ports import Port
from backends.storage.records import MessageRecord


class Questions:
    """The question of the turn that writes `record`, while one waits for an answer. `changed` is told of it."""

    def __init__(self, record: MessageRecord, tools: Port, changed: Callable[[Change], None]) -> None:
        self._message = record.id
        self._conversation = record.conversation
        self._tools = tools
        self._changed = changed
        self._question: CallProgressed | RoundsReached | None = None
        self._own_arguments: dict[str, Any] = {}
        self._preview: int | None = None

    def progressed(self, told: CallProgressed) -> None:
        """Tell what became of a call, which may be that it asks; whatever else it is, no call asks any more."""
        self._put(told if told.progress == "asking" else None, told)

    def rounds_reached(self, rounds: int) -> None:
        """Tell after how many rounds the turn pauses; 0: it does no longer."""
        told = RoundsReached(self._message, rounds)
        self._put(told if rounds else None, told)

    def tell_again(self) -> None:
        """Tell the question again, for a view that shows the conversation anew: with the call's own arguments."""
        if self._question is not None:
            self._changed(self._question)
            if isinstance(self._question, CallProgressed):
                self._ask_preview(self._question, self._own_arguments)

    def preview(self, call_id: str, arguments: dict[str, Any], *, own: bool = False) -> None:
        """Have told what the call that asks would change; another `call_id` is ignored.

        `own`: these are the arguments that the model wrote.
        """
        asking = self._question
        if isinstance(asking, CallProgressed) and asking.call_id == call_id:
            if own:
                self._own_arguments = arguments
            self._ask_preview(asking, arguments)

    def handle_tools(self, envelope: Envelope[Event]) -> None:
        """Take an event of the tools worker: only the answer to the newest request for a preview counts."""
        event = envelope.body
        if self._preview is None or not (envelope.request_id == self._preview or isinstance(event, WorkerExited)):
            return
        match event:
            case ToolPreviewed(diff):
                self._previewed(diff)
            case RequestFailed(message=message, hint=hint):
                self._previewed(problem=f"{message} {hint}".rstrip())
            case WorkerExited():
                self._previewed(problem="The process that runs the tools ended before it could say.")
            case RequestCancelled():
                self._preview = None
            case _:
                pass

    def _put(self, question: CallProgressed | RoundsReached | None, told: Change) -> None:
        waited, self._question = self._question is not None, question
        self._drop_preview()
        self._changed(told)
        if question is not None or waited:
            self._changed(QuestionWaits("" if question is None else self._conversation))

    def _ask_preview(self, asking: CallProgressed, arguments: dict[str, Any]) -> None:
        self._drop_preview()
        if asking.tool is not None and asking.tool.shows_diff:
            self._preview = self._tools.send(PreviewTool(asking.tool.name, arguments))

    def _drop_preview(self) -> None:
        if self._preview is not None:
            self._tools.cancel(self._preview)
            self._preview = None

    def _previewed(self, diff: str = "", problem: str = "") -> None:
        asking, self._preview = self._question, None
        if isinstance(asking, CallProgressed):
            self._changed(CallPreviewed(self._message, asking.call_id, diff, problem))
