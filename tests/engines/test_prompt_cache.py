# pyright: basic
# basic: the session fixture and mlx-lm's caches are untyped.
"""The conversation's KV cache: exact figures of what is reused, and the same words as a cold read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import AnswerPart, Message, user_message
from backends.contract.errors import MinimError
from backends.engines.base import TextPiece
from backends.engines.mlx_engine import MlxEngine
from backends.engines.mlx_library import mx
from backends.engines.prompt_cache import PromptCache

QUESTION = "Where does the river begin, and where does it end?"

Opener = Callable[[], Any]


@pytest.fixture(params=["float32", "4bit"])
def opened(request: pytest.FixtureRequest, new_session: Opener) -> Opener:
    """Makes sessions with an empty cache and a loaded model."""
    name = "minimax_folder" if request.param == "float32" else "quantized_folder"
    folder: Path = request.getfixturevalue(name)

    def make() -> Any:
        session = new_session()
        session.load(folder)
        return session

    return make


def tokens_of(session: Any, messages: tuple[Message, ...]) -> list[int]:
    engine: MlxEngine = session.engine
    return engine._require()[2].render(messages, ()).tokens


def agreement(one: list[int], other: list[int]) -> int:
    return next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)


def test_asking_again_reads_one_token(opened: Opener) -> None:
    session = opened()
    first = session.ask(QUESTION, max_tokens=20)
    again = session.ask(QUESTION, max_tokens=20)
    assert first.usage.reused_tokens == 0
    assert again.usage.reused_tokens == again.usage.prompt_tokens - 1
    assert again.text == first.text
    assert [(p.reused, p.done) for p in again.prefill] == [
        (again.usage.prompt_tokens - 1, again.usage.prompt_tokens - 1),
        (again.usage.prompt_tokens - 1, again.usage.prompt_tokens),
    ]


def test_the_next_question_reads_only_what_is_new(opened: Opener, caplog: pytest.LogCaptureFixture) -> None:
    session = opened()
    session.ask(QUESTION, max_tokens=8)
    messages = (user_message(QUESTION), Message("assistant", (AnswerPart("Here."),)), user_message("Why?"))
    parting = agreement(tokens_of(session, messages), session.engine._caches.current.tokens)
    with caplog.at_level(logging.INFO, "backends.engines.prompt_caches"):
        warm = session.ask(messages, max_tokens=20)
    assert warm.usage.reused_tokens == parting > len(QUESTION)
    assert f"at token {parting}" in caplog.text
    assert warm.text == opened().ask(messages, max_tokens=20).text


def test_an_edited_question_is_trimmed_to_where_it_differs(opened: Opener) -> None:
    session = opened()
    before = tokens_of(session, (user_message(QUESTION),))
    session.ask(QUESTION, max_tokens=30)
    edited = QUESTION.replace("river", "valley")
    warm = session.ask(edited, max_tokens=20)
    assert warm.usage.reused_tokens == agreement(before, tokens_of(session, (user_message(edited),)))
    assert warm.text == opened().ask(edited, max_tokens=20).text


def test_a_cancelled_prefill_goes_on_where_it_stopped(opened: Opener, after: Any) -> None:
    session = opened()
    stopped = session.ask(QUESTION * 3, cancelled=after(2), max_tokens=20)
    assert (stopped.reason, stopped.text) == ("cancelled", "")
    read = stopped.prefill[-1].done
    assert 0 < read < stopped.usage.prompt_tokens - 1
    resumed = session.ask(QUESTION * 3, max_tokens=20)
    assert resumed.usage.reused_tokens == read
    assert resumed.text == opened().ask(QUESTION * 3, max_tokens=20).text


def test_a_stopped_or_abandoned_answer_leaves_the_cache_sound(opened: Opener, after: Any) -> None:
    session = opened()
    full = session.ask(QUESTION, max_tokens=20)
    stopped = session.ask(QUESTION, cancelled=after(4), max_tokens=20)
    assert stopped.reason == "cancelled"
    assert 0 < stopped.usage.generated_tokens < 20
    assert full.text.startswith(stopped.text)
    outputs = session.start(QUESTION, max_tokens=20)
    while not isinstance(next(outputs), TextPiece):
        pass
    outputs.close()
    again = session.ask(QUESTION, max_tokens=20)
    assert again.usage.reused_tokens == again.usage.prompt_tokens - 1
    assert again.text == full.text


def test_a_failed_step_empties_the_cache(opened: Opener, caplog: pytest.LogCaptureFixture) -> None:
    session = opened()
    full = session.ask(QUESTION, max_tokens=20)
    loaded = session.engine._loaded
    layer = loaded.model.model.layers[1]
    working, type(layer).__call__ = type(layer).__call__, _fail
    try:
        with pytest.raises(MinimError) as caught:
            session.ask(QUESTION, max_tokens=20)
    finally:
        type(layer).__call__ = working
    assert caught.value.kind == "out_of_memory"
    caplog.clear()
    again = session.ask(QUESTION, max_tokens=20)
    assert (again.usage.reused_tokens, again.text) == (0, full.text)


def test_a_cache_that_cannot_be_cut_starts_anew(opened: Opener) -> None:
    cache = PromptCache(opened().engine._loaded.model)
    cache.read([1, 2, 3, 4])
    for layer in cache.layers:
        layer.is_trimmable = lambda: False
    assert (cache.always_cuttable, cache.can_be_cut) == (True, False)
    assert cache.cut(4), "nothing is cut off"
    assert not cache.cut(3)
    assert [layer.offset for layer in cache.layers] == [0, 0]


def test_a_cache_that_lost_count_starts_anew(opened: Opener, caplog: pytest.LogCaptureFixture) -> None:
    cache = PromptCache(opened().engine._loaded.model)
    cache.read([1, 2, 3])
    cache.note([4])
    assert cache.branch(2).tokens == []
    assert not cache.cut(4)
    assert cache.tokens == []
    assert "4 were counted" in caplog.text
    caplog.clear()


def test_a_branch_goes_its_own_way(opened: Opener) -> None:
    model = opened().engine._loaded.model
    cache, cold = PromptCache(model), PromptCache(model)
    cache.read([1, 2, 3, 4, 5])
    branch = cache.branch(3)
    branch.read([7, 8])
    cache.read([6])
    cold.read([1, 2, 3, 7, 8])
    assert (branch.tokens, branch.read_tokens) == ([1, 2, 3, 7, 8], 5)
    assert cache.tokens == [1, 2, 3, 4, 5, 6]
    for ours, theirs in zip(branch.layers, cold.layers, strict=True):
        assert mx.allclose(ours.keys[..., :5, :], theirs.keys[..., :5, :], atol=1e-5)
        assert mx.allclose(ours.values[..., :5, :], theirs.values[..., :5, :], atol=1e-5)


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("[malloc] Unable to allocate 1 bytes.")
