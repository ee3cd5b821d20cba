"""A person who quits Minim alone is asked on a Mac, and one who logs out is not: the Apple event tells them apart."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest

from desktop.shutdown.mac_quit import session_ends

CLASS, MANAGER, EVENT, REASON = 1, 2, 3, 4
SELECTORS = {b"sharedAppleEventManager": 10, b"currentAppleEvent": 11, b"attributeDescriptorForKeyword:": 12}


class Function:
    """One function of the runtime, called as ctypes calls it."""

    argtypes: object = None
    restype: object = None

    def __init__(self, does: Callable[..., int | None]) -> None:
        self._does = does

    def __call__(self, *arguments: object) -> int | None:
        return self._does(*arguments)


class Runtime:
    """As much of a Mac's as is asked for, which is in `answers` by object and message."""

    def __init__(self, answers: dict[tuple[int, int], int | None]) -> None:
        self.objc_getClass = Function({b"NSAppleEventManager": CLASS}.get)
        self.sel_registerName = Function(SELECTORS.__getitem__)
        self._answers = answers

    def __getitem__(self, name: str) -> Function:
        assert name == "objc_msgSend"
        return Function(self._answer)

    def _answer(self, receiver: int, selector: int, *_: int) -> int | None:
        return self._answers.get((receiver, selector))


@pytest.mark.parametrize(
    ("event", "reason", "ends"), [(EVENT, REASON, True), (EVENT, None, False), (None, None, False)]
)
def test_only_a_session_that_ends_gives_a_reason(
    event: int | None, reason: int | None, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(_path: str) -> Runtime:
        return Runtime({(CLASS, 10): MANAGER, (MANAGER, 11): event, (EVENT, 12): reason})

    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", load)
    assert session_ends() == ends


def test_nothing_ends_while_nobody_asks() -> None:
    # On a Mac this goes through the system's own runtime.
    assert not session_ends()
