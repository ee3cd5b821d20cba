"""Text of models and tools as a person can read it: what would be invisible, or turn words around, is in view."""

from __future__ import annotations

import re

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029"
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0"
_WIDTHLESS = "\xad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff0-\ufffc"
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_MARKS = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f"
_FAR = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
_JOINER = "[\u200c\u200d]"
_JOINED = "[^\\x00-\\x7f\u200c\u200d]"
_ALONE = f"(?<!{_JOINED}){_JOINER}|{_JOINER}(?!{_JOINED})"
_UNSEEN = f"[{_CONTROLS}{_FILLERS}{_WIDTHLESS}{_DIRECTIONS}{_MARKS}{_FAR}]|{_ALONE}"
"""Controls, line ends that are none, characters without width, and those that change the direction of what follows.

Joiners are left alone where they join: in emoji, and in scripts that need them.
"""

_NEEDS_WORK = re.compile(_UNSEEN)
_OR_BREAKS = re.compile(f"[\n\t]|{_UNSEEN}")


def visible(text: str) -> str:
    """`text` with an escape in place of each character that would not be seen. Line breaks and tabs stay."""
    if not _NEEDS_WORK.search(text):
        return text
    return _NEEDS_WORK.sub(_escape, text.replace("\r\n", "\n"))


def spelled_out(text: str) -> str:
    """`visible` with escapes in place of line breaks and tabs as well, as in a command or a name."""
    return _OR_BREAKS.sub(_escape, text)


def visible_line(text: str) -> str:
    """`visible` on one line."""
    return visible(" ".join(text.split()))


def restored(shown: str, original: str) -> str:
    """What a person made of `visible(original)`, with the characters of `original` in the place of its escapes."""
    for found in {found[0]: found for found in _NEEDS_WORK.finditer(original)}.values():
        escape = _escape(found)
        if escape not in original:
            shown = shown.replace(escape, found[0])
    if "\r\n" in original:
        shown = shown.replace("\r\n", "\n").replace("\n", "\r\n")
    return shown


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    short = {0x09: "\\t", 0x0A: "\\n"}.get(code)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
