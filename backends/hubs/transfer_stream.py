"""Bytes on their way, received on a thread of their own: whoever takes them is never held up by the network."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from backends.contract.errors import MinimError
from backends.hubs.base import RemoteFile
from backends.hubs.part_file import PartFile, new_hash
from backends.hubs.transfer_http import Body, Failed, Wish, ask

_MOST_WAITING = 2 << 20
"""Bytes that may wait to be taken; more are left to the network, so that memory stays flat."""
_ENOUGH = 256 << 10
"""Bytes that are worth waking the taker for at once: a slow line would wake it for every packet."""


class Stream:
    """One answer of a server. What a name server, a connection or a peer's silence takes, only the thread waits for."""

    def __init__(self, wish: Wish) -> None:
        self.body: Body | None = None
        """Set before the first bytes are."""
        self._wish = wish
        self._changed = threading.Condition()
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._ended = False
        self._closed = False
        self._failed: Failed | None = None
        threading.Thread(target=self._receive, name="receive", daemon=True).start()

    def take(self, seconds: float) -> list[bytes] | None:
        """What has come, at the latest after `seconds` (then perhaps nothing); None at the end.

        Raises Failed when the connection broke and all that had come before was taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting >= _ENOUGH or self._ended, seconds)
            if not self._pieces and self._ended:
                if self._failed is not None:
                    raise self._failed
                return None
            pieces, self._pieces, self._waiting = self._pieces, [], 0
            self._changed.notify_all()
            return pieces

    def close(self) -> None:
        """End it. The thread ends by itself, at the latest when its connection cannot be made."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            body = self.body
        if body is not None:
            body.stop()

    def _receive(self) -> None:
        failed: Failed | None = None
        try:
            self._read()
        except Failed as error:
            failed = error
        except Exception as error:  # noqa: BLE001 # nothing may end this thread without the other's knowing
            failed = Failed(
                MinimError("internal", f"{self._wish.file.path} could not be fetched: {error!r}."), final=True
            )
        with self._changed:
            self._failed, self._ended = failed, True
            self._changed.notify_all()

    def _read(self) -> None:
        body = ask(self._wish)
        try:
            with self._changed:
                self.body = body
                if self._closed:
                    return
            while (piece := body.read()) and self._keep(piece):
                pass
        finally:
            body.close()

    def _keep(self, piece: bytes) -> bool:
        """Whether more is wanted, as soon as there is room for it."""
        with self._changed:
            self._pieces.append(piece)
            self._waiting += len(piece)
            if self._waiting >= _ENOUGH:
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting < _MOST_WAITING or self._closed)
            return not self._closed


class Known:
    """The beginning of an answer that repeats bytes which are here already: looked at, and left out."""

    def __init__(self, file: RemoteFile, part: PartFile, begin: int) -> None:
        self._left = part.done - begin
        self._file = file
        self._part = part
        self._hash = new_hash(file)

    def without(self, pieces: Sequence[bytes]) -> list[bytes]:
        """What is new in `pieces`. Failed if what is known turns out to be another version."""
        new: list[bytes] = []
        for piece in pieces:
            if not self._left:
                new.append(piece)
                continue
            old = piece[: self._left]
            self._hash.update(old)
            self._left -= len(old)
            if not self._left and self._hash.hexdigest() != self._part.digest():
                message = f"{self._file.path} is not the same any more as when its first bytes were fetched."
                raise Failed(MinimError("hub_failed", message, "Try again."), fresh=True)
            if rest := piece[len(old) :]:
                new.append(rest)
        return new


def at_most(pieces: list[bytes], room: int) -> list[bytes]:
    """The first `room` bytes of them."""
    kept: list[bytes] = []
    for piece in pieces:
        if room <= 0:
            break
        kept.append(piece[:room])
        room -= len(piece)
    return kept
