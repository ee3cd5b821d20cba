"""A server that behaves, written with the SDK: started, listed, called, changed, ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backends.contract.tools import ToolServer
from tests.tools.watched import Connect, Watched, connections, none_left, processes_of


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One good server for all that changes nothing."""
    with pytest.MonkeyPatch.context() as patch, connections(tmp_path_factory.mktemp("good")) as make:
        patch.setenv("HF_TOKEN", "hf_secret")
        patch.setenv("MINIM_HOME", "/nowhere")
        patch.setenv("LC_TIME", "C")
        made = make("good")
        made.reach("running")
        yield made


def test_lists_its_tools_as_they_are_called_and_bound_to_its_command(good: Watched) -> None:
    infos = {tool.info.name: tool.info for tool in good.tools}
    weather = infos["get_weather"]
    assert (weather.server, weather.own_name, weather.description) == (
        "good",
        "get_weather",
        "Get the weather of a city.",
    )
    assert weather.has_side_effects
    assert len(weather.server_digest) == 64
    assert weather.parameters["required"] == ["city"]
    assert set(weather.parameters["properties"]) == {"city", "days"}
    assert not any(tool.problem for tool in good.tools)
    assert good.heard[:2] == ["starting", "running"]


def test_runs_calls_and_gives_their_text(good: Watched) -> None:
    assert good.run("echo", text="Grüße, 世界").text == "Grüße, 世界"
    assert good.run("add", a=1, b=2.5).text == "3.5"
    assert good.run("get_weather", city="Bern", days=2).text == "Bern: 21 °C and sunny in 2 days."


def test_runs_several_calls_at_once(good: Watched) -> None:
    def echo(number: int) -> str:
        return good.run("echo", text=str(number)).text

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(echo, range(8))) == [str(number) for number in range(8)]


def test_says_what_came_that_is_no_text_and_never_hands_it_on(good: Watched) -> None:
    assert good.run("picture").text.splitlines() == [
        "Here it is:",
        "[image, image/png, 3 KB: not shown]",
        "[audio, audio/wav, 3 bytes: not shown]",
        "[resource file:///a.bin, application/octet-stream, 30 bytes: not shown]",
    ]


def test_an_error_of_the_tool_is_an_error_result(good: Watched) -> None:
    result = good.run("refuse")
    assert result.is_error
    assert "refuse" in result.text


def test_gives_the_server_few_variables_and_no_token(good: Watched) -> None:
    names = set(json.loads(good.run("environment").text))
    allowed = {"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LANG", "TMPDIR", "SERVER_OF_TEST"}
    assert {name for name in names if not name.startswith(("LC_", "__CF"))} <= allowed
    assert {"HOME", "PATH", "USER", "LC_TIME", "SERVER_OF_TEST"} <= names


def test_declines_what_a_server_asks_for(good: Watched) -> None:
    said = good.run("ask_back").text
    assert "it gave all" not in said
    assert "not supported" in said


def test_checks_arguments_before_it_asks(good: Watched) -> None:
    assert good.fails("echo") == "The parameter text is missing."
    assert good.fails("echo", text=7) == "The parameter text must be a string, not a number."
    for unsendable in (float("nan"), "\ud800"):
        assert "hold what cannot be sent" in good.fails("environment", value=unsendable)
    assert "has no tool nothing" in good.fails("nothing")


def test_lists_again_when_the_server_says_that_its_tools_changed(connect: Connect) -> None:
    server = connect("good")
    server.reach("running")
    before = len(server.tools)
    server.run("learn")
    server.until(lambda: len(server.tools) == before + 1)
    assert server.tools[-1].info.own_name == f"add_{before}"


def test_ends_in_any_state_and_twice(connect: Connect, tmp_path: Path) -> None:
    server = connect("quick")
    server.end()
    server.start()
    server.end()
    server.end()
    assert server.progress == "off"
    server.reach("running")
    assert len(processes_of(str(tmp_path))) == 1
    server.end()
    assert none_left(str(tmp_path))
    assert "is not running" in server.fails("pid")


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (ToolServer("x", "no-such-command"), "The command no-such-command was not found. Install it, or write"),
        (ToolServer("x", "no-such-command"), "/usr/local/bin"),
        (ToolServer("x", "/no/such/command"), "There is no /no/such/command."),
        (ToolServer("x", "/etc/passwd"), "/etc/passwd is not executable."),
        (ToolServer("x", "sh", ("a\0b",)), "cannot be started"),
        (ToolServer("x", "sh", cwd="/no/such/folder"), "There is no folder /no/such/folder"),
        (ToolServer("x"), "has no command"),
    ],
)
def test_says_why_a_command_cannot_be_started(connect: Connect, server: ToolServer, words: str) -> None:
    connection = connect(server)
    connection.start()
    connection.until(lambda: connection.progress == "failed")
    assert words in f"{connection.message} {connection.hint}"
    assert connection.message in connection.log_tail()
