"""A write can be taken back, once and only if nobody changed the file since; and a killed one leaves no half file."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.tools import kept_writes
from backends.tools.base import Tool, ToolResult
from backends.tools.file_tools import file_tools, undo_write


class Desk:
    """A granted folder and its tools."""

    def __init__(self, top: Path) -> None:
        self.folder = top / "notes"
        self.undo = top / "kept" / "writes"
        self.folder.mkdir(exist_ok=True)

    def tools(self) -> dict[str, Tool]:
        return {tool.info.name: tool for tool in file_tools((str(self.folder),), self.undo, ())}

    def write(self, path: str, content: str) -> ToolResult:
        return self.tools()["write_file"].run({"path": path, "content": content})

    def take_back(self, result: ToolResult) -> str:
        return undo_write(result.undo, self.undo)

    def refusal(self, undo: str) -> str:
        with pytest.raises(MinimError) as caught:
            undo_write(undo, self.undo)
        return caught.value.message

    def kept(self) -> list[str]:
        return sorted(path.name for path in self.undo.glob("*"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


_CHANGED = "was changed or removed since it was written: nothing was taken back."
_UNKNOWN = "This change cannot be taken back: it was taken back before, or is not kept any longer."


def test_what_was_there_comes_back_to_the_byte_with_its_mode(desk: Desk) -> None:
    file = desk.folder / "a.bin"
    old = b"\xff\xfe\x00mixed\r\nends \n\n"
    file.write_bytes(old)
    file.chmod(0o640)
    result = desk.write("a.bin", "new")
    assert file.read_bytes() == b"new"
    assert desk.take_back(result) == "a.bin is again as it was before."
    assert file.read_bytes() == old
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert desk.kept() == []


def test_an_empty_file_is_not_a_missing_one(desk: Desk) -> None:
    (desk.folder / "empty").touch()
    desk.take_back(desk.write("empty", "x"))
    assert (desk.folder / "empty").read_bytes() == b""
    desk.take_back(desk.write("new", ""))
    assert not (desk.folder / "new").exists()


def test_folders_that_were_made_go_again_if_nothing_else_is_in_them(desk: Desk) -> None:
    (desk.folder / "a").mkdir()
    first = desk.write("a/b/c/one.txt", "1")
    second = desk.write("a/b/two.txt", "2")
    desk.take_back(first)
    assert sorted(path.name for path in desk.folder.rglob("*")) == ["a", "b", "two.txt"]
    desk.take_back(second)
    assert sorted(path.name for path in desk.folder.rglob("*")) == ["a", "b"]


def test_later_writes_are_taken_back_first(desk: Desk) -> None:
    one, two, three = (desk.write("a.txt", text) for text in ("one", "two", "three"))
    assert desk.refusal(two.undo) == f"a.txt {_CHANGED}"
    for result, text in ((three, "two"), (two, "one")):
        desk.take_back(result)
        assert (desk.folder / "a.txt").read_text() == text
    desk.take_back(one)
    assert list(desk.folder.iterdir()) == []


@pytest.mark.parametrize("was_there", [True, False])
@pytest.mark.parametrize("change", ["edited", "removed", "folder", "link", "moved"])
def test_what_somebody_else_changed_is_left_alone(desk: Desk, was_there: bool, change: str) -> None:
    outside = desk.folder.parent / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("new")
    file = desk.folder / "in" / "a.txt"
    file.parent.mkdir()
    if was_there:
        file.write_text("old")
    result = desk.write("in/a.txt", "new")
    match change:
        case "edited":
            file.write_text("mine")
        case "removed":
            file.unlink()
        case "folder":
            file.unlink()
            file.mkdir()
        case "link":
            file.unlink()
            file.symlink_to(outside / "a.txt")
        case _:  # the folder is a link by now, and leads to a file with the same text
            file.parent.rename(desk.folder / "away")
            file.parent.symlink_to(outside)
    refusal = desk.refusal(result.undo)
    expected = {"folder": "in/a.txt is a folder, not a file.", "link": "in/a.txt is a link, not a file."}
    assert refusal == expected.get(change, f"in/a.txt {_CHANGED}")
    assert (outside / "a.txt").read_text() == "new"
    if change == "edited":
        assert file.read_text() == "mine"


def test_an_undo_works_once_and_only_with_its_own_id(desk: Desk) -> None:
    result = desk.write("a.txt", "one")
    desk.take_back(result)
    desk.write("a.txt", "one")
    for undo in (result.undo, "", "0" * 32, "../../notes/a", f"{'0' * 31}/", "A" * 32, "0" * 32 + "\n", "\0" * 32):
        assert desk.refusal(undo) == _UNKNOWN
    assert (desk.folder / "a.txt").read_text() == "one"


def test_what_is_damaged_is_not_put_back(desk: Desk) -> None:
    (desk.folder / "a.txt").write_text("old")
    result = desk.write("a.txt", "new")
    (desk.undo / f"{result.undo}.old").write_text("odd")
    assert desk.refusal(result.undo) == "What was in a.txt before is damaged, and cannot be put back."
    (desk.undo / f"{result.undo}.old").unlink()
    assert "not kept any longer" in desk.refusal(result.undo)
    (desk.undo / f"{result.undo}.json").write_text("{}")
    assert desk.refusal(result.undo) == _UNKNOWN
    assert (desk.folder / "a.txt").read_text() == "new"


def test_what_is_the_same_is_not_kept(desk: Desk) -> None:
    desk.write("a.txt", "one")
    kept = desk.kept()
    again = desk.write("a.txt", "one")
    assert (again.diff, again.undo) == ("", "")
    assert "Nothing was changed." in again.text
    assert desk.kept() == kept


def test_nobody_else_can_read_what_is_kept(desk: Desk) -> None:
    (desk.folder / "a.txt").write_text("old")
    desk.write("a.txt", "new")
    assert stat.S_IMODE(desk.undo.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in desk.undo.iterdir()} == {0o600}


def test_the_oldest_go_when_there_are_too_many(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_writes, "MAX_KEPT", 3)
    results = [desk.write(f"{i}.txt", "text") for i in range(5)]
    assert desk.kept() == sorted(f"{result.undo}.json" for result in results[2:])
    assert desk.refusal(results[1].undo) == _UNKNOWN
    desk.take_back(results[2])


def test_the_oldest_go_when_they_are_too_large(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_writes, "MAX_BYTES", 10_000)
    for i in range(4):
        (desk.folder / f"{i}.txt").write_text("x" * 4_000)
    results = [desk.write(f"{i}.txt", "text") for i in range(4)]
    assert {name.split(".")[0] for name in desk.kept()} == {result.undo for result in results[2:]}
    (desk.folder / "huge.txt").write_text("x" * 20_000)
    desk.take_back(desk.write("huge.txt", "the newest one stays however large it is"))


def test_without_a_place_to_keep_it_nothing_is_written(desk: Desk) -> None:
    desk.undo.parent.write_text("in the way")
    (desk.folder / "a.txt").write_text("old")
    with pytest.raises(MinimError, match=r"a\.txt was not written, because what is in it could not be kept"):
        desk.write("a.txt", "new")
    assert (desk.folder / "a.txt").read_text() == "old"
    assert [path.name for path in desk.folder.iterdir()] == ["a.txt"]


# -- killed in the middle -----------------------------------------------------------------------------------------

_KILLED = """
import os, signal, sys
from pathlib import Path
from backends.tools.file_tools import file_tools, undo_write

