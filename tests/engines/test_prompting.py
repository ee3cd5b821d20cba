# pyright: basic
# basic: tokenizers are only partly typed.
"""From a conversation to a prompt, for families whose templates have switches: what is rendered, read and ended by."""

from __future__ import annotations

from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from backends.contract.chat import GenerationOptions, user_message
from backends.engines.prompting import Prompting

QWEN3 = (
    "{%- for message in messages %}<|im_start|>{{ message.content }}<|im_end|>{% endfor %}<|im_start|>"
    "{#- <tool_call> #}"
    "{%- if enable_thinking is defined and enable_thinking is false %}<think></think>{% else %}<think>\n{% endif %}"
)
GPT_OSS = (
    "{%- if reasoning_effort is not defined %}{% set reasoning_effort = 'medium' %}{% endif %}"
    "Reasoning: {{ reasoning_effort }}{% for message in messages %}<|message|>{{ message.content }}<|end|>{% endfor %}"
    "<|start|>assistant{#- <|channel|> #}"
)
HARMONY = ["<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|constrain|>", "<|return|>", "<|call|>"]
ASKED = (user_message("hi"),)


def prompting(template: str, special: list[str], **settings: Any) -> Prompting:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({char: number for number, char in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(content, special=True, normalized=False) for content in special])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, chat_template=template, **settings)
    return Prompting(tokenizer, template, {}, {"eos_token_id": 7}, 100, [])


def test_thinking_can_be_switched_off_where_the_template_can() -> None:
    qwen = prompting(QWEN3, ["<|im_start|>", "<|im_end|>"])
    assert qwen.reader_settings(ASKED, ()) == {"name": "qwen3", "tools": [], "starts_in_reasoning": True}
    settings = qwen.reader_settings(ASKED, (), GenerationOptions(thinking=False))
    assert not settings["starts_in_reasoning"]
    assert qwen.render(ASKED, ()).text.endswith("<think></think>")
    assert not qwen.reader_settings(ASKED, ())["starts_in_reasoning"]  # as with the last options
    assert qwen.reader_settings(ASKED, (), GenerationOptions())["starts_in_reasoning"]


def test_tools_are_offered_only_where_calls_can_be_read() -> None:
    shown = "{{ tools | tojson }}{{ messages[0].content }}"
    assert not prompting(shown, []).supports_tools
    assert prompting(shown + "{#- <tool_call> #}", []).supports_tools


def test_the_reasonings_effort_reaches_the_template() -> None:
    gpt = prompting(GPT_OSS, HARMONY)
    assert gpt.dialect == "harmony"
    assert gpt.thinking.efforts == ("low", "medium", "high")
    assert gpt.render(ASKED, ()).text.startswith("Reasoning: medium<|message|>hi")
    gpt.think_as(GenerationOptions(reasoning_effort="high"))
    assert gpt.render(ASKED, ()).text.startswith("Reasoning: high")
    gpt.think_as(GenerationOptions(reasoning_effort="heroic"))
    assert gpt.render(ASKED, ()).text.startswith("Reasoning: medium")


@pytest.mark.parametrize(
    ("template", "special", "ends"),
    [
        (GPT_OSS, HARMONY, ["<|return|>", "<|call|>"]),
        (QWEN3, ["<|im_start|>", "<|im_end|>"], ["<|im_end|>"]),
        ("{{ messages[0].content }}", ["<|im_end|>", "<|call|>"], []),
    ],
)
def test_what_ends_a_message_of_the_dialect_ends_it(template: str, special: list[str], ends: list[str]) -> None:
    made = prompting(template, special)
    assert made.end_tokens == {7, *(256 + special.index(end) for end in ends)}


def test_a_template_of_the_output_that_the_tokenizer_brings_is_handed_on() -> None:
    template = {"start_anchor": "<bot>", "fields": {"content": {}}}
    made = prompting("{{ messages[0].content }}", [], response_template=template)
    assert made.reader_settings(ASKED, ())["name"] == "response-template"
    assert made.reader_settings(ASKED, ())["response_template"] == template
