"""No path leads out of a granted folder: a table of tricks, each of which must neither read nor write outside."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.tools.base import Tool
from backends.tools.file_tools import file_tools
from backends.tools.granted_folders import GrantedFolders

_SECRET = "the moon is made of basalt"


class Place:
    """A granted folder "notes", and outside of it a secret."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.outside = top / "outside"
        self.secret = self.outside / "secret.txt"
        self.notes = top / "notes"
        self.undo = top / "undo"
        for folder in (self.outside, self.notes / "deep" / "er", self.undo):
            folder.mkdir(parents=True)
        self.secret.write_text(_SECRET)
        (self.notes / "plain.txt").write_text("plain")

    def tools(self, *folders: Path, closed: tuple[Path, ...] = ()) -> dict[str, Tool]:
        granted = tuple(map(str, folders or (self.notes,)))
        return {tool.info.name: tool for tool in file_tools(granted, self.undo, closed)}

    def seen_outside(self) -> dict[str, bytes]:
        return {str(file): file.read_bytes() for file in self.outside.rglob("*") if file.is_file()}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    before = place.seen_outside()
    yield place
    assert place.seen_outside() == before
    assert sorted(path.name for path in place.outside.iterdir()) == ["secret.txt"]


def _all_that_is_told(tools: dict[str, Tool], path: str) -> list[str]:
    """What every tool says to a path; an error's words are told as well."""
    told: list[str] = []
    preview = tools["write_file"].preview
    assert preview is not None
    for attempt in (
        lambda: tools["read_file"].run({"path": path}).text,
        lambda: tools["list_files"].run({"folder": path, "depth": 9}).text,
        lambda: tools["search_files"].run({"query": "moon", "folder": path}).text,
        lambda: preview({"path": path, "content": "overwritten"}),
        lambda: tools["write_file"].run({"path": path, "content": "overwritten"}).diff,
    ):
        try:
            told.append(attempt())
        except MinimError as error:
            told.append(f"refused: {error.message}")
    return told


# Each makes what it needs inside the granted folder and gives the path to try. All must be refused by every tool.
def _link(place: Place, name: str, target: str | Path) -> str:
    (place.notes / name).symlink_to(target)
    return name


def _loop(place: Place) -> str:
    _link(place, "a", "b")
    return _link(place, "b", "a")


def _chain(place: Place) -> str:
    _link(place, "one", place.secret)
    _link(place, "two", "one")
    return _link(place, "three", "./deep/../two")


def _long_chain(place: Place) -> str:
    _link(place, "n0", "plain.txt")
    for i in range(50):
        _link(place, f"n{i + 1}", f"n{i}")
    return "n50"


def _link_below(place: Place) -> str:
    (place.notes / "deep" / "up").symlink_to("../..")
    return "deep/up/outside/secret.txt"


