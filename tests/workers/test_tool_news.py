"""News of tools: few, and the last always comes."""

from __future__ import annotations

import threading

from backends.contract.events import Event, ToolServersChanged, ToolsListed
from backends.contract.tools import ToolInfo
from backends.workers.tool_news import ToolNews


class Worker:
    """Counts up, and hears what is told of it."""

    def __init__(self) -> None:
        self.count = 0
        self.heard: list[Event] = []
        self.turn = threading.Condition()
        self.news = ToolNews(self.hear, self.tools, lambda: ToolServersChanged((), str(self.count)))

    def tools(self) -> ToolsListed | None:
        return ToolsListed((ToolInfo(str(self.count), "", {}),)) if self.count else None

    def hear(self, event: Event) -> None:
        with self.turn:
            self.heard.append(event)
            self.turn.notify_all()

    def wait_for(self, event: Event) -> None:
        with self.turn:
            assert self.turn.wait_for(lambda: event in self.heard, 10)


def test_a_flood_is_told_in_few_words_and_the_last_state_comes() -> None:
    worker = Worker()
    for _ in range(10_000):
        worker.count += 1
        worker.news.poke()
    worker.wait_for(ToolServersChanged((), "10000"))
    worker.wait_for(ToolsListed((ToolInfo("10000", "", {}),)))
    assert len(worker.heard) <= 6


def test_nothing_is_told_twice_nor_before_anybody_asked_for_tools() -> None:
    worker = Worker()
    answers: list[Event] = []
    worker.news.answer_servers(answers.append)
    worker.news.poke()
    worker.count = 1
    worker.news.answer_tools(answers.append)
    worker.news.poke()
    worker.wait_for(ToolServersChanged((), "1"))
    worker.count = 2
    worker.news.poke()
    worker.wait_for(ToolsListed((ToolInfo("2", "", {}),)))
    assert answers == [ToolServersChanged((), "0"), ToolsListed((ToolInfo("1", "", {}),))]
    assert ToolServersChanged((), "0") not in worker.heard
    assert ToolsListed((ToolInfo("1", "", {}),)) not in worker.heard
