"""`minim chat`: one answer, or a conversation line by line, with the same session that the window drives."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from backends.contract.chat import GenerationOptions
from backends.contract.errors import MinimError
from backends.contract.events import Envelope, Event
from backends.contract.models import ModelRef
from backends.contract.tools import AllowedTool
from backends.conversation.changes import Change, ContextFilled, MessageEnded, ModelStateChanged, ToolAllowed
from backends.conversation.model_choice import keep_limits
from backends.conversation.model_session import ModelSession
from backends.conversation.permissions import Policy
from backends.conversation.session import ConversationSession
from backends.storage.conversations import ConversationStore
from backends.terminal.chat_options import check_thinking
from backends.terminal.chat_tools import ToolChoice, ToolWatch
from backends.terminal.models import choose_model
from backends.terminal.output import PlainOutput, full_words, print_event, say, say_failure
from backends.terminal.person import Person
from backends.terminal.preferences import keep_allowed, policy_of, read_preferences
from backends.terminal.questions import Questions
from backends.terminal.workers import Workers

FINE, FAILED, USAGE, NOBODY_THERE, INTERRUPTED = 0, 1, 2, 3, 130
"""NOBODY_THERE: there is an answer, but something had to be asked on the way, and nobody could be."""


class ChatRequest(Struct, frozen=True):
    """What `minim chat` was asked to do. Without a `prompt`, lines are read until the end of the input."""

    model: str
    quantization: str = ""
    prompt: str = ""
    system: str = ""
    as_json: bool = False
    tools: ToolChoice = ToolChoice()
    options: GenerationOptions = GenerationOptions()


class Chat:
    """A conversation in the terminal. It is not stored."""

    def __init__(self, workers: Workers, request: ChatRequest) -> None:
        self._workers = workers
        self._request = request
        self._store = ConversationStore(":memory:")
        self._output = PlainOutput(quiet_answer=request.as_json)
        self._engine = workers.open("engine", self._on_engine)
        self._tools = workers.open("tools", self._on_tools)
        self._model = ModelSession(self._engine, self._on_change, may_unload=lambda: not self._session.busy)
        self._session = ConversationSession(
            self._store, self._engine, self._tools, self._on_change, wake=self._model.wake
        )
        preferences = self._preferences = read_preferences()
        # What is not stored leaves nothing on the disk, and nothing of what the window keeps there is looked at.
        self._model.configure(replace(keep_limits(preferences), cache_disk_bytes=None))
        self._session.configure(
            request.system,
            request.options,
            request.tools.wanted(preferences),
            policy=self._policy(),
            tool_settings=request.tools.settings(preferences),
            round_limit=request.tools.rounds or preferences.round_limit,
            read_ahead=preferences.read_ahead and not request.prompt,
        )
        self._interrupted = self._offers_tools = False
        self._ended: MessageEnded | None = None
        self._filled: ContextFilled | None = None
        self._person = Person(workers)
        self._tool_watch = ToolWatch()
        self._questions = Questions(
            workers,
            self._person,
            self._session,
            self._output,
            self._stop_answer,
            may_allow_always=preferences.may_allow_always,
        )

    def run(self) -> int:
        """Load the model and talk; → exit code. Raises MinimError, and KeyboardInterrupt on a second Ctrl+C."""
        tools = self._request.tools
        try:
            ref = choose_model(self._workers, self._request.model, self._request.quantization)
            self._session.start()
            if tools.allow:
                self._tool_watch.check(self._workers, self._tools, tools.allow, tools.settings(self._preferences))
            if not self._load(ref):
                return INTERRUPTED if self._interrupted else FAILED
            return self._answer_once(self._request.prompt) if self._request.prompt else self._talk()
        finally:
            self._session.close()
            self._store.close()

    def _load(self, ref: ModelRef) -> bool:
        self._model.load(ref)
        self._workers.wait(lambda: self._model.state.state != "loading", self._stop_loading)
        loaded = self._model.state.loaded
        if loaded is None:
            return False
        check_thinking(self._request.options, loaded.thinking)
        self._offers_tools = loaded.supports_tools and self._request.tools.wanted(self._preferences)
        self._session.configure(
            tools_enabled=self._offers_tools,
            model_name=f"{ref.name} {ref.quantization}",
            context_length=loaded.context_length,
            memory_context=loaded.memory_context,
        )
        return True

    def _answer_once(self, prompt: str) -> int:
        """The one turn there is: a server that starts slowly is waited for, since no later one could have its tools."""
        settings = self._request.tools.settings(self._preferences)
        if self._offers_tools and settings.approved_servers:
            self._tool_watch.wait_started(self._workers, self._tools, settings)
            self._tool_watch.tell_missing()
        return self._answer(prompt)

    def _answer(self, prompt: str) -> int:
        """One turn."""
        return self._turn(lambda: self._session.send(prompt))

    def _turn(self, begin: Callable[[], bool]) -> int:
        self._interrupted = False
        self._ended = self._filled = None
        if not begin():
            return FAILED
        self._workers.wait(self._turn_is_over, self._stop_answer)
        if self._interrupted:
            return INTERRUPTED
        if self._filled is not None:
            say(full_words(self._filled))
        if self._ended is None or self._ended.status == "failed":
            return FAILED
        return NOBODY_THERE if self._questions.nobody_there else FINE

    def _talk(self) -> int:
        say("Ctrl+C stops an answer, Ctrl+D ends.")
        while True:
            line = self._person.read("> ")
            if line is None:
                return INTERRUPTED
            if not line:
                return FINE
            if line.strip():
                self._answer(line.strip())
            while self._filled is not None:
                self._make_room(self._filled)
            if self._model.state.state == "none" and not self._model.state.resting:
                return FAILED

    def _make_room(self, filled: ContextFilled) -> None:
        """Ask what is to be done about a context that is full."""
        self._filled = None
        otherwise = "go on as it is" if filled.in_memory else "leave it"
        say(f"d: drop the oldest turns · s: go on with a summary in a new conversation · Enter: {otherwise}")
        match (self._person.read("? ") or "").strip().lower():
            case "d":
                self._turn(self._session.drop_oldest)
            case "s":
                self._turn(self._session.continue_in_new)
            case _:
                pass

    def _turn_is_over(self) -> bool:
        self._questions.ask_all()
        return not self._session.busy

    def _stop_loading(self) -> None:
        self._stop_once()
        self._model.cancel_load()

    def _stop_answer(self) -> None:
        self._stop_once()
        self._session.stop()

    def _stop_once(self) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = True

    def _on_engine(self, envelope: Envelope[Event]) -> None:
        self._print(envelope)
        self._session.handle_engine(envelope)
        self._model.handle_engine(envelope)

    def _on_tools(self, envelope: Envelope[Event]) -> None:
        self._print(envelope)
        self._session.handle_tools(self._tool_watch.take(envelope))

    def _print(self, envelope: Envelope[Event]) -> None:
        if self._request.as_json:
            print_event(envelope.body)

    def _on_change(self, change: Change) -> None:
        self._output.show(change)
        self._questions.take(change)
        if isinstance(change, MessageEnded):
            self._ended = change
        elif isinstance(change, ContextFilled):
            self._filled = change if change.used else None
        elif isinstance(change, ToolAllowed) and change.scope == "always":
            self._keep_allowed(change.tool)
        elif change == ModelStateChanged("loading", self._model.state.model) and self._session.busy:
            say("The model was unloaded meanwhile: it is loaded again.")

    def _keep_allowed(self, tool: AllowedTool) -> None:
        """From the next turn on it runs unasked; this turn's session knows by itself."""
        self._preferences = replace(self._preferences, allowed_tools=(*self._preferences.allowed_tools, tool))
        self._session.configure(policy=self._policy())
        try:
            keep_allowed(tool)
        except MinimError as error:
            say_failure(error.message, f"It is allowed in this conversation only. {error.hint}".rstrip())

    def _policy(self) -> Policy:
        tools = self._request.tools
        return policy_of(self._preferences, tools.allow, allow_all=tools.allow_all)