_TRICKS: dict[str, Callable[[Place], str]] = {
    "an absolute path": lambda place: str(place.secret),
    "an absolute path through the folder": lambda place: f"{place.notes}/../outside/secret.txt",
    "an absolute path with doubled slashes": lambda place: f"/{place.notes}//..//outside//secret.txt",
    "two points": lambda _: "../outside/secret.txt",
    "two points behind folders": lambda _: "deep/er/../../../outside/secret.txt",
    "two points behind a folder that is not there": lambda _: "nothing/../../outside/secret.txt",
    "two points behind a file": lambda _: "plain.txt/../../outside/secret.txt",
    "two points at the end": lambda _: "deep/../..",
    "many points": lambda place: "../" * 60 + str(place.secret).lstrip("/"),
    "points and slashes": lambda _: "./.././/outside/./secret.txt",
    "a neighbour whose name begins alike": lambda place: f"{place.notes}-2/secret.txt",
    "the folder above": lambda _: "..",
    "the root": lambda _: "/",
    "a link to a file": lambda place: _link(place, "link", place.secret),
    "a relative link to a file": lambda place: _link(place, "link", "../outside/secret.txt"),
    "a link to a folder": lambda place: f"{_link(place, 'link', place.outside)}/secret.txt",
    "a link to a folder itself": lambda place: _link(place, "link", place.outside),
    "a link to a file that is not there": lambda place: _link(place, "link", place.outside / "new.txt"),
    "a new file behind a link": lambda place: f"{_link(place, 'link', place.outside)}/new.txt",
    "new folders behind a link": lambda place: f"{_link(place, 'link', place.outside)}/new/er/new.txt",
    "a chain of links": _chain,
    "a loop of links": _loop,
    "a link to itself": lambda place: _link(place, "self", "self"),
    "more links than are followed": _long_chain,
    "a link upwards in a folder": _link_below,
    "two points behind a link": lambda place: f"{_link(place, 'link', 'deep/er')}/../../../outside/secret.txt",
    "a link to the root": lambda place: f"{_link(place, 'link', '/')}{place.secret}",
    "a magic link to the root": lambda place: f"{_link(place, 'link', '/proc/self/root')}{place.secret}",
    "a magic link to the work folder": lambda _: "/proc/self/cwd/pyproject.toml",
    "a device by its descriptor": lambda _: "/dev/fd/0",
    "NUL": lambda _: "plain.txt\0/../../outside/secret.txt",
    "a home": lambda _: "~/outside/secret.txt",
    "nothing but a home": lambda _: "~",
    "a name that is too long": lambda _: "n" * 300 + "/new.txt",
    "a path that is too long": lambda _: "deep/" * 1000 + "new.txt",
    "a path that is too deep": lambda _: "d/" * 90 + "new.txt",
    "full-width points": lambda _: "．．/outside/../../outside/secret.txt",
    "half of a surrogate pair": lambda _: "\ud800.txt",
    "a file as a folder": lambda _: "plain.txt/new.txt",
    "the rest of a fork": lambda _: "plain.txt/..namedfork/rsrc",
}


@pytest.mark.parametrize("trick", _TRICKS)
def test_a_trick_is_refused_by_every_tool(place: Place, trick: str) -> None:
    path = _TRICKS[trick](place)
    told = _all_that_is_told(place.tools(), path)
    assert all(words.startswith("refused: ") for words in told), told
    assert _SECRET not in "".join(told)
    assert (place.notes / "plain.txt").read_text() == "plain"
    assert list(place.undo.iterdir()) == []


# These stay inside: odd names are names.
_NAMES = (
    "．．",
    "..．",
    "﹒﹒",
    "%2e%2e%2fsecret.txt",
    "..%2fsecret.txt",
    "..\\outside\\x",
    "$HOME",
    "a\u202fb\u3000c",
    "…",
)


@pytest.mark.parametrize("name", _NAMES)
def test_an_odd_name_is_only_a_name(place: Place, name: str) -> None:
    tools = place.tools()
    tools["write_file"].run({"path": name, "content": "odd"})
    assert (place.notes / name).read_text() == "odd"
    assert tools["read_file"].run({"path": name}).text == "odd"
    assert name in tools["list_files"].run({}).text


def test_other_cases_and_accents_count_only_where_they_are_the_same_folder(place: Place) -> None:
    """As on file systems that do not tell them apart: a link stands for one here."""
    folder = place.top / "caf\u00e9"
    folder.mkdir()
    (folder / "a.txt").write_text("inside")
    tools = place.tools(folder)
    other = place.top / "CAFE\u0301"
    if not other.exists():
        other.mkdir()
        (other / "a.txt").write_text(_SECRET)
        assert all("not inside" in words for words in _all_that_is_told(tools, f"{other}/a.txt"))
        assert (other / "a.txt").read_text() == _SECRET
        shutil.rmtree(other)
        other.symlink_to(folder)
    assert tools["read_file"].run({"path": f"{other}/a.txt"}).text == "inside"


