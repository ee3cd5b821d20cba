"""The report of a home with something private in every place: nothing of it is told, and what helps is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.report.choices import model_lines, preference_lines, read_preferences, server_lines
from backends.report.facts import Facts, gather
from backends.report.own_home import own_home
from backends.report.place import report_path
from backends.report.report import Outcome, Person, report_text, write_report
from backends.report.rows import Row
from backends.storage.paths import data_folder, log_folder

from .canaries import USER, found_in, make_home


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    home = tmp_path / USER
    monkeypatch.setenv("MINIM_HOME", str(make_home(home)))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", USER)
    preferences, damage = read_preferences(data_folder())
    return Person(data_folder(), log_folder(), preferences, damage)


def test_nothing_private_is_told(person: Person) -> None:
    words = f"{person.data}/x cannot be written, nor '/srv/canary-models/canary.txt'\x1b[2J"
    rows = [Row("A row", "failed", 1.0, words)]
    text = report_text(Outcome(rows, ["Qt 6"], ["canary prompt"]), gather(person.preferences), person)
    assert person.data is not None
    assert found_in(text, person.data.parents[1]) == []
    for told in (
        "Minim 0.", "Python 3.", "transformers 5.", "memory", "MLX: installed", "Pocket M2: 3bit, 4bit", "weather",
        "generation.temperature = 0.25", "system_prompt: there is one", "A model in a folder", "(2 lines left out)",
        "2026-11-23 12:00:00,123 INFO backends.workers.serve: Request 3 failed", "OSError: [Errno 28] No space left",
        "backends/workers/serve.py, line 284, in _work", "downloads.log.1", "~/minim/data/x cannot be written",
    ):  # fmt: skip
        assert told in text, told
    assert "\x1b" not in text


def test_without_folders_what_is_known_is_told_all_the_same() -> None:
    text = report_text(Outcome([]), Facts(), Person(None, None, Preferences(), "They cannot be read."))
    for told in ("There is no folder for data.", "They cannot be read.", "Minim 0.", "None were found."):
        assert told in text
    assert "Logs" not in text


def test_a_preference_that_is_new_is_not_told() -> None:
    """Only what is listed is told: whoever adds a field decides about it."""
    told = {line.split()[0].rstrip(":").split(".")[0] for line in preference_lines(Preferences())}
    told |= {"generation"}  # unset here
    left_out = set(Preferences.__struct_fields__) - told
    assert left_out == {"conversation", "window"}


def test_damaged_preferences_stay_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "preferences.toml").write_text("language = canary")
    preferences, damage = read_preferences(tmp_path)
    assert preferences == Preferences()
    assert "TOMLDecodeError" in damage
    assert "canary" not in damage
    assert [file.name for file in tmp_path.iterdir()] == ["preferences.toml"]


def test_servers_and_models_where_there_are_none(tmp_path: Path) -> None:
    assert server_lines(tmp_path) == ["None."]
    (tmp_path / "mcp_servers.json").write_text("[1]")
    assert server_lines(tmp_path) == ["Their file cannot be read."]
    (tmp_path / "mcp_servers.json").write_text(json.dumps({"mcpServers": {"a\nb": {}, "x" * 61: {}}}))
    assert server_lines(tmp_path) == ["a b", "(a name of 61 characters)"]
    assert model_lines(()) == ["None were found."]


def test_it_is_written_to_the_first_folder_that_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert write_report("one", None, tmp_path) == report_path(here).with_name(f"{report_path(here).stem[:-2]}.txt")
    assert write_report("two", None, tmp_path).read_text() == "two"
    assert len(list(here.iterdir())) == 2, "an earlier report is kept"
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert write_report("three", None, tmp_path).parent == tmp_path


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MinimError, match="The report could not be written"):
        write_report("text", tmp_path / "file" / "report.txt", None)


def test_a_home_for_the_test_alone_leaves_nothing(home: Path) -> None:
    before = data_folder()
    with own_home() as other:
        assert data_folder() == other / "data" != before
    assert data_folder() == before
    assert not other.exists()


def test_facts_know_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Facts().has("MLX")
    assert gather(Preferences()).has("MLX")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MINIM_HOME", str(tmp_path / "file" / "home"))
    assert "cannot be made" in gather(Preferences()).problem


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    first = report_path(tmp_path)
    first.symlink_to(tmp_path / "elsewhere")
    assert report_path(tmp_path) != first
