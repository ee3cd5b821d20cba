# pyright: basic
# basic: the session fixture is untyped, and torch may be missing.
"""Transformers as an engine: what it answers, how it reads, stops, samples and reuses."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import (
    AnswerPart,
    CallPart,
    Message,
    ReasoningPart,
    ResultPart,
    system_message,
    user_message,
)
from backends.contract.commands import ReadAhead
from backends.contract.errors import MinimError
from backends.contract.memory import KeepLimits
from backends.dialects import read_whole
from backends.engines.base import CacheKeeper
from backends.storage.library import POCKET_FOLDER
from backends.tools.builtin import builtin_tools

pytestmark = pytest.mark.torch

QUESTION = user_message("What is 37 * 48?")
TOOLS = tuple(tool.info for tool in builtin_tools())


@pytest.fixture
def open_session(new_session: Callable[[Any], Any]) -> Callable[[], Any]:
    """Makes sessions with an engine of Transformers."""

    def make() -> Any:
        module: Any = importlib.import_module("backends.engines.transformers_engine")
        module.torch.set_num_threads(1)
        return new_session(module.TransformersEngine())

    return make


@pytest.fixture
def other(open_session: Callable[[], Any]) -> Any:
    """A session with an engine of Transformers and nothing loaded."""
    return open_session()


def read_output(session: Any, messages: tuple[Message, ...], text: str) -> Any:
    settings = session.engine.reader_settings(messages, TOOLS)
    return read_whole(text, settings["name"], settings["tools"], settings["starts_in_reasoning"])


def test_pocket_m2_as_published_calls_the_calculator_and_answers(other: Any) -> None:
    loaded = other.load(POCKET_FOLDER)
    assert (loaded.engine, loaded.dialect, loaded.context_length) == ("Transformers", "minimax-m2", 196_608)
    assert loaded.supports_tools
    first = other.ask((QUESTION,), TOOLS, max_tokens=300)
    output = read_output(other, (QUESTION,), first.text)
    [(name, arguments)] = output.calls
    assert (name, "".join(arguments["expression"].split()), first.reason) == ("calculator", "37*48", "stop")

    turn = (ReasoningPart(output.reasoning), CallPart("c0", name, arguments, state="ready"), ResultPart("c0", "1776"))
    messages = (QUESTION, Message("assistant", turn))
    second = other.ask(messages, TOOLS, max_tokens=300)
    # Inside a turn nothing is read twice, the token that ended the message included.
    assert second.usage.reused_tokens == first.usage.context_tokens
    assert "1776" in read_output(other, messages, second.text).answer.replace(",", "")


def test_what_is_reused_changes_no_answer(open_session: Callable[[], Any], published_folder: Path) -> None:
    kept, cold = open_session(), open_session()
    for session in (kept, cold):
        session.load(published_folder)
    first = kept.ask("one two three four", max_tokens=8, ignore_end=True)
    assert first.usage.reused_tokens == 0
    longer = kept.ask("one two three four", max_tokens=8, ignore_end=True)
    assert (longer.text, longer.usage.reused_tokens) == (first.text, first.usage.prompt_tokens - 1)
    edited = kept.ask("one two three five", max_tokens=8, ignore_end=True)
    assert 0 < edited.usage.reused_tokens < edited.usage.prompt_tokens - 1
    assert edited.text == cold.ask("one two three five", max_tokens=8, ignore_end=True).text


def test_an_answer_that_its_length_cut_off_is_in_the_cache_whole(
    open_session: Callable[[], Any], new_session: Callable[..., Any], published_folder: Path
) -> None:
    held: list[tuple[int, int]] = []
    for session in (open_session(), new_session()):
        session.load(published_folder)
        written = session.ask("one two three four", max_tokens=8, ignore_end=True)
        assert written.reason == "length"
        held.append((len(session.engine._caches.current.tokens), written.usage.context_tokens))
    assert held[0] == held[1]
    assert held[0][0] == held[0][1]


def test_histories_are_read_ahead_and_outlive_the_engine(
    open_session: Callable[[], Any], published_folder: Path, tmp_path: Path
) -> None:
    limits = KeepLimits(cache_disk_bytes=10**8)
    question = "Tell me about the river, please. " * 6
    first = open_session()
    first.engine.keep_caches(tmp_path / "kv", limits)
    first.load(published_folder)
    written = first.ask(question, max_tokens=8, ignore_end=True)
    history = (user_message(question), Message("assistant", (AnswerPart(written.text),)))
    ahead = list(first.engine.read_ahead(ReadAhead(history), lambda: False))
    assert ahead[-1].done == ahead[-1].total > ahead[0].reused > 0
    asked = (*history, user_message("And where does it end?"))
    follow_up = first.ask(asked, max_tokens=8, ignore_end=True)
    assert follow_up.usage.reused_tokens == ahead[-1].total
    first.engine.store_caches(lambda: False)
    assert isinstance(first.engine, CacheKeeper)

    second, cold = open_session(), open_session()
    second.engine.keep_caches(tmp_path / "kv", limits)
    for session in (second, cold):
        session.load(published_folder)
    again = second.ask(asked, max_tokens=8, ignore_end=True)
    assert again.usage.reused_tokens == again.usage.prompt_tokens - 1
    assert again.text == follow_up.text == cold.ask(asked, max_tokens=8, ignore_end=True).text
    piece = next((tmp_path / "kv").rglob("*.safetensors"))
    damaged = bytearray(piece.read_bytes())
    damaged[-9] ^= 1
    piece.write_bytes(damaged)
    second.load(published_folder)
    third = second.ask(asked, max_tokens=8, ignore_end=True)
    assert (third.text, third.usage.reused_tokens < again.usage.reused_tokens) == (again.text, True)


def test_a_sliding_window_goes_on_as_a_cold_read_does(
    open_session: Callable[[], Any], published_folder: Path, tmp_path: Path
) -> None:
    transformers: Any = importlib.import_module("transformers")
    config = transformers.MistralConfig(
        hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        vocab_size=263, sliding_window=48, max_position_embeddings=4096,
    )  # fmt: skip
    folder = tmp_path / "sliding"
    transformers.set_seed(3)
    transformers.MistralForCausalLM(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(published_folder / name, folder / name)
    kept = open_session()
    kept.load(folder)
    assert not kept.engine._caches.current.always_cuttable
    messages: tuple[Message, ...] = ()
    reused: list[int] = []
    for question in ("hi", "Where does the river begin? " * 8, "And the sea?", "Why?"):
        messages = (*messages, user_message(question))
        warm = kept.ask(messages, max_tokens=6, ignore_end=True, temperature=0.0)
        cold = open_session()
        cold.load(folder)
        assert warm.text == cold.ask(messages, max_tokens=6, ignore_end=True, temperature=0.0).text
        reused.append(warm.usage.reused_tokens)
        messages = (*messages, Message("assistant", (AnswerPart(warm.text),)))
    assert reused[0] == 0
    assert all(reused[1:])


def test_two_conversations_keep_a_cache_each(other: Any, published_folder: Path) -> None:
    other.load(published_folder)
    rivers, hills = "All about rivers. " * 30, "Nothing about hills. " * 30
    texts = [other.ask(question, max_tokens=4, ignore_end=True).text for question in (rivers, hills)]
    for question, text in zip((rivers, hills), texts, strict=True):
        again = other.ask(question, max_tokens=4, ignore_end=True)
        assert (again.text, again.usage.reused_tokens) == (text, again.usage.prompt_tokens - 1)
    other.engine.drop_idle_caches()
    assert other.ask(rivers, max_tokens=4).usage.reused_tokens < 30


def test_a_message_ends_by_token_and_by_text(other: Any, scripted_folder: Callable[..., Path]) -> None:
    other.load(scripted_folder("ab[e~[", end="<end>"))
    answer = other.ask("hi", max_tokens=9)
    assert (answer.text, answer.reason, answer.usage.generated_tokens) == ("ab", "stop", 6)
    other.load(scripted_folder("a😀é</think>"))
    answer = other.ask("hi")
    assert (answer.text, answer.reason) == ("a😀é</think>", "stop")
    assert sum(piece.tokens for piece in answer.pieces) == answer.usage.generated_tokens - 1
    assert other.ask("hi", stop=("é<",)).text == "a😀"
    assert (other.ask("hi", max_tokens=3).text, other.ask("hi", max_tokens=3).reason) == ("a", "length")


def test_sampling_follows_the_model_and_the_request(other: Any, published_folder: Path) -> None:
    other.load(published_folder)
    greedy = other.ask("hi", max_tokens=12)
    assert other.ask("hi", max_tokens=12).text == greedy.text
    warm = {"temperature": 1.5, "max_tokens": 12}
    assert other.ask("hi", **warm, seed=1).text == other.ask("hi", **warm, seed=1).text
    assert other.ask("hi", **warm, seed=1).text != other.ask("hi", **warm, seed=2).text
    for narrow in ({"top_k": 1}, {"top_p": 1e-6}, {"min_p": 1.0}):
        assert other.ask("hi", **warm, **narrow).text == greedy.text
    assert other.ask("hi", **warm, top_k=10**6, top_p=0.9, min_p=0.01, ignore_end=True).usage.generated_tokens == 12
    plain = other.ask("hi", max_tokens=30, ignore_end=True)
    assert other.ask("hi", max_tokens=30, ignore_end=True, repetition_penalty=5.0).text != plain.text


def test_prefill_progress_is_complete_and_stops_within_a_chunk(other: Any, published_folder: Path, after: Any) -> None:
    other.load(published_folder)
    answer = other.ask("hello " * 60, max_tokens=2)
    done = [progress.done for progress in answer.prefill]
    assert (done[0], done[-1]) == (0, answer.usage.prompt_tokens)
    assert done == sorted(set(done))
    assert len(done) > 3
    stopped = other.ask("other words " * 60, cancelled=after(0), max_tokens=2)
    assert (stopped.reason, stopped.usage.generated_tokens) == ("cancelled", 0)


def test_limits_templates_and_counting_are_the_other_engine_s(other: Any, copy_of_published: Path) -> None:
    file = copy_of_published / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "max_position_embeddings": 64}))
    with pytest.raises(MinimError) as caught:
        other.ask("hi")
    assert caught.value.kind == "no_model"
    other.load(copy_of_published)
    assert (other.ask("hi", ignore_end=True).usage.context_tokens) == 64
    with pytest.raises(MinimError) as caught:
        other.ask("hi" * 50)
    assert caught.value.kind == "context_full"
    messages = (system_message("Be brief."), user_message("hi"))
    settings = other.engine.reader_settings(messages, ())
    assert (settings["name"], settings["starts_in_reasoning"]) == ("minimax-m2", True)
    assert other.engine.count_tokens(messages, ()) == other.ask(messages, max_tokens=1).usage.prompt_tokens
    assert other.engine.memory_bytes() > 10 * 2**20
