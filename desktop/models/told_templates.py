"""Templates of texts, found again in the texts that were made from them."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

import resources

_NUMBER = re.compile(r"-?[\d.,]{1,40}")


class Template:
    """A text with named places for values, and how it is said in another language."""

    def __init__(self, source: str, translation: str) -> None:
        self._words, self.places, kinds = _parted(source)
        said, names, _ = _parted(translation)
        self._numbers = [place for place, kind in enumerate(kinds) if kind == "n"]
        self._said, self._order = said, [self.places.index(name) for name in names]
        self.characters = sum(not character.isspace() for words in self._words for character in words)
        self._least = sum(map(len, self._words))

    @property
    def beginning(self) -> str:
        """The words before the first value."""
        return self._words[0]

    def values_in(self, text: str) -> list[str] | None:
        """What stands in the places of `text`; None for a text that was not made from this. Takes linear time."""
        first, last = self._words[0], self._words[-1]
        if len(text) < self._least or not text.startswith(first) or not text.endswith(last):
            return None
        if not self.places:
            return [] if text == first else None
        values: list[str] = []
        place, end = len(first), len(text) - len(last)
        for words in self._words[1:-1]:
            found = text.find(words, place, end)
            while words.endswith(".") and found >= 0 and text[found + len(words) : found + len(words) + 1].isalnum():
                found = text.find(words, found + 1, end)  # this point stands within a number or a name
            if found < 0:
                return None
            values.append(text[place:found])
            place = found + len(words)
        values.append(text[place:end])
        return values if all(_NUMBER.fullmatch(values[place]) for place in self._numbers) else None

    def filled(self, values: list[str]) -> str:
        """The translation, with the values in their places."""
        pieces = [self._said[0]]
        for place, words in zip(self._order, self._said[1:], strict=True):
            pieces += (values[place], words)
        return "".join(pieces)


class Templates:
    """Many templates, found by their first word or, where they begin with a value, one after the other."""

    def __init__(self, translations: Mapping[str, str]) -> None:
        self._whole: dict[str, Template] = {}
        self._by_word: dict[str, list[Template]] = {}
        self._others: list[Template] = []
        for source, translation in translations.items():
            self._add(Template(source, translation))
            if source[:1] == " " and source[1:2].isupper():  # a sentence that is said after another one
                self._add(Template(source[1:], translation))
        for several in (*self._by_word.values(), self._others):
            several.sort(key=_by_words)

    def _add(self, template: Template) -> None:
        word, blank, _ = template.beginning.partition(" ")
        if not template.places:
            self._whole[template.beginning] = template
        elif blank and word:
            self._by_word.setdefault(word, []).append(template)
        else:
            self._others.append(template)

    @classmethod
    def read(cls, name: str) -> Templates:
        """Those of a file in resources/translations."""
        import json  # with the first text that is to be told

        file = Path(resources.__file__).with_name("translations") / name
        kinds: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
        return cls({source: said for kind in kinds.values() for source, said in kind.items()})

    def that_may_be(self, text: str) -> Iterator[Template]:
        """Those that `text` may be made from: the same words first, then those with the most words of their own."""
        if (template := self._whole.get(text)) is not None:
            yield template
        word = text[:100].partition(" ")[0]
        yield from heapq.merge(self._by_word.get(word, ()), self._others, key=_by_words)


def _by_words(template: Template) -> int:
    return -template.characters


def _parted(template: str) -> tuple[list[str], list[str], list[str]]:
    """The words of a template, the names of the places between them, and their kinds: "n" takes numbers only."""
    words, names, kinds = [""], list[str](), list[str]()
    for literal, name, kind, _ in Formatter().parse(template):
        words[-1] += literal
        if name is not None:
            names.append(name)
            kinds.append(kind or "")
            words.append("")
    return words, names, kinds
