"""Where a worker begins: `python -m backends.workers engine|downloads|tools`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from backends.workers.protocol import EXIT_USAGE

WORKERS = ("engine", "downloads", "tools")


def main(arguments: Sequence[str]) -> NoReturn:
    """Be the worker that `arguments` name; each imports only what it needs. Never returns."""
    match list(arguments):
        case ["engine"]:
            from backends.workers import engine

            engine.main()
        case ["downloads"]:
            from backends.workers import downloads

            downloads.main()
        case ["tools"]:
            from backends.workers import tools

            tools.main()
        case _:
            asked = " ".join(arguments) or "nothing"
            sys.stderr.write(f"There is no worker of that name: {asked}. There are: {', '.join(WORKERS)}.\n")
            sys.exit(EXIT_USAGE)


if __name__ == "__main__":
    main(sys.argv[1:])
