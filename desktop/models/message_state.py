"""One message while it is shown: its record, and parts whose text grows in chunks so that streaming stays linear."""

from __future__ import annotations

import re
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from backends.contract.chat import AnswerPart, CallPart, Part, ReasoningPart, ResultPart, TextPart
from backends.contract.tools import ToolInfo
from backends.conversation.changes import CallProgress, MessageRecord

CallState = Literal[
    "writing",  # the model writes it
    "waiting",  # complete; nothing was decided yet
    "asking",  # a person is asked
    "running",
    "done",
    "failed",
    "refused",
    "unknown_tool",
    "cut_off",
    "unreadable",  # the model wrote it to its end, and it is no call
    "not_run",  # the message ended before it was decided
]

_CLOSED = re.compile(r"</(?:invoke|function|[\w:.-]*tool_calls?)>|<[|｜]?/?tool[_▁]calls?[_▁]?(?:end)?[|｜]>\s*$")
"""In the raw text of a call that is no call: the model has ended it, so that it was not cut off."""


class Call(Struct, frozen=True):
    """A tool call as a view shows it; `arguments` are (name, text) in the order they were written, `values` as values.

    `result` is None until there is one; `seconds` is how long the tool ran. `tool` is what it would run, known while
    a person is asked and after. `ran_with` are the arguments that it ran with where a person changed them, of which
    those in `changed` are not the model's. `diff` is what it changed, or would change while a person is asked: that
    is known once `previewed`, and `problem` says why it cannot be. `undo` and `undone` are `ResultPart`'s.
    """

    message: int
    row: int
    part: int
    call_id: str
    name: str
    state: CallState
    arguments: tuple[tuple[str, str], ...]
    raw: str
    tool: ToolInfo | None = None
    result: str | None = None
    seconds: float = 0.0
    values: dict[str, Any] = {}
    ran_with: tuple[tuple[str, str], ...] | None = None
    changed: frozenset[str] = frozenset()
    diff: str = ""
    previewed: bool = False
    problem: str = ""
    undo: str = ""
    undone: bool = False

    @property
    def never_ran(self) -> bool:
        """Whether it is over without having been run."""
        return self.state in ("refused", "unknown_tool", "cut_off", "unreadable", "not_run")


class PartState(Struct):
    """A part and what was added to it since: pieces of its text, or of a call's arguments."""

    part: Part
    chunks: list[str] = field(default_factory=list[str])
    arguments: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    progress: CallProgress | None = None
    tool: ToolInfo | None = None
    preview: str | None = None
    problem: str = ""

    @property
    def text(self) -> str:
        """The text so far; of a call, what the model wrote."""
        if isinstance(self.part, CallPart):
            return self.part.raw
        if len(self.chunks) > 1:
            self.chunks = ["".join(self.chunks)]
        return self.part.text + (self.chunks[0] if self.chunks else "")

    def replace(self, part: Part) -> None:
        """Take a final form: what was gathered on the way is in it."""
        self.part = part
        self.chunks = []
        self.arguments = {}

    def argument_texts(self) -> tuple[tuple[str, str], ...]:
        """(name, text) of the arguments of a call, those still being written included."""
        if not isinstance(self.part, CallPart):
            return ()
        texts = {name: argument_text(value) for name, value in self.part.arguments.items()}
        for name, chunks in self.arguments.items():
            texts[name] = "".join(chunks)
        return tuple(texts.items())


