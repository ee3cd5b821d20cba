"""Servers that hang, die, flood, lie and send what nobody can read: each costs clear words and nothing else."""

from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from mcp import ClientSession

from backends.contract.errors import RequestStopped
from backends.tools import server_log, server_session
from tests.tools.watched import Connect, Watched, connections, none_left, processes_of


def after(seconds: float) -> threading.Event:
    """Set after so many seconds."""
    event = threading.Event()
    threading.Timer(seconds, event.set).start()
    return event


@pytest.fixture(scope="module")
def troublesome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One troublesome server for all tests: it is started again by each call that finds it dead."""
    with connections(tmp_path_factory.mktemp("troublesome")) as make:
        made = make("troublesome")
        made.reach("running")
        yield made


def test_a_stopped_call_is_cancelled_at_the_server_which_goes_on(troublesome: Watched, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    with pytest.raises(RequestStopped):
        troublesome.run("hang", marker.exists, marker=str(marker))
    assert troublesome.run("echo", text="still here").text == "still here"
    assert marker.read_text() == "cancelled"
    assert troublesome.progress == "running"


def test_a_call_that_is_not_answered_is_given_up(
    troublesome: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_session, "CALL_SECONDS", 0.3)
    said = troublesome.fails("hang", marker=str(tmp_path / "marker"))
    assert said == "“troublesome” gave no answer within 0 seconds, so the call was given up."
    assert troublesome.progress == "running"


def test_a_flood_of_notifications_is_heard_at_a_pace(troublesome: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[int] = []
    really = server_session.ServerSession._list  # pyright: ignore[reportPrivateUsage] — counted where it happens

    async def count(self: server_session.ServerSession, session: ClientSession) -> list[object]:
        listed.append(1)
        return await really(self, session)

    monkeypatch.setattr(server_session.ServerSession, "_list", count)
    began = time.monotonic()
    assert int(troublesome.run("flood", seconds=1.5).text) > 100
    assert 1 <= len(listed) <= time.monotonic() - began + 1
    assert troublesome.run("echo", text="still here").text == "still here"


def test_a_server_that_dies_in_a_call_is_started_again_by_the_next(troublesome: Watched, tmp_path: Path) -> None:
    assert troublesome.fails("die", code=3) == (
        "“troublesome” ended with exit code 3. The call of die was not answered. "
        "The last line of its log: “the disk is made of cheese”. It is started again with the next call."
    )
    assert troublesome.progress == "failed"
    assert none_left(str(troublesome.log_file.parent))
    marker = tmp_path / "marker"

    def kill_in_the_call() -> bool:
        if marker.exists():
            for process in processes_of(str(troublesome.log_file.parent)):
                process.kill()
        return False

    said = troublesome.fails("hang", kill_in_the_call, marker=str(marker))
    assert said.startswith("“troublesome” ended by signal 9 (SIGKILL).")


def test_a_result_of_100_megabytes_ends_the_server_and_fills_no_memory(troublesome: Watched) -> None:
    assert troublesome.run("echo", text="back").text == "back"
    before = psutil.Process().memory_info().rss
    tracemalloc.start()
    try:
        said = troublesome.fails("big", megabytes=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert said.startswith("“troublesome” sent a message of more than 8 MB, so it was ended.")
    assert peak < 40_000_000
    assert psutil.Process().memory_info().rss - before < 80_000_000
    assert none_left(str(troublesome.log_file.parent))


def test_a_server_that_dies_again_is_an_error_again(connect: Connect) -> None:
    server = connect("raw", "exits")
    server.start()
    server.until(lambda: server.progress == "failed")
    words = "“raw” ended right after it was started, with exit code 1."
    assert server.message == words
    assert server.hint == "The last line of its log: “raw: cannot find the moon”."
    assert words in server.fails("run")
    assert "\x1b" not in server.log_tail()
    assert server.heard == ["starting", "failed", "starting", "failed"]


@pytest.mark.usefixtures("impatient")
def test_a_server_that_does_not_answer_is_given_up(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_session, "START_SECONDS", 0.5)
    server = connect("raw", "hangs")
    server.start()
    server.until(lambda: server.progress == "failed")
    assert "gave no answer within" in server.message
    assert none_left(str(tmp_path))


@pytest.mark.usefixtures("impatient")
def test_a_server_that_closes_its_output_is_ended(connect: Connect) -> None:
    server = connect("raw", "mute")
    server.reach("running")
    assert server.fails("run").startswith("“raw” closed its output, so it was ended.")


def test_a_line_without_end_ends_the_server(connect: Connect) -> None:
    server = connect("raw", "endless-line")
    server.reach("running")
    assert "sent a message of more than 8 MB" in server.fails("run")


def test_a_message_that_is_long_to_read_ends_the_server(connect: Connect) -> None:
    server = connect("raw", "dense")
    server.reach("running")
    assert "“raw” sent a message of more than 200,000 parts" in server.fails("run")


def test_a_banner_is_logged_and_harms_nothing(connect: Connect) -> None:
    server = connect("raw", "banner")
    server.reach("running")
    assert server.run("run").text == "ran"
    assert "[stdout] Welcome to my server!" in server.log_tail()


def test_lines_without_end_that_are_no_messages_end_the_server(connect: Connect) -> None:
    server = connect("raw", "garbage")
    server.reach("running")
    assert "sent 1,000 lines that are no MCP messages, so it was ended." in server.fails("run")


def test_an_answer_that_no_mcp_server_gives_is_said(connect: Connect) -> None:
    server = connect("raw", "html")
    server.start()
    server.until(lambda: server.progress == "failed")
    assert server.message == "“raw” gave no answer that an MCP server gives."


def test_a_server_that_knows_only_the_newest_protocol_is_spoken_to_in_it(connect: Connect) -> None:
    server = connect("raw", "newest")
    server.reach("running")
    assert server.run("run").text == "ran"


def test_a_version_that_is_not_known_is_said(connect: Connect) -> None:
    server = connect("raw", "ancient")
    server.start()
    server.until(lambda: server.progress == "failed")
    assert server.message == "“raw” speaks a version of MCP that is not known here: 1999-01-01."


def test_a_flood_in_the_log_leaves_its_end(connect: Connect) -> None:
    server = connect("quick")
    server.reach("running")
    server.run("noise", megabytes=3)
    assert server.log_file.stat().st_size <= server_log.MAX_BYTES
    server.fails("die")
    assert server.log_tail().count("noise") > 100
    assert len(server.log_tail()) < 20_000


@pytest.mark.usefixtures("impatient")
def test_a_flood_of_requests_waits_at_the_server(connect: Connect, tmp_path: Path) -> None:
    server = connect("raw", "requests")
    server.reach("running")
    enough = after(0.5)
    with pytest.raises(RequestStopped):
        server.run("run", enough.is_set)
    server.end()
    assert none_left(str(tmp_path))


def test_tools_that_lie_are_shown_with_the_reason_and_not_offered(connect: Connect) -> None:
    server = connect("raw", "lies")
    server.reach("running")
    problems = [(tool.info.own_name, tool.problem) for tool in server.tools]
    assert problems[0] == ("run", "")
    assert dict(problems[2:])["remote"] == "Its input schema points to another document."
    assert [name for name, problem in problems if not problem] == ["run", "web/search.now"]
    assert server.run("run").text == "[2 parts of a kind that is not known here]"
    assert "could be called" in server.fails("remote")


def test_an_output_that_is_not_what_was_promised_is_an_error(connect: Connect) -> None:
    server = connect("raw", "output")
    server.reach("running")
    result = server.run("run")
    assert result.is_error
    assert result.text.startswith("The tool's answer is not what it promised. answer.sum is missing.")


def test_no_more_tools_are_taken_than_a_model_can_bear(connect: Connect) -> None:
    server = connect("raw", "many")
    server.reach("running")
    assert len(server.tools) == 128
    assert server.message == "“raw” has more than 128 tools: the first 128 are taken."


def test_pages_without_end_come_to_an_end(connect: Connect) -> None:
    server = connect("raw", "pages")
    server.reach("running")
    assert server.tools == ()
