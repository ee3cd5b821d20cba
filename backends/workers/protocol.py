"""What travels between an app and its workers: one message a line, JSON, at most 8 MiB."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO

import msgspec

from backends.contract.commands import Command
from backends.contract.events import PROTOCOL_VERSION, Envelope, Event, Ready

MAX_LINE_BYTES = 8 * 2**20
"""The longest line, its newline included. What is larger goes through a file."""

EXIT_USAGE = 2
"""Exit code of a worker that was started under a name that does not exist."""

EXIT_PROTOCOL = 3
"""Exit code of a worker that could not read what it was sent; its last words on stderr say why."""

EXIT_TERMINATED = 143
"""Exit code of a worker that ended because of SIGTERM, as a shell would report it."""

_command_decoder = msgspec.json.Decoder(Envelope[Command])
_event_decoder = msgspec.json.Decoder(Envelope[Event])


class ProtocolError(Exception):
    """A line that cannot be used; its text is the reason, in words."""


def encode(envelope: Envelope[Command] | Envelope[Event]) -> bytes:
    """The line that carries `envelope`, newline included. Half a surrogate pair becomes "?".

    Raises `ProtocolError` if the line is too long or its values are nested too deeply.
    """
    try:
        try:
            line = msgspec.json.encode(envelope)
        except UnicodeEncodeError:
            text = json.dumps(msgspec.to_builtins(envelope), ensure_ascii=False)
            line = text.encode("utf-8", "replace")
    except RecursionError as error:
        raise ProtocolError("its values are nested too deeply") from error
    if len(line) >= MAX_LINE_BYTES:
        raise ProtocolError(f"it is too long: {len(line):,} bytes, at most {MAX_LINE_BYTES:,} can be sent")
    return line + b"\n"


def decode_command(line: bytes) -> Envelope[Command]:
    """The command in a line. Raises `ProtocolError`."""
    try:
        return _command_decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"a line that is no command ({error}): {_start_of(line)}") from error


def decode_event(line: bytes) -> Envelope[Event]:
    """The event in a line. Raises `ProtocolError`."""
    try:
        return _event_decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"a line that is no event ({error}): {_start_of(line)}") from error


def read_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a buffered stream until its end. Half a line at the end is dropped: its writer is gone.

    Raises `ProtocolError` for a line that is too long.
    """
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            raise ProtocolError(f"a line of more than {MAX_LINE_BYTES:,} bytes: {_start_of(line)}")
        if line.endswith(b"\n"):
            yield line


def check_hello(event: Event) -> None:
    """Check a worker's first event. Raises `ProtocolError` unless it is a `Ready` of this protocol version."""
    if not isinstance(event, Ready):
        raise ProtocolError(f"a first line that is no hello but {type(event).__name__}")
    if event.protocol != PROTOCOL_VERSION:
        raise ProtocolError(
            f"protocol version {event.protocol}, and this app speaks {PROTOCOL_VERSION}: "
            "both sides must be of the same version of Minim"
        )


def _start_of(line: bytes) -> str:
    """The beginning of a line, short enough for a message."""
    return ascii(line[:80].decode("utf-8", "replace").rstrip("\n"))
