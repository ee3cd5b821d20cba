"""Who has the window of a data folder, as the note in its lock says. Read only where another process has it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from desktop.single_instance.window_lock import LOCK_NAME, HolderState

_MOST_BYTES = 4096


class Holder(Struct, frozen=True):
    """Who has the window: the process `pid` on the machine `host`, which listens at `socket` once it is "open"."""

    pid: int = 0
    host: str = ""
    state: HolderState = "starting"
    socket: str = ""


def holder_of(folder: Path) -> Holder:
    """What the holder of the lock says of itself; while it is being said, that it is starting."""
    try:
        with (folder / LOCK_NAME).open("rb") as file:
            return msgspec.json.decode(file.read(_MOST_BYTES), type=Holder)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Holder()
