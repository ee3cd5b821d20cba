# pyright: basic
# basic: the session fixture is untyped.
"""The built-in model in each of its quantizations: it reasons, calls a tool, and answers with the result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import AnswerPart, CallPart, Message, ReasoningPart, ResultPart, user_message
from backends.contract.models import ModelRef
from backends.dialects import read_whole
from backends.storage.library import POCKET_FOLDER
from backends.tools.builtin import builtin_tools

QUESTION = user_message("What is 37 * 48?")
TOOLS = tuple(tool.info for tool in builtin_tools())


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the quantized forms are made."""
    return tmp_path_factory.mktemp("prepared")


def test_the_quantizations_are_the_five() -> None:
    settings = json.loads((POCKET_FOLDER / "minim.json").read_text())
    assert settings["quantizations"] == ["3bit", "4bit", "5bit", "6bit", "8bit"]


@pytest.mark.parametrize("quantization", ["3bit", "4bit", "5bit", "6bit", "8bit"])
def test_it_calls_the_calculator_and_answers(
    session: Any, refer: Callable[..., ModelRef], prepared: Path, quantization: str
) -> None:
    loaded = session.load(refer(POCKET_FOLDER, quantization, "builtin"), prepared)
    assert (loaded.dialect, loaded.context_length, loaded.supports_tools) == ("minimax-m2", 196_608, True)

    first = session.ask((QUESTION,), TOOLS, max_tokens=300)
    output = read_output(session, (QUESTION,), first.text)
    [(name, arguments)] = output.calls
    assert name == "calculator"
    assert "".join(arguments["expression"].split()) == "37*48"
    assert output.reasoning.strip()
    assert first.reason == "stop"

    turn = (ReasoningPart(output.reasoning), CallPart("c0", name, arguments, state="ready"), ResultPart("c0", "1776"))
    messages = (QUESTION, Message("assistant", turn))
    second = session.ask(messages, TOOLS, max_tokens=300)
    assert second.usage.reused_tokens == first.usage.context_tokens  # inside a turn nothing is read twice
    answer = read_output(session, messages, second.text)
    assert "1776" in answer.answer.replace(",", "")

    whole_turn = Message("assistant", (*turn, AnswerPart(answer.answer)))
    third = session.ask((QUESTION, whole_turn, user_message("Hello")), TOOLS, max_tokens=2)
    assert third.usage.reused_tokens > 0


def read_output(session: Any, messages: tuple[Message, ...], text: str) -> Any:
    settings = session.engine.reader_settings(messages, TOOLS)
    return read_whole(text, settings["name"], settings["tools"], settings["starts_in_reasoning"])
