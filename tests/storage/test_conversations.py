"""The tree of messages, the trash, and what happens to a database that cannot be used."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backends.contract.chat import (
    AnswerPart,
    CallPart,
    Message,
    ReasoningPart,
    ResultPart,
    system_message,
    user_message,
)
from backends.contract.errors import MinimError
from backends.storage import conversations
from backends.storage.conversations import ConversationStore
from backends.storage.migrations import MIGRATIONS, migrate

TURN = Message(
    "assistant",
    (
        ReasoningPart("I count.\n数", 1.5),
        CallPart("call_1", "calculator", {"expression": "2", "big": 2**100, "deep": [{"a": None}]}, "<x>", "ready"),
        ResultPart("call_1", "Error: no", is_error=True, seconds=0.25),
        CallPart("call_2", None, {}, "<inv", "unfinished"),
        AnswerPart("**Done** 🐢"),
    ),
)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[ConversationStore]:
    made = ConversationStore(tmp_path / "conversations.db", now=clock)
    yield made
    made.close()


def test_a_conversation_is_found_again_as_it_was(tmp_path: Path, store: ConversationStore, clock: Clock) -> None:
    made = store.create("Sums")
    asked = store.add_message(made.id, None, user_message("How much?"))
    answer = store.add_message(made.id, asked.id, Message("assistant", ()), "writing", "Pocket M2")
    store.update_message(answer.id, TURN.parts, "failed", "It broke.")
    store.close()

    again = ConversationStore(tmp_path / "conversations.db", now=clock)
    [listed] = again.list_conversations()
    assert (listed.id, listed.title, listed.leaf) == (made.id, "Sums", answer.id)
    first, second = again.branch(listed.leaf)
    assert (first.message, first.status, first.parent) == (user_message("How much?"), "complete", None)
    assert (second.message, second.status, second.failure) == (TURN, "failed", "It broke.")
    assert (second.model, second.parent) == ("Pocket M2", asked.id)
    again.close()


def test_newest_first_and_a_new_title_does_not_move_it(store: ConversationStore) -> None:
    old, new = store.create("old"), store.create("new")
    assert [record.title for record in store.list_conversations()] == ["new", "old"]
    store.add_message(old.id, None, user_message("again"))
    store.rename(new.id, "renamed")
    assert [record.title for record in store.list_conversations()] == ["old", "renamed"]


def test_branches(store: ConversationStore) -> None:
    talk = store.create()
    first = store.add_message(talk.id, None, user_message("one"))
    answer = store.add_message(talk.id, first.id, TURN)
    other = store.add_message(talk.id, first.id, TURN)
    below = store.add_message(talk.id, other.id, user_message("two"))
    second = store.add_message(talk.id, None, user_message("one, differently"))

    assert [record.id for record in store.branch(below.id)] == [first.id, other.id, below.id]
    assert [record.siblings for record in store.branch(below.id)] == [
        (first.id, second.id),
        (answer.id, other.id),
        (below.id,),
    ]
    assert second.siblings == (first.id, second.id)
    assert store.newest_leaf(first.id) == below.id
    assert store.newest_leaf(answer.id) == answer.id
    shown = store.conversation(talk.id)
    assert shown is not None
    assert shown.leaf == second.id
    store.set_leaf(talk.id, below.id)
    assert store.list_conversations()[0].leaf == below.id
    assert store.branch(None) == ()


def test_roots_of_two_conversations_are_no_siblings(store: ConversationStore) -> None:
    one, two = store.create(), store.create()
    store.add_message(one.id, None, user_message("a"))
    message = store.add_message(two.id, None, user_message("b"))
    assert message.siblings == (message.id,)


def test_deleted_ones_can_be_restored_until_it_is_closed(tmp_path: Path, store: ConversationStore) -> None:
    kept, gone = store.create("kept"), store.create("gone")
    leaf: int | None = None
    for number in range(1_200):  # longer than SQLite lets a cascade recurse
        leaf = store.add_message(gone.id, leaf, user_message(str(number))).id
    store.delete(gone.id)
    assert [record.id for record in store.list_conversations()] == [kept.id]
    assert store.conversation(gone.id) is None
    store.restore(gone.id)
    assert [record.id for record in store.list_conversations()] == [gone.id, kept.id]

    store.delete(gone.id)
    store.close()
    database = sqlite3.connect(tmp_path / "conversations.db")
    assert database.execute("SELECT id FROM conversation").fetchall() == [(kept.id,)]
    assert database.execute("SELECT count(*) FROM message").fetchone() == (0,)
    database.close()


def test_together_is_whole_or_not_at_all(store: ConversationStore) -> None:
    def half() -> None:
        with store.together():
            talk = store.create("half")
            store.add_message(talk.id, None, user_message("text"))
            store.add_message(talk.id, 999, user_message("its parent does not exist"))

    with pytest.raises(MinimError):
        half()
    assert store.list_conversations() == ()
    store.create("whole")
    assert len(store.list_conversations()) == 1


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    ConversationStore(path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = path.read_bytes()
    with pytest.raises(MinimError, match=r"conversations\.db") as caught:
        ConversationStore(path)
    assert caught.value.kind == "newer_data"
    assert "Update Minim" in caught.value.hint
    assert path.read_bytes() == before


def damaged_by_noise(path: Path) -> None:
    path.write_bytes(b"no database at all " * 500)


def damaged_by_truncation(path: Path) -> None:
    store = ConversationStore(path)
    talk = store.create()
    for _ in range(50):
        store.add_message(talk.id, None, user_message("x" * 3000))
    store.close()
    path.write_bytes(path.read_bytes()[:9000])


def damaged_by_being_another_one(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE recipes (name)")
    database.commit()
    database.close()


@pytest.mark.parametrize("damage", [damaged_by_noise, damaged_by_truncation, damaged_by_being_another_one])
def test_a_damaged_database_is_told_and_never_overwritten(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "conversations.db"
    damage(path)
    before = path.read_bytes()
    with pytest.raises(MinimError, match=r"conversations\.db") as caught:
        ConversationStore(path).list_conversations()
    assert caught.value.kind == "damaged_data"
    assert caught.value.hint
    assert path.read_bytes() == before


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(MinimError, match="nowhere"):
        ConversationStore(tmp_path / "nowhere" / "conversations.db")


def test_one_unreadable_message_does_not_take_the_others_with_it(store: ConversationStore, tmp_path: Path) -> None:
    talk = store.create()
    asked = store.add_message(talk.id, None, user_message("hello"))
    answer = store.add_message(talk.id, asked.id, TURN)
    other = sqlite3.connect(tmp_path / "conversations.db")
    other.execute("UPDATE message SET parts = '[{]' WHERE id = ?", (answer.id,))
    other.commit()
    other.close()
    first, second = store.branch(answer.id)
    assert first.message.text == "hello"
    assert (second.message.parts, second.status) == ((), "failed")
    assert "could not be read" in second.failure


def test_a_full_disk_is_told_and_loses_nothing(store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = store.create("before")
    connection: sqlite3.Connection = store._connection  # pyright: ignore[reportPrivateUsage] - SQLite's own limit
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(MinimError, match=r"conversations\.db") as caught:
        store.add_message(talk.id, None, user_message("x" * 1_000_000))
    assert caught.value.kind == "disk_full"
    assert store.conversation(talk.id) == talk
    connection.execute(f"PRAGMA max_page_count = {pages + 10_000}")
    store.add_message(talk.id, None, user_message("there is room again"))


def test_another_writer_is_told_as_busy(store: ConversationStore, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "conversations.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store._connection.execute("PRAGMA busy_timeout = 0")  # pyright: ignore[reportPrivateUsage] - so as not to wait
    with pytest.raises(MinimError) as caught:
        store.create()
    assert caught.value.kind == "busy"
    other.execute("ROLLBACK")
    other.close()
    store.create()


def test_a_draft_goes_with_its_conversation(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path / "c.db")
    kept, removed = store.create("kept").id, store.create("removed").id
    for place in (kept, removed, ""):
        store.keep_draft(place, f"old {place}")
        store.keep_draft(place, f"draft of {place}")
    store.delete(kept)
    store.restore(kept)
    store.remove(removed)
    store.keep_draft(removed, "too late")
    store.close()
    store = ConversationStore(tmp_path / "c.db")
    assert [store.draft(place) for place in (kept, removed, "")] == [f"draft of {kept}", "", "draft of "]
    store.keep_draft("", "")
    assert store.draft("") == ""
    store.close()


def test_a_migration_is_backed_up_before_and_taken_whole(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    store = ConversationStore(path)
    store.create("kept")
    store.close()
    database = sqlite3.connect(path, isolation_level=None)
    broken = (*MIGRATIONS, "CREATE TABLE later (a); CREATE TABLE later (a)")
    with pytest.raises(sqlite3.OperationalError):
        migrate(database, str(path), broken)
    assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'later'").fetchall()

    backup = migrate(database, str(path), (*MIGRATIONS, "DELETE FROM conversation; CREATE TABLE later (a)"))
    assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
    database.close()
    assert backup is not None
    old = shutil.copy(backup, tmp_path / "put back.db")
    restored = ConversationStore(old)
    assert [record.title for record in restored.list_conversations()] == ["kept"]
    restored.close()


def test_a_new_database_needs_no_backup(tmp_path: Path) -> None:
    ConversationStore(tmp_path / "conversations.db").close()
    assert [file.name for file in tmp_path.iterdir()] == ["conversations.db"]


WRITER = """
import sys
from backends.contract.chat import AnswerPart, Message, system_message, user_message
from backends.storage.conversations import ConversationStore
store = ConversationStore(sys.argv[1])
talk = store.create("killed")
asked = store.add_message(talk.id, None, user_message("The prompt"))
answer = store.add_message(talk.id, asked.id, Message("assistant", ()), "writing")
print("stored", flush=True)
text = ""
while True:
    text += "word " * 50
    store.update_message(answer.id, (AnswerPart(text),), "writing")
    print("more", flush=True)
"""


def test_a_writer_that_is_killed_leaves_the_prompt_and_what_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(conversations.__file__).parents[2]) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
    assert lines[0] == b"stored\n"
    store = ConversationStore(path)
    [talk] = store.list_conversations()
    asked, answer = store.branch(talk.leaf)
    assert asked.message == user_message("The prompt")
    assert answer.status == "stopped"
    assert "Minim ended" in answer.failure
    assert len(answer.message.text.split()) >= 50 * (len(lines) - 1)
    store.close()


def test_system_prompts_are_messages_too(store: ConversationStore) -> None:
    talk = store.create()
    stored = store.add_message(talk.id, None, system_message("Be brief."))
    assert store.message(stored.id) == stored
    assert store.message(10_000) is None
