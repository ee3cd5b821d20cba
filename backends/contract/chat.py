"""A chat as plain values: messages made of parts in the order they happened, and how to generate the next one."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from backends.contract.tools import AllowedTool

Role = Literal["system", "user", "assistant"]
CallState = Literal["writing", "ready", "unfinished"]


class TextPart(Struct, frozen=True, tag="text"):
    """What a person wrote, or a system prompt says."""

    text: str


class ReasoningPart(Struct, frozen=True, tag="reasoning"):
    """A stretch of the model's reasoning; `seconds` is how long it took to write, 0 while it is being written."""

    text: str
    seconds: float = 0.0


class AnswerPart(Struct, frozen=True, tag="answer"):
    """A stretch of the model's answer, Markdown."""

    text: str


class CallPart(Struct, frozen=True, tag="call"):
    """A tool call.

    `call_id` is unique within its message. `arguments` are the parameters completed so far. `raw` is the text
    exactly as the model wrote it. `name` is None where the output was cut before the name was complete. A call is
    run only when its `state` is "ready".
    """

    call_id: str
    name: str | None
    arguments: dict[str, Any] = {}
    raw: str = ""
    state: CallState = "writing"


class ResultPart(Struct, frozen=True, tag="result", omit_defaults=True):
    """What a tool answered to the call of the same `call_id`, or why it was not run.

    `ran_with` are the arguments that it ran with where a person changed them; None: as the model wrote them. `diff`
    says what it changed in a file, as a unified diff. `undo` names what takes that back, "" if nothing does; `undone`:
    it was taken back.
    """

    call_id: str
    text: str
    is_error: bool = False
    seconds: float = 0.0
    ran_with: dict[str, Any] | None = None
    diff: str = ""
    undo: str = ""
    undone: bool = False


Part = TextPart | ReasoningPart | AnswerPart | CallPart | ResultPart


class Message(Struct, frozen=True):
    """One message. An assistant's message holds its whole turn, tool calls and their results included."""

    role: Role
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The words a person reads in it: text and answer parts, joined by blank lines."""
        return "\n\n".join(part.text for part in self.parts if isinstance(part, (TextPart, AnswerPart)))


def user_message(text: str) -> Message:
    """A person's message."""
    return Message("user", (TextPart(text),))


def system_message(text: str) -> Message:
    """A system prompt."""
    return Message("system", (TextPart(text),))


class GenerationOptions(Struct, frozen=True, omit_defaults=True):
    """How to sample. None means: as the model's own generation_config says, else as the catalogue says."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    ignore_end: bool = False
    """Go on past the end of the message, for measurements only."""
    thinking: bool | None = None
    """Whether to reason, for a model whose `ThinkingSwitch` can turn that off. None: as its template has it."""
    reasoning_effort: str = ""
    """One of the switch's `efforts`; "" for the template's own."""


class ConversationSettings(Struct, frozen=True, omit_defaults=True):
    """What holds in one conversation. What is None or unset in `options` is as the preferences have it.

    `first_message` is the id of the first message that the model is still given, None for all: those before it stay
    in the conversation, and were dropped from the prompt to make room in the context length. `allowed_tools` run
    without asking in this conversation.
    """

    system_prompt: str | None = None
    options: GenerationOptions = GenerationOptions()
    first_message: int | None = None
    allowed_tools: tuple[AllowedTool, ...] = ()


class ThinkingSwitch(Struct, frozen=True, omit_defaults=True):
    """What a model's chat template lets a person choose about its reasoning.

    `variable` is what the template calls the switch that turns reasoning on and off; "" if it has none. `efforts` are
    the levels that it knows, least first, none if it has none; `default_effort` is the one it takes if none is named,
    "" if it does not say.
    """

    variable: str = ""
    on_by_default: bool = True
    efforts: tuple[str, ...] = ()
    default_effort: str = ""

    def template_arguments(self, options: GenerationOptions) -> dict[str, Any]:
        """What to pass to the template. What it does not know is left out, whatever `options` say."""
        arguments: dict[str, Any] = {}
        if self.variable:
            arguments[self.variable] = self.on_by_default if options.thinking is None else options.thinking
        if options.reasoning_effort in self.efforts:
            arguments["reasoning_effort"] = options.reasoning_effort
        return arguments


class Usage(Struct, frozen=True):
    """What a generation took. Tokens and seconds; `reused_tokens` of the prompt came from the KV cache."""

    prompt_tokens: int = 0
    reused_tokens: int = 0
    generated_tokens: int = 0
    prefill_seconds: float = 0.0
    decode_seconds: float = 0.0

    @property
    def tokens_per_second(self) -> float:
        """Speed of decoding; 0 before there is one."""
        return self.generated_tokens / self.decode_seconds if self.decode_seconds > 0 else 0.0

    @property
    def context_tokens(self) -> int:
        """Tokens of the context length that are in use."""
        return self.prompt_tokens + self.generated_tokens
