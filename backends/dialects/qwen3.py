"""Qwen's and Hermes' output: <think> tags, and calls in <tool_call> tags, as JSON or as Qwen3-Coder's tags.

    block := "<tool_call>" ws ( calls as JSON: see `json_calls` | invokes: see `tagged_calls` ) ws "</tool_call>"

    <tool_call>                                        <tool_call>
    {"name": "weather", "arguments": {"days": 3}}      <function=weather>
    </tool_call>                                       <parameter=days>
                                                       3
                                                       </parameter>
                                                       </function>
                                                       </tool_call>

A template either opens the reasoning (Qwen3.5, the Thinking models), or leaves that to the model (Qwen3), or has none
(Qwen2.5, Hermes). Which of the two forms of a call a model was taught shows in its template; either is read from any.
Qwen3-Coder often leaves out the opening tag; so <function= and the name of a known tool open a call in the answer, too,
outside of code. The rules are those of `minimax_m2`; a tagged value's first and last line break is layout.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backends.contract.events import OutputEvent
from backends.dialects.argument_types import Signatures
from backends.dialects.calls import CallGrammar, CallNumbers
from backends.dialects.json_calls import JsonCalls
from backends.dialects.source import Source, Wait
from backends.dialects.tagged_calls import TaggedCalls, Tags
from backends.dialects.thinking_reader import ThinkingReader

TAGS = Tags(
    open_block="<tool_call>",
    close_block="</tool_call>",
    open_invoke="<function=",
    close_invoke="</function>",
    open_parameter="<parameter=",
    close_parameter="</parameter>",
    padded=True,
)


class Qwen3Reader(ThinkingReader):
    """Reads one output. `starts_in_reasoning`: the prompt ended with <think>."""

    def __init__(self, tools: list[dict[str, Any]], starts_in_reasoning: bool) -> None:
        super().__init__(starts_in_reasoning, TAGS.open_block)
        signatures = Signatures(tools)
        self._calls = Qwen3Calls(self._source, self._tell, self._numbers, signatures)
        self._bare, self._names = self._calls.bare, signatures.names


class Qwen3Calls(CallGrammar):
    """Reads a block in the form that it begins with."""

    def __init__(
        self, source: Source, tell: Callable[[OutputEvent], None], numbers: CallNumbers, signatures: Signatures
    ) -> None:
        super().__init__(source, tell, numbers)
        self._json = JsonCalls(source, tell, numbers, TAGS.open_block, TAGS.close_block)
        self._tagged = TaggedCalls(source, tell, numbers, signatures, TAGS)

    @property
    def opens(self) -> tuple[str, ...]:
        """A block opens only before an object or an invoke."""
        return (*self._json.opens, *self._tagged.opens)

    @property
    def bare(self) -> tuple[str, ...]:
        """An invoke may stand without its block's opening tag."""
        return self._tagged.opens

    def block(self, *interrupts: str) -> Wait[None]:
        """Read the block. See `CallGrammar.block`."""
        calls = self._json if self._source.next == "{" else self._tagged
        yield from calls.block(*interrupts)
