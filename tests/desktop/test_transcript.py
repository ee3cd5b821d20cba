# pyright: standard
# What pytest-qt's signals bring has no types.
from __future__ import annotations

import itertools
import random

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QTextDocument
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from backends.contract.chat import AnswerPart, CallPart, Message, ReasoningPart, ResultPart, user_message
from backends.contract.tools import ConsentAnswer, ToolInfo
from backends.conversation.changes import (
    CallProgressed,
    ConversationRecord,
    MessageAdded,
    MessageEnded,
    MessageRecord,
    MessageStatus,
    PartAdded,
    PartReplaced,
    PromptRead,
    TextExtended,
)
from desktop.models.conversation_model import ConversationModel
from desktop.panes.reading_page import NEWEST
from desktop.panes.transcript import Transcript
from desktop.widgets.text_styles import DECORATION

CONVERSATION = ConversationRecord("c", "", 0.0, 0.0)
MARKDOWN = (
    "# Title\n\nSome **bold** and `code`, a [link](https://a.b).\n\n1. one\n2. two\n   - nested\n\n> quote\n\n"
    "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n\n```python\ndef f():\n    return 1\n```\n\n---\n\nThe end 🙂 of *it*."
)


def message(number: int, content: Message, status: MessageStatus = "complete") -> MessageRecord:
    siblings = (number, number + 1000) if number == 1 else ()
    return MessageRecord(number, "c", None, content, status, 0.0, "Model", siblings=siblings)


@pytest.fixture
def model() -> ConversationModel:
    made = ConversationModel()
    made.show(CONVERSATION, ())
    return made


@pytest.fixture
def pane(model: ConversationModel, qtbot: QtBot) -> Transcript:
    made = Transcript(model, ("What is 37 * 48?", "Show me a table"))
    made.clock = itertools.count().__next__  # each question is a second old when it is answered
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def begin_answer(model: ConversationModel) -> None:
    model.apply(MessageAdded(message(1, user_message("Hello"))))
    model.apply(MessageAdded(message(2, Message("assistant", ()), "writing")))


def shape(document: QTextDocument) -> list[tuple[str, object, float, float]]:
    shapes: list[tuple[str, object, float, float]] = []
    block = document.begin()
    while block.isValid():
        format_ = block.blockFormat()
        shapes.append((block.text(), format_.property(DECORATION), format_.leftMargin(), format_.topMargin()))
        block = block.next()
    return shapes


@pytest.mark.parametrize("seed", range(4))
def test_a_streamed_answer_ends_like_one_that_was_stored(
    model: ConversationModel, pane: Transcript, qtbot: QtBot, seed: int
) -> None:
    chance = random.Random(seed)
    begin_answer(model)
    model.apply(PartAdded(2, 0, AnswerPart("")))
    place = 0
    while place < len(MARKDOWN):
        size = chance.randint(1, 12)
        model.apply(TextExtended(2, 0, MARKDOWN[place : place + size]))
        place += size
        pane.flush()
    model.apply(MessageEnded(2, "complete"))
    streamed = shape(pane.view.document())
    stored = ConversationModel()
    stored.show(
        CONVERSATION,
        [message(1, user_message("Hello")), message(2, Message("assistant", (AnswerPart(MARKDOWN),)))],
    )
    other = Transcript(stored)
    qtbot.addWidget(other)
    other.resize(700, 500)
    other.show()
    assert streamed == shape(other.view.document())


def test_an_open_fence_is_appended_to(model: ConversationModel, pane: Transcript) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, AnswerPart("```python\nx = 0\n")))
    pane.flush()
    document = pane.view.document()
    first = document.find("x = 0").block()
    removed: list[int] = []
    document.contentsChange.connect(lambda _place, gone, _added: removed.append(gone))
    for number in range(200):
        model.apply(TextExtended(2, 0, f"x = {number}\n"))
        pane.flush()
    assert first.isValid()
    assert max(removed) <= 1
    assert "x = 199" in document.toPlainText()


