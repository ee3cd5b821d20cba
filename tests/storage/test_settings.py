"""Preferences survive being written, being damaged, and being shared with another version."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from backends.contract.chat import GenerationOptions
from backends.contract.errors import MinimError
from backends.contract.models import ModelRef
from backends.contract.preferences import Preferences, WindowPreferences
from backends.contract.tools import ToolSettings
from backends.storage.settings import load_preferences, save_changes, save_preferences

FULL = Preferences(
    language="zh_CN",
    system_prompt='Be "brief"\nand kind. 简短',
    model=ModelRef("Pocket M2", "mlx", "4bit", "builtin", "/models/pocket"),
    model_folders=("/a", "/b c"),
    generation=GenerationOptions(temperature=0.7, stop=("\n",)),
    window=WindowPreferences(geometry="AbC=", column_widths=(200, 600, 300), tools_shown=False),
)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "new" / "preferences.toml"
    assert load_preferences(path) == (Preferences(), "")
    save_preferences(FULL, path)
    assert load_preferences(path) == (FULL, "")
    save_preferences(Preferences(), path)
    assert load_preferences(path) == (Preferences(), "")


def test_the_data_folder_is_where_they_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIM_HOME", str(tmp_path))
    save_preferences(FULL)
    assert (tmp_path / "data" / "preferences.toml").is_file()
    assert load_preferences()[0] == FULL


def test_keys_of_another_version_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "preferences.toml"
    path.write_text('later = 1\nlanguage = "en"\n[window]\nglow = true\n[generation]\ndry = 0.5\n[plugins.x]\ny = 2\n')
    preferences, words = load_preferences(path)
    assert (preferences.language, words) == ("en", "")
    save_preferences(FULL, path)
    text = path.read_text("utf-8")
    assert all(kept in text for kept in ("later = 1", "glow = true", "dry = 0.5", "[plugins.x]", "y = 2"))
    assert load_preferences(path)[0] == FULL


@pytest.mark.parametrize("content", [b"language = ", b'language = "tlh"', b"\xff\xfe", b"[window]\ncolumn_widths = 3"])
def test_a_damaged_file_is_set_aside_and_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "preferences.toml"
    path.write_bytes(content)
    preferences, words = load_preferences(path)
    assert preferences == Preferences()
    [aside] = tmp_path.iterdir()
    assert aside.read_bytes() == content
    assert str(path) in words
    assert str(aside) in words


def test_two_damaged_files_are_both_kept(tmp_path: Path) -> None:
    path = tmp_path / "preferences.toml"
    for content in ("a = ", "b = "):
        path.write_text(content)
        load_preferences(path)
    assert sorted(kept.read_text() for kept in tmp_path.iterdir()) == ["a = ", "b = "]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "preferences.toml"
    save_preferences(FULL, path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MinimError, match=r"preferences\.toml") as caught:
        save_preferences(Preferences(), path)
    assert caught.value.kind == "disk_full"
    assert [kept.name for kept in tmp_path.iterdir()] == ["preferences.toml"]
    assert load_preferences(path)[0] == FULL


def test_a_link_to_a_file_kept_elsewhere_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    link = tmp_path / "preferences.toml"
    real.write_text("")
    link.symlink_to(real)
    save_preferences(FULL, link)
    assert link.is_symlink()
    assert load_preferences(real)[0] == FULL


def test_only_what_was_changed_is_written_over_what_others_wrote(tmp_path: Path) -> None:
    path = tmp_path / "preferences.toml"
    before = Preferences(round_limit=10, tool_settings=ToolSettings(folders=("/a",), servers_off=("x",)))
    save_preferences(before, path)
    save_preferences(Preferences(round_limit=20, hub="modelscope", tool_settings=ToolSettings()), path)
    after = Preferences(round_limit=10, language="en", tool_settings=ToolSettings(("/a",), ("1",), ("x",)))
    merged = save_changes(before, after, path)
    expected = Preferences(
        round_limit=20, hub="modelscope", language="en", tool_settings=ToolSettings(approved_servers=("1",))
    )
    assert merged == load_preferences(path)[0] == expected
    unchanged = path.stat()
    assert save_changes(merged, merged, path) == merged
    assert path.stat().st_ino == unchanged.st_ino, "nothing was to be written"


@pytest.mark.parametrize("damage", [None, "round_limit = ["])
def test_what_is_gone_or_damaged_is_written_whole(tmp_path: Path, damage: str | None) -> None:
    path = tmp_path / "preferences.toml"
    if damage is not None:
        path.write_text(damage, "utf-8")
    before = Preferences(round_limit=10)
    after = Preferences(round_limit=10, hub="modelscope")
    assert save_changes(before, after, path) == after
    assert load_preferences(path) == (after, "")
