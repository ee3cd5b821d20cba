"""A folder is opened with Minim: what its model would do to this machine is asked about before it is loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backends.storage.library import POCKET_FOLDER
from desktop.app import App
from desktop.widgets.inline_question import InlineQuestion
from tests.desktop.conftest import OpenApp

SECONDS = 30_000
HUGE = 1 << 42


@pytest.fixture
def huge(tmp_path: Path) -> Iterator[Path]:
    """A model whose weights no machine has the memory for; on the disk they are a hole."""
    folder = tmp_path / "Huge"
    shutil.copytree(POCKET_FOLDER, folder)
    [weights] = folder.glob("*.safetensors")
    whole = weights.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])
    data = len(whole) - 8 - length
    header["hole"] = {"dtype": "U8", "shape": [HUGE], "data_offsets": [data, data + HUGE]}
    words = json.dumps(header).encode()
    with weights.open("wb") as file:
        file.write(len(words).to_bytes(8, "little") + words + whole[8 + length :])
        file.truncate(8 + len(words) + data + HUGE)
    yield folder
    weights.unlink()


def question(app: App) -> InlineQuestion:
    """What the picker asks about the model of the folder."""
    assert app.dialogs.picker is not None
    [found] = [row.question for row in app.dialogs.picker.rows if row.question is not None]
    return found


def test_what_does_not_fit_is_loaded_only_if_the_person_says_so(open_app: OpenApp, qtbot: QtBot, huge: Path) -> None:
    app = open_app(loaded=False)
    app.outside.open_paths([str(huge)])
    qtbot.waitUntil(lambda: app.dialogs.picker is not None, timeout=SECONDS)
    picker = app.dialogs.picker
    assert picker is not None
    assert picker.isVisible()
    question(app).reject_button.click()
    picker.close()

    link = huge.with_name("link")
    link.symlink_to(huge)
    app.outside.open_paths([str(link)])
    qtbot.waitUntil(picker.isVisible, timeout=SECONDS)
    picker.page.rebuild(picker.page.family)  # as after a new judgement: the question stays
    assert app.state.model_state == "none", "nothing is loaded before it is answered"
    question(app).accept_button.click()
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    assert app.state.model is not None
    assert app.state.model.path == str(link)


def test_its_question_has_the_focus_and_takes_it_from_nobody(open_app: OpenApp, qtbot: QtBot, huge: Path) -> None:
    app = open_app(loaded=False)
    app.outside.open_paths([str(huge)])
    qtbot.waitUntil(lambda: app.dialogs.picker is not None, timeout=SECONDS)
    picker = app.dialogs.picker
    assert picker is not None
    qtbot.waitUntil(lambda: picker.focusWidget() is question(app).reject_button, timeout=SECONDS)
    before = question(app)
    picker.page.rebuild(picker.page.family)
    assert question(app) is not before
    assert picker.focusWidget() is question(app).reject_button
    picker.list.search.setFocus()
    picker.page.rebuild(picker.page.family)
    assert picker.focusWidget() is picker.list.search, "a person may be typing there"
    question(app).reject_button.setFocus()
    QTest.keyClick(question(app).reject_button, Qt.Key.Key_Escape)
    assert not [row for row in picker.rows if row.question is not None]
    assert picker.isVisible(), "only the question is over"
    assert app.state.model_state == "none"