def test_nothing_is_ever_loaded(model: ConversationModel, pane: Transcript) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, AnswerPart("![a picture](https://example.org/x.png) <img src='file:///etc/hostname'>")))
    pane.flush()
    assert "a picture" in pane.view.toPlainText()
    assert "\ufffc" not in pane.view.toPlainText()
    kind = QTextDocument.ResourceType.ImageResource
    assert pane.view.document().resource(int(kind.value), QUrl("https://example.org/x.png")) is None


def test_a_link_of_the_model_never_acts(model: ConversationModel, pane: Transcript, qtbot: QtBot) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, CallPart("1", "calculator", {"expression": "1"}, "", "ready")))
    model.apply(CallProgressed(2, "1", "asking", ToolInfo("calculator", "", {})))
    model.apply(PartAdded(2, 1, AnswerPart("[yes](minim:allow/1/0) [run](javascript:x)")))
    pane.flush()
    html = pane.view.document().toHtml()
    assert html.count("minim:allow/1/0") == 1  # the question's own
    assert "javascript" not in html.replace("(javascript:x)", "")
    with qtbot.assertNotEmitted(pane.view.link_clicked), qtbot.assertNotEmitted(pane.view.action_clicked):
        pane.view.anchorClicked.emit(QUrl("file:///etc/hostname"))


def test_it_follows_the_newest_line_until_one_scrolls_up(
    model: ConversationModel, pane: Transcript, qtbot: QtBot
) -> None:
    begin_answer(model)
    bar = pane.view.verticalScrollBar()
    newest = next(button for button in pane.findChildren(QPushButton) if button.text() == "Jump to newest")
    model.apply(PartAdded(2, 0, AnswerPart("A paragraph of words.\n\n" * 60)))
    pane.flush()
    qtbot.waitUntil(lambda: bar.maximum() > 200 and bar.value() == bar.maximum())
    bar.setValue(bar.maximum() // 2)
    stayed = bar.value()
    assert newest.isVisible()
    model.apply(TextExtended(2, 0, "More words.\n\n" * 20))
    pane.flush()
    assert bar.value() == stayed
    newest.click()
    assert bar.value() == bar.maximum()
    assert not newest.isVisible()
    model.apply(TextExtended(2, 0, "Still more words.\n\n" * 20))
    pane.flush()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum())


def test_the_timer_rests_when_there_is_nothing_to_show(
    model: ConversationModel, pane: Transcript, qtbot: QtBot
) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, AnswerPart("One")))
    model.apply(TextExtended(2, 0, " two"))
    qtbot.waitUntil(lambda: "One two" in pane.view.toPlainText())
    qtbot.waitUntil(lambda: not pane.flush_timer.isActive())


def test_a_question_stands_in_the_transcript(model: ConversationModel, pane: Transcript, qtbot: QtBot) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, CallPart("call-1", "calculator", {"expression": "37 * 48"}, "", "ready")))
    model.apply(CallProgressed(2, "call-1", "asking", ToolInfo("calculator", "", {})))
    text = pane.view.toPlainText()
    assert "37 * 48" in text
    assert "waiting for your answer" in text
    with qtbot.waitSignal(pane.consent_answered) as answered:
        pane.view.anchorClicked.emit(QUrl("minim:refuse/1/0"))
    assert answered.args == ["call-1", ConsentAnswer(False)]
    model.apply(CallProgressed(2, "call-1", "done"))
    model.apply(PartAdded(2, 1, ResultPart("call-1", "1776", seconds=0.2)))
    text = pane.view.toPlainText()
    assert "done in 0.2 s" in text
    assert "37 * 48" not in text


def test_how_a_message_waits_thinks_and_ends(model: ConversationModel, pane: Transcript) -> None:
    begin_answer(model)
    assert "Reading the prompt…" in pane.view.toPlainText()
    model.apply(PromptRead(0, 1200, 5400))
    assert "1,200 of 5,400" in pane.view.toPlainText()
    model.apply(PartAdded(2, 0, ReasoningPart("Hm")))
    assert "Reading" not in pane.view.toPlainText()
    assert "Thinking…" in pane.view.toPlainText()
    model.apply(PartReplaced(2, 0, ReasoningPart("Hm", 3.0)))
    assert "Thought for 3 s" in pane.view.toPlainText()
    model.apply(MessageEnded(2, "failed", "The engine ended."))
    assert "The engine ended." in pane.view.toPlainText()
    assert "Load again" not in pane.view.toPlainText()
    pane.offer_load_again(True)
    assert "Load again" in pane.view.toPlainText()


