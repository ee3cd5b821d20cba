"""The contract's messages as chat templates expect them: a turn with tool calls becomes several messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from backends.contract.chat import AnswerPart, CallPart, Message, Part, ReasoningPart, ResultPart, TextPart

NOT_RUN = "Error: The call was not run."
"""The result of a call that has none: templates match results to calls by position, so none may be left out."""


def template_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """What `apply_chat_template` takes: dicts with role and content; system text first, as one message.

    An assistant's message is split after each round of tool results. Its template messages always have
    `reasoning_content` as a string and `content` as a string: a template that finds something else there loses
    text or prints the word None (MiniMax-M2's does both). `arguments` are dicts.
    """
    system = "\n\n".join(message.text for message in messages if message.role == "system" and message.text)
    converted: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for message in messages:
        if message.role == "user":
            converted.append({"role": "user", "content": message.text})
        elif message.role == "assistant":
            for output in _outputs(message.parts):
                converted.extend(output.as_messages())
    return converted


@dataclass
class _Output:
    """One output of the model, from the prompt to its end, and the results of its calls."""

    reasoning: list[str] = field(default_factory=list[str])
    content: list[str] = field(default_factory=list[str])
    calls: list[CallPart] = field(default_factory=list[CallPart])
    results: dict[str, ResultPart] = field(default_factory=dict[str, ResultPart])

    def add(self, part: Part) -> None:
        match part:
            case ReasoningPart():
                self.reasoning.append(part.text)
            case TextPart() | AnswerPart():
                self.content.append(part.text)
            case CallPart():
                self.calls.append(part)
            case ResultPart():
                self.results.setdefault(part.call_id, part)

    def as_messages(self) -> list[dict[str, Any]]:
        # A call that was cut off was never run, so the model is not shown it – unless it was answered nevertheless.
        calls = [call for call in self.calls if call.state == "ready" or call.call_id in self.results]
        named = [(call, call.name) for call in calls if call.name is not None]
        spoken: dict[str, Any] = {
            "role": "assistant",
            "content": _joined(self.content),
            "reasoning_content": _joined(self.reasoning),
        }
        if named:
            spoken["tool_calls"] = [_template_call(call, name) for call, name in named]
        elif not spoken["content"] and not spoken["reasoning_content"]:
            return []
        return [spoken, *(self._template_result(call, name) for call, name in named)]

    def _template_result(self, call: CallPart, name: str) -> dict[str, Any]:
        result = self.results.get(call.call_id)
        text = NOT_RUN if result is None else result.text
        return {"role": "tool", "content": text, "name": name, "tool_call_id": call.call_id}


def _outputs(parts: Sequence[Part]) -> list[_Output]:
    """Cut a turn where the model was asked again: at the first part after results that is not a result."""
    outputs = [_Output()]
    for part in parts:
        if outputs[-1].results and not isinstance(part, ResultPart):
            outputs.append(_Output())
        outputs[-1].add(part)
    return outputs


def _template_call(call: CallPart, name: str) -> dict[str, Any]:
    function = {"name": name, "arguments": call.arguments}
    return {"type": "function", "id": call.call_id, "function": function}


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else "\n\n".join(text for text in texts if text.strip())
