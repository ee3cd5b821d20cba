"""Yesterday's conversation: how much of the context it takes is counted by the loaded model, and nothing is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.contract.commands import CountTokens, Generate, ReadAhead
from backends.contract.events import RequestFailed, TokensCounted, ToolsListed
from backends.conversation.changes import SessionFailed, UsageChanged
from tests.conversation.conftest import CALCULATOR, CLOCK, Bench


@pytest.fixture
def yesterday(tmp_path: Path) -> str:
    """The id of a conversation of an earlier run."""
    made = Bench(tmp_path / "conversations.db")
    made.session.send("one")
    made.answer()
    conversation = made.session.conversation.id
    made.session.close()
    made.store.close()
    return conversation


@pytest.fixture
def today(tmp_path: Path, yesterday: str) -> Iterator[Bench]:
    made = Bench(tmp_path / "conversations.db", tools_listed=False)
    yield made
    made.session.close()
    made.store.close()


def told(bench: Bench) -> list[int]:
    return [change.usage.context_tokens for change in bench.told(UsageChanged)]


def test_it_is_counted_with_its_tools_once_they_are_known(today: Bench, yesterday: str) -> None:
    today.session.open(yesterday)
    today.session.count_tokens()
    assert today.engine.sent == []
    today.tools.say(ToolsListed((CALCULATOR, CLOCK)))
    [count] = today.engine.asked(CountTokens)
    assert [message.role for message in count.messages] == ["user"]
    assert count.tools == (CALCULATOR, CLOCK)
    today.engine.say(TokensCounted(42))
    assert told(today) == [0, 42]
    assert not today.engine.asked(ReadAhead)
    assert not today.engine.asked(Generate)


def test_what_a_turn_has_counted_is_not_asked_for_but_with_another_model(bench: Bench) -> None:
    bench.session.count_tokens()
    bench.session.send("one")
    bench.session.count_tokens()
    bench.answer()
    bench.session.count_tokens()
    assert bench.engine.asked(CountTokens) == []
    bench.session.count_tokens(anew=True)
    assert len(bench.engine.asked(CountTokens)) == 1


def test_a_count_that_comes_too_late_is_dropped(today: Bench, yesterday: str) -> None:
    today.tools.say(ToolsListed(()))
    for too_late in (today.session.new, lambda: today.session.send("two")):
        today.session.open(yesterday)
        today.session.count_tokens()
        [*_, (count, _command)] = today.engine.sent
        too_late()
        today.changes.clear()
        today.engine.say(TokensCounted(42), to=count)
        assert told(today) == []
    assert count in today.engine.cancelled, "the turn does not wait for it"


def test_what_cannot_be_counted_is_told_to_nobody(today: Bench, yesterday: str) -> None:
    today.tools.say(ToolsListed(()))
    today.session.open(yesterday)
    today.engine.running = False
    today.session.count_tokens()
    assert today.engine.sent == [], "no engine is started for it"
    today.engine.running = True
    today.session.count_tokens()
    today.engine.say(RequestFailed("no_model", "No model is loaded."))
    today.session.count_tokens()
    today.engine.die()
    assert told(today) == [0]
    assert today.told(SessionFailed) == []
