"""`minim chat` and `minim models` with real workers; only the model is a script."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backends.contract.events import Envelope, Event
from backends.terminal import main
from backends.terminal.output import call_words, harmless, result_words
from backends.terminal.preferences import change_preferences
from backends.terminal.workers import Handler, open_worker
from backends.workers.supervisor import Supervisor

ROOT = Path(__file__).parents[2]
REPLAY = ROOT / "tests" / "workers" / "replay_worker.py"
CALL = (
    '<minimax:tool_call>\n<invoke name="calculator">\n<parameter name="expression">37 * 48</parameter>\n'
    "</invoke>\n</minimax:tool_call>"
)
SUM = {"rounds": [["I compute.</think>", CALL], ["Done.</think>", "It is ", "1776."]]}

Minim = Callable[..., int]


@pytest.fixture
def minim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Minim:
    monkeypatch.setenv("MINIM_HOME", str(tmp_path / "home"))

    def run(*argv: str, script: dict[str, Any] | None = None, seen: Callable[[Event], None] | None = None) -> int:
        def opener(name: str, handler: Handler) -> Supervisor:
            def hear(envelope: Envelope[Event]) -> None:
                handler(envelope)
                if seen is not None:
                    seen(envelope.body)

            if name != "engine":
                return open_worker(name, hear)
            env = {"MINIM_REPLAY": json.dumps(script or {})}
            return Supervisor("engine", hear, command=[sys.executable, str(REPLAY)], env=env)

        return main(argv, opener=opener)

    return run


def ask_always() -> None:
    change_preferences(lambda preferences: replace(preferences, allow_harmless=False))


def test_one_question(minim: Minim, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = minim("chat", "--model", str(folder), "--allow-tools", "What is 37 * 48?", script=SUM)
    out, err = capsys.readouterr()
    assert (code, out) == (0, "It is 1776.\n")
    assert err == '→ calculator(expression="37 * 48")\n← 1776\n'


def test_json_lines_are_the_contract_s_events(minim: Minim, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = minim("chat", "--model", str(folder), "--allow-tools", "--json", "What is 37 * 48?", script=SUM)
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    kinds = {event["type"] for event in events}
    assert kinds >= {"ModelLoaded", "ReasoningDelta", "ToolCallReady", "ToolFinished", "AnswerDelta"}
    assert "".join(event["text"] for event in events if event["type"] == "AnswerDelta").strip() == "It is 1776."
    assert events[-1]["type"] == "GenerationFinished"


def test_without_a_terminal_nobody_can_allow_a_tool(
    minim: Minim, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask_always()
    code = minim("chat", "--model", str(folder), "What is 37 * 48?", script=SUM)
    out, err = capsys.readouterr()
    assert (code, out) == (3, "It is 1776.\n")
    assert '× calculator(expression="37 * 48") needs to be allowed: --allow calculator ' in err
    assert "--allow-tools" in err
    assert "Error: The person did not allow this call." in err


def test_the_question_can_come_from_a_pipe(
    minim: Minim, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "question").write_text("Hello\n")
    with (tmp_path / "question").open() as pipe:
        monkeypatch.setattr("sys.stdin", pipe)
        code = minim("chat", "--model", str(folder), script={"pieces": ["</think>", "Hi"]})
    assert (code, capsys.readouterr().out) == (0, "Hi\n")


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["chat", "--model", "/no/such/folder", "hi"], 1, "/no/such/folder"),
        (["chat", "--model", "~nosuchuser/model", "hi"], 1, "nosuchuser"),
        (["chat", "--model", "no-such-model", "hi"], 1, "no-such-model"),
        (["chat", "--model", "minimax-m2", "hi"], 1, "minim download MiniMax-M2"),
        (["models", "--hardware", "~nosuchuser/mac.json"], 1, "nosuchuser"),
        (["models", "--hub", "elsewhere"], 2, "invalid choice"),
        (["download"], 2, "NAME"),
        (["chat", "--max-tokens", "0", "hi"], 2, "“0” is not a whole number from 1 to 1,000,000"),
        (["chat", "--temperature", "warm", "hi"], 2, "“warm” is not a number from 0 to 2"),
        (["chat", "--top-p", "1.5", "hi"], 2, "from 0 to 1"),
        (["chat", "--top-k", "1.5", "hi"], 2, "a whole number from 0 to 1,000"),
        (["chat", "--min-p", "", "hi"], 2, "“” is not a number from 0 to 1"),
        (["chat", "--repetition-penalty", "3", "hi"], 2, "from 0.5 to 2"),
        (["chat", "--seed", "4294967296", "hi"], 2, "a whole number from 0 to 4,294,967,295"),
        (["chat", "--stop", "", "hi"], 2, "must say something"),
        (["chat", "--thinking", "maybe", "hi"], 2, "invalid choice"),
        (["fly"], 2, "invalid choice"),
        ([], 2, "required"),
    ],
)
def test_what_cannot_be_done(
    minim: Minim, capsys: pytest.CaptureFixture[str], argv: list[str], code: int, words: str
) -> None:
    assert minim(*argv) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err


def test_a_quantization_that_is_not_there(minim: Minim, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert minim("chat", "--model", str(folder), "--quantization", "8bit", "hi") == 1
    assert "There are: 4bit." in capsys.readouterr().err


def test_a_folder_that_is_no_model(minim: Minim, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert minim("chat", "--model", str(tmp_path / "empty"), "hi") == 1
    assert "empty" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["load", "pieces"])
def test_an_engine_that_dies_is_told_once(
    minim: Minim, folder: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    script: dict[str, Any] = {"pieces": ["</think>", "Once"], "delay_ms": 1}
    script[place] = [*script.get(place, []), {"kill": signal.SIGKILL}] if place == "pieces" else [{"exit": 9}]
    assert minim("chat", "--model", str(folder), "hi", script=script) == 1
    assert capsys.readouterr().err.count("minim: ") == 1


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ({"pieces": ["</think>", "Once", {"wait_for": None}]}, "AnswerDelta"),
        ({"load": [{"wait_for": None}]}, "LoadProgress"),
    ],
)
def test_ctrl_c_stops_and_what_was_written_stays(
    minim: Minim, folder: Path, capsys: pytest.CaptureFixture[str], script: dict[str, Any], kind: str
) -> None:
    pressed: list[Event] = []

    def press(event: Event) -> None:
        if type(event).__name__ == kind and not pressed:
            pressed.append(event)
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    assert minim("chat", "--model", str(folder), "hi", script=script, seen=press) == 130
    assert capsys.readouterr().out == ("Once\n" if kind == "AnswerDelta" else "")
    assert signal.getsignal(signal.SIGINT) == before


def test_a_reader_that_goes_away(folder: Path, tmp_path: Path) -> None:
    code = "import sys; from backends.terminal import main; sys.exit(main(['models', '--json']))"
    env = {**os.environ, "MINIM_HOME": str(tmp_path / "home")}
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=env,
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_nothing_of_qt_or_of_an_engine_is_loaded() -> None:
    code = (
        "import sys, backends.terminal as t\n"
        "print([n for n in ('PySide6', 'mlx', 'torch', 'transformers', 'numpy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_long_result_is_shown_in_part_and_never_where_minim_speaks() -> None:
    words = result_words("\n".join(["Allow it? [y]"] * 30 + ["x" * 5000]))
    assert words.count("\n  Allow it?") == 19
    assert words.endswith("… 11 more lines")
    assert len(result_words("x" * 5000)) < 1100


def test_a_model_cannot_steer_the_terminal_or_disguise_a_call() -> None:
    assert harmless("a\x1b[2Jb\u202ec\x9b1mé\n🐢") == "a[2Jbc1mé\n🐢"
    words = call_words("run\n", {"command": "ls\x1b[1A\u202e; \u009brm"})
    assert not set("\x1b\u202e\n\u009b") & set(words)
    assert words.startswith("run(command=")
