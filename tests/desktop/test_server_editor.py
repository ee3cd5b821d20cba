"""The form of a server: what is typed is what is run, secrets stay unseen, and what cannot be is said."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from backends.contract.tools import IN_KEYRING, ToolServer
from desktop.widgets.server_editor import ServerEditor
from tests.desktop.tools_to_show import GITHUB, LONG, WEATHER, heard


@pytest.fixture
def new(qtbot: QtBot) -> ServerEditor:
    editor = ServerEditor(None, ("taken",))
    qtbot.addWidget(editor)
    editor.show()
    return editor


def edit(qtbot: QtBot, server: ToolServer) -> ServerEditor:
    editor = ServerEditor(server, ("taken", server.name))
    qtbot.addWidget(editor)
    editor.show()
    return editor


def test_a_command_line_and_lines_of_arguments_are_one_command(new: ServerEditor) -> None:
    new.name.setText(" everything ")
    new.command.setText("npx -y 'a package'")
    new.arguments.setPlainText('--title\nTwo words, and a "quote"\n\n')
    new.environment.add("DEBUG", "1")
    new.folder.setText("/work")
    args = ("-y", "a package", "--title", 'Two words, and a "quote"')
    assert new.server == ToolServer("everything", "npx", args, {"DEBUG": "1"}, "/work")
    assert new.preview.text == "npx -y 'a package' --title 'Two words, and a \"quote\"'"
    saved = heard(new.save_requested)
    new.save_button.click()
    assert saved == [(new.server, "")]


@pytest.mark.parametrize(
    ("name", "command", "words"),
    [
        ("", "npx", "Give the server a name."),
        ("taken", "npx", "Another server has this name."),
        ("new", "", "Write the command that starts the server."),
        ("new", "npx 'x", "A quote in the command is not closed."),
    ],
)
def test_what_cannot_be_saved_says_why(new: ServerEditor, name: str, command: str, words: str) -> None:
    new.name.setText(name)
    new.command.setText(command)
    assert new.note.text() == words
    assert not new.save_button.isEnabled()


def test_an_address_is_one(new: ServerEditor) -> None:
    new.name.setText("weather")
    new.reaches.setChecked(True)
    assert new.url.isVisible()
    assert not new.command.isVisible()
    for url in ("", "mcp.test", "file:///etc", "https://a b"):
        new.url.setText(url)
        assert "https://" in new.note.text()
    new.url.setText("https://mcp.test")
    assert new.server == ToolServer("weather", url="https://mcp.test")
    assert new.save_button.isEnabled()


@pytest.mark.parametrize("server", [GITHUB, WEATHER, LONG, ToolServer("x", "my tool", ("two\nlines", "", " a "))])
def test_what_is_not_touched_stays_as_it_is(qtbot: QtBot, server: ToolServer) -> None:
    editor = edit(qtbot, server)
    assert editor.server == server
    saved = heard(editor.save_requested)
    editor.name.setText("other")
    editor.save_button.click()
    assert saved[0][1] == server.name
    assert editor.server.command_digest == server.command_digest


def test_a_secret_is_typed_unseen_and_one_that_is_kept_is_never_shown(qtbot: QtBot) -> None:
    editor = edit(qtbot, GITHUB)
    token, plain = editor.environment.lines
    assert token.value.text() == ""
    assert token.value.placeholderText() == "Stays as it is"
    assert plain.value.echoMode() == QLineEdit.EchoMode.Normal
    token.value.setText("ghp_new")
    assert token.value.echoMode() == QLineEdit.EchoMode.Password
    assert editor.server.env["GITHUB_PERSONAL_ACCESS_TOKEN"] == "ghp_new"
    token.value.clear()
    assert editor.server.env["GITHUB_PERSONAL_ACCESS_TOKEN"] == IN_KEYRING
    token.name.setText("OTHER_TOKEN")
    assert editor.server.env["OTHER_TOKEN"] == "", "under another name nothing is kept"
    plain.remove_button.click()
    assert editor.server.env == {"OTHER_TOKEN": ""}
    assert "ghp_new" not in repr(editor.server)


def test_a_line_more_and_a_folder_are_asked_for(new: ServerEditor, monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(*_: object) -> str:
        return "/chosen"

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    new.environment.add_button.click()
    new.choose_button.click()
    assert len(new.environment.lines) == 1
    assert new.server.env == {}
    assert new.server.cwd == "/chosen"
    left = heard(new.cancelled)
    new.cancel_button.click()
    assert left == [()]
