"""A start finds the window that is open already, hands it what was asked, and ends; else the window is its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from desktop.single_instance import window_lock
from desktop.single_instance.window_holder import Holder, holder_of
from desktop.single_instance.window_lock import WindowLock
from desktop.start_request import StartRequest

PATIENCE_SECONDS = 3.0
"""How long a window that is open may take to answer."""
LONG_PATIENCE_SECONDS = 20.0
"""How long one may take that is being opened, or closed."""
_LOOK_SECONDS = 0.05


class Refused(Struct, frozen=True):
    """Another process has the window and does not answer: in words, and what to do."""

    message: str
    hint: str


def take_window(
    folder: Path,
    request: StartRequest,
    patience: float = PATIENCE_SECONDS,
    long_patience: float = LONG_PATIENCE_SECONDS,
) -> WindowLock | Holder | Refused:
    """The window of the data folder; the `Holder` if another process has it and took the request; else why not.

    Where nobody has it, that takes well below a millisecond.
    """
    began = time.monotonic()
    while (lock := window_lock.take(folder)) is None:
        holder = holder_of(folder)
        waited = time.monotonic() - began
        if holder.state == "open" and _hand_over(holder.socket, request, max(0.1, patience - waited)):
            return holder
        if time.monotonic() - began > (patience if holder.state == "open" else long_patience):
            return _refused(holder)
        time.sleep(_LOOK_SECONDS)  # a lock of another process wakes nobody, and there is no window yet
    return lock


def _hand_over(address: str, request: StartRequest, seconds: float) -> bool:
    """Whether who listens there has taken the request."""
    import socket  # only now: most starts are the first

    from desktop.single_instance.window_socket import TAKEN, is_same_user

    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(seconds)
            connection.connect(address)
            if not is_same_user(connection):
                return False
            connection.sendall(msgspec.json.encode(request) + b"\n")
            return connection.recv(len(TAKEN)) == TAKEN
    except OSError:
        return False


def _refused(holder: Holder) -> Refused:
    if holder.pid <= 0:  # “kill -9 0” would end the person’s own shell
        return Refused("Minim is already open, but it does not answer.", "Wait a moment and start Minim again.")
    elsewhere = holder.host if holder.host != os.uname().nodename else ""
    if elsewhere:
        message = f"Minim is already open (process {holder.pid} on {elsewhere}), but it does not answer."
        return Refused(message, "Close it there, then start Minim here again.")
    if holder.state == "open" and not holder.socket:  # it has nowhere to listen, and may be well
        message = f"Minim is already open (process {holder.pid}), but cannot be brought to the front from here."
        return Refused(message, "Look for its window.")
    message = f"Minim is already open (process {holder.pid}), but it does not answer."
    hint = (
        "Wait a moment and start Minim again. If it stays like that, end it with"
        f" “kill -9 {holder.pid}” and start Minim again: what was written so far is kept."
    )
    return Refused(message, hint)
