"""What a write changes, as a diff that `patch` takes, and as counts."""

from __future__ import annotations

import difflib

import pytest

from backends.tools.file_changes import MAX_DIFF, change_between

_NO_END = "\\ No newline at end of file\n"


@pytest.mark.parametrize(
    ("old", "new", "diff"),
    [
        (None, "", "--- /dev/null\n+++ a\n"),
        (None, "x\n", "--- /dev/null\n+++ a\n@@ -0,0 +1 @@\n+x\n"),
        (None, "x", f"--- /dev/null\n+++ a\n@@ -0,0 +1 @@\n+x\n{_NO_END}"),
        ("x\n", "x\n", ""),
        ("x\n", "", "--- a\n+++ a\n@@ -1 +0,0 @@\n-x\n"),
        ("x", "x\n", f"--- a\n+++ a\n@@ -1 +1 @@\n-x\n{_NO_END}+x\n"),
        ("x\ny\n", "x\r\ny\r\n", "--- a\n+++ a\n@@ -1,2 +1,2 @@\n-x\n-y\n+x␍\n+y␍\n"),
        ("x\r\ny\r\n", "x\r\nz\r\n", "--- a\n+++ a\n@@ -1,2 +1,2 @@\n x\r\n-y\r\n+z\r\n"),
        ("a\u2028b\n", "a\u2028c\n", "--- a\n+++ a\n@@ -1 +1 @@\n-a\u2028b\n+a\u2028c\n"),
    ],
)
def test_a_diff_to_the_character(old: str | None, new: str, diff: str) -> None:
    assert change_between("a", old, new).diff == diff


def test_it_is_what_difflib_would_say() -> None:
    old = [f"line {i}\n" for i in range(60)]
    new = [*old[:5], "more\n", *old[5:20], *old[22:50], "other\n", *old[51:]]
    change = change_between("a", "".join(old), "".join(new))
    assert change.diff == "".join(difflib.unified_diff(old, new, "a", "a"))
    assert (change.added, change.removed, str(change)) == (2, 3, "2 lines added, 3 lines removed")


def test_a_long_one_is_cut_with_words_and_counted_whole() -> None:
    change = change_between("a", None, "x" * 99 + "\n" + ("y" * 99 + "\n") * 5_000)
    assert MAX_DIFF - 200 < len(change.diff) < MAX_DIFF + 200
    assert change.diff.endswith("+" + "y" * 99 + "\n\\ The rest of the change is too long to be shown.\n")
    assert change.added == 5_001
    assert len(change_between("a", "x" * 500_000, "y" * 500_000).diff) < 300
