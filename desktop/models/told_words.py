"""Words that backends made, in the language of the interface: they come in English, and are told in Chinese here.

Each is found again as the template that it was made from (resources/translations/told_zh_CN.json). What is not known
stays as it is. Nothing is read before the first text in Chinese.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

if TYPE_CHECKING:
    from desktop.models.told_templates import Templates

_REMEMBERED = 2000
"""Characters: longer texts are read anew each time."""
_OWN = "[Minim] "
"""Begins Minim's own lines in the logs of servers."""


def told(text: str) -> str:
    """`text`, which backends made, as the person reads it. Takes any text, in a time that grows with its length."""
    if not text or QLocale().language() != QLocale.Language.Chinese:
        return text
    return _remembered(text) if len(text) <= _REMEMBERED else _in_chinese(text)


def told_log(text: str) -> str:
    """A server's log with Minim's own lines in Chinese; what the server printed stays as it is."""
    if _OWN not in text or QLocale().language() != QLocale.Language.Chinese:
        return text
    lines = text.split("\n")
    return "\n".join(_OWN + told(line[len(_OWN) :]) if line.startswith(_OWN) else line for line in lines)


@lru_cache(maxsize=512)
def _remembered(text: str) -> str:
    return _in_chinese(text)


def _in_chinese(text: str) -> str:
    from desktop.models.told_reading import Reading  # with the first text in Chinese: the first paint reads this

    return Reading(_templates()).of(text)


@cache
def _templates() -> Templates:
    from desktop.models.told_templates import Templates

    return Templates.read("told_zh_CN.json")
