"""Fetching one file from a hub: resumed, checked, from another hub where the first fails, and whole or not there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic, sleep

from msgspec import Struct

from backends.contract.errors import MinimError, RequestStopped
from backends.hubs.base import Address, RemoteFile
from backends.hubs.part_file import Lost, PartFile, disk_errors, rehash
from backends.hubs.transfer_http import Failed, Wish
from backends.hubs.transfer_stream import Known, Stream, at_most

__all__ = ["Patience", "fetch", "rehash"]

_LOOK_SECONDS = 0.05
"""How long nothing is looked at, neither `stopped` nor what has come."""
_TURN_AFTER = 2
"""Failures in a row after which another hub is tried, if it holds the same file."""
_MOST_VERSIONS = 3
"""How often a file may change at the hub while it is fetched."""
_MOST_LOSSES = 2
"""How often a part may be taken away before that is an error."""


class Patience(Struct, frozen=True):
    """How long to hold out, in seconds. `attempts` in a row that bring nothing are allowed at each address.

    Between attempts is a wait that doubles from `first_wait` to `longest_wait`; a server that asks for another is
    obeyed up to `longest_asked`.
    """

    stall_seconds: float = 30.0
    connect_seconds: float = 15.0
    attempts: int = 7
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_asked: float = 600.0


_USUAL = Patience()


def fetch(
    file: RemoteFile,
    addresses: Callable[[], Sequence[Address]],
    target: Path,
    *,
    report: Callable[[int], None],
    stopped: Callable[[], bool],
    patience: Patience = _USUAL,
    part: Path | None = None,
) -> None:
    """Fetch `file` to `target`, by way of `part` (`<target>.part` by default, on the same disk).

    `addresses` is asked before each attempt; all that it gives hold the same file, and those after the first are used
    only if its sha256 is known. `report` is told how many bytes of the file are here, which may become less; while an
    earlier part is read it is told the same again and again. `stopped` is asked many times a second.

    Afterwards `target` is whole and right; a file that was there already is checked, and replaced if it is not. Raises
    RequestStopped, or MinimError: "offline", "hub_failed", "not_found", "token_needed", "hash_mismatch", "disk_full",
    "disk_missing", "busy" (another process fetches it) or "internal" (the disk refuses). The part is kept then, but
    for "hash_mismatch".
    """
    part = part or target.with_name(f"{target.name}.part")
    if rehash(file, target, lambda _: None, stopped):
        report(file.size)
        with disk_errors(part):
            part.unlink(missing_ok=True)
        return
    held = PartFile(part, file)
    try:
        _Fetch(file, addresses, held, report, stopped, patience).run(target)
    finally:
        held.close()


class _Fetch:
    """The attempts at one file, and what each failure means for the next."""

    def __init__(
        self,
        file: RemoteFile,
        addresses: Callable[[], Sequence[Address]],
        part: PartFile,
        report: Callable[[int], None],
        stopped: Callable[[], bool],
        patience: Patience,
    ) -> None:
        self._file = file
        self._addresses = addresses
        self._part = part
        self._report = report
        self._stopped = stopped
        self._patience = patience
        self._has_hash = bool(file.sha256 or file.blob_id)
        self._at = 0
        self._count = 1
        self._given_up: dict[int, MinimError] = {}
        self._failures = 0  # in a row, since bytes came last
        self._whole = False
        self._validator = ""
        self._mismatches = 0
        self._versions = 0
        self._losses = 0

    def run(self, target: Path) -> None:
        """Until the file is at `target`."""
        self._part.reread(self._report, self._stopped)
        while True:
            try:
                if self._part.done == self._file.size:
                    if self._part.is_right():
                        self._part.finish(target)
                        self._report(self._file.size)
                        return
                    self._mismatched()
                self._attempt()
            except Lost:
                self._losses += 1
                if self._losses > _MOST_LOSSES:
                    message = f"{self._part.path} is deleted again and again while it is fetched."
                    raise MinimError("disk_missing", message, "See what cleans that folder up.") from None
                self._drop()

    def _attempt(self) -> None:
        """Ask one address once, and take what it gives."""
        if self._stopped():
            raise RequestStopped
        places = self._places()
        address = places[self._at]
        before = self._part.done
        try:
            self._take(address)
        except Failed as failed:
            if self._part.done > before:
                self._failures = 0
            self._judge(failed)

    def _places(self) -> Sequence[Address]:
        """Where the file is now; the turn is at one that has not been given up."""
        places = self._addresses()
        if not self._file.sha256:
            places = places[:1]
        if not places:
            raise MinimError("not_found", f"No hub has {self._file.path}.", "Choose another form of the model.")
        left = [at for at in range(len(places)) if at not in self._given_up]
        if not left:
            raise self._given_up[min(self._given_up)]
        self._count = len(places)
        if self._at not in left:
            self._turn()
        return places

    def _take(self, address: Address) -> None:
        """Append to the part what comes from an address, up to the file's size. Failed if that is not reached."""
        file, part = self._file, self._part
        stream = Stream(
            Wish(
                file=file,
                address=address,
                start=part.done,
                validator="" if self._has_hash else self._validator,
                whole=self._whole,
                connect_seconds=self._patience.connect_seconds,
                stall_seconds=self._patience.stall_seconds,
            )
        )
        try:
            for pieces in self._arriving(stream):
                room = file.size - part.done
                if not self._has_hash and sum(map(len, pieces)) > room:
                    message = f"More came for {file.path} than the {file.size} bytes that were promised."
                    raise Failed(MinimError("hub_failed", message, "Try another hub."), final=True, fresh=True)
                part.append(at_most(pieces, room))
                self._report(part.done)
                if part.done == file.size and self._has_hash:
                    return
            if part.done < file.size:
                raise _cut_off(file, part.done)
        finally:
            stream.close()

    def _arriving(self, stream: Stream) -> Iterator[list[bytes]]:
        """What comes and is new, until nothing does."""
        known: Known | None = None
        while (pieces := stream.take(_LOOK_SECONDS)) is not None:
            if pieces and stream.body is not None:
                if known is None:
                    known = Known(self._file, self._part, stream.body.begin)
                    self._validator = stream.body.validator
                if new := known.without(pieces):
                    yield new
            if self._stopped():
                raise RequestStopped

    def _judge(self, failed: Failed) -> None:
        """What a failure means: another address, a wait, or the end."""
        self._failures += 1
        if failed.fresh:
            self._versions += 1
            self._drop()
        if failed.whole and not self._whole:
            self._whole = True
            return
        if failed.final:
            self._given_up[self._at] = failed.error
            if len(self._given_up) >= self._count:
                raise self._given_up[min(self._given_up)] from failed
            return
        left = self._count - len(self._given_up)
        if self._failures >= self._patience.attempts * left or self._versions > _MOST_VERSIONS:
            raise failed.error from failed
        if left > 1 and (self._failures % _TURN_AFTER == 0 or failed.wait):
            self._turn()
            if self._failures < _TURN_AFTER * left:
                return
        self._pause(failed.wait)

    def _turn(self) -> None:
        """Go on to the next address that has not been given up, if there is one."""
        turns = [(self._at + step) % self._count for step in range(1, self._count + 1)]
        self._at = next((at for at in turns if at not in self._given_up), self._at)

    def _pause(self, asked: float) -> None:
        """Wait before the next attempt, with some chance in it: many that failed together should not come together."""
        patience = self._patience
        seconds = min(patience.longest_wait, patience.first_wait * 2 ** (self._failures - 1)) * random.uniform(0.5, 1)
        if asked:
            seconds = max(seconds, min(asked, patience.longest_asked))
        until = monotonic() + seconds
        while (rest := until - monotonic()) > 0:
            if self._stopped():
                raise RequestStopped
            sleep(min(rest, _LOOK_SECONDS))

    def _mismatched(self) -> None:
        """All bytes are here and they are not the right ones: perhaps two versions were joined, so once more."""
        self._mismatches += 1
        if self._mismatches > 1:
            self._part.remove()
            self._report(0)
            message = f"{self._file.path} arrived damaged twice: it is not what the hub promised."
            raise MinimError(
                "hash_mismatch", message, "Try another hub, or see whether a proxy changes what is fetched."
            )
        self._turn()
        self._drop()

    def _drop(self) -> None:
        self._part.clear()
        self._validator = ""
        self._report(0)


def _cut_off(file: RemoteFile, done: int) -> Failed:
    message = f"{file.path} could not be fetched: the hub ended it after {done} of {file.size} bytes."
    return Failed(MinimError("hub_failed", message, "Try again later; what has come is kept."))
