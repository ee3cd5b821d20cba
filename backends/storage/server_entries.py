"""One server in an `mcpServers` file: read from what apps and people write there, checked, and written back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from backends.contract.errors import MinimError
from backends.contract.tools import IN_KEYRING, ToolServer

_KEYS = ("command", "args", "env", "cwd", "url", "headers")
_MAX_NAME = 64
_MAX_ENTRY_BYTES = 16_000
_HTTP = frozenset({"", "http", "streamable-http", "streamablehttp", "streamable_http"})
_STDIO = frozenset({"", "stdio"})
_REFERENCE = re.compile(r"\$\{[^}]*\}")


def server_of(name: str, entry: object) -> ToolServer:
    """The server that an entry describes. Raises MinimError("bad_request") with words for what cannot be used."""
    if not isinstance(entry, dict):
        raise _unusable(name, "its entry is no object")
    values = cast("dict[str, Any]", entry)
    kind = str(values.get("type") or values.get("transport") or "").lower()
    if kind == "sse":
        why = "it speaks through server-sent events (sse), which newer versions of MCP have given up"
        raise _unusable(name, why, "Most such servers have an address for streamable HTTP as well.")
    try:
        parts = {key: values[key] for key in _KEYS if values.get(key) is not None}
        server = msgspec.convert({"name": name, **_as_text(parts)}, ToolServer)
    except msgspec.ValidationError as error:
        raise _unusable(name, f"its entry cannot be read ({_where(error)})") from error
    if server.command and server.url:
        # Jan keeps both keys, of which the type says the one that counts.
        server = replace(server, command="", args=()) if kind and kind in _HTTP else replace(server, url="", headers={})
    if kind not in (_HTTP if server.url else _STDIO):
        raise _unusable(name, f"Minim does not know servers of type {kind[:40]!r}")
    return checked(server)


def checked(server: ToolServer) -> ToolServer:
    """`server`, its name and command without blanks around them. Raises MinimError for what cannot be used."""
    server = replace(server, name=server.name.strip(), command=server.command.strip(), url=server.url.strip())
    why = _what_is_wrong(server)
    if why:
        raise _unusable(server.name, why)
    return server


def entry_of(server: ToolServer, before: dict[str, Any]) -> dict[str, Any]:
    """The entry for `server`; what other apps put into the one that was there `before` is kept."""
    described = cast("dict[str, Any]", msgspec.to_builtins(server))
    kept = {key: value for key, value in before.items() if key not in (*_KEYS, "type", "transport")}
    return {key: described[key] for key in _KEYS if key in described} | kept


def references(server: ToolServer) -> list[str]:
    """The names of values that refer to the environment (`${VAR}`, `${env:VAR}`), which nobody fills in."""
    values = {"command": server.command, "url": server.url, "cwd": server.cwd, **server.env, **server.headers}
    values |= {f"argument {number}": value for number, value in enumerate(server.args, 1)}
    return [name for name, value in values.items() if value != IN_KEYRING and _REFERENCE.search(value)]


def about_references(server: ToolServer) -> str:
    """A word about such values, "" if there are none."""
    names = references(server)
    if not names:
        return ""
    return f"{server.name}: {', '.join(names)} refers to a variable (${{…}}), which Minim passes on as it is written."


def _as_text(parts: dict[str, Any]) -> dict[str, Any]:
    """Numbers and switches among variables and headers in words, as shells know them."""

    def words(value: object) -> object:
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, (int, float)) else value

    texts = dict(parts)
    for key in ("env", "headers"):
        if isinstance(texts.get(key), dict):
            texts[key] = {name: words(value) for name, value in cast("dict[str, Any]", texts[key]).items()}
    return texts


def _what_is_wrong(server: ToolServer) -> str:
    name = server.name
    if not name:
        return "it has no name"
    if len(name) > _MAX_NAME:
        return f"its name is longer than {_MAX_NAME} characters"
    if not name.isprintable() or "/" in name or "\\" in name or name.startswith("."):
        return "its name has characters that no name has: a slash, a control character, or a dot at its beginning"
    if not server.command and not server.url:
        return "it has neither a command nor an address (url)"
    if server.command and server.url:
        return "it has both a command and an address (url), and can have only one of them"
    if server.url and not _is_address(server.url):
        return "its address (url) does not begin with http:// or https:// and a host"
    if server.cwd and not Path(server.cwd).expanduser().is_absolute():
        return "the folder it is to run in (cwd) is not given from the root on"
    if len(json.dumps(msgspec.to_builtins(server), ensure_ascii=False).encode("utf-8", "replace")) > _MAX_ENTRY_BYTES:
        return f"its entry is longer than {_MAX_ENTRY_BYTES:,} bytes"
    return _what_is_wrong_with_values(server)


def _what_is_wrong_with_values(server: ToolServer) -> str:
    """A value is never quoted: it may be secret."""
    if any("\0" in text for text in (server.command, *server.args, server.cwd, *server.env.values())):
        return "its command has a character that no command can have (NUL)"
    if any(not name or "=" in name or "\0" in name for name in server.env):
        return "one of its variables (env) has no name, or one with an equals sign"
    for name, value in server.headers.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            return "one of its headers has a name that no header can have"
        if not value.isprintable():
            return f"its header {name} has characters that no header can have"
    return ""


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        return False


def _where(error: msgspec.ValidationError) -> str:
    """msgspec names the kinds and the place, never a value."""
    return str(error).replace("$.", "").replace("`", "")


def _unusable(name: str, why: str, hint: str = "") -> MinimError:
    return MinimError("bad_request", f"{_printed(name)}: {why}.", hint)


def _printed(name: str) -> str:
    shown = "".join(character if character.isprintable() else "?" for character in name)[:_MAX_NAME]
    return shown or "A server"
