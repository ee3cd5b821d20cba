"""Reads a text that was made of templates: as one of them, as sentences, or as values with words between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from desktop.models.told_templates import Template, Templates

LONG = 2000
"""Characters: a longer text is looked for as a whole only, and a longer value is left as it is."""
_CHARACTERS = 6
"""Characters that have to be known for a template to be taken for a whole text."""
_FEW = 12
"""A template of fewer characters says nothing of a text that it would be found in by chance."""
_TRIED = 3
"""Templates that are tried for one text, at most."""
_SENTENCES = 5
"""Ends of sentences at which a text is parted, at most."""
_MOST_SENTENCES = 40
"""A text of more is not parted: each is read within the one before it."""
_PIECES = 8
_LINES = 200
"""A text of more is not read line by line."""
_PATHS = ("/", "~")
_DEEP = 3
"""Values within values."""
_STEPS = 500
"""Texts and values that are looked for to read one text: after so many the rest of it stays as it is."""
_WORDS_BETWEEN = {" and ": "和", "; ": "；", ", ": "、", " + ": " + "}
_BETWEEN = re.compile("(" + "|".join(map(re.escape, _WORDS_BETWEEN)) + ")")
_AROUND = ((" (", ")", "（", "）"), (": ", "", "：", ""))

_Found = tuple[int, str]
"""How many characters of a text are known, without blanks, and the text with these in the other language."""


class Reading:
    """The reading of one text by `templates`."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._known: dict[tuple[str, int], _Found] = {}
        self._read: dict[tuple[str, int], _Found] = {}
        self._steps = 0

    def of(self, text: str) -> str:
        """`text` as it is said in the other language, as far as it is known."""
        readings = [self._best(text, 0)]
        if "\n" in text and text.count("\n") <= _LINES:
            lines = [self._best(line, 0) for line in text.split("\n")]
            readings.append((sum(map(_known, lines)), "\n".join(words for _, words in lines)))
        return max(readings, key=_known)[1]

    def _best(self, text: str, depth: int) -> _Found:
        """That in which the most is known; (0, text) where nothing is."""
        if (text, depth) in self._read:
            return self._read[text, depth]
        readings = [self._whole(text, depth)]
        if len(text) <= LONG and depth < _DEEP and self._steps <= _STEPS:
            readings += [*self._sentences(text, depth), *self._parts(text, depth)]
        self._read[text, depth] = max(readings, key=_known)
        return self._read[text, depth]

    def _whole(self, text: str, depth: int) -> _Found:
        """`text` as one template: the best of the first few that it can have been made from."""
        if (text, depth) not in self._known:
            self._steps += 1
            self._known[text, depth] = max(self._made_from(text, depth), key=_known, default=(0, text))
        return self._known[text, depth]

    def _made_from(self, text: str, depth: int) -> Iterator[_Found]:
        tried = 0
        for template in self._templates.that_may_be(text):
            values = template.values_in(text)
            if values is not None and self._fits(template, values, depth):
                known, words = self._filled(template, values, depth)
                if known >= _CHARACTERS or not values or (depth and _may_be_names(values)):
                    tried += 1
                    yield known, words
                if tried == _TRIED or not values or self._steps > _STEPS:
                    return

    def _fits(self, template: Template, values: list[str], depth: int) -> bool:
        """Whether these are values, and not the words of a text that shares a template's few."""
        if template.characters >= _FEW:
            return True
        return all(
            value.count(" ") <= 1 or value.startswith(_PATHS) or self._value(value, depth + 1)[0] >= _CHARACTERS
            for value in values
        )

    def _filled(self, template: Template, values: list[str], depth: int) -> _Found:
        self._steps += len(values)
        inner = [self._value(value, depth + 1) for value in values]
        return template.characters + sum(known for known, _ in inner), template.filled([words for _, words in inner])

    def _value(self, value: str, depth: int) -> _Found:
        """A value: a text of its own, or one in brackets or behind a colon."""
        is_text = any(map(str.isalpha, value[:LONG]))
        if len(value) > LONG or not is_text or depth > _DEEP or self._steps > _STEPS:
            return 0, value
        for opening, closing, left, right in _AROUND:
            if value.startswith(opening) and value.endswith(closing):
                known, words = self._best(value[len(opening) : len(value) - len(closing)], depth)
                return known, f"{left}{words}{right}"
        return self._best(value, depth)

    def _sentences(self, text: str, depth: int) -> Iterator[_Found]:
        """`text` as a sentence and what follows it, for the first few ends of sentences in it."""
        end = -1
        for _ in range(_SENTENCES if text.count(". ") <= _MOST_SENTENCES else 0):
            end = text.find(". ", end + 1)
            if end < 0 or self._steps > _STEPS:
                return
            first = text[: end + 1]
            known, words = max((self._whole(first, depth), *self._parts(first, depth)), key=_known)
            rest, more = self._best(text[end + 2 :], depth)
            if known or rest:
                yield known + rest, f"{words}{'' if words.endswith('。') else ' '}{more}"

    def _parts(self, text: str, depth: int) -> Iterator[_Found]:
        """`text` as something, a colon and what is said of it; or as several values with words between them."""
        ends = (("", ""), (".", "。")) if text.endswith(".") else (("", ""),)
        for stop, full_stop in ends:
            said = text.removesuffix(stop)
            before, colon, after = said.partition(": ")
            if colon:
                (known, words), (more, told) = self._whole(before, depth + 1), self._whole(after, depth + 1)
                if known + more >= (1 if depth else _CHARACTERS):
                    yield known + more, f"{words}：{told}{full_stop}"
            pieces = _BETWEEN.split(said, _PIECES)
            if len(pieces) > 1:
                known, words = self._joined(pieces, depth + 1)
                if known >= (1 if depth else _CHARACTERS):
                    yield known, words + full_stop

    def _joined(self, pieces: list[str], depth: int) -> _Found:
        """Several values with what stands between them, which may be the beginning of what follows it."""
        known, words = self._whole(pieces[0], depth)
        for between, piece in zip(pieces[1::2], pieces[2::2], strict=True):
            attached, said = self._whole(between + piece, depth)
            if not attached:
                attached, said = self._whole(piece, depth)
                said = _WORDS_BETWEEN[between] + said
            known, words = known + attached, words + said
        return known, words


def _known(found: _Found) -> int:
    return found[0]


def _may_be_names(values: list[str]) -> bool:
    """Whether values are short enough to be taken for what they are on the strength of a word or two beside them."""
    return not any(value.count(" ") > 1 or value.startswith(_PATHS) for value in values)
