"""A turn as the chat template gets it."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import pytest
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from backends.contract.chat import (
    AnswerPart,
    CallPart,
    Message,
    Part,
    ReasoningPart,
    ResultPart,
    system_message,
    user_message,
)
from backends.engines.template_messages import NOT_RUN, MessageStyle, message_style, template_messages


def said(content: str = "", reasoning: str = "", *calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": content, "reasoning_content": reasoning}
    if calls:
        message["tool_calls"] = [
            {"type": "function", "id": f"c{number}", "function": {"name": name, "arguments": arguments}}
            for number, (name, arguments) in enumerate(calls)
        ]
    return message


def result(text: str, number: int = 0, name: str = "f") -> dict[str, Any]:
    return {"role": "tool", "content": text, "name": name, "tool_call_id": f"c{number}"}


READY = CallPart("c0", "f", {"x": 1}, state="ready")
SECOND = CallPart("c1", "g", {}, state="ready")
CUT = CallPart("c0", "f", {"x": 1}, raw="<invoke", state="unfinished")
NAMELESS = CallPart("c0", None, state="unfinished")
CALLED = ("f", {"x": 1})

TURNS: dict[str, tuple[tuple[Part, ...], list[dict[str, Any]]]] = {
    "answer only": ((AnswerPart("hi"),), [said("hi")]),
    "reasoning and answer": ((ReasoningPart("hm"), AnswerPart(" hi")), [said(" hi", "hm")]),
    "stopped while reasoning": ((ReasoningPart("hm"),), [said("", "hm")]),
    "nothing": ((), []),
    "a whole turn": (
        (ReasoningPart("a"), READY, ResultPart("c0", "1776"), ReasoningPart("b"), AnswerPart("done")),
        [said("", "a", CALLED), result("1776"), said("done", "b")],
    ),
    "ends in results": ((READY, ResultPart("c0", "ok")), [said("", "", CALLED), result("ok")]),
    "two calls, results in the order of the calls": (
        (READY, SECOND, ResultPart("c1", "two"), ResultPart("c0", "one")),
        [said("", "", CALLED, ("g", {})), result("one"), result("two", 1, "g")],
    ),
    "two rounds": (
        (READY, ResultPart("c0", "one"), CallPart("c0", "f", {"x": 1}, state="ready"), ResultPart("c0", "two")),
        [said("", "", CALLED), result("one"), said("", "", CALLED), result("two")],
    ),
    "a call without a result": (
        (READY, SECOND, ResultPart("c1", "two")),
        [said("", "", CALLED, ("g", {})), result(NOT_RUN), result("two", 1, "g")],
    ),
    "an error": ((READY, ResultPart("c0", "Error: no", True)), [said("", "", CALLED), result("Error: no")]),
    "a cut call": ((AnswerPart("so"), CUT), [said("so")]),
    "a cut call alone": ((CUT,), []),
    "a cut call that was answered": (
        (CUT, ResultPart("c0", "Error: cut off")),
        [said("", "", CALLED), result("Error: cut off")],
    ),
    "a nameless call": ((NAMELESS, AnswerPart("so")), [said("so")]),
    "a nameless call that was answered": (
        (NAMELESS, SECOND, ResultPart("c0", "Error: cut off"), ResultPart("c1", "two"), AnswerPart("so")),
        [
            said("", "", ("unknown", {}), ("g", {})),
            result("Error: cut off", 0, "unknown"),
            result("two", 1, "g"),
            said("so"),
        ],
    ),
    "edited arguments": (
        (READY, ResultPart("c0", "ok", ran_with={"x": 1.5, "é": [None, True, "1"]})),
        [
            said("", "", CALLED),
            result(
                'The person changed the arguments of this call before it ran, to {"x": 1.5, "é": [null, true, "1"]}.'
                " Its result:\nok"
            ),
        ],
    ),
    "all arguments taken out": (
        (READY, ResultPart("c0", "ok", ran_with={})),
        [
            said("", "", CALLED),
            result("The person changed the arguments of this call before it ran, to {}. Its result:\nok"),
        ],
    ),
    "taken back": (
        (READY, ResultPart("c0", "Wrote it.", undo="u1", undone=True)),
        [
            said("", "", CALLED),
            result("Wrote it.\n\nThe person has undone this since: the file is as it was before."),
        ],
    ),
    "answers around a call": (
        (AnswerPart("one"), READY, AnswerPart("two"), ResultPart("c0", "ok")),
        [said("one\n\ntwo", "", CALLED), result("ok")],
    ),
}


@pytest.mark.parametrize("name", TURNS)
def test_turn_becomes_template_messages(name: str) -> None:
    parts, expected = TURNS[name]
    assert template_messages([user_message("q"), Message("assistant", parts)]) == [
        {"role": "user", "content": "q"},
        *expected,
    ]


def test_system_text_comes_first_and_once() -> None:
    messages = [user_message("q"), system_message("one"), system_message(""), system_message("two")]
    assert template_messages(messages) == [
        {"role": "system", "content": "one\n\ntwo"},
        {"role": "user", "content": "q"},
    ]


# -- templates as the families write them, in our own words -------------------------------------------------------

QWEN3 = (
    "{%- if messages[0].role == 'system' %}<|system|>{{ messages[0].content }}\n{% endif %}"
    "{%- for message in messages if message.role != 'system' %}"
    "{%- if message.role == 'assistant' %}<|assistant|>"
    "{%- if message.reasoning_content is string and message.reasoning_content %}"
    "<think>{{ message.reasoning_content }}</think>{% endif %}{{ '' + message.content }}"
    "{%- for tool_call in message.tool_calls or [] %}{% set tool_call = tool_call.function or tool_call %}"
    '<tool_call>{"name": "{{ tool_call.name }}", "arguments": {{ tool_call.arguments | tojson }}}</tool_call>'
    "{% endfor %}\n{%- elif message.role == 'tool' %}"
    "{%- if loop.previtem.role != 'tool' %}<|user|>{% endif %}<tool_response>{{ message.content }}</tool_response>"
    "{%- else %}<|user|>{{ message.content }}\n{% endif %}{% endfor %}"
)
QWEN3_CODER = (
    "{%- for message in messages %}<|{{ message.role }}|>{{ message.content }}"
    "{%- for call in message.tool_calls or [] %}<tool_call><function={{ call.function.name }}>"
    "{%- for key, value in call.function.arguments.items() %}<parameter={{ key }}>{{ value }}</parameter>{% endfor %}"
    "</function></tool_call>{% endfor %}{% endfor %}"
)
GPT_OSS = (
    "{%- set last = namespace(name=none) %}{%- for message in messages %}{%- if message.role == 'assistant' %}"
    "{%- if '<|channel|>analysis<|message|>' in message.content %}{{ raise_exception('tags in content') }}{% endif %}"
    "{%- if 'tool_calls' in message %}{% set call = message.tool_calls[0].function %}"
    "{%- if message.content and message.thinking %}"
    "{{ raise_exception('Cannot pass both content and thinking in an assistant message with tool calls!') }}"
    "{%- elif message.content or message.thinking %}"
    "<|start|>assistant<|channel|>analysis<|message|>{{ message.content or message.thinking }}<|end|>{% endif %}"
    "<|start|>assistant to=functions.{{ call.name }}<|channel|>commentary json<|message|>"
    "{{ call.arguments | tojson }}<|call|>{% set last.name = call.name %}"
    "{%- else %}<|start|>assistant<|channel|>final<|message|>{{ message.content }}<|end|>{% set last.name = none %}"
    "{% endif %}{%- elif message.role == 'tool' %}"
    "{%- if last.name is none %}{{ raise_exception('a result without a call') }}{% endif %}"
    "<|start|>functions.{{ last.name }} to=assistant<|channel|>commentary<|message|>"
    "{{ message.content | tojson }}<|end|>"
    "{%- else %}<|start|>{{ message.role }}<|message|>{{ message.content }}<|end|>{% endif %}{% endfor %}"
)
MISTRAL = (
    "{%- set ns = namespace(index=0) %}{%- for message in messages if message.role not in ('system', 'tool') "
    "and message.tool_calls is not defined %}{%- if (message.role == 'user') != (ns.index % 2 == 0) %}"
    "{{ raise_exception('conversation roles must alternate user/assistant') }}{% endif %}"
    "{%- set ns.index = ns.index + 1 %}{% endfor %}{%- for message in messages %}"
    "{%- if message.role == 'user' %}[INST]{{ message.content }}[/INST]"
    "{%- elif message.tool_calls is defined %}[TOOL_CALLS]{%- for call in message.tool_calls %}"
    "{%- if call.id | length != 9 %}{{ raise_exception('ids should have length 9!') }}{% endif %}"
    "{{ call.function | tojson }}{{ call.id }};{% endfor %}"
    "{%- elif message.role == 'tool' %}"
    "{%- if message.tool_call_id | length != 9 %}{{ raise_exception('length') }}{% endif %}"
    "[TOOL_RESULTS]{{ message.content }} {{ message.tool_call_id }}[/TOOL_RESULTS]"
    "{%- else %}{{ message.content }}</s>{% endif %}{% endfor %}"
)
LLAMA = (
    "{%- for message in messages %}{%- if 'tool_calls' in message %}{%- if message.tool_calls | length != 1 %}"
    "{{ raise_exception('This model only supports single tool-calls at once!') }}{% endif %}"
    "{{ message.tool_calls[0].function.name }}({{ message.tool_calls[0].function.arguments | tojson }})"
    "{%- else %}<{{ message.role }}>{{ message.content }}{% endif %}{% endfor %}"
)
DEEPSEEK = (
    "{%- for message in messages %}{%- if message['tool_calls'] %}{%- for tool in message['tool_calls'] %}"
    "{{ tool['function']['name'] + '\n```json\n' + tool['function']['arguments'] + '\n```' }}{% endfor %}"
    "{%- else %}<{{ message.role }}>{{ message.content }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{%- if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{%- for message in messages %}{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "<{{ message.role }}>{{ message.content | trim }}{% endfor %}"
)

CONVERSATION = [
    system_message("Be brief."),
    user_message("one"),
    Message(
        "assistant",
        (
            ReasoningPart("hm"),
            AnswerPart("Let me look."),
            CallPart("c0", "f", {"x": "é"}, state="ready"),
            CallPart("c1", "g", {}, state="ready"),
            ResultPart("c0", "first"),
            ResultPart("c1", "second"),
            ReasoningPart("so"),
            AnswerPart("Done."),
        ),
    ),
    user_message("two"),
    Message("assistant", (CUT,)),
    user_message("three"),
    Message("assistant", (ReasoningPart("aha"), READY, ResultPart("c0", "third"))),
]

RENDERED = {
    "Qwen3": (
        QWEN3,
        "<|system|>Be brief.\n<|user|>one\n<|assistant|><think>hm</think>Let me look."
        '<tool_call>{"name": "f", "arguments": {"x": "é"}}</tool_call>'
        '<tool_call>{"name": "g", "arguments": {}}</tool_call>'
        "<|user|><tool_response>first</tool_response><tool_response>second</tool_response>"
        "<|assistant|><think>so</think>Done.<|user|>two\n<|user|>three\n<|assistant|><think>aha</think>"
        '<tool_call>{"name": "f", "arguments": {"x": 1}}</tool_call><|user|><tool_response>third</tool_response>',
    ),
    "Qwen3-Coder": (
        QWEN3_CODER,
        "<|system|>Be brief.<|user|>one<|assistant|>Let me look.<tool_call><function=f><parameter=x>é</parameter>"
        "</function></tool_call><tool_call><function=g></function></tool_call><|tool|>first<|tool|>second"
        "<|assistant|>Done.<|user|>two<|user|>three<|assistant|><tool_call><function=f><parameter=x>1</parameter>"
        "</function></tool_call><|tool|>third",
    ),
    "gpt-oss": (
        GPT_OSS,
        "<|start|>system<|message|>Be brief.<|end|><|start|>user<|message|>one<|end|>"
        "<|start|>assistant<|channel|>analysis<|message|>hm\n\nLet me look.<|end|>"
        '<|start|>assistant to=functions.f<|channel|>commentary json<|message|>{"x": "é"}<|call|>'
        '<|start|>functions.f to=assistant<|channel|>commentary<|message|>"first"<|end|>'
        "<|start|>assistant to=functions.g<|channel|>commentary json<|message|>{}<|call|>"
        '<|start|>functions.g to=assistant<|channel|>commentary<|message|>"second"<|end|>'
        "<|start|>assistant<|channel|>final<|message|>Done.<|end|>"
        "<|start|>user<|message|>two<|end|><|start|>user<|message|>three<|end|>"
        "<|start|>assistant<|channel|>analysis<|message|>aha<|end|>"
        '<|start|>assistant to=functions.f<|channel|>commentary json<|message|>{"x": 1}<|call|>'
        '<|start|>functions.f to=assistant<|channel|>commentary<|message|>"third"<|end|>',
    ),
    "Mistral": (
        MISTRAL,
        'Be brief.</s>[INST]one[/INST][TOOL_CALLS]{"arguments": {"x": "é"}, "name": "f"}call00000;'
        '{"arguments": {}, "name": "g"}call00001;[TOOL_RESULTS]first call00000[/TOOL_RESULTS]'
        "[TOOL_RESULTS]second call00001[/TOOL_RESULTS]Done.</s>[INST]two\n\nthree[/INST]"
        '[TOOL_CALLS]{"arguments": {"x": 1}, "name": "f"}call00002;[TOOL_RESULTS]third call00002[/TOOL_RESULTS]',
    ),
    "Llama": (
        LLAMA,
        '<system>Be brief.<user>onef({"x": "é"})<tool>firstg({})<tool>second<assistant>Done.<user>two<user>three'
        'f({"x": 1})<tool>third',
    ),
    "DeepSeek": (
        DEEPSEEK,
        '<system>Be brief.<user>onef\n```json\n{"x": "é"}\n```g\n```json\n{}\n```<tool>first<tool>second'
        '<assistant>Done.<user>two<user>threef\n```json\n{"x": 1}\n```<tool>third',
    ),
    "Gemma": (GEMMA, "<user>Be brief.\n\none<assistant>Let me look.\n\nDone.<user>two\n\nthree<assistant>"),
}


def rendered(template: str, messages: list[dict[str, Any]]) -> str:
    """As Transformers renders it."""

    def refuse(message: str) -> NoReturn:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True)
    return environment.from_string(template).render(messages=messages, raise_exception=refuse)


@pytest.mark.parametrize("family", RENDERED)
def test_a_familys_template_takes_the_whole_conversation(family: str) -> None:
    template, expected = RENDERED[family]
    assert rendered(template, template_messages(CONVERSATION, message_style(template))) == expected


@pytest.mark.parametrize("family", ["Mistral", "Llama", "DeepSeek", "Gemma"])
def test_without_its_style_such_a_template_refuses(family: str) -> None:
    template, _ = RENDERED[family]
    with pytest.raises((TemplateError, TypeError), match=re.compile("alternate|length|single|concatenate|System")):
        rendered(template, template_messages(CONVERSATION))


def test_most_templates_want_the_usual_style() -> None:
    for template in (QWEN3, QWEN3_CODER, "{% for tool in tools %}{{ tool | tojson }}{% endfor %}"):
        assert message_style(template) == MessageStyle()
