"""MiniMax-M2's output: the reasoning, the answer and the tool calls in it, read as it streams.

    output := reasoning? ( "</think>" body )?
    body   := ( text | block )*                                       block: see `tagged_calls`

The grammar is the one the publisher's guide shows and its chat template renders; the rules say what a reader has to do
where real outputs stretch it. Tags are case-sensitive; ws is any white space, or none.

R1   Reasoning ends at the first </think>. A leading <think> said again is swallowed. No </think>: all is reasoning.
R2   Values are raw: no entities, no unescaping; a string is verbatim, white space at its ends included.
R3   </parameter> closes only before ws and <parameter name=, </invoke> or the end; that </invoke> only before ws and
     <invoke name=, </minimax:tool_call> or the end. Anything else inside a value is text, and so is a whole block
     that a value shows, if the value goes on to close behind it.
R4   <minimax:tool_call> opens a block only before ws and <invoke name=; else it is text. So is a bare <invoke>.
R5   A block inside the reasoning is a call only if nothing but ws, blocks and </think> follows to the end.
R6   A block inside a code fence or backticks that are closed right after it is text. So is the part of a block that
     code shows, where the code closes before the block does.
R7   Types come from the tool's schema: see `argument_types`.
R8   A call of an unknown tool is a call.
R9   At the end, what was held back is text. Invoke closed, block not: the call stands. Invoke open: unfinished.
R10  The same parameter twice: the last wins. None: {}. Text before, between and after blocks is answer.
R11  <think> in the answer is text, but reasoning again as its first thing or right after a block, if a </think>
     follows. A stray </think> outside code is dropped.
R12  Markers are matched as text, since a token may end in the middle of one.
R13  Linear time, whatever the pieces.

What was told is never taken back: a block that may yet turn out to be text (R5, R6) is held until that is decided.
White space around the whole reasoning and the whole answer is layout and left out; within them it is kept.
"""

from __future__ import annotations

from typing import Any

from backends.dialects.argument_types import Signatures
from backends.dialects.tagged_calls import TaggedCalls, Tags
from backends.dialects.thinking_reader import ThinkingReader

TAGS = Tags(
    open_block="<minimax:tool_call>",
    close_block="</minimax:tool_call>",
    open_invoke="<invoke name=",
    close_invoke="</invoke>",
    open_parameter="<parameter name=",
    close_parameter="</parameter>",
)


class MiniMaxM2Reader(ThinkingReader):
    """Reads one output. `starts_in_reasoning`: the prompt ended with <think>, as M2's template has it."""

    def __init__(self, tools: list[dict[str, Any]], starts_in_reasoning: bool) -> None:
        super().__init__(starts_in_reasoning, TAGS.open_block)
        self._calls = TaggedCalls(self._source, self._tell, self._numbers, Signatures(tools), TAGS)
