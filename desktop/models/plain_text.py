"""Text of models and tools as a person can read it: what would be invisible, or turn words around, is in view."""

from __future__ import annotations

import re

_HIDDEN = {
    **{code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(0x7F, 0xA0))},
    **{code: f"\\u{code:04x}" for code in (0x200B, *range(0x2028, 0x202F), 0x2060, *range(0x2066, 0x206A))},
    **{code: f"\\u{code:04x}" for code in (0xFEFF, 0xFFFC)},
}
"""Controls, line ends that are none, characters without width, and those that change the direction of what follows."""

_NEEDS_WORK = re.compile("[" + "".join(map(re.escape, map(chr, _HIDDEN))) + "]")


def visible(text: str) -> str:
    """`text` with an escape in place of each character that would not be seen. Line breaks and tabs stay."""
    if not _NEEDS_WORK.search(text):
        return text
    return text.replace("\r\n", "\n").translate(_HIDDEN)


def visible_line(text: str) -> str:
    """`visible` on one line."""
    return visible(" ".join(text.split()))


def restored(shown: str, original: str) -> str:
    """What a person made of `visible(original)`, with the characters of `original` in the place of its escapes."""
    for code in {ord(character) for character in _NEEDS_WORK.findall(original)}:
        escape = _HIDDEN[code]
        if escape not in original:
            shown = shown.replace(escape, chr(code))
    if "\r\n" in original:
        shown = shown.replace("\r\n", "\n").replace("\n", "\r\n")
    return shown
