"""The last wall before a report is written: the home folder, the user's name and whatever looks like a secret go.

What is in a report is chosen by lists of what may be in it; this is for what slips through them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

from backends.storage.secret_values import is_secret, looks_secret

REMOVED = "[removed]"

_LEAST_SECRET = 6
_LEAST_NAME = 3
_LONG_NAME = 5
_TOKEN = re.compile(
    r"""\b(?: (?:Bearer|Basic)\s+[^\s"',;]+ | Token\s+[\w.=-]{16,}
    | (?:hf|ghp|gho|ghu|ghs|ghr|npm|ntn|secret|ms)_\w{6,} | github_pat_\w+
    | (?:sk|pk|rk)[-_][\w-]{6,} | glpat-[\w-]+ | xox[a-z]-[\w-]+ | (?:AKIA|ASIA)[A-Z0-9]{8,} | AIza[\w-]{10,}
    | eyJ[\w-]{8,}\.[\w.-]+ | ms-[0-9a-f]{8}-[\w-]+
    | [0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12} )""",
    re.VERBOSE | re.IGNORECASE,
)
_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_LONG_RUN = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{20,}")
_ADDRESS = re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/?#\"'<>]*@", re.IGNORECASE)
_QUERY = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s?#\"'<>]*)[?#][^\s\"'<>]*", re.IGNORECASE)
_LOGIN = re.compile(r"[^\s/@'\"]{1,200}:[^\s@'\"]{1,200}@")
"""As in an address, also where its beginning is missing or the password has signs that end an address."""
_NAMED = re.compile(
    r"""\b([\w-]*(?:token(?!s)|secret|password|passwd|api[_-]?key|authorization|cookie)[\w-]*\s*[=:]\s*)
    (?: '[^'\n]*' | "[^"\n]*" | (?:(?:Bearer|Basic|Token)\ )? [^\s,;&]+ )""",
    re.IGNORECASE | re.VERBOSE,
)
_HOMES = re.compile(r"(?<![\w/~])(?:/[\w.-]+)*/(?:home|Users)/[^/\s:'\"]+")
_PATH = re.compile(
    r"""(?P<quote>['"])(?=[~/])(?P<whole>[^'"\n]*/[^'"\n]*)(?P=quote) | (?<![\w:.~/])~?/[^\s'",;()]+""",
    re.VERBOSE,
)
_SYSTEM = ("/usr/", "/lib", "/etc/", "/dev/", "/proc/", "/sys/", "/System/", "/Library/", "/tmp/minim-")
_MINIMS = re.compile(r"/minim(?![\w-])", re.IGNORECASE)
_WORD = re.compile(r"[^\s\"'`,;()<>\[\]{}|]+")


class Redactor:
    """Takes out of a text what is the person's: `home` becomes ~, `user` (user), the machine's name `host` (host)."""

    def __init__(
        self,
        home: Path | None = None,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
        host: str | None = None,
    ) -> None:
        environment = os.environ if environment is None else environment
        home = home or _home()
        spelled = {str(home), str(home.resolve())} if home is not None else set[str]()
        self._homes = sorted((place for place in spelled if len(place) > 1), key=len, reverse=True)
        names = {user} if user is not None else {home.name if home else "", *_names(environment)}
        # A long name however it is written, while “max” is no person in “M3 Max”.
        shapes = {name: re.IGNORECASE if len(name) >= _LONG_NAME else 0 for name in names if len(name) >= _LEAST_NAME}
        self._names = [_word(name, flags) for name, flags in shapes.items()]
        host = os.uname().nodename if host is None else host
        self._hosts = [_word(name) for name in (host, host.partition(".")[0]) if _may_be_personal(name)]
        values = {value.strip() for name, value in environment.items() if is_secret(name, value)}
        values |= {part for value in environment.values() for part in _login_parts(value)}
        self._secrets = sorted((value for value in values if len(value) >= _LEAST_SECRET), key=len, reverse=True)

    def clean_words(self, words: str, own: Iterable[Path]) -> str:
        """The same for words that may quote any path: only Minim's, the system's and those in `own` stay."""
        kept = (*_SYSTEM, *(self.clean(str(folder)) for folder in own))

        def shown(found: re.Match[str]) -> str:
            place = found["whole"] or found[0]
            return found[0] if place.startswith(kept) or _MINIMS.search(place) else "(path)"

        return _PATH.sub(shown, self.clean(words))

    def clean(self, text: str) -> str:
        """The text without them. Lines stay lines."""
        for secret in self._secrets:
            text = text.replace(secret, REMOVED)
        for home in self._homes:
            text = re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text)
        text = _HOMES.sub("~", text)
        for name in self._names:
            text = name.sub("(user)", text)
        for name in self._hosts:
            text = name.sub("(host)", text)
        text = _ADDRESS.sub(rf"\1{REMOVED}@", text)
        text = _QUERY.sub(r"\1", _LOGIN.sub(f"{REMOVED}@", text))
        text = _TOKEN.sub(REMOVED, _NAMED.sub(rf"\1{REMOVED}", text))
        text = _RANDOM.sub(lambda found: REMOVED if _is_random(found[0]) else found[0], _LONG_RUN.sub(REMOVED, text))
        return _WORD.sub(lambda found: REMOVED if _is_secret_word(found[0]) else found[0], text)


def _is_random(text: str) -> bool:
    """As base64 is, and no path or name is: small letters, capitals and digits change places all the time."""
    kinds = ["a" if sign.islower() else "A" if sign.isupper() else "0" if sign.isdigit() else "-" for sign in text]
    changes = sum(one != other for one, other in pairwise(kinds) if "-" not in (one, other))
    return {"a", "A", "0"} <= set(kinds) and changes > 0.35 * len(text)


def _is_secret_word(word: str) -> bool:
    return word != REMOVED and "/" not in word and looks_secret(word.rstrip(".:"))


def _word(name: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", flags)


def _may_be_personal(host: str) -> bool:
    """Whether the name of a machine may say whose it is."""
    return len(host) >= _LONG_NAME and host not in ("localhost", "desktop", "backends", "minim", "linux")


def _login_parts(value: str) -> list[str]:
    """What stands before the host in an address, as in a proxy's, and the password in it by itself."""
    login, at, _ = value.partition("://")[2].rpartition("@")
    return [login, login.partition(":")[2]] if at else []


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None


def _names(environment: Mapping[str, str]) -> set[str]:
    return {environment.get(name, "") for name in ("USER", "LOGNAME", "USERNAME")}
