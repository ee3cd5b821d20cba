"""Markdown as flat values: paragraphs, code, tables and rules with their depth, ready to be written one by one.

They are flat on purpose: a list item is a paragraph with a marker and an indent, so that a list that still grows can
be frozen item by item. Markdown is CommonMark with tables and strikethrough; a single newline is a line break, as
chat models mean it. Raw HTML is text. Images are their alt text. Only http, https and mailto links are links.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Alignment = Literal["left", "center", "right"]

BOLD = 1
ITALIC = 2
STRUCK = 4
CODE = 8

LINE_BREAK = "\u2028"
_BARE_LINK = re.compile(r"https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}，。；：！？）」』】]")
_FORBIDDEN = re.compile("[\u2029\ufdd0\ufdd1\ufffc\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class Run:
    """Text in one style: `style` is a sum of BOLD, ITALIC, STRUCK and CODE; `link` is "" or a safe address."""

    text: str
    style: int = 0
    link: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Paragraph:
    """Text with a heading level of 1 to 6, or 0. `indent` and `quote` count the lists and quotes around it.

    `marker` is what stands before the first paragraph of a list item. `joined`: the same paragraph as the one before.
    """

    runs: Runs
    level: int = 0
    indent: int = 0
    quote: int = 0
    marker: str = ""
    joined: bool = False


@dataclass(frozen=True)
class Code:
    """A block of code; `closed` says that nothing will be added."""

    text: str
    language: str = ""
    indent: int = 0
    quote: int = 0
    closed: bool = True


@dataclass(frozen=True)
class Table:
    """Cells by row, the head first; `joined`: more rows of the table before, with its column widths in percent."""

    rows: tuple[tuple[Runs, ...], ...]
    alignments: tuple[Alignment, ...]
    indent: int = 0
    quote: int = 0
    joined: bool = False
    widths: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A thematic break."""

    indent: int = 0
    quote: int = 0


Block = Paragraph | Code | Table | Rule


