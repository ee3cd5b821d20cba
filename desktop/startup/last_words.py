"""Says why there is no window, when Qt cannot: in the terminal, or where there is none by what the desktop has."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping


def say(words: str, environment: Mapping[str, str], *, has_terminal: bool | None = None) -> int | None:
    """Write `words` to stderr. After a double click they are kept in app.log too, and shown if something can show them.

    Programs for that come with most desktops; what they show stays until it is closed, and nobody waits for it here.
    Returns the process that shows them, or None.
    """
    sys.stderr.write(words + "\n")
    if sys.stderr.isatty() if has_terminal is None else has_terminal:
        return None
    _keep(words)
    if environment.get("QT_QPA_PLATFORM") or not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return None
    command = _shower(words, environment)
    if not command:
        return None
    nowhere = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
    return os.posix_spawn(command[0], command, environment, file_actions=nowhere)


def _keep(words: str) -> None:
    from backends.contract.errors import MinimError
    from backends.storage.paths import log_folder

    try:
        with (log_folder() / "app.log").open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {words}\n")
    except (MinimError, OSError):
        return  # they stand in stderr, and perhaps will be shown


def _shower(words: str, environment: Mapping[str, str]) -> list[str]:
    """The command that shows words, of the programs on the PATH; [] if there is none."""
    showers = (
        # Without markup: the words are no HTML.
        ("zenity", "--error", "--no-markup", "--title=Minim", f"--text={words}"),
        ("kdialog", "--title", "Minim", "--error", words),
        ("yad", "--error", "--no-markup", "--title=Minim", f"--text={words}"),
        ("xmessage", "-center", "-title", "Minim", words),
        ("notify-send", "--app-name=Minim", "--urgency=critical", "Minim", words),
    )
    path = environment.get("PATH", "")
    for name, *arguments in showers:
        program = shutil.which(name, path=path)
        if program:
            return [program, *arguments]
    return []