@pytest.mark.parametrize(
    ("address", "signal", "args"),
    [
        ("minim:edit/1", "edit_requested", [1]),
        ("minim:regenerate/2", "regenerate_requested", [2]),
        ("minim:branch/1001", "branch_requested", [1001]),
        ("minim:reasoning/1/0", "reasoning_requested", [1, 0]),
        ("minim:call/1/0", "call_requested", [1, 0]),
        ("minim:load/", "load_again_requested", []),
    ],
)
def test_what_is_clicked_is_said(
    model: ConversationModel, pane: Transcript, qtbot: QtBot, address: str, signal: str, args: list[int]
) -> None:
    begin_answer(model)
    model.apply(MessageEnded(2, "complete"))
    if "1001" in address or "edit" in address or "regenerate" in address:
        assert address in pane.view.document().toHtml()
    with qtbot.waitSignal(getattr(pane, signal)) as said:
        pane.view.anchorClicked.emit(QUrl(address))
    assert said.args == args


def test_copying_a_message_gives_its_markdown(model: ConversationModel, pane: Transcript) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, AnswerPart(MARKDOWN)))
    model.apply(MessageEnded(2, "complete"))
    pane.view.anchorClicked.emit(QUrl("minim:copy/2"))
    assert QGuiApplication.clipboard().text() == MARKDOWN


def test_copying_a_selection_leaves_out_the_headers_of_code(model: ConversationModel, pane: Transcript) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, AnswerPart("before 🙂\n\n```python\nx = 1\n```\n\nafter")))
    pane.flush()
    pane.view.selectAll()
    copied = pane.view.selected_text()
    assert "before 🙂\nx = 1\n" in copied
    assert "python" not in copied


def test_earlier_messages_come_when_one_scrolls_up(model: ConversationModel, pane: Transcript, qtbot: QtBot) -> None:
    records = [message(number, user_message(f"words {number} end")) for number in range(2, NEWEST + 42)]
    model.show(CONVERSATION, records)
    assert "words 2 end" not in pane.view.toPlainText()
    assert f"words {NEWEST + 41} end" in pane.view.toPlainText()
    bar = pane.view.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 2000)
    bar.setValue(100)
    assert "words 22 end" in pane.view.toPlainText()
    assert bar.value() > 400  # what was in view stays in view
    bar.setValue(0)
    assert "words 2 end" in pane.view.toPlainText()


def test_a_narrow_pane_shows_all_of_its_text(model: ConversationModel, pane: Transcript, qtbot: QtBot) -> None:
    pane.resize(480, 600)
    begin_answer(model)
    model.apply(PartAdded(2, 0, AnswerPart("| a | b |\n|---|---|\n| " + "word " * 30 + "| " + "x" * 200 + " |\n")))
    pane.flush()
    qtbot.waitUntil(lambda: pane.view.column == pane.view.viewport().width() - 48)
    assert pane.view.document().size().width() <= pane.view.viewport().width()


def test_an_empty_conversation_offers_examples(pane: Transcript, model: ConversationModel, qtbot: QtBot) -> None:
    example = next(button for button in pane.findChildren(QPushButton) if button.text() == "Show me a table")
    assert example.isVisible()
    with qtbot.waitSignal(pane.example_requested) as said:
        example.click()
    assert said.args == ["Show me a table"]
    begin_answer(model)
    assert not example.isVisible()


def test_finding_words(model: ConversationModel, pane: Transcript) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, AnswerPart("One needle here.\n\nAnd another needle there.")))
    pane.flush()
    pane.open_find()
    pane.find_bar.search("needle")
    first = pane.view.textCursor().selectionStart()
    assert pane.view.textCursor().selectedText() == "needle"
    assert pane.find_bar.find_next()
    assert pane.view.textCursor().selectionStart() > first
    assert pane.find_bar.find_next()
    assert pane.view.textCursor().selectionStart() == first
