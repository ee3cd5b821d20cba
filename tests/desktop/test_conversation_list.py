"""The list of conversations: order, groups, rename in place, delete with undo, filter."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from backends.conversation.changes import ConversationRecord
from desktop import theme
from desktop.models.conversation_list_model import ConversationListModel
from desktop.panes.conversation_list import ConversationList
from desktop.widgets.notice_bar import NoticeBar


def records(*days_and_titles: tuple[float, str]) -> tuple[ConversationRecord, ...]:
    """Of noon, so many days ago: not every day has 24 hours."""
    noon = datetime.combine(date.today(), time(12))
    moments = [((noon - timedelta(days)).timestamp(), title) for days, title in days_and_titles]
    return tuple(ConversationRecord(f"id {title}", title, at, at) for at, title in moments)


@pytest.fixture
def shown(qtbot: QtBot) -> ConversationList:
    model = ConversationListModel()
    pane = ConversationList(model)
    model.setParent(pane)
    qtbot.addWidget(pane)
    pane.resize(240, 500)
    pane.show()
    model.show_conversations(records((0, "Now"), (1, "Before"), (100, "Long ago")))
    return pane


def titles(pane: ConversationList) -> list[str]:
    model = pane.view.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_rows_are_grouped_by_date(shown: ConversationList) -> None:
    model = shown.view.model()
    groups = [model.index(row, 0).data(ConversationListModel.GroupRole) for row in range(3)]
    assert groups == ["Today", "Yesterday", "Earlier"]


def test_a_click_opens_and_marking_does_not(shown: ConversationList, qtbot: QtBot) -> None:
    opened: list[str] = []
    shown.open_requested.connect(opened.append)
    shown.show_open("id Before")
    assert opened == []
    place = shown.view.visualRect(shown.view.model().index(2, 0)).center()
    QTest.mouseClick(shown.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert opened == ["id Long ago"]


def test_f2_renames_in_place(shown: ConversationList, qtbot: QtBot) -> None:
    asked: list[tuple[object, ...]] = []

    def note(*words: object) -> None:
        asked.append(words)

    shown.rename_requested.connect(note)
    shown.show_open("id Before")
    shown.view.setFocus()
    shown.rename_open()
    editor = next(field for field in shown.view.findChildren(QLineEdit) if field.isVisible())
    editor.selectAll()
    QTest.keyClicks(editor, "After")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: asked == [("id Before", "After")])


def test_delete_offers_undo(shown: ConversationList) -> None:
    deleted: list[str] = []
    restored: list[str] = []
    shown.delete_requested.connect(deleted.append)
    shown.restore_requested.connect(restored.append)
    shown.show_open("id Before")
    shown.delete_open()
    bar = shown.findChild(NoticeBar)
    assert deleted == ["id Before"]
    assert bar is not None
    assert bar.words == "Deleted “Before”"
    bar.action_requested.emit()
    assert restored == ["id Before"]
    assert not bar.isVisible()


def test_what_is_offered_back_no_more_is_removed(shown: ConversationList) -> None:
    removed: list[str] = []
    shown.removal_requested.connect(removed.append)
    bar = shown.findChild(NoticeBar)
    assert bar is not None
    shown.show_open("id Before")
    shown.delete_open()
    bar.action_requested.emit()
    assert removed == [], "it was taken back"
    shown.delete_open()
    shown.show_open("id Now")
    shown.delete_open()
    assert removed == ["id Before"], "another one is offered in its place"
    bar.dismissed.emit()
    assert removed == ["id Before", "id Now"]
    shown.delete_open()
    offered = shown.findChild(QTimer, options=Qt.FindChildOption.FindDirectChildrenOnly)
    assert offered is not None
    assert offered.isActive(), "it is not offered for ever"
    offered.timeout.emit()
    assert removed == ["id Before", "id Now", "id Now"]
    assert not bar.isVisible()


def test_the_filter_leaves_what_matches_and_opens_nothing(shown: ConversationList, qtbot: QtBot) -> None:
    opened: list[str] = []
    shown.open_requested.connect(opened.append)
    shown.show_open("id Now")
    field = shown.findChild(QLineEdit)
    assert field is not None
    QTest.keyClicks(field, "LONG")
    assert titles(shown) == ["Long ago"]
    field.clear()
    assert len(titles(shown)) == 3
    assert opened == []


def test_a_list_that_comes_again_keeps_its_rows(shown: ConversationList, qtbot: QtBot) -> None:
    model = shown.findChild(ConversationListModel)
    assert model is not None
    with qtbot.assertNotEmitted(model.modelReset):
        model.show_conversations(records((0, "Now"), (1, "Before"), (100, "Long ago")))


def test_a_title_with_tags_is_no_html_in_its_tooltip() -> None:
    model = ConversationListModel()
    model.show_conversations(records((0, "<img src=x> & <b>bold</b>")))
    page = QTextDocument()
    page.setHtml(model.index(0).data(Qt.ItemDataRole.ToolTipRole))
    assert page.toPlainText() == "<img src=x> & <b>bold</b>"


def test_the_one_that_waits_for_an_answer_is_marked(shown: ConversationList) -> None:
    model = shown.view.model()
    assert model is not None
    source = shown.findChild(ConversationListModel)
    assert source is not None

    def marked() -> bool:
        image = shown.view.grab().toImage()
        colour = QColor(theme.current_colours().warning)
        return any(image.pixelColor(x, y) == colour for y in range(image.height()) for x in range(image.width()))

    assert not marked()
    source.show_waiting("id Before")
    assert marked()
    assert model.index(1, 0).data(ConversationListModel.WaitingRole)
    source.show_waiting("")
    assert not marked()
