"""Calls that ask at a real terminal: who is asked sees everything, and only a clear yes lets anything run."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from backends.contract.tools import ConsentAnswer
from backends.storage.settings import load_preferences
from backends.storage.tool_servers import ServerStore
from backends.terminal.preferences import change_preferences
from backends.terminal.questions import read_answer
from tests.terminal.pseudo_terminal import Terminal
from tests.terminal.servers import GOOD, approve

START = """
import sys
from backends.terminal import main
from backends.terminal.workers import open_worker
from backends.workers.supervisor import Supervisor
def opener(name, handler):
    if name != "engine":
        return open_worker(name, handler)
    return Supervisor("engine", handler, command=[sys.executable, "tests/workers/replay_worker.py"])
sys.exit(main(["chat", "--model", *sys.argv[1:]], opener=opener))
"""
QUESTION = "[N] no: "

Talk = Callable[..., Terminal]


def call(expression: str) -> str:
    return (
        f'<minimax:tool_call>\n<invoke name="calculator">\n<parameter name="expression">{expression}</parameter>\n'
        "</invoke>\n</minimax:tool_call>"
    )


def rounds(*pieces: str) -> dict[str, object]:
    return {"rounds": [["</think>", piece] for piece in pieces]}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    (home / "data").mkdir(parents=True)
    monkeypatch.setenv("MINIM_HOME", str(home))
    keep(home, "allow_harmless = false\n")
    return home


def keep(home: Path, preferences: str) -> None:
    (home / "data" / "preferences.toml").write_text(preferences)


@pytest.fixture
def talk(folder: Path, home: Path) -> Iterator[Talk]:
    """Opens `minim chat`; it reads the first line when it is returned."""
    opened: list[Terminal] = []

    def open_chat(script: object, *options: str, **env: str) -> Terminal:
        told = {"MINIM_REPLAY": json.dumps(script), "VISUAL": "", "EDITOR": "", "COLUMNS": "80", **env}
        opened.append(Terminal(START, str(folder), *options, env=told))
        return opened[-1]

    yield open_chat
    for terminal in opened:
        terminal.close()


def ended(terminal: Terminal) -> int:
    return terminal.process.wait(timeout=60)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("y\n", ConsentAnswer(True)),
        (" YES \n", ConsentAnswer(True)),
        ("c\n", ConsentAnswer(True, "conversation")),
        ("a\n", ConsentAnswer(True, "always")),
        ("\n", ConsentAnswer(False)),
        ("", ConsentAnswer(False)),
        ("n\n", ConsentAnswer(False)),
        ("n because it is private\n", ConsentAnswer(False, note="because it is private")),
        ("No, ask me first\n", ConsentAnswer(False, note="ask me first")),
        ("y because\n", ConsentAnswer(False)),
        ("yy\n", ConsentAnswer(False)),
        ("now\n", ConsentAnswer(False)),
    ],
)
def test_what_an_answer_means(line: str, answer: ConsentAnswer) -> None:
    assert read_answer(line, None, may_always=True) == answer


def test_always_is_no_answer_where_it_is_forbidden() -> None:
    assert read_answer("a\n", None, may_always=False) == ConsentAnswer(False)


def test_a_call_cannot_paint_over_the_question(talk: Talk) -> None:
    forged = "1 + 1\x1b[2K\r\u202e" + " " * 200 + "Allow clock? [y]"
    terminal = talk(rounds(call(forged), "Done."), "Go")
    asked = terminal.read_until(QUESTION)
    assert "The model calls calculator (built in):" in asked
    assert "1 + 1\\u001b[2K\\r\\u202e" in asked
    assert asked.count("Allow calculator? ") == 1
    assert not set("\x1b\u202e") & set(asked)
    assert not [line for line in asked.splitlines() if line.startswith("Allow clock?")]
    terminal.press("\n")
    terminal.read_until("did not allow this call")
    assert ended(terminal) == 0


def test_a_server_s_tool_is_named_with_its_server(talk: Talk) -> None:
    ServerStore().put(GOOD)
    approve(GOOD)
    change_preferences(lambda kept: replace(kept, may_allow_always=False))
    terminal = talk(rounds(call("x").replace("calculator", "echo").replace("expression", "text"), "Done."), "Go")
    asked = terminal.read_until(QUESTION)
    assert "The model calls echo (of a server):\r\n  │ server “good”, tool “echo”\r\n  │ text = " in asked
    assert "Allow echo? [y] once · [c] this conversation · [e] edit" in asked
    terminal.press("y\n")
    assert "← x" in terminal.read_until("Done.")


def test_what_was_typed_before_the_question_is_no_answer(talk: Talk, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    script = {"rounds": [["</think>Wait.", {"wait_for": str(gate)}, call("1 + 1")], ["</think>", "Done."]]}
    terminal = talk(script, "Go")
    terminal.read_until("Wait.")
    terminal.press("y\n")
    terminal.read_until("y")  # the terminal has it
    gate.touch()
    terminal.read_until(QUESTION)
    terminal.press("n\n")
    terminal.read_until("did not allow this call")
    assert ended(terminal) == 0


@pytest.mark.parametrize(("answer", "kept"), [("c", []), ("a", ["calculator"])])
def test_for_more_than_a_call(talk: Talk, answer: str, kept: list[str]) -> None:
    terminal = talk(rounds(call("1 + 1"), call("2 + 2"), "Done.", call("3 + 3"), "Again."))
    terminal.read_until("> ")
    terminal.press("Go\n")
    terminal.read_until(QUESTION)
    terminal.press(f"{answer}\n")
    shown = terminal.read_until("Done.")
    assert "← 2" in shown
    assert '→ calculator(expression="2 + 2")\r\n← 4' in shown
    terminal.read_until("> ")
    terminal.press("Go on\n")
    assert "← 6" in terminal.read_until("Again.")
    assert [tool.key for tool in load_preferences()[0].allowed_tools] == kept


def test_always_is_kept_for_the_next_time(talk: Talk, home: Path) -> None:
    changed = '[[allowed_tools]]\nkey = "calculator"\ndigest = "of what it was before"\n'
    keep(home, f'allow_harmless = false\nlanguage = "en"\nunknown = "kept"\n{changed}')
    terminal = talk(rounds(call("1 + 1"), call("2 + 2"), "Done."), "Go")
    terminal.read_until(QUESTION)
    terminal.press("a\n")
    assert "← 4" in terminal.read_until("Done.")
    assert ended(terminal) == 0
    kept, _ = load_preferences()
    assert [tool.key for tool in kept.allowed_tools] == ["calculator"]
    assert (kept.language, kept.allow_harmless) == ("en", False)
    assert 'unknown = "kept"' in (home / "data" / "preferences.toml").read_text()
    terminal = talk(rounds(call("5 + 5"), "Done."), "Go")
    assert "Allow" not in terminal.read_until("← 10")


def test_always_is_not_offered_where_it_is_forbidden(talk: Talk, home: Path) -> None:
    keep(home, "allow_harmless = false\nmay_allow_always = false\n")
    terminal = talk(rounds(call("1 + 1"), "Done."), "Go")
    assert "always" not in terminal.read_until(QUESTION)
    terminal.press("a\n")
    terminal.read_until("did not allow this call")
    assert ended(terminal) == 0
    assert load_preferences()[0].allowed_tools == ()


def test_arguments_are_changed_in_the_editor(talk: Talk, tmp_path: Path) -> None:
    script = tmp_path / "my editor.py"
    script.write_text(
        "import json, pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "arguments = json.loads(file.read_text())\n"
        "print('[edits', arguments, ']')\n"
        "file.write_text(input('write: ').replace('OLD', json.dumps(arguments['expression'])))\n"
    )
    editor = f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}"
    terminal = talk(rounds(call("1 + 1"), "Done."), "Go", EDITOR=editor)
    wrong = {
        "no json": "is no JSON",
        "[1]": "a JSON object",
        "{}": "expression is missing",
        '{"expression": 3}': "must be of the type string",
        '{"expression": "1", "more": 1}': "takes no argument more",
    }
    for text, words in wrong.items():
        terminal.read_until(QUESTION)
        terminal.press("e\n")
        terminal.read_until("write: ")
        terminal.press(f"{text}\n")
        assert words in terminal.read_until('expression = "1 + 1"')
    terminal.read_until(QUESTION)
    terminal.press("e\n")
    assert "'expression': '1 + 1'" in terminal.read_until("write: ")
    terminal.press('{"expression": "20 * 3"}\n')
    assert '  │ expression = "20 * 3"' in terminal.read_until(QUESTION)
    terminal.press("y\n")
    assert "← 60" in terminal.read_until("Done.")
    assert ended(terminal) == 0


def test_arguments_are_changed_line_by_line_without_an_editor(talk: Talk) -> None:
    terminal = talk(rounds(call("1 + 1"), "Done."), "Go")
    terminal.read_until(QUESTION)
    terminal.press("e\n")
    terminal.read_until('expression ["1 + 1"]: ')
    terminal.press("6 * 7\n")
    assert 'expression = "6 * 7"' in terminal.read_until(QUESTION)
    terminal.press("e\n")
    terminal.read_until('expression ["6 * 7"]: ')
    terminal.press("\n")
    terminal.read_until(QUESTION)
    terminal.press("y\n")
    assert "← 42" in terminal.read_until("Done.")


def test_a_write_is_shown_as_a_diff_and_again_once_it_was_changed(talk: Talk, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "a.txt").write_text("old\nsame\n")
    write = (
        call("x")
        .replace("calculator", "write_file")
        .replace(
            '<parameter name="expression">x</parameter>',
            '<parameter name="path">a.txt</parameter>\n<parameter name="content">new\nsame\n</parameter>',
        )
    )
    terminal = talk(rounds(write, write, "Done."), "--folder", str(given), "Go")
    asked = terminal.read_until(QUESTION)
    assert "  │ content =\r\n  │   new\r\n  │   same\r\n" in asked
    assert "  │ -old\r\n  │ +new\r\n" in asked.partition("It would change:")[2]
    terminal.press("e\n")
    terminal.read_until('path ["a.txt"]: ')
    terminal.press("b.txt\n")
    terminal.read_until("]: ")
    terminal.press("\n")
    assert "  │ +new" in terminal.read_until(QUESTION)
    terminal.press("y\n")
    terminal.read_until(QUESTION)
    assert (given / "b.txt").read_text() == "new\nsame\n"
    assert (given / "a.txt").read_text() == "old\nsame\n"
    terminal.press("n leave it as it is\n")
    terminal.read_until("leave it as it is")
    assert "leave it as it is" in terminal.read_until("Done.")
    assert (given / "a.txt").read_text() == "old\nsame\n"


@pytest.mark.parametrize(("answer", "then"), [("y", "Done."), ("", "\r\n")])
def test_after_many_rounds_the_person_says_whether_it_goes_on(talk: Talk, answer: str, then: str) -> None:
    terminal = talk(rounds(call("1 + 1"), call("2 + 2"), "Done."), "--rounds", "2", "--allow", "calculator", "Go")
    terminal.read_until("The model has called tools in 2 rounds. Go on? [y/N] ")
    terminal.press(f"{answer}\n")
    terminal.read_until(then)
    assert ended(terminal) == 0
