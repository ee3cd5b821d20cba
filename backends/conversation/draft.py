"""The message that is being written: engine events become its parts, and the changes that a view needs."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from backends.contract.chat import AnswerPart, CallPart, Part, ReasoningPart, ResultPart
from backends.contract.events import (
    AnswerDelta,
    OutputEvent,
    ReasoningDelta,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolCallUnfinished,
)
from backends.conversation.changes import ArgumentExtended, Change, PartAdded, PartReplaced, TextExtended


class _OpenCall:
    """A call that is being written: where it stands, and the raw text of its parameters so far."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.texts: dict[str, list[str]] = {}


class Draft:
    """Collects one message. `clock` gives seconds, for how long reasoning took.

    Text is kept as the pieces it came in and joined only when `parts` is asked for, so that a long answer costs no
    more a piece than a short one.
    """

    def __init__(self, message_id: int, clock: Callable[[], float]) -> None:
        self._message = message_id
        self._clock = clock
        self._parts: list[Part] = []
        self._pieces: list[str] = []
        self._text_open = False
        self._reasoning_since = 0.0
        self._open_calls: dict[int, _OpenCall] = {}
        self._call_count = 0
        self._first_call = 0

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts so far, in the order they happened."""
        self._join()
        shown = list(self._parts)
        for call in self._open_calls.values():
            shown[call.position] = self._so_far(call)
        return tuple(shown)

    def begin_output(self) -> None:
        """The engine begins to write again; its calls count from 0 again."""
        self._first_call = self._call_count

    def write(self, event: OutputEvent) -> list[Change]:
        """Take what the engine wrote."""
        match event:
            case ReasoningDelta(text):
                return self._extend(ReasoningPart, text)
            case AnswerDelta(text):
                return self._extend(AnswerPart, text)
            case ToolCallStarted(index, name):
                # Said twice of one call, it is still one call.
                return [] if index in self._open_calls else [*self.end_text(), self._begin_call(index, name)]
            case ToolArgumentDelta(index, parameter, text):
                call = self._open_calls.get(index)
                if call is None:
                    return []
                call.texts.setdefault(parameter, []).append(text)
                return [ArgumentExtended(self._message, call.position, parameter, text)]
            case ToolCallReady() | ToolCallUnfinished():
                return self.end_call(event)[1]

    def end_call(self, event: ToolCallReady | ToolCallUnfinished) -> tuple[CallPart, list[Change]]:
        """Take a call in its final form."""
        index, state = event.index, "ready" if isinstance(event, ToolCallReady) else "unfinished"
        part = CallPart(self._call_id(index), event.name, event.arguments, event.raw, state)
        call = self._open_calls.pop(index, None)
        if call is not None:
            self._parts[call.position] = part
            return part, [PartReplaced(self._message, call.position, part)]
        # A reader may know of a call only once it is complete, or cut off before it has a name.
        self._call_count = max(self._call_count, self._first_call + index + 1)
        return part, [*self.end_text(), self._add(part)]

    def add_result(self, result: ResultPart) -> list[Change]:
        """Take the answer of a tool, or why it was not run."""
        return [*self.end_text(), self._add(result)]

    def replace_result(self, result: ResultPart) -> list[Change]:
        """Put a result in the place of the one to the same call; nothing where there is none."""
        for index, part in enumerate(self._parts):
            if isinstance(part, ResultPart) and part.call_id == result.call_id:
                self._parts[index] = result
                return [PartReplaced(self._message, index, result)]
        return []

    def end_text(self) -> list[Change]:
        """End the text part that is being written, if there is one; reasoning gets its duration."""
        self._join()
        if not self._text_open:
            return []
        self._text_open = False
        last = self._parts[-1]
        if not isinstance(last, ReasoningPart):
            return []
        self._parts[-1] = replace(last, seconds=self._clock() - self._reasoning_since)
        return [PartReplaced(self._message, len(self._parts) - 1, self._parts[-1])]

    def end(self) -> list[Change]:
        """Nothing more will be written: a call that is still open is unfinished."""
        changes = self.end_text()
        for call in self._open_calls.values():
            self._parts[call.position] = replace(self._so_far(call), state="unfinished")
            changes.append(PartReplaced(self._message, call.position, self._parts[call.position]))
        self._open_calls.clear()
        return changes

    def _extend(self, kind: type[ReasoningPart | AnswerPart], text: str) -> list[Change]:
        if not text:
            return []
        if self._text_open and isinstance(self._parts[-1], kind):
            self._pieces.append(text)
            return [TextExtended(self._message, len(self._parts) - 1, text)]
        changes = self.end_text()
        changes.append(self._add(kind(text)))
        self._text_open = True
        self._reasoning_since = self._clock()
        return changes

    def _begin_call(self, index: int, name: str) -> Change:
        self._open_calls[index] = _OpenCall(len(self._parts))
        self._call_count = max(self._call_count, self._first_call + index + 1)
        return self._add(CallPart(self._call_id(index), name))

    def _add(self, part: Part) -> Change:
        self._parts.append(part)
        return PartAdded(self._message, len(self._parts) - 1, part)

    def _join(self) -> None:
        if not self._pieces:
            return
        last = self._parts[-1]
        if isinstance(last, (ReasoningPart, AnswerPart)):
            self._parts[-1] = replace(last, text=last.text + "".join(self._pieces))
        self._pieces.clear()

    def _call_id(self, index: int) -> str:
        return f"call_{self._first_call + index + 1}"

    def _so_far(self, call: _OpenCall) -> CallPart:
        # The raw texts stand for the arguments until the reader gives them their types.
        part = self._parts[call.position]
        assert isinstance(part, CallPart)
        return replace(part, arguments={name: "".join(texts) for name, texts in call.texts.items()})
