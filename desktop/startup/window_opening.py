"""From what was asked for to the window: all that is to be known before Qt is imported, and why there is no window."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.single_instance.second_start import Refused
    from desktop.single_instance.window_lock import WindowLock
    from desktop.start_request import StartRequest


def open_model(arguments: Sequence[str]) -> int:
    """Open the window with the model of `minim launch …`."""
    from backends.terminal import read_launch

    choice = read_launch(arguments)
    if isinstance(choice, int):
        return choice
    from desktop.start_request import StartRequest

    return open_window([], StartRequest(launch=choice))


def open_folder(paths: Sequence[str]) -> int:
    """Open the window with the model that lies there."""
    from backends.contract.errors import MinimError
    from desktop.start_request import StartRequest, model_folder

    try:
        folder = model_folder(paths)
    except MinimError as error:
        _say(f"{error.message} {error.hint}")
        return 2
    return open_window([], StartRequest(folder=folder))


def open_window(arguments: Sequence[str], request: StartRequest | None = None) -> int:
    """Open the window, and do in it what is asked; or say in the terminal why there can be none.

    If it is open already, it comes to the front, and what is asked is done there.
    """
    if problem := _problem_before_qt():
        _say(problem)
        return 1
    # Nothing that the start makes is ever garbage: the collector would only look at it again and again, and costs the
    # first paint a tenth of its time. From then on `collector` collects, on this thread alone.
    gc.disable()
    # All that needs no Qt is imported before it: PySide reads the source of every module that is imported after it.
    importlib.import_module("backends.conversation.changes")
    importlib.import_module("backends.storage.settings")
    from msgspec.structs import replace

    from desktop.single_instance.window_lock import WindowLock
    from desktop.start_request import StartRequest, take_token

    asked = replace(request or StartRequest(), token=take_token(os.environ))
    lock = _take_window(asked)
    if lock is None:
        sys.stdout.write("Minim is already open; its window was brought to the front.\n")
        return 0
    try:
        from desktop.startup.start import run, say_why_not
    except ImportError as error:
        if "PySide6" not in str(error) and "shiboken6" not in str(error) and ".so" not in str(error):
            raise
        from desktop.startup import system_check

        missing = system_check.missing_libraries(os.environ)
        unknown = f"Minim cannot open its window: Qt could not be loaded.\n\n  {error}"
        _say(system_check.words_for_missing(missing) if missing else unknown)
        return 1
    if not isinstance(lock, WindowLock):
        sys.stderr.write(f"{lock.message}\n{lock.hint}\n")
        return say_why_not(arguments, lock.message, lock.hint)
    return run(arguments, asked, lock)


def _problem_before_qt() -> str:
    """Why no window can be opened, as far as that is known without Qt; "" if nothing is known to be in the way."""
    from desktop.startup import system_check
    from desktop.startup.display_check import words_for_no_display

    missing = system_check.missing_before_qt(os.environ)
    return system_check.words_for_missing(missing) if missing else words_for_no_display(os.environ)


def _take_window(request: StartRequest) -> WindowLock | Refused | None:
    """The window of the data folder; None if another process has it and does what is asked."""
    from backends.contract.errors import MinimError
    from backends.storage.paths import data_folder
    from desktop.single_instance.window_lock import WindowLock, take

    try:
        folder = data_folder()
    except MinimError:
        return WindowLock()  # the window says what is wrong with the folder
    if (lock := take(folder)) is not None:
        return lock  # nothing is imported for a first window that only a second needs
    from desktop.single_instance.second_start import take_window
    from desktop.single_instance.window_holder import Holder

    found = take_window(folder, request)
    return None if isinstance(found, Holder) else found


def _say(problem: str) -> None:
    """Say why there is no window, also to who has no terminal."""
    from desktop.startup.last_words import say

    say(problem, os.environ)
