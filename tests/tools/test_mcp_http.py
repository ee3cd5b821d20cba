"""Servers over streamable HTTP on loopback: one that behaves, and what goes wrong at addresses."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from backends.contract.errors import RequestStopped
from backends.contract.tools import ToolServer
from tests.tools.servers.odd_http import OddHttp, odd_http
from tests.tools.watched import SERVERS, Connect, Watched


@pytest.fixture
def odd() -> Iterator[OddHttp]:
    with odd_http() as server:
        yield server


def reached(connect: Connect, odd: OddHttp, how: str, **headers: str) -> Watched:
    """A connection to the odd server that has run or failed."""
    connection = connect(ToolServer("web", url=f"http://127.0.0.1:{odd.server_port}/{how}/mcp", headers=headers))
    connection.start()
    connection.until(lambda: connection.progress != "starting")
    return connection


def test_a_good_server_is_reached_listed_called_and_left(connect: Connect) -> None:
    command = [sys.executable, str(SERVERS / "good.py"), "http"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        web = connect(ToolServer("web", url=f"http://127.0.0.1:{port}/mcp"))
        web.reach("running")
        assert web.run("get_weather", city="Bern").text == "Bern: 21 °C and sunny in 0 days."
        before = len(web.tools)
        web.run("learn")
        web.until(lambda: len(web.tools) > before)
        web.end()
        assert web.progress == "off"
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("unauthorized", "“web” lets nobody in without permission (HTTP 401). Check the headers"),
        ("forbidden", "(HTTP 403). Check the headers"),
        ("nowhere", "There is no MCP server at the address of “web” (HTTP 404). Check the address."),
        ("error", "“web” answered with an error: HTTP 500 Internal Server Error."),
        ("page", "is no MCP server: it answered with text/html."),
        ("not-json", "“web” sent what is no MCP message."),
        ("elsewhere", "sends on to another address, which is not followed: Redirect to http://127.0.0.1:1/other"),
        ("packed", "packed its answer"),
    ],
)
def test_says_what_is_wrong_at_an_address(connect: Connect, odd: OddHttp, how: str, words: str) -> None:
    web = reached(connect, odd, how)
    assert web.progress == "failed"
    assert words in f"{web.message} {web.hint}"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/mcp", "“web” cannot be reached"),
        ("ftp://127.0.0.1/mcp", "is not one of http:// or https://"),
        ("http://127.0.0.1:port/mcp", "is not one of http:// or https://"),
    ],
)
def test_says_that_an_address_cannot_be_reached(connect: Connect, url: str, words: str) -> None:
    web = connect(ToolServer("web", url=url))
    web.start()
    web.until(lambda: web.progress == "failed")
    assert words in web.message


def test_sends_its_headers_with_everything_and_says_goodbye(connect: Connect, odd: OddHttp) -> None:
    web = reached(connect, odd, "fine", **{"X-Key": "secret"})
    assert web.run("run").text == "ran"
    web.end()
    assert {headers.get("X-Key") for _, _, headers in odd.asked} == {"secret"}
    assert [method for method, _, _ in odd.asked][-1] == "DELETE"
    assert "secret" not in web.log_tail()


@pytest.mark.parametrize("how", ["big-json", "big-event"])
def test_takes_no_message_of_more_than_8_megabytes(connect: Connect, odd: OddHttp, how: str) -> None:
    web = reached(connect, odd, how)
    assert "“web” sent a message of more than 8 MB" in web.fails("run")


@pytest.mark.parametrize(
    ("how", "words"),
    [("dense-json", "“web” sent a message of more than 200,000 parts"), ("dense-event", "“web” ended the connection")],
)
def test_takes_no_message_that_is_long_to_read(connect: Connect, odd: OddHttp, how: str, words: str) -> None:
    web = reached(connect, odd, how)
    assert words in web.fails("run")


def test_an_answer_that_breaks_off_is_an_error(connect: Connect, odd: OddHttp) -> None:
    web = reached(connect, odd, "drop")
    assert web.fails("run") == "“web” ended the connection before it answered."


def test_a_server_that_was_restarted_is_reached_anew_by_the_next_call(connect: Connect, odd: OddHttp) -> None:
    web = reached(connect, odd, "forgets")
    assert "knows the connection no more" in web.fails("run")
    web.fails("run")
    assert [method for method, _, _ in odd.asked].count("initialize") == 2


@pytest.mark.parametrize("how", ["hangs", "flood"])
def test_a_call_to_a_server_that_hangs_or_floods_can_be_stopped(connect: Connect, odd: OddHttp, how: str) -> None:
    web = reached(connect, odd, how)
    enough = threading.Event()
    threading.Timer(0.5, enough.set).start()
    with pytest.raises(RequestStopped):
        web.run("run", enough.is_set)
    web.end()
    assert web.progress == "off"
