"""Writing: exactly the content, whole or not at all, the mode of the file kept, and words for all the rest."""

from __future__ import annotations

import os
import resource
import signal
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.tools.base import Tool
from backends.tools.file_tools import file_tools


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


@pytest.fixture
def tool(folder: Path, tmp_path: Path) -> Tool:
    return file_tools((str(folder),), tmp_path / "undo", ())[3]


@pytest.mark.parametrize("content", ["", "\n", " a \t\r\nb\r\n\n", "no end", "\ufeffmark", "ä\u2028\x0b\0", "<&>\\n"])
def test_the_content_is_written_to_the_byte(tool: Tool, folder: Path, content: str) -> None:
    tool.run({"path": "a.txt", "content": content})
    assert (folder / "a.txt").read_bytes() == content.encode()
    (folder / "a.txt").write_text("before")
    tool.run({"path": "a.txt", "content": content})
    assert (folder / "a.txt").read_bytes() == content.encode()


def test_what_was_changed_is_told(tool: Tool, folder: Path) -> None:
    (folder / "a.txt").write_text("one\ntwo\nthree\n")
    assert tool.preview is not None
    arguments = {"path": "./a.txt", "content": "one\n2\nthree\nfour\n"}
    preview = tool.preview(arguments)
    result = tool.run(arguments)
    assert result.text == "Changed a.txt: 2 lines added, 1 line removed."
    assert result.diff == preview == "--- a.txt\n+++ a.txt\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four\n"
    assert tool.preview(arguments) == ""


def test_a_preview_changes_nothing(tool: Tool, folder: Path, tmp_path: Path) -> None:
    (folder / "a.txt").write_text("old")
    before = (folder / "a.txt").stat()
    assert tool.preview is not None
    tool.preview({"path": "a.txt", "content": "new"})
    tool.preview({"path": "new/er/b.txt", "content": "new"})
    assert [path.name for path in folder.rglob("*")] == ["a.txt"]
    assert (folder / "a.txt").stat() == before
    assert not (tmp_path / "undo").exists()


def test_wrong_arguments_get_words_in_a_preview_too(tool: Tool) -> None:
    assert tool.preview is not None
    with pytest.raises(MinimError, match="The parameter content is missing"):
        tool.preview({"path": "a.txt"})


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o666])
def test_the_mode_is_kept(tool: Tool, folder: Path, mode: int) -> None:
    (folder / "a.txt").write_text("old")
    (folder / "a.txt").chmod(mode)
    tool.run({"path": "a.txt", "content": "new"})
    assert stat.S_IMODE((folder / "a.txt").stat().st_mode) == mode


def test_a_file_does_not_keep_the_rights_of_another(tool: Tool, folder: Path) -> None:
    (folder / "a.sh").write_text("old")
    (folder / "a.sh").chmod(0o4755)
    tool.run({"path": "a.sh", "content": "new"})
    assert stat.S_IMODE((folder / "a.sh").stat().st_mode) == 0o755


def test_a_new_file_has_the_mode_of_all_new_files(tool: Tool, folder: Path) -> None:
    (folder / "usual").touch()
    tool.run({"path": "a.txt", "content": "new"})
    assert (folder / "a.txt").stat().st_mode == (folder / "usual").stat().st_mode


def test_the_owner_is_kept(tool: Tool, folder: Path) -> None:
    (folder / "a.txt").write_text("old")
    with suppress(PermissionError):  # only the system gives files away
        os.chown(folder / "a.txt", 12345, 54321)
    before = (folder / "a.txt").stat()
    tool.run({"path": "a.txt", "content": "new"})
    after = (folder / "a.txt").stat()
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def _read_only(folder: Path) -> str:
    (folder / "a.txt").write_text("old")
    (folder / "a.txt").chmod(0o444)
    return "a.txt"


def _huge(folder: Path) -> str:
    with (folder / "a.txt").open("wb") as file:
        file.truncate(60_000_000)
    return "a.txt"


