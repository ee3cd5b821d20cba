"""The lines of the window's own words around the messages of the transcript."""

from __future__ import annotations

from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from backends.contract.chat import AnswerPart, Message, user_message
from backends.conversation.changes import ConversationRecord, MessageRecord
from desktop.models.conversation_model import ConversationModel
from desktop.panes.reading_page import NEWEST
from desktop.panes.transcript import Transcript

GIVE_ALL = "The model is no longer given what is above. Give it all again"


def open_pane(qtbot: QtBot, turns: int) -> tuple[ConversationModel, Transcript]:
    """A transcript of turns, whose messages are numbered from 1."""
    model = ConversationModel()
    texts = [user_message("One"), Message("assistant", (AnswerPart("Two"),))] * turns
    messages = [MessageRecord(number, "c", None, text, "complete", 0.0) for number, text in enumerate(texts, 1)]
    model.show(ConversationRecord("c", "", 0.0, 0.0), messages)
    pane = Transcript(model)
    qtbot.addWidget(pane)
    pane.resize(700, 500)
    pane.show()
    return model, pane


def lines(pane: Transcript) -> list[str]:
    return pane.view.document().toPlainText().split("\n")


def test_a_line_says_what_the_model_is_no_longer_given(qtbot: QtBot) -> None:
    model, pane = open_pane(qtbot, turns=2)
    plain = lines(pane)
    pane.show_given(3)
    place = lines(pane).index(GIVE_ALL)
    assert lines(pane)[place + 1] == "One"
    assert "Two" in lines(pane)[:place]
    changed = lines(pane)
    pane.page.rebuild()
    assert lines(pane) == changed
    pane.show_given(None)
    assert lines(pane) == plain
    pane.show_given(1)  # the first: nothing stands above
    assert lines(pane) == plain
    assert model.rowCount() == 4


def test_it_stands_where_messages_come_in_later(qtbot: QtBot) -> None:
    _, pane = open_pane(qtbot, turns=NEWEST // 2 + 5)
    pane.show_given(3)
    assert GIVE_ALL not in lines(pane)
    pane.view.verticalScrollBar().setValue(0)
    qtbot.waitUntil(lambda: GIVE_ALL in lines(pane))


def test_it_stands_above_what_was_written_in_the_place_of_that_message(qtbot: QtBot) -> None:
    model, pane = open_pane(qtbot, turns=2)
    edited = replace(model.record(2), id=9, siblings=(3, 9))
    model.show(ConversationRecord("c", "C", 0.0, 0.0), [model.record(0), model.record(1), edited])
    pane.show_given(3)
    assert GIVE_ALL in lines(pane)
    pane.show_given(None)
    assert GIVE_ALL not in lines(pane)


def test_all_is_asked_for_again_by_its_link(qtbot: QtBot) -> None:
    _, pane = open_pane(qtbot, turns=2)
    pane.show_given(3)
    asked: list[bool] = []
    pane.give_all_requested.connect(lambda: asked.append(True))
    block = pane.view.document().find("Give it all again")
    pane.view.action_clicked.emit(block.charFormat().anchorHref())
    assert asked == [True]
