"""Where Minim begins: a worker or a terminal command branches off here, before Qt is imported."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backends.contract.models import LaunchChoice

_HELP = """Minim: chat with language models that run on your own machine.

  minim                       open the window
  minim chat "QUESTION"       ask in the terminal (minim chat --help)
  minim models                which models there are, and what fits this machine
  minim download NAME         fetch a model from a hub (minim download --help)
  minim engines               what runs models, and installing it (minim engines --help)
  minim tools                 what models may call, and the servers that bring tools (minim tools --help)
  minim launch --model-name NAME …
                              open the window with a model: the command of its model card
  minim --check-system        say which system libraries are missing
  minim --version             say which version this is
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments ask for (default: those of the process); returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    match arguments:
        case ["worker", *rest]:
            if rest == ["engine"]:
                _become_engine()
            from backends.workers.__main__ import main as be_worker

            return be_worker(rest)
        case ["chat" | "models" | "download" | "engines" | "tools", *_]:
            from backends.terminal import main as be_terminal

            return be_terminal(arguments)
        case ["launch", *_]:
            from backends.terminal import read_launch

            choice = read_launch(arguments)
            return choice if isinstance(choice, int) else _open_window([], choice)
        case ["--version" | "-V"]:
            from importlib.metadata import version

            sys.stdout.write(f"Minim {version('minim')}\n")
            return 0
        case ["--help" | "-h"]:
            sys.stdout.write(_HELP)
            return 0
        case ["--check-system", *rest]:
            from desktop.system_check import check

            return check(rest)
        case [first, *_] if not first.startswith("-"):
            sys.stderr.write(f"There is no command of that name: {first}\n\n{_HELP}")
            return 2
        case _:
            return _open_window(arguments)


def _say(problem: str) -> None:
    """Say why there is no window, also to who has no terminal."""
    from desktop.last_words import say

    say(problem, os.environ)


def _become_engine() -> None:
    """Go on in the Python of an engine’s own environment, if there is one: over ssh nobody else asks for it."""
    from backends.workers.engine_command import engine_command, own_command

    command = list(engine_command())
    if command != list(own_command("engine")):
        os.execv(command[0], command)


def _open_window(arguments: Sequence[str], choice: LaunchChoice | None = None) -> int:
    """Open the window, with `choice` in it, or say in the terminal why there can be none."""
    from desktop import system_check

    missing = system_check.missing_before_qt(os.environ)
    problem = system_check.words_for_missing(missing) if missing else system_check.words_for_no_display(os.environ)
    if problem:
        _say(problem)
        return 1
    # Nothing that the start makes is ever garbage: the collector would only look at it again and again, and costs the
    # first paint a tenth of its time. From then on `collector` collects, on this thread alone.
    gc.disable()
    # All that needs no Qt is imported before it: PySide reads the source of every module that is imported after it.
    importlib.import_module("backends.conversation.changes")
    importlib.import_module("backends.storage.settings")
    try:
        from desktop.start import run
    except ImportError as error:
        if "PySide6" not in str(error) and "shiboken6" not in str(error) and ".so" not in str(error):
            raise
        missing = system_check.missing_libraries(os.environ)
        unknown = f"Minim cannot open its window: Qt could not be loaded.\n\n  {error}"
        _say(system_check.words_for_missing(missing) if missing else unknown)
        return 1
    return run(arguments, choice)


if __name__ == "__main__":
    sys.exit(main())
