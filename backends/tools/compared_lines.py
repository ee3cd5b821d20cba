"""Comparing two texts line by line in a time that stays short, however long they are."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

Opcode = tuple[str, int, int, int, int]
"""As difflib has it: what to do ("equal", "replace", "delete", "insert"), and the lines of both that it is about."""

_MAX_COMPARED = 2_000
"""Lines. difflib's time grows with their square: of more, only those that stand once in both are matched."""


def opcodes_between(old: list[str], new: list[str]) -> list[Opcode]:
    """What makes `new` of `old`. Where too much differs, lines are told as replaced that need not be."""
    merged: list[Opcode] = []
    for code in _compared(old, new, 0, 0):
        if merged and merged[-1][0] == code[0] == "equal":
            _, a, _, c, _ = merged.pop()
            code = ("equal", a, code[2], c, code[4])
        merged.append(code)
    return merged


def _compared(old: list[str], new: list[str], a: int, c: int) -> Iterator[Opcode]:
    """The same for parts that begin at the lines `a` and `c`. What is alike at both ends is never compared."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - head) if old[-1 - i] != new[-1 - i]), shorter - head)
    if head:
        yield "equal", a, a + head, c, c + head
    yield from _middle(old[head : len(old) - tail], new[head : len(new) - tail], a + head, c + head)
    if tail:
        yield "equal", a + len(old) - tail, a + len(old), c + len(new) - tail, c + len(new)


def _middle(old: list[str], new: list[str], a: int, c: int) -> Iterator[Opcode]:
    if not old and not new:
        return
    if not old or not new:
        yield "delete" if old else "insert", a, a + len(old), c, c + len(new)
    elif len(old) == len(new) == 1:
        yield "replace", a, a + 1, c, c + 1
    elif max(len(old), len(new)) <= _MAX_COMPARED:
        for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new).get_opcodes():
            yield tag, a + i, a + j, c + k, c + m
    elif anchors := _anchors(old, new):
        i = k = 0
        for at_old, at_new in (*anchors, (len(old), len(new))):
            if i < at_old or k < at_new:
                yield from _compared(old[i:at_old], new[k:at_new], a + i, c + k)
            if at_old < len(old):
                yield "equal", a + at_old, a + at_old + 1, c + at_new, c + at_new + 1
            i, k = at_old + 1, at_new + 1
    else:
        yield "replace", a, a + len(old), c, c + len(new)


def _anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Where lines stand that are in both texts once only: the most of them that come in the same order in both."""
    in_old, in_new = Counter(old), Counter(new)
    place = {line: k for k, line in enumerate(new) if in_new[line] == 1}
    pairs = [(i, place[line]) for i, line in enumerate(old) if in_old[line] == 1 and line in place]
    ends: list[int] = []  # of the chains of each length, the one that ends earliest in `new`
    last: list[int] = []
    before: list[int] = []
    for index, (_, k) in enumerate(pairs):
        length = bisect_left(ends, k)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [k]
        last[length : length + 1] = [index]
    chain: list[tuple[int, int]] = []
    index = last[-1] if last else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]
