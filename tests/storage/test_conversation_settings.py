"""Settings in the conversations' database: kept, tolerant, brought into an older database; and what is forgotten."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from backends.contract.chat import AnswerPart, ConversationSettings, GenerationOptions, Message, user_message
from backends.storage.conversations import ConversationStore
from backends.storage.migrations import MIGRATIONS

SETTINGS = ConversationSettings("Be brief.", GenerationOptions(temperature=0.2, seed=7, stop=("a", "b")), 12)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


@pytest.fixture
def store(path: Path) -> Iterator[ConversationStore]:
    made = ConversationStore(path)
    yield made
    made.close()


def test_settings_are_kept(store: ConversationStore, path: Path) -> None:
    plain, made = store.create("plain"), store.create("own", settings=SETTINGS)
    store.set_settings(plain.id, ConversationSettings(""))
    other = ConversationStore(path)
    assert {record.title: record.settings for record in other.list_conversations()} == {
        "plain": ConversationSettings(""),
        "own": SETTINGS,
    }
    assert other.conversation(made.id) == made
    other.close()


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ('{"system_prompt": "Hm.", "later": {"a": 1}, "options": {"seed": 1, "mood": 2}}', ("Hm.", 1)),
        ("{}", (None, None)),
    ],
)
def test_unknown_settings_are_passed_over(
    store: ConversationStore, path: Path, kept: str, expected: tuple[str | None, int | None]
) -> None:
    made = store.create()
    write_settings(path, kept)
    found = store.conversation(made.id)
    assert found is not None
    assert (found.settings.system_prompt, found.settings.options.seed) == expected


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"options": {"seed": "one"}}', '{"system_prompt": 1}'])
def test_damaged_settings_lose_no_conversation(
    store: ConversationStore, path: Path, kept: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = store.create("kept", settings=SETTINGS)
    write_settings(path, kept)
    for _ in range(3):
        [found] = store.list_conversations()
        assert (found.title, found.settings) == ("kept", ConversationSettings())
    assert [made.id in record.getMessage() for record in caplog.records] == [True], "logged, and once"
    caplog.clear()


def test_an_older_database_gets_them(path: Path) -> None:
    old = sqlite3.connect(path, isolation_level=None)
    old.executescript(MIGRATIONS[0] + "PRAGMA user_version = 1;")
    for number, deleted in ((1, None), (2, 2e9)):
        old.execute("INSERT INTO conversation VALUES (?, 'talk', 1, 1, NULL, ?)", (f"c{number}", deleted))
        parts = json.dumps([{"type": "answer", "text": "Hi"}])
        old.execute(
            "INSERT INTO message (conversation, role, parts, status, created, model)"
            " VALUES (?, 'assistant', ?, ?, 1, 'M')",
            (f"c{number}", parts, "complete"),
        )
    old.close()
    store = ConversationStore(path)
    [found] = store.list_conversations()
    assert (found.id, found.settings, found.continues) == ("c1", ConversationSettings(), None)
    [message] = store.branch(1)
    assert (message.message, message.kind) == (Message("assistant", (AnswerPart("Hi"),)), "")
    assert store.forgotten() == ("c2",), "deleted before there was anything to forget"
    store.close()
    assert len(list(path.parent.glob("*.version1-*.backup"))) == 1


def test_what_was_deleted_is_forgotten_until_its_caches_are_dropped(store: ConversationStore, path: Path) -> None:
    first, second, third = (store.create(title) for title in "abc")
    store.delete(first.id)
    store.delete(second.id)
    store.remove(third.id)
    store.delete("nobody's")
    assert set(store.forgotten()) == {first.id, second.id, third.id}
    store.restore(second.id)
    store.caches_dropped((third.id,))
    assert store.forgotten() == (first.id,)
    assert [record.id for record in store.list_conversations()] == [second.id]
    other = ConversationStore(path)
    assert other.forgotten() == (first.id,)
    other.close()


def test_what_leaves_the_trash_is_forgotten(path: Path) -> None:
    store = ConversationStore(path)
    made = store.create("gone")
    store.delete(made.id)
    store.caches_dropped((made.id,))
    store.close()
    later = ConversationStore(path)
    assert later.forgotten() == (made.id,)
    later.restore("nobody's")
    later.close()


def test_a_continuation_outlives_what_it_goes_on_from(store: ConversationStore) -> None:
    old = store.create("old")
    asked = store.add_message(old.id, None, user_message("Hello"))
    new = store.create("new", continues=asked.id)
    assert new.continues == asked.id
    first = store.add_message(new.id, None, user_message("Sum it up"))
    store.add_message(new.id, first.id, user_message("Go on"))
    store.remove(old.id)
    found = store.conversation(new.id)
    assert found is not None
    assert found.continues == first.id, "it goes on from what is gone"
    store.remove(new.id)
    assert store.list_conversations() == ()


def test_why_a_message_ended_is_kept(store: ConversationStore) -> None:
    made = store.create()
    answer = store.add_message(made.id, None, Message("assistant", ()), "writing")
    store.update_message(answer.id, (AnswerPart("Hi"),), "length", "", "context_full")
    found = store.message(answer.id)
    assert found is not None
    assert (found.status, found.kind) == ("length", "context_full")
    store.forget_kind(answer.id)
    assert store.message(answer.id) == replace(found, kind="")


def write_settings(path: Path, text: str) -> None:
    database = sqlite3.connect(path)
    database.execute("UPDATE conversation SET settings = ?", (text,))
    database.commit()
    database.close()
