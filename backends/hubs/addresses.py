"""Names and addresses of hubs and repositories: what may be asked, and what a person may paste into a search."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from backends.contract.errors import MinimError

_NAME = re.compile(r"[A-Za-z0-9_][\w.-]{0,95}", re.ASCII)
_REVISION = re.compile(r"[\w][\w./+-]{0,199}", re.ASCII)


def checked_endpoint(address: str, default: str) -> str:
    """`address`, else `default`, with a scheme and without a slash at its end. Raises MinimError("bad_request")."""
    text = (address.strip() or default).rstrip("/")
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_address = False
    if not is_address or any(c.isspace() for c in text) or urlsplit(text).query or "@" in urlsplit(text).netloc:
        shown = address.rpartition("@")[2]  # what is before it may be a password
        raise MinimError("bad_request", f"{shown!r} is no address of a hub.", "Write it as https://host.example.")
    return text


def host_of(endpoint: str) -> str:
    """Host, and port if it is named, of an endpoint: what a token belongs to, and what messages say."""
    return urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}").netloc.rpartition("@")[2].lower()


def is_repo(name: str) -> bool:
    """Whether this can be a repository: "org/name", as hubs allow it; nothing that leads elsewhere in a path."""
    parts = name.split("/")
    return len(parts) == 2 and all(_NAME.fullmatch(part) for part in parts)


def checked_repo(name: str) -> str:
    """`name`, if it can be a repository. Raises MinimError("bad_request")."""
    if not is_repo(name):
        raise MinimError("bad_request", f"{name!r} is no repository of a hub.", "Write it as organization/name.")
    return name


def checked_revision(revision: str) -> str:
    """`revision`, if it can be a branch, a tag or a commit, or "". Raises MinimError("bad_request")."""
    if revision and (not _REVISION.fullmatch(revision) or any(p in ("", ".", "..") for p in revision.split("/"))):
        raise MinimError("bad_request", f"{revision!r} is no revision of a repository.", "Leave it out.")
    return revision


def checked_token(token: str) -> str:
    """`token`, if it can be one: it goes into a header. Raises MinimError("bad_request"), without naming it."""
    if not all("!" <= character <= "~" and character not in ',;"' for character in token):
        hint = "Copy it again from the hub's page, without anything before or after it."
        raise MinimError("bad_request", "This is no access token: it has characters that no token has.", hint)
    return token


def repo_in(words: str) -> str:
    """The repository that is meant exactly: "org/name", or a page of a hub pasted whole; "" if it is a search."""
    text = words.strip()
    if text.startswith(("http://", "https://")):
        try:
            path = unquote(urlsplit(text).path)
        except ValueError:
            return ""
        parts = [part for part in path.split("/") if part]
        text = "/".join((parts[1:] if parts[:1] == ["models"] else parts)[:2])
    return text if is_repo(text) else ""
