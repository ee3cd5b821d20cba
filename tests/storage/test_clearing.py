"""What a person deleted is in no file of the data folder any more: every byte of them is looked through."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import AnswerPart, CallPart, ConversationSettings, Message, ReasoningPart, ResultPart
from backends.contract.chat import user_message as said
from backends.storage.conversations import ConversationStore

HERE = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def leaky(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite as it is built by default, which zeroes nothing that is freed; many systems build it otherwise."""
    connect = sqlite3.connect

    def connected(*args: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*args, **named)
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connected)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.db"


@pytest.fixture
def store(path: Path) -> Iterator[ConversationStore]:
    path.parent.mkdir()
    made = ConversationStore(path)
    yield made
    made.close()


def holding(folder: Path, marker: str) -> list[str]:
    """The files that a marker stands in."""
    return sorted(file.name for file in folder.iterdir() if marker.encode() in file.read_bytes())


def fill(store: ConversationStore, marker: str) -> str:
    """A conversation with the marker wherever there can be text, as it is written and typed; → its id."""
    talk = store.create(f"{marker} title", settings=ConversationSettings(system_prompt=f"{marker} prompt")).id
    store.keep_draft(talk, f"{marker} that was sent")
    asked = store.add_message(talk, None, said(f"{marker} " * 900))
    answer = store.add_message(talk, asked.id, Message("assistant", ()), "writing")
    parts = (
        ReasoningPart(f"{marker} thought"),
        CallPart("call_1", "clock", {"zone": f"{marker} argument"}, f"{marker} raw", "ready"),
        ResultPart("call_1", f"{marker} result" * 50),
        AnswerPart(f"{marker} answered " * 700),
    )
    for count in range(len(parts)):
        store.update_message(answer.id, parts[: count + 1], "failed", f"{marker} failure")
    store.add_message(talk, None, said(f"{marker} edited"))
    store.rename(talk, f"{marker} with another title")
    store.keep_draft(talk, f"{marker} typed")
    return talk


def test_nothing_of_a_removed_conversation_is_left_in_an_open_database(store: ConversationStore, path: Path) -> None:
    kept, gone = fill(store, "staying"), fill(store, "secret")
    fill(store, "staying")
    assert "conversations.db-wal" in holding(path.parent, "secret")
    store.delete(gone)
    store.remove(gone)
    assert holding(path.parent, "secret") == []
    record = store.conversation(kept)
    assert record is not None
    assert store.branch(record.leaf)[0].message.text == "staying edited"
    assert store.draft(kept) == "staying typed"


