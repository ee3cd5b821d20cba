"""Garbage is collected on the GUI thread and on no other."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop.startup.collector import Collector


class Ring(QObject):
    """An object that only the collector can free."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


@pytest.fixture
def thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(10, 1, 1)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("qapp", "thresholds")
def test_another_thread_collects_nothing_and_this_one_does(qtbot: QtBot) -> None:
    gc.enable()
    parent = QObject()
    Collector(parent)
    freed_on: list[threading.Thread] = []
    ring = weakref.finalize(Ring(), lambda: freed_on.append(threading.current_thread()))
    rings: list[list[object]] = []

    def allocate() -> None:
        rings.extend([] for _ in range(100_000))

    allocating = threading.Thread(target=allocate)
    allocating.start()
    allocating.join()
    assert ring.alive
    qtbot.waitUntil(lambda: not ring.alive, timeout=20_000)
    assert freed_on == [threading.main_thread()]
    parent.deleteLater()