def test_what_is_outside_gets_the_same_words_there_or_not(place: Place) -> None:
    tools = place.tools()
    _link(place, "there", place.secret)
    _link(place, "gone_", place.outside / "nobody")
    for there, gone in (
        (str(place.secret), str(place.outside / "secret.t_t")),
        ("../outside/secret.txt", "../outside/secret.t_t"),
        ("there", "gone_"),
        (str(place.secret / "x"), str(place.outside / "secret.t_t" / "x")),
    ):
        said = [words.replace(there, "PATH") for words in _all_that_is_told(tools, there)]
        assert said == [words.replace(gone, "PATH") for words in _all_that_is_told(tools, gone)]


def test_listing_and_searching_do_not_follow_links(place: Place) -> None:
    _link(place, "file", place.secret)
    _link(place, "folder", place.outside)
    tools = place.tools()
    listed = tools["list_files"].run({"depth": 9}).text
    assert listed.splitlines() == [
        "deep/",
        "deep/er/",
        "file (a link)",
        "folder (a link)",
        "plain.txt (5 bytes)",
    ]
    assert tools["search_files"].run({"query": "moon"}).text == "[moon is in none of 1 text file.]"


def test_links_inside_are_followed_and_stay_links(place: Place) -> None:
    _link(place, "here", place.notes / "plain.txt")
    _link(place, "down", "deep/er")
    tools = place.tools()
    assert tools["read_file"].run({"path": "here"}).text == "plain"
    tools["write_file"].run({"path": "here", "content": "changed"})
    tools["write_file"].run({"path": "down/../new.txt", "content": "new"})
    assert (place.notes / "here").is_symlink()
    assert (place.notes / "plain.txt").read_text() == "changed"
    assert (place.notes / "deep" / "new.txt").read_text() == "new"


@pytest.mark.parametrize(
    ("kind", "said"), [("pipe", "a pipe"), ("socket", "a socket"), ("device", "a device"), ("folder", "a folder")]
)
def test_only_files_are_opened(place: Place, monkeypatch: pytest.MonkeyPatch, kind: str, said: str) -> None:
    path = place.notes / "odd"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "socket":
            monkeypatch.chdir(place.notes)  # a socket's path must be short
            with socket.socket(socket.AF_UNIX) as server:
                server.bind("odd")
        case "device":
            try:
                os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
            except PermissionError:  # only the system may make one
                path, said = Path("/dev/null"), "not inside"
        case _:
            path.mkdir()
    tools = place.tools()
    for name, arguments in (("read_file", {}), ("write_file", {"content": "x"})):
        with pytest.raises(MinimError, match=said):
            tools[name].run({"path": str(path), **arguments})
    assert tools["search_files"].run({"query": "x"}).text.startswith("[x is in none")


def test_a_granted_folder_may_be_a_link_and_is_the_one_it_was(place: Place) -> None:
    grant = place.top / "grant"
    grant.symlink_to(place.notes)
    tools = place.tools(grant)
    assert f"{grant} (a link to {place.notes})" in tools["read_file"].info.description
    for path in ("plain.txt", f"{grant}/plain.txt", f"{place.notes}/plain.txt"):
        assert tools["read_file"].run({"path": path}).text == "plain"
    grant.unlink()
    grant.symlink_to(place.outside)
    assert tools["read_file"].run({"path": f"{grant}/plain.txt"}).text == "plain"
    assert _SECRET not in "".join(_all_that_is_told(tools, f"{grant}/secret.txt")[:3])


def test_a_granted_folder_that_is_replaced_by_a_link_is_not_followed(place: Place) -> None:
    tools = place.tools()
    place.notes.rename(place.top / "away")
    place.notes.symlink_to(place.outside)
    assert {words.split(":")[0] for words in _all_that_is_told(tools, "secret.txt")} == {"refused"}


