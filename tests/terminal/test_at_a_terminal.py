"""`minim chat` at a real terminal: lines in, questions about calls, Ctrl+C and Ctrl+D."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.pseudo_terminal import Terminal

CALL = (
    '<minimax:tool_call>\n<invoke name="calculator">\n<parameter name="expression">37 * 48</parameter>\n'
    "</invoke>\n</minimax:tool_call>"
)
START = """
import sys
from backends.terminal import main
from backends.terminal.workers import open_worker
from backends.workers.supervisor import Supervisor
def opener(name, handler):
    if name != "engine":
        return open_worker(name, handler)
    return Supervisor("engine", handler, command=[sys.executable, "tests/workers/replay_worker.py"])
sys.exit(main(["chat", "--model", sys.argv[1]], opener=opener))
"""

IDLE = """
import sys
from msgspec.structs import replace
from backends.conversation.model_session import ModelSession
from backends.terminal.output import PlainOutput
configure, show = ModelSession.configure, PlainOutput.show
def soon(self, keep):
    configure(self, replace(keep, unload_after_minutes=keep.unload_after_minutes / 1e6))
ModelSession.configure = soon
def told(self, change):
    if getattr(change, "resting", ""):
        print("[rests]", file=sys.stderr, flush=True)
    show(self, change)
PlainOutput.show = told
"""
"""A minute passes in a moment, and it is told when the model rests."""


def talk(folder: Path, script: object, home: Path) -> Terminal:
    (home / "data").mkdir(parents=True)
    (home / "data" / "preferences.toml").write_text("allow_harmless = false\n")
    return Terminal(START, str(folder), env={"MINIM_HOME": str(home), "MINIM_REPLAY": json.dumps(script)})


@pytest.fixture
def opened() -> Iterator[list[Terminal]]:
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()


def test_a_conversation_with_questions(folder: Path, tmp_path: Path, opened: list[Terminal]) -> None:
    script = {"rounds": [["I compute.</think>", CALL], ["</think>", "No."], ["</think>", CALL], ["</think>", "Yes."]]}
    terminal = talk(folder, script, tmp_path / "home")
    opened.append(terminal)
    terminal.read_until("> ")
    terminal.press("What is 37 * 48?\n")
    asked = terminal.read_until("Allow calculator? ")
    assert '  │ expression = "37 * 48"' in asked
    assert "\x1b[2mI compute." in asked
    terminal.press("\n")
    assert "did not allow this call" in terminal.read_until("No.")
    terminal.read_until("> ")
    terminal.press("Again\n")
    terminal.read_until("[N] no: ")
    terminal.press("y\n")
    assert "← 1776" in terminal.read_until("Yes.")
    terminal.read_until("> ")
    terminal.press("\x04")
    assert terminal.process.wait(timeout=60) == 0


def test_a_model_that_nobody_uses_is_unloaded_while_a_line_is_awaited(
    folder: Path, tmp_path: Path, opened: list[Terminal]
) -> None:
    home, loads = tmp_path / "home", tmp_path / "loads"
    (home / "data").mkdir(parents=True)
    (home / "data" / "preferences.toml").write_text("unload_after_minutes = 1\n")
    script = {"pieces": ["</think>", "Hello."], "load": [{"touch": str(loads)}]}
    terminal = Terminal(IDLE + START, str(folder), env={"MINIM_HOME": str(home), "MINIM_REPLAY": json.dumps(script)})
    opened.append(terminal)
    for _ in range(2):
        terminal.read_until("> ")
        terminal.read_until("[rests]")
        loads.unlink()
        terminal.press("Hi\n")
        assert "it is loaded again" in terminal.read_until("Hello.")
        assert loads.exists()
    terminal.read_until("[rests]")
    terminal.press("\x03")
    assert terminal.process.wait(timeout=60) == 130


def test_ctrl_c_stops_an_answer_then_ends(folder: Path, tmp_path: Path, opened: list[Terminal]) -> None:
    script = {"pieces": ["Once", {"wait_for": None}], "starts_in_reasoning": False}
    terminal = talk(folder, script, tmp_path / "home")
    opened.append(terminal)
    terminal.read_until("> ")
    terminal.press("Hello\n")
    terminal.read_until("Once")
    terminal.press("\x03")
    terminal.read_until("> ")
    terminal.press("\x03")
    assert terminal.process.wait(timeout=60) == 130


def test_ctrl_c_at_a_question_stops_the_turn(folder: Path, tmp_path: Path, opened: list[Terminal]) -> None:
    terminal = talk(folder, {"pieces": ["</think>", CALL]}, tmp_path / "home")
    opened.append(terminal)
    terminal.read_until("> ")
    terminal.press("Hello\n")
    terminal.read_until("[N] no: ")
    terminal.press("\x03")
    assert "←" not in terminal.read_until("> ")


def test_a_context_that_is_full_is_asked_about(folder: Path, tmp_path: Path, opened: list[Terminal]) -> None:
    full = {"fail": {"kind": "context_full", "message": "The conversation has 5,000 tokens.", "hint": ""}}
    rounds = [["</think>One."], [full], ["</think>Two."], [full], ["</think>In short."], [full]]
    terminal = talk(folder, {"rounds": rounds}, tmp_path / "home")
    opened.append(terminal)
    terminal.read_until("> ")
    terminal.press("first\n")
    terminal.read_until("> ")
    terminal.press("second\n")
    asked = terminal.read_until("? ")
    assert "The context is full: the model’s context length is 4,096 tokens." in asked
    assert "Enter: leave it" in asked
    terminal.press("d\n")
    assert "Two." in terminal.read_until("> ")
    terminal.press("third\n")
    terminal.read_until("? ")
    terminal.press("s\n")
    assert "In short." in terminal.read_until("> ")
    terminal.press("fourth\n")
    terminal.read_until("? ")
    terminal.press("\n")
    terminal.read_until("> ")
    terminal.press("\x04")
    assert terminal.process.wait(timeout=60) == 0
