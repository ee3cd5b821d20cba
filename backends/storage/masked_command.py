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

_RUNNER = re.compile(
    r"""(ba|da|z|k|fi|a|tc)?sh | busybox | cmd(\.exe)? | pwsh | powershell | env | sudo | nice | nohup | timeout | xargs
    | stdbuf | setsid | flatpak | snap | nix(-shell)? | mise | conda | tsx | ts-node | node | nodejs | deno | bunx?
    | npx | npm | pnp[mx] | yarn | uvx? | pipx? | poetry | pixi | hatch | python[\d.]* | pypy\d* | ruby | perl | php
    | lua | Rscript | java | dotnet | go | cargo | docker | podman | nerdctl""",
    re.VERBOSE | re.IGNORECASE,
)
"""Programs that run what is named after them."""
_COMES_BEFORE = re.compile(
    r"""run | run-script | exec | dlx | x | tool | compose | container | shell | develop | install | i | init | create
    | start | task | [\d.]+[smhd]?""",
    re.VERBOSE,
)
"""Words to such a program, after which that is named."""
_STANDS_ALONE = re.compile("--(yes|rm|init|quiet|silent|interactive|tty|offline|no-cache|isolated)|-(y|q|it?|ti?|d|A)")
"""Flags without a value."""
_INTERPRETER = re.compile(r"(.*[/\\])?((ba|da|z|k|a)?sh|(python|pypy)[\d.]*)")
"""Of these, `-c` and `-m` name what is run; to others they may be of the memory."""


def masked(server: ToolServer) -> ToolServer | None:
    """`server` with what looks secret masked in its arguments and its address; None where nothing does."""
    shown, hidden = _mask(server, _what_runs(server))
    return shown if hidden else None


def command_secrets(server: ToolServer) -> tuple[str, ...]:
    """What looks secret in it, also in what may run; none that is so short that it is part of other words."""
    return tuple(secret for secret in _mask(server, [False] * len(server.args))[1] if len(secret) >= LEAST_SECRET)


def _mask(server: ToolServer, what_runs: list[bool]) -> tuple[ToolServer, tuple[str, ...]]:
    hidden: list[str] = []
    args, flag = list[str](), ""
    for arg, says_what_runs in zip(server.args, what_runs, strict=True):
        args.append(_what_may_run(arg, hidden) if says_what_runs else _argument(arg, flag, hidden))
        found = _FLAG.fullmatch(arg)
        flag = found[1] if found else ""
    url = _addresses(server.url, _IN_ADDRESS, hidden)
    return replace(server, args=tuple(args), url=url), tuple(hidden)


def _what_runs(server: ToolServer) -> list[bool]:
    """Of each argument, whether a program such as npx or a shell may take it for what it is to run."""
    found: list[bool] = []
    runner, before = server.command if _is_runner(server.command) else "", ""
    for arg in server.args:
        if _is_runner(arg) or arg in ("run", "exec", "dlx"):
            runner = arg
        found.append(bool(runner))
        is_named = not before.startswith("-") or (before in ("-c", "-m") and _INTERPRETER.fullmatch(runner))
        stays = arg.startswith("-") or _is_runner(arg) or _COMES_BEFORE.fullmatch(arg) or _NAMED.fullmatch(arg)
        if is_named and not stays:
            runner = ""
        before = "" if _STANDS_ALONE.fullmatch(arg) else arg
    return found


def _is_runner(word: str) -> bool:
    return _RUNNER.fullmatch(re.split(r"[/\\]", word)[-1]) is not None


def _what_may_run(text: str, hidden: list[str]) -> str:
    """With nothing masked but what is given a secret's name, and what stands before a host."""
    if "://" in text:
        return _addresses(text, _IN_COMMAND, hidden, by_name_only=True)
    named = _NAMED.fullmatch(text)
    is_named = named is not None and is_secret(named["name"], named["value"]) and is_secret(named["name"], "-")
    return _hide(named, hidden) if named is not None and is_named else text


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


def _addresses(text: str, sign: str, hidden: list[str], *, by_name_only: bool = False) -> str:
    """The addresses in a text without what stands before the host, and without secrets in their paths and queries."""

    def query(found: re.Match[str]) -> str:
        is_named = is_secret(found["name"], "-") or not by_name_only
        return _hide(found, hidden) if is_named and is_secret(found["name"], found["value"]) else found[0]

    def segment(found: re.Match[str]) -> str:
        return _hide(found, hidden) if _is_masked("", found["value"]) else found[0]

    user = rf"(?P<before>://)(?!git@)(?P<value>(?:(?![/?#@]){sign})+(?:@(?:(?![/?#@]){sign})+)*)(?=@)"
    text = re.sub(user, lambda found: _hide(found, hidden), text)
    text = re.sub(rf"(?P<before>[?&#](?P<name>[\w.\[\]-]+)=)(?P<value>{sign}+)", query, text)
    if by_name_only:
        return text
    return re.sub(rf"(?P<before>/)(?P<value>(?:(?![/?]){sign}){{20,}})(?=[/?#\s]|$)", segment, text)


def _is_masked(name: str, value: str) -> bool:
    """Whether a value is a secret by its name, or looks like one and like nothing else."""
    return is_secret(name, value) and (is_secret(name, "-") or not _VERSION.fullmatch(value))


def _hide(found: re.Match[str], hidden: list[str]) -> str:
    hidden.append(found["value"])
    return found["before"] + MASK
