"""What models call the tools of servers: names that are valid everywhere, unique, and never a built-in tool's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MAX_NAME = 64


def unique_names(reserved: Iterable[str], tools: Sequence[tuple[str, str]]) -> list[str]:
    """A name for each tool, given as (server, its own name), in that order; the same for the same tools.

    A name that is taken, in whatever case, has its server's before it, and is numbered if it is still taken.
    """
    taken = {name.casefold() for name in reserved}
    names: list[str] = []
    for server, own_name in tools:
        name = next(name for name in _candidates(server, own_name) if name.casefold() not in taken)
        taken.add(name.casefold())
        names.append(name)
    return names


def _candidates(server: str, own_name: str) -> Iterable[str]:
    yield _valid(own_name)
    longer = _valid(f"{server}_{own_name}")
    yield longer
    number = 2
    while True:
        ending = f"_{number}"
        yield longer[: _MAX_NAME - len(ending)] + ending
        number += 1


def _valid(name: str) -> str:
    """What chat templates and other apps take as a name: [A-Za-z0-9_-]{1,64}."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:_MAX_NAME] or "tool"
