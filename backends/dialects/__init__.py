"""Dialects: a model's text → reasoning, answer and tool calls, as it streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backends.contract.errors import MinimError
from backends.dialects import gemma4
from backends.dialects.base import Reader, WholeOutput, collect
from backends.dialects.detection import (
    choose,
    end_markers,
    ends_in_reasoning,
    kept_markers,
    reads_calls,
    thinking_switch,
)
from backends.dialects.harmony import HarmonyReader
from backends.dialects.minimax_m2 import MiniMaxM2Reader
from backends.dialects.mistral import MistralReader
from backends.dialects.plain import PlainReader, ThinkReader
from backends.dialects.qwen3 import Qwen3Reader
from backends.dialects.response_parser import ResponseParserReader

__all__ = [
    "NAMES",
    "Reader",
    "WholeOutput",
    "choose",
    "end_markers",
    "ends_in_reasoning",
    "kept_markers",
    "open_reader",
    "read_whole",
    "reads_calls",
    "thinking_switch",
]

NAMES = ("minimax-m2", "qwen3", "harmony", "mistral", "gemma4", "response-template", "think", "plain")


def open_reader(
    name: str,
    tools: Sequence[dict[str, Any]] = (),
    starts_in_reasoning: bool = False,
    response_template: Mapping[str, Any] | None = None,
) -> Reader:
    """A reader for one output in the dialect `name`.

    `tools` are OpenAI-style schemas, wrapped in {"type": "function", "function": {…}} or bare; the arguments' types
    come from them. `starts_in_reasoning`: the prompt ended inside the reasoning. `response_template`: for the dialect
    of that name, the one in the tokenizer's config; one that Transformers refuses is passed over. An unknown name
    raises MinimError.
    """
    match name:
        case "minimax-m2":
            return MiniMaxM2Reader(list(tools), starts_in_reasoning)
        case "qwen3":
            return Qwen3Reader(list(tools), starts_in_reasoning)
        case "harmony":
            return HarmonyReader(starts_in_reasoning)
        case "mistral":
            return MistralReader(starts_in_reasoning)
        case "gemma4":
            return ResponseParserReader(gemma4.RESPONSE_TEMPLATE, list(tools), starts_in_reasoning)
        case "response-template":
            return _by_template(response_template or {}, tools, starts_in_reasoning)
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


def _by_template(template: Mapping[str, Any], tools: Sequence[dict[str, Any]], starts_in_reasoning: bool) -> Reader:
    try:
        return ResponseParserReader(template, list(tools), starts_in_reasoning)
    except (ValueError, TypeError, AttributeError):
        return ThinkReader(starts_in_reasoning)
