"""Turns that fill the context, as a test plays the engine: tokens are what it says they are."""

from __future__ import annotations

from typing import Literal

from backends.contract.chat import Message, Usage
from backends.contract.events import AnswerDelta, Event, GenerationFinished, RequestFailed
from backends.conversation.changes import ContextFilled
from backends.storage.records import MessageRecord
from tests.conversation.conftest import Bench

FULL = RequestFailed("context_full", "The conversation has 1,010 tokens; the model’s context length is 1,000.", "Hm.")
TURN = "x" * 800  # 200 rough tokens, and as many of the answer


def ended(context: int, reason: Literal["stop", "length"] = "stop", generated: int = 10) -> GenerationFinished:
    return GenerationFinished(reason, Usage(prompt_tokens=context - generated, generated_tokens=generated))


def turn(bench: Bench, word: str, context: int, reason: Literal["stop", "length"] = "stop") -> None:
    assert bench.session.send(word + TURN)
    answer_is(bench, AnswerDelta(word.upper() + TURN), ended(context, reason))


def answer_is(bench: Bench, *events: Event) -> None:
    request = next(number for number, command in reversed(bench.engine.sent) if command is bench.prompts[-1])
    bench.engine.say(*events, to=request)


def a_full_one(bench: Bench) -> str:
    """Two turns that fill 800 of 1,000 tokens, and a third message that gets no answer."""
    turn(bench, "a", 400)
    turn(bench, "b", 800)
    bench.session.send("c" + TURN)
    answer_is(bench, FULL)
    return bench.session.conversation.id


def filled(bench: Bench) -> list[tuple[int, int, bool]]:
    return [(told.used, told.limit, told.in_memory) for told in bench.told(ContextFilled)]


def branch(bench: Bench) -> tuple[MessageRecord, ...]:
    return bench.store.branch(bench.session.conversation.leaf)


def signs(messages: tuple[Message, ...]) -> str:
    """The first sign of each message."""
    return "".join(message.text[0] for message in messages)
