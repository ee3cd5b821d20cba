"""Writing a message: when Enter sends, what is pasted, what becomes of drafts."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backends.contract.models import ModelRef
from backends.contract.preferences import Preferences
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from desktop.panes.composer import Composer
from desktop.widgets.glyph import RoundButton


class Desk:
    """A composer, its state, and what it asked for."""

    def __init__(self, qtbot: QtBot) -> None:
        self.state = SessionState()
        self.preferences = PreferenceState(Preferences())
        self.settings = ConversationSettingsState()
        self.composer = Composer(self.state, self.preferences, self.settings)
        self.sent: list[str] = []
        self.composer.send_requested.connect(self.sent.append)
        qtbot.addWidget(self.composer)
        self.composer.resize(700, 200)
        self.composer.show()

    @property
    def button(self) -> RoundButton:
        found = self.composer.findChild(RoundButton)
        assert found is not None
        return found

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.composer.field, key, modifier)


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(qtbot)


def test_enter_sends_and_shift_enter_starts_a_line(desk: Desk) -> None:
    QTest.keyClicks(desk.composer.field, "one")
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(desk.composer.field, "two")
    assert desk.sent == []
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == ["one\ntwo"]


def test_by_preference_only_the_modifier_sends(desk: Desk) -> None:
    desk.preferences.replace(send_with="mod_enter")
    QTest.keyClicks(desk.composer.field, "one")
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == []
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert desk.sent == ["one"]


def test_enter_never_sends_while_an_input_method_is_composing(desk: Desk) -> None:
    field = desk.composer.field
    field.setPlainText("Say ")
    field.moveCursor(field.textCursor().MoveOperation.End)
    QApplication.sendEvent(field, QInputMethodEvent("ni hao", []))
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == []
    assert field.toPlainText() == "Say "
    confirmed = QInputMethodEvent("", [])
    confirmed.setCommitString("你好")
    QApplication.sendEvent(field, confirmed)
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == ["Say 你好"]


def test_blank_text_is_not_sent(desk: Desk) -> None:
    QTest.keyClicks(desk.composer.field, "   ")
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == []
    assert not desk.button.isEnabled()


def test_the_button_stops_a_running_turn_and_stays_in_its_place(desk: Desk) -> None:
    stops: list[bool] = []
    desk.composer.stop_requested.connect(lambda: stops.append(True))
    place = desk.button.geometry()
    desk.state.show_phase("answering")
    assert desk.button.accessibleName() == "Stop"
    assert desk.button.geometry() == place
    desk.button.click()
    assert stops == [True]
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == []


def test_pasting_takes_the_plain_text(desk: Desk) -> None:
    copied = QMimeData()
    copied.setHtml("<b>bold</b>")
    copied.setText("bold")
    desk.composer.field.insertFromMimeData(copied)
    assert desk.composer.field.toPlainText() == "bold"


def test_the_field_grows_with_its_lines_up_to_eight(desk: Desk) -> None:
    field = desk.composer.field
    one = field.height()
    field.setPlainText("\n".join("abc"))
    three = field.height()
    field.setPlainText("\n".join("abcdefghijkl"))
    many = field.height()
    assert one < three < many
    assert many <= 8 * field.fontMetrics().lineSpacing() + 2


def test_the_invitation_is_painted_anew_when_a_model_is_loaded(desk: Desk, qtbot: QtBot) -> None:
    QApplication.processEvents()
    painted = Painted()
    desk.composer.field.viewport().installEventFilter(painted)
    desk.state.show_model("ready", ModelRef("Pocket M2", "mlx", "4bit", "builtin", "pocket"))
    assert desk.composer.field.placeholderText() == "Message Pocket M2"
    qtbot.waitUntil(lambda: painted.times > 0)


class Painted(QObject):
    """Counts how often a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.times += event.type() == QEvent.Type.Paint
        return False
