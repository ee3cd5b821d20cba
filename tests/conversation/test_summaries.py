"""Going on in a new conversation with a summary of the one that is full, and what becomes of it where that fails."""

from __future__ import annotations

import pytest

from backends.contract.chat import ConversationSettings, Usage
from backends.contract.commands import ReadAhead
from backends.contract.events import AnswerDelta, GenerationFinished, RequestFailed
from backends.conversation.changes import (
    ConversationShown,
    SessionFailed,
)
from tests.conversation.conftest import Bench
from tests.conversation.filling import FULL, a_full_one, answer_is, branch, ended, filled, signs


@pytest.fixture
def bench(bench: Bench) -> Bench:
    bench.session.configure(context_length=1000, memory_context=1000, tools_enabled=False)
    return bench


def test_going_on_in_a_new_conversation(bench: Bench) -> None:
    bench.session.set_settings(ConversationSettings("Be brief."))
    here = a_full_one(bench)
    before = branch(bench)
    assert bench.session.continue_in_new("A tale (2)", "Sum it up.")
    there = bench.session.conversation
    assert (there.title, there.settings) == ("A tale (2)", ConversationSettings("Be brief."))
    prompt = bench.prompts[-1]
    assert signs(prompt.messages) == "BbBc", "an eighth is left free, so the first turn had to go"
    assert prompt.messages[-1].text.endswith("\n\nSum it up."), "one message of a person, as templates want it"
    assert (prompt.tools, prompt.conversation) == ((), here)
    answer_is(bench, AnswerDelta("This is it."), ended(800))
    [ahead] = bench.engine.asked(ReadAhead)[-1:]
    assert (signs(ahead.messages), ahead.conversation) == ("BST", there.id)
    assert filled(bench)[-1] == (0, 1000, False)
    bench.session.send("d")
    assert signs(bench.prompts[-1].messages) == "BSTd", "its own history, and nothing else"
    assert bench.prompts[-1].conversation == there.id
    assert bench.store.branch(before[-1].id) == before


def test_a_summary_can_be_written_again_in_another_run(bench: Bench) -> None:
    bench.session.configure(tools_enabled=True, memory_context=700)
    here = a_full_one(bench)
    bench.session.drop_oldest()
    answer_is(bench, FULL)
    bench.session.continue_in_new()
    assert bench.prompts[-1].tools == (), "it is to be written, and nothing to be looked up"
    answer_is(bench, AnswerDelta("This is it."), ended(1000, "length"))
    there, [_, summary] = bench.session.conversation, branch(bench)
    assert (there.settings, summary.status, summary.kind) == (ConversationSettings(), "length", "")
    assert there.title.endswith(" (continued)")
    assert filled(bench)[-1] == (0, 1000, False), "what filled it is in no later prompt"
    again = Bench(bench.path)
    again.session.configure(context_length=1000, tools_enabled=False)
    again.session.open(there.id)
    again.session.regenerate(summary.id)
    assert signs(again.prompts[-1].messages) == "c"
    assert "\n\nPlease sum up" in again.prompts[-1].messages[-1].text
    answer_is(again, RequestFailed("internal", "No."))
    assert again.session.conversation.id == there.id, "the other summary is kept"
    again.session.delete(here)
    again.session.regenerate(summary.id)
    again.session.remove(here)
    again.session.open(there.id)
    again.session.regenerate(summary.id)
    assert ["was deleted" in failed.message for failed in again.told(SessionFailed)[-2:]] == [True, True]
    again.session.close()
    again.store.close()


def test_a_summary_that_fails(bench: Bench) -> None:
    here = a_full_one(bench)
    before = branch(bench)
    bench.session.continue_in_new()
    answer_is(bench, FULL)
    assert bench.session.conversation.id == here
    assert bench.told(ConversationShown)[-1].messages == before
    assert [record.id for record in bench.store.list_conversations()] == [here]
    told = bench.told(SessionFailed)[-1]
    assert told.message.startswith("The summary could not be written.")
    assert filled(bench)[-1] == (1000, 1000, False)


def test_a_summary_that_is_stopped(bench: Bench) -> None:
    here = a_full_one(bench)
    bench.session.continue_in_new()
    failures = len(bench.told(SessionFailed))
    bench.session.stop()
    answer_is(bench, GenerationFinished("cancelled", Usage()))
    assert bench.session.conversation.id == here
    bench.session.continue_in_new()
    there = bench.session.conversation.id
    answer_is(bench, AnswerDelta("This"))
    bench.session.stop()
    answer_is(bench, GenerationFinished("cancelled", Usage()))
    assert bench.session.conversation.id == there, "what was written is the person's"
    bench.session.open(here)
    bench.session.continue_in_new()
    third = bench.session.conversation.id
    bench.session.delete(third)
    bench.engine.die()
    bench.session.restore(third)
    bench.session.open(third)
    assert bench.session.conversation.id == third, "deleted by the person, it can be restored"
    assert len(bench.told(SessionFailed)) == failures


def test_a_summary_that_is_asked_for_in_other_words_and_fails(bench: Bench) -> None:
    a_full_one(bench)
    bench.session.continue_in_new()
    answer_is(bench, AnswerDelta("This is it."), ended(800))
    there, [asked, _] = bench.session.conversation.id, branch(bench)
    bench.session.edit(asked.id, "Briefly, please.")
    answer_is(bench, FULL)
    assert bench.session.conversation.id == there
    bench.session.show_branch(asked.id)
    assert branch(bench)[-1].message.text == "This is it.", "the first one is kept"