def test_a_folder_above_it_that_is_replaced_by_a_link_is_not_followed(place: Place) -> None:
    inner = place.notes / "deep"
    tools = place.tools(inner)
    place.notes.rename(place.top / "away")
    place.notes.symlink_to(place.outside)
    assert {words.split(":")[0] for words in _all_that_is_told(tools, "new.txt")} == {"refused"}


def _exchange(one: Path, other: Path) -> None:
    """Each in the other's place, at once: at no time is one of them not there."""
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        assert library.renamex_np(bytes(one), bytes(other), 2) == 0
    else:
        assert library.renameat2(-100, bytes(one), -100, bytes(other), 2) == 0


def test_a_folder_that_becomes_a_link_in_the_meantime_is_not_followed(place: Place) -> None:
    """Swapped all the time by another thread, while every tool is at work: nothing outside is read or written."""
    folder, link = place.notes / "swap", place.notes / "link"
    (folder / "new").mkdir(parents=True)
    (folder / "secret.txt").write_text("inside")
    link.symlink_to(place.outside)
    tools = place.tools()
    is_over = threading.Event()

    def swap() -> None:
        while not is_over.is_set():
            _exchange(folder, link)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        paths = ("swap/secret.txt", "swap/new/er/new.txt")
        told = [words for path in paths for _ in range(80) for words in _all_that_is_told(tools, path)]
    finally:
        is_over.set()
        thread.join()
    assert _SECRET not in "".join(told)
    assert any(not words.startswith("refused") for words in told)