def argument_text(value: Any) -> str:
    """How a person reads an argument: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    import json  # with the first value that needs it: the window's first paint would wait for it

    return json.dumps(value, ensure_ascii=False, indent=2)


class MessageState:
    """A message of the shown branch."""

    def __init__(self, record: MessageRecord) -> None:
        self.record = record
        self.parts = [PartState(part) for part in record.message.parts]
        self.rounds = 0
        """How many rounds of calls there were, while a person is asked whether it goes on; else 0."""

    @property
    def text(self) -> str:
        """The words a person reads in it, as Markdown."""
        return "\n\n".join(state.text for state in self.parts if isinstance(state.part, (TextPart, AnswerPart)))

    @property
    def reasoning_seconds(self) -> float:
        """How long all reasoning of the message took."""
        return sum(state.part.seconds for state in self.parts if isinstance(state.part, ReasoningPart))

    def add(self, index: int, part: Part) -> None:
        """Take one more part. Raises ValueError where it is not the next one: a change was lost."""
        if index != len(self.parts):
            raise ValueError(f"part {index} of message {self.record.id} came after {len(self.parts)} parts")
        self.parts.append(PartState(part))

    def progress(self, call_id: str, progress: CallProgress, tool: ToolInfo | None) -> None:
        """Note what became of a call; the tool it would run stays known."""
        index = self.find_call(call_id)
        if index >= 0:
            state = self.parts[index]
            state.progress = progress
            state.tool = tool or state.tool

    def preview(self, call_id: str, diff: str, problem: str) -> None:
        """Note what a call would change."""
        index = self.find_call(call_id)
        if index >= 0:
            self.parts[index].preview, self.parts[index].problem = diff, problem

    def find_call(self, call_id: str) -> int:
        """The part that is the call `call_id`, -1 if there is none."""
        for index, state in enumerate(self.parts):
            if isinstance(state.part, CallPart) and state.part.call_id == call_id:
                return index
        return -1

    def call(self, row: int, index: int) -> Call:
        """The call that part `index` is. Raises ValueError for another part."""
        state = self.parts[index]
        if not isinstance(state.part, CallPart):
            raise ValueError(f"part {index} of message {self.record.id} is no call")
        result = self._result(state.part.call_id)
        shown = Call(
            message=self.record.id,
            row=row,
            part=index,
            call_id=state.part.call_id,
            name=state.part.name or "",
            state=self._call_state(state, state.part, result),
            arguments=state.argument_texts(),
            raw=state.part.raw,
            tool=state.tool,
            values=state.part.arguments,
        )
        if result is None:
            known = state.preview is not None
            return replace(shown, diff=state.preview or "", previewed=known, problem=state.problem)
        return _with_result(shown, result)

    def _result(self, call_id: str) -> ResultPart | None:
        for state in self.parts:
            if isinstance(state.part, ResultPart) and state.part.call_id == call_id:
                return state.part
        return None

    def _call_state(self, state: PartState, part: CallPart, result: ResultPart | None) -> CallState:
        writing = self.record.status == "writing"
        if part.state == "unfinished":
            return "unreadable" if _CLOSED.search(part.raw) else "cut_off"
        if state.progress is not None and (writing or state.progress not in ("asking", "running")):
            # A call that was complete was not cut off: the turn was stopped before it ran.
            stopped = state.progress == "cut_off" and part.state == "ready" and result is None
            return "not_run" if stopped else state.progress
        if result is not None:
            return _outcome(result)
        if part.state == "writing" and not writing:
            return "cut_off"
        if not writing:
            return "not_run"
        return "writing" if part.state == "writing" else "waiting"


def _with_result(call: Call, result: ResultPart) -> Call:
    ran = result.ran_with
    return replace(
        call,
        result=result.text,
        seconds=result.seconds,
        ran_with=None if ran is None else tuple((name, argument_text(value)) for name, value in ran.items()),
        changed=frozenset(name for name, value in (ran or {}).items() if not _is_same(call.values, name, value)),
        diff=result.diff,
        undo=result.undo,
        undone=result.undone,
    )


def _is_same(values: dict[str, Any], name: str, value: Any) -> bool:
    """Whether an argument is as the model wrote it; 1, 1.0 and true are three values."""
    return name in values and argument_text(values[name]) == argument_text(value)


def _outcome(result: ResultPart) -> CallState:
    """What a stored result says of its call, as it was said when it came."""
    if not result.is_error:
        return "done"
    from backends.conversation.turn import NOT_ALLOWED  # with the first error: the first paint would wait for it

    return "refused" if result.text.startswith(NOT_ALLOWED) else "failed"
