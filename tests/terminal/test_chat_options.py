"""The options of `minim chat` as the engine gets them, and what a model does not have."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pytest

from backends.contract.chat import GenerationOptions, ThinkingSwitch
from backends.contract.commands import Command, Generate
from backends.contract.errors import MinimError
from backends.conversation.changes import ContextFilled
from backends.terminal import main
from backends.terminal.arguments import make_parser
from backends.terminal.chat_options import check_thinking, read_options
from backends.terminal.output import full_words
from backends.terminal.workers import Handler, open_worker
from backends.workers.supervisor import Supervisor

REPLAY = Path(__file__).parents[1] / "workers" / "replay_worker.py"


def given(*words: str) -> argparse.Namespace:
    return make_parser().parse_args(["chat", *words, "hi"])


def test_all_of_them_reach_the_engine() -> None:
    words = (
        "--system Hm. --temperature 0.5 --top-p 0.9 --top-k 40 --min-p 0.05 --repetition-penalty 1.1"
        " --max-tokens 9 --seed 7 --stop a --stop b --thinking off --reasoning-effort low"
    )
    chosen = given(*words.split())
    assert chosen.system == "Hm."
    assert read_options(chosen) == GenerationOptions(
        0.5, 0.9, 40, 0.05, 1.1, 9, 7, ("a", "b"), thinking=False, reasoning_effort="low"
    )
    assert read_options(given("--thinking", "on")).thinking is True


def test_without_them_the_model_decides() -> None:
    assert read_options(given()) == GenerationOptions()


@pytest.mark.parametrize(
    ("options", "switch", "words"),
    [
        (GenerationOptions(thinking=False), ThinkingSwitch(), "cannot be turned on and off"),
        (GenerationOptions(reasoning_effort="high"), ThinkingSwitch(), "no reasoning effort “high”"),
        (GenerationOptions(reasoning_effort="most"), ThinkingSwitch(efforts=("low", "high")), "“most”"),
    ],
)
def test_a_switch_that_the_model_does_not_have(options: GenerationOptions, switch: ThinkingSwitch, words: str) -> None:
    with pytest.raises(MinimError, match=words) as caught:
        check_thinking(options, switch)
    assert caught.value.hint


def test_a_switch_that_it_has() -> None:
    switch = ThinkingSwitch("enable_thinking", efforts=("low", "high"))
    check_thinking(GenerationOptions(thinking=False, reasoning_effort="high"), switch)
    check_thinking(GenerationOptions(), ThinkingSwitch())


def test_words_for_a_full_memory() -> None:
    words = full_words(ContextFilled("c", 60_000, 50_000, in_memory=True))
    assert words.startswith("The conversation has 60,000 tokens; memory has room for 50,000.")


class Recorded(Supervisor):
    """An engine that replays a script, and what it was asked."""

    sent: list[Command]

    def __init__(self, handler: Handler) -> None:
        env = {"MINIM_REPLAY": json.dumps({"pieces": ["</think>", "Hi"]})}
        super().__init__("engine", handler, command=[sys.executable, str(REPLAY)], env=env)
        self.sent = []

    def send(self, command: Command) -> int:
        self.sent.append(command)
        return super().send(command)


def test_a_chat_begins_with_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engines: list[Recorded] = []

    def opener(name: str, handler: Handler) -> Supervisor:
        if name != "engine":
            return open_worker(name, handler)
        engines.append(Recorded(handler))
        return engines[-1]

    chat = ("chat", "--model", str(folder))
    assert main((*chat, "--system", "Be brief.", "--seed", "7", "--stop", "END", "hi"), opener=opener) == 0
    [asked] = [command for command in engines[-1].sent if isinstance(command, Generate)]
    assert asked.options == GenerationOptions(seed=7, stop=("END",))
    assert asked.messages[0].text == "Be brief."
    assert main((*chat, "--thinking", "off", "hi"), opener=opener) == 1
    assert "cannot be turned on and off" in capsys.readouterr().err
    assert not [command for command in engines[-1].sent if isinstance(command, Generate)]
