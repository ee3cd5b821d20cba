"""Where Minim begins: a worker or a terminal command branches off here, before Qt is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_HELP = """Minim: chat with language models that run on your own machine.

  minim                       open the window, or bring it to the front
  minim FOLDER                open the window with the model in this folder
  minim launch --model-name NAME …
                              open the window with a model: the command of its
                              model card
  minim chat "QUESTION"       ask in the terminal
  minim models                which models there are, and what fits this machine
  minim download NAME         fetch a model from a hub
  minim engines               what runs models, and installing it
  minim tools                 what models may call, and servers of tools
  minim --self-test [FILE]    try every part, and write a problem report
  minim --check-system        say which system libraries are missing
  minim --version             say which version this is

minim chat --help says more of that command, and so it does of the others.
"""


_OF_QT = ("style", "stylesheet", "platform", "platformpluginpath", "platformtheme", "plugin", "qwindowgeometry",
          "qwindowicon", "qwindowtitle", "reverse", "session", "display", "fontengine", "widgetcount")  # fmt: skip
"""Options that Qt takes from the arguments, with one or two dashes."""


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
            from desktop.startup.window_opening import open_model

            return open_model(arguments)
        case ["--version" | "-V"]:
            from importlib.metadata import version

            sys.stdout.write(f"Minim {version('minim')}\n")
            return 0
        case ["--help" | "-h"]:
            sys.stdout.write(_HELP)
            return 0
        case ["--check-system", *rest]:
            from desktop.startup.system_check import check

            return check(rest)
        case ["--self-test", *rest]:
            from desktop.self_test.run import run as test_itself

            return test_itself(rest)
        case [first, *_] if not first.startswith("-") or _is_unknown(first):
            return _open_folder(arguments)
        case _:
            from desktop.startup.window_opening import open_window

            return open_window(arguments)


def _open_folder(paths: Sequence[str]) -> int:
    if os.sep not in paths[0] and not os.path.lexists(paths[0]):
        sys.stderr.write(f"There is no command, option or folder of that name: {paths[0]}\n\n{_HELP}")
        return 2
    from desktop.startup.window_opening import open_folder

    return open_folder(paths)


def _is_unknown(option: str) -> bool:
    return option.startswith("--") and option[2:].partition("=")[0] not in _OF_QT


def _become_engine() -> None:
    """Go on in the Python of an engine’s own environment, if there is one: over ssh nobody else asks for it."""
    from backends.workers.engine_command import engine_command, own_command

    command = list(engine_command())
    if command != list(own_command("engine")):
        os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
