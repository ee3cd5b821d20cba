"""What holds for every test with a window: the theme, and the whole app on a folder of its own."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer, SignalInstance
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import CheckParamsCb, SignalBlocker
from shiboken6 import Shiboken

from backends.contract.models import ModelRef
from backends.storage.conversations import ConversationStore
from backends.storage.paths import data_folder
from backends.storage.settings import load_preferences, save_preferences
from desktop import languages, theme
from desktop.app import App

PATIENCE_MS = 60_000
"""How long a test waits at most: to start a worker on a busy machine takes many seconds."""
REPLAY = Path(__file__).resolve().parents[1] / "workers" / "replay_worker.py"
REPLAYED = ModelRef("Replayed", "mlx", "4bit", "folder", "replayed")


def end(*apps: App) -> None:
    """Close and destroy apps: left to the collector, which may run on a later worker's thread, they would crash."""
    for app in apps:
        app.window.close()
        app.close()
        app.window.deleteLater()
        app.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class OpenApp(Protocol):
    """Opens the app on this test's data, with the real engine worker replaying `script`."""

    def __call__(self, script: dict[str, Any] | None = None, *, loaded: bool = True, is_mac: bool = False) -> App: ...


class PatientBot(QtBot):
    """Waits until it is so: what a test decides is never how long it took."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MS) -> None:  # noqa: N802  its name
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(  # noqa: N802  its name
        self,
        signal: SignalInstance,
        *,
        timeout: int = PATIENCE_MS,
        raising: bool | None = None,
        check_params_cb: CheckParamsCb | None = None,
    ) -> SignalBlocker:
        return super().waitSignal(signal, timeout=timeout, raising=raising, check_params_cb=check_params_cb)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """In place of pytest-qt's own, which gives up after five seconds."""
    return PatientBot(request)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says of itself what it cannot do; that is no fault of a window."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.fixture(scope="module", autouse=True)
def collected_here() -> Iterator[None]:
    """Garbage with widgets in it is collected on this thread, as in the app, and before another room's tests begin."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


def lasting() -> dict[int, App | QTimer]:
    """Every app, and every timer that is Minim's own, by id. What is to be deleted is so first."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    known = Shiboken.getAllValidWrappers()
    return {id(one): one for one in known if isinstance(one, App) or (isinstance(one, QTimer) and is_own(one))}


def is_own(timer: QTimer) -> bool:
    """Qt has timers too, which Python may come to know at any time: a blinking cursor is nobody's fault."""
    parent = timer.parent()
    return parent is None or type(parent).__module__.startswith("desktop.")


@pytest.fixture(autouse=True)
def nothing_goes_on(qapp: QApplication) -> Iterator[None]:
    """What outlives its test would act in a later one, on the home that the environment names by then.

    What was there before the test is not its own, whenever it is set.
    """
    before = frozenset(lasting())
    yield
    left = [one for key, one in lasting().items() if key not in before and (isinstance(one, App) or one.isActive())]
    assert not left, f"it goes on after its test: {[(type(one).__name__, type(one.parent()).__name__) for one in left]}"


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    """Every test draws with the light theme and writes numbers as English does."""
    languages.use(qapp, "en")
    theme.set_up(qapp, "light")


@pytest.fixture
def open_app(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenApp]:
    """The app; what is opened is closed after the test."""
    monkeypatch.setenv("MINIM_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "ms"))
    opened: list[App] = []

    def open_it(script: dict[str, Any] | None = None, *, loaded: bool = True, is_mac: bool = False) -> App:
        monkeypatch.setenv("MINIM_REPLAY", json.dumps(script or {}))
        preferences, _ = load_preferences()
        store = ConversationStore(data_folder() / "conversations.db")
        save_preferences(preferences)  # as at a real start: the window follows the file
        app = App(preferences, store, commands={"engine": [sys.executable, str(REPLAY)]}, is_mac=is_mac)
        app.preferences.replace(load_model_at_start=False, model=preferences.model or REPLAYED)
        app.choice.cancel()
        opened.append(app)
        app.start()
        if loaded:
            app.chat.load(REPLAYED)
            qtbot.waitUntil(lambda: app.state.model_state == "ready")
        return app

    yield open_it
    end(*opened)
