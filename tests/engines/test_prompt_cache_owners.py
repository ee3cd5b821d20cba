"""Whose pieces on disk are: a forgotten conversation leaves nothing there, and takes nothing from the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backends.engines.prompt_cache_files import forget_on_disk
from backends.engines.prompt_cache_key import owner_tag

from .test_prompt_cache_files import MORE, ONE, OTHER, Disk

A, B = owner_tag("holiday plans"), owner_tag("taxes")


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "kv")


def test_a_forgotten_conversation_leaves_nothing_and_takes_nothing_from_others(disk: Disk) -> None:
    disk.put(ONE, owner=A)
    disk.put(ONE + MORE, owner=A)
    other_model = Disk(disk.folder, "b" * 64)
    other_model.put(ONE, owner=A)
    disk.put(OTHER, owner=B)
    before = sum((disk.folder / name).stat().st_size for name in disk.names)
    freed = forget_on_disk(disk.folder, ["holiday plans", "never seen"])
    assert freed == before - sum((disk.folder / name).stat().st_size for name in disk.names) > 0
    again = Disk(disk.folder)
    assert (again.holds(ONE + MORE), again.holds(OTHER)) == (0, len(OTHER))
    assert len(disk.names) == 1
    assert forget_on_disk(disk.folder, ["holiday plans"]) == 0


def test_what_another_conversation_continues_from_is_handed_to_it_and_goes_with_it(disk: Disk) -> None:
    disk.put(ONE, owner=A)
    disk.put(ONE + MORE, owner=A)
    disk.put(ONE + MORE + OTHER, owner=B)
    disk.put(ONE + OTHER, owner=A)
    assert disk.files.forget({A}) > 0
    assert disk.holds(ONE + MORE + OTHER) == len(ONE + MORE + OTHER), "the same worker finds it under its new name"
    assert disk.holds(ONE + OTHER) == len(ONE)
    assert disk.files.used(disk.files.find(ONE + MORE + OTHER))
    assert disk.files.forget({B}) > 0
    assert disk.names == []


def test_what_is_nobody_s_might_be_anybody_s_and_is_forgotten_with_the_first(disk: Disk) -> None:
    disk.put(ONE)
    disk.put(ONE + MORE, owner=B)
    disk.put(OTHER)
    assert Disk(disk.folder).holds(OTHER) == len(OTHER), "an earlier version's are found"
    assert forget_on_disk(disk.folder, ()) == 0
    assert forget_on_disk(disk.folder, ["holiday plans"]) > 0
    again = Disk(disk.folder)
    assert (again.holds(OTHER), again.holds(ONE + MORE)) == (0, len(ONE + MORE))


def test_names_on_the_disk_tell_nothing_of_a_conversation(disk: Disk) -> None:
    disk.put(ONE, owner=A)
    [name] = disk.names
    assert "holiday" not in name
    assert b"holiday" not in (disk.folder / name).read_bytes()
    assert Disk(disk.folder).files.find(ONE).pieces[0].owner == A


def test_short_conversations_with_one_beginning_do_not_push_each_other_out(disk: Disk) -> None:
    beginning = list(range(600))
    disk.put(beginning + MORE, owner=A)
    disk.put(beginning + OTHER[:300], owner=B)
    assert disk.holds(beginning + MORE) == 900
    assert disk.holds(beginning + OTHER[:300]) == 900


def test_a_piece_that_two_workers_wrote_is_there_once(disk: Disk) -> None:
    disk.put(ONE, owner=A)
    [name] = disk.names
    shutil.copy(disk.folder / name, disk.folder / name.replace(A, B))
    again = Disk(disk.folder)
    assert again.holds(ONE) == len(ONE)
    assert len(again.names) == 1


def test_forgetting_where_nothing_was_ever_kept(tmp_path: Path) -> None:
    assert forget_on_disk(tmp_path / "none", ["holiday plans"]) == 0
    assert not (tmp_path / "none").exists()
