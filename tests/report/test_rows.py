"""The table, and what a check comes to that fails, cannot be made, or never ends."""

from __future__ import annotations

import threading

from backends.contract.errors import MinimError
from backends.report.bench import Bench
from backends.report.rows import WIDTH, Finding, NotRun, Row, closing_words, is_sound, row_lines, table_lines


def refuse() -> str:
    raise MinimError("internal", "It is broken.", "Mend it.")


def cannot() -> str:
    raise NotRun("no display here")


def surprise() -> str:
    raise ZeroDivisionError("canary")


def test_each_end_of_a_check_is_a_row() -> None:
    said: list[str] = []
    bench = Bench(said.append)
    results = [bench.run_here("Well", lambda: "fine"), bench.run("Note", lambda: Finding("noted", "none"))]
    results += [bench.run("Refused", refuse), bench.run_here("Cannot", cannot), bench.run("Surprise", surprise)]
    bench.leave_out("Left", "no reason")
    assert results == [True, False, False, False, False]
    assert [(row.result, row.words) for row in bench.rows] == [
        ("passed", "fine"),
        ("noted", "none"),
        ("failed", "It is broken. Mend it."),
        ("not run", "no display here"),
        ("failed", "ZeroDivisionError: canary"),
        ("not run", "no reason"),
    ]
    assert len(said) == 6
    assert bench.traces[-1] == "ZeroDivisionError: canary"
    assert closing_words(bench.rows) == "1 passed, 1 noted, 2 not run, 2 failed: Refused, Surprise."
    assert not is_sound(bench.rows)
    assert is_sound([row for row in bench.rows if row.result != "failed"])


def test_a_check_that_never_ends_has_failed() -> None:
    never = threading.Event()
    bench = Bench(lambda _: None)
    assert not bench.run("Hangs", lambda: str(never.wait()), 0.05)
    never.set()
    assert (bench.rows[0].result, bench.rows[0].words) == ("failed", "no end within 0 s")


def test_a_window_that_hangs_gives_all_up() -> None:
    given_up = threading.Event()
    bench = Bench(lambda _: None, given_up.set, more_seconds=0.05)
    bench.run_here("Window", lambda: str(given_up.wait(10)), 0.05)
    assert bench.rows[0].result == "failed"
    assert "hangs" in bench.rows[0].words


def test_no_line_is_wider_than_a_terminal() -> None:
    row = Row("Conversation options", "not run", 123.4, "many words that go on and on " * 5)
    lines = table_lines([row])
    assert max(map(len, lines)) <= WIDTH
    assert all(line.startswith(" " * 40) for line in row_lines(row)[1:])
