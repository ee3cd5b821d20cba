"""What templates say, on ones that are written as the families' own are, in our own words."""

from __future__ import annotations

import pytest

from backends.contract.chat import GenerationOptions, ThinkingSwitch
from backends.dialects import NAMES, choose, ends_in_reasoning, kept_markers, open_reader, thinking_switch

MARKS = {
    "M2": ("{{ '<minimax:tool_call>' }}{{ '<think>\\n' }}", "minimax-m2"),
    "gpt-oss": ("{{ '<|start|>assistant<|channel|>final<|message|>' + message.content }}", "harmony"),
    "Gemma 4": ("{{ '<|channel>thought\\n' }}{{ '<|tool_call>call:' + name }}", "gemma4"),
    "Mistral": ("{{ '[TOOL_CALLS] [' + out }}", "mistral"),
    "Qwen3": ("{{ '<think>' }}{{ '<tool_call>\\n{\"name\": \"' + tool_call.name }}", "qwen3"),
    "Qwen3-Coder": ("{{ '<tool_call>\\n<function=' + tool_call.name + '>\\n' }}", "qwen3"),
    "Hermes": ("{{ 'inside <tool_call></tool_call> tags' }}", "qwen3"),
    "GLM": ("{{ '<tool_call>' + name + '\\n<arg_key>' }}{{ '<think>' }}", "think"),
    "MiniMax-M3": ("{% set ns = ']<]minimax[>[' %}{% set begin = ns ~ '<tool_call>' %}", "plain"),
    "Kimi": ("{{ '<|tool_calls_section_begin|>' }}{{ '<think></think>' }}", "think"),
    "R1": ("{{ '<｜Assistant｜><think>\\n' }}", "think"),
    "Llama": ("{{ '<|start_header_id|>' + message.role }}", "plain"),
    "none": ("", "plain"),
}


@pytest.mark.parametrize("name", MARKS)
def test_the_dialect_shows_in_the_template(name: str) -> None:
    template, dialect = MARKS[name]
    assert choose(template, ()) == dialect
    assert dialect in NAMES


def test_where_the_template_says_nothing_the_rest_does() -> None:
    assert choose("", {"<think>"}) == "think"
    assert choose("", {"<think>"}, {"fields": {}}) == "response-template"
    assert choose("<minimax:tool_call>", (), {"fields": {}}) == "minimax-m2"


@pytest.mark.parametrize(
    ("prompt", "dialect", "inside"),
    [
        ("<|im_start|>assistant\n<think>\n", "qwen3", True),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", "qwen3", False),
        ("<|im_start|>assistant\n", "qwen3", False),
        ("<|start|>assistant", "harmony", False),
        ("<|start|>assistant<|channel|>analysis<|message|>", "harmony", True),
        ("<|turn>model\n<|channel>thought\n", "gemma4", True),
        ("<|turn>model\n<|channel>thought\n<channel|>", "gemma4", False),
        ("[THINK]", "mistral", True),
        ("<think>", "think", True),
    ],
)
def test_a_prompt_ends_in_the_reasoning_or_not(prompt: str, dialect: str, inside: bool) -> None:
    assert ends_in_reasoning(prompt, dialect) is inside


def test_special_tokens_that_readers_need_are_kept_and_no_others() -> None:
    harmony = {"<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|constrain|>", "<|return|>", "<|call|>"}
    assert kept_markers({*harmony, "<|startoftext|>"}) == harmony
    assert kept_markers({"<|end|>", "<|user|>", "</s>"}) == frozenset()
    assert kept_markers({"<think>", "<tool_call>", "<|im_end|>"}) == {"<think>", "<tool_call>"}
    assert kept_markers({'<|"|>', "<tool_call|>", "<turn|>"}) == {'<|"|>', "<tool_call|>"}


