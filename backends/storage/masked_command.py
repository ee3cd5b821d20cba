"""A tool server's arguments and address with what looks like a secret in them masked, as a person first sees them.

What they approve must be seen: nothing is masked by which another program would run, or another host be reached.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from backends.contract.tools import ToolServer
from backends.storage.secret_values import is_secret

MASK = "•••"
LEAST_SECRET = 6

_IN_COMMAND = r"[^\s$`;|&<>(){}'\"\\]"
"""A sign of what is masked in a command: none that a shell would act on, should one read it."""
_IN_ADDRESS = r"[^\s&#]"

_NAMED = re.compile(
    rf"""(?P<before> -{{0,2}} (?P<name>[\w.-]+) (?: = | :\s+ | (?<=authorization): ) (?:(?:Bearer|Basic|Token)\s+)? )
    (?P<value> {_IN_COMMAND}+ )""",
    re.VERBOSE | re.IGNORECASE,
)
_BARE = re.compile(rf"(?P<before>(?:(?:Bearer|Basic|Token)\s+)?)(?P<value>{_IN_COMMAND}+)", re.IGNORECASE)
_FLAG = re.compile(r"-{1,2}([A-Za-z][\w.-]*)")
_VERSION = re.compile(r"(sha\d+:)?[0-9a-fA-F-]+(\.\w+)*")
"""A commit, a digest or an id says what is run."""


def masked(server: ToolServer) -> ToolServer | None:
    """`server` with what looks secret masked in its arguments and its address; None where nothing does."""
    shown, hidden = _mask(server)
    return shown if hidden else None


def command_secrets(server: ToolServer) -> tuple[str, ...]:
    """What is masked in it; none that is so short that it is part of other words."""
    return tuple(secret for secret in _mask(server)[1] if len(secret) >= LEAST_SECRET)


def _mask(server: ToolServer) -> tuple[ToolServer, tuple[str, ...]]:
    hidden: list[str] = []
    args, flag = list[str](), ""
    for arg in server.args:
        args.append(_argument(arg, flag, hidden))
        found = _FLAG.fullmatch(arg)
        flag = found[1] if found else ""
    url = _addresses(server.url, _IN_ADDRESS, hidden)
    return replace(server, args=tuple(args), url=url), tuple(hidden)


def _argument(text: str, flag: str, hidden: list[str]) -> str:
    if "://" in text:
        return _addresses(text, _IN_COMMAND, hidden)
    whole = _BARE.fullmatch(text)
    if whole and flag and not text.startswith("-") and is_secret(flag, whole["value"]) and is_secret(flag, "-"):
        return _hide(whole, hidden)
    named = _NAMED.fullmatch(text)
    if named:
        return _hide(named, hidden) if _is_masked(named["name"], named["value"]) else text
    return _hide(whole, hidden) if whole and _is_masked("", text) else text


def _addresses(text: str, sign: str, hidden: list[str]) -> str:
    """The addresses in a text without what stands before the host, and without secrets in their paths and queries."""

    def query(found: re.Match[str]) -> str:
        return _hide(found, hidden) if is_secret(found["name"], found["value"]) else found[0]

    def segment(found: re.Match[str]) -> str:
        return _hide(found, hidden) if _is_masked("", found["value"]) else found[0]

    user = rf"(?P<before>://)(?!git@)(?P<value>(?:(?![/?@]){sign})+(?:@(?:(?![/?@]){sign})+)*)(?=@)"
    text = re.sub(user, lambda found: _hide(found, hidden), text)
    text = re.sub(rf"(?P<before>[?&#](?P<name>[\w.\[\]-]+)=)(?P<value>{sign}+)", query, text)
    return re.sub(rf"(?P<before>/)(?P<value>(?:(?![/?]){sign}){{20,}})(?=[/?#\s]|$)", segment, text)


def _is_masked(name: str, value: str) -> bool:
    """Whether a value is a secret by its name, or looks like one and like nothing else."""
    return is_secret(name, value) and (is_secret(name, "-") or not _VERSION.fullmatch(value))


def _hide(found: re.Match[str], hidden: list[str]) -> str:
    hidden.append(found["value"])
    return found["before"] + MASK
