"""Carries out one turn: sends what the state machine asks for, and tells it what comes of that."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from backends.contract.chat import Message, ResultPart, Usage
from backends.contract.commands import Generate, RunTool
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
    ToolFinished,
    WorkerExited,
)
from backends.contract.tools import ConsentAnswer, ToolInfo
from backends.conversation import turn_words as turns
from backends.conversation.changes import (
    CallProgressed,
    Change,
    Phase,
    PhaseChanged,
    PromptRead,
    SessionFailed,
    ToolAllowed,
    UsageChanged,
)
from backends.conversation.context import Room, ran_out, rough_tokens
from backends.conversation.kept_message import KeptMessage
from backends.conversation.permissions import Policy
from backends.conversation.ports import EnginePort, Port
from backends.conversation.questions import Questions
from backends.conversation.task import Task
from backends.conversation.turn import Turn, step
from backends.storage.conversations import ConversationStore
from backends.storage.records import MessageRecord


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
        self._engine = parts.engine
        self._tools = parts.tools
        self._changed = parts.changed
        self._message_id = record.id
        self._conversation = record.conversation
        self._room = parts.room
        self._task = task
        self._usage = Usage()
        self._message = KeptMessage(parts.store, record, parts.clock, parts.changed)
        self._questions = Questions(record, parts.tools, parts.changed)
        self._turn = Turn()
        self._inputs: deque[turns.Input] = deque()
        self._working = False
        self._generation: int | None = None
        self._call: int | None = None

    @property
    def conversation(self) -> str:
        """Id of the conversation that is being answered."""
        return self._conversation

    @property
    def record(self) -> MessageRecord:
        """The message as far as it is written."""
        return self._message.record

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
        return self._message.stored

    def knows_better(self, message_id: int) -> bool:
        """Whether it holds more of this message than is stored: it writes it, or a full disk has not taken it."""
        return message_id == self._message_id and not (self.ended and self.stored)

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
    def tools(self) -> tuple[ToolInfo, ...]:
        """The tools that the model may call."""
        return self._turn.tools

    def begin(self, tools: tuple[ToolInfo, ...], policy: Policy, round_limit: int) -> None:
        """Start, with the tools that the model may call, and how often it may write before a person is asked."""
        self._turn = replace(self._turn, tools=tools, policy=policy, round_limit=round_limit)
        self._take(turns.Begin())

    def change_policy(self, policy: Policy) -> None:
        """What runs unasked has changed; it counts from the next call on."""
        if not self.waiting:
            self._take(turns.PolicyChanged(policy))

    def stop(self) -> None:
        """Stop. Called twice, the turn ends without waiting for the engine."""
        self._take(turns.Stop())

    def answer_consent(self, call_id: str, answer: ConsentAnswer) -> None:
        """Allow or refuse the call that is asked about; another `call_id` is ignored."""
        self._take(turns.ConsentAnswered(call_id, answer))

    def answer_rounds(self, go_on: bool) -> None:
        """Let the model go on after as many rounds as it may write, or end the turn."""
        self._take(turns.RoundsAnswered(go_on))

    def preview(self, call_id: str, arguments: dict[str, Any]) -> None:
        """Have told what the call that asks would change with these arguments."""
        self._questions.preview(call_id, arguments)

    def tell_question(self) -> None:
        """Tell again what waits for an answer, if anything does."""
        self._questions.tell_again()

    def replace_result(self, result: ResultPart) -> None:
        """Put a result in the place of the one to the same call."""
        self._message.replace_result(result)

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
        self._questions.handle_tools(envelope)
        if self._call is None or not _concerns(envelope, self._call):
            return
        if self.ended and isinstance(envelope.body, ToolFinished):
            self._message.finish_stopped(envelope.body)
        else:
            self._take(turns.FromTools(envelope.body))

    def store_rest(self) -> None:
        """Store the ended message if it could not be stored before. What was wrong then has been told."""
        if self.ended and not self.stored:
            self._message.keep()

    def prompt(self) -> tuple[Message, ...]:
        """What the next prompt begins with: the history, and what this turn has written so far."""
        return self._task.lasting(self._message.draft.parts)

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
        self._turn, effects = step(self._turn, given)
        for effect in effects:
            self._carry_out(effect)
        if not self.ended:
            self._message.keep_if_due()

    def _written(self, event: Event) -> turns.FromEngine:
        """Put what the engine wrote into the message."""
        match event:
            case ReasoningDelta() | AnswerDelta() | ToolCallStarted() | ToolArgumentDelta():
                self._message.tell(self._message.draft.write(event))
                return turns.FromEngine(event)
            case ToolCallReady() | ToolCallUnfinished():
                call, changes = self._message.draft.end_call(event)
                self._message.tell(changes)
                return turns.FromEngine(event, call)
            case _:
                return turns.FromEngine(event)

    def _carry_out(self, effect: turns.Effect) -> None:
        match effect:
            case turns.Enter(phase):
                self._changed(PhaseChanged(phase))
            case turns.TellProgress(call_id, progress, tool):
                self._questions.progressed(CallProgressed(self._message_id, call_id, progress, tool))
            case turns.PreviewCall(call):
                self._questions.preview(call.call_id, call.arguments, own=True)
            case turns.AllowTool(tool, scope):
                self._changed(ToolAllowed(tool, scope))
            case turns.AskRounds(rounds):
                self._questions.rounds_reached(rounds)
            case turns.AddResult(result):
                self._message.tell(self._message.draft.add_result(result))
            case turns.Finish():
                self._finish(effect)
            case _:
                self._send(effect)

    def _send(self, effect: turns.GenerateNext | turns.CancelGeneration | turns.RunCall | turns.CancelCall) -> None:
        match effect:
            case turns.GenerateNext():
                self._message.draft.begin_output()
                prompt = self._task.prompt(self._message.draft.parts)
                command = Generate(prompt, self._turn.tools, self._task.options, self._task.caches_of)
                self._generation = self._engine.send(command)
            case turns.CancelGeneration() if self._generation is not None:
                self._engine.cancel(self._generation)
            case turns.RunCall(_, tool, arguments, consent):
                stamped = replace(consent, ticket=uuid.uuid4().hex)
                self._call = self._tools.send(RunTool(tool.name, arguments, stamped, tool.server))
            case turns.CancelCall() if self._call is not None:
                self._tools.cancel(self._call)
            case _:
                pass

    def _finish(self, finish: turns.Finish) -> None:
        self._message.end(finish.status, finish.failure, "context_full" if self._is_full(finish) else None)
        if finish.kind is not None and finish.status == "failed":
            self._changed(SessionFailed(finish.kind, finish.failure, finish.hint))

    def _is_full(self, finish: turns.Finish) -> bool:
        """Whether it ended for lack of context, which the next turn will not have either."""
        if finish.status != "length":
            return finish.kind == "context_full"
        if self._task.borrowed:
            return False  # what filled it is in no later prompt
        return finish.kind == "context_full" or ran_out(self._usage, self._task.options, self._room())


def _concerns(envelope: Envelope[Event], request_id: int) -> bool:
    return envelope.request_id == request_id or isinstance(envelope.body, WorkerExited)
