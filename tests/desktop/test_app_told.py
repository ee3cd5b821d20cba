"""The whole app in Chinese: what its real workers say when something fails is read in Chinese."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backends.contract.downloads import DownloadRef, Source
from backends.storage.paths import data_folder
from desktop.panes.problem_report import ProblemReport
from desktop.widgets import server_question
from desktop.widgets.download_row import DownloadRow
from tests.desktop.conftest import OpenApp
from tests.hub.fixtures import hub, mission_forms
from tests.hub.mission import add_mission
from tests.hub.server import Hub

__all__ = ["hub", "mission_forms"]

SECONDS = 60_000
REPO = "mlx-community/MiniMax-M2-4bit"


@pytest.fixture(autouse=True)
def chinese(qapp: QApplication, themed: None) -> Iterator[None]:
    """The window in Chinese, as `languages.use` makes it, for one test."""
    translator = QTranslator()
    assert translator.load("minim_zh_CN", str(files("resources") / "translations"))
    before = QLocale()
    QLocale.setDefault(QLocale("zh_CN"))
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)
    QLocale.setDefault(before)


def test_a_damaged_model(open_app: OpenApp, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "Damaged model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen3"}), encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"\x40" + bytes(15))
    app = open_app(loaded=False)
    app.dialogs.show_picker()
    app.dialogs.requests.open_folder_requested.emit(str(folder))
    qtbot.waitUntil(app.window.notice.isVisible, timeout=SECONDS)
    damaged = f"{folder}/model.safetensors 不完整：它有 16 字节，少于文件头所需。"
    assert app.window.notice.words == f"{damaged} 请重新下载模型，或选择另一个文件夹。"
    assert app.dialogs.picker is not None
    assert app.dialogs.picker.problem.words == app.window.notice.words


def test_a_download_that_fails(
    open_app: OpenApp, hub: Hub, mission_forms: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    add_mission(hub, mission_forms)
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)
    hub.remove(REPO)
    app = open_app(loaded=False)
    app.dialogs.show_downloads()
    app.dialogs.requests.download_requested.emit(DownloadRef("MiniMax-M2", "mlx", "4bit", Source("huggingface", REPO)))
    qtbot.waitUntil(app.window.notice.isVisible, timeout=SECONDS)
    host = hub.environment["HF_ENDPOINT"].partition("://")[2]
    why = f"{host} 上没有你能看到的仓库 {REPO}。"
    hint = "请检查名称。如果仓库是私有的，则需要有权查看它的账号的令牌。"
    assert app.window.notice.words == f"无法下载 MiniMax-M2 · 4-bit：{why} {hint}"
    assert app.dialogs.downloads is not None
    (row,) = app.dialogs.downloads.findChildren(DownloadRow)
    assert row.words.endswith(f" · {why}{hint}")


def test_a_server_that_cannot_be_started(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr(server_question, "GRACE", 0)
    command = tmp_path / "not-there"
    (data_folder() / "mcp_servers.json").write_text(
        json.dumps({"mcpServers": {"weather": {"command": str(command)}}}), encoding="utf-8"
    )
    app = open_app(loaded=False)
    app.menus.servers_requested.emit()
    assert app.dialogs.settings is not None
    page = app.dialogs.settings.servers
    qtbot.waitUntil(lambda: len(page.rows) == 1, timeout=SECONDS)
    question = page.rows[0].question
    assert question is not None
    question.accept_button.click()
    said = f" 没有 {command}。请检查服务器设置中的命令。"
    qtbot.waitUntil(lambda: page.rows[0].words.endswith(said), timeout=SECONDS)


def test_a_file_of_servers_that_is_not_there(open_app: OpenApp, qtbot: QtBot, tmp_path: Path) -> None:
    app = open_app(loaded=False)
    app.menus.servers_requested.emit()
    assert app.dialogs.settings is not None
    page = app.dialogs.settings.servers
    qtbot.waitUntil(lambda: app.servers.known, timeout=SECONDS)
    app.dialogs.tool_requests.import_requested.emit(str(tmp_path / "none.json"))
    qtbot.waitUntil(page.notice.isVisible, timeout=SECONDS)
    assert page.notice.words.startswith(f"无法读取 {tmp_path}/none.json：没有这个文件。")


def test_no_space_stands_between_the_sentences_of_the_report(qtbot: QtBot) -> None:
    dialog = ProblemReport()
    qtbot.addWidget(dialog)
    dialog.show_written("/report.txt", "/", is_sound=True)
    assert dialog.words.count("。 ") == 1  # between what it says and its promise, which are apart in the dialog