def _folder(folder: Path) -> str:
    (folder / "in").mkdir()
    return "in"


_REFUSED: list[tuple[Callable[[Path], str], str, str]] = [
    (_read_only, "new", "a.txt is read-only: it was not changed."),
    (_huge, "new", "a.txt was not changed: 60.0 MB are too much to be kept, to undo the change."),
    (_folder, "new", "in is a folder."),
    (lambda _: "new/", "new", "new is a folder."),
    (lambda _: "", "new", ". is a folder."),
    (lambda _: " a.txt", "new", "is no name for a new file"),
    (lambda _: "a.txt\n", "new", "is no name for a new file"),
    (lambda _: "in \n/a.txt", "new", "is no name for a new file"),
    (lambda _: "a\u202etxt.exe", "new", "is no name for a new file"),
    (lambda _: "n" * 256, "new", "is too long for a path."),
    (lambda _: "a.txt", "x" * 5_000_001, "The content is too long: 5.0 MB of at most 5.0 MB."),
    (lambda _: "a.txt", "\udc80", "The content has a character that no text has"),
]


@pytest.mark.parametrize(("path", "content", "words"), _REFUSED)
def test_what_is_not_written_gets_words(
    tool: Tool, folder: Path, path: Callable[[Path], str], content: str, words: str
) -> None:
    arguments = {"path": path(folder), "content": content}
    before = sorted((str(file), file.stat().st_mtime_ns) for file in folder.rglob("*"))
    assert tool.preview is not None
    for attempt in (tool.run, tool.preview):
        with pytest.raises(MinimError) as caught:
            attempt(arguments)
        assert words in caught.value.message
    assert sorted((str(file), file.stat().st_mtime_ns) for file in folder.rglob("*")) == before


def test_old_content_that_is_no_text_is_told_in_words(tool: Tool, folder: Path) -> None:
    (folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    result = tool.run({"path": "a.png", "content": "text\n"})
    assert result.diff == "--- a.png\n+++ a.png\n\\ What was there is not shown: a PNG image, 10 bytes.\n"
    (folder / "long.txt").write_bytes(b"line\n" * 1_500_000)
    result = tool.run({"path": "long.txt", "content": "text\n"})
    assert result.diff.endswith("\\ What was there is not shown: a long text, 7.5 MB.\n")


def test_another_encoding_is_told(tool: Tool, folder: Path) -> None:
    (folder / "a.txt").write_bytes("\ufeffsame\n".encode("utf-16-le"))
    result = tool.run({"path": "a.txt", "content": "same\n"})
    assert result.diff == "--- a.txt\n+++ a.txt\n\\ The encoding was UTF-16, and is UTF-8 now.\n"
    assert (folder / "a.txt").read_bytes() == b"same\n"


def test_a_full_disk_leaves_what_was_there(tool: Tool, folder: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for it: the system refuses in the middle of the write."""
    (folder / "a.txt").write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        for path in ("a.txt", "new/b.txt"):
            with pytest.raises(MinimError, match=f"{path} cannot be used: File too large"):
                tool.run({"path": path, "content": "x" * 1_000_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert [path.name for path in folder.rglob("*")] == ["a.txt"]
    assert (folder / "a.txt").read_text() == "old"
    assert list((tmp_path / "undo").iterdir()) == []


def test_what_somebody_else_writes_at_the_same_moment_is_not_lost(
    tool: Tool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "a.txt"
    fsync = os.fsync

    def fsync_late(descriptor: int) -> None:
        file.write_text("somebody else's")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync_late)
    with pytest.raises(MinimError, match="was changed by somebody else at the same moment: nothing was written"):
        tool.run({"path": "a.txt", "content": "new"})
    assert file.read_text() == "somebody else's"
    assert [path.name for path in folder.iterdir()] == ["a.txt"]
