"""Settings of one conversation: kept with it, told with it, and used by its turns from the next one on."""

from __future__ import annotations

from backends.contract.chat import ConversationSettings, GenerationOptions
from backends.contract.commands import ReadAhead
from backends.contract.events import AnswerDelta
from backends.contract.tools import ConsentAnswer
from backends.conversation.changes import ConversationShown, SettingsChanged
from tests.conversation.conftest import Bench

OWN = ConversationSettings("Be brief.", GenerationOptions(temperature=0.0, stop=("END",)))


def settings_told(bench: Bench) -> ConversationSettings:
    return bench.told(SettingsChanged)[-1].settings


def test_they_are_told_whenever_a_conversation_is_shown(bench: Bench) -> None:
    bench.session.send("one")
    bench.answer(AnswerDelta("1"))
    first = bench.session.conversation.id
    bench.session.set_settings(OWN)
    assert bench.told(SettingsChanged)[-1] == SettingsChanged(first, OWN)
    bench.session.new()
    assert settings_told(bench) == ConversationSettings()
    bench.session.open(first)
    place = bench.changes.index(bench.told(ConversationShown)[-1])
    assert bench.changes[place + 1] == SettingsChanged(first, OWN)
    assert bench.session.conversation.settings == OWN


def test_a_new_conversation_keeps_them_until_it_is_stored(bench: Bench) -> None:
    bench.session.set_settings(OWN)
    assert bench.store.list_conversations() == ()
    bench.session.send("one")
    [stored] = bench.store.list_conversations()
    assert stored.settings == OWN
    [prompt] = bench.prompts
    assert prompt.messages[0].text == "Be brief."
    assert (prompt.options.temperature, prompt.options.stop) == (0.0, ("END",))


def test_they_hold_over_the_preferences_from_the_next_turn_on(bench: Bench) -> None:
    bench.session.configure(system_prompt="Be kind.", options=GenerationOptions(temperature=0.7, seed=5))
    bench.session.send("one")
    bench.session.set_settings(OWN)
    bench.call("calculator", expression="1")
    bench.session.answer_consent("call_1", ConsentAnswer(False))
    assert [prompt.options.temperature for prompt in bench.prompts] == [0.7, 0.7]
    assert bench.prompts[-1].messages[0].text == "Be kind."
    bench.answer(AnswerDelta("1"))
    bench.session.send("two")
    assert (bench.prompts[-1].options.temperature, bench.prompts[-1].options.seed) == (0.0, 5)
    assert bench.prompts[-1].messages[0].text == "Be brief."


def test_none_is_a_system_prompt_too(bench: Bench) -> None:
    bench.session.configure(system_prompt="Be kind.")
    bench.session.set_settings(ConversationSettings(""))
    bench.session.send("one")
    assert [message.role for message in bench.prompts[-1].messages] == ["user"]


def test_edit_and_regenerate_use_them(bench: Bench) -> None:
    bench.session.send("one")
    bench.answer(AnswerDelta("1"))
    bench.session.set_settings(OWN)
    asked, answer = bench.store.branch(bench.session.conversation.leaf)
    bench.session.regenerate(answer.id)
    bench.answer(AnswerDelta("I"))
    bench.session.edit(asked.id, "uno")
    assert [prompt.options.temperature for prompt in bench.prompts] == [None, 0.0, 0.0]
    assert [prompt.messages[0].role for prompt in bench.prompts] == ["user", "system", "system"]


def test_the_kv_cache_is_the_conversation_s(bench: Bench) -> None:
    bench.session.send("one")
    bench.answer(AnswerDelta("1"))
    here = bench.session.conversation.id
    [ahead] = bench.engine.asked(ReadAhead)
    assert (bench.prompts[0].conversation, ahead.conversation) == (here, here)
