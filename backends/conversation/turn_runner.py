"""Carries out one turn: sends what the state machine asks for, and keeps the message that is being written stored."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from backends.contract.chat import Message, Usage
from backends.contract.commands import Generate, RunTool
from backends.contract.errors import MinimError
from backends.contract.events import (
    AnswerDelta,
    Envelope,
    Event,
    GenerationFinished,
    GenerationProgress,
    PrefillProgress,
    ReasoningDelta,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolCallUnfinished,
    WorkerExited,
)
from backends.contract.tools import ConsentAnswer, ToolInfo
from backends.conversation import turn as turns
from backends.conversation.changes import (
    CallProgressed,
    Change,
    MessageEnded,
    PartAdded,
    PartReplaced,
    Phase,
    PhaseChanged,
    PromptRead,
    SessionFailed,
    UsageChanged,
)
from backends.conversation.context import Room, ran_out, rough_tokens
from backends.conversation.draft import Draft
from backends.conversation.permissions import Policy
from backends.conversation.ports import EnginePort, Port
from backends.conversation.task import Task
from backends.storage.conversations import ConversationStore
from backends.storage.records import MessageRecord

STORE_SECONDS = 1.0
"""The partial answer is stored at least this often while events come."""


class TurnParts(Struct, frozen=True):
    """What a turn works with. `changed` is called for each change; `clock` gives seconds; `room`: for the context."""

    store: ConversationStore
    engine: EnginePort
    tools: Port
    changed: Callable[[Change], None]
    clock: Callable[[], float]
    room: Callable[[], Room]


class TurnRunner:
    """Runs the turn that writes `record`, the answer to `history`. It goes on whether or not it is being looked at."""

    def __init__(self, parts: TurnParts, record: MessageRecord, task: Task) -> None:
        self._store = parts.store
        self._engine = parts.engine
        self._tools = parts.tools
        self._changed = parts.changed
        self._clock = parts.clock
        self._record = record
        self._room = parts.room
        self._task = task
        self._usage = Usage()
        self._draft = Draft(record.id, parts.clock)
        self._turn = turns.Turn()
        self._inputs: deque[turns.Input] = deque()
        self._working = False
        self._generation: int | None = None
        self._call: int | None = None
        self._stored_at = parts.clock()
        self._store_failed = False
        self._stored = True
        self._asking: CallProgressed | None = None

    @property
    def conversation(self) -> str:
        """Id of the conversation that is being answered."""
        return self._record.conversation

    @property
    def record(self) -> MessageRecord:
        """The message as far as it is written."""
        return replace(self._record, message=Message("assistant", self._draft.parts))

    @property
    def phase(self) -> Phase:
        """What the turn is doing."""
        return self._turn.phase

    @property
    def waiting(self) -> bool:
        """Whether it has not begun yet."""
        return self._turn.state == "new"

    @property
    def ended(self) -> bool:
        """Whether the turn is over."""
        return self._turn.state == "ended"

    @property
    def stored(self) -> bool:
        """Whether the store holds the message as it was last to be kept."""
        return self._stored

    @property
    def usage(self) -> Usage:
        """What the engine counted last."""
        return self._usage

    @property
    def scale(self) -> float:
        """How many tokens were counted for a rough one of the prompt, which is the first round's; 0 where none were."""
        rough = rough_tokens(self._task.prompt(()), self._turn.tools) if self._turn.rounds == 1 else 0.0
        return self._usage.prompt_tokens / rough if rough > 0 else 0.0

    @property
    def borrows(self) -> bool:
        """Whether it is given another conversation's messages, to sum them up."""
        return bool(self._task.borrowed)

    @property
    def asking(self) -> CallProgressed | None:
        """The question that waits for an answer, if there is one."""
        return self._asking

    @property
    def tools(self) -> tuple[ToolInfo, ...]:
        """The tools that the model may call."""
        return self._turn.tools

    def begin(self, tools: tuple[ToolInfo, ...], policy: Policy) -> None:
        """Start, with the tools that the model may call."""
        self._turn = replace(self._turn, tools=tools, policy=policy)
        self._take(turns.Begin())

    def stop(self) -> None:
        """Stop. Called twice, the turn ends without waiting for the engine."""
        self._take(turns.Stop())

    def answer_consent(self, call_id: str, answer: ConsentAnswer) -> None:
        """Allow or refuse the call that is asked about; another `call_id` is ignored."""
        self._take(turns.ConsentAnswered(call_id, answer))

    def handle_engine(self, envelope: Envelope[Event]) -> None:
        """Take an event of the engine worker; those of other requests are ignored."""
        event = envelope.body
        if self._generation is None or not _concerns(envelope, self._generation):
            return
        match event:
            case PrefillProgress(reused, done, total):
                self._changed(PromptRead(reused, done, total))
            case GenerationProgress(usage, memory_bytes) | GenerationFinished(_, usage, memory_bytes):
                self._usage = usage
                self._changed(UsageChanged(usage, memory_bytes))
            case _:
                pass
        self._take(turns.FromEngine(event))

    def handle_tools(self, envelope: Envelope[Event]) -> None:
        """Take an event of the tools worker; those of other requests are ignored."""
        if self._call is not None and _concerns(envelope, self._call):
            self._take(turns.FromTools(envelope.body))

    def store_rest(self) -> None:
        """Store the ended message if it could not be stored before. What was wrong then has been told."""
        if self.ended and not self._stored:
            self._keep(self._record)

    def prompt(self) -> tuple[Message, ...]:
        """What the next prompt begins with: the history, and what this turn has written so far."""
        return self._task.lasting(self._draft.parts)

    def _take(self, given: turns.Input) -> None:
        # A view may answer a question while it is being told of it: that waits until the step before is carried out.
        self._inputs.append(given)
        if self._working:
            return
        self._working = True
        try:
            while self._inputs:
                self._step(self._inputs.popleft())
        finally:
            self._working = False

    def _step(self, given: turns.Input) -> None:
        if self.ended:
            return
        if isinstance(given, turns.FromEngine):
            given = self._written(given.event)
        self._turn, effects = turns.step(self._turn, given)
        for effect in effects:
            self._carry_out(effect)
        if not self.ended and self._clock() - self._stored_at >= STORE_SECONDS:
            self._keep(self._record)

    def _written(self, event: Event) -> turns.FromEngine:
        """Put what the engine wrote into the message."""
        match event:
            case ReasoningDelta() | AnswerDelta() | ToolCallStarted() | ToolArgumentDelta():
                self._tell(self._draft.write(event))
                return turns.FromEngine(event)
            case ToolCallReady() | ToolCallUnfinished():
                call, changes = self._draft.end_call(event)
                self._tell(changes)
                return turns.FromEngine(event, call)
            case _:
                return turns.FromEngine(event)

    def _carry_out(self, effect: turns.Effect) -> None:
        match effect:
            case turns.Enter(phase):
                self._changed(PhaseChanged(phase))
            case turns.GenerateNext():
                self._draft.begin_output()
                prompt = self._task.prompt(self._draft.parts)
                command = Generate(prompt, self._turn.tools, self._task.options, self._task.caches_of)
                self._generation = self._engine.send(command)
            case turns.CancelGeneration() if self._generation is not None:
                self._engine.cancel(self._generation)
            case turns.RunCall(call, tool, consent):
                stamped = replace(consent, ticket=uuid.uuid4().hex)
                command = RunTool(tool.name, call.arguments, stamped, tool.server)
                self._call = self._tools.send(command)
            case turns.CancelCall() if self._call is not None:
                self._tools.cancel(self._call)
            case turns.TellProgress(call_id, progress, tool):
                told = CallProgressed(self._record.id, call_id, progress, tool)
                self._asking = told if progress == "asking" else None
                self._changed(told)
            case turns.AddResult(result):
                self._call = None
                self._tell(self._draft.add_result(result))
            case turns.Finish():
                self._finish(effect)
            case _:
                pass

    def _finish(self, finish: turns.Finish) -> None:
        self._tell(self._draft.end())
        ended = replace(self._record, status=finish.status, failure=finish.failure)
        self._record = replace(ended, kind="context_full") if self._is_full(finish) else ended
        self._keep(self._record)
        self._changed(MessageEnded(self._record.id, finish.status, finish.failure))
        if finish.kind is not None and finish.status == "failed":
            self._changed(SessionFailed(finish.kind, finish.failure, finish.hint))

    def _is_full(self, finish: turns.Finish) -> bool:
        """Whether it ended for lack of context, which the next turn will not have either."""
        if finish.status != "length":
            return finish.kind == "context_full"
        if self._task.borrowed:
            return False  # what filled it is in no later prompt
        return finish.kind == "context_full" or ran_out(self._usage, self._task.options, self._room())

    def _tell(self, changes: list[Change]) -> None:
        for change in changes:
            self._changed(change)
        if any(isinstance(change, (PartAdded, PartReplaced)) for change in changes):
            self._keep(self._record)

    def _keep(self, record: MessageRecord) -> None:
        """Store the message as it is. What cannot be stored is told once; the turn goes on."""
        self._stored_at = self._clock()
        try:
            self._store.update_message(record.id, self._draft.parts, record.status, record.failure, record.kind)
            self._stored = True
        except MinimError as error:
            self._stored = False
            if not self._store_failed:
                self._store_failed = True
                self._changed(SessionFailed(error.kind, error.message, error.hint))


def _concerns(envelope: Envelope[Event], request_id: int) -> bool:
    return envelope.request_id == request_id or isinstance(envelope.body, WorkerExited)
