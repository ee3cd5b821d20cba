"""The contract's messages as chat templates expect them: a turn with tool calls becomes several messages."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from backends.contract.chat import AnswerPart, CallPart, Message, Part, ReasoningPart, ResultPart, TextPart

NOT_RUN = "Error: The call was not run."
"""The result of a call that has none: templates match results to calls by position, so none may be left out."""

UNKNOWN_NAME = "unknown"
"""Stands for the name of a call that was cut off before it had one: the model is told that it was not run."""


@dataclass(frozen=True)
class MessageStyle:
    """What a template wants otherwise than most do."""

    reasoning_key: str = "reasoning_content"
    """What it calls an assistant's reasoning; gpt-oss says "thinking"."""
    one_call: bool = False
    """It takes one call a message: each then stands in one of its own, its result behind it."""
    one_text: bool = False
    """Beside calls it takes reasoning or content, not both."""
    json_arguments: bool = False
    """It prints `arguments` as they are, so they must be JSON text; most want a dict."""
    nine_character_ids: bool = False
    """Mistral's: call ids of nine letters and digits."""
    alternating: bool = False
    """It refuses two messages of a person in a row."""
    tools: bool = True
    """It knows calls and results; where not, a turn is one message with what was said in it."""
    system: bool = True
    """It takes a system message; where not, that is put before the person's first words."""


def message_style(chat_template: str) -> MessageStyle:
    """The style that a chat template shows in its text."""

    def says(pattern: str) -> bool:
        return re.search(pattern, chat_template, re.IGNORECASE) is not None

    return MessageStyle(
        reasoning_key="thinking" if says(r"message\.thinking|message\[['\"]thinking") else "reasoning_content",
        one_call=says(r"tool_calls\[0\]|tool_calls\s*\|\s*length\s*!=\s*1|single tool-call"),
        one_text=says(r"both content and thinking"),
        json_arguments=says(r"\+\s*[\w.\[\]'\"]*arguments['\"]?\]?\s*(\+|-?[%}]\})"),
        nine_character_ids=says(r"length\s*!=\s*9"),
        alternating=says(r"must alternate"),
        tools=says("tool"),
        system=not says(r"system role (is )?not supported|only user and assistant roles are supported!"),
    )


def template_messages(messages: Sequence[Message], style: MessageStyle = MessageStyle()) -> list[dict[str, Any]]:
    """What `apply_chat_template` takes: dicts with role and content; system text first, as one message.

    An assistant's message is split after each round of tool results. Its template messages always have their
    reasoning as a string and `content` as a string: a template that finds something else there loses
    text or prints the word None (MiniMax-M2's does both). `arguments` are dicts unless `style` says otherwise.
    """
    system = "\n\n".join(message.text for message in messages if message.role == "system" and message.text)
    converted: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "user":
            converted.append({"role": "user", "content": message.text})
        elif message.role == "assistant":
            for output in _outputs(message.parts if style.tools else _words(message.parts)):
                converted.extend(output.as_messages(style))
    if style.alternating:
        converted = _alternating(converted)
    if style.nine_character_ids:
        _number_calls(converted)
    return _with_system(system, converted, style)


def _with_system(system: str, messages: list[dict[str, Any]], style: MessageStyle) -> list[dict[str, Any]]:
    if not system:
        return messages
    first = messages[0] if messages else {}
    if style.system or first.get("role") != "user":
        return [{"role": "system", "content": system}, *messages]
    return [{**first, "content": f"{system}\n\n{first['content']}"}, *messages[1:]]


def _alternating(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with what a person said twice in a row made one."""
    merged: list[dict[str, Any]] = []
    for message in messages:
        if merged and message["role"] == merged[-1]["role"] == "user":
            merged[-1] = {"role": "user", "content": f"{merged[-1]['content']}\n\n{message['content']}"}
        else:
            merged.append(message)
    return merged


def _number_calls(messages: list[dict[str, Any]]) -> None:
    """Give calls and their results ids of nine characters, each its own within the conversation."""
    ids: dict[str, str] = {}
    count = 0
    for message in messages:
        for call in message.get("tool_calls", ()):
            ids[call["id"]] = f"call{count:05d}"
            call["id"] = ids[call["id"]]
            count += 1
        if message["role"] == "tool":
            message["tool_call_id"] = ids[message["tool_call_id"]]


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

    def as_messages(self, style: MessageStyle) -> list[dict[str, Any]]:
        # A call that was cut off was never run, so the model is not shown it – unless it was answered nevertheless.
        calls = [call for call in self.calls if call.state == "ready" or call.call_id in self.results]
        named = [(call, UNKNOWN_NAME if call.name is None else call.name) for call in calls]
        groups = [[one] for one in named] if style.one_call else [named]
        said = _joined(self.content), _joined(self.reasoning)
        if not named:
            return [_spoken(*said, [], style)] if any(said) else []
        converted: list[dict[str, Any]] = []
        for group in groups:
            converted.append(_spoken(*said, [_template_call(call, name, style) for call, name in group], style))
            converted.extend(self._template_result(call, name) for call, name in group)
            said = "", ""
        return converted

    def _template_result(self, call: CallPart, name: str) -> dict[str, Any]:
        result = self.results.get(call.call_id)
        text = NOT_RUN if result is None else _result_text(result)
        return {"role": "tool", "content": text, "name": name, "tool_call_id": call.call_id}


def _result_text(result: ResultPart) -> str:
    """What the model is told of a result: also what a person changed before the call ran, and took back after it."""
    text = result.text
    if result.ran_with is not None:
        arguments = json.dumps(result.ran_with, ensure_ascii=False)
        text = f"The person changed the arguments of this call before it ran, to {arguments}. Its result:\n{text}"
    return f"{text}\n\nThe person has undone this since: the file is as it was before." if result.undone else text


def _outputs(parts: Sequence[Part]) -> list[_Output]:
    """Cut a turn where the model was asked again: at the first part after results that is not a result."""
    outputs = [_Output()]
    for part in parts:
        if outputs[-1].results and not isinstance(part, ResultPart):
            outputs.append(_Output())
        outputs[-1].add(part)
    return outputs


def _words(parts: Sequence[Part]) -> list[Part]:
    """The parts without calls and results."""
    return [part for part in parts if not isinstance(part, (CallPart, ResultPart))]


def _spoken(content: str, reasoning: str, calls: list[dict[str, Any]], style: MessageStyle) -> dict[str, Any]:
    """An assistant's message."""
    if calls and style.one_text and content and reasoning:
        content, reasoning = "", f"{reasoning}\n\n{content}"
    spoken: dict[str, Any] = {"role": "assistant", "content": content, style.reasoning_key: reasoning}
    return {**spoken, "tool_calls": calls} if calls else spoken


def _template_call(call: CallPart, name: str, style: MessageStyle) -> dict[str, Any]:
    arguments = json.dumps(call.arguments, ensure_ascii=False) if style.json_arguments else call.arguments
    return {"type": "function", "id": call.call_id, "function": {"name": name, "arguments": arguments}}


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else "\n\n".join(text for text in texts if text.strip())
