"""The last wall before a report is written: the home folder, the user's name and whatever looks like a secret go.

What is in a report is chosen by lists of what may be in it; this is for what slips through them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from backends.storage.secret_values import is_secret, looks_secret

REMOVED = "[removed]"

_LEAST_SECRET = 6
_LEAST_NAME = 3
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
_NAMED = re.compile(
    r"\b([\w-]*(?:token(?!s)|secret|password|passwd|api[_-]?key|authorization|cookie)[\w-]*\s*[=:]\s*)[^\s,;&]+",
    re.IGNORECASE,
)
_HOMES = re.compile(r"(?<![\w/])/(?:home|Users)/[^/\s:'\"]+")
_WORD = re.compile(r"[^\s\"'`,;()<>\[\]{}|]+")


class Redactor:
    """Takes out of a text what is the person's: `home` becomes ~, `user` becomes (user)."""

    def __init__(
        self, home: Path | None = None, user: str | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        environment = os.environ if environment is None else environment
        home = home or _home()
        spelled = {str(home), str(home.resolve())} if home is not None else set[str]()
        self._homes = sorted((place for place in spelled if len(place) > 1), key=len, reverse=True)
        names = {user} if user is not None else {home.name if home else "", *_names(environment)}
        self._names = [re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in names if len(name) >= _LEAST_NAME]
        values = {value.strip() for name, value in environment.items() if is_secret(name, value)}
        self._secrets = sorted((value for value in values if len(value) >= _LEAST_SECRET), key=len, reverse=True)

    def clean(self, text: str) -> str:
        """The text without them. Lines stay lines."""
        for secret in self._secrets:
            text = text.replace(secret, REMOVED)
        for home in self._homes:
            text = re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text)
        text = _HOMES.sub("~", text)
        for name in self._names:
            text = name.sub("(user)", text)
        text = _QUERY.sub(r"\1", _ADDRESS.sub(rf"\1{REMOVED}@", text))
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


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None


def _names(environment: Mapping[str, str]) -> set[str]:
    return {environment.get(name, "") for name in ("USER", "LOGNAME", "USERNAME")}