_, top, doing, path = sys.argv
OLD, NEW = "old" * 10_000, "new" * 10_000

def work(desk, moment):
    calls = 0

    def dying(function):
        def called(*args, **keywords):
            nonlocal calls
            calls += 1
            if calls == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **keywords)
        return called

    folder, kept = desk / "notes", desk / "kept" / "writes"
    write = {tool.info.name: tool for tool in file_tools((str(folder),), kept, ())}["write_file"]
    undo = write.run({"path": path, "content": NEW}).undo if doing == "undo" else ""
    for name in ("open", "fsync", "replace", "rename", "link", "mkdir", "fchmod", "unlink", "rmdir", "stat", "fstat"):
        setattr(os, name, dying(getattr(os, name)))
    undo_write(undo, kept) if doing == "undo" else write.run({"path": path, "content": NEW})

status = 9
moment = 0
while status == 9:
    moment += 1
    desk = Path(top, str(moment))
    (desk / "notes").mkdir(parents=True)
    (desk / "notes" / "a.txt").write_text(OLD)
    child = os.fork()
    if not child:
        work(desk, moment)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
print(status, moment)
"""


@pytest.mark.parametrize(
    ("doing", "path"), [("write", "a.txt"), ("write", "new/er/b.txt"), ("undo", "a.txt"), ("undo", "new/er/b.txt")]
)
def test_killed_at_any_moment_a_file_is_old_or_new_and_nothing_is_left_behind(
    tmp_path: Path, doing: str, path: str
) -> None:
    """A process for each call of the system that the work makes, killed there; the last one lives to the end."""
    command = [sys.executable, "-c", _KILLED, str(tmp_path), doing, path]
    status, moments = map(int, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert status == 0
    seen: list[bytes | None] = []
    for moment in range(1, moments + 1):
        desk = Desk(tmp_path / str(moment))
        desk.tools()  # as the worker does when it is started anew
        file = desk.folder / path
        seen.append(file.read_bytes() if file.exists() else None)
        rest = {str(found.relative_to(desk.folder)) for found in desk.folder.rglob("*")} - {"a.txt"}
        if path == "a.txt":
            assert rest == set()
        else:
            assert rest == ({"new", "new/er", path} if file.exists() else set())
        assert not [name for name in desk.kept() if name.endswith(".writing")]
        for undo in {name.split(".")[0] for name in desk.kept()}:
            undo_write(undo, desk.undo)
            assert (file.read_bytes() if file.exists() else None) == (_OLD if path == "a.txt" else None)
    before = _OLD if path == "a.txt" else None
    assert set(seen) == {before, _NEW}
    assert moments > 15


_OLD, _NEW = b"old" * 10_000, b"new" * 10_000
_WRITING_ON = """
import sys
from pathlib import Path
from backends.tools.file_tools import file_tools

