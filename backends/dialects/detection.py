"""What a chat template, a prompt and a vocabulary say of the dialect: by their markers, never by a model's name."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from backends.contract.chat import ThinkingSwitch
from backends.dialects import gemma4, harmony, mistral, qwen3
from backends.dialects.minimax_m2 import TAGS as M2_TAGS
from backends.dialects.thinking_reader import END_THINK, THINK

_REASONING = {"harmony": "<|channel|>analysis<|message|>", "gemma4": gemma4.OPEN_THOUGHT, "mistral": mistral.THINK}
_ENDS = {
    "minimax-m2": ("[e~[",),
    "qwen3": ("<|im_end|>",),
    "harmony": ("<|return|>", "<|call|>"),
    "gemma4": ("<turn|>", "<|tool_response>"),
}
_OTHER_CALLS = ("<arg_key>", "]<]minimax[>[")
"""GLM and MiniMax-M3 have a <tool_call> as well, with other things in it."""
_KEPT = (
    *(THINK, END_THINK, M2_TAGS.open_block, M2_TAGS.close_block, qwen3.TAGS.open_block, qwen3.TAGS.close_block),
    *gemma4.MARKERS,
    *mistral.MARKERS,
)


def choose(chat_template: str, vocabulary: Container[str], response_template: object = None) -> str:
    """The dialect of a model, from its chat template, its tokens, and the `response_template` that it may bring."""
    if M2_TAGS.open_block in chat_template:
        return "minimax-m2"
    if harmony.CHANNEL in chat_template and harmony.MESSAGE in chat_template:
        return "harmony"
    if gemma4.OPEN_CALL in chat_template:
        return "gemma4"
    if mistral.CALLS in chat_template:
        return "mistral"
    if qwen3.TAGS.open_block in chat_template and not any(mark in chat_template for mark in _OTHER_CALLS):
        return "qwen3"
    if isinstance(response_template, dict):
        return "response-template"
    if THINK in chat_template or THINK in vocabulary:
        return "think"
    return "plain"


def ends_in_reasoning(prompt: str, dialect: str) -> bool:
    """Whether a rendered prompt ends inside the reasoning, so that the output begins in it."""
    return prompt.rstrip().endswith(_REASONING.get(dialect, THINK).rstrip())


def kept_markers(special_tokens: Iterable[str]) -> frozenset[str]:
    """Those of a tokenizer's special tokens that a reader must see as text; the others are left out."""
    special = frozenset(special_tokens)
    # <|end|> and the like are other models' tokens too: they are harmony's only beside its own two.
    kept = (*_KEPT, *harmony.MARKERS) if {harmony.CHANNEL, harmony.MESSAGE} <= special else _KEPT
    return special & frozenset(kept)


def reads_calls(dialect: str) -> bool:
    """Whether the dialect's reader knows tool calls; to a model of another, tools must not be offered."""
    return dialect not in ("think", "plain")


def end_markers(dialect: str) -> tuple[str, ...]:
    """Tokens that end a message of the dialect, whatever a model's configs say; a vocabulary may lack some."""
    return _ENDS.get(dialect, ())


# -- switches of the reasoning ----------------------------------------------------------------------------------

_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_USUAL_EFFORTS = ("low", "medium", "high")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_EFFORT_NAMED = re.compile(r"""reasoning_effort\w*\s*(?:==|!=|not\s+in|in)\s*([(\[][^)\]]*[)\]]|'\w+'|"\w+")""")
_EFFORT_CHOSEN = re.compile(r"""(['"]\w+['"])\s+if\s[^%}]*reasoning_effort[^%}]*\selse\s+(['"]\w+['"])""")
_EFFORT_DEFAULT = re.compile(
    r"""reasoning_effort\s*\|\s*default\(\s*['"](\w+)|set\s+reasoning_effort\s*=\s*['"](\w+)"""
)


def thinking_switch(chat_template: str) -> ThinkingSwitch:
    """Which switches of its reasoning a chat template has. A template without any: `ThinkingSwitch()`."""
    code = " ".join(_CODE.findall(_COMMENT.sub("", chat_template)))
    names = _STRING.sub("''", code)
    variable = next((name for name in ("enable_thinking", "thinking") if _is_read(name, names)), "")
    if variable and re.search(rf"{variable}\s+is\s+false\s*-?%\}}\s*\{{\{{-?\s*raise_exception", code):
        variable = ""  # it is looked at only to refuse
    efforts, default = _efforts(code) if _is_read("reasoning_effort", names) else ((), "")
    return ThinkingSwitch(variable, not _is_off_by_default(variable, names), efforts, default)


def _is_read(name: str, code: str) -> bool:
    """Whether the template's code takes `name` from outside: no member of a message, no variable of its own."""
    if re.search(rf"(?<![\w.]){name}\b(?!\s*=[^=])", code) is None:
        return False
    asks = re.search(rf"(?<![\w.]){name}\s+is\s+(not\s+)?(un)?defined\b|(?<![\w.]){name}\s*\|\s*default\b", code)
    return asks is not None or re.search(rf"\bset\s+{name}\s*=", code) is None


def _is_off_by_default(variable: str, code: str) -> bool:
    if not variable:
        return False
    off = (
        rf"\bset\s+{variable}\s*=\s*false\b",
        rf"\b{variable}\s*\|\s*default\(\s*false\b",
        rf"\b{variable}\s+is\s+defined\s+and\s+{variable}(?:\s+is\s+true|\s*==\s*true)?\s*-?%\}}",
    )
    return any(re.search(pattern, code, re.IGNORECASE) for pattern in off)


def _efforts(code: str) -> tuple[tuple[str, ...], str]:
    """The levels a template tells apart, the usual ones where it takes any, and which of them is the default."""
    chosen = [text for match in _EFFORT_CHOSEN.finditer(code) for text in match.groups()]
    named = " ".join([*_EFFORT_NAMED.findall(code), *chosen])
    default = next((one or other for one, other in _EFFORT_DEFAULT.findall(code)), "")
    levels = [match[0][1:-1] for match in _STRING.finditer(named)]
    known = tuple(level for level in _EFFORTS if level in (*levels, default))
    if chosen and not default:
        default = chosen[-1][1:-1]
    return (known, default) if len(known) > 1 else (_USUAL_EFFORTS, default)
