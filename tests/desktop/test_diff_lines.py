from __future__ import annotations

import difflib

from desktop.models.diff_lines import DiffLine, read_diff


def unified(old: str, new: str, before: str = "a/notes/x.md", after: str = "b/notes/x.md") -> str:
    return "".join(difflib.unified_diff(old.splitlines(True), new.splitlines(True), before, after))


def test_lines_have_their_numbers_in_the_file() -> None:
    diff = read_diff(unified("one\ntwo\nthree\n", "one\n2\nthree\n"))
    assert (diff.name, diff.added, diff.removed) == ("x.md", 1, 1)
    assert diff.path == "notes/x.md"
    assert diff.lines == (
        DiffLine("context", "one", 1),
        DiffLine("removed", "two", 2),
        DiffLine("added", "2", 2),
        DiffLine("context", "three", 3),
    )


def test_a_later_hunk_says_where_it_is() -> None:
    old = "".join(f"{n}\n" for n in range(40))
    diff = read_diff(unified(old, old.replace("30\n", "thirty\n")))
    assert diff.lines[0] == DiffLine("place", "", 28)
    assert DiffLine("added", "thirty", 31) in diff.lines


def test_lines_that_look_like_headers_are_content() -> None:
    diff = read_diff(unified("-- a comment\n", "++ a comment\n"))
    assert diff.lines == (DiffLine("removed", "-- a comment", 1), DiffLine("added", "++ a comment", 1))


def test_a_new_and_a_deleted_file() -> None:
    new = read_diff(unified("", "one\n", "/dev/null", "b/x.md"))
    assert (new.is_new, new.is_gone, new.path) == (True, False, "x.md")
    gone = read_diff(unified("one\n", "", "a/x.md", "/dev/null"))
    assert (gone.is_new, gone.is_gone, gone.path) == (False, True, "x.md")


def test_the_line_ends_of_a_windows_file_are_no_content() -> None:
    diff = read_diff(unified("one\r\ntwo\r\n", "one\r\n2\r\n"))
    assert [line.text for line in diff.lines] == ["one", "two", "2"]
    mixed = read_diff(unified("one\r\n", "one\n"))
    assert [line.text for line in mixed.lines] == ["one\r", "one"]


def test_what_is_no_diff_is_shown_all_the_same() -> None:
    assert [line.text for line in read_diff("cannot say\n\\ No newline at end of file").lines] == [
        "cannot say",
        "No newline at end of file",
    ]
    assert read_diff("").lines == ()
