"""What a tool wrote is taken back on the person's word, and its message says so from then on."""

from __future__ import annotations

import pytest

from backends.contract.chat import AnswerPart, ResultPart
from backends.contract.commands import UndoWrite
from backends.contract.errors import MinimError
from backends.contract.events import AnswerDelta, RequestCancelled, RequestFailed, ToolFinished, WriteUndone
from backends.conversation.changes import CallProgressed, PartReplaced, SessionFailed
from backends.conversation.permissions import Policy
from tests.conversation.conftest import Bench, finished

WROTE = ToolFinished("Wrote it.", False, 0.1, "+line", "u1")
RESULT = ResultPart("call_1", "Wrote it.", False, 0.1, diff="+line", undo="u1")
UNDONE = ResultPart("call_1", "Wrote it.", False, 0.1, diff="+line", undo="u1", undone=True)


@pytest.fixture
def written(bench: Bench) -> Bench:
    """A call has written a file, and the model goes on."""
    bench.session.configure(policy=Policy(allow_all=True))
    bench.session.send("Hello")
    bench.call("clock")
    bench.tools.say(WROTE)
    return bench


def leaf(bench: Bench) -> int:
    assert bench.session.conversation.leaf is not None
    return bench.session.conversation.leaf


def stored_result(bench: Bench) -> ResultPart:
    [found] = [part for part in bench.store.branch(leaf(bench))[-1].message.parts if isinstance(part, ResultPart)]
    return found


def test_the_result_keeps_what_was_changed_and_what_takes_it_back(written: Bench) -> None:
    assert stored_result(written) == RESULT


def test_undoing_what_an_earlier_turn_wrote(written: Bench) -> None:
    written.answer(AnswerDelta("Done."))
    written.session.undo(leaf(written), "call_1")
    written.session.undo(leaf(written), "call_1")
    assert written.tools.asked(UndoWrite) == [UndoWrite("u1")], "once is enough"
    assert stored_result(written) == RESULT
    written.tools.say(WriteUndone("As it was."))
    assert stored_result(written) == UNDONE
    assert written.told(PartReplaced)[-1] == PartReplaced(leaf(written), 1, UNDONE)
    written.session.undo(leaf(written), "call_1")
    assert written.tools.asked(UndoWrite) == [UndoWrite("u1")]
    assert [change.kind for change in written.told(SessionFailed)] == ["bad_request"]


def test_undoing_while_the_model_writes_loses_nothing_of_either(written: Bench) -> None:
    written.engine.say(AnswerDelta("a"))
    written.engine.say(AnswerDelta("b"))
    written.session.undo(leaf(written), "call_1")
    written.tools.say(WriteUndone("As it was."))
    written.answer(AnswerDelta("c"))
    parts = written.store.branch(leaf(written))[-1].message.parts
    assert parts[1:] == (UNDONE, AnswerPart("abc"))
    assert PartReplaced(leaf(written), 1, UNDONE) in written.told(PartReplaced)


def test_undoing_while_another_conversation_is_shown(written: Bench) -> None:
    written.answer(AnswerDelta("Done."))
    here, message = written.session.conversation.id, leaf(written)
    written.session.undo(message, "call_1")
    written.session.new()
    told = len(written.changes)
    written.tools.say(WriteUndone("As it was."))
    assert len(written.changes) == told
    written.session.undo(message, "call_1")
    assert [change.kind for change in written.told(SessionFailed)] == ["bad_request"], "of the shown conversation only"
    written.session.open(here)
    assert stored_result(written) == UNDONE


def test_what_cannot_be_taken_back_is_said(written: Bench) -> None:
    written.answer(AnswerDelta("Done."))
    written.session.undo(leaf(written), "call_1")
    written.tools.say(RequestFailed("tool_failed", "The file was changed since.", "Look at it."))
    written.session.undo(leaf(written), "call_1")
    written.tools.say(RequestCancelled())
    written.session.undo(leaf(written), "call_1")
    written.tools.die()
    assert [change.kind for change in written.told(SessionFailed)] == ["tool_failed", "worker_died"]
    assert stored_result(written) == RESULT
    written.session.undo(leaf(written), "call_1")
    assert len(written.tools.asked(UndoWrite)) == 4, "it can be tried again"
    written.session.undo(leaf(written), "call_9")
    written.session.undo(999, "call_1")
    assert [change.kind for change in written.told(SessionFailed)[2:]] == ["bad_request", "bad_request"]


def test_a_disk_that_is_full_does_not_hide_what_was_taken_back(written: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MinimError("disk_full", "The disk is full.", "Make room.")

    written.answer(AnswerDelta("Done."))
    written.session.undo(leaf(written), "call_1")
    with monkeypatch.context() as patch:
        patch.setattr(written.store, "update_message", full)
        written.tools.say(WriteUndone("As it was."))
    assert [change.kind for change in written.told(SessionFailed)] == ["disk_full"]


def test_a_write_that_was_stopped_too_late_is_shown_and_can_be_taken_back(bench: Bench) -> None:
    bench.session.configure(policy=Policy(allow_all=True))
    bench.session.send("Hello")
    bench.call("clock")
    bench.session.stop()
    assert bench.tools.cancelled == [bench.tools.sent[-1][0]]
    assert not bench.session.busy, "it ends at once"
    assert stored_result(bench).is_error
    bench.tools.say(WROTE)
    assert stored_result(bench) == RESULT
    assert bench.told(CallProgressed)[-1].progress == "done"
    bench.tools.say(ToolFinished("again", False, 0.0))
    assert stored_result(bench) == RESULT
    bench.session.undo(leaf(bench), "call_1")
    bench.tools.say(WriteUndone("As it was."))
    assert stored_result(bench) == UNDONE
    assert bench.store.branch(leaf(bench))[-1].status == "stopped"


def test_stopping_at_a_question_leaves_the_call_without_a_result(bench: Bench) -> None:
    bench.session.send("Hello")
    bench.call("clock")
    bench.session.stop()
    assert [change.progress for change in bench.told(CallProgressed)] == ["asking", "cut_off"]
    assert not bench.session.busy
    bench.session.send("Again")
    bench.engine.say(AnswerDelta("a"))
    bench.session.stop()
    bench.engine.say(finished("cancelled"))
    assert not bench.session.busy
