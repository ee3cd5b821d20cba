"""A deleted conversation leaves no text in KV caches: the engine drops them as soon as one runs."""

from __future__ import annotations

from backends.contract.commands import ForgetCaches
from backends.contract.events import (
    AnswerDelta,
    CachesForgotten,
    ModelLoaded,
    RequestFailed,
)
from backends.contract.models import ModelRef
from backends.conversation.changes import SessionFailed
from tests.conversation.conftest import Bench

LOADED = ModelLoaded(ModelRef("Pocket M2", "mlx", "4bit", "builtin", "/x"), "MLX", "minimax-m2", 4096, 1, 0.1)


def a_conversation(bench: Bench) -> str:
    bench.session.new()
    bench.session.send("Hello")
    bench.answer(AnswerDelta("Hi."))
    return bench.session.conversation.id


def asked(bench: Bench) -> list[tuple[str, ...]]:
    return [command.conversations for command in bench.engine.asked(ForgetCaches)]


def test_they_are_dropped_when_it_is_deleted(bench: Bench) -> None:
    first, second = a_conversation(bench), a_conversation(bench)
    bench.session.delete(first)
    assert asked(bench) == [(first,)]
    bench.engine.say(CachesForgotten(1000))
    assert bench.store.forgotten() == ()
    bench.session.delete(second)
    assert asked(bench) == [(first,), (second,)]
    assert bench.told(SessionFailed) == []


def test_they_are_dropped_once_more_when_it_cannot_be_restored_any_more(bench: Bench) -> None:
    first = a_conversation(bench)
    bench.session.delete(first)
    bench.engine.say(CachesForgotten(1000))
    bench.session.remove(first)
    bench.engine.say_unasked(LOADED)
    assert asked(bench) == [(first,), (first,)], "another Minim may have written them meanwhile"
    bench.engine.say(CachesForgotten(0))
    assert bench.store.forgotten() == ()


def test_no_engine_is_started_for_it(bench: Bench) -> None:
    first = a_conversation(bench)
    bench.engine.running = False
    bench.session.delete(first)
    assert asked(bench) == []
    bench.engine.running = True
    bench.engine.say_unasked(LOADED)
    assert asked(bench) == [(first,)]


def test_what_fails_is_tried_again_with_the_next_model_and_told_to_nobody(bench: Bench) -> None:
    first = a_conversation(bench)
    bench.session.delete(first)
    bench.engine.say_unasked(LOADED)
    assert len(asked(bench)) == 1, "it is under way"
    bench.engine.say(RequestFailed("internal", "It cannot."))
    bench.engine.say_unasked(LOADED)
    bench.engine.die()
    bench.engine.say_unasked(LOADED)
    assert asked(bench) == [(first,)] * 3
    assert bench.told(SessionFailed) == []


def test_what_was_restored_is_not_forgotten(bench: Bench) -> None:
    first = a_conversation(bench)
    bench.engine.running = False
    bench.session.delete(first)
    bench.session.restore(first)
    bench.engine.running = True
    bench.engine.say_unasked(LOADED)
    assert asked(bench) == []


def test_an_answer_in_writing_is_stopped_first(bench: Bench) -> None:
    bench.session.send("Hello")
    bench.engine.say(AnswerDelta("Hi"))
    request = bench.engine.sent[-1][0]
    bench.session.delete(bench.session.conversation.id)
    assert bench.engine.cancelled == [request]
    assert isinstance(bench.engine.sent[-1][1], ForgetCaches)