write = {tool.info.name: tool for tool in file_tools((sys.argv[1],), Path(sys.argv[2]), ())}["write_file"]
while True:
    for letter in "ab":
        write.run({"path": "a.txt", "content": (letter * 999 + "\\n") * 2_000})
        print(letter, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 2, 3, 5])
def test_killed_from_outside_while_it_writes_on_and_on(tmp_path: Path, lines: int) -> None:
    desk = Desk(tmp_path)
    command = [sys.executable, "-c", _WRITING_ON, str(desk.folder), str(desk.undo)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    desk.tools()
    assert (desk.folder / "a.txt").read_text() in [(letter * 999 + "\n") * 2_000 for letter in "ab"]
    assert [path.name for path in desk.folder.iterdir()] == ["a.txt"]
    assert not [name for name in desk.kept() if name.endswith(".writing")]


def test_what_is_being_written_is_not_cleared(desk: Desk) -> None:
    """Another window of the app starts its worker in the middle of a write."""
    (desk.folder / "a.txt").write_text("old")
    replace = os.replace

    def replace_late(*args: str, **keywords: int) -> None:
        desk.tools()
        replace(*args, **keywords)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", replace_late)
        result = desk.write("a.txt", "new")
    assert (desk.folder / "a.txt").read_text() == "new"
    desk.take_back(result)
