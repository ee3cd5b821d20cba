"""Which tools `minim chat` offers and allows by its options, with real workers; only the model is a script."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backends.contract.commands import Command, Generate
from backends.contract.tools import ToolSettings
from backends.storage.tool_servers import ServerStore
from backends.terminal import main
from backends.terminal.preferences import change_preferences
from backends.terminal.workers import Handler, open_worker
from backends.workers.supervisor import Supervisor
from tests.terminal.servers import GOOD, approve

REPLAY = Path(__file__).parents[1] / "workers" / "replay_worker.py"

Chat = Callable[..., int]


def call(name: str, **arguments: str) -> str:
    parameters = "".join(f'<parameter name="{key}">{value}</parameter>\n' for key, value in arguments.items())
    return f'<minimax:tool_call>\n<invoke name="{name}">\n{parameters}</invoke>\n</minimax:tool_call>'


def rounds(*pieces: str) -> dict[str, Any]:
    return {"rounds": [["</think>", piece] for piece in pieces]}


class Recorded(Supervisor):
    """An engine that replays a script, and what it was asked."""

    sent: list[Command]

    def __init__(self, handler: Handler, script: object) -> None:
        super().__init__(
            "engine", handler, command=[sys.executable, str(REPLAY)], env={"MINIM_REPLAY": json.dumps(script)}
        )
        self.sent = []

    def send(self, command: Command) -> int:
        self.sent.append(command)
        return super().send(command)


@pytest.fixture
def engines() -> list[Recorded]:
    return []


@pytest.fixture
def chat(folder: Path, engines: list[Recorded]) -> Chat:
    def run(*options: str, script: object) -> int:
        def opener(name: str, handler: Handler) -> Supervisor:
            if name != "engine":
                return open_worker(name, handler)
            engines.append(Recorded(handler, script))
            return engines[-1]

        return main(["chat", "--model", str(folder), *options, "Go"], opener=opener)

    return run


def asked(engines: list[Recorded]) -> list[Generate]:
    return [command for command in engines[-1].sent if isinstance(command, Generate)]


def offered(engines: list[Recorded]) -> list[str]:
    return [tool.key for tool in asked(engines)[0].tools]


def ask_always() -> None:
    change_preferences(lambda kept: replace(kept, allow_harmless=False))


def test_one_tool_is_allowed_and_no_other(chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    ask_always()
    script = rounds(call("calculator", expression="1 + 1"), call("clock"), "Done.")
    assert chat("--allow", "calculator", script=script) == 3, "a script is told that something was refused"
    err = capsys.readouterr().err
    assert '→ calculator(expression="1 + 1")\n← 2\n' in err
    assert "× clock() needs to be allowed: --allow clock allows this tool, --allow-tools all of them" in err
    assert chat("--allow-tools", script=script) == 0
    failing = {"rounds": [["</think>", call("clock")], [{"fail": {"kind": "internal", "message": "No.", "hint": ""}}]]}
    assert chat(script=failing) == 1, "there is no answer at all"


def test_a_name_that_no_tool_has_is_told_before_the_model_is_asked(
    chat: Chat, engines: list[Recorded], capsys: pytest.CaptureFixture[str]
) -> None:
    assert chat("--allow", "calculator", "--allow", "write_file", script=rounds("Done.")) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "There is no tool “write_file”.\n" in err
    assert "There are: calculator, clock, convert_units. Tools for files are there with --folder DIR." in err
    assert engines[-1].sent == []


def test_a_folder_is_granted_for_this_conversation_in_place_of_others(
    chat: Chat, engines: list[Recorded], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, given = tmp_path / "kept", tmp_path / "given"
    kept.mkdir()
    given.mkdir()
    (kept / "secret.txt").write_text("secret")
    change_preferences(lambda before: replace(before, tool_settings=ToolSettings(folders=(str(kept),))))
    before = change_preferences(lambda kept: kept)
    script = rounds(
        call("write_file", path="a.txt", content="new\n"), call("read_file", path=str(kept / "secret.txt")), "Done."
    )
    assert chat("--folder", str(given), "--allow", "write_file", "--allow", "read_file", script=script) == 0
    assert (given / "a.txt").read_text() == "new\n"
    err = capsys.readouterr().err
    assert "+new" in err
    assert "is not inside a granted folder" in err
    assert change_preferences(lambda kept: kept) == before
    assert "write_file" in offered(engines)


def test_folders_and_servers_are_as_the_preferences_have_them(
    chat: Chat, engines: list[Recorded], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ServerStore().put(GOOD)
    approve(GOOD)
    (tmp_path / "notes").mkdir()
    change_preferences(
        lambda kept: replace(
            kept,
            tool_settings=replace(
                kept.tool_settings, folders=(str(tmp_path / "notes"),), tools_off=("good/get_weather", "clock")
            ),
        )
    )
    script = rounds(call("add", a="2", b="3"), call("echo", text="hi"), "Done.")
    assert chat("--allow", "good/add", script=script) == 3
    err = capsys.readouterr().err
    assert "← 5" in err
    assert '× echo(text="hi") needs to be allowed: --allow good/echo allows this tool' in err
    there = set(offered(engines))
    assert there >= {"calculator", "convert_units", "read_file", "write_file", "good/echo", "good/add"}
    assert not there & {"clock", "good/get_weather"}


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("clock", ToolSettings(tools_off=("clock",)), "It is switched off: minim tools --on clock"),
        ("good/add", ToolSettings(), "Its server was not approved: minim tools --approve good"),
        ("good/add", ToolSettings(servers_off=("good",)), "Its server is switched off: minim tools --on good"),
        ("none/add", ToolSettings(), "There are: calculator"),
        ("add", ToolSettings(approved_servers=(GOOD.digest,)), "named with its server: --allow good/add"),
        ("two words/add", ToolSettings(), "minim tools --approve 'two words'"),
    ],
)
def test_a_tool_that_is_not_offered_has_a_way_out(
    chat: Chat, capsys: pytest.CaptureFixture[str], name: str, settings: ToolSettings, words: str
) -> None:
    ServerStore().put(GOOD)
    ServerStore().put(replace(GOOD, name="two words"))
    change_preferences(lambda kept: replace(kept, tool_settings=settings))
    assert chat("--allow", name, script=rounds("Done.")) == 1
    assert words in capsys.readouterr().err


def test_one_question_waits_for_servers_and_names_those_that_are_slow_or_fail(
    chat: Chat, engines: list[Recorded], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate, [good] = tmp_path / "gate", GOOD.args
    waits = f"import pathlib, runpy, time\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.05)\n"
    slow = replace(GOOD, name="slow", args=("-c", f"{waits}runpy.run_path({good!r}, run_name='__main__')"))
    bad = replace(GOOD, name="bad", args=("-c", "raise SystemExit(3)"))
    for server in (slow, bad, replace(GOOD, name="changed", args=(good, "--other"))):
        ServerStore().put(server)
    approved = (slow.digest, bad.digest)
    change_preferences(lambda kept: replace(kept, tool_settings=ToolSettings(approved_servers=approved)))
    said = list[str]()

    def open_gate(words: str) -> None:
        said.append(words)
        gate.touch()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("backends.terminal.chat_tools.say", open_gate)
        assert chat(script=rounds("Done.")) == 0
    assert capsys.readouterr().out == "Done.\n"
    said = [words for words in said if not words.startswith("bad is still")]  # on a busy machine it takes long to fail
    assert said[0].startswith("slow is still starting… To do without: minim tools --off slow")
    assert said[1] == "Not approved as it is now, and so not started: changed. More: minim tools"
    assert said[2].startswith("bad does not run: “bad” ended right after it was started, with exit code 3.")
    assert "slow/add" in offered(engines)


def test_a_call_of_a_tool_that_there_is_not_is_shown_before_its_result(
    chat: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chat(script=rounds(call("fly", to="the moon"), "Done.")) == 0
    assert '→ fly(to="the moon")\n← Error: There is no tool named fly.' in capsys.readouterr().err


def test_without_tools(chat: Chat, engines: list[Recorded], capsys: pytest.CaptureFixture[str]) -> None:
    assert chat("--no-tools", script=rounds("Done.")) == 0
    assert offered(engines) == []
    change_preferences(lambda kept: replace(kept, tools_enabled=False))
    assert chat(script=rounds("Done.")) == 0
    assert offered(engines) == []
    assert chat("--tools", script=rounds("Done.")) == 0
    assert "calculator" in offered(engines)
    assert chat("--allow", "clock", script=rounds("Done.")) == 0
    assert "calculator" in offered(engines)
    capsys.readouterr()
    assert chat("--no-tools", "--allow", "clock", script=rounds("Done.")) == 2
    assert "--no-tools" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--folder", "/no/such/folder"), 1, "/no/such/folder does not exist"),
        (("--folder", __file__), 1, "is no folder"),
        (("--folder", ""), 2, "names nothing"),
        (("--rounds", "0"), 2, "a whole number from 1 to 1,000"),
        (("--allow-tool", "clock"), 2, "unrecognized arguments"),
    ],
)
def test_what_cannot_be_meant(
    chat: Chat, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], code: int, words: str
) -> None:
    assert chat(*options, script=rounds("Done.")) == code
    assert words in capsys.readouterr().err


def test_nobody_is_there_to_let_the_model_go_on(chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    change_preferences(lambda kept: replace(kept, round_limit=2))
    script = rounds(*[call("calculator", expression="1 + 1")] * 3, "Done.")
    assert chat("--json", script=script) == 3
    out, err = capsys.readouterr()
    assert "The model has called tools in 2 rounds." in err
    assert "--rounds N" in err
    events = [json.loads(line) for line in out.splitlines()]
    assert sum(event["type"] == "ToolFinished" for event in events) == 2
    assert chat("--rounds", "5", script=script) == 0
    assert capsys.readouterr().out == "Done.\n"
