"""What a person may write behind `minim tools`: the options, their help, and what does not go together."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from backends.storage.secret_values import is_secret

ToolsAction = Literal[
    "list", "import", "add", "approve", "remove", "on", "off", "grant", "ungrant", "revoke", "revoke_all"
]
_ACTIONS: tuple[ToolsAction, ...] = ("add", "approve", "remove", "on", "off", "grant", "ungrant", "revoke")


class ToolsRequest(Struct, frozen=True):
    """What `minim tools` was asked to do. `name` is what it is done to: a server, a tool, a folder, a file.

    `env` and `headers` are of a server that is added; a value that is None is still to be asked for.
    """

    action: ToolsAction = "list"
    name: str = ""
    command: tuple[str, ...] = ()
    url: str = ""
    env: dict[str, str | None] = {}
    headers: dict[str, str | None] = {}
    yes: bool = False
    as_json: bool = False


def add_options(tools: argparse.ArgumentParser) -> None:
    """The options of `minim tools`."""
    what = tools.add_mutually_exclusive_group()
    what.add_argument(
        "--add", type=_word, metavar="NAME", help="add a server: --add NAME -- COMMAND ARGS, or --url URL"
    )
    what.add_argument(
        "--import",
        dest="import_file",
        nargs="?",
        const="",
        metavar="FILE",
        help="take in the servers of an mcpServers file; without FILE, list those of other apps",
    )
    what.add_argument("--approve", type=_word, metavar="NAME", help="show what this server starts, and allow it")
    what.add_argument("--remove", type=_word, metavar="NAME", help="forget this server and its secrets")
    what.add_argument("--on", type=_word, metavar="NAME", help="offer this tool, or this server's tools")
    what.add_argument("--off", type=_word, metavar="NAME", help="do not")
    what.add_argument("--grant", type=_word, metavar="DIR", help="let file tools work in this folder")
    what.add_argument("--ungrant", type=_word, metavar="DIR", help="no longer")
    what.add_argument(
        "--revoke", type=_word, metavar="NAME", help="ask again before this tool runs, or before this server starts"
    )
    what.add_argument("--revoke-all", action="store_true", help="ask again before any tool runs that was allowed")
    tools.add_argument("words", nargs="*", metavar="COMMAND", help="of --add: what starts the server, behind --")
    tools.add_argument("--url", type=_word, help="of --add: the address of a server that runs")
    for option, of in (("--env", "an environment variable"), ("--header", "a header of its requests")):
        tools.add_argument(
            option,
            action="append",
            type=_word,
            default=[],
            metavar="NAME[=VALUE]",
            help=f"of --add: {of}; without VALUE it is asked for and not shown, as is right for secrets",
        )
    tools.add_argument("--yes", action="store_true", help="of --approve: without asking")
    tools.add_argument("--json", action="store_true", help="list as JSON")


def read_request(given: argparse.Namespace) -> ToolsRequest:
    """What was asked for. Raises ValueError, in words, for options that do not go together, and a secret in them."""
    action, name = _action(given)
    if action != "add" and (given.words or given.url or given.env or given.header):
        raise ValueError("A command, --url, --env and --header describe a server: they go with --add NAME.")
    if action == "add" and bool(given.words) == bool(given.url):
        raise ValueError("A server has a command, behind --, or an address, with --url.")
    if given.yes and action != "approve":
        raise ValueError("--yes goes with --approve NAME.")
    if given.json and action not in ("list", "import"):
        raise ValueError("--json goes with the list, and with --import.")
    env, headers = _pairs(given.env, "--env"), _pairs(given.header, "--header")
    return ToolsRequest(action, name, tuple(given.words), given.url or "", env, headers, given.yes, given.json)


def _action(given: argparse.Namespace) -> tuple[ToolsAction, str]:
    for action in _ACTIONS:
        name: str | None = getattr(given, action)
        if name is not None:
            return action, name
    if given.import_file is not None:
        return "import", given.import_file
    return ("revoke_all" if given.revoke_all else "list"), ""


def _pairs(texts: Sequence[str], option: str) -> dict[str, str | None]:
    pairs: dict[str, str | None] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name:
            raise ValueError(f"“{text}” has no name: write {option} NAME=VALUE.")
        if equals and is_secret(name, value):
            raise ValueError(
                f"The value of {name} looks like a secret, and others can read what stands in a command."
                f" Write {option} {name} alone: the value is asked for."
            )
        pairs[name] = value if equals else None
    return pairs


def _word(text: str) -> str:
    if not text:  # a variable of a script that was not set
        raise argparse.ArgumentTypeError("names nothing")
    return text