def make_parser() -> MarkdownIt:
    """The parser whose tokens `read_blocks` reads."""
    # Imported when there is Markdown to read: the window does not wait for it at start.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def clean(text: str) -> str:
    """`text` without what a text document takes as its own marks, and with plain line ends."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _FORBIDDEN.sub("\ufffd", text)


def safe_link(address: str) -> str:
    """`address` if it may be opened when clicked, else ""."""
    try:
        scheme = urlsplit(address.strip()).scheme.lower()
    except ValueError:
        return ""
    return address.strip() if scheme in ("http", "https", "mailto") else ""


def plain_text(blocks: Sequence[Block]) -> str:
    """What a person reads in `blocks`, one line a paragraph."""
    lines: list[str] = []
    for block in blocks:
        match block:
            case Paragraph():
                lines.append(block.marker + "".join(run.text for run in block.runs))
            case Code():
                lines.append(block.text)
            case Table():
                lines += ["\t".join("".join(run.text for run in cell) for cell in row) for row in block.rows]
            case Rule():
                lines.append("")
    return "\n".join(lines)


def read_blocks(tokens: Sequence[Token], number: int | None = None) -> list[Block]:
    """The blocks that `tokens` of the parser make. `number`: of the first item, in a list that goes on."""
    reader = _Reader(number)
    for token in tokens:
        reader.read(token)
    return reader.blocks


@dataclass
class _List:
    """A list that is open: the number of its next item, None in a bulleted one."""

    number: int | None


@dataclass
class _Reader:
    """Turns the parser's nested tokens into flat blocks."""

    number: int | None
    blocks: list[Block] = field(default_factory=list[Block])
    lists: list[_List] = field(default_factory=list[_List])
    quote: int = 0
    level: int = 0
    marker: str = ""
    rows: list[list[Runs]] = field(default_factory=list[list[Runs]])
    alignments: list[Alignment] = field(default_factory=list[Alignment])
    in_table: bool = False

    def read(self, token: Token) -> None:
        """Take the next token."""
        match token.type:
            case "inline":
                self._text(token)
            case "heading_open":
                self.level = int(token.tag[1])
            case "heading_close":
                self.level = 0
            case "fence" | "code_block":
                self._code(token)
            case "hr":
                self._flush_marker()
                self.blocks.append(Rule(len(self.lists), self.quote))
            case "table_open" | "tr_open" | "th_open" | "table_close":
                self._table(token)
            case _:
                self._nest(token)

    def _nest(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self._open_list(token)
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                self._open_item()
            case "list_item_close":
                self._flush_marker()
            case "blockquote_open":
                self._flush_marker()
                self.quote += 1
            case "blockquote_close":
                self.quote -= 1
            case _:
                pass  # ends of paragraphs, cells and rows

    def _open_list(self, token: Token) -> None:
        self._flush_marker()
        if token.type == "bullet_list_open":
            self.lists.append(_List(None))
            return
        start = int(token.attrs.get("start", 1))
        if self.number is not None and not self.blocks and not self.lists:
            start = self.number
        self.lists.append(_List(start))

    def _open_item(self) -> None:
        self._flush_marker()
        items = self.lists[-1]
        if items.number is None:
            self.marker = "•◦▪"[min(len(self.lists), 3) - 1]
        else:
            self.marker = f"{items.number}."
            items.number += 1

    def _flush_marker(self) -> None:
        """An item that starts with something other than a paragraph has its marker on a line of its own."""
        if self.marker:
            self._paragraph(())

    def _paragraph(self, runs: Runs) -> None:
        self.blocks.append(Paragraph(runs, self.level, len(self.lists), self.quote, self.marker))
        self.marker = ""

    def _text(self, token: Token) -> None:
        runs = read_runs(token.children or [])
        if self.in_table:
            self.rows[-1].append(runs)
            return
        if self.marker in ("•", "◦", "▪") and runs and re.match(r"\[[ xX]\] ", runs[0].text):
            self.marker = "☐" if runs[0].text[1] == " " else "☑"
            runs = (replace(runs[0], text=runs[0].text[4:]), *runs[1:])
        self._paragraph(runs)

    def _code(self, token: Token) -> None:
        self._flush_marker()
        language = token.info.split()[0] if token.info.split() else ""
        self.blocks.append(Code(token.content.removesuffix("\n"), language, len(self.lists), self.quote))

    def _table(self, token: Token) -> None:
        match token.type:
            case "table_open":
                self._flush_marker()
                self.rows, self.alignments, self.in_table = [], [], True
            case "tr_open":
                self.rows.append([])
            case "th_open":
                style = str(token.attrs.get("style", ""))
                self.alignments.append("right" if "right" in style else "center" if "center" in style else "left")
            case _:
                self.in_table = False
                rows = tuple(tuple(row) for row in self.rows)
                self.blocks.append(Table(rows, tuple(self.alignments), len(self.lists), self.quote))


def read_runs(tokens: Sequence[Token]) -> Runs:
    """The styled text of an inline token's children."""
    pieces: list[Run] = []
    style, link = 0, ""
    styles = {"strong": BOLD, "em": ITALIC, "s": STRUCK}
    for token in tokens:
        name, _, edge = token.type.rpartition("_")
        if name in styles:
            style = style | styles[name] if edge == "open" else style & ~styles[name]
        elif name == "link":
            link = safe_link(str(token.attrs.get("href", ""))) if edge == "open" else ""
        elif token.type == "code_inline":
            pieces.append(Run(token.content, style | CODE, link))
        elif token.type in ("softbreak", "hardbreak"):
            pieces.append(Run(LINE_BREAK, style, link))
        elif token.type == "image":
            pieces.append(Run(token.content, style | ITALIC, link))
        elif token.content:
            pieces += _with_bare_links(Run(token.content, style, link))
    return _merged(pieces)


def _with_bare_links(run: Run) -> list[Run]:
    if run.link or "://" not in run.text:
        return [run]
    pieces: list[Run] = []
    end = 0
    for found in _BARE_LINK.finditer(run.text):
        pieces += [replace(run, text=run.text[end : found.start()]), replace(run, text=found[0], link=found[0])]
        end = found.end()
    return [*pieces, replace(run, text=run.text[end:])]


def _merged(pieces: list[Run]) -> Runs:
    merged: list[Run] = []
    for piece in pieces:
        if not piece.text:
            continue
        if merged and (merged[-1].style, merged[-1].link) == (piece.style, piece.link):
            merged[-1] = replace(merged[-1], text=merged[-1].text + piece.text)
        else:
            merged.append(piece)
    return tuple(merged)
