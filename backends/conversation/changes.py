"""What a conversation session reports to its front end, in the order it happened."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from backends.contract.chat import ConversationSettings, Part, Usage
from backends.contract.errors import ErrorKind
from backends.contract.events import ModelLoaded
from backends.contract.models import ModelRef
from backends.contract.tools import AllowedTool, Scope, ToolInfo
from backends.storage.records import ConversationRecord, MessageRecord, MessageStatus

Phase = Literal["idle", "reading", "reasoning", "answering", "calling", "asking", "running_tool", "stopping"]
CallProgress = Literal["asking", "running", "done", "failed", "refused", "unknown_tool", "cut_off"]


class ConversationsListed(Struct, frozen=True):
    """All conversations, newest first."""

    conversations: tuple[ConversationRecord, ...]


class ConversationShown(Struct, frozen=True):
    """This conversation is open now, with the messages of its shown branch, first to last."""

    conversation: ConversationRecord
    messages: tuple[MessageRecord, ...]


class MessageAdded(Struct, frozen=True):
    """A message at the end of the shown branch."""

    message: MessageRecord


class PartAdded(Struct, frozen=True):
    message: int
    index: int
    part: Part


class TextExtended(Struct, frozen=True):
    """More text of a reasoning or answer part."""

    message: int
    index: int
    text: str


class ArgumentExtended(Struct, frozen=True):
    """More raw text of a parameter of a call that is being written."""

    message: int
    index: int
    parameter: str
    text: str


class PartReplaced(Struct, frozen=True):
    """A part reached its final form: a call that is ready or cut off, reasoning with its duration."""

    message: int
    index: int
    part: Part


class CallProgressed(Struct, frozen=True):
    """What became of a call. While `asking`, `tool` is what it would run, and `session.answer_consent` decides."""

    message: int
    call_id: str
    progress: CallProgress
    tool: ToolInfo | None = None


class CallPreviewed(Struct, frozen=True):
    """What a call that asks would change, as a unified diff; `problem` says in words why that cannot be said."""

    message: int
    call_id: str
    diff: str
    problem: str = ""


class RoundsReached(Struct, frozen=True):
    """The model has written `rounds` times in this turn, and `session.answer_rounds` says whether it goes on.

    `rounds` is 0 once that was answered.
    """

    message: int
    rounds: int


class ToolAllowed(Struct, frozen=True):
    """A person allowed a tool for longer than a call. Whoever keeps the preferences keeps those of scope "always"."""

    tool: AllowedTool
    scope: Scope


class QuestionWaits(Struct, frozen=True):
    """A turn waits for a person's answer, in a conversation that may not be shown; "" once none does."""

    conversation: str
    title: str = ""


class MessageEnded(Struct, frozen=True):
    message: int
    status: MessageStatus
    failure: str = ""


class AnswerChanged(Struct, frozen=True):
    """An answer is begun ("writing") or over; told wherever it is written, be that conversation shown or not."""

    conversation: str
    status: MessageStatus


class PhaseChanged(Struct, frozen=True):
    """What the running turn is doing."""

    phase: Phase


class PromptRead(Struct, frozen=True):
    """Prefill, in tokens."""

    reused: int
    done: int
    total: int


class UsageChanged(Struct, frozen=True):
    """What the shown conversation takes: told as it is written, and when it is opened or made shorter.

    `memory_bytes` is 0 where the engine said nothing of it.
    """

    usage: Usage
    memory_bytes: int


class SettingsChanged(Struct, frozen=True):
    """What holds in the shown conversation; told whenever one is shown, and when it was changed."""

    conversation: str
    settings: ConversationSettings


class ContextFilled(Struct, frozen=True):
    """The shown conversation has no room left, and the person chooses how to go on. Tokens; `limit` is what is full.

    `in_memory`: the memory is full, of a context that could be longer; going on is possible, and may be slow. Otherwise
    the model's context length is full. `used` is 0 when there is room again.
    """

    conversation: str
    used: int
    limit: int
    in_memory: bool


class SessionFailed(Struct, frozen=True):
    """Something to tell the person; nothing was lost."""

    kind: ErrorKind
    message: str
    hint: str = ""


class ModelStateChanged(Struct, frozen=True):
    """What the engine holds, and how far a load has come.

    `model` is the one that is being loaded or is loaded, None for "none". `phase` is "" until the first progress is
    known, and bytes are those of that phase, 0 where unknown. `loaded` is set while "ready". `resting`: the state is
    "none", `model` was unloaded because nobody used it ("idle") or the system was short of memory, or was not loaded
    yet because nobody asked for it, and the next message loads it.
    """

    state: Literal["none", "loading", "ready"]
    model: ModelRef | None = None
    phase: Literal["", "preparing", "reading"] = ""
    done_bytes: int = 0
    total_bytes: int = 0
    loaded: ModelLoaded | None = None
    resting: Literal["", "idle", "memory", "unasked"] = ""


Change = (
    ConversationsListed
    | ConversationShown
    | MessageAdded
    | PartAdded
    | TextExtended
    | ArgumentExtended
    | PartReplaced
    | CallProgressed
    | CallPreviewed
    | RoundsReached
    | ToolAllowed
    | QuestionWaits
    | MessageEnded
    | AnswerChanged
    | PhaseChanged
    | PromptRead
    | UsageChanged
    | SettingsChanged
    | ContextFilled
    | SessionFailed
    | ModelStateChanged
)
