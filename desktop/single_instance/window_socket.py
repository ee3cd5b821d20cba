"""Where one start of Minim speaks to another: a socket that only the same user reaches, and one line each way."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import struct
import sys
import tempfile
from pathlib import Path

MOST_BYTES = 64 * 1024
"""A request that is longer is none."""
TAKEN = b"taken\n"

_ADDRESS_BYTES = 100
"""What every system allows for the name of a socket."""


def open_socket(data_folder: Path) -> tuple[socket.socket, str]:
    """A socket that listens, and its address. Only for who holds the window's lock. Raises OSError.

    What a killed process left there is taken away: nobody else listens while the lock is held.
    """
    name = hashlib.sha256(os.fsencode(data_folder.resolve())).hexdigest()[:16] + ".socket"
    address = _private_folder(len(name) + 1) / name
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        address.unlink(missing_ok=True)
        listening.bind(str(address))
        listening.listen(8)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening, str(address)


def is_same_user(connection: socket.socket) -> bool:
    """Whether who is at the other end runs as this user. Raises OSError."""
    if sys.platform == "darwin":
        # struct xucred of sys/un.h begins with its version and the user; 0 is SOL_LOCAL, 1 LOCAL_PEERCRED
        _, user = struct.unpack_from("=II", connection.getsockopt(0, 1, 128))
    else:
        _, user, _ = struct.unpack("=iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return user == os.getuid()


def _private_folder(room: int) -> Path:
    """A folder that only this user may enter, whose path leaves `room` bytes. Raises OSError."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    places = [Path(runtime) / "minim"] if runtime.startswith("/") else []
    places += [Path(root) / f"minim-{os.getuid()}" for root in (tempfile.gettempdir(), "/tmp")]
    for place in places:
        if len(os.fsencode(place)) + room <= _ADDRESS_BYTES and _is_private(place):
            return place
    return Path(tempfile.mkdtemp(prefix="minim-", dir="/tmp"))


def _is_private(folder: Path) -> bool:
    """Make the folder if it is not there; whether it is this user's, and nobody else's."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