def test_a_large_database_is_cleared_when_it_is_closed(
    store: ConversationStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.storage.conversations.AT_ONCE_BYTES", 0)
    dice = random.Random(3)  # a tree of pages that moved rows, and left copies in pages that are still used
    talks = {f"secret{number:03}.": store.create(f"secret{number:03}.").id for number in range(100)}
    with store.together():
        for _ in range(2_500):
            marker, talk = dice.choice(list(talks.items()))
            store.keep_draft(talk, marker * dice.randrange(30))
            asked = store.add_message(talk, None, said(marker * dice.randrange(40)))
            text = marker * int(dice.expovariate(1 / 200))
            for length in (len(text) // 3, len(text)):
                store.update_message(asked.id, (AnswerPart(text[:length]),), "complete")
    for talk in list(talks.values())[:50]:
        store.remove(talk)
    zeroed = path.read_bytes() + Path(f"{path}-wal").read_bytes()
    left = [marker for marker in list(talks)[:50] if marker.encode() in zeroed]
    assert len(left) < 25, "what is freed is zeroed at once, but for copies"
    rewritten = sqlite3.connect(path)
    assert rewritten.execute("PRAGMA application_id").fetchone() == (0,), "copies may be left"
    store.close()
    assert rewritten.execute("PRAGMA application_id").fetchone() != (0,)
    rewritten.close()
    assert [marker for marker in list(talks)[:50] if holding(path.parent, marker)] == []
    assert holding(path.parent, list(talks)[99]) == ["conversations.db"]


def test_what_is_in_the_trash_goes_when_the_app_ends(store: ConversationStore, path: Path) -> None:
    store.delete(fill(store, "secret"))
    store.close()
    assert holding(path.parent, "secret") == []
    again = ConversationStore(path)
    assert again.list_conversations() == ()
    again.close()


def test_what_was_in_the_trash_when_the_app_was_killed_goes_at_the_next_start(path: Path) -> None:
    path.parent.mkdir()
    script = (
        "import os, sys; from pathlib import Path; from tests.storage.test_clearing import *\n"
        "store = ConversationStore(Path(sys.argv[1])); store.delete(fill(store, 'secret')); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, cwd=HERE, timeout=60)
    assert "conversations.db-wal" in holding(path.parent, "secret")
    store = ConversationStore(path)
    assert holding(path.parent, "secret") == []
    store.close()


def test_what_an_earlier_version_left_is_cleared_once(store: ConversationStore, path: Path) -> None:
    fill(store, "secret")
    store.close()
    earlier = sqlite3.connect(path, isolation_level=None)
    earlier.execute("PRAGMA foreign_keys = ON")
    earlier.execute("PRAGMA application_id = 0")
    earlier.execute("DELETE FROM conversation")
    earlier.close()
    assert holding(path.parent, "secret") == ["conversations.db"]
    ConversationStore(path).close()
    assert holding(path.parent, "secret") == []
    before = path.read_bytes()
    ConversationStore(path).close()
    assert path.read_bytes() == before, "it is not written anew at every start"


def test_a_trash_that_cannot_be_emptied_at_the_end_is_emptied_at_the_start(
    store: ConversationStore, path: Path
) -> None:
    store.delete(fill(store, "secret"))
    store._connection.execute("PRAGMA busy_timeout = 0")  # pyright: ignore[reportPrivateUsage] - so as not to wait
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.close()
    other.execute("ROLLBACK")
    other.close()
    assert holding(path.parent, "secret") == ["conversations.db"]
    ConversationStore(path).close()
    assert holding(path.parent, "secret") == []


def test_backups_of_migrations_go_with_what_they_hold(store: ConversationStore, path: Path) -> None:
    gone, later = fill(store, "secret"), fill(store, "hidden")
    backup, theirs = path.with_name(f"{path.name}.version1-20260101-000000.backup"), path.with_name("mine.backup")
    for copy in (backup, theirs):
        copy.write_bytes(b"secret")
    store.delete(gone)
    assert backup.exists(), "it can still be restored"
    store.remove(gone)
    assert [file.name for file in path.parent.glob("*.backup")] == [theirs.name]
    backup.write_bytes(b"hidden")
    store.delete(later)
    store.close()
    assert holding(path.parent, "hidden") == []


def test_whoever_reads_the_file_meanwhile_is_not_waited_for(store: ConversationStore, path: Path) -> None:
    gone = fill(store, "secret")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM message").fetchone()
    waits: list[object] = []
    connection = store._connection  # pyright: ignore[reportPrivateUsage] - what SQLite is told
    connection.set_trace_callback(waits.append)
    store.remove(gone)
    connection.set_trace_callback(None)
    order = [waits.index(f"PRAGMA {said}") for said in ("busy_timeout = 0", "wal_checkpoint(TRUNCATE)")]
    assert order == sorted(order)
    assert waits.index("PRAGMA busy_timeout = 2000") > order[1]
    assert holding(path.parent, "secret") != [], "the reader still has a right to it"
    reader.execute("ROLLBACK")
    reader.close()
    store.close()
    assert holding(path.parent, "secret") == []


def test_what_cannot_be_written_anew_is_deleted_all_the_same_and_cleared_later(
    store: ConversationStore, path: Path
) -> None:
    """As on a disk without room for a second copy; here SQLite may not open one."""
    kept, gone = fill(store, "staying"), fill(store, "secret")
    connection = store._connection  # pyright: ignore[reportPrivateUsage] - VACUUM is refused through it
    allowed = connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    store.remove(gone)
    assert [talk.id for talk in store.list_conversations()] == [kept]
    assert Path(f"{path}-wal").stat().st_size == 0
    rewritten = sqlite3.connect(path)
    assert rewritten.execute("PRAGMA application_id").fetchone() == (0,), "copies may be left"
    rewritten.close()
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, allowed)
    store.close()
    assert holding(path.parent, "secret") == []


def test_a_trash_that_cannot_be_emptied_keeps_nobody_from_the_rest(path: Path) -> None:
    path.parent.mkdir()
    script = (
        "import os, sys; from pathlib import Path; from tests.storage.test_clearing import *\n"
        "store = ConversationStore(Path(sys.argv[1])); fill(store, 'staying'); store.delete(fill(store, 'secret'))\n"
        'store._connection.execute("CREATE TRIGGER full BEFORE DELETE ON conversation'
        " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END\"); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, cwd=HERE, timeout=60)
    store = ConversationStore(path)
    assert [talk.title for talk in store.list_conversations()] == ["staying with another title"]
    store.close()
