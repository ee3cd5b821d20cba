"""A server's log: its end can be shown, and it never grows beyond a limit."""

from __future__ import annotations

from pathlib import Path

from backends.tools.server_log import MAX_BYTES, STARTED, ServerLog


def test_shows_its_end_as_plain_text(tmp_path: Path) -> None:
    log = ServerLog(tmp_path / "logs" / "x.log")
    assert log.tail() == ""
    log.note("Started on some day.")
    log.write(b"\x1b[31mred\x1b[0m \xff\x00alert\n")
    assert log.tail() == "[Minim] Started on some day.\nred \ufffdalert\n"
    assert log.last_line() == "red \ufffdalert"
    assert (tmp_path / "logs" / "x.log").stat().st_mode & 0o077 == 0


def test_the_last_line_is_one_of_this_start(tmp_path: Path) -> None:
    log = ServerLog(tmp_path / "x.log")
    log.write(b"older\n")
    log.note(STARTED.removeprefix("[Minim] ") + ".")
    log.note("It ended.")
    assert log.last_line() == ""


def test_never_grows_beyond_its_limit_and_keeps_the_newest(tmp_path: Path) -> None:
    file = tmp_path / "x.log"
    file.write_bytes(b"from before\n")
    log = ServerLog(file)
    for number in range(60):
        log.write(b"%d " % number + b"x" * 50_000 + b"\n")
        assert file.stat().st_size <= MAX_BYTES
    log.write(b"y" * (3 * MAX_BYTES) + b"\nlast\n")
    assert file.stat().st_size <= MAX_BYTES
    assert log.tail() == "last\n"


def test_a_disk_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = ServerLog(tmp_path / "file" / "x.log")
    log.write(b"lost\n")
    assert log.tail() == ""
