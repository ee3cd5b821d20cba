# pyright: basic
# basic: the session fixture is untyped.
"""Generation: where a message ends, whole characters, sampling, limits, and the reader's settings."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import GenerationOptions, system_message, user_message
from backends.contract.commands import Generate
from backends.contract.errors import MinimError
from backends.contract.tools import ToolInfo
from backends.engines.mlx_decoding import _penalties
from backends.engines.mlx_library import mx
from backends.engines.sampling import Sampling

TOOL = ToolInfo("calculator", "Evaluate.", {"type": "object", "properties": {"expression": {"type": "string"}}})
Script = Callable[..., Path]


def test_a_message_ends_by_token_and_markers_are_kept(session: Any, scripted_folder: Script) -> None:
    text = "hm</think>so <minimax:tool_call>X</minimax:tool_call>"
    session.load(scripted_folder(text))
    answer = session.ask("hi")
    assert (answer.text, answer.reason) == (text, "stop")
    assert sum(piece.tokens for piece in answer.pieces) == answer.usage.generated_tokens - 1
    assert answer.usage.context_tokens == answer.usage.prompt_tokens + answer.usage.generated_tokens


def test_special_tokens_are_never_text(session: Any, scripted_folder: Script) -> None:
    session.load(scripted_folder("a]~b]b"))
    assert session.ask("hi").text == "ab"


@pytest.mark.parametrize("text", ["😀!", "中é", "a文é"])
def test_characters_over_several_tokens_stay_whole(session: Any, scripted_folder: Script, text: str) -> None:
    session.load(scripted_folder(text))
    answer = session.ask("hi")
    assert answer.text == text
    assert "\ufffd" not in answer.text
    assert [piece.text for piece in answer.pieces] == list(text)
    assert answer.pieces[0].tokens == len(text[0].encode())


def test_half_a_character_at_the_very_end_is_dropped(session: Any, scripted_folder: Script) -> None:
    session.load(scripted_folder("a😀"))
    answer = session.ask("hi", max_tokens=3)
    assert (answer.text, answer.reason) == ("a", "length")


def test_a_stop_text_ends_it_over_a_cut(session: Any, scripted_folder: Script) -> None:
    session.load(scripted_folder("abcdefgh"))
    answer = session.ask("hi", stop=("def", "zzz"))
    assert (answer.text, answer.reason) == ("abc", "stop")
    assert session.ask("hi", stop=("ghx",)).text == "abcdefgh"


def test_m2_ends_by_text_too(session: Any, scripted_folder: Script) -> None:
    # Four plain tokens, which no id gives away.
    session.load(scripted_folder("ab[e~[", end="<end>"))
    answer = session.ask("hi", max_tokens=9)
    assert (answer.text, answer.reason, answer.usage.generated_tokens) == ("ab", "stop", 6)
    assert session.ask("hi", max_tokens=9, ignore_end=True).text == "ab[e~[e~["


def test_going_on_past_the_end_for_measurements(session: Any, scripted_folder: Script) -> None:
    session.load(scripted_folder("ab"))
    answer = session.ask("hi", max_tokens=30, ignore_end=True)
    assert (answer.usage.generated_tokens, answer.reason) == (30, "length")


@pytest.mark.parametrize("place", ["config.json", "generation_config.json"])
@pytest.mark.parametrize("as_list", [False, True])
def test_end_tokens_are_taken_from_the_configs(
    session: Any, scripted_folder: Script, place: str, as_list: bool
) -> None:
    folder = scripted_folder("abc")
    session.load(folder)
    end = session.engine._loaded.tokenizer.convert_tokens_to_ids("c")
    file = folder / place
    config = json.loads(file.read_text())
    config["eos_token_id"] = [end, 1] if as_list else end
    file.write_text(json.dumps(config))
    session.load(folder)
    assert session.ask("hi").text == "ab"


def test_sampling_follows_the_model_and_the_request(session: Any, minimax_folder: Path) -> None:
    session.load(minimax_folder)
    greedy = session.ask("hi", max_tokens=12)
    assert session.ask("hi", max_tokens=12).text == greedy.text
    warm = {"temperature": 1.5, "max_tokens": 12}
    assert session.ask("hi", **warm, seed=1).text == session.ask("hi", **warm, seed=1).text
    assert session.ask("hi", **warm, seed=1).text != session.ask("hi", **warm, seed=2).text
    for narrow in ({"top_k": 1}, {"top_p": 1e-6}, {"min_p": 1.0}):
        assert session.ask("hi", **warm, **narrow).text == greedy.text
    assert session.ask("hi", **warm, top_k=10**6, top_p=0.9, min_p=0.01, ignore_end=True).usage.generated_tokens == 12


def test_a_repetition_penalty_sees_what_was_written(session: Any, minimax_folder: Path) -> None:
    session.load(minimax_folder)
    plain = session.ask("hi", max_tokens=30, ignore_end=True)
    assert session.ask("hi", max_tokens=30, ignore_end=True, repetition_penalty=5.0).text != plain.text


def test_a_repetition_penalty_sees_the_prompt_that_is_in_the_cache() -> None:
    [penalize] = _penalties(Sampling(0.0, 1.0, 0, 0.0, 2.0), [1, 2, 3])
    assert penalize(mx.array([3]), mx.ones((1, 5))).tolist() == [[1.0, 0.5, 0.5, 0.5, 1.0]]


def test_limits_of_length(session: Any, copy_of_minimax: Path) -> None:
    file = copy_of_minimax / "config.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps({**config, "max_position_embeddings": 64}))
    session.load(copy_of_minimax)
    answer = session.ask("hi", ignore_end=True)
    assert (answer.reason, answer.usage.context_tokens) == ("length", 64)
    assert session.ask("hi", ignore_end=True, max_tokens=3).usage.generated_tokens == 3
    with pytest.raises(MinimError, match="64") as caught:
        session.ask("hi" * 50)
    assert caught.value.kind == "context_full"
    assert caught.value.hint
    with pytest.raises(MinimError, match="max_tokens is 0"):
        session.ask("hi", max_tokens=0)


def test_prefill_progress_is_complete_and_stops_within_a_chunk(session: Any, minimax_folder: Path, after: Any) -> None:
    session.load(minimax_folder)
    answer = session.ask("hello " * 60, max_tokens=2)
    total = answer.usage.prompt_tokens
    done = [progress.done for progress in answer.prefill]
    assert (done[0], done[-1]) == (0, total)
    assert done == sorted(set(done))
    assert len(done) > 3
    assert answer.usage.prefill_seconds > 0
    assert answer.usage.decode_seconds > 0
    stopped = session.ask("other words " * 60, cancelled=after(0), max_tokens=2)
    assert (stopped.reason, stopped.usage.generated_tokens) == ("cancelled", 0)


def test_loading_and_generating_may_happen_on_different_threads(session: Any, scaled_folder: Path) -> None:
    texts: list[str] = []

    def write() -> None:
        texts.append(session.ask("hi", max_tokens=5, temperature=1.0, top_k=9, seed=1).text)

    for work in (lambda: session.load(scaled_folder), write, write):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    write()
    assert texts == [texts[0]] * 3


def test_reader_settings_and_counting(session: Any, minimax_folder: Path) -> None:
    session.load(minimax_folder)
    messages = (system_message("Be brief."), user_message("hi"))
    settings = session.engine.reader_settings(messages, (TOOL,))
    assert settings == {"name": "minimax-m2", "tools": [TOOL.as_openai()], "starts_in_reasoning": True}
    with_tool = session.engine.count_tokens(messages, (TOOL,))
    assert with_tool > session.engine.count_tokens(messages, ())
    assert session.ask(messages, tools=(TOOL,), max_tokens=1).usage.prompt_tokens == with_tool


def test_a_template_that_refuses_says_so(session: Any, copy_of_minimax: Path, caplog: pytest.LogCaptureFixture) -> None:
    (copy_of_minimax / "chat_template.jinja").write_text(
        "{% if messages[0].role == 'system' %}{{ raise_exception('No system text, please') }}{% endif %}x"
    )
    loaded = session.load(copy_of_minimax)
    assert (loaded.dialect, loaded.supports_tools) == ("think", False)
    assert not session.engine.reader_settings((user_message("hi"),), ())["starts_in_reasoning"]
    with pytest.raises(MinimError, match="No system text, please") as caught:
        session.ask((system_message("Be brief."), user_message("hi")))
    assert caught.value.kind == "bad_request"
    caplog.clear()


def test_another_model_takes_the_place_of_the_first(
    session: Any, minimax_folder: Path, scripted_folder: Script
) -> None:
    session.load(minimax_folder)
    session.ask("hi", max_tokens=5)
    session.load(scripted_folder("ab"))
    answer = session.ask("hi")
    assert (answer.text, answer.usage.reused_tokens) == ("ab", 0)
    assert session.engine.memory_bytes() > 10 * 2**20


def test_without_a_model_it_says_so(session: Any) -> None:
    with pytest.raises(MinimError) as caught:
        list(session.engine.generate(Generate((user_message("hi"),), (), GenerationOptions()), lambda: False))
    assert caught.value.kind == "no_model"
