"""The values that a training dialogue is made of: calls, steps, turns, and their form as chat messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Tool = dict[str, Any]
Message = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One tool call: the tool's name and its arguments, in the order in which they are written."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One output of the assistant, with the results of its calls (as many as there are calls)."""

    reasoning: str
    content: str
    calls: tuple[Call, ...] = ()
    results: tuple[str, ...] = ()

    def messages(self) -> list[Message]:
        """Return the assistant's message and one tool message a result."""
        said: Message = {"role": "assistant", "content": self.content, "reasoning_content": self.reasoning}
        if self.calls:
            said["tool_calls"] = [
                {"type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in self.calls
            ]
        return [said, *({"role": "tool", "content": result} for result in self.results)]


@dataclass(frozen=True)
class Turn:
    """What a person says, and every step until the assistant has answered."""

    user: str
    steps: tuple[Step, ...]
    topic: str = ""
    result: str = ""

    def messages(self) -> list[Message]:
        """Return the turn as chat messages, the reasoning included."""
        return [{"role": "user", "content": self.user}, *(m for step in self.steps for m in step.messages())]


@dataclass(frozen=True)
class Dialogue:
    """A whole conversation under one system text and one block of tools."""

    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    system: str | None = None
    language: str = "en"
    extra: dict[str, Any] = field(default_factory=dict)

    def messages(self) -> list[Message]:
        """Return the conversation as chat messages."""
        first: list[Message] = [{"role": "system", "content": self.system}] if self.system else []
        return first + [message for turn in self.turns for message in turn.messages()]


def answer(user: str, reasoning: str, content: str, topic: str) -> Turn:
    """A turn that is answered at once."""
    return Turn(user, (Step(reasoning, content),), topic)
