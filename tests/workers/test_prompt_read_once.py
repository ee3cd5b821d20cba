# pyright: basic
# basic: tokenizers are untyped.
"""A long conversation with Pocket M2 in the real engine worker: what each next prompt reads, in the events' figures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from backends.contract.chat import (
    AnswerPart,
    CallPart,
    GenerationOptions,
    Message,
    ReasoningPart,
    ResultPart,
    user_message,
)
from backends.contract.commands import Generate, LoadModel, ReadAhead
from backends.contract.events import (
    AnswerDelta,
    GenerationFinished,
    ModelLoaded,
    ReadAheadFinished,
    ReasoningDelta,
)
from backends.contract.memory import KeepLimits
from backends.contract.models import ModelRef
from backends.engines.template_messages import template_messages
from backends.storage.library import POCKET_FOLDER
from backends.tools.builtin import builtin_tools
from backends.workers.supervisor import Supervisor

from .conftest import Ear

POCKET = ModelRef("Pocket M2", "mlx", "4bit", "builtin", str(POCKET_FOLDER))
TOOLS = tuple(tool.info for tool in builtin_tools())
ALL = os.environ.get("MINIM_TEST_ALL") == "1"
TURNS, SENTENCES, AT_LEAST, CALLS = (8, 11, 6000, 20) if ALL else (2, 6, 1000, 5)
"""The whole conversation takes half a minute to read on two cores, so `make test` has a shorter one."""
MOST_WRITTEN = 8
LONG = "The river begins in the hills, where rain falls on stone, and runs down to the plain. " * SENTENCES

Messages = tuple[Message, ...]


def history() -> Messages:
    messages: list[Message] = []
    for number in range(TURNS):
        thought = f"They speak of the river, part {number}."
        messages.append(user_message(f"Part {number}. {LONG}"))
        messages.append(Message("assistant", (ReasoningPart(thought), AnswerPart(f"I read part {number}. {LONG}"))))
    return tuple(messages)


class Tokens:
    """The prompts as the model's own files make them, apart from the engine, and the rule."""

    def __init__(self) -> None:
        self._tokenizer: Any = AutoTokenizer.from_pretrained(POCKET_FOLDER)
        self.tools = [tool.as_openai() for tool in TOOLS]

    def __call__(self, messages: Messages) -> list[int]:
        text = self._tokenizer.apply_chat_template(
            template_messages(messages), tools=self.tools, add_generation_prompt=True, tokenize=False
        )
        return self._tokenizer.encode(text, add_special_tokens=False)

    def history(self, messages: Messages) -> list[int]:
        """What every next prompt begins with."""
        one, other = self((*messages, user_message("x"))), self((*messages, user_message("Y")))
        return one[: shared(one, other)]


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


class Talk:
    """A worker with Pocket M2 that keeps caches on disk."""

    def __init__(self, home: Path) -> None:
        self.ear = Ear()
        self.worker = Supervisor("engine", self.ear, env={"MINIM_HOME": str(home), "MLX_DISABLE_COMPILE": "1"})
        load = self.worker.send(LoadModel(POCKET, KeepLimits(cache_disk_bytes=2**30)))
        self.ear.wait_for(ModelLoaded, load)

    def ask(self, messages: Messages, max_tokens: int = MOST_WRITTEN) -> tuple[GenerationFinished, str]:
        options = GenerationOptions(temperature=0.0, max_tokens=max_tokens)
        request = self.worker.send(Generate(messages, TOOLS, options))
        finished = self.ear.wait_for(GenerationFinished, request)
        reasoning = "".join(delta.text for delta in self.ear.of(ReasoningDelta, request))
        answer = "".join(delta.text for delta in self.ear.of(AnswerDelta, request))
        return finished, reasoning + answer

    def ahead(self, messages: Messages) -> ReadAheadFinished:
        return self.ear.wait_for(ReadAheadFinished, self.worker.send(ReadAhead(messages, TOOLS)))

    def close(self) -> None:
        self.worker.close(timeout=10)


@pytest.fixture
def open_talk(tmp_path: Path) -> Iterator[Any]:
    opened: list[Talk] = []

    def make() -> Talk:
        opened.append(Talk(tmp_path / "home"))
        return opened[-1]

    yield make
    for talk in opened:
        talk.close()


@pytest.mark.timeout(300)
def test_only_what_is_new_is_read(open_talk: Any) -> None:
    tokens, talk = Tokens(), open_talk()
    asked = (*history(), user_message("What is 37 * 48?"))
    prompt = tokens(asked)
    assert len(prompt) > AT_LEAST
    first, _ = talk.ask(asked)
    assert (first.usage.prompt_tokens, first.usage.reused_tokens) == (len(prompt), 0)

    # Inside a loop of calls each prompt goes on from the one before.
    parts: list[Any] = []
    for number in range(CALLS):
        call = CallPart(f"c{number}", "calculator", {"expression": f"{number} + 37"}, state="ready")
        parts += [ReasoningPart(f"Number {number}."), call, ResultPart(call.call_id, str(number + 37))]
        inside = (*asked, Message("assistant", tuple(parts)))
        looped, _ = talk.ask(inside, max_tokens=1)
        assert len(prompt) <= looped.usage.reused_tokens <= len(prompt) + MOST_WRITTEN
        prompt = tokens(inside)
        assert looped.usage.prompt_tokens == len(prompt)

    # After it the template leaves its reasoning out: the turn is read once more, without it, while nobody waits.
    answered = (*asked, Message("assistant", (*parts, ReasoningPart("It is done."), AnswerPart("It is 1776."))))
    known = tokens.history(answered)
    assert talk.ahead(answered) == ReadAheadFinished(shared(known, tokens(asked)), len(known))
    following = (*answered, user_message("What is 12 * 12?"))
    third, words = talk.ask(following)
    assert third.usage.reused_tokens == len(known)
    assert third.usage.prompt_tokens == len(tokens(following))

    # An edit two turns back reads on from where it differs, and the branch that was left is still there.
    edited = (*answered[:-4], user_message("Part 1 differs."))
    fourth, _ = talk.ask(edited)
    assert fourth.usage.reused_tokens == shared(tokens(edited), tokens(following)) > len(known) // 4
    again, same = talk.ask(following)
    assert again.usage.reused_tokens == again.usage.prompt_tokens - 1
    assert same == words

    # After closing and opening, all of it comes from the disk.
    talk.close()
    talk = open_talk()
    later, same = talk.ask(following)
    assert later.usage.reused_tokens == later.usage.prompt_tokens - 1
    assert same == words