USUAL = ("low", "medium", "high")
SWITCHES = {
    "Qwen3": (
        "{%- if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n</think>\\n\\n' }}{%- endif %}",
        ThinkingSwitch("enable_thinking"),
    ),
    "off unless asked for": (
        "{% if enable_thinking is defined and enable_thinking is true %}{{ '<think>' }}{% endif %}",
        ThinkingSwitch("enable_thinking", on_by_default=False),
    ),
    "off by a filter": (
        "{% if not enable_thinking | default(false) %}{{ 'x' }}{% endif %}",
        ThinkingSwitch("enable_thinking", on_by_default=False),
    ),
    "DeepSeek-V3.1": (
        "{% if not thinking is defined %}{% set thinking = false %}{% endif %}{% if thinking %}{{ 'x' }}{% endif %}",
        ThinkingSwitch("thinking", on_by_default=False),
    ),
    "SmolLM3": (
        "{% if enable_thinking is not defined %}{% set enable_thinking = true %}{% endif %}"
        "{{ '/think' if enable_thinking else '/no_think' }}",
        ThinkingSwitch("enable_thinking"),
    ),
    "gpt-oss": (
        "{# reasoning_effort: how long to think #}{% if reasoning_effort is not defined %}"
        "{% set reasoning_effort = \"medium\" %}{% endif %}{{ 'Reasoning: ' + reasoning_effort }}"
        "{% if 'thinking' in message %}{{ message.thinking }}{% endif %}",
        ThinkingSwitch(efforts=USUAL, default_effort="medium"),
    ),
    "levels named in a list": (
        "{% set level = reasoning_effort|default('xhigh') %}{% set resolved_reasoning_effort = level %}"
        "{% if resolved_reasoning_effort not in ('xhigh', 'medium', 'low') %}{{ raise_exception('no') }}{% endif %}",
        ThinkingSwitch(efforts=("low", "medium", "xhigh"), default_effort="xhigh"),
    ),
    "levels one by one": (
        "{% if reasoning_effort == 'none' %}{% elif reasoning_effort == \"high\" %}{{ 'x' }}{% endif %}",
        ThinkingSwitch(efforts=("none", "high")),
    ),
    "levels in an expression": (
        "{% set effort = 'high' if reasoning_effort is defined and reasoning_effort == 'high' else 'max' %}",
        ThinkingSwitch(efforts=("high", "max"), default_effort="max"),
    ),
    "refuses to be switched off": (
        "{% if enable_thinking is defined and enable_thinking is false %}{{ raise_exception('no') }}{% endif %}",
        ThinkingSwitch(),
    ),
    "a variable of its own": ("{% set thinking = message.text %}{{ thinking }}", ThinkingSwitch()),
    "a variable that is never read": ("{% set thinking = message.text %}", ThinkingSwitch()),
    "only speaks of it": ("{# enable_thinking #} enable_thinking {{ 'enable_thinking' }}", ThinkingSwitch()),
    "M2": ("{{ '<think>\\n' }}", ThinkingSwitch()),
    "none": ("", ThinkingSwitch()),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_a_template_shows_its_switches(name: str) -> None:
    template, switch = SWITCHES[name]
    assert thinking_switch(template) == switch


@pytest.mark.parametrize(
    ("switch", "options", "arguments"),
    [
        (ThinkingSwitch(), GenerationOptions(thinking=False, reasoning_effort="high"), {}),
        (ThinkingSwitch("thinking"), GenerationOptions(), {"thinking": True}),
        (ThinkingSwitch("thinking", on_by_default=False), GenerationOptions(), {"thinking": False}),
        (ThinkingSwitch("enable_thinking"), GenerationOptions(thinking=False), {"enable_thinking": False}),
        (ThinkingSwitch(efforts=USUAL), GenerationOptions(reasoning_effort="low"), {"reasoning_effort": "low"}),
        (ThinkingSwitch(efforts=USUAL), GenerationOptions(reasoning_effort="max"), {}),
    ],
)
def test_a_template_is_told_what_it_knows(
    switch: ThinkingSwitch, options: GenerationOptions, arguments: dict[str, object]
) -> None:
    assert switch.template_arguments(options) == arguments


def test_a_template_of_the_output_that_makes_no_sense_is_passed_over() -> None:
    for template in (None, {}, {"fields": {"content": {"open_pattern": "("}}}):
        reader = open_reader("response-template", (), True, template)
        events = [*reader.feed("hm</think>Hi."), *reader.finish()]
        assert [type(event).__name__ for event in events] == ["ReasoningDelta", "AnswerDelta"]