def test_a_file_that_becomes_a_link_before_it_is_opened_is_not_followed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, link = place.notes / "swap", place.notes / "link"
    file.write_text("inside")
    link.symlink_to(place.secret)
    open_now = os.open

    def open_late(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path != "swap":
            return open_now(path, flags, mode, dir_fd=dir_fd)
        _exchange(file, link)
        try:
            return open_now(path, flags, mode, dir_fd=dir_fd)
        finally:
            _exchange(file, link)

    monkeypatch.setattr(os, "open", open_late)
    told = _all_that_is_told(place.tools(), "swap")
    assert "moon is in none of 0 text files" in told.pop(2)
    assert told.pop(1) == "swap (6 bytes)"
    assert all(words.startswith("refused: swap cannot be reached") for words in told), told


def test_what_is_reached_stays_what_it_was(place: Place) -> None:
    """A folder is swapped for a link while it is in use: its descriptor still means the folder."""
    with GrantedFolders((str(place.notes),)).reach("deep/new.txt") as spot:
        (place.notes / "deep").rename(place.notes / "away")
        (place.notes / "deep").symlink_to(place.outside)
        descriptor = os.open(spot.name, os.O_WRONLY | os.O_CREAT, dir_fd=spot.folder)
        os.close(descriptor)
    assert (place.notes / "away" / "new.txt").exists()


def test_several_folders_are_named_and_links_lead_from_one_to_the_other(place: Place) -> None:
    more, same = place.top / "more", place.top / "x" / "notes"
    for folder in (more, same):
        folder.mkdir(parents=True)
    (more / "m.txt").write_text("more")
    (same / "plain.txt").write_text("other")
    (place.notes / "out").symlink_to("../more/m.txt")
    tools = place.tools(place.notes, more, same)
    assert tools["list_files"].run({}).text == "notes/\nmore/\nnotes-2/"
    for path in ("more/m.txt", f"{more}/m.txt", "notes/out", "notes/../more/m.txt", f"{place.notes}/../more/m.txt"):
        assert tools["read_file"].run({"path": path}).text == "more"
    assert tools["read_file"].run({"path": "notes-2/plain.txt"}).text == "other"
    found = tools["search_files"].run({"query": "o"}).text
    assert found.splitlines() == ["more/m.txt:1: more", "notes-2/plain.txt:1: other"]
    for path in ("plain.txt", "outside/secret.txt", "notes/../outside/secret.txt"):
        with pytest.raises(MinimError, match="not inside a granted folder") as caught:
            tools["read_file"].run({"path": path})
        assert caught.value.hint == f"Granted: notes = {place.notes}; more = {more}; notes-2 = {same}."


def test_closed_folders_in_a_granted_one_are_as_if_outside(place: Place) -> None:
    data, later = place.notes / "Data", place.notes / "Later"
    data.mkdir()
    (data / "chats.db").write_text("moon secrets")
    _link(place, "way", "Data/chats.db")
    _link(place, "in", data)
    tools = place.tools(closed=(data, later))
    inside = ("Data/chats.db", "way", "in/chats.db", "Data", f"{data}/new.txt", "deep/../Data/chats.db")
    for path in (*inside, "Later/new.txt", "later/new.txt"):
        told = _all_that_is_told(tools, path)
        assert all("not inside a granted folder" in words for words in told), told
    assert "Data" not in tools["list_files"].run({"depth": 9}).text
    assert tools["search_files"].run({"query": "moon"}).text.startswith("[moon is in none")
    assert (data / "chats.db").read_text() == "moon secrets"
    assert [path.name for path in data.iterdir()] == ["chats.db"]
    assert not later.exists()


def test_a_granted_folder_in_a_closed_one_is_closed(place: Place) -> None:
    tools = place.tools(closed=(place.top,))
    assert all("not inside" in words for words in _all_that_is_told(tools, "plain.txt"))


def test_what_is_kept_for_undoing_is_closed(place: Place) -> None:
    tools = place.tools(place.top)
    tools["write_file"].run({"path": "notes/plain.txt", "content": "changed"})
    assert "undo" not in tools["list_files"].run({}).text
    assert all("not inside" in words for words in _all_that_is_told(tools, f"undo/{next(place.undo.iterdir()).name}"))
    assert tools["search_files"].run({"query": "plain"}).text.startswith("[plain is in none")


def test_what_is_no_absolute_path_is_not_granted_and_one_folder_is_granted_once(place: Place) -> None:
    granted = (
        "notes",
        "",
        "~",
        "\0",
        "/a\0",
        "/\ud800",
        str(place.notes),
        f"{place.notes}/",
        f"{place.top}/x/../notes",
    )
    assert [(folder.given, folder.label) for folder in GrantedFolders(granted).granted] == [(str(place.notes), "notes")]
    assert not GrantedFolders(granted[:6])


def test_a_granted_root_does_not_open_the_system(place: Place) -> None:
    tools = {tool.info.name: tool for tool in file_tools(("/",), place.undo, ())}
    assert tools["read_file"].run({"path": f"{place.notes}/plain.txt"}).text == "plain"
    for path in ("/proc/self/environ", f"/proc/self/root{place.notes}/plain.txt", "/proc/1/../self/status"):
        with pytest.raises(MinimError, match="not inside a granted folder"):
            tools["read_file"].run({"path": path})


def test_a_folder_that_is_gone_gets_words(place: Place) -> None:
    tools = place.tools(place.top / "gone")
    told = _all_that_is_told(tools, "a.txt")
    assert set(told) == {f"refused: The granted folder {place.top}/gone is not there any more."}


def test_hard_links_are_written_anew_so_that_the_other_name_keeps_its_text(place: Place) -> None:
    other = place.top / "other.txt"
    other.write_text("shared")
    (place.notes / "hard.txt").hardlink_to(other)
    place.tools()["write_file"].run({"path": "hard.txt", "content": "mine"})
    assert other.read_text() == "shared"


def test_no_descriptor_stays_open(place: Place) -> None:
    tools = place.tools()
    _all_that_is_told(tools, "deep/er/new.txt")
    before = len(list(Path("/dev/fd").iterdir()))
    for path in ("deep/er/new.txt", "../x", "deep/../../x", "a/b/c", "plain.txt/x", "deep"):
        _all_that_is_told(tools, path)
    assert len(list(Path("/dev/fd").iterdir())) == before
