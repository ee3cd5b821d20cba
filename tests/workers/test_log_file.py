"""The log of a worker: only its own end is quoted, and it stays short whatever is printed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backends.workers.log_file import MAX_BYTES, TAIL_BYTES, LogFile


def test_the_tail_is_of_this_process_only(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "engine.log"
    log = LogFile(path)
    os.write(log.open(), b"first life\n")
    log.close()
    descriptor = log.open()
    assert log.tail() == ""
    os.write(descriptor, b"second life\n")
    assert log.tail() == "second life"
    log.close()
    assert path.read_bytes() == b"first life\nsecond life\n"


def test_the_tail_is_short(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "engine.log")
    os.write(log.open(), b"x" * 10 * TAIL_BYTES + "é end".encode())
    assert len(log.tail()) <= TAIL_BYTES
    assert log.tail().endswith("é end")
    log.close()


def test_a_log_that_grows_is_moved_aside_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "engine.log"
    log = LogFile(path)
    descriptor = log.open()
    for _ in range(3):
        os.write(descriptor, b"x" * MAX_BYTES)
        log.keep_short()
        assert path.stat().st_size == MAX_BYTES
        os.write(descriptor, b"more")
        log.keep_short()
        assert path.stat().st_size == 0
    os.write(descriptor, b"still heard")
    assert log.tail() == "still heard"
    log.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["engine.log", "engine.log.1"]


def test_without_a_place_the_log_is_still_quoted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    for log in (LogFile(None), LogFile(tmp_path / "file" / "engine.log")):
        os.write(log.open(), b"words")
        assert log.tail() == "words"
        log.close()
    assert "cannot be written" in caplog.text
    caplog.clear()
