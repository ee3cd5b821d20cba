"""Gemma 4's markers, and its output as a template for Transformers' response parser. Our own words of its format:

<|channel>thought
…reasoning…<channel|>Let me look.<|tool_call>call:weather{city:<|"|>Paris<|"|>,days:3}<tool_call|>
"""

from __future__ import annotations

from typing import Any

OPEN_THOUGHT, CLOSE_THOUGHT = "<|channel>thought\n", "<channel|>"
OPEN_CALL, CLOSE_CALL = "<|tool_call>", "<tool_call|>"
QUOTE = '<|"|>'
MARKERS = ("<|channel>", CLOSE_THOUGHT, OPEN_CALL, CLOSE_CALL, QUOTE)
"""The special tokens of which an output is made."""

RESPONSE_TEMPLATE: dict[str, Any] = {
    "start_anchor": "<|turn>model\n",
    "defaults": {"role": "assistant"},
    "fields": {
        "reasoning_content": {"open": OPEN_THOUGHT, "close": CLOSE_THOUGHT, "repeats": True, "content": "text"},
        "tool_calls": {
            "open_pattern": r"<\|tool_call>call:(?P<name>[\w.\-]+)",
            "close": CLOSE_CALL,
            "repeats": True,
            "content": "json",
            "content_args": {"unquoted_keys": True, "string_delims": [[QUOTE, QUOTE]]},
            "transform": {"type": "function", "function": {"name": "{name}", "arguments": "{content}"}},
        },
        "content": {"close": ["<turn|>", "<|tool_response>", "<eos>"], "content": "text", "repeats": True},
    },
}
