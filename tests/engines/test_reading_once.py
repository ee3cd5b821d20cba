# pyright: basic
# basic: the session fixture and mlx-lm's caches are untyped.
"""A prompt is read once, whatever comes next: the figures follow the rule, and the words are those of a cold read."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import (
    AnswerPart,
    CallPart,
    GenerationOptions,
    Message,
    ReasoningPart,
    ResultPart,
    user_message,
)
from backends.contract.commands import Generate, ReadAhead
from backends.contract.memory import KeepLimits
from backends.engines.prompt_caches import common_prefix
from backends.engines.reading_ahead import history_tokens
from backends.storage.library import POCKET_FOLDER
from backends.tools.builtin import builtin_tools

from .conftest import LLAMA, write_model

TOOLS = tuple(tool.info for tool in builtin_tools())[:1]
LIMITS = KeepLimits(cache_disk_bytes=2**30)

Messages = tuple[Message, ...]


def turn(number: int) -> Messages:
    answer = (ReasoningPart(f"They ask for the time, number {number}."), AnswerPart(f"It is {number} o'clock."))
    return user_message(f"Question {number}: what is the time?"), Message("assistant", answer)


HISTORY = tuple(message for number in range(6) for message in turn(number))
ASKED = (*HISTORY, user_message("And what is it now?"))


class Reader:
    """An engine, and everything that was ever in its caches: the rule is held against that."""

    def __init__(self, session: Any, model: Any, prepared: Path, kept_in: Path | None = None) -> None:
        self.session = session
        if kept_in is not None:
            session.engine.keep_caches(kept_in, LIMITS)
        session.load(model, prepared)
        self.read: list[list[int]] = []

    def tokens(self, messages: Messages, tools: Any = TOOLS) -> list[int]:
        return self.session.engine._require()[2].render(messages, tools).tokens

    def known(self, prompt: Sequence[int]) -> int:
        return max((common_prefix(seen, prompt) for seen in self.read), default=0)

    def ask(self, messages: Messages, tools: Any = TOOLS, max_tokens: int = 8) -> Any:
        """Ask; what is reused is exactly the longest prefix that was ever read."""
        expected = self.known(self.tokens(messages, tools)[:-1])
        answer = self.session.ask(messages, tools, max_tokens=max_tokens, temperature=0.0)
        assert answer.usage.reused_tokens == expected
        self._note()
        return answer

    def ahead(self, messages: Messages) -> tuple[int, int]:
        """Read ahead; → what of it was there, and all of it."""
        *_, last = self.session.engine.read_ahead(ReadAhead(messages, TOOLS), lambda: False)
        assert last.done == last.total
        self._note()
        return last.reused, last.total

    def _note(self) -> None:
        self.read += [list(cache.tokens) for cache in self.session.engine._caches]


Opener = Callable[..., Reader]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture
def opened(
    request: pytest.FixtureRequest, new_session: Callable[[], Any], refer: Callable[..., Any], prepared: Path
) -> Opener:
    """Makes engines with a tiny model of random weights, or where a test asks for it with Pocket M2 in 4 bits."""
    pocket = getattr(request, "param", "") == "pocket"
    model = refer(POCKET_FOLDER, "4bit", "builtin") if pocket else request.getfixturevalue("minimax_folder")
    return lambda kept_in=None: Reader(new_session(), model, prepared, kept_in)


def cold(opened: Opener, messages: Messages, tools: Any = TOOLS) -> str:
    return opened().ask(messages, tools).text


def test_a_new_turn(opened: Opener) -> None:
    reader = opened()
    assert reader.ask(ASKED).usage.reused_tokens == 0
    following = (*ASKED, Message("assistant", (AnswerPart("Late."),)), user_message("Thank you."))
    warm = reader.ask(following)
    assert warm.usage.reused_tokens > len(reader.tokens(ASKED)) - 5
    assert warm.text == cold(opened, following)


def test_a_new_turn_that_was_read_ahead(opened: Opener) -> None:
    reader = opened()
    reader.ask(ASKED)
    answered = (*ASKED, Message("assistant", (ReasoningPart("They hurry. " * 9), AnswerPart("Late."))))
    reused, total = reader.ahead(answered)
    assert 0 < reused < total
    following = (*answered, user_message("Thank you."))
    warm = reader.ask(following)
    assert warm.usage.reused_tokens == total, "only what the person wrote is read"
    assert total == len(history_tokens(reader.session.engine._require()[2], answered, TOOLS))
    assert warm.text == cold(opened, following)
    assert reader.ahead(answered) == (total, total)


def test_an_edit_two_turns_back_and_the_branch_that_was_left(opened: Opener) -> None:
    reader = opened()
    before = reader.ask(ASKED)
    edited = (*HISTORY[:8], user_message("No: which day is it?"))
    warm = reader.ask(edited)
    assert 0 < warm.usage.reused_tokens < len(reader.tokens(edited))
    assert warm.text == cold(opened, edited)
    back = reader.ask(ASKED)
    assert back.usage.reused_tokens == back.usage.prompt_tokens - 1, "the branch that was left is still there"
    assert back.text == before.text


PLAIN = (
    "{% for message in messages %}]~b]{{ message.role }}\n{{ message.content }}[e~[\n{% endfor %}"
    "]~b]assistant{{ '\n' }}"
)
ENGINES = ["MLX", pytest.param("Transformers", marks=pytest.mark.torch)]


@pytest.mark.parametrize("engine", ENGINES)
def test_after_a_finished_answer_only_what_is_new_is_read(
    engine: str, new_session: Callable[..., Any], scripted_folder: Callable[..., Path]
) -> None:
    made = None
    if engine == "Transformers":
        made = importlib.import_module("backends.engines.transformers_engine").TransformersEngine()
    session = new_session(made)
    folder = scripted_folder("late")
    (folder / "chat_template.jinja").write_text(PLAIN)
    session.load(folder)
    answer = session.ask("hi")
    assert (answer.text, answer.reason) == ("late", "stop")
    following = (user_message("hi"), Message("assistant", (AnswerPart(answer.text),)), user_message("Thank you."))
    assert session.ask(following).usage.reused_tokens == answer.usage.context_tokens, "its end was read, too"


def test_regenerate(opened: Opener) -> None:
    reader = opened()
    first = reader.ask(ASKED)
    again = reader.ask(ASKED)
    assert again.usage.reused_tokens == again.usage.prompt_tokens - 1
    assert again.text == first.text


def test_another_conversation_in_between(opened: Opener) -> None:
    reader = opened()
    first = reader.ask(ASKED)
    other = (user_message("Tell me of the sea, and of the ships that sail on it."),)
    assert reader.ask(other).text == cold(opened, other)
    back = reader.ask(ASKED)
    assert (back.usage.reused_tokens, back.text) == (back.usage.prompt_tokens - 1, first.text)


def test_inside_a_loop_of_twenty_calls_and_after_it(opened: Opener) -> None:
    reader = opened()
    question = user_message("Add the numbers, one by one.")
    parts: list[Any] = []
    for number in range(20):
        prompt = (question, Message("assistant", tuple(parts))) if parts else (question,)
        answer = reader.ask(prompt, max_tokens=3)
        read_anew = answer.usage.prompt_tokens - answer.usage.reused_tokens
        if number:
            assert read_anew < 200, "the call and its result, and nothing of the calls before"
        call = CallPart(f"c{number}", "calculator", {"expression": f"{number}+1"}, state="ready")
        parts += [ReasoningPart(f"Number {number}."), call, ResultPart(f"c{number}", str(number + 1))]
    inside = (question, Message("assistant", tuple(parts)))
    assert reader.ask(inside).text == cold(opened, inside)
    done = (question, Message("assistant", (*parts, ReasoningPart("Done."), AnswerPart("It is 20."))))
    reused, total = reader.ahead(done)
    assert reused < total, "its reasoning is left out from now on"
    following = (*done, user_message("Thank you."))
    warm = reader.ask(following)
    assert warm.usage.reused_tokens == total
    assert warm.text == cold(opened, following)


@pytest.mark.parametrize("opened", ["tiny", "pocket"], indirect=True)
def test_closing_and_opening(opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.engines.prompt_cache_shelf.PIECE_TOKENS", 256)
    reader = opened(tmp_path)
    first = reader.ask(ASKED)
    reader.session.engine.store_caches(lambda: False)
    pieces = {file.name: file.stat().st_ino for file in tmp_path.iterdir()}
    following = (*ASKED, Message("assistant", (AnswerPart("Late."),)), user_message("Thank you."))
    reader.ask(following)
    reader.session.engine.store_caches(lambda: False)
    written_anew = {file.name for file in tmp_path.iterdir() if file.stat().st_ino != pieces.get(file.name)}
    assert len(pieces) > len(written_anew), "what is on the disk is not written again"

    again = opened(tmp_path)
    again.read = [list(reader.session.engine._caches.current.tokens)]
    assert again.ask(following).text == cold(opened, following)
    assert again.ask(ASKED).text == first.text


def test_a_forgotten_conversation_is_read_anew_and_one_that_was_copied_from_it_is_not(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.engines.prompt_cache_shelf.PIECE_TOKENS", 256)
    copied = (*HISTORY, user_message("What was it an hour ago? " * 20))
    other = (user_message("Tell me of the sea, and of the ships that sail on it. " * 8),)

    def say(reader: Reader, messages: Messages, conversation: str) -> Any:
        request = Generate(messages, TOOLS, GenerationOptions(temperature=0.0, max_tokens=8), conversation)
        *_, finished = reader.session.engine.generate(request, lambda: False)
        reader.session.engine.store_caches(lambda: False)
        return finished.usage

    first = opened(tmp_path)
    say(first, ASKED, "first")
    say(first, copied, "second")
    say(first, other, "third")
    again = opened(tmp_path)
    for reader in (first, again):
        freed = reader.session.engine.forget_caches(["first"])
        assert (freed > 0) == (reader is first), "what one worker deletes the next does not find"
        usage = say(reader, copied, "second")
        assert usage.reused_tokens == usage.prompt_tokens - 1
        usage = say(reader, other, "third")
        assert usage.reused_tokens == usage.prompt_tokens - 1
    assert again.session.engine.forget_caches(["second", "third"]) > 0
    assert list(tmp_path.iterdir()) == []
    assert say(again, ASKED, "first").reused_tokens == 0


def test_a_damaged_file_costs_a_cold_read_and_nothing_else(opened: Opener, tmp_path: Path) -> None:
    reader = opened(tmp_path)
    first = reader.ask(ASKED)
    reader.session.engine.store_caches(lambda: False)
    [file] = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    reader = opened(tmp_path)
    again = reader.ask(ASKED)
    assert (again.usage.reused_tokens, again.text) == (0, first.text)
    assert list(tmp_path.iterdir()) == []
    reader.session.engine.store_caches(lambda: False)
    assert opened(tmp_path).session.ask(ASKED, TOOLS, max_tokens=8).usage.reused_tokens > 0


def test_saving_that_is_stopped_leaves_nothing_and_off_means_off(opened: Opener, tmp_path: Path) -> None:
    kept_in = tmp_path / "kv"
    reader = opened(kept_in)
    reader.ask(ASKED)
    looks = iter([False, False, True, True, True, True, True, True])
    reader.session.engine.store_caches(lambda: next(looks))
    assert list(kept_in.iterdir()) == []
    reader.session.engine.store_caches(lambda: False)
    assert list(kept_in.iterdir())
    reader.session.engine.keep_caches(kept_in, KeepLimits())
    reader.session.load(POCKET_FOLDER)
    assert list(kept_in.iterdir()), "somebody else's, where nothing is said of the disk"
    reader.session.engine.keep_caches(kept_in, KeepLimits(cache_disk_bytes=0))
    reader.session.load(POCKET_FOLDER)
    assert not kept_in.exists()


def test_a_model_with_a_sliding_window_goes_on_from_checkpoints(tmp_path: Path, new_session: Callable[[], Any]) -> None:
    config = {**LLAMA, "num_hidden_layers": 2, "sliding_window": 32, "rope_theta": 10000.0}
    folder = write_model(tmp_path / "sliding", {**config, "layer_types": ["sliding_attention", "full_attention"]})

    def open_it() -> Any:
        session = new_session()
        session.engine.keep_caches(tmp_path / "kv", LIMITS)
        session.load(folder)
        return session

    session = open_it()
    first = session.ask(ASKED, max_tokens=8)
    again = session.ask(ASKED, max_tokens=8)
    following = (*ASKED, Message("assistant", (AnswerPart("Late."),)), user_message("Thank you."))
    warm = session.ask(following, max_tokens=8)
    edited = (*HISTORY[:4], user_message("No: which day is it?"))
    anew = session.ask(edited, max_tokens=8)
    assert first.usage.reused_tokens == 0
    assert again.usage.prompt_tokens - 30 < again.usage.reused_tokens < again.usage.prompt_tokens
    assert warm.usage.reused_tokens == again.usage.reused_tokens
    assert anew.usage.reused_tokens == 0, "no checkpoint so early"
    assert again.text == first.text
    assert warm.text == open_it().ask(following, max_tokens=8).text
    assert anew.text == open_it().ask(edited, max_tokens=8).text
    session.engine.store_caches(lambda: False)
    assert not (tmp_path / "kv").exists(), "what cannot be cut is not kept on disk"


def test_reading_ahead_stops_between_two_chunks(opened: Opener, after: Any) -> None:
    reader = opened()
    outputs = list(reader.session.engine.read_ahead(ReadAhead(HISTORY, TOOLS), after(2)))
    assert 0 < outputs[-1].done < outputs[-1].total
    reused, total = reader.ahead(HISTORY)
    assert (reused, total) == (outputs[-1].done, outputs[-1].total)
