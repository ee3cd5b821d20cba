"""Markdown that is still being written: which blocks are final, and which may change with the next words.

Only the open end is read again as it grows. Where a single block grows long (a paragraph, a list, a quote, a table), it
is cut at places that depend on its text alone, never on how the text arrived: streamed and whole give the same blocks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from desktop.widgets.markdown_blocks import Block, Code, Paragraph, Table, clean, make_parser, read_blocks
from desktop.widgets.markdown_cuts import closed_marks, column_widths, line_edges, paragraph_cut

if TYPE_CHECKING:
    from markdown_it.token import Token

WINDOW = 3000
"""Characters of one block beyond which it is cut."""
TABLE_WINDOW = 1500
"""The same for a table, which Qt lays out as a whole whenever a cell changes."""

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})([^\n]*)\n")
_TABLE = re.compile(r"[^\n]{1,500}\n[ ]{0,3}[|:\-][ |:\-]{1,400}\n")
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+")


@dataclass
class _Fence:
    """An open fence of code: `text` are its complete lines."""

    indent: int
    mark: str
    language: str
    text: list[str] = field(default_factory=list[str])

    def closes(self, line: str) -> bool:
        bare = line.strip(" \t\n")
        deep = len(line) - len(line.lstrip(" ")) > 3
        return not deep and len(bare) >= len(self.mark) and not bare.strip(self.mark[0])

    def may_close(self, line: str) -> bool:
        """Whether an incomplete line could become the closing one."""
        return not line.strip(" " + self.mark[0])

    def content(self, line: str) -> str:
        """`line` without the indent of the fence."""
        lead = len(line) - len(line.lstrip(" "))
        return line[min(lead, self.indent) :]


class MarkdownStream:
    """Markdown in pieces. `feed` it, then `step`: the blocks that became final, and the open ones after them.

    `references`: link definitions that are known beforehand. `work` counts the characters that were parsed.
    """

    def __init__(self, references: dict[str, Any] | None = None) -> None:
        self.work = 0
        self._parser = make_parser()
        self._known = dict(references or {})
        self._references = dict(self._known)
        self._pending: list[str] = []
        self._tail = ""
        self._parsed: tuple[str, list[Token], dict[str, Any]] | None = None
        self._longer = 1  # so many windows, where a block could not be cut in fewer
        self._fence: _Fence | None = None
        # How the open block goes on from the part of it that is final:
        self._joined = False
        self._number: int | None = None
        self._head = ""
        self._widths: tuple[int, ...] = ()

    def feed(self, text: str) -> None:
        """Take more text."""
        self._pending.append(text)

    def step(self, final: bool = False) -> tuple[list[Block], list[Block]]:
        """(blocks that are final since the last step, open blocks). With `final`, nothing stays open."""
        self._take_pending(final)
        done: list[Block] = []
        while self._advance(done, final):
            pass
        tail = self._open_blocks(final)
        if final:
            self._tail, self._fence = "", None
            return [*done, *tail], []
        return done, tail

    def late_references(self) -> dict[str, Any] | None:
        """After the final step: link definitions that came after text which may use them, None if there are none."""
        return self._references if self._references.keys() != self._known.keys() else None

    def _take_pending(self, final: bool) -> None:
        text = "".join(self._pending)
        self._pending = []
        if text.endswith("\r") and not final:
            text = text[:-1]
            self._pending.append("\r")
        self._tail += clean(text)

    def _advance(self, done: list[Block], final: bool) -> bool:
        """Make the first open block final, or a part of it; False if that is not possible yet."""
        if self._fence is not None:
            return self._advance_fence(self._fence, done)
        if not self._head and (blank := _BLANK_LINES.match(self._tail)):
            self._tail = self._tail[blank.end() :]
        if not self._head and (opener := _FENCE.match(self._tail)) and not (opener[2][0] == "`" and "`" in opener[3]):
            words = opener[3].split()
            self._fence = _Fence(len(opener[1]), opener[2], words[0] if words else "")
            self._tail = self._tail[opener.end() :]
            self._number, self._joined = None, False
            return True
        limit = self._window_at(0, self._tail) * self._longer
        window = self._tail[:limit]
        whole = len(self._tail) <= limit
        lines = window.count("\n") + (whole and final)
        if lines == 0 and whole:
            return False
        tokens, _ = self._parse(window)
        if self._freeze_whole(tokens, window, lines, done):
            return True
        if whole:
            return False
        if self._freeze_part(tokens, window, lines, done):
            self._longer = 1
            return True
        self._longer *= 2
        return final or len(self._tail) > 2 * limit

    def _window_at(self, offset: int, text: str) -> int:
        """How much of the block that starts at `offset` of `text` is looked at to cut it."""
        return TABLE_WINDOW if (self._head and not offset) or _TABLE.match(text, offset) else WINDOW

    def _advance_fence(self, fence: _Fence, done: list[Block]) -> bool:
        end = self._tail.rfind("\n") + 1
        if end == 0:
            return False
        position = 0
        while position < end:
            after = self._tail.index("\n", position) + 1
            line = self._tail[position:after]
            position = after
            if fence.closes(line):
                done.append(Code("".join(fence.text).removesuffix("\n"), fence.language))
                self._fence = None
                break
            fence.text.append(fence.content(line))
        self._tail = self._tail[position:]
        return self._fence is None

    def _freeze_whole(self, tokens: Sequence[Token], window: str, lines: int, done: list[Block]) -> bool:
        """Blocks before the last one that begins on a complete line are final: what follows cannot reach them."""
        skipped = self._head.count("\n")
        starts = [
            (place, token.map[0] - skipped)
            for place, token in enumerate(tokens)
            if token.level == 0 and token.nesting >= 0 and token.map is not None
        ]
        edges = line_edges(window)
        place, offset = 0, 0
        for next_place, line in starts[1:]:
            # Never take along a block that would have been cut, had it been the first: see the module's promise.
            if line >= lines or (place and edges[line + 1] > offset + self._window_at(offset, window)):
                break
            place, offset = next_place, edges[line]
        if not place:
            return False
        self._keep_references(window[:offset])
        done += self._continue(read_blocks(tokens[:place], self._number))
        self._tail = self._tail[offset:]
        self._longer = 1
        self._joined, self._number, self._head, self._widths = False, None, "", ()
        return True

    def _freeze_part(self, tokens: Sequence[Token], window: str, lines: int, done: list[Block]) -> bool:
        """Cut the one block that fills the window; False where it cannot be cut."""
        if not tokens:
            return False
        kind = tokens[0].type
        if kind == "paragraph_open":
            offset = paragraph_cut(window)
        else:
            offset = line_edges(window)[self._last_inner_line(tokens, kind, window, lines)]
        if offset <= 0:
            return False
        self._keep_references(window[:offset])
        part = read_blocks(self._parse(window[:offset])[0], self._number)
        widths = self._widths
        if kind == "table_open" and isinstance(part[0], Table) and not self._head:
            self._head = "".join(line + "\n" for line in window.split("\n")[:2])
            widths = column_widths(part[0].rows)
            part[0] = replace(part[0], widths=widths)
        done += self._continue(part)
        self._joined, self._widths = kind in ("paragraph_open", "table_open"), widths
        if kind == "ordered_list_open":
            started = self._number if self._number is not None else int(tokens[0].attrs.get("start", 1))
            self._number = started + sum(1 for block in part if _is_item(block))
        self._tail = self._tail[offset:].lstrip(" \n") if kind == "paragraph_open" else self._tail[offset:]
        return True

    def _last_inner_line(self, tokens: Sequence[Token], kind: str, window: str, lines: int) -> int:
        """The line on which the last item, row or paragraph inside the first block begins; 0 if there is one only."""
        skipped = self._head.count("\n")
        wanted = {"bullet_list_open": "list_item_open", "ordered_list_open": "list_item_open", "table_open": "tr_open"}
        rows = window.split("\n")
        found = 0
        for token in tokens:
            if token.map is None or token.nesting < 0 or token.level == 0:
                continue
            line = token.map[0] - skipped
            if kind == "blockquote_open":
                fits = token.level == 1 and line < lines and rows[line].lstrip().startswith(">")
            else:
                fits = token.type == wanted.get(kind) and token.level <= 2 and line < lines
            if fits and line > (1 if kind == "table_open" and not self._head else 0):
                found = max(found, line)
        return found

    def _open_blocks(self, final: bool) -> list[Block]:
        fence = self._fence
        if fence is not None:
            line = "" if fence.may_close(self._tail) and not final else fence.content(self._tail)
            if final and fence.closes(self._tail) and self._tail:
                line = ""
            return [Code(("".join(fence.text) + line).removesuffix("\n"), fence.language, closed=final)]
        if not self._tail.strip():
            return []
        tokens, references = self._parse(self._tail)
        self._parsed = None  # the marks below are for the eye, not for the next step
        if final:
            self._references = references
        else:
            self._close_marks(tokens)
        blocks = self._continue(read_blocks(tokens, self._number))
        if blocks and not final and isinstance(blocks[-1], Code):
            blocks[-1] = replace(blocks[-1], closed=False)
        return blocks

    def _close_marks(self, tokens: Sequence[Token]) -> None:
        """Show emphasis and code that are open at the end as if they were closed: no marks that come and go."""
        last = next((token for token in reversed(tokens) if token.type == "inline"), None)
        if last is None:
            return
        closed = closed_marks(last.content)
        if closed != last.content:
            last.children = self._parser.parseInline(closed, {"references": dict(self._references)})[0].children

    def _continue(self, blocks: list[Block]) -> list[Block]:
        """Mark the first of `blocks` where it goes on with one that is final."""
        if not self._joined or not blocks:
            return blocks
        first = blocks[0]
        if isinstance(first, Table) and self._head:
            first = replace(first, rows=first.rows[1:], joined=True, widths=self._widths)
            return [first, *blocks[1:]] if first.rows else blocks[1:]
        return [replace(first, joined=True), *blocks[1:]] if isinstance(first, Paragraph) else blocks

    def _parse(self, text: str) -> tuple[list[Token], dict[str, Any]]:
        if self._parsed is not None and self._parsed[0] == self._head + text:
            _, tokens, references = self._parsed
            return tokens, references
        references = dict(self._references)
        self.work += len(text)
        tokens = self._parser.parse(self._head + text, {"references": references})
        self._parsed = (self._head + text, tokens, references)
        return tokens, references

    def _keep_references(self, text: str) -> None:
        if "]:" in text:
            self._references = self._parse(text)[1]


def _is_item(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.indent == 1 and block.quote == 0 and block.marker != ""
