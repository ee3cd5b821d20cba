"""Dialects: a model's text → reasoning, answer and tool calls, as it streams."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from backends.contract.errors import MinimError
from backends.dialects.base import Reader, WholeOutput, collect
from backends.dialects.harmony import HarmonyReader
from backends.dialects.minimax_m2 import MiniMaxM2Reader
from backends.dialects.plain import PlainReader, ThinkReader
from backends.dialects.qwen3 import Qwen3Reader

__all__ = ["NAMES", "Reader", "WholeOutput", "choose", "open_reader", "read_whole"]

NAMES = ("minimax-m2", "qwen3", "harmony", "think", "plain")


def open_reader(name: str, tools: Sequence[dict[str, Any]] = (), starts_in_reasoning: bool = False) -> Reader:
    """A reader for one output in the dialect `name`.

    `tools` are OpenAI-style schemas, wrapped in {"type": "function", "function": {…}} or bare; the arguments' types
    come from them. `starts_in_reasoning`: the prompt ended inside the reasoning. An unknown name raises MinimError.
    """
    match name:
        case "minimax-m2":
            return MiniMaxM2Reader(list(tools), starts_in_reasoning)
        case "qwen3":
            return Qwen3Reader(list(tools), starts_in_reasoning)
        case "harmony":
            return HarmonyReader(starts_in_reasoning)
        case "think":
            return ThinkReader(starts_in_reasoning)
        case "plain":
            return PlainReader()
        case _:
            hint = f"Known dialects: {', '.join(NAMES)}."
            raise MinimError("bad_request", f"There is no reader for the dialect {name!r}.", hint)


def read_whole(
    text: str, dialect: str, tools: Sequence[dict[str, Any]] = (), starts_in_reasoning: bool = False
) -> WholeOutput:
    """Read a whole output in one go."""
    reader = open_reader(dialect, tools, starts_in_reasoning)
    return collect([*reader.feed(text), *reader.finish()])


def choose(chat_template: str, vocabulary: Container[str]) -> str:
    """The dialect of a model, from its chat template and its tokens: by the markers in them, never by a name."""
    if "<minimax:tool_call>" in chat_template:
        return "minimax-m2"
    if "<|channel|>" in chat_template and "<|message|>" in chat_template:
        return "harmony"
    if "<tool_call>" in chat_template and "<arg_key>" not in chat_template:
        return "qwen3"
    if "<think>" in chat_template or "<think>" in vocabulary:
        return "think"
    return "plain"
